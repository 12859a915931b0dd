"""The manual of marks and targets, one paragraph a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from counting import table

Count = Callable[..., Any]


@pytest.mark.spec("qa_score")
@pytest.mark.spec("qa_score_latest")
def test_a_score_is_the_mean_of_the_period_and_the_latest_its_last_day(figures: Count) -> None:
    """期间内各次评分的平均；“最近”只看最后一天，同一天有两次的取平均。"""
    table = """
        scores:
        shop | agent | metric   | scored_on  | score | by
        -----+-------+----------+------------+-------+----
        s1   | lin   | qa_score | 2026-10-03 | 60    | wu
        s1   | lin   | qa_score | 2026-10-20 | 90    | wu
        s1   | lin   | qa_score | 2026-10-20 | 96    | chen
        """
    found = figures(table, "agent")["lin"]
    assert found["qa_score"] == (246, 3, 82)
    assert found["qa_score_latest"] == (186, 2, 93)


@pytest.mark.spec("knowledge_score")
@pytest.mark.spec("knowledge_score_latest")
def test_every_group_has_its_own_latest_day(figures: Count) -> None:
    """每位客服看自己最近的一天；按店铺看，是店里最近的一天，只有那天考的人。"""
    table = """
        scores:
        shop | agent | metric          | scored_on  | score
        -----+-------+-----------------+------------+------
        s1   | lin   | knowledge_score | 2026-10-03 | 70
        s1   | mo    | knowledge_score | 2026-10-20 | 90
        """
    by_agent = figures(table, "agent")
    assert by_agent["lin"]["knowledge_score_latest"] == (70, 1, 70)
    assert by_agent["mo"]["knowledge_score_latest"] == (90, 1, 90)
    found = figures(table, "shop")["s1"]
    assert found["knowledge_score"] == (160, 2, 80)
    assert found["knowledge_score_latest"] == (90, 1, 90)


@pytest.mark.spec("typing_speed")
@pytest.mark.spec("typing_speed_latest")
def test_typing_speed_is_characters_a_minute(figures: Count) -> None:
    """打字速度，单位：字/分钟；没有测过的没有值，不是 0。"""
    table = """
        scores:
        shop | agent | metric       | scored_on  | score
        -----+-------+--------------+------------+------
        s1   | lin   | typing_speed | 2026-10-03 | 62.5
        s1   | mo    | qa_score     | 2026-10-03 | 80
        """
    found = figures(table, "agent")
    assert found["lin"]["typing_speed"] == found["lin"]["typing_speed_latest"] == (62.5, 1, 62.5)
    assert found["mo"]["typing_speed"] == (0, 0, None)


@pytest.mark.spec("conduct_score")
@pytest.mark.spec("conduct_score_latest")
def test_a_mark_of_no_shop_stands_in_the_shops_of_the_agent(figures: Count) -> None:
    """没有写店铺的评分：按店铺分开看时，计入他当日有账号的各店铺；合起来看只算一次。"""
    text = """
        scores:
        agent | metric        | scored_on  | score
        ------+---------------+------------+------
        lin   | conduct_score | 2026-10-03 | 95
        shops:
        shop | platform
        -----+---------
        s1   | pdd
        s2   | pdd
        s3   | jd
        """
    accounts = table(
        "accounts",
        *(
            {"shop_id": shop, "account": "lin@" + shop, "agent_id": "lin", "valid_to": last}
            for shop, last in (("s1", None), ("s2", date(2026, 10, 3)), ("s3", date(2026, 10, 2)))
        ),
    )
    by_shop = figures(text, "shop", accounts=accounts)
    assert {shop: found["conduct_score"] for shop, found in by_shop.items()} == {"s1": (95, 1, 95), "s2": (95, 1, 95)}
    assert figures(text, "platform", accounts=accounts)["pdd"]["conduct_score"] == (95, 1, 95)
    assert figures(text, "agent", accounts=accounts)["lin"]["conduct_score_latest"] == (95, 1, 95)


@pytest.mark.spec("plan_execution")
@pytest.mark.spec("team_progress")
@pytest.mark.spec("cooperation")
@pytest.mark.spec("discipline")
def test_marks_given_by_hand_keep_their_own_unit(figures: Count) -> None:
    """手工填的分数或百分比，用它自己的单位取平均；只有一家店铺时，不写店铺就是这家。"""
    text = """
        scores:
        agent | metric         | scored_on  | score
        ------+----------------+------------+------
        chen  | plan_execution | 2026-10-31 | 0.95
        chen  | team_progress  | 2026-10-31 | 5
        chen  | cooperation    | 2026-10-15 | 4
        chen  | cooperation    | 2026-10-31 | 5
        chen  | discipline     | 2026-10-31 | 0
        shops:
        shop | platform
        -----+---------
        s1   | pdd
        """
    found = figures(text, "shop", "agent")["s1", "chen"]
    assert found["plan_execution"] == (0.95, 1, 0.95)
    assert found["team_progress"] == (5, 1, 5)
    assert found["cooperation"] == (9, 2, 4.5)
    assert found["discipline"] == (0, 1, 0)


SALES = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+--------
        o1    | b1    | 09:01:30   | 09:02:00 | 3000.00
        o2    | b2    | 09:01:30   | 09:02:00 | 1000.00
        """


@pytest.mark.spec("target_completion")
def test_sales_are_held_against_the_whole_target_of_every_month_touched(figures: Count) -> None:
    """成交额 ÷ 期间触及的每个月的目标，整月全额，不按天折算；静默订单不归他。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+--------
        o1    | b1    | 09:01:30            | 09:02:00            | 3000.00
        o2    | b2    | 2026-11-01 09:00:00 | 2026-11-01 09:00:00 | 1000.00
        targets:
        month   | agent | metric       | target
        --------+-------+--------------+-------
        2026-09 | lin   | sales_amount | 70000
        2026-10 | lin   | sales_amount | 10000
        2026-11 | lin   | sales_amount | 5000
        2026-10 | lin   | orders       | 3
        """,
        "agent",
    )
    assert found["lin"]["target_completion"] == (3000, 15000, 0.2)
    assert found[None]["target_completion"] == (1000, 0, None)


@pytest.mark.spec("target_completion")
def test_a_target_of_no_shop_wins_where_shops_are_not_told_apart(figures: Count) -> None:
    """不按店铺分时优先用不分店铺的目标，没有才把各店铺的相加；按店铺分时只用那家店的。"""
    table = (
        SALES
        + """
        targets:
        month   | shop | agent | metric       | target
        --------+------+-------+--------------+-------
        2026-10 |      | lin   | sales_amount | 4000
        2026-10 | s1   | lin   | sales_amount | 6000
        2026-10 | s1   | mo    | sales_amount | 100
        2026-10 | s2   | mo    | sales_amount | 200
        """
    )
    by_agent = figures(table, "agent")
    assert by_agent["lin"]["target_completion"] == (3000, 4000, 0.75)
    assert by_agent["mo"]["target_completion"] == (0, 300, 0)
    assert figures(table, "shop", "agent")["s1", "lin"]["target_completion"] == (3000, 6000, 0.5)


@pytest.mark.spec("shop_sales_completion")
def test_a_shops_own_target_counts_its_silent_sales(figures: Count) -> None:
    """店铺的目标是客服一栏为空的那一行，成交额含静默；客服的目标不加进来。"""
    table = (
        SALES
        + """
        targets:
        month   | shop | agent | metric       | target
        --------+------+-------+--------------+-------
        2026-10 | s1   |       | sales_amount | 8000
        2026-10 | s1   | lin   | sales_amount | 6000
        """
    )
    assert figures(table, "shop")["s1"]["shop_sales_completion"] == (4000, 8000, 0.5)
    assert figures(table, "agent")["lin"]["shop_sales_completion"][2] is None
    assert figures(table, "shop")["s1"]["target_completion"] == (4000, 8000, 0.5)


@pytest.mark.spec("days_worked")
def test_days_worked_are_those_entered_half_days_and_overtime_as_they_stand(figures: Count) -> None:
    """出勤天数是出勤表里期间内各行之和；一个月写成一行也可以；聊天再多也不推断：没有登记的是 0 天。"""
    table = """
        agent | sender | sent_at
        ------+--------+---------
        zhao  | agent  | 09:00:00
        attendance:
        agent | day        | days
        ------+------------+------
        lin   | 2026-10-01 | 1
        lin   | 2026-10-02 | 0.5
        mo    | 2026-10-31 | 31.5
        """
    found = figures(table, "agent")
    assert found["lin"]["days_worked"] == (1.5, None, 1.5)
    assert found["mo"]["days_worked"] == (31.5, None, 31.5)
    assert found["zhao"]["days_worked"] == (0, None, 0)
    assert figures(table, "agent", "day")["lin", date(2026, 10, 2)]["days_worked"] == (0.5, None, 0.5)
