"""Changes to people and what they may do; each is one transaction with its entry in the log."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaohe_web.audit.records import record
from kaohe_web.org.models import FirstVisit, Grant, User
from kaohe_web.org.policies import NotAllowed, check_may_everywhere
from kaohe_web.org.roles import Right, Role


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite_first() -> str | None:
    """A new token for making the first administrator, or None once there is a user. Older tokens are void."""
    if User.objects.exists():
        return None
    token = secrets.token_urlsafe(24)
    FirstVisit.objects.all().delete()
    FirstVisit.objects.create(digest=_digest(token))
    return token


def is_first_token(token: str) -> bool:
    """Whether it is the token printed at the last start, and nobody has used it."""
    return any(hmac.compare_digest(visit.digest, _digest(token)) for visit in FirstVisit.objects.all())


@transaction.atomic
def make_first_admin(*, token: str, username: str, name: str, password: str) -> User:
    """The first administrator. The token is spent; ValidationError where it is not the right one or the password is too weak."""
    # Locked: two visitors with the token at once would otherwise both be administrators.
    visits = list(FirstVisit.objects.select_for_update())
    if User.objects.exists() or not any(hmac.compare_digest(visit.digest, _digest(token)) for visit in visits):
        raise ValidationError(_("链接无效或已经用过。请看启动程序的终端里最新的一条。"))
    user = _made(username=username, name=name, password=password)
    Grant.objects.create(user=user, role=Role.ADMIN)
    FirstVisit.objects.all().delete()
    record(user, "user.first_admin", user, after={"username": username, "name": name, "role": Role.ADMIN})
    return user


def _made(*, username: str, name: str, password: str, agent_id: str | None = None, must_change: bool = False) -> User:
    user = User(username=username, name=name, agent_id=agent_id or None, must_change_password=must_change)
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    return user


@transaction.atomic
def add_user(*, by: User, username: str, name: str, grants: Sequence[Mapping[str, Any]], agent_id: str | None = None) -> tuple[User, str]:
    """A user with a password for the first login, which he must change then. Raises NotAllowed and ValidationError."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    password = secrets.token_urlsafe(12)
    user = _made(username=username, name=name, password=password, agent_id=agent_id, must_change=True)
    for given in grants:
        _granted(user, **given)
    record(
        by,
        "user.added",
        user,
        after={"username": username, "name": name, "agent_id": agent_id, "grants": [_said(one) for one in user.grants.all()]},
    )
    return user, password


@transaction.atomic
def set_grants(*, by: User, user: User, grants: Sequence[Mapping[str, Any]]) -> None:
    """What somebody may do, in place of what he could. Nobody takes the last administrator away."""
    _lock_admins()
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    user = User.objects.select_for_update().get(pk=user.pk)
    before = [_said(one) for one in user.grants.all()]
    user.grants.all().delete()
    for given in grants:
        _granted(user, **given)
    _check_some_admin()
    after = [_said(one) for one in user.grants.all()]
    if after != before:
        record(by, "user.grants", user, before={"grants": before}, after={"grants": after})


@transaction.atomic
def rename(*, by: User, user: User, name: str, agent_id: str | None) -> None:
    """What a user is called, and which agent he is. Raises ValidationError where another user is that agent."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    user = User.objects.select_for_update().get(pk=user.pk)
    before = {"name": user.name, "agent_id": user.agent_id}
    after = {"name": name, "agent_id": agent_id}
    if before == after:
        return
    user.name, user.agent_id = name, agent_id
    user.full_clean()
    user.save(update_fields=["name", "agent_id"])
    record(by, "user.renamed", user, before=before, after=after)


@transaction.atomic
def set_active(*, by: User, user: User, is_active: bool) -> None:
    """Let somebody in, or no longer. His sessions end with the next request."""
    _lock_admins()
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    user = User.objects.select_for_update().get(pk=user.pk)
    before, user.is_active = user.is_active, is_active
    user.save(update_fields=["is_active"])
    _check_some_admin()
    record(by, "user.active", user, before={"is_active": before}, after={"is_active": is_active})


@transaction.atomic
def reset_password(*, by: User, user: User) -> str:
    """A new password for the next login, to be changed then."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    user = User.objects.select_for_update().get(pk=user.pk)
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    record(by, "user.password_reset", user)
    return password


@transaction.atomic
def change_password(*, user: User, old: str, new: str) -> None:
    """One's own password. Raises ValidationError where the old one is wrong or the new one too weak."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.check_password(old):
        raise ValidationError(_("原密码不对。"))
    validate_password(new, user)
    user.set_password(new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    record(user, "user.password", user)


def _granted(
    user: User, *, role: str, shops: Sequence[str] = (), groups: Sequence[str] = (), first: date | None = None, last: date | None = None
) -> None:
    grant = Grant(user=user, role=role, shops=sorted(shops), groups=sorted(groups), first=first, last=last)
    grant.full_clean()
    grant.save()


def _said(grant: Grant) -> dict[str, Any]:
    return {"role": grant.role, "shops": grant.shops, "groups": grant.groups, "first": grant.first, "last": grant.last}


def _lock_admins() -> None:
    # Two administrators who take each other's way in at once would both still see the other's.
    list(Grant.objects.select_for_update().filter(role=Role.ADMIN).order_by("pk"))


def _check_some_admin() -> None:
    if not Grant.objects.filter(role=Role.ADMIN, user__is_active=True).exists():
        raise NotAllowed(_("至少要留一位管理员。"))
