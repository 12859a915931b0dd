"""Every figure of orders, after-sale, quality, presence and marks against the plain judge, on small nasty worlds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import event_strategies as strategies
import reference_events as judge
from counting import frame
from kaohe.facts import Facts
from kaohe.facts.credits import credited
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.catalogue import CATALOGUE, FAMILY_OF
from kaohe.metrics.explain import explain
from kaohe.metrics.figures import figures
from kaohe.metrics.source import BY, Source
from kaohe.model.days import Window
from kaohe.model.people import Roster
from kaohe.model.tables import TABLES
from kaohe.packs import Parameters

SHOPS = pl.DataFrame(
    [{"shop_id": shop, "platform": strategies.PLATFORM_OF[shop], "timezone": zone} for shop, zone in strategies.ZONE_OF.items()],
    schema=TABLES["shops"].schema,
)


def table(name: str, rows: Sequence[Any]) -> pl.DataFrame:
    """A canonical table of a world's rows."""
    names = [f.name for f in fields(rows[0])] if rows else []
    made = [{column: _value(getattr(row, column)) for column in names} for row in rows]
    return pl.DataFrame(made, schema=TABLES[name].schema)


def _value(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else float(value) if type(value).__name__ == "Fraction" else value


def imported(root: Path, world: judge.World, buckets: int = 1) -> Lake:
    lake = Lake.create(root / "lake", buckets=buckets)
    with lake.stage() as staging:
        staging.add("shops", SHOPS, 0)
        rows = len(SHOPS)
        for shop, zone in strategies.ZONE_OF.items():
            mine = [message for message in world.messages if message.shop_id == shop]
            staging.add("messages", frame(mine, zone), 0)
            rows += len(mine)
        for name in judge.TABLE_KEYS:
            given = table(name, getattr(world, name))
            staging.add(name, given, 0)
            rows += len(given)
        staging.commit([SourceFile("world", "", "world", rows, 0, 0)])
    return lake


def source(lake: Lake, rules: judge.Rules) -> Source:
    chosen = Parameters(
        window=Window(*rules.window),
        human_senders=rules.human_senders,
        bot_reply=rules.bot_reply,
        reply_within_hours=rules.reply_within_hours,
        window_by=rules.window_by,
        nobody_on_duty=rules.nobody_on_duty,
        aftersale_days=rules.aftersale_days,
        credit_days=rules.credit_days,
        conversion_days=rules.conversion_days,
        conversion_hours=rules.conversion_hours,
        credit=rules.credit,
        order_event=rules.order_event,
    )
    roster = Roster(lake.table("accounts"), lake.table("agents"), lake.table("positions"))
    facts = Facts(lake, lake.snapshot(), lambda _shop, _day: chosen)
    return Source(facts, roster, SHOPS, lambda _shop, _day: chosen)


def tables_of(metric: str) -> set[str]:
    """The tables a metric's families need."""
    return {table for tally in CATALOGUE[metric].tallies for table in FAMILY_OF[tally.id].needs}


def near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


NASTY = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
"""Each example writes a lake of a dozen tables, which takes a second."""
JUDGED = [metric for metric in judge.METRICS if metric in CATALOGUE]
PLACED_BY_ACCOUNTS = {metric for metric in JUDGED if "scores" in tables_of(metric) or "targets" in tables_of(metric)}
"""Marks and targets without a shop stand in the shops their agent has accounts in (rules 36, 45); the judge takes only the words of the row."""


def test_the_judge_knows_every_figure_of_events() -> None:
    # Visitors and days worked are entered as they stand.
    assert {metric.id for metric in CATALOGUE.values() if metric.evidence == "event"} - set(judge.METRICS) == {"visitors", "days_worked"}


@NASTY
@given(st.data())
def test_every_figure_of_every_group_equals_the_judges(data: st.DataObject) -> None:
    world, rules, by = data.draw(strategies.worlds()), data.draw(strategies.packs()), data.draw(strategies.groupings())
    first, last = data.draw(strategies.periods(world))
    with TemporaryDirectory() as folder:
        made = source(imported(Path(folder), world, data.draw(st.sampled_from((1, 1, 3)))), rules)
        # A figure of which nothing was imported has no value; the judge knows no tables, only rows.
        families = {one: [FAMILY_OF[tally.id] for tally in CATALOGUE[one].tallies] for one in JUDGED}
        held = [
            one
            for one, of in families.items()
            if all(made.has(family.needs) and set(by) <= family.by & set(judge.METRICS[one][1]) for family in of)
        ]
        if {"shop", "platform"} & set(by):
            held = [one for one in held if one not in PLACED_BY_ACCOUNTS]
        if "hour" in by:
            # A peak by hour is that of the contacts open in the hour; the judge's, of those whose last answer fell in it.
            held = [one for one in held if one != "peak_concurrency"]
        found = figures(made, by=by, first=first, last=last, metrics=held)
    expected = judge.figures(world, rules, by, first, last, held)
    columns = [BY[name] for name in by]
    for row in found.iter_rows(named=True):
        group, metric = tuple(row[name] for name in columns), row["metric"]
        over, under = expected.get(group, {}).get(metric, (0, 0))
        where = f"{metric} of {group} by {by} from {first} to {last}"
        # Where nothing of it was counted there is a nought, or nothing at all when no such table has rows.
        assert near(row["numerator"] or 0, float(over)), where
        if CATALOGUE[metric].under is not None:
            assert near(row["denominator"] or 0, max(float(under or 0), 0)), where
            value = float(over) / float(under) if under and under > 0 else None
            assert (row["value"] is None) == (value is None), where
            assert value is None or near(row["value"], value), where
    there = {tuple(row) for row in found.select(columns).unique().iter_rows()} if columns else {()}
    counted = {group for group, of in expected.items() if any(over or under for over, under in of.values())}
    assert counted <= there, (counted - there, by, first, last)


@NASTY
@given(st.data())
def test_every_order_belongs_to_whom_the_judge_says(data: st.DataObject) -> None:
    world, rules, rule = data.draw(strategies.worlds()), data.draw(strategies.packs()), data.draw(st.sampled_from(judge.RULES))
    with TemporaryDirectory() as folder:
        made = source(imported(Path(folder), world), rules)
        orders = made.orders
        done = set(
            orders.filter(pl.col("paid_at").is_not_null() | pl.col("event_at").is_not_null()).select("shop_id", "order_id").iter_rows()
        )
        owned = credited(made.facts, made.roster, orders, rule).join(orders.select("order", "shop_id", "order_id"), on="order")
    found: dict[tuple[str, str], set[tuple[str | None, float, int]]] = {}
    for row in owned.iter_rows(named=True):
        found.setdefault((row["shop_id"], row["order_id"]), set()).add((row["agent_id"], row["share"], row["amount"]))
    expected = {
        key: {(agent, float(share), round(amount * 100)) for agent, share, amount in credit.shares}
        for key, credit in judge.order_credits(world, rules, rule).items()
        # Nobody asks whose an order is that was neither paid nor done.
        if key in done
    }
    assert found == expected


ADDING = [
    metric
    for metric in JUDGED
    if CATALOGUE[metric].evidence == "event" and CATALOGUE[metric].over is not None and not CATALOGUE[metric].over.distinct  # type: ignore[union-attr]
]


@NASTY
@given(st.data())
def test_what_an_explanation_lists_adds_up_to_its_figure(data: st.DataObject) -> None:
    world, rules, metric = data.draw(strategies.worlds()), data.draw(strategies.packs()), data.draw(st.sampled_from(ADDING))
    first, last = data.draw(strategies.periods(world))
    with TemporaryDirectory() as folder:
        made = source(imported(Path(folder), world), rules)
        for row in (
            figures(made, by=("shop",), first=first, last=last, metrics=[metric]).filter(pl.col("numerator") > 0).iter_rows(named=True)
        ):
            if CATALOGUE[metric].over.how == "max":  # type: ignore[union-attr]
                continue
            told = explain(made, metric, shop=row["shop_id"], agent=None, first=first, last=last)
            assert near(told.lines["amount"].sum(), row["numerator"])
            assert near(told.numerator or 0, row["numerator"])
