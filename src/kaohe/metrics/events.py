"""From a figure of orders, refunds, reviews and the like back to each of them: which were counted, which were not, and why.

The rows are those the figure was counted from, so they add up to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from kaohe.lake.layout import local_clock
from kaohe.metrics import counting
from kaohe.metrics.catalogue import FAMILIES, FAMILY_OF
from kaohe.metrics.figures import figures
from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.source import Ask, Source
from kaohe.model.days import DEFAULT_TIMEZONE

LINES: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "at": pl.Datetime("us"),
    "shop_id": pl.String(),
    "family": pl.String(),
    "subject": pl.String(),
    "buyer_id": pl.String(),
    "counted_for": pl.String(),
    "related": pl.String(),
    "counted": pl.Boolean(),
    "met": pl.Boolean(),
    "amount": pl.Float64(),
    "reason": pl.String(),
}
"""One row per event, by day, shop and time. `at` is local to the shop; `subject` the event's own id (an order, a refund, for contacts the buyer), `related`
another id that decided (the order that converted a contact, the account an order came by); `counted`: in the denominator, or in a count; `met`: in the
numerator; `amount`: what it adds to the numerator, in the metric's unit; `reason`: see `kaohe.metrics.reasons`."""


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """A figure and the events it was made from (`LINES`). Of a figure that divides by something else than events of its own, such as replies, the
    lines are those of the numerator."""

    metric: Metric
    numerator: float | None
    denominator: float | None
    value: float | None
    lines: pl.DataFrame


def explain_events(
    source: Source, metric: Metric, *, shop: str | None, agent: str | None, first: date | None, last: date | None, whole_shop: bool
) -> EventExplanation:
    """Explain one figure counted from events. The arguments are those of `kaohe.metrics.explain.explain`."""
    by = [*(["shop"] if shop is not None else []), *([] if whole_shop else ["agent"])]
    found = figures(source, by=by, first=first, last=last, metrics=[metric.id])
    if shop is not None:
        found = found.filter(pl.col("shop_id") == shop)
    if not whole_shop:
        found = found.filter(pl.col("agent_id").eq_missing(pl.lit(agent, pl.String)))
    lines = [
        _lines(source, metric, family, first, last, shop, agent, whole_shop)
        for family in FAMILIES
        if family.rows is not None and any(FAMILY_OF[tally.id] is family for tally in metric.tallies) and source.has(family.needs)
    ]
    numerator, denominator, value = found.select("numerator", "denominator", "value").row(0) if len(found) else (None, None, None)
    together = pl.concat(lines) if lines else pl.DataFrame(schema=LINES)
    return EventExplanation(
        metric, numerator, denominator, value, together.sort("day", "shop_id", "at", "subject", "counted_for", nulls_last=True)
    )


def _lines(
    source: Source,
    metric: Metric,
    family: Family,
    first: date | None,
    last: date | None,
    shop: str | None,
    agent: str | None,
    whole_shop: bool,
) -> pl.DataFrame:
    columns = (*(["shop_id"] if shop is not None else []), *(["agent_id"] if not whole_shop and "agent" in family.by else []))
    rows = counting.rows_of(source, Ask(first, last, columns, evidence=True), family)
    if shop is not None:
        rows = rows.filter(pl.col("shop_id") == shop)
    if not whole_shop and "agent_id" in rows.columns:
        rows = rows.filter(pl.col("agent_id").eq_missing(pl.lit(agent, pl.String)))
    over, under = _adds(metric.over, family), _adds(metric.under, family)
    missing = [name for name in ("agent_id", "subject", "buyer_id", "related", "reason") if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    zone = rows["shop_id"].replace_strict(source.zones, default=DEFAULT_TIMEZONE, return_dtype=pl.String)
    told = rows.with_columns(
        at=_local(rows["at"] if "at" in rows.columns else pl.Series([None], dtype=pl.Int64).new_from_index(0, len(rows)), zone),
        family=pl.lit(family.id),
        counted_for="agent_id",
        met=over != 0,
        counted=(under if metric.under is not None and FAMILY_OF[metric.under.id] is family else over) != 0,
        amount=over / metric.per,
    )
    return told.select(pl.col(name).cast(dtype) for name, dtype in LINES.items())


def _adds(tally: Tally | None, family: Family) -> pl.Expr:
    """What a row adds to a tally; nothing when another family counts it."""
    if tally is None or FAMILY_OF[tally.id] is not family or tally.each is None:
        return pl.lit(0.0)
    return tally.each.cast(pl.Float64).fill_null(0)


def _local(at: pl.Series, zone: pl.Series) -> pl.Series:
    instants = at.cast(pl.Datetime("us", "UTC"))
    return local_clock(instants, zone).cast(pl.Datetime("us"))
