"""The log as a page."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kaohe_web.audit.models import Event
from kaohe_web.org.policies import check_may_everywhere
from kaohe_web.org.roles import Right

PER_PAGE = 100


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Every change, newest first; `about` and `id` narrow it to one thing."""
    check_may_everywhere(request.user, Right.SEE_AUDIT)
    events = Event.objects.order_by("-number")
    if request.GET.get("about"):
        events = events.filter(about=request.GET["about"])
    if request.GET.get("id"):
        events = events.filter(about_id=request.GET["id"])
    return render(request, "audit/log.html", {"page": Paginator(events, PER_PAGE).get_page(request.GET.get("page"))})
