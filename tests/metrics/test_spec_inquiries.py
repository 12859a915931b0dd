"""The manual of inquiries, one paragraph a test: who came to buy, who came after a sale, and who bought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from counting import table

Count = Callable[..., Any]


@pytest.mark.spec("inquiries")
def test_a_contact_of_a_buyer_who_paid_lately_is_no_inquiry(figures: Count) -> None:
    """没有在本店付过款的买家来咨询是询单；近日付过款的是售后接待。在别的店付过的不相干。"""
    found = figures(
        """
        shop | buyer | sender | agent | sent_at
        -----+-------+--------+-------+--------------------
        s1   | b1    | buyer  |       | 2026-10-03 09:00:00
        s1   | b2    | buyer  |       | 2026-10-03 09:00:00
        s1   | b3    | buyer  |       | 2026-10-03 09:00:00
        orders:
        shop | order | buyer | created_at          | paid_at             | amount
        -----+-------+-------+---------------------+---------------------+-------
        s1   | o2    | b2    | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
        s2   | o3    | b3    | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
        s1   | o4    | b1    | 2026-10-01 09:00:00 |                     | 10.00
        """
    )
    assert found["inquiries"] == (2, None, 2)
    assert found["consulting_buyers"] == (3, None, 3)


@pytest.mark.spec("inquiries")
def test_the_aftersale_days_are_whole_days_of_24_hours_back_from_the_first_assessed_message(figures: Count) -> None:
    """售后 15 天从第一条考核消息往前数 15×24 小时：正好那一刻付的款已经过期，是询单；晚一秒付的是售后；正好提问那一秒付的也是售后。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-16 09:00:00
        b2    | buyer  | 2026-10-16 09:00:00
        b3    | buyer  | 2026-10-16 09:00:00
        b4    | buyer  | 2026-10-16 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
        o2    | b2    | 2026-10-01 09:00:00 | 2026-10-01 09:00:01 | 10.00
        o3    | b3    | 2026-10-16 08:00:00 | 2026-10-16 09:00:00 | 10.00
        o4    | b4    | 2026-10-16 08:00:00 | 2026-10-16 09:00:01 | 10.00
        """,
        aftersale_days=15,
    )
    assert found["inquiries"] == (2, None, 2)
    assert found["inquiry_conversion"] == (1, 2, 0.5)


@pytest.mark.spec("inquiries")
def test_the_latest_payment_decides_among_several(figures: Count) -> None:
    """付过几次款的，看离得最近的那次：早已过期的旧单不妨碍，以后才付的不算。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-16 09:00:00
        b2    | buyer  | 2026-10-16 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-08-01 09:00:00 | 2026-08-01 09:00:00 | 10.00
        o2    | b1    | 2026-10-10 09:00:00 | 2026-10-10 09:00:00 | 10.00
        o3    | b2    | 2026-08-01 09:00:00 | 2026-08-01 09:00:00 | 10.00
        o4    | b2    | 2026-10-17 09:00:00 | 2026-10-17 09:00:00 | 10.00
        """,
    )
    assert found["inquiries"] == (1, None, 1)
    assert found["converted_inquiries"] == (1, None, 1)


@pytest.mark.spec("inquiries")
def test_with_no_aftersale_days_every_contact_is_an_inquiry(figures: Count) -> None:
    """aftersale_days 为 0：全部咨询接待都是询单，刚付过款的也是；正好提问那一秒付的款算转化。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 09:00:00
        b2    | buyer  | 2026-10-01 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 08:59:00 | 2026-10-01 08:59:59 | 10.00
        o2    | b2    | 2026-10-01 08:59:00 | 2026-10-01 09:00:00 | 10.00
        """,
        aftersale_days=0,
    )
    assert found["inquiries"] == (2, None, 2)
    assert found["converted_inquiries"] == (1, None, 1)


@pytest.mark.spec("inquiries")
@pytest.mark.spec("converted_inquiries")
def test_an_inquiry_begins_with_its_first_assessed_message(figures: Count) -> None:
    """从第一条考核消息算起：时段外先问的那句不算，之后付款、再到时段内才有考核消息的，是售后接待。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 07:00:00
        b1    | buyer  | 2026-10-01 09:00:00
        b2    | buyer  | 2026-10-01 07:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 08:00:00 | 2026-10-01 08:00:00 | 10.00
        o2    | b2    | 2026-10-01 08:00:00 | 2026-10-01 08:00:00 | 10.00
        """
    )
    assert found["consulting_buyers"] == (1, None, 1)
    assert found["inquiries"] == (0, None, 0)
    assert found["converted_inquiries"] == (0, None, 0)


@pytest.mark.spec("converted_inquiries")
@pytest.mark.spec("inquiry_conversion")
def test_an_inquiry_converts_until_the_end_of_the_last_conversion_day(figures: Count) -> None:
    """转化 3 天：接待当日为第一天，第三天的 23:59:59.999999 成交的算，第四天 00:00:00 的不算；提问之前成交的也不算。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 22:00:00
        b2    | buyer  | 2026-10-01 22:00:00
        b3    | buyer  | 2026-10-01 22:00:00
        orders:
        order | buyer | created_at          | paid_at                    | amount
        ------+-------+---------------------+----------------------------+-------
        o1    | b1    | 2026-10-03 22:00:00 | 2026-10-03 23:59:59.999999 | 10.00
        o2    | b2    | 2026-10-03 22:00:00 | 2026-10-04 00:00:00        | 10.00
        o3    | b3    | 2026-10-01 22:00:00 | 2026-10-01 22:00:01        | 10.00
        """,
        conversion_days=3,
    )
    assert found["converted_inquiries"] == (2, None, 2)
    assert found["inquiry_conversion"] == (2, 3, 2 / 3)


@pytest.mark.spec("converted_inquiries")
def test_the_last_conversion_day_ends_with_the_shops_own_clock(figures: Count) -> None:
    """日终是店铺当地的：夏令时结束那天有 25 小时，第 25 个小时里成交的仍算。"""
    found = figures(
        """
        shop | buyer | sender | sent_at
        -----+-------+--------+--------------------------
        ny   | b1    | buyer  | 2026-11-01 09:00:00-05:00
        ny   | b2    | buyer  | 2026-11-01 09:00:00-05:00
        orders:
        shop | order | buyer | created_at                | paid_at                   | amount
        -----+-------+-------+---------------------------+---------------------------+-------
        ny   | o1    | b1    | 2026-11-01 23:30:00-05:00 | 2026-11-01 23:59:59-05:00 | 10.00
        ny   | o2    | b2    | 2026-11-01 23:30:00-05:00 | 2026-11-02 00:00:00-05:00 | 10.00
        """,
        conversion_days=1,
        zone_of={"ny": "America/New_York"},
    )
    assert found["converted_inquiries"] == (1, None, 1)


@pytest.mark.spec("converted_inquiries")
@pytest.mark.spec("inquiry_conversion")
def test_a_pack_may_say_how_many_hours_an_inquiry_has(figures: Count) -> None:
    """口径写 conversion_hours 的，到第一条考核消息之后整好这么多小时（含）为止，不看日终。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 09:00:00
        b2    | buyer  | 2026-10-01 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-04 08:00:00 | 2026-10-04 09:00:00 | 10.00
        o2    | b2    | 2026-10-04 08:00:00 | 2026-10-04 09:00:01 | 10.00
        """,
        conversion_hours=72,
    )
    assert found["converted_inquiries"] == (1, None, 1)
    assert found["inquiry_conversion"] == (1, 2, 0.5)


@pytest.mark.spec("converted_inquiries")
def test_a_pack_says_by_which_event_an_inquiry_converts(figures: Count) -> None:
    """成交事件按口径：成团的口径下，付了款没成团的不算转化，期间内成团的才算；付款口径下两者都算。"""
    text = """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 09:00:00
        b2    | buyer  | 2026-10-01 09:00:00
        b3    | buyer  | 2026-10-01 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | grouped_at          | amount
        ------+-------+---------------------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 10:00:00 | 2026-10-01 10:00:00 | 2026-10-03 23:59:59 | 10.00
        o2    | b2    | 2026-10-01 10:00:00 | 2026-10-01 10:00:00 | 2026-10-04 00:00:00 | 10.00
        o3    | b3    | 2026-10-01 10:00:00 | 2026-10-01 10:00:00 |                     | 10.00
        """
    grouped = figures(text, order_event="grouped_at")
    assert grouped["converted_inquiries"] == (1, None, 1)
    assert figures(text, order_event="paid_at")["converted_inquiries"] == (3, None, 3)


@pytest.mark.spec("inquiry_conversion")
@pytest.mark.spec("converted_inquiries")
def test_an_agent_converts_what_he_is_responsible_for_and_credited_with(figures: Count) -> None:
    """按客服看：他对接待的考核消息负责，而且其中至少一单归他，两样都要。只答复没得单的、只得单没答复的，都不算他转化。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:00:10
        b2    | agent  | mo    | 09:00:20
        b3    | buyer  |       | 09:00:00
        b3    | agent  | lin   | 09:00:10
        b3    | buyer  |       | 09:00:20
        b3    | agent  | mo    | 09:00:30
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 10.00
        o2    | b2    | 09:01:30   | 09:02:00 | 10.00
        o3    | b3    | 09:01:30   | 09:02:00 | 10.00
        """,
        "agent",
    )
    assert found["lin"]["inquiry_conversion"] == (1, 3, 1 / 3)
    assert found["mo"]["inquiry_conversion"] == (1, 1, 1)
    assert found["mo"]["converted_inquiries"] == (1, None, 1)


@pytest.mark.spec("converted_inquiries")
def test_a_later_order_of_his_converts_although_the_first_was_anothers(figures: Count) -> None:
    """期间内几单里有一单归他就够：第一单归别人不妨碍。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b1    | agent  | mo    | 09:00:20
        b1    | agent  | lin   | 10:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 10.00
        o2    | b1    | 10:01:30   | 10:02:00 | 10.00
        """,
        "agent",
    )
    assert found["lin"]["converted_inquiries"] == (1, None, 1)


@pytest.mark.spec("converted_inquiries")
def test_a_part_of_a_split_order_converts(figures: Count) -> None:
    """平分规则下份额大于零就算：负责同一接待的两位各有一次转化，店铺只有一次。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b1    | buyer  |       | 09:00:20
        b1    | agent  | mo    | 09:00:30
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 10.00
        """
    by_agent = figures(text, "agent", credit="even")
    assert by_agent["lin"]["converted_inquiries"] == (1, None, 1)
    assert by_agent["mo"]["converted_inquiries"] == (1, None, 1)
    assert figures(text, credit="even")["converted_inquiries"] == (1, None, 1)


@pytest.mark.spec("inquiry_conversion")
def test_a_team_converts_when_any_of_it_does(figures: Count) -> None:
    """按小组看：组里有人对接待负责、组里有人得了单，就是这个组的转化，不必是同一位。"""
    agents = table(
        "agents", {"agent_id": "lin", "group": "一组"}, {"agent_id": "mo", "group": "一组"}, {"agent_id": "zhao", "group": "二组"}
    )
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b1    | agent  | mo    | 09:00:20
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:00:10
        b2    | agent  | zhao  | 09:00:20
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 10.00
        o2    | b2    | 09:01:30   | 09:02:00 | 10.00
        """,
        "group",
        agents=agents,
    )
    assert found["一组"]["inquiry_conversion"] == (1, 2, 0.5)
    assert found["二组"]["inquiry_conversion"] == (0, 0, None)


@pytest.mark.spec("inquiries")
@pytest.mark.spec("inquiry_conversion")
def test_what_nobody_answered_and_nobody_earned_converts_for_nobody(figures: Count) -> None:
    """“未分配”一行：没有人负责的接待，订单也不归任何人，才算这一行的转化。店铺两种都算。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | buyer  |       | 2026-10-01 09:00:00
        b2    | buyer  |       | 2026-10-01 09:00:00
        b2    | agent  | lin   | 2026-10-02 00:10:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:01:30 | 2026-10-01 09:02:00 | 10.00
        o2    | b2    | 2026-10-02 00:20:00 | 2026-10-02 00:20:00 | 10.00
        """
    by_agent = figures(text, "agent")
    assert by_agent[None]["inquiry_conversion"] == (1, 2, 0.5)
    assert by_agent["lin"]["inquiries"] == (0, None, 0)
    assert figures(text)["inquiry_conversion"] == (2, 2, 1)


@pytest.mark.spec("order_conversion")
def test_an_order_placed_but_not_paid_is_an_order_conversion(figures: Count) -> None:
    """咨询转化率看下单：期间内下了单就算，付没付款都行；期间内付款、以前下的单不算。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 09:00:00
        b2    | buyer  | 2026-10-01 09:00:00
        b3    | buyer  | 2026-10-01 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-03 23:59:59 |                     | 10.00
        o2    | b2    | 2026-10-01 08:59:59 | 2026-10-01 09:30:00 | 10.00
        o3    | b3    | 2026-10-04 00:00:00 | 2026-10-04 00:00:00 | 10.00
        """
    )
    assert found["order_conversion"] == (1, 3, 1 / 3)
    assert found["inquiry_conversion"] == (1, 3, 1 / 3)


@pytest.mark.spec("order_conversion")
def test_an_order_conversion_is_his_who_wrote_last_before_the_order_was_placed(figures: Count) -> None:
    """按客服看：下单（含那一秒）前最后说话的是他，且他对接待的考核消息负责；不看口径的归属规则。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b1    | buyer  |       | 09:00:20
        b1    | agent  | mo    | 09:01:31
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 10.00
        """,
        "agent",
    )
    assert found["lin"]["order_conversion"] == (1, 1, 1)
    assert found["mo"]["order_conversion"] == (0, 1, 0)
    assert found["mo"]["inquiry_conversion"] == (1, 1, 1)


@pytest.mark.spec("inquiries")
def test_a_buyer_is_an_inquiry_once_a_day(figures: Count) -> None:
    """同一买家每天一次询单：两天各问一次，买了一单，两次都转化；付款之后再来的是售后。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 09:00:00
        b1    | buyer  | 2026-10-01 10:00:00
        b1    | buyer  | 2026-10-02 09:00:00
        b1    | buyer  | 2026-10-03 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-02 10:00:00 | 2026-10-02 10:00:00 | 10.00
        """,
        "day",
    )
    assert [found[date(2026, 10, day)]["inquiry_conversion"] for day in (1, 2, 3)] == [(1, 1, 1), (1, 1, 1), (0, 0, None)]


@pytest.mark.spec("inquiries")
@pytest.mark.spec("inquiry_conversion")
def test_an_inquiry_stands_in_every_hour_of_its_assessed_messages(figures: Count) -> None:
    """按小时看：接待在有考核消息的每个小时各计一次，是否转化看整个接待。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 09:30:00
        b1    | buyer  | 2026-10-01 11:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 10:00:00 | 2026-10-01 10:00:00 | 10.00
        """,
        "hour",
    )
    assert found[9]["inquiry_conversion"] == (1, 1, 1)
    assert found[11]["inquiry_conversion"] == (1, 1, 1)


@pytest.mark.spec("inquiries")
@pytest.mark.spec("order_conversion")
def test_without_any_orders_imported_nobody_knows_who_came_to_buy(figures: Count) -> None:
    """从没有导入过订单，分不出询单与售后，询单各项没有值，不是 0。"""
    found = figures(
        """
        sender | sent_at
        -------+---------
        buyer  | 09:00:00
        """
    )
    assert found["inquiries"] == (None, None, None)
    assert found["order_conversion"] == (None, None, None)


@pytest.mark.spec("inquiries")
def test_days_with_orders_and_without_messages_have_no_inquiries(figures: Count) -> None:
    """只有订单没有聊天的日子，按客服看询单是 0。"""
    found = figures(
        """
        orders:
        order | buyer | agent | created_at | paid_at  | amount
        ------+-------+-------+------------+----------+-------
        o1    | b1    | lin   | 10:00:00   | 10:00:00 | 10.00
        """,
        "agent",
    )
    assert found["lin"]["inquiries"] == (0, None, 0)
    assert found["lin"]["inquiry_conversion"] == (0, 0, None)


@pytest.mark.spec("inquiry_conversion")
def test_days_of_leave_leave_the_agents_own_inquiries_and_not_the_shops(figures: Count) -> None:
    """请假那天的询单不计入这位客服自己的数，店铺照计；归他的订单照归他。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | buyer  |       | 2026-10-01 09:00:00
        b1    | agent  | lin   | 2026-10-01 09:00:10
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:01:30 | 2026-10-01 09:02:00 | 10.00
        leaves:
        agent | first_day  | reason
        ------+------------+-------
        lin   | 2026-10-01 | 年假
        """
    by_agent = figures(text, "agent")
    assert by_agent["lin"]["inquiry_conversion"] == (0, 0, None)
    assert by_agent["lin"]["orders"] == (1, None, 1)
    assert figures(text)["inquiry_conversion"] == (1, 1, 1)
