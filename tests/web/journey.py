"""Run by itself, with KAOHE_WORKSPACE and DATABASE_URL set: people at work on a new site, and two of them on the same thing at once."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from datetime import date

import django
from django.conf import settings


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """What each job gave or raised, all of them begun together, each with a connection of its own."""
    from django.db import connection

    ready, found = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place: int) -> None:
        ready.wait()
        try:
            found[place] = jobs[place]()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def refused(found: list[object]) -> list[bool]:
    """Which of some jobs were told no; anything but a refusal is a mistake of ours."""
    from django.core.exceptions import PermissionDenied, ValidationError

    from kaohe_web.schemes.states import Conflict

    for one in found:
        if isinstance(one, Exception) and not isinstance(one, ValidationError | PermissionDenied | Conflict):
            raise one
    return [isinstance(one, Exception) for one in found]


def first_visit() -> None:
    """Two visitors with the token at once: one becomes the administrator, logs in, and gives another a password he has to change."""
    from django.core.management import call_command
    from django.test import Client

    from kaohe_web.org.actions import invite_first, make_first_admin
    from kaohe_web.org.models import User

    call_command("migrate", verbosity=0)
    token = invite_first()
    assert token

    def visit(name: str) -> Callable[[], object]:
        return lambda: make_first_admin(token=token, username=name, name=name, password="correct horse battery")

    assert sorted(refused(at_once(visit("chen"), visit("mo")))) == [False, True]
    admin = User.objects.get()
    browser = Client(SERVER_NAME="localhost")
    assert browser.get("/").status_code == 302
    sent = {"username": admin.username, "password": "correct horse battery"}
    assert browser.post("/login/", sent).headers["Location"] == "/"
    added = browser.post("/people/add/", {"username": "lin", "name": "林", "agent_id": "lin", "role": "agent", "shops": "", "groups": ""})
    password = added.content.decode().split("<code>")[1].split("</code>")[0]
    other = Client(SERVER_NAME="localhost")
    assert other.post("/login/", {"username": "lin", "password": password}).status_code == 302
    assert other.get("/").headers["Location"] == "/me/password/"
    new = {"old": password, "new": "quite another horse", "again": "quite another horse"}
    assert other.post("/me/password/", new).headers["Location"] == "/"
    assert [other.get(path).status_code for path in ("/notices/mine/", "/people/", "/audit/")] == [200, 403, 403]
    assert browser.get("/audit/").status_code == 200


def log_of_many() -> None:
    """Many changes at once, by several people: every entry sealed, no number twice, none missing."""
    from kaohe_web.audit.models import Event
    from kaohe_web.audit.records import verify
    from kaohe_web.org.actions import add_user
    from kaohe_web.org.models import User

    admin, before = User.objects.order_by("pk")[0], Event.objects.count()

    def adding(writer: int) -> Callable[[], object]:
        return lambda: [add_user(by=admin, username=f"w{writer}n{one}", name="x", grants=[{"role": "reader"}]) for one in range(6)]

    assert refused(at_once(adding(1), adding(2), adding(3))) == [False] * 3
    found = verify()
    assert (found.wrong, found.entries) == (None, before + 18)
    assert User.objects.filter(username__startswith="w").count() == 18


def two_on_one_thing() -> None:
    """Two people on one thing at once: one succeeds, the other is told, nothing is lost."""
    from kaohe_web.api.actions import make_token, revoke_token
    from kaohe_web.audit.models import Event
    from kaohe_web.notices.actions import add_channel, mend_channel
    from kaohe_web.notices.models import Channel
    from kaohe_web.org.actions import add_user, set_active
    from kaohe_web.org.models import User
    from kaohe_web.roster import actions as roster
    from kaohe_web.roster import queries

    one = User.objects.order_by("pk")[0]
    two, _ = add_user(by=one, username="zhao", name="赵", grants=[{"role": "admin"}])

    channel = add_channel(by=one, kind="wecom", values={"name": "群", "address": "https://127.0.0.1/x", "events": ["import_failed"]})

    def mend(by: User) -> Callable[[], object]:
        return lambda: mend_channel(by=by, channel=channel, version=1, values={"name": by.username})

    assert sorted(refused(at_once(mend(one), mend(two)))) == [False, True]
    assert (Channel.objects.get().version, Event.objects.filter(action="channel.mended").count()) == (2, 1)

    token, _ = make_token(by=one, name="表格", rights=["see_figures"], days=3)
    assert refused(at_once(lambda: revoke_token(by=one, token=token), lambda: revoke_token(by=two, token=token))) == [False, False]
    assert Event.objects.filter(action="token.revoked").count() == 1

    # Each takes the other's way in: one of them stays, or nobody could let anybody in again.
    found = at_once(lambda: set_active(by=one, user=two, is_active=False), lambda: set_active(by=two, user=one, is_active=False))
    assert any(refused(found))
    assert User.objects.filter(is_active=True, grants__role="admin").exists()
    User.objects.update(is_active=True)

    row = queries.agent("lin", date.today())
    assert row is not None

    def rename(by: User) -> Callable[[], object]:
        return lambda: roster.mend_agent(by=by, agent_id="lin", was=row.row, name=f"林{by.username}", joined_on=None, left_on=None)

    assert sorted(refused(at_once(rename(one), rename(two)))) == [False, True]
    assert Event.objects.filter(action="agent.mended").count() == 1


def uploads() -> None:
    """Two workers at one upload, and two people who start it: it is looked at once and imported once."""
    from django.test import Client
    from uploads import MORE, sent

    from kaohe_web.imports.actions import start
    from kaohe_web.imports.jobs import work
    from kaohe_web.imports.models import Batch
    from kaohe_web.imports.states import State
    from kaohe_web.org.models import User
    from kaohe_web.site import workspace

    admin, before = User.objects.order_by("pk")[0], workspace().lake.snapshot().number
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(admin, "django.contrib.auth.backends.ModelBackend")
    assert browser.post("/imports/upload/", {"files": sent("messages.csv", MORE)}).status_code == 302
    batch = Batch.objects.get()
    assert refused(at_once(lambda: work.call(batch.pk), lambda: work.call(batch.pk))) == [False, False]
    assert sorted(refused(at_once(lambda: start(by=admin, batch=batch), lambda: start(by=admin, batch=batch)))) == [False, True]
    assert refused(at_once(lambda: work.call(batch.pk), lambda: work.call(batch.pk))) == [False, False]
    batch.refresh_from_db()
    assert (batch.state, batch.numbers, workspace().lake.snapshot().number) == (State.DONE, [before + 1], before + 1)


def drafts() -> None:
    """Two people save and publish one draft: one succeeds, the other is told; of two who begin one, both get the same."""
    from schemes_data import SMALL

    from kaohe_web.org.models import User
    from kaohe_web.schemes.actions import draft_of, publish, save, start
    from kaohe_web.schemes.models import SchemeVersion, State

    one = User.objects.order_by("pk")[0]
    first = start(by=one, name="presale", text=SMALL)

    def saving(note: str) -> Callable[[], object]:
        return lambda: save(by=one, version=first, text=f"{first.text}# {note}\n", revision=first.revision)

    assert sorted(refused(at_once(saving("甲"), saving("乙")))) == [False, True]
    first.refresh_from_db()
    revision = first.revision
    publishing = [lambda: publish(by=one, version=first, revision=revision)] * 2
    assert sorted(refused(at_once(*publishing))) == [False, True]
    found = at_once(*[lambda: draft_of(by=one, version=first)] * 2)
    assert refused(found) == [False, False]
    assert SchemeVersion.objects.filter(state=State.DRAFT).count() == 1


def told() -> None:
    """A notice for a person, and two workers who are to send it at once: rows of every kind to be carried over."""
    from django.db import transaction

    from kaohe_web.notices.models import Attempt, Delivery
    from kaohe_web.notices.sending import announce, deliver
    from kaohe_web.org.models import User

    with transaction.atomic():
        announce("import_failed", title="导入失败", body="第 3 行", people=[User.objects.order_by("pk")[0]])
    number = Delivery.objects.get().pk
    assert refused(at_once(lambda: deliver.call(number), lambda: deliver.call(number))) == [False, False]
    assert Attempt.objects.count() == 1


def goes_on() -> None:
    """One more of everything that has numbers of its own, and the log is still whole."""
    from kaohe_web.api.actions import make_token
    from kaohe_web.audit.records import verify
    from kaohe_web.org.actions import add_user
    from kaohe_web.org.models import User

    admin = User.objects.order_by("pk")[0]
    add_user(by=admin, username="later", name="x", grants=[{"role": "reader"}])
    make_token(by=admin, name="后来的", rights=["see_figures"], days=3)
    assert verify().wrong is None


def busy() -> None:
    """Agents are added one after another, each an entry in the log and an import, until somebody says stop."""
    from kaohe_web.org.models import User
    from kaohe_web.roster.actions import add_agent

    admin, number = User.objects.order_by("pk")[0], 0
    threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
    while not stopped.is_set():
        number += 1
        add_agent(by=admin, agent_id=f"busy{number}", name="忙")
        print(number, flush=True)
        # People are not quicker than this, and SQLite lets who never pauses keep all others out.
        time.sleep(0.03)


stopped = threading.Event()


if __name__ == "__main__":
    django.setup()
    # Many people are made here; how hard their passwords are to guess is not what is looked at.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for step in sys.argv[1:]:
        globals()[step]()
