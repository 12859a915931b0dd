"""Credits against a slow judge and against themselves, on input as nasty as Hypothesis can make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
import strategies
from counting import frame, table
from kaohe.facts import Facts
from kaohe.facts.credits import HOW, RULES, Rule, credited, participants
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.credits import OWN, compare_credit, credit_stories
from kaohe.metrics.source import Source
from kaohe.model.people import Roster
from kaohe.model.tables import TABLES
from kaohe.packs import Parameters

NASTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SHOPS = table("shops", *({"shop_id": shop, "platform": "generic", "timezone": zone} for shop, zone in strategies.ZONE_OF.items()))
ONE_PERSON = table("accounts", *({"shop_id": shop, "account": "mo", "agent_id": "lin"} for shop in strategies.ZONE_OF))
"""Mo's account is Lin's second one."""


@dataclass(frozen=True)
class Order:
    """One order. Moments are aware, `fen` is the amount; `agent` is who the export names."""

    shop: str
    order: str
    buyer: str | None
    created_at: datetime
    paid_at: datetime | None
    fen: int
    agent: str | None = None


@st.composite
def orders(draw: st.DrawFn, messages: Sequence[reference.Message]) -> list[Order]:
    """A few orders placed and paid on, next to and some days after the messages, mostly by those who wrote."""
    made = []
    offsets = st.sampled_from((timedelta(0), timedelta(seconds=1), -timedelta(microseconds=1), timedelta(hours=5), timedelta(days=2)))
    for number in range(draw(st.integers(1, 6)) if messages else 0):
        near = draw(st.sampled_from(messages))
        created = near.sent_at + draw(offsets)
        paid = draw(st.none() | offsets.map(lambda offset, created=created: created + abs(offset)))  # type: ignore[misc]
        buyer = draw(st.sampled_from((near.buyer_id, near.buyer_id, near.buyer_id, *strategies.BUYERS, None)))
        fen = draw(st.sampled_from((0, 1, 2, 99, 100, 10_001)) | st.integers(0, 10**7))
        made.append(Order(near.shop_id, f"o{number}", buyer, created, paid, fen, draw(st.sampled_from((None, None, *strategies.AGENTS)))))
    return made


def imported(
    root: Path, batches: Sequence[Sequence[reference.Message]], sold: Sequence[Order], days: int, accounts: pl.DataFrame, buckets: int = 1
) -> Source:
    """All that credit is made from, the messages imported in batches, under packs with so many credit days."""
    lake = Lake.create(root / "lake", buckets=buckets)
    rows = [
        {
            "shop_id": one.shop,
            "order_id": one.order,
            "buyer_id": one.buyer,
            "agent_id": one.agent,
            "created_at": one.created_at,
            "paid_at": one.paid_at,
            "amount": Decimal(one.fen) / 100,
        }
        for one in sold
    ]
    for number, batch in enumerate(batches):
        with lake.stage() as stage:
            for shop, zone in strategies.ZONE_OF.items():
                stage.add("messages", frame([m for m in batch if m.shop_id == shop], zone), 0)
            if number == 0:
                stage.add("orders", table("orders", *rows), 0)
            stage.commit([SourceFile("export", "", "", len(batch) + (0 if number else len(rows)), 0, 0)])
    rule = Parameters(credit_days=days)
    facts = Facts(lake, lake.snapshot(), lambda _shop, _day: rule)
    return Source(facts, Roster(accounts, TABLES["agents"].empty()), SHOPS, lambda _shop, _day: rule)


def judged(
    order: Order, rows: Sequence[reference.Row], rule: str, days: int, same: bool
) -> tuple[str, list[tuple[str | None, Fraction, int]], set[str]]:
    """How an order came to whom, with which share and how many fen, those who spoke earlier first; and everybody who took part. Rules 24 to 27 word by
    word."""
    moment = order.created_at if rule == "last_before_order" else order.paid_at
    assert moment is not None
    day = moment.astimezone(ZoneInfo(strategies.ZONE_OF[order.shop])).date()
    mine = [row for row in rows if (row.message.shop_id, row.message.buyer_id) == (order.shop, order.buyer)]
    said = [(place, row) for place, row in enumerate(mine) if row.is_human and row.message.sent_at <= moment]
    said = [(place, row) for place, row in said if day - timedelta(days=days - 1) <= row.day <= day]

    def who(row: reference.Row) -> str | None:
        account = row.message.agent_id
        return "lin" if same and account == "mo" else account

    named = [(place, row) for place, row in said if who(row) is not None]
    part = {str(who(row)) for _, row in named}
    if not said:
        agent = "lin" if same and order.agent == "mo" else order.agent
        how = "exported" if agent is not None else "unknown_buyer" if order.buyer is None else "silent"
        return how, [(agent, Fraction(1), order.fen)], part
    if rule in ("last_before_pay", "last_before_order"):
        owners = [who(said[-1][1])]
    elif not named:
        owners = [None]
    elif rule == "first":
        owners = [who(named[0][1])]
    else:
        last = {str(who(row)): place for place, row in named}
        if rule == "even":
            owners = sorted(last, key=lambda agent: last[agent])
        else:
            turns = dict.fromkeys(last, 0)
            for place, row in named:
                before = [other for other in mine[:place] if other.day == row.day and (other.is_buyer or other.is_human)]
                turns[str(who(row))] += bool(before) and before[-1].is_buyer
            owners = [max(last, key=lambda agent: (turns[agent], last[agent]))]
    each, odd = divmod(order.fen, len(owners))
    shares = [(owner, Fraction(1, len(owners)), each + (place >= len(owners) - odd)) for place, owner in enumerate(owners)]
    return "unknown_speaker" if owners == [None] else "chat", shares, part


def settled_by_moment(rows: Sequence[reference.Row]) -> bool:
    """Whether no two human messages to one buyer were sent in the same instant."""
    spoken = [(row.message.shop_id, row.message.buyer_id, row.message.sent_at) for row in rows if row.is_human]
    return len(spoken) == len(set(spoken))


@NASTY
@given(st.sampled_from(RULES), st.data())
def test_every_rule_gives_orders_to_whom_the_judge_gives_them(rule: Rule, data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    sold, days, same = data.draw(orders(messages)), data.draw(st.integers(1, 3)), data.draw(st.booleans())
    rows = reference.clock(messages, strategies.ZONE_OF)
    if rule == "first" and not settled_by_moment(rows):
        return
    with TemporaryDirectory() as folder:
        source = imported(Path(folder), [messages], sold, days, ONE_PERSON if same else TABLES["accounts"].empty())
        found = credited(source.facts, source.roster, source.orders, rule)
        helped = participants(source.facts, source.roster, source.orders, rule)
        number = {(shop, order): at for at, shop, order in source.orders.select("order", "shop_id", "order_id").iter_rows()}
    paid = [one for one in sold if one.paid_at is not None]
    assert set(found["order"]) == {number[one.shop, one.order] for one in paid}
    for one in paid:
        how, owners, part = judged(one, rows, rule, days, same)
        mine = found.filter(pl.col("order") == number[one.shop, one.order])
        assert mine["how"].to_list() == [how] * len(owners)
        assert [(agent, Fraction(1, parts), fen) for agent, parts, fen in mine.select("agent_id", "parts", "amount").iter_rows()] == owners
        assert set(helped.filter(pl.col("order") == number[one.shop, one.order])["agent_id"].drop_nulls()) == part


@NASTY
@given(st.data())
def test_shares_of_every_order_add_up_to_one_and_its_amount_to_the_fen(data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    sold, days = data.draw(orders(messages)), data.draw(st.integers(1, 3))
    with TemporaryDirectory() as folder:
        source = imported(Path(folder), [messages], sold, days, TABLES["accounts"].empty())
        paid = source.orders.filter(pl.col("paid_at").is_not_null())
        for rule in RULES:
            found = credited(source.facts, source.roster, source.orders, rule)
            whole: dict[int, Fraction] = {}
            for order, parts in found.select("order", "parts").iter_rows():
                whole[order] = whole.get(order, Fraction(0)) + Fraction(1, parts)
            assert whole == dict.fromkeys(paid["order"].to_list(), Fraction(1))
            assert found.select("order", "agent_id").is_duplicated().sum() == 0
            assert set(found["how"]) <= set(HOW)
            sums = found.group_by("order").agg(pl.sum("amount", "refunded")).sort("order")
            assert sums.rows() == paid.select("order", pl.col("amount", "refunded").fill_null(0)).sort("order").rows()


@NASTY
@given(st.data())
def test_every_rule_shares_out_the_same_total_to_the_fen(data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    sold, days = data.draw(orders(messages)), data.draw(st.integers(1, 3))
    with TemporaryDirectory() as folder:
        found = compare_credit(imported(Path(folder), [messages], sold, days, TABLES["accounts"].empty()))
    paid = [one for one in sold if one.paid_at is not None]
    totals = found.group_by("rule").agg(pl.sum("amount", "amount_difference", "orders", "orders_difference"))
    assert set(totals["rule"]) == ({OWN, *RULES} if paid else set())
    for amount, change, number, moved in totals.drop("rule").iter_rows():
        assert (amount, change) == (Decimal(sum(one.fen for one in paid)) / 100, 0)
        assert (number, moved) == (pytest.approx(len(paid), abs=1e-6), pytest.approx(0, abs=1e-6))


@NASTY
@given(st.data())
def test_the_order_of_imports_and_the_number_of_buckets_change_nothing(data: st.DataObject) -> None:
    # Of rows with one id the later wins, so only different ones may come in any order.
    messages = reference.deduplicated(data.draw(strategies.message_lists()))
    sold = data.draw(orders(messages))
    shuffled, cut = data.draw(st.permutations(messages)), data.draw(st.integers(0, len(messages)))
    empty = TABLES["accounts"].empty()
    with TemporaryDirectory() as folder:
        one = imported(Path(folder) / "one", [messages], sold, 3, empty)
        other = imported(
            Path(folder) / "other",
            [shuffled[:cut], shuffled[cut:]],
            data.draw(st.permutations(sold)),
            3,
            empty,
            buckets=data.draw(st.sampled_from((1, 3))),
        )
        for rule in (None, *RULES):
            left, right = (credited(source.facts, source.roster, source.orders, rule) for source in (one, other))
            assert left.equals(right, null_equal=True)


@NASTY
@given(st.sampled_from(RULES), st.data())
def test_what_is_told_of_an_order_agrees_with_its_credit(rule: Rule, data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    sold, days, same = data.draw(orders(messages)), data.draw(st.integers(1, 3)), data.draw(st.booleans())
    with TemporaryDirectory() as folder:
        source = imported(Path(folder), [messages], sold, days, ONE_PERSON if same else TABLES["accounts"].empty())
        found = credited(source.facts, source.roster, source.orders, rule)
        helped = participants(source.facts, source.roster, source.orders, rule)
        for one in sold:
            (story,) = credit_stories(source, one.order, shop=one.shop, rule=rule)
            number = source.orders.filter(pl.col("shop_id") == one.shop, pl.col("order_id") == one.order)["order"].item()
            owned = found.filter(pl.col("order") == number)
            said, people = (story.lines.filter(pl.col("event") == event) for event in ("message", "credited"))
            assert people["agent_id"].to_list() == owned["agent_id"].to_list()
            assert people["amount"].to_list() == [Decimal(fen) / 100 for fen in owned["amount"]]
            others = set(helped.filter(pl.col("order") == number)["agent_id"].drop_nulls()) - set(owned["agent_id"])
            assert set(story.lines.filter(pl.col("event") == "assisted")["agent_id"]) == (others if one.paid_at else set())
            deciding = said.filter("decides")["agent_id"].unique().to_list()
            if owned["how"].to_list()[:1] == ["chat"]:
                assert set(deciding) == set(owned["agent_id"])
            elif rule in ("last_before_pay", "last_before_order") and owned["how"].to_list() == ["unknown_speaker"]:
                assert deciding == [None]
            else:
                assert deciding == []
