"""The API: tokens with scope and expiry, and the same permissions as the pages."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from kaohe_web.api.actions import make_token, revoke_token
from kaohe_web.api.models import Token
from kaohe_web.audit.models import Event

pytestmark = pytest.mark.django_db
SPAN = "first=2026-11-02&last=2026-11-03"


@pytest.fixture
def key(cast):
    """A key of somebody of the cast."""

    def made(role, *rights, **limits):
        return make_token(by=cast[role], name="表格", rights=rights, days=30, **limits)[1]

    return made


@pytest.fixture
def get(client):
    def called(key, path):
        return client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})

    return called


def seen(answer, *columns):
    return {tuple(row[name] for name in columns) for row in answer.json()["rows"]}


def test_without_a_key_nothing_is_answered(client, cast):
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    paths = ("me", "metrics", "figures", "imports", "results", "cycles")
    assert [client.get(f"/api/v1/{path}").status_code for path in paths] == [401] * 6


def test_a_key_is_shown_once_and_never_stored(as_):
    page = as_("owner").post("/api/", {"name": "表格", "rights": ["see_figures"], "days": 30}).content.decode()
    token = Token.objects.get()
    key = page.split("<code>")[1].split("</code>")[0]
    assert key.startswith(token.start)
    assert key not in json.dumps(list(Token.objects.values()), default=str)
    assert key not in as_("owner").get("/api/").content.decode()
    assert key not in json.dumps(list(Event.objects.values()), default=str)


def test_a_key_only_reads_unless_it_was_made_to_write(as_, get, site):
    def made(**more):
        page = as_("owner").post("/api/", {"name": "表格", "rights": ["see_figures"], "days": 30, **more}).content.decode()
        return page.split("<code>")[1].split("</code>")[0]

    assert [get(made(**more), "me").json()["writes"] for more in ({}, {"writes": "on"})] == [False, True]
    assert [event.after["writes"] for event in Event.objects.order_by("number")] == [False, True]
    assert as_("owner").get("/api/").content.decode().count("（可写入）") == 1


def test_what_is_ones_own_is_not_for_a_key_of_some_shops(get, key, site):
    assert get(key("agent", "own", shops=["s1"]), f"figures?{SPAN}").status_code == 403


def test_nobody_gives_a_token_what_he_has_not(cast, as_):
    with pytest.raises(ValidationError):
        make_token(by=cast["reader"], name="x", rights=["see_pay"], days=30)
    with pytest.raises(ValidationError):
        make_token(by=cast["reader"], name="x", rights=[], days=30)
    with pytest.raises(ValidationError):
        make_token(by=cast["reader"], name="x", rights=["see_figures"], days=400)
    assert as_("reader").post("/api/", {"name": "x", "rights": ["see_pay"], "days": 30}).status_code == 422


def test_a_token_ends_with_its_time_its_owner_and_when_it_is_revoked(cast, get, key, site):
    kept = key("reader", "see_figures")
    assert get(kept, "me").status_code == 200
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert get(kept, "me").status_code == 401
    Token.objects.update(expires_at=timezone.now() + timedelta(days=1))
    cast["reader"].is_active = False
    cast["reader"].save()
    assert get(kept, "me").status_code == 401
    cast["reader"].is_active = True
    cast["reader"].save()
    assert get(kept, "me").status_code == 200
    revoke_token(by=cast["reader"], token=Token.objects.get())
    assert get(kept, "me").status_code == 401


def test_a_token_loses_what_its_owner_loses(cast, get, key, site):
    kept = key("qa", "see_figures", "see_results")
    assert get(kept, f"figures?{SPAN}").status_code == 200
    cast["qa"].grants.all().delete()
    assert get(kept, f"figures?{SPAN}").status_code == 403


def test_one_sees_only_ones_own_tokens(as_, key, cast):
    key("qa", "see_figures")
    number = Token.objects.get().pk
    assert "表格" not in as_("reader").get("/api/").content.decode()
    assert as_("reader").post(f"/api/tokens/{number}/revoke/").status_code == 404
    assert "表格" in as_("admin").get("/api/").content.decode()
    assert as_("admin").post(f"/api/tokens/{number}/revoke/").status_code == 302
    assert Token.objects.get().revoked_at is not None


def test_figures_are_those_of_the_library(get, key, site):
    answer = get(key("reader", "see_figures"), f"figures?{SPAN}&by=agent&metric=served_buyers&metric=reply_rate_30s")
    expected = site.figures(by=("agent",), metrics=["served_buyers", "reply_rate_30s"]).select("agent_id", "metric", "value").rows()
    assert seen(answer, "agent_id", "metric", "value") == set(expected)
    assert answer.json()["import_number"] == site.lake.snapshot(None).number


def test_a_shop_owner_sees_his_shop_and_no_other_in_any_grouping(get, key, site):
    held = key("owner", "see_figures")
    assert seen(get(held, f"figures?{SPAN}&by=shop&by=agent&metric=served_buyers"), "shop_id", "agent_id") == {("other", "kai")}
    assert seen(get(held, f"figures?{SPAN}&by=platform&metric=consulting_buyers"), "platform", "value") == {("generic", 1.0)}


def test_a_lead_sees_the_people_of_his_group(cast, get, key, site):
    held = key("supervisor", "see_figures")
    assert seen(get(held, f"figures?{SPAN}&by=agent&metric=served_buyers"), "agent_id") == {("lin",)}
    refused = get(held, f"figures?{SPAN}&by=shop&metric=served_buyers")
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (403, "not_allowed")


def test_a_token_can_be_narrower_than_its_owner(get, key, site):
    held = key("reader", "see_figures", shops=["other"])
    assert seen(get(held, f"figures?{SPAN}&by=shop&metric=served_buyers"), "shop_id") == {("other",)}
    assert get(key("owner", "see_figures", shops=["s1"]), f"figures?{SPAN}").status_code == 403


def test_an_agent_gets_his_own_figures_whatever_is_asked(get, key, site):
    answer = get(key("agent", "own"), f"figures?{SPAN}&by=shop&metric=served_buyers")
    assert seen(answer, "agent_id") == {("lin",)}
    assert get(key("agent", "own"), "results").status_code == 403


def test_mistakes_are_answered_with_what_is_wrong(get, key, site):
    held = key("reader", "see_figures")
    assert get(held, "figures?first=2026-11-03&last=2026-11-02").status_code == 400
    wrong = get(held, "figures?metric=served_buyer")
    assert (wrong.status_code, "served_buyers" in wrong.json()["problems"][0]["text"]) == (400, True)
    assert get(held, "figures?by=moon").status_code == 422
    assert "by" in get(held, "figures?by=moon").json()["problems"][0]["text"]
    assert get(held, "figures?first=0001-01-01&last=9999-12-31").status_code == 422
    assert get(held, "figures?first=2000-01-01&last=2099-12-31&metric=served_buyers").status_code == 200
    assert get(held, "imports").status_code == 403


def test_imports_are_listed_newest_first(get, key, site):
    (found,) = get(key("admin", "import"), "imports").json()
    assert (found["number"], {file["file"] for file in found["files"]} >= {"messages.csv", "orders.csv"}) == (1, True)


def test_results_show_pay_only_to_who_may_see_it(get, key, site):
    _, run = site.save_result("response-first")
    names = [one["name"] for one in get(key("qa", "see_results"), "results").json()]
    assert names == [run.name]
    plain = get(key("qa", "see_results"), f"results/{run.name}/statements").json()["statements"]
    paid = get(key("finance", "see_results", "see_pay"), f"results/{run.name}/statements").json()["statements"]
    assert [(one["agent_id"], one["pay_lines"]) for one in plain] == [(one["agent_id"], None) for one in paid]
    assert [one["pay_lines"] for one in paid] == [[], [], []]


def test_a_lead_sees_the_statements_of_his_group_and_a_shop_owner_none_of_all_shops(get, key, site):
    _, run = site.save_result("response-first")
    mine = get(key("supervisor", "see_results"), f"results/{run.name}/statements").json()["statements"]
    assert [one["agent_id"] for one in mine] == ["lin"]
    assert get(key("supervisor", "see_results"), f"results/{run.name}/statements/mo").status_code == 404
    assert get(key("owner", "see_results"), f"results/{run.name}/statements").status_code == 404
    assert get(key("owner", "see_results"), "results").json() == []
