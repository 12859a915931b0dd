"""What every page knows of who looks at it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kaohe_web.org.policies import standing_grants
from kaohe_web.org.roles import RIGHTS


def standing(request: HttpRequest) -> dict[str, Any]:
    """The rights somebody has anywhere, by name, for menus: `{% if rights.import %}`."""
    user = getattr(request, "user", None)
    held = {right for grant in (standing_grants(user) if user is not None else ()) for right in RIGHTS[grant.role]}
    return {"rights": {str(right): True for right in held}, "menu": _menu(request.path)}


def _menu(path: str) -> str:
    """The entry of the menu a page belongs to: the first part of its address, and what is one's own of it."""
    first, _slash, rest = path.strip("/").partition("/")
    return f"{first}/mine" if rest.split("/")[0] == "mine" else first
