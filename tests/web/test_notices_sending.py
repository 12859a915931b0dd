"""From what happened to the group chat: who is told, when it is tried again, and what is written down."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from listeners import Post, Robot

from kaohe_web.notices.models import Attempt, Channel, Delivery, Notice, State
from kaohe_web.notices.sending import PER_MINUTE, WAITS, announce, deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def robot(settings):
    settings.NOTICES_PRIVATE_HOSTS = True
    robot = Robot()
    yield robot
    robot.close()


@pytest.fixture
def post():
    post = Post(refusing=["nobody@"])
    yield post
    post.close()


@pytest.fixture
def channel(robot):
    def made(kind="dingtalk", **values):
        return Channel.objects.create(**{"name": kind, "kind": kind, "address": robot.url, "events": ["import_failed"], **values})

    return made


def tell(event="import_failed", **values):
    with transaction.atomic():
        announce(event, **{"title": "导入失败", "body": "十月.xlsx：第 3 行", **values})
    return Notice.objects.first()


def mailing(post, **values):
    mail = {
        "host": "127.0.0.1",
        "port": post.port,
        "user": "",
        "security": "none",
        "sender": "kaohe@example.com",
        "to": ["boss@example.com"],
    }
    return {"address": "", "mail": mail | values}


def run():
    for delivery in Delivery.objects.filter(state=State.WAITING, due__lte=timezone.now()):
        deliver.call(delivery.pk)


def later():
    Delivery.objects.filter(state=State.WAITING).update(due=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_notice_is_refused_outside_a_transaction_and_gone_with_it(channel):
    channel()
    with pytest.raises(RuntimeError):
        announce("import_failed", title="x", body="")
    with transaction.atomic():
        announce("import_failed", title="x", body="")
        transaction.set_rollback(True)
    assert (Notice.objects.count(), Delivery.objects.count(), DBTaskResult.objects.count()) == (0, 0, 0)


def test_an_event_nobody_defined_is_a_mistake():
    with pytest.raises(ValueError, match="moon_landing"):
        announce("moon_landing", title="x", body="")


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_it_after_the_commit(channel, robot):
    channel(site="https://kaohe.example")
    tell(link="/imports/3/")
    call_command("db_worker", batch=True, interval=0, verbosity=0, startup_delay=False)
    ((_, body),) = robot.heard
    assert body["markdown"]["text"] == "### 导入失败\n\n十月.xlsx：第 3 行\n\n[打开看看](https://kaohe.example/imports/3/)"
    assert (Delivery.objects.get().state, Attempt.objects.get().answer) == (State.SENT, "HTTP 200 0 ok")


def test_channels_hear_what_they_subscribed_to_of_their_shops_and_groups(channel):
    channel(name="all")
    channel(name="s1", shops=["s1"])
    channel(name="other", shops=["other"])
    channel(name="一组", groups=["一组"])
    channel(name="off", is_active=False)
    channel(name="done", events=["import_done"])

    def told(**values):
        return {delivery.channel.name for delivery in tell(**values).deliveries.all()}

    assert told() == {"all", "s1", "other", "一组"}
    assert told(shops=["s1", "s2"]) == {"all", "s1", "一组"}
    assert told(shops=["other"], groups=["二组"]) == {"all", "other"}
    assert told(event="import_done") == {"done"}


def test_a_failure_is_tried_again_with_growing_waits_and_then_given_up(channel, robot):
    channel()
    robot.answers = [(200, {"errcode": 310000, "errmsg": "sign not match"})]
    tell()
    waits = []
    for _ in range(len(WAITS) + 3):
        later()
        before = timezone.now()
        run()
        waits.append(round((Delivery.objects.get().due - before).total_seconds() / 60))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, len(robot.heard)) == (State.GIVEN_UP, len(WAITS) + 1, len(WAITS) + 1)
    assert waits[: len(WAITS)] == [1, 5, 30, 120, 360]
    assert {attempt.answer for attempt in Attempt.objects.all()} == {"HTTP 200 310000 sign not match"}


def test_it_arrives_once_when_the_platform_recovers(channel, robot):
    channel()
    robot.answers = [(500, "oops"), (200, {"code": 0, "msg": "success"})]
    tell()
    run()
    run()
    assert (Delivery.objects.get().state, len(robot.heard)) == (State.WAITING, 1)
    later()
    run()
    later()
    run()
    assert (Delivery.objects.get().state, len(robot.heard)) == (State.SENT, 2)
    assert list(Attempt.objects.order_by("pk").values_list("taken", "answer")) == [(False, "HTTP 500 oops"), (True, "HTTP 200 0 success")]


def test_before_each_try_the_next_one_is_queued_so_a_killed_worker_loses_nothing(channel, robot, monkeypatch):
    channel()
    tell()

    def killed(_delivery):
        raise SystemExit

    monkeypatch.setattr("kaohe_web.notices.sending.send", killed)
    with pytest.raises(SystemExit):
        deliver.call(Delivery.objects.get().pk)
    monkeypatch.undo()
    assert DBTaskResult.objects.filter(run_after__gt=timezone.now() + timedelta(seconds=50), run_after__year__lt=9999).count() == 1
    later()
    run()
    assert Delivery.objects.get().state == State.SENT


def test_what_is_being_tried_is_not_tried_by_another(channel, robot):
    channel()
    tell()
    Delivery.objects.update(due=timezone.now() + timedelta(seconds=30), tries=1)
    deliver.call(Delivery.objects.get().pk)
    assert robot.heard == []


def test_an_address_in_ones_own_network_is_given_up_at_once(channel, robot, settings):
    channel()
    settings.NOTICES_PRIVATE_HOSTS = False
    tell()
    run()
    assert (Delivery.objects.get().state, robot.heard) == (State.GIVEN_UP, [])
    assert "top-secret-key" not in Attempt.objects.get().answer


def test_a_robot_is_not_sent_more_in_a_minute_than_it_takes(channel, robot):
    made = channel()
    notice = tell()
    Attempt.objects.bulk_create(Attempt(delivery=notice.deliveries.get(), taken=True) for _ in range(PER_MINUTE[made.kind]))
    run()
    delivery = Delivery.objects.get()
    assert (robot.heard, delivery.state, delivery.tries) == ([], State.WAITING, 0)
    assert delivery.due > timezone.now() + timedelta(seconds=50)


def test_a_channel_that_was_switched_off_meanwhile_sends_nothing(channel, robot):
    made = channel()
    tell()
    Channel.objects.filter(pk=made.pk).update(is_active=False)
    run()
    assert (Delivery.objects.get().state, robot.heard) == (State.GIVEN_UP, [])


def test_an_answer_is_kept_short_and_on_one_line(channel, robot):
    channel()
    robot.answers = [(502, "<html>\n" + "x" * 3000)]
    tell()
    run()
    assert len(Attempt.objects.get().answer) == 300
    assert "\n" not in Attempt.objects.get().answer


def test_a_key_that_is_said_back_is_not_kept(channel, robot):
    channel(secret="SEC0123456789")
    robot.answers = [(404, "no such robot: /send?key=top-secret-key, SEC0123456789")]
    tell()
    run()
    assert Attempt.objects.get().answer == "HTTP 404 no such robot: /…, …"


def test_a_link_leads_within_the_site():
    for link in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "imports/3/"):
        with pytest.raises(ValueError, match="within the site"), transaction.atomic():
            announce("import_failed", title="x", body="", link=link)


def test_what_is_for_one_person_is_told_to_a_group_by_its_title(channel, robot, cast, post):
    cast["agent"].email = "lin@example.com"
    cast["agent"].save()
    channel(events=["appeal_decided"])
    channel("email", events=["appeal_decided"], **mailing(post))
    tell("appeal_decided", title="申诉有了结果", body="第 3 条不扣分", people=[cast["agent"], cast["qa"]])
    run()
    assert robot.heard[0][1]["markdown"]["text"] == "### 申诉有了结果\n\n"
    told = {reader: text for _, (reader,), text in post.mails}
    assert set(told) == {"boss@example.com", "lin@example.com"}
    assert list(Notice.objects.filter(people=cast["agent"]).values_list("body", flat=True)) == ["第 3 条不扣分"]


def test_what_is_everybodys_affair_is_told_to_a_group_in_full(channel, robot, cast):
    channel()
    tell(people=[cast["agent"]])
    run()
    assert "十月.xlsx" in robot.heard[0][1]["markdown"]["text"]


def test_mail_goes_out_with_subject_and_link_and_hides_its_readers_from_each_other(channel, post):
    channel("email", site="https://kaohe.example/", **mailing(post, to=["a@example.com", "b@example.com"]))
    tell(title="导入\r\nBcc: spam@example.com", link="/imports/3/")
    run()
    ((sender, readers, text),) = post.mails
    assert (sender, readers) == ("kaohe@example.com", ["a@example.com", "b@example.com"])
    head, body = text.split("\r\n\r\n", 1)
    assert "a@example.com" not in head
    assert not [line for line in head.splitlines() if line.startswith("Bcc")]
    assert Delivery.objects.get().state == State.SENT
    assert "https://kaohe.example/imports/3/" in body


def test_a_mail_that_is_not_taken_is_tried_again(channel, post):
    channel("email", **mailing(post, to=["nobody@example.com"]))
    tell()
    run()
    assert (Delivery.objects.get().state, Attempt.objects.get().answer) == (State.WAITING, "SMTP 550 nobody of that name")
    Channel.objects.update(mail=mailing(post, port=1)["mail"])
    later()
    run()
    assert "ConnectionRefusedError" in Attempt.objects.first().answer
