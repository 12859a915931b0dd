"""Sales taken apart: the terms, the split of their change, and how the sales came about."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import permutations
from math import prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counting import source
from kaohe.metrics.traffic import Breakdown, gmv_breakdown, shapley

FACTORS = st.fractions(0, 10_000, max_denominator=97)
SECOND = date(2026, 10, 2)

ORDERS = """
    shop | buyer | sender | agent | sent_at
    -----+-------+--------+-------+--------------------
    s1   | b1    | buyer  |       | 2026-10-02 09:00:00
    s1   | b1    | agent  | lin   | 2026-10-02 09:01:00
    orders:
    shop | order | buyer | created_at          | paid_at             | amount
    -----+-------+-------+---------------------+---------------------+-------
    s1   | o0    | b9    | 2026-09-30 09:00:00 | 2026-09-30 09:00:00 | 999.00
    s1   | o1    | b3    | 2026-10-01 00:00:00 | 2026-10-01 00:00:00 | 40.00
    s1   | o2    | b4    | 2026-10-01 23:59:59 | 2026-10-01 23:59:59 | 60.00
    s1   | o3    | b1    | 2026-10-02 09:02:00 | 2026-10-02 09:02:00 | 120.00
    s1   | o4    | b2    | 2026-10-02 09:02:00 | 2026-10-02 09:02:00 | 50.00
    s1   | o5    |       | 2026-10-02 09:02:00 | 2026-10-02 09:02:00 | 30.00
    s2   | o1    | b1    | 2026-10-02 09:02:00 | 2026-10-02 09:02:00 | 7.00
    """
TRAFFIC = """
    traffic:
    shop | day        | visitors
    -----+------------+---------
    s1   | 2026-10-01 | 50
    s1   | 2026-10-02 | 100
    """


def of_second(folder: Path, text: str, shop: str | None = "s1") -> Breakdown:
    return gmv_breakdown(source(folder, text), shop, SECOND, SECOND)


def test_a_day_stands_beside_the_day_before(tmp_path: Path) -> None:
    found = of_second(tmp_path, ORDERS + TRAFFIC)
    now, before = found.now, found.before
    assert (before.first, before.last) == (date(2026, 10, 1), date(2026, 10, 1))
    assert (now.yuan, now.visitors, now.conversion, now.order_value) == (200, 100, Fraction(3, 100), Fraction(200, 3))
    assert (before.yuan, before.visitors, before.conversion, before.order_value) == (100, 50, Fraction(1, 25), 50)
    assert prod(now.terms or ()) == now.yuan


def test_as_many_days_before_as_there_are(tmp_path: Path) -> None:
    found = gmv_breakdown(source(tmp_path, ORDERS), "s1", date(2026, 10, 1), date(2026, 10, 2))
    assert (found.before.first, found.before.last) == (date(2026, 9, 29), date(2026, 9, 30))
    assert (found.now.fen, found.before.fen) == (300_00, 999_00)


def test_the_parts_add_up_to_the_change(tmp_path: Path) -> None:
    found = of_second(tmp_path, ORDERS + TRAFFIC)
    assert found.change == 100
    assert found.parts is not None
    assert sum(found.parts) == 100
    visitors, conversion, order_value = found.parts
    assert visitors > 0 > conversion
    assert order_value > 0


def test_sales_came_after_talk_silently_or_nobody_can_tell(tmp_path: Path) -> None:
    found = of_second(tmp_path, ORDERS)
    assert found.now.of == {"inquiry": 120_00, "silent": 50_00, "unknown": 30_00}
    assert found.before.of == {"inquiry": 0, "silent": 100_00, "unknown": 0}


@pytest.mark.parametrize("missing", ["2026-10-01", "2026-10-02"])
def test_without_traffic_of_either_period_there_are_no_parts(tmp_path: Path, missing: str) -> None:
    found = of_second(tmp_path, ORDERS + "\n".join(line for line in TRAFFIC.splitlines() if missing not in line))
    assert found.parts is None
    assert found.change == 100
    assert of_second(tmp_path / "none", ORDERS).now.terms is None


def test_a_period_without_sales_has_no_order_value_and_no_parts(tmp_path: Path) -> None:
    found = gmv_breakdown(source(tmp_path, ORDERS + TRAFFIC), "s1", date(2026, 10, 3), date(2026, 10, 3))
    assert (found.now.fen, found.now.order_value, found.parts, found.change) == (0, None, None, -200)


def test_all_shops_together_count_a_buyer_of_two_shops_twice(tmp_path: Path) -> None:
    found = of_second(tmp_path, ORDERS + TRAFFIC, shop=None)
    assert (found.now.yuan, found.now.buyers, found.now.days, found.now.days_with_traffic) == (207, 4, 2, 1)


@given(st.lists(st.tuples(FACTORS, FACTORS), min_size=1, max_size=4))
def test_contributions_are_the_mean_over_all_orders_and_exact(pairs: list[tuple[Fraction, Fraction]]) -> None:
    before, now = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    parts = shapley(before, now)
    assert sum(parts) == prod(now) - prod(before)
    orders = list(permutations(range(len(pairs))))
    for place in range(len(pairs)):
        made = Fraction(0)
        for order in orders:
            changed = order[: order.index(place)]
            others = prod((now if one in changed else before)[one] for one in range(len(pairs)) if one != place)
            made += others * (now[place] - before[place])
        assert parts[place] == made / len(orders)


@given(FACTORS, FACTORS, FACTORS)
def test_what_did_not_change_made_no_change(one: Fraction, other: Fraction, same: Fraction) -> None:
    assert shapley([one, same, same], [other, same, same])[1:] == [0, 0]
