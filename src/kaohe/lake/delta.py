"""One table as a Delta table: files per partition, whole partitions replaced in one commit, any version readable.

Polars writes the Parquet files; Delta's log says which of them are the table. A file nobody committed is no part of it.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import CommitProperties, DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from kaohe.lake.layout import Layout, Partition

_NAMES: Mapping[Any, str] = {
    pl.String: "string",
    pl.Int8: "byte",
    pl.Int32: "integer",
    pl.Int64: "long",
    pl.Float64: "double",
    pl.Boolean: "boolean",
    pl.Date: "date",
}
ROW_GROUP = 256_000
"""Rows of a Parquet row group: several per day of a large company, so that readers share them among cores."""


@dataclass(frozen=True, slots=True)
class File:
    """One Parquet file of a table. `name` is relative to the table and never used twice."""

    name: str
    partition: Partition
    rows: int
    size: int
    low: str | None = None
    high: str | None = None

    @property
    def key(self) -> str:
        """A short name for the content: files are never changed, so this is what caches are keyed by."""
        return Path(self.name).stem


def uri(folder: Path) -> str:
    """The folder as Delta wants it: as a URI, or a `%` or `#` in its name would be taken for something else."""
    return folder.resolve().as_uri()


def delta_type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Datetime):
        return "timestamp"
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    return _NAMES[type(dtype)]


class DeltaFolder:
    """The Delta table of one layout in its folder. Not shared between threads while committing."""

    def __init__(self, root: Path, layout: Layout) -> None:
        self.root = root
        self.layout = layout
        self._files: tuple[int, list[File]] | None = None

    @property
    def exists(self) -> bool:
        return (self.root / "_delta_log").is_dir() and DeltaTable.is_deltatable(uri(self.root))

    def create(self) -> None:
        fields = self._fields({*self.layout.partition_schema, *self.layout.stored})
        self.root.mkdir(parents=True, exist_ok=True)
        DeltaTable.create(
            uri(self.root),
            schema=Schema(fields),
            partition_by=list(self.layout.partition_by),
            mode="ignore",
            name=self.layout.table.name,
            description=self.layout.table.grain,
        )

    def version(self) -> int:
        return int(DeltaTable(uri(self.root)).version())

    def files(self, version: int) -> list[File]:
        """The table's files at a version, ordered by partition and name. A version never changes; the one asked for last is remembered."""
        held = self._files
        if held is None or held[0] != version:
            held = self._files = version, self._files_at(version)
        return list(held[1])

    def _files_at(self, version: int) -> list[File]:
        actions = pl.DataFrame(DeltaTable(uri(self.root), version=version).get_add_actions(flatten=True))
        key = self.layout.table.key[-1]
        found = []
        for row in actions.iter_rows(named=True):
            partition = tuple(str(row[f"partition.{name}"]) for name in self.layout.partition_by)
            low, high = row.get(f"min.{key}"), row.get(f"max.{key}")
            low, high = (None if bound is None else str(bound) for bound in (low, high))
            found.append(File(row["path"], partition, row["num_records"], row["size_bytes"], low, high))
        return sorted(found, key=lambda file: (file.partition, file.name))

    def write(self, partition: Partition, frame: pl.DataFrame) -> File:
        """Write one partition's file. It belongs to the table only after `commit`."""
        folder = "/".join(f"{name}={value}" for name, value in zip(self.layout.partition_by, partition, strict=True))
        name = f"{folder}/{uuid.uuid4().hex}.parquet".lstrip("/")
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)
        key = frame[self.layout.table.key[-1]].cast(pl.String)
        low, high = key.min(), key.max()
        return File(name, partition, len(frame), path.stat().st_size, _text(low), _text(high))

    def commit(self, version: int, added: Sequence[File], removed: Sequence[File], note: Mapping[str, Any]) -> int:
        """Add and remove files in one commit on top of `version`. Returns the new version.

        Raises `deltalake.exceptions.CommitFailedError` when somebody else has replaced one of `removed` since `version`.
        """
        table = DeltaTable(uri(self.root), version=version)
        missing = self._fields(set(self.layout.stored) - {field.name for field in table.schema().fields})
        if missing:
            # A lake of an older kaohe: its files stay as they are, and are read with nothing in the new columns.
            table.alter.add_columns(missing)
            table = DeltaTable(uri(self.root))
        moment = int(time.time() * 1000)
        actions: list[AddAction | RemoveAction] = [RemoveAction(file.name, True, moment, file.size, self._values(file)) for file in removed]
        key = self.layout.table.key[-1]
        for file in added:
            stats: dict[str, Any] = {"numRecords": file.rows}
            if file.low is not None and file.high is not None and isinstance(self.layout.stored[key], pl.String):
                stats |= {"minValues": {key: file.low}, "maxValues": {key: file.high}}
            actions.append(AddAction(file.name, file.size, self._values(file), moment, True, json.dumps(stats, ensure_ascii=False)))
        table.create_write_transaction(
            actions,
            "append",
            table.schema(),
            list(self.layout.partition_by),
            commit_properties=CommitProperties(custom_metadata=dict(note), max_commit_retries=0),
        )
        return self.version()

    def restore(self, version: int) -> int:
        """Make the table what it was at `version`, as a new version. Returns it."""
        DeltaTable(uri(self.root)).restore(version)
        return self.version()

    def read(self, files: Sequence[File], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows of those files one after the other, in `stored` columns or those asked for. No files: no rows."""
        wanted = list(columns) if columns is not None else list(self.layout.stored)
        if not files:
            return pl.DataFrame(schema={name: self.layout.stored[name] for name in wanted})
        frames = [self._read(file, wanted) for file in files]
        return frames[0] if len(frames) == 1 else pl.concat(frames)

    def _read(self, file: File, wanted: list[str]) -> pl.DataFrame:
        path = self.root / file.name
        try:
            return pl.read_parquet(path, columns=wanted, hive_partitioning=False, glob=False).select(wanted)
        except pl.exceptions.ColumnNotFoundError:
            there = pl.read_parquet_schema(path)
            read = pl.read_parquet(path, columns=[name for name in wanted if name in there], hive_partitioning=False, glob=False)
            return read.with_columns(pl.lit(None, self.layout.stored[name]).alias(name) for name in wanted if name not in there).select(
                wanted
            )

    def scan(self, files: Sequence[File]) -> pl.LazyFrame:
        """The rows of those files with their partition columns, lazily."""
        schema = {**self.layout.partition_schema, **self.layout.stored}
        if not files:
            return pl.LazyFrame(schema=schema)
        parts = []
        for file in files:
            values = [
                pl.lit(_value(value, dtype), dtype).alias(name)
                for (name, dtype), value in zip(self.layout.partition_schema.items(), file.partition, strict=True)
            ]
            parts.append(
                pl.scan_parquet(
                    self.root / file.name,
                    hive_partitioning=False,
                    glob=False,
                    schema=self.layout.stored,
                    missing_columns="insert",
                    extra_columns="ignore",
                )
                .with_columns(values)
                .select(list(schema))
            )
        return pl.concat(parts)

    def _fields(self, names: Collection[str]) -> list[Field]:
        columns = {**self.layout.partition_schema, **self.layout.stored}
        return [Field(name, PrimitiveType(delta_type(dtype))) for name, dtype in columns.items() if name in names]

    def _values(self, file: File) -> dict[str, str | None]:
        return dict(zip(self.layout.partition_by, file.partition, strict=True))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _value(text: str, dtype: pl.DataType) -> date | int | str:
    if dtype == pl.Date:
        return date.fromisoformat(text)
    return int(text) if dtype == pl.Int32 else text
