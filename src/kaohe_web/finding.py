"""People in long lists, found by words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from django.http import HttpRequest

Row = TypeVar("Row")


def narrowed(request: HttpRequest, rows: Iterable[Row], text: Callable[[Row], Sequence[str | None]]) -> list[Row]:
    """The rows of which every word of `q` is found somewhere in their texts, whatever the case; all where nothing is asked."""
    words = request.GET.get("q", "").casefold().split()
    if not words:
        return list(rows)
    found = []
    for row in rows:
        said = "\n".join(filter(None, text(row))).casefold()
        if all(word in said for word in words):
            found.append(row)
    return found
