"""The log as a page."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kaohe_web.audit.forms import Narrowed
from kaohe_web.audit.models import Event
from kaohe_web.audit.words import ACTIONS, changed
from kaohe_web.org.policies import check_may_everywhere
from kaohe_web.org.roles import Right

PER_PAGE = 100


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Every change, newest first, narrowed by who, what and when; `about` and `id` narrow it to one thing."""
    check_may_everywhere(request.user, Right.SEE_AUDIT)
    form = Narrowed(request.GET)
    page = Paginator(_narrowed(form), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(event, ACTIONS.get(event.action, event.action), changed(event.before, event.after)) for event in page]
    return render(request, "audit/log.html", {"page": page, "rows": rows, "form": form})


def _narrowed(form: Narrowed) -> QuerySet[Event]:
    events = Event.objects.order_by("-number")
    if not form.is_valid():
        return events.none()
    asked = form.cleaned_data
    for field, value in {
        "by": asked["by"],
        "action": asked["action"],
        "at__date__gte": asked["first"],
        "at__date__lte": asked["last"],
        "about": asked["about"],
        "about_id": asked["id"],
    }.items():
        if value:
            events = events.filter(**{field: value})
    return events
