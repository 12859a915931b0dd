"""What is particular to a platform's own reports: in which unit a heading gives a figure, and of which days a report is.

A report's days stand in its rows, in the file's name, or nowhere; then the person importing must say them.
"""

from __future__ import annotations

import re

import polars as pl

from kaohe.errors import Code, code, failure
from kaohe.importing.cells import CellKind, Cells
from kaohe.importing.profiles import NAMED_DAY, found_in_name
from kaohe.importing.tabular import Part
from kaohe.model.reported import REPORTED
from kaohe.model.tables import Column

NO_DAY = code(
    "report_without_day",
    zh="{zh}（{profile}）没有写明是哪一天的：表里没有日期列，文件名里也没有日期。请用 --day 2026-11-01 指定，"
    "或在文件名里写上日期（几天的写成 20261101_20261130）",
    en="nothing says of which day this is ({profile}): no column of dates, no date in the file's name. Name it with --day 2026-11-01, "
    "or put the days into the name (20261101_20261130 for a span)",
)
NOT_A_SHARE = code(
    "cell_not_a_share",
    zh="应为 0 到 1 之间的比率或百分数，如 36.99%，实为“{found}”。请检查单位；百分数没有写 % 的，在格式里写 units: percent",
    en="expected a share from 0 to 1 or a percentage such as 36.99%, found {found!r}. Check the unit; percentages without the sign need "
    "units: percent in the profile",
)
NOT_A_COUNT = code(
    "cell_not_a_count",
    zh="应为个数，不能是负数，实为“{found}”。请改正后重新导入",
    en="expected a count, which can not be negative, found {found!r}. Mend it and import again",
)
SPAN_REVERSED = code(
    "report_days_reversed",
    zh="截止日期 {found} 早于起始日期。请改正后重新导入",
    en="the last day {found} is before the first. Mend it and import again",
)

_BRACKETED = re.compile(r"[(（]\s*(毫秒|秒钟?|分钟?|小时|时|天|日|s|min|h)\s*[)）]\s*$", re.IGNORECASE)
_UNITS = {"毫秒": "milliseconds", "秒": "seconds", "秒钟": "seconds", "分": "minutes", "分钟": "minutes", "小时": "hours", "时": "hours"}
_UNITS |= {"天": "days", "日": "days", "s": "seconds", "min": "minutes", "h": "hours"}


def unit_in(heading: str | None) -> str | None:
    """The unit of time a heading gives in brackets at its end.

    >>> unit_in("平均人工响应时长（分钟）"), unit_in("首次响应时长（秒)"), unit_in("平均人工响应时长")
    ('minutes', 'seconds', None)
    """
    found = _BRACKETED.search(heading or "")
    return _UNITS[found.group(1).lower()] if found else None


def kind_of(column: Column) -> CellKind:
    """How the cells of a figure are written: durations with their units in words, all else as the table keeps it."""
    figure = REPORTED.get(column.name)
    return "duration" if figure is not None and figure.kind in ("seconds", "hours") else column.kind


def default_unit(column: Column) -> str | None:
    """What bare figures of a column count when neither heading nor profile says it."""
    figure = REPORTED.get(column.name)
    return "hours" if figure is not None and figure.kind == "hours" else None


def plausible(column: Column, cells: Cells) -> tuple[Cells, pl.Series, Code]:
    """The cells in the figure's own unit, the places (UInt32) of those that can not be, and what to say of them: shares outside 0 to 1, counts below 0.

    A share of 36.99 is a percentage without its sign as likely as a slip; both would move somebody's pay a hundredfold.
    """
    figure = REPORTED.get(column.name)
    if figure is None:
        return cells, pl.Series([], dtype=pl.UInt32), NOT_A_SHARE
    values = cells.values
    if figure.kind == "hours":
        values = values / 3600
    wrong = (~values.is_between(0, 1) if figure.kind == "rate" else (values < 0) & (figure.kind == "count")).fill_null(False)
    places = wrong.arg_true().cast(pl.UInt32)
    if len(places):
        values = values.set(wrong, None)
    return Cells(values, cells.bad), places, NOT_A_COUNT if figure.kind == "count" else NOT_A_SHARE


def check_day_known(part: Part, day: str | None) -> None:
    """Raise `Failure` for a report that tells its days nowhere, unless `day` was given."""
    profile = part.profile
    if profile.table != "reported" or day is not None or "first_day" in part.places or "first_day" in profile.constants:
        return
    rules = [rule for rule in profile.file_name_rules if rule.column == "first_day"]
    if not any(found_in_name(rule.pattern, part.source.name) for rule in rules):
        raise failure(NO_DAY, file=part.name, zh=profile.zh, profile=profile.name)


def made_on(part: Part) -> str | None:
    """The one date in the name of a report whose rows have dates of their own: the day it was made."""
    if "first_day" not in part.places or "exported_on" in part.places:
        return None
    days = re.findall(rf"(?<!\d)({NAMED_DAY})", part.source.stem)
    return days[0] if len(days) == 1 else None


def spanned(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of `reported` with an empty `last_day` filled by the first. A day of export that is not after the data is none.

    A report can not hold days after it was made, and one named for the day it is of would otherwise pass for unfinished.
    """
    last = pl.coalesce("last_day", "first_day")
    return frame.with_columns(last_day=last, exported_on=pl.when(pl.col("exported_on") > last).then(pl.col("exported_on")))
