"""Whose figures can not be told apart, and who stands where: groups by intervals, and places."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kaohe.metrics.metric import Better

Value = float | None


def groups(values: Sequence[Value], lows: Sequence[Value], highs: Sequence[Value], better: Better | None) -> list[int | None]:
    """The group of each figure, from 1, the best first (without a direction the highest); None for a figure without a value.

    Figures stand in order of value. A group is the longest run, from the first that is in no group yet, whose intervals all overlap one another, ends included:
    no two of a group can be told apart, and everybody is in one group only. Equal values are always in one group. Figures without
    an interval stand alone, with their equals. An interval holds its own value. The order of the input does not matter.

    >>> groups([0.9, 0.8, 0.5], [0.85, 0.7, 0.4], [0.95, 0.88, 0.6], "higher")
    [1, 1, 2]
    """
    sign = 1 if better == "lower" else -1
    given = [(sign * value, place) for place, value in enumerate(values) if value is not None]
    found: list[int | None] = [None] * len(values)
    number, low, high = 0, float("inf"), float("-inf")
    for key, tied in groupby(sorted(given), key=lambda one: one[0]):
        places, value = [place for _, place in tied], sign * key
        ends = [(one, other) for one, other in ((lows[place], highs[place]) for place in places) if one is not None and other is not None]
        alone = len(ends) < len(places)
        mine = max((min(one, value) for one, _ in ends), default=value), min((max(other, value) for _, other in ends), default=value)
        if not alone and low <= high and max(low, mine[0]) <= min(high, mine[1]):
            low, high = max(low, mine[0]), min(high, mine[1])
        else:
            number += 1
            low, high = (float("inf"), float("-inf")) if alone else mine
        for place in places:
            found[place] = number
    return found


def places(values: Sequence[Value], better: Better | None) -> list[int | None]:
    """The place of each figure, 1 for the best; equals share one, and the next counts everybody before it. None for a figure without a value, and for all where neither
    way is better.

    >>> places([0.5, 0.9, None, 0.9], "higher")
    [3, 1, None, 1]
    """
    if better is None:
        return [None] * len(values)
    sign = 1 if better == "lower" else -1
    ordered = sorted(sign * value for value in values if value is not None)
    first: dict[float, int] = {}
    for place, key in enumerate(ordered, 1):
        first.setdefault(key, place)
    return [None if value is None else first[sign * value] for value in values]
