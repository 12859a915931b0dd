"""The scheme: who is judged by which figures, how figures become points, and what is done when one is missing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from kaohe.appraisal.exact import Number, plain
from kaohe.appraisal.scoring import Scoring
from kaohe.definitions import Definition
from kaohe.packs.fields import Day, Words, some

Missing = Literal["skip", "zero", "full", "block"]
"""What an item without a figure does: its weight goes to the other items; no points; full points; no total for this agent."""

Small = Literal["count", "skip", "zero", "full", "block"]
"""The same for a figure of too small a sample, or `count`: scored as it is. It is marked either way."""

Role = Literal["presale", "aftersale", "mixed", "lead", "qa"]

HUNDRED = Decimal(100)


def _sorted(given: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(set(given)))


class Audience(Definition):
    """Who is judged: agents with one of these roles and in one of these groups. An empty list asks nothing."""

    roles: Annotated[tuple[Role, ...], AfterValidator(_sorted)] = ()
    groups: Annotated[tuple[str, ...], AfterValidator(_sorted)] = ()


class Minimum(Definition):
    """A figure that must be at least so much."""

    metric: str
    at_least: Number


class Ranking(Definition):
    """Who gets a place: agents who reach `minimum`, and of whose full marks at least the share `judged` could be judged."""

    minimum: Minimum | None = None
    judged: Annotated[Number, Field(ge=0, le=1)] = Decimal("0.5")


class Rounding(Definition):
    """Points are rounded to `places` decimals, halves up, once: at the line. A total is the exact sum of its lines."""

    places: Annotated[int, Field(strict=True, ge=0, le=6)] = 2


class Item(Definition):
    """One figure that is judged.

    Either `weight`, a share of 100: the scoring gives 0 to 100 points and the weight is what a hundred are worth; or `max_points`: the
    scoring gives 0 to that many points, which are added up as they are.
    """

    id: str | None = None
    title: Words | None = None
    metric: str
    weight: Annotated[Number, Field(gt=0)] | None = None
    max_points: Annotated[Number, Field(gt=0)] | None = None
    minimum_sample: Annotated[int, Field(strict=True, ge=1)] | None = None
    missing: Missing | None = None
    small_sample: Small | None = None
    source: str | None = None
    scoring: Scoring

    @property
    def key(self) -> str:
        """The item's id; its metric where it has none."""
        return self.id or self.metric

    @property
    def out_of(self) -> Decimal:
        """The most points the scoring can give."""
        return self.max_points if self.max_points is not None else HUNDRED

    @property
    def full(self) -> Decimal:
        """What the item is worth in the total."""
        return self.max_points if self.max_points is not None else self.weight or HUNDRED


class Scheme(Definition):
    """A way of judging agents. Two schemes that say the same have the same fingerprint, however they are written."""

    name: str
    title: Words
    source: str
    effective_from: Day | None = None
    note: Words | None = None
    applies_to: Audience = Audience()
    missing: Missing = "skip"
    small_sample: Small = "skip"
    rounding: Rounding = Rounding()
    ranking: Ranking = Ranking()
    items: Annotated[tuple[Item, ...], AfterValidator(some)]

    @property
    def full(self) -> Decimal:
        """The total of an agent with full points in every item."""
        return sum((item.full for item in self.items), Decimal(0))

    @property
    def metrics(self) -> list[str]:
        """The metrics whose figures judging needs, in order of first use."""
        needed = [item.metric for item in self.items]
        if self.ranking.minimum is not None:
            needed.append(self.ranking.minimum.metric)
        return list(dict.fromkeys(needed))

    def missing_policy(self, item: Item) -> Missing:
        return item.missing or self.missing

    def small_policy(self, item: Item) -> Small:
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
