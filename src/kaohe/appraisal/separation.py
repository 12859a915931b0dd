"""Which items of a scheme tell people apart, and which measure the same thing twice.

Every judged month of a person is one case. Scores are taken as shares of what an item is worth, to the millionth, and summed as whole numbers: the
outcome is the same in any order and on any machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from kaohe.appraisal.appraisal import Appraisal
from kaohe.appraisal.columns import Flags, Ints
from kaohe.appraisal.exact import units
from kaohe.appraisal.judged import Judged
from kaohe.appraisal.scheme import Item

MILLION = 10**6
ALIKE = Fraction(9, 10)
"""An item that scores this share of all cases alike tells nobody apart."""

SAME = Fraction(4, 5)
"""Items whose scores correlate this much, either way, measure the same."""

FEWEST = 10
"""Of fewer cases two items are not said to measure the same: by chance alone they often seem to."""


@dataclass(frozen=True, slots=True)
class Separation:
    """What one item does in all cases.

    `judged` is in how many of the `cases` its figure gave the points; the rest of the numbers are of these. `mean` and `spread` (standard deviation
    over all of them) are shares of the item's worth, of an extra shares of the way from its least to its most; `same` is the share in the band, or
    with the score, that most have; `full` the share with full marks. `of_differences` is the item's part in the variance of totals, before their
    floor and cap and vetoes: covariance of its line with the sum of lines ÷ variance of the sum; over all items these add up to 1. None where
    there is nothing to divide by.
    """

    item: str
    worth: Decimal
    cases: int
    judged: int
    mean: float | None
    spread: float | None
    same: float | None
    full: float | None
    of_differences: float | None

    @property
    def alike(self) -> bool | None:
        """Whether the item tells nobody apart: nearly everybody scores the same. None where it judged nobody."""
        return None if self.same is None else self.same >= ALIKE


@dataclass(frozen=True, slots=True)
class Correlation:
    """How the scores of two items go together over `cases` in which the figures of both gave points: Pearson's coefficient of the scores, and of
    their ranks (Spearman; equals share the mean of their ranks). None for fewer than 3 cases and where either gives everybody the same."""

    one: str
    other: str
    cases: int
    pearson: float | None
    spearman: float | None

    @property
    def same(self) -> bool:
        """Whether the two measure the same."""
        strongest = max(abs(one) for one in (self.pearson or 0.0, self.spearman or 0.0))
        return self.cases >= FEWEST and strongest >= SAME


@dataclass(frozen=True, slots=True)
class _Scores:
    """One item in all cases: its score in millionths of its worth, its line in units, whether its figure gave the points, and in which class it was."""

    item: Item
    share: Ints
    line: Ints
    known: Flags
    kind: Ints
    full: Flags


def separations(appraisals: Sequence[Appraisal]) -> list[Separation]:
    """What each item does, in the order of the scheme. All appraisals must be under one scheme."""
    columns = _columns(appraisals)
    there = np.concatenate([one.found.totals.there for one in appraisals]) if appraisals else np.zeros(0, dtype=np.bool_)
    parts = _of_differences([column.line[there] for column in columns])
    return [_separation(column, part) for column, part in zip(columns, parts, strict=True)]


def correlations(appraisals: Sequence[Appraisal]) -> list[Correlation]:
    """Every pair of items, in the order of the scheme. All appraisals must be under one scheme."""
    columns = _columns(appraisals)
    if not columns:
        return []
    known = np.stack([column.known for column in columns]).astype(np.int64)
    share = np.stack([np.where(column.known, column.share, 0) for column in columns])
    cases, sums, squares, both = _crossed(known, known), _crossed(share, known), _crossed(_squared(share), known), _crossed(share, share)
    ranks = _Ranks(columns)
    found = []
    for one, other in combinations(range(len(columns)), 2):
        count = int(cases[one, other])
        pearson = _coefficient(
            count,
            int(both[one, other]),
            (int(sums[one, other]), int(squares[one, other])),
            (int(sums[other, one]), int(squares[other, one])),
        )
        found.append(Correlation(columns[one].item.key, columns[other].item.key, count, pearson, ranks.coefficient(one, other)))
    return found


def _columns(appraisals: Sequence[Appraisal]) -> list[_Scores]:
    items = appraisals[0].scheme.items if appraisals else ()
    return [_scores(item, [one.found.items[at] for one in appraisals]) for at, item in enumerate(items)]


def _scores(item: Item, judged: Sequence[Judged]) -> _Scores:
    whole = Fraction(item.out_of) if item.extra is None else Fraction(item.extra.most - item.extra.least)
    factor = 1 / whole if whole else Fraction(0)
    most = Fraction(item.out_of) * factor
    share = np.concatenate([one.points.scaled(factor).rounded(6) for one in judged])
    known = np.concatenate([one.is_("count") for one in judged])
    banded = [one.scores.band for one in judged]
    kind = share if any(band is None for band in banded) else np.concatenate([band for band in banded if band is not None])
    return _Scores(item, share, np.concatenate([one.line for one in judged]), known, kind, share >= units(most, 6))


def _separation(column: _Scores, of_differences: float | None) -> Separation:
    share, count = column.share[column.known], int(column.known.sum())
    mean = spread = same = full = None
    if count:
        total, squares = _sum(share), _sum_of_products(share, share)
        mean = total / (count * MILLION)
        spread = math.sqrt(count * squares - total * total) / (count * MILLION)
        same = int(np.unique(column.kind[column.known], return_counts=True)[1].max()) / count
        full = int(column.full[column.known].sum()) / count
    return Separation(column.item.key, column.item.worth, len(column.known), count, mean, spread, same, full, of_differences)


def _of_differences(lines: Sequence[Ints]) -> list[float | None]:
    """Each item's covariance with the sum, as a share of the variance of the sum."""
    if not lines or not len(lines[0]):
        return [None] * len(lines)
    total, count = np.sum(np.stack(lines), axis=0), len(lines[0])
    sum_ = _sum(total)
    variance = count * _sum_of_products(total, total) - sum_ * sum_
    if not variance:
        return [None] * len(lines)
    return [(count * _sum_of_products(line, total) - _sum(line) * sum_) / variance for line in lines]


class _Ranks:
    """Rank correlation. Ranks are made anew for the cases that a pair of items has in common."""

    def __init__(self, columns: Sequence[_Scores]) -> None:
        self._known = [column.known for column in columns]
        # Sorted once: what is in common keeps its order.
        self._order = [np.unique(column.share, return_inverse=True)[1].reshape(-1) for column in columns]

    def coefficient(self, one: int, other: int) -> float | None:
        mask = self._known[one] & self._known[other]
        left, right = twice_mean_ranks(self._order[one][mask]), twice_mean_ranks(self._order[other][mask])
        of_left, of_right = ((_sum(ranks), _sum_of_products(ranks, ranks)) for ranks in (left, right))
        return _coefficient(len(left), _sum_of_products(left, right), of_left, of_right)


def twice_mean_ranks(order: Ints) -> Ints:
    """Twice the rank of each from the smallest on, of whole numbers from 0 that tell the order; equals share the mean of their ranks.

    >>> twice_mean_ranks(np.array([3, 0, 3, 1])).tolist()
    [7, 2, 7, 4]
    """
    people = np.bincount(order)
    found: Ints = (2 * (np.cumsum(people) - people) + people + 1)[order]
    return found


def _coefficient(count: int, both: int, left: tuple[int, int], right: tuple[int, int]) -> float | None:
    """Pearson's coefficient from the sum of products, and of each side the sum and the sum of squares."""
    if count < 3:
        return None
    away = count * both - left[0] * right[0]
    within = (count * left[1] - left[0] ** 2) * (count * right[1] - right[0] ** 2)
    if not within:
        return None
    # Rounding must not make it more than 1.
    return max(-1.0, min(1.0, away / math.sqrt(within)))


_WIDEST = 2**62


def _crossed(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sums of products of each row of one with each of the other, exact."""
    if not _fits(left, right):
        left, right = left.astype(object), right.astype(object)
    found: npt.NDArray[Any] = left @ right.T
    return found


def _squared(values: Ints) -> npt.NDArray[Any]:
    if values.size and int(np.abs(values).max()) ** 2 >= _WIDEST:
        return values.astype(object) ** 2
    return values * values


def _sum_of_products(left: Ints, right: Ints) -> int:
    if _fits(left, right):
        return int(np.dot(left, right))
    return sum(int(one) * int(other) for one, other in zip(left, right, strict=True))


def _sum(values: Ints) -> int:
    return int(values.sum())


def _fits(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> bool:
    """Whether sums of products stay whole numbers of 64 bits."""
    if not left.size or not right.size:
        return True
    largest = int(np.abs(left).max()) * int(np.abs(right).max())
    return largest * int(left.shape[-1]) < _WIDEST
