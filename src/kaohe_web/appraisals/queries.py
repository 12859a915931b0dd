"""What somebody may see of cycles, results and appeals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet

from kaohe.appraisal import Scheme
from kaohe.model.tables import TABLES
from kaohe_web.appraisals import policies
from kaohe_web.appraisals.models import Appeal, Cycle, Judged, Participant, Result, Score
from kaohe_web.appraisals.states import SEEN_BY_AGENTS
from kaohe_web.org.models import User
from kaohe_web.org.policies import Scope, scopes
from kaohe_web.org.roles import Right
from kaohe_web.schemes.queries import scheme_of

Row = TypeVar("Row", bound=Model)

BY_HAND = frozenset(next(column.choices for column in TABLES["scores"].columns if column.name == "metric"))
"""The metrics that people give marks for."""


def visible_cycles(user: User) -> list[Cycle]:
    """The cycles that are something to somebody who acts in them, newest first."""
    return [one for one in Cycle.objects.select_related("scheme", "made_by") if policies.may_see(user, one)]


def visible_cycle(user: User, number: int) -> Cycle | None:
    """One of them; None for a stranger."""
    cycle = Cycle.objects.select_related("scheme", "made_by").filter(pk=number).first()
    return cycle if cycle is not None and policies.may_see(user, cycle) else None


def own_cycles(user: User) -> QuerySet[Cycle]:
    """The cycles that are about somebody himself, newest first."""
    if not user.agent_id or not scopes(user, Right.OWN):
        return Cycle.objects.none()
    mine = Cycle.objects.filter(participants__agent_id=user.agent_id, state__in=SEEN_BY_AGENTS)
    return mine.select_related("scheme").distinct()


def participants(user: User, cycle: Cycle) -> QuerySet[Participant]:
    """The people of a cycle that somebody sees results of, scores, or hears."""
    mine = [scope for right in policies.STAFF for scope in policies.held(user, right, cycle)]
    return of_groups(cycle.participants.all(), mine)


def visible_statements(user: User, result: Result) -> QuerySet[Judged]:
    """The statements of a result that somebody sees, without their words."""
    return of_groups(result.statements.defer("told"), policies.held(user, Right.SEE_RESULTS, result.cycle))


def of_groups(rows: QuerySet[Row], held: Iterable[Scope]) -> QuerySet[Row]:
    """Those of whom `policies.holds_group` says yes."""
    held = list(held)
    if any(scope.groups is None for scope in held):
        return rows
    return rows.filter(group__in=sorted({group for scope in held for group in scope.groups or () if group}))


def sees_pay(user: User, statement: Judged) -> bool:
    """Whether somebody sees the pay in a statement."""
    return policies.holds_group(policies.held(user, Right.SEE_PAY, statement.result.cycle), statement.group)


def visible_appeals(user: User, cycle: Cycle) -> list[Appeal]:
    """The appeals of a cycle of people whose results somebody sees or whose appeals he decides."""
    mine = [scope for right in (Right.DECIDE_APPEALS, Right.SEE_RESULTS) for scope in policies.held(user, right, cycle)]
    return [one for one in cycle.appeals.select_related("cycle", "by", "decided_by") if policies.holds_group(mine, one.group)]


def scorers(appeal: Appeal) -> set[int]:
    """Who gave the marks an appeal is about."""
    metrics = metrics_of(scheme_of(appeal.cycle.scheme), appeal.item)
    given = Score.objects.filter(cycle=appeal.cycle, agent_id__in=("", appeal.agent_id), metric__in=metrics)
    return set(given.values_list("by_id", flat=True))


def metrics_of(scheme: Scheme, item: str) -> tuple[str, ...]:
    """The metrics of an item; none where there is no such."""
    return next((one.metrics for one in scheme.items if one.key == item), ())


def by_hand(scheme: Scheme) -> tuple[list[str], list[str]]:
    """The metrics a scheme takes marks for: of each agent, and of the team."""
    return _by_hand(scheme, team=False), _by_hand(scheme, team=True)


def _by_hand(scheme: Scheme, *, team: bool) -> list[str]:
    found: Iterable[str] = (
        metric for one in scheme.subjects if (one.figures == "shops") == team for metric in one.metrics if source_of(metric) in BY_HAND
    )
    return list(dict.fromkeys(map(source_of, found)))


def source_of(metric: str) -> str:
    """What is entered for a metric: the latest mark of a kind is one of the marks of that kind."""
    return metric.removesuffix("_latest")
