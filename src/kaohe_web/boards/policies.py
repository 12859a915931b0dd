"""Who sees which figures, and whose chats.

A grant for shops shows these shops; one for groups the groups and their agents, not the shops they work in. Agents see nothing here: their own page is
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from kaohe_web.org.models import User
from kaohe_web.org.policies import Scope, check_may, scopes
from kaohe_web.org.roles import Right


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody may see: anything that lies within one of the scopes."""

    scopes: tuple[Scope, ...]

    @property
    def is_all(self) -> bool:
        return any(scope.shops is None and scope.groups is None for scope in self.scopes)

    def whole_shops(self, shops: Iterable[str]) -> frozenset[str]:
        """Those of the shops that are seen as a whole, not only some groups of theirs."""
        return frozenset(shop for shop in shops if any(scope.groups is None and scope.holds(shop=shop) for scope in self.scopes))

    def shops(self, shops: Iterable[str]) -> frozenset[str]:
        """Those of the shops of which anything is seen."""
        return frozenset(shop for shop in shops if any(scope.holds(shop=shop) for scope in self.scopes))

    def groups(self, groups: Iterable[str]) -> list[str]:
        """Those of the groups that are seen."""
        return [group for group in groups if any(scope.groups is None or group in scope.groups for scope in self.scopes)]

    def holds(self, shop: str, group: str | None) -> bool:
        """Whether what a shop's agents of a group did is seen; of those of no group, where all groups are."""
        return any(
            scope.holds(shop=shop) and (scope.groups is None or (group is not None and group in scope.groups)) for scope in self.scopes
        )

    def cells(self) -> pl.Expr | None:
        """The rows seen, by their `shop_id` and `group`; None: all."""
        if self.is_all:
            return None
        found = pl.lit(False)
        for scope in self.scopes:
            inside = pl.lit(True) if scope.shops is None else pl.col("shop_id").is_in(sorted(scope.shops))
            if scope.groups is not None:
                inside &= pl.col("group").is_in(sorted(scope.groups)).fill_null(False)
            found |= inside
        return found


def check_may_see(user: User | AnonymousUser) -> None:
    """Raise unless somebody may see figures of anything. To agents there are no boards."""
    if not scopes(user, Right.SEE_FIGURES) and scopes(user, Right.OWN):
        raise Http404
    check_may(user, Right.SEE_FIGURES)


def seen(user: User | AnonymousUser) -> Seen:
    """The figures somebody may see."""
    return Seen(tuple(sorted(scopes(user, Right.SEE_FIGURES), key=repr)))


def chats(user: User | AnonymousUser) -> Seen:
    """The chats somebody may read."""
    return Seen(tuple(sorted(scopes(user, Right.SEE_CHATS), key=repr)))


def check_may_read_chats(user: User | AnonymousUser) -> None:
    """Raise unless somebody may read chats at all."""
    check_may(user, Right.SEE_CHATS)
