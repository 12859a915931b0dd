"""A scheme file with many mistakes is answered with all of them, each with its line, in one go."""

import pytest

from kaohe.appraisal import parse
from kaohe.errors import Failure

TEN = """\
name: mine
title: 我的方案
source: 店长
colour: red
gates:
  - {metric: online_hours, at_least: 150, below: 200}
items:
  - metric: reply_rate_30
    weight: 50
    scoring: {kind: bands, bands: [{below: 85, points: 60}, {at_least: 85, points: 100}]}
  - metric: reply_rate
    weight: 30
    gated: true
    scoring:
      kind: bands
      bands:
        - {below: 39%, points: 200}
        - {at_least: 42%, points: 450}
  - metric: avg_response_seconds
    weight: 10
    scoring:
      kind: linear
      low: {figure: 20, points: 0}
      high: {figure: 60, points: 100}
pay:
  lines:
    - {kind: fixed, amount: viel}
    - {kind: commission, on: {points: bracket}, rate: 1%}
    - {kind: grade, amounts: {A: 500}}
"""


def mistakes(text):
    with pytest.raises(Failure) as caught:
        parse(text, "mine.yaml")
    return caught.value.problems


def test_ten_mistakes_are_told_at_once_each_with_its_line():
    found = [(problem.line, problem.code.name) for problem in mistakes(TEN)]
    assert found == sorted(found, key=lambda one: one[0])
    assert set(found) == {
        (4, "definition_unknown_key"),
        (6, "definition_inconsistent"),
        (7, "scheme_weights_off"),
        (8, "scheme_unknown_metric"),
        (17, "scheme_points_outside"),
        (18, "scheme_points_outside"),
        (18, "bands_gap"),
        (24, "scheme_points_wrong_way"),
        (27, "definition_bad_value"),
        (28, "pay_unknown_name"),
        (29, "pay_without_grades"),
    }
    assert all(problem.text("zh") and problem.text("en") and problem.file == "mine.yaml" for problem in mistakes(TEN))


HEAD = "name: mine\ntitle: 我的方案\nsource: 店长\n"
ITEM = "  - {metric: reply_rate, weight: 100, scoring: {kind: linear, low: {figure: 50%, points: 0}, high: {figure: 100%, points: 100}}}\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("items: []\n", "scheme_judges_nothing"),
        ("effective_from: 2026-12-01\neffective_until: 2026-11-01\nitems:\n" + ITEM, "scheme_days_reversed"),
        ("items:\n  - {weight: 100, scoring: {kind: as_is}}\n", "scheme_item_without_subject"),
        ("items:\n  - {metric: reply_rate, weight: 100}\n", "scheme_item_without_scoring"),
        ("items:\n  - {metric: reply_rate, scoring: {kind: as_is}}\n", "scheme_item_without_worth"),
        ("items:\n  - {metric: qa_score, weight: 100, extra: {most: 5}, scoring: {kind: as_is}}\n", "scheme_item_two_worths"),
        ("items:\n  - {metric: silent_orders, weight: 100, better: any, scoring: {kind: rank, points: [100]}}\n", "scheme_needs_better"),
        ("items:\n  - {metric: orders, weight: 100, scoring: {kind: attainment, target: 0}}\n", "scheme_needs_target"),
        (
            "items:\n  - {metric: orders, weight: 100, scoring: {kind: linear, on: attainment, low: {figure: 0, points: 0}, high: {figure: 1, points: 9}}}\n",
            "scheme_needs_target",
        ),
        ("gates:\n  - {metric: online_hours, at_least: 1}\nitems:\n" + ITEM, "scheme_nothing_gated"),
        ("items:\n" + ITEM.replace("weight: 100", "weight: 100, gated: true"), "scheme_no_gates"),
        ("items:\n" + ITEM + "pk:\n  - {metric: orders, prizes: [1]}\n  - {metric: orders}\n", "scheme_same_item"),
        ("items:\n" + ITEM + "pk:\n  - {metric: silent_orders, prizes: [1]}\n", "scheme_needs_better"),
        ("items:\n" + ITEM + "grades: {bands: [{below: 60, name: A}, {at_least: 60, name: A}]}\n", "scheme_same_grade"),
        ("items:\n" + ITEM + "pay: {lines: [{kind: fixed, amount: 1, coefficient: true}]}\n", "pay_without_grades"),
        ("items:\n" + ITEM + "pay: {lines: [{kind: pk}]}\n", "pay_without_pk"),
        ("items:\n" + ITEM + "pay: {lines: [{id: a, kind: fixed, amount: 1}, {id: a, kind: fixed, amount: 1}]}\n", "pay_same_line"),
        ("items:\n" + ITEM + "pay: {lines: [{kind: per_unit, on: {item: nobody}, amount: 1}]}\n", "pay_unknown_name"),
        ("items:\n" + ITEM + "pay: {lines: [{kind: per_unit, on: ordres, amount: 1}]}\n", "scheme_unknown_metric"),
        (
            "items:\n" + ITEM + "pay: {lines: [{kind: tier, by: orders, bands: [{below: 1, amount: 0}, {at_least: 2, amount: 5}]}]}\n",
            "bands_gap",
        ),
        ("items:\n" + ITEM.replace("metric: reply_rate", "metric: gmv, figures: reported"), "scheme_unknown_metric"),
        ("items:\n" + ITEM.replace("metric: reply_rate", "metric: qa_score, figures: reported"), "scheme_metric_not_reported"),
        (
            "items:\n  - {weight: 100, id: service, parts: [{metric: reply_rate, weight: 90, scoring: {kind: as_is}}]}\n",
            "scheme_weights_off",
        ),
        ("items:\n  - {weight: 100, parts: [{metric: reply_rate, weight: 100, scoring: {kind: as_is}}]}\n", "scheme_item_without_id"),
        (
            "items:\n  - {id: x, weight: 100, better: higher, composite: {kind: sum, metrics: [orders, sales_amount]}, scoring: {kind: rank, points: [1]}}\n",
            "scheme_units_differ",
        ),
    ],
)
def test_each_mistake_has_a_code_of_its_own(text, kind):
    assert kind in [problem.code.name for problem in mistakes(HEAD + text)]
