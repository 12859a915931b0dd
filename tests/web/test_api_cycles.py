"""Cycles by the API: who sees what of them, the steps, marks; nothing a key does is more than its owner may on the pages."""

import re
import shutil
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from appraisals_data import SCHEME, begun, do, fresh, in_review, month, published, scoring, staff, until, worked
from django.test import Client
from django.utils import timezone

from kaohe_web.api.actions import make_token
from kaohe_web.api.policies import OFFERED, grantable
from kaohe_web.api.service import api
from kaohe_web.appraisals import appeals
from kaohe_web.appraisals.models import Cycle
from kaohe_web.audit.models import Event
from kaohe_web.audit.records import verify

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "api.md"
MARKS = {"lin": 80, "mo": 90, "kai": 70}
ROLES = ("admin", "owner", "supervisor", "other_supervisor", "qa", "finance", "agent", "reader")


@pytest.fixture(scope="module")
def october(tmp_path_factory):
    return month(tmp_path_factory.mktemp("october") / "workspace").root


@pytest.fixture
def place(settings, october, tmp_path, cast):
    settings.WORKSPACE = tmp_path / "workspace"
    shutil.copytree(october, settings.WORKSPACE)
    return {**cast, **staff()}


@pytest.fixture
def scheme(place):
    return published(place["admin"])


@pytest.fixture
def review(place, scheme):
    return in_review(place["admin"], scheme, place["qa"], MARKS)


@pytest.fixture
def call(place):
    """One call with a key of somebody, of all the rights he can give it unless some are said."""

    def called(role, method, path, body=None, rights=None, writes=True, **limits):
        given = grantable(place[role]) if rights is None else rights
        key = make_token(by=place[role], name="工资系统", rights=given, days=3, writes=writes, **limits)[1]
        sent = {"data": body, "content_type": "application/json"} if body is not None else {}
        return getattr(Client(enforce_csrf_checks=True), method)(
            f"/api/v1/cycles{path}", headers={"Authorization": f"Bearer {key}"}, **sent
        )

    return called


def codes(answer):
    return [one["code"] for one in answer.json()["problems"]]


CALLS = {
    "list": ("get", "", None),
    "one": ("get", "/{cycle}", None),
    "people": ("get", "/{cycle}/participants", None),
    "results": ("get", "/{cycle}/results", None),
    "statements": ("get", "/{cycle}/results/{result}/statements", None),
    "appeals": ("get", "/{cycle}/appeals", None),
    "marks": ("get", "/{cycle}/marks", None),
    "give": ("post", "/{cycle}/marks", {"marks": [{"agent_id": "lin", "metric": "qa_score", "score": 95, "was": 80}]}),
    "step": ("post", "/{cycle}/steps/rescore", {"revision": 0}),
}
# A cycle of everybody in review: marks and this revision are over, so who has the right is told 409.
MET = {
    "admin": dict.fromkeys(CALLS, 200) | {"give": 409, "step": 409},
    "owner": dict.fromkeys(CALLS, 404) | {"list": 200},
    "supervisor": dict.fromkeys(CALLS, 200) | {"give": 409, "step": 403},
    "other_supervisor": dict.fromkeys(CALLS, 200) | {"give": 422, "step": 403},
    "qa": dict.fromkeys(CALLS, 200) | {"give": 409, "step": 403},
    "finance": dict.fromkeys(CALLS, 200) | {"marks": 403, "give": 403, "step": 403},
    "agent": dict.fromkeys(CALLS, 200) | {"marks": 403, "give": 403, "step": 403},
    "reader": dict.fromkeys(CALLS, 404) | {"list": 403},
}


def test_every_role_meets_what_the_table_says(call, review):
    met = {}
    for role in ROLES:
        met[role] = {}
        for name, (method, path, body) in CALLS.items():
            address = path.format(cycle=review.pk, result=review.newest().pk)
            met[role][name] = call(role, method, address, body).status_code
    assert met == MET


def test_a_draft_is_for_who_runs_it(call, place, scheme):
    cycle = begun(place["admin"], scheme)
    met = {role: call(role, "get", f"/{cycle.pk}").status_code for role in ROLES}
    assert met == dict.fromkeys(ROLES, 404) | {"admin": 200}
    assert call("admin", "get", "/999").status_code == 404


def test_without_a_key_or_with_a_session_alone_nothing_is_done(client, place, scheme):
    cycle = begun(place["admin"], scheme)
    client.force_login(place["admin"], "django.contrib.auth.backends.ModelBackend")
    sent = {"data": {"revision": cycle.revision}, "content_type": "application/json"}
    refused = client.post(f"/api/v1/cycles/{cycle.pk}/steps/announce", **sent)
    assert (refused.status_code, codes(refused)) == (401, ["no_token"])
    assert client.get(f"/api/v1/cycles/{cycle.pk}").status_code == 401
    assert fresh(cycle).state == "draft"


def test_a_key_that_only_reads_changes_nothing(call, place, scheme):
    cycle = begun(place["admin"], scheme)
    refused = call("admin", "post", f"/{cycle.pk}/steps/announce", {"revision": cycle.revision}, writes=False)
    assert (refused.status_code, fresh(cycle).state) == (403, "draft")
    marks = {"marks": [{"agent_id": "lin", "metric": "qa_score", "score": 95}]}
    assert call("admin", "post", f"/{cycle.pk}/marks", marks, writes=False).status_code == 403
    assert call("admin", "get", f"/{cycle.pk}", writes=False).status_code == 200


def test_a_key_does_no_more_than_its_rights_whatever_its_owner_may(call, review):
    step = f"/{review.pk}/steps/rescore"
    assert call("admin", "post", step, {"revision": review.revision}, rights=["see_results", "score"]).status_code == 403
    assert call("admin", "get", f"/{review.pk}", rights=["see_figures"]).status_code == 404
    assert call("admin", "get", "", rights=["see_figures"]).status_code == 403
    whole = call("admin", "get", f"/{review.pk}", rights=["see_results"]).json()
    assert whole["steps"] == []
    assert call("admin", "get", f"/{review.pk}/results", rights=["run_cycles"]).status_code == 403


def test_a_key_for_some_groups_or_shops_sees_these_alone(call, review):
    statements = f"/{review.pk}/results/{review.newest().pk}/statements"
    seen = call("admin", "get", statements, rights=["see_results", "see_pay"], groups=["二组"]).json()
    assert [(one["agent_id"], one["pay"]) for one in seen["statements"]] == [("kai", "3880.00")]
    assert call("admin", "get", statements, rights=["see_results"], shops=["s1"]).status_code == 404
    step = f"/{review.pk}/steps/rescore"
    assert call("admin", "post", step, {"revision": review.revision}, rights=["run_cycles"], groups=["一组"]).status_code == 403
    assert fresh(review).state == "review"
    people = call("admin", "get", f"/{review.pk}/participants", rights=["see_results"], groups=["二组"]).json()
    assert [one["agent_id"] for one in people["people"]] == ["kai"]
    # What is one's own is not told apart by shops.
    assert call("agent", "get", f"/{review.pk}", groups=["一组"]).status_code == 404


def test_a_cycle_says_where_it_stands_and_what_can_be_done_next(call, review):
    found = call("admin", "get", f"/{review.pk}").json()
    assert (found["state"], found["first"], found["last"], found["own"]) == ("review", "2026-10-01", "2026-10-31", False)
    assert found["scheme"] == {"name": "月考", "version": 1, "title": "月考", "fingerprint": review.scheme.fingerprint}
    verbs = {one["verb"]: one["why_not"] for one in found["steps"]}
    assert set(verbs) == {"rescore", "confirm", "call_off", "compute"}
    assert verbs["rescore"] is None
    assert str(review.appeals_until) in verbs["confirm"]
    (listed,) = call("admin", "get", "").json()
    assert listed == {name: value for name, value in found.items() if name not in ("steps", "work_why")}
    assert call("admin", "get", "?state=draft").json() == []


def test_pay_is_shown_where_the_right_to_it_holds(call, review):
    address = f"/{review.pk}/results/{review.newest().pk}/statements"
    seen = {role: call(role, "get", address).json()["statements"] for role in ("finance", "qa", "supervisor", "other_supervisor")}
    pay = {role: {one["agent_id"]: one["pay"] for one in rows} for role, rows in seen.items()}
    assert pay == {
        "finance": {"mo": "3960.00", "kai": "3880.00", "lin": "3680.00"},
        "qa": {"mo": None, "kai": None, "lin": None},
        "supervisor": {"mo": "3960.00", "lin": "3680.00"},
        "other_supervisor": {"kai": "3880.00"},
    }
    lines = {one["agent_id"]: one["pay_lines"] for one in seen["finance"]}
    assert [(line["key"], line["yuan"]) for line in lines["lin"]] == [("base", "3000.00"), ("points", "680.00")]
    assert {one["pay_lines"] is None for one in seen["qa"]} == {True}
    assert "680" not in str(seen["qa"])
    no_pay = call("finance", "get", address, rights=["see_results"]).json()["statements"]
    assert [one["pay"] for one in no_pay] == [None] * 3


@pytest.mark.parametrize(("ranks", "seen"), [("names", 3), ("place", 3), ("nothing", None)])
def test_an_agent_sees_himself_and_his_place_as_the_cycle_shows_it(call, review, ranks, seen):
    Cycle.objects.update(ranks=ranks)
    (listed,) = call("agent", "get", "").json()
    assert (listed["id"], listed["own"]) == (review.pk, True)
    (result,) = call("agent", "get", f"/{review.pk}/results").json()
    found = call("agent", "get", f"/{review.pk}/results/{result['id']}/statements")
    (mine,) = found.json()["statements"]
    assert (mine["agent_id"], mine["pay"], mine["place"]) == ("lin", "3680.00", seen)
    assert [one["agent_id"] for one in call("agent", "get", f"/{review.pk}/participants").json()["people"]] == ["lin"]
    for hidden in ("莫", "凯", '"mo"', '"kai"'):
        assert hidden not in found.content.decode()
    assert call("agent", "get", f"/{review.pk}").json()["steps"] == []


def test_an_agent_gets_no_result_that_he_was_not_shown(call, place, scheme):
    cycle = scoring(place["admin"], scheme)
    from kaohe_web.appraisals.marks import enter

    enter(by=place["qa"], cycle=cycle, given={(one, "qa_score"): (Decimal(mark), "") for one, mark in MARKS.items()}, was={})
    cycle = do("compute", place["admin"], worked(cycle))
    newest = cycle.newest()
    assert [one["kind"] for one in call("agent", "get", f"/{cycle.pk}/results").json()] == ["standing"]
    assert call("agent", "get", f"/{cycle.pk}/results/{newest.pk}/statements").status_code == 404
    assert call("supervisor", "get", f"/{cycle.pk}/results/{newest.pk}/statements").status_code == 200
    assert [one["kind"] for one in call("finance", "get", f"/{cycle.pk}/results").json()] == ["standing", "result"]


def test_a_statement_is_of_its_own_cycle_alone(call, place, scheme, review):
    other = begun(place["admin"], scheme)
    assert call("admin", "get", f"/{other.pk}/results/{review.newest().pk}/statements").status_code == 404


def test_appeals_are_seen_by_who_sees_the_results_and_by_who_filed_them(call, place, review):
    given = {"about": "item", "item": "qa_score", "subject": "", "evidence": ""}
    appeals.file(by=place["agent"], cycle=review, reason="林的理由", **given)
    appeals.file(by=place["mo"], cycle=review, reason="莫的理由", **given)
    seen = {role: [one["reason"] for one in call(role, "get", f"/{review.pk}/appeals").json()] for role in ("supervisor", "agent")}
    assert seen == {"supervisor": ["莫的理由", "林的理由"], "agent": ["林的理由"]}
    assert call("other_supervisor", "get", f"/{review.pk}/appeals").json() == []


def test_people_are_turned_a_page_at_a_time(call, review):
    pages = [call("admin", "get", f"/{review.pk}/participants?per_page=2&page={page}").json() for page in (1, 2, 3)]
    assert [[one["agent_id"] for one in page["people"]] for page in pages] == [["lin", "mo"], ["kai"], []]
    assert {page["count"] for page in pages} == {3}


# Steps ----------------------------------------------------------------------------------------------------------------------


def test_a_cycle_is_taken_to_its_end_by_calls(call, place, scheme):
    cycle = begun(place["admin"], scheme)

    def take(role, verb, **more):
        answer = call(role, "post", f"/{cycle.pk}/steps/{verb}", {"revision": fresh(cycle).revision, **more})
        worked(cycle)
        return answer.status_code, answer.json().get("state")

    assert [take("admin", verb) for verb in ("announce", "start", "finish")] == [(200, "announced"), (200, "running"), (200, "scoring")]
    asked = call("qa", "get", f"/{cycle.pk}/marks?missing=true").json()
    assert [(one["agent_id"], one["metric"], one["score"]) for one in asked["marks"]] == [
        ("lin", "qa_score", None),
        ("mo", "qa_score", None),
        ("kai", "qa_score", None),
    ]
    given = [{"agent_id": one, "metric": "qa_score", "score": mark, "note": "抽查"} for one, mark in MARKS.items()]
    assert call("qa", "post", f"/{cycle.pk}/marks", {"marks": given}).json() == {"changed": 3}
    worked(cycle)
    assert call("qa", "get", f"/{cycle.pk}/marks?missing=true").json()["count"] == 0
    assert take("admin", "compute") == (200, "scoring")
    assert take("admin", "review", until=str(until())) == (200, "review")
    Cycle.objects.update(appeals_until=timezone.localdate() - timedelta(1))
    assert take("finance", "confirm") == (200, "confirmed")
    assert take("finance", "close") == (200, "closed")
    assert call("finance", "get", f"/{cycle.pk}").json()["closed_at"]
    acts = [event for event in Event.objects.order_by("number") if event.action.startswith("cycle.") and event.action != "cycle.begun"]
    assert [event.action for event in acts] == [
        "cycle.announced",
        "cycle.started",
        "cycle.finished",
        "cycle.scored",
        "cycle.computing",
        "cycle.in_review",
        "cycle.confirmed",
        "cycle.closed",
    ]
    # Each says by which key.
    assert {event.after["token"].startswith("工资系统 (kaohe_") for event in acts} == {True}
    assert verify().wrong is None
    # A closed cycle stays as it is.
    refused = call("admin", "post", f"/{cycle.pk}/steps/rescore", {"revision": fresh(cycle).revision})
    assert (refused.status_code, codes(refused)) == (409, ["conflict"])
    marks = {"marks": [{**given[0], "score": 1, "was": 80}]}
    assert call("qa", "post", f"/{cycle.pk}/marks", marks).status_code == 409


def test_of_two_calls_that_saw_the_same_one_is_told(call, place, scheme):
    cycle = begun(place["admin"], scheme)
    path, body = f"/{cycle.pk}/steps/announce", {"revision": cycle.revision}
    assert [call("admin", "post", path, body).status_code for _ in range(2)] == [200, 409]
    later = call("admin", "post", f"/{cycle.pk}/steps/start", body)
    assert (later.status_code, later.json()["problems"][0]["text"]) == (409, "打开这一页之后有了变化。请看一眼现在的，再做一次。")
    assert fresh(cycle).state == "announced"


def test_a_step_that_can_not_be_taken_says_why(call, review):
    early = call("finance", "post", f"/{review.pk}/steps/confirm", {"revision": review.revision})
    assert (early.status_code, str(review.appeals_until) in early.json()["problems"][0]["text"]) == (409, True)
    body = {"revision": review.revision}
    assert call("admin", "post", f"/{review.pk}/steps/fly", body).status_code == 404
    assert call("admin", "post", f"/{review.pk}/steps/acknowledge", body).status_code == 404
    assert call("admin", "post", f"/{review.pk}/steps/call_off", body).status_code == 422
    assert call("admin", "post", f"/{review.pk}/steps/rescore", {}).status_code == 422
    assert call("admin", "post", f"/{review.pk}/steps/rescore", "no json").status_code in (400, 422)
    assert fresh(review).state == "review"


def test_a_review_needs_a_day_that_is_not_over(call, place, scheme):
    cycle = scoring(place["admin"], scheme)
    path = f"/{cycle.pk}/steps/review"
    assert call("admin", "post", path, {"revision": cycle.revision}).status_code == 422
    assert call("admin", "post", path, {"revision": cycle.revision, "until": "2020-01-01"}).status_code == 422
    # Nothing was computed yet.
    assert call("admin", "post", path, {"revision": cycle.revision, "until": str(until())}).status_code == 409


def test_a_supervisor_moves_the_cycles_of_his_groups(call, place):
    mine = published(place["admin"], SCHEME.replace("月考", "一组的") + "applies_to: {groups: [一组]}\n")
    cycle = begun(place["supervisor"], mine)
    body = {"revision": cycle.revision}
    assert call("other_supervisor", "post", f"/{cycle.pk}/steps/announce", body).status_code == 404
    assert call("supervisor", "post", f"/{cycle.pk}/steps/announce", body).json()["state"] == "announced"


# Marks ----------------------------------------------------------------------------------------------------------------------


def test_marks_are_given_within_ones_groups_all_or_none(call, place, scheme):
    cycle = scoring(place["admin"], scheme)
    one = {"metric": "qa_score", "score": "88.5"}
    mixed = {"marks": [{**one, "agent_id": "lin"}, {**one, "agent_id": "kai"}]}
    refused = call("supervisor", "post", f"/{cycle.pk}/marks", mixed)
    assert (refused.status_code, codes(refused)) == (422, ["unknown_mark"])
    assert call("supervisor", "post", f"/{cycle.pk}/marks", {"marks": [{**one, "agent_id": "lin"}] * 2}).status_code == 422
    assert call("supervisor", "post", f"/{cycle.pk}/marks", {"marks": []}).status_code == 422
    assert not fresh(cycle).scores.exists()
    assert call("supervisor", "post", f"/{cycle.pk}/marks", {"marks": mixed["marks"][:1]}).json() == {"changed": 1}
    (seen,) = [row for row in call("supervisor", "get", f"/{cycle.pk}/marks").json()["marks"] if row["agent_id"] == "lin"]
    assert (seen["score"], seen["found"], seen["missing"]) == ("88.5", 88.5, False)


def test_who_did_not_see_anothers_mark_is_told(call, place, scheme):
    cycle = scoring(place["admin"], scheme)
    given = {"agent_id": "lin", "metric": "qa_score", "score": 80}
    assert call("qa", "post", f"/{cycle.pk}/marks", {"marks": [given]}).status_code == 200
    late = call("supervisor", "post", f"/{cycle.pk}/marks", {"marks": [{**given, "score": 70}]})
    assert (late.status_code, codes(late)) == (409, ["conflict"])
    seen = call("supervisor", "post", f"/{cycle.pk}/marks", {"marks": [{**given, "score": 70, "was": "80.0"}]})
    assert seen.json() == {"changed": 1}
    assert fresh(cycle).scores.get().score == 70


@pytest.mark.parametrize("score", ["1e9", "NaN", "Infinity", "0.1234567", "a", None])
def test_a_mark_is_a_number_of_a_size(call, place, scheme, score):
    cycle = scoring(place["admin"], scheme)
    given = {"agent_id": "lin", "metric": "qa_score", "score": score}
    assert call("qa", "post", f"/{cycle.pk}/marks", {"marks": [given]}).status_code == 422


def test_answers_speak_the_language_that_is_asked_for(place, review):
    key = make_token(by=place["admin"], name="x", rights=["see_results"], days=3)[1]
    path = f"/api/v1/cycles/{review.pk}/results/{review.newest().pk}/statements"
    found = [
        Client().get(path, headers={"Authorization": f"Bearer {key}", "Accept-Language": lang}).json()["statements"][0]["items"][0]["title"]
        for lang in ("zh-hans", "en")
    ]
    assert found[0] != found[1]


# The page of the documentation -----------------------------------------------------------------------------------------------


def test_the_example_of_the_documentation_does_what_it_says(place, scheme, monkeypatch, capsys):
    cycle = worked(scoring(place["admin"], scheme))
    key = make_token(by=place["admin"], name="质检", rights=["score", "see_results", "see_pay"], days=3, writes=True)[1]

    def answered(request):
        path = request.full_url.removeprefix("https://kaohe.example.com")
        headers = {"Authorization": request.get_header("Authorization")}
        send = Client().get if request.data is None else partial(Client().post, data=request.data, content_type="application/json")
        answer = send(path, headers=headers)
        assert answer.status_code == 200, answer.content
        return BytesIO(answer.content)

    monkeypatch.setattr("urllib.request.urlopen", answered)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    exec(example.replace("kaohe_…", key), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first == "{'changed': 3}"
    assert second.startswith("standing [(")
    assert sorted(cycle.scores.values_list("agent_id", "score")) == [("kai", 70), ("lin", 80), ("mo", 90)]


def test_the_documentation_names_every_call_and_no_other():
    written = set(re.findall(r"^\| `(/api/v1/[^`]+)`", PAGE.read_text("utf-8"), re.MULTILINE))
    assert written == {*api.get_openapi_schema(path_prefix="/api/v1/")["paths"], "/api/v1/openapi.json"}
    rights = re.findall(r"^\| `([a-z_]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rights == [right.value for right in OFFERED]
