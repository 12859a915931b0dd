"""Every page, for every role: seen, refused, or not there. A page nobody wrote a row for fails the test."""

import pytest
from django.urls import get_resolver

from kaohe_web.org.models import User

pytestmark = pytest.mark.django_db
ROLES = ("admin", "owner", "supervisor", "qa", "finance", "agent", "reader")

ANYBODY = dict.fromkeys(ROLES, 200)
ADMINS = {**dict.fromkeys(ROLES, 403), "admin": 200}
HIDDEN = {**dict.fromkeys(ROLES, 404), "admin": 200}

PAGES = {
    "": ("home", "get", ANYBODY),
    "login/": ("login", "get", dict.fromkeys(ROLES, 302)),
    "logout/": ("logout", "post", dict.fromkeys(ROLES, 302)),
    "first/": ("first_visit", "get", dict.fromkeys(ROLES, 404)),
    "people/": ("people", "get", ADMINS),
    "people/add/": ("add_person", "post", {**dict.fromkeys(ROLES, 403), "admin": 422}),
    "people/{other}/": ("person", "get", HIDDEN),
    "people/{other}/switch/": ("switch_person", "post", {**dict.fromkeys(ROLES, 404), "admin": 302}),
    "people/{other}/password/": ("new_password", "post", HIDDEN),
    "me/password/": ("my_password", "get", ANYBODY),
    "audit/": ("audit", "get", ADMINS),
    "i18n/setlang/": ("set_language", "post", dict.fromkeys(ROLES, 302)),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", PAGES)
def test_every_role_meets_what_the_table_says(as_, page, role):
    _, method, expected = PAGES[page]
    other = User.objects.create(username="other")
    assert getattr(as_(role), method)("/" + page.format(other=other.pk)).status_code == expected[role]


@pytest.mark.parametrize("page", [page for page, (name, *_) in PAGES.items() if name not in ("login", "first_visit", "set_language")])
def test_who_is_not_logged_in_is_sent_to_the_login(client, page, db):
    answer = getattr(client, PAGES[page][1])("/" + page.format(other=1))
    assert (answer.status_code, answer.url.startswith("/login/")) == (302, True)


def test_every_address_has_a_row():
    def names(patterns):
        for pattern in patterns:
            yield from names(pattern.url_patterns) if hasattr(pattern, "url_patterns") else [pattern.name]

    assert set(names(get_resolver("kaohe_web.urls").url_patterns)) == {name for name, *_ in PAGES.values()}


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(as_):
    answer = as_("admin").get("/people/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not [line for line in answer.content.decode().splitlines() if "style=" in line or "<script>" in line or "//cdn" in line]


def test_a_name_is_locked_after_too_many_wrong_passwords(client, cast):
    answers = [client.post("/login/", {"username": "lin", "password": "wrong"}).status_code for _ in range(9)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert client.post("/login/", {"username": "lin", "password": "a long enough password"}).status_code == 429
