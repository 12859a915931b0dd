"""Figures as given, one row per agent, stretch of days and metric, made into columns of numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from kaohe.appraisal.columns import EPSILON, Column, Floats, Ints, nothing
from kaohe.appraisal.exact import fraction
from kaohe.errors import Failure, Problem, code

TWICE = code(
    "figure_twice",
    zh="客服 {agent} 的“{metric}”有 {count} 个数：考核要求每位客服每个指标只有一行（按客服汇总，不要再按店铺或日期分）",
    en="{agent} has {count} figures of {metric!r}; appraising needs one row per agent and metric (grouped by agent, not by shop or day as well)",
)
CONTRADICTS = code(
    "figure_contradicts",
    zh="客服 {agent} 的“{metric}”自相矛盾：{numerator} ÷ {denominator} 不等于 {value}",
    en="{metric!r} of {agent} contradicts itself: {numerator} ÷ {denominator} is not {value}",
)
NOT_FINITE = code(
    "figure_not_finite",
    zh="客服 {agent} 的“{metric}”不是有限的数：{numerator}、{denominator}、{value}",
    en="{metric!r} of {agent} is no finite number: {numerator}, {denominator}, {value}",
)
TOO_LARGE = code(
    "figure_too_large",
    zh="客服 {agent} 的“{metric}”大得不合理：{numerator}、{denominator}、{value}",
    en="{metric!r} of {agent} is too large to be true: {numerator}, {denominator}, {value}",
)

NEAR = 1e-9
"""How far, against the value or 1, a value may be from the quotient of its parts: floats can not do better over many steps."""

LARGEST = 1e12
"""No shop has figures beyond this; they would not fit into cents without loss."""

Origin: TypeAlias = Literal["computed", "reported", "shops"]
"""Counted from events, told by a platform's own table, or counted for the shops an agent works in."""

Preference: TypeAlias = Literal["computed", "reported", "computed_first", "reported_first", "shops"]

PersonKey: TypeAlias = tuple[str, date | None]
"""An agent and the first day of the stretch he is judged for; None: the whole period."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as given, its parts in the metric's unit. `value` is None where nothing was counted.

    `low` and `high` are its interval where one is known; `changed` are the parts accepted corrections added.
    """

    metric: str
    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    origin: Origin = "computed"
    low: float | None = None
    high: float | None = None
    changed: tuple[float, float] | None = None

    @property
    def exact(self) -> Fraction | None:
        """The quotient of numerator and denominator where both are given, so 162/438 stands on its own side of every band; else the number
        people see when the value is printed. None where nothing was counted."""
        if self.value is None:
            return None
        if self.numerator is None or self.denominator is None:
            return fraction(self.value)
        return fraction(self.numerator) / fraction(self.denominator)


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """The figures of one metric, one per person; NaN for what is not there. `origin` says where each comes from."""

    metric: str
    numerator: Floats
    denominator: Floats
    value: Floats
    low: Floats
    high: Floats
    changed: tuple[Floats, Floats]
    origin: npt.NDArray[np.object_]

    def figure(self, at: int) -> Figure:
        changed = (_number(self.changed[0], at) or 0.0, _number(self.changed[1], at) or 0.0)
        return Figure(
            self.metric,
            _number(self.numerator, at),
            _number(self.denominator, at),
            _number(self.value, at),
            self.origin[at],
            _number(self.low, at),
            _number(self.high, at),
            changed if any(changed) else None,
        )

    @property
    def numbers(self) -> Column:
        with np.errstate(divide="ignore", invalid="ignore"):
            quotient = self.numerator / self.denominator
        rough = np.where(np.isnan(self.value) | np.isnan(quotient), self.value, quotient)
        # A whole number that is no quotient is what it is; most counts are.
        whole = np.isnan(quotient) & (rough == np.floor(rough))
        return Column(rough, np.where(whole, 0.0, 4 * EPSILON * np.abs(np.nan_to_num(rough))), lambda at: self.figure(at).exact)

    def or_else(self, other: FigureColumn) -> FigureColumn:
        """These figures, and those of `other` for who has none."""
        mine = ~np.isnan(self.value)

        def pick(one: Floats, two: Floats) -> Floats:
            return np.where(mine, one, two)

        return FigureColumn(
            self.metric,
            pick(self.numerator, other.numerator),
            pick(self.denominator, other.denominator),
            pick(self.value, other.value),
            pick(self.low, other.low),
            pick(self.high, other.high),
            (pick(self.changed[0], other.changed[0]), pick(self.changed[1], other.changed[1])),
            np.where(mine | np.isnan(other.value), self.origin, other.origin),
        )


def _number(values: Floats, at: int) -> float | None:
    value = float(values[at])
    return None if value != value else value


COLUMNS = ("agent_id", "metric", "numerator", "denominator", "value")


class Figures:
    """All figures of one period by metric and origin, in the order of `people`."""

    def __init__(self, columns: Mapping[tuple[str, Origin], FigureColumn], people: int) -> None:
        self._columns = columns
        self._people = people

    def of(self, metric: str, preference: Preference = "computed") -> FigureColumn:
        """The figures of a metric, from where the preference says; nobody's where none were given."""
        if preference == "computed" or preference == "reported" or preference == "shops":
            return self._columns.get((metric, preference)) or self._empty(metric, preference)
        first: Origin = "computed" if preference == "computed_first" else "reported"
        second: Origin = "reported" if preference == "computed_first" else "computed"
        return self.of(metric, first).or_else(self.of(metric, second))

    def _empty(self, metric: str, origin: Origin) -> FigureColumn:
        none = nothing(self._people).rough
        return FigureColumn(metric, none, none, none, none, none, (none, none), np.full(self._people, origin, dtype=np.object_))


def whose(frame: pl.DataFrame | None) -> set[PersonKey]:
    """Everybody a frame of figures has rows of; rows without agent_id (未分配) are nobody's."""
    if frame is None:
        return set()
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(f"figures lack the columns {', '.join(missing)}")
    keys = _keyed(frame).select("agent_id", "first").filter(pl.col("agent_id").is_not_null()).unique()
    return set(keys.iter_rows())


def figures_of(frame: pl.DataFrame | None, people: Sequence[PersonKey], metrics: Collection[str]) -> Figures:
    """The figures of those metrics, in the order of `people`; rows of nobody and of others are passed over.

    A null value, or a denominator of 0, is no figure. Raises `Failure` with every contradiction.
    """
    if frame is None:
        return Figures({}, len(people))
    keys = pl.DataFrame(list(people), schema={"agent_id": pl.String, "first": pl.Date}, orient="row").with_row_index("_at")
    mine = _keyed(frame).filter(pl.col("metric").is_in(list(metrics))).join(keys, on=["agent_id", "first"], how="semi", nulls_equal=True)
    problems = _problems(mine)
    if problems:
        raise Failure(problems)
    rows = mine.join(keys, on=["agent_id", "first"], how="inner", nulls_equal=True).with_columns(
        value=pl.when(pl.col("denominator").fill_null(1) != 0).then("value")
    )
    found: dict[tuple[str, Origin], FigureColumn] = {}
    for (metric, origin), mine in rows.partition_by("metric", "origin", as_dict=True).items():
        at = mine["_at"].to_numpy()

        def spread(name: str, mine: pl.DataFrame = mine, at: Ints = at) -> Floats:
            values = nothing(len(people)).rough
            values[at] = mine[name].to_numpy()
            return values

        found[metric, origin] = FigureColumn(
            metric,
            spread("numerator"),
            spread("denominator"),
            spread("value"),
            spread("low"),
            spread("high"),
            (spread("adjusted_numerator"), spread("adjusted_denominator")),
            np.full(len(people), origin, dtype=np.object_),
        )
    return Figures(found, len(people))


def _keyed(frame: pl.DataFrame) -> pl.DataFrame:
    """With every column a figure may have, and of the right types."""
    optional = {
        "origin": pl.lit("computed"),
        "first": pl.lit(None, pl.Date),
        **dict.fromkeys(("low", "high", "adjusted_numerator", "adjusted_denominator"), pl.lit(None, pl.Float64)),
    }
    full = frame.with_columns(**{name: value for name, value in optional.items() if name not in frame.columns})
    numbers = ("numerator", "denominator", "value", "low", "high", "adjusted_numerator", "adjusted_denominator")
    return full.select(
        pl.col("agent_id", "metric").cast(pl.String),
        pl.col("origin").cast(pl.String).fill_null("computed"),
        pl.col("first").cast(pl.Date),
        pl.col(numbers).cast(pl.Float64),
    )


def _problems(rows: pl.DataFrame) -> list[Problem]:
    numbers = ("numerator", "denominator", "value")
    twice = rows.group_by("agent_id", "first", "metric", "origin").agg(count=pl.len()).filter(pl.col("count") > 1)
    finite = pl.all_horizontal(pl.col(name).fill_null(0).is_finite() for name in numbers)
    large = pl.any_horizontal(pl.col(name).abs() > LARGEST for name in numbers).fill_null(False)
    away = (pl.col("numerator") / pl.col("denominator") - pl.col("value")).abs()
    odd = (pl.col("denominator") != 0) & (away > NEAR * pl.max_horizontal(pl.lit(1.0), pl.col("value").abs()))
    kinds = (
        (TWICE, twice),
        (NOT_FINITE, rows.filter(~finite)),
        (TOO_LARGE, rows.filter(finite & large)),
        (CONTRADICTS, rows.filter(finite & ~large & odd)),
    )
    return [
        Problem(kind, parts={"agent": row.pop("agent_id"), **row})
        for kind, frame in kinds
        for row in frame.sort("agent_id", "first", "metric", "origin").iter_rows(named=True)
    ]
