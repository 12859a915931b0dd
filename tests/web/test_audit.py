"""The log of changes: nothing in it can be altered, taken out or forgotten unseen."""

import pytest
from django.db import connection, transaction

from kaohe_web.audit.models import Event
from kaohe_web.audit.records import record, verify

pytestmark = pytest.mark.django_db


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
