"""What changed between two results, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kaohe.records.runs import Run

What: TypeAlias = Literal["came", "left", "points", "place", "grade", "pay", "item", "pay_line", "figure"]
CAUSES = ("scheme", "packs", "data", "judged", "code", "period")
"""What two results may have been made of differently."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of one person that is not the same. `of` is the item, line of pay or metric it is about; None: not there."""

    agent_id: str
    first: str | None
    what: What
    of: str | None
    before: str | None
    after: str | None


def causes(old: Run, new: Run) -> list[str]:
    """Which of `CAUSES` differ."""
    return [cause for cause in CAUSES if old.content["inputs"].get(cause) != new.content["inputs"].get(cause)]


def diff(old: Run, new: Run) -> list[Change]:
    """Every change, person by person: totals first, then items and lines of pay, then the figures they rest on."""
    before, after = (_by_person(run) for run in (old, new))
    return [change for key in sorted({*before, *after}, key=str) for change in _changes(key, before.get(key), after.get(key))]


def _by_person(run: Run) -> dict[tuple[str, str | None], Mapping[str, Any]]:
    return {(one["agent_id"], one["first"]): one for one in run.statements}


def _changes(key: tuple[str, str | None], old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change(*key, "came" if old is None else "left", None, None, None)
        return
    for what in ("points", "place", "grade", "pay"):
        yield from _change(key, what, None, old[what], new[what])
    for what, listed, name, value in (("item", "lines", "item", "points"), ("pay_line", "pay_lines", "line", "amount")):
        one, two = ({line[name]: line[value] for line in of[listed]} for of in (old, new))
        for line in {**one, **two}:
            yield from _change(key, what, line, one.get(line), two.get(line))  # type: ignore[arg-type]
    figures, others = dict(figures_of(old)), dict(figures_of(new))
    for metric in {**figures, **others}:
        yield from _change(key, "figure", metric, figures.get(metric), others.get(metric))


def _change(key: tuple[str, str | None], what: What, of: str | None, old: Any, new: Any) -> Iterator[Change]:
    if old != new:
        yield Change(*key, what, of, None if old is None else str(old), None if new is None else str(new))


def figures_of(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every figure a statement rests on, by metric, in words: `162 ÷ 438`."""
    parts = [part for line in statement["lines"] for part in (line["parts"] or [line])]
    found = [
        *(figure for part in parts for figure in part["figures"]),
        *(figure for answer in (*statement["gates"], *statement["vetoes"]) for figure in answer["figures"]),
        *(figure for line in statement["pay_lines"] for looked in line["looked"] for figure in looked["figures"]),
    ]
    for figure in found:
        yield figure["metric"], _said(figure)


def _said(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "–"
    if figure["numerator"] is None or figure["denominator"] is None:
        return f"{figure['value']:.15g}"
    return f"{figure['numerator']:.15g} ÷ {figure['denominator']:.15g}"
