"""Appeals: filed by the agent, decided by somebody else, corrected, computed anew. What was shown before stays beside what it became."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaohe.appraisal import Scheme
from kaohe.metrics.adjustments import adjusted_figures
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.figures import figures
from kaohe_web.appraisals import marks, policies, queries
from kaohe_web.appraisals.computing import ask
from kaohe_web.appraisals.models import About, Appeal, Cycle, Judged, Kind, Score, Verdict
from kaohe_web.appraisals.states import Conflict, check_can
from kaohe_web.audit.records import record
from kaohe_web.entries import entered
from kaohe_web.notices.models import What
from kaohe_web.notices.sending import announce as tell
from kaohe_web.org.models import Grant, User
from kaohe_web.org.policies import allowed
from kaohe_web.org.roles import RIGHTS, Right
from kaohe_web.schemes.queries import scheme_of
from kaohe_web.site import workspace

MOST_OPEN = 20
"""So many appeals of one person in one cycle may wait at a time."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure corrected: what is added to its numerator and denominator, on a day."""

    metric: str
    numerator: Decimal
    denominator: Decimal | None
    day: date


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark given anew."""

    metric: str
    score: Decimal


Correction = Figure | Mark


@transaction.atomic
def file(*, by: User, cycle: Cycle, about: str, item: str, subject: str, reason: str, evidence: str) -> Appeal:
    """Say something against one's own newest statement. Raises `Conflict` outside the time for it, ValidationError for an item there is not."""
    # The cycle is locked: it must not be confirmed while somebody appeals.
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=cycle.pk)
    result = cycle.shown().first()
    mine = None if result is None else result.statements.filter(agent_id=by.agent_id or "").order_by("-at").first()
    policies.check_is_own(by, mine.agent_id if mine is not None else by.agent_id or "")
    check_can("appeal", cycle)
    if result is None or mine is None:
        raise Conflict(_("这次考核没有你的考核单。"))
    titles = {one["key"]: one["title"] for one in mine.told["zh"]["items"]}
    if item not in titles:
        raise ValidationError({"item": _("考核单里没有这一项。")})
    if about != About.ITEM and not subject.strip():
        raise ValidationError({"subject": _("请写明是哪一次接待（店铺、买家、日期）或哪个订单号。")})
    if cycle.appeals.filter(agent_id=mine.agent_id, state=Verdict.OPEN).count() >= MOST_OPEN:
        raise Conflict(_("你有 %(count)s 件申诉还没处理，请先等结果。") % {"count": MOST_OPEN})
    appeal = Appeal(
        cycle=cycle,
        result=result,
        agent_id=mine.agent_id,
        name=mine.name,
        group=mine.group,
        by=by,
        about=about,
        item=item,
        item_title=titles[item][:300],
        subject=subject.strip() if about != About.ITEM else "",
        reason=reason.strip(),
        evidence=evidence.strip(),
    )
    appeal.full_clean()
    appeal.save()
    record(by, "appeal.filed", appeal, after=appeal.said())
    tell(
        What.APPEAL_FILED,
        title=_("%(name)s 申诉：%(item)s") % {"name": appeal.name or appeal.agent_id, "item": appeal.item_title},
        body=appeal.reason,
        link=reverse("appraisals_appeal", args=[appeal.pk]),
        shops=cycle.shops,
        groups=[appeal.group] if appeal.group else (),
        people=_deciders(appeal),
    )
    return appeal


def _deciders(appeal: Appeal) -> list[User]:
    """Who may decide an appeal."""
    roles = [role for role, rights in RIGHTS.items() if Right.DECIDE_APPEALS in rights]
    found = User.objects.filter(is_active=True, pk__in=Grant.objects.filter(role__in=roles).values("user"))
    scorers = queries.scorers(appeal)
    return [one for one in found.prefetch_related("grants") if allowed(policies.check_may_decide, one, appeal, scorers)]


@transaction.atomic
def withdraw(*, by: User, appeal: Appeal) -> Appeal:
    """Take one's own appeal back, while nobody has decided it."""
    appeal = _locked(appeal)
    policies.check_is_own(by, appeal.agent_id)
    _check_open(appeal)
    appeal.state, appeal.decided_at = Verdict.WITHDRAWN, timezone.now()
    appeal.save()
    record(by, "appeal.withdrawn", appeal, before={"state": Verdict.OPEN}, after={"state": appeal.state})
    return appeal


@transaction.atomic
def decide(*, by: User, appeal: Appeal, accepted: bool, words: str, correction: Correction | None = None) -> Appeal:
    """Decide it, with words; an accepted one may come with a correction, and has the result computed anew.

    Raises NotAllowed for the agent himself and for who gave the mark, `Conflict` where it was decided before, `Failure` for a correction that makes a
    figure impossible, ValidationError for one that has nothing to do with the item.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=appeal.cycle_id)
    appeal = _locked(appeal)
    appeal.cycle = cycle
    policies.check_may_decide(by, appeal, queries.scorers(appeal))
    check_can("decide", cycle)
    _check_open(appeal)
    if not words.strip():
        raise ValidationError({"decision": _("请写明理由。")})
    appeal.state = Verdict.ACCEPTED if accepted else Verdict.REFUSED
    appeal.decided_by, appeal.decided_at, appeal.decision = by, timezone.now(), words.strip()
    if accepted and correction is not None:
        appeal.correction = _said(correction)
    appeal.save()
    record(
        by,
        "appeal.decided",
        appeal,
        before={"state": Verdict.OPEN},
        after={"state": appeal.state, "decision": appeal.decision, "correction": appeal.correction},
    )
    tell(
        What.APPEAL_DECIDED,
        title=_("申诉%(verdict)s：%(item)s") % {"verdict": appeal.get_state_display(), "item": appeal.item_title},
        body=appeal.decision,
        link=reverse("appraisals_own", args=[cycle.pk]),
        shops=cycle.shops,
        groups=[appeal.group] if appeal.group else (),
        people=[appeal.by],
    )
    if accepted:
        if correction is not None:
            _correct(by, appeal, correction)
        ask(cycle, Kind.RESULT)
    # Who is about to confirm saw it open.
    cycle.revision += 1
    cycle.save()
    return appeal


def _locked(appeal: Appeal) -> Appeal:
    # Two who decide at once: the second sees what the first said.
    return Appeal.objects.select_for_update(of=("self",)).select_related("cycle__scheme", "by").get(pk=appeal.pk)


def _check_open(appeal: Appeal) -> None:
    if appeal.state != Verdict.OPEN:
        raise Conflict(_("这件申诉已经%(state)s。") % {"state": appeal.get_state_display()})


def correctable(scheme: Scheme, item: str) -> tuple[list[str], list[str]]:
    """The metrics of an item whose figures, and whose marks, can be corrected here.

    Figures that platforms report, and those of whole shops, are corrected by an import.
    """
    by_hand = queries.by_hand(scheme)[0]
    subjects = [one for found in scheme.items if found.key == item for one in found.parts or (found,)]
    own = [metric for one in subjects if one.figures in ("computed", "computed_first", "reported_first") for metric in one.metrics]
    metrics = list(dict.fromkeys(own))
    marked = [metric for metric in dict.fromkeys(map(queries.source_of, metrics)) if metric in by_hand]
    sums = [
        metric
        for metric in metrics
        if metric in CATALOGUE and CATALOGUE[metric].over is not None and queries.source_of(metric) not in queries.BY_HAND
    ]
    return sums, marked


def _correct(by: User, appeal: Appeal, correction: Correction) -> None:
    cycle = appeal.cycle
    sums, marked = correctable(scheme_of(cycle.scheme), appeal.item)
    if isinstance(correction, Mark):
        if correction.metric not in marked:
            raise ValidationError({"metric": _("这一项没有这个分。")})
        key, note = (appeal.agent_id, correction.metric), _("申诉成立")
        Score.objects.update_or_create(
            cycle=cycle, agent_id=key[0], metric=key[1], defaults={"score": correction.score, "note": note, "by": by}
        )
        marks.put(cycle, {key: (correction.score, note)}, by)
        return
    if correction.metric not in sums:
        raise ValidationError({"metric": _("这一项没有这个数，或它不能更正。")})
    if not cycle.first <= correction.day <= cycle.last:
        raise ValidationError({"day": _("日期不在考核期内。")})
    row = {
        "agent_id": appeal.agent_id,
        "metric": correction.metric,
        "day": correction.day,
        "numerator": f"{correction.numerator:f}",
        "denominator": None if correction.denominator is None else f"{correction.denominator:f}",
        "reason": appeal.decision[:300],
        "decided_by": by.get_full_name(),
        "decided_on": timezone.localdate(),
        "appeal_id": f"appeal-{appeal.pk}",
    }
    _check_possible(cycle, row)
    number = entered("adjustments", [row], by=by.get_username())
    cycle.data_number = max(cycle.data_number, number)


def _check_possible(cycle: Cycle, row: Mapping[str, Any]) -> None:
    """Raise `Failure` where a correction would make a figure impossible: nobody could be judged any more."""
    source = workspace().source()
    agent, metric, day = row["agent_id"], row["metric"], row["day"]
    spans = [(cycle.first, cycle.last)]
    if not source.roster.agents.is_empty():
        stretches = source.roster.stints(cycle.first, cycle.last).filter(pl.col("agent_id") == agent)
        mine = [(first, last) for first, last in stretches.select("first", "last").iter_rows() if first <= day <= last]
        if len(stretches) > 1:
            spans = mine or spans
    shops = scheme_of(cycle.scheme).applies_to.shops or None
    for first, last in spans:
        found = figures(source, by=("agent",), first=first, last=last, metrics=[metric], shops=shops)
        found = found.filter(pl.col("agent_id").cast(pl.String) == agent)
        table = source.facts.table("adjustments")
        known = table.filter(
            pl.col("agent_id") == agent, pl.col("metric") == metric, pl.col("day").is_between(pl.lit(first), pl.lit(last))
        ).select("agent_id", "metric", "day", "numerator", "denominator", "appeal_id")
        added = pl.DataFrame(
            {
                "agent_id": [agent],
                "metric": [metric],
                "day": [day],
                "numerator": [float(row["numerator"])],
                "denominator": [None if row["denominator"] is None else float(row["denominator"])],
                "appeal_id": [row["appeal_id"]],
            },
            schema=known.schema,
            strict=False,
        )
        # Without the agent's own row the metric has to be named all the same: corrections of metrics that are not there are left aside.
        if found.is_empty():
            nothing = {"numerator": [None], "denominator": [None], "value": [None]}
            found = pl.DataFrame({"agent_id": [agent], "metric": [metric], **nothing}).cast(dict.fromkeys(nothing, pl.Float64))
        adjusted_figures(found, pl.concat([known, added]))


def _said(correction: Correction) -> dict[str, Any]:
    if isinstance(correction, Mark):
        return {"kind": "mark", "metric": correction.metric, "score": f"{correction.score:f}"}
    return {
        "kind": "figure",
        "metric": correction.metric,
        "numerator": f"{correction.numerator:f}",
        "denominator": None if correction.denominator is None else f"{correction.denominator:f}",
        "day": correction.day.isoformat(),
    }


def before_and_after(appeal: Appeal) -> tuple[Judged | None, Judged | None]:
    """The statement an appeal was filed against, and that of the newest result shown since; None where there is none."""
    newest = appeal.cycle.shown().first()

    def of(result: Any) -> Judged | None:
        found: Judged | None = result.statements.filter(agent_id=appeal.agent_id).order_by("-at").first()
        return found

    after = of(newest) if newest is not None and newest.pk != appeal.result_id else None
    return of(appeal.result), after
