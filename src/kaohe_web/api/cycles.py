"""Calls about cycles: where they stand, who takes part, results and statements, appeals, marks, and the steps.

Who sees and may do what is asked of `appraisals.policies` and `appraisals.queries`; what is done are its actions.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from kaohe.errors import Failure
from kaohe_web.api.answers import HELD, REFUSALS, Number, Refused, Turn, reader, refusing, told, writer
from kaohe_web.appraisals import actions, marks, own, policies, queries, states
from kaohe_web.appraisals.models import Appeal, Cycle, Judged, Kind, Ranks, Result
from kaohe_web.appraisals.pages import lang, shown
from kaohe_web.appraisals.states import Conflict, State
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed, scopes
from kaohe_web.org.roles import Right
from kaohe_web.schemes.models import SchemeVersion

router = Router(tags=["cycles"])

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Mark = Annotated[Decimal, Field(gt=-(10**8), lt=10**8, max_digits=14, decimal_places=6, allow_inf_nan=False)]


class SchemeOfCycle(Schema):
    name: str = Field(description="方案的名字 · name of the scheme")
    version: int
    title: str
    fingerprint: str = Field(description="方案内容的指纹 · fingerprint of its content")


class StepNow(Schema):
    verb: str
    label: str
    why_not: str | None = Field(description="现在为什么不能做；能做是 null · why it can not be done by now, null where it can")


class CycleShown(Schema):
    """一次考核。One cycle of appraisal."""

    id: int
    title: str
    scheme: SchemeOfCycle
    first: date = Field(description="第一天 · the first day")
    last: date = Field(description="最后一天（含）· the last day, included")
    state: State
    state_text: str
    revision: int = Field(description="每改一次加一；做下一步要带上 · counts changes, to be sent with a step")
    ranks: Ranks = Field(description="客服看到的排名 · what agents see of the ranking")
    appeals_until: date | None = Field(description="申诉到哪天（含）· the last day of appeals")
    closed_at: datetime | None
    shops: list[str] = Field(description="只评这些店铺；空着是全部 · only of these shops; empty: all")
    groups: list[str] = Field(description="只评这些小组；空着是全部 · only of these groups; empty: all")
    work: str = Field(description="后台计算：空、waiting、running、failed · computing in the background")
    own: bool = Field(description="只看得到自己的部分 · only one's own part of it is seen")


class CycleWhole(CycleShown):
    steps: list[StepNow] = Field(description="这个密钥有权做的步骤 · the steps this key has the right to")
    work_why: list[str] = Field(description="没算成的原因 · why computing failed")


class Person(Schema):
    agent_id: str
    name: str
    group: str
    read_at: datetime | None = Field(description="确认已读的时间 · when he said that he had read it")


class People(Schema):
    count: int
    page: int
    people: list[Person]


class CycleResult(Schema):
    """一次结果。One result; a standing is replaced by the next."""

    id: int
    kind: Kind = Field(description="standing 到目前为止，result 结果 · how people stand, or the result")
    number: int
    name: str = Field(description="存下的结果的名字，见 /results；到目前为止的是空 · name of the saved result; empty for a standing")
    fingerprint: str
    import_number: int = Field(description="数据读到第几次导入 · the import the data were read at")
    last: date = Field(description="算到哪天 · the last day that was judged")
    made_at: datetime
    is_shown: bool = Field(description="客服看得到 · shown to agents")
    full: str = Field(description="满分 · points of a full score")


class Item(Schema):
    key: str
    title: str
    figure: str
    landed: str
    weight: str
    points: str
    remark: str


class PayLine(Schema):
    key: str
    title: str
    how: str
    yuan: Decimal = Field(description="元 · yuan")


class CycleStatement(Schema):
    """一张考核单。A statement; pay is null for who may not see it, the place for who is not shown it."""

    id: int
    agent_id: str
    name: str
    group: str
    first: date | None = Field(description="中途换岗、换组时，这一段的第一天 · of a stretch, where somebody changed role or group")
    last: date | None
    place: int | None
    unplaced: str = Field(description="不排名的原因 · why he is not ranked")
    points: str
    grade: str
    items: list[Item]
    words: list[str] = Field(description="怎么算的 · the working in words")
    pay: Decimal | None = Field(description="应发，元 · yuan")
    pay_lines: list[PayLine] | None


class CycleStatements(Schema):
    result: CycleResult
    count: int
    page: int
    statements: list[CycleStatement]


class AppealShown(Schema):
    """一件申诉。An appeal."""

    id: int
    agent_id: str
    name: str
    group: str
    at: datetime
    about: str = Field(description="item 考核项，contact 一次接待，order 一个订单 · an item, a contact or an order")
    item: str
    item_title: str
    subject: str
    reason: str
    evidence: str
    state: str = Field(description="open、accepted、refused、withdrawn")
    decided_by: str | None
    decided_at: datetime | None
    decision: str


class MarkAsked(Schema):
    """要打的一个分。A mark that is asked for."""

    agent_id: str = Field(description="客服编号；空是全队 · the agent; empty: the team")
    name: str
    group: str
    metric: str
    title: str
    score: Decimal | None = Field(description="这里打的分 · the mark given here")
    note: str
    found: float | None = Field(description="评的时候用的分：考核期内这一项的平均 · what is judged by: the mean of the marks of these days")
    missing: bool


class MarksAsked(Schema):
    count: int
    page: int
    marks: list[MarkAsked]


class TurnOfMarks(Turn):
    missing: bool = Field(False, description="只要没打的 · only those missing")


class MarkGiven(Schema):
    agent_id: Annotated[Text, Field(default="", max_length=200, description="客服编号；空是全队 · the agent; empty: the team")]
    metric: Annotated[Text, Field(min_length=1, max_length=80)]
    score: Annotated[Mark, Field(description="分，最多六位小数 · at most six decimals")]
    note: Annotated[Text, Field(default="", max_length=300)]
    was: Annotated[
        Mark | None,
        Field(default=None, description="打分前这里的分，没有就不写；不一样会 409 · the mark as it was read; another one since: 409"),
    ]


class MarksGiven(Schema):
    marks: Annotated[list[MarkGiven], Field(min_length=1, max_length=2000)]


class Entered(Schema):
    changed: int = Field(description="新的或改了的分有几个 · how many are new or other")


class StepAsked(Schema):
    revision: Annotated[int, Field(ge=0, le=2**31 - 1, description="看到的考核的 revision · of the cycle as it was read")]
    until: Annotated[
        Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))] | None,
        Field(default=None, description="review 要：申诉到哪天（含）· for review: the last day of appeals"),
    ]
    why: Annotated[
        Annotated[Text, Field(max_length=500)] | None, Field(default=None, description="call_off 要：取消的原因 · for call_off: the reason")
    ]


# Reading --------------------------------------------------------------------------------------------------------------------


@router.get("", response={200: list[CycleShown], **REFUSALS}, summary="考核 · Cycles", operation_id="cycles", url_name="cycles")
def cycles(
    request: HttpRequest, state: Annotated[State | None, Query()] = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[CycleShown]:
    """看得到的考核，最新的在前；客服看到自己的。The cycles that are seen, newest first; an agent's own."""
    user = reader(request)
    if not scopes(user, Right.OWN):
        policies.check_may_list(user)
    seen = {one.pk: (one, False) for one in queries.visible_cycles(user)}
    for one in queries.own_cycles(user):
        seen.setdefault(one.pk, (one, True))
    found = sorted(seen.values(), key=lambda pair: (pair[0].first, pair[0].pk), reverse=True)
    return [CycleShown(**_plain(one, is_own)) for one, is_own in found if state is None or one.state == state][:limit]


@router.get("/{number}", response={200: CycleWhole, **REFUSALS}, summary="一次考核 · One cycle", operation_id="cycle", url_name="cycle")
def cycle(request: HttpRequest, number: Number) -> CycleWhole:
    """一次考核现在怎样、下一步能做什么。Where a cycle stands, and what can be done next."""
    user = reader(request)
    return _whole(user, *_found(user, number))


@router.get(
    "/{number}/participants",
    response={200: People, **REFUSALS},
    summary="参加的人 · Participants",
    operation_id="participants",
    url_name="participants",
)
def participants(request: HttpRequest, number: Number, turn: Query[Turn]) -> People:
    """评的人，以及谁确认了已读。The people it is about, and who has read it."""
    user = reader(request)
    one, is_own = _found(user, number)
    people = one.participants.filter(agent_id=user.agent_id) if is_own else queries.participants(user, one)
    rows = turn.of(people)
    listed = [Person(agent_id=each.agent_id, name=each.name, group=each.group, read_at=each.read_at) for each in rows]
    return People(count=people.count(), page=turn.page, people=listed)


@router.get(
    "/{number}/results",
    response={200: list[CycleResult], **REFUSALS},
    summary="结果 · Results",
    operation_id="cycle_results",
    url_name="cycle_results",
)
def results(request: HttpRequest, number: Number) -> list[CycleResult]:
    """结果，最新的在前；进行中是到目前为止怎样。Results, newest first; under way how people stand."""
    user = reader(request)
    one, is_own = _judging(user, number)
    return [_result(each) for each in _results(one, is_own=is_own)]


@router.get(
    "/{number}/results/{result}/statements",
    response={200: CycleStatements, **REFUSALS},
    summary="考核单 · Statements",
    operation_id="cycle_statements",
    url_name="cycle_statements",
)
def statements(request: HttpRequest, number: Number, result: Number, turn: Query[Turn]) -> CycleStatements:
    """一次结果里看得到的考核单，按名次。The statements of a result that are seen, by place."""
    user = reader(request)
    one, is_own = _judging(user, number)
    of = next((each for each in _results(one, is_own=is_own) if each.pk == result), None)
    if of is None:
        raise Http404
    of.cycle = one
    listed = of.statements.filter(agent_id=user.agent_id) if is_own else queries.visible_statements(user, of).defer(None)
    rows, place = turn.of(listed), not is_own or one.ranks != Ranks.NOTHING
    for each in rows:
        each.result = of
    told = [_statement(each, pay=is_own or queries.sees_pay(user, each), place=place) for each in rows]
    return CycleStatements(result=_result(of), count=listed.count(), page=turn.page, statements=told)


@router.get(
    "/{number}/appeals", response={200: list[AppealShown], **REFUSALS}, summary="申诉 · Appeals", operation_id="appeals", url_name="appeals"
)
def appeals(request: HttpRequest, number: Number) -> list[AppealShown]:
    """看得到的申诉，最新的在前。The appeals that are seen, newest first."""
    user = reader(request)
    one, is_own = _judging(user, number)
    mine = one.appeals.filter(agent_id=user.agent_id).select_related("decided_by")
    return [_appeal(each) for each in (mine if is_own else queries.visible_appeals(user, one))]


@router.get(
    "/{number}/marks", response={200: MarksAsked, **REFUSALS}, summary="要打的分 · Marks asked for", operation_id="marks", url_name="marks"
)
def marks_asked(request: HttpRequest, number: Number, turn: Query[TurnOfMarks]) -> MarksAsked:
    """这个密钥可以打的分，打了没有。The marks this key may give, and which are missing."""
    user = reader(request)
    one = _staff(user, number)
    listed = [each for each in _asked(user, one) if each.is_missing or not turn.missing]
    rows = [
        MarkAsked(
            agent_id=each.agent_id,
            name=each.name,
            group=each.group,
            metric=each.metric,
            title=marks.name_of(each.metric, lang()),
            score=None if each.score is None else Decimal(each.typed),
            note="" if each.score is None else each.score.note,
            found=each.found,
            missing=each.is_missing,
        )
        for each in turn.of(listed)
    ]
    return MarksAsked(count=len(listed), page=turn.page, marks=rows)


# Doing ----------------------------------------------------------------------------------------------------------------------


@router.post(
    "/{number}/marks", response={200: Entered, **HELD}, summary="打分 · Give marks", operation_id="give_marks", url_name="give_marks"
)
def give_marks(request: HttpRequest, number: Number, given: MarksGiven) -> Entered:
    """打分，一个不行就一个都不存。All of them or none. 409 where somebody gave another mark since, or marks are not given by now."""
    user = writer(request)
    one = _staff(user, number)
    known = {(each.agent_id, each.metric) for each in _asked(user, one)}
    wrong = [each for each in given.marks if (each.agent_id, each.metric) not in known]
    if wrong:
        texts = [_("没有这个分要打：%(what)s") % {"what": f"{each.agent_id} {each.metric}".strip()} for each in wrong[:20]]
        raise refusing("unknown_mark", texts, 422)
    scores = {(each.agent_id, each.metric): (each.score, each.note.strip()) for each in given.marks}
    if len(scores) < len(given.marks):
        raise Refused(("mark_twice", _("同一个分写了两次。")), status=422)
    was = {(each.agent_id, each.metric): "" if each.was is None else f"{each.was.normalize():f}" for each in given.marks}
    return Entered(changed=_done(lambda: marks.enter(by=user, cycle=one, given=scores, was=was)))


@router.post(
    "/{number}/steps/{verb}", response={200: CycleWhole, **HELD}, summary="做一步 · Take a step", operation_id="step", url_name="step"
)
def step(request: HttpRequest, number: Number, verb: str, asked: StepAsked) -> CycleWhole:
    """做一步：announce、start、finish、compute、review、rescore、confirm、reopen、close、call_off。回答是之后的考核。

    One step of the whole cycle; the answer is the cycle after it. 409 with the reason where it can not be done by now, or the cycle was changed since.
    """
    user = writer(request)
    one, _is_own = _found(user, number)
    if verb not in actions.STEPS:
        raise Http404
    policies.check_may(user, verb, one)
    more: dict[str, Any] = {}
    for name in {"review": ("until",), "call_off": ("why",)}.get(verb, ()):
        more[name] = getattr(asked, name)
        if not more[name]:
            raise Refused(("invalid", _("这一步要写 %(name)s。") % {"name": name}), status=422)
    _done(lambda: actions.STEPS[verb](by=user, cycle=one, revision=asked.revision, **more))
    return _whole(user, *_found(user, number))


def _done(act: Any) -> Any:
    """What an action gives; what it refuses as an answer."""
    try:
        return act()
    except Conflict as conflict:
        raise Refused(("conflict", str(conflict)), status=409) from None
    except ValidationError as error:
        raise refusing("invalid", error.messages, 422) from None
    except Failure as failed:
        raise Refused(*told(failed), status=422) from None


# What is seen ---------------------------------------------------------------------------------------------------------------


def _found(user: User, number: int) -> tuple[Cycle, bool]:
    """A cycle, and whether only one's own part of it is seen. Raises Http404 for a stranger."""
    seen = queries.visible_cycle(user, number)
    mine = queries.own_cycles(user).filter(pk=number).first() if seen is None else None
    found = seen or mine
    if found is None:
        raise Http404
    return found, seen is None


def _staff(user: User, number: int) -> Cycle:
    """A cycle somebody may give marks in."""
    found, _is_own = _found(user, number)
    policies.check_may_score(user, found)
    return found


def _judging(user: User, number: int) -> tuple[Cycle, bool]:
    """A cycle whose results somebody sees, or his own in it. Raises NotAllowed where he sees the cycle and none of these."""
    found, is_own = _found(user, number)
    if not is_own and not allowed(policies.check_may_see_results, user, found):
        is_own = queries.own_cycles(user).filter(pk=number).exists()
        if not is_own:
            policies.check_may_see_results(user, found)
    return found, is_own


def _results(cycle: Cycle, *, is_own: bool) -> list[Result]:
    """The results that are shown: all to who sees results, to an agent those he was shown, or how he stands."""
    standing = cycle.standing() if cycle.state in (State.RUNNING, State.SCORING) else None
    if is_own:
        by_now = own.result_of(cycle)
        older = cycle.shown() if cycle.state in states.RESULT_SHOWN else Result.objects.none()
        return list(older) if by_now is None or by_now.kind == Kind.RESULT else [by_now]
    return [*([standing] if standing is not None else []), *cycle.results.filter(kind=Kind.RESULT).order_by("-number")]


def _asked(user: User, cycle: Cycle) -> list[marks.Asked]:
    """The marks somebody may give in a cycle."""
    mine = policies.held(user, Right.SCORE, cycle)
    people = [one for one in cycle.participants.all() if policies.holds_group(mine, one.group)]
    return marks.asked(cycle, people, team=allowed(policies.check_may_score_team, user, cycle))


# As it is said --------------------------------------------------------------------------------------------------------------


def _plain(cycle: Cycle, is_own: bool) -> dict[str, Any]:
    version: SchemeVersion = cycle.scheme
    scheme = SchemeOfCycle(name=version.name, version=version.number, title=version.title, fingerprint=version.fingerprint)
    names = ("title", "first", "last", "state", "revision", "ranks", "appeals_until", "closed_at", "shops", "groups", "work")
    return {
        "id": cycle.pk,
        "scheme": scheme,
        "state_text": cycle.get_state_display(),
        "own": is_own,
        **{name: getattr(cycle, name) for name in names},
    }


def _whole(user: User, cycle: Cycle, is_own: bool) -> CycleWhole:
    why = cycle.work_why.get(lang(), []) if not is_own and isinstance(cycle.work_why, dict) else []
    steps = [
        StepNow(verb=one.verb, label=str(one.label), why_not=states.why_not(one.verb, cycle))
        for one in states.STEPS
        if cycle.state in one.sources and one.verb in actions.STEPS and allowed(policies.check_may, user, one.verb, cycle)
    ]
    return CycleWhole(**_plain(cycle, is_own), steps=steps, work_why=why)


def _result(one: Result) -> CycleResult:
    names = ("kind", "number", "fingerprint", "import_number", "last", "made_at", "is_shown", "full")
    return CycleResult(id=one.pk, name=one.run, **{name: getattr(one, name) for name in names})


def _statement(one: Judged, *, pay: bool, place: bool) -> CycleStatement:
    seen = shown(one, pay=pay, place=place)
    lines = [PayLine(**{**line, "yuan": Decimal(line["yuan"].replace(",", ""))}) for line in seen["pay_lines"]]
    return CycleStatement(
        id=one.pk,
        agent_id=one.agent_id,
        name=one.name,
        group=one.group,
        first=one.first,
        last=one.last,
        place=seen["place"],
        unplaced=seen["unplaced"],
        points=one.points,
        grade=seen["grade"],
        items=[Item(**{name: item[name] for name in Item.model_fields}) for item in seen["items"]],
        words=[*seen["words"], *seen["pay_words"]],
        pay=one.pay if pay else None,
        pay_lines=lines if pay else None,
    )


def _appeal(one: Appeal) -> AppealShown:
    names = ("agent_id", "name", "group", "at", "about", "item", "item_title", "subject", "reason", "evidence", "state")
    decided = ("decided_at", "decision")
    by = None if one.decided_by is None else one.decided_by.get_full_name()
    return AppealShown(id=one.pk, decided_by=by, **{name: getattr(one, name) for name in (*names, *decided)})
