"""Random streams. Each purpose, shop and day has its own, so no day's data depends on how much another one drew."""

from __future__ import annotations

import datetime as dt

import numpy as np

PURPOSES = (
    "volume",
    "presale",
    "orders",
    "aftersale",
    "ratings",
    "presence",
    "refunds",
    "reviews",
    "targets",
    "dirt",
    "fleet",
    "entered",
    "resolutions",
)


def stream(purpose: str, seed: int, shop: int = 0, day: dt.date | None = None) -> np.random.Generator:
    """The generator of that purpose, shop (by number) and day. ValueError for a purpose that is not listed."""
    key = [seed, PURPOSES.index(purpose), shop, day.toordinal() if day is not None else 0]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
