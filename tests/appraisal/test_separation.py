"""Which items tell people apart, by hand: few people, few items, every number worked out."""

import math

import polars as pl
import pytest

from kaohe.appraisal import appraise, parse
from kaohe.appraisal.separation import correlations, separations

SCORES = ("qa_score", "conduct_score", "discipline")
BANDS = "{kind: bands, bands: [{below: 60, points: 0}, {at_least: 60, below: 90, points: 50}, {at_least: 90, points: 100}]}"
LINE = "{kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}"


def scheme(*items: str, more: str = ""):
    return parse("name: mine\ntitle: 我的\nsource: 店长\nitems:\n" + "".join(f"  - {item}\n" for item in items) + more)


def figures(**of_people):
    """What each person has of `SCORES`, in order; None for no figure."""
    rows = [(who, metric, None, None, value) for who, values in of_people.items() for metric, value in zip(SCORES, values, strict=False)]
    return pl.DataFrame(
        rows,
        schema={"agent_id": pl.String, "metric": pl.String, "numerator": pl.Float64, "denominator": pl.Float64, "value": pl.Float64},
        orient="row",
    )


def judged(made, **of_people):
    return appraise(made, figures(**of_people))


TWO = (f"{{metric: qa_score, weight: 60, scoring: {BANDS}}}", f"{{metric: conduct_score, weight: 40, scoring: {LINE}}}")


def test_an_item_is_known_by_mean_spread_band_and_full_marks():
    banded, lined = separations([judged(scheme(*TWO), lin=(95, 50), mo=(90, 50), chen=(59, 50), zhao=(60, 90))])
    # 100, 100, 0 and 50 of 100.
    assert (banded.cases, banded.judged, banded.mean, banded.same, banded.full) == (4, 4, 0.625, 0.5, 0.5)
    assert banded.spread == pytest.approx(math.sqrt((0.375**2 * 2 + 0.625**2 + 0.125**2) / 4))
    assert (lined.mean, lined.same, lined.full, lined.alike) == (0.6, 0.75, 0.0, False)


def test_an_item_is_said_to_tell_nobody_apart_from_nine_in_ten_alike_on():
    people = {f"a{number}": (95 if number else 50, 50) for number in range(10)}
    banded, lined = separations([judged(scheme(*TWO), **people)])
    assert (banded.same, banded.alike) == (0.9, True)
    assert (lined.same, lined.alike, lined.spread) == (1.0, True, 0.0)
    del people["a9"]
    assert separations([judged(scheme(*TWO), **people)])[0].alike is False


def test_two_bands_that_give_the_same_points_are_still_two_bands():
    twin = "{kind: bands, bands: [{below: 60, points: 50}, {at_least: 60, points: 50}]}"
    made = scheme(f"{{metric: qa_score, weight: 100, scoring: {twin}}}")
    (found,) = separations([judged(made, lin=(50,), mo=(70,))])
    assert (found.same, found.spread) == (0.5, 0.0)


def test_only_those_scored_by_their_figure_are_looked_at():
    made = scheme(*(one.replace("weight", "missing: zero, weight") for one in TWO))
    found = separations([judged(made, lin=(95, 50), mo=(None, 50), chen=(95, None))])
    assert [(one.cases, one.judged, one.mean) for one in found] == [(3, 2, 1.0), (3, 2, 0.5)]


def test_an_item_that_judged_nobody_has_no_numbers():
    found = separations([judged(scheme(*TWO), lin=(95, None))])[1]
    assert (found.judged, found.mean, found.spread, found.same, found.full, found.alike) == (0, None, None, None, None, None)


def test_what_an_item_makes_of_the_differences_between_totals_adds_up():
    found = separations([judged(scheme(*TWO), lin=(95, 50), mo=(59, 50), chen=(95, 0), zhao=(59, 0))])
    # Lines of 60 or 0, and 20 or 0, independent: variances of 900 and 100.
    assert [one.of_differences for one in found] == [0.9, 0.1]
    found = separations([judged(scheme(*TWO), lin=(95, 50), mo=(95, 50))])
    assert [one.of_differences for one in found] == [None, None]


def test_items_that_offset_each_other_can_make_less_than_nothing_of_the_differences():
    found = separations([judged(scheme(*TWO), lin=(95, 0), mo=(59, 50))])
    assert [one.of_differences for one in found] == [1.5, -0.5]


def test_an_extra_is_measured_between_its_ends():
    extra = "{metric: discipline, extra: {least: -10, most: 0}, scoring: {kind: per_unit, points: -5}}"
    found = separations([judged(scheme(*TWO, extra), lin=(95, 50, 0), mo=(95, 50, 1))])[2]
    # None and 5 taken off, of 10 at most; not taking off is all there is to reach.
    assert (found.worth, found.mean, found.full, found.same) == (0, -0.25, 0.5, 0.5)


def test_every_month_of_a_person_is_a_case():
    months = [judged(scheme(*TWO), lin=(95, 50), mo=(59, 50)), judged(scheme(*TWO), lin=(95, 70))]
    assert [(one.cases, one.judged) for one in separations(months)] == [(3, 3), (3, 3)]
    assert separations(months)[0].full == 2 / 3


def lined(*values: tuple[float | None, float | None]):
    made = scheme(*(f"{{metric: {metric}, weight: 50, scoring: {LINE}}}" for metric in SCORES[:2]), more="ranking: {judged: 0}\n")
    (found,) = correlations([judged(made, **{f"a{at:02}": pair for at, pair in enumerate(values)})])
    return found


def test_pearson_is_of_scores_and_spearman_of_ranks():
    found = lined((1, 1), (2, 4), (3, 9), (4, 16))
    assert found.spearman == 1.0
    # Deviations of -1.5, -0.5, 0.5, 1.5 and -6.5, -3.5, 1.5, 8.5.
    assert found.pearson == pytest.approx(25 / math.sqrt(5 * 129))
    assert lined((1, 9), (2, 8), (3, 7)).pearson == -1.0


def test_equals_share_the_mean_of_their_ranks():
    # Ranks of 1.5, 1.5, 3 and 1, 2, 3.
    assert lined((5, 1), (5, 2), (9, 3)).spearman == pytest.approx(1.5 / math.sqrt(1.5 * 2))


def test_only_those_whom_both_items_judge_are_compared():
    found = lined((1, 1), (2, 2), (3, 3), (90, None), (None, 90))
    assert (found.cases, found.pearson, found.spearman) == (3, 1.0, 1.0)


def test_of_too_few_or_of_items_that_are_all_alike_nothing_is_said():
    assert (lined((1, 1), (2, 2)).pearson, lined((1, 1), (2, 2)).spearman) == (None, None)
    assert (lined((1, 5), (2, 5), (3, 5)).pearson, lined((1, 5), (2, 5), (3, 5)).spearman) == (None, None)


def test_two_items_measure_the_same_from_four_fifths_and_ten_cases_on():
    assert lined(*((at, at) for at in range(10))).same
    assert not lined(*((at, at) for at in range(9))).same
    assert lined(*((at, 100 - at) for at in range(10))).same
    # Of 1 to 10 against 1 to 10 both coefficients are 1 − 6 × the sum of squared differences ÷ 990: here of 36 and of 32.
    below, above = lined(*enumerate([3, 1, 6, 4, 5, 2, 7, 9, 10, 8])), lined(*enumerate([3, 1, 6, 4, 5, 2, 7, 8, 10, 9]))
    assert (below.pearson, below.same) == (pytest.approx(1 - 216 / 990), False)
    assert (above.pearson, above.same) == (pytest.approx(1 - 192 / 990), True)


def test_scores_far_beyond_their_worth_are_summed_without_loss():
    attained = "{kind: attainment, target: 0.000001, cap: 1000000000000}"
    made = scheme(*(f"{{metric: {metric}, weight: 50, scoring: {attained}}}" for metric in SCORES[:2]))
    values = [(1, 3), (2, 2), (3, 1), (4, 5)]
    result = judged(made, **{f"a{at}": pair for at, pair in enumerate(values)})
    (found,) = correlations([result])
    deviations = [(-1.5, 0.25), (-0.5, -0.75), (0.5, -1.75), (1.5, 2.25)]
    wanted = sum(one * other for one, other in deviations) / math.sqrt(5 * sum(other**2 for _, other in deviations))
    assert found.pearson == pytest.approx(wanted)
    assert separations([result])[0].mean == pytest.approx(2.5e6)


def test_of_nobody_nothing_is_said():
    assert separations([]) == correlations([]) == []
    nobody = judged(scheme(*TWO))
    assert [one.cases for one in separations([nobody])] == [0, 0]
    assert [one.cases for one in correlations([nobody])] == [0]
