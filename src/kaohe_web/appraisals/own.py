"""The agent's own page: his figures, his statements, his place as the shop shows it, what he has read and what he said against it. Nothing of anybody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import polars as pl
from django.db.models import QuerySet

from kaohe.errors import Failure, Lang
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.events import EventExplanation
from kaohe.reports import event_evidence
from kaohe.reports import evidence as message_evidence
from kaohe.reports.tables import Sheet
from kaohe_web.appraisals.models import Cycle, Judged, Ranks, Result
from kaohe_web.appraisals.states import RESULT_SHOWN, State
from kaohe_web.appraisals.subjects import Subject, subjects
from kaohe_web.boards import queries as boards
from kaohe_web.boards.answers import Question, answered
from kaohe_web.boards.metrics import ELSEWHERE, MAIN
from kaohe_web.boards.policies import Seen
from kaohe_web.boards.showing import figure, title
from kaohe_web.boards.tasks import enqueue
from kaohe_web.org.models import User
from kaohe_web.org.policies import Scope
from kaohe_web.schemes.queries import scheme_of
from kaohe_web.site import workspace


@dataclass(frozen=True, slots=True)
class Told:
    """One of one's own figures."""

    title: str
    value: str
    made_of: str


def figures(user: User, lang: Lang) -> tuple[date, date, list[Told]] | None:
    """The figures of the newest month with data, up to the last day there are any of; None where there are none."""
    of = boards.state().of
    if of is None or of.first is None or of.last is None or not user.agent_id:
        return None
    first = max(of.last.replace(day=1), of.first)
    metrics = tuple(dict.fromkeys(metric for listed in MAIN.values() for metric in listed))
    everything = Seen((Scope(None, None),))
    question = Question(first, of.last, ("agent",), metrics, everything, agent=user.agent_id)
    frame = answered(of, question, enqueue).frame
    rows = [row for row in frame.iter_rows(named=True) if row["agent_id"] == user.agent_id]
    if not rows:
        return None
    known = [(CATALOGUE[metric], figure(rows[0], CATALOGUE[metric], lang)) for metric in metrics if rows[0].get(f"v:{metric}") is not None]
    told = [Told(title(metric, lang), one.text, one.parts) for metric, one in known]
    return first, of.last, told


MOST_ROWS = 500
"""Rows of evidence on a page; a day has fewer."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The cases behind a figure as a table, what each row is about, and how many were left out as too many."""

    sheet: Sheet
    subjects: list[Subject | None]
    more: int


def explained(user: User, cycle: Cycle, metric: str, first: date, last: date, lang: Lang) -> Explained | None:
    """The cases behind one of one's own figures, counted and not, with the reason; None where there are none.

    What colleagues wrote in the same conversations, and what counts for them, is not in it.
    """
    try:
        found = workspace().explain(metric, agent=user.agent_id, first=first, last=last)
    except Failure:
        return None
    own = pl.col("counted_for") == user.agent_id
    shops = scheme_of(cycle.scheme).applies_to.shops
    judged = pl.col("shop_id").is_in(list(shops)) if shops else pl.lit(True)
    if isinstance(found, EventExplanation):
        mine = found.lines.filter(own, judged)
        lines = mine.sort(pl.col("counted").not_(), maintain_order=True).head(MOST_ROWS)
        sheet = event_evidence.readable(replace(found, lines=lines), lang)
        hidden = ("counted_for", "related")
    else:
        written = (pl.col("sender") == "buyer") | own | (pl.col("agent_id") == user.agent_id)
        mine = found.lines.filter(pl.col("counted_for").is_null() | own, written, judged)
        lines = mine.head(MOST_ROWS)
        sheet = message_evidence.readable(replace(found, lines=lines), lang)
        hidden = ("counted_for", "agent_id")
    if mine.is_empty():
        return None
    kept = tuple(column for column in sheet.columns if column.name not in hidden)
    # The figure in the notes is that of all shops.
    return Explained(replace(sheet, columns=kept, notes=() if shops else sheet.notes), subjects(lines), len(mine) - len(lines))


def explainable(cycle: Cycle) -> list[str]:
    """The metrics of a cycle's scheme that are counted from what the agent did himself."""
    scheme = scheme_of(cycle.scheme)
    return [metric for metric in scheme.computed if metric in CATALOGUE and metric not in ELSEWHERE]


def at_once(cycle: Cycle) -> bool:
    """Whether the data are so few that the whole period can be looked through while somebody waits."""
    of = boards.state().of
    return of is not None and of.is_small(cycle.first, cycle.last)


def result_of(cycle: Cycle) -> Result | None:
    """What an agent sees of a cycle by now: his result once it is shown, before that how he stands."""
    if cycle.state in RESULT_SHOWN:
        return cycle.shown().first()
    return cycle.standing() if cycle.state in (State.RUNNING, State.SCORING) else None


def statements(user: User, result: Result) -> list[Judged]:
    """One's own statements in a result: several where one changed role or group."""
    return list(result.statements.filter(agent_id=user.agent_id or ""))


def ranking(cycle: Cycle, result: Result) -> QuerySet[Judged]:
    """The ranking where the cycle shows it with names; empty otherwise, and while the cycle is under way."""
    if cycle.ranks != Ranks.NAMES or cycle.state not in RESULT_SHOWN:
        return Judged.objects.none()
    rows = result.statements.filter(place__isnull=False).order_by("place", "at")
    return rows.only("result", "place", "name", "agent_id", "points")
