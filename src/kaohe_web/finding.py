"""People in long lists, found by words: by every word of `q`, whatever the case; everybody where nothing is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row")
Found = TypeVar("Found", bound=Model)


def words(request: HttpRequest) -> list[str]:
    """What is looked for."""
    return request.GET.get("q", "").replace("\x00", "").casefold().split()


def narrowed(request: HttpRequest, rows: Iterable[Row], text: Callable[[Row], Sequence[str | None]]) -> list[Row]:
    """The rows of which every word is somewhere in their texts."""
    asked, found = words(request), []
    for row in rows:
        said = "\n".join(filter(None, text(row))).casefold() if asked else ""
        if all(word in said for word in asked):
            found.append(row)
    return found


def matching(request: HttpRequest, rows: QuerySet[Found], *fields: str) -> QuerySet[Found]:
    """The rows of which every word is somewhere in one of these fields."""
    for word in words(request):
        either = Q()
        for field in fields:
            either |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(either)
    return rows
