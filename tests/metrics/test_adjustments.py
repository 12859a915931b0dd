"""Corrections are added to the parts of a figure, visibly, and never make an impossible one."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe.errors import Failure
from kaohe.metrics.adjustments import adjusted_figures
from kaohe.model.tables import TABLES

SCHEMA = {
    "agent_id": pl.String,
    "metric": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
    "low": pl.Float64,
}


def figures(*rows):
    return pl.DataFrame([(*row, None) for row in rows], schema=SCHEMA, orient="row")


def corrections(*rows):
    made = [{"agent_id": "lin", "day": date(2026, 11, 3), "reason": "申诉成立", "appeal_id": str(at), **row} for at, row in enumerate(rows)]
    return pl.DataFrame(made, schema=TABLES["adjustments"].schema)


def test_what_is_added_stands_beside_the_figure_it_made():
    found = adjusted_figures(
        figures(("lin", "reply_rate", 9.0, 10.0, 0.9), ("mo", "reply_rate", 1.0, 2.0, 0.5)),
        corrections(
            {"metric": "reply_rate", "numerator": 0, "denominator": -1}, {"metric": "reply_rate", "numerator": -1, "denominator": 0}
        ),
    )
    rows = {row["agent_id"]: row for row in found.iter_rows(named=True)}
    assert [rows["lin"][name] for name in ("numerator", "denominator", "value")] == [8, 9, 8 / 9]
    assert (rows["lin"]["adjusted_numerator"], rows["lin"]["adjusted_denominator"]) == (-1, -1)
    assert (rows["mo"]["value"], rows["mo"]["adjusted_numerator"]) == (0.5, None)


def test_a_count_has_no_denominator_and_a_figure_may_come_from_nothing():
    found = adjusted_figures(
        figures(("mo", "upheld_complaints", 2.0, None, 2.0)), corrections({"metric": "upheld_complaints", "numerator": 1})
    )
    assert found.filter(agent_id="lin").select("numerator", "denominator", "value").row(0) == (1, None, 1)


@pytest.mark.parametrize(
    "row", [{"numerator": 2, "denominator": 0}, {"numerator": -10, "denominator": 0}, {"numerator": 0, "denominator": -11}]
)
def test_a_rate_above_one_and_parts_below_nothing_are_refused(row):
    with pytest.raises(Failure) as caught:
        adjusted_figures(figures(("lin", "reply_rate", 9.0, 10.0, 0.9)), corrections({"metric": "reply_rate", **row}))
    assert [problem.code.name for problem in caught.value.problems] == ["adjustment_impossible"]


def test_what_is_no_sum_of_parts_can_not_be_corrected():
    with pytest.raises(Failure) as caught:
        adjusted_figures(
            figures(("lin", "median_response_seconds", None, None, 9.0)), corrections({"metric": "median_response_seconds", "numerator": 1})
        )
    assert caught.value.problems[0].code.name == "adjustment_not_possible"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(3, 6)), max_size=6), st.randoms())
def test_corrections_add_up_in_any_order(added, chance):
    rows = [{"metric": "reply_rate", "numerator": over, "denominator": under} for over, under in added]
    given_figures, rows = figures(("lin", "reply_rate", 5.0, 10.0, 0.5)), [*rows]
    once = adjusted_figures(given_figures, corrections(*rows))
    chance.shuffle(rows)
    assert once.equals(adjusted_figures(given_figures, corrections(*rows)))
    over, under = 5 + sum(over for over, _ in added), 10 + sum(under for _, under in added)
    assert Fraction(once["numerator"][0]) / Fraction(once["denominator"][0]) == Fraction(over, under)
