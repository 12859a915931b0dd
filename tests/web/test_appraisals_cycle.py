"""A cycle from its announcement to the month's ledger, with an appeal on the way."""

import json
import shutil
from datetime import timedelta
from decimal import Decimal

import pytest
from appraisals_data import LAST, begun, do, fresh, in_review, month, published, scoring, staff, until, worked
from django.utils import timezone

from kaohe_web.appraisals import actions, appeals, marks, states
from kaohe_web.appraisals.models import Appeal, Cycle, Judged, Verdict
from kaohe_web.appraisals.states import Conflict, State
from kaohe_web.audit.models import Event
from kaohe_web.audit.records import verify
from kaohe_web.notices.models import Notice
from kaohe_web.org.policies import NotAllowed
from kaohe_web.site import workspace

pytestmark = pytest.mark.django_db
MARKS = {"lin": 80, "mo": 90, "kai": 70}


@pytest.fixture(scope="session")
def october(tmp_path_factory):
    return month(tmp_path_factory.mktemp("october") / "workspace").root


@pytest.fixture
def place(settings, october, tmp_path, cast):
    """The site over that month, and everybody who works there."""
    settings.WORKSPACE = tmp_path / "workspace"
    shutil.copytree(october, settings.WORKSPACE)
    return {**cast, **staff()}


@pytest.fixture
def scheme(place):
    return published(place["admin"])


@pytest.fixture
def review(place, scheme):
    return in_review(place["admin"], scheme, place["qa"], MARKS)


def appeal_of(who, cycle, **more):
    given = {"about": "item", "item": "reply_rate_30s", "subject": "", "reason": "有两次是系统卡了", "evidence": "10 月 12 日"}
    return appeals.file(by=who, cycle=cycle, **{**given, **more})


def browser(client, user):
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_from_announcement_to_the_ledger_on_the_pages(client, place, scheme):
    boss = browser(client, place["admin"])
    typed = {"title": "十月考核", "scheme": scheme.pk, "month": "2026-10", "ranks": "place"}
    assert boss.post("/appraisals/new/", typed).status_code == 302
    cycle = Cycle.objects.get()
    page = f"/appraisals/{cycle.pk}/"

    def step(verb, who="admin", expected=302, **more):
        now = fresh(cycle)
        answer = browser(client, place[who]).post(f"{page}step/{verb}/", {"revision": now.revision, **more})
        assert answer.status_code == expected, answer.content.decode()
        return worked(cycle)

    assert step("announce").state == State.ANNOUNCED
    assert sorted(cycle.participants.values_list("agent_id", flat=True)) == ["kai", "lin", "mo"]
    assert Notice.objects.filter(event="cycle_announced", people=place["agent"]).count() == 1
    # Lin reads it; the others are on the list of who has not.
    lin = browser(client, place["agent"])
    assert "我已阅读" in lin.get(f"/appraisals/mine/{cycle.pk}/").content.decode()
    assert lin.post(f"/appraisals/mine/{cycle.pk}/read/").status_code == 302
    assert cycle.participants.get(agent_id="lin").read_at is not None
    text = browser(client, place["admin"]).get(page).content.decode()
    assert "莫（一组）" in text
    assert "林（一组）" not in text
    assert step("start").state == State.RUNNING
    text = browser(client, place["agent"]).get(f"/appraisals/mine/{cycle.pk}/").content.decode()
    assert "还会变" in text
    assert "再多 2（现在 7 ÷ 10），就到 90 %，这一项得 100 分" in text
    assert step("finish").state == State.SCORING
    assert "还缺 3 个分" in browser(client, place["admin"]).get(page).content.decode()
    # Chen leads 一组 and scores lin and mo; kai is not his.
    sent = {"score|qa_score|lin": "80", "score|qa_score|mo": "90"}
    assert browser(client, place["supervisor"]).post(f"{page}marks/", sent).status_code == 302
    assert browser(client, place["qa"]).post(f"{page}marks/", {"score|qa_score|kai": "70"}).status_code == 302
    rows = workspace().table("scores").sort("agent_id").select("agent_id", "metric", "score", "scored_on").rows()
    assert rows == [("kai", "qa_score", 70.0, LAST), ("lin", "qa_score", 80.0, LAST), ("mo", "qa_score", 90.0, LAST)]
    step("review", expected=409, until=until())
    step("compute")
    step("review", expected=422, until="2020-01-01")
    assert step("review", until=until()).state == State.REVIEW
    assert [run.name for run in workspace().results()] == ["月考-2026-10-0001"]
    text = browser(client, place["agent"]).get(f"/appraisals/mine/{cycle.pk}/").content.decode()
    # 60 × 60 % + 80 × 40 % = 68; 3000 + 68 × 10.
    assert "68 / 100" in text
    assert "3,680.00" in text
    # Lin appeals; the finance can not confirm before it is decided and the time is over.
    sent = {"about": "item", "item": "reply_rate_30s", "reason": "有两次是系统卡了", "evidence": "", "subject": ""}
    assert browser(client, place["agent"]).post(f"/appraisals/mine/{cycle.pk}/appeal/", sent).status_code == 302
    appeal = Appeal.objects.get()
    step("confirm", "finance", 409)
    decided = {
        "verdict": "accepted",
        "decision": "查过，确实卡了",
        "correction": "figure:reply_rate_30s",
        "numerator": "2",
        "denominator": "0",
    }
    decided |= {"day": "2026-10-12"}
    assert browser(client, place["supervisor"]).post(f"/appraisals/appeal/{appeal.pk}/", decided).status_code == 302
    worked(cycle)
    assert [run.name for run in workspace().results()] == ["月考-2026-10-0001", "月考-2026-10-0002"]
    text = browser(client, place["agent"]).get(f"/appraisals/mine/{cycle.pk}/").content.decode()
    # 100 × 60 % + 80 × 40 % = 92; the statement before stands below it, with what changed.
    assert "92 / 100" in text
    assert "已更正 分子 +2" in text
    assert "以前的考核单" in text
    assert "<td>总分</td><td>68</td><td>92</td>" in text
    step("confirm", "finance", 409)
    Cycle.objects.update(appeals_until=timezone.localdate() - timedelta(1))
    assert step("confirm", "finance").state == State.CONFIRMED
    step("close", "supervisor", 403)
    assert step("close", "finance").state == State.CLOSED
    ledger = workspace().ledgers()[0]
    assert list(ledger.results) == ["月考-2026-10-0002"]
    assert sum(amount for key, amount in ledger.lines.items() if key[1] == "lin") == Decimal("3920.00")
    assert verify().wrong is None


@pytest.mark.parametrize(
    "days",
    [
        {"month": "2026-13"},
        {"month": "9999-12"},
        {"month": "十月"},
        {"first": "2026-10-01"},
        {"first": "2026-10-31", "last": "2026-10-01"},
        {"first": "0001-01-01", "last": "2026-10-01"},
        {},
    ],
)
def test_days_that_are_none_are_told_and_begin_nothing(client, place, scheme, days):
    answer = browser(client, place["admin"]).post("/appraisals/new/", {"title": "考核", "scheme": scheme.pk, "ranks": "place", **days})
    assert (answer.status_code, Cycle.objects.count()) == (422, 0)
    assert answer.context["form"].errors


def test_what_is_asked_when_is_one_table(place, scheme):
    cycle = begun(place["admin"], scheme)
    for verb in actions.STEPS:
        if cycle.state not in states.step(verb).sources:
            more = {"until": until()} if verb == "review" else {"why": "x"} if verb == "call_off" else {}
            with pytest.raises(Conflict):
                actions.STEPS[verb](by=place["admin"], cycle=cycle, revision=cycle.revision, **more)
    assert fresh(cycle).state == State.DRAFT


def test_every_state_has_its_exits_and_is_reached():
    reached, todo = {State.DRAFT}, [State.DRAFT]
    while todo:
        here = todo.pop()
        for one in states.STEPS:
            if one.target is not None and here in one.sources and one.target not in reached:
                reached.add(one.target)
                todo.append(one.target)
    assert reached == set(State)
    ends = {state for state in State if not any(one.target for one in states.STEPS if state in one.sources)}
    assert ends == {State.CLOSED, State.CALLED_OFF}


def test_a_period_is_scored_when_it_is_over_and_begun_when_it_is_there(place, scheme, monkeypatch):
    cycle = do("announce", place["admin"], begun(place["admin"], scheme))
    monkeypatch.setattr(states.timezone, "localdate", lambda *_: cycle.first - timedelta(1))
    with pytest.raises(Conflict, match="还没开始"):
        do("start", place["admin"], cycle)
    monkeypatch.setattr(states.timezone, "localdate", lambda *_: LAST)
    cycle = do("start", place["admin"], cycle)
    with pytest.raises(Conflict, match="还没过完"):
        do("finish", place["admin"], cycle)


def test_the_way_on_is_the_button_one_sees_first(client, place, scheme):
    boss, cycle = browser(client, place["admin"]), begun(place["admin"], scheme)
    seen = {}
    for verb in ("announce", "start", "finish", "compute", "review"):
        page = boss.get(f"/appraisals/{cycle.pk}/")
        seen[verb] = page.context["main_step"]
        assert 'aria-current="page"' in page.content.decode()
        do(verb, place["admin"], cycle, **({"until": until()} if verb == "review" else {}))
    assert seen == {verb: verb for verb in seen}
    # Nothing leads on before appeals are over: computing again is what can be done.
    assert boss.get(f"/appraisals/{cycle.pk}/").context["main_step"] == "compute"


def test_who_saw_an_older_page_is_told(client, place, scheme):
    cycle = begun(place["admin"], scheme)
    do("announce", place["admin"], cycle)
    answer = browser(client, place["head"]).post(f"/appraisals/{cycle.pk}/step/announce/", {"revision": 0})
    assert (answer.status_code, "别人刚处理过" in answer.content.decode()) == (409, True)
    answer = browser(client, place["head"]).post(f"/appraisals/{cycle.pk}/step/start/", {"revision": 0})
    assert (answer.status_code, "有了变化" in answer.content.decode()) == (409, True)
    assert fresh(cycle).state == State.ANNOUNCED


def test_a_mark_given_again_takes_the_place_of_the_first_and_who_did_not_see_it_is_told(place, scheme):
    cycle = scoring(place["admin"], scheme)
    key = ("lin", "qa_score")
    assert marks.enter(by=place["qa"], cycle=cycle, given={key: (Decimal(80), "")}, was={key: ""}) == 1
    with pytest.raises(Conflict, match="刚给林打过分"):
        marks.enter(by=place["supervisor"], cycle=cycle, given={key: (Decimal(10), "")}, was={key: ""})
    assert marks.enter(by=place["supervisor"], cycle=cycle, given={key: (Decimal(85), "重听")}, was={key: "80"}) == 1
    assert workspace().table("scores").select("agent_id", "score", "note").rows() == [("lin", 85.0, "Chen：重听")]
    assert marks.enter(by=place["supervisor"], cycle=cycle, given={key: (Decimal(85), "重听")}, was={key: "85"}) == 0


def test_marks_are_given_within_ones_groups_and_typed_as_numbers(client, place, scheme):
    cycle = scoring(place["admin"], scheme)
    with pytest.raises(NotAllowed):
        marks.enter(by=place["supervisor"], cycle=cycle, given={("kai", "qa_score"): (Decimal(80), "")}, was={})
    page = f"/appraisals/{cycle.pk}/marks/"
    text = browser(client, place["supervisor"]).get(page).content.decode()
    assert ("qa_score|lin" in text, "qa_score|kai" in text) == (True, False)
    answer = client.post(page, {"score|qa_score|lin": "八成"})
    assert (answer.status_code, "请写数字或百分比" in answer.content.decode(), "八成" in answer.content.decode()) == (422, True, True)
    # What is not his is not looked at.
    client.post(page, {"score|qa_score|kai": "1"})
    assert cycle.scores.count() == 0


def test_many_marks_are_given_a_group_or_a_page_at_a_time_and_what_is_missing_is_found(client, place, scheme, monkeypatch):
    monkeypatch.setattr("kaohe_web.appraisals.views.MARKS_PER_PAGE", 2)
    monkeypatch.setattr("kaohe_web.appraisals.views.MOST_NAMED", 2)
    boss, cycle = browser(client, place["admin"]), scoring(place["admin"], scheme)
    address = f"/appraisals/{cycle.pk}/marks/"

    def asked(query=""):
        page = boss.get(address + query).content.decode()
        return [agent for agent in ("kai", "lin", "mo") if f'name="score|qa_score|{agent}"' in page]

    assert [len(asked()), len(asked("?page=2"))] == [2, 1]
    assert asked("?group=二组") == ["kai"]
    assert "还有 1 个" in boss.get(f"/appraisals/{cycle.pk}/").content.decode()
    answer = boss.post(f"{address}?group=%E4%BA%8C%E7%BB%84", {"score|qa_score|kai": "70", "was|qa_score|kai": ""})
    assert (answer.status_code, answer.url) == (302, f"{address}?group=%E4%BA%8C%E7%BB%84")
    assert asked("?missing=1") == ["lin", "mo"]
    assert asked("?missing=1&group=二组") == []


def test_results_follow_marks_entered_after_they_were_computed(place, scheme):
    cycle = scoring(place["admin"], scheme)
    cycle = do("compute", place["admin"], cycle)
    marks.enter(by=place["qa"], cycle=cycle, given={("lin", "qa_score"): (Decimal(80), "")}, was={})
    with pytest.raises(Conflict, match="先重算"):
        do("review", place["admin"], worked(cycle), until=until())


def test_what_was_asked_before_is_not_kept(place, scheme):
    cycle = scoring(place["admin"], scheme)
    fresh_one = fresh(cycle)
    actions.compute(by=place["admin"], cycle=fresh_one, revision=fresh_one.revision)
    now = fresh(cycle)
    # Twice the same, an older one, and one after it was done: only the first counts.
    from kaohe_web.appraisals.computing import compute

    compute.func(cycle.pk, now.asked - 1)
    assert fresh(cycle).newest() is None
    compute.func(cycle.pk, now.asked)
    compute.func(cycle.pk, now.asked)
    assert [one.number for one in cycle.results.filter(kind="result")] == [1]


def test_trouble_while_computing_is_told_and_can_be_mended(client, place, scheme):
    cycle = scoring(place["admin"], scheme)
    bad = workspace().root.parent / "adjustments.csv"
    bad.write_text("agent_id,metric,day,numerator,denominator,reason\nlin,reply_rate_30s,2026-10-09,50,0,x\n", "utf-8")
    workspace().import_exports([bad])
    cycle = do("compute", place["admin"], cycle)
    assert cycle.work == "failed"
    text = browser(client, place["admin"]).get(f"/appraisals/{cycle.pk}/").content.decode()
    assert "这不可能" in text
    bad.write_text("agent_id,metric,day,numerator,denominator,reason\nlin,reply_rate_30s,2026-10-09,1,0,x\n", "utf-8")
    workspace().import_exports([bad])
    assert do("compute", place["admin"], cycle).newest().number == 1


def test_an_appeal_is_decided_by_neither_the_agent_nor_who_gave_the_mark(place, review):
    about_mark = appeal_of(place["agent"], review, item="qa_score")
    # Wu gave it, who decides no appeals; had chen given it, who does, he would be refused as well.
    review.scores.filter(agent_id="lin").update(by=place["supervisor"])
    with pytest.raises(NotAllowed, match="这个分是你打的"):
        appeals.decide(by=place["supervisor"], appeal=about_mark, accepted=False, words="不")
    with pytest.raises(NotAllowed):
        appeals.decide(by=place["qa"], appeal=about_mark, accepted=False, words="不")
    with pytest.raises(NotAllowed):
        appeals.decide(by=place["other_supervisor"], appeal=about_mark, accepted=False, words="不")
    with pytest.raises(NotAllowed):
        appeals.decide(by=place["agent"], appeal=about_mark, accepted=True, words="好")
    # Even if he is made a supervisor of his own group.
    place["agent"].grants.create(role="supervisor", groups=["一组"])
    with pytest.raises(NotAllowed, match="别人处理"):
        appeals.decide(by=place["agent"], appeal=about_mark, accepted=True, words="好")
    mark = appeals.Mark("qa_score", Decimal(88))
    appeals.decide(by=place["head"], appeal=about_mark, accepted=True, words="好", correction=mark)
    cycle = worked(review)
    assert Judged.objects.get(result=cycle.newest(), agent_id="lin").points == "71.2"
    assert Notice.objects.filter(event="appeal_decided", people=place["agent"]).count() == 1


def test_a_correction_that_can_not_be_is_refused_and_nothing_is_kept(client, place, review):
    one = appeal_of(place["agent"], review)
    sent = {"verdict": "accepted", "decision": "好", "correction": "figure:reply_rate_30s", "numerator": "4", "denominator": "0"}
    answer = browser(client, place["supervisor"]).post(f"/appraisals/appeal/{one.pk}/", sent)
    assert (answer.status_code, "这不可能" in answer.content.decode()) == (422, True)
    one.refresh_from_db()
    assert (one.state, workspace().table("adjustments").height) == (Verdict.OPEN, 0)
    answer = client.post(f"/appraisals/appeal/{one.pk}/", {**sent, "numerator": ""})
    assert answer.status_code == 422
    answer = client.post(f"/appraisals/appeal/{one.pk}/", {**sent, "numerator": "1", "day": "2026-11-01"})
    assert (answer.status_code, "不在考核期内" in answer.content.decode()) == (422, True)


def test_appeals_have_their_time_and_their_end(place, review):
    one = appeal_of(place["agent"], review)
    appeals.withdraw(by=place["agent"], appeal=one)
    with pytest.raises(Conflict, match="已撤回"):
        appeals.withdraw(by=place["agent"], appeal=one)
    with pytest.raises(Conflict, match="已撤回"):
        appeals.decide(by=place["supervisor"], appeal=one, accepted=True, words="好")
    other = appeal_of(place["mo"], review)
    with pytest.raises(NotAllowed):
        appeals.withdraw(by=place["agent"], appeal=other)
    appeals.decide(by=place["supervisor"], appeal=other, accepted=False, words="不成立")
    Cycle.objects.update(appeals_until=timezone.localdate() - timedelta(1))
    with pytest.raises(Conflict, match="申诉期已过"):
        appeal_of(place["agent"], review)


def test_an_appeal_after_closing_becomes_a_correction_of_the_open_month(place, review):
    Cycle.objects.update(appeals_until=timezone.localdate() - timedelta(1))
    cycle = do("confirm", place["finance"], review)
    cycle = do("close", place["finance"], cycle)
    with pytest.raises(Conflict, match="不能这样做"):
        do("call_off", place["admin"], cycle, why="x")
    one = appeal_of(place["agent"], cycle)
    figure = appeals.Figure("reply_rate_30s", Decimal(2), Decimal(0), LAST)
    appeals.decide(by=place["supervisor"], appeal=one, accepted=True, words="好", correction=figure)
    assert worked(cycle).newest().number == 2
    found = workspace().corrections()
    assert [(one.month, one.agent_id, one.line, one.amount) for one in found] == [("2026-10", "lin", "points", Decimal("240.00"))]


def test_a_month_is_closed_with_all_its_cycles_together(place, scheme, review):
    from appraisals_data import SCHEME

    second = published(place["admin"], SCHEME.replace("月考", "二号"))
    other = in_review(place["admin"], second, place["qa"], {}, title="另一份")
    Cycle.objects.update(appeals_until=timezone.localdate() - timedelta(1))
    do("confirm", place["finance"], review)
    with pytest.raises(Conflict, match="另一份"):
        do("close", place["finance"], review)
    do("confirm", place["finance"], other)
    do("close", place["finance"], review)
    assert {one.state for one in Cycle.objects.all()} == {State.CLOSED}
    assert sorted(workspace().ledgers()[0].results) == ["二号-2026-10-0001", "月考-2026-10-0001"]


def test_closing_goes_on_where_it_stopped_after_the_ledger_was_written(place, review, monkeypatch):
    Cycle.objects.update(appeals_until=timezone.localdate() - timedelta(1))
    cycle = do("confirm", place["finance"], review)
    workspace().close("2026-10", [cycle.newest().run])
    assert do("close", place["finance"], cycle).state == State.CLOSED
    assert len(workspace().ledgers()) == 1


def test_a_called_off_cycle_stays_so_and_a_confirmed_one_can_go_back(place, scheme, review):
    Cycle.objects.update(appeals_until=timezone.localdate() - timedelta(1))
    cycle = do("confirm", place["finance"], review)
    cycle = do("reopen", place["head"], cycle)
    assert cycle.state == State.REVIEW
    assert do("rescore", place["admin"], cycle).state == State.SCORING
    cycle = do("call_off", place["admin"], cycle, why="换方案")
    assert cycle.state == State.CALLED_OFF
    assert Event.objects.get(action="cycle.called_off").after["why"] == "换方案"


def test_every_action_leaves_its_entry(place, scheme, review):
    told = {one.action for one in Event.objects.filter(action__startswith="cycle.")}
    expected = {"begun", "announced", "started", "finished", "scored", "computing", "in_review"}
    assert told == {f"cycle.{one}" for one in expected}
    json.dumps([one.after for one in Event.objects.all()])
