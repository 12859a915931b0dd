"""What judging found of everybody, as columns. `Appraisal` reads statements off them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np
import numpy.typing as npt

from kaohe.appraisal.columns import Column, Flags, Ints
from kaohe.appraisal.conditions import Checked
from kaohe.appraisal.measures import Measured
from kaohe.appraisal.pay_plan import PayLine, Quantity
from kaohe.appraisal.result import Status, Treatment
from kaohe.appraisal.scheme import Factor, Item, Part
from kaohe.appraisal.scoring import Scores

TREATMENTS: tuple[Treatment, ...] = get_args(Treatment)
"""Columns hold treatments as places in this list."""

_COUNT, _SKIP, _ZERO, _FULL, _BLOCK, _GATED = range(len(TREATMENTS))


def _nothing_yet() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Judged:
    """One item, or part of one, of everybody.

    `points` are on the scale of the item, after what was done about missing figures. `weight` and `line` are in units of the scheme's rounding: what
    the item is worth to each person, and the points of the line; 0 where it is not kept.
    """

    item: Item | Part
    measured: Measured | None
    scores: Scores
    missing: Flags
    small: Flags
    points: Column
    treatment: npt.NDArray[np.int8]
    parts: tuple[Judged, ...] = ()
    weight: Ints = field(default_factory=_nothing_yet)
    line: Ints = field(default_factory=_nothing_yet)
    target: Column | None = None

    @property
    def kept(self) -> Flags:
        """Whose item gives points."""
        found: Flags = (self.treatment != _SKIP) & (self.treatment != _BLOCK)
        return found

    def is_(self, treatment: Treatment) -> Flags:
        found: Flags = self.treatment == TREATMENTS.index(treatment)
        return found

    def treated(self, treatment: Treatment, mask: Flags, points: Column) -> Judged:
        """The same with those of the mask treated otherwise."""
        if not mask.any():
            return self
        treatments = np.where(mask, np.int8(TREATMENTS.index(treatment)), self.treatment)
        return replace(self, treatment=treatments, points=points.where(mask, self.points))

    def worth_of(self, weight: Ints, line: Ints) -> Judged:
        return replace(self, weight=weight, line=line)

    def status(self, at: int) -> Status:
        if self.missing[at]:
            return "missing"
        return "small_sample" if self.small[at] else "scored"


@dataclass(frozen=True, slots=True)
class Reasons:
    """Who has no total or no place, and why. `share` is the share of full marks that could be judged, `amount` what a minimum is asked of."""

    none: Flags
    blocked: list[tuple[Judged, Flags]]
    little: Flags
    share: npt.NDArray[np.object_]
    short: Flags
    vetoed: Flags
    amount: Column


@dataclass(frozen=True, slots=True)
class Totals:
    """Points in units of 10^-`places` for those of `there`, and what floor, cap or veto added to the sum of the lines; place, how many share it,
    0 for none; the band of the grade, -1 for none."""

    points: Ints
    cut: Ints
    there: Flags
    place: Ints
    tied: Ints
    grade: Ints
    places: int


@dataclass(frozen=True, slots=True)
class Factored:
    """One factor of a PK: places, 0 for who does not take part, and how many share them."""

    factor: Factor
    measured: Measured
    small: Flags
    vetoed: Flags
    place: Ints
    tied: Ints


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One line of pay of everybody: `gross` before coefficient, days and ends, `exact` after them, `amount` in fen."""

    key: str
    line: PayLine
    quantities: tuple[tuple[Quantity, Column, Measured | None], ...]
    band: Ints | None
    gross: Column
    exact: Column
    amount: Ints
    missing: Flags
    gated: Flags


@dataclass(frozen=True, slots=True)
class Paying:
    """All lines of pay, what a floor or cap adds in fen, the sum in fen, and who is paid nothing at all because a line blocks."""

    lines: list[PaidLine]
    coefficient: Column
    share: Column
    floor: Ints
    cap: Ints
    pay: Ints
    blocked: Flags


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that was found. `open` tells for whom gated items and lines count."""

    gates: list[Checked]
    vetoes: list[Checked]
    open: Flags
    items: list[Judged]
    reasons: Reasons
    totals: Totals
    factors: list[Factored]
    pay: Paying | None
