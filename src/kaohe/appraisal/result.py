"""The result of an appraisal: for each agent a statement that adds up line by line, as data and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from kaohe.appraisal.bands import Band, Span
from kaohe.appraisal.conditions import Gate, Met, Veto
from kaohe.appraisal.figures import Figure
from kaohe.appraisal.pay_plan import PayLine, Quantity
from kaohe.appraisal.scheme import Factor, Grade, Item, Part

Status: TypeAlias = Literal["scored", "missing", "small_sample"]
Treatment: TypeAlias = Literal["count", "skip", "zero", "full", "block", "gated"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who is judged, and for which days; None: the whole period. `share` is how much of the period's calendar days these are, `part` how much of those
    days of the period on which he was there."""

    agent_id: str
    name: str | None = None
    group: str | None = None
    role: str | None = None
    first: date | None = None
    last: date | None = None
    share: Fraction = Fraction(1)
    part: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Line:
    """One item of one agent, or one part of an item.

    `figures` are what was looked at, `view` what that is against a target, a period before or the others, where the scoring looks at that.
    `weight` is what the item is worth to this agent: the item's own, or more where the weight of left-out items was spread.
    `scored` are the points on the item's scale. `points` = scored × weight ÷ out_of, rounded; None where the item is left out or blocks, and for parts.
    """

    item: Item | Part
    figures: tuple[Figure, ...]
    status: Status
    treatment: Treatment
    value: Fraction | None
    view: Fraction | None
    band: Band | None
    rank: int | None
    scored: Fraction | None
    weight: Decimal
    points: Decimal | None
    parts: tuple[Line, ...] = ()
    target: Fraction | None = None
    """What it was held against, where the scoring looks at a target: his part of it, where he was there for part of the period."""

    @property
    def marked(self) -> bool:
        """Whether the figure rests on fewer cases than the item asks for."""
        return self.status == "small_sample"

    @property
    def figure(self) -> Figure:
        """The first figure; one without value where the item has parts."""
        return self.figures[0] if self.figures else Figure(self.item.key)

    @property
    def sample(self) -> float | None:
        """How many cases the figures rest on; None for counts."""
        known = [figure.denominator for figure in self.figures if figure.denominator is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an agent has no place. `item` is the item that blocks; `found` and `wanted` are amounts."""

    kind: Literal["no_figures", "blocked", "little_judged", "below_minimum", "vetoed"]
    item: Item | None = None
    metric: str | None = None
    found: Fraction | None = None
    wanted: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gate or a veto said of one agent. `passed`: the gate is open; for a veto, that it holds. `limit` is what he was held to."""

    condition: Gate | Veto
    figures: tuple[Figure, ...]
    value: Fraction | None
    status: Met
    passed: bool
    limit: Fraction


@dataclass(frozen=True, slots=True)
class Podium:
    """The place in one factor of a PK, how many share it, and the prize in yuan, exact. Who is `vetoed` or has too `small` a sample has no place."""

    factor: Factor
    figures: tuple[Figure, ...]
    value: Fraction | None
    place: int | None
    tied: int
    prize: Fraction
    small: bool
    vetoed: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """A number a line of pay looked at; None: there was none. `items` are those it is points of, unless of the total."""

    quantity: Quantity
    value: Fraction | None
    figures: tuple[Figure, ...]
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One slice of a commission: so much at such a rate."""

    amount: Fraction
    rate: Fraction

    @property
    def pay(self) -> Fraction:
        return self.amount * self.rate


@dataclass(frozen=True, slots=True)
class Paid:
    """One line of pay. `gross` is the amount before coefficient, days and ends; `exact` after them, before rounding; `amount` is paid.

    `line` is None for the line that brings pay to its floor or cap, whose `key` says which.
    """

    key: str
    line: PayLine | None
    amount: Decimal
    missing: bool = False
    gated: bool = False
    looked: tuple[Looked, ...] = ()
    band: Span | None = None
    steps: tuple[Step, ...] = ()
    podiums: tuple[Podium, ...] = ()
    tied: int = 1
    gross: Fraction | None = None
    coefficient: Fraction | None = None
    share: Fraction | None = None
    exact: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One agent's result. `points` is the sum of the lines, `cut` what a floor or cap of the total added to it; None where no total can be said;
    `place` None with the `reasons` why. `pay` is the sum of `pay_lines`, None where the scheme pays nothing or a line blocks."""

    agent_id: str
    name: str | None
    group: str | None
    role: str | None
    lines: tuple[Line, ...]
    points: Decimal | None
    place: int | None
    reasons: tuple[Reason, ...] = ()
    first: date | None = None
    last: date | None = None
    share: Fraction = Fraction(1)
    start: Decimal = Decimal(0)
    cut: Decimal = Decimal(0)
    gates: tuple[Answer, ...] = ()
    vetoes: tuple[Answer, ...] = ()
    grading: Grade | None = None
    podium: Mapping[str, Podium] = field(default_factory=dict)
    pay_lines: tuple[Paid, ...] = ()
    pay: Decimal | None = None

    @property
    def grade(self) -> str | None:
        return None if self.grading is None else self.grading.name

    @property
    def open(self) -> bool:
        """Whether gated items and lines count."""
        barred = any("no_gated" in veto.condition.effects for veto in self.vetoes if isinstance(veto.condition, Veto))
        return all(gate.passed for gate in self.gates) and not barred

    def line(self, key: str) -> Line:
        """The line of an item. KeyError where there is none."""
        return {line.item.key: line for line in self.lines}[key]

    def paid(self, key: str) -> Paid:
        """A line of pay. KeyError where there is none."""
        return {line.key: line for line in self.pay_lines}[key]
