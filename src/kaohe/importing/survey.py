"""What lies in a file of a layout nobody knows: its tables, the row of headings, and what the cells under each heading look like.

A survey reads the whole file once, in blocks. It keeps some cells of each column, and of columns with few different cells all of them: the
words that somebody has to say the meaning of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Literal

import polars as pl

from kaohe.errors import code, failure
from kaohe.importing import jsontext
from kaohe.importing.cells import BLANKS, NOTHING, CellKind, convert
from kaohe.importing.delimited import DELIMITERS, Delimited, head_rows, head_text, text_encoding
from kaohe.importing.files import EMPTY_FILE, Source, recognise
from kaohe.importing.isolated import Isolated
from kaohe.importing.profiles import LONGEST_HEADING, heading_key
from kaohe.importing.raw import text_frame, unique_headings
from kaohe.importing.tabular import COLUMNS_AT_MOST, HEADER_ROWS, TOO_WIDE
from kaohe.model.days import DEFAULT_TIMEZONE

NO_HEADINGS = code(
    "mapping_no_headings",
    zh="前 {rows} 行里找不到表头。请在数据上方加一行表头，或删去表头以上的说明后再试",
    en="no row of headings was found in the first {rows} rows. Put one above the data, or remove what stands above it",
)

KEPT = 400
"""Cells of a column that are kept to look at."""

WORDS = 40
"""A column with more different cells than this holds no words to be chosen among."""

HEAD = HEADER_ROWS + 12
"""Rows that are looked at to find the headings."""

TAIL = 12
"""Rows kept of the end of a table, where sums stand."""

_BLOCK = 50_000
_DATA = re.compile(
    r"[-+￥¥$]?\d[\d,，.]*\s*[%％元件个次人秒分]?(钟)?"  # numbers
    r"|\d{2,4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?([T\s].*)?"  # days and times
    r"|\d{1,2}:\d{2}(:\d{2})?.*"
    r"|[A-Za-z]{0,4}[-_]?\d{4,}"  # numbered things
    r"|(\d+(天|小时|时|分钟|分|秒))+"
)

Useless = Literal["empty", "twice", "long"]
Looks = Literal["instant", "date", "percent", "length"]

_LOOKS: Mapping[Looks, re.Pattern[str]] = {
    "instant": re.compile(r"\d{2,4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\D{0,3}\d{1,2}\s*[:：时点].*|1\d{9}(\d{3})?"),
    "date": re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"),
    "percent": re.compile(r"[-+]?[\d.]+\s*[%％]"),
    "length": re.compile(r"(\d+(\.\d+)?\s*(天|小时|时|分钟?|秒钟?))+|\d{1,2}:\d{2}:\d{2}"),
}


@dataclass(frozen=True, slots=True)
class Grid:
    """One table as it lies in a file. `rows` yields all its rows below the first `skip` ones, under the names given.

    `head` are its first rows; where the format itself names the columns, `named` says so, and they are the only row of `head` that counts.
    """

    sheet: str
    head: tuple[tuple[str | None, ...], ...]
    rows: Callable[[Sequence[str], int], Iterator[pl.DataFrame]]
    named: bool = False


@dataclass
class Seen:
    """One column. `heading` is as it stands in the file; `useless` says why no profile could name it.

    `cells` are some that are not empty, in order, and `filled` the share of rows that have one. `words` are all its different cells, in order of
    their first appearance; None where they are many.
    """

    place: int
    heading: str
    useless: Useless | None
    cells: list[str] = field(default_factory=list)
    words: list[str] | None = field(default_factory=list)
    filled: float = 0.0
    _fitting: dict[tuple[CellKind, str | None], float] = field(default_factory=dict, repr=False)

    @property
    def samples(self) -> list[str]:
        """Three different cells, as far as there are."""
        return list(islice(dict.fromkeys(self.cells), 3))

    def fitting(self, kind: CellKind, unit: str | None = None) -> float:
        """The share of the kept cells that convert to a kind; 1 where there are none."""
        if (kind, unit) not in self._fitting:
            bad = convert(self.series, kind, unit=unit, zones=DEFAULT_TIMEZONE).bad
            self._fitting[kind, unit] = 1 - len(bad) / max(len(self.cells), 1)
        return self._fitting[kind, unit]

    @property
    def series(self) -> pl.Series:
        return pl.Series("cells", self.cells, dtype=pl.String)

    @cached_property
    def looks(self) -> Looks | None:
        """What nearly all kept cells look like at first sight."""
        for looks, pattern in _LOOKS.items():
            if self.cells and sum(pattern.fullmatch(cell) is not None for cell in self.cells) >= 0.9 * len(self.cells):
                return looks
        return None


@dataclass(frozen=True)
class Survey:
    """A table whose headings were found. `row` is their line, `data_row` the first line of data where other rows stand between."""

    source: Source
    sheet: str
    row: int
    data_row: int | None
    columns: tuple[Seen, ...]
    rows: int
    tail: tuple[tuple[str, ...], ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(column.heading for column in self.columns)

    @property
    def usable(self) -> tuple[Seen, ...]:
        """The columns a profile can name and that hold something."""
        return tuple(column for column in self.columns if column.useless is None)

    def column(self, place: int) -> Seen:
        return self.columns[place]


def grids(source: Source, isolated: Isolated, room: Path) -> list[Grid]:
    """Every table of a file that holds at least two rows. Raises `Failure` for what is no table."""
    kind = recognise(source.path, source.name)
    if kind == "text":
        found = [_delimited(source)]
    elif kind == "json":
        found = [_json(source)]
    else:
        found = _arrow(source, isolated, kind, room)
    found = [grid for grid in found if len(grid.head) > (0 if grid.named else 1)]
    if not found:
        raise failure(EMPTY_FILE, file=source.name)
    widest = max(len(row) for grid in found for row in grid.head)
    if widest > COLUMNS_AT_MOST:
        raise failure(TOO_WIDE, file=source.name, found=widest, limit=COLUMNS_AT_MOST)
    return found


def _delimited(source: Source) -> Grid:
    text = head_text(source.path)
    tried = {delimiter: head_rows(text, delimiter, HEAD) for delimiter in DELIMITERS}
    # The delimiter that cuts most rows into the same number of cells: a comma in a text cuts one, not all.
    delimiter = max(tried, key=lambda one: _regular(tried[one]))
    file = Delimited(source.path, source.name, text_encoding(source.path), delimiter)

    def rows(names: Sequence[str], skip: int) -> Iterator[pl.DataFrame]:
        for raw in file.tables(names, skip):
            yield raw.frame

    return Grid("", tuple(tuple(row) for row in tried[delimiter]), rows)


def _regular(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    widths = [len(row) for row in rows if len(row) > 1]
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
    return widths.count(usual) * usual, usual


def _json(source: Source) -> Grid:
    some = [item.value for item in islice(jsontext.items(source.path, source.name), 1000) if isinstance(item.value, dict)]
    keys = list(dict.fromkeys(str(key) for value in some for key in value))
    head: list[tuple[str | None, ...]] = [tuple(keys)] if keys else []
    head += [tuple(jsontext.cell(value.get(key)) for key in keys) for value in some[: HEAD - 1]]

    def rows(names: Sequence[str], skip: int) -> Iterator[pl.DataFrame]:
        values = (item.value for item in jsontext.items(source.path, source.name))
        while block := list(islice((value for value in values if isinstance(value, dict)), _BLOCK)):
            yield text_frame([[jsontext.cell(value.get(key)) for key in keys] for value in block], names)

    return Grid("", tuple(head), rows, named=True)


def _arrow(source: Source, isolated: Isolated, kind: str, room: Path) -> list[Grid]:
    place = room / f"{len(list(room.iterdir())):06}"
    place.mkdir()
    tables, columns = isolated.tables(kind, source.path, source.name, place)
    if kind == "parquet":
        paths = [table.path for table in tables]
        first = pl.read_ipc(paths[0]).head(HEAD - 1).rows() if paths else []
        return [Grid("", (tuple(columns), *first), _pieces(paths), named=True)]
    return [
        Grid(table.name, tuple(pl.scan_ipc(table.path).head(HEAD).collect().rows()), _pieces([table.path]))
        for table in tables
        if table.rows
    ]


def _pieces(paths: Sequence[Path]) -> Callable[[Sequence[str], int], Iterator[pl.DataFrame]]:
    def rows(names: Sequence[str], skip: int) -> Iterator[pl.DataFrame]:
        for number, path in enumerate(paths):
            frame = pl.read_ipc(path)
            frame.columns = list(names)
            yield frame.slice(skip) if number == 0 else frame

    return rows


# Headings -------------------------------------------------------------------------------------------------------------------


def survey(source: Source, grid: Grid, known: Callable[[str], float], others: Sequence[Grid] = ()) -> Survey:
    """Look at a whole table. `known` says how sure it is (0 to 1) that a text is a heading.

    Those of the `others` that have the same headings in the same row go on with it: the same profile will read them.

    Raises `Failure` when no row looks like one of headings.
    """
    place = 0 if grid.named else _heading_row(grid.head, known)
    if place is None:
        raise failure(NO_HEADINGS, file=source.name, rows=HEADER_ROWS)
    cells = [cell or "" for cell in grid.head[place]]
    columns = [Seen(number, cell.strip(BLANKS), _useless(cells, number)) for number, cell in enumerate(cells)]
    first = 0 if grid.named else place + 1
    between = 0 if grid.named else _rows_between(grid.head[place + 1 :])
    rows, tail = 0, pl.DataFrame()
    names = unique_headings(cells)
    filled = [0] * len(columns)
    for frame in (
        frame for part in (grid, *_alike(grid, place, others)) for frame in part.rows(names, 0 if grid.named else first + between)
    ):
        bare = frame.select(pl.all().str.strip_chars(BLANKS))
        bare = bare.select(pl.when(~pl.all().is_in(["", *NOTHING])).then(pl.all()).name.keep())
        bare = bare.filter(pl.any_horizontal(pl.all().is_not_null()))
        rows += len(bare)
        tail = pl.concat([tail, bare.tail(TAIL)]).tail(TAIL) if len(tail.columns) else bare.tail(TAIL)
        for column in columns:
            filled[column.place] += _look(column, bare.to_series(column.place))
    for column in columns:
        column.filled = filled[column.place] / max(rows, 1)
    last = tuple(tuple(cell or "" for cell in row) for row in tail.rows())
    return Survey(source, grid.sheet, place + 1, place + between + 2 if between else None, tuple(columns), rows, last)


def _alike(grid: Grid, place: int, others: Sequence[Grid]) -> list[Grid]:
    keys = [heading_key(cell) for cell in grid.head[place]]
    return [one for one in others if len(one.head) > place and [heading_key(cell) for cell in one.head[place]] == keys]


def _useless(cells: Sequence[str], place: int) -> Useless | None:
    """Why a profile can not name this heading. Of those that come twice it reads the first."""
    if len(cells[place]) > LONGEST_HEADING:
        return "long"
    keys = [heading_key(cell) for cell in cells]
    if not keys[place]:
        return "empty"
    return "twice" if keys[place] in keys[:place] else None


def _look(column: Seen, cells: pl.Series) -> int:
    """Take in one block of a column; how many of its cells are filled."""
    some = cells.drop_nulls()
    if len(column.cells) < KEPT:
        column.cells += some.head(KEPT - len(column.cells)).to_list()
    if column.words is not None:
        words = list(dict.fromkeys([*column.words, *some.unique(maintain_order=True).head(WORDS + 1).to_list()]))
        column.words = words if len(words) <= WORDS else None
    return len(some)


def _heading_row(rows: Sequence[Sequence[str | None]], known: Callable[[str], float]) -> int | None:
    """The row that is most like one of headings: known words, many different labels, no data; of equals the first."""
    best: tuple[float, int] | None = None
    width = max((sum(map(bool, row)) for row in rows), default=0)
    for number, row in enumerate(rows[:HEADER_ROWS]):
        cells = [cell.strip(BLANKS) for cell in row if cell and cell.strip(BLANKS)]
        if not cells or (len(cells) < 2 < width) or number + 1 == len(rows):
            continue
        data = sum(_DATA.fullmatch(cell) is not None for cell in cells)
        labels = len({heading_key(cell) for cell in cells if len(cell) <= 40}) - data
        score = labels - 2 * data + 2 * sum(map(known, cells)) - (len(cells) - len(set(cells)))
        if score > 0 and (best is None or score > best[0]):
            best = score, number
    return best[1] if best is not None else None


def _rows_between(below: Sequence[Sequence[str | None]]) -> int:
    """How many rows between the headings and the data hold explanations or units: none has data where nearly all later rows do."""
    filled = [row for row in below if any(row)]
    with_data = [any(cell and _DATA.fullmatch(cell.strip(BLANKS)) for cell in row) for row in filled]
    if True not in with_data:
        return 0
    count = with_data.index(True)
    if not 0 < count <= 3 or sum(with_data[count:]) < 0.9 * len(with_data[count:]) or len(with_data) - count < 2:
        return 0
    return [number for number, row in enumerate(below) if any(row)][count]
