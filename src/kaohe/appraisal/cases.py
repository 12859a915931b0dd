"""Case files: what a scheme must give for figures written down beside it, boundaries first. A scheme without cases proves nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, BeforeValidator, Field

from kaohe import definitions
from kaohe.appraisal.exact import Number, plain
from kaohe.appraisal.judging import appraise
from kaohe.appraisal.mistakes import hints
from kaohe.appraisal.result import Statement
from kaohe.appraisal.scheme import Scheme
from kaohe.appraisal.schemes import CASES, load, read, where
from kaohe.definitions import Definition, Document
from kaohe.errors import WRONG_USE, Code, Failure, Problem, code, failure
from kaohe.packs.fields import Words, some

NO_CASES = code(
    "scheme_without_cases",
    zh="考核方案“{scheme}”旁边没有案例文件 {file}",
    en="scheme {scheme!r} has no case file {file} beside it",
    exit=WRONG_USE,
)
UNKNOWN_ITEM = code(
    "case_unknown_item",
    zh="方案里没有“{item}”这一项。{hint_zh}",
    en="the scheme has no item {item!r}. {hint_en}",
    exit=WRONG_USE,
)
UNKNOWN_FIGURE = code(
    "case_unknown_figure",
    zh="方案用不到“{metric}”这个指标。{hint_zh}",
    en="the scheme does not use the metric {metric!r}. {hint_en}",
    exit=WRONG_USE,
)
TOTAL_DIFFERS = code(
    "case_total_differs",
    zh="案例“{case}”：总分应为 {expected}，得 {found}",
    en="case {case!r}: expected a total of {expected}, found {found}",
    exit=WRONG_USE,
)
LINE_DIFFERS = code(
    "case_line_differs",
    zh="案例“{case}”：“{item}”应得 {expected} 分，得 {found}",
    en="case {case!r}: expected {expected} points for {item!r}, found {found}",
    exit=WRONG_USE,
)
UNRANKED_DIFFERS = code(
    "case_unranked_differs",
    zh="案例“{case}”：不排名的原因应为 {expected}，得 {found}",
    en="case {case!r}: expected no place because of {expected}, found {found}",
    exit=WRONG_USE,
)


GRADE_DIFFERS = code(
    "case_grade_differs",
    zh="案例“{case}”：等级应为 {expected}，得 {found}",
    en="case {case!r}: expected grade {expected}, found {found}",
    exit=WRONG_USE,
)
PAY_DIFFERS = code(
    "case_pay_differs",
    zh="案例“{case}”：{item}应为 {expected} 元，得 {found}",
    en="case {case!r}: expected {expected} yuan for {item}, found {found}",
    exit=WRONG_USE,
)
GATE_DIFFERS = code(
    "case_gate_differs",
    zh="案例“{case}”：门槛“{item}”应{expected}，却{found}",
    en="case {case!r}: gate {item!r} should be {expected} and is {found}",
    exit=WRONG_USE,
)
PLACE_DIFFERS = code(
    "case_place_differs",
    zh="案例“{case}”：“{item}”应为第 {expected} 名，得 {found}",
    en="case {case!r}: expected place {expected} in {item!r}, found {found}",
    exit=WRONG_USE,
)


def _given(entry: Any) -> Any:
    return entry if isinstance(entry, Mapping) else {"value": entry}


class Given(Definition):
    """A figure of a case: a number, `95%`, null for no data, or `{numerator: 162, denominator: 438}`."""

    value: Number | None = None
    numerator: Number | None = None
    denominator: Number | None = None


AnyGiven = Annotated[Given, BeforeValidator(_given)]


class Expected(Definition):
    """What must come out; what is not named is not looked at. A line of null gives no points. `unranked` lists the kinds of reason; `podium` the
    places in the factors of a PK."""

    points: Number | None = None
    lines: dict[str, Number | None] = {}  # noqa: RUF012 (pydantic copies it)
    unranked: tuple[str, ...] | None = None
    place: int | None = None
    grade: str | None = None
    gates: dict[str, bool] = {}  # noqa: RUF012
    podium: dict[str, int | None] = {}  # noqa: RUF012
    pay: Number | None = None
    pay_lines: dict[str, Number] = {}  # noqa: RUF012


class Case(Definition):
    """One person's figures and what must come out. `shops` are the figures of the shops he works in, `others` those of people judged beside him, `share` how much of the period he was there."""

    name: Words
    agent: dict[str, str] = {}  # noqa: RUF012 (pydantic copies it)
    figures: dict[str, AnyGiven]
    reported: dict[str, AnyGiven] = {}  # noqa: RUF012
    shops: dict[str, AnyGiven] = {}  # noqa: RUF012
    previous: dict[str, AnyGiven] = {}  # noqa: RUF012
    targets: dict[str, Number] = {}  # noqa: RUF012
    others: tuple[dict[str, AnyGiven], ...] = ()
    share: Annotated[Number, Field(gt=0, le=1)] = Decimal(1)
    expect: Expected


class Cases(Definition):
    cases: Annotated[tuple[Case, ...], AfterValidator(some)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case that was tried. `differences` is empty when all came out as expected."""

    name: Words
    line: int | None
    differences: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def check_cases(scheme: str | Path, folder: Path | None = None) -> list[Outcome]:
    """Try every case of a scheme, named as in `find`, against the scheme. One outcome per case, in order.

    Raises `Failure` where scheme or case file are missing or wrong.
    """
    path = where(scheme, folder)
    beside = path.with_name(path.stem + CASES)
    found = load(path)
    if not beside.is_file():
        raise failure(NO_CASES, file=path.name, scheme=found.name)
    document = read(beside)
    cases = definitions.load(Cases, document)
    problems = [problem for at, case in enumerate(cases.cases) for problem in _unknown(document, at, case, found)]
    if problems:
        raise Failure(problems)
    return [
        Outcome(case.name, document.line(("cases", at)), tuple(_differences(document, at, case, _judged(case, found))))
        for at, case in enumerate(cases.cases)
    ]


def _unknown(document: Document, at: int, case: Case, scheme: Scheme) -> list[Problem]:
    """Names in a case that would never be looked at."""
    items = [item.key for item in scheme.items]
    factors = [factor.key for factor in scheme.pk]
    lines = [*scheme.pay.keys, "floor", "cap"] if scheme.pay is not None else []
    asked: list[tuple[Code, tuple[str | int, ...], Collection[str], Collection[str]]] = [
        (UNKNOWN_FIGURE, ("figures",), case.figures, scheme.metrics),
        (UNKNOWN_FIGURE, ("reported",), case.reported, scheme.metrics),
        (UNKNOWN_FIGURE, ("shops",), case.shops, scheme.metrics),
        (UNKNOWN_FIGURE, ("previous",), case.previous, scheme.metrics),
        (UNKNOWN_FIGURE, ("targets",), case.targets, scheme.metrics),
        (UNKNOWN_ITEM, ("expect", "lines"), case.expect.lines, items),
        (UNKNOWN_ITEM, ("expect", "gates"), case.expect.gates, [gate.key for gate in scheme.gates]),
        (UNKNOWN_ITEM, ("expect", "podium"), case.expect.podium, factors),
        (UNKNOWN_ITEM, ("expect", "pay_lines"), case.expect.pay_lines, lines),
        *((UNKNOWN_FIGURE, ("others", other), figures, scheme.metrics) for other, figures in enumerate(case.others)),
    ]
    problems = []
    for kind, path, names, known in asked:
        for name in names:
            if name not in known:
                zh, en = hints(name, known)
                here = ("cases", at, *path, name)
                problems.append(document.problem(kind, here, item=name, metric=name, hint_zh=zh, hint_en=en))
    return problems


_AGENT = "lin"


def _judged(case: Case, scheme: Scheme) -> Statement | None:
    everybody = {_AGENT: case.figures, **{f"other-{at}": figures for at, figures in enumerate(case.others, start=1)}}
    rows = [row for agent, figures in everybody.items() for row in _rows(agent, figures, "computed")]
    rows += _rows(_AGENT, case.reported, "reported") + _rows(_AGENT, case.shops, "shops")
    first = date(2000, 1, 1)
    days = Fraction(case.share)
    # A period in which the share is a whole number of days.
    period = (first, first + timedelta(days.denominator - 1))
    stretch: dict[str, Any] = {"first": first, "last": first + timedelta(days.numerator - 1)}
    about = {**case.agent, **(stretch if days != 1 else {"first": None, "last": None})}
    columns = {**dict.fromkeys(case.agent, pl.String), "first": pl.Date, "last": pl.Date}
    agents = pl.DataFrame(
        [{"agent_id": agent, **(about if agent == _AGENT else case.agent)} for agent in everybody],
        schema={"agent_id": pl.String, **columns},
    )
    figures = pl.DataFrame(rows, schema=_FIGURES, orient="row")
    if days != 1:
        figures = figures.with_columns(first=pl.when(agent_id=_AGENT).then(pl.lit(first)))
    previous = pl.DataFrame(_rows(_AGENT, case.previous, "computed"), schema=_FIGURES, orient="row")
    targets = pl.DataFrame(
        [(_AGENT, metric, float(target)) for metric, target in case.targets.items()],
        schema={"agent_id": pl.String, "metric": pl.String, "target": pl.Float64},
        orient="row",
    )
    in_force = scheme.model_copy(update={"effective_from": None, "effective_until": None})
    found = appraise(in_force, figures, agents, period=period, previous=previous, targets=targets)
    return next((one for one in found.statements if one.agent_id == _AGENT), None)


_FIGURES = {
    "agent_id": pl.String,
    "metric": pl.String,
    "origin": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
}


def _rows(agent: str, figures: Mapping[str, Given], origin: str) -> list[tuple[Any, ...]]:
    return [(agent, metric, origin, *map(_float, (given.numerator, given.denominator, _value(given)))) for metric, given in figures.items()]


def _value(given: Given) -> Decimal | None:
    if given.value is None and given.numerator is not None and given.denominator:
        return given.numerator / given.denominator
    return given.value


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _differences(document: Document, at: int, case: Case, found: Statement | None) -> list[Problem]:
    problems = []
    here: tuple[str | int, ...] = ("cases", at, "expect")
    name, expect = case.name.zh, case.expect
    lines = {line.item.key: line.points for line in found.lines} if found is not None else {}
    if "points" in expect.model_fields_set:
        points = found.points if found is not None else None
        if points != expect.points:
            problems.append(
                document.problem(TOTAL_DIFFERS, (*here, "points"), case=name, expected=_said(expect.points), found=_said(points))
            )
    for item, wanted in expect.lines.items():
        if lines.get(item) != wanted:
            parts = {"case": name, "item": item, "expected": _said(wanted), "found": _said(lines.get(item))}
            problems.append(document.problem(LINE_DIFFERS, (*here, "lines", item), **parts))
    if expect.unranked is not None:
        reasons = [reason.kind for reason in found.reasons] if found is not None else ["outside"]
        if sorted(reasons) != sorted(expect.unranked):
            expected, seen = ", ".join(expect.unranked) or "–", ", ".join(reasons) or "–"
            problems.append(document.problem(UNRANKED_DIFFERS, (*here, "unranked"), case=name, expected=expected, found=seen))
    return problems + _beyond_points(document, here, name, expect, found)


def _beyond_points(document: Document, here: tuple[str | int, ...], name: str, expect: Expected, found: Statement | None) -> list[Problem]:
    """Differences in place, grade, gates, PK and pay."""
    problems = []
    asked = expect.model_fields_set
    place = None if found is None else found.place
    if "place" in asked and place != expect.place:
        problems.append(
            document.problem(PLACE_DIFFERS, (*here, "place"), case=name, item="总分", expected=expect.place, found=place or "–")
        )
    grade = None if found is None else found.grade
    if "grade" in asked and grade != expect.grade:
        parts = {"expected": expect.grade or "–", "found": grade or "–"}
        problems.append(document.problem(GRADE_DIFFERS, (*here, "grade"), case=name, **parts))
    gates = {} if found is None else {gate.condition.key: gate.passed for gate in found.gates}
    for gate, wanted in expect.gates.items():
        if gates.get(gate) != wanted:
            said = {True: "通过 / passed", False: "不通过 / not passed", None: "–"}
            parts = {"item": gate, "expected": said[wanted], "found": said[gates.get(gate)]}
            problems.append(document.problem(GATE_DIFFERS, (*here, "gates", gate), case=name, **parts))
    podium = {} if found is None else {key: one.place for key, one in found.podium.items()}
    for factor, expected in expect.podium.items():
        if podium.get(factor) != expected:
            parts = {"item": factor, "expected": str(expected or "–"), "found": str(podium.get(factor) or "–")}
            problems.append(document.problem(PLACE_DIFFERS, (*here, "podium", factor), case=name, **parts))
    paid = {} if found is None else {line.key: line.amount for line in found.pay_lines}
    for key, amount in expect.pay_lines.items():
        if paid.get(key, Decimal(0)) != amount:
            parts = {"item": key, "expected": _said(amount), "found": _said(paid.get(key))}
            problems.append(document.problem(PAY_DIFFERS, (*here, "pay_lines", key), case=name, **parts))
    pay = None if found is None else found.pay
    if "pay" in asked and pay != expect.pay:
        parts = {"item": "应发 / pay", "expected": _said(expect.pay), "found": _said(pay)}
        problems.append(document.problem(PAY_DIFFERS, (*here, "pay"), case=name, **parts))
    return problems


def _said(value: Decimal | None) -> str:
    return "–" if value is None else plain(value)
