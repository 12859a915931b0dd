"""Saying what the columns of a file are, as a form: one select for each heading, one for its unit, one for each of its words.

The library proposes; a person changes. Names of fields: `c3` is what the heading at place 3 is, `u3` its unit, `w3-0` what its first word means,
`k-sender` a value that every row has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaohe.importing.mapping import Draft, units_for
from kaohe.importing.profiles import Profile
from kaohe.importing.survey import Seen, Survey
from kaohe.model.tables import TABLES, Column

NOT_WANTED, UNSAID, NOTHING = "", "", "-"

UNITS: Mapping[str, Any] = {
    "yuan": gettext_lazy("元"),
    "fen": gettext_lazy("分（钱）"),
    "seconds": gettext_lazy("秒"),
    "milliseconds": gettext_lazy("毫秒"),
    "minutes": gettext_lazy("分钟"),
    "hours": gettext_lazy("小时"),
    "days": gettext_lazy("天"),
    "percent": gettext_lazy("百分数，没写 %"),
}

USELESS: Mapping[str, Any] = {
    "empty": gettext_lazy("没有表头，用不了"),
    "twice": gettext_lazy("和前面一列同名，用不了"),
    "long": gettext_lazy("表头太长，不像表头，用不了"),
}


@dataclass(slots=True)
class WordRow:
    """A word of a column and what it can mean."""

    field: str
    word: str
    meaning: str
    choices: list[tuple[str, str]]


@dataclass(slots=True)
class ColumnRow:
    """One heading as the page shows it."""

    place: int
    heading: str
    samples: list[str]
    useless: str
    chosen: str
    unit: str
    units: list[tuple[str, Any]]
    why: str
    unfit: int
    words: list[WordRow] = field(default_factory=list)


@dataclass(slots=True)
class Constant:
    """A required column without a heading."""

    name: str
    zh: str
    meaning: str
    value: str
    choices: list[tuple[str, str]]


@dataclass(slots=True)
class Page:
    """The whole form. `errors` are for the person."""

    draft: Draft
    columns: list[ColumnRow]
    choices: list[tuple[str, str]]
    constants: list[Constant]
    errors: list[str]


def tables(draft: Draft) -> list[tuple[str, str]]:
    """The kinds of tables, the likeliest first."""
    return [(name, f"{TABLES[name].zh} {name}") for name in draft.tables]


def page(survey: Survey, known: Mapping[str, Profile], table: str | None, data: Mapping[str, str] | None) -> Page:
    """The form: as proposed where `data` is None, else as a person filled it in, with everything that is wrong about it."""
    draft = Draft(survey, known, table if table in TABLES else None)
    errors = _filled(draft, data) if data is not None else []
    return Page(draft, [_row(draft, seen) for seen in survey.columns], _choices(draft), _constants(draft), errors)


def _filled(draft: Draft, data: Mapping[str, str]) -> list[str]:
    """Put what was filled in into the draft; what of it can not be."""
    errors: list[str] = []
    names = {column.name for column in draft.canonical.columns}
    wanted: dict[int, str] = {}
    for seen in draft.survey.usable:
        name = data.get(f"c{seen.place}", draft.columns.get(seen.place, NOT_WANTED))
        if name not in names:
            continue
        other = next((place for place, taken in wanted.items() if taken == name), None)
        if other is None:
            wanted[seen.place] = name
        else:
            errors.append(
                _("“%(one)s”和“%(other)s”都选了%(column)s，只能选一个。")
                % {"one": draft.survey.column(other).heading, "other": seen.heading, "column": draft.canonical.column(name).zh}
            )
    for place in [place for place in draft.columns if draft.columns[place] != wanted.get(place)]:
        draft.put(place, None)
    for place, name in sorted(wanted.items()):
        draft.put(place, name)
        # Said of the column it was then: another one has other units, and other words to explain.
        if data.get(f"was{place}") == name:
            _say_unit(draft, place, name, data.get(f"u{place}"))
            _say_words(draft, place, name, data)
    for name in draft.lacking:
        value = data.get(f"k-{name}", "").strip()
        if value and draft.accepts(name, value):
            draft.constants[name] = value
        elif value:
            errors.append(_("“%(value)s”不能作%(column)s。") % {"value": value, "column": draft.canonical.column(name).zh})
    return errors


def _say_unit(draft: Draft, place: int, name: str, unit: str | None) -> None:
    if unit is None:
        return
    if unit in units_for(draft.canonical.column(name), draft.table):
        draft.units[name] = unit  # type: ignore[assignment]
    else:
        draft.units.pop(name, None)


def _say_words(draft: Draft, place: int, name: str, data: Mapping[str, str]) -> None:
    choices = draft.choices(name)
    for number, word in enumerate(draft.unknown_words(name)):
        meaning = data.get(f"w{place}-{number}")
        if meaning == NOTHING:
            draft.say(name, word, None)
        elif meaning in choices:
            draft.say(name, word, meaning)
        elif meaning is not None:
            draft.words[name].pop(word, None)


def open_ends(draft: Draft) -> list[str]:
    """What has to be said before a profile can be made."""
    if not draft.columns:
        return [_("请至少指明一列。")]
    found = [
        _("缺必填的列：%(column)s。请选出是哪一列，或写一个每行都一样的值。") % {"column": _called(draft.canonical.column(name))}
        for name in draft.missing()
    ]
    for name, word in draft.open_words():
        if draft.canonical.column(name).required:
            found.append(_("“%(word)s”是什么意思？（%(column)s）") % {"word": word, "column": draft.canonical.column(name).zh})
    return found


def _row(draft: Draft, seen: Seen) -> ColumnRow:
    chosen = draft.columns.get(seen.place, NOT_WANTED)
    guess = draft.guesses.get(seen.place)
    why = ""
    if chosen and guess is not None and guess.column == chosen:
        if guess.why == "word":
            why = _("表头里有“%(by)s”") % {"by": guess.by}
        elif guess.why == "alike":
            why = _("像“%(by)s”") % {"by": guess.by}
        elif guess.why == "cells":
            why = _("按内容猜的")
    row = ColumnRow(
        seen.place,
        seen.heading,
        [cell[:40] for cell in seen.samples],
        str(USELESS[seen.useless]) if seen.useless else "",
        chosen,
        str(draft.units.get(chosen, "")) if chosen else "",
        [(unit, UNITS[unit]) for unit in units_for(draft.canonical.column(chosen), draft.table)] if chosen else [],
        why,
        round(100 * (1 - draft.fitting(seen.place))) if chosen and not draft.choices(chosen) else 0,
    )
    if chosen:
        row.words = [_word(draft, chosen, seen.place, number, word) for number, word in enumerate(draft.unknown_words(chosen))]
    return row


def _word(draft: Draft, name: str, place: int, number: int, word: str) -> WordRow:
    known = draft.words.get(name, {})
    meaning = known.get(word, UNSAID)
    if word in draft.skipped.get(name, []) or (word in known and meaning == ""):
        meaning = NOTHING
    nothing = _("不导入这些行") if draft.canonical.column(name).required else _("当作空")
    choices = [(UNSAID, "？"), *((one, draft.called(name, one)) for one in draft.choices(name)), (NOTHING, nothing)]
    return WordRow(f"w{place}-{number}", word, meaning, choices)


def _choices(draft: Draft) -> list[tuple[str, str]]:
    return [(column.name, _called(column) + (" *" if column.required else "")) for column in draft.canonical.columns]


def _called(column: Column) -> str:
    return f"{column.zh} {column.name}"


def _constants(draft: Draft) -> list[Constant]:
    found = []
    for name in draft.lacking:
        column = draft.canonical.column(name)
        choices = [(one, draft.called(name, one)) for one in draft.choices(name)]
        found.append(Constant(name, column.zh, column.meaning, draft.constants.get(name, ""), choices))
    return found
