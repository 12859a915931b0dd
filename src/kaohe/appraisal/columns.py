"""Numbers of many people side by side: floats for speed, fractions where a float could be wrong.

A float carries a bound of its error. Whether a number lies in a band, and how it rounds, is decided by the float only where the bound
leaves no choice; everywhere else the exact value is asked. So results are those of fractions at nearly the speed of arrays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from kaohe.appraisal.exact import units

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Exact: TypeAlias = Callable[[int], Fraction | None]

EPSILON = float(np.finfo(np.float64).eps)
NOBODY = -1
"""The band of who has no number."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number per person, or none. `rough` is NaN for none and within `error` of `exact`, which is None there."""

    rough: Floats
    error: Floats
    exact: Exact

    def __len__(self) -> int:
        return len(self.rough)

    @property
    def known(self) -> Flags:
        return ~np.isnan(self.rough)

    def plus(self, other: Column) -> Column:
        rough = self.rough + other.rough
        return Column(rough, _grown(rough, self.error + other.error), _both(self, other, lambda one, two: one + two))

    def minus(self, other: Column) -> Column:
        return self.plus(other.scaled(Fraction(-1)))

    def times(self, other: Column) -> Column:
        rough = self.rough * other.rough
        error = np.abs(self.rough) * other.error + np.abs(other.rough) * self.error + self.error * other.error
        return Column(rough, _grown(rough, error), _both(self, other, lambda one, two: one * two))

    def over(self, other: Column) -> Column:
        """The quotient; no number where the divisor is 0."""
        exact = _both(self, other, lambda one, two: one / two if two else None)
        # Where a divisor may be 0 only its exact value tells.
        open_ = other.known & (np.abs(other.rough) <= other.error)
        divisor = np.where(open_ | (other.rough == 0), np.nan, other.rough)
        rough = self.rough / divisor
        with np.errstate(invalid="ignore"):
            error = (self.error + np.abs(rough) * other.error) / (np.abs(divisor) - other.error)
        return Column(rough, _grown(rough, error), exact).asked(open_)

    def scaled(self, factor: Fraction) -> Column:
        about = float(factor)
        rough = self.rough * about
        return Column(rough, _grown(rough, self.error * abs(about)), _one(self, lambda value: value * factor))

    def shifted(self, by: Fraction) -> Column:
        rough = self.rough + float(by)
        return Column(rough, _grown(rough, self.error + EPSILON * abs(float(by))), _one(self, lambda value: value + by))

    def clipped(self, least: Fraction | None, most: Fraction | None) -> Column:
        """Numbers beyond an end are the end."""

        def clip(value: Fraction) -> Fraction:
            value = value if most is None else min(value, most)
            return value if least is None else max(value, least)

        low, high = -np.inf if least is None else float(least), np.inf if most is None else float(most)
        rough = np.clip(self.rough, low, high)
        return Column(rough, _grown(rough, self.error), _one(self, clip))

    def floored(self) -> Column:
        """The whole part."""
        low, high = np.floor(self.rough - self.error), np.floor(self.rough + self.error)
        column = Column(low, np.zeros(len(self)), _one(self, lambda value: Fraction(value.__floor__())))
        return column.asked(self.known & (low != high))

    def where(self, mask: Flags, other: Column | None = None) -> Column:
        """These numbers where `mask` holds, elsewhere those of `other`, or none."""
        rough = np.where(mask, self.rough, np.nan if other is None else other.rough)
        error = np.where(mask, self.error, 0.0 if other is None else other.error)

        def exact(at: int) -> Fraction | None:
            if mask[at]:
                return self.exact(at)
            return None if other is None else other.exact(at)

        return Column(rough, error, exact)

    def asked(self, mask: Flags) -> Column:
        """The same with the floats of those people made from their exact values."""
        if not mask.any():
            return self
        rough, error = self.rough.copy(), self.error.copy()
        for at in np.flatnonzero(mask):
            value = self.exact(int(at))
            rough[at] = np.nan if value is None else float(value)
            error[at] = 0.0 if value is None else EPSILON * abs(rough[at])
        return Column(rough, error, self.exact)

    def bands(self, edges: Sequence[Fraction]) -> Ints:
        """How many of the edges, from low to high, each number has reached, `NOBODY` for none."""
        about = np.array([float(edge) for edge in edges], dtype=np.float64)
        away = self.error + 4 * EPSILON * np.abs(self.rough)
        known = self.known
        low = np.searchsorted(about, self.rough - away, side="right")
        high = np.searchsorted(about, self.rough + away, side="right")
        found = np.where(known, low, NOBODY).astype(np.int64)
        for at in np.flatnonzero(known & (low != high)):
            found[at] = bisect_right(edges, _there(self.exact(int(at))))
        return found

    def rounded(self, places: int) -> Ints:
        """In units of 10^-`places`, halves away from zero; 0 for none."""
        scaled = np.nan_to_num(self.rough * 10.0**places)
        if not bool(np.all(np.abs(scaled) < 2**53)):
            raise OverflowError("numbers this large can not be counted in such small units")
        size = np.abs(scaled)
        away = np.nan_to_num(self.error * 10.0**places) + 4 * EPSILON * size
        low, high = np.floor(size - away + 0.5), np.floor(size + away + 0.5)
        found = (np.sign(scaled) * high).astype(np.int64)
        for at in np.flatnonzero(low != high):
            found[at] = units(_there(self.exact(int(at))), places)
        return found

    def order(self, mask: Flags) -> Ints:
        """Dense ranks from 0, low numbers first and equal ones alike, among the people of `mask`; `NOBODY` for all others."""
        found = np.full(len(self), NOBODY, dtype=np.int64)
        people = np.flatnonzero(mask & self.known)
        if not len(people):
            return found
        people = people[np.argsort(self.rough[people], kind="stable")]
        rough, error = self.rough[people], self.error[people]
        # Numbers closer than their errors form a cluster, which only exact values can tell apart.
        apart = np.concatenate(([False], rough[1:] - error[1:] > np.maximum.accumulate(rough + error)[:-1]))
        starts = [*np.flatnonzero(np.concatenate(([True], apart[1:]))), len(people)]
        rank = 0
        for start, end in pairwise(starts):
            # One number, or several without error: equal floats are then equal numbers.
            if end - start == 1 or (rough[start] == rough[end - 1] and not error[start:end].any()):
                found[people[start:end]] = rank
                rank += 1
                continue
            cluster = sorted((_there(self.exact(int(at))), int(at)) for at in people[start:end])
            for place, (value, at) in enumerate(cluster):
                if place and value != cluster[place - 1][0]:
                    rank += 1
                found[at] = rank
            rank += 1
        return found


def constant(value: Fraction, people: int) -> Column:
    about = float(value)
    return Column(np.full(people, about), np.full(people, EPSILON * abs(about)), lambda _at: value)


def nothing(people: int) -> Column:
    return Column(np.full(people, np.nan), np.zeros(people), lambda _at: None)


def picked(values: Sequence[Fraction], which: Ints) -> Column:
    """`values[which]` for each person; none for `NOBODY`."""
    about = np.array([*map(float, values), np.nan])
    rough = about[which]
    return Column(rough, EPSILON * np.abs(np.nan_to_num(rough)), lambda at: None if which[at] == NOBODY else values[which[at]])


def counted(amounts: Ints, places: int, mask: Flags | None = None) -> Column:
    """Amounts in units of 10^-`places` as numbers; none outside `mask`."""
    scale = 10**places
    rough = amounts / float(scale)
    if mask is not None:
        rough = np.where(mask, rough, np.nan)

    def exact(at: int) -> Fraction | None:
        return Fraction(int(amounts[at]), scale) if mask is None or mask[at] else None

    return Column(rough, EPSILON * np.abs(np.nan_to_num(rough)), exact)


def _grown(rough: Floats, error: Floats) -> Floats:
    return np.nan_to_num(error + EPSILON * np.abs(rough), nan=0.0)


def _one(column: Column, function: Callable[[Fraction], Fraction | None]) -> Exact:
    def exact(at: int) -> Fraction | None:
        value = column.exact(at)
        return None if value is None else function(value)

    return exact


def _both(left: Column, right: Column, function: Callable[[Fraction, Fraction], Fraction | None]) -> Exact:
    def exact(at: int) -> Fraction | None:
        one = left.exact(at)
        two = None if one is None else right.exact(at)
        return None if one is None or two is None else function(one, two)

    return exact


def _there(value: Fraction | None) -> Fraction:
    if value is None:
        raise ValueError("a number that is known has an exact value")
    return value
