"""What pages about appraisals share."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from kaohe.errors import Failure, Lang
from kaohe_web.appraisals.models import Cycle, Judged, Work
from kaohe_web.org.models import User
from kaohe_web.site import language

HELD = 409
"""The status of what can not be done by now, or no longer."""


def lang() -> Lang:
    """The library's language for who looks at the page."""
    return language(get_language())


def me(request: HttpRequest) -> User:
    """Who looks at the page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def told(failed: Failure) -> list[str]:
    """What the library says is wrong."""
    return [problem.text(lang()) for problem in failed.problems[:20]]


def work_of(cycle: Cycle) -> Mapping[str, Any]:
    """How it stands with computing, for people."""
    why = cycle.work_why.get(lang(), []) if isinstance(cycle.work_why, dict) else []
    return {"is_working": cycle.is_working, "failed": cycle.work == Work.FAILED, "why": why, "state": cycle.get_work_display()}


def yuan(amount: Decimal | None) -> str | None:
    """Money as people read it."""
    return None if amount is None else f"{amount:,.2f}"


def shown(statement: Judged, *, pay: bool, place: bool, next_bands: bool = False) -> dict[str, Any]:
    """A statement for a template. What is not to be seen is not in it."""
    words = statement.told[lang()]
    return {
        "statement": statement,
        "place": statement.place if place else None,
        "unplaced": words["unplaced"] if place else "",
        "grade": words["grade"],
        "items": words["items"],
        "asked": words["asked"],
        "words": words["words"],
        "pay": yuan(statement.pay) if pay else None,
        "pay_lines": words["pay"] if pay else [],
        "pay_words": words["pay_words"] if pay else [],
        "next": [one["next"] for one in words["items"] if one["next"]] if next_bands else [],
    }
