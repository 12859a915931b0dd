"""Running one query: DuckDB over the files of a snapshot, shut in so that it reads those and nothing else.

Every query gets an engine of its own, in memory. It is told which files it may open, then its configuration is locked. Tables of figures are
handed to it as Arrow streams that begin when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from kaohe.errors import failure
from kaohe.lake import Lake, Snapshot
from kaohe.lake.delta import DeltaFolder, File
from kaohe.lake.layout import LAYOUTS, Layout
from kaohe.metrics.source import Source
from kaohe.sql import refusals
from kaohe.sql.tables import FIGURE_TABLES, FigureTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection, DuckDBPyRelation

MEMORY = "2GB"
"""What the engine may hold at once. Beyond it sorting, joining and grouping go on in files of a temporary folder."""

SPILL = "20GB"
"""How large that folder may grow."""

_SETTINGS: Mapping[str, Any] = {
    "memory_limit": MEMORY,
    "max_temp_directory_size": SPILL,
    "errors_as_json": True,
    # A quotient without a denominator is no number, as everywhere else.
    "ieee_floating_point_ops": False,
    "error_on_division_by_zero": False,
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

_PLAIN = frozenset(
    {
        *("boolean", "varchar", "decimal", "float", "double", "date", "time"),
        *("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint"),
        *("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone"),
    }
)
"""Types of the engine that Polars has as well. Others come back as text, spans of time as durations."""

_WHOLE = ("hugeint", "uhugeint")

_NAMES: Mapping[Any, str] = {pl.Date: "date", pl.Int32: "integer", pl.String: "varchar"}
_EMPTY: Mapping[Any, str] = {pl.Date: "0001-01-01", pl.Int32: "0", pl.String: "none"}
"""Types of partition columns as the engine calls them, and a partition for a file without rows."""


def query(lake: Lake, snapshot: Snapshot, text: str, source: Callable[[], Source]) -> pl.DataFrame:
    """The rows of one SELECT over the lake at `snapshot`, in the order its own ORDER BY gives.

    `source` is what figures are made from at the same snapshot; it is asked for only when the query reads a table of figures. Instants come
    back in UTC, Decimals as Decimals, sums of whole numbers as Int64 where they fit (else Decimal), spans of time as durations, types
    Polars does not have as text. A zero denominator gives null. Raises `Failure` for anything but one query, for unknown tables and columns, for
    what reaches outside the lake, and for whatever the engine refuses. Ctrl-C stops the query.
    """
    import duckdb

    with TemporaryDirectory(prefix="kaohe-sql-") as spill:
        found = {name: lake.files(name, snapshot) for name in LAYOUTS}
        files = {name: _Files.of(lake.folder(name), listed, Path(spill)) for name, listed in found.items() if listed}
        paths = [path for table in files.values() for path in (table.model, *table.paths)]
        with duckdb.connect(config={**_SETTINGS, "temp_directory": spill}) as engine:
            engine.execute("set TimeZone = 'UTC'")
            engine.execute(f"set allowed_paths = {_list(paths)}")
            engine.execute("set enable_external_access = false")
            given: list[_Rows] = []
            with _said_well(engine, text, given):
                given += _opened(engine, files, cache(source))
                engine.execute("set lock_configuration = true")
                refusals.check_is_one_query(engine, text)
                return _stoppable(engine, lambda: _fetched(engine, text))


class _Rows:
    """Rows the engine can read, made when it first does.

    What goes wrong in making them is kept: the engine would only say that something did.
    """

    def __init__(self, columns: Mapping[str, pl.DataType], make: Callable[[], pl.DataFrame | pl.LazyFrame]) -> None:
        self.columns = columns
        self._make = make
        self.error: BaseException | None = None

    @cached_property
    def frame(self) -> pl.DataFrame:
        try:
            return self._make().lazy().select(pl.col(name).cast(dtype) for name, dtype in self.columns.items()).collect()
        except BaseException as error:
            self.error = error
            raise

    def __arrow_c_schema__(self) -> object:
        return pl.Schema(self.columns).__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, slots=True)
class _Files:
    """A table's files, and an empty one that has all its columns: what an older kaohe wrote may lack some."""

    layout: Layout
    files: tuple[File, ...]
    paths: tuple[str, ...]
    model: str

    @classmethod
    def of(cls, folder: DeltaFolder, files: Sequence[File], scratch: Path) -> _Files:
        layout = folder.layout
        parts = [f"{name}={_EMPTY[type(dtype)]}" for name, dtype in layout.partition_schema.items()]
        model = scratch.joinpath(layout.table.name, *parts, "empty.parquet")
        model.parent.mkdir(parents=True)
        pl.DataFrame(schema=layout.stored).write_parquet(model)
        return cls(layout, tuple(files), tuple(str(folder.root / file.name) for file in files), str(model))

    def view(self) -> str:
        """A view over them. Partition columns come from the paths, so that a filter on them leaves files unread."""
        name = _quoted(self.layout.table.name)
        kinds = {key: _NAMES[type(dtype)] for key, dtype in self.layout.partition_schema.items()}
        stored = [_quoted(column) for column in self.layout.stored]
        above = [part for path in (self.model, *self.paths[:1]) for part in Path(path).parts[: -1 - len(kinds)]]
        if any("=" in part for part in above):
            # The engine would take folders above the workspace for partitions too, and the first `day=` of a path for the day.
            parts = [
                f"select {', '.join([*_constants(file, kinds), *stored])} from {_read([self.model, path])}"
                for file, path in zip(self.files, self.paths, strict=True)
            ]
            return f"create view {name} as {' union all '.join(parts)}"
        columns = ", ".join([*map(_quoted, kinds), *stored])
        return f"create view {name} as select {columns} from {_read([self.model, *self.paths], kinds)}"


def _read(paths: Iterable[str], kinds: Mapping[str, str] | None = None) -> str:
    typed = ", ".join(f"{_text(key)}: {kind}" for key, kind in (kinds or {}).items())
    hive = f"hive_partitioning = true, hive_types = {{{typed}}}" if kinds else "hive_partitioning = false"
    return f"read_parquet({_list(paths)}, union_by_name = true, {hive})"


def _constants(file: File, kinds: Mapping[str, str]) -> list[str]:
    return [f"{_text(value)}::{kind} as {_quoted(key)}" for (key, kind), value in zip(kinds.items(), file.partition, strict=True)]


def _opened(engine: DuckDBPyConnection, files: Mapping[str, _Files], source: Callable[[], Source]) -> list[_Rows]:
    """Give the engine every table by its name: files as views, figures and what is empty as rows. Returns those."""
    given = {table.name: _Rows(table.columns, partial(_computed, table, source)) for table in FIGURE_TABLES.values()}
    for name, layout in LAYOUTS.items():
        if name in files:
            engine.execute(files[name].view())
        else:
            schema = {**layout.partition_schema, **layout.stored}
            given[name] = _Rows(schema, partial(pl.LazyFrame, schema=schema))
    for name, rows in given.items():
        engine.register(name, rows)
    return list(given.values())


def _computed(table: FigureTable, source: Callable[[], Source]) -> pl.DataFrame | pl.LazyFrame:
    return table.rows(source())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, texts)) + "]"


def _stoppable(engine: DuckDBPyConnection, work: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Do the work in a thread of its own: the engine does not look at signals, so that Ctrl-C would wait for its end."""
    with ThreadPoolExecutor(1) as worker:
        result = worker.submit(work)
        try:
            # Looks up now and then: under Polars' handler of Ctrl-C a wait goes on as if nothing had happened.
            while not wait([result], timeout=0.1).done:
                pass
            return result.result()
        except KeyboardInterrupt:
            # Said again until it is heard: a query that has not quite begun misses it.
            while not result.done():
                engine.interrupt()
                wait([result], timeout=0.1)
            raise


def _fetched(engine: DuckDBPyConnection, text: str) -> pl.DataFrame:
    from arro3.core import Table

    found = engine.sql(text)
    twice = sorted({name for name in found.columns if found.columns.count(name) > 1})
    if twice:
        raise failure(refusals.SAME_NAME, name=twice[0])
    # By way of arro3: Polars remembers the class of what it is given for ever, and DuckDB complains of that when the process ends.
    frame = pl.DataFrame(Table.from_arrow(_readable(found).materialize()))
    frame = frame.select(pl.col(name).cast(pl.Duration("us")) if kind == "interval" else name for name, kind in _kinds(found))
    whole = [name for name, kind in _kinds(found) if kind in _WHOLE]
    return frame.with_columns(_narrowed(frame[name]) for name in whole)


def _kinds(found: DuckDBPyRelation) -> list[tuple[str, str]]:
    return [(name, kind.id) for name, kind in zip(found.columns, found.types, strict=True)]


def _readable(found: DuckDBPyRelation) -> DuckDBPyRelation:
    """The same rows in types that Polars has; as they are where they have them."""
    columns, changed = [], False
    for name, kind in zip(found.columns, found.types, strict=True):
        quoted = _quoted(name)
        if kind.id == "interval":
            months = f"error({_text(refusals.MONTHS_INSIDE)})"
            quoted = f"if(datepart('year', {quoted}) <> 0 or datepart('month', {quoted}) <> 0, {months}, epoch_us({quoted})) as {quoted}"
        elif kind.id in _WHOLE:
            # Arrow has no whole numbers of 128 bits; the engine would hand over wrong ones beyond 38 digits without a word.
            quoted = f"{quoted}::decimal(38, 0) as {quoted}"
        elif not _is_plain(kind):
            quoted = f"{quoted}::varchar as {quoted}"
        changed = changed or quoted != _quoted(name)
        columns.append(quoted)
    return found.project(", ".join(columns)) if changed else found


def _is_plain(kind: Any) -> bool:
    if kind.id in ("list", "struct"):
        children = [child for _, child in kind.children]
        return bool(children) and all(map(_is_plain, children))
    return kind.id in _PLAIN


def _narrowed(whole: pl.Series) -> pl.Series:
    """Whole numbers of 128 bits as Int64 where all of them fit."""
    narrow = whole.cast(pl.Int64, strict=False)
    return narrow if narrow.null_count() == whole.null_count() else whole


@contextmanager
def _said_well(engine: DuckDBPyConnection, text: str, given: Sequence[_Rows]) -> Iterator[None]:
    """What the engine raises as a `Failure`, and what went wrong in making rows for it as it was."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        cause = next((rows.error for rows in given if rows.error is not None), None)
        raise cause or refusals.said(engine, error, text, MEMORY) from None
