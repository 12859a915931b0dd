"""Columns give what fractions give: bands, rounding and order, on numbers made to sit on edges."""

from bisect import bisect_right
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kaohe.appraisal.columns import NOBODY, Column, constant, counted, picked
from kaohe.appraisal.exact import units

EDGES = [Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(85, 100), Fraction(1), Fraction(95)]
wild = st.sampled_from([*EDGES, Fraction(1, 10), Fraction(2, 3), Fraction(5, 1000), Fraction(15, 1000), Fraction(10**9 + 1, 10**9)])
numbers = st.none() | wild | st.fractions(-1000, 1000, max_denominator=997)
PEOPLE = 6
people = st.lists(numbers, min_size=PEOPLE, max_size=PEOPLE)


def column(values):
    rough = np.array([np.nan if value is None else float(value) for value in values])
    return Column(rough, np.finfo(np.float64).eps * np.abs(np.nan_to_num(rough)), lambda at: values[at])


def same(found: Column, expected):
    assert [found.exact(at) for at in range(PEOPLE)] == expected
    for at, value in enumerate(expected):
        if value is None:
            assert np.isnan(found.rough[at])
        else:
            assert abs(Fraction(float(found.rough[at])) - value) <= Fraction(float(found.error[at])) * 2 + Fraction(1, 10**15)


def both(one, two, function):
    return [None if left is None or right is None else function(left, right) for left, right in zip(one, two, strict=True)]


@settings(max_examples=150)
@given(people, people)
def test_arithmetic_is_that_of_fractions_within_the_bound(one, two):
    left, right = column(one), column(two)
    same(left.plus(right), both(one, two, lambda a, b: a + b))
    same(left.minus(right), both(one, two, lambda a, b: a - b))
    same(left.times(right), both(one, two, lambda a, b: a * b))
    same(left.over(right), both(one, two, lambda a, b: a / b if b else None))
    same(left.minus(right).over(left.minus(right)), both(one, two, lambda a, b: Fraction(1) if a != b else None))


@settings(max_examples=150)
@given(people, people)
def test_bands_rounding_and_whole_parts_are_those_of_the_exact_value(one, two):
    for values, found in ((one, column(one)), (both(one, two, lambda a, b: a * b - b), column(one).times(column(two)).minus(column(two)))):
        assert found.bands(EDGES).tolist() == [NOBODY if value is None else bisect_right(EDGES, value) for value in values]
        for places in (0, 2):
            assert found.rounded(places).tolist() == [0 if value is None else units(value, places) for value in values]
        same(found.floored(), [None if value is None else Fraction(value.__floor__()) for value in values])
        same(
            found.clipped(Fraction(0), Fraction(1)),
            [None if value is None else min(max(value, Fraction(0)), Fraction(1)) for value in values],
        )


@settings(max_examples=150)
@given(people, st.lists(st.booleans(), min_size=PEOPLE, max_size=PEOPLE))
def test_order_tells_equals_from_those_a_hair_apart(values, there):
    # A third by way of tenths is a third all the same.
    found = column(values).scaled(Fraction(1, 10)).scaled(Fraction(10)).order(np.array(there))
    of = sorted({value for value, is_there in zip(values, there, strict=True) if is_there and value is not None})
    expected = [of.index(value) if is_there and value is not None else NOBODY for value, is_there in zip(values, there, strict=True)]
    assert found.tolist() == expected


def test_picked_counted_and_constant_numbers_are_exact():
    assert [picked([Fraction(1, 3)], np.array([0, NOBODY])).exact(at) for at in (0, 1)] == [Fraction(1, 3), None]
    assert [counted(np.array([5, 7]), 2, np.array([True, False])).exact(at) for at in (0, 1)] == [Fraction(1, 20), None]
    assert constant(Fraction(2, 7), 3).rounded(2).tolist() == [29, 29, 29]
