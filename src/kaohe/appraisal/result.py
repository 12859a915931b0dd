"""The result of an appraisal: for each agent a statement that adds up line by line, as data and in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import polars as pl

from kaohe.appraisal.bands import Band
from kaohe.appraisal.figures import Figure
from kaohe.appraisal.scheme import Item, Scheme
from kaohe.errors import Lang

Status: TypeAlias = Literal["scored", "missing", "small_sample"]
Treatment: TypeAlias = Literal["count", "skip", "zero", "full", "block"]


@dataclass(frozen=True, slots=True)
class Line:
    """One item of one agent.

    `weight` is what the item is worth to this agent: the item's own, or more where the weight of left-out items was spread.
    `scored` are the points on the item's scale of 0 to `item.out_of`. `points` = scored × weight ÷ out_of, rounded; None where the item is left out or blocks.
    """

    item: Item
    figure: Figure
    status: Status
    treatment: Treatment
    band: Band | None
    scored: Fraction | None
    weight: Decimal
    points: Decimal | None

    @property
    def marked(self) -> bool:
        """Whether the figure rests on fewer cases than the item asks for."""
        return self.status == "small_sample"

    @property
    def sample(self) -> float | None:
        """How many cases the figure rests on; None for counts."""
        return self.figure.denominator


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an agent has no place. `item` is the item that blocks; `found` and `wanted` are amounts."""

    kind: Literal["no_figures", "blocked", "little_judged", "below_minimum"]
    item: Item | None = None
    metric: str | None = None
    found: Fraction | None = None
    wanted: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One agent's result. `points` is the exact sum of the lines, None where no total can be said; `place` None with the `reasons` why."""

    agent_id: str
    name: str | None
    group: str | None
    role: str | None
    lines: tuple[Line, ...]
    points: Decimal | None
    place: int | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Appraisal:
    """A scheme applied to agents. `statements` are in order of place, those without a place after them in order of id.

    `fingerprint` is the scheme's. `outside` are agents with figures to whom the scheme does not apply.
    """

    scheme: Scheme
    fingerprint: str
    statements: tuple[Statement, ...]
    outside: tuple[str, ...] = ()

    @property
    def ranked(self) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.statements if statement.place is not None)

    def statement(self, agent_id: str) -> Statement:
        """The statement of one agent. KeyError where he was not judged."""
        for statement in self.statements:
            if statement.agent_id == agent_id:
                return statement
        raise KeyError(agent_id)

    def to_frames(self, lang: Lang = "zh") -> tuple[pl.DataFrame, pl.DataFrame]:
        """The ranking, one row per agent, and the lines, one row per agent and item, in the same order. Words are in `lang`."""
        from kaohe.appraisal.frames import lines, ranking

        return ranking(self, lang), lines(self, lang)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The statements as plain JSON data; decimals are text, so that nothing is lost."""
        from kaohe.appraisal.frames import statements

        return statements(self)
