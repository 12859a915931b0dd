"""A profile for a file nobody knows, proposed: which canonical table it is, which heading is which column, in which unit, what its words mean.

A heading is compared with every heading that profiles and canonical tables know, then with the trade's usual words, and its cells must fit
the column's kind. What remains open is said; nothing is taken as settled that a person has to decide.
"""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

import polars as pl
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from kaohe.definitions import load
from kaohe.errors import WRONG_USE, Failure, Problem, code, failure
from kaohe.importing.cells import FLAGS, CellKind, convert
from kaohe.importing.files import Source
from kaohe.importing.profiles import MARKERS, NAMED_DAY, SPAN_IN_NAME, Profile, Unit, found_in_name, heading_key
from kaohe.importing.reported import kind_of
from kaohe.importing.survey import Grid, Seen, Survey, survey
from kaohe.importing.vocabulary import COMMON, FILES, MEANINGS, NAMES
from kaohe.model.days import DEFAULT_TIMEZONE
from kaohe.model.reported import REPORTED
from kaohe.model.tables import TABLES, Column, Table

REQUIRED_OPEN = code(
    "mapping_column_open",
    zh="找不到必填的列“{zh}”（{name}）。请去掉 --yes，在对话里指定它",
    en="no heading was found for the required column {name!r}. Leave out --yes and say which it is",
    exit=WRONG_USE,
)
WORD_OPEN = code(
    "mapping_word_open",
    zh="不知道“{word}”是什么意思（{name}）。请去掉 --yes，在对话里说明",
    en="{word!r} could mean any {name}. Leave out --yes and say which",
    exit=WRONG_USE,
)
NOTHING_ALIKE = code(
    "mapping_nothing_alike",
    zh="没有一个表头与已知的列相近，提不出建议。请去掉 --yes，在对话里指定",
    en="no heading is like any known one, so nothing can be proposed. Leave out --yes and say what they are",
    exit=WRONG_USE,
)
BAD_NAME = code(
    "mapping_bad_name",
    zh="“{name}”不能作格式名：用小写英文字母、数字和下划线，字母开头，不超过 {longest} 个字符",
    en="{name!r} can not name a profile: small letters, digits and underscores, a letter first, at most {longest} characters",
    exit=WRONG_USE,
)
TAKEN_NAME = code(
    "mapping_name_taken",
    zh="“{name}”是自带的格式，用它会替换掉自带的。请换一个名字",
    en="{name!r} is a profile that comes with kaohe and would be replaced. Choose another name",
    exit=WRONG_USE,
)

ENOUGH = 0.5
"""How sure (0 to 1) a proposal has to be to be made."""

SHARE_KEPT = 0.75
"""Of the share of headings a new profile knows in the file it was made from, so much must be known in the next."""

LONGEST_NAME = 60

Why = Literal["known", "word", "alike", "cells"]

_STARS = ("stars", "revised_stars")

_TAILS = re.compile(r"(编号|账号|帐号|昵称|姓名|名字|名称|号码|单号|的?(id|no|sn|name)|代码|号|码|名)$")
_NUMBERED = re.compile(r"(编号|流水|单号|id|no|sn|号)$")
_BRACKET = re.compile(r"[(\[<{][^)\]>}]*[)\]>}]?$")
_UNIT_AT_END = re.compile(
    r"(?:[(\[/_]|单位:?)?(毫秒|millis(?:econds)?|ms|分钟|minutes?|mins?|分|秒钟?|seconds?|secs?|s|小时|hours?|hrs?|h|元|yuan|rmb|cents?|fen|%)[)\]]?$"
)
_BRACKETED = re.compile(r"[(\[/_:]|单位")
_UNITS: Mapping[str, Unit] = {
    **dict.fromkeys(("毫秒", "ms", "millis", "milliseconds"), "milliseconds"),
    **dict.fromkeys(("分钟", "分", "min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("秒", "秒钟", "s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("小时", "h", "hr", "hrs", "hour", "hours"), "hours"),
}
_SUM = re.compile(r"总计|合计|小计|汇总|平均|均值|总和")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a heading may be. `score` is how sure that is, 0 to 1; `why`: the heading is known, holds the trade's word `by`, is spelt like `by`,
    or only its cells look so."""

    column: str
    score: float
    why: Why
    by: str = ""


class Draft:
    """A profile in the making: what was proposed for one table of a file, and what a person changed. Nothing here writes.

    `columns` holds the canonical column of each heading's place, `units` their units, `words` what the words of a column mean (to nothing: the
    cell is left empty), `skipped` words on whose rows nothing is imported.
    """

    def __init__(self, survey: Survey, known: Mapping[str, Profile], table: str | None = None) -> None:
        self.survey, self._known = survey, known
        self.tables = ranked(survey, known)
        self.take(table or self.tables[0])

    def take(self, table: str) -> None:
        """Propose everything anew for that table."""
        self.table = table
        self.guesses = _assigned(self.survey, TABLES[table], self._known)
        self.columns: dict[int, str] = {place: guess.column for place, guess in self.guesses.items()}
        self.units: dict[str, Unit] = {}
        self.words: dict[str, dict[str, str]] = {}
        self.skipped: dict[str, list[str]] = {}
        self.constants: dict[str, str] = {}
        self.summary = _sums(self.survey) if not self._timed else ()
        for place, column in self.columns.items():
            self._settle(place, column)

    @property
    def canonical(self) -> Table:
        return TABLES[self.table]

    @property
    def _timed(self) -> bool:
        return any(column.required and column.kind == "instant" for column in self.canonical.columns)

    def _settle(self, place: int, name: str) -> None:
        """The unit of a column and the meanings of its words, as far as they can be told."""
        seen, column = self.survey.column(place), self.canonical.column(name)
        unit = unit_of(seen, column, self.table)
        self.units.pop(name, None)
        if unit is not None:
            self.units[name] = unit
        self.words[name] = {}
        self.skipped[name] = []
        for word in self.unknown_words(name):
            meaning = self._meaning(column, word)
            if meaning is not None:
                self.words[name][word] = meaning

    def put(self, place: int, column: str | None, unit: Unit | None = None) -> int | None:
        """Say what a heading is, None for nothing. Returns the place of the heading that was this column until now."""
        old = self.place_of(column) if column is not None else None
        if old is not None and old != place:
            del self.columns[old]
        if column is None:
            self.columns.pop(place, None)
        else:
            if self.columns.get(place) != column:
                self.columns[place] = column
                self._settle(place, column)
            self.constants.pop(column, None)
            if unit is not None:
                self.units[column] = unit
        return old if old != place else None

    def place_of(self, column: str) -> int | None:
        """The place of the heading that is this column."""
        return next((place for place, name in self.columns.items() if name == column), None)

    # Words --------------------------------------------------------------------------------------------------------------------

    def choices(self, name: str) -> tuple[str, ...]:
        """The words a column's words can mean; nothing for columns that take any text."""
        column = self.canonical.column(name)
        if column.kind == "flag":
            return ("是", "否")
        return column.choices or (("1", "2", "3", "4", "5") if name in _STARS else ())

    def called(self, name: str, choice: str) -> str:
        """A choice in Chinese, as exports usually write it; itself where it has no such word."""
        return next((word for word, to in _blank(self.table).words(name).items() if to == choice and word != choice), choice)

    def asked_words(self) -> list[tuple[str, str]]:
        """Every word a person may have to explain, by column in the order of the headings."""
        return [(name, word) for _, name in sorted(self.columns.items()) for word in self.unknown_words(name)]

    def unknown_words(self, name: str) -> list[str]:
        """The words under a column's heading that every profile does not understand anyway."""
        place = self.place_of(name)
        if place is None or not self.choices(name):
            return []
        words = self.survey.column(place).words
        if words is None:
            return []
        understood = _understood(self.canonical, self.canonical.column(name))
        if name in _STARS:
            return [word for word in words if not re.fullmatch(r"[1-5](\.0+)?\s*[星分]?", word)]
        return [word for word in words if word.casefold() not in understood]

    def say(self, name: str, word: str, meaning: str | None) -> None:
        """What a word means; None: nothing. A required column can not be empty, so rows with that word are then left out."""
        self.words[name].pop(word, None)
        if word in self.skipped[name]:
            self.skipped[name].remove(word)
        if meaning is not None:
            self.words[name][word] = meaning
        elif self.canonical.column(name).required:
            self.skipped[name].append(word)
        else:
            self.words[name][word] = ""

    def _meaning(self, column: Column, word: str) -> str | None:
        """What a word means elsewhere, or what its parts make likely."""
        for profile in self._known.values():
            found = profile.values.get(column.name, {}).get(word) if profile.table == self.table else None
            if found:
                return found
        parts = MEANINGS.get("stars" if column.name in _STARS else column.name, {})
        low = word.casefold()
        choices = self.choices(column.name)
        return next((to for to, some in parts.items() if to in choices and any(_within(part, low) for part in some)), None)

    # What is open ---------------------------------------------------------------------------------------------------------------

    @property
    def needs_day(self) -> bool:
        """Whether somebody has to say of which day a report is: neither its rows nor the file's name tell."""
        return self.table == "reported" and self.place_of("first_day") is None and not _day_in_name(self.survey)

    @property
    def lacking(self) -> list[str]:
        """Required columns without a heading; not the shop and a report's day, which may come from elsewhere, nor what a report is called."""
        elsewhere = {"shop_id"} if self.table != "shops" else set()
        if self.table == "reported":
            elsewhere |= {"report", "first_day"}
        return [name for name in self.canonical.required if self.place_of(name) is None and name not in elsewhere]

    def missing(self) -> list[str]:
        """Those of them that no constant fills either."""
        return [name for name in self.lacking if name not in self.constants]

    def accepts(self, name: str, cell: str) -> bool:
        """Whether a constant is one that a column can hold."""
        column = self.canonical.column(name)
        choices = _blank(self.table).words(name) if column.choices else None
        cells = convert(pl.Series("cell", [cell], dtype=pl.String), cell_kind(column, self.table), zones=DEFAULT_TIMEZONE, choices=choices)
        return bool(cells.values.is_not_null().all())

    @property
    def needs_shop(self) -> bool:
        """Whether somebody or something else has to say whose rows these are."""
        return "shop_id" in self.canonical.required and self.table != "shops" and self.place_of("shop_id") is None

    def open_words(self) -> list[tuple[str, str]]:
        """Words nobody has said the meaning of."""
        return [(name, word) for name, word in self.asked_words() if word not in self.words[name] and word not in self.skipped[name]]

    def check(self) -> None:
        """Raise `Failure` with everything a person would have to decide."""
        file = self.survey.source.name
        if not self.columns:
            raise failure(NOTHING_ALIKE, file=file)
        problems = [
            Problem(REQUIRED_OPEN, file, self.survey.row, None, {"name": name, "zh": self.canonical.column(name).zh})
            for name in self.missing()
        ]
        for name, word in self.open_words():
            if self.canonical.column(name).required:
                place = self.place_of(name)
                assert place is not None
                parts = {"word": word, "name": name}
                problems.append(Problem(WORD_OPEN, file, None, self.survey.column(place).heading, parts))
        if problems:
            raise Failure(problems)

    def fitting(self, place: int) -> float:
        """The share of a heading's kept cells that its column can take."""
        name = self.columns[place]
        return _fits(self.survey.column(place), self.canonical.column(name), self.table, self.units.get(name))

    # The profile ------------------------------------------------------------------------------------------------------------------

    def profile(self, name: str, source: str) -> Profile:
        """The profile as it stands. Words nobody explained are left out of it, so that their rows are refused with that reason."""
        headings: dict[str, tuple[str, ...]] = {}
        for column in self.canonical.columns:
            place = self.place_of(column.name)
            if place is not None:
                headings[column.name] = (self.survey.column(place).heading,)
        values = {column: dict(words) for column in headings if (words := self.words.get(column))}
        leave_out = {headings[column][0]: tuple(skipped) for column in headings if (skipped := self.skipped.get(column))}
        constants = dict(self.constants)
        if self.table == "reported":
            constants.setdefault("report", name)
        fields: dict[str, Any] = {
            "name": name,
            "zh": _ENDS.sub("", _DATED.sub("", self.survey.source.stem)) or self.canonical.zh,
            "table": self.table,
            "source": source,
            "headings": headings,
            "values": values,
            "constants": constants,
            "units": {column: unit for column, unit in self.units.items() if column in headings},
            "leave_out": leave_out,
            "data_row": self.survey.data_row,
        }
        if self.summary:
            fields["summary"] = (*MARKERS, *self.summary)
        # What makes a file this layout: all that is needed, and where that is next to nothing, everything.
        needed = [column for column in self.canonical.required if column in headings]
        fields["required"] = tuple(needed if len(needed) > 1 else headings)
        filled = sum(1 for seen in self.survey.columns if heading_key(seen.heading))
        fields["share"] = int(100 * SHARE_KEPT * len(headings) / max(filled, 1)) / 100
        return Profile.model_validate(fields)


# Comparing headings ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _headings_of(profiles: tuple[tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...]], ...]) -> dict[str, dict[str, tuple[str, ...]]]:
    """For each table and column the keys of all headings any profile has for it."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for _, table, headings in profiles:
        for column, names in headings:
            found.setdefault(table, {}).setdefault(column, {}).update(dict.fromkeys(heading_key(name) for name in names))
    return {table: {column: tuple(keys) for column, keys in columns.items()} for table, columns in found.items()}


def _known_headings(known: Mapping[str, Profile]) -> dict[str, dict[str, tuple[str, ...]]]:
    return _headings_of(tuple((profile.name, profile.table, tuple(profile.headings.items())) for profile in known.values()))


def known_heading(known: Mapping[str, Profile]) -> Callable[[str], float]:
    """How sure (0 to 1) a text is a heading: 1 where some profile knows it, less where it is like one."""
    keys = {key for columns in _known_headings(known).values() for some in columns.values() for key in some}
    words = {word for some in NAMES.values() for word in some}

    def sure(text: str) -> float:
        key = heading_key(text)
        if not key or len(key) > 40:
            return 0.0
        if key in keys:
            return 1.0
        core = _core(key)
        if core in words or _TAILS.sub("", core) in words:
            return 0.8
        return 0.5 if any(len(word) > 1 and word in core for word in words) else 0.0

    return sure


def best_grid(grids: Sequence[Grid]) -> int:
    """The place of the table with most to see among those of a workbook."""
    return max(range(len(grids)), key=lambda place: (sum(sum(map(bool, row)) for row in grids[place].head), -place))


def surveyed(source: Source, grids: Sequence[Grid], place: int, known: Mapping[str, Profile]) -> Survey:
    """`survey` of one of a file's tables, with the headings of these profiles."""
    return survey(source, grids[place], known_heading(known), [grid for number, grid in enumerate(grids) if number != place])


def ranked(found: Survey, known: Mapping[str, Profile]) -> list[str]:
    """The canonical tables, the one this is most like first."""
    return sorted(TABLES, key=lambda name: (-_likeness(found, TABLES[name], known), list(TABLES).index(name)))


def _day_in_name(found: Survey) -> bool:
    return any(rule.column == "first_day" and found_in_name(rule.pattern, found.source.name) for rule in SPAN_IN_NAME)


def _likeness(found: Survey, table: Table, known: Mapping[str, Profile]) -> float:
    guesses = _assigned(found, table, known)
    score = sum(guess.score * (0.5 if guess.column in COMMON else 1.0) for guess in guesses.values())
    given = {guess.column for guess in guesses.values()} | {"shop_id"}
    if table.name == "reported":
        given |= {"report", *(["first_day"] if _day_in_name(found) else [])}
    lacking = [name for name in table.required if name not in given]
    score += 0.5 * (len(table.required) - len(lacking)) - 0.9 * len(lacking)
    called = f"{found.source.stem} {found.sheet}".casefold()
    return score + (0.6 if any(word in called for word in FILES.get(table.name, ())) else 0.0)


def _assigned(found: Survey, table: Table, known: Mapping[str, Profile]) -> dict[int, Guess]:
    """The best column for each heading, no column twice: surest first, then in the order of headings and columns."""
    headings = _known_headings(known).get(table.name, {})
    rated = [
        (guess, seen.place)
        for seen in found.usable
        for column in table.columns
        if (guess := _guess(seen, column, table, headings.get(column.name, ()))) is not None
    ]
    order = {column.name: number for number, column in enumerate(table.columns)}
    chosen: dict[int, Guess] = {}
    taken: set[str] = set()
    for guess, place in sorted(rated, key=lambda one: (-one[0].score, one[1], order[one[0].column])):
        if guess.score >= ENOUGH and place not in chosen and guess.column not in taken:
            chosen[place] = guess
            taken.add(guess.column)
    for column in table.columns:
        left = _by_cells(found, table, column, chosen) if column.name not in taken else None
        if left is not None:
            chosen[left] = Guess(column.name, ENOUGH, "cells")
            taken.add(column.name)
    return dict(sorted(chosen.items()))


def _guess(seen: Seen, column: Column, table: Table, headings: Sequence[str]) -> Guess | None:
    key = heading_key(seen.heading)
    score, why, by = _called(key, column, table, headings)
    if score < 0.3:
        return None
    looks = seen.looks
    if why != "known" and looks in ("instant", "date", "percent", "length") and column.kind in ("id", "text", "choice", "flag"):
        return None
    fits = _fits(seen, column, table.name, unit_of(seen, column, table.name))
    if fits < 0.5:
        # A heading that is known stays proposed, and a person sees that its cells do not fit.
        return Guess(column.name, ENOUGH, "known", by) if score == 1.0 and not column.choices else None
    return Guess(column.name, score * (0.8 + 0.2 * fits), cast(Why, why), by)


def _called(key: str, column: Column, table: Table, headings: Sequence[str]) -> tuple[float, str, str]:
    """How well a heading names a column, why, and what it was compared with."""
    if key in headings:
        return 1.0, "known", ""
    core = _core(key)
    for one in headings:
        if core and core == _core(one):
            return 0.96, "known", ""
    best = (0.0, "alike", "")
    if table.name != "reported" or column.name not in REPORTED:
        bare = _TAILS.sub("", core) or core
        for word in NAMES.get(column.name, ()):
            if core == word:
                best = max(best, (0.93, "word", word))
            elif bare == word and bool(_NUMBERED.search(core)) == (column.kind == "id"):
                best = max(best, (0.9, "word", word))
            elif len(word) > 1 and word in bare and (column.kind != "id" or not _other_thing(bare, word)):
                best = max(best, (0.5 + 0.35 * len(word) / len(bare), "word", word))
    # The figures of reports differ by a word: 询单人数 is not 咨询人数.
    least = 0.85 if column.name in REPORTED and table.name == "reported" else 0.6
    letters = set(core)
    for one in headings:
        other = _core(one)
        # No two texts are more alike than twice the shorter one's share, nor without letters in common: nearly all are told apart by that.
        if 2 * min(len(core), len(other)) > least * (len(core) + len(other)) and 2 * len(letters.intersection(other)) >= len(letters):
            ratio = difflib.SequenceMatcher(None, core, other).ratio()
            best = max(best, (0.9 * ratio, "alike", one)) if ratio > least else best
    return best


def _other_thing(heading: str, word: str) -> bool:
    """Whether an id's word is only part of a heading about something else, as 订单 in 订单备注."""
    return not heading.endswith(word)


@lru_cache(maxsize=8192)
def _core(key: str) -> str:
    """A heading's key without a unit or remark in brackets at its end, and without `_`."""
    bare = _BRACKET.sub("", key).replace("_", "").replace("-", "") or key
    return bare.replace("三十秒", "30秒").replace("三分钟", "3分钟").replace("五分钟", "5分钟")


def cell_kind(column: Column, table: str) -> CellKind:
    """The kind of a column's cells: that of the column, but lengths of time and rates among a report's figures are told apart."""
    if table != "reported":
        return column.kind
    figure = REPORTED.get(column.name)
    return "percent" if figure is not None and figure.kind == "rate" else kind_of(column)


def _fits(seen: Seen, column: Column, table: str, unit: Unit | None) -> float:
    """The share of kept cells that convert; of words, of the different ones whose meaning is known or can be guessed."""
    if not seen.cells:
        return 1.0
    if column.choices or column.name in _STARS or column.kind == "flag":
        if seen.words is None:
            return 0.0
        if column.name in _STARS:
            good = [word for word in seen.words if re.fullmatch(r"[1-5](\.0+)?\s*[星分]?", word) or _guessed("stars", word)]
        elif column.kind == "flag":
            good = [word for word in seen.words if word.casefold() in FLAGS]
        else:
            understood = _understood(TABLES[table], column)
            good = [word for word in seen.words if word.casefold() in understood or _guessed(column.name, word)]
        return len(good) / len(seen.words)
    kind = cell_kind(column, table)
    if kind == "percent":
        kind, unit = "number", None
    return seen.fitting(kind, unit)


def _guessed(name: str, word: str) -> bool:
    return any(_within(part, word.casefold()) for some in MEANINGS.get(name, {}).values() for part in some if part)


def _within(part: str, word: str) -> bool:
    """Whether a word holds the part; short Latin ones (`in`, `ai`) must be the whole of it."""
    return part == word if part.isascii() and 0 < len(part) < 3 else part in word


@lru_cache(maxsize=32)
def _blank(table: str) -> Profile:
    """A profile that says nothing: what it understands, every profile does."""
    return Profile(name="blank", zh="blank", table=table, source="blank")


@lru_cache(maxsize=64)
def _understood_words(table: str, column: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _blank(table).words(column))


def _understood(table: Table, column: Column) -> frozenset[str]:
    return frozenset(FLAGS) if column.kind == "flag" else _understood_words(table.name, column.name)


def _by_cells(found: Survey, table: Table, column: Column, chosen: Mapping[int, Guess]) -> int | None:
    """The one heading not yet taken whose cells can hardly be anything else than this column."""
    if not column.required and (table.name, column.name) != ("messages", "text"):
        return None
    free = [seen for seen in found.usable if seen.place not in chosen and seen.cells]
    if column.kind in ("instant", "date"):
        fits = [seen for seen in free if seen.looks == column.kind]
    elif column.choices:
        fits = [seen for seen in free if _fits(seen, column, table.name, None) > 0.6 and seen.words and len(seen.words) > 1]
    elif column.kind == "text" and column.name == "text":
        fits = [seen for seen in free if seen.words is None and seen.looks is None and _has_sentences(seen)]
    else:
        return None
    return fits[0].place if len(fits) == 1 or (fits and column.kind == "instant") else None


def _has_sentences(seen: Seen) -> bool:
    lengths = [len(cell) for cell in seen.cells]
    return max(lengths) >= 12 and not all(re.fullmatch(r"[\w.@:-]+", cell, re.ASCII) for cell in seen.cells)


def unit_of(seen: Seen, column: Column, table: str) -> Unit | None:
    """The unit of a column's figures, told by the heading (（分钟）, (%)) and for rates by the cells. None: the usual one."""
    kind = cell_kind(column, table)
    key = heading_key(seen.heading)
    found = _UNIT_AT_END.search(key)
    word = found[1] if found else ""
    if kind == "money":
        bracketed = bool(found and _BRACKETED.search(found[0]))
        return "fen" if word in ("fen", "cent", "cents") or (word == "分" and bracketed) else None
    if kind == "duration":
        return _UNITS.get(word)
    if kind == "percent":
        signed = any("%" in cell or "％" in cell for cell in seen.cells)
        numbers = convert(seen.series, "number").values.drop_nulls()
        beyond = bool(len(numbers)) and float(cast(float, numbers.cast(pl.Float64).max())) > 1
        return "percent" if not signed and (word == "%" or beyond) else None
    return None


def units_for(column: Column, table: str) -> tuple[Unit, ...]:
    """The units a person may give a column."""
    kind = cell_kind(column, table)
    if kind == "money":
        return ("yuan", "fen")
    if kind == "duration":
        return ("seconds", "milliseconds", "minutes", "hours", "days")
    return ("percent",) if kind in ("percent", "number") else ()


def _sums(found: Survey) -> tuple[str, ...]:
    """First cells of last rows that call them a sum in words no profile knows."""
    cells = (cell for row in found.tail for cell in row[:3])
    return tuple(dict.fromkeys(cell for cell in cells if len(cell) <= 12 and _SUM.search(cell) and cell not in MARKERS))


# Names and text -------------------------------------------------------------------------------------------------------------------


_DATED = re.compile(rf"(?<!\d){NAMED_DAY}|\d{{6,}}")
_ENDS = re.compile(r"^[-_.\s]+|[-_.\s(（]*[)）]*$")
"""What names of files hold besides the name: days and running numbers."""


def proposed_name(stem: str, table: str, taken: Iterable[str]) -> str:
    """A name for the profile out of the file's: its Latin letters without a date, else `own_` and the table; a number behind it where taken."""
    slug = re.sub(r"[^a-z0-9]+", "_", _DATED.sub("_", stem.casefold())).strip("_")[: LONGEST_NAME - 4].strip("_")
    base = slug if re.match(r"[a-z]", slug) and len(slug) > 2 else f"own_{table}"
    if base in _NEVER:
        base = f"own_{base}"
    names, name, number = set(taken), base, 1
    while name in names:
        number += 1
        name = f"{base}_{number}"
    return name


_NEVER = ("con", "prn", "aux", "nul", "none", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)))
"""No file may be called so on Windows; `none` is what --profile says for no profile."""


def check_name(name: str, shipped: Iterable[str]) -> str:
    """The name, when a profile of one's own may have it. Raises `Failure` else."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or len(name) > LONGEST_NAME or name in _NEVER:
        raise failure(BAD_NAME, name=name[:80], longest=LONGEST_NAME)
    if name in shipped:
        raise failure(TAKEN_NAME, name=name)
    return name


_KEYS = (
    "name", "zh", "table", "platform", "source", "headings", "required", "values", "constants", "units", "leave_out", "summary",
    "data_row", "share",
)  # fmt: skip


def written(profile: Profile) -> str:
    """The profile as the text of a YAML file. Reading it gives the same profile."""
    plain = profile.model_dump(exclude_defaults=True)
    text = io.StringIO()
    yaml = YAML(typ="rt")
    yaml.width = 1_000_000
    yaml.allow_unicode = True
    yaml.dump(CommentedMap((key, _node(plain[key])) for key in (*_KEYS, *(key for key in plain if key not in _KEYS)) if key in plain), text)
    again = load(Profile, text.getvalue(), f"{profile.name}.yaml")
    if again != profile:
        raise AssertionError(f"the profile does not read back: {text.getvalue()!r}")
    return text.getvalue()


def _node(value: object) -> object:
    """Mappings as blocks, lists in one line."""
    if isinstance(value, dict):
        return CommentedMap((_node(key), _node(inner)) for key, inner in value.items())
    if isinstance(value, str) and not value.isprintable():
        # Between other quotes a line break of Unicode (U+0085, U+2028) would be read as a blank.
        return DoubleQuotedScalarString(value)
    if isinstance(value, list | tuple):
        found = CommentedSeq(_node(inner) for inner in value)
        found.fa.set_flow_style()
        return found
    return value
