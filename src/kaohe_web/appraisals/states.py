"""The way of a cycle, as one table: what may be done when, by whom, under which condition, and where it leads. The page of the reference is drawn from it.

Conditions are about the cycle alone and tell the reason where they do not hold; who may is a right within a scope (`policies`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaohe_web.org.roles import Right

if TYPE_CHECKING:
    from kaohe_web.appraisals.models import Cycle

LATE_DAYS = 90
"""So many days after a cycle was closed somebody can still appeal; what is accepted then is corrected in the open month."""


class State(models.TextChoices):
    DRAFT = "draft", gettext_lazy("草稿")
    ANNOUNCED = "announced", gettext_lazy("已公布")
    RUNNING = "running", gettext_lazy("进行中")
    SCORING = "scoring", gettext_lazy("打分")
    REVIEW = "review", gettext_lazy("公示")
    CONFIRMED = "confirmed", gettext_lazy("已确认")
    CLOSED = "closed", gettext_lazy("已结束")
    CALLED_OFF = "called_off", gettext_lazy("已取消")


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a cycle: in words, and a function that says why it does not, or None where it does."""

    words: Promise | str
    missing: Callable[[Cycle], str | None]


@dataclass(frozen=True, slots=True)
class Step:
    """An arrow of the table. `target` None: the state stays what it is."""

    verb: str
    label: Promise | str
    sources: tuple[State, ...]
    target: State | None
    right: Right
    condition: Condition | None = None


def _in_use(cycle: Cycle) -> str | None:
    return None if cycle.scheme.state == "published" else _("方案已停用，请换一份。")


def _begun(cycle: Cycle) -> str | None:
    return None if timezone.localdate() >= cycle.first else _("考核期还没开始。")


def _over(cycle: Cycle) -> str | None:
    return None if timezone.localdate() > cycle.last else _("考核期还没过完。")


def _computed(cycle: Cycle) -> str | None:
    if cycle.is_working:
        return _("结果正在计算，请稍等。")
    newest = cycle.newest()
    if newest is None:
        return _("还没有算出结果。")
    return None if newest.import_number >= cycle.data_number else _("打分或更正之后还没有重算，请先重算。")


def _nothing_open(cycle: Cycle) -> str | None:
    count = cycle.appeals.filter(state="open").count()
    return _("还有 %(count)s 件申诉没处理。") % {"count": count} if count else None


def _reviewed(cycle: Cycle) -> str | None:
    if cycle.appeals_until is not None and timezone.localdate() <= cycle.appeals_until:
        return _("申诉期到 %(day)s 为止，还没过完。") % {"day": cycle.appeals_until}
    return _nothing_open(cycle) or _computed(cycle)


def _together(cycle: Cycle) -> str | None:
    others = [one.title for one in cycle.of_the_month() if one.state not in (State.CONFIRMED, State.CLOSED)]
    return _("同一个月的还没确认：%(others)s。一个月的工资一起关账。") % {"others": "、".join(others)} if others else None


def _in_time(cycle: Cycle) -> str | None:
    today = timezone.localdate()
    if cycle.state == State.REVIEW:
        late = cycle.appeals_until is not None and today > cycle.appeals_until
        return _("申诉期已过。") if late else None
    late = cycle.closed_at is None or today > timezone.localtime(cycle.closed_at).date() + timedelta(LATE_DAYS)
    return _("结束后 %(days)s 天内可以申诉，已经过了。") % {"days": LATE_DAYS} if late else None


IN_USE = Condition(gettext_lazy("方案在用"), _in_use)
BEGUN = Condition(gettext_lazy("到了考核期第一天"), _begun)
OVER = Condition(gettext_lazy("考核期已过完"), _over)
COMPUTED = Condition(gettext_lazy("结果已算好，晚于最后的打分和更正；写明申诉到哪天"), _computed)
NOTHING_OPEN = Condition(gettext_lazy("没有未处理的申诉"), _nothing_open)
REVIEWED = Condition(gettext_lazy("申诉期已过，没有未处理的申诉，更正已重算"), _reviewed)
TOGETHER = Condition(gettext_lazy("同一个月的其他考核也已确认"), _together)
IN_TIME = Condition(gettext_lazy("申诉期内；结束后 90 天内"), _in_time)

_OPEN = (State.ANNOUNCED, State.RUNNING, State.SCORING)

STEPS = (
    Step("announce", gettext_lazy("公布"), (State.DRAFT,), State.ANNOUNCED, Right.RUN_CYCLES, IN_USE),
    Step("start", gettext_lazy("开始"), (State.ANNOUNCED,), State.RUNNING, Right.RUN_CYCLES, BEGUN),
    Step("finish", gettext_lazy("进入打分"), (State.RUNNING,), State.SCORING, Right.RUN_CYCLES, OVER),
    Step("review", gettext_lazy("公示结果"), (State.SCORING,), State.REVIEW, Right.RUN_CYCLES, COMPUTED),
    Step("rescore", gettext_lazy("退回打分"), (State.REVIEW,), State.SCORING, Right.RUN_CYCLES, NOTHING_OPEN),
    Step("confirm", gettext_lazy("确认结果"), (State.REVIEW,), State.CONFIRMED, Right.CONFIRM_PAY, REVIEWED),
    Step("reopen", gettext_lazy("退回公示"), (State.CONFIRMED,), State.REVIEW, Right.CONFIRM_PAY),
    Step("close", gettext_lazy("关账发放"), (State.CONFIRMED,), State.CLOSED, Right.CONFIRM_PAY, TOGETHER),
    Step("call_off", gettext_lazy("取消"), (State.DRAFT, *_OPEN, State.REVIEW), State.CALLED_OFF, Right.RUN_CYCLES),
    Step("edit", gettext_lazy("修改"), (State.DRAFT,), None, Right.RUN_CYCLES),
    Step("acknowledge", gettext_lazy("确认已读"), _OPEN, None, Right.OWN),
    Step("enter", gettext_lazy("打分"), (State.RUNNING, State.SCORING), None, Right.SCORE),
    Step("compute", gettext_lazy("计算结果"), (State.SCORING, State.REVIEW), None, Right.RUN_CYCLES),
    Step("appeal", gettext_lazy("申诉"), (State.REVIEW, State.CLOSED), None, Right.OWN, IN_TIME),
    Step("decide", gettext_lazy("处理申诉"), (State.REVIEW, State.CLOSED), None, Right.DECIDE_APPEALS),
)
"""Every step there is. Actions ask here; nothing else changes a state."""

SEEN_BY_AGENTS = (State.ANNOUNCED, State.RUNNING, State.SCORING, State.REVIEW, State.CONFIRMED, State.CLOSED)
RESULT_SHOWN = (State.REVIEW, State.CONFIRMED, State.CLOSED)
"""States in which agents see their results; before that, how they stand."""


class Conflict(Exception):
    """It can not be done, or no longer: somebody was quicker, or a condition does not hold. The message is for people."""


def step(verb: str) -> Step:
    """A step by its verb. KeyError where there is none."""
    return {one.verb: one for one in STEPS}[verb]


def check_can(verb: str, cycle: Cycle) -> Step:
    """The step, where it leads from the state a cycle is in and its condition holds. Raises `Conflict` with the reason."""
    found = step(verb)
    if cycle.state not in found.sources:
        raise Conflict(_("考核现在是“%(state)s”，不能这样做。可能别人刚处理过。") % {"state": cycle.get_state_display()})
    reason = found.condition.missing(cycle) if found.condition is not None else None
    if reason is not None:
        raise Conflict(reason)
    return found


def why_not(verb: str, cycle: Cycle) -> str | None:
    """Why a step can not be done by now; None where it can."""
    try:
        check_can(verb, cycle)
    except Conflict as conflict:
        return str(conflict)
    return None


def leading_on(cycle: Cycle) -> list[Step]:
    """The steps that lead out of the state a cycle is in, whether or not their conditions hold."""
    return [one for one in STEPS if one.target is not None and cycle.state in one.sources]
