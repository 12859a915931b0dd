"""Numbers without error: percentages, halves, parts that add up, and values shown on their own side of an edge."""

import doctest
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe.appraisal import exact
from kaohe.appraisal.exact import fraction, number, plain, rounded, shown, spread


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(exact).attempted == 7
    assert doctest.testmod(exact).failed == 0


@pytest.mark.parametrize("odd", [True, None, "八成", "nan", "1e999", float("inf"), [], "%", "1e-99"])
def test_what_is_no_number_is_none(odd):
    assert number(odd) is None


@pytest.mark.parametrize(("written", "meant"), [("95%", "0.95"), ("99.9 ％", "0.999"), (0.1, "0.1"), (18, "18"), ("1e3", "1000")])
def test_numbers_are_read_as_they_are_written(written, meant):
    assert number(written) == Decimal(meant)


def test_a_float_means_the_number_people_see():
    assert fraction(0.1) == Fraction(1, 10)
    assert fraction(3.0) == 3
    with pytest.raises(ValueError, match="no figure"):
        fraction(float("nan"))


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 5))
def test_rounding_is_half_up_whatever_the_context(value, places):
    with localcontext(prec=60):
        wanted = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    with localcontext(prec=3):
        found = rounded(Fraction(value), places)
    assert found == wanted
    assert found.as_tuple().exponent == -places


@given(st.integers(1, 10**7), st.lists(st.decimals("0.01", 1000, places=2), min_size=1, max_size=12))
def test_parts_add_up_and_none_is_more_than_a_unit_off(cents, shares):
    total = Decimal(cents).scaleb(-2)
    parts = spread(total, shares, 2)
    assert sum(parts) == total
    whole = sum(map(Fraction, shares))
    assert all(
        abs(Fraction(part) - Fraction(total) * Fraction(share) / whole) < Fraction(1, 100)
        for part, share in zip(parts, shares, strict=True)
    )


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.lists(st.decimals(0, 1, places=3), max_size=4))
def test_a_value_is_never_shown_on_the_wrong_side_of_an_edge(numerator, denominator, edges):
    value = Fraction(numerator, denominator)
    said = Fraction(shown(value, edges).replace(",", ""))
    assert all((said < edge) == (value < edge) for edge in map(Fraction, edges))


@given(st.decimals(-(10**12), 10**12, places=4))
def test_a_plain_decimal_loses_nothing(value):
    text = plain(value)
    assert Decimal(text) == value
    assert not ("." in text and text.endswith("0"))
