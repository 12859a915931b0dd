"""From a raw table to rows of a canonical one: every column converted at once, a row with one bad cell refused as a whole."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import polars as pl

from kaohe.errors import Code, Problem, code
from kaohe.importing import reported
from kaohe.importing.cells import BLANKS, EMPTY, FLAGS, NOT_A_CHOICE, NOTHING, TROUBLE, Cells, convert, ids, stripped
from kaohe.importing.profiles import FromFileName, Profile, found_in_name, heading_key
from kaohe.importing.raw import RawTable
from kaohe.importing.shops import SHOP_REFUSED, Shops, bad_zones, folder_platform
from kaohe.importing.tabular import Part
from kaohe.model.days import DEFAULT_TIMEZONE, NO_SUCH_ZONE
from kaohe.model.tables import Column

LEFT_OUT = code(
    "rows_left_out",
    zh="{count} 行没有导入：“{found}”的行不计（格式 {profile}）",
    en="{count} rows were left out: those with {found!r} do not count (profile {profile})",
)

SHOWN = 50
"""Characters of a bad cell that a message repeats."""

SIDE_BY_SIDE_ROWS = 10_000
"""From so many rows on, starting threads costs less than converting columns two at a time saves."""

LABELS = 3
"""A row that sums up others says so in one of its first cells."""


@dataclass(slots=True)
class Converted:
    """What became of a raw table. `read` rows are those not blank: accepted ones in `frame`, `skipped` ones, and refused ones.

    Skipped are rows that sum up others and those the profile leaves out; `left_out` counts the latter by heading and word.

    `refused` holds the refused rows as they were, in order; beside them stand `lines`, `shops` (where known) and `reasons`, the first
    thing wrong with each. `problem_count` counts all bad cells: a row may have several.
    """

    frame: pl.DataFrame
    read: int
    skipped: int
    refused: pl.DataFrame
    lines: list[int] = field(default_factory=list)
    reasons: list[Problem] = field(default_factory=list)
    shops: list[str | None] = field(default_factory=list)
    problem_count: int = 0
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)


class Converter:
    """Converts the raw tables of one part. `shop` is whose rows they are when they do not say it themselves."""

    def __init__(self, part: Part, shops: Shops, shop: str | None, *, shop_wins: bool = False, day: str | None = None) -> None:
        """`day` is the day of a report that tells none."""
        self._part, self._shops, self._shop, self._shop_wins, self._day = part, shops, shop, shop_wins, day
        self._profile: Profile = part.profile
        self._table = part.profile.canonical
        self._platform = part.profile.platform or folder_platform(part)
        self._words = {column.name: self._profile.words(column.name) for column in self._table.columns if column.choices}
        self._places: dict[str, int] = {}
        for place, heading in enumerate(part.headings):
            self._places.setdefault(heading_key(heading), place)

    def convert(self, raw: RawTable) -> Converted:
        blank = self._blank_rows(raw.frame, raw)
        if blank is not None:
            kept = (~blank).arg_true()
            renumbered = {int(old): new for new, old in enumerate(kept)}
            lines = pl.Series([raw.line(int(place)) for place in kept], dtype=pl.Int64)
            broken = {renumbered[place]: problem for place, problem in raw.broken.items() if place in renumbered}
            raw = RawTable(raw.frame.filter(~blank), raw.first, lines, broken)
        if self._part.again:
            raw = RawTable(unprotected(raw.frame), raw.first, raw.lines, raw.broken)
        table = _Rows(raw, raw.frame)
        frame = self._columns(table)
        return self._judged(table, frame)

    def _blank_rows(self, frame: pl.DataFrame, raw: RawTable) -> pl.Series | None:
        """Rows with nothing in them; None when there are none, which one look at a needed column usually tells.

        Sheets end in thousands of them; the few that hold blanks instead of nothing are found among the refused.
        """
        anchors = [frame.columns[self._part.places[name]] for name in self._profile.needed if name in self._part.places]
        anchor = next((name for name in anchors if frame[name].null_count() or (frame[name].str.len_bytes() == 0).any()), None)
        if anchors and anchor is None:
            return None
        empty = frame.select(pl.all_horizontal(pl.all().fill_null("").str.strip_chars(BLANKS) == "")).to_series()
        if raw.broken:
            empty = empty.scatter(list(raw.broken), False)
        return empty if empty.any() else None

    def _columns(self, table: _Rows) -> pl.DataFrame:
        """Every canonical column, in order; what could not be converted is noted in `table`."""
        zones = self._zones(table)
        columns = self._table.columns
        texts = [None if column.name == "shop_id" and table.shop is not None else self._given_text(table, column) for column in columns]

        def cells(column: Column, text: pl.Series | None) -> Cells | None:
            return self._cells(column, text, zones) if text is not None else None

        if len(table.frame) < SIDE_BY_SIDE_ROWS:
            converted = list(map(cells, columns, texts))
        else:
            with ThreadPoolExecutor(2) as threads:
                converted = list(threads.map(cells, columns, texts))
        found: list[pl.Series] = []
        for column, text, one in zip(columns, texts, converted, strict=True):
            if one is None or text is None:
                assert table.shop is not None
                found.append(table.shop.rename(column.name))
                continue
            # In the order of the columns, whichever was ready first: a row's first trouble is its reason.
            self._note_bad(table, column, text, one)
            if self._table.name == "reported":
                one, wrong, trouble = reported.plausible(column, one)
                table.note(trouble, self._heading(column.name), wrong, text, of=column.name)
            found.append(one.values.rename(column.name))
        frame = self._derived(table, pl.DataFrame(found))
        if self._table.name == "reported":
            frame = self._of_days(table, frame)
        if self._table.name == "shops":
            frame = self._zoned(table, frame)
        for column in self._table.columns:
            if (column.required or column.name in self._profile.filled) and frame[column.name].null_count():
                bad = frame[column.name].is_null().arg_true()
                # A cell that did not convert is null too, and already has its reason.
                table.note(EMPTY, self._heading(column.name), bad.filter(~bad.is_in(list(table.failed(column.name)))), unless_noted=True)
        if self._table.name == "messages":
            zone = pl.lit(zones, dtype=pl.String) if isinstance(zones, str) else zones
            frame = frame.with_columns(zone.alias("timezone"))
        return frame

    def _derived(self, table: _Rows, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns that come from others: sums, repeated ones, ids made up; then what is kept only on some rows."""
        for name, headings in self._profile.sums.items():
            frame = frame.with_columns(pl.coalesce(pl.col(name), self._sum(table, self._table.column(name), headings)).alias(name))
        for name, rule in self._profile.same_as.items():
            where = self._holds(table, rule.heading, rule.one_of or rule.none_of)
            if where is not None:
                frame = frame.with_columns(
                    pl.coalesce(pl.col(name), pl.when(where if rule.one_of else ~where).then(pl.col(rule.column))).alias(name)
                )
        for name, parts in self._profile.made_of.items():
            own = frame[name]
            frame = frame.with_columns(own.zip_with(own.is_not_null(), self._made(table, frame, parts)).alias(name))
        for name, only in self._profile.only_when.items():
            keep = frame[only.column].is_in(list(only.one_of)).fill_null(False) if only.column is not None else None
            keep = self._holds(table, only.heading, only.one_of) if only.heading is not None else keep
            if keep is not None:
                frame = frame.with_columns(pl.when(keep).then(pl.col(name)).alias(name))
        return frame

    def _of_days(self, table: _Rows, frame: pl.DataFrame) -> pl.DataFrame:
        """A report's rows with the last of their days, and when the report was made."""
        if frame["exported_on"].is_null().all() and (made := reported.made_on(self._part)) is not None:
            frame = frame.with_columns(exported_on=convert(_repeated(made, len(frame)), "date").values)
        frame = reported.spanned(frame)
        reversed_ = (frame["last_day"] < frame["first_day"]).fill_null(False)
        if reversed_.any():
            table.note(reported.SPAN_REVERSED, self._heading("last_day"), reversed_.arg_true(), frame["last_day"].cast(pl.String))
        return frame

    def _raw(self, table: _Rows, heading: str) -> pl.Series | None:
        """The cells under a heading of the export, stripped; None where it has no such heading."""
        place = self._places.get(heading_key(heading))
        return None if place is None else table.frame.to_series(place).str.strip_chars(BLANKS)

    def _holds(self, table: _Rows, heading: str, words: Sequence[str]) -> pl.Series | None:
        """Whether the cell under a heading is one of the words; None where the export has no such heading."""
        cells = self._raw(table, heading)
        return None if cells is None else cells.is_in(list(words)).fill_null(False)

    def _sum(self, table: _Rows, column: Column, headings: Sequence[str]) -> pl.Series:
        """The cells under the headings added up, an empty one as nothing; null where all are."""
        found: list[pl.Series] = []
        for number, heading in enumerate(headings):
            text = self._raw(table, heading)
            if text is None:
                continue
            cells = convert(text, reported.kind_of(column), unit=self._unit(column))
            if len(cells.bad):
                table.note(
                    TROUBLE[reported.kind_of(column)],
                    self._part.headings[self._places[heading_key(heading)]],
                    cells.bad,
                    text,
                    of=column.name,
                )
            found.append(cells.values.rename(str(number)))
        if not found:
            return _repeated(None, len(table.frame)).cast(column.dtype)
        some = pl.DataFrame(found)
        total = pl.when(pl.any_horizontal(pl.all().is_not_null())).then(pl.sum_horizontal(pl.all()))
        return some.select(total.cast(column.dtype)).to_series()

    def _made(self, table: _Rows, frame: pl.DataFrame, parts: Sequence[str]) -> pl.Series:
        """An id for every row out of its parts: the same on every machine, and for the same row in another export."""
        texts = []
        for number, part in enumerate(parts):
            cells = frame[part].to_physical().cast(pl.String) if part in frame.columns else self._raw(table, part)
            if cells is not None:
                texts.append(cells.rename(str(number)))
        joined = pl.DataFrame(texts).select(pl.concat_str(pl.all().fill_null(""), separator="\x1f")).to_series()
        made = [hashlib.blake2b(text.encode(), digest_size=12).hexdigest() for text in joined]
        return pl.Series(made, dtype=pl.String)

    def _heading(self, name: str) -> str:
        place = self._part.places.get(name)
        if place is not None:
            return self._part.headings[place]
        stand_ins = (self._places.get(heading_key(heading)) for heading in self._profile.stands_in(name))
        return next((self._part.headings[place] for place in stand_ins if place is not None), name)

    def _text(self, table: _Rows, name: str) -> pl.Series | None:
        place = self._part.places.get(name)
        if place is None:
            return None
        text = table.frame.to_series(place)
        for prefix in self._profile.prefixes.get(name, ()):
            text = text.str.strip_chars(BLANKS).str.strip_prefix(prefix)
        for suffix in self._profile.suffixes.get(name, ()):
            text = text.str.strip_chars(BLANKS).str.strip_suffix(suffix)
        return text

    def _given_text(self, table: _Rows, column: Column) -> pl.Series:
        text = self._text(table, column.name)
        if text is None:
            text = _repeated(self._given(column), len(table.frame))
        if column.name in self._profile.otherwise:
            text = self._filled(table, column, text)
        words = self._profile.values.get(column.name)
        if words and (not column.choices or "" in words.values()):
            # Words of a choice are understood where it is converted; here only those for nothing, and those of other kinds of columns.
            mine = {word: to or None for word, to in words.items() if not (to and column.choices)}
            text = text.str.strip_chars(BLANKS).replace(list(mine), list(mine.values()))
        other = self._profile.other_words.get(column.name)
        if other is not None:
            known = [word.casefold() for word in (*(self._words.get(column.name) or FLAGS), *NOTHING)]
            lower = stripped(text).str.to_lowercase()
            text = text.set((~lower.is_in(known)).fill_null(False), other)
        return text

    def _filled(self, table: _Rows, column: Column, text: pl.Series) -> pl.Series:
        """The column with its empty cells filled from other headings, in the order the profile gives; `table` learns which cell is whose."""
        empty = _nothing(text)
        origin = _repeated(self._heading(column.name), len(text))
        for rule in self._profile.otherwise[column.name]:
            cells = self._raw(table, rule.heading) if empty.any() else None
            if cells is None:
                continue
            if rule.pattern is not None:
                cells = cells.str.extract(rule.pattern, 1)
            cells = rule.before + cells
            take = empty & ~_nothing(cells)
            text = cells.zip_with(take, text)
            origin = origin.set(take, self._part.headings[self._places[heading_key(rule.heading)]])
            empty = empty & ~take
        table.origins[column.name] = origin
        return text

    def _cells(self, column: Column, text: pl.Series, zones: str | pl.Series) -> Cells:
        choices = self._words.get(column.name)
        cells = convert(text, reported.kind_of(column), zones=zones, choices=choices, unit=self._unit(column))
        rule = self._named_by_file(column.name)
        if rule is not None and rule.shift_days and column.kind == "date":
            cells = Cells(cells.values.dt.offset_by(f"{rule.shift_days}d"), cells.bad)
        return cells

    def _unit(self, column: Column) -> str | None:
        """What bare figures of a column count: for lengths of time as its heading says, else as the profile says."""
        said = reported.unit_in(self._heading(column.name)) if reported.kind_of(column) == "duration" else None
        return said or self._profile.units.get(column.name) or reported.default_unit(column)

    def _named_by_file(self, name: str) -> FromFileName | None:
        """The rule that reads a column without heading off the file's name; None where the column has a heading."""
        if name in self._part.places:
            return None
        return next((rule for rule in self._profile.file_name_rules if rule.column == name), None)

    def _note_bad(self, table: _Rows, column: Column, text: pl.Series, cells: Cells) -> None:
        if not len(cells.bad):
            return
        if self._words.get(column.name) is not None:
            # The export's own words first: they are what a person looking at it can compare.
            allowed = dict.fromkeys([*(word for word, to in self._profile.values.get(column.name, {}).items() if to), *column.choices])
            table.note(NOT_A_CHOICE, self._heading(column.name), cells.bad, text, of=column.name, choices="、".join(allowed))
            return
        origins = table.origins.get(column.name)
        if origins is None:
            table.note(TROUBLE[reported.kind_of(column)], self._heading(column.name), cells.bad, text, of=column.name)
            return
        whose = origins.gather(cells.bad)
        for heading in whose.unique(maintain_order=True):
            table.note(TROUBLE[reported.kind_of(column)], heading, cells.bad.filter(whose == heading), text, of=column.name)

    def _given(self, column: Column) -> str | None:
        """What a column without heading holds: the profile's constant, or a part of the file's name."""
        rule = self._named_by_file(column.name)
        found = found_in_name(rule.pattern, self._part.source.name) if rule is not None else None
        if found is None and self._table.name == "reported" and column.name == "first_day":
            found = self._day
        return found if found is not None else self._profile.constants.get(column.name)

    def _zones(self, table: _Rows) -> str | pl.Series:
        """The zone of every row, after its shop; one name when it is the same for all. Sets `table.shop`."""
        if not any(column.name == "shop_id" for column in self._table.columns) or self._table.name == "shops":
            return DEFAULT_TIMEZONE
        text = self._text(table, "shop_id")
        size = len(table.frame)
        if text is None or (self._shop_wins and self._shop is not None):
            shop = _repeated(self._shop, size)
        else:
            shop = ids(text)
            if self._profile.shops_by_name:
                shop = self._named_shops(table, shop)
            elif self._part.shops:
                called = {name: self._shops.identified(name, self._platform) for name in shop.unique().drop_nulls().to_list()}
                shop = shop.replace(list(called), list(called.values())) if called else shop
            if shop.null_count() and self._shop is not None:
                shop = shop.fill_null(self._shop)
        table.shop = shop
        names = shop.unique().drop_nulls().to_list()
        refused = [name for name in names if name in self._shops.refused]
        if refused:
            table.note(SHOP_REFUSED, self._heading("shop_id"), shop.is_in(refused).fill_null(False).arg_true(), shop)
        zone_of = {name: self._shops.zone_of(name) for name in names if name not in refused}
        different = set(zone_of.values())
        if len(different) <= 1:
            return next(iter(different), DEFAULT_TIMEZONE)
        return shop.replace_strict(list(zone_of), list(zone_of.values()), default=DEFAULT_TIMEZONE, return_dtype=pl.String)

    def _named_shops(self, table: _Rows, names: pl.Series) -> pl.Series:
        """The ids of shops called by name, each on its row's platform, which `table` learns."""
        heading = self._profile.platform_heading
        platforms = self._raw(table, heading) if heading is not None else None
        words = _repeated(None, len(names)) if platforms is None else platforms
        called = pl.DataFrame([names.rename("name"), words.rename("on")])
        pairs = called.unique(maintain_order=True).filter(pl.col("name").is_not_null())
        found: list[str] = []
        for name, on in pairs.iter_rows():
            shop, platform = self._shops.on_platform(name, on or None)
            if platform is not None and table.platforms.setdefault(shop, platform) != platform:
                # The same name on another platform, a few rows up in this file.
                shop = f"{name}（{on}）"
                table.platforms[shop] = platform
            found.append(shop)
        known = pairs.with_columns(pl.Series("shop", found, dtype=pl.String))
        return called.join(known, on=["name", "on"], how="left", nulls_equal=True, maintain_order="left")["shop"]

    def _zoned(self, table: _Rows, frame: pl.DataFrame) -> pl.DataFrame:
        """Shops with their zone filled in; a zone there is not is a bad cell, and the shop's other rows can not be imported."""
        frame = frame.with_columns(pl.col("timezone").fill_null(DEFAULT_TIMEZONE))
        wrong = bad_zones(frame["timezone"].unique().to_list())
        if wrong:
            bad = frame["timezone"].is_in(list(wrong))
            table.note(NO_SUCH_ZONE, self._heading("timezone"), bad.arg_true(), frame["timezone"], part="zone")
        return frame

    def _judged(self, table: _Rows, frame: pl.DataFrame) -> Converted:
        size = len(frame)
        for place, problem in table.raw.broken.items():
            table.break_row(place, problem)
        blank = self._blanks(table)
        table.forget(blank)
        summaries = self._summaries(table)
        left_out = {place: why for place, why in self._left_out(table).items() if place not in {*summaries, *blank}}
        skipped = sorted({*summaries, *left_out})
        table.forget(skipped)
        out = sorted({*table.reasons, *skipped, *blank})
        if out:
            keep = pl.Series([True], dtype=pl.Boolean).new_from_index(0, size).scatter(out, False)
            frame = frame.filter(keep)
        if table.shop is not None:
            # Only of rows that go in: a line of totals calls its shop 总计.
            for shop in sorted(frame["shop_id"].unique().drop_nulls()):
                self._shops.need([shop], table.platforms.get(shop, self._platform), certain=shop in table.platforms)
        places = sorted(table.reasons)
        name = self._part.name
        lines = [table.raw.line(place) for place in places]
        reasons = [_placed(table.reasons[place], name, line) for place, line in zip(places, lines, strict=True)]
        shop = table.shop
        return Converted(
            frame=frame,
            read=size - len(blank),
            skipped=len(skipped),
            refused=table.frame.select(pl.all().gather(places)) if places else table.frame.clear(),
            lines=lines,
            reasons=reasons,
            shops=[shop[place] if shop is not None else None for place in places],
            problem_count=table.count,
            left_out=Counter(left_out.values()),
        )

    def _left_out(self, table: _Rows) -> dict[int, tuple[str, str]]:
        """Positions of the rows the profile leaves out, each with the heading and the word that say so."""
        found: dict[int, tuple[str, str]] = {}
        for heading, words in self._profile.leave_out.items():
            cells = self._raw(table, heading)
            if cells is None:
                continue
            places = cells.is_in(list(words)).fill_null(False).arg_true()
            for place, word in zip(places.to_list(), cells.gather(places).to_list(), strict=True):
                if place not in table.raw.broken:
                    found.setdefault(place, (heading, word))
        return found

    def _blanks(self, table: _Rows) -> list[int]:
        """Positions of rows that hold nothing but blanks. They lack what is needed, so they are among the refused."""
        places = sorted(set(table.reasons) - set(table.raw.broken))
        if not places:
            return []
        rows = table.frame.select(pl.all().gather(places))
        empty = rows.select(pl.all_horizontal(pl.all().fill_null("").str.strip_chars(BLANKS) == "")).to_series()
        return [places[place] for place in empty.arg_true().to_list()]

    def _summaries(self, table: _Rows) -> list[int]:
        """Positions of rows that sum up others.

        Where every row has a moment, a total has none: only rows that are refused anyway are looked at.
        """
        if not self._profile.summary or not len(table.frame):
            return []
        labels = list(range(min(LABELS, table.frame.width)))
        if self._table.name == "reported" and (place := self._part.places.get("agent_id", 0)) not in labels:
            labels.append(place)
        if any(column.required and column.kind == "instant" for column in self._table.columns):
            places = sorted(set(table.reasons) - set(table.raw.broken))
            frame = table.frame.select(pl.nth(labels).gather(places)) if places else None
        else:
            places, frame = list(range(len(table.frame))), table.frame.select(pl.nth(labels))
        if frame is None:
            return []
        marks = frame.select(pl.any_horizontal(pl.all().str.strip_chars(BLANKS).is_in(list(self._profile.summary)))).to_series()
        return [places[place] for place in marks.fill_null(False).arg_true().to_list()]


class _Rows:
    """The rows at hand and what is wrong with them. A row's first trouble is its reason."""

    def __init__(self, raw: RawTable, frame: pl.DataFrame) -> None:
        self.raw, self.frame = raw, frame
        self.shop: pl.Series | None = None
        self.platforms: dict[str, str] = {}
        self.origins: dict[str, pl.Series] = {}
        self.reasons: dict[int, Problem] = {}
        self._failed: dict[str, set[int]] = {}
        self._noted: set[tuple[int, str]] = set()
        self._cells: Counter[int] = Counter()

    @property
    def count(self) -> int:
        """How many things are wrong, all rows together."""
        return self._cells.total()

    def note(
        self,
        code: Code,
        heading: str,
        places: pl.Series,
        text: pl.Series | None = None,
        *,
        unless_noted: bool = False,
        part: str = "found",
        of: str | None = None,
        **parts: object,
    ) -> None:
        found = text.gather(places).to_list() if text is not None else [None] * len(places)
        if of is not None:
            self._failed.setdefault(of, set()).update(places.to_list())
        for place, cell in zip(places.to_list(), found, strict=True):
            if unless_noted and (place, heading) in self._noted:
                continue
            self._noted.add((place, heading))
            self._cells[place] += 1
            if place not in self.reasons:
                shown = (cell or "").strip()[:SHOWN]
                said = {"found": shown, part: shown, **parts} if text is not None else parts
                self.reasons[place] = Problem(code, None, None, heading, said)

    def failed(self, name: str) -> set[int]:
        """Positions where a canonical column is null because its text did not convert."""
        return self._failed.get(name, set())

    def break_row(self, place: int, problem: Problem) -> None:
        self._cells[place] = 1
        self.reasons[place] = problem

    def forget(self, places: list[int]) -> None:
        for place in places:
            self.reasons.pop(place, None)
            self._cells.pop(place, None)


def _placed(problem: Problem, file: str, line: int) -> Problem:
    return Problem(problem.code, file, line, problem.column, problem.parts)


def _nothing(text: pl.Series) -> pl.Series:
    """Whether each cell holds no value: null, blank, or one of the ways exports write none."""
    bare = text.str.strip_chars(BLANKS)
    return (bare.is_null() | (bare == "") | bare.is_in(list(NOTHING))).fill_null(True)


def _repeated(value: str | None, size: int) -> pl.Series:
    return pl.Series([value], dtype=pl.String).new_from_index(0, size) if size else pl.Series([], dtype=pl.String)


DANGEROUS = r"^['=+\-@\t\r\n]"
"""How a cell begins that a spreadsheet would run, and the apostrophe that keeps it from doing so."""


def protected(frame: pl.DataFrame) -> pl.DataFrame:
    """Text columns with an apostrophe before every cell that begins like a formula; `unprotected` takes it away again."""
    return frame.with_columns(pl.when(pl.all().str.contains(DANGEROUS)).then("'" + pl.all()).otherwise(pl.all()).name.keep())


def unprotected(frame: pl.DataFrame) -> pl.DataFrame:
    """Undo `protected`, also when a spreadsheet program dropped the apostrophe on the way."""
    return frame.with_columns(pl.all().str.replace(r"^'(['=+\-@\t\r\n])", "${1}"))
