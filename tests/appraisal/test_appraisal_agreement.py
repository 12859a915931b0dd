"""The engine and the judge say the same of everybody, whatever the scheme and the figures."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings

from appraisal_strategies import HALVES, PERIOD, World, frames, paying_schemes, schemes, text, worlds
from kaohe.appraisal import Line, Statement, appraise, parse
from reference_appraisal import Human, Row, Verdict, judge
from reference_appraisal import Line as Judged


def line_said(line: Line) -> dict[str, object]:
    return {
        "key": line.item.key,
        "value": line.value,
        "status": line.status,
        "treatment": line.treatment,
        "band": None if line.band is None else line.item.scoring.bands.index(line.band),
        "scored": line.scored,
        "weight": line.weight if line.scored is not None else None,
        "points": line.points,
        "parts": [line_said(part) for part in line.parts],
    }


def line_judged(line: Judged) -> dict[str, object]:
    return {
        "key": line.key,
        "value": line.value,
        "status": line.status,
        "treatment": line.treatment,
        "band": line.band,
        "scored": line.scored,
        "weight": line.weight if line.scored is not None else None,
        "points": line.points,
        "parts": [line_judged(part) for part in line.parts],
    }


def said(statement: Statement) -> dict[str, object]:
    return {
        "agent": statement.agent_id,
        "about": (statement.name, statement.group, statement.role, statement.first, statement.last),
        "lines": [line_said(line) for line in statement.lines],
        "gates": [(gate.condition.key, gate.status, gate.passed) for gate in statement.gates],
        "vetoes": [veto.condition.key for veto in statement.vetoes],
        "points": statement.points,
        "reasons": [reason.kind for reason in statement.reasons],
        "place": statement.place,
        "grade": statement.grade,
        "podium": {key: podium.place for key, podium in statement.podium.items()},
        "prizes": {key: podium.prize for key, podium in statement.podium.items()},
        "pay lines": [(line.key, line.amount, line.missing and not line.gated, line.gated) for line in statement.pay_lines],
        "pay": statement.pay,
    }


def judged(verdict: Verdict) -> dict[str, object]:
    human = verdict.human
    return {
        "agent": human.agent_id,
        "about": (human.name, human.group, human.role, human.first, human.last),
        "lines": [line_judged(line) for line in verdict.lines],
        "gates": [(gate.key, gate.status, gate.passed) for gate in verdict.gates],
        "vetoes": verdict.vetoes,
        "points": verdict.points,
        "reasons": verdict.reasons,
        "place": verdict.place,
        "grade": verdict.grade,
        "podium": verdict.podium,
        "prizes": verdict.prizes,
        "pay lines": [(line.key, line.amount, line.missing and not line.gated, line.gated) for line in verdict.pay_lines],
        "pay": verdict.pay,
    }


def agree(world: World) -> None:
    found = appraise(parse(text(world.scheme)), **frames(world))
    wanted = judge(world.scheme, world.rows, world.people, period=PERIOD, previous=world.previous or (), targets=world.targets)
    assert [said(statement) for statement in found.statements] == [judged(verdict) for verdict in wanted]
    places = world.scheme.get("rounding", {}).get("places", 2)
    for statement in found.statements:
        lines = [line.points for line in statement.lines if line.points is not None]
        assert all(points == round(points, places) for points in lines)
        assert all(line.amount == round(line.amount, 2) for line in statement.pay_lines)
        assert statement.pay is None or statement.pay == sum((line.amount for line in statement.pay_lines), Decimal(0))


@given(worlds(schemes(simple=True)))
@settings(max_examples=150, deadline=None)
def test_the_engine_and_the_judge_agree_on_points_and_places(world):
    agree(world)


@given(worlds(paying_schemes()))
@settings(max_examples=200, deadline=None)
def test_the_engine_and_the_judge_agree_on_pay(world):
    agree(world)


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_the_engine_and_the_judge_agree_on_everything_at_once(world):
    agree(world)


# Rare worlds in which the two once said different things


def world(items, rows, people=None, *, previous=None, **more):
    """`rows` are agent, metric, value and, where the figure says so, the day of November its stretch begins."""

    def figures(given):
        return [
            Row(agent, metric, None, None, value, "computed", date(2026, 11, *day) if day else None) for agent, metric, value, *day in given
        ]

    scheme = {"name": "mine", "title": "我的方案", "source": "店长", "items": items, **more}
    return World(scheme, figures(rows), people, None if previous is None else figures(previous))


def item(metric, kind="as_is", worth=100, **more):
    rules = {key: more.pop(key) for key in ("on", "target", "cap", "bands", "low", "high", "points") if key in more}
    weight = {} if "extra" in more else {"weight": worth}
    return {"metric": metric, **weight, "scoring": {"kind": kind, **rules}, **more}


def ends(low, high):
    return {"low": {"figure": low, "points": 0}, "high": {"figure": high, "points": 100}}


TENTHS = [{"below": 1, "points": 10}, {"at_least": 1, "points": 90}]
BASE = {"lines": [{"kind": "fixed", "amount": 3000, "pro_rata": True}]}
SPEED = {"lines": [{"kind": "points", "amount": 1, "of": {"points": "speed"}}, {"kind": "points", "amount": 100, "of": {"share": "speed"}}]}
JOINED = [Human("lin", first=date(2026, 11, 17), last=date(2026, 11, 30))]
MOVED = [Human("mo", group=group, first=first, last=last) for group, (first, last) in zip(("一组", "二组"), HALVES, strict=True)]
VETOED = {
    "vetoes": [{"metric": "slow_replies", "at_least": 1, "effects": ["lowest_grade", "no_place"]}],
    "grades": {"by": "place", "bands": [{"below": 1, "name": "A"}, {"at_least": 1, "name": "B", "coefficient": 0}]},
}
TRAPS = {
    "nothing against a target is the best band": world(
        [item("slow_replies", "bands", on="attainment", target=5, bands=TENTHS)], [("lin", "slow_replies", 0.0)]
    ),
    "a debt against a target where less is better is the best band": world(
        [item("net_sales_amount", "bands", on="attainment", target=5, bands=TENTHS, better="lower")], [("lin", "net_sales_amount", -3.0)]
    ),
    "what blocks keeps its weight": world(
        [
            item("qa_score", worth=50),
            item("reply_rate", "linear", 25, missing="block", **ends(0, 1)),
            item("slow_replies", "rank", 25, points=[1]),
        ],
        [("lin", "qa_score", 80.0)],
        pay={"lines": [{"kind": "points", "amount": 1, "of": {"item": "qa_score"}}]},
    ),
    "a section of which an item blocks has no points": world(
        [item("qa_score", worth=50, section="speed"), item("reply_rate", "linear", 50, missing="block", section="speed", **ends(0, 1))],
        [("lin", "qa_score", 80.0)],
        pay=SPEED,
    ),
    "an extra stays at its most beyond a target": world(
        [item("served_buyers", "attainment", extra={"most": 5}, target=10, cap=2), item("qa_score")],
        [("lin", "served_buyers", 100.0), ("lin", "qa_score", 50.0)],
    ),
    "the lowest grade is also for who has no place": world(
        [item("qa_score")], [("lin", "qa_score", 80.0), ("lin", "slow_replies", 1.0)], **VETOED
    ),
    "a change against a debt says nothing": world(
        [item("net_sales_amount", "linear", on="change", **ends(-1, 1))],
        [("lin", "net_sales_amount", 50.0)],
        previous=[("lin", "net_sales_amount", -50.0)],
    ),
    "a figure without a stretch is of the only one": world([item("qa_score")], [("lin", "qa_score", 80.0)], JOINED, pay=BASE),
    "a figure of the period before is of every stretch": world(
        [item("net_sales_amount", "linear", on="change", **ends(-1, 1))],
        [("lin", "net_sales_amount", 50.0, 17), ("mo", "net_sales_amount", 50.0, 1), ("mo", "net_sales_amount", 25.0, 17)],
        [*JOINED, *MOVED],
        previous=[("lin", "net_sales_amount", 40.0), ("mo", "net_sales_amount", 50.0)],
    ),
    "figures of the period before may say their stretch or not": world(
        [item("net_sales_amount", "linear", on="change", **ends(-1, 1))],
        [("lin", "net_sales_amount", 50.0, 17), ("mo", "net_sales_amount", 50.0, 1), ("mo", "net_sales_amount", 25.0, 17)],
        [*JOINED, *MOVED],
        previous=[("lin", "net_sales_amount", 40.0), ("mo", "net_sales_amount", 50.0, 1), ("mo", "net_sales_amount", 50.0, 17)],
    ),
    "only days of the period are paid": world(
        [item("qa_score")], [("lin", "qa_score", 80.0)], [Human("lin", first=date(2026, 10, 15), last=date(2026, 11, 15))], pay=BASE
    ),
    "who stays for good is paid to the end of the period": world(
        [item("qa_score")], [("lin", "qa_score", 80.0)], [Human("lin", first=date(2026, 11, 16))], pay=BASE
    ),
}


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_the_engine_and_the_judge_agree_where_they_once_did_not(trap):
    agree(trap)
