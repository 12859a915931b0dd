"""What holds of every scheme and every figure, whoever is judged."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from appraisal_strategies import CAST, World, frames, is_up, names_of, schemes, text, worlds
from kaohe.appraisal import Appraisal, Line, Statement, appraise, parse

EXAMPLES = 30

read = lru_cache(maxsize=2)(parse)


def appraised(world: World, **changed: object) -> Appraisal:
    return appraise(read(text(world.scheme)), **{**frames(world), **changed})


def written(found: Appraisal) -> str:
    return json.dumps(found.to_dicts(), ensure_ascii=False)


# Bounds


def most_of(item: dict, full: Decimal) -> Decimal:
    """What a scoring can give at most: full marks, or more where a target may be exceeded."""
    scoring = item.get("scoring", {})
    return full * max(Decimal(1), scoring.get("cap", Decimal(1))) if scoring.get("kind") == "attainment" and "extra" not in item else full


def check_bounds(line: Line, item: dict) -> None:
    extra = item.get("extra")
    full = extra.get("most", Decimal(0)) if extra is not None else item.get("max_points", Decimal(100))
    least = extra.get("least", Decimal(0)) if extra is not None else Decimal(0)
    most = most_of(item, full)
    if "parts" in item:
        for part, entry in zip(line.parts, item["parts"], strict=True):
            if part.scored is not None:
                assert 0 <= part.scored <= most_of({"scoring": entry["scoring"]}, Decimal(100))
        most = full * max(most_of({"scoring": entry["scoring"]}, Decimal(1)) for entry in item["parts"])
    if line.scored is None:
        assert line.points is None
        return
    assert least <= line.scored <= most
    ends = (least, most) if extra is not None else (Decimal(0), Fraction(line.weight) * Fraction(most) / Fraction(full))
    # The line is rounded, the bounds are not.
    half = Fraction(1, 2 * 10 ** -line.points.as_tuple().exponent)
    assert Fraction(ends[0]) - half <= Fraction(line.points) <= Fraction(ends[1]) + half


@given(worlds(schemes(simple=True)))
@settings(max_examples=EXAMPLES, deadline=None)
def test_points_never_leave_their_bounds(world):
    scheme = read(text(world.scheme))
    places = scheme.rounding.places
    for statement in appraised(world).statements:
        for line, item in zip(statement.lines, world.scheme["items"], strict=True):
            check_bounds(line, item)
        lines = [line.points for line in statement.lines if line.points is not None]
        if statement.points is None:
            continue
        assert statement.points == scheme.total.start + sum(lines) + statement.cut
        assert scheme.total.floor is None or statement.points >= scheme.total.floor
        assert scheme.total.cap is None or statement.points <= scheme.total.cap
        worths = [line.weight for line in statement.lines if line.points is not None]
        if any("extra" not in item for item in world.scheme["items"]):
            assert sum(worths) == scheme.full - scheme.total.start
        assert all(weight == round(weight, places) for weight in worths)


# Better figures


@st.composite
def raised(draw, made):
    """A world, one figure of which is there, and the same world with more of it."""
    world = draw(made)
    given = [at for at, row in enumerate(world.rows) if row.value is not None]
    assume(given)
    at = draw(st.sampled_from(given))
    row, more = world.rows[at], draw(st.sampled_from([0.01, 1.0, 7.5, 1000.0, 1000000.0]))
    most = 100.0 if row.metric == "qa_score" else float("inf")
    if row.numerator is None or row.denominator is None:
        value = min(row.value + more, most)
        better = replace(row, value=value, numerator=None if row.numerator is None else value)
    else:
        numerator = min(row.numerator + more, most * row.denominator)
        better = replace(row, numerator=numerator, value=numerator / row.denominator)
    return world, row, replace(world, rows=[*world.rows[:at], better, *world.rows[at + 1 :]])


def mine(found: Appraisal, row) -> Statement | None:
    """The statement of whose figure it is."""
    of = [one for one in found.statements if one.agent_id == row.agent_id and row.first in (None, one.first)]
    return of[0] if of else None


def ups(item: dict, metric: str) -> list[bool]:
    """For each figure of the item that is this metric's, whether the item calls more of it better."""
    return [is_up(one) for one in item.get("parts", [item]) if metric in names_of(one)]


@given(raised(worlds(schemes(monotone=True, composites=False, simple=True))))
@settings(max_examples=2 * EXAMPLES, deadline=None)
def test_more_never_lowers_a_score_where_more_is_better_nor_raises_it_where_less_is(given):
    world, row, changed = given
    before, after = mine(appraised(world), row), mine(appraised(changed), row)
    if before is None:
        assert after is None
        return
    every: list[bool] = []
    for item, old, new in zip(world.scheme["items"], before.lines, after.lines, strict=True):
        turned = ups(item, row.metric)
        every += turned
        if old.scored is None or not turned:
            assert new.scored == old.scored
        elif all(turned):
            assert new.scored >= old.scored
            assert new.points >= old.points
        elif not any(turned):
            assert new.scored <= old.scored
            assert new.points <= old.points
    if before.points is not None and all(every):
        assert after.points >= before.points


# Others


@given(worlds(schemes(absolute=True, simple=True)))
@settings(max_examples=EXAMPLES, deadline=None)
def test_points_that_are_not_of_the_others_are_the_same_alone(world):
    together = {(one.agent_id, one.first): one for one in appraised(world).statements}
    for key, statement in together.items():
        people = None if world.people is None else [human for human in world.people if (human.agent_id, human.first) == key]
        rows = [row for row in world.rows if row.agent_id == key[0] and row.first in (None, key[1])]
        for alone in appraised(replace(world, rows=rows, people=people)).statements:
            assert (alone.agent_id, alone.first) == key
            assert alone.lines == statement.lines
            assert alone.points == statement.points


# Pay


@given(worlds())
@settings(max_examples=EXAMPLES, deadline=None)
def test_pay_is_the_sum_of_its_lines(world):
    plan = read(text(world.scheme)).pay
    for statement in appraised(world).statements:
        amounts = [line.amount for line in statement.pay_lines]
        assert all(amount.as_tuple().exponent == -2 for amount in amounts)
        if plan is None:
            assert statement.pay is None
            assert not amounts
        if statement.pay is not None:
            assert statement.pay == sum(amounts)
            assert plan.floor is None or statement.pay >= plan.floor
            assert plan.cap is None or statement.pay <= max(plan.cap, plan.floor or plan.cap)
        assert all(line.amount == 0 for line in statement.pay_lines if line.missing or line.gated)


# What must not matter


@given(worlds(), st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES, deadline=None)
def test_shuffling_the_rows_changes_nothing(world, random):
    def shuffled(frame):
        return None if frame is None else frame[random.sample(range(frame.height), frame.height)]

    tables = {name: shuffled(table) for name, table in frames(world).items() if name != "period"}
    assert written(appraised(world, **tables)) == written(appraised(world))


@given(worlds(), st.permutations(CAST))
@settings(max_examples=EXAMPLES, deadline=None)
def test_other_names_change_nothing_but_the_order_of_who_ties(world, names):
    called = dict(zip(CAST, names, strict=True))

    def renamed(rows):
        return None if rows is None else [replace(one, agent_id=called[one.agent_id]) for one in rows]

    targets = None if world.targets is None else {(called[agent], metric): value for (agent, metric), value in world.targets.items()}
    other = replace(world, rows=renamed(world.rows), people=renamed(world.people), previous=renamed(world.previous), targets=targets)
    before = {(called[one.agent_id], one.first): replace(one, agent_id="") for one in appraised(world).statements}
    after = appraised(other).statements
    assert {(one.agent_id, one.first): replace(one, agent_id="") for one in after} == before
    placed = [one.place for one in after]
    assert placed == sorted(placed, key=lambda place: (place is None, place or 0))


def rewritten(draw, node):
    """The same scheme with its numbers and its order of keys written another way."""
    if isinstance(node, dict):
        return {key: rewritten(draw, node[key]) for key in reversed(node)}
    if isinstance(node, list):
        return [rewritten(draw, one) for one in node]
    if not isinstance(node, Decimal):
        return node
    plain = format(node, "f")
    ways = [plain, f"{format(node.scaleb(2), 'f')}%", f"{plain}{'' if '.' in plain else '.'}00", f" {format(node.scaleb(2), 'f')} ％"]
    return draw(st.sampled_from(ways))


@given(worlds(), st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_scheme_written_differently_gives_the_same(world, data):
    other = replace(world, scheme=rewritten(data.draw, world.scheme))
    one, two = appraised(world), appraised(other)
    assert one.fingerprint == two.fingerprint
    assert written(one) == written(two)
