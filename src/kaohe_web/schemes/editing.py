"""A draft's text changed by what was typed into forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap

from kaohe_web.schemes import entries
from kaohe_web.schemes.entries import Row, put_number, put_words, split
from kaohe_web.schemes.forms import SECTIONS
from kaohe_web.schemes.reading import plain
from kaohe_web.schemes.writing import NotInForm, add_entry, change_entry, change_top, put, same, styled, top, written
from kaohe_web.schemes.writing import entries as listed

_ORDER = (
    "id", "metric", "composite", "figures", "title", "section", "gated", "weight", "max_points", "extra", "at_least", "above", "at_most", "below",
    "pro_rata", "effects", "prizes", "ties", "vetoed", "minimum_sample", "missing", "small_sample", "better", "source", "parts", "scoring",
)  # fmt: skip
"""The order in which a new entry says what it says."""


def saved_entry(text: str, section: str, index: int | None, data: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """The text with an entry as typed: the one of that index, or a new one at the end for None. Raises `NotInForm` and IndexError."""
    write = SECTIONS[section][3]
    if index is not None:
        return change_entry(text, section, index, lambda entry: write(entry, data, rows))
    entry = CommentedMap()
    write(entry, data, rows)
    if section != "pay":
        entry = CommentedMap(sorted(entry.items(), key=lambda pair: _ORDER.index(pair[0]) if pair[0] in _ORDER else len(_ORDER)))
    return add_entry(text, section, entry)


def saved_grades(text: str, data: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """The text with its grades as typed."""
    return change_top(text, "grades", lambda found: entries.put_grades(found, data, rows))


def saved_weights(text: str, worths: Mapping[int, str]) -> str:
    """The text with weights (or most points) of items by their index, as typed."""
    items = listed(text, "items")
    for index, typed in worths.items():
        item = items[index]
        if item is not None and same(item.get(_worth_key(item)), written(typed)):
            continue
        text = change_entry(text, "items", index, lambda item, typed=typed: put_number(item, _worth_key(item), typed))
    return text


def _worth_key(item: Mapping[str, Any]) -> str:
    return "max_points" if item.get("max_points") is not None else "weight"


def saved_head(text: str, data: Mapping[str, Any]) -> str:
    """The text with what the scheme as a whole says, as typed. Keys that were not changed are not touched."""
    before = entries.head_fields(top(text))

    def changed(*names: str) -> bool:
        return any(_plain(data[name]) != _plain(before[name]) for name in names)

    for key in ("title", "note"):
        if changed(key, f"{key}_en"):
            text = change_top(text, key, lambda found, key=key: put_words(found, key, data[key], data[f"{key}_en"]))
    for key in ("source", "effective_from", "effective_until"):
        if changed(key):
            text = change_top(text, key, lambda found, key=key: put(found, key, data[key]))
    for key in ("missing", "small_sample"):
        if changed(key):
            text = change_top(text, key, lambda found, key=key: put(found, key, data[key], "skip"))
    if changed("roles", "groups", "shops", "joined_from", "joined_before"):
        text = change_top(text, "applies_to", lambda found: _put_audience(found, data))
    if changed("minimum_metric", "minimum"):
        text = change_top(text, "ranking", lambda found: _put_minimum(found, data))
    if changed("pay_floor", "pay_cap") and isinstance(top(text).get("pay"), Mapping):
        text = change_top(text, "pay", lambda found: _put_ends(found["pay"], data))
    return text


def _plain(value: Any) -> Any:
    return str(value) if value is not None and not isinstance(value, list) else value or ""


def _put_audience(found: Any, data: Mapping[str, Any]) -> None:
    audience = _mapping(found, "applies_to")
    put(audience, "roles", list(data["roles"]) or None)
    for key in ("groups", "shops"):
        put(audience, key, split(data[key]) or None)
    for key in ("joined_from", "joined_before"):
        put(audience, key, data[key])
    if not audience:
        del found["applies_to"]


def _put_minimum(found: Any, data: Mapping[str, Any]) -> None:
    ranking = _mapping(found, "ranking")
    if not data["minimum_metric"]:
        ranking.pop("minimum", None)
    else:
        minimum = _mapping(ranking, "minimum")
        minimum.fa.set_flow_style()
        put(minimum, "metric", data["minimum_metric"])
        put_number(minimum, "at_least", data["minimum"])
    if not ranking:
        del found["ranking"]


def _put_ends(pay: Any, data: Mapping[str, Any]) -> None:
    # Without a word about it pay does not go under 0: only a null says that it may.
    if data["pay_floor"]:
        put_number(pay, "floor", data["pay_floor"], 0)
    else:
        pay["floor"] = None
    put_number(pay, "cap", data["pay_cap"])


def _mapping(found: Any, key: str) -> Any:
    if found.get(key) is None:
        found[key] = CommentedMap()
        found[key].fa.set_flow_style()
    if not isinstance(found[key], Mapping):
        raise NotInForm
    return found[key]


def renamed(text: str, name: str, title: str | None = None) -> str:
    """A text as the beginning of another scheme: with that name, and that title where one is given. Raises `NotInForm` where it is no mapping."""
    text = _unix(text)
    if plain(text).get("name") != name:
        text = change_top(text, "name", lambda found: found.__setitem__("name", name))
    if title is None:
        return text
    now = entries.words(top(text).get("title"))
    if title in now:
        return text
    return change_top(text, "title", lambda found: found.__setitem__("title", styled(title)))


def _unix(text: str) -> str:
    """With ends of lines as files of schemes have them: browsers send others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def tidy(text: str) -> str:
    """A text as it is kept."""
    return _unix(text).rstrip() + "\n"
