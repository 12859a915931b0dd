"""The journal of imports: one row per import and file, and the versions of all tables after it.

Delta commits one table at a time. The journal is what makes an import one step over all of them: its row is written last, and
readers open every table at the versions of the last row. An import killed before that never happened.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction

from kaohe._version import __version__
from kaohe.errors import WRONG_USE, code, failure
from kaohe.lake.delta import uri
from kaohe.model.tables import INSTANT

COLUMNS: dict[str, pl.DataType] = {
    "number": pl.Int64(),
    "at": INSTANT,
    "file": pl.String(),
    "sha256": pl.String(),
    "profile": pl.String(),
    "read": pl.Int64(),
    "new": pl.Int64(),
    "same": pl.Int64(),
    "replaced": pl.Int64(),
    "refused": pl.Int64(),
    "skipped": pl.Int64(),
    "versions": pl.String(),
    "code_version": pl.String(),
}

NO_SUCH_IMPORT = code(
    "no_such_import",
    zh="没有第 {number} 次导入。共有 {last} 次，用 kaohe history 查看",
    en="there is no import {number}. There are {last}; see 'kaohe history'",
    exit=WRONG_USE,
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of an import: its name, the digest of its bytes, how it was read. Rows: `read` = new + same + replaced + refused + skipped."""

    name: str
    sha256: str
    profile: str
    read: int
    refused: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the accepted rows of one file in one table."""

    file: int
    table: str
    new: int
    same: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Committed:
    """A finished import: its number in the journal and what became of every row."""

    number: int
    counts: tuple[Counts, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All tables as they were after one import. Number 0 is the empty lake."""

    number: int
    versions: Mapping[str, int]


class Journal:
    def __init__(self, root: Path) -> None:
        self.root = root
        self._seen: tuple[tuple[str, int], Snapshot] | None = None

    def create(self) -> None:
        kinds = {pl.Int64(): "long", pl.String(): "string", INSTANT: "timestamp"}
        fields = [Field(name, PrimitiveType(kinds[dtype])) for name, dtype in COLUMNS.items()]
        DeltaTable.create(uri(self.root), schema=Schema(fields), mode="ignore", name="imports")

    def rows(self) -> pl.DataFrame:
        """Every import and file, oldest first, in `COLUMNS`."""
        return self._rows()

    def _newest(self) -> tuple[str, int]:
        """Name and time of the last commit in Delta's log, which is only ever added to."""
        with os.scandir(self.root / "_delta_log") as entries:
            last = max((entry for entry in entries if entry.name.endswith(".json")), key=lambda entry: entry.name)
            return last.name, last.stat().st_mtime_ns

    def _rows(self, number: int | None = None) -> pl.DataFrame:
        """The rows of every import, or of the imports in those files that may hold `number`."""
        files = pl.DataFrame(DeltaTable(uri(self.root)).get_add_actions(flatten=True))
        if number is not None:
            files = files.filter((pl.col("min.number") <= number) & (pl.col("max.number") >= number))
        if files.is_empty():
            return pl.DataFrame(schema=COLUMNS)
        wanted = [pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()]
        rows = pl.concat(pl.read_parquet(self.root / file, glob=False).select(wanted) for file in files["path"])
        return rows.sort("number", "file", "sha256", "profile")

    def _last(self) -> int:
        """The number of the last import, 0 when there is none. From Delta's log alone: a year of daily imports is as quick as one."""
        files = pl.DataFrame(DeltaTable(uri(self.root)).get_add_actions(flatten=True))
        numbers = files["max.number"].to_list() if "max.number" in files.columns else []
        return max((int(number) for number in numbers), default=0)

    def snapshot(self, number: int | None = None) -> Snapshot:
        """The tables after import `number`, or after the last. Raises `Failure` for a number there is not."""
        newest = self._newest()
        if number is None and self._seen is not None and self._seen[0] == newest:
            return self._seen[1]
        last = self._last()
        wanted = last if number is None else number
        if wanted == 0 and number is None:
            return Snapshot(0, {})
        found = self._rows(wanted).filter(pl.col("number") == wanted)
        if found.is_empty():
            raise failure(NO_SUCH_IMPORT, number=number, last=last)
        snapshot = Snapshot(wanted, json.loads(found["versions"][0]))
        if number is None:
            # Taken before reading: what is appended meanwhile makes the next call read again.
            self._seen = newest, snapshot
        return snapshot

    def append(self, number: int, at: datetime, files: Sequence[SourceFile], counts: Sequence[Counts], versions: Mapping[str, int]) -> None:
        """Make import `number` visible: from here on readers see `versions`."""
        rows = []
        for index, file in enumerate(files):
            mine = [count for count in counts if count.file == index]
            rows.append(
                {
                    "number": number,
                    "at": at,
                    "file": file.name,
                    "sha256": file.sha256,
                    "profile": file.profile,
                    "read": file.read,
                    "new": sum(count.new for count in mine),
                    "same": sum(count.same for count in mine),
                    "replaced": sum(count.replaced for count in mine),
                    "refused": file.refused,
                    "skipped": file.skipped,
                    "versions": json.dumps(dict(versions), sort_keys=True),
                    "code_version": __version__,
                }
            )
        frame = pl.DataFrame(rows, schema=COLUMNS)
        name = f"{uuid.uuid4().hex}.parquet"
        frame.write_parquet(self.root / name)
        stats = {"numRecords": len(frame), "minValues": {"number": number}, "maxValues": {"number": number}}
        size, moment = (self.root / name).stat().st_size, int(at.timestamp() * 1000)
        table = DeltaTable(uri(self.root))
        table.create_write_transaction([AddAction(name, size, {}, moment, True, json.dumps(stats))], "append", table.schema())
