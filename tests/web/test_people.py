"""Who may log in, as what, and who may say so."""

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
    assert client.get("/").status_code == 200


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
