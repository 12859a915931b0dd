"""Requirements a figure meets or not: gates, which switch other parts on, and vetoes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from kaohe.appraisal.columns import Column, Flags
from kaohe.appraisal.exact import Number
from kaohe.appraisal.figures import Figures
from kaohe.appraisal.measures import Measured, Subject, measured
from kaohe.packs.fields import Words, some

Effect: TypeAlias = Literal["zero_points", "lowest_grade", "no_gated", "no_place"]
Met: TypeAlias = Literal["met", "not_met", "missing", "small_sample"]


class Condition(Subject):
    """A figure and what it must be: exactly one of the four."""

    id: str | None = None
    title: Words | None = None
    source: str | None = None
    at_least: Number | None = None
    above: Number | None = None
    at_most: Number | None = None
    below: Number | None = None
    minimum_sample: Annotated[int, Field(strict=True, ge=1)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Condition:
        if sum(limit is not None for limit in (self.at_least, self.above, self.at_most, self.below)) != 1:
            raise ValueError("at_least、above、at_most、below 要写一个，且只写一个 / give exactly one of at_least, above, at_most, below")
        return self

    @property
    def key(self) -> str:
        return self.id or "+".join(self.metrics)

    @property
    def limit(self) -> Number:
        return next(limit for limit in (self.at_least, self.above, self.at_most, self.below) if limit is not None)

    def holds(self, numbers: Column, limits: Column | None = None) -> Flags:
        """For whom it holds, each held to his own limit where there are `limits`; for nobody without a number."""
        limit = Fraction(self.limit)
        if limits is not None:
            numbers, limit = numbers.minus(limits), Fraction(0)
        # Turned round, what is no more than the limit has reached its opposite.
        turned = self.at_most is not None or self.above is not None
        reached: Flags = (numbers.scaled(Fraction(-1)).bands([-limit]) if turned else numbers.bands([limit])) == 1
        if self.below is not None or self.above is not None:
            reached = numbers.known & ~reached
        return reached


class Gate(Condition):
    """A requirement. Without a figure, or with too small a sample, it counts as `missing` and `small_sample` say.

    With `pro_rata` who was there for part of the period is asked for that part of the limit; None: where so much of an amount is asked for.
    """

    pro_rata: bool | None = None
    missing: Literal["pass", "fail"] = "pass"
    small_sample: Literal["pass", "fail", "count"] = "pass"

    @property
    def by_days(self) -> bool:
        """Whether the limit is of the days somebody was there."""
        if self.pro_rata is not None:
            return self.pro_rata
        return self.is_amount and (self.at_least is not None or self.above is not None)


class Veto(Condition):
    """What happens when the condition holds; without a figure nothing does."""

    effects: Annotated[tuple[Effect, ...], AfterValidator(some)] = ("zero_points",)


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition asked of everybody. `status` tells what the figure said, `passed` what follows: for a veto, that it holds."""

    condition: Gate | Veto
    measured: Measured
    holds: Flags
    missing: Flags
    small: Flags
    passed: Flags
    limits: Column | None = None
    """What each is held to, where that is not the limit itself for everybody."""

    def status(self, at: int) -> Met:
        if self.missing[at]:
            return "missing"
        if self.small[at]:
            return "small_sample"
        return "met" if self.holds[at] else "not_met"


def checked(condition: Gate | Veto, figures: Figures, share: Column) -> Checked:
    """Ask a gate or a veto of everybody. `share` is how much of the period each was there."""
    found = measured(condition, figures)
    missing = ~found.numbers.known
    small = small_samples(condition.minimum_sample, found)
    if isinstance(condition, Veto):
        holds = condition.holds(found.numbers)
        return Checked(condition, found, holds, missing, small, holds & ~small)
    limits = share.scaled(Fraction(condition.limit)) if condition.by_days else None
    holds = condition.holds(found.numbers, limits)
    passed = holds.copy()
    if condition.small_sample != "count":
        passed = np.where(small, condition.small_sample == "pass", passed)
    passed = np.where(missing, condition.missing == "pass", passed)
    return Checked(condition, found, holds, missing, small, passed, limits)


def small_samples(minimum: int | None, found: Measured) -> Flags:
    """Who has a figure resting on fewer cases than the minimum."""
    if minimum is None:
        return np.zeros(len(found.numbers), dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        return found.numbers.known & (found.sample < minimum)
