"""Statements as plain JSON data. Numbers that must not lose a digit are text; an exact value is `numerator/denominator` where no decimal is."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from kaohe.appraisal.appraisal import Appraisal
from kaohe.appraisal.bands import Span
from kaohe.appraisal.exact import plain, rounded
from kaohe.appraisal.figures import Figure
from kaohe.appraisal.result import Answer, Line, Looked, Paid, Podium, Reason, Statement


def statements(appraisal: Appraisal) -> list[dict[str, Any]]:
    """Everybody's statement, in the order of the appraisal."""
    return [statement(one) for one in appraisal.statements]


def statement(one: Statement) -> dict[str, Any]:
    """One statement; what a scheme does not have (gates, grades, pay) is empty or null."""
    return {
        "agent_id": one.agent_id,
        "name": one.name,
        "group": one.group,
        "role": one.role,
        "first": None if one.first is None else one.first.isoformat(),
        "last": None if one.last is None else one.last.isoformat(),
        "share": _exact(one.share),
        "place": one.place,
        "start": _bare(one.start),
        "points": _text(one.points),
        "cut": _text(one.cut),
        "grade": one.grade,
        "reasons": [_reason(reason) for reason in one.reasons],
        "lines": [_line(line) for line in one.lines],
        "gates": [_answer(answer) for answer in one.gates],
        "vetoes": [_answer(answer) for answer in one.vetoes],
        "pk": [_podium(podium) for podium in one.podium.values()],
        "pay_lines": [_paid(paid) for paid in one.pay_lines],
        "pay": _text(one.pay),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "metric": figure.metric,
        "origin": figure.origin,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "changed": None if figure.changed is None else list(figure.changed),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "item": line.item.key,
        "figures": [_figure(figure) for figure in line.figures],
        "exact": _exact(line.value),
        "target": _exact(line.target),
        "view": _exact(line.view),
        "status": line.status,
        "treatment": line.treatment,
        "band": None if line.band is None else {**_span(line.band), "points": _bare(line.band.points)},
        "rank": line.rank,
        "scored": _exact(line.scored),
        "out_of": plain(line.item.out_of),
        "weight": plain(line.weight),
        "points": _text(line.points),
        "parts": [_line(part) for part in line.parts],
    }


def _span(band: Span) -> dict[str, Any]:
    return {"at_least": _bare(band.at_least), "below": _bare(band.below)}


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "item": reason.item.key if reason.item is not None else None,
        "metric": reason.metric,
        "found": _exact(reason.found),
        "wanted": None if reason.wanted is None else plain(reason.wanted),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "condition": answer.condition.key,
        "figures": [_figure(figure) for figure in answer.figures],
        "exact": _exact(answer.value),
        "limit": _exact(answer.limit),
        "status": answer.status,
        "passed": answer.passed,
    }


def _podium(podium: Podium) -> dict[str, Any]:
    return {
        "factor": podium.factor.key,
        "figures": [_figure(figure) for figure in podium.figures],
        "exact": _exact(podium.value),
        "place": podium.place,
        "tied": podium.tied,
        "vetoed": podium.vetoed,
        "prize": _exact(podium.prize),
    }


def _paid(paid: Paid) -> dict[str, Any]:
    return {
        "line": paid.key,
        "kind": None if paid.line is None else getattr(paid.line, "kind", None),
        "looked": [_looked(looked) for looked in paid.looked],
        "band": None if paid.band is None else _span(paid.band),
        "steps": [{"amount": _exact(step.amount), "rate": _exact(step.rate), "pay": _exact(step.pay)} for step in paid.steps],
        "gross": _exact(paid.gross),
        "coefficient": _exact(paid.coefficient),
        "share": _exact(paid.share),
        "exact": _exact(paid.exact),
        "missing": paid.missing,
        "gated": paid.gated,
        "amount": _text(paid.amount),
    }


def _looked(looked: Looked) -> dict[str, Any]:
    quantity = looked.quantity
    return {
        "points": quantity.points,
        "share": quantity.share,
        "item": quantity.item,
        "figures": [_figure(figure) for figure in looked.figures],
        "exact": _exact(looked.value),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _bare(value: Decimal | None) -> str | None:
    """A number of the scheme, however it was written there."""
    return None if value is None else plain(value)


def _exact(value: Fraction | None) -> str | None:
    if value is None:
        return None
    decimal = rounded(value, 12)
    return plain(decimal) if Fraction(decimal) == value else str(value)
