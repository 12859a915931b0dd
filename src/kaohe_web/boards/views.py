"""Pages of figures: boards, trend, hours, rules of the platforms, ranking and PK, and the evidence behind each figure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import wraps
from threading import Lock
from typing import Any

import polars as pl
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaohe.errors import Failure, Lang
from kaohe.metrics.catalogue import CATALOGUE, Metric
from kaohe.reports import compliance
from kaohe.reports.headings import called
from kaohe.reports.pairs import Pair
from kaohe_web.boards import evidence as behind
from kaohe_web.boards import policies, queries, showing
from kaohe_web.boards.answers import UNASSIGNED, Answer, Mixed, answered
from kaohe_web.boards.asking import BY, PERIODS, Asked, address
from kaohe_web.boards.metrics import BY_HOUR, MAIN, ON, TABS
from kaohe_web.boards.policies import Seen
from kaohe_web.boards.queries import State, rows_of
from kaohe_web.boards.tasks import enqueue
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed
from kaohe_web.site import language, workspace

PER_PAGE = 40
CASES_PER_PAGE = 50
ON_THE_WALL = 10
MOST_DAYS_OF_LIGHTS = 62


@dataclass(frozen=True, slots=True)
class Body:
    """What stands on a page below the site's own menu: the same for everybody with the same rights. `lasts`: whether it stays so until the next import."""

    template: str
    context: dict[str, Any]
    lasts: bool = True
    around: str = "boards/frame.html"


View = Callable[[HttpRequest, State, Asked], HttpResponse | Body]

MOST_KEPT = 200
"""Bodies of pages each process keeps: a wall, and everybody who opens the board in the morning, ask for the same."""

_kept: OrderedDict[tuple[object, ...], tuple[str, SafeString]] = OrderedDict()
_keeping = Lock()


def _page(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """A page about figures: who may see none does not get here, and where there are no data it says so."""

    @require_safe
    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            prefetch_related_objects([request.user], "grants")
        policies.check_may_see(request.user)
        try:
            state = queries.state()
        except Failure as failed:
            # A rule pack of the workspace's own that can not be read: no figure can be told until it is mended.
            return render(request, "boards/nothing.html", {"trouble": failed.text(_lang())}, status=503)
        seen = policies.seen(request.user)
        if state.of is None or state.of.first is None or not seen.shops(state.of.shops):
            return render(request, "boards/nothing.html", {"waiting": state.of is None})
        # All that decides what a page says.
        query = tuple(sorted(request.GET.items()))
        key = (view, state, workspace(), seen, policies.chats(request.user), get_language(), timezone.localdate(), query)
        with _keeping:
            kept = _kept.get(key)
            if kept is not None:
                _kept.move_to_end(key)
        if kept is None:
            found = view(request, state, Asked.read(request.GET, state.of, seen))
            if isinstance(found, HttpResponse):
                return found
            kept = found.around, mark_safe(render_to_string(found.template, found.context))
            if found.lasts:
                with _keeping:
                    _kept[key] = kept
                    while len(_kept) > MOST_KEPT:
                        _kept.popitem(last=False)
        return render(request, kept[0], {"body": kept[1]})

    return asked


@_page
def board(request: HttpRequest, state: State, asked: Asked) -> HttpResponse | Body:
    """The figures of one tab, a line per platform, shop, group or agent."""
    metrics = [CATALOGUE[one] for one in (ON if asked.more else MAIN)[asked.tab]]
    found = _answer(asked, (asked.by,), metrics)
    if found is None:
        return _choose_group(request, state, asked)
    sort = request.GET.get("sort", "")
    frame = queries.ordered(asked, found.frame, asked.by, sort)
    if form := _form(request):
        return _exported(form, asked, frame, (asked.by,), metrics, found)
    page = Paginator(range(len(frame)), PER_PAGE).get_page(request.GET.get("page"))
    rows = rows_of(asked, frame[page.start_index() - 1 : page.end_index()] if len(frame) else frame, asked.by, metrics, _lang())
    there = reverse("boards_evidence")
    total = queries.total(asked, metrics, _lang()) if len(frame) > 1 else None
    shown = {
        **_shown(request, state, asked, "boards"),
        "rows": [(row.name, showing.cells(_links(asked, row), there)) for row in rows],
        "total": (total.name, showing.cells(_links(asked, total), there)) if total is not None else None,
        "heads": [(showing.title(one, _lang()), _meaning(one), asked.address(sort=one.id), sort == one.id) for one in metrics],
        "page": page,
        "sort": sort,
        "notes": queries.notes(found),
        "more_address": asked.address(more="" if asked.more else "1"),
    }
    return Body("boards/board.html", shown, not shown["notes"])


@_page
def trend(request: HttpRequest, state: State, asked: Asked) -> HttpResponse | Body:
    """One figure day by day, with the rule's threshold drawn in."""
    if asked.first == asked.last:
        asked = _month_to(asked)
    found = _answer(asked, ("day",), [asked.metric])
    if found is None:
        return _choose_group(request, state, asked)
    if form := _form(request):
        return _exported(form, asked, found.frame, ("day",), [asked.metric], found)
    rows = rows_of(asked, found.frame, "day", [asked.metric], _lang())
    limits = queries.limits(asked, asked.metric)
    days = found.frame["day"].to_list()
    shown = {
        **_shown(request, state, asked, "boards_trend"),
        "line": queries.trend(asked, found.frame, asked.metric, limits, _lang()),
        "rule_days": max((one.days for one in limits.values()), default=1),
        "rows": [
            (row.name, showing.apart(own, query, reverse("boards_evidence"), _limit(limits.get(day), asked.metric)))
            for row, day in zip(rows, days, strict=True)
            for own, query in _links(asked, row)
        ],
        "notes": queries.notes(found),
        "choices": _metrics(asked),
    }
    return Body("boards/trend.html", shown, not shown["notes"])


@_page
def hours(request: HttpRequest, state: State, asked: Asked) -> HttpResponse | Body:
    """One figure by hour and weekday."""
    metrics = [one for one in ON[asked.tab] if one in BY_HOUR]
    if asked.metric.id not in BY_HOUR:
        asked = replace(asked, metric=CATALOGUE[metrics[0]])
    if asked.first == asked.last:
        asked = _month_to(asked)
    asked = replace(asked, group="", agent="")
    try:
        lines = queries.hours(asked, asked.metric, _lang())
    except Mixed:
        lines = None
    if lines is not None and (form := _form(request)):
        frame = pl.DataFrame(
            [
                (hour, weekday, cell.figure.value, cell.figure.text, cell.figure.parts)
                for hour, cells in lines
                for weekday, cell in enumerate(cells, 1)
            ],
            schema={"hour": pl.Int64, "weekday": pl.Int64, "value": pl.Float64, "shown": pl.String, "parts": pl.String},
            orient="row",
        )
        sheet = showing.plain(_heading(asked), frame)
        return showing.exported(form, _name("hours", asked), [sheet], sheet, _lang())
    shown = {
        **_shown(request, state, asked, "boards_hours"),
        "lines": lines,
        "weekdays": [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")],
        "choices": [(one, showing.title(CATALOGUE[one], _lang())) for one in metrics],
    }
    return Body("boards/hours.html", shown)


@_page
def rules(request: HttpRequest, state: State, asked: Asked) -> HttpResponse | Body:
    """Whether each shop obeyed its platform's rules on each day."""
    if asked.first == asked.last and request.GET.get("period") != "day":
        asked = _month_to(asked)
    if (asked.last - asked.first).days >= MOST_DAYS_OF_LIGHTS:
        asked = replace(asked, first=date.fromordinal(asked.last.toordinal() - MOST_DAYS_OF_LIGHTS + 1))
    found = queries.verdicts(asked)
    shown = _shown(request, state, asked, "boards_rules")
    if found is None or not len(found):
        return Body("boards/rules.html", {**shown, "lights": []})
    names = {"shop_id": asked.of.shop_names}
    if form := _form(request):
        return showing.exported(
            form, _name("rules", asked), compliance.readable(found, _lang(), names, every=True), compliance.raw(found), _lang()
        )
    days, lights = queries.lights(asked, found)
    is_one = asked.shop and asked.first == asked.last
    summary, details = compliance.readable(found, _lang(), names, every=bool(is_one))
    page = Paginator(range(len(details.frame)), CASES_PER_PAGE).get_page(request.GET.get("page"))
    wanted = details.frame[page.start_index() - 1 : page.end_index()] if len(details.frame) else details.frame
    shops = found if is_one else found.filter(pl.col("verdict") == "fail")
    ids = shops["shop_id"].to_list()[page.start_index() - 1 : page.end_index()] if len(shops) else []
    rows = [
        (
            row,
            "✗" if row_of == "fail" else "✓" if row_of == "pass" else "–",
            asked.address(period="days", first=row["first_day"], last=row["day"], shop=shop, metric=row["metric"], group=None, agent=None),
        )
        for row, shop, row_of in zip(
            wanted.iter_rows(named=True),
            ids,
            shops["verdict"].to_list()[page.start_index() - 1 : page.end_index()] if len(shops) else [],
            strict=True,
        )
    ]
    links = [
        (name, [(light, asked.address(period="day", last=light.day, first=None, shop=shop) if light.day else "") for light in cells])
        for shop, name, cells in lights
    ]
    more = {
        "days": days,
        "lights": links,
        "rows": rows,
        "page": page,
        "is_one": is_one,
        "notes": [note.text(_lang()) for note in (*details.notes, *summary.notes)],
    }
    return Body("boards/rules.html", {**shown, **more})


@_page
def ranking(request: HttpRequest, state: State, asked: Asked) -> HttpResponse | Body:
    """Everybody's place by one figure, and two side by side; `wall=1` for the wall."""
    by = asked.by if asked.by in ("group", "agent", "shop") else "agent"
    asked = replace(asked, by=by)
    left, right = request.GET.get("a", ""), request.GET.get("b", "")
    metrics = list(dict.fromkeys([asked.metric, *(CATALOGUE[one] for one in MAIN[asked.tab])]))
    found = _answer(asked, (by,), metrics if left or right else [asked.metric])
    if found is None:
        return _choose_group(request, state, asked)
    placed = queries.ranking(asked, found.frame, by, asked.metric, _lang())
    if form := _form(request):
        ordered = queries.ordered(asked, found.frame, by, asked.metric.id)
        return _exported(form, asked, ordered, (by,), [asked.metric], found)
    names = sorted(((one.key, one.name) for one in placed), key=lambda one: (one[1], one[0]))
    page = Paginator(placed, PER_PAGE).get_page(request.GET.get("page"))
    shown = {
        **_shown(request, state, asked, "boards_ranking"),
        "placed": [
            (
                one,
                showing.apart(
                    showing.figure(one.row, asked.metric, _lang()),
                    asked.address(period="days", **{by: one.key}),
                    reverse("boards_evidence"),
                ),
            )
            for one in page
        ],
        "page": page,
        "notes": queries.notes(found),
        "lefts": showing.options(names, left),
        "rights": showing.options(names, right or (names[1][0] if len(names) > 1 else "")),
        "left": dict(names).get(left, ""),
        "right": dict(names).get(right, ""),
        "duels": [(one, showing.title(one.metric, _lang())) for one in queries.duels(found.frame, by, left, right, metrics, _lang())]
        if left and right
        else [],
        "choices": _metrics(asked),
        "wall": asked.address(wall="1", a=left, b=right),
        "back": asked.address(a=left, b=right),
        "top": [(one, showing.figure(one.row, asked.metric, _lang())) for one in placed[:ON_THE_WALL] if one.place is not None],
    }
    if request.GET.get("wall") == "1":
        return Body("boards/wall.html", shown, not shown["notes"], "boards/wall_frame.html")
    return Body("boards/ranking.html", shown, not shown["notes"])


@_page
def evidence(request: HttpRequest, state: State, asked: Asked) -> HttpResponse | Body:
    """What a figure is made of: shops, agents or days with their own figures, down to the contacts and events counted and not counted."""
    metric = asked.metric
    asked = queries.only_shop(asked)
    shops = sorted(asked.seen.shops(asked.of.shops if asked.shops is None else asked.shops))
    by = behind.level(asked, shops)
    if by == "cases" and not behind.in_scope(asked, asked.seen, asked.shop or shops[0]):
        by = "day"
    if by == "day" and asked.first == asked.last:
        raise Http404
    try:
        own = answered(asked.of, asked.question((), (metric.id,)), enqueue)
    except Mixed:
        own = None
    row = own.frame.row(0, named=True) if own is not None and len(own.frame) else None
    shown = {
        **_shown(request, state, asked, "boards_evidence"),
        "metric": metric,
        "title": showing.title(metric, _lang()),
        "meaning": _meaning(metric),
        "figure": showing.figure(row, metric, _lang()) if row is not None else None,
        "row": _made_of(row, metric),
        "of": _of(asked),
        "notes": queries.notes(own) if own is not None else [],
    }
    if by != "cases":
        found = _answer(asked, (by,), [metric])
        if found is None:
            return _choose_group(request, state, asked)
        frame = queries.ordered(asked, found.frame, by, "")
        if form := _form(request):
            return _exported(form, asked, frame, (by,), [metric], found)
        page = Paginator(range(len(frame)), PER_PAGE).get_page(request.GET.get("page"))
        part = frame[page.start_index() - 1 : page.end_index()] if len(frame) else frame
        rows = rows_of(asked, part, by, [metric], _lang())
        parts = {
            "parts": [(one, _links(asked, one)) for one in rows],
            "parted_by": _parted(by),
            "page": page,
            "is_apart": by in ("agent", "shop"),
        }
        return Body("boards/evidence.html", {**shown, **parts}, not shown["notes"] and not found.waiting)
    if not allowed(policies.check_may_read_chats, request.user):
        told = behind.told(asked, asked.shop or shops[0], metric, _lang())
        return Body("boards/evidence.html", {**shown, "told": told, "no_chats": True})
    reads = policies.chats(request.user)
    if not behind.in_scope(asked, reads, asked.shop or shops[0]):
        return Body("boards/evidence.html", {**shown, "no_chats": True})
    told = behind.told(asked, asked.shop or shops[0], metric, _lang())
    if told is not None and (form := _form(request)):
        return showing.exported(form, _name("evidence", asked), [told.people], told.raw, _lang())
    chosen = request.GET.get("which", "")
    listed = [case for case in (told.cases if told else []) if not chosen or case.counted == (chosen == "counted")]
    page = Paginator(listed, CASES_PER_PAGE).get_page(request.GET.get("page"))
    filters = {**asked.filters, "shop": asked.shop or shops[0]}
    cases = [(case, address(filters, buyer=case.buyer, day=case.day) if case.buyer else "") for case in page]
    counts = {name: sum(case.counted == (name == "counted") for case in told.cases) for name in ("counted", "left")} if told else {}
    return Body("boards/evidence.html", {**shown, "told": told, "cases": cases, "page": page, "which": chosen, "counts": counts})


@_page
def chat(request: HttpRequest, state: State, asked: Asked) -> HttpResponse | Body:
    """A buyer's chat of one day, with the waits between its lines."""
    policies.check_may_read_chats(request.user)
    buyer, shop = request.GET.get("buyer", ""), asked.shop
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        raise Http404 from None
    reads = policies.chats(request.user)
    if not buyer or not shop or not reads.shops([shop]):
        raise Http404
    lines = behind.chat(asked.of, reads, asked.metric, shop, buyer, day, asked.agent, _lang())
    if lines is None:
        raise Http404
    shown = {
        "asked": asked,
        "lines": lines,
        "buyer": buyer,
        "day": day,
        "shop_name": asked.of.shop_names.get(shop, shop),
        "title": showing.title(asked.metric, _lang()),
        "back": asked.address(),
    }
    return render(request, "boards/chat.html", shown)


# Asked by all ---------------------------------------------------------------------------------------------------------------


def _lang() -> Lang:
    return language(get_language())


def _form(request: HttpRequest) -> str:
    """The kind of file that is asked for instead of a page; empty for none."""
    wanted = request.GET.get("format", "")
    return wanted if wanted in ("csv", "xlsx") else ""


def _answer(asked: Asked, by: tuple[str, ...], metrics: list[Metric]) -> Answer | None:
    """None where a group has to be chosen first."""
    try:
        return answered(asked.of, asked.question(by, tuple(one.id for one in metrics)), enqueue)
    except Mixed:
        return None


def _choose_group(request: HttpRequest, state: State, asked: Asked) -> Body:
    return Body("boards/choose.html", _shown(request, state, asked, "boards"))


def _exported(form: str, asked: Asked, frame: pl.DataFrame, by: tuple[str, ...], metrics: list[Metric], found: Answer) -> HttpResponse:
    notes = [Pair(text, text) for text in queries.notes(found)]
    sheets = showing.wide(asked.of, frame, by, metrics, _heading(asked), notes, _lang())
    return showing.exported(form, _name(by[0], asked), sheets, sheets[1], _lang())


def _heading(asked: Asked) -> Pair:
    return Pair(f"{asked.first} 至 {asked.last}", f"{asked.first} to {asked.last}")


def _name(what: str, asked: Asked) -> str:
    return f"kaohe-{what}-{asked.first}-{asked.last}"


def _month_to(asked: Asked) -> Asked:
    """The thirty days up to the asked one: one day alone is no trend."""
    assert asked.of.first is not None
    first = max(asked.of.first, date.fromordinal(asked.last.toordinal() - 29))
    return replace(asked, period="days", first=first)


def _links(asked: Asked, row: queries.Row) -> list[tuple[showing.Figure, str]]:
    """Each figure of a line with the address of its evidence."""
    days = {"period": "days", **({} if "first" in row.narrowed else {"first": asked.first, "last": asked.last})}
    rest = asked.address(**{**days, **row.narrowed}, metric=None)
    return [(own, f"{rest}&metric={one.id}") for one, own in row.figures]


def _meaning(metric: Metric) -> str:
    return metric.meaning_zh if _lang() == "zh" else metric.meaning


def _metrics(asked: Asked) -> list[tuple[str, str]]:
    return [(one, showing.title(CATALOGUE[one], _lang())) for one in ON[asked.tab]]


def _limit(found: queries.Limit | None, metric: Metric) -> str:
    return "" if found is None else showing.value(found.value, metric, _lang())


def _parted(by: str) -> str:
    return str(BY[by]) if by in BY else _("日期")


def _of(asked: Asked) -> str:
    """Whose figure it is, in words."""
    lang = _lang()
    parts = [
        *([called("platform", lang).get(asked.platform, asked.platform)] if asked.platform else []),
        *([asked.of.shop_names.get(asked.shop, asked.shop)] if asked.shop else []),
        *([asked.group] if asked.group else []),
        *([asked.of.agent_names.get(asked.agent, asked.agent)] if asked.agent else []),
    ]
    return " · ".join(parts) or _("所有能看的店铺")


def _made_of(row: dict[str, Any] | None, metric: Metric) -> dict[str, str] | None:
    """Numerator and denominator in words."""
    if row is None:
        return None
    lang = _lang()
    over, under = row[f"n:{metric.id}"], row[f"d:{metric.id}"]
    made = {}
    if metric.over is not None and over is not None:
        made[metric.over.zh if lang == "zh" else metric.over.en] = showing.amount(over, metric, lang)
    if metric.under is not None and under is not None:
        name = metric.under.zh if lang == "zh" else metric.under.en
        if metric.less is not None:
            name += f" − {metric.less.zh if lang == 'zh' else metric.less.en}"
        made[name] = showing.plain_number(under, lang)
    return made


def _shown(request: HttpRequest, state: State, asked: Asked, page: str) -> dict[str, Any]:
    """What every page of figures holds: tabs, filters, and what is ready."""
    seen: Seen = asked.seen
    of, lang = asked.of, _lang()
    shops = seen.shops(of.shops)
    is_whole = bool(seen.whole_shops(shops))
    platforms = sorted({of.platforms[shop] for shop in shops})
    groups = seen.groups(of.groups)
    kept = {name: value for name, value in asked.filters.items() if name not in ("tab", "metric")}
    return {
        "asked": asked,
        "here": page,
        "state": state,
        "tabs": [(tab, label, address(kept, tab=tab)) for tab, label in TABS.items()],
        "pages": [
            ("boards", _("指标"), asked.address()),
            ("boards_trend", _("走势"), asked.address()),
            ("boards_hours", _("时段"), asked.address()),
            ("boards_rules", _("平台规则"), asked.address()),
            ("boards_ranking", _("排名与 PK"), asked.address()),
        ],
        "periods": list(PERIODS.items()),
        "bys": [(name, label) for name, label in BY.items() if is_whole or name in ("group", "agent")],
        "platforms": [(one, called("platform", lang).get(one, one)) for one in platforms] if len(platforms) > 1 else [],
        "shops": sorted(((shop, of.shop_names[shop]) for shop in shops), key=lambda one: (one[1], one[0])),
        "groups": [*((one, one) for one in groups), *([(UNASSIGNED, showing.group_name(of, "group", None, lang))] if is_whole else [])],
        "agent_name": of.agent_names.get(asked.agent, asked.agent),
        "csv": address(
            {**asked.filters, **{name: value for name, value in request.GET.items() if name in ("sort", "which")}}, format="csv"
        ),
        "xlsx": address(
            {**asked.filters, **{name: value for name, value in request.GET.items() if name in ("sort", "which")}}, format="xlsx"
        ),
        "paging": address({**asked.filters, **{name: value for name, value in request.GET.items() if name in ("sort", "which", "a", "b")}}),
    }
