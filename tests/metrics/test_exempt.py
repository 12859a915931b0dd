"""Exempt days and leaves: what figures leave out, and what they do not (counting rule 47)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from counting import source, table
from kaohe.metrics.exempt import left_out

Count = Callable[..., Any]

FIRST, SECOND = date(2026, 10, 1), date(2026, 10, 2)

DAYS = """
    shop | buyer | sender | agent | sent_at
    -----+-------+--------+-------+--------------------
    s1   | b1    | buyer  |       | 2026-10-01 09:00:00
    s1   | b1    | agent  | lin   | 2026-10-01 09:10:00
    s1   | b2    | buyer  |       | 2026-10-02 09:00:00
    s1   | b2    | agent  | lin   | 2026-10-02 09:00:10
    s2   | b3    | buyer  |       | 2026-10-01 09:00:00
    s2   | b3    | agent  | zhao  | 2026-10-01 09:00:10
    orders:
    shop | order | buyer | created_at          | paid_at             | amount
    -----+-------+-------+---------------------+---------------------+-------
    s1   | o1    | b1    | 2026-10-01 09:20:00 | 2026-10-01 09:20:00 | 30.00
    s1   | o2    | b2    | 2026-10-02 09:20:00 | 2026-10-02 09:20:00 | 50.00
    presence:
    shop | agent | online_at           | offline_at
    -----+-------+---------------------+--------------------
    s1   | lin   | 2026-10-01 08:00:00 | 2026-10-01 12:00:00
    s1   | lin   | 2026-10-02 08:00:00 | 2026-10-02 12:00:00
    """


def exempt(covers: str, first: str = "2026-10-01", last: str = "", shop: str = "s1", platform: str = "") -> str:
    return f"""
    exemptions:
    platform | shop | first_day | last_day | covers | reason
    ---------+------+-----------+----------+--------+-------
    {platform} | {shop} | {first} | {last} | {covers} | 国庆
    """


def leave(agent: str) -> str:
    return f"""
    leaves:
    agent | first_day  | reason
    ------+------------+-------
    {agent} | 2026-10-01 | 年假
    """


def test_a_day_exempt_from_figures_of_replies_still_sells(figures: Count) -> None:
    for covers in ("response", ""):
        found = figures(DAYS + exempt(covers), "shop")
        assert found["s1"]["reply_rate_30s"] == (1, 1, 1)
        assert found["s1"]["median_response_seconds"] == (None, 1, 10)
        assert found["s1"]["sales_amount"] == (80, None, 80)
        assert found["s1"]["inquiries"] == (2, None, 2)
        assert found["s1"]["online_hours"] == (8, None, 8)
        assert found["s2"]["reply_rate_30s"] == (1, 1, 1)


def test_on_a_day_exempt_from_everything_nothing_happened(figures: Count) -> None:
    found = figures(DAYS + exempt("all"), "shop")["s1"]
    assert found["reply_rate_30s"] == (1, 1, 1)
    assert found["sales_amount"] == (50, None, 50)
    assert found["inquiries"] == (1, None, 1)
    assert found["online_hours"] == (4, None, 4)
    assert found["peak_concurrency"] == (1, None, 1)
    assert "2026-10-01" not in {str(day) for shop, day in figures(DAYS + exempt("all"), "shop", "day") if shop == "s1"}


def test_both_ends_of_the_days_are_exempt_and_a_last_day_before_the_first_exempts_none(figures: Count) -> None:
    assert set(figures(DAYS + exempt("all", last="2026-10-02"), "shop")) == {"s2"}
    assert figures(DAYS + exempt("all", first="2026-10-02", last="2026-10-01"), "shop")["s1"]["sales_amount"] == (80, None, 80)


def test_a_platform_is_all_its_shops_and_no_platform_is_all_there_are(figures: Count) -> None:
    shops = """
    shops:
    shop | platform
    -----+---------
    s1   | pdd
    s2   | jd
    """
    pdd = figures(DAYS + shops + exempt("all", shop="", platform="pdd"), "shop")
    assert (pdd["s1"]["consulting_buyers"][0], pdd["s2"]["consulting_buyers"][0]) == (1, 1)
    everywhere = figures(DAYS + shops + exempt("all", shop=""), "shop")
    assert everywhere["s1"]["consulting_buyers"][0] == 1
    assert "s2" not in everywhere


def test_a_day_of_leave_leaves_the_agents_figures_and_not_the_shops_or_the_teams(figures: Count) -> None:
    people = table("agents", {"agent_id": "lin", "group": "一组"}, {"agent_id": "zhao", "group": "二组"})
    text = DAYS + leave("lin")
    lin = figures(text, "agent", agents=people)["lin"]
    assert lin["reply_rate_30s"] == (1, 1, 1)
    assert lin["inquiries"] == (1, None, 1)
    assert figures(text, "shop", agents=people)["s1"]["reply_rate_30s"] == (1, 2, 0.5)
    assert figures(text, "group", agents=people)["一组"]["reply_rate_30s"] == (1, 2, 0.5)
    assert figures(text, "group", agents=people)["一组"]["inquiries"] == (2, None, 2)


def test_orders_he_earned_stay_his_on_a_day_of_leave(figures: Count) -> None:
    lin = figures(DAYS + leave("lin"), "agent")["lin"]
    assert lin["sales_amount"] == (80, None, 80)
    assert lin["online_hours"] == (8, None, 8)


def test_leave_is_of_the_agent_whatever_his_accounts_are_called(figures: Count) -> None:
    accounts = table("accounts", {"shop_id": "s1", "account": "lin", "agent_id": "林"})
    assert figures(DAYS + leave("林"), "agent", accounts=accounts)["林"]["reply_rate_30s"] == (1, 1, 1)
    assert figures(DAYS + leave("lin"), "agent", accounts=accounts)["林"]["reply_rate_30s"] == (1, 2, 0.5)


def test_what_is_left_out_is_listed_day_by_day(tmp_path: Path) -> None:
    made = source(tmp_path, DAYS + exempt("", last="2026-10-02") + leave("lin"))
    assert left_out(made).rows() == [
        ("s1", None, FIRST, "response", "国庆"),
        (None, "lin", FIRST, "leave", "年假"),
        ("s1", None, SECOND, "response", "国庆"),
    ]
    assert left_out(made, SECOND, SECOND).rows() == [("s1", None, SECOND, "response", "国庆")]
    assert left_out(made, date(2026, 11, 1)).is_empty()
