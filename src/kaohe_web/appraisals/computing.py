"""Computing standings and results in the background. What was asked last is kept; what was asked before it and comes later is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from kaohe.appraisal import Appraisal
from kaohe.errors import Failure
from kaohe_web.appraisals import telling
from kaohe_web.appraisals.models import Cycle, Judged, Kind, Participant, Result, Work
from kaohe_web.appraisals.states import RESULT_SHOWN, State
from kaohe_web.schemes.queries import scheme_of
from kaohe_web.site import workspace

LOST = timedelta(minutes=10)
"""After so long a computation that has not ended is taken for lost, and may be asked for again by the next import."""


def ask(cycle: Cycle, kind: Kind) -> None:
    """Have it computed. Call within the transaction that holds the cycle, and save it after."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a job belongs to the transaction of what asks for it")
    cycle.asked += 1
    cycle.work, cycle.work_kind, cycle.work_at, cycle.work_why = Work.WAITING, kind, timezone.now(), {}
    compute.enqueue(cycle.pk, cycle.asked)


def on_import(**_sent: Any) -> None:
    """Hears of an import: how people stand is another, in cycles under way. A result that is being computed is left alone, so is a standing that waits."""
    lost = timezone.now() - LOST
    idle = Q(work__in=(Work.NONE, Work.FAILED)) | Q(work=Work.RUNNING, work_kind=Kind.STANDING) | Q(work_at__lt=lost)
    with transaction.atomic():
        for cycle in Cycle.objects.select_for_update().filter(idle, state__in=(State.RUNNING, State.SCORING)).order_by("pk"):
            ask(cycle, Kind.STANDING)
            cycle.save()


@task()
def compute(number: int, asked: int) -> None:
    """Compute what was asked for a cycle. Does nothing where something was asked since."""
    with transaction.atomic():
        cycle = Cycle.objects.select_for_update().filter(pk=number).first()
        if cycle is None or cycle.asked != asked or not cycle.is_working:
            return
        cycle.work, cycle.work_at = Work.RUNNING, timezone.now()
        cycle.save()
    try:
        made = _made(cycle, Kind(cycle.work_kind))
    except Failure as failed:
        why = {lang: [problem.text(lang) for problem in failed.problems[:20]] for lang in telling.LANGS}
        Cycle.objects.filter(pk=number, asked=asked).update(work=Work.FAILED, work_why=why)
        return
    except Exception:
        Cycle.objects.filter(pk=number, asked=asked).update(work=Work.FAILED)
        raise
    with transaction.atomic():
        cycle = Cycle.objects.select_for_update().get(pk=number)
        if cycle.asked == asked:
            _keep(cycle, *made)


def _made(cycle: Cycle, kind: Kind) -> tuple[Result, Appraisal]:
    source, scheme = workspace(), scheme_of(cycle.scheme)
    snapshot = source.lake.snapshot(None).number
    at = snapshot or None
    last, run, fingerprint = cycle.last, "", ""
    if kind == Kind.RESULT:
        found, saved = source.save_result(scheme, cycle.first, cycle.last, at)
        run, fingerprint = saved.name, saved.fingerprint
    else:
        # The whole period: what is asked for in it is not asked for in part of it.
        found = source.appraise(scheme, cycle.first, cycle.last, at)
        span = source.span(at)
        last = cycle.last if span is None else max(min(cycle.last, span[1]), cycle.first)
    result = Result(
        cycle=cycle,
        kind=kind,
        run=run,
        fingerprint=fingerprint or found.fingerprint,
        import_number=snapshot,
        last=last,
        ranked=int((found.found.totals.place > 0).sum()),
        full=f"{scheme.full:f}",
    )
    return result, found


def _keep(cycle: Cycle, result: Result, found: Appraisal) -> None:
    if result.kind == Kind.STANDING:
        cycle.results.filter(kind=Kind.STANDING).delete()
    before = cycle.results.filter(kind=result.kind).order_by("-number").first()
    result.number = 1 if before is None else before.number + 1
    # Once people have seen a result, they see what it becomes.
    result.is_shown = result.kind == Kind.RESULT and cycle.state in RESULT_SHOWN
    result.save()
    Judged.objects.bulk_create(telling.rows(found, result), batch_size=200)
    enrol(cycle, found)
    cycle.work, cycle.work_why = Work.NONE, {}
    if result.kind == Kind.RESULT:
        # Who is about to confirm has looked at the one before.
        cycle.revision += 1
    cycle.save()


def enrol(cycle: Cycle, found: Appraisal) -> list[Participant]:
    """The people of an appraisal who are not in a cycle yet become its participants; of those who are, the group is brought up to date."""
    known = {one.agent_id: one for one in cycle.participants.all()}
    added: dict[str, Participant] = {}
    moved = []
    for person in found.people:
        name, group = person.name or "", person.group or ""
        there = known.get(person.agent_id)
        if there is None:
            added[person.agent_id] = Participant(cycle=cycle, agent_id=person.agent_id, name=name, group=group)
        elif (there.name, there.group) != (name, group):
            there.name, there.group = name, group
            moved.append(there)
    Participant.objects.bulk_create(added.values(), batch_size=500)
    Participant.objects.bulk_update(moved, ["name", "group"], batch_size=500)
    return list(added.values())
