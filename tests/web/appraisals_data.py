"""A month of three agents, a published scheme with a mark by hand and pay, and a cycle taken as far as somebody wants."""

from datetime import date, timedelta

from django.utils import timezone

import kaohe
from kaohe_web.appraisals import actions, computing
from kaohe_web.appraisals.models import Cycle
from kaohe_web.org.models import Grant, User
from kaohe_web.org.roles import Role
from kaohe_web.schemes.actions import publish, start

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)

SCHEME = """name: 月考
title: {zh: 月考, en: Monthly}
source: 会议决定
items:
  - metric: reply_rate_30s
    weight: 60
    scoring:
      kind: bands
      bands:
        - {below: 60%, points: 0}
        - {at_least: 60%, below: 90%, points: 60}
        - {at_least: 90%, points: 100}
  - metric: qa_score
    weight: 40
    scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}
pay:
  lines:
    - {id: base, kind: fixed, amount: 3000}
    - {id: points, kind: points, amount: 10}
"""

AGENTS = {"lin": ("林", "一组"), "mo": ("莫", "一组"), "kai": ("凯", "二组")}
QUICK = {"lin": 7, "mo": 9, "kai": 10}
"""Of ten buyers of each so many were answered within 30 s."""


def month(folder):
    """A workspace with that month."""
    exports = folder.parent / f"{folder.name}-exports"
    exports.mkdir()
    rows = ["shop_id,buyer_id,sent_at,sender,agent_id,message_id,text"]
    for agent, quick in QUICK.items():
        for at in range(10):
            buyer, day = f"{agent}{at}", 5 + at
            rows.append(f"s1,{buyer},2026-10-{day:02} 09:00:00,buyer,,{buyer}a,在吗")
            rows.append(f"s1,{buyer},2026-10-{day:02} 09:00:{10 if at < quick else 50},agent,{agent},{buyer}b,在的")
    tables = {
        "shops": "shop_id,platform,name,timezone\ns1,generic,甲店,Asia/Shanghai\n",
        "agents": "agent_id,name,group,role\n" + "".join(f"{one},{name},{group},presale\n" for one, (name, group) in AGENTS.items()),
        "accounts": "shop_id,account,agent_id\n" + "".join(f"s1,{one},{one}\n" for one in AGENTS),
        "messages": "\n".join(rows) + "\n",
    }
    for name, text in tables.items():
        (exports / f"{name}.csv").write_text(text, "utf-8")
    kaohe.create(folder)
    found = kaohe.open(folder)
    found.import_exports([exports])
    return found


def person(username, role, agent_id=None, **scope):
    """Somebody who may log in."""
    user = User.objects.create(username=username, name=username.title(), agent_id=agent_id, password="!")
    Grant.objects.create(user=user, role=role, **scope)
    return user


def staff():
    """Who works at the place besides the cast: another supervisor, another agent of lin's group, and one of another group."""
    return {
        "other_supervisor": person("wang", Role.SUPERVISOR, groups=["二组"]),
        "head": person("song", Role.OWNER),
        "mo": person("mo", Role.AGENT, agent_id="mo"),
        "kai": person("kai", Role.AGENT, agent_id="kai"),
    }


def published(by, text=SCHEME):
    """A published version of the scheme."""
    name = next(line.removeprefix("name: ") for line in text.splitlines() if line.startswith("name: "))
    draft = start(by=by, name=name, text=text)
    return publish(by=by, version=draft, revision=draft.revision)


def fresh(cycle):
    return Cycle.objects.select_related("scheme").get(pk=cycle.pk)


def worked(cycle):
    """What the worker does: compute what was asked for last."""
    cycle = fresh(cycle)
    if cycle.is_working:
        computing.compute.func(cycle.pk, cycle.asked)
    return fresh(cycle)


def do(verb, by, cycle, **more):
    """One step, on what is there now, and the work that follows from it."""
    cycle = fresh(cycle)
    actions.STEPS[verb](by=by, cycle=cycle, revision=cycle.revision, **more)
    return worked(cycle)


def until(days=7):
    return timezone.localdate() + timedelta(days)


def begun(by, scheme, **more):
    given = {"title": "十月考核", "scheme": scheme, "first": FIRST, "last": LAST, **more}
    return actions.begin(by=by, **given)


def scoring(by, scheme, **more):
    """A cycle whose marks are to be given."""
    cycle = begun(by, scheme, **more)
    for verb in ("announce", "start", "finish"):
        cycle = do(verb, by, cycle)
    return cycle


def in_review(by, scheme, scorer, marks, **more):
    """A cycle whose results are shown; `marks` are qa scores by agent."""
    from decimal import Decimal

    from kaohe_web.appraisals.marks import enter

    cycle = scoring(by, scheme, **more)
    enter(by=scorer, cycle=cycle, given={(one, "qa_score"): (Decimal(mark), "") for one, mark in marks.items()}, was={})
    cycle = do("compute", by, worked(cycle))
    return do("review", by, cycle, until=until())


def reviewed(version, cast):
    """Rows as they are while results are shown, made by hand: lin and mo are judged, lin appeals. Their keys, by what they are."""
    days = {"scheme": version, "first": FIRST, "last": LAST, "made_by": cast["admin"]}
    cycle = Cycle.objects.create(title="十月考核", state="review", appeals_until=until(), **days)
    other = Cycle.objects.create(title="没有林", state="announced", **days)
    result = cycle.results.create(kind="result", number=1, run="x-2026-10-0001", last=LAST, is_shown=True, ranked=2, full="100")
    item = {
        "key": "reply_rate_30s",
        "title": "30秒应答率",
        "figure": "7 ÷ 10 = 70 %",
        "landed": "",
        "weight": "60",
        "points": "36",
        "remark": "",
    }
    words = {"grade": "", "unplaced": "", "items": [{**item, "next": ""}], "asked": [], "words": ["总分 36"], "pay": [], "pay_words": []}
    keys = {}
    for place, agent in enumerate(("lin", "mo"), start=1):
        name, group = AGENTS[agent][0], "一组" if agent == "lin" else "二组"
        who = {"agent_id": agent, "name": name, "group": group}
        for one in [cycle, other] if agent == "mo" else [cycle]:
            one.participants.create(**who)
        told = {"zh": words, "en": words}
        keys[agent] = result.statements.create(at=place, place=place, points="36", pay="3360.00", told=told, **who).pk
    who = {"agent_id": "lin", "name": "林", "group": "一组", "by": cast["agent"]}
    appeal = cycle.appeals.create(result=result, about="item", item="reply_rate_30s", item_title="30秒应答率", reason="x", **who)
    return {
        "cycle": cycle.pk,
        "others_cycle": other.pk,
        "draft_cycle": Cycle.objects.create(title="草稿", **days).pk,
        "cycle_result": result.pk,
        "lins_statement": keys["lin"],
        "mos_statement": keys["mo"],
        "appeal": appeal.pk,
    }
