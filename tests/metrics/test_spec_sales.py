"""The manual of sales, one paragraph a test: what an order is, whom it belongs to, and what is counted of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from counting import table

Count = Callable[..., Any]


@pytest.mark.spec("sales_amount")
@pytest.mark.spec("orders")
def test_an_order_belongs_to_who_wrote_last_before_it_was_paid(figures: Count) -> None:
    """付款前最后说话的客服得这一单；正好付款那一秒说的也算，之后说的不算。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        b1    | agent  | mo    | 09:02:00
        b1    | agent  | lin   | 09:02:01
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
    )
    assert found["mo"]["sales_amount"] == (88, None, 88)
    assert found["mo"]["orders"] == (1, None, 1)
    assert found["lin"]["sales_amount"] == (0, None, 0)


@pytest.mark.spec("orders")
def test_of_two_messages_in_one_second_the_one_a_person_typed_is_later(figures: Count) -> None:
    """同一秒有两条人工消息：客服（辅助）在前，客服亲手发的在后，再按消息编号；不看文件里的先后。"""
    found = figures(
        """
        buyer | sender   | agent | sent_at  | id
        ------+----------+-------+----------+---
        b1    | agent    | lin   | 09:01:00 | 7
        b1    | assisted | mo    | 09:01:00 | 8
        b2    | agent    | lin   | 09:01:00 | 6
        b2    | agent    | mo    | 09:01:00 | 5
        b3    | agent    | lin   | 09:01:00 | 3
        b3    | agent    | mo    | 09:01:00 | 4
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:00   | 09:02:00 | 10.00
        o2    | b2    | 09:01:00   | 09:02:00 | 10.00
        o3    | b3    | 09:01:00   | 09:02:00 | 10.00
        """,
        "agent",
    )
    assert found["lin"]["orders"] == (2, None, 2)
    assert found["mo"]["orders"] == (1, None, 1)


@pytest.mark.spec("orders")
def test_a_bot_and_the_buyer_earn_no_order(figures: Count) -> None:
    """机器人、系统、买家自己的消息不决定归属。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | bot    | mo    | 09:01:00
        b1    | system | mo    | 09:01:10
        b1    | buyer  | mo    | 09:01:20
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
    )
    assert found["lin"]["orders"] == (1, None, 1)
    assert "mo" not in found or found["mo"]["orders"] == (0, None, 0)


@pytest.mark.spec("orders")
@pytest.mark.spec("silent_orders")
def test_the_credit_days_begin_at_local_midnight(figures: Count) -> None:
    """归属 3 天：付款当日往前数第三天的 00:00:00 起说的算，前一天 23:59:59 说的不算，订单是静默的。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-01 00:00:00
        b2    | agent  | lin   | 2026-09-30 23:59:59
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-03 23:59:59 | 2026-10-03 23:59:59 | 88.00
        o2    | b2    | 2026-10-03 00:00:00 | 2026-10-03 00:00:00 | 66.00
        """,
        "agent",
        credit_days=3,
    )
    assert found["lin"]["orders"] == (1, None, 1)
    assert found["lin"]["sales_amount"] == (88, None, 88)
    assert found[None]["silent_orders"] == (1, None, 1)
    assert found[None]["sales_amount"] == (66, None, 66)


@pytest.mark.spec("orders")
def test_the_credit_days_are_the_shops_own(figures: Count) -> None:
    """归属的天数按店铺当地的日历日：同一个时刻，在纽约的店还是前一天。"""
    found = figures(
        """
        shop | buyer | sender | agent | sent_at
        -----+-------+--------+-------+--------------------------
        s1   | b1    | agent  | lin   | 2026-10-01 23:30:00+08:00
        ny   | b1    | agent  | zhao  | 2026-10-01 23:30:00+08:00
        orders:
        shop | order | buyer | created_at                | paid_at                   | amount
        -----+-------+-------+---------------------------+---------------------------+-------
        s1   | o1    | b1    | 2026-10-02 00:10:00+08:00 | 2026-10-02 00:10:00+08:00 | 88.00
        ny   | o1    | b1    | 2026-10-02 00:10:00+08:00 | 2026-10-02 00:10:00+08:00 | 88.00
        """,
        "agent",
        credit_days=1,
        zone_of={"ny": "America/New_York"},
    )
    assert found["zhao"]["orders"] == (1, None, 1)
    assert found[None]["silent_orders"] == (1, None, 1)
    assert found["lin"]["orders"] == (0, None, 0)


@pytest.mark.spec("orders")
@pytest.mark.spec("sales_amount")
def test_without_a_chat_the_agent_on_the_orders_own_row_gets_it(figures: Count) -> None:
    """没有聊天的：订单自己那行写明客服的归这位（如京东“促成订单”）；有聊天的以聊天为准。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        orders:
        order | buyer | agent | created_at | paid_at  | amount
        ------+-------+-------+------------+----------+-------
        o1    | b1    | mo    | 09:01:30   | 09:02:00 | 88.00
        o2    | b2    | mo    | 09:01:30   | 09:02:00 | 66.00
        o3    |       | mo    | 09:01:30   | 09:02:00 | 55.00
        """,
        "agent",
    )
    assert found["lin"]["sales_amount"] == (88, None, 88)
    assert found["mo"]["sales_amount"] == (121, None, 121)


@pytest.mark.spec("silent_orders")
def test_an_order_of_a_hidden_buyer_is_not_silent(figures: Count) -> None:
    """没有买家账号的订单无从查聊天，归属不明，不算静默；两种都在“未分配”一行。"""
    found = figures(
        """
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        o2    |       | 09:01:30   | 09:02:00 | 66.00
        """,
        "agent",
    )
    assert found[None]["orders"] == (2, None, 2)
    assert found[None]["silent_orders"] == (1, None, 1)


@pytest.mark.spec("orders")
@pytest.mark.spec("silent_orders")
def test_an_order_is_not_passed_on_when_nobody_knows_who_wrote_last(figures: Count) -> None:
    """最后一条人工消息没有写明是谁：归属不明，不转给更早说话的人，也不算静默，也不看订单上写明的客服。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  |       | 09:01:00
        orders:
        order | buyer | agent | created_at | paid_at  | amount
        ------+-------+-------+------------+----------+-------
        o1    | b1    | mo    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
    )
    assert found[None]["orders"] == (1, None, 1)
    assert found[None]["silent_orders"] == (0, None, 0)
    assert found["lin"]["orders"] == (0, None, 0)


@pytest.mark.spec("orders")
def test_another_shops_chat_earns_nothing_here(figures: Count) -> None:
    """买家只在一家店里是同一位：在别的店聊过，这家店的订单仍是静默的。"""
    found = figures(
        """
        shop | buyer | sender | agent | sent_at
        -----+-------+--------+-------+---------
        s2   | b1    | agent  | zhao  | 09:00:00
        orders:
        shop | order | buyer | created_at | paid_at  | amount
        -----+-------+-------+------------+----------+-------
        s1   | o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
    )
    assert found[None]["silent_orders"] == (1, None, 1)
    assert found["zhao"]["orders"] == (0, None, 0)


@pytest.mark.spec("orders")
def test_a_pack_may_go_by_the_last_before_the_order_was_placed(figures: Count) -> None:
    """口径写 last_before_order 的，看下单（含那一秒）前最后说话的，下单后催付的不算；天数从下单当日往前数。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-01 09:00:00
        b1    | agent  | mo    | 2026-10-01 09:00:01
        b2    | agent  | mo    | 2026-10-01 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:02:00 | 88.00
        o2    | b2    | 2026-10-01 10:00:00 | 2026-10-02 09:02:00 | 66.00
        """,
        "agent",
        credit="last_before_order",
        credit_days=1,
    )
    assert found["lin"]["sales_amount"] == (88, None, 88)
    assert found["mo"]["sales_amount"] == (66, None, 66)


@pytest.mark.spec("orders")
def test_a_pack_may_go_by_who_answered_most_turns(figures: Count) -> None:
    """口径写 most_turns 的，归答复回合最多的客服：前一条是买家消息的人工消息才是一次答复，连着说几句只算一次。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b1    | buyer  |       | 09:00:20
        b1    | bot    |       | 09:00:25
        b1    | agent  | lin   | 09:00:30
        b1    | buyer  |       | 09:00:40
        b1    | agent  | mo    | 09:00:50
        b1    | agent  | mo    | 09:00:51
        b1    | agent  | mo    | 09:00:52
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
        credit="most_turns",
    )
    assert found["lin"]["orders"] == (1, None, 1)
    assert found["mo"]["orders"] == (0, None, 0)


@pytest.mark.spec("orders")
def test_of_as_many_turns_the_one_who_wrote_last_gets_the_order(figures: Count) -> None:
    """回合一样多的，归其中最后说话的；付款之后答复的回合不算。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b1    | buyer  |       | 09:00:20
        b1    | agent  | mo    | 09:00:30
        b1    | agent  | lin   | 09:00:40
        b1    | buyer  |       | 09:02:10
        b1    | agent  | mo    | 09:02:20
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
        credit="most_turns",
    )
    assert found["lin"]["orders"] == (1, None, 1)
    assert found["mo"]["orders"] == (0, None, 0)


@pytest.mark.spec("orders")
def test_turns_begin_anew_every_day(figures: Count) -> None:
    """回合按天从头算：昨天的提问今天第一句主动去说，不是答复。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | buyer  |       | 2026-10-01 22:00:00
        b1    | agent  | lin   | 2026-10-01 22:00:10
        b1    | buyer  |       | 2026-10-01 22:00:20
        b1    | agent  | mo    | 2026-10-02 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-02 09:01:30 | 2026-10-02 09:02:00 | 88.00
        """,
        "agent",
        credit="most_turns",
    )
    assert found["lin"]["orders"] == (1, None, 1)
    assert found["mo"]["orders"] == (0, None, 0)


@pytest.mark.spec("orders")
def test_a_pack_may_go_by_who_wrote_first(figures: Count) -> None:
    """口径写 first 的，归属期内第一条人工消息的作者；没有写明是谁的不参与，归属期之前的不算。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | mo    | 2026-09-30 23:59:59
        b1    | agent  |       | 2026-10-01 08:59:00
        b1    | agent  | lin   | 2026-10-01 09:00:00
        b1    | agent  | mo    | 2026-10-01 09:01:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:01:30 | 2026-10-01 09:02:00 | 88.00
        """,
        "agent",
        credit="first",
        credit_days=1,
    )
    assert found["lin"]["orders"] == (1, None, 1)
    assert found["mo"]["orders"] == (0, None, 0)


@pytest.mark.spec("orders")
@pytest.mark.spec("sales_amount")
def test_a_pack_may_split_an_order_evenly(figures: Count) -> None:
    """口径写 even 的，归属期内说过话的各位平分，份额之和为一；金额按分分，除不尽的分先给最后说话的，合计分毫不差。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | chen  | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b1    | agent  | lin   | 09:00:20
        b1    | agent  |       | 09:00:30
        b1    | agent  | mo    | 09:00:40
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 100.01
        """,
        "agent",
        credit="even",
    )
    assert [found[agent]["orders"] for agent in ("chen", "lin", "mo")] == [(1 / 3, None, 1 / 3)] * 3
    assert found["mo"]["sales_amount"] == (33.34, None, 33.34)
    assert found["lin"]["sales_amount"] == (33.34, None, 33.34)
    assert found["chen"]["sales_amount"] == (33.33, None, 33.33)


@pytest.mark.spec("sales_amount")
def test_the_odd_fen_goes_to_the_later_message_of_one_second(figures: Count) -> None:
    """两人的最后一条在同一秒，除不尽的分按消息的先后给：编号在后的得多的一分。"""
    found = figures(
        """
        buyer | sender | agent | sent_at  | id
        ------+--------+-------+----------+---
        b1    | agent  | lin   | 09:00:00 | 2
        b1    | agent  | mo    | 09:00:00 | 1
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 0.01
        """,
        "agent",
        credit="even",
    )
    assert found["lin"]["sales_amount"] == (0.01, None, 0.01)
    assert found["mo"]["sales_amount"] == (0, None, 0)


@pytest.mark.spec("orders")
@pytest.mark.spec("refund_rate")
def test_an_order_of_six_owners_is_one_order_of_the_shop(figures: Count) -> None:
    """六位平分的一单，在店铺仍是整整一单。"""
    text = """
        sender | agent | sent_at
        -------+-------+---------
        agent  | lin   | 09:00:00
        agent  | mo    | 09:00:01
        agent  | chen  | 09:00:02
        agent  | wu    | 09:00:03
        agent  | zhao  | 09:00:04
        agent  | desk6 | 09:00:05
        orders:
        order | buyer | created_at | paid_at  | amount | refunded_amount
        ------+-------+------------+----------+--------+----------------
        o1    | b1    | 09:01:30   | 09:02:00 | 6.05   | 0.01
        """
    found = figures(text, credit="even")
    assert found["orders"] == (1, None, 1)
    assert found["sales_amount"] == (6.05, None, 6.05)
    assert found["net_sales_amount"] == (6.04, None, 6.04)
    assert found["refund_rate"] == (1, 1, 1)
    assert found["buyers"] == (1, None, 1)


@pytest.mark.spec("orders")
def test_unnamed_messages_alone_leave_the_owner_unknown_under_every_rule(figures: Count) -> None:
    """归属期内的人工消息都没有写明是谁：平分也无从分起，归属不明，不是静默。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  |       | 09:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
        credit="even",
    )
    assert found[None]["orders"] == (1, None, 1)
    assert found[None]["silent_orders"] == (0, None, 0)


@pytest.mark.spec("orders")
@pytest.mark.spec("assisted_orders")
def test_two_accounts_of_one_person_are_one_agent(figures: Count) -> None:
    """同一人的几个账号算一个人：平分时只得一份，回合相加，也不算协助了自己。"""
    accounts = table(
        "accounts",
        {"shop_id": "s1", "account": "desk1", "agent_id": "lin"},
        {"shop_id": "s1", "account": "desk2", "agent_id": "lin"},
    )
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | desk1 | 09:00:00
        b1    | agent  | mo    | 09:00:10
        b1    | agent  | desk2 | 09:00:20
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
        accounts=accounts,
        credit="even",
    )
    assert found["lin"]["orders"] == (0.5, None, 0.5)
    assert found["mo"]["orders"] == (0.5, None, 0.5)
    assert found["lin"]["assisted_orders"] == (0, None, 0)


@pytest.mark.spec("orders")
def test_an_account_is_his_who_had_it_when_the_message_was_sent(figures: Count) -> None:
    """账号换了人：聊天里的账号按说话当日归人，不看付款那天是谁的。"""
    accounts = table(
        "accounts",
        {"shop_id": "s1", "account": "desk1", "agent_id": "lin", "valid_to": date(2026, 10, 1)},
        {"shop_id": "s1", "account": "desk1", "agent_id": "mo", "valid_from": date(2026, 10, 2)},
    )
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | desk1 | 2026-10-01 22:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-02 09:01:30 | 2026-10-02 09:02:00 | 88.00
        """,
        "agent",
        accounts=accounts,
    )
    assert found["lin"]["orders"] == (1, None, 1)


@pytest.mark.spec("assisted_orders")
def test_who_wrote_in_time_without_getting_the_order_assisted(figures: Count) -> None:
    """归属期内说过话而订单不归他的，各记一次协助，说几条都是一次；付款后才说的、没有写明是谁的不记。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | chen  | 2026-09-30 12:00:00
        b1    | agent  | lin   | 2026-10-01 09:00:00
        b1    | agent  | lin   | 2026-10-01 09:00:10
        b1    | agent  |       | 2026-10-01 09:00:20
        b1    | agent  | mo    | 2026-10-01 09:00:30
        b1    | agent  | wu    | 2026-10-01 09:02:01
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:01:30 | 2026-10-01 09:02:00 | 88.00
        """,
        "agent",
        credit_days=1,
    )
    assert found["lin"]["assisted_orders"] == (1, None, 1)
    assert found["mo"]["assisted_orders"] == (0, None, 0)
    assert found["wu"]["assisted_orders"] == (0, None, 0)
    assert found["chen"]["assisted_orders"] == (0, None, 0)


@pytest.mark.spec("orders")
@pytest.mark.spec("sales_amount")
def test_a_pack_says_by_which_event_an_order_is_done(figures: Count) -> None:
    """成交事件按口径：成团的按成团那天计，只付款没成团的不算成交；归属仍看付款时刻。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-01 09:00:00
        b1    | agent  | mo    | 2026-10-01 09:05:00
        orders:
        order | buyer | created_at          | paid_at             | grouped_at          | amount
        ------+-------+---------------------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:01:00 | 2026-10-01 09:02:00 | 2026-10-02 10:00:00 | 88.00
        o2    | b1    | 2026-10-01 09:01:00 | 2026-10-01 09:02:00 |                     | 66.00
        """
    grouped = figures(text, "agent", "day", order_event="grouped_at")
    assert grouped["lin", date(2026, 10, 2)]["sales_amount"] == (88, None, 88)
    assert grouped["lin", date(2026, 10, 1)]["sales_amount"] == (0, None, 0)
    paid = figures(text, "agent", "day", order_event="paid_at")
    assert paid["lin", date(2026, 10, 1)]["sales_amount"] == (154, None, 154)


@pytest.mark.spec("orders")
def test_an_order_without_a_moment_of_payment_was_paid_when_its_group_was_complete(figures: Count) -> None:
    """没有支付时间而有成团时间的，用成团时间当支付时刻；两者都没有的没有成交，下单即成交的口径除外。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:05:00
        orders:
        order | buyer | created_at | grouped_at | amount
        ------+-------+------------+------------+-------
        o1    | b1    | 09:01:00   | 09:03:00   | 88.00
        o2    | b1    | 09:06:00   |            | 66.00
        """
    found = figures(text, "agent")
    assert found["lin"]["sales_amount"] == (88, None, 88)
    assert found["mo"]["sales_amount"] == (0, None, 0)
    placed = figures(text, "agent", order_event="created_at")
    assert placed["mo"]["sales_amount"] == (66, None, 66)


@pytest.mark.spec("sales_amount")
@pytest.mark.spec("items_per_buyer")
def test_lines_of_an_order_become_one_order(figures: Count) -> None:
    """只有明细的订单：金额、件数相加，时间取最早的；明细没有金额的用单价乘件数。自己那行写了的以那行为准。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:04:30
        orders:
        order | buyer | created_at | amount | paid_at
        ------+-------+------------+--------+---------
        o2    | b2    | 09:00:00   | 5.00   | 09:00:00
        order_lines:
        order | line_id | buyer | created_at | paid_at  | amount | unit_price | quantity
        ------+---------+-------+------------+----------+--------+------------+---------
        o1    | 1       | b1    | 09:03:00   | 09:04:00 | 30.45  |            | 1
        o1    | 2       | b1    | 09:02:00   | 09:05:00 |        | 9.90       | 2
        o2    | 1       | b2    | 09:00:00   | 09:00:00 | 7.00   |            | 3
        """,
        "agent",
    )
    assert found["lin"]["orders"] == (1, None, 1)
    assert found["lin"]["sales_amount"] == (50.25, None, 50.25)
    assert found["lin"]["items_per_buyer"] == (3, 1, 3)
    assert found[None]["sales_amount"] == (5, None, 5)
    assert found[None]["items_per_buyer"] == (3, 1, 3)


@pytest.mark.spec("sales_amount")
def test_payments_fill_what_orders_and_lines_leave_open(figures: Count) -> None:
    """金额、支付时间都空着的订单取付款行：金额之和、最早的一笔。付款行对不上任何订单的，不算订单。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:04:00
        orders:
        order | buyer | created_at
        ------+-------+-----------
        o1    | b1    | 09:00:30
        payments:
        order | payment | paid_at  | amount
        ------+---------+----------+-------
        o1    | 1       | 09:05:00 | 80.00
        o1    | 2       | 09:03:00 | 8.00
        o9    | 1       | 09:03:00 | 99.00
        """,
        "agent",
    )
    assert found["lin"]["sales_amount"] == (88, None, 88)
    assert sum(of["orders"][2] for of in found.values()) == 1


@pytest.mark.spec("net_sales_amount")
@pytest.mark.spec("refund_rate")
@pytest.mark.spec("return_rate")
def test_refunds_that_succeeded_are_taken_off_whenever_they_were_made(figures: Count) -> None:
    """去退：只减成功的退款，不论哪天退的；换货没有退钱；每单最多减到 0。退款率、退货率看同样的退款。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:00   | 09:02:00 | 88.00
        o2    | b1    | 09:01:00   | 09:02:00 | 66.00
        o3    | b1    | 09:01:00   | 09:02:00 | 10.00
        o4    | b1    | 09:01:00   | 09:02:00 | 20.00
        refunds:
        refund | order | applied_at          | completed_at        | amount | type          | status
        -------+-------+---------------------+---------------------+--------+---------------+--------
        r1     | o1    | 2026-11-20 09:00:00 | 2026-11-21 09:00:00 | 8.00   | refund_only   | success
        r2     | o2    | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 50.00  | return_refund | success
        r3     | o2    | 2026-10-03 09:00:00 | 2026-10-03 09:00:00 | 50.00  | refund_only   | success
        r4     | o3    | 2026-10-02 09:00:00 |                     | 10.00  | refund_only   | pending
        r5     | o4    | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 20.00  | exchange      | success
        """,
        "agent",
    )
    assert found["lin"]["sales_amount"] == (184, None, 184)
    assert found["lin"]["net_sales_amount"] == (110, None, 110)
    assert found["lin"]["refund_rate"] == (2, 4, 0.5)
    assert found["lin"]["return_rate"] == (1, 4, 0.25)


@pytest.mark.spec("net_sales_amount")
@pytest.mark.spec("refund_rate")
@pytest.mark.spec("return_rate")
def test_an_order_the_refund_table_does_not_know_tells_itself_what_was_refunded(figures: Count) -> None:
    """退款表里没有这一单的，用订单自己那行的已退金额，算退款，不算退货；退款表里有的，以退款表为准。"""
    found = figures(
        """
        orders:
        order | buyer | created_at | paid_at  | amount | refunded_amount
        ------+-------+------------+----------+--------+----------------
        o1    | b1    | 09:01:00   | 09:02:00 | 88.00  | 30.00
        o2    | b1    | 09:01:00   | 09:02:00 | 66.00  | 60.00
        o3    | b1    | 09:01:00   | 09:02:00 | 10.00  | 0.00
        refunds:
        refund | order | applied_at | completed_at | amount | type        | status
        -------+-------+------------+--------------+--------+-------------+--------
        r1     | o2    | 10:00:00   | 11:00:00     | 6.00   | refund_only | success
        """
    )
    assert found["net_sales_amount"] == (128, None, 128)
    assert found["refund_rate"] == (2, 3, 2 / 3)
    assert found["return_rate"] == (0, 3, 0)


@pytest.mark.spec("net_sales_amount")
@pytest.mark.spec("refund_rate")
def test_the_parts_of_a_split_order_are_refunded_in_parts(figures: Count) -> None:
    """平分的订单，退款也按分平分，退款率按份额计。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:00:10
        orders:
        order | buyer | created_at | paid_at  | amount | refunded_amount
        ------+-------+------------+----------+--------+----------------
        o1    | b1    | 09:01:00   | 09:02:00 | 10.01  | 0.03
        """,
        "agent",
        credit="even",
    )
    assert found["mo"]["net_sales_amount"] == (4.99, None, 4.99)
    assert found["lin"]["net_sales_amount"] == (4.99, None, 4.99)
    assert found["lin"]["refund_rate"] == (0.5, 0.5, 1)


@pytest.mark.spec("buyers")
@pytest.mark.spec("average_order_value")
@pytest.mark.spec("items_per_buyer")
def test_a_buyer_counts_once_in_the_whole_period(figures: Count) -> None:
    """整个期间内不同的买家：两天各买一单是一位，按日看则每天一位；没有买家账号的，每单当作一位。"""
    text = """
        orders:
        shop | order | buyer | created_at          | paid_at             | amount | quantity
        -----+-------+-------+---------------------+---------------------+--------+---------
        s1   | o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00  | 1
        s1   | o2    | b1    | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 20.00  | 4
        s1   | o3    |       | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 30.00  | 1
        s1   | o4    |       | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 40.00  |
        s2   | o1    | b1    | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 50.00  | 2
        """
    found = figures(text)
    assert found["buyers"] == (4, None, 4)
    assert found["average_order_value"] == (150, 4, 37.5)
    assert found["items_per_buyer"] == (8, 4, 2)
    daily = figures(text, "shop", "day")
    assert daily["s1", date(2026, 10, 1)]["buyers"] == (1, None, 1)
    assert daily["s1", date(2026, 10, 2)]["buyers"] == (3, None, 3)


@pytest.mark.spec("buyers")
@pytest.mark.spec("average_order_value")
def test_a_buyer_of_two_agents_counts_for_both(figures: Count) -> None:
    """同一买家的两单归两位客服，各计一位买家，店铺只计一位：客单价不能由各客服的推出。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:03:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:00   | 09:02:00 | 30.00
        o2    | b1    | 09:04:00   | 09:05:00 | 50.00
        """
    by_agent = figures(text, "agent")
    assert by_agent["lin"]["average_order_value"] == (30, 1, 30)
    assert by_agent["mo"]["average_order_value"] == (50, 1, 50)
    assert figures(text)["average_order_value"] == (80, 1, 80)


@pytest.mark.spec("sales_amount")
@pytest.mark.spec("orders")
def test_the_rows_of_agents_and_of_nobody_add_up_to_the_shop(figures: Count) -> None:
    """店铺的成交额含静默与归属不明的；各客服加“未分配”一行，正好等于店铺。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:00:10
        b1    | agent  | chen  | 09:00:20
        b3    | agent  |       | 09:00:30
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:00   | 09:02:00 | 0.02
        o2    | b2    | 09:01:00   | 09:02:00 | 66.00
        o3    | b3    | 09:01:00   | 09:02:00 | 10.00
        o4    |       | 09:01:00   | 09:02:00 | 20.00
        o5    | b1    | 09:01:00   |          | 99.00
        """
    by_agent = figures(text, "agent", credit="even")
    assert figures(text, credit="even")["sales_amount"] == (96.02, None, 96.02)
    assert by_agent[None]["sales_amount"] == (96, None, 96)
    assert [by_agent[agent]["sales_amount"][2] for agent in ("lin", "mo", "chen")] == [0, 0.01, 0.01]
    assert sum(of["orders"][2] for of in by_agent.values()) == figures(text, credit="even")["orders"][2] == 4


@pytest.mark.spec("payment_conversion")
@pytest.mark.spec("final_order_rate")
def test_what_was_placed_in_the_period_is_looked_at_as_it_stands_today(figures: Count) -> None:
    """按下单日：付款转化率数买家，最终下单率数订单；以后才付款的也算已付款。没有买家账号的，每单当作一位买家。"""
    found = figures(
        """
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 |                     | 10.00
        o2    | b1    | 2026-10-01 09:10:00 | 2026-10-05 09:00:00 | 10.00
        o3    | b2    | 2026-10-01 09:00:00 |                     | 10.00
        o4    |       | 2026-10-01 09:00:00 |                     | 10.00
        o5    |       | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
        """,
        "day",
    )
    assert found[date(2026, 10, 1)]["payment_conversion"] == (2, 4, 0.5)
    assert found[date(2026, 10, 1)]["final_order_rate"] == (2, 5, 0.4)
    assert found[date(2026, 10, 5)]["final_order_rate"] == (0, 0, None)


@pytest.mark.spec("payment_conversion")
@pytest.mark.spec("final_order_rate")
def test_orders_placed_count_for_who_wrote_last_before_they_were_placed(figures: Count) -> None:
    """按客服看：下单（含那一秒）前最后说话的客服，不论口径的归属规则；下单后别人催来的付款，付款转化仍记在他名下。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:00:01
        b2    | agent  | lin   | 09:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:00:00   | 09:02:00 | 10.00
        o2    | b2    | 09:01:00   |          | 10.00
        o3    | b3    | 09:01:00   | 09:02:00 | 10.00
        """,
        "agent",
    )
    assert found["lin"]["payment_conversion"] == (1, 2, 0.5)
    assert found["lin"]["final_order_rate"] == (1, 2, 0.5)
    assert found["mo"]["payment_conversion"] == (0, 0, None)
    assert found["mo"]["orders"] == (1, None, 1)
    assert found[None]["payment_conversion"] == (1, 1, 1)


@pytest.mark.spec("sales_amount")
@pytest.mark.spec("orders")
@pytest.mark.spec("payment_conversion")
@pytest.mark.spec("assisted_orders")
def test_sales_nobody_imported_are_unknown_and_not_nothing(figures: Count) -> None:
    """从没有导入过订单的，成交各项没有值，不是 0；导入过而这一组没有成交的，才是 0。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        """
    without = figures(text, "agent")
    assert without["lin"]["sales_amount"] == (None, None, None)
    assert without["lin"]["orders"] == (None, None, None)
    assert without["lin"]["payment_conversion"] == (None, None, None)
    assert without["lin"]["assisted_orders"] == (None, None, None)
    orders = """
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b2    | 09:01:00   | 09:02:00 | 10.00
        """
    beside = figures(text + orders, "agent")
    assert beside["lin"]["sales_amount"] == (0, None, 0)
    assert beside["lin"]["average_order_value"] == (0, 0, None)
