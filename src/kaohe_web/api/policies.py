"""What a call of the API may do: what its token's owner may now, and of that what the token lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from kaohe_web.api.models import Token
from kaohe_web.org import policies
from kaohe_web.org.models import User
from kaohe_web.org.policies import NotAllowed, Scope
from kaohe_web.org.roles import RIGHTS, Right

OFFERED = (Right.SEE_FIGURES, Right.SEE_RESULTS, Right.SEE_PAY, Right.IMPORT, Right.OWN)
"""What tokens are made for. Decisions about people are taken by people, on the pages."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a token, and the user who made it."""

    user: User
    token: Token


def is_alive(token: Token) -> bool:
    """Whether it can be used: not past its time, not revoked, its owner still lets himself in with a password of his own."""
    now = timezone.now()
    return token.revoked_at is None and token.expires_at > now and token.user.is_active and not token.user.must_change_password


def scopes(caller: Caller, right: Right) -> list[Scope]:
    """The scopes within which a call has a right: those of its user, each narrowed to the token's shops and groups."""
    if right not in caller.token.rights:
        return []
    narrowed = [
        Scope(_both(scope.shops, caller.token.shops), _both(scope.groups, caller.token.groups))
        for scope in policies.scopes(caller.user, right)
    ]
    return [scope for scope in narrowed if scope.shops != frozenset() and scope.groups != frozenset()]


def _both(mine: frozenset[str] | None, asked: Iterable[str]) -> frozenset[str] | None:
    limit = frozenset(asked)
    if not limit:
        return mine
    return limit if mine is None else mine & limit


def check_may(caller: Caller, right: Right) -> list[Scope]:
    """The scopes of a right. Raises where there are none."""
    found = scopes(caller, right)
    if not found:
        raise NotAllowed(str(right.label))
    return found


def check_may_everywhere(caller: Caller, right: Right) -> None:
    """Raise unless a call has a right without limit."""
    if not any(scope.shops is None and scope.groups is None for scope in check_may(caller, right)):
        raise NotAllowed(str(right.label))


def grantable(user: User) -> list[Right]:
    """The rights somebody can put into a token: those he has anywhere."""
    held = {right for grant in policies.standing_grants(user) for right in RIGHTS[grant.role]}
    return [right for right in OFFERED if right in held]
