"""Pages about the roster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaohe.errors import Failure
from kaohe_web.finding import narrowed
from kaohe_web.org.models import User
from kaohe_web.org.policies import check_may_everywhere
from kaohe_web.org.roles import Right
from kaohe_web.roster import actions, queries
from kaohe_web.roster.forms import Ended, Given, Mended, Move, NewAgent, shown
from kaohe_web.site import language

PER_PAGE = 100


@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """Everybody who answers buyers, who of the accounts is nobody's, and a form for somebody new."""
    me, form, status = _manager(request), NewAgent(request.POST or None), 200
    if request.method == "POST":
        if form.is_valid() and _done(form, lambda: actions.add_agent(by=me, **form.cleaned_data)):
            return redirect("agent_row", agent_id=form.cleaned_data["agent_id"])
        status = 422
    people = narrowed(request, queries.agents(timezone.localdate()), _texts)
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "count": len(people), "unmapped": queries.unmapped(), "form": form}
    return render(request, "roster/roster.html", context, status=status)


def _texts(one: queries.Agent) -> list[str | None]:
    return [one.agent_id, one.row["name"], one.group, *(account["account"] for account in one.accounts)]


@require_http_methods(["GET", "POST"])
def agent(request: HttpRequest, agent_id: str) -> HttpResponse:
    """One agent: name, days, roles and groups over time, accounts."""
    me, found = _manager(request), _found(agent_id)
    form = Mended(request.POST or None, initial={**found.row, "was": shown(found.row)})
    status = 200
    if request.method == "POST":
        if form.is_valid() and _done(form, lambda: actions.mend_agent(by=me, agent_id=agent_id, **form.cleaned_data)):
            messages.success(request, _("已保存。"))
            return redirect("agent_row", agent_id=agent_id)
        status = 422
    return _page(request, found, status, form=form)


@require_POST
def move(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Another role or group from a day on."""
    me, found, form = _manager(request), _found(agent_id), Move(request.POST)
    if form.is_valid() and _done(form, lambda: actions.move_agent(by=me, agent_id=agent_id, **form.cleaned_data)):
        messages.success(request, _("已保存。"))
        return redirect("agent_row", agent_id=agent_id)
    return _page(request, found, 422, move=form)


@require_POST
def give(request: HttpRequest, agent_id: str) -> HttpResponse:
    """An account from a day on."""
    me, found, form = _manager(request), _found(agent_id), Given(request.POST)
    if form.is_valid() and _done(form, lambda: actions.give_account(by=me, agent_id=agent_id, **form.cleaned_data)):
        messages.success(request, _("已保存。"))
        return redirect("agent_row", agent_id=agent_id)
    return _page(request, found, 422, give=form)


@require_POST
def end(request: HttpRequest, agent_id: str) -> HttpResponse:
    """The last day of an account."""
    me, found, form = _manager(request), _found(agent_id), Ended(request.POST)
    if form.is_valid() and _done(form, lambda: actions.end_account(by=me, **form.cleaned_data)):
        messages.success(request, _("已保存。"))
        return redirect("agent_row", agent_id=agent_id)
    for text in [text for texts in form.errors.values() for text in texts]:
        messages.error(request, text)
    return _page(request, found, 422)


def _page(request: HttpRequest, found: queries.Agent, status: int, **forms: Form) -> HttpResponse:
    own = Mended(initial={**found.row, "was": shown(found.row)})
    shown_forms = {"form": own, "move": Move(), "give": Given(), **forms}
    login = User.objects.filter(agent_id=found.agent_id).first()
    return render(request, "roster/agent.html", {"agent": found, "login": login, **shown_forms}, status=status)


def _manager(request: HttpRequest) -> User:
    check_may_everywhere(request.user, Right.MANAGE_PEOPLE)
    assert isinstance(request.user, User)
    return request.user


def _found(agent_id: str) -> queries.Agent:
    found = queries.agent(agent_id, timezone.localdate())
    if found is None:
        raise Http404
    return found


def _done(form: Form, change: Callable[[], Any]) -> bool:
    """Whether a change was made; what stands against it is put on the form."""
    try:
        change()
    except ValidationError as error:
        for field, texts in (error.message_dict if hasattr(error, "error_dict") else {None: error.messages}).items():
            for text in texts:
                form.add_error(field if field in form.fields else None, text)
    except Failure as failed:
        form.add_error(None, failed.text(language(get_language())))
    else:
        return True
    return False
