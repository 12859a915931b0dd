"""Cells: columns of text as exports have them, turned into the canonical kinds.

Everything works on whole columns. The way a column's first filled cell is written is tried on all of it in one go; only the cells
that do not fit are looked at again, in every form seen in the wild. A cell that fits none is reported by its position.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from kaohe.errors import Code, code
from kaohe.model.days import zone
from kaohe.model.tables import INSTANT, MONEY, Kind

CellKind = Literal["id", "text", "instant", "date", "month", "integer", "number", "money", "flag", "choice", "duration", "percent"]
"""The kinds of canonical columns, and two more that reports have: `duration` (seconds) and `percent` (0 to 1)."""

NOT_A_TIME = code(
    "cell_not_a_time",
    zh="应为时间，如 2026-06-07 12:39:34，实为“{found}”。请改成这种写法后重新导入",
    en="expected a time such as 2026-06-07 12:39:34, found {found!r}. Write it so and import again",
)
NOT_A_DATE = code(
    "cell_not_a_date",
    zh="应为日期，如 2026-06-07，实为“{found}”。请改成这种写法后重新导入",
    en="expected a date such as 2026-06-07, found {found!r}. Write it so and import again",
)
NOT_A_MONTH = code(
    "cell_not_a_month",
    zh="应为月份，如 2026-06，实为“{found}”。请改成这种写法后重新导入",
    en="expected a month such as 2026-06, found {found!r}. Write it so and import again",
)
NOT_A_DURATION = code(
    "cell_not_a_duration",
    zh="应为时长，如 1分20秒 或 00:01:20，实为“{found}”。请改成这种写法后重新导入",
    en="expected a duration such as 1分20秒 or 00:01:20, found {found!r}. Write it so and import again",
)
NOT_AN_INTEGER = code(
    "cell_not_an_integer",
    zh="应为整数，如 12，实为“{found}”。请改正后重新导入",
    en="expected a whole number such as 12, found {found!r}. Mend it and import again",
)
NOT_A_NUMBER = code(
    "cell_not_a_number",
    zh="应为数字，如 12.5 或 36.99%，实为“{found}”。请改正后重新导入",
    en="expected a number such as 12.5 or 36.99%, found {found!r}. Mend it and import again",
)
NOT_MONEY = code(
    "cell_not_money",
    zh="应为金额，如 1,234.50，实为“{found}”。请改正后重新导入",
    en="expected an amount such as 1,234.50, found {found!r}. Mend it and import again",
)
NOT_A_FLAG = code(
    "cell_not_a_flag",
    zh="应为 是 或 否，实为“{found}”。请改正后重新导入",
    en="expected yes or no, found {found!r}. Mend it and import again",
)
NOT_A_CHOICE = code(
    "cell_not_a_choice",
    zh="“{found}”不在可用的取值之内：{choices}。请改正后重新导入",
    en="{found!r} is none of {choices}. Mend it and import again",
)
EMPTY = code(
    "cell_empty",
    zh="不能为空。请补全后重新导入",
    en="may not be empty. Fill it in and import again",
)

ID_LOST = code(
    "cell_id_lost",
    zh="编号被表格软件改成了“{found}”，后几位已经丢失。请重新导出，不要用 Excel 打开后另存",
    en="a spreadsheet program turned this id into {found!r} and lost its last digits. Export it again, without saving it from Excel",
)

TROUBLE: Mapping[CellKind, Code] = {
    "id": ID_LOST,
    "instant": NOT_A_TIME,
    "date": NOT_A_DATE,
    "month": NOT_A_MONTH,
    "duration": NOT_A_DURATION,
    "integer": NOT_AN_INTEGER,
    "number": NOT_A_NUMBER,
    "percent": NOT_A_NUMBER,
    "money": NOT_MONEY,
    "flag": NOT_A_FLAG,
    "choice": NOT_A_CHOICE,
}
"""What is said about a cell that does not convert, by kind. `text` always does."""

BLANKS = " \t\r\n\v\f\u00a0\u2007\u202f\u3000\ufeff\u200b"
"""Stripped from both ends of every cell: exports pad ids with TABs so that spreadsheets leave them alone."""

NOTHING = ("-", "--", "—", "——", "/", "null", "NULL", "None", "nan", "NaN", "N/A")
"""How exports write "no value" in columns that are neither ids nor text. In ids only the dashes count."""

FLAGS = {
    **dict.fromkeys(("是", "有", "真", "成立", "true", "t", "yes", "y", "1", "√"), True),
    **dict.fromkeys(("否", "无", "假", "不成立", "false", "f", "no", "n", "0", "×"), False),
}

_DASHES = ("-", "--", "—", "——")
_OFFSET = r"(Z|z|UTC|GMT|[+-]\d{2}:?\d{2})"
_DAY = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_CLOCK = r"(\d{1,2})\s*[:：时点]\s*(\d{1,2})(?:\s*[:：分]\s*(\d{1,2})(?:[.,](\d{1,9}))?秒?|分)?"
_LABEL = r"^(?:[\u4e00-\u9fff]{1,8}\s*[:：]\s*)?"
_MOMENT = _LABEL + _DAY + r"(?:[T\s]*" + _CLOCK + r")?\s*" + _OFFSET + r"?$"
_SHORT = r"^(\d{1,2})/(\d{1,2})/(\d{2})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:\s*(\d{2})(\d{2})(\d{2}))?$"
_SECOND, _DAY_US = 1_000_000, 86_400_000_000
_OLDEST, _EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(1969, 12, 31), dt.date(2200, 1, 1)
"""The days a date may name, and those a moment may lie in. The epoch itself is how some systems write "never"; it may lie a day earlier."""

_EXCEL_ZERO = -25_569 * _DAY_US
"""Day 0 of Excel's 1900 calendar, 30 December 1899, in microseconds of the epoch."""

_FORMATS: Sequence[tuple[re.Pattern[str], str, bool]] = tuple(
    (re.compile(pattern), form, has_offset)
    for pattern, form, has_offset in (
        (r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}$", "%Y-%m-%d %H:%M:%S", False),
        (r"\d{4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{1,2}:\d{1,2}$", "%Y-%m-%dT%H:%M:%S", False),
        (r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}$", "%Y/%m/%d %H:%M:%S", False),
        (r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{1,2}$", "%Y/%m/%d %H:%M", False),
        (r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}$", "%Y-%m-%d %H:%M", False),
        (r"\d{4}年\d{1,2}月\d{1,2}日 \d{1,2}:\d{1,2}:\d{1,2}$", "%Y年%m月%d日 %H:%M:%S", False),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)$", "%Y-%m-%dT%H:%M:%S%#z", True),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:?\d\d)$", "%Y-%m-%dT%H:%M:%S%.f%#z", True),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)$", "%Y-%m-%d %H:%M:%S%#z", True),
        (r"\d{4}-\d\d-\d\d[ ]\d\d:\d\d:\d\d\.\d+$", "%Y-%m-%d %H:%M:%S%.f", False),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+$", "%Y-%m-%dT%H:%M:%S%.f", False),
    )
)


@dataclass(frozen=True, slots=True)
class Cells:
    """A converted column. `bad` holds the positions (UInt32) of cells with text that could not be converted; null elsewhere means empty."""

    values: pl.Series
    bad: pl.Series

    @classmethod
    def good(cls, values: pl.Series) -> Cells:
        return cls(values, pl.Series([], dtype=pl.UInt32))


def stripped(text: pl.Series, *, dashes_are_nothing: bool = False) -> pl.Series:
    """Text without blanks at its ends; empty cells become null. With `dashes_are_nothing`, so do `-` and `--`."""
    bare = text.str.strip_chars(BLANKS)
    return _emptied(bare, dashes_are_nothing)


def _emptied(bare: pl.Series, dashes_are_nothing: bool) -> pl.Series:
    empty = bare.str.len_bytes() == 0
    if dashes_are_nothing and (dash := bare.is_in(_DASHES)).any():
        empty = empty | dash
    if empty.any():
        bare = bare.set(empty.fill_null(False), None)
    return bare


def ids(text: pl.Series) -> pl.Series:
    """Ids as text: blanks stripped, what marks text for spreadsheets (`'123`, `="123"`) removed, dashes and nothing null."""
    bare = text.str.strip_chars(BLANKS)
    if bare.str.starts_with("'").any():
        bare = bare.str.replace(r"^'+", "").str.strip_chars(BLANKS)
    if bare.str.starts_with('="').any():
        bare = bare.str.replace(r'^="([^"]*)"$', "${1}").str.strip_chars(BLANKS)
    return _emptied(bare, dashes_are_nothing=True)


def convert(
    text: pl.Series,
    kind: CellKind | Kind,
    *,
    zones: str | pl.Series = "UTC",
    choices: Mapping[str, str] | None = None,
    unit: str | None = None,
) -> Cells:
    """Convert one column of text.

    `zones` is the IANA zone, or one per row, in which times without an offset are read. `choices` maps every accepted word to its
    canonical one. `unit` says what the figures count: `fen` for money; `minutes`, `hours` or `milliseconds` for durations; `percent`
    for numbers that leave out the sign, `share_or_percent` for those that may be either. Returns values in the dtype of the kind (`duration` and `percent` are Float64).
    """
    if kind == "id":
        found = ids(text)
        if found.str.contains("E+", literal=True).any():
            # 6.95E+18 stands for any of thousands of orders: kept as an id, it would make one of them all.
            lost = found.str.contains(r"^\d(?:\.\d+)?E\+\d{2}$").fill_null(False)
            return Cells(found.set(lost, None), lost.arg_true().cast(pl.UInt32))
        return Cells.good(found)
    if kind == "text":
        return Cells.good(stripped(text))
    if kind == "instant":
        return instants(text, zones)
    bare = stripped(text)
    if kind == "choice":
        return _words(bare, {word.casefold(): to for word, to in (choices or {}).items()}, pl.String())
    nothing = bare.is_in(NOTHING)
    if nothing.any():
        bare = bare.set(nothing.fill_null(False), None)
    if kind == "flag":
        return _words(bare, FLAGS, pl.Boolean())
    if kind == "date":
        return dates(bare)
    if kind == "month":
        return months(bare)
    if kind == "integer":
        return _integers(bare)
    if kind == "money":
        return _money(bare, unit)
    if kind == "duration":
        return durations(bare, unit)
    return _numbers(bare, "percent" if kind == "percent" and unit is None else unit)


# Instants -----------------------------------------------------------------------------------------------------------------


def instants(text: pl.Series, zones: str | pl.Series) -> Cells:
    """Times as instants in UTC. With an offset they are that instant, without they are local to `zones`.

    A local time that happens twice (clocks put back) is its first occurrence; one that never happens (clocks put forward) is moved
    forward by the length of the gap. Both are what `fold=0` of Python's datetime means.
    """
    found = _fast_format(text)
    if found is None:
        values = (
            pl.Series(text.name, [None], dtype=INSTANT).new_from_index(0, len(text))
            if len(text)
            else pl.Series(text.name, [], dtype=INSTANT)
        )
    else:
        form, has_offset = found
        if has_offset:
            values = _within(text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False), _EARLIEST, _LATEST)
        else:
            values = localised(_within(text.str.to_datetime(form, time_unit="us", strict=False), _EARLIEST, _LATEST), zones)
    if values.null_count() == text.null_count():
        return Cells.good(values)
    return _mend(values, text, zones)


def _within(values: pl.Series, first: dt.date, last: dt.date) -> pl.Series:
    """Without what lies outside the days from `first` to `last`: such a year is a slip, and no calendar holds them all."""
    physical = values.to_physical()
    unit = 1 if values.dtype == pl.Date else _DAY_US
    low, high = ((day - dt.date(1970, 1, 1)).days * unit for day in (first, last))
    if physical.is_between(low, high).all(ignore_nulls=True):
        return values
    return values.set((~physical.is_between(low, high)).fill_null(False), None)


def _fast_format(text: pl.Series) -> tuple[str, bool] | None:
    place = text.is_not_null().arg_max()
    first = text[place] if place is not None else None
    if first is None:
        return None
    for pattern, form, has_offset in _FORMATS:
        if pattern.match(first):
            return form, has_offset
    return None


def _mend(values: pl.Series, text: pl.Series, zones: str | pl.Series) -> Cells:
    """Fill the cells the fast way left empty by the slow one."""
    left = (values.is_null() & text.is_not_null()).arg_true()
    bare = stripped(text.gather(left))
    bare = bare.set(bare.is_in(NOTHING).fill_null(False), None)
    wall, offset = _moments(bare)
    here = zones if isinstance(zones, str) else zones.gather(left)
    clock = _within(wall.cast(pl.Datetime("us")), _EARLIEST, _LATEST)
    absolute = (clock.to_physical() - offset).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    slow = absolute.zip_with(offset.is_not_null(), localised(clock, here))
    bad = left.filter(slow.is_null() & bare.is_not_null())
    return Cells(values.scatter(left, slow), bad.cast(pl.UInt32))


def _moments(bare: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Each text as microseconds of the epoch on its own clock, and that clock's offset in microseconds (null: not said)."""
    column = pl.col("t")
    usual = column.str.extract_groups(_MOMENT)
    short = column.str.extract_groups(_SHORT)
    compact = column.str.extract_groups(_COMPACT)
    frame = bare.rename("t").to_frame()

    def part(groups: pl.Expr, number: int) -> pl.Expr:
        return groups.struct.field(str(number)).cast(pl.Int64, strict=False)

    serial = pl.when(column.str.contains(r"^\d{5}(\.\d+)?$")).then(column.cast(pl.Float64, strict=False))
    # The unit of an epoch is told by its length: seconds have ten digits until 2286.
    epoch = (
        pl.when(column.str.contains(r"^1\d{9}$"))
        .then(column.cast(pl.Int64, strict=False) * _SECOND)
        .when(column.str.contains(r"^1\d{12}$"))
        .then(column.cast(pl.Int64, strict=False) * 1000)
        .when(column.str.contains(r"^1\d{15}$"))
        .then(column.cast(pl.Int64, strict=False))
    )
    fraction = usual.struct.field("7").str.pad_end(6, "0").str.head(6).cast(pl.Int64, strict=False).fill_null(0)
    written = [
        _wall([part(usual, n) for n in range(1, 7)]) + fraction,
        _wall([part(short, 3) + 2000, part(short, 1), part(short, 2), part(short, 4), part(short, 5), part(short, 6)]),
        _wall([part(compact, n) for n in range(1, 7)]),
        # Excel keeps a second as a fraction of a day that no float holds exactly.
        (serial * 86_400_000).round().cast(pl.Int64) * 1000 + _EXCEL_ZERO,
    ]
    zoned = usual.struct.field("8").str.replace(":", "")
    signed = zoned.str.extract_groups(r"^([+-])(\d{2})(\d{2})$")
    minutes = part(signed, 2) * 60 + part(signed, 3)
    offset = (
        pl.when(zoned.str.to_uppercase().is_in(["Z", "UTC", "GMT"]))
        .then(0)
        .when(signed.struct.field("1") == "-")
        .then(-minutes * 60 * _SECOND)
        .otherwise(minutes * 60 * _SECOND)
    )
    found = frame.select(
        wall=pl.coalesce(*written, epoch).cast(pl.Int64),
        offset=pl.when(epoch.is_not_null()).then(0).otherwise(offset).cast(pl.Int64),
    )
    return found["wall"], found["offset"]


def _wall(parts: Sequence[pl.Expr]) -> pl.Expr:
    """Year to second as microseconds of the epoch; null when there is no such day or time. A missing clock is midnight."""
    year, month, day, hour, minute, second = parts
    hour, minute, second = hour.fill_null(0), minute.fill_null(0), second.fill_null(0)
    text = pl.format(
        "{}-{}-{}", year.cast(pl.String).str.zfill(4), month.cast(pl.String).str.zfill(2), day.cast(pl.String).str.zfill(2)
    ).str.to_date("%Y-%m-%d", strict=False)
    valid = (hour < 24) & (minute < 60) & (second < 60) & (year >= 1970)
    clock = (hour * 3600 + minute * 60 + second) * _SECOND
    return pl.when(valid).then(text.cast(pl.Int64) * _DAY_US + clock)


def localised(wall: pl.Series, zones: str | pl.Series) -> pl.Series:
    """Naive local times as instants in UTC, each in its zone. Times that happen twice or never: see `instants`."""
    if isinstance(zones, str):
        return _in_zone(wall, zones)
    names = zones.unique().drop_nulls().sort().to_list()
    if len(names) == 1:
        return _in_zone(wall, names[0])
    result = pl.Series(wall.name, [], dtype=INSTANT).extend_constant(None, len(wall))
    for name in names:
        rows = (zones == name).arg_true()
        result = result.scatter(rows, _in_zone(wall.gather(rows), name))
    return result


def _in_zone(wall: pl.Series, name: str) -> pl.Series:
    here = zone(name)
    values = wall.dt.replace_time_zone(name, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    if values.null_count() > wall.null_count():
        gap = (values.is_null() & wall.is_not_null()).arg_true()
        moved = [moment.replace(tzinfo=here).astimezone(dt.UTC) for moment in wall.gather(gap)]
        values = values.scatter(gap, pl.Series(moved, dtype=INSTANT))
    return values


def dates(text: pl.Series) -> Cells:
    """Calendar days. A time after the day is dropped; Excel's day numbers and `20260607` are understood."""
    values = text.str.to_date("%Y-%m-%d", strict=False)
    if values.null_count() > text.null_count():
        left = (values.is_null() & text.is_not_null()).arg_true()
        wall, _ = _moments(text.gather(left))
        slow = wall.cast(pl.Datetime("us")).dt.date()
        values = values.scatter(left, slow)
    return _judged(_within(values, _OLDEST, _LATEST), text)


def months(text: pl.Series) -> Cells:
    """Months as `2026-06`, from that, `2026/6`, `2026年6月`, `202606` or any day of the month."""
    groups = text.to_frame("t").select(pl.col("t").str.extract_groups(r"^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?$")).to_series().struct
    year, month = groups.field("1"), groups.field("2").str.zfill(2)
    plain = pl.select(pl.when(month.is_in([f"{n:02}" for n in range(1, 13)])).then(year + "-" + month)).to_series().rename(text.name)
    if plain.null_count() > text.null_count():
        left = (plain.is_null() & text.is_not_null()).arg_true()
        plain = plain.scatter(left, dates(text.gather(left)).values.dt.strftime("%Y-%m"))
    return _judged(plain, text)


# Numbers ------------------------------------------------------------------------------------------------------------------

_HALF = dict(zip("０１２３４５６７８９．，－＋％", "0123456789.,-+%", strict=True))


_GROUPED = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?%?$"


def _plain(text: pl.Series) -> pl.Series:
    """Figures without currency signs, thousands separators, full-width digits and counting words."""
    half = text.str.replace_many(list(_HALF), list(_HALF.values()))
    bare = half.str.replace(r"^([+-]?)\s*[￥¥$]\s*", "${1}").str.replace(r"\s*[元件个人次星条单分]$", "")
    # Only commas that stand where thousands are: 1,5 is somebody's decimal comma and must not become 15.
    return bare.str.replace_all(",", "").zip_with(bare.str.contains(_GROUPED).fill_null(False), bare)


def _integers(text: pl.Series) -> Cells:
    values = text.cast(pl.Int64, strict=False)
    if values.null_count() > text.null_count():
        left = (values.is_null() & text.is_not_null()).arg_true()
        values = values.scatter(left, _plain(text.gather(left)).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False))
    return _judged(values, text)


def _numbers(text: pl.Series, unit: str | None) -> Cells:
    percents = text.str.ends_with("%") | text.str.ends_with("％")
    figures = _plain(text).str.strip_suffix("%")
    values = figures.cast(pl.Float64, strict=False)
    values = values.set((~values.is_finite()).fill_null(False), None)
    hundredth = percents if unit != "percent" else text.is_not_null()
    if unit == "share_or_percent":
        # Some interfaces give the same field as 0.5 and as 50; a share can not exceed 1.
        hundredth = percents | (values > 1)
    hundredth = hundredth.fill_null(False)
    if not hundredth.any():
        return _judged(values, text)
    # Divided as text: as a float, 70 / 100 may come out as 0.7000000000000001, on the wrong side of somebody's band.
    shares = (figures + "e-2").cast(pl.Float64, strict=False)
    return _judged(shares.zip_with(hundredth & values.is_not_null(), values), text)


def _money(text: pl.Series, unit: str | None) -> Cells:
    exact = pl.Decimal(38, 10)
    values = text.cast(exact, strict=False)
    if values.null_count() > text.null_count():
        left = (values.is_null() & text.is_not_null()).arg_true()
        values = values.scatter(left, _plain(text.gather(left)).cast(exact, strict=False))
    if unit == "fen":
        values = (
            values.to_frame("m").select((pl.col("m") / pl.lit(100, dtype=exact)).cast(exact, strict=False)).to_series().rename(text.name)
        )
    return _judged(values.round(2, mode="half_away_from_zero").cast(MONEY, strict=False), text)


_SECONDS = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0}


def durations(text: pl.Series, unit: str | None = None) -> Cells:
    """Lengths of time in seconds: `2分30秒`, `7小时41分52秒`, `00:01:20`, `9秒`, `80s`; bare figures count `unit` (default seconds)."""
    column = pl.col("t")
    words = column.str.extract_groups(
        r"^(?:(\d+(?:\.\d+)?)\s*(?:天|日|d))?\s*(?:(\d+(?:\.\d+)?)\s*(?:小时|时|h))?\s*(?:(\d+(?:\.\d+)?)\s*(?:分钟|分|min|m))?"
        r"\s*(?:(\d+(?:\.\d+)?)\s*(?:秒钟|秒|sec|s))?$"
    )
    clock = column.str.extract_groups(r"^(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d+)?)$")

    def part(groups: pl.Expr, number: int) -> pl.Expr:
        return groups.struct.field(str(number)).cast(pl.Float64, strict=False)

    spelled = [part(words, n) for n in range(1, 5)]
    said = pl.any_horizontal(one.is_not_null() for one in spelled)
    total = sum((one.fill_null(0) * size for one, size in zip(spelled, (86_400, 3600, 60, 1), strict=True)), pl.lit(0.0))
    timed = part(clock, 1).fill_null(0) * 3600 + part(clock, 2) * 60 + part(clock, 3)
    bare = pl.when(column.str.contains(r"^\d+(\.\d+)?$")).then(column.cast(pl.Float64, strict=False) * _SECONDS[unit or "seconds"])
    found = text.to_frame("t").select(pl.coalesce(bare, pl.when(said).then(total), timed)).to_series()
    return _judged(found.rename(text.name), text)


# Words --------------------------------------------------------------------------------------------------------------------


def _words(bare: pl.Series, known: Mapping[str, str] | Mapping[str, bool], dtype: pl.DataType) -> Cells:
    canonical = {word for word, to in known.items() if word == to}
    if canonical and bare.is_in(list(canonical)).all():
        return Cells.good(bare)
    # A handful of distinct words is looked up once each, not once a row.
    found = {word: known.get(word.casefold()) for word in bare.unique().drop_nulls().to_list()}
    if not found:
        return Cells.good(
            pl.Series(bare.name, [None], dtype=dtype).new_from_index(0, len(bare)) if len(bare) else pl.Series([], dtype=dtype)
        )
    words, meant = pl.Series(list(found), dtype=pl.String), pl.Series(list(found.values()), dtype=dtype)
    return _judged(bare.replace_strict(words, meant, default=None, return_dtype=dtype), bare)


def _judged(values: pl.Series, text: pl.Series) -> Cells:
    if values.null_count() <= text.null_count():
        return Cells.good(values)
    return Cells(values, (values.is_null() & text.is_not_null()).arg_true().cast(pl.UInt32))
