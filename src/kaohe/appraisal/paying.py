"""Pay of everybody, line by line. The rules stand in docs/reference/pay.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from kaohe.appraisal.bands import AmountBand, RateBand, edges
from kaohe.appraisal.columns import Column, Ints, constant, counted, nothing, picked
from kaohe.appraisal.exact import units
from kaohe.appraisal.figures import Figures
from kaohe.appraisal.judged import Judged, Judgement, PaidLine, Paying
from kaohe.appraisal.measures import Measured, measured
from kaohe.appraisal.pay_plan import (
    TOTAL,
    AnyPayLine,
    ByGrade,
    ByPk,
    ByPlace,
    Commission,
    DayRate,
    Fixed,
    PerPoint,
    PerUnitPay,
    Quantity,
    Tier,
)
from kaohe.appraisal.ranking import prize
from kaohe.appraisal.result import Step
from kaohe.appraisal.scheme import Factor, Scheme

FEN = 2
"""Decimals of a yuan."""


def pay(scheme: Scheme, share: Column, figures: Figures, found: Judgement) -> Judgement:
    """The judgement with what everybody is paid, who was there for that share of the period. The scheme must have a pay plan."""
    return replace(found, pay=_Payer(scheme, share, figures, found)())


class _Payer:
    def __init__(self, scheme: Scheme, share: Column, figures: Figures, found: Judgement) -> None:
        if scheme.pay is None:
            raise ValueError("the scheme pays nothing")
        self.scheme, self.plan, self.figures, self.found = scheme, scheme.pay, figures, found
        self.count = len(share)
        self.share = share
        self.coefficient = self._coefficient()

    def __call__(self) -> Paying:
        lines = [self._line(key, line) for key, line in zip(self.plan.keys, self.plan.lines, strict=True)]
        blocked = np.zeros(self.count, dtype=np.bool_)
        sum_ = np.zeros(self.count, dtype=np.int64)
        for line in lines:
            sum_ = sum_ + line.amount
            if line.line.missing == "block":
                blocked |= line.missing
        floor, cap = self.plan.floor, self.plan.cap
        up = np.zeros(self.count, dtype=np.int64) if floor is None else np.maximum(units(Fraction(floor), FEN) - sum_, 0)
        down = np.zeros(self.count, dtype=np.int64) if cap is None else np.minimum(units(Fraction(cap), FEN) - sum_, 0)
        up, down = np.where(blocked, 0, up), np.where(blocked, 0, down)
        return Paying(lines, self.coefficient, self.share, up, down, sum_ + up + down, blocked)

    def _coefficient(self) -> Column:
        if self.scheme.grades is None:
            return constant(Fraction(1), self.count)
        values = [Fraction(1), *(Fraction(band.coefficient) for band in self.scheme.grades.bands)]
        return picked(values, self.found.totals.grade + 1)

    def _line(self, key: str, line: AnyPayLine) -> PaidLine:
        looked = {id(quantity): self._quantity(quantity) for quantity in line.quantities}
        gross, band = self._gross(line, lambda quantity: looked[id(quantity)][0])
        exact = gross
        if line.coefficient:
            exact = exact.times(self.coefficient)
        if line.pro_rata:
            exact = exact.times(self.share)
        ends = (line.floor, line.cap)
        if any(end is not None for end in ends):
            exact = exact.clipped(*(None if end is None else Fraction(end) for end in ends))
        gated = ~self.found.open if line.gated else np.zeros(self.count, dtype=np.bool_)
        # A line that a gate shut is nothing with or without its figure.
        missing = ~gross.known & ~gated
        amount = np.where(gated, 0, exact.rounded(FEN))
        quantities = tuple((quantity, *looked[id(quantity)]) for quantity in line.quantities)
        return PaidLine(key, line, quantities, band, gross, exact, amount, missing, gated)

    def _quantity(self, quantity: Quantity) -> tuple[Column, Measured | None]:
        if quantity.points is not None:
            return self._points(quantity.points), None
        if quantity.share is not None:
            return self._points(quantity.share).over(self._full(quantity.share)), None
        if quantity.item is not None:
            (item,) = (item for item in self.found.items if item.item.key == quantity.item)
            return counted(item.line, self.scheme.rounding.places, item.kept), None
        found = measured(quantity, self.figures)
        return found.numbers, found

    def _points(self, section: str) -> Column:
        totals, places = self.found.totals, self.scheme.rounding.places
        if section == TOTAL:
            return counted(totals.points, places, totals.there)
        sum_, there = np.zeros(self.count, dtype=np.int64), np.zeros(self.count, dtype=np.bool_)
        blocked = there
        for item in self._of(section):
            sum_, there, blocked = sum_ + item.line, there | item.kept, blocked | item.is_("block")
        # As a total, a section that is blocked has no points.
        return counted(sum_, places, there & ~blocked)

    def _full(self, section: str) -> Column:
        if section == TOTAL:
            return constant(Fraction(self.scheme.full), self.count)
        sum_ = np.zeros(self.count, dtype=np.int64)
        for item in self._of(section):
            sum_ = sum_ + item.weight
        return counted(sum_, self.scheme.rounding.places)

    def _of(self, section: str) -> list[Judged]:
        return [item for item in self.found.items if getattr(item.item, "section", None) == section]

    def _gross(self, line: AnyPayLine, asked: Callable[[Quantity], Column]) -> tuple[Column, Ints | None]:
        """The amount before coefficient, days and ends, and the band that gave it or its rate."""
        if isinstance(line, Fixed):
            return constant(Fraction(line.amount), self.count), None
        if isinstance(line, DayRate):
            days = asked(line.days)
            if line.by is None or line.bands is None:
                return days.scaled(Fraction(line.amount or 0)), None
            daily, band = _banded(line.bands, asked(line.by))
            return daily.times(days), band
        if isinstance(line, Commission):
            return self._commission(line, asked)
        if isinstance(line, PerUnitPay):
            over = asked(line.on).shifted(-Fraction(line.free)).clipped(Fraction(0), None)
            return (over.floored() if line.whole else over).scaled(Fraction(line.amount)), None
        if isinstance(line, Tier):
            return _banded(line.bands, asked(line.by))
        if isinstance(line, PerPoint):
            return asked(line.of).scaled(Fraction(line.amount)), None
        if isinstance(line, ByGrade):
            return self._of_grade(line.amounts), None
        if isinstance(line, ByPlace):
            totals = self.found.totals
            return _prizes(line, totals.place, totals.tied), None
        return self._of_factors(line), None

    def _commission(self, line: Commission, asked: Callable[[Quantity], Column]) -> tuple[Column, Ints | None]:
        amount, band = asked(line.on), None
        if line.rate is not None:
            found = amount.scaled(Fraction(line.rate))
        elif line.rate_by is not None:
            rate, band = _rated(line.rate_by.bands, asked(line.rate_by.on))
            found = amount.times(rate)
        elif line.mode == "whole":
            rate, band = _rated(line.bands or (), amount)
            found = amount.times(rate)
        else:
            found = _sliced(line.bands or (), amount)
        return (found if line.times is None else found.times(asked(line.times))), band

    def _of_grade(self, amounts: Mapping[str, Decimal]) -> Column:
        bands = () if self.scheme.grades is None else self.scheme.grades.bands
        return picked([Fraction(amounts.get(band.name, 0)) for band in bands], self.found.totals.grade)

    def _of_factors(self, line: ByPk) -> Column:
        sum_ = constant(Fraction(0), self.count)
        for found in self.found.factors:
            if line.factors is None or found.factor.key in line.factors:
                sum_ = sum_.plus(_prizes(found.factor, found.place, found.tied))
        return sum_


def _banded(bands: Sequence[AmountBand], number: Column) -> tuple[Column, Ints]:
    band = number.bands(edges(bands))
    return picked([Fraction(one.amount) for one in bands], band), band


def _rated(bands: Sequence[RateBand], number: Column) -> tuple[Column, Ints]:
    band = number.bands(edges(bands))
    return picked([Fraction(one.rate) for one in bands], band), band


def _sliced(bands: Sequence[RateBand], amount: Column) -> Column:
    """Each band's rate on the part of the amount inside that band; the first holds what is below nothing, too."""
    found = constant(Fraction(0), len(amount)).where(amount.known)
    for low, high, rate in slices(bands):
        part = amount.clipped(None, high) if low is None else amount.clipped(low, high).shifted(-low)
        found = found.plus(part.scaled(rate))
    return found


def slices(bands: Sequence[RateBand]) -> list[tuple[Fraction | None, Fraction | None, Fraction]]:
    """Start, end and rate of each band; None: without end."""
    return [
        (
            None if band.at_least is None else Fraction(band.at_least),
            None if band.below is None else Fraction(band.below),
            Fraction(band.rate),
        )
        for band in bands
    ]


def steps(bands: Sequence[RateBand], amount: Fraction) -> list[Step]:
    """The slices of an amount, each at its own rate; slices with nothing in them are left out.

    >>> bands = [RateBand(below=10000, rate="1%"), RateBand(at_least=10000, rate="2%")]
    >>> [str(step.pay) for step in steps(bands, Fraction(15000))]
    ['100', '100']
    """
    found = []
    for low, high, rate in slices(bands):
        inside = amount if high is None else min(amount, high)
        part = inside if low is None else max(inside - low, Fraction(0))
        if part:
            found.append(Step(part, rate))
    return found


def _prizes(of: ByPlace | Factor, place: Ints, tied: Ints) -> Column:
    """What everybody's place wins."""
    pairs, which = np.unique(np.stack((place, tied)), axis=1, return_inverse=True) if len(place) else (np.zeros((2, 0), np.int64), place)
    values = [prize(of.prizes, int(one), int(people), of.ties) for one, people in pairs.T]
    return picked(values, np.asarray(which).reshape(-1)) if values else nothing(len(place))
