"""The API itself: JSON over HTTP for programs, under `/api/v1/`. Its description is `/api/v1/openapi.json`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Query, Schema
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as Unreadable
from ninja.security import HttpBearer
from pydantic import Field

from kaohe import __version__
from kaohe.errors import Failure
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.records import Run
from kaohe_web.api import cycles, imports, policies, queries
from kaohe_web.api.actions import token_of
from kaohe_web.api.answers import REFUSALS, Refused, told
from kaohe_web.api.answers import caller as _caller
from kaohe_web.api.policies import Caller
from kaohe_web.org.policies import NotAllowed
from kaohe_web.org.roles import Right
from kaohe_web.site import language, workspace

Group = Literal["shop", "agent", "group", "role", "day", "hour", "platform"]
MOST_ROWS = 200_000
"""Rows of figures in one answer; who needs more asks for fewer days at a time."""


class Key(HttpBearer):
    """`Authorization: Bearer kaohe_…`"""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        found = token_of(token)
        return None if found is None else policies.caller(found)


api = NinjaAPI(
    title="kaohe",
    version=__version__,
    description="客服绩效：指标、考核结果、考核单、导入、考核周期。Figures, results, statements, imports and cycles of customer service appraisal.",
    auth=Key(),
    docs_url=None,
    urls_namespace="api",
)


class Me(Schema):
    user: str
    name: str
    agent_id: str | None
    rights: list[str]
    writes: bool
    shops: list[str]
    groups: list[str]
    expires_at: str


class Metric(Schema):
    id: str
    zh: str
    en: str
    unit: str
    better: str | None
    meaning: str


class Figures(Schema):
    """Figures, a row per group and metric; rates are 0 to 1, durations seconds unless the unit says otherwise, money yuan."""

    first: date
    last: date
    import_number: int = Field(description="the import after which the data were read")
    rows: list[dict[str, Any]]


class Result(Schema):
    name: str
    scheme: str
    title: str
    fingerprint: str
    first: date
    last: date
    people: int


class Statements(Schema):
    """Statements as they were saved; see docs/reference/records.md. `pay` and `pay_lines` are null for who may not see pay."""

    result: Result
    statements: list[dict[str, Any]]


Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))]


class Days(Schema):
    first: Annotated[Day | None, Field(default=None, description="the first day, local; the data's first where it is not given")]
    last: Annotated[Day | None, Field(default=None, description="the last day, included")]


class Asked(Days):
    by: Annotated[list[Group], Field(default_factory=lambda: ["shop", "agent"], max_length=4)]
    metric: Annotated[list[str], Field(default_factory=list, description="ids of metrics; all where none is given", max_length=100)]


@api.get("/me", response={200: Me, **REFUSALS}, tags=["me"])
def me(request: HttpRequest) -> Me:
    """Whose token this is and what it may."""
    caller = _caller(request)
    token, user = caller.token, caller.user
    return Me(
        user=user.get_username(),
        name=user.get_full_name(),
        agent_id=user.agent_id,
        rights=[right for right in token.rights if policies.scopes(caller, Right(right))],
        writes=token.writes,
        shops=token.shops,
        groups=token.groups,
        expires_at=token.expires_at.isoformat(),
    )


@api.get("/metrics", response={200: list[Metric], **REFUSALS}, tags=["figures"])
def metrics(request: HttpRequest) -> list[Metric]:
    """What can be asked for."""
    return [Metric(id=one.id, zh=one.zh, en=one.en, unit=one.unit, better=one.better, meaning=one.meaning) for one in CATALOGUE.values()]


@api.get("/figures", response={200: Figures, **REFUSALS}, tags=["figures"])
def figures(request: HttpRequest, asked: Query[Asked]) -> Figures:
    """Figures of some days, grouped. An agent's token answers with the agent's own, whatever is asked."""
    caller, source = _caller(request), workspace()
    first, last = _days(asked)
    number = source.lake.snapshot(None).number
    held = policies.scopes(caller, Right.SEE_FIGURES)
    wanted = asked.metric or None
    if held:
        frame = queries.figures(source, held, first=first, last=last, by=asked.by, metrics=wanted)
    elif policies.scopes(caller, Right.OWN) and caller.user.agent_id:
        frame = queries.own_figures(source, caller.user.agent_id, first=first, last=last, metrics=wanted)
    else:
        raise NotAllowed(str(Right.SEE_FIGURES.label))
    if frame.height > MOST_ROWS:
        raise Refused(
            ("refused", _("一次最多 %(most)s 行，这里有 %(rows)s 行：请少要几天，或少分几组。") % {"most": MOST_ROWS, "rows": frame.height})
        )
    return Figures(first=first, last=last, import_number=number, rows=frame.to_dicts())


@api.get("/results", response={200: list[Result], **REFUSALS}, tags=["results"])
def results(request: HttpRequest) -> list[Result]:
    """The saved results that the token may see something of."""
    held = policies.check_may(_caller(request), Right.SEE_RESULTS)
    return [_result(run) for run in workspace().results() if any(queries.holds(scope, run) for scope in held)]


@api.get("/results/{name}/statements", response={200: Statements, **REFUSALS}, tags=["results"])
def statements(request: HttpRequest, name: str) -> Statements:
    """The statements of a result, of the people the token may see."""
    caller = _caller(request)
    run = _visible(caller, name)
    held, paying = policies.scopes(caller, Right.SEE_RESULTS), policies.scopes(caller, Right.SEE_PAY)
    return Statements(result=_result(run), statements=queries.statements(run, held, paying))


@api.get("/results/{name}/statements/{agent}", response={200: Statements, **REFUSALS}, tags=["results"])
def statements_of(request: HttpRequest, name: str, agent: str) -> Statements:
    """One agent's statements: several where he changed role or group within the period."""
    caller = _caller(request)
    run = _visible(caller, name)
    held, paying = policies.scopes(caller, Right.SEE_RESULTS), policies.scopes(caller, Right.SEE_PAY)
    mine = [one for one in queries.statements(run, held, paying) if one["agent_id"] == agent]
    if not mine:
        raise Http404
    return Statements(result=_result(run), statements=mine)


def _visible(caller: Caller, name: str) -> Run:
    held = policies.check_may(caller, Right.SEE_RESULTS)
    known = {run.name: run for run in workspace().results()}
    if name not in known or not any(queries.holds(scope, known[name]) for scope in held):
        raise Http404
    return known[name]


def _result(run: Run) -> Result:
    first, last = run.period
    title = run.scheme.title.text(language(get_language()))
    return Result(
        name=run.name, scheme=run.scheme.name, title=title, fingerprint=run.fingerprint, first=first, last=last, people=len(run.statements)
    )


def _days(asked: Days) -> tuple[date, date]:
    span = workspace().span()
    if span is None and (asked.first is None or asked.last is None):
        raise Refused(("refused", _("还没有数据。")))
    first = asked.first or (span[0] if span else date.min)
    last = asked.last or (span[1] if span else date.max)
    if first > last:
        raise Refused(("refused", _("第一天晚于最后一天。")))
    return first, last


def _problems(request: HttpRequest, status: int, *found: tuple[str, str]) -> HttpResponse:
    return api.create_response(request, {"problems": [{"code": code, "text": text} for code, text in found]}, status=status)


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _problems(request, error.status, *error.problems)


@api.exception_handler(Failure)
def failed(request: HttpRequest, error: Failure) -> HttpResponse:
    return _problems(request, 400, *told(error))


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _problems(request, 401, ("no_token", _("没有密钥，或密钥已停用、过期。")))


@api.exception_handler(Unreadable)
def unreadable(request: HttpRequest, error: Unreadable) -> HttpResponse:
    return _problems(request, 422, *(("invalid", f"{'.'.join(map(str, one['loc']))}: {one['msg']}") for one in error.errors[:20]))


@api.exception_handler(HttpError)
def no_json(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problems(request, error.status_code, ("unreadable", str(error)))


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return _problems(request, 403, ("not_allowed", str(error)))


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _problems(request, 404, ("not_found", _("没有这个，或者你看不到。")))


api.add_router("/imports", imports.router)
api.add_router("/cycles", cycles.router)
