"""A scheme with another weight of one item: what changes with it, and what can not be."""

from decimal import Decimal

import pytest

from kaohe.appraisal import parse
from kaohe.appraisal.weights import with_weight
from kaohe.errors import Failure

FLAT = "{kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}"


def weighted(**weights: object):
    metrics = {"a": "qa_score", "b": "conduct_score", "c": "discipline", "d": "cooperation"}
    items = "\n".join(f"  - {{id: {key}, metric: {metrics[key]}, weight: {weight}, scoring: {FLAT}}}" for key, weight in weights.items())
    return parse(f"name: mine\ntitle: {{zh: 我的, en: Mine}}\nsource: 店长\nitems:\n{items}\n")


def weights(scheme) -> dict[str, str]:
    return {item.key: str(item.weight) for item in scheme.items}


def test_the_others_keep_their_proportions_and_all_add_up_to_100():
    found = with_weight(weighted(a=20, b=60, c=20), "a", Decimal(40))
    assert weights(found) == {"a": "40", "b": "45.00", "c": "15.00"}


def test_what_rounding_leaves_over_goes_to_those_that_lost_most_and_among_equals_to_the_earlier():
    found = with_weight(weighted(a=25, b=25, c=25, d=25), "d", Decimal("0.01"))
    assert weights(found) == {"a": "33.33", "b": "33.33", "c": "33.33", "d": "0.01"}
    found = with_weight(weighted(a=25, b=25, c=25, d=25), "a", Decimal(30))
    assert weights(found) == {"a": "30", "b": "23.34", "c": "23.33", "d": "23.33"}


def test_nobody_is_left_without_weight():
    found = with_weight(weighted(a=50, b="49.99", c="0.01"), "a", Decimal("99.97"))
    assert weights(found) == {"a": "99.97", "b": "0.02", "c": "0.01"}
    found = with_weight(weighted(a=50, b="49.99", c="0.01"), "a", Decimal("99.98"))
    assert weights(found) == {"a": "99.98", "b": "0.01", "c": "0.01"}


def test_the_scheme_says_what_was_changed_and_the_first_one_stays_as_it_was():
    scheme = weighted(a=20, b=80)
    before = scheme.fingerprint()
    found = with_weight(scheme, "a", Decimal("30.0"))
    assert found.name == "mine[a=30]"
    assert found.title.zh == "我的（聊天记录评分 30 分）"
    assert scheme.fingerprint() == before != found.fingerprint()


def test_the_same_weight_changes_no_weight():
    assert weights(with_weight(weighted(a="20.00", b=80), "a", Decimal(20))) == {"a": "20", "b": "80.00"}


@pytest.mark.parametrize("weight", ["0", "-1", "100", "99.99", "20.001", "NaN", "Infinity"])
def test_a_weight_there_can_not_be_is_refused(weight):
    with pytest.raises(Failure) as error:
        with_weight(weighted(a=20, b=40, c=40), "a", Decimal(weight))
    assert error.value.problems[0].code.name == "vary_weight_out_of_range"


def test_an_only_item_weighs_100_and_nothing_else():
    assert weights(with_weight(weighted(a=100), "a", Decimal(100))) == {"a": "100"}
    with pytest.raises(Failure, match="can not weigh 50"):
        with_weight(weighted(a=100), "a", Decimal(50))


def test_an_unknown_item_is_said_with_the_nearest():
    with pytest.raises(Failure, match=r"no item 'reply_rate_30'.*Did you mean 'reply_rate_30s'"):
        with_weight(
            parse(
                "name: m\ntitle: m\nsource: m\nitems:\n"
                "  - {metric: reply_rate_30s, weight: 100, scoring: {kind: bands, bands: [{points: 100}]}}\n"
            ),
            "reply_rate_30",
            Decimal(50),
        )


def maxed(scoring: str, more: str = ""):
    return parse(
        f"""
name: mine
title: 我的
source: 店长
items:
  - {{id: a, metric: qa_score, max_points: 30, better: any, scoring: {scoring}}}
  - {{id: b, metric: conduct_score, max_points: 10, scoring: {{kind: bands, bands: [{{points: 10}}]}}}}
  - {{id: x, metric: discipline, extra: {{least: -5, most: 5}}, scoring: {{kind: bands, bands: [{{points: 5}}]}}}}
{more}"""
    )


def test_a_maximum_takes_its_points_along_and_leaves_the_other_items_alone():
    found = with_weight(maxed("{kind: bands, bands: [{below: 60, points: 7}, {at_least: 60, points: 30}]}"), "a", Decimal(45))
    assert [str(band.points) for band in found.items[0].scoring.bands] == ["10.5", "45"]
    assert [item.max_points for item in found.items] == [Decimal(45), Decimal(10), None]
    assert found.full == 55


@pytest.mark.parametrize(
    ("scoring", "scaled"),
    [
        (
            "{kind: linear, low: {figure: 0, points: 3}, high: {figure: 100, points: 30}}",
            {"low": {"figure": 0, "points": 2}, "high": {"figure": 100, "points": 20}},
        ),
        ("{kind: per_unit, points: -3, each: 2, free: 1, start: 27}", {"points": -2, "start": 18, "each": 2, "free": 1}),
        ("{kind: per_unit, points: -3}", {"points": -2, "start": None}),
        ("{kind: rank, points: [30, 15], rest: 1.5}", {"points": (20, 10), "rest": 1}),
        ("{kind: attainment, target: 80, floor: 60%}", {"target": 80, "floor": Decimal("0.6")}),
    ],
)
def test_every_way_of_scoring_is_scaled_in_its_points_and_in_nothing_else(scoring, scaled):
    found = with_weight(maxed(scoring), "a", Decimal(20)).items[0].scoring.model_dump()
    assert {key: found[key] for key in scaled} == scaled


def test_points_that_do_not_come_out_even_are_kept_fine_enough_for_any_rounding():
    found = with_weight(maxed("{kind: bands, bands: [{below: 60, points: 7}, {at_least: 60, points: 30}]}"), "a", Decimal(20))
    assert [str(band.points) for band in found.items[0].scoring.bands] == ["4.666666666667", "20"]


def test_an_extra_has_no_weight_and_points_given_as_they_are_have_no_other_scale():
    with pytest.raises(Failure, match="is an extra"):
        with_weight(maxed("{kind: bands, bands: [{points: 30}]}"), "x", Decimal(5))
    with pytest.raises(Failure, match="is its points"):
        with_weight(maxed("{kind: as_is}"), "a", Decimal(5))
