"""Who was there for part of a period: what gates and targets ask of him, exactly; and what a veto takes in a PK."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe.appraisal import appraise, parse
from kaohe.appraisal.describing import item_rows, pay_rows, requirement_rows
from kaohe.appraisal.words import answer, line, podium
from kaohe.errors import Failure

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
HEAD = "name: mine\ntitle: 我的方案\nsource: 店长\n"
FLAT = "{kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}"
BASE = "pay: {lines: [{kind: fixed, amount: 100, gated: true}]}\n"
FIGURES = {"agent_id": pl.String, "metric": pl.String, "value": pl.Float64, "numerator": pl.Float64, "denominator": pl.Float64}


def judged(text, *rows, since=20, targets=None):
    """lin is there all month, mo from a day of November on; rows are agent, metric and value."""
    frame = pl.DataFrame([(*row, None, None) for row in rows], schema=FIGURES, orient="row")
    joined = date(2026, 11, since)
    agents = pl.DataFrame(
        {"agent_id": ["lin", "mo"], "first": [None, joined], "last": [None, NOVEMBER[1]]},
        schema={"agent_id": pl.String, "first": pl.Date, "last": pl.Date},
    )
    frame = frame.with_columns(first=pl.when(agent_id="mo").then(pl.lit(joined)))
    goals = None if targets is None else pl.DataFrame(targets, schema=["agent_id", "metric", "target"], orient="row")
    return appraise(parse(HEAD + text), frame, agents, period=NOVEMBER, targets=goals)


def gate(limit, *rows, **more):
    found = judged(f"gates: [{limit}]\nitems: [{{metric: served_buyers, weight: 100, scoring: {FLAT}}}]\n{BASE}", *rows, **more)
    return {one.agent_id: one.gates[0] for one in found.statements}


def test_a_gate_asks_for_the_days_somebody_was_there():
    found = gate("{metric: online_hours, at_least: 150}", ("lin", "online_hours", 149.99), ("mo", "online_hours", 55.0))
    assert [(one.limit, one.passed) for one in found.values()] == [(150, False), (55, True)]
    assert "× 在岗天数占 11/30 = 55.00 小时" in answer(found["mo"])
    assert "× share of days 11/30 = 55.00 h" in answer(found["mo"], "en")
    assert "在岗" not in answer(found["lin"])


def test_the_limit_is_not_rounded():
    # A third of 10 is more than 3.33.
    limit = "{metric: net_sales_amount, at_least: 10}"
    short = gate(limit, ("mo", "net_sales_amount", 3.33), since=21)["mo"]
    assert (short.limit, short.passed) == (Fraction(10, 3), False)
    assert gate(limit, ("mo", "net_sales_amount", 3.34), since=21)["mo"].passed
    assert gate("{metric: served_buyers, above: 30}", ("mo", "served_buyers", 10.0), since=21)["mo"].passed is False


@pytest.mark.parametrize(
    "limit", ["{metric: upheld_complaints, at_most: 1}", "{metric: slow_replies, below: 2}", "{metric: reply_rate, at_least: 95%}"]
)
def test_what_is_allowed_and_rates_are_the_same_for_all(limit):
    metric = limit.split("metric: ")[1].split(",")[0]
    found = gate(limit, ("lin", metric, 1.0), ("mo", metric, 1.0))
    assert found["lin"].limit == found["mo"].limit
    assert found["lin"].passed is found["mo"].passed is True


def test_a_gate_may_say_otherwise():
    assert gate("{metric: upheld_complaints, at_most: 3, pro_rata: true}", ("mo", "upheld_complaints", 1.0), since=21)["mo"].limit == 1
    assert gate("{metric: online_hours, at_least: 150, pro_rata: false}", ("mo", "online_hours", 55.0))["mo"].passed is False


@pytest.mark.parametrize(
    "text",
    [
        f"gates: [{{metric: reply_rate, at_least: 95%, pro_rata: true}}]\nitems: [{{metric: served_buyers, weight: 100, scoring: {FLAT}}}]\n{BASE}",
        f"gates: [{{metric: sales_amount, figures: shops, at_least: 9, pro_rata: true}}]\n"
        f"items: [{{metric: served_buyers, weight: 100, scoring: {FLAT}}}]\n{BASE}",
        "items: [{metric: average_order_value, weight: 100, scoring: {kind: attainment, target: 100, pro_rata: true}}]\n",
        f"items: [{{metric: served_buyers, weight: 100, scoring: {FLAT[:-1]}, pro_rata: true}}}}]\n",
    ],
)
def test_what_has_not_half_in_half_a_period_can_not_be_pro_rata(text):
    with pytest.raises(Failure) as caught:
        parse(HEAD + text)
    assert [problem.code.name for problem in caught.value.problems] == ["scheme_not_by_days"]


def attained(metric, target, value, targets=None, **more):
    said = "".join(f", {key}: {given}" for key, given in more.items())
    item = f"items: [{{metric: {metric}, weight: 100, scoring: {{kind: attainment, target: {target}{said}}}}}]\n"
    return judged(item, ("lin", metric, value), ("mo", metric, value), since=16, targets=targets)


def points(found):
    return {one.agent_id: str(one.points) for one in found.statements}


def test_a_target_of_the_scheme_is_of_the_days_somebody_was_there():
    found = attained("served_buyers", 100, 40.0)
    assert points(found) == {"lin": "40.00", "mo": "80.00"}
    assert "完成 80.00 %（目标 50）" in line(found.statement("mo").lines[0])
    assert points(attained("served_buyers", 100, 40.0, pro_rata="false")) == {"lin": "40.00", "mo": "40.00"}


def test_a_target_for_what_should_be_little_and_for_rates_is_the_same_for_all():
    assert points(attained("upheld_complaints", 1, 2.0)) == {"lin": "50.00", "mo": "50.00"}
    assert points(attained("reply_rate", "80%", 0.4)) == {"lin": "50.00", "mo": "50.00"}


def test_ones_own_target_counts_in_full_unless_the_scheme_says_otherwise():
    own = [("lin", "served_buyers", 100.0), ("mo", "served_buyers", 50.0)]
    assert points(attained("served_buyers", "targets", 20.0, own)) == {"lin": "20.00", "mo": "40.00"}
    assert points(attained("served_buyers", "targets", 20.0, own, pro_rata="true")) == {"lin": "20.00", "mo": "80.00"}


@given(st.integers(2, 30), st.integers(0, 400), st.integers(1, 400))
def test_nobody_is_asked_for_more_than_who_was_there_longer(since, value, limit):
    found = gate(
        f"{{metric: served_buyers, at_least: {limit}}}",
        ("lin", "served_buyers", float(value)),
        ("mo", "served_buyers", float(value)),
        since=since,
    )
    assert found["mo"].limit == Fraction(limit) * (31 - since) / 30
    assert found["mo"].passed == (value >= found["mo"].limit)
    assert found["mo"].passed or not found["lin"].passed


# PK


PK = (
    "vetoes: [{metric: abuse_complaints, at_least: 1, effects: [no_place]}]\n"
    "pk: [{metric: sales_amount, prizes: [300, 200, 100]%s}]\npay: {lines: [{kind: pk}]}\n"
)
ROWS = (("lin", "sales_amount", 900.0), ("mo", "sales_amount", 500.0), ("lin", "abuse_complaints", 1.0))


def test_a_veto_of_the_place_takes_the_prize_of_a_pk_and_the_next_one_moves_up():
    found = judged(PK % "", *ROWS, since=1)
    assert {one.agent_id: (one.podium["sales_amount"].place, str(one.pay)) for one in found.statements} == {
        "lin": (None, "0.00"),
        "mo": (1, "300.00"),
    }
    assert "一票否决，不参加" in podium(found.statement("lin").podium["sales_amount"])


def test_a_factor_may_let_the_vetoed_in():
    found = judged(PK % ", vetoed: in", *ROWS, since=1)
    assert {one.agent_id: str(one.pay) for one in found.statements} == {"lin": "300.00", "mo": "200.00"}


def test_a_veto_that_leaves_the_place_leaves_the_prize():
    found = judged((PK % "").replace("no_place", "lowest_grade"), *ROWS, since=1)
    assert {one.agent_id: str(one.pay) for one in found.statements} == {"lin": "300.00", "mo": "200.00"}


# In words


SHOWN = parse(
    HEAD
    + f"gates: [{{metric: online_hours, at_least: 150}}]\nitems:\n  - {{metric: served_buyers, weight: 60, section: main, scoring: {FLAT}}}\n"
    + "  - {metric: sales_amount, weight: 40, section: main, gated: true, scoring: {kind: attainment, target: 5000}}\n"
    + "pk: [{id: money, metric: sales_amount, prizes: [300], ties: each, minimum: {metric: served_buyers, at_least: 30}}]\n"
    + "pay: {lines: [{kind: points, amount: 10, of: {points: main}}, {kind: pk, factors: [money]}]}\n"
)


def test_a_scheme_in_words_tells_who_takes_part_and_what_is_by_days_and_names_nothing_by_the_files_ids():
    rows = [*item_rows(SHOWN, "zh"), *requirement_rows(SHOWN, "zh"), *pay_rows(SHOWN, "zh")]
    said = "\n".join(" ".join(row) for row in rows)
    for part in (
        "接待人数不少于 30 才参加",
        "并列各得该名次的奖金",
        "不少于 150 小时（只在岗一段的，按天数折算）",
        "目标 5000 元",
        "只在岗一段的，目标按天数折算",
        "“接待人数、成交额”得分 × 10 元",
    ):
        assert part in said
    assert "保底" not in said
    assert "main" not in said
    assert "money" not in said
