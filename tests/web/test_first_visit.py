"""The first administrator is made with the token printed in the terminal, once."""

import pytest

from kaohe_web.audit.models import Event
from kaohe_web.org.actions import invite_first
from kaohe_web.org.models import User

pytestmark = pytest.mark.django_db
ADMIN = {"username": "chen", "name": "陈", "password": "a long enough password", "again": "a long enough password"}


def test_the_link_of_the_terminal_makes_the_first_administrator_and_logs_him_in(client):
    token = invite_first()
    assert client.get("/first/", {"token": token}).status_code == 200
    assert client.post("/first/", {"token": token, **ADMIN}).url == "/"
    assert User.objects.get().grants.get().role == "admin"
    assert client.get("/people/").status_code == 200
    assert Event.objects.get().action == "user.first_admin"


def test_the_link_is_spent_and_there_is_no_other_once_somebody_is_there(client):
    token = invite_first()
    client.post("/first/", {"token": token, **ADMIN})
    assert client.get("/first/", {"token": token}).status_code == 404
    assert invite_first() is None


def test_without_the_token_there_is_no_such_page(client):
    invite_first()
    for wrong in ({}, {"token": ""}, {"token": "guess"}):
        assert client.get("/first/", wrong).status_code == 404
        assert client.post("/first/", {**wrong, **ADMIN}).status_code == 404
    assert not User.objects.exists()


def test_a_new_start_makes_the_old_link_void(client):
    old, new = invite_first(), invite_first()
    assert client.get("/first/", {"token": old}).status_code == 404
    assert client.get("/first/", {"token": new}).status_code == 200


def test_a_weak_password_is_refused_with_the_reason(client):
    token = invite_first()
    answer = client.post("/first/", {"token": token, **ADMIN, "password": "12345678", "again": "12345678"})
    assert "密码" in answer.content.decode()
    assert not User.objects.exists()
