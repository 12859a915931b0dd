"""What somebody may see of notices."""

from __future__ import annotations

from django.db.models import QuerySet

from kaohe_web.notices.models import Channel, Delivery, Notice
from kaohe_web.notices.policies import check_may_manage
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed


def visible_channels(user: User) -> QuerySet[Channel]:
    """Every channel for who sets them up, none for all others."""
    return Channel.objects.all() if allowed(check_may_manage, user) else Channel.objects.none()


def visible_deliveries(user: User) -> QuerySet[Delivery]:
    """What went out or is on its way, newest first, with its tries."""
    return Delivery.objects.filter(channel__in=visible_channels(user)).select_related("notice", "channel").prefetch_related("attempts")


def own_notices(user: User) -> QuerySet[Notice]:
    """What was told to somebody by name, newest first."""
    return Notice.objects.filter(people=user)
