"""The scheme: who is judged by which figures, how figures become points, and what is done when one is missing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from kaohe.appraisal.bands import Span
from kaohe.appraisal.conditions import Gate, Veto
from kaohe.appraisal.exact import Number, plain
from kaohe.appraisal.figures import Preference
from kaohe.appraisal.measures import Better, Subject
from kaohe.appraisal.pay_plan import PayPlan, Quantity, Ties
from kaohe.appraisal.scoring import Bounds, Scoring, bounds, targets_of
from kaohe.definitions import Definition
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.model.reported import REPORTED
from kaohe.packs.fields import Day, Words, some

Missing = Literal["skip", "zero", "full", "block"]
"""What an item without a figure does: its weight goes to the other items; no points; full points; no total for this agent."""

Small = Literal["count", "skip", "zero", "full", "block"]
"""The same for a figure of too small a sample, or `count`: scored as it is. It is marked either way."""

Role = Literal["presale", "aftersale", "mixed", "lead", "qa"]

HUNDRED = Decimal(100)


def _direction(better: Better | Literal["any"] | None, nature: Better | None) -> Better:
    """Which way is better: what is said, else by nature, else more."""
    return better if better == "higher" or better == "lower" else nature or "higher"


def _sorted(given: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(set(given)))


class Audience(Definition):
    """Who is judged: agents of whom all of it holds. An empty entry asks nothing. Days are included on either end."""

    roles: Annotated[tuple[Role, ...], AfterValidator(_sorted)] = ()
    groups: Annotated[tuple[str, ...], AfterValidator(_sorted)] = ()
    shops: Annotated[tuple[str, ...], AfterValidator(_sorted)] = ()
    joined_from: Day | None = None
    joined_before: Day | None = None

    @property
    def needs_roster(self) -> bool:
        return bool(self.roles or self.groups or self.joined_from or self.joined_before)


class Minimum(Subject):
    """A figure that must be at least so much."""

    at_least: Number


class Ranking(Definition):
    """Who gets a place: agents who reach `minimum`, and of whose full marks at least the share `judged` could be judged."""

    minimum: Minimum | None = None
    judged: Annotated[Number, Field(ge=0, le=1)] = Decimal("0.5")


class Rounding(Definition):
    """Points are rounded to `places` decimals, halves up, once: at the line. A total is the exact sum of its lines."""

    places: Annotated[int, Field(strict=True, ge=0, le=6)] = 2


class Total(Definition):
    """What a total begins with, and its ends."""

    start: Number = Decimal(0)
    floor: Number | None = None
    cap: Number | None = None


class Extra(Definition):
    """How much an item may take off or add on top of full marks."""

    least: Annotated[Number, Field(le=0)] = Decimal(0)
    most: Annotated[Number, Field(ge=0)] = Decimal(0)


class Part(Subject):
    """One of the scored parts of an item. `weight` is its share of 100 within the item."""

    id: str | None = None
    title: Words | None = None
    source: str | None = None
    weight: Annotated[Number, Field(gt=0)]
    better: Better | Literal["any"] | None = None
    minimum_sample: Annotated[int, Field(strict=True, ge=1)] | None = None
    missing: Missing | None = None
    small_sample: Small | None = None
    scoring: Scoring

    @property
    def key(self) -> str:
        return self.id or "+".join(self.metrics)

    @property
    def direction(self) -> Better:
        return _direction(self.better, self.nature)

    @property
    def out_of(self) -> Decimal:
        """The points the scoring calls full marks."""
        return HUNDRED

    @property
    def worth(self) -> Decimal:
        """Its share of 100 within the item."""
        return self.weight

    @property
    def bounds(self) -> Bounds:
        """Between what its scoring can come out."""
        return bounds(self.scoring, HUNDRED)

    @property
    def start(self) -> Decimal:
        return HUNDRED


class Item(Subject):
    """Something that is judged: a figure, or `parts` that are scored each.

    Of worth exactly one: `weight`, a share of 100, the scoring then giving 0 to 100 points; `max_points`, the scoring giving 0 to that many,
    which are added up as they are; or `extra`, on top.
    """

    id: str | None = None
    title: Words | None = None
    source: str | None = None
    section: str | None = None
    gated: bool = False
    better: Better | Literal["any"] | None = None
    weight: Annotated[Number, Field(gt=0)] | None = None
    max_points: Annotated[Number, Field(gt=0)] | None = None
    extra: Extra | None = None
    minimum_sample: Annotated[int, Field(strict=True, ge=1)] | None = None
    missing: Missing | None = None
    small_sample: Small | None = None
    parts: tuple[Part, ...] | None = None
    scoring: Scoring | None = None

    @property
    def key(self) -> str:
        """The item's id; its metric where it has none."""
        return self.id or "+".join(self.metrics)

    @property
    def metrics(self) -> tuple[str, ...]:
        if self.parts is not None:
            return tuple(metric for part in self.parts for metric in part.metrics)
        return super().metrics

    @property
    def direction(self) -> Better:
        return _direction(self.better, self.nature)

    @property
    def out_of(self) -> Decimal:
        """The points the scoring calls full marks."""
        if self.extra is not None:
            return self.extra.most
        return self.max_points if self.max_points is not None else HUNDRED

    @property
    def worth(self) -> Decimal:
        """What the item is worth in the total; nothing for an extra."""
        if self.extra is not None:
            return Decimal(0)
        return self.max_points if self.max_points is not None else self.weight or HUNDRED

    @property
    def bounds(self) -> Bounds:
        """Between what its scoring can come out."""
        least = self.extra.least if self.extra is not None else Decimal(0)
        return (
            Bounds(least, self.out_of)
            if self.scoring is None
            else bounds(self.scoring, self.out_of, least, is_extra=self.extra is not None)
        )

    @property
    def start(self) -> Decimal:
        """What a scoring by units begins with where it does not say."""
        return Decimal(0) if self.extra is not None else self.out_of


def held_by_days(item: Item | Part) -> Literal["whole", "days", "stretches"]:
    """What part of its target an item asks of who was there for part of the period: all of it, that of the period's days, or, for each stretch of who
    changed role, that of the days he was there."""
    said = getattr(item.scoring, "pro_rata", None)
    if said is not None:
        return "days" if said else "whole"
    if item.scoring is None or not item.is_amount or item.direction == "lower":
        return "whole"
    return "stretches" if targets_of(item.scoring) == "targets" else "days"


class Grade(Span):
    """A grade and the coefficient it gives pay."""

    name: str
    title: Words | None = None
    coefficient: Annotated[Number, Field(ge=0)] = Decimal(1)


class Grades(Definition):
    """Grades by points, by their share of full marks, or by place among the ranked."""

    by: Literal["points", "share", "place"] = "points"
    bands: Annotated[tuple[Grade, ...], AfterValidator(some)]

    @property
    def lowest(self) -> int:
        """The band of the lowest grade: places are best when small."""
        return len(self.bands) - 1 if self.by == "place" else 0


class Factor(Subject):
    """One factor of a PK: ranked by itself, never turned into points. `vetoed` says whether who lost his place by a veto takes part."""

    id: str | None = None
    title: Words | None = None
    source: str | None = None
    better: Better | None = None
    prizes: tuple[Number, ...] = ()
    ties: Ties = "share"
    minimum_sample: Annotated[int, Field(strict=True, ge=1)] | None = None
    minimum: Minimum | None = None
    vetoed: Literal["out", "in"] = "out"

    @property
    def key(self) -> str:
        return self.id or "+".join(self.metrics)


class Scheme(Definition):
    """A way of judging agents. Two schemes that say the same have the same fingerprint, however they are written."""

    name: str
    title: Words
    source: str
    effective_from: Day | None = None
    effective_until: Day | None = None
    note: Words | None = None
    applies_to: Audience = Audience()
    missing: Missing = "skip"
    small_sample: Small = "skip"
    rounding: Rounding = Rounding()
    ranking: Ranking = Ranking()
    total: Total = Total()
    gates: tuple[Gate, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    items: tuple[Item, ...] = ()
    grades: Grades | None = None
    pk: tuple[Factor, ...] = ()
    pay: PayPlan | None = None

    @property
    def full(self) -> Decimal:
        """The total of an agent with full points in every item, extras aside."""
        return sum((item.worth for item in self.items), self.total.start)

    @property
    def sections(self) -> list[str]:
        """The sections items name, in order of first use."""
        return list(dict.fromkeys(item.section for item in self.items if item.section is not None))

    def items_of(self, quantity: Quantity) -> tuple[Item, ...]:
        """The items a line of pay takes points of; none where it looks at a figure or at the total."""
        section = quantity.points or quantity.share
        return tuple(
            item
            for item in self.items
            if (section is not None and item.section == section) or (quantity.item is not None and item.key == quantity.item)
        )

    @property
    def subjects(self) -> list[Subject]:
        """Everything whose figures judging needs, in order of first use."""
        found: list[Subject] = [one for item in self.items for one in item.parts or (item,)]
        found += [*self.gates, *self.vetoes, *self.pk]
        found += [minimum for minimum in (self.ranking.minimum, *(one.minimum for one in self.pk)) if minimum is not None]
        if self.pay is not None:
            found += [quantity for line in self.pay.lines for quantity in line.quantities]
        return [one for one in found if one.metrics]

    @property
    def metrics(self) -> list[str]:
        """The metrics whose figures judging needs, in order of first use."""
        return list(dict.fromkeys(metric for subject in self.subjects for metric in subject.metrics))

    @property
    def computed(self) -> list[str]:
        """The metrics that are to be computed."""
        return _taken(self.subjects, ("computed", "computed_first", "reported_first"), CATALOGUE)

    @property
    def reported(self) -> list[str]:
        """The figures that are to be taken from platforms' reports."""
        return _taken(self.subjects, ("reported", "computed_first", "reported_first"), REPORTED)

    @property
    def of_shops(self) -> list[str]:
        """The metrics that are to be computed of whole shops."""
        return _taken(self.subjects, ("shops",), CATALOGUE)

    @property
    def targets(self) -> list[str]:
        """The metrics whose targets are each person's own."""
        found = [one for item in self.items for one in item.parts or (item,) if one.scoring and targets_of(one.scoring) == "targets"]
        return list(dict.fromkeys(one.metrics[0] for one in found))

    @property
    def looks_back(self) -> bool:
        """Whether an item is held against the period before."""
        scorings = [one.scoring for item in self.items for one in item.parts or (item,)]
        return any(getattr(scoring, "on", None) in ("change", "difference") for scoring in scorings)

    def missing_policy(self, item: Item | Part) -> Missing:
        """What is done with an item without a figure; nothing is added or taken off for an extra."""
        is_extra = isinstance(item, Item) and item.extra is not None
        return item.missing or ("skip" if is_extra else self.missing)

    def small_policy(self, item: Item | Part) -> Small:
        return item.small_sample or self.small_sample

    def fingerprint(self) -> str:
        """16 hex digits over the content. Comments, order of keys and ways of writing a number do not change it."""
        content = json.dumps(_bare(self.model_dump()), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _bare(node: Any) -> Any:
    """Plain JSON in which equal numbers are written alike."""
    if isinstance(node, dict):
        return {key: _bare(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_bare(value) for value in node]
    if isinstance(node, Decimal):
        return plain(node)
    return node.isoformat() if isinstance(node, dt.date) else node


def _taken(subjects: Sequence[Subject], preferences: Sequence[Preference], known: Collection[str]) -> list[str]:
    found = [metric for subject in subjects if subject.figures in preferences for metric in subject.metrics]
    return [metric for metric in dict.fromkeys(found) if metric in known]
