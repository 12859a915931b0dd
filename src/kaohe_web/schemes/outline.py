"""A draft laid out for editing: every entry in words, also of a text that has mistakes elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from kaohe.appraisal import Scheme
from kaohe.appraisal.describing import item_rows, pay_rows, requirement_rows
from kaohe.errors import Lang
from kaohe_web.schemes.entries import shown, words
from kaohe_web.schemes.writing import LISTS, entries, top


@dataclass(frozen=True, slots=True)
class Outlined:
    """An entry: what it is called, what it says. `worth` is the weight of an item as typed, None where it has none to be changed in a table."""

    index: int
    name: str
    words: str
    worth: str | None = None
    points: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """The lists of a draft, and its grades in words."""

    lists: Mapping[str, list[Outlined]]
    grades: str


@lru_cache(maxsize=32)
def outline(text: str, lang: Lang) -> Outline:
    """Lay a text out. Raises `NotInForm` where it can not be read as the lists of a scheme."""
    found = {section: [_outlined(section, at, entry, lang) for at, entry in enumerate(entries(text, section))] for section in LISTS}
    grades = top(text).get("grades")
    return Outline(found, _grades(grades, lang) if isinstance(grades, Mapping) else "")


def _outlined(section: str, at: int, entry: Mapping[str, Any] | None, lang: Lang) -> Outlined:
    if entry is None:
        return Outlined(at, "?", "")
    name = words(entry.get("title"))[0] or shown(entry.get("metric")) or shown(entry.get("id")) or shown(entry.get("kind"))
    said = ""
    rows = _rows(section, entry, lang)
    if rows is not None:
        name, said = rows
    worth, points = None, False
    if section == "items" and entry.get("extra") is None:
        points = entry.get("max_points") is not None
        worth = shown(entry.get("max_points") if points else entry.get("weight"))
    return Outlined(at, name or "?", said, worth, points)


def _rows(section: str, entry: Mapping[str, Any], lang: Lang) -> tuple[str, str] | None:
    """What an entry is called and says; None where it can not be understood by itself."""
    alone = _alone({"pay": {"lines": [_plain(entry)]}} if section == "pay" else {section: [_plain(entry)]})
    if alone is None:
        return None
    try:
        if section == "items":
            name, worth, said = item_rows(alone, lang)[0]
            return name, said if alone.items[0].extra is None else f"{worth}\n{said}"
        if section == "pay":
            name, kind, said = pay_rows(alone, lang)[0]
            return name, f"{kind}\n{said}" if kind != name else said
        name, _kind, said = requirement_rows(alone, lang)[0]
    except (KeyError, IndexError, ValueError, TypeError, ArithmeticError):
        # An unknown metric has no name and no unit; the check tells of it.
        return None
    return name, said


def _grades(grades: Mapping[str, Any], lang: Lang) -> str:
    alone = _alone({"grades": _plain(grades)})
    return "\n".join(f"{name}：{said}" for name, _kind, said in requirement_rows(alone, lang)) if alone is not None else "?"


def _alone(part: Mapping[str, Any]) -> Scheme | None:
    try:
        return Scheme.model_validate({"name": "-", "title": "-", "source": "-", **part})
    except (ValidationError, TypeError, ValueError):
        return None


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(one) for one in node]
    return node
