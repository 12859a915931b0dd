"""Making and revoking tokens; each is one transaction with its entry in the log."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaohe_web.api.models import Token
from kaohe_web.api.policies import grantable, is_alive
from kaohe_web.audit.records import record
from kaohe_web.org.models import User

LONGEST = 366
"""Days a token lasts at most."""

PREFIX = "kaohe_"


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def make_token(
    *,
    by: User,
    name: str,
    rights: Collection[str],
    days: int,
    writes: bool = False,
    shops: Collection[str] = (),
    groups: Collection[str] = (),
) -> tuple[Token, str]:
    """A token of one's own and its key, which nobody can read again. Raises ValidationError for rights one does not have."""
    if not rights:
        raise ValidationError({"rights": _("至少选一项权限。")})
    if set(rights) - set(grantable(by)):
        raise ValidationError({"rights": _("不能给出自己没有的权限。")})
    if not 1 <= days <= LONGEST:
        raise ValidationError({"days": _("有效期是 1 到 %(most)s 天。") % {"most": LONGEST}})
    key = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        user=by,
        name=name,
        start=key[: len(PREFIX) + 4],
        digest=digest(key),
        rights=sorted(rights),
        writes=writes,
        shops=sorted(shops),
        groups=sorted(groups),
        expires_at=timezone.now() + timedelta(days=days),
    )
    token.full_clean()
    token.save()
    said = {name: getattr(token, name) for name in ("name", "rights", "writes", "shops", "groups", "expires_at")}
    record(by, "token.made", token, after=said)
    return token, key


@transaction.atomic
def revoke_token(*, by: User, token: Token) -> None:
    """End a token now. One that has ended stays as it is."""
    token = Token.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is not None:
        return
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record(by, "token.revoked", token, before={"name": token.name, "user": token.user.get_username()})


def token_of(key: str) -> Token | None:
    """The token a key opens, None where it opens none or no longer. Notes the time of use, to the minute."""
    token = Token.objects.select_related("user").filter(digest=digest(key)).first()
    if token is None or not is_alive(token):
        return None
    now = timezone.now()
    if token.used_at is None or now - token.used_at > timedelta(minutes=1):
        Token.objects.filter(pk=token.pk).update(used_at=now)
    return token
