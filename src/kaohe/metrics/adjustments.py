"""Accepted corrections of figures: what they add to an agent's numerator and denominator when he is judged (counting rule 55)."""

from __future__ import annotations

import polars as pl

from kaohe.errors import Failure, Problem, code
from kaohe.metrics.catalogue import CATALOGUE

NOT_ADJUSTABLE = code(
    "adjustment_not_possible",
    zh="更正表里客服 {agent} 的“{metric}”（{day}）：这个指标不能更正，它不是由分子分母相加得来的",
    en="adjustments, {agent}, {metric!r} of {day}: this metric can not be corrected, it is no sum of parts",
)
IMPOSSIBLE = code(
    "adjustment_impossible",
    zh="更正以后客服 {agent} 的“{metric}”成了 {numerator} ÷ {denominator}，这不可能。请检查更正表里这个指标的行",
    en="corrected, {metric!r} of {agent} would be {numerator} ÷ {denominator}, which can not be. Look at its rows in adjustments",
)

_KEY = ["agent_id", "metric"]


def adjusted_figures(figures: pl.DataFrame, adjustments: pl.DataFrame) -> pl.DataFrame:
    """Figures by agent with the corrections of a period added, and what was added beside them: `adjusted_numerator`, `adjusted_denominator` (null
    where nothing was).

    `figures` are those of `kaohe.metrics.figures.figures` grouped by agent alone, `adjustments` the rows of that table that count in the period. A
    figure that was not there is made of what is added. Interval and sample of a changed figure are left out. Raises `Failure` for corrections of
    metrics that are no sums, and where a part would come to less than nothing or a rate to more than 1.
    """
    empty = figures.with_columns(adjusted_numerator=pl.lit(None, pl.Float64), adjusted_denominator=pl.lit(None, pl.Float64))
    wanted = adjustments.filter(pl.col("metric").is_in(figures["metric"].unique().cast(pl.String).implode()))
    if wanted.is_empty():
        return empty
    odd = [row for row in wanted.sort(*_KEY, "day").iter_rows(named=True) if CATALOGUE[row["metric"]].over is None]
    if odd:
        raise Failure(Problem(NOT_ADJUSTABLE, parts={"agent": row["agent_id"], "metric": row["metric"], "day": row["day"]}) for row in odd)
    added = (
        wanted.sort(*_KEY, "day", "appeal_id")
        .group_by(_KEY, maintain_order=True)
        .agg(
            adjusted_numerator=pl.col("numerator").cast(pl.Float64).sum(), adjusted_denominator=pl.col("denominator").cast(pl.Float64).sum()
        )
    )
    typed = added.with_columns(pl.col(name).cast(figures.schema[name]) for name in _KEY)
    joined = figures.join(typed, on=_KEY, how="full", coalesce=True).sort(_KEY)
    changed = pl.col("adjusted_numerator").is_not_null()
    counts = pl.col("metric").cast(pl.String).is_in([metric.id for metric in CATALOGUE.values() if metric.under is None])
    rates = pl.col("metric").cast(pl.String).is_in([metric.id for metric in CATALOGUE.values() if metric.unit == "rate"])
    over = pl.col("numerator").fill_null(0) + pl.col("adjusted_numerator")
    under = pl.when(~counts).then(pl.col("denominator").fill_null(0) + pl.col("adjusted_denominator"))
    found = joined.with_columns(
        numerator=pl.when(changed).then(over).otherwise("numerator"), denominator=pl.when(changed).then(under).otherwise("denominator")
    )
    wrong = found.filter(
        changed,
        (pl.col("numerator") < 0) | (pl.col("denominator") < 0) | (rates & (pl.col("numerator") > pl.col("denominator"))),
    )
    if not wrong.is_empty():
        rows = wrong.select(*_KEY, "numerator", "denominator").iter_rows(named=True)
        raise Failure(Problem(IMPOSSIBLE, parts={**row, "agent": row["agent_id"]}) for row in rows)
    quotient = pl.when(pl.col("denominator") != 0).then(pl.col("numerator") / pl.col("denominator"))
    value = pl.when(changed).then(pl.when(counts).then("numerator").otherwise(quotient)).otherwise("value")
    unsure = [name for name in ("low", "high", "sample") if name in found.columns]
    return found.with_columns(*(pl.when(~changed).then(name).alias(name) for name in unsure), value=value).select(empty.columns)
