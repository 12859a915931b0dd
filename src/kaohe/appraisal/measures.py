"""What is looked at: a metric or several made into one number, as it is or against a target, a period before or the others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import AfterValidator, model_validator

from kaohe.appraisal.columns import EPSILON, NOBODY, Column, Exact, Flags, Floats, constant, nothing
from kaohe.appraisal.exact import units
from kaohe.appraisal.figures import FigureColumn, Figures, Preference
from kaohe.definitions import Definition
from kaohe.metrics.catalogue import CATALOGUE, Unit
from kaohe.model.reported import REPORTED
from kaohe.packs.fields import some

Better: TypeAlias = Literal["higher", "lower"]
View: TypeAlias = Literal["value", "attainment", "change", "difference", "percentile", "z"]
"""What bands and lines look at."""

Targets: TypeAlias = Mapping[str, Column]
"""The target of every person by metric."""


class Composite(Definition):
    """Several metrics made into one number."""

    kind: Literal["ratio", "sum", "difference", "mean"]
    metrics: Annotated[tuple[str, ...], AfterValidator(some)]

    @model_validator(mode="after")
    def _enough(self) -> Composite:
        pair = self.kind in ("ratio", "difference")
        if len(self.metrics) < 2 or (pair and len(self.metrics) != 2):
            raise ValueError(
                "ratio、difference 要正好两个指标，sum、mean 至少两个 / ratio and difference take two metrics, sum and mean two or more"
            )
        return self


class Subject(Definition):
    """A metric, or a composite of some, and where its figures are taken from."""

    metric: str | None = None
    composite: Composite | None = None
    figures: Preference = "computed"

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics whose figures it takes."""
        if self.composite is not None:
            return self.composite.metrics
        return () if self.metric is None else (self.metric,)

    @property
    def unit(self) -> Unit:
        """The unit of its number; that of a ratio is `ratio`."""
        if self.composite is not None and self.composite.kind == "ratio":
            return "ratio"
        return unit_of(self.metrics[0])

    @property
    def is_amount(self) -> bool:
        """Whether half a period has about half of it. What a shop has is not less for who was there half of the time."""
        is_share = self.composite is not None and self.composite.kind == "ratio"
        return self.figures != "shops" and not is_share and bool(self.metrics) and all(map(adds_up, self.metrics))

    @property
    def nature(self) -> Better | None:
        """Which way is better by nature; None where that is not known."""
        ways = {better_of(metric) for metric in self.metrics}
        if self.composite is not None and self.composite.kind in ("ratio", "difference"):
            return None
        return ways.pop() if len(ways) == 1 else None


def unit_of(metric: str) -> Unit:
    """The unit of a metric of the catalogue or of a reported figure."""
    if metric in CATALOGUE:
        return CATALOGUE[metric].unit
    return _KINDS[REPORTED[metric].kind]


_KINDS: dict[str, Unit] = {
    "count": "count",
    "money": "yuan",
    "points": "score",
    "rate": "rate",
    "seconds": "seconds",
    "hours": "hours",
    "ratio": "ratio",
}


def adds_up(metric: str) -> bool:
    """Whether a figure is an amount: those of parts of a period add up to that of the whole, and half a period has about half of it."""
    known = CATALOGUE.get(metric)
    if known is None:
        return REPORTED[metric].adds
    return known.over is not None and known.over.how == "sum" and known.under is None


def better_of(metric: str) -> Better | None:
    known = CATALOGUE.get(metric)
    return None if known is None else known.better


@dataclass(frozen=True, slots=True)
class Measured:
    """One number per person with the figures it is made of. `sample` is NaN for what has none, such as counts."""

    numbers: Column
    sample: Floats
    sources: tuple[FigureColumn, ...]


def measured(subject: Subject, figures: Figures) -> Measured:
    """The numbers of a subject."""
    sources = tuple(figures.of(metric, subject.figures) for metric in subject.metrics)
    samples = np.stack([source.denominator for source in sources])
    alone = np.isnan(samples).all(axis=0)
    sample = np.where(alone, np.nan, np.nanmin(np.where(alone, 0.0, samples), axis=0))
    numbers = [source.numbers for source in sources]
    found = numbers[0]
    for other in numbers[1:]:
        if subject.composite is None or subject.composite.kind in ("sum", "mean"):
            found = found.plus(other)
        else:
            found = found.minus(other) if subject.composite.kind == "difference" else found.over(other)
    if subject.composite is not None and subject.composite.kind == "mean":
        found = found.scaled(Fraction(1, len(sources)))
    return Measured(found, sample, sources)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a number can be held against. `others` are those judged with a figure of sufficient sample."""

    better: Better
    before: Column | None
    target: Column | None
    others: Flags


def viewed(numbers: Column, view: View, beside: Beside) -> Column:
    """The numbers as a view sees them; none where it has nothing to hold them against."""
    if view == "attainment":
        return attained(numbers, beside)
    if view in ("change", "difference"):
        before = beside.before if beside.before is not None else nothing(len(numbers))
        away = numbers.minus(before)
        # Against nothing or less than nothing a share has no meaning: a gain would look like a loss.
        return away if view == "difference" else away.over(before.where(above_zero(before)))
    if view == "percentile":
        return _percentile(numbers, beside)
    return _deviations(numbers, beside) if view == "z" else numbers


FAR_BEYOND = Fraction(10**9)
"""The share of a target reached by who has nothing, or less, of what he should have little of."""


def attained(numbers: Column, beside: Beside) -> Column:
    """The share of the target that was reached: number ÷ target, or target ÷ number where lower is better, `FAR_BEYOND` for 0 and less. None without a
    target above 0."""
    target = beside.target if beside.target is not None else nothing(len(numbers))
    target = target.where(above_zero(target))
    if beside.better == "higher":
        return numbers.over(target)
    positive = above_zero(numbers)
    reached = constant(FAR_BEYOND, len(numbers)).where(numbers.known & target.known)
    return target.over(numbers).where(positive, reached)


def above_zero(numbers: Column) -> Flags:
    """Whose number is more than 0."""
    found: Flags = numbers.known & (numbers.scaled(Fraction(-1)).bands([Fraction(0)]) == 0)
    return found


def placed(numbers: Column, beside: Beside) -> tuple[np.ndarray, np.ndarray]:
    """For each of the others how many are better than he, and how many are his equals, himself included; 0 and 0 for everybody else."""
    order = numbers.order(beside.others)
    people = np.bincount(order[order != NOBODY], minlength=1)
    above = np.concatenate((np.cumsum(people[::-1])[::-1][1:], [0]))
    under = np.concatenate(([0], np.cumsum(people)[:-1]))
    ahead = above if beside.better == "higher" else under
    there = order != NOBODY
    return np.where(there, ahead[order], 0), np.where(there, people[order], 0)


def _percentile(numbers: Column, beside: Beside) -> Column:
    ahead, equal = placed(numbers, beside)
    count = int(beside.others.sum())
    if count < 2:
        return nothing(len(numbers))
    # Twice the share, in whole people: those behind count two, equals one.
    twice = 2 * (count - ahead - equal) + (equal - 1)
    rough = np.where(beside.others, twice / (2.0 * (count - 1)), np.nan)

    def exact(at: int) -> Fraction | None:
        return Fraction(int(twice[at]), 2 * (count - 1)) if beside.others[at] else None

    return Column(rough, EPSILON * np.abs(np.nan_to_num(rough)), exact)


Z_PLACES = 6
_FINE = 15
"""Decimals to which numbers are taken for mean and deviation: sums stay whole numbers, and the same in any order."""


def _deviations(numbers: Column, beside: Beside) -> Column:
    people = [int(at) for at in np.flatnonzero(beside.others)]
    if len(people) < 3:
        return nothing(len(numbers))
    values = {at: units(value, _FINE) for at in people if (value := numbers.exact(at)) is not None}
    count, total = len(values), sum(values.values())
    spread = count * sum(value * value for value in values.values()) - total * total
    sign = 1 if beside.better == "higher" else -1
    found = {at: Fraction(0) if spread == 0 else sign * _root_part(count * value - total, spread) for at, value in values.items()}
    rough = nothing(len(numbers)).rough
    for at, value in found.items():
        rough[at] = float(value)
    looked_up: Exact = found.get
    return Column(rough, EPSILON * np.abs(np.nan_to_num(rough)), looked_up)


def _root_part(away: int, spread: int) -> Fraction:
    """away ÷ √spread to `Z_PLACES` decimals, halves away from zero."""
    with localcontext() as context:
        context.prec = 40 + len(str(abs(away)))
        exact = Decimal(away) / Decimal(spread).sqrt()
    count = math.floor(abs(exact) * 10**Z_PLACES + Decimal("0.5"))
    return Fraction(count if exact >= 0 else -count, 10**Z_PLACES)
