"""Versions of schemes, and the library's reading of them."""

from __future__ import annotations

from functools import lru_cache

from django.db.models import QuerySet

from kaohe.appraisal import Scheme
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed
from kaohe_web.schemes.models import SchemeVersion, State
from kaohe_web.schemes.policies import check_can_edit, check_can_read
from kaohe_web.schemes.reading import read


def published() -> QuerySet[SchemeVersion]:
    """The versions a cycle may be judged by, by name, newest first."""
    return SchemeVersion.objects.filter(state=State.PUBLISHED)


def visible_versions(user: User) -> QuerySet[SchemeVersion]:
    """All versions for who edits schemes, those that are or were published for who sees results, none for others."""
    everything = SchemeVersion.objects.select_related("made_by", "saved_by")
    if allowed(check_can_edit, user):
        return everything
    return everything.exclude(state=State.DRAFT) if allowed(check_can_read, user) else everything.none()


def scheme_of(version: SchemeVersion) -> Scheme:
    """A version as the library reads it. Raises `Failure` with every mistake; one that was published has none."""
    return _read(version.text, version.name)


@lru_cache(maxsize=64)
def _read(text: str, name: str) -> Scheme:
    return read(text, name)
