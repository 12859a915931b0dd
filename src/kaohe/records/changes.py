"""What changed between two results, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias, get_args

from kaohe.appraisal.figures import Figure, Origin
from kaohe.records.runs import Run

What: TypeAlias = Literal[
    "came",
    "left",
    "stretches",
    "role",
    "group",
    "days",
    "points",
    "place",
    "grade",
    "pay",
    "item",
    "pay_line",
    "figure",
    "view",
    "gate",
    "veto",
    "podium",
]
"""What of a person may be another: `stretches` are the parts of the period he is judged for apart, `view` is what an item looks at instead of the
figure itself (the share of a target, better than how many), `podium` the place in a factor of a PK."""

CAUSES = ("scheme", "packs", "data", "judged", "code", "period")
"""What two results may have been made of differently."""

BEHIND: tuple[What, ...] = ("stretches", "role", "group", "days", "figure", "view", "gate", "veto", "podium", "grade", "place")
"""What points and pay come from."""

Told: TypeAlias = str | Figure | None
"""Something before or after; None: not there."""

Traits: TypeAlias = dict[tuple[What, str | None], Told]
"""All that a statement says that may change, by what it is and the item, line, metric or factor it is about."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of one person that is not the same. `of` is the item, line of pay, metric or factor it is about."""

    agent_id: str
    first: str | None
    what: What
    of: str | None
    before: Told
    after: Told


def causes(old: Run, new: Run) -> list[str]:
    """Which of `CAUSES` differ."""
    return [cause for cause in CAUSES if old.content["inputs"].get(cause) != new.content["inputs"].get(cause)]


def diff(old: Run, new: Run) -> list[Change]:
    """Every change, person by person: who he is and where he stands, then items and lines of pay, then the figures they rest on."""
    before, after = (_by_person(run) for run in (old, new))
    return [change for agent in sorted({*before, *after}) for change in _of_person(agent, before.get(agent), after.get(agent))]


Stretches: TypeAlias = dict[str | None, Mapping[str, Any]]
"""The statements of one person by the first day of each stretch; None: the whole period."""


def _by_person(run: Run) -> dict[str, Stretches]:
    found: dict[str, Stretches] = {}
    for one in run.statements:
        found.setdefault(one["agent_id"], {})[one["first"]] = one
    return found


def _of_person(agent: str, old: Stretches | None, new: Stretches | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change(agent, None, "came" if old is None else "left", None, _pay(old), _pay(new))
        return
    if list(old) != list(new):
        yield Change(agent, None, "stretches", None, _stretches(old), _stretches(new))
        if _pay(old) != _pay(new):
            yield Change(agent, None, "pay", None, _pay(old), _pay(new))
    for first in [first for first in old if first in new]:
        yield from changed(agent, first, traits(old[first]), traits(new[first]))


def _pay(stretches: Stretches | None) -> str | None:
    paid = [one["pay"] for one in (stretches or {}).values()]
    return None if not paid or None in paid else str(sum(map(Decimal, paid), Decimal(0)))


def _stretches(stretches: Stretches) -> str:
    return ", ".join(_days(one) or "–" for one in stretches.values())


def changed(agent: str, first: str | None, before: Traits, after: Traits) -> list[Change]:
    """What differs between two statements of one person for the same stretch."""
    return [Change(agent, first, *key, before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)]


def traits(statement: Mapping[str, Any]) -> Traits:
    """All that may change of a statement as `kaohe.appraisal.data` writes it."""
    found: Traits = {("days", None): _days(statement)}
    for what in ("role", "group", "points", "place", "grade", "pay"):
        found[what, None] = _text(statement[what])
    found |= {("item", line["item"]): _text(line["points"]) for line in statement["lines"]}
    found |= {("pay_line", line["line"]): line["amount"] for line in statement["pay_lines"]}
    found |= {("figure", key): figure for key, figure in figures_of(statement).items()}
    found |= {("view", key): view for key, view in _views(statement["lines"])}
    found |= {("gate", gate["condition"]): str(gate["passed"]).lower() for gate in statement["gates"]}
    found |= {("veto", veto["condition"]): str(veto["passed"]).lower() for veto in statement["vetoes"]}
    found |= {("podium", podium["factor"]): _text(podium["place"]) for podium in statement["pk"]}
    return found


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _days(statement: Mapping[str, Any]) -> str | None:
    first, last = statement["first"], statement["last"]
    return None if first is None and last is None else f"{first or ''}..{last or ''}"


def _views(lines: list[Mapping[str, Any]], within: str = "") -> Iterator[tuple[str, str | None]]:
    for line in lines:
        if line["view"] is not None and line["view"] != line["exact"]:
            yield within + line["item"], line["view"]
        yield from _views(line["parts"], f"{line['item']}/")


def figures_of(statement: Mapping[str, Any]) -> dict[str, Figure]:
    """Every figure a statement rests on, by metric; `metric:origin` for a second origin of the same metric."""
    parts = [part for line in statement["lines"] for part in (line["parts"] or [line])]
    answers = (*statement["gates"], *statement["vetoes"], *statement["pk"])
    looked = [looked for line in statement["pay_lines"] for looked in line["looked"]]
    found: dict[str, dict[Origin, Figure]] = {}
    for holder in (*parts, *answers, *looked):
        for content in holder["figures"]:
            figure = figure_of(content)
            found.setdefault(figure.metric, {}).setdefault(figure.origin, figure)
    named: dict[str, Figure] = {}
    for metric, origins in found.items():
        for at, origin in enumerate(sorted(origins, key=get_args(Origin).index)):
            named[f"{metric}:{origin}" if at else metric] = origins[origin]
    return named


def figure_of(content: Mapping[str, Any]) -> Figure:
    """A figure from its JSON data, without its interval, which changes only where the figure does."""
    kept = {name: content[name] for name in ("metric", "origin", "numerator", "denominator", "value")}
    return Figure(**kept, changed=None if content["changed"] is None else tuple(content["changed"]))


def as_data(told: Told) -> Any:
    """What was told as JSON data; `from_data` reads it."""
    if not isinstance(told, Figure):
        return told
    return {name: value for name, value in asdict(told).items() if name not in ("low", "high")}


def from_data(content: Any) -> Told:
    """What `as_data` wrote."""
    return figure_of(content) if isinstance(content, Mapping) else content


def said(told: Told) -> str | None:
    """What was told as plain text: `162 ÷ 438` for a figure with parts."""
    if not isinstance(told, Figure):
        return told
    if told.value is None:
        return None
    if told.numerator is None or told.denominator is None:
        return f"{told.value:.15g}"
    return f"{told.numerator:.15g} ÷ {told.denominator:.15g}"
