"""What a call of the API may do: what its token's owner may now, and of that what the token lists."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from kaohe_web.api.models import Token
from kaohe_web.org import policies
from kaohe_web.org.limits import Limit, limited
from kaohe_web.org.models import User
from kaohe_web.org.policies import NotAllowed, Scope
from kaohe_web.org.roles import RIGHTS, Right

OFFERED = (
    Right.SEE_FIGURES,
    Right.SEE_RESULTS,
    Right.SEE_PAY,
    Right.IMPORT,
    Right.RUN_CYCLES,
    Right.SCORE,
    Right.CONFIRM_PAY,
    Right.OWN,
)
"""What tokens are made for. Appeals are decided by people, on the pages."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a token, and the user who made it, limited to what the token leaves of his rights."""

    user: User
    token: Token


def caller(token: Token) -> Caller:
    """Who calls with a token."""
    prefetch_related_objects([token.user], "grants")
    limit = Limit(token.pk, str(token), tuple(token.rights), tuple(token.shops), tuple(token.groups))
    return Caller(limited(token.user, limit), token)


def is_alive(token: Token) -> bool:
    """Whether it can be used: not past its time, not revoked, its owner still lets himself in with a password of his own."""
    now = timezone.now()
    return token.revoked_at is None and token.expires_at > now and token.user.is_active and not token.user.must_change_password


def scopes(caller: Caller, right: Right) -> list[Scope]:
    """The scopes within which a call has a right: those of its user, each narrowed to the token's shops and groups."""
    return policies.scopes(caller.user, right)


def check_may(caller: Caller, right: Right) -> list[Scope]:
    """The scopes of a right. Raises where there are none."""
    found = scopes(caller, right)
    if not found:
        raise NotAllowed(str(right.label))
    return found


def check_may_everywhere(caller: Caller, right: Right) -> None:
    """Raise unless a call has a right without limit."""
    policies.check_may_everywhere(caller.user, right)


def check_may_write(caller: Caller) -> None:
    """Raise unless the token is made to change things."""
    if not caller.token.writes:
        raise NotAllowed(_("这个密钥只能读，不能写入。"))


def grantable(user: User) -> list[Right]:
    """The rights somebody can put into a token: those he has anywhere."""
    held = {right for grant in policies.standing_grants(user) for right in RIGHTS[grant.role]}
    return [right for right in OFFERED if right in held]
