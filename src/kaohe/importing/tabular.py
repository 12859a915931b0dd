"""Opening files: which tables lie in one, under which profile, and their rows as raw tables.

The headings need not be in the first row, a workbook may hold several tables, and JSON or a copied chat has no headings at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from kaohe.errors import Failure, Problem, code, failure
from kaohe.importing import jsontext, pdd_chat, qianniu_sheet, qianniu_text
from kaohe.importing.delimited import DELIMITERS, Delimited, head_rows, head_text, text_encoding
from kaohe.importing.files import NOT_READABLE, TOO_BIG, Source, recognise
from kaohe.importing.isolated import Isolated
from kaohe.importing.profiles import Match, Profile, choose, closest, heading_key, match
from kaohe.importing.raw import RawTable, text_frame, unique_headings

NO_PROFILE = code(
    "table_not_known",
    zh="认不出这是什么表：表头里没有已知的列。表头前几列：{headings}。可用 --profile 指定格式，或写一个格式文件",
    en="no profile knows this table: its headings begin {headings}. Name one with --profile, or write one",
)
HEADINGS_MISSING = code(
    "headings_missing",
    zh="看起来是“{zh}”（{profile}），但缺少列：{missing}。请重新导出，或补上这些列",
    en="this looks like {profile!r}, but these columns are missing: {missing}. Export it again or add them",
)
TOO_WIDE = code(
    "table_too_wide",
    zh="有 {found} 列，超过上限 {limit} 列，不像是导出的报表。请检查分隔符或文件",
    en="has {found} columns, more than {limit}; this is hardly an export. Check the delimiter or the file",
)
NO_CLOCK = code(
    "chat_without_clock",
    zh="这是聊天记录，但没有时间，无法计算响应时间，因此不导入。请导出带发送时间的聊天记录",
    en="these are chats without any time; no response figure can be computed from them, so they are not imported. Export chats with times",
)
NO_ROWS = code("no_entries", zh="没有找到任何聊天记录", en="no chat entries were found")

COLUMNS_AT_MOST = 2_000
ROWS = 500_000
"""Rows of a raw table at most; text may come in larger runs when its rows are short."""

HEADER_ROWS = 20
"""The headings are looked for this far down."""

CHAT_BYTES = 256 * 2**20
MARK, SHOP = "kaohe_profile", "kaohe_shop"
"""Headings only quarantine files have: the profile by which their rows are to be read again, and the shop they were found to be of."""

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a file. `places` gives each canonical column's place among `headings`; `shops` are shop names or ids the content itself tells.

    `again` marks a quarantine file: its cells may carry the apostrophe that kept spreadsheets from running them.
    """

    source: Source
    profile: Profile
    headings: Sequence[str]
    places: Mapping[str, int]
    tables: Callable[[Advance | None], Iterator[RawTable]]
    sheet: str = ""
    shops: frozenset[str] = frozenset()
    again: bool = False

    @property
    def is_chat(self) -> bool:
        """Whether the rows come from entries of a chat instead of a table with headings."""
        return self.profile.reader in ("pdd_chat", "qianniu_text")

    @property
    def name(self) -> str:
        return f"{self.source.name}[{self.sheet}]" if self.sheet else self.source.name


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens files. `room` takes what spreadsheets and Parquet are unpacked into; `day` is the day of clock times that have none."""

    profiles: Mapping[str, Profile]
    isolated: Isolated
    room: Path
    named: Profile | None = None
    day: str | None = None

    def open(self, source: Source) -> list[Part]:
        """Every table of the file that a profile reads. Raises `Failure` when there is none, saying what is missing."""
        try:
            kind = recognise(source.path, source.name)
            if kind == "text":
                return [self._text(source)]
            if kind == "json":
                return [self._json(source)]
            return self._arrow(source, kind)
        except OSError as error:
            raise failure(NOT_READABLE, file=source.name, reason=error.strerror or str(error)) from None

    @property
    def _candidates(self) -> list[Profile]:
        return [self.named] if self.named else list(self.profiles.values())

    # Text ---------------------------------------------------------------------------------------------------------------

    def _text(self, source: Source) -> Part:
        text = head_text(source.path)
        best: tuple[_Header, str] | None = None
        samples: list[list[list[str]]] = []
        for delimiter in DELIMITERS:
            rows = head_rows(text, delimiter, HEADER_ROWS + 1)
            samples.append(rows)
            widest = max((len(row) for row in rows), default=0)
            header = self._header(source, rows) if widest <= COLUMNS_AT_MOST else None
            if header is not None and (best is None or len(header.match.places) > len(best[0].match.places)):
                best = header, delimiter
        if best is not None:
            header, delimiter = best
            file = Delimited(source.path, source.name, text_encoding(source.path), delimiter)
            skip = header.skip
            return self._part(source, header, lambda advance: file.tables(header.headings, skip, advance))
        if self._may_be_chat(source) and qianniu_text.looks_like_chat(text):
            return self._chat_text(source)
        widest = max(len(row) for rows in samples for row in rows) if any(samples) else 0
        if widest > COLUMNS_AT_MOST:
            raise failure(TOO_WIDE, file=source.name, found=widest, limit=COLUMNS_AT_MOST)
        unknown = self._unknown(source, max(samples, key=lambda rows: max((len(row) for row in rows), default=0)))
        if unknown.problems[0].code is NO_PROFILE and any(map(_chat_without_clock, samples[:2])):
            raise failure(NO_CLOCK, file=source.name)
        raise unknown

    def _may_be_chat(self, source: Source) -> bool:
        """Whether a text that is no known table may be a pasted chat. A file called a table is one nobody knows, not a chat."""
        if self.named is not None:
            return self.named.reader == "qianniu_text"
        return not source.name.lower().endswith((".csv", ".tsv"))

    def _chat_text(self, source: Source) -> Part:
        if source.size > CHAT_BYTES:
            raise failure(TOO_BIG, file=source.name, limit=f"{CHAT_BYTES // 2**20} MB", what=f"{source.size // 2**20} MB")
        profile = self.named or self.profiles["qianniu_text"]
        data = source.path.read_bytes()
        encoding = text_encoding(source.path)
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")

        def tables(advance: Advance | None) -> Iterator[RawTable]:
            yield from qianniu_text.tables(text, profile.chat)
            if advance is not None:
                advance(source.size)

        return _chat_part(source, profile, tables, frozenset(qianniu_text.shops_in(text)))

    # JSON ---------------------------------------------------------------------------------------------------------------

    def _json(self, source: Source) -> Part:
        seen = list(islice(jsontext.items(source.path, source.name), 1000))
        if not seen:
            raise failure(NO_ROWS, file=source.name)
        good = [item.value for item in seen if item.problem is None]
        if not good:
            raise Failure([item.problem for item in seen if item.problem is not None][:1])
        some = [message for value in good for message in islice(pdd_chat.messages(value), 1000)]
        if some and (self.named is None or self.named.reader == "pdd_chat"):
            return self._pdd_chat(source, some)
        objects = [value for value in good if isinstance(value, dict)]
        wrapped = jsontext.records(good[0]) if len(good) == 1 else ()
        for rows in wrapped:
            # An answer of an interface: the rows lie inside one object.
            inner = list(dict.fromkeys(str(key) for row in rows for key in row))
            header = self._header(source, [inner]) if len(inner) <= COLUMNS_AT_MOST else None
            if header is not None:
                return self._part(source, header, _wrapped(rows, inner, header.headings, seen[0].line, source.size))
        names = list(dict.fromkeys(str(key) for value in objects for key in value))
        header = self._header(source, [list(names)])
        if header is None:
            raise self._unknown(source, [list(names)])
        if len(names) > COLUMNS_AT_MOST:
            raise failure(TOO_WIDE, file=source.name, found=len(names), limit=COLUMNS_AT_MOST)
        return self._part(source, header, lambda advance: _json_tables(source, names, header.headings, advance))

    def _pdd_chat(self, source: Source, some: Sequence[Mapping[str, object]]) -> Part:
        profile = self.named or self.profiles["pdd_chat"]
        malls = frozenset(mall for mall in map(pdd_chat.mall_of, some) if mall)
        rules = pdd_chat.Rules.of(profile.chat, _contains(source.path, b'"cs_uid"'))

        def tables(advance: Advance | None) -> Iterator[RawTable]:
            return pdd_chat.tables(jsontext.items(source.path, source.name, advance), rules, source.stem)

        return _chat_part(source, profile, tables, malls)

    # Spreadsheets and Parquet ---------------------------------------------------------------------------------------------

    def _arrow(self, source: Source, kind: str) -> list[Part]:
        room = self.room / f"{len(list(self.room.iterdir())):06}"
        room.mkdir()
        found, columns = self.isolated.tables(kind, source.path, source.name, room)
        if kind == "parquet":
            return [self._parquet(source, [table.path for table in found], columns)]
        parts: list[Part] = []
        heads: list[list[list[str | None]]] = []
        share = source.size // max(len(found), 1)
        for table in found:
            if not table.rows:
                continue
            frame = pl.scan_ipc(table.path).head(HEADER_ROWS + 1).collect()
            rows = [list(row) for row in frame.rows()]
            heads.append(rows)
            if frame.width > COLUMNS_AT_MOST:
                continue
            header = self._header(source, rows)
            if header is not None:
                day = next((day for row in rows[: header.row] if (day := qianniu_sheet.day_in(row))), self.day)
                shops = _shops_in(table.path, header) if header.match.profile.reader == "qianniu_sheet" else frozenset()
                parts.append(self._part(source, header, _slices(table.path, header, day, share), table.name, shops))
        if parts:
            return parts
        widest = max((len(rows[0]) for rows in heads), default=0)
        if widest > COLUMNS_AT_MOST:
            raise failure(TOO_WIDE, file=source.name, found=widest, limit=COLUMNS_AT_MOST)
        raise self._unknown(source, max(heads, key=len, default=[]))

    def _parquet(self, source: Source, paths: Sequence[Path], columns: Sequence[str]) -> Part:
        if len(columns) > COLUMNS_AT_MOST:
            raise failure(TOO_WIDE, file=source.name, found=len(columns), limit=COLUMNS_AT_MOST)
        header = self._header(source, [list(columns)])
        if header is None:
            raise self._unknown(source, [list(columns)])

        def tables(advance: Advance | None) -> Iterator[RawTable]:
            # Rows of a Parquet file have no lines; they are counted as a spreadsheet of it would count them.
            row = 2
            for path in paths:
                frame = pl.read_ipc(path).rename(dict(zip(columns, header.headings, strict=True)))
                yield RawTable(frame, row)
                row += len(frame)
                if advance is not None:
                    advance(source.size // len(paths))

        return self._part(source, header, tables)

    # Headings -------------------------------------------------------------------------------------------------------------

    def _header(self, source: Source, rows: Sequence[Sequence[str | None]]) -> _Header | None:
        """The row of headings, and the profile that knows most of them; the first such row."""
        marked = _marked(rows)
        if marked is not None:
            place, name, shop = marked
            profile = self.profiles.get(name)
            found = match(profile, rows[place]) if profile is not None else None
            if found is not None and found.fits:
                if "shop_id" not in found.places and shop is not None:
                    found = Match(found.profile, {**found.places, "shop_id": shop}, (), found.share)
                return _Header(place, found, tuple(unique_headings(rows[place])), again=True)
        best: _Header | None = None
        single = [profile for profile in self._candidates if profile.header_rows == 1 and profile.headings]
        double = [profile for profile in self._candidates if profile.header_rows == 2 and profile.headings]
        for number, row in enumerate(rows[:HEADER_ROWS]):
            for profiles, cells in ((single, list(row)), (double, _joined(rows, number) if double else [])):
                if not cells or not profiles:
                    continue
                found = match(profiles[0], cells) if self.named else choose(profiles, cells, source.stem)
                if found is None or not found.fits or not found.places:
                    continue
                if best is None or len(found.places) > len(best.match.places):
                    best = _Header(number, found, tuple(unique_headings(cells)))
        return best

    def _part(
        self,
        source: Source,
        header: _Header,
        tables: Callable[[Advance | None], Iterator[RawTable]],
        sheet: str = "",
        shops: frozenset[str] = frozenset(),
    ) -> Part:
        return Part(source, header.match.profile, header.headings, header.match.places, tables, sheet, shops, header.again)

    def _unknown(self, source: Source, rows: Sequence[Sequence[str | None]]) -> Failure:
        """Why no profile fits, by the row that comes closest to one."""
        near = [found for row in rows[:HEADER_ROWS] if (found := closest(self._candidates, row)) is not None and found.missing]
        if self.named and not near and rows:
            near = [match(self.named, rows[0])] if match(self.named, rows[0]).missing else []
        if near:
            best = max(near, key=lambda found: len(found.places))
            profile = best.profile
            missing = "、".join(profile.heading_of(name) for name in best.missing)
            return failure(HEADINGS_MISSING, file=source.name, zh=profile.zh, profile=profile.name, missing=missing)
        shown = next((row for row in rows if any(row)), [])
        return failure(NO_PROFILE, file=source.name, headings="、".join((cell or "")[:20] for cell in shown[:6]) or "–")


@dataclass(frozen=True, slots=True)
class _Header:
    row: int
    match: Match
    headings: tuple[str, ...]
    again: bool = False

    @property
    def skip(self) -> int:
        """Rows before the first of data."""
        profile = self.match.profile
        if profile.data_row is not None and not self.again:
            return max(profile.data_row - 1, self.row + profile.header_rows)
        return self.row + (1 if self.again else profile.header_rows)


def _joined(rows: Sequence[Sequence[str | None]], number: int) -> list[str | None]:
    """Two rows of headings as one: the upper one, which spreads over the cells to its right, a dash, and the lower one."""
    if number + 1 >= len(rows):
        return []
    upper: str | None = None
    joined: list[str | None] = []
    top, bottom = list(rows[number]), list(rows[number + 1])
    for place in range(max(len(top), len(bottom))):
        here = top[place] if place < len(top) else None
        below = bottom[place] if place < len(bottom) else None
        upper = here if heading_key(here) else upper
        joined.append(f"{upper}-{below}" if heading_key(upper) and heading_key(below) else (here or below))
    return joined


def _marked(rows: Sequence[Sequence[str | None]]) -> tuple[int, str, int | None] | None:
    """Of a quarantine file: the row of headings, the profile it names, and where it keeps the shop."""
    if len(rows) < 2 or MARK not in rows[0]:
        return None
    headings = list(rows[0])
    place = headings.index(MARK)
    name = rows[1][place] if place < len(rows[1]) else None
    return (0, name.strip(), headings.index(SHOP) if SHOP in headings else None) if name else None


def _slices(path: Path, header: _Header, day: str | None, size: int) -> Callable[[Advance | None], Iterator[RawTable]]:
    profile, places = header.match.profile, header.match.places

    def tables(advance: Advance | None) -> Iterator[RawTable]:
        frame = pl.read_ipc(path)
        frame.columns = list(header.headings)
        today = day
        for start in range(header.skip, len(frame), ROWS):
            raw = RawTable(frame.slice(start, ROWS), start + 1)
            if profile.reader == "qianniu_sheet" and not header.again:
                raw, today = qianniu_sheet.dated(raw, places, profile, today)
            yield raw
        if advance is not None:
            advance(size)

    return tables


def _shops_in(path: Path, header: _Header) -> frozenset[str]:
    """The shops whose accounts write in a sheet of a Qianniu chat."""
    place = header.match.places["agent_id"]
    accounts = pl.scan_ipc(path).select(pl.nth(place)).slice(header.skip).unique().collect().to_series().drop_nulls().to_list()
    return frozenset(shop for account in accounts if (shop := qianniu_text.shop_of(account)) is not None)


def _json_tables(source: Source, names: Sequence[str], headings: Sequence[str], advance: Advance | None) -> Iterator[RawTable]:
    rows: list[list[str | None]] = []
    lines: list[int] = []
    broken: dict[int, Problem] = {}
    for item in jsontext.items(source.path, source.name, advance):
        if isinstance(item.value, dict):
            rows.append([jsontext.cell(item.value.get(name)) for name in names])
        else:
            broken[len(rows)] = item.problem or Problem(jsontext.NOT_JSON, parts={"reason": "{…}"})
            rows.append([None] * len(names))
        lines.append(item.line)
        if len(rows) >= 100_000:
            yield RawTable(text_frame(rows, headings), 1, pl.Series(lines, dtype=pl.Int64), broken)
            rows, lines, broken = [], [], {}
    if rows:
        yield RawTable(text_frame(rows, headings), 1, pl.Series(lines, dtype=pl.Int64), broken)


def _wrapped(
    rows: Sequence[Mapping[str, object]], names: Sequence[str], headings: Sequence[str], line: int, size: int
) -> Callable[[Advance | None], Iterator[RawTable]]:
    """Rows that lie inside one JSON value, all on the line it begins on."""

    def tables(advance: Advance | None) -> Iterator[RawTable]:
        cells = [[jsontext.cell(row.get(name)) for name in names] for row in rows]
        yield RawTable(text_frame(cells, headings), line, pl.Series([line] * len(rows), dtype=pl.Int64))
        if advance is not None:
            advance(size)

    return tables


def _chat_part(source: Source, profile: Profile, tables: Callable[[Advance | None], Iterator[RawTable]], shops: frozenset[str]) -> Part:
    places = {name: place for place, name in enumerate(pdd_chat.COLUMNS)}
    return Part(source, profile, pdd_chat.COLUMNS, places, tables, shops=shops)


def _chat_without_clock(rows: Sequence[Sequence[str]]) -> bool:
    """Rows like session, user, who sent (0 or 1) … text, as public corpora have them, and no time in any cell."""
    body = [row for row in rows if len(row) >= 4]
    if len(body) < 2:
        return False
    if any(re.search(r"\d{4}[-/年]\d{1,2}[-/月]\d|\d{1,2}:\d{2}:\d{2}|^1\d{9}(\d{3})?$", cell) for row in body[1:] for cell in row[:-1]):
        return False
    if any(heading_key(cell) in ("waiter_send", "is_waiter", "sender", "speaker", "role") for cell in body[0]):
        return True
    return any({row[place].strip() for row in body if place < len(row)} == {"0", "1"} for place in range(1, min(4, len(body[0]))))


def _contains(path: Path, word: bytes) -> bool:
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            if word in tail + chunk:
                return True
            tail = chunk[-len(word) :]
    return False
