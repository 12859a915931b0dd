"""The judge of orders, after-sale, quality and presence judged: every number worked out by hand from SEMANTICS and counting rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spec_tables
from event_strategies import PLATFORM_OF, ZONE_OF, groupings, packs, periods, worlds
from kaohe.model.tables import TABLES
from reference import Message, Span
from reference_events import (
    KEYS,
    METRICS,
    NO_HOUR,
    PEOPLE,
    RULES,
    SCORES,
    SHOP_ONLY,
    TABLE_KEYS,
    Account,
    Agent,
    Complaint,
    Credit,
    Exemption,
    Figure,
    Leave,
    Order,
    OrderLine,
    Payment,
    Rating,
    Refund,
    Resolution,
    Review,
    Rules,
    Score,
    Target,
    Traffic,
    Verdict,
    World,
    contacts,
    figures,
    kept,
    order_credits,
    split,
    value,
    wilson,
)

ROWS: Mapping[str, type[Any]] = {
    "orders": Order,
    "order_lines": OrderLine,
    "payments": Payment,
    "refunds": Refund,
    "complaints": Complaint,
    "reviews": Review,
    "ratings": Rating,
    "resolutions": Resolution,
    "presence": Span,
    "scores": Score,
    "targets": Target,
    "traffic": Traffic,
    "exemptions": Exemption,
    "leaves": Leave,
    "accounts": Account,
    "agents": Agent,
}
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
NOTHING = "sender | sent_at"


def world(text: str, zone_of: Mapping[str, str] | None = None) -> World:
    """Tables written as text, each after its name; what stands before the first is `messages`. Times are of 2026-10-01."""
    written = spec_tables.sections(text)
    said = spec_tables.messages(written.pop("messages", NOTHING), zone_of=zone_of)
    tables: dict[str, Any] = {"messages": said}
    for name, table in written.items():
        known = {f.name for f in fields(ROWS[name])}
        made = spec_tables.rows(name, table, zone_of)
        assert all(set(row) <= known for row in made), f"the judge does not read all of {name}"
        tables[name] = [ROWS[name](**row) for row in made]
    return World(**tables)


def by(keys: str, text: str, metric: str, first: date = FIRST, last: date = LAST, **chosen: Any) -> dict[Any, Figure]:
    """One figure by one or more keys; a single key's groups are shown as its bare value."""
    rules = Rules(**chosen)
    found = figures(world(text, rules.timezone_of), rules, keys.split(), first, last, [metric])
    return {group[0] if len(group) == 1 else group: figure[metric] for group, figure in found.items()}


def figure(text: str, metric: str, first: date = FIRST, last: date = LAST, **chosen: Any) -> Figure | None:
    """One figure over everything in the tables; None: nothing of it was counted."""
    return by("", text, metric, first, last, **chosen).get(())


def credited(text: str, order: str = "o1", **chosen: Any) -> Credit:
    return order_credits(world(text), Rules(**chosen))["s1", order]


def owner(text: str, **chosen: Any) -> tuple[str, str | None]:
    """How the order came to its one owner, and who that is."""
    given = credited(text, **chosen)
    assert len(given.shares) == 1
    return given.how, given.owner


def verdict(text: str, **chosen: Any) -> Verdict:
    """What became of the contact of b1 on 2026-10-01."""
    return contacts(world(text), Rules(**chosen))["s1", "b1", FIRST]


def test_the_judge_reads_the_columns_the_tables_have_under_the_keys_they_have():
    for name, row in ROWS.items():
        assert {f.name for f in fields(row)} <= {column.name for column in TABLES[name].columns}, name
        assert TABLE_KEYS[name] == TABLES[name].key, name


# Orders from their several tables (rule 22)


def test_an_order_is_paid_when_its_group_was_complete_if_nothing_says_when_it_was_paid():
    table = """
        orders:
        order | buyer | created_at | grouped_at
        ------+-------+------------+-----------
        o1    | b1    | 09:00:00   | 10:00:00
        """
    assert figure(table, "final_order_rate") == (1, 1)
    assert figure(table, "orders") == (1, None)
    assert figure(table, "orders", order_event="grouped_at") == (1, None)


def test_an_order_that_was_paid_and_not_grouped_did_not_happen_where_groups_decide():
    table = """
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:00:00   | 10:00:00 | 100.00
        """
    assert figure(table, "sales_amount") == (100, None)
    assert figure(table, "sales_amount", order_event="grouped_at") is None


def test_where_placing_decides_an_unpaid_order_counts():
    table = """
        orders:
        order | buyer | created_at | amount
        ------+-------+------------+-------
        o1    | b1    | 09:00:00   | 100.00
        """
    assert figure(table, "sales_amount") is None
    assert figure(table, "sales_amount", order_event="created_at") == (100, None)


LINES = """
    order_lines:
    order | line | buyer | agent | created_at | paid_at  | unit_price | amount | quantity
    ------+------+-------+-------+------------+----------+------------+--------+---------
    o1    | 1    |       |       | 09:30:00   | 09:50:00 |            | 30.00  | 2
    o1    | 2    | b1    | lin   | 09:00:00   | 10:00:00 | 5.00       |        | 3
    """


def test_an_order_known_by_its_lines_alone_is_their_sum_at_their_earliest_times():
    assert figure(LINES, "average_order_value") == (45, 1)
    assert figure(LINES, "items_per_buyer") == (5, 1)
    assert by("hour", LINES, "orders") == {9: (1, None)}
    assert credited(LINES) == Credit("row", (("lin", Fraction(1), Decimal("45.00")),))


def test_what_an_orders_own_row_says_is_not_taken_from_its_lines():
    table = (
        LINES
        + """
        orders:
        order | buyer | agent | created_at | paid_at  | amount | quantity
        ------+-------+-------+------------+----------+--------+---------
        o1    | b2    | mo    | 08:00:00   | 11:00:00 | 40.00  | 4
        """
    )
    assert figure(table, "average_order_value") == (40, 1)
    assert figure(table, "items_per_buyer") == (4, 1)
    assert by("agent hour", table, "orders") == {("mo", 11): (1, None)}


def test_payments_tell_the_amount_only_where_no_line_does():
    payments = """
        orders:
        order | created_at
        ------+-----------
        o1    | 10:00:00
        payments:
        order | payment | paid_at  | amount
        ------+---------+----------+-------
        o1    | 1       | 12:00:00 | 20.00
        o1    | 2       | 11:00:00 | 22.00
        """
    assert figure(payments, "sales_amount") == (42, None)
    assert by("hour", payments, "sales_amount") == {11: (42, None)}
    assert figure(payments + LINES, "sales_amount") == (45, None)


def test_a_line_that_does_not_say_how_many_is_one_article():
    table = """
        order_lines:
        order | line | buyer | paid_at  | unit_price
        ------+------+-------+----------+-----------
        o1    | 1    | b1    | 09:00:00 | 12.00
        o1    | 2    | b1    | 09:00:00 | 12.00
        """
    assert figure(table, "average_order_value") == (24, 1)
    assert figure(table, "items_per_buyer") == (2, 1)


def test_a_payment_of_no_order_is_none():
    table = """
        payments:
        order | payment | paid_at  | amount
        ------+---------+----------+-------
        o1    | 1       | 12:00:00 | 20.00
        """
    assert by("hour", table, "sales_amount") == {}


def test_an_order_first_heard_of_when_it_was_paid_was_placed_then():
    table = """
        order_lines:
        order | line | paid_at  | amount
        ------+------+----------+-------
        o1    | 1    | 12:00:00 | 20.00
        """
    assert by("hour", table, "final_order_rate") == {12: (1, 1)}


def test_a_later_row_of_an_order_replaces_the_earlier():
    table = """
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:00:00   |          | 100.00
        o1    | b1    | 09:00:00   | 10:00:00 | 90.00
        """
    assert figure(table, "sales_amount") == (90, None)


# Inquiry or after-sale (rule 23)


@pytest.mark.parametrize(
    ("paid", "days", "aftersale"),
    [
        ("2026-10-16 09:00:00", 15, True),  # at the very instant of the question
        ("2026-10-16 09:00:01", 15, False),
        ("2026-10-01 09:00:01", 15, True),
        ("2026-10-01 09:00:00", 15, False),  # 15 days to the second
        ("2026-10-16 08:00:00", 0, False),
    ],
)
def test_who_paid_within_fifteen_days_before_asks_for_after_sale(paid: str, days: int, aftersale: bool):
    found = contacts(
        world(f"""
            sender | sent_at
            -------+--------------------
            buyer  | 2026-10-16 07:30:00
            buyer  | 2026-10-16 09:00:00
            orders:
            order | buyer | created_at          | paid_at
            ------+-------+---------------------+--------
            o1    | b1    | 2026-09-30 09:00:00 | {paid}
            """),
        Rules(aftersale_days=days),
    )
    assert found["s1", "b1", date(2026, 10, 16)].aftersale is aftersale


def test_another_shops_order_and_an_unpaid_one_make_no_after_sale():
    table = """
        buyer | sender | sent_at
        ------+--------+---------
        b1    | buyer  | 09:00:00
        orders:
        shop | order | buyer | created_at          | paid_at
        -----+-------+-------+---------------------+--------------------
        s2   | o1    | b1    | 2026-09-30 09:00:00 | 2026-09-30 09:00:00
        s1   | o2    | b1    | 2026-09-30 09:00:00 |
        s1   | o3    |       | 2026-09-30 09:00:00 | 2026-09-30 09:00:00
        """
    assert figure(table, "inquiries") == (1, None)


def test_an_inquiry_counts_for_everybody_and_every_hour_with_a_message_to_assess():
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b1    | buyer  |       | 10:00:00
        b1    | agent  | mo    | 10:00:10
        b2    | buyer  |       | 10:30:00
        """
    assert figure(table, "inquiries") == (2, None)
    assert by("agent", table, "inquiries") == {"lin": (1, None), "mo": (1, None), None: (1, None)}
    assert by("hour", table, "inquiries") == {9: (1, None), 10: (2, None)}


# Credit (rules 24 to 27)


def chat_and_order(chat: str, paid: str = "2026-10-03 12:00:00", agent: str = "", amount: str = "100.00") -> str:
    return f"""
        sender | agent | sent_at
        -------+-------+--------
        {chat}
        orders:
        order | buyer | agent | created_at          | paid_at | amount
        ------+-------+-------+---------------------+---------+-------
        o1    | b1    | {agent} | 2026-10-03 10:00:00 | {paid} | {amount}
        """


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("2026-10-03 12:00:00", ("chat", "lin")),  # in the second of the payment
        ("2026-10-03 12:00:01", ("silent", None)),
        ("2026-10-01 00:00:00", ("chat", "lin")),  # the first instant of the third day back
        ("2026-09-30 23:59:59", ("silent", None)),
    ],
)
def test_the_last_person_before_the_payment_owns_the_order(said: str, found: tuple[str, str | None]):
    assert owner(chat_and_order(f"agent | lin | {said}")) == found


def test_the_days_of_a_credit_are_the_shops():
    table = """
        shop | sender | agent | sent_at
        -----+--------+-------+--------------------------
        s1   | agent  | lin   | 2026-10-30T23:59:59-04:00
        orders:
        shop | order | buyer | created_at                | paid_at
        -----+-------+-------+---------------------------+--------------------------
        s1   | o1    | b1    | 2026-11-01T23:00:00-05:00 | 2026-11-01T23:59:59-05:00
        """
    here = Rules(timezone_of={"s1": "America/New_York"}, credit_days=2)
    assert order_credits(world(table), here)["s1", "o1"].how == "silent"
    assert order_credits(world(table), replace(here, credit_days=3))["s1", "o1"].owner == "lin"


def test_in_one_second_the_order_of_messages_decides():
    chat = """agent    | lin | 2026-10-03 12:00:00
        assisted | mo  | 2026-10-03 12:00:00"""
    assert owner(chat_and_order(chat)) == ("chat", "lin")


def test_robots_own_nothing():
    chat = """agent | lin | 2026-10-03 11:00:00
        bot   | mo  | 2026-10-03 11:30:00"""
    assert owner(chat_and_order(chat)) == ("chat", "lin")


def test_without_a_chat_the_agent_on_the_orders_own_row_owns_it():
    assert owner(chat_and_order("buyer | | 2026-10-03 11:00:00", agent="chen")) == ("row", "chen")
    assert owner(chat_and_order("agent | lin | 2026-10-03 11:00:00", agent="chen")) == ("chat", "lin")


def test_an_order_whose_buyer_is_hidden_is_of_unknown_owner_and_not_silent():
    table = """
        orders:
        order | agent | created_at | paid_at
        ------+-------+------------+---------
        o1    |       | 09:00:00   | 09:00:00
        o2    | chen  | 09:00:00   | 09:00:00
        """
    assert credited(table, "o1").how == "unknown"
    assert credited(table, "o2").owner == "chen"
    assert figure(table, "silent_orders") == (0, None)


@pytest.mark.parametrize("agent", ["", "chen"])
def test_when_nobody_knows_who_wrote_last_the_order_goes_to_nobody_else(agent: str):
    chat = """agent | lin | 2026-10-03 11:00:00
        agent |     | 2026-10-03 11:30:00"""
    assert owner(chat_and_order(chat, agent=agent)) == ("unknown", None)


def test_an_order_neither_paid_nor_done_has_no_owner_at_all():
    assert order_credits(world(chat_and_order("agent | lin | 2026-10-03 11:00:00", paid="")), Rules()) == {}


def test_last_before_the_order_asks_about_the_placing():
    chat = """agent | lin | 2026-10-03 10:00:00
        agent | mo  | 2026-10-03 10:00:01"""
    assert owner(chat_and_order(chat)) == ("chat", "mo")
    assert owner(chat_and_order(chat), credit="last_before_order") == ("chat", "lin")


TURNS = """buyer | | 2026-10-02 23:00:00
        agent | lin | 2026-10-03 09:00:00
        buyer | | 2026-10-03 09:01:00
        agent | mo  | 2026-10-03 09:02:00
        agent | lin | 2026-10-03 09:03:00
        agent | lin | 2026-10-03 09:04:00"""


def test_most_turns_counts_answers_and_begins_anew_each_day():
    # Lin wrote three times and answered nothing: the question of the evening before is of another day.
    assert owner(chat_and_order(TURNS), credit="most_turns") == ("chat", "mo")


def test_as_many_turns_go_to_who_wrote_last():
    chat = (
        TURNS
        + """
        buyer | | 2026-10-03 09:05:00
        agent | chen | 2026-10-03 09:06:00"""
    )
    assert owner(chat_and_order(chat), credit="most_turns") == ("chat", "chen")
    unanswered = """agent | mo | 2026-10-03 09:00:00
        agent | lin | 2026-10-03 09:01:00"""
    assert owner(chat_and_order(unanswered), credit="most_turns") == ("chat", "lin")


def test_a_robot_in_between_takes_no_turn_away_unless_its_answer_ends_it():
    chat = """buyer | | 2026-10-03 09:00:00
        bot   | | 2026-10-03 09:00:01
        agent | mo  | 2026-10-03 09:01:00
        agent | lin | 2026-10-03 09:02:00"""
    assert owner(chat_and_order(chat), credit="most_turns") == ("chat", "mo")
    assert owner(chat_and_order(chat), credit="most_turns", bot_reply="clears") == ("chat", "lin")


def test_the_first_named_person_of_the_days_owns_it_under_first():
    chat = """agent |     | 2026-10-01 09:00:00
        agent | mo  | 2026-10-01 09:01:00
        agent | lin | 2026-10-03 09:00:00"""
    assert owner(chat_and_order(chat), credit="first") == ("chat", "mo")


@pytest.mark.parametrize("rule", ["most_turns", "first", "even"])
def test_who_is_not_known_takes_no_part(rule: str):
    assert owner(chat_and_order("agent | | 2026-10-03 09:00:00", agent="chen"), credit=rule) == ("unknown", None)


def test_an_even_split_gives_odd_fen_to_who_wrote_last():
    chat = """agent | lin  | 2026-10-03 09:00:00
        agent | mo   | 2026-10-03 09:01:00
        agent | chen | 2026-10-03 09:02:00
        agent | lin  | 2026-10-03 09:03:00
        agent |      | 2026-10-03 09:04:00"""
    third = Fraction(1, 3)
    assert credited(chat_and_order(chat, amount="100.01"), credit="even").shares == (
        ("lin", third, Decimal("33.34")),
        ("chen", third, Decimal("33.34")),
        ("mo", third, Decimal("33.33")),
    )
    assert split(Decimal("0.02"), 3) == [Decimal("0.01"), Decimal("0.01"), Decimal("0.00")]


def test_two_accounts_of_one_person_share_nothing():
    table = (
        chat_and_order("""agent | a1 | 2026-10-03 09:00:00
        agent | a2 | 2026-10-03 09:01:00""")
        + """
        accounts:
        account | agent
        --------+------
        a1      | lin
        a2      | lin
        """
    )
    assert credited(table, credit="even").shares == (("lin", 1, Decimal("100.00")),)
    assert figure(table, "assisted_orders") is None


def test_an_account_is_its_owners_on_the_day_of_the_message():
    accounts = """
        accounts:
        account | agent | valid_from | valid_to
        --------+-------+------------+-----------
        a1      | lin   |            | 2026-10-02
        a1      | mo    | 2026-10-03 |
        a1      | zhao  | 2026-09-01 | 2026-10-01
        """
    assert owner(chat_and_order("agent | a1 | 2026-10-02 23:59:59") + accounts) == ("chat", "lin")
    assert owner(chat_and_order("agent | a1 | 2026-10-03 00:00:00") + accounts) == ("chat", "mo")
    # Of spans that overlap the one that began last.
    assert owner(chat_and_order("agent | a1 | 2026-10-01 23:59:59") + accounts) == ("chat", "zhao")


def test_who_wrote_and_does_not_own_the_order_helped():
    chat = """agent | mo  | 2026-10-03 09:00:00
        agent | mo  | 2026-10-03 09:30:00
        agent | zhao | 2026-09-30 09:00:00
        agent | lin | 2026-10-03 10:30:00"""
    assert by("agent", chat_and_order(chat), "assisted_orders") == {"mo": (1, None)}
    # In an even split everybody owns it.
    assert figure(chat_and_order(chat), "assisted_orders", credit="even") is None


def test_an_order_nobody_knows_the_owner_of_had_help_from_those_who_are_known():
    chat = """agent | mo  | 2026-10-03 09:00:00
        agent |     | 2026-10-03 09:30:00"""
    assert by("agent", chat_and_order(chat), "assisted_orders") == {"mo": (1, None)}


# Conversion (rules 28 and 29)


@pytest.mark.parametrize(
    ("paid", "chosen", "converted"),
    [
        ("09:00:00", {"aftersale_days": 0}, True),  # at the very instant of the question
        ("08:59:59", {"aftersale_days": 0}, False),
        ("2026-10-03 23:59:59", {}, True),
        ("2026-10-04 00:00:00", {}, False),
        ("2026-10-04 00:00:00", {"conversion_days": 4}, True),
        ("2026-10-04 00:00:00", {"conversion_hours": 72}, True),
        ("2026-10-04 09:00:00", {"conversion_hours": 72}, True),
        ("2026-10-04 09:00:01", {"conversion_hours": 72}, False),
    ],
)
def test_an_inquiry_converts_until_the_end_of_its_third_day(paid: str, chosen: dict[str, Any], converted: bool):
    table = f"""
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 07:00:00
        buyer  |       | 09:00:00
        orders:
        order | buyer | created_at | paid_at
        ------+-------+------------+--------
        o1    | b1    | 06:00:00   | {paid}
        """
    assert verdict(table, **chosen).converted is converted


def test_who_answered_the_question_and_did_not_bring_the_order_did_not_convert():
    table = """
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        agent  | lin   | 09:00:10
        buyer  |       | 09:10:00
        agent  | mo    | 09:10:10
        agent  | chen  | 09:20:00
        orders:
        order | buyer | created_at | paid_at
        ------+-------+------------+---------
        o1    | b1    | 09:10:20   | 10:00:00
        agents:
        agent | group | role
        ------+-------+--------
        lin   | 一组  | presale
        mo    | 二组  | presale
        chen  | 一组  | lead
        """
    assert figure(table, "inquiry_conversion") == (1, 1)
    # Chen brought it and answered nothing that was assessed.
    assert by("agent", table, "inquiry_conversion") == {"lin": (0, 1), "mo": (0, 1)}
    # His team answered and brought it.
    assert by("group", table, "inquiry_conversion") == {"一组": (1, 1), "二组": (0, 1)}
    assert by("agent", table, "converted_inquiries") == {"lin": (0, None), "mo": (0, None)}
    # Before the order was placed the last was Mo.
    assert by("agent", table, "order_conversion") == {"lin": (0, 1), "mo": (1, 1)}
    assert by("agent", table, "inquiry_conversion", credit="even") == {"lin": (1, 1), "mo": (1, 1)}


def test_an_order_that_was_placed_and_not_paid_is_no_conversion_but_one_placed():
    table = """
        sender | sent_at
        -------+---------
        buyer  | 09:00:00
        orders:
        order | buyer | created_at
        ------+-------+-----------
        o1    | b1    | 09:10:00
        """
    assert figure(table, "inquiry_conversion") == (0, 1)
    assert figure(table, "order_conversion") == (1, 1)


def test_what_nobody_answered_and_nobody_brought_is_a_conversion_of_nobodys():
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:00:30
        orders:
        order | buyer | created_at | paid_at
        ------+-------+------------+---------
        o1    | b1    | 10:00:00   | 10:00:00
        o2    | b2    | 10:00:00   | 10:00:00
        """
    assert by("agent", table, "inquiry_conversion") == {None: (1, 1), "lin": (1, 1)}


# Orders placed (rule 30)

PLACED = """
    buyer | sender | agent | sent_at
    ------+--------+-------+---------
    b1    | agent  | lin   | 09:00:00
    b1    | agent  | mo    | 09:30:00
    orders:
    order | buyer | created_at          | paid_at
    ------+-------+---------------------+--------------------
    o1    | b1    | 09:00:00            | 2026-11-05 09:00:00
    o2    | b1    | 09:10:00            |
    o3    |       | 09:10:00            |
    o4    |       | 09:10:00            | 09:10:00
    o5    | b2    | 2026-09-30 23:59:59 | 09:00:00
    """


def test_orders_are_followed_from_the_day_they_were_placed_whenever_they_are_paid():
    assert figure(PLACED, "final_order_rate") == (2, 4)
    assert by("agent", PLACED, "final_order_rate") == {"lin": (1, 2), None: (1, 2)}


def test_a_buyer_pays_once_and_a_hidden_one_stands_for_one_each():
    assert figure(PLACED, "payment_conversion") == (2, 3)
    assert by("agent", PLACED, "payment_conversion") == {"lin": (1, 1), None: (1, 2)}


# Sales (rules 31 to 33)

SOLD = """
    buyer | sender | agent | sent_at
    ------+--------+-------+---------
    b1    | agent  | lin   | 09:00:00
    b2    | agent  | lin   | 09:00:00
    b2    | agent  | mo    | 09:30:00
    orders:
    order | buyer | created_at | paid_at             | amount | quantity | refunded_amount
    ------+-------+------------+---------------------+--------+----------+----------------
    o1    | b1    | 09:00:00   | 10:00:00            | 100.00 | 1        |
    o2    | b1    | 09:00:00   | 2026-10-02 10:00:00 | 50.00  | 2        |
    o3    | b2    | 09:00:00   | 10:00:00            | 30.01  | 3        | 10.00
    o4    | b3    | 09:00:00   | 10:00:00            | 7.00   | 1        |
    o5    |       | 09:00:00   | 10:00:00            | 5.00   |          |
    o6    |       | 09:00:00   | 10:00:00            | 5.00   |          |
    o7    | b1    | 09:00:00   | 2026-11-01 00:00:00 | 999.00 | 9        |
    """
REFUNDED = (
    SOLD
    + """
    refunds:
    refund | order | applied_at          | completed_at        | amount | type          | status
    -------+-------+---------------------+---------------------+--------+---------------+--------
    r1     | o1    | 2026-12-01 09:00:00 | 2026-12-02 09:00:00 | 20.00  | return_refund | success
    r2     | o1    | 2026-12-01 09:00:00 | 2026-12-02 09:00:00 | 90.00  | refund_only   | success
    r3     | o2    | 2026-10-03 09:00:00 |                     | 50.00  | return_refund | pending
    r4     | o4    | 2026-10-03 09:00:00 | 2026-10-04 09:00:00 |        | refund_only   | success
    """
)


def test_the_rows_of_sales_add_up_to_the_shop_with_nobodys_among_them():
    assert figure(SOLD, "sales_amount") == (Decimal("197.01"), None)
    assert by("agent", SOLD, "sales_amount") == {"lin": (150, None), "mo": (Decimal("30.01"), None), None: (17, None)}
    assert by("agent", SOLD, "orders") == {"lin": (2, None), "mo": (1, None), None: (3, None)}
    assert by("agent", SOLD, "silent_orders") == {"lin": (0, None), "mo": (0, None), None: (1, None)}


def test_an_order_is_sold_on_the_day_of_its_event():
    assert by("day", SOLD, "orders") == {date(2026, 10, 1): (5, None), date(2026, 10, 2): (1, None)}


def test_a_buyer_of_two_days_is_one_buyer_and_hidden_ones_are_one_each():
    assert figure(SOLD, "buyers") == (5, None)
    assert by("day", SOLD, "buyers") == {date(2026, 10, 1): (5, None), date(2026, 10, 2): (1, None)}
    assert by("agent", SOLD, "average_order_value") == {"lin": (150, 1), "mo": (Decimal("30.01"), 1), None: (17, 3)}
    assert by("agent", SOLD, "items_per_buyer") == {"lin": (3, 1), "mo": (3, 1), None: (1, 3)}


def test_the_same_name_in_two_shops_is_two_buyers():
    table = """
        orders:
        shop | order | buyer | created_at | paid_at
        -----+-------+-------+------------+---------
        s1   | o1    | b1    | 09:00:00   | 10:00:00
        s2   | o1    | b1    | 09:00:00   | 10:00:00
        """
    assert figure(table, "buyers") == (2, None)


def test_net_sales_take_every_refund_that_succeeded_but_no_more_than_the_order():
    # o1 gave back more than it brought; o2's is pending; o3's is on its own row.
    assert by("agent", REFUNDED, "net_sales_amount") == {"lin": (50, None), "mo": (Decimal("20.01"), None), None: (17, None)}


def test_only_a_refund_that_succeeded_silences_what_the_orders_own_row_says():
    def told(status: str, kind: str) -> str:
        return f"""
            {SOLD}
            refunds:
            refund | order | applied_at | amount | status   | type
            -------+-------+------------+--------+----------+---------
            r1     | o3    | 11:00:00   | 12.00  | {status} | {kind}
            """

    for status, kind in (("closed", "refund_only"), ("pending", "refund_only"), ("success", "exchange")):
        assert by("agent", told(status, kind), "net_sales_amount")["mo"] == (Decimal("20.01"), None)
        assert by("agent", told(status, kind), "refund_rate")["mo"] == (1, 1)
    assert by("agent", told("success", "refund_only"), "net_sales_amount")["mo"] == (Decimal("18.01"), None)


def test_refunds_are_of_the_orders_of_the_period_whenever_they_came():
    assert by("agent", REFUNDED, "refund_rate") == {"lin": (1, 2), "mo": (1, 1), None: (1, 3)}
    assert by("agent", REFUNDED, "return_rate") == {"lin": (1, 2), "mo": (0, 1), None: (0, 3)}
    assert figure(REFUNDED, "refund_rate") == (3, 6)


def test_a_split_order_counts_by_its_shares():
    assert by("agent", REFUNDED, "orders", credit="even") == {"lin": (Fraction(5, 2), None), "mo": (Fraction(1, 2), None), None: (3, None)}
    half = {"lin": Decimal("165.00"), "mo": Decimal("15.01"), None: Decimal("17.00")}
    assert by("agent", REFUNDED, "sales_amount", credit="even") == {agent: (yuan, None) for agent, yuan in half.items()}
    assert by("agent", REFUNDED, "net_sales_amount", credit="even")["mo"] == (Decimal("10.01"), None)
    assert by("agent", REFUNDED, "items_per_buyer", credit="even")["mo"] == (Fraction(3, 2), 1)
    assert by("agent", REFUNDED, "refund_rate", credit="even")["lin"] == (Fraction(3, 2), Fraction(5, 2))


# Targets (rule 36)

TARGETS = (
    SOLD
    + """
    targets:
    month   | shop | agent | metric          | target
    --------+------+-------+-----------------+-------
    2026-10 |      | lin   | sales_amount    | 300
    2026-10 | s1   | lin   | sales_amount    | 100
    2026-11 |      | lin   | sales_amount    | 700
    2026-10 | s1   | mo    | sales_amount    | 40
    2026-10 | s2   | mo    | sales_amount    | 60
    2026-10 |      | mo    | reply_rate_30s  | 0.9
    2026-10 | s1   |       | sales_amount    | 1000
    2026-10 | s2   |       | sales_amount    | 500
    agents:
    agent | group
    ------+------
    lin   | 一组
    mo    | 一组
    """
)


def test_an_agents_target_of_all_shops_goes_before_the_sum_of_those_of_each():
    assert by("agent", TARGETS, "target_completion") == {"lin": (150, 300), "mo": (Decimal("30.01"), 100), None: (17, 0)}
    assert by("shop agent", TARGETS, "target_completion") == {
        ("s1", "lin"): (150, 100),
        ("s1", "mo"): (Decimal("30.01"), 40),
        ("s2", "mo"): (0, 60),
        ("s1", None): (17, 0),
    }


def test_every_month_a_period_touches_counts_in_full():
    found = by("agent", TARGETS, "target_completion", date(2026, 10, 31), date(2026, 11, 1))
    # What was sold in November nobody had written about.
    assert found == {"lin": (0, 1000), "mo": (0, 100), None: (999, 0)}
    day = date(2026, 10, 2)
    assert by("agent day", TARGETS, "target_completion", day, day)["lin", day] == (50, 300)


def test_a_team_has_its_members_targets_and_a_shop_its_own():
    assert by("group", TARGETS, "target_completion") == {"一组": (Decimal("180.01"), 400), None: (17, 0)}
    assert figure(TARGETS, "target_completion") == (Decimal("197.01"), 1500)
    assert by("shop", TARGETS, "shop_sales_completion") == {"s1": (Decimal("197.01"), 1000), "s2": (0, 500)}


# Visitors (rules 34 and 46)

VISITED = (
    SOLD
    + """
    traffic:
    day        | visitors | ad_spend | ad_sales
    -----------+----------+----------+---------
    2026-10-01 | 12       | 10.00    | 50.00
    2026-10-03 | 8        | 5.00     |
    messages:
    buyer | sender | agent | sent_at
    ------+--------+-------+---------
    b1    | buyer  |       | 08:30:00
    b1    | agent  | lin   | 09:00:00
    b2    | agent  | lin   | 09:00:00
    b2    | agent  | mo    | 09:30:00
    """
)


def test_silent_buyers_are_of_the_visitors_who_did_not_ask():
    assert figure(VISITED, "silent_conversion") == (1, 19)
    assert by("day", VISITED, "silent_conversion") == {date(2026, 10, 1): (1, 11), date(2026, 10, 3): (0, 8)}
    assert by("agent", VISITED, "silent_conversion") == {}


def test_a_buyer_who_was_also_served_did_not_buy_in_silence_only():
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-08 09:00:00
        orders:
        order | buyer | created_at          | paid_at
        ------+-------+---------------------+--------------------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:00
        o2    | b1    | 2026-10-08 10:00:00 | 2026-10-08 10:00:00
        traffic:
        day        | visitors
        -----------+---------
        2026-10-01 | 10
        2026-10-08 | 10
        """
    assert figure(table, "silent_conversion") == (0, 20)
    assert by("day", table, "silent_conversion") == {date(2026, 10, 1): (1, 10), date(2026, 10, 8): (0, 10)}


def test_without_visitors_to_spare_silent_conversion_has_no_value():
    found = figure(VISITED.replace("| 12 ", "| 1 "), "silent_conversion", last=FIRST)
    assert found is not None
    assert value(found) is None
    assert figure(SOLD, "silent_conversion") is None


def test_buyers_of_days_without_traffic_are_not_among_the_visitors_buyers():
    assert figure(VISITED, "visitor_conversion") == (5, 20)
    assert by("shop day", VISITED, "visitor_conversion") == {("s1", date(2026, 10, 1)): (5, 12), ("s1", date(2026, 10, 3)): (0, 8)}


def test_advertising_returns_what_it_sold_over_what_it_cost():
    assert figure(VISITED, "ad_roi") == (50, 15)
    assert by("day", VISITED, "ad_roi") == {date(2026, 10, 1): (50, 10), date(2026, 10, 3): (0, 5)}


# Urging (rule 35)


@pytest.mark.parametrize(
    ("said", "paid", "found"),
    [
        ("2026-10-01 09:00:00", "", None),  # in the instant it was placed
        ("2026-10-01 09:00:01", "", (0, 1)),
        ("2026-10-04 09:00:00", "", (0, 1)),  # 72 hours to the second
        ("2026-10-04 09:00:01", "", None),
        ("2026-10-02 09:00:00", "2026-10-02 09:00:00", None),  # in the instant it was paid
        ("2026-10-02 08:59:59", "2026-10-02 09:00:00", (1, 1)),
        ("2026-10-02 09:00:00", "2026-10-03 09:00:00", (1, 1)),  # 24 hours to the second
        ("2026-10-02 09:00:00", "2026-10-03 09:00:01", (0, 1)),
    ],
)
def test_an_urge_comes_within_seventy_two_hours_and_works_within_twenty_four(said: str, paid: str, found: Figure | None):
    table = f"""
        sender | agent | sent_at
        -------+-------+--------
        agent  | lin   | {said}
        agent  | mo    | 2026-10-09 09:00:00
        orders:
        order | buyer | created_at          | paid_at
        ------+-------+---------------------+--------
        o1    | b1    | 2026-10-01 09:00:00 | {paid}
        """
    assert figure(table, "urge_conversion") == found
    assert figure(table, "urge_conversion", platform_of={"s1": "pdd"}) is None


def test_only_the_first_urge_counts_for_its_author_and_day():
    table = """
        sender | agent | sent_at
        -------+-------+--------------------
        bot    | zhao  | 2026-10-01 09:30:00
        agent  | lin   | 2026-10-01 10:00:00
        agent  | mo    | 2026-10-02 10:00:00
        orders:
        order | buyer | created_at          | paid_at
        ------+-------+---------------------+--------------------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-02 11:00:00
        """
    assert by("agent day hour", table, "urge_conversion") == {("lin", FIRST, 10): (0, 1)}


# Whose an after-sale event is (rule 37)


def complained(row_agent: str = "", order: str = "", buyer: str = "b1", chat: str = "", order_agent: str = "") -> dict[Any, Figure]:
    return by(
        "agent",
        f"""
        sender | agent | sent_at
        -------+-------+--------------------
        {chat}
        complaints:
        complaint | buyer   | order   | agent       | filed_at            | upheld
        ----------+---------+---------+-------------+---------------------+-------
        c1        | {buyer} | {order} | {row_agent} | 2026-10-31 12:00:00 | yes
        orders:
        order | buyer | agent         | created_at          | paid_at
        ------+-------+---------------+---------------------+--------------------
        o1    | b1    | {order_agent} | 2026-08-31 12:00:00 | 2026-08-31 12:00:00
        """,
        "complaint_rate",
    )


WROTE = "agent | mo | 2026-10-20 12:00:00"


def test_an_event_is_the_agents_on_its_row_else_the_order_owners_else_of_who_wrote_last():
    assert complained("lin", "o1", chat=WROTE, order_agent="chen") == {"lin": (1, 0)}
    assert complained("", "o1", chat=WROTE, order_agent="chen") == {"chen": (1, 0)}
    assert complained("", "o1", chat=WROTE) == {"mo": (1, 0)}
    assert complained("", "o9", chat=WROTE) == {"mo": (1, 0)}
    # The order knows the buyer the row does not name.
    assert complained("", "o1", buyer="", chat=WROTE) == {"mo": (1, 0)}
    assert complained("", "", buyer="", chat=WROTE) == {None: (1, 0)}


@pytest.mark.parametrize(
    ("said", "agent"),
    [
        ("2026-10-31 12:00:00", "mo"),
        ("2026-10-31 12:00:01", None),
        ("2026-10-01 12:00:01", "mo"),
        ("2026-10-01 12:00:00", None),  # 30 days to the second
    ],
)
def test_who_wrote_last_is_looked_for_in_the_thirty_days_before(said: str, agent: str | None):
    assert complained(chat=f"agent | mo | {said}") == {agent: (1, 0)}


def test_an_event_is_not_passed_on_from_an_unknown_writer_to_an_earlier_one():
    chat = f"""{WROTE}
        agent | | 2026-10-21 12:00:00"""
    assert complained(chat=chat) == {None: (1, 0)}


# The trailing 30 days (rule 38)

DISPUTED = """
    orders:
    order | buyer | agent | created_at          | paid_at
    ------+-------+-------+---------------------+--------------------
    o1    | b1    | lin   | 2026-10-01 23:59:59 | 2026-10-01 23:59:59
    o2    | b1    | lin   | 2026-10-02 00:00:00 | 2026-10-02 00:00:00
    o3    | b2    | mo    | 2026-10-31 23:59:59 | 2026-10-31 23:59:59
    o4    | b2    | mo    | 2026-11-01 00:00:00 | 2026-11-01 00:00:00
    refunds:
    refund | order | applied_at          | completed_at        | status  | platform_intervened | merchant_liable
    -------+-------+---------------------+---------------------+---------+---------------------+----------------
    r1     | o1    | 2026-10-02 00:00:00 | 2026-10-02 12:00:00 | success | yes                 | yes
    r2     | o1    | 2026-10-02 00:00:00 | 2026-10-31 23:00:00 | success | yes                 | yes
    r3     | o3    | 2026-10-30 00:00:00 | 2026-10-31 00:00:00 | success | yes                 | no
    r4     | o3    | 2026-10-30 00:00:00 | 2026-10-31 00:00:00 | success |                     | yes
    r5     | o3    | 2026-10-30 00:00:00 | 2026-10-31 00:00:00 | closed  | yes                 | yes
    r6     | o3    | 2026-10-30 00:00:00 |                     | success | yes                 | yes
    r7     | o2    | 2026-10-01 22:00:00 | 2026-10-01 23:59:59 | success | yes                 | yes
    r8     |       | 2026-10-31 22:00:00 | 2026-11-01 00:00:00 | success | yes                 | yes
    """


def test_disputes_lost_are_of_the_thirty_days_up_to_the_periods_last():
    # o1 was paid a day too early, and lost within the days: its refunds are one order.
    assert figure(DISPUTED, "dispute_refund_rate", LAST, LAST) == (1, 2)
    assert by("agent", DISPUTED, "dispute_refund_rate", LAST, LAST) == {"lin": (1, 1), "mo": (0, 1)}
    assert by("hour", DISPUTED, "dispute_refund_rate") == {}


def test_by_day_each_day_looks_back_its_own_thirty():
    found = by("day", DISPUTED, "dispute_refund_rate", date(2026, 10, 30), date(2026, 11, 1))
    assert found == {date(2026, 10, 30): (2, 2), LAST: (1, 2), date(2026, 11, 1): (2, 2)}


def test_refunds_take_from_the_asking_to_the_end():
    # r1 12 h, r2 29 days 23 h, r3 and r4 a day each; r5 did not succeed, r6 has no end.
    assert figure(DISPUTED, "avg_refund_hours", LAST, LAST) == (12 + 719 + 24 + 24, 4)
    assert by("agent", DISPUTED, "avg_refund_hours", FIRST, FIRST) == {"lin": (Fraction(7199, 3600), 1)}


# Complaints and after-sale contacts (rules 39 and 40)


def test_a_buyer_complains_once_a_day_and_a_hidden_one_every_time():
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b2    | buyer  |       | 09:00:00
        b2    | agent  | mo    | 09:00:10
        complaints:
        complaint | buyer | agent | filed_at            | upheld
        ----------+-------+-------+---------------------+-------
        c1        | b1    | lin   | 2026-10-01 09:30:00 | yes
        c2        | b1    | mo    | 2026-10-01 23:59:59 | yes
        c3        | b1    | lin   | 2026-10-02 00:00:00 | yes
        c4        | b1    | lin   | 2026-10-03 00:00:00 | no
        c5        | b1    | lin   | 2026-10-04 00:00:00 |
        c6        |       | lin   | 2026-10-05 00:00:00 | yes
        c7        |       | lin   | 2026-10-05 00:00:00 | yes
        """
    assert figure(table, "complaint_rate") == (4, 2)
    assert by("agent", table, "complaint_rate") == {"lin": (4, 1), "mo": (1, 1)}


@pytest.mark.parametrize(
    ("again", "mark", "resolved"),
    [
        ("2026-10-04 09:00:00", "", False),  # 72 hours to the second
        ("2026-10-04 09:00:01", "", True),
        ("2026-10-04 09:00:00", "2026-10-01 | yes", True),
        ("2026-10-04 09:00:01", "2026-10-01 | no", False),
        ("2026-10-04 09:00:00", "2026-10-04 | yes", False),
        ("2026-10-04 07:59:59", "", True),  # outside the window: nothing assessed
    ],
)
def test_an_after_sale_contact_is_resolved_when_the_buyer_does_not_come_again_within_seventy_two_hours(
    again: str, mark: str, resolved: bool
):
    table = f"""
        sender | agent | sent_at
        -------+-------+--------
        buyer  |       | 2026-10-01 09:00:00
        agent  | lin   | 2026-10-01 09:01:00
        buyer  |       | {again}
        orders:
        order | buyer | created_at          | paid_at
        ------+-------+---------------------+--------------------
        o1    | b1    | 2026-09-30 09:00:00 | 2026-09-30 09:00:00
        """ + (f"resolutions:\nbuyer | day | resolved\nb1 | {mark}" if mark else "")
    assert verdict(table).resolved is resolved
    assert by("agent", table, "resolution_rate", last=FIRST) == {"lin": (int(resolved), 1)}


def test_who_comes_again_to_buy_had_his_after_sale_resolved():
    table = """
        sender | sent_at
        -------+--------------------
        buyer  | 2026-10-01 09:00:00
        buyer  | 2026-10-02 09:00:00
        orders:
        order | buyer | created_at          | paid_at
        ------+-------+---------------------+--------------------
        o1    | b1    | 2026-09-30 10:00:00 | 2026-09-30 10:00:00
        """
    assert figure(table, "resolution_rate", aftersale_days=1) == (1, 1)
    assert figure(table, "inquiries", aftersale_days=1) == (1, None)


# Reviews and ratings (rules 41 and 42)

REVIEWS = """
    reviews:
    review | agent | reviewed_at         | stars | followed_up_at      | revised_at          | revised_stars
    -------+-------+---------------------+-------+---------------------+---------------------+--------------
    v1     | lin   | 2026-10-01 09:00:00 | 3     | 2026-10-03 09:00:00 | 2026-11-05 09:00:00 | 4
    v2     | lin   | 2026-10-01 09:00:00 | 1     | 2026-10-03 09:00:01 | 2026-10-05 09:00:00 | 3
    v3     | mo    | 2026-10-01 09:00:00 | 4     |                     |                     |
    v4     | mo    | 2026-10-01 09:00:00 | 2     |                     | 2026-10-31 23:59:59 | 5
    v5     | mo    | 2026-10-01 09:00:00 |       | 2026-10-01 10:00:00 |                     |
    v6     | mo    | 2026-10-01 09:00:00 | 5     |                     | 2026-10-05 09:00:00 | 1
    v7     | chen  | 2026-09-01 09:00:00 | 1     |                     | 2026-10-01 00:00:00 | 5
    """


def test_bad_reviews_are_handled_within_forty_eight_hours():
    assert by("agent", REVIEWS, "bad_review_handling_rate") == {"lin": (1, 2), "mo": (0, 1)}


def test_a_review_is_mended_from_bad_to_good_on_the_day_it_was_changed():
    assert by("agent", REVIEWS, "review_fixes") == {"mo": (1, None), "chen": (1, None)}
    assert by("agent", REVIEWS, "review_fixes", date(2026, 11, 1), date(2026, 11, 30)) == {"lin": (1, None)}


def test_good_reviews_are_good_as_they_stand_now():
    assert by("agent", REVIEWS, "positive_review_rate") == {"lin": (1, 2), "mo": (2, 3)}


def test_who_wrote_before_the_change_mended_the_review():
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-01 08:00:00
        b1    | agent  | mo    | 2026-10-02 08:00:00
        reviews:
        review | buyer | reviewed_at         | stars | revised_at          | revised_stars
        -------+-------+---------------------+-------+---------------------+--------------
        v1     | b1    | 2026-10-01 09:00:00 | 1     | 2026-10-03 09:00:00 | 5
        """
    assert by("agent", table, "review_fixes") == {"mo": (1, None)}
    assert by("agent", table, "bad_review_handling_rate") == {"lin": (0, 1)}


RATINGS = """
    buyer | sender | agent | sent_at
    ------+--------+-------+---------
    b1    | buyer  |       | 09:00:00
    b1    | agent  | lin   | 09:00:10
    b1    | agent  | mo    | 10:00:00
    b2    | agent  | lin   | 09:00:10
    b2    | buyer  |       | 23:30:00
    b3    | buyer  |       | 09:00:00
    ratings:
    rating | buyer | agent | invited_at | rated_at            | stars
    -------+-------+-------+------------+---------------------+------
    t1     | b1    |       | 10:00:00   |                     |
    t2     | b2    | lin   | 23:59:00   | 2026-10-02 00:00:00 | 4
    t3     | b3    | lin   | 09:00:00   | 2026-10-01 09:00:00 | 3
    t4     | b1    |       | 2026-10-03 09:00:00 |            | 5
    t5     | b1    | mo    |            |                     | 5
    """


def test_satisfaction_counts_on_the_day_of_the_rating_or_else_of_the_invitation():
    assert by("day", RATINGS, "satisfaction_rate") == {
        date(2026, 10, 1): (0, 1),
        date(2026, 10, 2): (1, 1),
        date(2026, 10, 3): (1, 1),
    }
    # Mo wrote to b1 last.
    assert by("agent", RATINGS, "satisfaction_rate") == {"lin": (1, 2), "mo": (1, 1)}


def test_contacts_are_invited_for_everybody_who_served_unless_the_row_names_one():
    assert figure(RATINGS, "invite_rate") == (2, 2)
    assert by("agent", RATINGS, "invite_rate") == {"lin": (2, 2), "mo": (1, 1)}
    named = RATINGS.replace("t1     | b1    |    ", "t1     | b1    | mo ")
    assert by("agent", named, "invite_rate") == {"lin": (1, 2), "mo": (1, 1)}
    assert by("hour", named, "invite_rate") == {9: (2, 2), 10: (1, 1)}


# Presence (rules 43 and 44)

ONLINE = """
    presence:
    shop | agent | online_at           | offline_at
    -----+-------+---------------------+--------------------
    s1   | lin   | 2026-10-01 09:00:00 | 2026-10-01 12:00:00
    s1   | lin   | 2026-10-01 11:00:00 | 2026-10-01 13:00:00
    s2   | lin   | 2026-10-01 12:30:00 | 2026-10-01 14:00:00
    s1   | lin   | 2026-10-01 23:30:00 | 2026-10-02 01:00:00
    s1   | mo    | 2026-10-01 09:00:00 | 2026-10-01 10:00:00
    s1   | mo    | 2026-10-01 15:00:00 |
    s1   | mo    | 2026-10-01 16:00:00 | 2026-10-01 16:00:00
    """


def test_two_shops_at_once_are_one_presence_and_two_people_are_two():
    assert by("agent", ONLINE, "online_hours") == {"lin": (Fraction(13, 2), None), "mo": (1, None)}
    assert by("shop", ONLINE, "online_hours") == {"s1": (Fraction(13, 2), None), "s2": (Fraction(3, 2), None)}
    assert figure(ONLINE, "online_hours") == (Fraction(15, 2), None)


def test_a_short_span_within_a_long_one_adds_nothing():
    table = """
        presence:
        agent | online_at | offline_at
        ------+-----------+-----------
        lin   | 09:00:00  | 09:14:00
        lin   | 09:01:00  | 09:02:00
        lin   | 09:03:00  | 09:15:00
        """
    assert figure(table, "online_hours") == (Fraction(1, 4), None)


def test_a_span_over_midnight_belongs_to_both_days_and_to_each_of_its_hours():
    assert by("day", ONLINE, "online_hours") == {FIRST: (Fraction(13, 2), None), date(2026, 10, 2): (1, None)}
    assert by("hour", ONLINE, "online_hours", date(2026, 10, 2))[0] == (1, None)
    assert by("agent hour", ONLINE, "online_hours", last=FIRST)["lin", 23] == (Fraction(1, 2), None)


def test_a_day_that_is_an_hour_longer_has_twenty_five():
    table = """
        presence:
        agent | online_at                 | offline_at
        ------+---------------------------+--------------------------
        lin   | 2026-10-31T00:00:00-04:00 | 2026-11-02T00:00:00-05:00
        """
    found = by("day", table, "online_hours", FIRST, date(2026, 11, 30), timezone_of={"s1": "America/New_York"})
    assert found == {LAST: (24, None), date(2026, 11, 1): (25, None)}
    assert by("hour", table, "online_hours", date(2026, 11, 1), date(2026, 11, 1), timezone_of={"s1": "America/New_York"})[1] == (2, None)


OPEN = """
    buyer | sender | agent | sent_at
    ------+--------+-------+---------
    b1    | buyer  |       | 09:00:00
    b1    | agent  | lin   | 09:10:00
    b1    | agent  | mo    | 10:00:00
    b2    | buyer  |       | 09:10:00
    b2    | agent  | lin   | 09:20:00
    b3    | buyer  |       | 09:20:01
    b3    | agent  | lin   | 09:30:00
    b4    | agent  | lin   | 09:00:00
    b4    | buyer  |       | 09:10:00
    b5    | buyer  |       | 09:10:00
    b5    | bot    |       | 11:00:00
    """


def test_a_contact_is_open_from_the_buyers_first_message_to_the_last_of_the_people_ends_included():
    assert figure(OPEN, "peak_concurrency") == (2, None)
    assert by("agent", OPEN, "peak_concurrency") == {"lin": (2, None), "mo": (1, None)}
    assert by("agent", OPEN.replace("09:10:00\n    b1    | agent  | mo", "09:09:59\n    b1    | agent  | mo"), "peak_concurrency") == {
        "lin": (1, None),
        "mo": (1, None),
    }


def test_an_answer_in_the_second_of_the_question_is_open_for_that_instant():
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:00
        """
    assert figure(table, "peak_concurrency") == (1, None)


# Scores (rule 45)

SCORED = """
    scores:
    shop | agent | metric   | scored_on  | score | by
    -----+-------+----------+------------+-------+-----
         | lin   | qa_score | 2026-10-05 | 80    | wu
         | lin   | qa_score | 2026-10-20 | 90    | wu
         | lin   | qa_score | 2026-10-20 | 100   | chen
         | lin   | qa_score | 2026-11-01 | 10    | wu
    s1   | mo    | qa_score | 2026-10-01 | 70    | wu
         |       | team_progress | 2026-10-01 | 0.95 | chen
    """


def test_scores_are_the_mean_of_the_period_and_the_latest_the_mean_of_its_last_day():
    assert by("agent", SCORED, "qa_score") == {"lin": (270, 3), "mo": (70, 1)}
    assert by("agent", SCORED, "qa_score_latest") == {"lin": (190, 2), "mo": (70, 1)}
    assert by("shop agent", SCORED, "qa_score")[None, "lin"] == (270, 3)
    assert by("agent", SCORED, "team_progress") == {None: (Fraction(0.95), 1)}
    assert by("hour", SCORED, "qa_score") == {}


# Exemptions and leaves (rule 47)

COVERED = """
    buyer | sender | agent | sent_at
    ------+--------+-------+--------------------
    b1    | buyer  |       | 2026-10-01 09:00:00
    b1    | agent  | lin   | 2026-10-01 09:01:00
    b2    | buyer  |       | 2026-10-02 09:00:00
    b2    | agent  | lin   | 2026-10-02 09:01:00
    orders:
    order | buyer | created_at          | paid_at             | amount
    ------+-------+---------------------+---------------------+-------
    o1    | b1    | 2026-10-02 10:00:00 | 2026-10-02 10:00:00 | 100.00
    o2    | b2    | 2026-10-03 10:00:00 | 2026-10-03 10:00:00 | 50.00
    agents:
    agent | group
    ------+------
    lin   | 一组
    """


def test_an_exempt_day_takes_what_happened_on_it_and_nothing_that_follows_from_it():
    table = (
        COVERED
        + """
        exemptions:
        first_day  | covers | reason
        -----------+--------+---------
        2026-10-02 | all    | 系统故障
        """
    )
    # The second's inquiry and order are gone; the first's inquiry still converted, the third's order is still Lin's.
    assert by("agent", table, "inquiry_conversion") == {"lin": (1, 1)}
    assert by("agent", table, "sales_amount") == {"lin": (50, None)}


@pytest.mark.parametrize(
    ("exemption", "left"),
    [
        ("| | 2026-10-01 | 2026-10-03 | response", 150),
        ("| | 2026-10-01 | 2026-10-03 | ", 150),
        ("| | 2026-10-01 | 2026-10-02 | all", 50),
        ("| | 2026-10-01 | | all", 150),
        ("| s2 | 2026-10-01 | 2026-10-03 | all", 150),
        ("pdd | | 2026-10-01 | 2026-10-03 | all", 150),
        ("generic | | 2026-10-01 | 2026-10-03 | all", None),
        ("pdd | s1 | 2026-10-01 | 2026-10-03 | all", None),  # the shop that is named, whatever stands beside it
        ("generic | s2 | 2026-10-01 | 2026-10-03 | all", 150),
    ],
)
def test_an_exemption_is_of_a_shop_a_platform_or_everybody(exemption: str, left: int | None):
    table = f"""{COVERED}
        exemptions:
        platform | shop | first_day | last_day | covers
        {exemption}
        """
    assert figure(table, "sales_amount") == (None if left is None else (left, None))


def test_days_of_leave_leave_an_agents_own_inquiries_and_nothing_else():
    table = (
        COVERED
        + """
        leaves:
        agent | first_day  | last_day
        ------+------------+-----------
        lin   | 2026-10-02 | 2026-10-03
        """
    )
    assert by("agent", table, "inquiry_conversion") == {"lin": (1, 1)}
    assert by("group agent", table, "inquiries") == {("一组", "lin"): (1, None)}
    assert by("group", table, "inquiries") == {"一组": (2, None)}
    assert figure(table, "order_conversion") == (2, 2)
    assert by("agent", table, "sales_amount") == {"lin": (150, None)}


# Certainty (rule 49)


def test_wilsons_interval_is_the_textbooks():
    assert wilson(0, 0) is None
    low, high = wilson(8, 10) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    low, high = wilson(0, 10) or (0, 0)
    assert (low, round(high, 4)) == (0, 0.2775)
    assert wilson(10, 10) == pytest.approx((1 - high, 1))


# On any world

ANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
OPEN_DAYS = (date(2020, 1, 1), date(2030, 1, 1))
ADDITIVE = ("orders", "silent_orders", "assisted_orders", "sales_amount", "net_sales_amount", "review_fixes")


@ANY
@given(worlds(again=True), packs())
def test_shares_of_an_order_add_up_to_one_and_their_amounts_to_its_own_under_every_rule(any_world: World, rules: Rules):
    amounts = {(row.shop_id, row.order_id): row.amount for row in kept(any_world).orders if row.amount is not None}
    for rule in RULES:
        for key, given_to in order_credits(any_world, rules, rule).items():
            assert sum(share for _, share, _ in given_to.shares) == 1
            assert key not in amounts or sum(amount for _, _, amount in given_to.shares) == amounts[key]
            assert len({agent for agent, _, _ in given_to.shares}) == len(given_to.shares)
            assert not set(given_to.helpers) & {agent for agent, _, _ in given_to.shares}


@ANY
@given(st.data())
def test_rows_of_what_is_summed_add_up_however_they_are_grouped(data: st.DataObject):
    any_world, rules = data.draw(worlds()), data.draw(packs())
    first, last = data.draw(periods(any_world))
    keys = data.draw(groupings())
    whole = figures(any_world, rules, (), first, last, ADDITIVE).get((), {})
    parts = figures(any_world, rules, keys, first, last, ADDITIVE)
    for metric in ADDITIVE:
        assert sum(Fraction(found[metric][0]) for found in parts.values() if metric in found) == Fraction(whole.get(metric, (0,))[0])


@ANY
@given(st.data())
def test_a_rate_is_never_more_than_one_where_the_one_is_part_of_the_other(data: st.DataObject):
    any_world, rules = data.draw(worlds()), data.draw(packs())
    keys, (first, last) = data.draw(groupings()), data.draw(periods(any_world))
    parts = (
        "inquiry_conversion",
        "order_conversion",
        "payment_conversion",
        "final_order_rate",
        "urge_conversion",
        "refund_rate",
        "return_rate",
        "resolution_rate",
        "bad_review_handling_rate",
        "positive_review_rate",
        "satisfaction_rate",
        "invite_rate",
    )
    for found in figures(any_world, rules, keys, first, last, parts).values():
        for metric, (over, under) in found.items():
            assert under is not None, metric
            assert 0 <= over <= under, metric
            assert under > 0, metric


@ANY
@given(st.data())
def test_the_order_of_rows_changes_nothing(data: st.DataObject):
    any_world, rules = data.draw(worlds()), data.draw(packs())
    keys, (first, last) = data.draw(groupings()), data.draw(periods(any_world))
    turned = World(**{f.name: list(reversed(getattr(any_world, f.name))) for f in fields(World)})
    assert figures(turned, rules, keys, first, last) == figures(any_world, rules, keys, first, last)


@given(worlds(again=True))
@ANY
def test_drawn_worlds_are_of_known_shops_in_utc(any_world: World):
    for f in fields(any_world):
        for row in getattr(any_world, f.name):
            assert getattr(row, "shop_id", None) in (*ZONE_OF, None)
            assert all(moment.tzinfo is UTC for moment in vars(row).values() if isinstance(moment, datetime))
    assert set(ZONE_OF) == set(PLATFORM_OF)


def test_every_figure_is_absent_where_it_can_not_be_grouped_and_there_where_it_can():
    rich = world(
        REFUNDED.replace("    orders:\n", "    b1    | buyer  |       | 08:59:00\n    orders:\n", 1)
        + """
        traffic:
        day        | visitors | ad_spend | ad_sales
        2026-10-01 | 12       | 10.00    | 50.00
        targets:
        month   | shop | agent | metric       | target
        2026-10 | s1   | lin   | sales_amount | 100
        2026-10 | s1   |       | sales_amount | 100
        complaints:
        complaint | agent | filed_at | upheld | kind
        c1        | lin   | 09:00:00 | yes    | 辱骂
        presence:
        agent | online_at | offline_at
        lin   | 09:00:00  | 10:00:00
        ratings:
        rating | buyer | agent | rated_at | stars
        t1     | b1    | lin   | 10:00:00 | 5
        reviews:
        review | agent | reviewed_at | stars | revised_at | revised_stars
        v1     | lin   | 09:00:00    | 1     | 10:00:00   | 5
        """
    )
    scores = [Score(metric, FIRST, 1.0, "s1", "lin") for metric in SCORES]
    later = Message("s1", "b1", datetime(2026, 10, 2, 3, tzinfo=UTC), "buyer")
    rich = replace(rich, scores=scores, messages=[*rich.messages, later])
    for size in range(len(KEYS) + 1):
        for keys in combinations(KEYS, size):
            there = {metric for found in figures(rich, Rules(), keys, FIRST, LAST).values() for metric in found}
            shop_only = {"silent_conversion", "visitor_conversion", "ad_roi", "shop_sales_completion"}
            no_hour = {metric for metric, (_, known) in METRICS.items() if known == NO_HOUR}
            absent = (shop_only if set(keys) & {"hour", *PEOPLE} else set()) | (no_hour if "hour" in keys else set())
            assert there == set(METRICS) - absent, keys
    assert no_hour >= {"target_completion", "dispute_refund_rate", "avg_refund_hours", *SCORES}
    assert all(set(METRICS[metric][1]) == set(SHOP_ONLY) for metric in shop_only)
