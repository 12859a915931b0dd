"""The log of changes: nothing in it can be altered, taken out or forgotten unseen."""

import re
from pathlib import Path

import pytest
from django.db import connection, transaction

from kaohe_web.audit.models import Event
from kaohe_web.audit.records import record, verify
from kaohe_web.audit.words import ACTIONS

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(cast):
    with transaction.atomic():
        for number in range(5):
            record(cast["admin"], "thing.changed", ("thing", str(number)), before={"n": number}, after={"n": number + 1})


def altered(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_untouched_log_is_whole(log):
    assert (verify().entries, verify().wrong) == (5, None)


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        ("update audit_event set after = '{\"n\": 99}' where number = 3", 3),
        ("update audit_event set \"by\" = 'nobody' where number = 1", 1),
        ("delete from audit_event where number = 2", 2),
        ("delete from audit_event where number = 5", 5),
    ],
)
def test_what_was_altered_or_taken_out_is_found(log, sql, wrong):
    altered(sql)
    assert verify().wrong == wrong


def test_an_entry_is_never_changed_or_deleted_by_the_program(log):
    event = Event.objects.first()
    for change in (event.save, event.delete):
        with pytest.raises(TypeError):
            change()


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_of_a_transaction_is_refused(cast):
    with pytest.raises(RuntimeError):
        record(cast["admin"], "thing.changed", ("thing", "1"))


def test_every_change_the_program_makes_has_words():
    recorded = {
        action
        for file in (ROOT / "src" / "kaohe_web").rglob("*.py")
        for action in re.findall(r"""\brecord\(\s*[\w.]+,\s*"([\w.]+)\"""", file.read_text("utf-8"))
    }
    assert recorded == set(ACTIONS)


def test_the_log_is_narrowed_by_who_what_when_and_about(as_, log):
    def numbers(asked):
        return [event.number for event, *_ in as_("admin").get(f"/audit/?{asked}").context["rows"]]

    assert numbers("") == [5, 4, 3, 2, 1]
    assert numbers("about=thing&id=2") == [3]
    assert (numbers("by=admin"), numbers("by=nobody")) == ([5, 4, 3, 2, 1], [])
    assert (numbers("first=2099-01-01"), numbers("last=2099-01-01")) == ([], [5, 4, 3, 2, 1])
    assert (numbers("action=user.grants"), numbers("action=moon"), numbers("first=x")) == ([], [], [])


def test_the_log_shows_what_changed_and_no_markup_of_anybody(as_, cast):
    with transaction.atomic():
        record(
            cast["admin"], "agent.mended", ("agent", "lin"), before={"name": "林", "group": "一组"}, after={"name": "<b>", "group": "一组"}
        )
    page = as_("admin").get("/audit/").content.decode()
    assert ("改了名单" in page, "<del>林</del>" in page, "&lt;b&gt;" in page, "一组" in page) == (True, True, True, False)
