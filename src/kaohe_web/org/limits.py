"""Scopes, and what a key of the API leaves of its owner's.

A user somebody logged in as has no limit. One a key acts as carries it (`limited`), and with it every scope of his that rules ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser

from kaohe_web.org.models import User
from kaohe_web.org.roles import Right


@dataclass(frozen=True, slots=True)
class Scope:
    """Shops and groups somebody may act upon; None: all."""

    shops: frozenset[str] | None
    groups: frozenset[str] | None

    def holds(self, *, shop: str | None = None, group: str | None = None) -> bool:
        """Whether a shop and a group lie within. What is not said is not asked."""
        inside = self.shops is None or shop is None or shop in self.shops
        return inside and (self.groups is None or group is None or group in self.groups)


@dataclass(frozen=True, slots=True)
class Limit:
    """A key by its number and name, its rights, and the shops and groups it is for; none listed: all of its owner's."""

    token: int
    name: str
    rights: tuple[str, ...]
    shops: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves shops or groups out."""
        return bool(self.shops or self.groups)

    def plain(self) -> dict[str, Any]:
        """As it is stored with work that goes on after the call."""
        return {
            "token": self.token,
            "name": self.name,
            "rights": list(self.rights),
            "shops": list(self.shops),
            "groups": list(self.groups),
        }

    @classmethod
    def of_plain(cls, stored: Mapping[str, Any]) -> Limit:
        """What `plain` stored."""
        return cls(stored["token"], stored["name"], *(tuple(stored[name]) for name in ("rights", "shops", "groups")))


def limited(user: User, limit: Limit | None) -> User:
    """The user, acting by a key from now on; None: by himself."""
    user.limit = limit  # type: ignore[attr-defined]
    return user


def limit_of(user: User | AnonymousUser) -> Limit | None:
    """The key somebody acts by; None where he is here himself."""
    found: Limit | None = getattr(user, "limit", None)
    return found


def narrowed(held: list[Scope], right: Right, limit: Limit | None) -> list[Scope]:
    """The scopes somebody holds a right in, as far as the key he acts by leaves them."""
    if limit is None:
        return held
    # What is one's own is not told apart by shops: a key for some of them has nothing of it.
    if right not in limit.rights or (right == Right.OWN and limit.is_narrow):
        return []
    found = [Scope(_both(scope.shops, limit.shops), _both(scope.groups, limit.groups)) for scope in held]
    return [scope for scope in found if scope.shops != frozenset() and scope.groups != frozenset()]


def _both(mine: frozenset[str] | None, asked: Iterable[str]) -> frozenset[str] | None:
    limit = frozenset(asked)
    if not limit:
        return mine
    return limit if mine is None else mine & limit
