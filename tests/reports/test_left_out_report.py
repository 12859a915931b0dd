"""Days left out, said under the figures."""

from datetime import date, timedelta

import polars as pl

from kaohe.metrics.exempt import OFF
from kaohe.reports.left_out import MOST, left_out

FIRST = date(2026, 10, 1)


def off(*rows: tuple[str | None, str | None, int, str, str | None]) -> pl.DataFrame:
    days = [(shop, agent, FIRST + timedelta(days=day), covers, reason) for shop, agent, day, covers, reason in rows]
    return pl.DataFrame(days, schema=OFF, orient="row")


def test_days_that_follow_each_other_are_one_span():
    found = left_out(off(*(("s1", None, day, "response", "春节") for day in (0, 2, 1, 4))), {"shop_id": {"s1": "甲店"}})
    assert [one.zh for one in found] == ["免考核：10月1日–10月3日 春节（回复类指标不计）甲店；10月5日 春节（回复类指标不计）甲店"]
    assert found[0].en.startswith("Exempt: 2026-10-01 to 2026-10-03 春节 (figures of replies left out) 甲店; 2026-10-05 ")


def test_shops_of_one_day_and_reason_are_named_together_and_other_days_apart():
    found = left_out(off(("s1", None, 0, "all", "停电"), ("s2", None, 0, "all", "停电"), ("s2", None, 1, "all", "停电")))
    assert found[0].zh == "免考核：10月1日 停电（全部不计）s1；10月1日–10月2日 停电（全部不计）s2"


def test_leave_is_a_line_of_its_own_with_its_reason_where_there_is_one():
    found = left_out(
        off((None, "lin", 3, "leave", None), (None, "mo", 3, "leave", "年假"), ("s1", None, 0, "all", "停电")), {"agent_id": {"lin": "林"}}
    )
    assert [one.zh for one in found] == [
        "免考核：10月1日 停电（全部不计）s1",
        "请假（按人看的回复与询单指标不计）：林 10月4日；mo 10月4日（年假）",
    ]


def test_many_spans_and_many_shops_are_counted_not_listed():
    found = left_out(off(*((f"s{shop:02}", None, 2 * day, "all", "停电") for shop in range(MOST + 2) for day in range(MOST + 3))))
    assert found[0].zh.endswith(f"；……共 {MOST + 3} 段")
    assert f"s07 等 {MOST + 2} 个；" in found[0].zh


def test_where_nothing_is_left_out_nothing_is_said():
    assert left_out(off()) == ()


def test_a_span_over_new_year_names_the_year():
    found = left_out(off(*(("s1", None, day, "all", "元旦") for day in (91, 92))))
    assert found[0].zh == "免考核：12月31日–2027年1月1日 元旦（全部不计）s1"
