"""The schemes that ship with the program: each reads, is explained, and its cases stand on every edge it has."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest

from kaohe import definitions
from kaohe.appraisal import available, check_cases, find
from kaohe.appraisal.bands import edges
from kaohe.appraisal.cases import CASES, Case, Cases, Given
from kaohe.appraisal.measures import Subject
from kaohe.appraisal.pay_plan import Commission, DayRate, Quantity, Tier
from kaohe.appraisal.schemes import SHIPPED

NAMES = list(available())
SCHEMES = {name: find(name) for name in NAMES}

ROWS = {
    "A1": {"pdd-response", "response-first"},
    "A2": {"pdd-response", "response-first"},
    "A3": {"presale", "response-first"},
    "A4": {"presale", "aftersale"},
    "A5": {"incentive-presale", "incentive-aftersale", "incentive-mixed"},
    "A6": {"traffic-presale", "service-presale", "growth-presale", "returns-aftersale", "reputation-aftersale", "all-round"},
    "A7": {"weighted-presale", "weighted-aftersale", "pk"},
    "A8": {"douyin"},
    "A9": {"shop-operations"},
    "2021": {"pdd-2021"},
}
"""The schemes each article asks for."""


@cache
def cases_of(name):
    return definitions.load(Cases, definitions.read(SHIPPED / f"{name}{CASES}")).cases


def exact(given: Given | None) -> Fraction | None:
    if given is None:
        return None
    if given.value is not None:
        return Fraction(given.value)
    return Fraction(given.numerator) / Fraction(given.denominator) if given.denominator else None


def figure(case: Case, subject: Subject) -> Fraction | None:
    """What a case gives for a subject."""
    given = {"shops": getattr(case, "shops", {}), "reported_first": {**case.figures, **case.reported}}.get(subject.figures, case.figures)
    found = [exact(given.get(metric)) for metric in subject.metrics]
    if None in found:
        return None
    return found[0] if subject.composite is None else found[0] / found[1]


def asked(case, key):
    """Whether a case says what comes of an item."""
    return case.expect.points is not None or key in case.expect.lines


def leaves(scheme) -> Iterator[tuple[str, Subject]]:
    """Everything that is scored by a figure, with the key of its item."""
    for item in scheme.items:
        for leaf in item.parts or (item,):
            yield item.key, leaf


def ends(leaf):
    """The figures at which a scoring changes its course. Who is held against others has none of his own."""
    scoring = leaf.scoring
    if scoring.kind == "bands":
        target = Fraction(scoring.target) if scoring.on == "attainment" else 1
        return [edge * target for edge in edges(scoring.bands)]
    if scoring.kind == "linear":
        return [Fraction(scoring.low.figure), Fraction(scoring.high.figure)] if scoring.on == "value" else []
    if scoring.kind == "attainment":
        return [Fraction(share) * Fraction(scoring.target) for share in (scoring.floor, scoring.cap)]
    assert scoring.kind == "as_is"
    return []


def test_there_are_the_schemes_every_article_asks_for():
    assert set(NAMES) == set().union(*ROWS.values())
    for row, names in ROWS.items():
        for name in names:
            document = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
            assert row in document or (row in ("A2", "A3") and "A1–A4" in document), (row, name)


@pytest.mark.parametrize("name", NAMES)
def test_every_case_comes_out_as_written(name):
    outcomes = check_cases(name)
    assert [problem.text("zh") for outcome in outcomes for problem in outcome.differences] == []
    assert len({outcome.name.zh for outcome in outcomes}) == len(outcomes) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_it_is_titled_in_both_languages_and_names_its_source(name):
    scheme = SCHEMES[name]
    assert re.search(r"[一-鿿]", scheme.title.zh)
    assert re.search(r"[A-Za-z]{2}", scheme.title.en)
    assert not re.search(r"[一-鿿]", scheme.title.en)
    assert re.search(r"A[1-9]|2021", scheme.source)
    for case in cases_of(name):
        assert not re.search(r"[一-鿿]", case.name.en), case.name.en


@pytest.mark.parametrize("name", NAMES)
def test_every_item_gate_veto_and_factor_says_where_it_is_from(name):
    scheme = SCHEMES[name]
    told = [*scheme.items, *(part for item in scheme.items for part in item.parts or ()), *scheme.gates, *scheme.vetoes, *scheme.pk]
    assert [one.key for one in told if not one.source] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_cases_stand_on_every_edge_of_every_item(name):
    missed = [
        (leaf.key, str(float(edge)))
        for item, leaf in leaves(SCHEMES[name])
        for edge in ends(leaf)
        if not any(figure(case, leaf) == edge and asked(case, item) for case in cases_of(name))
    ]
    assert missed == []


@pytest.mark.parametrize("name", NAMES)
def test_the_cases_look_just_below_the_first_edge_of_every_item(name):
    for item, leaf in leaves(SCHEMES[name]):
        if leaf.scoring.kind == "bands":
            first = ends(leaf)[0]
            near = [
                found
                for case in cases_of(name)
                if (found := figure(case, leaf)) is not None and asked(case, item) and first - max(first / 50, 1) <= found < first
            ]
            assert near, leaf.key


@pytest.mark.parametrize("name", NAMES)
def test_the_cases_stand_on_the_limits_of_gates_vetoes_and_places(name):
    scheme, cases = SCHEMES[name], cases_of(name)
    for gate in scheme.gates:
        seen = {case.expect.gates[gate.key] for case in cases if gate.key in case.expect.gates}
        assert seen == {True, False}, gate.key
        assert any(figure(case, gate) == Fraction(gate.limit) and case.expect.gates.get(gate.key) for case in cases), gate.key
    for veto in scheme.vetoes:
        assert any(figure(case, veto) == Fraction(veto.limit) and case.expect.unranked == ("vetoed",) for case in cases), veto.key
    minimums = [one for one in (scheme.ranking.minimum, *(factor.minimum for factor in scheme.pk)) if one is not None]
    for minimum in minimums:
        for amount in (Fraction(minimum.at_least), Fraction(minimum.at_least) - 1):
            assert any(figure(case, minimum) == amount for case in cases), (minimum.metric, amount)


@pytest.mark.parametrize("name", [name for name in NAMES if SCHEMES[name].grades])
def test_the_cases_stand_on_the_line_of_every_grade(name):
    for band in SCHEMES[name].grades.bands[1:]:
        assert any(case.expect.points == band.at_least and case.expect.grade == band.name for case in cases_of(name)), band.name


@pytest.mark.parametrize("name", [name for name in NAMES if SCHEMES[name].pay])
def test_the_cases_stand_on_every_edge_of_pay(name):
    scheme, cases = SCHEMES[name], cases_of(name)
    missed = [
        (key, str(float(edge)))
        for key, looked, edge in paid_by(scheme)
        if not any(
            reached(scheme, case, looked) == edge and (key in case.expect.pay_lines or case.expect.pay is not None) for case in cases
        )
    ]
    assert missed == []


def paid_by(scheme) -> Iterator[tuple[str, Quantity, Fraction]]:
    """Every edge of every line of pay, and what is held against it."""
    for key, line in zip(scheme.pay.keys, scheme.pay.lines, strict=True):
        if isinstance(line, Tier | DayRate) and line.by is not None:
            found = (line.by, line.bands)
        elif isinstance(line, Commission) and line.rate_by is not None:
            found = (line.rate_by.on, line.rate_by.bands)
        elif isinstance(line, Commission) and line.bands is not None:
            found = (line.on, line.bands)
        else:
            continue
        for edge in edges(found[1]):
            yield key, found[0], edge


def reached(scheme, case, looked: Quantity) -> Fraction | None:
    """What a line of pay looks at in a case that says all points."""
    if looked.points == "total":
        return None if case.expect.points is None else Fraction(case.expect.points)
    if looked.share is None:
        return figure(case, looked)
    items = [item for item in scheme.items if item.section == looked.share]
    points = [case.expect.lines.get(item.key) for item in scheme.items]
    if None in points:
        return None
    return Fraction(sum(case.expect.lines[item.key] for item in items)) / Fraction(sum(item.worth for item in items))


@pytest.mark.parametrize("name", NAMES)
def test_what_pays_says_a_base_or_days_and_nothing_below_nothing(name):
    plan = SCHEMES[name].pay
    if plan is None:
        assert name == "response-first"
        return
    assert plan.floor == 0
    assert [line.kind for line in plan.lines if line.kind in ("fixed", "day_rate")]
    for line in plan.lines:
        assert line.title is not None, line.kind
        assert line.kind != "fixed" or line.pro_rata


@pytest.mark.parametrize(
    ("given", "points"),
    [("order_value", (6995, 80)), ("inquiry_conversion", ("41.995%", 450)), ("avg_response_seconds", (34.5, 30))],
)
def test_what_fell_through_the_table_of_2021_lands_where_people_expect_it(given, points):
    (item,) = (item for item in SCHEMES["pdd-2021"].items if item.key == given)
    found = [case.expect.lines.get(given) for case in cases_of("pdd-2021") if str(points[0]) in str(raw(case, item))]
    assert found == [points[1]]


def raw(case, item):
    """The figure a case gives, as it is written in the trap."""
    value = figure(case, item)
    if value is None:
        return None
    return {"order_value": float(value * 100), "inquiry_conversion": f"{float(value * 100)}%"}.get(item.key, float(value))
