"""Pages about cycles for who runs them, scores in them, decides appeals, confirms and pays."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import polars as pl
from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaohe.errors import Failure
from kaohe.reports.files import to_csv
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet
from kaohe_web.appraisals import actions, policies, queries, states
from kaohe_web.appraisals import appeals as hearing
from kaohe_web.appraisals import marks as giving
from kaohe_web.appraisals.forms import CycleForm, DecisionForm, Until, Why, typed_marks
from kaohe_web.appraisals.models import About, Appeal, Cycle, Judged, Result, Verdict
from kaohe_web.appraisals.pages import HELD, lang, me, shown, told, work_of, yuan
from kaohe_web.appraisals.states import Conflict
from kaohe_web.appraisals.subjects import contact
from kaohe_web.appraisals.telling import differences
from kaohe_web.boards.policies import chats
from kaohe_web.finding import matching
from kaohe_web.org.models import User
from kaohe_web.org.policies import NotAllowed, allowed, scopes
from kaohe_web.org.roles import Right
from kaohe_web.schemes.queries import scheme_of

PER_PAGE = 100
MARKS_PER_PAGE = 60
BESIDES = ("rescore", "reopen", "call_off")
"""Steps that lead back or out."""
MOST_NAMED = 60
"""People a cycle's page names who have not read it, and marks it names as missing; of more it says how many."""


def found(request: HttpRequest, number: int) -> Cycle:
    """A cycle as far as somebody may know of it."""
    cycle = queries.visible_cycle(me(request), number)
    if cycle is None:
        raise Http404
    return cycle


@require_safe
def cycles(request: HttpRequest) -> HttpResponse:
    """All cycles; agents are led to their own page."""
    user = me(request)
    if not allowed(policies.check_may_list, user) and scopes(user, Right.OWN):
        return redirect("appraisals_mine")
    policies.check_may_list(user)
    may_begin = allowed(policies.check_may_begin, user)
    return render(request, "appraisals/cycles.html", {"cycles": queries.visible_cycles(user), "may_begin": may_begin})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new draft."""
    user = me(request)
    policies.check_may_begin(user)
    return _typed(request, None, CycleForm(user, None, request.POST or None), lambda given: actions.begin(by=user, **given))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """A draft, typed anew."""
    user, cycle = me(request), found(request, number)
    policies.check_may(user, "edit", cycle)
    revision = _revision(request)
    form = CycleForm(user, cycle, request.POST or None)
    return _typed(request, cycle, form, lambda given: actions.edit(by=user, cycle=cycle, revision=revision, **given))


def _typed(request: HttpRequest, cycle: Cycle | None, form: CycleForm, save: Any) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return redirect("appraisals_cycle", number=save(form.given()).pk)
            except ValidationError as error:
                _put(form, error)
            except Conflict as conflict:
                form.add_error(None, str(conflict))
                status = HELD
    return render(request, "appraisals/edit.html", {"cycle": cycle, "form": form}, status=status)


@require_safe
def cycle(request: HttpRequest, number: int) -> HttpResponse:
    """One cycle: where it stands, who has read it, what is missing, results, what can be done next."""
    user = me(request)
    # Notices lead everybody here, agents as well.
    if queries.visible_cycle(user, number) is None and queries.own_cycles(user).filter(pk=number).exists():
        return redirect("appraisals_own", number=number)
    return _cycle(request, found(request, number))


def _cycle(request: HttpRequest, cycle: Cycle, wrong: str = "", problems: list[str] | None = None, status: int = 200) -> HttpResponse:
    user = me(request)
    people = queries.participants(user, cycle)
    unread = people.filter(read_at=None)
    named = list(unread[:MOST_NAMED])
    agents = [one.agent_id for one in named]
    accounts = set(User.objects.filter(agent_id__in=agents, is_active=True).values_list("agent_id", flat=True))
    marked = cycle.state in (states.State.RUNNING, states.State.SCORING)
    gaps = [one for one in giving.asked(cycle, list(people)) if one.is_missing] if marked else []
    steps = [
        {"step": one, "why_not": states.why_not(one.verb, cycle)}
        for one in states.STEPS
        if cycle.state in one.sources and one.verb in actions.STEPS and allowed(policies.check_may, user, one.verb, cycle)
    ]
    # The way on is the button one sees first; computing again is, where there is no other.
    ways = [one["step"].verb for one in steps if one["why_not"] is None and one["step"].verb not in BESIDES]
    main = next((verb for verb in ways if verb != "compute"), "compute" if "compute" in ways else "")
    sees_results = allowed(policies.check_may_see_results, user, cycle)
    waiting = [one for one in queries.visible_appeals(user, cycle) if one.state == Verdict.OPEN]
    context = {
        "cycle": cycle,
        "way": _way(cycle),
        "page": Paginator(people, PER_PAGE).get_page(request.GET.get("page")),
        "unread": [(one, one.agent_id in accounts) for one in named],
        "more_unread": max(0, unread.count() - MOST_NAMED),
        "gaps": [(one, giving.name_of(one.metric, lang())) for one in gaps[:MOST_NAMED]],
        "more_gaps": max(0, len(gaps) - MOST_NAMED),
        "count_gaps": len(gaps),
        "steps": steps,
        "main_step": main,
        "until": Until(),
        "why": Why(),
        "standing": cycle.standing() if sees_results and marked else None,
        "results": list(cycle.results.filter(kind="result").order_by("-number")) if sees_results else [],
        "open_appeals": waiting,
        "may_edit": cycle.state == states.State.DRAFT and allowed(policies.check_may, user, "edit", cycle),
        "may_enter": marked and giving.may_enter(user, cycle),
        "work": work_of(cycle),
        "wrong": wrong,
        "problems": problems or [],
    }
    return render(request, "appraisals/cycle.html", context, status=status)


def _way(cycle: Cycle) -> list[tuple[str, str, bool]]:
    """The states of a cycle in order, and which lie behind it."""
    order = [one for one in states.State if one != states.State.CALLED_OFF]
    here = order.index(states.State(cycle.state)) if cycle.state in order else 0
    return [(str(one), str(one.label), at < here) for at, one in enumerate(order)]


@require_POST
def step(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """One step of the whole cycle."""
    user, cycle = me(request), found(request, number)
    if verb not in actions.STEPS:
        raise Http404
    policies.check_may(user, verb, cycle)
    more: dict[str, Any] = {}
    form: django_forms.Form | None = Until(request.POST) if verb == "review" else Why(request.POST) if verb == "call_off" else None
    if form is not None:
        if not form.is_valid():
            wrong = "；".join(str(text) for texts in form.errors.values() for text in texts)
            return _cycle(request, cycle, wrong, status=422)
        more = form.cleaned_data
    try:
        actions.STEPS[verb](by=user, cycle=cycle, revision=_revision(request), **more)
    except Conflict as conflict:
        return _cycle(request, found(request, number), str(conflict), status=HELD)
    except ValidationError as error:
        return _cycle(request, cycle, "；".join(error.messages), status=422)
    except Failure as failed:
        return _cycle(request, found(request, number), _("没有做成："), told(failed), status=422)
    return redirect("appraisals_cycle", number=number)


@require_http_methods(["GET", "POST"])
def marks(request: HttpRequest, number: int) -> HttpResponse:
    """The marks to be given by hand, a field per item and agent."""
    user, cycle = me(request), found(request, number)
    policies.check_may_score(user, cycle)
    mine = policies.held(user, Right.SCORE, cycle)
    people = [one for one in cycle.participants.all() if policies.holds_group(mine, one.group)]
    team = allowed(policies.check_may_score_team, user, cycle)
    wrong: dict[str, str] = {}
    why, status = "", 200
    if request.method == "POST":
        fields = {one.field: (one.agent_id, one.metric) for one in giving.asked(cycle, people, team=team)}
        given, was, wrong = typed_marks(request.POST, fields)
        status = 422
        if not wrong:
            try:
                count = giving.enter(by=user, cycle=cycle, given=given, was=was)
            except Conflict as conflict:
                why, status = str(conflict), HELD
            except ValidationError as error:
                why = "；".join(error.messages)
            except Failure as failed:
                why = "；".join(told(failed))
            else:
                messages.success(request, _("存了 %(count)s 个分。") % {"count": count})
                return redirect(request.get_full_path())
    may = states.why_not("enter", cycle)
    group, gaps_only = request.GET.get("group", ""), bool(request.GET.get("missing"))
    listed = [
        one for one in giving.asked(cycle, people, team=team) if (not group or one.group == group) and (one.is_missing or not gaps_only)
    ]
    page = Paginator(listed, MARKS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "asked": one,
            "metric": giving.name_of(one.metric, lang()),
            "typed": request.POST.get(f"score|{one.field}", one.typed) if status == 422 else one.typed,
            "note": one.score.note if one.score is not None else "",
            "found": None if one.found is None else f"{one.found:.10g}",
            "wrong": wrong.get(one.field, ""),
        }
        for one in page
    ]
    context = {
        "cycle": cycle,
        "rows": rows,
        "page": page,
        "groups": sorted({one.group for one in people if one.group}),
        "group": group,
        "gaps_only": gaps_only,
        "why": why,
        "why_not": may,
    }
    return render(request, "appraisals/marks.html", context, status=status)


@require_safe
def result(request: HttpRequest, number: int, which: int) -> HttpResponse:
    """A result, or how people stand: the statements somebody sees, as a page or a table."""
    user, cycle = me(request), found(request, number)
    policies.check_may_see_results(user, cycle)
    one = cycle.results.filter(pk=which).select_related("cycle__scheme").first()
    if one is None:
        raise Http404
    statements = queries.visible_statements(user, one)
    paid = policies.held(user, Right.SEE_PAY, cycle)
    has_pay = bool(paid) and statements.filter(pay__isnull=False).exists()

    def with_pay(rows: Iterable[Judged]) -> list[tuple[Judged, Decimal | None]]:
        return [(each, each.pay if policies.holds_group(paid, each.group) else None) for each in rows]

    if request.GET.get("form") == "csv":
        return _as_csv(cycle, one, with_pay(statements), has_pay=bool(paid))
    page = Paginator(matching(request, statements, "agent_id", "name", "group"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "cycle": cycle,
        "result": one,
        "count": page.paginator.count,
        "page": page,
        "rows": [(each, yuan(pay)) for each, pay in with_pay(page)],
        "has_pay": has_pay,
    }
    return render(request, "appraisals/result.html", context)


def _as_csv(cycle: Cycle, of: Result, rows: list[tuple[Judged, Any]], *, has_pay: bool) -> HttpResponse:
    listed = [
        (one.place, one.agent_id, one.name, one.group, one.points or None, one.grade or None, None if pay is None else str(pay))
        for one, pay in rows
    ]
    columns = [
        Column("place", "名次", "place", "count"),
        Column("agent_id", "客服编号", "agent"),
        Column("name", "姓名", "name"),
        Column("group", "小组", "group"),
        Column("points", "总分", "points"),
        Column("grade", "等级", "grade"),
        Column("pay", "应发", "pay"),
    ]
    schema: dict[str, Any] = {"place": pl.Int64} | {one.name: pl.String for one in columns[1:]}
    frame = pl.DataFrame(listed, schema=schema, orient="row")
    kept = columns if has_pay else columns[:-1]
    sheet = Sheet(Pair("考核结果", "Result"), tuple(kept), frame.select([one.name for one in kept]))
    response = HttpResponse(to_csv(sheet), content_type="text/csv; charset=utf-8")
    name = f"{cycle.title}-{of.number}.csv"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@require_safe
def statement(request: HttpRequest, number: int, which: int) -> HttpResponse:
    """One statement, with its working in words."""
    user, cycle = me(request), found(request, number)
    one = Judged.objects.select_related("result__cycle").filter(pk=which, result__cycle=cycle).first()
    held = policies.held(user, Right.SEE_RESULTS, cycle)
    if one is None or not policies.holds_group(held, one.group):
        raise Http404
    one.result.cycle = cycle
    context = {"cycle": cycle, "result": one.result, "one": shown(one, pay=queries.sees_pay(user, one), place=True)}
    return render(request, "appraisals/statement.html", context)


@require_safe
def appeals(request: HttpRequest, number: int) -> HttpResponse:
    """The appeals of a cycle, newest first."""
    user, cycle = me(request), found(request, number)
    if not any(policies.held(user, right, cycle) for right in (Right.DECIDE_APPEALS, Right.SEE_RESULTS)):
        policies.check_may_see_results(user, cycle)
    return render(request, "appraisals/appeals.html", {"cycle": cycle, "appeals": queries.visible_appeals(user, cycle)})


@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest, number: int) -> HttpResponse:
    """One appeal beside the statement it is against, and what became of it; deciding it."""
    user = me(request)
    one = Appeal.objects.select_related("cycle__scheme", "result", "by", "decided_by").filter(pk=number).first()
    if one is None or not policies.may_see(user, one.cycle) or one not in queries.visible_appeals(user, one.cycle):
        raise Http404
    sums, marked = hearing.correctable(scheme_of(one.cycle.scheme), one.item)
    form = DecisionForm(one.cycle, sums, marked, lang(), request.POST or None)
    wrong, problems, status = "", list[str](), 200
    if request.method == "POST":
        policies.check_may_decide(user, one, queries.scorers(one))
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                hearing.decide(
                    by=user, appeal=one, accepted=data["verdict"] == "accepted", words=data["decision"], correction=form.corrected()
                )
            except Conflict as conflict:
                wrong, status = str(conflict), HELD
                one.refresh_from_db()
            except ValidationError as error:
                _put(form, error)
            except Failure as failed:
                wrong, problems = _("这样更正不行："), told(failed)
            else:
                return redirect("appraisals_appeal", number=number)
            one = Appeal.objects.select_related("cycle__scheme", "result", "by", "decided_by").get(pk=number)
    before, after = hearing.before_and_after(one)
    pay = before is not None and queries.sees_pay(user, before)
    sees = policies.holds_group(policies.held(user, Right.SEE_RESULTS, one.cycle), one.group)
    why_not = states.why_not("decide", one.cycle)
    try:
        policies.check_may_decide(user, one, queries.scorers(one))
    except NotAllowed as refused:
        why_not = str(refused)
    about = contact(one.subject) if one.about == About.CONTACT else None
    reads = about is not None and bool(chats(user).shops([about.shop_id]))
    context = {
        "cycle": one.cycle,
        "appeal": one,
        "chat": about.chat if about is not None and reads else None,
        "form": form if one.state == Verdict.OPEN and why_not is None else None,
        "why_not": why_not if one.state == Verdict.OPEN else "",
        "before": before if sees else None,
        "after": after if sees else None,
        "item": next((item for item in before.told[lang()]["items"] if item["key"] == one.item), None) if before and sees else None,
        "changes": differences(before, after, lang(), pay=pay, place=True) if before and after and sees else [],
        "wrong": wrong,
        "problems": problems,
        "work": work_of(one.cycle),
    }
    return render(request, "appraisals/appeal.html", context, status=status)


def _revision(request: HttpRequest) -> int:
    """The revision of the cycle the page was made of; one there never is where none was sent."""
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


def _put(form: django_forms.Form, error: ValidationError) -> None:
    """The mistakes an action found, beside the fields they are about."""
    if hasattr(error, "error_dict"):
        for name, texts in error.message_dict.items():
            for text in texts:
                form.add_error(name if name in form.fields else None, text)
    else:
        for text in error.messages:
            form.add_error(None, text)
