"""Pages about notices: one's own, the channels, what went out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaohe_web.notices import actions, policies, queries
from kaohe_web.notices.forms import Address, form_for
from kaohe_web.notices.models import Channel, Kind, State
from kaohe_web.org.models import User

PER_PAGE = 50


@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """What was told to who looks, and where else it is to go."""
    me, status = _me(request), 200
    form = Address(request.POST if request.method == "POST" else None, initial={"email": me.email})
    if request.method == "POST":
        if form.is_valid():
            actions.set_own_address(by=me, email=form.cleaned_data["email"])
            messages.success(request, _("已保存。"))
            return redirect("notices_mine")
        status = 422
    page = Paginator(queries.own_notices(me), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/mine.html", {"page": page, "form": form}, status=status)


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel, and the newest of what went out."""
    policies.check_may_manage(request.user)
    known = [(channel, actions.host(channel)) for channel in queries.visible_channels(_me(request))]
    latest = queries.visible_deliveries(_me(request))[:10]
    return render(request, "notices/channels.html", {"channels": known, "kinds": Kind.choices, "deliveries": latest})


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """What went out, what waits and what could not be sent; `state` and `channel` narrow it."""
    policies.check_may_manage(request.user)
    found = queries.visible_deliveries(_me(request))
    if request.GET.get("state") in State.values:
        found = found.filter(state=request.GET["state"])
    if request.GET.get("channel", "").isdecimal():
        found = found.filter(channel=int(request.GET["channel"]))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/log.html", {"page": page, "states": State.choices})


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """A new channel."""
    policies.check_may_manage(request.user)
    if kind not in Kind.values:
        raise Http404
    form = form_for(kind, None, request.POST if request.method == "POST" else None, request.build_absolute_uri("/"))
    if request.method == "POST":
        if form.is_valid():
            try:
                channel = actions.add_channel(by=_me(request), kind=kind, values=form.values())
            except ValidationError as error:
                _put(form, error)
            else:
                messages.success(request, _("已保存。发一条试试吧。"))
                return redirect("notices_channel", number=channel.pk)
        return render(request, "notices/add.html", {"form": form, "kind": Kind(kind).label}, status=422)
    return render(request, "notices/add.html", {"form": form, "kind": Kind(kind).label})


@require_http_methods(["GET", "POST"])
def channel(request: HttpRequest, number: int) -> HttpResponse:
    """One channel: what it sends where, and what it sent."""
    found = _channel(request, number)
    form, status = form_for(found.kind, found, request.POST if request.method == "POST" else None, ""), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                version = form.cleaned_data["version"] or 0
                actions.mend_channel(by=_me(request), channel=found, version=version, values=form.values())
            except ValidationError as error:
                _put(form, error)
            else:
                messages.success(request, _("已保存。"))
                return redirect("notices_channel", number=number)
    latest = queries.visible_deliveries(_me(request)).filter(channel=found)[:20]
    shown = {"channel": found, "host": actions.host(found), "form": form, "deliveries": latest}
    return render(request, "notices/channel.html", shown, status=status)


@require_POST
def switch(request: HttpRequest, number: int) -> HttpResponse:
    """Let a channel send, or no longer."""
    found = _channel(request, number)
    actions.switch_channel(by=_me(request), channel=found, is_active=not found.is_active)
    return redirect("notices_channel", number=number)


@require_POST
def try_out(request: HttpRequest, number: int) -> HttpResponse:
    """Send one to see whether it arrives."""
    found = _channel(request, number)
    try:
        attempt = actions.try_channel(by=_me(request), channel=found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if attempt.taken:
            messages.success(request, _("发出了。去群里或邮箱里看看。"))
        else:
            messages.error(request, _("没发成：%(answer)s") % {"answer": attempt.answer})
    return redirect("notices_channel", number=number)


@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Begin anew with what could not be sent."""
    delivery = get_object_or_404(queries.visible_deliveries(_me(request)), pk=number)
    try:
        actions.send_again(by=_me(request), delivery=delivery)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("马上再发。"))
    return redirect("notices_log")


def _channel(request: HttpRequest, number: int) -> Channel:
    found: Channel = get_object_or_404(queries.visible_channels(_me(request)), pk=number)
    return found


def _me(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _put(form: Any, error: ValidationError) -> None:
    """An error of an action on the form it came from."""
    for field, texts in (error.message_dict if hasattr(error, "error_dict") else {None: error.messages}).items():
        for text in texts:
            form.add_error(field if field in form.fields else None, text)
