"""The manual of visitors and advertising, one paragraph a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Count = Callable[..., Any]

SHOP = """
    buyer | sender | agent | sent_at
    ------+--------+-------+---------
    b1    | buyer  |       | 09:00:00
    b1    | agent  | lin   | 09:01:00
    b2    | buyer  |       | 09:00:00
    b2    | agent  | lin   | 09:01:00
    orders:
    order | buyer | created_at | paid_at  | amount
    ------+-------+------------+----------+-------
    o1    | b1    | 09:05:00   | 09:06:00 | 100.00
    o2    | b1    | 08:00:00   | 08:01:00 | 20.00
    o3    | b3    | 09:05:00   | 09:06:00 | 30.00
    o4    | b3    | 10:05:00   | 10:06:00 | 30.00
    """


@pytest.mark.spec("visitors")
@pytest.mark.spec("visitor_conversion")
def test_visitors_of_all_days_are_added_up_and_a_buyer_counts_once(figures: Count) -> None:
    """访客数各天相加；转化的分子是整个期间的不同买家：一位买家买两次只算一位。"""
    table = """
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
        o2    | b1    | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 10.00
        o3    | b2    | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 10.00
        traffic:
        day        | visitors
        -----------+---------
        2026-10-01 | 12
        2026-10-02 | 28
        """
    found = figures(table, "shop")["s1"]
    assert found["visitors"] == (40, None, 40)
    assert found["visitor_conversion"] == (2, 40, 0.05)


@pytest.mark.spec("visitor_conversion")
def test_days_without_visitors_in_the_data_are_on_neither_side(figures: Count) -> None:
    """没有访客数据的日子，上下都不计：否则少导入一天流量，转化率就会偏高。"""
    table = """
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
        o2    | b2    | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 10.00
        traffic:
        day        | visitors
        -----------+---------
        2026-10-01 | 20
        2026-10-02 |
        """
    found = figures(table, "shop")["s1"]
    assert found["visitor_conversion"] == (1, 20, 0.05)
    assert found["silent_conversion"] == (1, 20, 0.05)
    assert found["buyers"] == (2, None, 2)


@pytest.mark.spec("silent_conversion")
def test_silent_conversion_is_of_visitors_who_did_not_ask(figures: Count) -> None:
    """只有静默订单的买家 ÷（访客数 − 询单人数）：b3 两单都没聊过，算一位；b1 有一单聊过，不算；来咨询的两位里，b1 刚付过款是售后，只减 b2。"""
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:01:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 08:00:00   | 08:01:00 | 20.00
        o2    | b1    | 09:05:00   | 09:06:00 | 100.00
        o3    | b3    | 09:05:00   | 09:06:00 | 30.00
        o4    | b3    | 10:05:00   | 10:06:00 | 30.00
        traffic:
        day        | visitors
        -----------+---------
        2026-10-01 | 21
        """
    assert figures(table, "shop")["s1"]["silent_conversion"] == (1, 20, 0.05)


@pytest.mark.spec("silent_conversion")
def test_without_enough_visitors_there_is_no_silent_conversion(figures: Count) -> None:
    """没有流量数据，或访客数不多于询单人数，就没有值；不按客服看。"""
    traffic = """
    traffic:
    day        | visitors
    -----------+---------
    2026-10-01 | 1
    """
    assert figures(SHOP, "shop")["s1"]["silent_conversion"][2] is None
    assert figures(SHOP + traffic, "shop")["s1"]["silent_conversion"] == (1, 0, None)
    assert figures(SHOP + traffic.replace("| 1", "| 0"), "shop")["s1"]["silent_conversion"] == (1, 0, None)
    assert figures(SHOP + traffic, "agent")["lin"]["silent_conversion"][2] is None


@pytest.mark.spec("ad_roi")
def test_return_on_advertising_is_sales_from_ads_over_what_they_cost(figures: Count) -> None:
    """广告成交 ÷ 广告花费，几天的总和相除；没有花费就没有值。"""
    table = """
        traffic:
        shop | day        | visitors | ad_spend | ad_sales
        -----+------------+----------+----------+---------
        s1   | 2026-10-01 | 100      | 10.00    | 80.00
        s1   | 2026-10-02 | 100      | 30.00    | 120.00
        s2   | 2026-10-01 | 100      |          | 120.00
        """
    found = figures(table, "shop")
    assert found["s1"]["ad_roi"] == (200, 40, 5)
    assert found["s2"]["ad_roi"] == (120, 0, None)
