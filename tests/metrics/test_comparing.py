"""Groups of figures that can not be told apart, and places."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from kaohe.metrics.comparing import groups, places


def grouped(*figures, better="higher"):
    return groups(*(list(column) for column in zip(*figures, strict=True)), better)


def test_figures_whose_intervals_overlap_are_one_group():
    assert grouped((0.9, 0.85, 0.95), (0.8, 0.7, 0.88), (0.5, 0.4, 0.6)) == [1, 1, 2]


def test_a_wide_interval_does_not_bring_two_together_that_can_be_told_apart():
    # The first overlaps both others, but these do not overlap each other.
    assert grouped((0.9, 0.1, 1.0), (0.7, 0.6, 0.8), (0.3, 0.2, 0.4)) == [1, 1, 2]


def test_intervals_that_touch_overlap():
    assert grouped((0.9, 0.8, 1.0), (0.7, 0.6, 0.8)) == [1, 1]
    assert grouped((0.9, 0.8, 1.0), (0.7, 0.6, 0.79)) == [1, 2]


def test_where_less_is_better_the_group_of_the_least_is_the_first():
    assert grouped((60.0, 50.0, 70.0), (20.0, 10.0, 30.0), (25.0, 15.0, 35.0), better="lower") == [2, 1, 1]


def test_a_figure_without_an_interval_stands_alone_and_one_without_a_value_nowhere():
    assert grouped((0.9, 0.5, 1.0), (0.8, None, None), (0.7, 0.5, 1.0), (None, None, None)) == [1, 2, 3, None]


def test_equal_values_are_in_one_group_even_without_intervals():
    assert grouped((0.8, None, None), (0.8, 0.7, 0.9), (0.7, 0.6, 0.9)) == [1, 1, 2]


def test_no_figures_make_no_groups():
    assert groups([], [], [], "higher") == []


def test_equal_values_share_a_place_and_the_next_counts_all_before():
    assert places([0.5, 0.9, None, 0.9, 0.1], "higher") == [3, 1, None, 1, 4]
    assert places([0.5, 0.9, None, 0.9, 0.1], "lower") == [2, 3, None, 3, 1]
    assert places([0.5, 0.9], None) == [None, None]


TENTHS = st.integers(0, 10).map(lambda number: number / 10)


@st.composite
def figures(draw):
    """Up to eight values with intervals around them, some without."""
    found = []
    for _ in range(draw(st.integers(0, 8))):
        value = draw(TENTHS)
        some = draw(st.integers(0, 5))
        ends = (None, None) if some == 0 else (value - draw(TENTHS) / 2, value + draw(TENTHS) / 2)
        found.append((None, None, None) if some == 5 else (value, *ends))
    return found


BETTER = st.sampled_from(["higher", "lower", None])


def of(found, better):
    return groups([one[0] for one in found], [one[1] for one in found], [one[2] for one in found], better)


@given(figures(), BETTER)
def test_everybody_with_a_value_is_in_one_group_and_groups_are_runs_in_order(found, better):
    numbers = of(found, better)
    assert [number is None for number in numbers] == [one[0] is None for one in found]
    sign = 1 if better == "lower" else -1
    in_order = [number for _, number in sorted((sign * one[0], number) for one, number in zip(found, numbers, strict=True) if number)]
    assert in_order == sorted(in_order)
    assert set(in_order) == set(range(1, len(set(in_order)) + 1))


@given(figures(), BETTER, st.randoms(use_true_random=False))
def test_shuffling_changes_nothing(found, better, random):
    order = list(range(len(found)))
    random.shuffle(order)
    numbers, shuffled = of(found, better), of([found[place] for place in order], better)
    assert shuffled == [numbers[place] for place in order]
    values = [one[0] for one in found]
    assert places([values[place] for place in order], better) == [places(values, better)[place] for place in order]


@given(figures(), BETTER)
def test_disjoint_intervals_are_never_in_one_group_and_ties_always(found, better):
    numbers = of(found, better)
    for (one, mine), (other, theirs) in combinations(zip(found, numbers, strict=True), 2):
        if mine is None or theirs is None:
            continue
        if one[0] == other[0]:
            assert mine == theirs
        elif one[1] is None or other[1] is None or one[2] < other[1] or other[2] < one[1]:
            assert mine != theirs


@given(figures(), BETTER)
def test_a_group_ends_only_where_the_next_figure_does_not_fit(found, better):
    numbers = of(found, better)
    for number in range(2, max((one or 0 for one in numbers), default=0) + 1):
        before = [one for one, mine in zip(found, numbers, strict=True) if mine == number - 1]
        sign = 1 if better == "lower" else -1
        first = min(sign * one[0] for one, mine in zip(found, numbers, strict=True) if mine == number)
        both = [*before, *(one for one, mine in zip(found, numbers, strict=True) if mine == number and sign * one[0] == first)]
        lacking = any(one[1] is None for one in both)
        assert lacking or max(one[1] for one in both) > min(one[2] for one in both)
