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
    return {"rights": {str(right): True for right in held}}
