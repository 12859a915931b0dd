"""Calendar months as periods, and what schemes are judged on in each."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date

from kaohe.appraisal.gathering import Gathered, Period, gathered
from kaohe.appraisal.scheme import Scheme
from kaohe.errors import WRONG_USE, code, failure
from kaohe.metrics.source import Source

NOT_MONTHS = code(
    "not_months",
    zh="“{name}”不是月份。请写成 2026-07，几个月写成 2026-07..2026-10",
    en="{name!r} is no month. Write 2026-07, or 2026-07..2026-10 for several",
    exit=WRONG_USE,
)
MONTHS_REVERSED = code(
    "months_reversed",
    zh="起始月份 {first} 晚于截止月份 {last}",
    en="the first month {first} is after the last month {last}",
    exit=WRONG_USE,
)
MONTH_WITHOUT_DATA = code(
    "month_without_data",
    zh="{month} 没有数据：工作区里的数据是 {first} 到 {last}",
    en="there are no data of {month}: the workspace has those from {first} to {last}",
    exit=WRONG_USE,
)


def months_of(text: str) -> list[str]:
    """The months a text names, each as `2026-07`, in order and once: one, several with commas between, or a first and a last with `..`.

    Raises `Failure` for anything else and where a last month is before its first.

    >>> months_of("2026-11..2027-01"), months_of("2026-7,2026-09")
    (['2026-11', '2026-12', '2027-01'], ['2026-07', '2026-09'])
    """
    found: set[str] = set()
    for part in re.split(r"[,，、]", text):
        first, dots, last = part.partition("..")
        begin = _month(first, part)
        end = _month(last, part) if dots else begin
        if begin > end:
            raise failure(MONTHS_REVERSED, first=_named(begin), last=_named(end))
        found |= {_named(one) for one in range(begin, end + 1)}
    return sorted(found)


def days_of(month: str) -> Period:
    """The first and the last day of a month. Raises `Failure` where it is none.

    >>> days_of("2026-02")
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    """
    year, number = divmod(_month(month, month), 12)
    return date(year, number + 1, 1), date(year, number + 1, calendar.monthrange(year, number + 1)[1])


def gathered_months(source: Source, schemes: Sequence[Scheme], months: Sequence[str]) -> dict[str, tuple[Gathered, ...]]:
    """What each scheme is judged on in each month, in the order of the schemes; schemes that look at the same share it.

    Raises `Failure` for months outside the days there are data of: pay that needs no figures would be paid for them all the same.
    """
    span = source.span
    found = {}
    for month in months:
        first, last = days_of(month)
        if span is None or last < span[0] or first > span[1]:
            raise failure(MONTH_WITHOUT_DATA, month=month, first=span[0] if span else "–", last=span[1] if span else "–")
        shared: dict[object, Gathered] = {}
        for scheme in schemes:
            if _needs(scheme) not in shared:
                shared[_needs(scheme)] = gathered(source, scheme, first, last)
        found[month] = tuple(shared[_needs(scheme)] for scheme in schemes)
    return found


def _needs(scheme: Scheme) -> object:
    """Equal for schemes that are judged on the same."""
    needed = (scheme.computed, scheme.reported, scheme.of_shops, scheme.targets)
    return (*(tuple(sorted(one)) for one in needed), scheme.looks_back, scheme.applies_to.shops)


def _month(text: str, given: str) -> int:
    """Months since the year 0."""
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})", text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) == 0:
        raise failure(NOT_MONTHS, name=given.strip())
    return int(found[1]) * 12 + int(found[2]) - 1


def _named(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}"
