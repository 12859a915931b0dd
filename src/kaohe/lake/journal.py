"""The journal of imports: one row per import and file, and the versions of all tables after it.

Delta commits one table at a time. The journal is what makes an import one step over all of them: its row is written last, and
readers open every table at the versions of the last row. An import killed before that never happened.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
from deltalake import DeltaTable, Field, Schema, write_deltalake
from deltalake.schema import PrimitiveType

from kaohe._version import __version__
from kaohe.errors import WRONG_USE, code, failure
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
        self._read: tuple[tuple[str, int], pl.DataFrame] | None = None

    def create(self) -> None:
        kinds = {pl.Int64(): "long", pl.String(): "string", INSTANT: "timestamp"}
        fields = [Field(name, PrimitiveType(kinds[dtype])) for name, dtype in COLUMNS.items()]
        DeltaTable.create(str(self.root), schema=Schema(fields), mode="ignore", name="imports")

    def rows(self) -> pl.DataFrame:
        """Every import and file, oldest first, in `COLUMNS`. Read anew only when something was appended since."""
        newest = self._newest()
        held = self._read
        if held is not None and held[0] == newest:
            return held[1]
        rows = self._rows()
        # Taken before reading: what is appended meanwhile makes the next call read again.
        self._read = newest, rows
        return rows

    def _newest(self) -> tuple[str, int]:
        """Name and time of the last commit in Delta's log, which is only ever added to."""
        with os.scandir(self.root / "_delta_log") as entries:
            last = max((entry for entry in entries if entry.name.endswith(".json")), key=lambda entry: entry.name)
            return last.name, last.stat().st_mtime_ns

    def _rows(self) -> pl.DataFrame:
        table = DeltaTable(str(self.root))
        files = table.file_uris()
        if not files:
            return pl.DataFrame(schema=COLUMNS)
        rows = pl.concat(pl.read_parquet(file).select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()) for file in files)
        return rows.sort("number", "file", "sha256", "profile")

    def snapshot(self, number: int | None = None) -> Snapshot:
        """The tables after import `number`, or after the last. Raises `Failure` for a number there is not."""
        rows = self.rows()
        last = int(rows["number"].max() or 0)  # type: ignore[arg-type]
        wanted = last if number is None else number
        if wanted == 0 and number is None:
            return Snapshot(0, {})
        found = rows.filter(pl.col("number") == wanted)
        if found.is_empty():
            raise failure(NO_SUCH_IMPORT, number=number, last=last)
        return Snapshot(wanted, json.loads(found["versions"][0]))

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
        write_deltalake(str(self.root), pl.DataFrame(rows, schema=COLUMNS), mode="append")
