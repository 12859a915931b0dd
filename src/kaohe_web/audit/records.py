"""Adding to the log, and verifying it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from kaohe_web.audit.models import Event, Head
from kaohe_web.org.limits import limit_of

FIRST = "0" * 64
"""What the first entry is sealed with."""


def record(
    by: Any,
    action: str,
    about: models.Model | tuple[str, str],
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Event:
    """Add an entry. Must run inside the transaction of the change it tells of: both happen or neither.

    `by` is a user, or None for the program itself; the key of the API he acted by is named. `about` is the row that was changed, or a kind and an id.
    """
    limit = None if by is None else limit_of(by)
    if limit is not None:
        after = {**(after or {}), "token": limit.name}
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit entry belongs to the transaction of its change")
    kind, key = about if isinstance(about, tuple) else (about._meta.label_lower, str(about.pk))
    Head.objects.get_or_create(pk=1)
    # One entry at a time: two added at once would both be sealed with the same one before.
    head = Head.objects.select_for_update().get(pk=1)
    entry = Event(
        number=head.number + 1,
        at=timezone.now(),
        by="" if by is None else by.get_username(),
        action=action,
        about=kind,
        about_id=key,
        before=_plain(before),
        after=_plain(after),
        previous=head.seal,
    )
    entry.seal = seal(entry)
    entry.save()
    head.number, head.seal = entry.number, entry.seal
    head.save()
    return entry


def _plain(values: Mapping[str, Any] | None) -> Any:
    """Values as they come back from the database: seals are made over these."""
    return None if values is None else json.loads(json.dumps(values, default=str, sort_keys=True))


def seal(entry: Event) -> str:
    """The digest of an entry's content and of the seal before it."""
    content = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": entry.by,
        "action": entry.action,
        "about": entry.about,
        "about_id": entry.about_id,
        "before": entry.before,
        "after": entry.after,
        "previous": entry.previous,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found: how many entries there are, and the number of the first that is wrong, with the reason."""

    entries: int
    wrong: int | None = None
    reason: str | None = None
    last: datetime | None = None


def verify() -> Verified:
    """Go through the whole log and see that every entry is sealed with its content and the one before it, and that none is missing at the end."""
    expected, number, last = FIRST, 0, None
    for entry in Event.objects.order_by("number").iterator(chunk_size=2000):
        if entry.number != number + 1:
            return Verified(number, number + 1, "missing")
        if entry.previous != expected:
            return Verified(number, entry.number, "chain")
        if seal(entry) != entry.seal:
            return Verified(number, entry.number, "content")
        expected, number, last = entry.seal, entry.number, entry.at
    head = Head.objects.filter(pk=1).first()
    if head is not None and (head.number, head.seal) != (number, expected):
        return Verified(number, number + 1, "missing")
    return Verified(number, last=last)
