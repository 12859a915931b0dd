"""Delimited text (csv, tsv and their kin) as raw tables, in one pass and bounded memory.

The file is read in blocks cut where a record ends. A block that keeps to the rules of RFC 4180 goes to Polars; one that does not
(a stray quote, a row with too many cells, bytes of another encoding) is taken apart record by record, so that only the
rows at fault are refused. A quoted line break does not end a record: rows are numbered as Excel numbers them.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from kaohe.errors import Problem, code, failure
from kaohe.importing.raw import RawTable, text_frame

TOO_MANY_CELLS = code(
    "row_too_many_cells",
    zh="这一行有 {found} 格，表头只有 {expected} 格。可能文字里的分隔符没有加引号；请改正后重新导入",
    en="this row has {found} cells, the header {expected}. A delimiter inside a text may lack its quotes; mend it and import again",
)
UNCLOSED_QUOTE = code(
    "row_unclosed_quote",
    zh="引号没有配对。请改正后重新导入",
    en="a quote is opened and never closed. Mend it and import again",
)
UNDECODABLE = code(
    "row_undecodable",
    zh="有不属于 {encoding} 的字节，无法读成文字。请重新导出，或改正后导入",
    en="has bytes that are not {encoding} and can not be read as text. Export again, or mend it",
)
TOO_LONG = code(
    "line_too_long",
    zh="有一行超过 {limit} MB，不像是表格。请检查文件",
    en="one line exceeds {limit} MB; this is hardly a table. Check the file",
)

BLOCK = 16 * 2**20
"""Bytes read at a time. Larger blocks are not read faster, smaller ones keep the cores less busy."""

LONGEST_RECORD = 64 * 2**20
QUOTED_LINES = 1000
"""A quoted text of more lines than this is taken for a quote that was never closed."""

DELIMITERS = (",", "\t", ";", "|")
_QUOTE = 34
csv.field_size_limit(LONGEST_RECORD)


@dataclass(frozen=True, slots=True)
class Delimited:
    """A delimited text file, its encoding and the delimiter. Encodings are Python's names; UTF-16 carries a byte order mark."""

    path: Path
    name: str
    encoding: str
    delimiter: str

    def head(self, rows: int = 20) -> list[list[str]]:
        """The first rows as cells."""
        return head_rows(head_text(self.path), self.delimiter, rows)

    def tables(self, names: Sequence[str], skip: int, advance: Callable[[int], None] | None = None) -> Iterator[RawTable]:
        """All rows after the first `skip`, as raw tables under `names`. `advance` is told the bytes done."""
        reader = _Reader(self, names)
        row = 1
        for frame, broken in reader.frames(advance):
            drop = max(0, min(skip + 1 - row, len(frame)))
            if drop < len(frame):
                kept = {position - drop: problem for position, problem in broken.items() if position >= drop}
                yield RawTable(frame.slice(drop) if drop else frame, row + drop, broken=kept)
            row += len(frame)


def text_encoding(path: Path) -> str:
    """The encoding by the first megabyte: UTF-16 by its mark, else UTF-8 or GB18030 (of which GBK is a part).

    A few stray bytes do not make a file of UTF-8 one of GB18030: in the wrong encoding nearly every character is wrong.
    """
    with path.open("rb") as stream:
        head = stream.read(1 << 20)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        text = head.decode("utf-8", "replace")
        wrong = text.count("\ufffd")
        right = sum(not char.isascii() for char in text) - wrong
        try:
            codecs.getincrementaldecoder("gb18030")().decode(head)
        except UnicodeDecodeError:
            return "utf-8" if right >= wrong // 2 else "gb18030"
        return "utf-8" if right > 9 * wrong else "gb18030"
    return "utf-8"


def head_text(path: Path, size: int = 1 << 20) -> str:
    """The start of a text file, decoded; whatever can not be is replaced."""
    with path.open("rb") as stream:
        head = stream.read(size)
    return codecs.getincrementaldecoder(text_encoding(path))("replace").decode(head).removeprefix("\ufeff")


def head_rows(text: str, delimiter: str, rows: int = 20) -> list[list[str]]:
    """The first rows of delimited text, as cells. A row that breaks the rules ends the list."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter)
    try:
        for record in reader:
            found.append(record)
            if len(found) == rows:
                break
    except csv.Error:
        pass
    return found


class _Reader:
    def __init__(self, file: Delimited, names: Sequence[str]) -> None:
        self._file, self._names = file, list(names)
        self._schema = dict.fromkeys(self._names, pl.String())
        self._encoding = file.encoding
        with file.path.open("rb") as stream:
            head = stream.read(1 << 20)
        # Files of old Macs end lines with a lone carriage return.
        self._bare_cr = b"\r" in head and b"\n" not in head

    def frames(self, advance: Callable[[int], None] | None) -> Iterator[tuple[pl.DataFrame, dict[int, Problem]]]:
        rest = b""
        for chunk, last in self._blocks(advance):
            data = rest + chunk if rest else chunk
            cut, regular = _cut(data, self._file.delimiter.encode(), last)
            block = data[:cut]
            frame = self._fast(block) if regular and block else None
            if frame is not None:
                rest = data[cut:]
                yield frame, {}
            elif regular and not block:
                rest = data
            else:
                frame, broken, used = self._slow(data[: cut if regular else len(data)], last or regular)
                rest = data[used:]
                if len(frame):
                    yield frame, broken
            if len(rest) > LONGEST_RECORD:
                raise failure(TOO_LONG, file=self._file.name, limit=LONGEST_RECORD // 2**20)

    def _blocks(self, advance: Callable[[int], None] | None) -> Iterator[tuple[bytes, bool]]:
        """The file's bytes, UTF-16 turned into UTF-8, each with whether it is the last."""
        wide = self._encoding == "utf-16"
        decoder = codecs.getincrementaldecoder("utf-16")("replace") if wide else None
        if wide:
            self._encoding = "utf-8"
        with self._file.path.open("rb") as stream:
            block = stream.read(BLOCK)
            first = True
            while True:
                following = stream.read(BLOCK)
                if advance is not None:
                    advance(len(block))
                data = decoder.decode(block, not following).encode("utf-8", "replace") if decoder is not None else block
                if first:
                    data = data.removeprefix(codecs.BOM_UTF8)
                if self._bare_cr:
                    data = data.replace(b"\r", b"\n")
                yield data, not following
                if not following:
                    return
                block, first = following, False

    def _fast(self, block: bytes) -> pl.DataFrame | None:
        """The block by Polars, or None when it has to be taken apart record by record."""
        if self._encoding != "utf-8":
            try:
                block = block.decode(self._encoding).encode()
            except UnicodeDecodeError:
                return None
        try:
            return pl.read_csv(
                block,
                has_header=False,
                schema=self._schema,
                missing_columns="insert",
                separator=self._file.delimiter,
                raise_if_empty=False,
            )
        except pl.exceptions.PanicException:
            return None
        except pl.exceptions.PolarsError:
            if self._encoding != "utf-8" or _is_utf8(block):
                return None
        try:
            block.decode("gb18030")
        except UnicodeDecodeError:
            return None
        # The first megabyte had no Chinese in it: only now the file shows what it is written in.
        self._encoding = "gb18030"
        return self._fast(block)

    def _slow(self, data: bytes, whole: bool) -> tuple[pl.DataFrame, dict[int, Problem], int]:
        """Records one by one. Unless `whole`, what may go on after `data` is left: the bytes used are returned."""
        lines = data.splitlines(keepends=True) if b"\r" in data else data.split(b"\n")
        if b"\r" not in data:
            lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        if not whole and lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        texts = [line.decode(self._encoding, "surrogateescape") for line in lines]
        width = len(self._names)
        rows: list[list[str | None]] = []
        broken: dict[int, Problem] = {}
        place = 0
        while place < len(texts):
            feed = _Feed(texts, place)
            try:
                record = next(csv.reader(feed, delimiter=self._file.delimiter), [])
                unclosed = feed.exhausted
            except csv.Error:
                record, unclosed = [], True
            if unclosed:
                if not whole and len(texts) - place < QUOTED_LINES:
                    break
                record = [texts[place].rstrip("\r\n")]
                feed.place = place + 1
                broken[len(rows)] = Problem(UNCLOSED_QUOTE)
            place = feed.place
            cells: list[str | None] = [cell or None for cell in record[:width]]
            if any(record[width:]):
                broken[len(rows)] = Problem(TOO_MANY_CELLS, parts={"found": len(record), "expected": width})
                cells[-1] = self._file.delimiter.join(record[width - 1 :])
            if any(cell is not None and not cell.isascii() and not _encodable(cell) for cell in cells):
                broken[len(rows)] = Problem(UNDECODABLE, parts={"encoding": self._encoding.upper()})
            rows.append(cells + [None] * (width - len(cells)))
        used = sum(map(len, lines[:place]))
        return text_frame(rows, self._names), broken, used


class _Feed:
    """Lines for `csv.reader`, at most as many as one record may have; `exhausted` when it asked for more."""

    def __init__(self, lines: list[str], place: int) -> None:
        self._lines, self.place = lines, place
        self._end = min(len(lines), place + QUOTED_LINES)
        self.exhausted = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.place >= self._end:
            self.exhausted = True
            raise StopIteration
        self.place += 1
        return self._lines[self.place - 1]


def _cut(data: bytes, delimiter: bytes, last: bool) -> tuple[int, bool]:
    """Where the last whole record of `data` ends, and whether every quote before it stands where RFC 4180 allows one."""
    if b'"' not in data:
        return (len(data) if last else data.rfind(b"\n") + 1), True
    octets = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(octets == _QUOTE)
    cut = len(data)
    if not last or len(quotes) % 2:
        end = len(data)
        cut = 0
        while (newline := data.rfind(b"\n", 0, end)) >= 0:
            before = int(np.searchsorted(quotes, newline))
            if before % 2 == 0:
                cut = newline + 1
                break
            end = int(quotes[before - 1])
        if last:
            return cut, False
    quotes = quotes[: int(np.searchsorted(quotes, cut))]
    opening, closing = quotes[::2], quotes[1::2]
    # A doubled quote closes and opens again at once; both halves look at each other.
    edge = np.zeros(256, dtype=bool)
    edge[[delimiter[0], 10, 13, _QUOTE]] = True
    starts = opening[opening > 0]
    ends = closing[closing < len(data) - 1]
    before_ok = edge[octets[starts - 1]].all()
    after_ok = edge[octets[ends + 1]].all()
    return cut, bool(before_ok and after_ok)


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _encodable(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
