"""Who may log in, as what, and who may say so."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from kaohe_web.audit.models import Event
from kaohe_web.org import actions
from kaohe_web.org.policies import NotAllowed, allowed, check_may, scopes
from kaohe_web.org.roles import Right

pytestmark = pytest.mark.django_db


def test_a_right_holds_within_the_scope_of_its_grant_and_not_beyond(cast):
    assert allowed(check_may, cast["owner"], Right.SEE_FIGURES, shop="other")
    assert not allowed(check_may, cast["owner"], Right.SEE_FIGURES, shop="hz")
    assert allowed(check_may, cast["supervisor"], Right.SCORE, group="一组")
    assert not allowed(check_may, cast["supervisor"], Right.SCORE, group="二组")
    assert not scopes(cast["agent"], Right.SEE_FIGURES)


def test_an_added_person_changes_the_given_password_before_anything_else(as_, client):
    answer = as_("admin").post(
        "/people/add/", {"username": "mo", "name": "莫", "agent_id": "mo", "role": "agent", "shops": "", "groups": ""}
    )
    password = answer.context["password"]
    client.logout()
    assert client.post("/login/", {"username": "mo", "password": password}).status_code == 302
    assert client.get("/").url == "/me/password/"
    new = "quite another password"
    assert client.post("/me/password/", {"old": password, "new": new, "again": new}).url == "/"
    assert client.get("/").url == "/appraisals/mine/"


def test_nobody_takes_the_last_administrator_away(cast):
    with pytest.raises(NotAllowed):
        actions.set_grants(by=cast["admin"], user=cast["admin"], grants=[{"role": "reader"}])
    with pytest.raises(NotAllowed):
        actions.set_active(by=cast["admin"], user=cast["admin"], is_active=False)
    assert cast["admin"].grants.get().role == "admin"


def test_only_who_manages_people_does(cast):
    for role, user in cast.items():
        if role != "admin":
            with pytest.raises(NotAllowed):
                actions.add_user(by=user, username="x", name="x", grants=[])


def test_two_people_can_not_be_the_same_agent(cast):
    with pytest.raises(ValidationError):
        actions.add_user(by=cast["admin"], username="lin2", name="林", agent_id="lin", grants=[])


def test_every_change_is_in_the_log_with_before_and_after(cast):
    actions.set_grants(by=cast["admin"], user=cast["qa"], grants=[{"role": "reader", "shops": ["hz"]}])
    event = Event.objects.get(action="user.grants")
    assert (event.by, event.before["grants"][0]["role"], event.after["grants"][0]["shops"]) == ("admin", "qa", ["hz"])


def grants(*rows):
    """What the page about a person sends for his roles, each `role`, `shops` and `groups`."""
    sent = {"grants-TOTAL_FORMS": len(rows), "grants-INITIAL_FORMS": 0}
    for number, (role, shops, groups) in enumerate(rows):
        sent |= {f"grants-{number}-role": role, f"grants-{number}-shops": shops, f"grants-{number}-groups": groups}
    return sent


def test_somebody_has_several_roles_each_with_its_scope(as_, cast):
    number = cast["qa"].pk
    sent = {"name": "吴", "agent_id": "", **grants(("qa", "hz", ""), ("supervisor", "", "二组，三组"))}
    assert as_("admin").post(f"/people/{number}/", sent).status_code == 302
    assert sorted((one.role, one.shops, one.groups) for one in cast["qa"].grants.all()) == [
        ("qa", ["hz"], []),
        ("supervisor", [], ["三组", "二组"]),
    ]
    assert allowed(check_may, cast["qa"], Right.DECIDE_APPEALS, group="二组")
    assert not allowed(check_may, cast["qa"], Right.DECIDE_APPEALS, group="一组")


def test_a_role_ends_with_its_last_day(cast):
    actions.set_grants(by=cast["admin"], user=cast["qa"], grants=[{"role": "qa", "last": date(2026, 1, 31)}])
    cast["qa"].refresh_from_db()
    assert scopes(cast["qa"], Right.SCORE, on=date(2026, 1, 31))
    assert not scopes(cast["qa"], Right.SCORE, on=date(2026, 2, 1))


def test_a_page_that_would_leave_no_administrator_says_so(as_, cast):
    number = cast["admin"].pk
    answer = as_("admin").post(f"/people/{number}/", {"name": "Admin", "agent_id": "", **grants(("reader", "", ""))})
    assert (answer.status_code, "至少要留一位管理员" in answer.content.decode()) == (422, True)
    assert cast["admin"].grants.get().role == "admin"


def test_who_is_refused_is_told_why_in_words(as_):
    page = as_("reader").get("/people/")
    assert (page.status_code, "管理人员" in page.content.decode()) == (403, True)
    assert "没有这个页面" in as_("reader").get("/nowhere/").content.decode()


def test_the_empty_row_of_the_page_adds_no_role(as_, cast):
    number = cast["qa"].pk
    page = as_("admin").get(f"/people/{number}/").context["grants"]
    sent = {"name": "吴", "agent_id": "", f"{page.prefix}-TOTAL_FORMS": page.total_form_count(), f"{page.prefix}-INITIAL_FORMS": 1}
    for form in page:
        sent |= {form.add_prefix(name): form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
        # What a browser sends of a list nobody touched is its first entry.
        sent[form.add_prefix("role")] = form.initial.get("role") or form.fields["role"].choices[0][0]
    assert as_("admin").post(f"/people/{number}/", {name: value for name, value in sent.items() if value is not False}).status_code == 302
    assert [one.role for one in cast["qa"].grants.all()] == ["qa"]


def test_people_are_found_by_words_and_long_lists_are_turned(as_, monkeypatch):
    monkeypatch.setattr("kaohe_web.org.views.PER_PAGE", 3)
    admin = as_("admin")

    def listed(query=""):
        return [one.username for one in admin.get(f"/people/{query}").context["page"]]

    assert [listed(), listed("?page=2"), listed("?page=9")] == [["admin", "chen", "du"], ["jin", "lin", "wu"], ["zhao"]]
    assert [listed("?q=LIN"), listed("?q=lin wu"), listed("?q=nobody")] == [["lin"], [], []]
