"""A made-up company: its roster and accounts, a scheme of marks, and cycles of it under way, in review and paid."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kaohe_web.bench.year import Agent

if TYPE_CHECKING:
    from kaohe_web.appraisals.models import Cycle
    from kaohe_web.org.models import User
    from kaohe_web.schemes.models import SchemeVersion

NAME, PASSWORD = "load", secrets.token_urlsafe(16)
GROUPS, SHOPS = 50, 10
APPEALS = 40
BY_HAND = ("qa_score", "knowledge_score", "discipline")
PAID, IN_REVIEW, SCORED = date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)
"""The months of the cycles, all over whenever this runs."""

SCHEME = """name: load
title: {zh: 月考, en: Monthly}
source: made up
items:
  - metric: qa_score
    weight: 50
    scoring:
      kind: bands
      bands:
        - {below: 60, points: 0}
        - {at_least: 60, below: 80, points: 60}
        - {at_least: 80, points: 100}
  - metric: knowledge_score
    weight: 30
    scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}
  - metric: discipline
    weight: 20
    scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}
pay:
  lines:
    - {id: base, kind: fixed, amount: 3000}
    - {id: points, kind: points, amount: 10}
"""


def agents(count: int) -> list[Agent]:
    """Agents in groups, each group answering for one shop."""
    return [Agent(f"a{n:04}", f"g{n % GROUPS:02}", f"s{n % GROUPS % SHOPS}") for n in range(count)]


def made(workspace: Path, people: Sequence[Agent]) -> tuple[list[str], list[str]]:
    """The workspace and its site. Returns addresses of every kind of page beside the boards: those of who runs the place, and those of an agent."""
    import kaohe

    kaohe.create(workspace)
    with tempfile.TemporaryDirectory(prefix="kaohe-load-") as folder:
        _exported(Path(folder), people)
        kaohe.open(workspace).import_exports([folder])
    from kaohe_web.serving import prepared

    prepared(workspace)
    from django.urls import reverse

    from kaohe_web.schemes.actions import publish, start

    boss, filers = _accounts(people)
    draft = start(by=boss, name="load", text=SCHEME)
    scheme = publish(by=boss, version=draft, revision=draft.revision)
    paid, review, scored = (_cycle(boss, scheme, month) for month in (PAID, IN_REVIEW, SCORED))
    _shown(boss, paid)
    _paid(boss, paid)
    _shown(boss, review)
    appeal = _appealed(filers, review)
    result = review.newest()
    assert result is not None
    statement = result.statements.first()
    assert statement is not None
    theirs = [
        reverse("home"),
        reverse("people"),
        reverse("roster"),
        reverse("agent_row", args=[people[0].agent_id]),
        reverse("imports"),
        reverse("schemes"),
        reverse("schemes_version", args=[scheme.pk]),
        reverse("appraisals"),
        *(reverse("appraisals_cycle", args=[one.pk]) for one in (paid, review, scored)),
        reverse("appraisals_marks", args=[scored.pk]),
        reverse("appraisals_result", args=[review.pk, result.pk]),
        reverse("appraisals_statement", args=[review.pk, statement.pk]),
        reverse("appraisals_appeals", args=[review.pk]),
        reverse("appraisals_appeal", args=[appeal]),
        reverse("audit"),
        reverse("notices_log"),
    ]
    own = [reverse("appraisals_mine"), *(reverse("appraisals_own", args=[one.pk]) for one in (paid, review))]
    return theirs, own


def _exported(folder: Path, people: Sequence[Agent]) -> None:
    rows = {
        "shops": ["shop_id,platform,name,timezone", *(f"s{n},pdd,店{n},Asia/Shanghai" for n in range(SHOPS))],
        "agents": ["agent_id,name,group,role", *(f"{one.agent_id},客服{one.agent_id[1:]},{one.group},presale" for one in people)],
        "accounts": ["shop_id,account,agent_id", *(f"{one.shop_id},{one.agent_id},{one.agent_id}" for one in people)],
        "scores": ["shop_id,agent_id,metric,scored_on,score", *_marks(people)],
    }
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")


def _marks(people: Sequence[Agent]) -> Iterable[str]:
    for month, metrics in ((PAID, BY_HAND), (IN_REVIEW, BY_HAND), (SCORED, BY_HAND[:1])):
        for at, one in enumerate(people):
            for metric in metrics:
                yield f",{one.agent_id},{metric},{month},{50 + at * 7 % 51}"


def _accounts(people: Sequence[Agent]) -> tuple[User, list[User]]:
    """An administrator, and an account for every agent; the first of these may log in by password, as may the administrator."""
    from django.contrib.auth.hashers import make_password

    from kaohe_web.org.models import Grant, User
    from kaohe_web.org.roles import Role

    digest, none = make_password(PASSWORD), make_password(None)
    boss = User.objects.create(username=NAME, name="Load", password=digest)
    Grant.objects.create(user=boss, role=Role.ADMIN)
    made = User.objects.bulk_create(
        User(username=one.agent_id, name=one.agent_id, agent_id=one.agent_id, password=none if at else digest)
        for at, one in enumerate(people)
    )
    Grant.objects.bulk_create(Grant(user=one, role=Role.AGENT) for one in made)
    return boss, made[:APPEALS]


def _cycle(boss: User, scheme: SchemeVersion, month: date) -> Cycle:
    """A cycle of a month, taken as far as its marks."""
    from kaohe_web.appraisals import actions

    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    cycle = actions.begin(by=boss, title=f"{month:%Y-%m}", scheme=scheme, first=month, last=last, ranks="names")
    for verb in ("announce", "start", "finish"):
        _do(boss, cycle, verb)
    return cycle


def _do(boss: User, cycle: Cycle, verb: str, **more: object) -> None:
    """A step on what is there now, and the work that a worker would do after it."""
    from kaohe_web.appraisals import actions, computing

    cycle.refresh_from_db()
    actions.STEPS[verb](by=boss, cycle=cycle, revision=cycle.revision, **more)
    cycle.refresh_from_db()
    if cycle.is_working:
        computing.compute.call(cycle.pk, cycle.asked)
        cycle.refresh_from_db()


def _shown(boss: User, cycle: Cycle) -> None:
    from django.utils import timezone

    _do(boss, cycle, "compute")
    _do(boss, cycle, "review", until=timezone.localdate() + timedelta(days=7))


def _paid(boss: User, cycle: Cycle) -> None:
    from django.utils import timezone

    cycle.appeals_until = timezone.localdate() - timedelta(days=1)
    cycle.save()
    _do(boss, cycle, "confirm")
    _do(boss, cycle, "close")


def _appealed(filers: Sequence[User], cycle: Cycle) -> int:
    """Appeals that wait for a decision; the key of the last."""
    from kaohe_web.appraisals import appeals

    said = {"about": "item", "item": BY_HAND[0], "subject": "", "reason": "复查一下", "evidence": ""}
    return [appeals.file(by=one, cycle=cycle, **said).pk for one in filers][-1]
