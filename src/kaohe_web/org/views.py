"""Pages about people: first visit, login, the list, one person, one's own password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaohe_web.finding import matching
from kaohe_web.org import actions, policies, queries
from kaohe_web.org.forms import FirstAdmin, Grants, Identity, Password, Person
from kaohe_web.org.models import User
from kaohe_web.org.roles import Right

PER_PAGE = 100


@login_not_required
@require_http_methods(["GET", "POST"])
def first_visit(request: HttpRequest) -> HttpResponse:
    """Where the first administrator is made, with the token printed in the terminal. Gone once there is a user."""
    token = request.GET.get("token", "") or request.POST.get("token", "")
    if not actions.is_first_token(token):
        raise Http404
    form = FirstAdmin(request.POST or None, initial={"token": token})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user = actions.make_first_admin(token=token, username=data["username"], name=data["name"], password=data["password"])
        except ValidationError as error:
            _put(form, error)
        else:
            login(request, user, "django.contrib.auth.backends.ModelBackend")
            return redirect("home")
    return render(request, "org/first_visit.html", {"form": form})


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who may log in."""
    policies.check_may_everywhere(request.user, Right.MANAGE_PEOPLE)
    return _people(request, Person())


def _people(request: HttpRequest, form: Person, status: int = 200) -> HttpResponse:
    found = matching(request, queries.visible_users(_me(request)), "username", "name", "agent_id")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "org/people.html", {"page": page, "count": page.paginator.count, "form": form}, status=status)


@require_POST
def add_person(request: HttpRequest) -> HttpResponse:
    """A new user; the password for his first login is shown once."""
    policies.check_may_everywhere(request.user, Right.MANAGE_PEOPLE)
    form = Person(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            user, password = actions.add_user(
                by=_me(request), username=data["username"], name=data["name"], agent_id=data["agent_id"] or None, grants=[form.grant()]
            )
        except ValidationError as error:
            _put(form, error)
        else:
            return render(request, "org/password_once.html", {"person": user, "password": password})
    return _people(request, form, status=422)


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, number: int) -> HttpResponse:
    """One user: what he may do, whether he may log in."""
    found = get_object_or_404(queries.visible_users(_me(request)), pk=number)
    policies.check_may_everywhere(request.user, Right.MANAGE_PEOPLE)
    known = [
        {"role": one.role, "shops": ", ".join(one.shops), "groups": ", ".join(one.groups), "first": one.first, "last": one.last}
        for one in found.grants.all()
    ]
    sent = request.POST if request.method == "POST" else None
    grants, form = (
        Grants(sent, initial=known, prefix="grants"),
        Identity(sent, initial={"name": found.name, "agent_id": found.agent_id or ""}),
    )
    if sent is not None and grants.is_valid() and form.is_valid():
        chosen = [one.grant() for one in grants if one not in grants.deleted_forms and (one.has_changed() or one in grants.initial_forms)]
        try:
            with transaction.atomic():
                actions.rename(by=_me(request), user=found, name=form.cleaned_data["name"], agent_id=form.cleaned_data["agent_id"] or None)
                actions.set_grants(by=_me(request), user=found, grants=chosen)
        except ValidationError as error:
            _put(form, error)
        except policies.NotAllowed as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已保存。"))
            return redirect("person", number=found.pk)
    status = 200 if sent is None else 422
    return render(request, "org/person.html", {"person": found, "form": form, "grants": grants}, status=status)


@require_POST
def switch_person(request: HttpRequest, number: int) -> HttpResponse:
    """Let somebody in again, or no longer."""
    found = get_object_or_404(queries.visible_users(_me(request)), pk=number)
    policies.check_may_everywhere(request.user, Right.MANAGE_PEOPLE)
    actions.set_active(by=_me(request), user=found, is_active=not found.is_active)
    return redirect("person", number=found.pk)


@require_POST
def new_password(request: HttpRequest, number: int) -> HttpResponse:
    """A new password for somebody's next login, shown once."""
    found = get_object_or_404(queries.visible_users(_me(request)), pk=number)
    policies.check_may_everywhere(request.user, Right.MANAGE_PEOPLE)
    password = actions.reset_password(by=_me(request), user=found)
    return render(request, "org/password_once.html", {"person": found, "password": password})


@require_http_methods(["GET", "POST"])
def my_password(request: HttpRequest) -> HttpResponse:
    """One's own password; where everybody lands who has to change it."""
    form = Password(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_password(user=_me(request), old=form.cleaned_data["old"], new=form.cleaned_data["new"])
        except ValidationError as error:
            _put(form, error)
        else:
            update_session_auth_hash(request, User.objects.get(pk=_me(request).pk))
            messages.success(request, _("密码已改。"))
            return redirect("home")
    return render(request, "org/my_password.html", {"form": form})


def _me(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _put(form: Any, error: ValidationError) -> None:
    """An error of an action on the form it came from."""
    for field, texts in (error.message_dict if hasattr(error, "error_dict") else {None: error.messages}).items():
        for text in texts:
            form.add_error(field if field in form.fields else None, text)
