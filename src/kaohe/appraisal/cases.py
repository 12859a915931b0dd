"""Case files: what a scheme must give for figures written down beside it, boundaries first. A scheme without cases proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, BeforeValidator

from kaohe import definitions
from kaohe.appraisal.checks import hints
from kaohe.appraisal.exact import Number, plain
from kaohe.appraisal.judging import appraise
from kaohe.appraisal.result import Statement
from kaohe.appraisal.scheme import Scheme
from kaohe.appraisal.schemes import CASES, load, read, where
from kaohe.definitions import Definition, Document
from kaohe.errors import WRONG_USE, Failure, Problem, code, failure
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


def _given(entry: Any) -> Any:
    return entry if isinstance(entry, Mapping) else {"value": entry}


class Given(Definition):
    """A figure of a case: a number, `95%`, null for no data, or `{numerator: 162, denominator: 438}`."""

    value: Number | None = None
    numerator: Number | None = None
    denominator: Number | None = None


class Expected(Definition):
    """What must come out; what is not named is not looked at. A line of null gives no points. `unranked` lists the kinds of reason."""

    points: Number | None = None
    lines: dict[str, Number | None] = {}  # noqa: RUF012 (pydantic copies it)
    unranked: tuple[str, ...] | None = None


class Case(Definition):
    name: Words
    agent: dict[str, str] = {}  # noqa: RUF012 (pydantic copies it)
    figures: dict[str, Annotated[Given, BeforeValidator(_given)]]
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
    problems = []
    for kind, path, names, known in (
        (UNKNOWN_FIGURE, ("figures",), case.figures, scheme.metrics),
        (UNKNOWN_ITEM, ("expect", "lines"), case.expect.lines, items),
    ):
        for name in names:
            if name not in known:
                zh, en = hints(name, known)
                here = ("cases", at, *path, name)
                problems.append(document.problem(kind, here, item=name, metric=name, hint_zh=zh, hint_en=en))
    return problems


_AGENT = "lin"


def _judged(case: Case, scheme: Scheme) -> Statement | None:
    rows = [(_AGENT, metric, *map(_float, (given.numerator, given.denominator, _value(given)))) for metric, given in case.figures.items()]
    number = pl.Float64
    figures = pl.DataFrame(
        rows,
        schema={"agent_id": pl.String, "metric": pl.String, "numerator": number, "denominator": number, "value": number},
        orient="row",
    )
    agents = pl.DataFrame({"agent_id": [_AGENT], **{name: [value] for name, value in case.agent.items()}})
    statements = appraise(scheme, figures, agents).statements
    return statements[0] if statements else None


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
    return problems


def _said(value: Decimal | None) -> str:
    return "–" if value is None else plain(value)
