"""Half-open bands: each from `at_least`, included, to `below`, excluded, together the whole line of numbers.

A pay table in the wild says 39–41.99 and then 42, so that 41.995 falls through. Here the end of a band is the beginning of the next, or
the scheme is refused with the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kaohe.appraisal.exact import Number, number, plain
from kaohe.definitions import Definition, Document
from kaohe.errors import WRONG_USE, Problem, code

GAP = code(
    "bands_gap",
    zh="档位有空隙：上一档（第 {other} 行）到 {below} 为止，这一档从 {at_least} 起，中间的数不属于任何一档",
    en="a gap between bands: the one before (line {other}) ends at {below}, this one begins at {at_least}; no band holds what lies between",
    exit=WRONG_USE,
)
OVERLAP = code(
    "bands_overlap",
    zh="档位重叠：上一档（第 {other} 行）到 {below} 为止，这一档从 {at_least} 起，中间的数同时属于两档",
    en="bands overlap: the one before (line {other}) ends at {below}, this one begins at {at_least}; two bands hold what lies between",
    exit=WRONG_USE,
)
REVERSED = code(
    "bands_reversed",
    zh="档位顺序不对：这一档从 {at_least} 起，上一档（第 {other} 行）从 {before} 起。请从小到大排列",
    en="bands in the wrong order: this one begins at {at_least}, the one before (line {other}) at {before}. Put them from low to high",
    exit=WRONG_USE,
)
EMPTY = code(
    "bands_empty",
    zh="这一档是空的：at_least {at_least} 不小于 below {below}",
    en="this band is empty: at_least {at_least} is not less than below {below}",
    exit=WRONG_USE,
)
NOT_OPEN_BELOW = code(
    "bands_not_open_below",
    zh="第一档不能有下限：请去掉 at_least 或写 null，否则小于 {at_least} 的数不属于任何一档",
    en="the first band has no lower end: leave at_least out or say null, or no band holds what is less than {at_least}",
    exit=WRONG_USE,
)
NOT_OPEN_ABOVE = code(
    "bands_not_open_above",
    zh="最后一档不能有上限：请去掉 below 或写 null，否则 {below} 及以上的数不属于任何一档",
    en="the last band has no upper end: leave below out or say null, or no band holds {below} and more",
    exit=WRONG_USE,
)
OPEN_INSIDE = code(
    "bands_open_inside",
    zh="缺少“{end}”：只有第一档可以没有 at_least，最后一档可以没有 below",
    en="{end!r} is missing: only the first band has no at_least, only the last has no below",
    exit=WRONG_USE,
)


class Span(Definition):
    """The numbers from `at_least`, included, to `below`, excluded. None: without end."""

    at_least: Number | None = None
    below: Number | None = None


class Band(Span):
    points: Number


class RateBand(Span):
    """What part of an amount is paid in this band."""

    rate: Number


class AmountBand(Span):
    """The yuan of this band."""

    amount: Number


def edges(bands: Sequence[Span]) -> list[Fraction]:
    """Where one band ends and the next begins, from low to high."""
    return [Fraction(band.at_least) for band in bands if band.at_least is not None]


def check_bands(document: Document, path: Sequence[str | int], given: Any) -> list[Problem]:
    """Every gap, overlap, wrong order and closed end in a list of bands as read from the file; entries of the wrong kind are passed over."""
    if not isinstance(given, list) or not given or not all(isinstance(entry, Mapping) for entry in given):
        return []
    problems: list[Problem] = []
    before: tuple[int, Decimal | None, Decimal | None] | None = None
    for at, entry in enumerate(given):
        low, high = number(entry.get("at_least")), number(entry.get("below"))
        if _odd(entry, "at_least") or _odd(entry, "below"):
            before = None
            continue
        here = [*path, at]
        start, end = _place(here, entry, "at_least"), _place(here, entry, "below")
        if low is not None and high is not None and low >= high:
            problems.append(document.problem(EMPTY, start, at_least=plain(low), below=plain(high)))
        if at == 0 and low is not None:
            problems.append(document.problem(NOT_OPEN_BELOW, start, at_least=plain(low)))
        if at == len(given) - 1 and high is not None:
            problems.append(document.problem(NOT_OPEN_ABOVE, end, below=plain(high)))
        if at > 0 and low is None:
            problems.append(document.problem(OPEN_INSIDE, start, end="at_least"))
        if at < len(given) - 1 and high is None:
            problems.append(document.problem(OPEN_INSIDE, end, end="below"))
        if before is not None and low is not None:
            problems += _joined(document, path, before, low, start)
        before = (at, low, high)
    return problems


def _joined(
    document: Document, path: Sequence[str | int], before: tuple[int, Decimal | None, Decimal | None], low: Decimal, start: list[str | int]
) -> list[Problem]:
    at, previous_low, previous_high = before
    other = document.line([*path, at])
    if previous_low is not None and low <= previous_low:
        return [document.problem(REVERSED, start, at_least=plain(low), before=plain(previous_low), other=other)]
    if previous_high is None or low == previous_high:
        return []
    kind = GAP if low > previous_high else OVERLAP
    return [document.problem(kind, start, at_least=plain(low), below=plain(previous_high), other=other)]


def _odd(entry: Mapping[str, Any], key: str) -> bool:
    return entry.get(key) is not None and number(entry[key]) is None


def _place(here: list[str | int], entry: Mapping[str, Any], key: str) -> list[str | int]:
    return [*here, key] if key in entry else here
