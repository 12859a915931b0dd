"""Pages that try a version on months that have passed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaohe.appraisal import Scheme
from kaohe.errors import Failure
from kaohe.reports.files import to_csv
from kaohe.reports.tables import Sheet
from kaohe.reports.workbook import to_xlsx
from kaohe_web.schemes import library, policies, queries, trials
from kaohe_web.schemes.checking import checked
from kaohe_web.schemes.models import SchemeVersion, State
from kaohe_web.schemes.views import found, lang, me, page
from kaohe_web.site import workspace

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """A month under a version: places, points, pay."""
    one = found(request, number)
    policies.check_can_edit(request.user)
    seen = policies.seen_in_trials(request.user)
    source, now = workspace(), checked(one.text, one.name, lang())
    months = trials.months(source)
    month = request.GET.get("month") or months.last
    if month is not None and month not in months.names:
        raise Http404
    context = {"version": one, "checked": now, "months": months, "month": month, "seen": seen, "tab": "preview"}
    if now.scheme is None or month is None:
        return page(request, "schemes/preview.html", context)
    try:
        if request.GET.get("format") == "csv":
            return _csv(trials.preview_raw(source, now.scheme, month, seen, lang()), f"{one.name}-{month}.csv")
        result = trials.previewed(source, now.scheme, month, seen, lang())
    except Failure as failed:
        return page(request, "schemes/preview.html", {**context, "trouble": failed.text(lang())}, status=422)
    return page(request, "schemes/preview.html", {**context, "preview": result, "tables": result.tables})


@require_safe
def simulate(request: HttpRequest, number: int) -> HttpResponse:
    """Months under a version beside the same under another: who gains, who loses, what it costs."""
    one = found(request, number)
    policies.check_can_edit(request.user)
    seen = policies.seen_in_trials(request.user)
    source, now = workspace(), checked(one.text, one.name, lang())
    months = trials.months(source)
    bases = _bases(me_versions(request), one)
    chosen = request.GET.get("with") or (bases[0][0] if bases and bases[0][0].startswith("v") else "")
    asked = request.GET.getlist("month")
    if set(asked) - set(months.names) or (chosen and chosen not in dict(bases)):
        raise Http404
    months_chosen = sorted(asked) or [name for name in months.names if name in months.whole][-3:] or list(months.names[-1:])
    context = {
        "version": one,
        "checked": now,
        "months": months,
        "asked": months_chosen,
        "bases": bases,
        "chosen": chosen,
        "seen": seen,
        "most": trials.MOST_MONTHS,
        "tab": "simulate",
    }
    if len(months_chosen) > trials.MOST_MONTHS:
        trouble = _("一次最多 %(most)s 个月。") % {"most": trials.MOST_MONTHS}
        return page(request, "schemes/simulate.html", {**context, "trouble": trouble}, status=422)
    if "go" not in request.GET or now.scheme is None or not chosen or not months_chosen:
        return page(request, "schemes/simulate.html", context)
    try:
        base, called = _base(chosen)
        named = (called, f"{one.name} v{one.number}")
        if request.GET.get("format") == "csv":
            return _csv(trials.compared_raw(source, base, now.scheme, named, months_chosen, seen), f"{one.name}.csv")
        result = trials.compared(source, base, now.scheme, named, months_chosen, seen, lang())
    except Failure as failed:
        return page(request, "schemes/simulate.html", {**context, "trouble": failed.text(lang())}, status=422)
    if request.GET.get("format") == "xlsx":
        return _xlsx(result.sheets, f"{one.name}.xlsx")
    return page(request, "schemes/simulate.html", {**context, "result": result, "tables": result.tables})


def me_versions(request: HttpRequest) -> list[SchemeVersion]:
    """The versions somebody may hold a draft against: those that are or were published."""
    return list(queries.visible_versions(me(request)).exclude(state=State.DRAFT))


def _bases(versions: list[SchemeVersion], one: SchemeVersion) -> list[tuple[str, str]]:
    """What a version can be held against, its own scheme's newest first, and the program's templates after what was published here."""
    order = sorted(versions, key=lambda other: (other.name != one.name, other.state != State.PUBLISHED, other.name, -other.number))
    own = [(f"v{other.pk}", str(other)) for other in order if other.pk != one.pk]
    return own + [(f"t{template.name}", template.title(lang())) for template in library.templates()]


def _base(chosen: str) -> tuple[Scheme, str]:
    """A scheme by its choice, and what it is called beside the other."""
    if chosen.startswith("v"):
        version = SchemeVersion.objects.get(pk=int(chosen[1:]))
        return queries.scheme_of(version), f"{version.name} v{version.number}"
    template = library.template(chosen[1:])
    if template is None or template.scheme is None:
        raise Http404
    return template.scheme, template.name


def _csv(sheet: Sheet, name: str) -> HttpResponse:
    return _file(to_csv(sheet), "text/csv; charset=utf-8", name)


def _xlsx(sheets: tuple[Sheet, ...], name: str) -> HttpResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "simulation.xlsx"
        to_xlsx(path, sheets, lang())
        return _file(path.read_bytes(), XLSX, name)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
