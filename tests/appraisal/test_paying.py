"""Pay, line by line: the examples of docs/reference/pay.md and the edges of its rules."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from kaohe.appraisal import appraise, parse
from kaohe.appraisal.frames import podiums
from kaohe.appraisal.words import paid

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
FLAT = "{kind: linear, low: {figure: 0, points: 0}, high: {figure: 1000, points: 1000}}"
FIGURES = {"agent_id": pl.String, "metric": pl.String, "value": pl.Float64, "numerator": pl.Float64, "denominator": pl.Float64}


def judged(pay, figures, *, more="", agents=None):
    """Everybody judged by one item, whose points are the number of inquiries, and paid so."""
    scheme = parse(
        f"name: mine\ntitle: 我的方案\nsource: 店长\n{more}\n"
        f"items:\n  - {{metric: inquiries, max_points: 1000, section: main, scoring: {FLAT}}}\npay:\n{pay}"
    )
    rows = [(agent, metric, float(value), float(value), None) for agent, of in figures.items() for metric, value in of.items()]
    return appraise(scheme, pl.DataFrame(rows, schema=FIGURES, orient="row"), agents, period=NOVEMBER)


def line(kind):
    return f"  lines:\n    - {{id: it, {kind}}}\n"


def amount(kind, figures, **more):
    return str(judged(line(kind), {"lin": figures}, **more).statement("lin").paid("it").amount)


SALES = "on: net_sales_amount"
BANDS = "bands: [{below: 10000, rate: 1%}, {at_least: 10000, rate: 2%}]"


def test_marginal_commission_pays_each_slice_at_its_own_rate():
    assert amount(f"kind: commission, {SALES}, {BANDS}", {"net_sales_amount": 15000}) == "200.00"


def test_whole_commission_pays_all_of_it_at_the_rate_of_its_band():
    assert amount(f"kind: commission, {SALES}, {BANDS}, mode: whole", {"net_sales_amount": 15000}) == "300.00"


@pytest.mark.parametrize(("sales", "marginal", "whole"), [(9999.99, "100.00", "100.00"), (10000, "100.00", "200.00"), (0, "0.00", "0.00")])
def test_exactly_on_the_edge_the_upper_band_has_begun(sales, marginal, whole):
    assert amount(f"kind: commission, {SALES}, {BANDS}", {"net_sales_amount": sales}) == marginal
    assert amount(f"kind: commission, {SALES}, {BANDS}, mode: whole", {"net_sales_amount": sales}) == whole


def test_what_was_refunded_beyond_the_sales_takes_commission_back_at_the_first_rate():
    assert (
        str(
            judged("  floor: null\n" + line(f"kind: commission, {SALES}, {BANDS}"), {"lin": {"net_sales_amount": -500}})
            .statement("lin")
            .pay
        )
        == "-5.00"
    )


def test_a_rate_may_be_decided_by_a_score():
    rate_by = "rate_by: {on: {points: main}, bands: [{below: 60, rate: 0.5%}, {at_least: 60, rate: 1%}]}"
    assert amount(f"kind: commission, {SALES}, {rate_by}", {"net_sales_amount": 20000, "inquiries": 59}) == "100.00"
    assert amount(f"kind: commission, {SALES}, {rate_by}", {"net_sales_amount": 20000, "inquiries": 60}) == "200.00"


def test_a_daily_rate_by_total_times_days_worked():
    bands = "bands: [{below: 650, amount: 96}, {at_least: 650, below: 800, amount: 120}, {at_least: 800, below: 900, amount: 136}, {at_least: 900, amount: 160}]"
    found = judged(
        line(f"kind: day_rate, by: {{points: total}}, {bands}, days: online_hours"), {"lin": {"inquiries": 750, "online_hours": 31.5}}
    )
    assert str(found.statement("lin").pay) == "3780.00"
    assert "120.00 × 31.5 = 3,780.00" in paid(found.statement("lin").paid("it"))


def test_without_days_there_is_no_pay_and_it_is_said():
    found = judged(line("kind: day_rate, amount: 120, days: online_hours"), {"lin": {"inquiries": 750}}).statement("lin")
    assert found.pay is None
    assert "无数据" in paid(found.paid("it"))


def stretch(first, last):
    return pl.DataFrame({"agent_id": ["lin"], "name": ["林"], "first": [first], "last": [last]})


def test_who_was_there_for_part_of_the_month_gets_that_part():
    agents = stretch(date(2026, 11, 14), date(2026, 11, 30))
    found = judged(line("kind: fixed, amount: 3000, pro_rata: true"), {}, agents=agents).statement("lin")
    assert str(found.pay) == "1700.00"


def test_what_is_not_pro_rata_is_paid_in_full():
    assert (
        str(judged(line("kind: fixed, amount: 3000"), {}, agents=stretch(date(2026, 11, 14), date(2026, 11, 30))).statement("lin").pay)
        == "3000.00"
    )


def test_half_a_fen_is_rounded_up_once_at_the_line():
    assert amount(f"kind: commission, {SALES}, rate: 0.5%", {"net_sales_amount": 1}) == "0.01"
    assert amount(f"kind: commission, {SALES}, rate: 0.5%", {"net_sales_amount": 0.99}) == "0.00"


def test_deductions_go_to_the_floor_and_no_further_and_the_lines_still_add_up():
    found = judged(line("kind: per_unit, on: slow_replies, amount: -50"), {"lin": {"slow_replies": 3}})
    statement = found.statement("lin")
    assert {one.key: str(one.amount) for one in statement.pay_lines} == {"it": "-150.00", "floor": "150.00"}
    assert statement.pay == sum(one.amount for one in statement.pay_lines) == Decimal(0)


def test_units_that_are_free_do_not_count_and_whole_ones_only_where_asked():
    assert amount("kind: per_unit, on: online_hours, amount: 5, free: 2", {"online_hours": 4.5}) == "12.50"
    assert amount("kind: per_unit, on: online_hours, amount: 5, free: 2, whole: true", {"online_hours": 4.5}) == "10.00"
    assert amount("kind: per_unit, on: online_hours, amount: 5, free: 2", {"online_hours": 1}) == "0.00"


def test_a_tier_pays_the_amount_of_the_band():
    tier = "kind: tier, by: inquiry_conversion, bands: [{below: 40%, amount: 0}, {at_least: 40%, below: 50%, amount: 500}, {at_least: 50%, amount: 1000}]"
    assert [amount(tier, {"inquiry_conversion": value}) for value in (0.39999, 0.4, 0.5)] == ["0.00", "500.00", "1000.00"]


GRADES = "grades: {bands: [{below: 60, name: C, coefficient: 0.8}, {at_least: 60, name: A, coefficient: 1.2}]}"


def test_the_coefficient_of_the_grade_multiplies_before_rounding():
    assert amount("kind: fixed, amount: 100.01, coefficient: true", {"inquiries": 60}, more=GRADES) == "120.01"
    assert amount("kind: fixed, amount: 100.01, coefficient: true", {"inquiries": 59}, more=GRADES) == "80.01"


def test_without_a_total_the_coefficient_is_one_and_a_prize_for_the_grade_nothing():
    assert amount("kind: fixed, amount: 100, coefficient: true", {"online_hours": 1}, more=GRADES) == "100.00"
    assert amount("kind: grade, amounts: {A: 800}", {"online_hours": 1}, more=GRADES) == "0.00"
    assert amount("kind: grade, amounts: {A: 800}", {"inquiries": 60}, more=GRADES) == "800.00"


def test_a_gate_that_is_not_passed_takes_what_is_gated_and_leaves_the_rest():
    lines = "  lines:\n    - {kind: fixed, amount: 3000}\n    - {kind: fixed, id: more, amount: 500, gated: true}\n"
    gates = "gates: [{metric: online_hours, at_least: 150}]"
    found = judged(lines, {"lin": {"online_hours": 149.99}, "mo": {"online_hours": 150}, "chen": {"orders": 1}}, more=gates)
    assert [str(found.statement(agent).pay) for agent in ("lin", "mo", "chen")] == ["3000.00", "3500.00", "3500.00"]
    assert "门槛没过" in paid(found.statement("lin").paid("more"))


def test_tied_people_share_the_prizes_of_the_places_they_take_up():
    found = judged(
        line("kind: place, prizes: [300, 200, 100]"), {agent: {"inquiries": points} for agent, points in (("lin", 9), ("mo", 9), ("wu", 5))}
    )
    assert [str(found.statement(agent).pay) for agent in ("lin", "mo", "wu")] == ["250.00", "250.00", "100.00"]


def test_or_each_gets_the_prize_of_the_place_where_the_scheme_says_so():
    found = judged(line("kind: place, prizes: [300, 200, 100], ties: each"), {agent: {"inquiries": 9} for agent in ("lin", "mo")})
    assert [str(found.statement(agent).pay) for agent in ("lin", "mo")] == ["300.00", "300.00"]


def test_each_factor_of_a_pk_is_ranked_by_itself_and_lower_is_better_where_it_is():
    pk = "pk: [{metric: sales_amount, prizes: [300, 200]}, {metric: avg_response_seconds, prizes: [100], minimum_sample: 1}]"
    figures = {"lin": {"sales_amount": 10, "avg_response_seconds": 30}, "mo": {"sales_amount": 20, "avg_response_seconds": 40}}
    found = judged(line("kind: pk"), figures, more=pk)
    assert {agent: {key: one.place for key, one in found.statement(agent).podium.items()} for agent in figures} == {
        "lin": {"sales_amount": 2, "avg_response_seconds": 1},
        "mo": {"sales_amount": 1, "avg_response_seconds": 2},
    }
    assert [str(found.statement(agent).pay) for agent in figures] == ["300.00", "300.00"]


def test_a_vetoed_total_is_nothing_and_pays_as_nothing():
    veto = "vetoes: [{metric: slow_replies, at_least: 1}]"
    tier = line("kind: tier, by: {points: total}, bands: [{below: 60, amount: 0}, {at_least: 60, amount: 500}]")
    found = judged(tier, {"lin": {"inquiries": 900, "slow_replies": 1}, "mo": {"inquiries": 900, "slow_replies": 0}}, more=veto)
    assert [(str(found.statement(agent).points), str(found.statement(agent).pay)) for agent in ("lin", "mo")] == [
        ("0.00", "0.00"),
        ("900.00", "500.00"),
    ]


def test_agents_of_a_factor_whose_intervals_overlap_are_one_group():
    pk = "pk: [{metric: inquiry_conversion, prizes: [300, 200]}]"
    scheme = parse(f"name: mine\ntitle: 我的方案\nsource: 店长\n{pk}\n")
    rows = [("lin", 0.90, 0.85, 0.95), ("mo", 0.80, 0.70, 0.88), ("wu", 0.50, 0.40, 0.60)]
    figures = pl.DataFrame(
        [(agent, "inquiry_conversion", value, 1.0, value, low, high) for agent, value, low, high in rows],
        schema={
            "agent_id": pl.String,
            "metric": pl.String,
            **dict.fromkeys(("numerator", "denominator", "value", "low", "high"), pl.Float64),
        },
        orient="row",
    )
    found = podiums(appraise(scheme, figures))
    assert found.select("agent_id", "place", "prize", "alike").rows() == [("lin", 1, 300.0, 1), ("mo", 2, 200.0, 1), ("wu", 3, 0.0, 2)]
