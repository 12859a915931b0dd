"""Places. Ties share one, and the next agent's place counts everybody before him: 1, 2, 2, 4."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from kaohe.appraisal.result import Statement


def places(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements in order of place, those with a reason to have none after them; both then in order of id."""
    ranked: list[Statement] = []
    unranked: list[Statement] = []
    for statement in sorted(statements, key=lambda statement: statement.agent_id):
        (unranked if statement.reasons or statement.points is None else ranked).append(statement)
    ranked.sort(key=_points, reverse=True)
    found: list[Statement] = []
    for at, statement in enumerate(ranked):
        tied = bool(found) and _points(found[-1]) == _points(statement)
        found.append(replace(statement, place=found[-1].place if tied else at + 1))
    return (*found, *unranked)


def _points(statement: Statement) -> Decimal:
    return statement.points if statement.points is not None else Decimal("-Infinity")
