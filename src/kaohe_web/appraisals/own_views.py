"""Pages an agent sees about himself."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaohe.appraisal.words import metric_name
from kaohe_web.appraisals import actions, appeals, own, queries, states
from kaohe_web.appraisals.forms import AppealForm, Day
from kaohe_web.appraisals.models import Appeal, Cycle, Judged, Kind, Participant, Ranks
from kaohe_web.appraisals.pages import HELD, lang, me, shown, work_of
from kaohe_web.appraisals.states import Conflict
from kaohe_web.appraisals.subjects import Subject
from kaohe_web.appraisals.telling import differences
from kaohe_web.org.models import User
from kaohe_web.org.policies import NotAllowed, scopes
from kaohe_web.org.roles import Right
from kaohe_web.schemes.queries import scheme_of
from kaohe_web.schemes.tables import scheme_tables, table

PER_PAGE = 100


def _agent(request: HttpRequest) -> User:
    """Who looks, where he is an agent."""
    user = me(request)
    if not scopes(user, Right.OWN) or not user.agent_id:
        raise NotAllowed(str(Right.OWN.label))
    return user


def _mine(request: HttpRequest, number: int) -> tuple[User, Cycle, Participant]:
    """One's own part in a cycle. Of others there is nothing here."""
    user = me(request)
    cycle = queries.own_cycles(user).filter(pk=number).first()
    part = None if cycle is None else cycle.participants.filter(agent_id=user.agent_id).first()
    if cycle is None or part is None:
        raise Http404
    return user, cycle, part


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own figures, cycles and appeals."""
    user = _agent(request)
    cycles = [(one, one.participants.get(agent_id=user.agent_id)) for one in queries.own_cycles(user)[:24]]
    context = {
        "figures": own.figures(user, lang()),
        "cycles": cycles,
        "appeals": Appeal.objects.filter(agent_id=user.agent_id).select_related("cycle", "decided_by")[:50],
    }
    return render(request, "appraisals/mine.html", context)


@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One cycle as it is about oneself: what is asked, how one stands or the statement, the ranking as it is shown, appeals."""
    return _own(request, number)


def _own(request: HttpRequest, number: int, form: AppealForm | None = None, wrong: str = "", status: int = 200) -> HttpResponse:
    user, cycle, part = _mine(request, number)
    result = own.result_of(cycle)
    place = cycle.ranks != Ranks.NOTHING
    statements = own.statements(user, result) if result is not None else []
    is_final = result is not None and result.kind == Kind.RESULT
    # Older ones only once results are shown: until then there is none to compare with.
    older = [one for one in cycle.shown()[1:] for one in own.statements(user, one)] if is_final else []
    earlier = [
        (one, differences(one, statements[-1], lang(), pay=True, place=place), [*one.told[lang()]["words"], *one.told[lang()]["pay_words"]])
        for one in older
        if statements and one.first == statements[-1].first
    ]
    why_not = states.why_not("appeal", cycle)
    if form is None and why_not is None and statements:
        form = AppealForm(statements[-1], lang(), initial={name: request.GET.get(name, "") for name in ("item", "about", "subject")})
    context = {
        "cycle": cycle,
        "part": part,
        "may_read": part.read_at is None and states.why_not("acknowledge", cycle) is None,
        "scheme": scheme_tables(scheme_of(cycle.scheme), lang()),
        "result": result,
        "is_final": is_final,
        "explainable": [(one, metric_name(one, lang())) for one in own.explainable(cycle)] if result is not None else [],
        "statements": [shown(one, pay=True, place=place, next_bands=not is_final) for one in statements],
        "place": place,
        "page": _around(request, own.ranking(cycle, result) if result is not None else Judged.objects.none(), statements),
        "earlier": earlier,
        "appeals": cycle.appeals.filter(agent_id=part.agent_id).select_related("decided_by"),
        "form": form if why_not is None else None,
        "why_not": why_not,
        "wrong": wrong,
        "work": work_of(cycle),
    }
    return render(request, "appraisals/own.html", context, status=status)


def _around(request: HttpRequest, ranking: QuerySet[Judged], mine: list[Judged]) -> Page[Judged]:
    """The page of a ranking that is asked for, else the one somebody is on."""
    place = min((one.place for one in mine if one.place is not None), default=1)
    asked = request.GET.get("page") or ranking.filter(place__lt=place).count() // PER_PAGE + 1
    return Paginator(ranking, PER_PAGE).get_page(asked)


@require_safe
def evidence(request: HttpRequest, number: int, metric: str) -> HttpResponse:
    """The cases behind one of one's own figures: of a day, or of the whole period where that is little."""
    user, cycle, part = _mine(request, number)
    if metric not in own.explainable(cycle) or cycle.state == states.State.ANNOUNCED:
        raise Http404
    result = own.result_of(cycle)
    form = Day(cycle, request.GET if "day" in request.GET else None)
    day = form.cleaned_data["day"] if form.is_bound and form.is_valid() else None
    if day is None and not own.at_once(cycle):
        day = result.last if result is not None else cycle.last
    first, last = (cycle.first, cycle.last) if day is None else (day, day)
    found = own.explained(user, cycle, metric, first, last, lang())
    context = {
        "cycle": cycle,
        "part": part,
        "name": metric_name(metric, lang()),
        "form": form,
        "first": first,
        "last": last,
        "one": None if found is None else table(found.sheet, lang(), _to_appeal(cycle, metric, found.subjects)),
        "more": 0 if found is None else found.more,
    }
    return render(request, "appraisals/evidence.html", context)


def _to_appeal(cycle: Cycle, metric: str, subjects: list[Subject | None]) -> tuple[str, list[SafeString | str]] | None:
    """A way from each case to the form of appeals, filled in; None while nobody can appeal, or the figure stands in no item."""
    item = next((one.key for one in scheme_of(cycle.scheme).items if metric in one.metrics), None)
    if item is None or states.why_not("appeal", cycle) is not None:
        return None
    there = reverse("appraisals_own", args=[cycle.pk])
    ways = [None if one is None else urlencode({"item": item, "about": one.about, "subject": one.text}) for one in subjects]
    return _("申诉"), ["" if way is None else format_html('<a href="{}?{}#appeal">{}</a>', there, way, _("申诉")) for way in ways]


@require_POST
def read(request: HttpRequest, number: int) -> HttpResponse:
    """One's own word that one has read what is asked."""
    user, cycle, _part = _mine(request, number)
    try:
        actions.acknowledge(by=user, cycle=cycle)
    except Conflict as conflict:
        return _own(request, number, wrong=str(conflict), status=HELD)
    return redirect("appraisals_own", number=number)


@require_http_methods(["POST"])
def appeal(request: HttpRequest, number: int) -> HttpResponse:
    """Say something against one's own statement."""
    user, cycle, _part = _mine(request, number)
    result = cycle.shown().first()
    statements = own.statements(user, result) if result is not None else []
    if not statements:
        return _own(request, number, wrong=states.why_not("appeal", cycle) or "", status=HELD)
    form = AppealForm(statements[-1], lang(), request.POST)
    if not form.is_valid():
        return _own(request, number, form, status=422)
    try:
        appeals.file(by=user, cycle=cycle, **form.cleaned_data)
    except Conflict as conflict:
        return _own(request, number, form, str(conflict), HELD)
    except ValidationError as error:
        _put(form, error)
        return _own(request, number, form, status=422)
    return redirect("appraisals_own", number=number)


@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take one's own appeal back."""
    user = me(request)
    one = Appeal.objects.select_related("cycle").filter(pk=number, agent_id=user.agent_id or "-").first()
    if one is None or not scopes(user, Right.OWN):
        raise Http404
    try:
        appeals.withdraw(by=user, appeal=one)
    except Conflict as conflict:
        return _own(request, one.cycle_id, wrong=str(conflict), status=HELD)
    return redirect("appraisals_own", number=one.cycle_id)


def _put(form: django_forms.Form, error: ValidationError) -> None:
    for name, texts in error.message_dict.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)
