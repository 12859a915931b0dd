"""Compliance: each platform rule's verdict per shop and day, boundaries first (SEMANTICS §7, source article A1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counting import source
from kaohe.metrics.compliance import SCHEMA, compliance, failing, missing
from kaohe.metrics.source import Source
from kaohe.packs import Version

FIRST = dt.date(2026, 10, 1)
NEXT = dt.date(2026, 10, 2)

HEAD = "shop | buyer | sender | agent | sent_at"
LATER = "s1 | later | buyer | | 2026-10-05 09:00:00\ns1 | later | agent | lin | 2026-10-05 09:00:01"
"""A later day with messages, so that the days before it are complete."""

EFFECTIVE = {
    "id": "effective-reply",
    "metric": "effective_reply_rate",
    "threshold": 0.50,
    "minimum_sample": {"metric": "consulting_buyers", "at_least": 100},
}


def rule(**given: Any) -> dict[str, Any]:
    """One rule as a pack writes it, `EFFECTIVE` without its sample unless said otherwise."""
    words = {"id": "rule", "title": "规则", "consequence": "后果", "source": "出处", "certainty": "D"}
    return {**words, "metric": "effective_reply_rate", "threshold": 0.5, **given}


def version(*rules: Mapping[str, Any], since: dt.date | None = None, **parameters: Any) -> Version:
    given = {"effective_from": since, "source": "出处", "certainty": "D", "rules": list(rules), "parameters": parameters}
    return Version.model_validate(given)


def judged(made: Source, *rules: Mapping[str, Any], first: dt.date = FIRST, last: dt.date = FIRST, **more: Any) -> list[dict[str, Any]]:
    """Verdicts under one version that holds on all days, as rows."""
    one = version(*rules)
    return compliance(made, lambda _shop, _day: ("mine", one), first, last, **more).to_dicts()


def behind(made: Source, row: Mapping[str, Any], *rules: Mapping[str, Any]) -> pl.DataFrame:
    """What spoilt one verdict."""
    one = version(*rules)
    return failing(made, lambda _shop, _day: ("mine", one), pl.DataFrame([row], schema=SCHEMA))


def asked(buyers: Sequence[str], *, day: str = "2026-10-01", shop: str = "s1") -> str:
    """One question of each of these buyers at 09:00 that nobody answers."""
    return "\n".join(f"{shop} | {buyer} | buyer | | {day} 09:00:00" for buyer in buyers)


def answered(buyers: Sequence[str], *, at: str = "09:00:10", day: str = "2026-10-01", shop: str = "s1") -> str:
    """One question of each of these buyers at 09:00 and lin's answer."""
    return "\n".join(f"{shop} | {buyer} | buyer | | {day} 09:00:00\n{shop} | {buyer} | agent | lin | {day} {at}" for buyer in buyers)


def talk(*lines: str, more: str = "") -> str:
    return "\n".join([HEAD, *(line for line in lines if line), LATER, more])


def named(count: int, prefix: str = "b") -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


# A1: at least half of the buyers of a day with at least a hundred


def test_exactly_half_of_exactly_a_hundred_buyers_passes(tmp_path: Path) -> None:
    (row,) = judged(source(tmp_path, talk(answered(named(50)), asked(named(50, "x")))), rule(**EFFECTIVE))
    assert (row["verdict"], row["provisional"], row["why"]) == ("pass", False, None)
    assert (row["numerator"], row["denominator"], row["sample"], row["value"]) == (50, 100, 100, 0.5)
    assert (row["cases"], row["gap"]) == (0, 0)


def test_one_buyer_fewer_answered_in_time_fails_and_one_more_would_have_passed(tmp_path: Path) -> None:
    (row,) = judged(source(tmp_path, talk(answered(named(49)), asked(named(51, "x")))), rule(**EFFECTIVE))
    assert (row["verdict"], row["numerator"], row["denominator"], row["cases"]) == ("fail", 49, 100, 1)
    assert (row["consequence_zh"], row["source"], row["certainty"], row["editable"]) == ("后果", "出处", "D", False)


def test_a_day_of_ninety_nine_buyers_is_not_judged_however_bad_it_was(tmp_path: Path) -> None:
    (row,) = judged(source(tmp_path, talk(asked(named(99)))), rule(**EFFECTIVE))
    assert (row["verdict"], row["why"], row["sample"], row["sample_needed"]) == ("not_applicable", "small_sample", 99, 100)
    assert row["value"] == 0


def test_one_late_message_spoils_a_buyer_whose_others_were_answered_at_once(tmp_path: Path) -> None:
    lines = """s1 | b1 | buyer | | 2026-10-01 09:00:00
        s1 | b1 | agent | lin | 2026-10-01 09:00:05
        s1 | b1 | buyer | | 2026-10-01 10:00:00
        s1 | b1 | agent | mo | 2026-10-01 11:00:01
        s1 | b1 | buyer | | 2026-10-01 12:00:00
        s1 | b1 | agent | lin | 2026-10-01 12:00:05
        s1 | b2 | buyer | | 2026-10-01 10:00:00
        s1 | b2 | agent | mo | 2026-10-01 11:00:00"""
    made = source(tmp_path, talk(lines))
    (row,) = judged(made, rule(threshold=0.6))
    assert (row["verdict"], row["numerator"], row["denominator"]) == ("fail", 1, 2)
    (spoilt,) = behind(made, row, rule(threshold=0.6)).to_dicts()
    assert (spoilt["buyer_id"], spoilt["at"], spoilt["wait_seconds"]) == ("b1", dt.datetime(2026, 10, 1, 10), 3601)
    assert (spoilt["counted_for"], spoilt["reason"]) == ("mo", "late")


def test_an_answer_after_midnight_is_none_and_the_buyer_counts_on_either_day(tmp_path: Path) -> None:
    lines = """s1 | b1 | buyer | | 2026-10-01 22:59:59
        s1 | b1 | agent | lin | 2026-10-02 00:00:00
        s1 | b1 | buyer | | 2026-10-02 09:00:00
        s1 | b1 | agent | lin | 2026-10-02 09:30:00"""
    first, second = judged(source(tmp_path, talk(lines)), rule(), last=NEXT)
    assert (first["day"], first["verdict"], first["numerator"], first["denominator"]) == (FIRST, "fail", 0, 1)
    assert (second["day"], second["verdict"], second["numerator"], second["denominator"]) == (NEXT, "pass", 1, 1)


@pytest.mark.parametrize(("clock", "counted"), [("07:59:59", None), ("08:00:00", 1), ("22:59:59", 1), ("23:00:00", None)])
def test_the_window_takes_its_first_second_and_not_its_last(tmp_path: Path, clock: str, counted: int | None) -> None:
    (row,) = judged(source(tmp_path, talk(f"s1 | b1 | buyer | | 2026-10-01 {clock}")), rule())
    assert (row["verdict"], row["why"]) == (("fail", None) if counted else ("not_applicable", "no_data"))
    assert (row["denominator"] or None) == counted


def test_a_day_is_the_shops_own_whatever_the_time_in_utc(tmp_path: Path) -> None:
    line = "ny | b1 | buyer | | 2026-10-02T02:30:00+00:00\nny | b1 | buyer | | 2026-10-03 09:00:00"
    made = source(tmp_path, talk(line), zone_of={"ny": "America/New_York"})
    (row,) = judged(made, rule(), shops=["ny"])
    assert (row["day"], row["verdict"], row["denominator"]) == (FIRST, "fail", 1)


def test_rules_without_a_sample_judge_a_single_buyer(tmp_path: Path) -> None:
    (row,) = judged(source(tmp_path, talk(asked(["b1"]))), rule())
    assert (row["verdict"], row["sample_needed"], row["cases"]) == ("fail", None, 1)


def test_a_day_on_which_nobody_asked_is_not_judged(tmp_path: Path) -> None:
    made = source(tmp_path, talk(asked(["b1"])))
    rows = judged(made, rule(), rule(id="sampled", minimum_sample=EFFECTIVE["minimum_sample"]), first=NEXT, last=NEXT)
    assert [(row["verdict"], row["value"]) for row in rows] == [("not_applicable", None)] * 2
    assert {row["why"] for row in rows} <= {"no_data", "small_sample"}


def test_days_before_a_shops_data_and_after_all_data_are_not_there(tmp_path: Path) -> None:
    made = source(tmp_path, talk(asked(["b1"]), asked(["z1"], day="2026-10-03", shop="zhao")))
    rows = judged(made, rule(), first=dt.date(2026, 9, 29), last=dt.date(2026, 10, 9))
    of = {shop: [row["day"].day for row in rows if row["shop_id"] == shop] for shop in ("s1", "zhao")}
    assert of == {"s1": [1, 2, 3, 4, 5], "zhao": [3, 4, 5]}
    # Nothing came of Zhao's shop after the 3rd: whatever is said of later days may still change.
    assert [row["provisional"] for row in rows if row["shop_id"] == "zhao"] == [True, True, True]


def test_shops_and_rules_can_be_chosen(tmp_path: Path) -> None:
    made = source(tmp_path, talk(asked(["b1"]), asked(["z1"], shop="zhao")))
    rows = judged(made, rule(), rule(id="other"), shops=["zhao"], rules=["other"])
    assert [(row["shop_id"], row["rule"]) for row in rows] == [("zhao", "other")]
    assert judged(made, rule(), rules=["nobody's"]) == []


# What may still change


def test_the_last_day_with_messages_is_provisional_and_the_day_before_is_not(tmp_path: Path) -> None:
    made = source(tmp_path, "\n".join([HEAD, asked(["b1"]), answered(["b1"], day="2026-10-02")]))
    first, last = judged(made, rule(), last=NEXT)
    assert (first["verdict"], first["provisional"], first["why"]) == ("fail", False, None)
    assert (last["verdict"], last["provisional"], last["why"]) == ("pass", True, "last_day")


def test_the_last_day_is_each_shops_own_and_orders_do_not_make_it_later(tmp_path: Path) -> None:
    orders = """
    orders:
    shop | order | buyer | created_at | paid_at | amount
    s1 | o1 | b1 | 2026-10-09 09:00:00 | 2026-10-09 09:00:00 | 10.00
    """
    made = source(tmp_path, talk(asked(["z1"], shop="zhao"), asked(["b1"]), more=orders))
    rows = judged(made, rule(), last=dt.date(2026, 10, 5))
    assert {(row["shop_id"], row["day"].day): row["provisional"] for row in rows if row["verdict"] != "not_applicable"} == {
        ("s1", 1): False,
        ("s1", 5): True,
        ("zhao", 1): True,
    }


def test_too_small_a_sample_may_still_grow_on_the_last_day(tmp_path: Path) -> None:
    (row,) = judged(source(tmp_path, "\n".join([HEAD, asked(["b1"])])), rule(**EFFECTIVE))
    assert (row["verdict"], row["why"], row["provisional"]) == ("not_applicable", "small_sample", True)


def test_where_replies_may_come_later_so_many_more_days_are_provisional(tmp_path: Path) -> None:
    lines = [asked([f"b{day}"], day=f"2026-10-0{day}") for day in (1, 2, 3)]
    made = source(tmp_path, "\n".join([HEAD, *lines]), reply_within_hours=24)
    rows = judged(made, rule(), last=dt.date(2026, 10, 3))
    assert [row["provisional"] for row in rows] == [False, True, True]


def test_a_conversion_is_final_only_when_its_days_are_over(tmp_path: Path) -> None:
    orders = """
    orders:
    shop | order | buyer | created_at | paid_at | amount
    s1 | o1 | b9 | 2026-10-04 09:00:00 | 2026-10-04 09:00:00 | 10.00
    """
    lines = [asked([f"b{day}"], day=f"2026-10-0{day}") for day in (1, 2, 3, 4)]
    made = source(tmp_path, "\n".join([HEAD, *lines, orders]), conversion_days=3)
    rows = judged(made, rule(metric="inquiry_conversion"), last=dt.date(2026, 10, 4))
    # The first day's three days end with the 3rd, of which data are whole; the second's with the 4th, the last day there is.
    assert [(row["day"].day, row["provisional"], row["why"]) for row in rows] == [
        (1, False, None),
        (2, True, "not_final"),
        (3, True, "not_final"),
        (4, True, "last_day"),
    ]


# Days left out


EXEMPT = """
    exemptions:
    shop | first_day | last_day | covers | reason
    s1 | 2026-10-01 | 2026-10-02 | {covers} | 国庆
    """


@pytest.mark.parametrize("covers", ["response", "all", ""])
def test_on_an_exempt_day_no_rule_is_judged_and_the_reason_is_said(tmp_path: Path, covers: str) -> None:
    made = source(tmp_path, talk(asked(["b1"]), more=EXEMPT.format(covers=covers)))
    (row,) = judged(made, rule())
    assert (row["verdict"], row["why"], row["note"], row["provisional"]) == ("not_applicable", "exempt", "国庆", False)
    assert row["cases"] is None


def test_exempt_days_leave_the_days_summed_up_and_the_buyers_listed(tmp_path: Path) -> None:
    days = [
        asked([f"x{number}" for number in range(9)], day="2026-10-02"),
        asked(["b3"], day="2026-10-03"),
        answered(["b4"], day="2026-10-03"),
    ]
    made = source(tmp_path, talk(*days, more=EXEMPT.format(covers="response")))
    trailing = rule(scope="trailing_days", days=3, threshold=0.9)
    (row,) = judged(made, trailing, first=dt.date(2026, 10, 3), last=dt.date(2026, 10, 3))
    assert (row["verdict"], row["numerator"], row["denominator"]) == ("fail", 1, 2)
    assert behind(made, row, trailing)["buyer_id"].to_list() == ["b3"]


# Several days summed up


def test_trailing_days_are_summed_and_never_a_mean_of_days(tmp_path: Path) -> None:
    made = source(tmp_path, talk(answered(named(1)), asked(named(9, "x"), day="2026-10-02")))
    first, second, third = judged(made, rule(scope="trailing_days", days=2), last=dt.date(2026, 10, 3))
    assert (first["numerator"], first["denominator"], first["partial"]) == (1, 1, True)
    # One of ten, though the mean of the two days is exactly a half.
    assert (second["numerator"], second["denominator"], second["verdict"]) == (1, 10, "fail")
    assert (second["first_day"], second["partial"], second["cases"]) == (FIRST, False, 4)
    assert (third["numerator"], third["denominator"], third["first_day"]) == (0, 9, NEXT)


def test_orders_from_before_the_first_message_do_not_make_the_days_of_messages_whole(tmp_path: Path) -> None:
    orders = """
    orders:
    shop | order | buyer | created_at | paid_at | amount
    s1 | o1 | b1 | 2026-09-20 09:00:00 | 2026-09-20 09:00:00 | 10.00
    """
    made = source(tmp_path, talk(asked(["b1"]), more=orders))
    span = {"scope": "trailing_days", "days": 10}
    replied, sold = judged(made, rule(**span), rule(id="sold", metric="orders", threshold=1, **span))
    assert (replied["first_day"], replied["partial"], sold["partial"]) == (dt.date(2026, 9, 22), True, False)


def test_the_sample_of_trailing_days_is_that_of_all_of_them(tmp_path: Path) -> None:
    made = source(tmp_path, talk(asked(named(2)), asked(named(1), day="2026-10-02")))
    trailing = rule(scope="trailing_days", days=2, minimum_sample={"metric": "consulting_buyers", "at_least": 3})
    first, second = judged(made, trailing, last=NEXT)
    assert (first["why"], first["sample"]) == ("small_sample", 2)
    assert (second["verdict"], second["sample"]) == ("fail", 3)


def test_days_without_messages_count_for_nothing_within_trailing_days(tmp_path: Path) -> None:
    rows = judged(source(tmp_path, talk(answered(named(2)))), rule(scope="trailing_days", days=30), last=dt.date(2026, 10, 5))
    assert [row["denominator"] for row in rows] == [2, 2, 2, 2, 3]


def test_what_is_counted_once_in_a_period_is_counted_once_over_trailing_days(tmp_path: Path) -> None:
    orders = """
    orders:
    shop | order | buyer | created_at | paid_at | amount
    s1 | o1 | b1 | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
    s1 | o2 | b1 | 2026-10-02 09:00:00 | 2026-10-02 09:00:00 | 20.00
    """
    made = source(tmp_path, talk(asked(["b1"]), more=orders))
    trailing = [rule(id=metric, metric=metric, threshold=2, scope="trailing_days", days=2) for metric in ("buyers", "average_order_value")]
    found = {row["rule"]: row for row in judged(made, *trailing, first=NEXT, last=NEXT)}
    assert (found["buyers"]["value"], found["buyers"]["verdict"]) == (1, "fail")
    assert (found["average_order_value"]["value"], found["average_order_value"]["denominator"]) == (30, 1)


def test_a_median_over_trailing_days_is_that_of_all_their_messages(tmp_path: Path) -> None:
    lines = [answered(named(1), at="09:00:10"), answered(named(3), at="09:01:00", day="2026-10-02")]
    trailing = rule(metric="median_response_seconds", threshold=59, direction="at_most", scope="trailing_days", days=2)
    (row,) = judged(source(tmp_path, talk(*lines)), trailing, first=NEXT, last=NEXT)
    assert (row["verdict"], row["value"], row["gap"]) == ("fail", 60, 1)


def test_a_figure_that_looks_back_thirty_days_itself_is_not_summed_over_days(tmp_path: Path) -> None:
    refunds = """
    orders:
    shop | order | buyer | created_at | paid_at | amount
    s1 | o1 | b1 | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
    s1 | o2 | b2 | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
    refunds:
    shop | refund | order | applied_at | completed_at | amount | status | platform_intervened | merchant_liable
    s1 | r1 | o1 | 2026-10-01 10:00:00 | 2026-10-01 11:00:00 | 10.00 | success | yes | yes
    """
    made = source(tmp_path, talk(asked(["b1"]), more=refunds))
    disputes = {"metric": "dispute_refund_rate", "threshold": 0.01, "direction": "at_most"}
    rows = judged(made, rule(id="day", **disputes), rule(id="span", scope="trailing_days", days=3, **disputes), first=NEXT, last=NEXT)
    assert [(row["rule"], row["numerator"], row["denominator"]) for row in rows] == [("day", 1, 2), ("span", 1, 2)]
    assert [row["cases"] for row in rows] == [1, 1]


# Durations and counts


def test_a_mean_exactly_on_the_line_passes_and_a_microsecond_above_it_fails(tmp_path: Path) -> None:
    made = source(tmp_path, talk(answered(["b1"], at="09:00:10"), answered(["b2"], at="09:00:20")))
    (row,) = judged(made, rule(metric="avg_response_seconds", threshold=15, direction="at_most"))
    assert (row["verdict"], row["value"], row["gap"], row["cases"]) == ("pass", 15, 0, None)
    made = source(tmp_path / "b", talk(answered(["b1"], at="09:00:10"), answered(["b2"], at="09:00:20.000002")))
    (row,) = judged(made, rule(metric="avg_response_seconds", threshold=15, direction="at_most"))
    assert (row["verdict"], row["gap"]) == ("fail", pytest.approx(0.000001, rel=1e-6))


def test_seconds_that_are_not_whole_in_binary_add_up_exactly(tmp_path: Path) -> None:
    made = source(tmp_path, talk(answered(["b1"], at="09:00:10.1"), answered(["b2"], at="09:00:10.2")))
    (row,) = judged(made, rule(metric="avg_response_seconds", threshold=10.15, direction="at_most"))
    assert (row["verdict"], row["gap"]) == ("pass", 0)


def test_thirds_and_tenths_are_compared_exactly(tmp_path: Path) -> None:
    made = source(tmp_path, talk(answered(named(7)), asked(named(3, "x"))))
    (row,) = judged(made, rule(threshold=0.7))
    assert (row["verdict"], row["cases"]) == ("pass", 0)


def test_slow_replies_may_be_so_many_and_no_more(tmp_path: Path) -> None:
    made = source(tmp_path, talk(answered(named(3), at="09:03:01")))
    rows = judged(
        made,
        rule(id="a", metric="slow_replies", threshold=3, direction="at_most"),
        rule(id="b", metric="slow_replies", threshold=2, direction="at_most"),
    )
    assert [(row["verdict"], row["gap"]) for row in rows] == [("pass", 0), ("fail", 1)]


# Units, and yesterday by yesterday's version


UNITS = """s1 | b1 | buyer | | 2026-10-01 09:00:00
    s1 | b1 | buyer | | 2026-10-01 09:00:01
    s1 | b1 | agent | lin | 2026-10-01 09:03:01
    s1 | b1 | buyer | | 2026-10-01 10:00:00
    s1 | b1 | agent | lin | 2026-10-01 10:00:05
    s1 | b2 | buyer | | 2026-10-01 09:00:00
    s1 | b2 | agent | lin | 2026-10-01 09:00:05"""


@pytest.mark.parametrize(("unit", "counted"), [(None, (1, 2)), ("contact", (1, 2)), ("turn", (2, 3)), ("message", (3, 4))])
def test_a_rule_counts_in_its_own_unit_whatever_the_packs(tmp_path: Path, unit: str | None, counted: tuple[int, int]) -> None:
    made = source(tmp_path, talk(UNITS))
    three = rule(metric="reply_rate_3min", threshold=0.99, **({"unit": unit} if unit else {}))
    (row,) = judged(made, three)
    assert (row["numerator"], row["denominator"], row["unit"]) == (*counted, unit or "contact")
    spoilt = behind(made, row, three)
    # Of the two messages in a row only the first waited for more than 3 minutes.
    assert spoilt.select("buyer_id", "wait_seconds").rows() == [("b1", 181)]


def test_of_several_messages_of_one_turn_only_the_first_spoils_it(tmp_path: Path) -> None:
    made = source(tmp_path, talk(UNITS.replace("09:03:01", "09:10:00")))
    for unit, waits in (("turn", [600]), ("message", [600, 599])):
        three = rule(metric="reply_rate_3min", threshold=0.99, unit=unit)
        (row,) = judged(made, three)
        spoilt = behind(made, row, three)
        assert spoilt["wait_seconds"].to_list() == waits
        assert len(waits) == row["denominator"] - row["numerator"]


def test_by_session_one_late_session_of_a_buyer_does_not_spoil_the_other(tmp_path: Path) -> None:
    lines = """shop | buyer | sender | agent | sent_at | session
        s1 | b1 | buyer | | 2026-10-01 09:00:00 | k1
        s1 | b1 | agent | lin | 2026-10-01 09:00:10 | k1
        s1 | b1 | buyer | | 2026-10-01 10:00:00 | k2
        s1 | b1 | buyer | | 2026-10-02 10:00:00 | k3"""
    made = source(tmp_path, lines)
    (row,) = judged(made, rule(metric="reply_rate_3min", unit="session", threshold=0.99))
    assert (row["numerator"], row["denominator"], row["cases"]) == (1, 2, 1)


def test_each_day_is_judged_by_the_version_in_force_on_it(tmp_path: Path) -> None:
    lines = [answered(named(3), day=day) + "\n" + asked(named(2, "x"), day=day) for day in ("2026-10-01", "2026-10-02")]
    made = source(tmp_path, talk(*lines))
    old, new = version(rule(threshold=0.6)), version(rule(threshold=0.61), rule(id="new", threshold=0.1), since=NEXT)
    found = compliance(made, lambda _shop, day: ("mine", new if day >= NEXT else old), FIRST, NEXT)
    assert found.select("day", "rule", "threshold", "verdict").rows() == [
        (FIRST, "rule", 0.6, "pass"),
        (NEXT, "rule", 0.61, "fail"),
        (NEXT, "new", 0.1, "pass"),
    ]


def test_each_shop_is_judged_by_its_own_pack(tmp_path: Path) -> None:
    made = source(tmp_path, talk(asked(["b1"]), asked(["z1"], shop="zhao")))
    packs = {"s1": ("a", version(rule())), "zhao": ("b", version(rule(id="zhaos", threshold=0)))}
    found = compliance(made, lambda shop, _day: packs[shop], FIRST, FIRST)
    assert found.select("shop_id", "pack", "rule", "verdict").rows() == [("s1", "a", "rule", "fail"), ("zhao", "b", "zhaos", "pass")]


def test_without_rules_nothing_is_judged(tmp_path: Path) -> None:
    made = source(tmp_path, talk(asked(["b1"])))
    assert judged(made) == []
    assert compliance(made, lambda _shop, _day: ("mine", version()), FIRST, FIRST).columns[:3] == ["shop_id", "day", "first_day"]


# Whom it was about


def test_buyers_nobody_answered_are_named_without_a_wait(tmp_path: Path) -> None:
    made = source(tmp_path, talk(answered(["b1"]), asked(["x1", "x2"])))
    (row,) = judged(made, rule())
    found = behind(made, row, rule())
    assert found.select("buyer_id", "reason", "wait_seconds", "counted_for").rows() == [
        ("x1", "unanswered", None, None),
        ("x2", "unanswered", None, None),
    ]


def test_all_days_summed_up_are_looked_at_and_a_buyer_is_listed_once_for_many_verdicts(tmp_path: Path) -> None:
    made = source(tmp_path, talk(asked(["x1"]), asked(["x2"], day="2026-10-02"), asked(["z1"], shop="zhao")))
    one = version(rule(scope="trailing_days", days=2))
    found = compliance(made, lambda _shop, _day: ("mine", one), FIRST, NEXT)
    spoilt = failing(made, lambda _shop, _day: ("mine", one), found)
    assert spoilt.select("shop_id", "day", "buyer_id").rows() == [("s1", FIRST, "x1"), ("s1", NEXT, "x2"), ("zhao", FIRST, "z1")]
    only_last = failing(made, lambda _shop, _day: ("mine", one), found.filter(pl.col("shop_id") == "s1", pl.col("day") == NEXT))
    assert only_last["buyer_id"].to_list() == ["x1", "x2"]
    assert failing(made, lambda _shop, _day: ("mine", one), found.clear()).is_empty()


def test_two_messages_of_one_second_are_two(tmp_path: Path) -> None:
    lines = "s1 | b1 | buyer | | 2026-10-01 09:00:00 | m1\ns1 | b1 | buyer | | 2026-10-01 09:00:00 | m2\ns1 | b1 | buyer | | 2026-10-02 09:00:00 | m3"
    made = source(tmp_path, "shop | buyer | sender | agent | sent_at | id\n" + lines)
    by_message = rule(metric="reply_rate_3min", unit="message")
    (row,) = judged(made, by_message)
    assert (row["denominator"], len(behind(made, row, by_message))) == (2, 2)


def test_who_got_any_answer_is_not_behind_a_low_reply_rate(tmp_path: Path) -> None:
    lines = """s1 | b1 | buyer | | 2026-10-01 09:00:00
        s1 | b1 | agent | lin | 2026-10-01 09:00:05
        s1 | b1 | buyer | | 2026-10-01 10:00:00
        s1 | b2 | buyer | | 2026-10-01 09:00:00"""
    made = source(tmp_path, talk(lines))
    replied = rule(metric="reply_rate", threshold=0.9)
    (row,) = judged(made, replied)
    assert (row["numerator"], row["denominator"], row["cases"]) == (1, 2, 1)
    assert behind(made, row, replied)["buyer_id"].to_list() == ["b2"]


def test_behind_a_long_mean_are_the_messages_that_waited_longer_than_the_line(tmp_path: Path) -> None:
    made = source(tmp_path, talk(answered(["b1"], at="09:01:00"), answered(["b2"], at="09:01:01"), answered(["b3"], at="09:05:00")))
    mean = rule(metric="avg_response_seconds", threshold=60, direction="at_most")
    (row,) = judged(made, mean)
    assert row["verdict"] == "fail"
    assert behind(made, row, mean).select("buyer_id", "wait_seconds", "counted_for").rows() == [("b2", 61, "lin"), ("b3", 300, "lin")]


def test_behind_too_many_refunds_are_the_orders_refunded(tmp_path: Path) -> None:
    orders = """
    orders:
    shop | order | buyer | created_at | paid_at | amount
    s1 | o1 | b1 | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
    s1 | o2 | b2 | 2026-10-01 09:00:00 | 2026-10-01 09:00:00 | 10.00
    refunds:
    shop | refund | order | applied_at | completed_at | amount | status
    s1 | r1 | o1 | 2026-10-01 10:00:00 | 2026-10-01 11:00:00 | 10.00 | success
    """
    made = source(tmp_path, talk(asked(["b1"]), more=orders))
    refunded = rule(metric="refund_rate", threshold=0.1, direction="at_most")
    (row,) = judged(made, refunded)
    assert (row["verdict"], row["cases"], row["provisional"]) == ("fail", 1, True)
    assert behind(made, row, refunded).select("day", "buyer_id", "subject").rows() == [(FIRST, "b1", "o1")]


# How far


@given(
    denominator=st.integers(1, 10_000),
    share=st.fractions(0, 1),
    threshold=st.decimals(0, 1, places=4),
    direction=st.sampled_from(["at_least", "at_most"]),
)
def test_so_many_more_pass_and_one_fewer_does_not(denominator: int, share: Fraction, threshold: Any, direction: str) -> None:
    numerator, line = Fraction(round(share * denominator)), Fraction(threshold)

    def passes(top: Fraction) -> bool:
        return top / denominator >= line if direction == "at_least" else top / denominator <= line

    step = 1 if direction == "at_least" else -1
    k = missing(numerator, Fraction(denominator), line, direction)
    assert passes(numerator + step * k)
    assert not passes(numerator + step * (k - 1))
    assert (k <= 0) == passes(numerator)
    assert 0 <= numerator + step * k <= denominator
