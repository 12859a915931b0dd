"""Announcing what happened to whom it concerns.

A notice is stored in the transaction of what it tells of, with a delivery for each channel that subscribes to it, and a job for each delivery.
The jobs run after the commit, in the worker. Before each try the next one is queued: a worker that dies leaves it behind.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from kaohe_web.notices.channels import LONGEST_TRY, Refused, Undelivered, send
from kaohe_web.notices.models import Attempt, Channel, Delivery, Kind, Notice, State, What
from kaohe_web.org.models import User

WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
"""How long after each try that failed the next one comes. After the last there is none."""

PER_MINUTE = {Kind.DINGTALK: 18, Kind.WECOM: 18, Kind.FEISHU: 90, Kind.EMAIL: 60}
"""Tries a channel takes in a minute: a little below what the platforms allow (20, 20, 100)."""


def announce(
    event: str,
    *,
    title: str,
    body: str,
    link: str = "",
    shops: Collection[str] = (),
    groups: Collection[str] = (),
    people: Collection[User] = (),
) -> None:
    """Tell the channels that subscribe to an event, and `people` on their own page, what happened. Must run inside a transaction.

    `event` is one of `models.What`. `shops` and `groups` are what it is about; none: all of them. `link` is an address within the site.
    Of what is somebody's own affair (`models.PERSONAL`) the body goes to `people` alone; group chats are told its title and link.
    """
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"not an address within the site: {link}")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a notice belongs to the transaction of what it tells of")
    notice = Notice.objects.create(
        event=What(event), title=one_line(title)[:200], body=body, link=link[:300], shops=sorted(shops), groups=sorted(groups)
    )
    notice.people.set(people)
    for channel in Channel.objects.filter(is_active=True):
        if event in channel.events and concerns(channel, notice):
            for to in _readers(channel, people):
                _queue(Delivery.objects.create(notice=notice, channel=channel, to=to, due=timezone.now()))


def one_line(text: str) -> str:
    return " ".join(text.split())


def concerns(channel: Channel, notice: Notice) -> bool:
    """Whether a notice is about something of a channel's shops and groups."""
    return _overlap(channel.shops, notice.shops) and _overlap(channel.groups, notice.groups)


def _overlap(one: Collection[str], other: Collection[str]) -> bool:
    return not one or not other or not set(one).isdisjoint(other)


def _readers(channel: Channel, people: Collection[User]) -> list[str]:
    """The channel's own readers, where it has any, and the mail addresses of the people."""
    if channel.kind != Kind.EMAIL:
        return [""]
    own = [""] if channel.mail.get("to") else []
    return own + sorted({person.email for person in people if person.email and person.is_active})


def _queue(delivery: Delivery) -> None:
    deliver.using(run_after=delivery.due).enqueue(delivery.pk)


@transaction.atomic
def try_again(delivery: Delivery) -> None:
    """Begin anew with a delivery that was given up."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.state == State.GIVEN_UP:
        delivery.state, delivery.tries, delivery.due = State.WAITING, 0, timezone.now()
        delivery.save()
        _queue(delivery)


# Before an import that takes long: there may be one worker.
@task(priority=50)
def deliver(number: int) -> None:
    """Try a delivery that is due. Runs as often as it likes: what was sent, given up or is being tried is left alone."""
    delivery = _taken(number)
    if delivery is None:
        return
    try:
        answer, taken, last = send(delivery), True, False
    except Refused as error:
        answer, taken, last = str(error), False, True
    except Undelivered as error:
        answer, taken, last = str(error), False, False
    with transaction.atomic():
        Attempt.objects.create(delivery=delivery, taken=taken, answer=_shown(delivery.channel, answer))
        if taken or last or delivery.tries > len(WAITS):
            Delivery.objects.filter(pk=number).update(state=State.SENT if taken else State.GIVEN_UP)


def _shown(channel: Channel, answer: str) -> str:
    """An answer for the log: short, on one line, and without the key, which a host may say back."""
    path = channel.address.partition("://")[2].partition("/")[2]
    for hidden in (channel.address, path, channel.secret):
        if len(hidden) >= 8:
            answer = answer.replace(hidden, "…")
    return one_line(answer)[:300]


@transaction.atomic
def _taken(number: int) -> Delivery | None:
    """The delivery, if it is this job's to try; the job for the next try is queued by then."""
    # Locked: two workers with a job for it each would otherwise both send.
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("channel", "notice").filter(pk=number).first()
    now = timezone.now()
    if delivery is None or delivery.state != State.WAITING or delivery.due > now:
        return None
    if not delivery.channel.is_active or delivery.tries > len(WAITS):
        delivery.state = State.GIVEN_UP
        delivery.save()
        return None
    lately = Attempt.objects.filter(delivery__channel=delivery.channel, at__gt=now - timedelta(minutes=1)).count()
    if lately >= PER_MINUTE[Kind(delivery.channel.kind)]:
        delivery.due = now + timedelta(minutes=1)
        delivery.save()
        _queue(delivery)
        return None
    wait = WAITS[min(delivery.tries, len(WAITS) - 1)]
    delivery.tries += 1
    delivery.due = now + max(wait, LONGEST_TRY)
    delivery.save()
    _queue(delivery)
    return delivery
