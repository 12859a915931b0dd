"""What an appeal is about, written so that people read it and the chat is found again: a contact by shop, buyer and day, an order by its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import polars as pl

from kaohe_web.appraisals.models import About

ORDERS = frozenset({"sales", "placed", "assists", "recent_orders", "urged"})
"""Families of events whose subject is an order."""
BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class Subject:
    """A contact or an order that somebody may appeal against, as `text` names it."""

    about: About
    text: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A buyer's contact with a shop on a day."""

    shop_id: str
    buyer_id: str
    day: date

    def __str__(self) -> str:
        return BETWEEN.join((self.shop_id, self.buyer_id, self.day.isoformat()))

    @property
    def chat(self) -> str:
        """Where the boards show it."""
        day = self.day.isoformat()
        query = {"period": "days", "first": day, "last": day, "shop": self.shop_id, "buyer": self.buyer_id, "day": day}
        return f"?{urlencode(query)}"


def contact(text: str) -> Contact | None:
    """The contact somebody wrote down, None where it is none."""
    parts = text.strip().split(BETWEEN)
    try:
        return Contact(parts[0], BETWEEN.join(parts[1:-1]), date.fromisoformat(parts[-1])) if len(parts) > 2 else None
    except ValueError:
        return None


def subjects(lines: pl.DataFrame) -> list[Subject | None]:
    """What each line of evidence is about, said once where several lines in a row are about the same; None where nobody can appeal against it alone."""
    found: list[Subject | None] = []
    before = None
    for row in lines.iter_rows(named=True):
        one = _subject(row)
        found.append(one if one != before else None)
        before = one
    return found


def _subject(row: dict[str, Any]) -> Subject | None:
    if row.get("family") in ORDERS:
        return Subject(About.ORDER, row["subject"]) if row["subject"] else None
    if not row["buyer_id"] or not row["shop_id"] or row["day"] is None:
        return None
    return Subject(About.CONTACT, str(Contact(row["shop_id"], row["buyer_id"], row["day"])))
