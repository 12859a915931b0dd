"""Who may import, and whose rows.

Who may import everywhere sees every upload and brings in every table. Whose right is limited to shops or groups sees the uploads he brought
himself; rows go in only where they are of a shop within his scope. What has no shop (the roster, leave, corrections) concerns everybody, and so
needs the right everywhere: a lead of a group can bring in his shop's chats, and can not move people between groups.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from kaohe_web.imports.models import Batch
from kaohe_web.org.limits import limit_of
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed, check_may, check_may_everywhere, scopes
from kaohe_web.org.roles import Right


def check_may_import(by: User | AnonymousUser) -> None:
    """Raise unless somebody may import anything at all."""
    check_may(by, Right.IMPORT)


def check_may_handle(by: User | AnonymousUser, batch: Batch) -> None:
    """Raise unless an upload is one's own, or one may import everywhere. Of a key for some shops or groups only what it uploaded is its own."""
    check_may_import(by)
    limit = limit_of(by)
    strange = limit is not None and limit.is_narrow and batch.token != limit.token
    if batch.uploaded_by_id != by.pk or strange:
        check_may_everywhere(by, Right.IMPORT)


def check_may_import_shop(by: User | AnonymousUser, shop: str) -> None:
    """Raise unless somebody may import rows of a shop."""
    check_may(by, Right.IMPORT, shop=shop)


def shops_of(by: User | AnonymousUser) -> frozenset[str] | None:
    """The shops whose rows somebody may import; None: of all."""
    held = scopes(by, Right.IMPORT)
    if any(scope.shops is None for scope in held):
        return None
    return frozenset(shop for scope in held for shop in scope.shops or ())


def is_everywhere(by: User | AnonymousUser) -> bool:
    """Whether somebody may import what has no shop, too."""
    return allowed(check_may_everywhere, by, Right.IMPORT)
