"""Marks given by hand in a cycle: which are asked for, which are missing, and entering them. They become rows of the lake's table `scores`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

import polars as pl
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kaohe.appraisal.words import metric_name
from kaohe.errors import Lang
from kaohe.workspace import Workspace
from kaohe_web.appraisals import policies, queries
from kaohe_web.appraisals.computing import Kind, ask
from kaohe_web.appraisals.models import Cycle, Participant, Score
from kaohe_web.appraisals.states import Conflict, State, check_can
from kaohe_web.audit.records import record
from kaohe_web.entries import entered
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed
from kaohe_web.schemes.queries import scheme_of
from kaohe_web.site import newest, workspace

Key = tuple[str, str]
"""An agent (empty: the team) and a metric."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One mark a cycle asks for. `score` is what was given here, `found` what the lake has of the kind in these days, marks from elsewhere with it."""

    agent_id: str
    name: str
    group: str
    metric: str
    score: Score | None
    found: float | None
    count: int

    @property
    def is_missing(self) -> bool:
        return self.found is None

    @property
    def field(self) -> str:
        """What the form calls it."""
        return f"{self.metric}|{self.agent_id}"

    @property
    def typed(self) -> str:
        """The mark given here as it is typed."""
        return "" if self.score is None else f"{self.score.score.normalize():f}"

    @property
    def elsewhere(self) -> bool:
        """Whether the lake has marks that were not given here: what is judged is their mean with this one."""
        return self.count > (self.score is not None)


def asked(cycle: Cycle, people: list[Participant] | None = None, *, team: bool = True) -> list[Asked]:
    """The marks a cycle asks for, of some of its people, and of the team."""
    each, whole = queries.by_hand(scheme_of(cycle.scheme))
    given = {(one.agent_id, one.metric): one for one in cycle.scores.select_related("by")}
    there = _there(workspace(), newest(), cycle.first, cycle.last)
    listed = list(cycle.participants.all()) if people is None else people

    def row(agent_id: str, name: str, group: str, metric: str) -> Asked:
        found, count = there.get((agent_id, metric), (None, 0))
        return Asked(agent_id, name, group, metric, given.get((agent_id, metric)), found, count)

    found = [row("", _("全队"), "", metric) for metric in whole] if team else []
    return found + [row(one.agent_id, str(one), one.group, metric) for one in listed for metric in each]


def missing(cycle: Cycle, people: QuerySet[Participant] | None = None, *, team: bool = True) -> int:
    """How many of them nobody gave."""
    each, whole = queries.by_hand(scheme_of(cycle.scheme))
    there = _there(workspace(), newest(), cycle.first, cycle.last)
    agents = (cycle.participants if people is None else people).values_list("agent_id", flat=True)
    wanted = [("", metric) for metric in whole] if team else []
    return sum(key not in there for key in wanted) + sum((agent, metric) not in there for agent in agents for metric in each)


@lru_cache(maxsize=16)
def _there(source: Workspace, _newest: str, first: date, last: date) -> Mapping[Key, tuple[float, int]]:
    """The mean and the number of the marks of the lake in these days, by the agent as the table names him and metric."""
    rows = source.table("scores").filter(pl.col("scored_on").is_between(pl.lit(first), pl.lit(last)))
    found = rows.group_by("agent_id", "metric").agg(pl.col("score").mean(), pl.len().alias("count"))
    return {(agent or "", metric): (score, count) for agent, metric, score, count in found.iter_rows()}


@transaction.atomic
def enter(*, by: User, cycle: Cycle, given: Mapping[Key, tuple[Decimal, str]], was: Mapping[Key, str]) -> int:
    """Marks with a note each, in place of those there were. `was` are those the page showed, as typed. Returns how many are new or other.

    Raises NotAllowed for people outside one's groups, `Conflict` where somebody gave another mark since, ValidationError for marks nobody asks for.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=cycle.pk)
    policies.check_may_score(by, cycle)
    check_can("enter", cycle)
    known = {(one.agent_id, one.metric): one for one in asked(cycle)}
    wrong = [key for key in given if key not in known]
    if wrong:
        raise ValidationError(_("方案不要打这一项：%(what)s") % {"what": wrong[0][1]})
    changed = {}
    for key, (score, note) in given.items():
        there = known[key]
        if there.score is not None and (there.score.score, there.score.note) == (score, note):
            continue
        if key[0]:
            policies.check_may_score(by, cycle, there.group)
        else:
            policies.check_may_score_team(by, cycle)
        if there.typed != was.get(key, ""):
            who = there.score.by.get_full_name() if there.score is not None else ""
            raise Conflict(_("%(who)s 刚给%(name)s打过分。请看一眼再打。") % {"who": who, "name": there.name})
        changed[key] = (score, note)
    if changed:
        _enter(by, cycle, changed)
    return len(changed)


def _enter(by: User, cycle: Cycle, changed: Mapping[Key, tuple[Decimal, str]]) -> None:
    before = {f"{one.agent_id} {one.metric}": one.score for one in cycle.scores.all() if (one.agent_id, one.metric) in changed}
    for (agent_id, metric), (score, note) in changed.items():
        Score.objects.update_or_create(cycle=cycle, agent_id=agent_id, metric=metric, defaults={"score": score, "note": note, "by": by})
    after = {f"{agent_id} {metric}": score for (agent_id, metric), (score, _note) in changed.items()}
    record(by, "cycle.scored", cycle, before=before, after=after)
    put(cycle, changed, by)
    if cycle.state in (State.RUNNING, State.SCORING):
        ask(cycle, Kind.STANDING)
    cycle.save()


def put(cycle: Cycle, changed: Mapping[Key, tuple[Decimal, str]], by: User) -> None:
    """Write marks into the lake. Whoever gives it, a mark of a cycle is one row: a second one would be averaged with the first."""
    rows = [
        {
            "shop_id": None,
            "agent_id": agent_id or None,
            "metric": metric,
            "scored_on": cycle.last,
            "score": f"{score:f}",
            "by": f"考核 {cycle.pk}",
            "note": f"{by.get_full_name()}：{note}" if note else by.get_full_name(),
        }
        for (agent_id, metric), (score, note) in changed.items()
    ]
    number = entered("scores", rows, by=by.get_username())
    cycle.data_number = max(cycle.data_number, number)


def may_enter(user: User, cycle: Cycle) -> bool:
    """Whether somebody gives marks to anybody in a cycle."""
    return allowed(policies.check_may_score, user, cycle)


def name_of(metric: str, lang: Lang) -> str:
    """What a mark is called."""
    return metric_name(metric, lang)
