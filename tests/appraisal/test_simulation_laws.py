"""What holds of every simulation, whatever the schemes and the figures."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from appraisal_strategies import CAST, PERIOD, World, frames, schemes, text, worlds
from kaohe.appraisal import Scheme, appraise, parse
from kaohe.appraisal.gathering import Gathered
from kaohe.appraisal.inequality import gini, top_share
from kaohe.appraisal.simulation import Simulation, simulate
from kaohe.appraisal.weights import with_weight
from kaohe.errors import Failure
from kaohe.metrics import exempt

SAID = ("name", "group", "role", "points", "grade", "place", "pay")


def read(drawn: Mapping[str, Any]) -> Scheme:
    """The scheme; what a file may not say, such as a floor above a cap, is passed over."""
    try:
        return parse(text(drawn))
    except Failure:
        reject()


def gathered(world: World) -> Gathered:
    found = frames(world)
    return Gathered(PERIOD, found["figures"], found["agents"], found["previous"], found["targets"], pl.DataFrame(schema=exempt.OFF))


def reversed_rows(given: Gathered) -> Gathered:
    names = ("figures", "agents", "previous", "targets")
    return dataclasses.replace(given, **{name: None if (frame := getattr(given, name)) is None else frame.reverse() for name in names})


def tried(schemes: list[Scheme], months: dict[str, Gathered]) -> Simulation:
    """The simulation; examples in which marks given for one scheme are beyond the other's scale are passed over."""
    try:
        return simulate(schemes, months)
    except Failure as error:
        assume(not all(problem.code.name == "points_beyond_item" for problem in error.problems))
        raise


def tables(found: Simulation) -> list[pl.DataFrame]:
    return [found.results, found.people, found.costs, found.summary, found.items, found.correlations]


@st.composite
def tries(draw: st.DrawFn) -> tuple[list[Scheme], dict[str, Gathered]]:
    """Two schemes, and two months of which the second lacks some people."""
    world = draw(worlds())
    made = [read(world.scheme), read(draw(schemes()))]
    october = gathered(world)
    assume(october.agents is not None or not any(one.applies_to.needs_roster for one in made))
    gone = draw(st.sets(st.sampled_from(CAST), max_size=3))
    november = {
        name: None if (frame := getattr(october, name)) is None else frame.filter(~pl.col("agent_id").is_in(sorted(gone)))
        for name in ("figures", "agents", "previous", "targets")
    }
    return made, {"2026-10": october, "2026-11": dataclasses.replace(october, **november)}


@given(tries())
@settings(max_examples=25)
def test_a_simulation_says_what_the_statements_say_and_adds_up(tried_on):
    made, months = tried_on
    found = tried(made, months)
    rows = {(row["month"], row["scheme"], row["agent_id"], row["first"]): row for row in found.results.iter_rows(named=True)}
    count = 0
    for month, one in months.items():
        for name, scheme in zip(found.names, made, strict=True):
            direct = appraise(scheme, one.figures, one.agents, period=one.period, previous=one.previous, targets=one.targets)
            for statement in direct.statements:
                row = rows[month, name, statement.agent_id, statement.first]
                said = tuple(getattr(statement, key) for key in SAID)
                assert tuple(row[key] for key in SAID) == said
                count += 1
    assert count == len(rows)
    add_up(found)
    bounded(found)


def add_up(found: Simulation) -> None:
    """Costs are the sums of pay, of months and of people, and what one scheme costs more than the first is what people gain and lose."""
    results, people = found.results, found.people
    for row in found.summary.iter_rows(named=True):
        mine = results.filter(pl.col("scheme") == row["scheme"])
        paid = [pay for pay in mine["pay"].to_list() if pay is not None]
        if row["cost"] is not None:
            assert row["cost"] == sum(paid, Decimal(0))
            assert row["cost"] == sum(found.costs.filter(pl.col("scheme") == row["scheme"])["cost"].to_list(), Decimal(0))
        theirs = people.filter(pl.col("scheme") == row["scheme"])
        assert sum((pay for pay in theirs["pay"].to_list() if pay is not None), Decimal(0)) == sum(paid, Decimal(0))
        assert row["gains"] + row["loses"] + row["same"] == theirs["pay_change"].is_not_null().sum()
        keys = ["month", "agent_id", "first"]
        first = results.filter(pl.col("scheme") == found.names[0], pl.col("pay").is_not_null())
        first = {tuple(one[:3]): one[3] for one in first.select(*keys, "pay").rows()}
        under = {tuple(one[:3]): one[3] for one in mine.filter(pl.col("pay").is_not_null()).select(*keys, "pay").rows()}
        changes = sum((change for change in theirs["pay_change"].to_list() if change is not None), Decimal(0))
        assert changes == sum((under[key] - first[key] for key in first.keys() & under.keys()), Decimal(0))
        assert theirs["only"].sum() == len(first.keys() ^ under.keys())


def bounded(found: Simulation) -> None:
    for row in (*found.costs.iter_rows(named=True), *found.summary.iter_rows(named=True)):
        if row["gini"] is not None:
            assert 0 <= row["gini"] < 1
            assert 0.2 <= row["top_fifth"] <= 1
    for row in found.correlations.iter_rows(named=True):
        assert all(one is None or -1 <= one <= 1 for one in (row["pearson"], row["spearman"]))
    for row in found.items.iter_rows(named=True):
        assert all(one is None or 0 <= one <= 1 for one in (row["same"], row["full"]))
        assert row["spread"] is None or row["spread"] >= 0
    for part in found.items.partition_by("scheme"):
        shares = part["of_differences"].drop_nulls().to_list()
        assert not shares or abs(sum(shares) - 1) < 1e-9


@given(tries())
@settings(max_examples=10)
def test_the_order_of_rows_and_months_changes_nothing(tried_on):
    made, months = tried_on
    turned = {month: reversed_rows(given) for month, given in reversed(months.items())}
    for one, two in zip(tables(tried(made, months)), tables(tried(made, turned)), strict=True):
        assert one.equals(two)


@given(worlds(schemes(simple=True)))
@settings(max_examples=15)
def test_a_scheme_gains_nobody_anything_against_itself(world):
    scheme = read(world.scheme)
    found = tried([scheme, scheme], {"2026-11": gathered(world)})
    assert set(found.people["place_change"].drop_nulls()) <= {0.0}
    assert set(found.people["points_change"].drop_nulls()) <= {0.0}
    assert found.people["only"].sum() == 0


@given(schemes(simple=True), st.decimals(min_value="0.01", max_value="99", places=2))
@settings(max_examples=20)
def test_another_weight_leaves_full_marks_of_100_and_a_scheme_that_can_be_read(drawn, weight):
    scheme = read(drawn)
    weighted = [item for item in scheme.items if item.weight is not None]
    assume(len(weighted) > 1)
    weight = round(weight, scheme.rounding.places)
    assume(weight > 0)
    found = with_weight(scheme, weighted[-1].key, weight)
    assert sum(item.weight for item in found.items if item.weight is not None) == 100
    assert all(item.weight > 0 for item in found.items if item.weight is not None)
    assert found.full == scheme.full
    assert Scheme.model_validate(found.model_dump()).fingerprint() == found.fingerprint()
    before = [item.weight for item in scheme.items if item.weight is not None][:-1]
    after = [item.weight for item in found.items if item.weight is not None][:-1]
    # Who weighed more still does, but for the unit that keeps the lightest from weighing nothing.
    unit = Decimal(1).scaleb(-scheme.rounding.places)
    in_order = [new for _, new in sorted(zip(before, after, strict=True))]
    assert all(more >= less - unit for less, more in pairwise(in_order))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_gini_and_the_share_of_the_top_are_what_their_definitions_say(amounts):
    unequal, top, count, total = gini(amounts), top_share(amounts), len(amounts), sum(amounts)
    if not total:
        assert unequal is top is None
        return
    differences = sum(abs(one - other) for one in amounts for other in amounts)
    assert unequal == Fraction(differences, 2 * count * total)
    assert 0 <= unequal <= Fraction(count - 1, count)
    # Everybody cut in five equal pieces: then the best fifth are whole pieces.
    pieces = sorted((Fraction(amount, 5) for amount in amounts for _ in range(5)), reverse=True)
    assert top == sum(pieces[:count], Fraction(0)) / total
    assert Fraction(1, 5) <= top <= 1
    assert gini([7 * amount for amount in amounts]) == unequal
    assert top_share([7 * amount for amount in amounts]) == top
