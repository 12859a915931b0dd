"""The lake: every canonical table as a Delta table in one folder, seen at the versions of one import."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from kaohe.errors import code, failure
from kaohe.lake.delta import DeltaFolder, File
from kaohe.lake.hiding import key_in
from kaohe.lake.journal import Journal, Snapshot
from kaohe.lake.layout import LAYOUTS
from kaohe.lake.staging import Staging

FORMAT = 1
SETTINGS = "lake.json"
BUYER_KEY = "buyer.key"
"""Beside the lake, not in it: copying the lake does not copy the key."""

BUSY = code(
    "lake_busy",
    zh="另一次导入正在进行，等了 {seconds} 秒仍未结束。没有导入任何内容，请稍后重试",
    en="another import is running and did not end within {seconds} s. Nothing was imported; try again later",
)
NEWER_FORMAT = code(
    "lake_newer_format",
    zh="数据由更新版本的 kaohe 写入（格式 {found}，本版支持到 {known}）。请升级 kaohe",
    en="the data was written by a newer kaohe (format {found}, this one knows {known}). Upgrade kaohe",
)


class Lake:
    """A folder of tables. Readers see whole imports only; one import writes at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        settings = json.loads((root / SETTINGS).read_text(encoding="utf-8"))
        if settings["format"] > FORMAT:
            raise failure(NEWER_FORMAT, found=settings["format"], known=FORMAT)
        self.buckets: int = settings["buckets"]
        self.buyer_key = key_in(root.parent / BUYER_KEY) if settings.get("hide_buyers") else None
        self.journal = Journal(root / "imports")
        self._folders = {table: DeltaFolder(root / "tables" / table, layout) for table, layout in LAYOUTS.items()}

    @classmethod
    def create(cls, root: Path, *, buckets: int = 1, hide_buyers: bool = False) -> Lake:
        """Make an empty lake, or open the one that is there.

        `buckets`: parts of a day, for more machines than one. `hide_buyers`: replace buyer ids by a keyed hash from the first import on.
        """
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / ".lock", timeout=60):
            Journal(root / "imports").create()
            settings = root / SETTINGS
            if not settings.exists():
                draft = settings.with_suffix(".new")
                draft.write_text(json.dumps({"format": FORMAT, "buckets": buckets, "hide_buyers": hide_buyers}), encoding="utf-8")
                draft.replace(settings)
        return cls(root)

    @staticmethod
    def exists(root: Path) -> bool:
        return (root / SETTINGS).is_file()

    def snapshot(self, number: int | None = None) -> Snapshot:
        """The lake after import `number`, or after the last one."""
        return self.journal.snapshot(number)

    def folder(self, table: str) -> DeltaFolder:
        return self._folders[table]

    def files(self, table: str, snapshot: Snapshot | None = None) -> list[File]:
        """The files of a table, ordered by partition. None when nothing was ever imported into it."""
        versions = (snapshot or self.snapshot()).versions
        return self.folder(table).files(versions[table]) if table in versions else []

    def scan(self, table: str, snapshot: Snapshot | None = None) -> pl.LazyFrame:
        """A table lazily, with its partition columns and everything derived."""
        return self.folder(table).scan(self.files(table, snapshot))

    def table(self, table: str, snapshot: Snapshot | None = None) -> pl.DataFrame:
        """A whole table in its canonical columns; no rows when nothing was ever imported into it."""
        columns = list(LAYOUTS[table].table.schema)
        return self.folder(table).read(self.files(table, snapshot), columns)

    def days(self, snapshot: Snapshot | None = None) -> dict[date, list[File]]:
        """The message files of every day there is, in order."""
        found: dict[date, list[File]] = {}
        for file in self.files("messages", snapshot):
            found.setdefault(date.fromisoformat(file.partition[0]), []).append(file)
        return found

    @contextmanager
    def stage(self, wait: float = 600) -> Iterator[Staging]:
        """Begin an import. Waits up to `wait` seconds for one that is running, then raises `Failure`.

        What an earlier import left when it was killed is put back first.
        """
        lock = FileLock(self.root / ".lock", timeout=wait)
        try:
            lock.acquire()
        except Timeout:
            raise failure(BUSY, seconds=round(wait)) from None
        try:
            self._recover()
            staging = Staging(self)
            try:
                yield staging
            finally:
                staging.discard()
        finally:
            lock.release()

    def _recover(self) -> None:
        """Undo commits the journal does not know: their import was killed before its last step."""
        shutil.rmtree(self.root / "staging", ignore_errors=True)
        snapshot = self.snapshot()
        versions = dict(snapshot.versions)
        for table in LAYOUTS:
            folder = self.folder(table)
            if folder.exists:
                known = versions.get(table, 0)
                if folder.version() != known and folder.files(folder.version()) != folder.files(known):
                    folder.restore(known)
