"""The workspace this site is of."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from kaohe.errors import Lang
from kaohe.workspace import Workspace


@cache
def workspace() -> Workspace:
    """The site's workspace. What it reads is kept between requests; each read sees the newest import."""
    return Workspace(settings.WORKSPACE)


def language(code: str | None) -> Lang:
    """The library's language for one of Django's."""
    return "en" if code is not None and code.startswith("en") else "zh"
