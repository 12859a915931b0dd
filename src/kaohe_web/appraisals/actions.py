"""Changes to cycles; each is one transaction with its entry in the log, and asks the table of `states`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaohe_web.appraisals import policies
from kaohe_web.appraisals.computing import ask, enrol
from kaohe_web.appraisals.marks import missing
from kaohe_web.appraisals.models import Cycle, Kind, Participant, Ranks
from kaohe_web.appraisals.states import Conflict, State, check_can
from kaohe_web.audit.records import record
from kaohe_web.notices.models import What
from kaohe_web.notices.sending import announce as tell
from kaohe_web.org.models import User
from kaohe_web.schemes.models import SchemeVersion
from kaohe_web.schemes.queries import published, scheme_of
from kaohe_web.site import workspace


@transaction.atomic
def begin(*, by: User, title: str, scheme: SchemeVersion, first: date, last: date, ranks: str = Ranks.PLACE) -> Cycle:
    """A new draft. Raises ValidationError where the days are in the wrong order or the scheme is not published."""
    if not published().filter(pk=scheme.pk).exists():
        raise ValidationError({"scheme": _("方案没有发布，或已停用。")})
    audience = scheme_of(scheme).applies_to
    policies.check_may_run(by, audience.shops, audience.groups)
    cycle = Cycle(made_by=by)
    _write(cycle, title, scheme, first, last, ranks)
    record(by, "cycle.begun", cycle, after=_said(cycle))
    return cycle


@transaction.atomic
def edit(*, by: User, cycle: Cycle, revision: int, title: str, scheme: SchemeVersion, first: date, last: date, ranks: str) -> Cycle:
    """A draft as it is to be. Raises ValidationError as `begin` does, and `Conflict`."""
    cycle = _seen(by, cycle, "edit", revision)
    if not published().filter(pk=scheme.pk).exists():
        raise ValidationError({"scheme": _("方案没有发布，或已停用。")})
    audience = scheme_of(scheme).applies_to
    policies.check_may_run(by, audience.shops, audience.groups)
    before = _said(cycle)
    cycle.revision += 1
    _write(cycle, title, scheme, first, last, ranks)
    record(by, "cycle.edited", cycle, before=before, after=_said(cycle))
    return cycle


def _write(cycle: Cycle, title: str, scheme: SchemeVersion, first: date, last: date, ranks: str) -> None:
    if first > last:
        raise ValidationError({"last": _("最后一天早于第一天。")})
    audience = scheme_of(scheme).applies_to
    cycle.title, cycle.scheme, cycle.first, cycle.last, cycle.ranks = title, scheme, first, last, ranks
    cycle.shops, cycle.groups = list(audience.shops), list(audience.groups)
    cycle.full_clean()
    cycle.save()


def announce(*, by: User, cycle: Cycle, revision: int) -> Cycle:
    """Tell everybody it is about. Raises `Conflict`; `Failure` where the scheme can not be applied to these days."""
    policies.check_may(by, "announce", cycle)
    check_can("announce", cycle)
    # Not within the transaction: it takes a while, and says the same at any time.
    people = workspace().appraise(scheme_of(cycle.scheme), cycle.first, cycle.last)
    with transaction.atomic():
        cycle = _moved(by, cycle, "announce", revision)
        found = enrol(cycle, people)
        if not found:
            raise Conflict(_("名单里没有这份方案要评的人。"))
        record(by, "cycle.announced", cycle, before={"state": State.DRAFT}, after=_now(cycle, people=[one.agent_id for one in found]))
        _tell(
            cycle,
            What.CYCLE_ANNOUNCED,
            _("考核公布：%(title)s") % {"title": cycle.title},
            _("%(first)s 至 %(last)s，按“%(scheme)s”。请阅读并确认。")
            % {"first": cycle.first, "last": cycle.last, "scheme": cycle.scheme.title},
        )
    return cycle


@transaction.atomic
def start(*, by: User, cycle: Cycle, revision: int) -> Cycle:
    """From now on everybody sees how he stands. Who has not read what is asked stays on the list."""
    cycle = _moved(by, cycle, "start", revision)
    unread = list(cycle.participants.filter(read_at=None).values_list("agent_id", flat=True))
    ask(cycle, Kind.STANDING)
    cycle.save()
    record(by, "cycle.started", cycle, before={"state": State.ANNOUNCED}, after=_now(cycle, unread=unread))
    return cycle


@transaction.atomic
def finish(*, by: User, cycle: Cycle, revision: int) -> Cycle:
    """The days are over; marks that are missing are asked for."""
    cycle = _moved(by, cycle, "finish", revision)
    record(by, "cycle.finished", cycle, before={"state": State.RUNNING}, after=_now(cycle))
    count = missing(cycle)
    if count:
        _tell(
            cycle,
            What.SCORES_MISSING,
            _("还有 %(count)s 项没打分：%(title)s") % {"count": count, "title": cycle.title},
            _("缺了分就不能公平评，请尽快打完。"),
        )
    return cycle


@transaction.atomic
def compute(*, by: User, cycle: Cycle, revision: int) -> Cycle:
    """Have the result computed, saved and shown to who runs the cycle; in review to everybody."""
    cycle = _seen(by, cycle, "compute", revision)
    ask(cycle, Kind.RESULT)
    cycle.revision += 1
    cycle.save()
    record(by, "cycle.computing", cycle, after={"asked": cycle.asked})
    return cycle


@transaction.atomic
def review(*, by: User, cycle: Cycle, revision: int, until: date) -> Cycle:
    """Show everybody his result, to be appealed against until a day, included."""
    if until < timezone.localdate():
        raise ValidationError({"until": _("申诉截止日已经过了。")})
    cycle = _moved(by, cycle, "review", revision)
    newest = cycle.newest()
    if newest is None:
        raise Conflict(_("还没有算出结果。"))
    newest.is_shown = True
    newest.save(update_fields=["is_shown"])
    cycle.appeals_until = until
    cycle.save()
    record(by, "cycle.in_review", cycle, before={"state": State.SCORING}, after=_now(cycle, result=newest.run, until=until))
    _tell(
        cycle,
        What.REVIEW_OPENED,
        _("结果公示：%(title)s") % {"title": cycle.title},
        _("请查看自己的考核单，有异议请在 %(day)s 之前申诉。") % {"day": until},
    )
    return cycle


@transaction.atomic
def rescore(*, by: User, cycle: Cycle, revision: int) -> Cycle:
    """Back to giving marks. What was shown stays to be read."""
    cycle = _moved(by, cycle, "rescore", revision)
    record(by, "cycle.rescored", cycle, before={"state": State.REVIEW}, after=_now(cycle))
    return cycle


@transaction.atomic
def confirm(*, by: User, cycle: Cycle, revision: int) -> Cycle:
    """The result holds."""
    cycle = _moved(by, cycle, "confirm", revision)
    newest = cycle.newest()
    record(
        by, "cycle.confirmed", cycle, before={"state": State.REVIEW}, after=_now(cycle, result=newest.run if newest is not None else None)
    )
    _tell(cycle, What.CYCLE_CONFIRMED, _("结果已确认：%(title)s") % {"title": cycle.title}, "")
    return cycle


@transaction.atomic
def reopen(*, by: User, cycle: Cycle, revision: int) -> Cycle:
    """Back to review. Refused once the month's pay is in the ledger."""
    if cycle.month is not None and any(one.month == cycle.month for one in workspace().ledgers()):
        raise Conflict(_("这个月已经关账。要改的会在下一个月列为更正。"))
    cycle = _moved(by, cycle, "reopen", revision)
    record(by, "cycle.reopened", cycle, before={"state": State.CONFIRMED}, after=_now(cycle))
    return cycle


def close(*, by: User, cycle: Cycle, revision: int) -> list[Cycle]:
    """The end: of a month with pay all its cycles together, entered into the ledger. Raises `Conflict`, and `Failure` where the library does not close.

    The ledger is written between two transactions, and once: who closes after a failure halfway finds it there and goes on.
    """
    with transaction.atomic():
        cycle = _seen(by, cycle, "close", revision)
        together = _paid_with(cycle)
        for one in together:
            policies.check_may(by, "close", one)
    # What is closed already was closed with the others; it is in the ledger.
    names = sorted(newest.run for one in together if (newest := one.newest()) is not None)
    if cycle.month is not None and scheme_of(cycle.scheme).pay is not None:
        _booked(cycle.month, names)
    with transaction.atomic():
        locked = list(Cycle.objects.select_for_update().filter(pk__in=[one.pk for one in together]).order_by("pk"))
        closing = [one for one in locked if one.state == State.CONFIRMED]
        if cycle.pk not in {one.pk for one in closing}:
            raise Conflict(_("别人刚关了账。"))
        for one in closing:
            check_can("close", one)
            one.state, one.closed_at = State.CLOSED, timezone.now()
            one.revision += 1
            one.save()
            record(by, "cycle.closed", one, before={"state": State.CONFIRMED}, after=_now(one, month=one.month, results=names))
            _tell(one, What.CYCLE_CLOSED, _("考核结束：%(title)s") % {"title": one.title}, "")
    return closing


def _paid_with(cycle: Cycle) -> list[Cycle]:
    """The cycles whose pay is booked with this one's; itself alone where it pays nothing or is of no month."""
    if cycle.month is None or scheme_of(cycle.scheme).pay is None:
        return [cycle]
    return [one for one in cycle.of_the_month().select_related("scheme") if scheme_of(one.scheme).pay is not None]


def _booked(month: str, names: list[str]) -> None:
    """Have a month in the ledger with these results. Raises `Failure` where it can not be closed, or was with others."""
    source = workspace()
    there = next((one for one in source.ledgers() if one.month == month), None)
    if there is None or sorted(there.results) != names:
        source.close(month, names)


@transaction.atomic
def call_off(*, by: User, cycle: Cycle, revision: int, why: str) -> Cycle:
    """It does not take place. What was computed stays."""
    before = cycle.state
    cycle = _moved(by, cycle, "call_off", revision)
    cycle.asked += 1
    cycle.work = ""
    cycle.save()
    record(by, "cycle.called_off", cycle, before={"state": before}, after=_now(cycle, why=why))
    if before != State.DRAFT:
        _tell(cycle, What.CYCLE_ANNOUNCED, _("考核取消：%(title)s") % {"title": cycle.title}, why)
    return cycle


@transaction.atomic
def acknowledge(*, by: User, cycle: Cycle) -> Participant:
    """One's own word that one has read what is asked. A second time changes nothing."""
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=cycle.pk)
    mine = Participant.objects.select_for_update().filter(cycle=cycle, agent_id=by.agent_id or "").first()
    policies.check_is_own(by, mine.agent_id if mine is not None else "")
    if mine is None:
        raise Conflict(_("这次考核没有你。"))
    check_can("acknowledge", cycle)
    if mine.read_at is None:
        mine.read_at = timezone.now()
        mine.save(update_fields=["read_at"])
        record(by, "cycle.acknowledged", cycle, after={"agent_id": mine.agent_id, "fingerprint": cycle.scheme.fingerprint})
    return mine


STEPS: dict[str, Callable[..., Any]] = {
    "announce": announce,
    "start": start,
    "finish": finish,
    "compute": compute,
    "review": review,
    "rescore": rescore,
    "confirm": confirm,
    "reopen": reopen,
    "close": close,
    "call_off": call_off,
}
"""The steps of a whole cycle by their verbs."""


def _seen(by: User, cycle: Cycle, verb: str, revision: int) -> Cycle:
    """The cycle, locked, as somebody saw it."""
    # Locked first: of two who act at once the second sees what the first did.
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=cycle.pk)
    policies.check_may(by, verb, cycle)
    check_can(verb, cycle)
    if cycle.revision != revision:
        raise Conflict(_("打开这一页之后有了变化。请看一眼现在的，再做一次。"))
    return cycle


def _moved(by: User, cycle: Cycle, verb: str, revision: int) -> Cycle:
    cycle = _seen(by, cycle, verb, revision)
    target = check_can(verb, cycle).target
    if target is not None:
        cycle.state = target
    cycle.revision += 1
    cycle.save()
    return cycle


def _now(cycle: Cycle, **more: Any) -> dict[str, Any]:
    """For the log: the state that was reached, and what was said or used on the way."""
    return {"state": cycle.state, **more}


def _said(cycle: Cycle) -> dict[str, Any]:
    return {
        "title": cycle.title,
        "scheme": str(cycle.scheme),
        "fingerprint": cycle.scheme.fingerprint,
        "first": cycle.first,
        "last": cycle.last,
        "ranks": cycle.ranks,
    }


def _tell(cycle: Cycle, event: str, title: str, body: str) -> None:
    agents = list(cycle.participants.values_list("agent_id", flat=True))
    people = User.objects.filter(agent_id__in=agents, is_active=True) if event != What.SCORES_MISSING else ()
    link = reverse("appraisals_cycle", args=[cycle.pk])
    tell(event, title=title, body=body, link=link, shops=cycle.shops, groups=cycle.groups, people=list(people))
