"""One table of events. Entries hold names and ids as they were, not keys to rows that may change or go."""

from __future__ import annotations

from typing import Any

from django.db import models


class Event(models.Model):
    """One change. `seal` is the digest of the entry and of the seal before it, so that none can be altered or taken out unseen."""

    number = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    action = models.CharField(max_length=80, db_index=True)
    about = models.CharField(max_length=80, db_index=True)
    about_id = models.CharField(max_length=200, db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    previous = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.about} {self.about_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Entries are made once and never changed."""
        if not self._state.adding:
            raise TypeError("an entry of the audit log is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("an entry of the audit log is never deleted")


class Head(models.Model):
    """The one row that tells where the log ends. Locked while an entry is added, so that numbers have no gaps and seals one order."""

    number = models.BigIntegerField(default=0)
    seal = models.CharField(max_length=64, default="0" * 64)
