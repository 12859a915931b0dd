"""The whole site from outside: who gets where, and what no page does."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from appraisals_data import reviewed
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from schemes_data import SMALL
from site_rows import OPEN, ROLES, ROWS
from uploads import UNKNOWN, looked

from kaohe_web.api.actions import make_token
from kaohe_web.audit.models import Event
from kaohe_web.headers import POLICY
from kaohe_web.middleware import MOST_BYTES
from kaohe_web.notices.models import Channel, Delivery, Notice, State
from kaohe_web.org.models import User
from kaohe_web.schemes.models import SchemeVersion
from kaohe_web.schemes.models import State as SchemeState

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
TEMPLATES = Path(settings.BASE_DIR) / "templates"


@pytest.fixture
def things(cast, site):
    """What addresses are about, by the names the rows use."""
    cast["nobody"] = User.objects.create(username="nobody", password=cast["agent"].password)
    channel = Channel.objects.create(name="群", kind="wecom", address="https://127.0.0.1/x")
    delivery = Delivery.objects.create(
        notice=Notice.objects.create(event="import_failed", title="x"), channel=channel, state=State.GIVEN_UP, due=timezone.now()
    )
    token, _ = make_token(by=cast["owner"], name="x", rights=["see_figures"], days=3)
    made = {"person": User.objects.create(username="other").pk, "channel": channel.pk, "delivery": delivery.pk, "token": token.pk}
    for whose in ("owner", "admin"):
        browser = Client()
        browser.force_login(cast[whose], "django.contrib.auth.backends.ModelBackend")
        batch = looked(browser, unknown=UNKNOWN)
        made |= {f"{whose}s_upload": batch.pk, f"{whose}s_file": batch.files.get().pk}
    version = {"name": "presale", "title": "售前", "text": SMALL, "made_by": cast["admin"]}
    made["published"] = SchemeVersion.objects.create(number=1, state=SchemeState.PUBLISHED, **version).pk
    made["draft"] = SchemeVersion.objects.create(number=2, **version).pk
    used = SchemeVersion.objects.create(**{**version, "name": "售前"}, number=1, state=SchemeState.PUBLISHED)
    return made | reviewed(used, cast)


def address(row, things, role, cast):
    known = {**things, "self": cast[role].pk} if role else {**things, "self": 0}
    return reverse(row.name, kwargs={name: str(value).format(**known) for name, value in row.of.items()})


def asked(client, row, things, role, cast):
    return getattr(client, row.method)(address(row, things, role, cast), row.sent)


def named(patterns, space=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from named(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield f"{space}{pattern.name}", pattern.callback


ALL = dict(named(get_resolver("kaohe_web.urls").url_patterns))


def test_every_address_has_a_row():
    assert {row.name for row in ROWS} == set(ALL)


def test_only_these_let_strangers_in():
    free = {name for name, view in ALL.items() if not getattr(view, "login_required", True)}
    assert free - {name for name in free if name.startswith("api:")} == {name for name in OPEN if not name.startswith("api:")}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_meets_what_the_table_says(client, cast, things, role):
    from django.db import transaction

    wrong = []
    for row in ROWS:
        client.force_login(cast[role], "django.contrib.auth.backends.ModelBackend")
        # Each on the site as it was made: what one does is not there for the next.
        with transaction.atomic():
            found = asked(client, row, things, role, cast).status_code
            transaction.set_rollback(True)
        if found != row.expected(role):
            wrong.append(f"{row}: {found}, expected {row.expected(role)}")
    assert wrong == []


def test_a_stranger_is_sent_to_the_login_and_learns_nothing(client, cast, things):
    for row in ROWS:
        found = asked(client, row, things, None, cast)
        if row.name.startswith("api:") and row.name not in OPEN:
            assert found.status_code == 401, row
        elif row.name not in OPEN:
            assert (found.status_code, found.headers["Location"].split("?")[0]) == (302, "/login/"), row
    # A thing that is not there answers as one that is.
    assert client.get("/people/999999/").status_code == client.get(f"/people/{things['person']}/").status_code == 302


def test_who_has_to_change_his_password_gets_nowhere_before(client, cast, things):
    cast["admin"].must_change_password = True
    cast["admin"].save()
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    before = Event.objects.count()
    for row in ROWS:
        if row.name not in ("my_password", "logout", "set_language"):
            found = asked(client, row, things, "admin", cast)
            assert (found.status_code, found.headers.get("Location")) == (302, "/me/password/"), row
    assert Event.objects.count() == before


def test_who_was_shut_out_is_out_with_the_next_request(client, cast):
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    assert client.get("/people/").status_code == 200
    User.objects.filter(pk=cast["admin"].pk).update(is_active=False)
    assert client.get("/people/").status_code == 302


def test_a_grant_that_has_ended_or_not_begun_gives_nothing(client, cast):
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    today = timezone.localdate()
    for first, last, status in [
        (None, today, 200),
        (today, None, 200),
        (None, today - timedelta(1), 403),
        (today + timedelta(1), None, 403),
    ]:
        cast["admin"].grants.update(first=first, last=last)
        assert client.get("/people/").status_code == status


# Forged requests.


def test_nothing_is_done_without_the_token_of_the_page(cast, things):
    forging = Client(enforce_csrf_checks=True)
    before = Event.objects.count()
    forging.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    for row in ROWS:
        if row.method == "post":
            # Calls of the API take no session, so there is none to be forged.
            refused = 401 if row.name.startswith("api:") else 403
            assert asked(forging, row, things, "admin", cast).status_code == refused, row
    assert Event.objects.count() == before
    assert Client(enforce_csrf_checks=True).post("/login/", {"username": "lin", "password": PASSWORD}).status_code == 403


def test_the_api_needs_no_token_of_a_page_because_it_takes_no_session(cast, client, things):
    exempt = {name for name, view in ALL.items() if getattr(view, "csrf_exempt", False)}
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    for row in ROWS:
        if row.name in exempt and row.name.startswith("api:"):
            assert asked(client, row, things, None, cast).status_code == 401, row


def test_what_changes_something_can_not_be_asked_for_with_get(client, cast, things):
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    before = Event.objects.count()
    seen = {row.name for row in ROWS if row.method == "get"}
    for row in ROWS:
        if row.method == "post" and row.name not in seen and row.name != "set_language":
            # Where files are uploaded, imports are listed.
            refused = 401 if row.name in ("api:upload", "api:give_marks") else 405
            assert client.get(address(row, things, "admin", cast)).status_code == refused, row
        elif row.method == "get":
            asked(client, row, things, "admin", cast)
    assert Event.objects.count() == before


# Pages.


class Page(HTMLParser):
    """What of a page would run, be loaded, or be sent."""

    def __init__(self, text):
        super().__init__()
        self.wrong, self.forms, self._form = [], 0, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.wrong.append(f"{tag} {name}={value}")
            if name in ("src", "action", "formaction", "poster", "data") and value and re.match(r"(?:[a-z]+:)?//|javascript:", value):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "href" and value and (re.match("javascript:|data:", value) or (tag == "link" and re.match("(?:[a-z]+:)?//", value))):
                self.wrong.append(f"{tag} {name}={value}")
        if tag in ("style", "base", "object", "embed", "applet") or (
            tag == "script" and not str(given.get("src", "")).startswith("/static/")
        ):
            self.wrong.append(f"{tag} {given}")
        if tag == "form":
            self._form = given.get("method", "get").lower() == "post"
        if tag == "input" and given.get("name") == "csrfmiddlewaretoken":
            self._form = False

    def handle_endtag(self, tag):
        if tag == "form":
            if self._form:
                self.wrong.append("form without its token")
            self._form = None


@pytest.mark.parametrize("role", ["admin", "agent"])
def test_no_page_holds_anything_inline_or_from_elsewhere(client, cast, things, role):
    client.force_login(cast[role], "django.contrib.auth.backends.ModelBackend")
    for row in ROWS:
        found = asked(client, row, things, role, cast)
        assert found.headers["Content-Security-Policy"] == POLICY, row
        assert found.headers["X-Content-Type-Options"] == "nosniff", row
        assert found.headers["X-Frame-Options"] == "DENY", row
        assert found.headers["Referrer-Policy"] == "same-origin", row
        if found.headers.get("Content-Type", "").startswith("text/html") and not found.streaming:
            assert Page(found.content.decode()).wrong == [], row
        client.force_login(cast[role], "django.contrib.auth.backends.ModelBackend")


def test_the_policy_allows_nothing_inline_and_nobody_else():
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert {rules[name] for name in ("script-src", "style-src", "connect-src", "form-action")} == {"'self'"}
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("template", sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")))
def test_no_template_holds_anything_inline(template):
    text = (TEMPLATES / template).read_text("utf-8")
    assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\ssrc=)", text, re.IGNORECASE)
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//", text, re.IGNORECASE)
    # A filter or a tag that prints what it is given as it is.
    assert not re.search(r"\|\s*safe\b|\|\s*safeseq\b|autoescape off", text)
    for form in re.findall(r"<form[^>]*method=[\"']post[\"'].*?</form>", text, re.IGNORECASE | re.DOTALL):
        assert "csrf_token" in form


def test_errors_are_pages_of_the_same_kind(client, cast):
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    missing = client.get("/nowhere/")
    assert (missing.status_code, Page(missing.content.decode()).wrong) == (404, [])
    assert missing.headers["Content-Security-Policy"] == POLICY
    odd = client.get("/people/", headers={"host": "evil.example"})
    assert (odd.status_code, odd.headers["Content-Security-Policy"]) == (400, POLICY)


def test_what_somebody_is_called_is_never_markup(client, cast):
    User.objects.filter(pk=cast["qa"].pk).update(name="<script>alert(1)</script>")
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    text = client.get("/people/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


# Logging in.


def test_after_eight_wrong_passwords_even_the_right_one_is_refused_for_half_an_hour(client, cast):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post("/login/", {"username": "lin", "password": "wrong"})
    assert client.post("/login/", {"username": "lin", "password": PASSWORD}).status_code == 429
    # Others at the same address still get in, and he himself from another.
    assert client.post("/login/", {"username": "wu", "password": PASSWORD}).status_code == 302
    assert Client().post("/login/", {"username": "lin", "password": PASSWORD}, REMOTE_ADDR="10.9.9.9").status_code == 302
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert Client().post("/login/", {"username": "lin", "password": PASSWORD}).status_code == 302


def test_a_login_leads_only_to_the_site_itself(client, cast):
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        found = client.post("/login/", {"username": "lin", "password": PASSWORD, "next": target})
        assert found.headers["Location"] == "/"
        client.logout()
    assert (
        client.post("/login/", {"username": "lin", "password": PASSWORD, "next": "/notices/mine/"}).headers["Location"] == "/notices/mine/"
    )


def test_a_wrong_name_and_a_wrong_password_look_the_same(client, cast):
    one = client.post("/login/", {"username": "lin", "password": "wrong"}).content.decode()
    two = client.post("/login/", {"username": "nobody-of-that-name", "password": "wrong"}).content.decode()

    def plain(text):
        return re.sub(r'value="[^"]*"', "", text)

    assert plain(one) == plain(two)


def test_sessions_end(client, cast):
    client.post("/login/", {"username": "lin", "password": PASSWORD})
    assert client.get("/notices/mine/").status_code == 200
    assert settings.SESSION_COOKIE_AGE <= 12 * 3600
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/notices/mine/").status_code == 302


def test_a_new_password_ends_all_other_sessions_and_a_login_begins_a_new_one(client, cast):
    other = Client()
    other.post("/login/", {"username": "lin", "password": PASSWORD})
    client.post("/login/", {"username": "lin", "password": PASSWORD})
    assert client.cookies["sessionid"].value != other.cookies["sessionid"].value
    client.post("/me/password/", {"old": PASSWORD, "new": "quite another horse", "again": "quite another horse"})
    assert client.get("/notices/mine/").status_code == 200
    assert other.get("/notices/mine/").status_code == 302


def test_weak_passwords_are_refused(client, cast):
    client.force_login(cast["agent"], "django.contrib.auth.backends.ModelBackend")
    for weak in ("short", "1234567890", "password123", "linlinlinlin"[:9]):
        client.post("/me/password/", {"old": PASSWORD, "new": weak, "again": weak})
        assert User.objects.get(username="lin").check_password(PASSWORD), weak


def test_cookies_are_for_tls_where_the_site_is_reached_by_it():
    assert settings.SESSION_COOKIE_SECURE == settings.CSRF_COOKIE_SECURE == settings.HTTPS
    assert not settings.DEBUG
    assert "*" not in settings.ALLOWED_HOSTS


def test_the_key_is_readable_by_its_owner_alone():
    assert (settings.STATE / "secret.key").stat().st_mode & 0o077 == 0


def test_a_shared_browser_keeps_no_page_of_who_was_logged_in(client, cast, settings):
    settings.MIDDLEWARE = with_first(settings.MIDDLEWARE, "kaohe_web.middleware.nothing_kept")
    client.force_login(cast["agent"], "django.contrib.auth.backends.ModelBackend")
    assert "no-store" in client.get("/").headers["Cache-Control"]
    assert "no-store" in client.get("/notices/mine/").headers["Cache-Control"]


def with_first(known, one):
    """The site's middleware with one of them outermost, whether or not it is there."""
    return [one, *[name for name in known if name != one]]


# Sizes.


def test_a_form_is_not_read_without_end(client, cast):
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    huge = {"username": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    assert client.post("/people/add/", huge, content_type="application/x-www-form-urlencoded").status_code in (400, 413, 422)
    body = "username=" + "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    assert client.post("/people/add/", body, content_type="application/x-www-form-urlencoded").status_code == 400
    many = "&".join(f"a{number}=1" for number in range(2000))
    assert client.post("/people/add/", many, content_type="application/x-www-form-urlencoded").status_code == 400


def test_a_body_without_end_is_refused_before_it_is_read(client, cast, settings):
    settings.MIDDLEWARE = with_first(settings.MIDDLEWARE, "kaohe_web.middleware.short_bodies")

    class Unread:
        def read(self, *_size):
            raise AssertionError("it was read")

        readline = read

    for path in ("/login/", "/people/add/", "/api/v1/me", "/nowhere/"):
        for length in (str(MOST_BYTES + 1), "1e9", "-5"):
            sent = {"CONTENT_LENGTH": length, "wsgi.input": Unread(), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
            assert client.generic("POST", path, **sent).status_code == 413
    client.force_login(cast["agent"], "django.contrib.auth.backends.ModelBackend")
    sent = {"CONTENT_LENGTH": str(MOST_BYTES + 1), "wsgi.input": Unread(), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    assert client.generic("POST", "/imports/upload/", **sent).status_code == 403
