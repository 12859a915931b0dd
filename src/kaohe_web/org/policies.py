"""Who may do what. A rule raises with the reason; `allowed` asks. Who may not even know of a thing gets 404, who may see it and not do it 403."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from kaohe_web.org.limits import Scope, limit_of, narrowed
from kaohe_web.org.models import Grant, User
from kaohe_web.org.roles import RIGHTS, Right


class NotAllowed(PermissionDenied):
    """The right is missing; the message says which, for the person."""


def standing_grants(user: User | AnonymousUser, on: date | None = None) -> list[Grant]:
    """The grants of somebody on a day, today's by default."""
    if not isinstance(user, User) or not user.is_active:
        return []
    day = on or timezone.localdate()
    return [
        grant for grant in user.grants.all() if (grant.first is None or grant.first <= day) and (grant.last is None or grant.last >= day)
    ]


def scopes(user: User | AnonymousUser, right: Right, on: date | None = None) -> list[Scope]:
    """The scopes within which somebody has a right, by himself or as far as the key he acts by leaves it; none where he has it nowhere."""
    held = [
        Scope(frozenset(grant.shops) or None, frozenset(grant.groups) or None)
        for grant in standing_grants(user, on)
        if right in RIGHTS[grant.role]
    ]
    return narrowed(held, right, limit_of(user))


def check_may(user: User | AnonymousUser, right: Right, *, shop: str | None = None, group: str | None = None) -> None:
    """Raise unless somebody has a right over a shop and a group; over anything at all where neither is said."""
    if not any(scope.holds(shop=shop, group=group) for scope in scopes(user, right)):
        raise NotAllowed(str(right.label))


def check_may_everywhere(user: User | AnonymousUser, right: Right) -> None:
    """Raise unless somebody has a right without limit: what concerns the whole site."""
    if not any(scope.shops is None and scope.groups is None for scope in scopes(user, right)):
        raise NotAllowed(str(right.label))


def allowed(rule: Callable[..., None], *args: Any, **kwargs: Any) -> bool:
    """Whether a rule would let it pass."""
    try:
        rule(*args, **kwargs)
    except PermissionDenied:
        return False
    return True


def within(user: User | AnonymousUser, right: Right, shops: Iterable[str]) -> list[str]:
    """Those of the shops over which somebody has a right."""
    held = scopes(user, right)
    return [shop for shop in shops if any(scope.shops is None or shop in scope.shops for scope in held)]
