"""Past months under several schemes, by hand: who gains, what it costs, and what is not compared."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from kaohe.appraisal import parse
from kaohe.appraisal.gathering import Gathered
from kaohe.appraisal.inequality import gini, top_share
from kaohe.appraisal.months import days_of, months_of
from kaohe.appraisal.simulation import sensitivity, simulate
from kaohe.errors import Failure
from kaohe.metrics import exempt

FIGURES = {"agent_id": pl.String, "metric": pl.String, "value": pl.Float64, "first": pl.Date}
LINE = "{kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}"
ITEMS = f"""items:
  - {{id: talk, metric: qa_score, weight: 60, scoring: {LINE}}}
  - {{id: know, metric: conduct_score, weight: 40, scoring: {LINE}}}
"""
PAID = "pay: {lines: [{id: base, kind: fixed, amount: 1000}, {id: points, kind: points, amount: 10}]}\n"


def scheme(name="old", items=ITEMS, more=PAID):
    return parse(f"name: {name}\ntitle: {name}\nsource: 店长\n{items}{more}")


NEW = scheme("new", ITEMS.replace("weight: 60", "weight: 20").replace("weight: 40", "weight: 80"))


def month(name, roster=None, **of_people):
    """A month's figures: for each person talk and know; None for no figure. With a list, of each stretch."""
    rows = []
    for who, given in of_people.items():
        for first, values in given.items() if isinstance(given, dict) else [(None, given)]:
            pairs = zip(("qa_score", "conduct_score"), values, strict=True)
            rows += [(who, metric, value, first) for metric, value in pairs]
    figures = pl.DataFrame(rows, FIGURES, orient="row").with_columns(
        numerator=pl.lit(None, pl.Float64), denominator=pl.lit(None, pl.Float64)
    )
    people = None if roster is None else pl.DataFrame(roster, ROSTER, orient="row")
    return {name: Gathered(days_of(name), figures, people, None, None, pl.DataFrame(schema=exempt.OFF))}


ROSTER = {"agent_id": pl.String, "name": pl.String, "group": pl.String, "role": pl.String, "first": pl.Date, "last": pl.Date}

OCTOBER = month("2026-10", lin=(100, 50), mo=(50, 100))
NOVEMBER = month("2026-11", lin=(90, 60), mo=(60, 60), chen=(60, 90))


def rows(frame, *names, **where):
    """Some columns of the rows where columns have these values."""
    return frame.filter(pl.lit(True), *(pl.col(name) == value for name, value in where.items())).select(names).rows()


def money(*amounts):
    return tuple(Decimal(amount) for amount in amounts)


# Results


def test_every_month_and_person_is_judged_under_every_scheme():
    found = simulate([scheme(), NEW], OCTOBER | NOVEMBER)
    assert rows(found.results, "month", "scheme", "agent_id", "points", "place", "pay") == [
        ("2026-10", "old", "lin", *money("80.00"), 1, *money("1800.00")),
        ("2026-10", "old", "mo", *money("70.00"), 2, *money("1700.00")),
        ("2026-10", "new", "lin", *money("60.00"), 2, *money("1600.00")),
        ("2026-10", "new", "mo", *money("90.00"), 1, *money("1900.00")),
        ("2026-11", "old", "chen", *money("72.00"), 2, *money("1720.00")),
        ("2026-11", "old", "lin", *money("78.00"), 1, *money("1780.00")),
        ("2026-11", "old", "mo", *money("60.00"), 3, *money("1600.00")),
        ("2026-11", "new", "chen", *money("84.00"), 1, *money("1840.00")),
        ("2026-11", "new", "lin", *money("66.00"), 2, *money("1660.00")),
        ("2026-11", "new", "mo", *money("60.00"), 3, *money("1600.00")),
    ]


def test_a_grade_is_told_and_null_for_who_has_none():
    graded = scheme(more="ranking: {judged: 100%}\ngrades: {bands: [{below: 75, name: B}, {at_least: 75, name: A}]}\n")
    found = simulate([graded], month("2026-10", lin=(100, 50), mo=(50, 50), wu=(50, None)))
    assert rows(found.results, "agent_id", "grade", "place", "points") == [
        ("lin", "A", 1, *money("80.00")),
        ("mo", "B", 2, *money("50.00")),
        ("wu", None, None, None),
    ]


def test_every_number_can_be_followed_to_its_statement():
    found = simulate([scheme(), NEW], OCTOBER)
    assert found.appraisals["2026-10", "new"].statement("mo").line("know").points == 80


def test_months_are_in_their_order_however_they_are_given():
    assert simulate([scheme()], NOVEMBER | OCTOBER).months == ("2026-10", "2026-11")
    assert simulate([scheme()], NOVEMBER | OCTOBER).results.equals(simulate([scheme()], OCTOBER | NOVEMBER).results)


def test_points_of_schemes_of_different_fineness_stand_in_one_column():
    fine = scheme("fine", more="rounding: {places: 3}\n")
    found = simulate([scheme(), fine], month("2026-10", lin=(33.333, 0)))
    assert found.results["points"].to_list() == [Decimal("20.000"), Decimal("20.000")]
    found = simulate([scheme(), fine], month("2026-10", lin=(33.331, 0)))
    assert found.results["points"].to_list() == [Decimal("20.000"), Decimal("19.999")]
    assert rows(found.people, "points_change", scheme="fine") == [(-0.001,)]


# People


def test_over_months_pay_is_summed_and_points_and_places_are_means():
    found = simulate([scheme(), NEW], OCTOBER | NOVEMBER)
    assert rows(found.people, "agent_id", "months", "points", "place", "pay_before", "pay", "pay_change", "outcome", scheme="new") == [
        ("chen", 1, 84.0, 1.0, *money("1720.00", "1840.00", "120.00"), "gains"),
        ("lin", 2, 63.0, 2.0, *money("3580.00", "3260.00", "-320.00"), "loses"),
        ("mo", 2, 75.0, 2.0, *money("3300.00", "3500.00", "200.00"), "gains"),
    ]
    assert rows(found.people, "agent_id", "points_change", "place_change", scheme="new") == [
        ("chen", 12.0, 1.0),
        ("lin", -16.0, -1.0),
        ("mo", 10.0, 0.5),
    ]


def test_against_itself_nobody_gains_or_loses():
    found = simulate([scheme(), NEW], OCTOBER)
    assert rows(found.people, "agent_id", "pay_change", "place_change", "outcome", scheme="old") == [
        ("lin", *money("0.00"), 0.0, "same"),
        ("mo", *money("0.00"), 0.0, "same"),
    ]


def test_a_month_paid_under_one_scheme_alone_is_in_no_change():
    blocking = scheme("strict", more=PAID.replace("amount: 10}", "amount: 10, missing: block}") + "ranking: {judged: 100%}\n")
    found = simulate([scheme(), blocking], OCTOBER | month("2026-11", lin=(90, None), mo=(60, 60)))
    assert rows(found.people, "agent_id", "pay", "pay_before", "pay_change", "outcome", "only", scheme="strict") == [
        ("lin", *money("1800.00", "1800.00", "0.00"), "same", 1),
        ("mo", *money("3300.00", "3300.00", "0.00"), "same", 0),
    ]
    assert rows(found.costs, "scheme", "paid", "unpaid", "cost", month="2026-11") == [
        ("old", 2, 0, *money("3500.00")),
        ("strict", 1, 1, *money("1600.00")),
    ]


def test_whom_a_scheme_does_not_apply_to_has_no_pay_under_it_and_no_outcome():
    sales = scheme("sales", more=PAID + "applies_to: {roles: [presale]}\n")
    roster = [("lin", "林", "一组", "presale", None, None), ("mo", "莫", "一组", "aftersale", None, None)]
    found = simulate([scheme(), sales], month("2026-10", roster, lin=(100, 50), mo=(50, 100)))
    assert rows(found.people, "agent_id", "name", "group", "role", "months", "pay", "pay_change", "outcome", "only", scheme="sales") == [
        ("lin", "林", "一组", "presale", 1, *money("1800.00", "0.00"), "same", 0),
        ("mo", "莫", "一组", "aftersale", 0, None, None, None, 1),
    ]
    found = simulate([sales, scheme()], month("2026-10", roster, lin=(100, 50), mo=(50, 100)))
    assert rows(found.people, "agent_id", "pay", "pay_before", "pay_change", "only", scheme="old") == [
        ("lin", *money("1800.00", "1800.00", "0.00"), 0),
        ("mo", *money("1700.00"), None, None, 1),
    ]


def test_stretches_of_a_month_are_judged_apart_and_paid_together():
    half, rest = (date(2026, 11, 1), date(2026, 11, 15)), (date(2026, 11, 16), date(2026, 11, 30))
    roster = [("lin", "林", "一组", "presale", *half), ("lin", "林", "二组", "aftersale", *rest)]
    data = month("2026-11", roster, lin={half[0]: (100, 50), rest[0]: (50, 100)})
    found = simulate([scheme(), NEW], data)
    assert rows(found.results, "first", "group", "points", scheme="old") == [
        (half[0], "一组", *money("80.00")),
        (rest[0], "二组", *money("70.00")),
    ]
    assert rows(found.people, "agent_id", "group", "months", "pay", "pay_change", scheme="new") == [
        ("lin", "二组", 1, *money("3500.00", "0.00"))
    ]
    assert rows(found.costs, "judged", "paid", "cost", scheme="new") == [(1, 1, *money("3500.00"))]


def test_the_latest_name_is_the_one_shown():
    old, new = [("lin", "林", None, None, None, None)], [("lin", "林晓雨", None, None, None, None)]
    found = simulate([scheme()], month("2026-11", new, lin=(1, 1)) | month("2026-10", old, lin=(1, 1)))
    assert found.people["name"].to_list() == ["林晓雨"]


# Costs and the whole


def test_the_cost_of_every_month_and_its_change():
    found = simulate([scheme(), NEW], OCTOBER | NOVEMBER)
    assert rows(found.costs, "month", "scheme", "judged", "ranked", "paid", "cost", "change") == [
        ("2026-10", "old", 2, 2, 2, *money("3500.00", "0.00")),
        ("2026-10", "new", 2, 2, 2, *money("3500.00", "0.00")),
        ("2026-11", "old", 3, 3, 3, *money("5100.00", "0.00")),
        ("2026-11", "new", 3, 3, 3, *money("5100.00", "0.00")),
    ]


def test_the_whole_counts_who_gains_who_loses_who_goes_up_and_down():
    found = simulate([scheme(), NEW], OCTOBER | NOVEMBER)
    assert rows(found.summary, "scheme", "judged", "cost", "change", "gains", "loses", "same", "up", "down", "points") == [
        ("old", 3, *money("8600.00", "0.00"), 0, 0, 3, 0, 0, 72.0),
        ("new", 3, *money("8600.00", "0.00"), 2, 1, 0, 2, 1, 72.0),
    ]


def test_how_unequal_pay_is():
    found = simulate([scheme()], month("2026-10", lin=(100, 100), mo=(0, 0)))
    # 2000 and 1000: half the difference over the mean, and two fifths of one person's pay of the two.
    assert rows(found.costs, "gini", "top_fifth") == [(pytest.approx(1 / 6), pytest.approx(0.4 * 2000 / 3000))]
    assert rows(found.summary, "gini", "top_fifth") == rows(found.costs, "gini", "top_fifth")


def test_a_scheme_that_pays_nothing_has_no_cost_and_changes_nobody_s_pay():
    found = simulate([scheme(), scheme("bare", more="")], OCTOBER)
    assert rows(found.costs, "paid", "unpaid", "cost", "change", "gini", "top_fifth", scheme="bare") == [(0, 0, None, None, None, None)]
    assert rows(found.people, "pay", "pay_change", "outcome", "only", scheme="bare") == [(None, None, None, 1), (None, None, None, 1)]
    assert rows(found.summary, "gains", "loses", "same", "points", scheme="bare") == [(0, 0, 0, 75.0)]


def test_items_and_correlations_are_told_of_every_scheme():
    found = simulate([scheme(), NEW], OCTOBER | NOVEMBER)
    assert rows(found.items, "scheme", "item", "worth", "cases") == [
        ("old", "talk", Decimal(60), 5),
        ("old", "know", Decimal(40), 5),
        ("new", "talk", Decimal(20), 5),
        ("new", "know", Decimal(80), 5),
    ]
    assert rows(found.correlations, "scheme", "one", "other", "cases") == [("old", "talk", "know", 5), ("new", "talk", "know", 5)]
    for part in found.items.partition_by("scheme"):
        assert part["of_differences"].sum() == pytest.approx(1)


def test_without_months_there_is_nothing_and_without_schemes_no_question():
    found = simulate([scheme()], {})
    frames = (found.results, found.people, found.costs, found.correlations)
    assert [frame.height for frame in frames] == [0, 0, 0, 0]
    assert rows(found.summary, "scheme", "judged", "points") == [("old", 0, None)]
    with pytest.raises(ValueError, match="no scheme"):
        simulate([], OCTOBER)


def test_nobody_judged_is_no_trouble():
    found = simulate([scheme(), NEW], month("2026-10"))
    assert (found.results.height, found.people.height) == (0, 0)
    assert rows(found.costs, "judged", "cost", "gini") == [(0, *money("0"), None), (0, *money("0"), None)]
    assert rows(found.summary, "judged", "gains", "loses", "same", "up", "down", "points") == [(0, 0, 0, 0, 0, 0, None)] * 2


# The question itself


def test_a_scheme_is_tried_on_months_before_it_is_in_force_and_that_is_said():
    coming = scheme("coming", more=PAID + "effective_from: 2026-11-01\n")
    found = simulate([scheme(), coming], OCTOBER | NOVEMBER)
    assert found.out_of_force == [("coming", "2026-10")]
    assert rows(found.results, "pay", month="2026-10", scheme="coming", agent_id="lin") == [money("1800.00")]


def test_two_schemes_of_one_name_are_told_apart_by_number():
    found = simulate([scheme(), scheme(), scheme()], OCTOBER)
    assert found.names == ("old", "old (2)", "old (3)")


def test_schemes_may_look_at_different_figures():
    (one,), (other,) = OCTOBER.values(), month("2026-10", lin=(0, 0)).values()
    found = simulate([scheme(), NEW], {"2026-10": [one, other]})
    assert rows(found.results, "scheme", "agent_id", "points") == [
        ("old", "lin", *money("80.00")),
        ("old", "mo", *money("70.00")),
        ("new", "lin", *money("0.00")),
    ]
    with pytest.raises(ValueError, match="zip"):
        simulate([scheme(), NEW], {"2026-10": [one]})


def test_one_weight_is_varied_over_a_range():
    found = sensitivity(scheme(), "talk", [Decimal(20), Decimal(60), Decimal(80)], OCTOBER)
    assert found.names == ("old", "old[talk=20]", "old[talk=60]", "old[talk=80]")
    assert rows(found.results, "scheme", "points", agent_id="lin") == [
        ("old", *money("80.00")),
        ("old[talk=20]", *money("60.00")),
        ("old[talk=60]", *money("80.00")),
        ("old[talk=80]", *money("90.00")),
    ]
    assert rows(found.summary, "scheme", "gains", "loses", "same") == [
        ("old", 0, 0, 2),
        ("old[talk=20]", 1, 1, 0),
        ("old[talk=60]", 0, 0, 2),
        ("old[talk=80]", 1, 1, 0),
    ]


def test_trouble_says_in_which_month_and_under_which_scheme_it_is():
    marks = scheme("marks", "items:\n  - {metric: qa_score, weight: 100, scoring: {kind: as_is}}\n")
    with pytest.raises(Failure, match=r"^2026-11 marks: 'qa_score' of lin is 101"):
        simulate([scheme(), marks], OCTOBER | month("2026-11", lin=(101, 0)))


# Closed forms and months


@pytest.mark.parametrize(("amounts", "unequal", "top"), [([], None, None), ([0, 0], None, None), ([-1, 5], None, None), ([7], 0, 0.2)])
def test_shares_of_nothing_or_of_a_debt_are_not_told(amounts, unequal, top):
    found = gini(amounts), top_share(amounts)
    assert found == (unequal, top if top is None else pytest.approx(top))


def test_months_are_read_as_people_write_them():
    assert months_of("2026-09") == ["2026-09"]
    assert months_of("2026/9 .. 2026.11，2027-01") == ["2026-09", "2026-10", "2026-11", "2027-01"]
    assert months_of("2026-10,2026-09..2026-10") == ["2026-09", "2026-10"]
    assert days_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "0000-05", "2026-09..", "..2026-09", "2026-09-01", "九月", "2026-09...2026-10"]
)
def test_what_is_no_month_is_refused(text):
    with pytest.raises(Failure) as error:
        months_of(text)
    assert error.value.problems[0].code.name == "not_months"


def test_months_the_wrong_way_round_are_refused():
    with pytest.raises(Failure, match="2026-10 is after the last month 2026-09"):
        months_of("2026-10..2026-9")
