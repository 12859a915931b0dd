"""The manual of presence: hours online and contacts open at once, one paragraph a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

Count = Callable[..., Any]


@pytest.mark.spec("online_hours")
def test_two_shops_at_once_are_one_hour_online(figures: Count) -> None:
    """同时在两家店在线，只算一次；按店铺分开看时各算各的。"""
    table = """
        presence:
        shop | agent | online_at | offline_at
        -----+-------+-----------+-----------
        s1   | lin   | 09:00:00  | 12:00:00
        s2   | lin   | 11:00:00  | 14:00:00
        """
    assert figures(table, "agent")["lin"]["online_hours"] == (5, None, 5)
    assert {shop: found["online_hours"][2] for shop, found in figures(table, "shop").items()} == {"s1": 3, "s2": 3}


@pytest.mark.spec("online_hours")
def test_hours_of_a_group_are_the_sum_of_its_agents(figures: Count) -> None:
    """店铺、小组的在线时长是各人相加，不是有人在线的时长。"""
    table = """
        presence:
        agent | online_at | offline_at
        ------+-----------+-----------
        lin   | 09:00:00  | 12:00:00
        mo    | 10:00:00  | 12:30:00
        """
    assert figures(table)["online_hours"] == (5.5, None, 5.5)


@pytest.mark.spec("online_hours")
def test_a_span_over_midnight_belongs_to_both_days(figures: Count) -> None:
    """跨零点的时段各归各日，小时同理；下线那一刻不算在内。"""
    table = """
        presence:
        agent | online_at           | offline_at
        ------+---------------------+--------------------
        lin   | 2026-10-01 22:30:00 | 2026-10-02 01:00:00
        """
    by_day = figures(table, "day")
    assert {day: found["online_hours"][2] for day, found in by_day.items()} == {date(2026, 10, 1): 1.5, date(2026, 10, 2): 1}
    by_hour = figures(table, "hour")
    assert {hour: found["online_hours"][2] for hour, found in by_hour.items()} == {22: 0.5, 23: 1, 0: 1}


@pytest.mark.spec("online_hours")
def test_a_span_without_an_end_is_left_out(figures: Count) -> None:
    """没有下线时间的时段不计：不知道有多长；下线早于上线的也不计。"""
    table = """
        presence:
        agent | online_at | offline_at
        ------+-----------+-----------
        lin   | 09:00:00  |
        lin   | 10:00:00  | 09:30:00
        mo    | 09:00:00  | 10:00:00
        """
    assert {agent: found["online_hours"][2] for agent, found in figures(table, "agent").items()} == {"mo": 1}


def test_the_hour_that_comes_twice_is_two_hours_online(figures: Count) -> None:
    table = """
        presence:
        shop | agent | online_at                 | offline_at
        -----+-------+---------------------------+--------------------------
        ny   | lin   | 2026-11-01 00:00:00-04:00 | 2026-11-01 03:00:00-05:00
        """
    zones = {"ny": "America/New_York"}
    by_hour = figures(table, "hour", zone_of=zones)
    assert {hour: found["online_hours"][2] for hour, found in by_hour.items()} == {0: 1, 1: 2, 2: 1}
    assert figures(table, "day", zone_of=zones)[date(2026, 11, 1)]["online_hours"][2] == 4


@pytest.mark.spec("peak_concurrency")
def test_a_contact_is_open_from_the_first_question_to_the_last_answer(figures: Count) -> None:
    """从买家当日第一条消息到最后一条人工消息为打开，含两端：同一秒一个结束、一个开始，算两个同时打开。"""
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:10:00
        b2    | buyer  |       | 09:10:00
        b2    | agent  | lin   | 09:20:00
        b3    | buyer  |       | 09:20:01
        b3    | agent  | lin   | 09:21:00
        """
    assert figures(table)["peak_concurrency"] == (2, None, 2)


@pytest.mark.spec("peak_concurrency")
def test_each_agent_has_a_contact_open_until_his_own_last_answer(figures: Count) -> None:
    """按客服看：都从买家第一条消息开始，到他自己的最后一条为止；莫接手后，林的已经结束。"""
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        b1    | agent  | mo    | 09:30:00
        b2    | buyer  |       | 09:02:00
        b2    | agent  | lin   | 09:03:00
        b2    | agent  | mo    | 09:04:00
        """
    found = figures(table, "agent")
    assert found["lin"]["peak_concurrency"] == (1, None, 1)
    assert found["mo"]["peak_concurrency"] == (2, None, 2)


@pytest.mark.spec("peak_concurrency")
def test_a_contact_nobody_answered_was_never_open(figures: Count) -> None:
    """没有人工消息的接待不算打开；人工消息都在买家之前的也不算。"""
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | bot    |       | 09:30:00
        b2    | agent  | lin   | 09:00:00
        b2    | buyer  |       | 09:10:00
        b3    | buyer  |       | 09:10:00
        b3    | agent  | lin   | 09:11:00
        """
    assert figures(table, "agent")["lin"]["peak_concurrency"] == (1, None, 1)


def test_an_agent_is_seen_in_all_his_shops_at_once(figures: Count) -> None:
    table = """
        shop | buyer | sender | agent | sent_at
        -----+-------+--------+-------+--------------------------
        s1   | b1    | buyer  |       | 2026-10-02 09:00:00+08:00
        s1   | b1    | agent  | lin   | 2026-10-02 09:30:00+08:00
        ny   | b1    | buyer  |       | 2026-10-02 09:10:00+08:00
        ny   | b1    | agent  | lin   | 2026-10-02 09:20:00+08:00
        """
    zones = {"ny": "America/New_York"}
    assert figures(table, "agent", zone_of=zones)["lin"]["peak_concurrency"][2] == 2
    # By day they are apart: the same minutes are Thursday evening in New York.
    by_day = figures(table, "agent", "day", zone_of=zones)
    assert {day: found["peak_concurrency"][2] for (_, day), found in by_day.items()} == {date(2026, 10, 1): 1, date(2026, 10, 2): 1}


def test_a_contact_is_open_in_every_hour_it_lasts(figures: Count) -> None:
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:30:00
        b1    | agent  | lin   | 11:00:00
        b2    | buyer  |       | 09:40:00
        b2    | agent  | lin   | 09:59:59
        """
    found = figures(table, "hour")
    assert {hour: found[hour]["peak_concurrency"][2] for hour in found} == {9: 2, 10: 1, 11: 1}
