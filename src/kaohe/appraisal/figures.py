"""Figures as given, one row per agent and metric, made exact."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

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

NEAR = 1e-9
"""How far, against the value or 1, a value may be from the quotient of its parts: floats can not do better over many steps."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as given, its parts in the metric's unit. `value` is None where nothing was counted."""

    metric: str
    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None

    @property
    def exact(self) -> Fraction | None:
        """The quotient of numerator and denominator where both are given, so 162/438 stands on its own side of every band; else the number
        people see when the value is printed. None where nothing was counted."""
        if self.value is None:
            return None
        if self.numerator is None or self.denominator is None:
            return fraction(self.value)
        return fraction(self.numerator) / fraction(self.denominator)


COLUMNS = ("agent_id", "metric", "numerator", "denominator", "value")


def figures_by_agent(figures: pl.DataFrame, metrics: Collection[str]) -> dict[str, dict[str, Figure]]:
    """The figures of those metrics by agent and metric. Every agent of the frame is there, with figures of these metrics or not.

    A null value, or a denominator of 0, is no figure. Raises `Failure` with every contradiction, ValueError where a column is missing.
    """
    missing = [name for name in COLUMNS if name not in figures.columns]
    if missing:
        raise ValueError(f"figures lack the columns {', '.join(missing)}")
    mine = figures.filter(pl.col("agent_id").is_not_null())
    found: dict[str, dict[str, Figure]] = {agent: {} for agent in mine["agent_id"].cast(pl.String).unique().sort()}
    rows = mine.select(
        pl.col("agent_id", "metric").cast(pl.String),
        pl.col("numerator", "denominator", "value").cast(pl.Float64),
    ).filter(pl.col("metric").is_in(list(metrics)))
    problems = _problems(rows)
    if problems:
        raise Failure(problems)
    counted = rows.with_columns(value=pl.when(pl.col("denominator").fill_null(1) != 0).then("value"))
    for agent, metric, numerator, denominator, value in counted.iter_rows():
        found[agent][metric] = Figure(metric, numerator, denominator, value)
    return found


def _problems(rows: pl.DataFrame) -> list[Problem]:
    numbers = ("numerator", "denominator", "value")
    twice = rows.group_by("agent_id", "metric").agg(count=pl.len()).filter(pl.col("count") > 1)
    finite = pl.all_horizontal(pl.col(name).fill_null(0).is_finite() for name in numbers)
    away = (pl.col("numerator") / pl.col("denominator") - pl.col("value")).abs()
    odd = (pl.col("denominator") != 0) & (away > NEAR * pl.max_horizontal(pl.lit(1.0), pl.col("value").abs()))
    kinds = ((TWICE, twice), (NOT_FINITE, rows.filter(~finite)), (CONTRADICTS, rows.filter(finite & odd)))
    return [
        Problem(kind, parts={"agent": row.pop("agent_id"), **row})
        for kind, frame in kinds
        for row in frame.sort("agent_id", "metric").iter_rows(named=True)
    ]
