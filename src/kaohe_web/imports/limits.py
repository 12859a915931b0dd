"""How much may be uploaded, how long it is kept, and when a worker counts as dead. Settings of the site may say otherwise."""

from __future__ import annotations

import os
from datetime import timedelta

from django.conf import settings


def most_bytes() -> int:
    """Bytes of one upload, all its files together: `IMPORTS_BYTES` of the settings, or `KAOHE_UPLOAD_MB` of the environment."""
    said = getattr(settings, "IMPORTS_BYTES", None)
    return int(said) if said is not None else int(os.environ.get("KAOHE_UPLOAD_MB", "2048")) * 2**20


MOST_FILES = 100
"""Files of one upload; Django's own limit is the same. More of them go into a zip."""


def lease() -> timedelta:
    """A worker that said nothing for so long is dead, and another takes over: `IMPORTS_LEASE_SECONDS`."""
    return timedelta(seconds=float(getattr(settings, "IMPORTS_LEASE_SECONDS", 30)))


BEATS = 15
"""How often in that time a worker says that it lives."""

MOST_TRIES = 3
"""Workers that may die over one upload. Then it is the upload they die of."""

KEPT = timedelta(days=7)
"""How long files lie that nobody imports."""
