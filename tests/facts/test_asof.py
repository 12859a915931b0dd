"""The nearest event against a search one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kaohe.facts.asof import NONE, Events

pairs = st.lists(st.tuples(st.integers(-1, 3), st.integers(-5, 5)), max_size=12)


def columns(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    table = np.array(rows, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@given(pairs, pairs)
def test_the_last_before_and_the_first_after_are_ones_own(events: list[tuple[int, int]], askers: list[tuple[int, int]]) -> None:
    held = Events.of(*columns(events))
    owners, moments = columns(askers)
    last, first, later = held.last(owners, moments), held.first(owners, moments), held.first(owners, moments, after=True)
    for place, (owner, moment) in enumerate(askers):
        mine = [(at, row) for row, (whose, at) in enumerate(events) if whose == owner and owner >= 0]
        assert last[place] == max((pair for pair in mine if pair[0] <= moment), default=(0, NONE))[1]
        assert first[place] == min((pair for pair in mine if pair[0] >= moment), default=(0, NONE))[1]
        assert later[place] == min((pair for pair in mine if pair[0] > moment), default=(0, NONE))[1]
