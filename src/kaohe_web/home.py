"""The first page after logging in: what waits for somebody, as far as his rights go; on a site that has just begun, the first steps.

Nothing is counted here. What boards keep ready is read; where nothing is ready yet, nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaohe_web.appraisals import marks
from kaohe_web.appraisals import policies as appraising
from kaohe_web.appraisals import queries as appraisals
from kaohe_web.appraisals.models import Appeal, Cycle, Verdict, Work
from kaohe_web.appraisals.pages import me
from kaohe_web.appraisals.states import State, why_not
from kaohe_web.boards import ready
from kaohe_web.boards.policies import seen
from kaohe_web.imports import queries as imports
from kaohe_web.imports import states as importing
from kaohe_web.imports.models import Batch
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed, check_may, check_may_everywhere, scopes
from kaohe_web.org.roles import Right
from kaohe_web.roster import queries as roster
from kaohe_web.schemes import policies as writing
from kaohe_web.schemes import queries as schemes
from kaohe_web.schemes.models import SchemeVersion
from kaohe_web.schemes.models import State as Stage
from kaohe_web.site import workspace

MOST = 12
"""Lines of each kind: who has more goes to the page of their own."""

LOOKED_BACK = 31
"""Days before the newest in which a shop's newest day of data is looked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something, where it is, and what is to be done about it. `waits`: nothing goes on until somebody does it."""

    name: str
    address: str
    said: str
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Fresh:
    """A shop, the newest day it has data of (None: none of late), how many days it is behind the newest of all, and the rules missed on that day."""

    name: str
    day: date | None
    behind: int
    missed: int | None
    rules: str


@dataclass(frozen=True, slots=True)
class First:
    """One of the first steps; `address` is empty for who may not take it."""

    said: str
    address: str
    is_done: bool


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody begins. Who is nothing but an agent begins on his own page."""
    user = me(request)
    held = {right for right in Right if scopes(user, right)}
    if held == {Right.OWN} and user.agent_id:
        return redirect("appraisals_mine")
    first = _first_steps(user)
    groups = [(_("考核"), list(_cycles(user))), (_("导入"), list(_imports(user))), (_("方案草稿"), list(_drafts(user)))]
    context = {
        "only_own": held == {Right.OWN},
        "first": [] if all(one.is_done for one in first) or not any(one.address for one in first) else first,
        "groups": [(title, lines[:MOST], max(0, len(lines) - MOST)) for title, lines in groups if lines],
        "fresh": _fresh(user),
    }
    return render(request, "home.html", context)


# Cycles -----------------------------------------------------------------------------------------------------------------------------


def _cycles(user: User) -> Iterator[Line]:
    """Of each cycle somebody acts in what it needs of him; what it waits for elsewhere is said without haste."""
    appealed = set(Appeal.objects.filter(state=Verdict.OPEN).values_list("cycle_id", flat=True))
    for cycle in appraisals.visible_cycles(user):
        # Those that are over grow in number with the years: nothing is asked about them one by one.
        if cycle.state == State.CALLED_OFF or (cycle.state == State.CLOSED and cycle.pk not in appealed):
            continue
        here = reverse("appraisals_cycle", args=[cycle.pk])
        needs = list(_needs(user, cycle, here))
        if not needs and cycle.state != State.CLOSED:
            needs = [Line(cycle.title, here, str(cycle.get_state_display()), waits=False)]
        yield from needs
    for cycle in appraisals.own_cycles(user):
        if cycle.is_to_read and cycle.participants.filter(agent_id=user.agent_id, read_at=None).exists():
            yield Line(cycle.title, reverse("appraisals_own", args=[cycle.pk]), _("你还没确认已读"))


def _needs(user: User, cycle: Cycle, here: str) -> Iterator[Line]:
    runs = allowed(appraising.check_may_run, user, cycle.shops, cycle.groups)
    if cycle.state in (State.REVIEW, State.CLOSED):
        yield from _appeals(user, cycle)
    if cycle.is_working:
        yield Line(cycle.title, here, _("正在计算"), waits=False)
    elif runs and cycle.work == Work.FAILED:
        yield Line(cycle.title, here, _("没算成，打开看原因"))
    if cycle.state == State.SCORING or (cycle.state == State.RUNNING and not runs):
        yield from _marks(user, cycle)
    if runs:
        yield from _steps(cycle, here)
    for state, verb, said in ((State.REVIEW, "confirm", _("可以确认结果了")), (State.CONFIRMED, "close", _("可以关账发放了"))):
        if cycle.state == state and allowed(appraising.check_may, user, verb, cycle) and why_not(verb, cycle) is None:
            yield Line(cycle.title, here, said)


def _steps(cycle: Cycle, here: str) -> Iterator[Line]:
    """What who runs a cycle can do next."""
    if cycle.state == State.DRAFT:
        yield Line(cycle.title, here, _("还是草稿，没有公布"))
    if cycle.state == State.ANNOUNCED:
        unread = cycle.participants.filter(read_at=None).count()
        if unread:
            yield Line(cycle.title, here, _("已公布，还有 %(count)s 人没读") % {"count": unread}, waits=False)
        if why_not("start", cycle) is None:
            yield Line(cycle.title, here, _("到了考核期，可以开始了"))
    if cycle.state == State.RUNNING and why_not("finish", cycle) is None:
        yield Line(cycle.title, here, _("考核期已过完，可以进入打分"))
    if cycle.state == State.SCORING and not cycle.is_working and not marks.missing(cycle):
        yield Line(cycle.title, here, _("分都打好了，可以公示结果") if why_not("review", cycle) is None else _("分都打好了，可以计算结果"))


def _marks(user: User, cycle: Cycle) -> Iterator[Line]:
    """The marks missing of those somebody may give."""
    if not marks.may_enter(user, cycle):
        return
    held = appraising.held(user, Right.SCORE, cycle)
    people = appraisals.of_groups(cycle.participants.all(), held)
    gaps = marks.missing(cycle, people, team=allowed(appraising.check_may_score_team, user, cycle))
    if gaps:
        there = reverse("appraisals_marks", args=[cycle.pk]) + "?missing=1"
        yield Line(cycle.title, there, _("还缺 %(count)s 个分") % {"count": gaps})


def _appeals(user: User, cycle: Cycle) -> Iterator[Line]:
    """The open appeals somebody may decide."""
    held = appraising.held(user, Right.DECIDE_APPEALS, cycle)
    mine = [one for one in cycle.appeals.filter(state=Verdict.OPEN) if appraising.holds_group(held, one.group) and one.by_id != user.pk]
    if mine:
        there = reverse("appraisals_appeals", args=[cycle.pk])
        yield Line(cycle.title, there, _("%(count)s 件申诉等待处理") % {"count": len(mine)})


# Imports and schemes ------------------------------------------------------------------------------------------------------------------


def _imports(user: User) -> Iterator[Line]:
    """Uploads that wait for somebody, are under way, or did not go in."""
    open_states = (importing.State.OPEN, importing.State.RECOGNISED, importing.State.FAILED, *importing.WORKING)
    waiting = imports.visible_batches(user).filter(state__in=open_states).annotate(count=Count("files"))
    for batch in waiting.only("uploaded_at", "uploaded_by", "by", "state")[: MOST + 1]:
        at = timezone.localtime(batch.uploaded_at)
        name = _("%(at)s 上传的 %(count)s 个文件") % {"at": f"{at:%m-%d %H:%M}", "count": batch.count}
        yield Line(name, reverse("imports_batch", args=[batch.pk]), str(batch.get_state_display()), waits=not batch.is_working)


def _drafts(user: User) -> Iterator[Line]:
    """Schemes nobody has published yet, for who may change them."""
    if not allowed(writing.check_can_edit, user):
        return
    for one in schemes.visible_versions(user).filter(state=Stage.DRAFT).defer("text"):
        said = _("草稿，没有发布") if one.fingerprint else _("草稿，有错要改")
        yield Line(str(one), reverse("schemes_edit", args=[one.pk]), said, waits=not one.fingerprint)


# Data -------------------------------------------------------------------------------------------------------------------------------


def _fresh(user: User) -> list[Fresh]:
    """The newest day of data of the shops somebody sees as a whole, the farthest behind first, as far as it is kept ready."""
    of = ready.current()
    if of is None or of.last is None or not allowed(check_may, user, Right.SEE_FIGURES):
        return []
    shops = seen(user).whole_shops(of.shops)
    days = of.read("replies", "shop", date.fromordinal(of.last.toordinal() - LOOKED_BACK), of.last, ("n:consulting_buyers",))
    newest = dict(days.group_by("shop_id").agg(pl.col("day").max()).iter_rows())
    missed = _missed(of, frozenset(shops), newest)
    found = [
        Fresh(of.shop_names[shop], day, 0 if day is None else (of.last - day).days, missed.get(shop), _rules(shop, day))
        for shop in shops
        for day in [newest.get(shop)]
    ]
    return sorted(found, key=lambda one: (one.day is not None, -one.behind, -(one.missed or 0), one.name, one.rules))[:MOST]


def _missed(of: ready.Ready, shops: frozenset[str], newest: dict[str, date]) -> dict[str, int]:
    """How many rules of its platform each shop missed on its newest day; nothing of shops no rule judged."""
    assert of.last is not None
    verdicts = of.verdicts(date.fromordinal(of.last.toordinal() - LOOKED_BACK), of.last)
    if verdicts is None:
        return {}
    judged = verdicts.filter(pl.col("shop_id").is_in(sorted(shops)), pl.col("verdict").is_in(["pass", "fail"]))
    latest = judged.filter(pl.col("day") == pl.col("shop_id").replace_strict(newest, default=None, return_dtype=pl.Date))
    return dict(latest.group_by("shop_id").agg((pl.col("verdict") == "fail").sum()).iter_rows())


def _rules(shop: str, day: date | None) -> str:
    """Where the rules of a shop's day are; nowhere without one."""
    return "" if day is None else f"{reverse('boards_rules')}?period=day&last={day}&shop={shop}"


# The first steps ------------------------------------------------------------------------------------------------------------------------


def _first_steps(user: User) -> list[First]:
    """From an empty site to the first cycle: what there is to do, in order."""
    has_cycle = Cycle.objects.exclude(state__in=(State.DRAFT, State.CALLED_OFF)).exists()
    # What is in the lake is looked at only until the first cycle was announced: there is none without people and data.
    has_data = has_cycle or Batch.objects.filter(state=importing.State.DONE).exists() or bool(workspace().lake.files("messages"))
    has_people = has_cycle or bool(roster.agents(timezone.localdate()))
    has_scheme = has_cycle or SchemeVersion.objects.filter(~Q(state=Stage.DRAFT)).exists()
    has_users = User.objects.filter(is_active=True)[:2].count() > 1

    def led(name: str, right: Right, *, everywhere: bool = False) -> str:
        rule = check_may_everywhere if everywhere else check_may
        return reverse(name) if allowed(rule, user, right) else ""

    return [
        First(_("导入聊天记录和订单：平台导出的原文件就行"), led("imports", Right.IMPORT), has_data),
        First(_("核对名单：谁是客服，在哪个组，用哪个账号"), led("roster", Right.MANAGE_PEOPLE, everywhere=True), has_people),
        First(_("选一份方案，改成自己的，发布"), led("schemes", Right.EDIT_SCHEMES), has_scheme),
        First(_("新建一次考核，公布给大家"), led("appraisals", Right.RUN_CYCLES), has_cycle),
        First(_("给同事开账号：主管、质检、财务、客服"), led("people", Right.MANAGE_PEOPLE, everywhere=True), has_users),
    ]
