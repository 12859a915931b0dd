"""Opening a workspace and choosing days: what every command does before its own work."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kaohe.cli import trouble, words
from kaohe.cli.options import GROUPS
from kaohe.cli.voice import Voice
from kaohe.errors import failure

if TYPE_CHECKING:
    from kaohe.metrics.catalogue import Metric
    from kaohe.workspace import Workspace


def opened(folder: Path) -> Workspace:
    """The workspace in that folder. Raises `Failure` where there is none."""
    import kaohe

    return kaohe.open(folder)


def opened_or_made(voice: Voice, folder: Path) -> Workspace:
    """The workspace in that folder, made where the folder is missing or empty."""
    import kaohe

    if folder.is_dir() and any(folder.iterdir()):
        return kaohe.open(folder)
    workspace = kaohe.create(folder)
    voice.notice(words.CREATED, path=folder)
    return workspace


def names(workspace: Workspace, at: int | None = None) -> dict[str, Mapping[str, str]]:
    """What people call shops and agents, by column and id. Where two have one name, the id stands behind it."""
    found: dict[str, Mapping[str, str]] = {}
    for table, key in (("shops", "shop_id"), ("agents", "agent_id")):
        called = {one: name for one, name in workspace.table(table, at).select(key, "name").iter_rows() if name}
        twice = {name for name, count in Counter(called.values()).items() if count > 1}
        found[key] = {one: f"{name} {one}" if name in twice else name for one, name in called.items()}
    return found


def one_of(names: Mapping[str, str], asked: str | None) -> str | None:
    """The id that was asked for by id or by name."""
    return next((one for one, name in names.items() if name == asked and asked not in names), asked)


def day(option: str, text: str | None) -> dt.date | None:
    """`2026-11-01`, `2026/11/1` or `20261101` as a day. Raises `Failure` for anything else, and for a year outside 2000 to 2099."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})", text.strip())
    try:
        if found is None or (not found[2] and len(text.strip()) != 8):
            raise ValueError(text)
        asked = dt.date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        raise failure(trouble.NOT_A_DAY, option=option, name=text) from None
    if not 2000 <= asked.year <= 2099:
        raise failure(trouble.DAY_OUT_OF_RANGE, option=option, name=text)
    return asked


def days(
    voice: Voice, workspace: Workspace, first: str | None, last: str | None, at: int | None, month: str | None = None
) -> tuple[dt.date, dt.date] | None:
    """The days asked for, both included, the ends of the data where one is not given; None when there are no data.

    A `month` stands for its first and last day. Which days were taken is said on stderr unless all were given, and of a month that the data do
    not cover that they do not. Raises `Failure` where they are no days or in the wrong order, and for a month beside days.
    """
    if month is not None:
        return _days_of_month(voice, workspace, first, last, at, month)
    start, end = day("--from", first), day("--to", last)
    if start is None or end is None:
        span = workspace.span(at)
        if span is None:
            voice.notice(words.NO_DATA)
            return None
        found = (start or min(span[0], end or span[0]), end or max(span[1], start or span[1]))
        voice.notice(words.WHOLE_SPAN if start is None and end is None else words.GIVEN_SPAN, first=found[0], last=found[1])
    else:
        found = (start, end)
    if found[0] > found[1]:
        raise failure(trouble.DAYS_REVERSED, first=found[0], last=found[1])
    return found


def _days_of_month(
    voice: Voice, workspace: Workspace, first: str | None, last: str | None, at: int | None, month: str
) -> tuple[dt.date, dt.date] | None:
    from kaohe.appraisal.months import MONTH_WITHOUT_DATA, days_of

    if first is not None or last is not None:
        raise failure(trouble.MONTH_AND_DAYS)
    found, span = days_of(month), workspace.span(at)
    if span is None:
        voice.notice(words.NO_DATA)
        return None
    if found[1] < span[0] or found[0] > span[1]:
        raise failure(MONTH_WITHOUT_DATA, month=month, first=span[0], last=span[1])
    if found[0] < span[0] or found[1] > span[1]:
        voice.notice(words.PARTIAL_MONTH, month=month)
    return found


def groups(text: str) -> list[str]:
    """`shop,agent` as a list without repetitions. Raises `Failure` for what can not be grouped by."""
    asked = [part.strip() for part in re.split(r"[,，、]", text) if part.strip()]
    return list(dict.fromkeys(trouble.choice("--by", one, GROUPS) for one in asked))


def metrics_asked(names: Sequence[str]) -> list[Metric]:
    """The metrics of those ids or Chinese names, in the order asked. Raises `Failure` that suggests the nearest."""
    from kaohe.metrics.catalogue import CATALOGUE
    from kaohe.metrics.figures import UNKNOWN_METRIC

    by_name = {metric.zh: metric for metric in CATALOGUE.values()}
    found = []
    for name in dict.fromkeys(part.strip() for text in names for part in re.split(r"[,，、]", text) if part.strip()):
        metric = CATALOGUE.get(name) or by_name.get(name)
        if metric is None:
            raise trouble.unknown(UNKNOWN_METRIC, name, [*CATALOGUE, *by_name], list_known=False, metric=name)
        found.append(metric)
    return found
