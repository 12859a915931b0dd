"""Reconciliation: kaohe's figures beside the platform's, whether they agree, and why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from counting import frame, table
from kaohe.facts import Facts
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.reconciliation import BOTH, CAUSES, Tolerance, reconcile
from kaohe.metrics.source import Source
from kaohe.model.people import Roster
from kaohe.model.reported import REPORTED
from kaohe.packs import Parameters
from spec_tables import messages

FIRST, SECOND = dt.date(2026, 11, 2), dt.date(2026, 11, 3)

CHAT = """
    buyer | sender | agent | sent_at
    ------+--------+-------+--------------------
    b1    | buyer  |       | 2026-11-02 09:00:00
    b1    | agent  | lin   | 2026-11-02 09:00:20
    b2    | buyer  |       | 2026-11-02 10:00:00
    b2    | agent  | lin   | 2026-11-02 10:01:00
    b3    | buyer  |       | 2026-11-02 10:05:00
    b3    | agent  | mo    | 2026-11-02 10:05:10
    b4    | buyer  |       | 2026-11-03 09:00:00
    b4    | agent  | lin   | 2026-11-03 09:00:10
    """


@pytest.fixture
def shop(tmp_path) -> Callable[..., Source]:
    """A source over a chat and reports of the shop s1; by default a report `r` of lin and of the first day."""

    def made(
        chat: str, *rows: dict[str, Any], agents: tuple[str, ...] = (), orders: tuple[dict[str, Any], ...] = (), **parameters: Any
    ) -> Source:
        sent = messages(chat)
        reports = []
        for row in rows:
            whole = {"shop_id": sent[0].shop_id, "report": "r", "agent_id": "lin", "first_day": FIRST, **row}
            reports.append({"last_day": whole["first_day"], **whole})
        lake = Lake.create(tmp_path / "lake")
        with lake.stage() as stage:
            stage.add("messages", frame(sent), 0)
            stage.add("reported", table("reported", *reports), 1)
            stage.add("orders", table("orders", *orders), 1)
            stage.commit([SourceFile("chat", "", "", len(sent), 0, 0), SourceFile("reports", "", "", len(reports), 0, 0)])
        chosen = Parameters(**parameters)
        shops = table("shops", {"shop_id": sent[0].shop_id, "platform": "pdd", "timezone": "Asia/Shanghai"})
        roster = Roster(table("accounts"), table("agents", *({"agent_id": one} for one in agents)))
        return Source(Facts(lake, lake.snapshot(), lambda _shop, _day: chosen), roster, shops, lambda _shop, _day: chosen)

    return made


def lines(source: Source, *columns: str, **options: Any) -> list[tuple]:
    return reconcile(source, **options).select(columns).rows()


# Both sides


def test_two_sides_beside_each_other_with_their_difference(shop):
    source = shop(CHAT, {"served_buyers": 3, "reply_rate_30s": 0.5, "avg_response_seconds": 40, "need_human_buyers": 2})
    columns = ("agent_id", "day", "figure", "computed", "reported", "difference", "relative", "within")
    found = [row for row in lines(source, *columns) if row[0] == "lin"]
    assert found == [
        ("lin", FIRST, "served_buyers", 2, 3, -1, pytest.approx(-1 / 3), True),
        ("lin", FIRST, "reply_rate_30s", 0.5, 0.5, 0, 0, True),
        ("lin", FIRST, "avg_response_seconds", 40, 40, 0, 0, True),
    ]


def test_only_figures_counted_alike_are_compared(shop):
    assert {REPORTED[name].kind for name in BOTH} <= {"count", "rate", "seconds", "money", "ratio"}
    same = {"count": "count", "rate": "rate", "seconds": "seconds", "money": "yuan"}
    assert all(CATALOGUE[name].unit == same[REPORTED[name].kind] for name in BOTH if REPORTED[name].kind in same)
    assert not {"reply_rate_3min_all_day", "need_human_buyers"} & set(BOTH)


def test_figures_that_look_back_over_days_are_not_compared(shop):
    assert not {"dispute_refund_rate", "avg_refund_hours"} & set(BOTH)
    source = shop(CHAT, {"agent_id": None, "dispute_refund_rate": 0.1, "served_buyers": 3})
    assert lines(source, "figure") == [("served_buyers",)]


def test_a_shops_sales_are_not_compared_for_kaohe_counts_silent_orders_too(shop):
    noon = dt.datetime(2026, 11, 2, 4, tzinfo=dt.UTC)
    sold = {"shop_id": "s1", "order_id": "o1", "buyer_id": "b1", "created_at": noon, "paid_at": noon, "amount": 5}
    silent = {**sold, "order_id": "o2", "buyer_id": "b9", "amount": 7}
    source = shop(CHAT, {"sales_amount": 5}, {"agent_id": None, "sales_amount": 5, "report": "shop"}, orders=(sold, silent))
    assert lines(source, "agent_id", "computed", "reported", "within") == [("lin", 5, 5, True)]


def test_days_without_a_report_are_not_compared(shop):
    source = shop(CHAT, {"served_buyers": 2})
    assert {day for (day,) in lines(source, "day")} == {FIRST}
    assert lines(source, "agent_id", "computed", by_day=False) == [("lin", 2), ("mo", 1)]


def test_over_the_period_the_days_of_the_reports_are_counted(shop):
    source = shop(CHAT, {"served_buyers": 2}, {"served_buyers": 1, "first_day": SECOND})
    assert lines(source, "agent_id", "computed", "reported", by_day=False) == [("lin", 3, 3), ("mo", 1, None)]
    assert lines(source, "agent_id", "computed", "reported", by_day=False, last=FIRST) == [("lin", 2, 2), ("mo", 1, None)]


def test_a_report_of_several_days_is_compared_over_the_period_alone(shop):
    source = shop(CHAT, {"avg_response_seconds": 30, "last_day": SECOND})
    assert lines(source, "agent_id", by_day=True) == []
    assert ("lin", 30, 30, True) in lines(source, "agent_id", "computed", "reported", "within", by_day=False)


def test_a_shops_own_row_is_compared_with_the_whole_shop(shop):
    source = shop(CHAT, {"agent_id": None, "consulting_buyers": 3})
    assert lines(source, "agent_id", "computed", "reported", "within") == [(None, 3, 3, True)]


def test_nothing_reported_gives_no_rows_in_the_usual_columns(shop):
    source = shop(CHAT)
    assert reconcile(source).is_empty()
    assert "day" in reconcile(source).columns
    assert "day" not in reconcile(source, by_day=False).columns


# Tolerance


@pytest.mark.parametrize(
    ("reported", "within"),
    [
        ({"served_buyers": 3}, True),
        ({"served_buyers": 4}, False),
        ({"reply_rate_30s": 0.51}, True),
        ({"reply_rate_30s": 0.511}, False),
        ({"avg_response_seconds": 42}, True),
        ({"avg_response_seconds": 43}, False),
    ],
)
def test_counts_by_number_rates_by_points_seconds_by_share(shop, reported, within):
    """lin served 2, answered half within 30 s, and 40 s on average."""
    source = shop(CHAT, reported)
    assert [row[1] for row in lines(source, "agent_id", "within") if row[0] == "lin"] == [within]


def test_a_duration_may_differ_by_what_platforms_round_away(shop):
    source = shop(CHAT, {"agent_id": "mo", "avg_response_seconds": 10.5})
    assert ("mo", True) in lines(source, "agent_id", "within", tolerance=Tolerance(relative=0.0))
    source = shop(CHAT, {"agent_id": "mo", "avg_response_seconds": 10.6})
    assert ("mo", False) in lines(source, "agent_id", "within", tolerance=Tolerance(relative=0.0))


def test_a_figure_may_have_a_tolerance_of_its_own(shop):
    source = shop(CHAT, {"served_buyers": 4, "reply_rate_30s": 0.4})
    tolerance = Tolerance(per_figure={"served_buyers": 2})
    found = dict(row[1:] for row in lines(source, "agent_id", "figure", "within", tolerance=tolerance) if row[0] == "lin")
    assert found == {"served_buyers": True, "reply_rate_30s": False}


# Causes


def causes(source: Source, **options: Any) -> dict[tuple[str | None, str], str | None]:
    return {(agent, figure): cause for agent, figure, cause in lines(source, "agent_id", "figure", "cause", **options)}


def test_what_agrees_has_no_cause_and_what_nothing_explains_neither(shop):
    source = shop(CHAT, {"served_buyers": 2, "reply_rate_30s": 0.9}, {"agent_id": "mo", "served_buyers": 1, "reply_rate_30s": 1})
    assert causes(source) == dict.fromkeys(
        [("lin", "served_buyers"), ("lin", "reply_rate_30s"), ("mo", "served_buyers"), ("mo", "reply_rate_30s")]
    )


def test_a_day_without_chats_is_the_cause(shop):
    source = shop(CHAT, {"served_buyers": 9, "first_day": dt.date(2026, 11, 4)}, agents=("lin", "mo"))
    assert causes(source) == {("lin", "served_buyers"): "missing_day"}
    assert causes(source, by_day=False)[("lin", "served_buyers")] == "missing_day"


def test_an_account_nobody_owns_is_the_cause_on_both_sides(shop):
    source = shop(CHAT, {"agent_id": "甲店:lin", "served_buyers": 2}, {"agent_id": "mo", "served_buyers": 1}, agents=("mo",))
    assert causes(source) == {
        ("lin", "served_buyers"): "unmapped_account",
        ("mo", "served_buyers"): None,
        ("甲店:lin", "served_buyers"): "unmapped_account",
    }


def test_an_agent_of_the_roster_who_did_not_chat_is_no_unmapped_account(shop):
    source = shop(CHAT, {"agent_id": "chen", "served_buyers": 2}, agents=("lin", "mo", "chen"))
    assert causes(source)[("chen", "served_buyers")] is None


def test_sales_exported_too_soon_are_the_cause_where_they_differ(shop):
    noon = dt.datetime(2026, 11, 2, 4, tzinfo=dt.UTC)
    order = {"shop_id": "s1", "order_id": "o1", "buyer_id": "b9", "created_at": noon, "paid_at": noon, "amount": 5}
    row = {"agent_id": None, "inquiries": 9, "exported_on": SECOND}
    source = shop(CHAT, row, orders=(order,), sales_final_after_days=3)
    assert lines(source, "figure", "computed", "reported", "provisional", "cause") == [("inquiries", 3, 9, True, "not_final")]


def test_sales_without_any_orders_are_not_compared_in_vain(shop):
    assert causes(shop(CHAT, {"sales_amount": 100}, agents=("lin", "mo")))[("lin", "sales_amount")] == "no_data"


EVENING = """
    buyer | sender | agent | sent_at
    ------+--------+-------+--------------------
    b1    | buyer  |       | 2026-11-02 09:00:00
    b1    | agent  | lin   | 2026-11-02 09:00:20
    b2    | buyer  |       | 2026-11-02 23:10:00
    b2    | agent  | lin   | 2026-11-02 23:20:00
    """


def test_a_report_of_the_whole_day_is_the_cause(shop):
    """At night lin is slow: 20 s by day, 310 s all day."""
    source = shop(EVENING, {"avg_response_seconds": 310, "reply_rate_30s": 1})
    assert causes(source) == {("lin", "avg_response_seconds"): "all_day_twin", ("lin", "reply_rate_30s"): None}


def test_a_pack_of_the_whole_day_is_the_cause_where_the_twin_agrees(shop):
    source = shop(EVENING, {"avg_response_seconds": 20, "avg_response_seconds_all_day": 310}, window="00:00-24:00")
    assert causes(source) == {("lin", "avg_response_seconds"): "all_day_twin"}


BOT = """
    buyer | sender   | agent | sent_at
    ------+----------+-------+--------------------
    b1    | buyer    |       | 2026-11-02 09:00:00
    b1    | bot      |       | 2026-11-02 09:00:01
    b1    | agent    | lin   | 2026-11-02 09:05:00
    b2    | buyer    |       | 2026-11-02 10:00:00
    b2    | agent    | lin   | 2026-11-02 10:00:20
    """


def test_bots_that_clear_on_the_platform_are_the_cause(shop):
    """Without the bot's question lin answered in 20 s; the pack says bots are ignored."""
    assert causes(shop(BOT, {"avg_response_seconds": 20})) == {("lin", "avg_response_seconds"): "bot_mode"}
    assert causes(shop(BOT, {"avg_response_seconds": 160})) == {("lin", "avg_response_seconds"): None}


def test_bots_that_the_platform_does_not_let_clear_are_the_cause_too(shop):
    assert causes(shop(BOT, {"avg_response_seconds": 160}, bot_reply="clears")) == {("lin", "avg_response_seconds"): "bot_mode"}


def test_assisted_replies_that_do_not_count_on_the_platform_are_the_cause(shop):
    chat = """
        buyer | sender   | agent | sent_at
        ------+----------+-------+--------------------
        b1    | buyer    |       | 2026-11-02 09:00:00
        b1    | assisted | lin   | 2026-11-02 09:00:01
        b1    | agent    | lin   | 2026-11-02 09:05:00
        """
    assert causes(shop(chat, {"avg_response_seconds": 300})) == {("lin", "avg_response_seconds"): "bot_mode"}


def test_every_cause_has_words_in_both_languages_and_is_tested_here():
    assert set(CAUSES) == {"missing_day", "no_data", "unmapped_account", "not_final", "all_day_twin", "bot_mode"}
    assert all(cause.zh and cause.en and cause.meaning and cause.meaning_zh for cause in CAUSES.values())
