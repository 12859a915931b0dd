"""Verdicts against the plain-Python judge, on messages as nasty as Hypothesis can make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
import strategies
from counting import frame, table
from kaohe.facts import Facts
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.compliance import compliance, failing
from kaohe.metrics.source import Source
from kaohe.model.days import Window
from kaohe.model.people import Roster
from kaohe.packs import Parameters, Version

UNITS = ("message", "turn", "contact", "session")
SHOPS = [{"shop_id": shop, "platform": "generic", "timezone": zone} for shop, zone in strategies.ZONE_OF.items()]


def source(root: Path, messages: Sequence[reference.Message], params: reference.Params) -> Source:
    lake = Lake.create(root / "lake")
    with lake.stage() as staging:
        for shop, zone in strategies.ZONE_OF.items():
            staging.add("messages", frame([m for m in messages if m.shop_id == shop], zone), 0)
        staging.commit([SourceFile("messages.csv", "", "messages", len(messages), 0, 0)])
    chosen = Parameters(
        window=Window(*params.window),
        human_senders=params.human_senders,
        reply_within_hours=params.reply_within_hours,
        bot_reply=params.bot_reply,
        unit=params.unit,
        slow_seconds=params.slow_seconds,
    )
    facts = Facts(lake, lake.snapshot(), lambda _shop, _day: chosen)
    return Source(facts, Roster(table("accounts"), table("agents")), table("shops", *SHOPS), lambda _shop, _day: chosen)


def rule(metric: str, threshold: Decimal, days: int, unit: str | None) -> dict[str, Any]:
    more = {"scope": "trailing_days", "days": days} if days > 1 else {}
    words = {"title": "规则", "consequence": "后果", "source": "出处", "certainty": "D"}
    return {"id": f"{metric}-{unit}-{days}", "metric": metric, "threshold": threshold, **words, **more, **({"unit": unit} if unit else {})}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    messages=strategies.message_lists(moves=False),
    params=strategies.params(),
    threshold=st.sampled_from([Decimal("0.5"), Decimal(1) / 3, Decimal("0.75"), Decimal(1)]),
    days=st.sampled_from([1, 2, 4]),
)
def test_every_verdict_is_the_judges_and_every_buyer_behind_a_miss_is_listed(
    messages: list[reference.Message], params: reference.Params, threshold: Decimal, days: int
) -> None:
    asked = [("effective_reply_rate", None), ("reply_rate_30s", None), *(("reply_rate_3min", unit) for unit in UNITS)]
    version = Version.model_validate(
        {"source": "出处", "certainty": "D", "rules": [rule(metric, threshold, days, unit) for metric, unit in asked]}
    )
    told = {unit: reference.figures(messages, strategies.ZONE_OF, replace(params, unit=unit), ("shop", "day")) for unit in UNITS}
    with TemporaryDirectory() as folder:
        made = source(Path(folder), messages, params)
        if not made.facts.days:
            return
        first, last = made.facts.days[0], made.facts.days[-1]
        verdicts = compliance(made, lambda _shop, _day: ("p", version), first, last)
        behind = failing(made, lambda _shop, _day: ("p", version), verdicts.filter(pl.col("verdict") != "not_applicable"))
    assert set(verdicts["shop_id"]) == {row.shop_id for row in messages}
    for row in verdicts.iter_rows(named=True):
        judge = told[row["unit"] or "contact"]
        over, under = summed(judge, row["metric"], row["shop_id"], row["first_day"], row["day"])
        if not under:
            assert row["verdict"] == "not_applicable"
            continue
        assert (row["numerator"], row["denominator"]) == (over, under)
        assert row["verdict"] == ("pass" if Fraction(over, under) >= Fraction(threshold) else "fail")
        span = pl.col("day").is_between(row["first_day"], row["day"])
        lines = behind.filter((pl.col("shop_id") == row["shop_id"]) & (pl.col("rule") == row["rule"]) & span)
        # Cases of a contact or session are several messages; of a message or turn one.
        by = {"contact": ["day", "buyer_id"], "session": ["day", "buyer_id", "subject"]}.get(row["unit"] or "")
        by = ["day", "buyer_id"] if row["metric"] == "effective_reply_rate" else by
        assert (lines.select(by).n_unique() if by and len(lines) else len(lines)) == under - over


def summed(judge: dict[Any, Any], metric: str, shop: str, first: date, last: date) -> tuple[int, int]:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = [judge[(shop, day), metric] for day in days if ((shop, day), metric) in judge]
    return round(sum(one[0] or 0 for one in found)), round(sum(one[1] or 0 for one in found))
