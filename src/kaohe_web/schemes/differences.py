"""What two versions of a scheme say differently, line by line of the text. In words the library tells it: `kaohe.reports.scheme_changes`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a text diff: `same`, `added`, `removed`, or `gap` where lines alike were left out."""

    kind: Literal["same", "added", "removed", "gap"]
    before: int | None
    after: int | None
    text: str


def text_difference(before: str, after: str, around: int = 3) -> list[TextLine]:
    """The lines that differ, with some around them. Empty where none do."""
    old, new = before.splitlines(), after.splitlines()
    found: list[TextLine] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(around):
        found.append(TextLine("gap", None, None, ""))
        for tag, first, last, begin, end in group:
            if tag == "equal":
                found += [TextLine("same", first + at + 1, begin + at + 1, old[first + at]) for at in range(last - first)]
                continue
            found += [TextLine("removed", at + 1, None, old[at]) for at in range(first, last)]
            found += [TextLine("added", None, at + 1, new[at]) for at in range(begin, end)]
    return found[1:] if found and found[0].kind == "gap" else found
