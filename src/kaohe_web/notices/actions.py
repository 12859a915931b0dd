"""Changes to channels; each is one transaction with its entry in the log, in which no secret stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaohe_web.audit.records import record
from kaohe_web.notices import sending
from kaohe_web.notices.models import Attempt, Channel, Delivery, Kind, Notice, State, What
from kaohe_web.notices.policies import check_may_manage
from kaohe_web.notices.webhooks import BadAddress, checked
from kaohe_web.org.models import User

SHOWN = ("name", "kind", "mail", "site", "events", "shops", "groups", "is_active")
"""What of a channel is written to the log: everything but the address and the secret."""


def shown(channel: Channel) -> dict[str, Any]:
    """A channel without what is secret; `host` is all that is told of its address."""
    return {name: getattr(channel, name) for name in SHOWN} | {"host": host(channel), "signed": bool(channel.secret)}


def host(channel: Channel) -> str:
    """Where a channel sends to, without the key."""
    if channel.kind == Kind.EMAIL:
        return str(channel.mail.get("host", ""))
    try:
        return checked(channel.address)[1]
    except BadAddress:
        return ""


@transaction.atomic
def add_channel(*, by: User, kind: str, values: Mapping[str, Any]) -> Channel:
    """A new channel. `values` are fields of the model. Raises NotAllowed and ValidationError."""
    check_may_manage(by)
    channel = Channel(kind=kind, **values)
    _check(channel)
    channel.save()
    record(by, "channel.added", channel, after=shown(channel))
    return channel


@transaction.atomic
def mend_channel(*, by: User, channel: Channel, version: int, values: Mapping[str, Any]) -> None:
    """Change a channel. Address and secret stay where none is given. Raises ValidationError where somebody else changed it after `version`."""
    check_may_manage(by)
    channel = Channel.objects.select_for_update().get(pk=channel.pk)
    if channel.version != version:
        raise ValidationError(_("别人刚改过这里。请看一眼现在的内容，再改一次。"))
    before, was = shown(channel), dict(channel.mail)
    for name, value in values.items():
        setattr(channel, name, value)
    # Who may not read a password must not have it sent to a server of his either.
    if (
        channel.secret
        and "secret" not in values
        and any(channel.mail.get(name) != was.get(name) for name in ("host", "port", "security", "user"))
    ):
        raise ValidationError({"secret": _("换了服务器，请把密码也再输一遍。")})
    _check(channel)
    channel.version += 1
    channel.save()
    said = {name for name in ("address", "secret") if name in values}
    record(by, "channel.mended", channel, before=before, after=shown(channel) | {"changed": sorted(said)})


@transaction.atomic
def switch_channel(*, by: User, channel: Channel, is_active: bool) -> None:
    """Let a channel send, or no longer. What is waiting when it is switched off is not sent."""
    check_may_manage(by)
    channel = Channel.objects.select_for_update().get(pk=channel.pk)
    before, channel.is_active = channel.is_active, is_active
    if before != is_active:
        channel.version += 1
        channel.save()
        record(by, "channel.active", channel, before={"is_active": before}, after={"is_active": is_active})


def try_channel(*, by: User, channel: Channel) -> Attempt:
    """Send a notice that says it is a trial, now and once. Raises ValidationError where there is nobody it could go to."""
    delivery = _trial(by, channel)
    sending.deliver.call(delivery.pk)
    found = delivery.attempts.first()
    if found is None:
        raise ValidationError(_("这一分钟里发得太多了，请过一分钟再试。"))
    return found


@transaction.atomic
def _trial(by: User, channel: Channel) -> Delivery:
    check_may_manage(by)
    if not channel.is_active:
        raise ValidationError(_("这个渠道停用了。"))
    to = "" if channel.kind != Kind.EMAIL or channel.mail.get("to") else by.email
    if channel.kind == Kind.EMAIL and not channel.mail.get("to") and not to:
        raise ValidationError(_("没有收件人：渠道里没写，你自己也没有邮箱。"))
    notice = Notice.objects.create(
        event=What.TEST, title=_("考核系统试发"), body=_("看到这一条，就是发得通。发的人：%(name)s。") % {"name": by.get_full_name()}
    )
    delivery = Delivery.objects.create(notice=notice, channel=channel, to=to, tries=len(sending.WAITS), due=timezone.now())
    record(by, "channel.tried", channel, after={"name": channel.name})
    return delivery


@transaction.atomic
def send_again(*, by: User, delivery: Delivery) -> None:
    """Begin anew with what was given up."""
    check_may_manage(by)
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.state != State.GIVEN_UP:
        raise ValidationError(_("这一条不用再发。"))
    sending.try_again(delivery)
    record(by, "delivery.again", delivery, after={"channel": delivery.channel.name, "title": delivery.notice.title})


@transaction.atomic
def set_own_address(*, by: User, email: str) -> None:
    """Where one's own notices go by mail; nowhere when it is empty. Raises ValidationError."""
    user = User.objects.select_for_update().get(pk=by.pk)
    before, user.email = user.email, User.objects.normalize_email(email)
    User._meta.get_field("email").clean(user.email, user)
    if user.email != before:
        user.save(update_fields=["email"])
        record(by, "user.email", user, before={"email": before}, after={"email": user.email})


def _check(channel: Channel) -> None:
    channel.full_clean()
    if channel.kind == Kind.EMAIL:
        return
    try:
        checked(channel.address)
    except BadAddress as error:
        raise ValidationError({"address": str(error)}) from None
