"""One import on its way into the lake: rows are gathered per partition, merged, and made visible in one step."""

from __future__ import annotations

import shutil
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kaohe.errors import code, failure
from kaohe.lake.delta import DeltaFolder, File
from kaohe.lake.hiding import hidden
from kaohe.lake.journal import Committed, Counts, SourceFile
from kaohe.lake.layout import LAYOUTS, Layout, Partition, now
from kaohe.lake.merge import FILE, SEQ, Merged, count_by_file, merge

if TYPE_CHECKING:
    from kaohe.lake.lake import Lake

HELD_BYTES = 400 * 2**20
"""Rows gathered in memory before they are put on disk, by partition."""

SIDE_BY_SIDE_ROWS = 1_000_000
"""Partitions larger than this are written one after the other, so that memory stays bounded by one."""

ZONE_CHANGED = code(
    "shop_timezone_changed",
    zh="店铺“{shop}”的消息已按时区 {old} 归到各日，不能改为 {new}。请把 shops 表的时区改回，或导入到新的工作区",
    en="messages of shop {shop!r} are already counted by days of {old}; the zone can not become {new}. "
    "Put the old zone back in the shops table, or import into a new workspace",
)


@dataclass(slots=True)
class _Change:
    """What an import does to one table."""

    added: list[File] = field(default_factory=list)
    removed: list[File] = field(default_factory=list)
    new: Counter[int] = field(default_factory=Counter)
    same: Counter[int] = field(default_factory=Counter)
    replaced: Counter[int] = field(default_factory=Counter)


class _Gathered:
    """The rows of one partition on their way, in memory or spilled, with the range of their ids."""

    def __init__(self, layout: Layout, partition: Partition, rows: pl.DataFrame | list[Path]) -> None:
        self.partition = partition
        self._held = rows
        ids = self.read([layout.table.key[-1]]).to_series().cast(pl.String)
        self.rows = len(ids)
        low, high = ids.min(), ids.max()
        self.span = (low, high) if isinstance(low, str) and isinstance(high, str) else None

    def read(self, columns: list[str] | None = None) -> pl.DataFrame:
        if isinstance(self._held, pl.DataFrame):
            return self._held if columns is None else self._held.select(columns)
        return pl.concat(pl.read_ipc(path, columns=columns) for path in self._held)


class Staging:
    """Holds the write lock of a lake from `Lake.stage()` until it is left. Nothing is visible before `commit`."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._folder = lake.root / "staging" / uuid.uuid4().hex
        self._held: dict[str, list[pl.DataFrame]] = defaultdict(list)
        self._held_bytes = 0
        self._spilled: dict[str, dict[Partition, list[Path]]] = defaultdict(lambda: defaultdict(list))
        self._rows = 0
        # The newest version, not the journal's: after a killed import a table was put back as a newer, equal version.
        folders = {table: lake.folder(table) for table in lake.snapshot().versions}
        self._versions = {table: folder.version() for table, folder in folders.items()}

    def add(self, table: str, frame: pl.DataFrame, file: int) -> None:
        """Gather rows of a canonical table, in the order of its columns; messages with a last column `timezone` (IANA).

        `file` is the index of the rows' file among those given to `commit`. Rows added later win over earlier ones.
        """
        layout = LAYOUTS[table]
        if frame.is_empty():
            return
        if table == "shops":
            self._check_zones(frame)
        if self._lake.buyer_key is not None:
            frame = hidden(frame, self._lake.buyer_key)
        placed = layout.placed(frame, self._lake.buckets).with_columns(
            pl.int_range(self._rows, self._rows + len(frame), dtype=pl.Int64).alias(SEQ), pl.lit(file, pl.Int32).alias(FILE)
        )
        self._rows += len(frame)
        self._held[table].append(placed)
        self._held_bytes += int(placed.estimated_size())
        if self._held_bytes > HELD_BYTES:
            self._spill()

    def preview(self) -> list[Counts]:
        """What `commit` would do to every row. Writes nothing to the lake."""
        return [count for table in self._tables() for count in _counts(table, self._changed(table, write=False))]

    def commit(self, files: Sequence[SourceFile], progress: Callable[[float], None] | None = None) -> Committed:
        """Merge everything gathered into the lake in one step. `progress` is told the share done, 0 to 1."""
        tables = self._tables()
        changes: dict[str, _Change] = {}
        for place, table in enumerate(tables):

            def tell(share: float, place: int = place) -> None:
                if progress is not None:
                    progress((place + share) / len(tables))

            changes[table] = self._changed(table, write=True, progress=tell)
        number = self._lake.snapshot().number + 1
        for table, change in changes.items():
            if change.added or change.removed:
                folder = self._lake.folder(table)
                self._versions[table] = folder.commit(self._versions[table], change.added, change.removed, {"kaohe.import": number})
        counts = [count for table, change in changes.items() for count in _counts(table, change)]
        self._lake.journal.append(number, now(), files, counts, self._versions)
        return Committed(number, tuple(counts))

    def discard(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._held.clear()
        self._spilled.clear()

    def _tables(self) -> list[str]:
        """Gathered tables in the order of the model: shops and people before what refers to them."""
        return [table for table in LAYOUTS if table in self._held or table in self._spilled]

    def _check_zones(self, shops: pl.DataFrame) -> None:
        known = self._lake.table("shops").select("shop_id", old="timezone")
        moved = shops.join(known, on="shop_id").filter(pl.col("timezone").ne_missing(pl.col("old")))
        if moved.is_empty():
            return
        with_messages = set(self._lake.scan("messages").select(pl.col("shop_id").unique()).collect()["shop_id"])
        for row in moved.iter_rows(named=True):
            if row["shop_id"] in with_messages:
                raise failure(ZONE_CHANGED, shop=row["shop_id"], old=row["old"], new=row["timezone"])

    def _spill(self) -> None:
        for table, frames in self._held.items():
            for partition, rows in _by_partition(LAYOUTS[table], frames).items():
                here = self._spilled[table][partition]
                path = self._folder / table / "_".join(partition or ("all",)) / f"{len(here)}.arrow"
                path.parent.mkdir(parents=True, exist_ok=True)
                rows.write_ipc(path, compression="uncompressed")
                here.append(path)
        self._held.clear()
        self._held_bytes = 0

    def _gathered(self, table: str) -> list[_Gathered]:
        """What was gathered for each partition touched, in order."""
        if table not in self._spilled:
            held = _by_partition(LAYOUTS[table], self._held[table])
            return [_Gathered(LAYOUTS[table], partition, frame) for partition, frame in sorted(held.items(), key=lambda item: item[0])]
        if table in self._held:
            self._spill()
        spilled = sorted(self._spilled[table].items())
        return [_Gathered(LAYOUTS[table], partition, paths) for partition, paths in spilled]

    def _changed(self, table: str, *, write: bool, progress: Callable[[float], None] | None = None) -> _Change:
        """Merge what was gathered for a table, writing the new files of changed partitions when `write`."""
        layout, folder = LAYOUTS[table], self._lake.folder(table)
        if write and not folder.exists:
            folder.create()
        if folder.exists:
            self._versions.setdefault(table, 0)
        current: dict[Partition, list[File]] = defaultdict(list)
        if table in self._versions:
            for file in folder.files(self._versions[table]):
                current[file.partition].append(file)
        gathered = self._gathered(table)
        total = sum(part.rows for part in gathered)
        biggest = max(part.rows for part in gathered)
        strays = _Strays(layout, folder, current, gathered)
        change, done = _Change(), 0

        def work(part: _Gathered) -> tuple[Merged, list[File], list[File]]:
            partition = part.partition
            incoming = strays.without_moved(partition, part.read())
            held = current.get(partition, [])
            existing = strays.without_stale(partition, folder.read(held, layout.kept)) if held else None
            shrunk = existing is not None and len(existing) < sum(file.rows for file in held)
            merged = merge(existing, incoming, layout.identity(), list(layout.table.schema))
            if not (merged.changed or shrunk) or not write:
                return merged, [], []
            merged.frame = layout.finished(merged.frame)
            added = [folder.write(partition, merged.frame)] if len(merged.frame) else []
            merged.frame = merged.frame.clear()
            return merged, added, held

        with ThreadPoolExecutor(2 if biggest <= SIDE_BY_SIDE_ROWS else 1) as workers:
            for part, (merged, added, removed) in zip(gathered, workers.map(work, gathered), strict=True):
                change.added += added
                change.removed += removed
                change.new += merged.new
                change.same += merged.same
                change.replaced += merged.replaced
                done += part.rows
                if progress is not None:
                    progress(done / total)
        strays.settle(change, current, write=write)
        return change


def _by_partition(layout: Layout, frames: Sequence[pl.DataFrame]) -> dict[Partition, pl.DataFrame]:
    frame = pl.concat(frames)
    if not layout.partition_by:
        return {(): frame}
    names = list(layout.partition_by)
    found = frame.partition_by(names, as_dict=True, include_key=False, maintain_order=True)
    return {tuple(str(value) for value in values): rows for values, rows in found.items()}


def _counts(table: str, change: _Change) -> list[Counts]:
    files = sorted({*change.new, *change.same, *change.replaced})
    return [Counts(file, table, change.new[file], change.same[file], change.replaced[file]) for file in files]


def _inside(column: str, spans: Sequence[tuple[str, str]]) -> pl.Expr:
    """Whether an id lies in any of the spans, ends included. Null lies in none."""
    merged: list[tuple[str, str]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    text = pl.col(column).cast(pl.String)
    return pl.any_horizontal(pl.lit(False), *(text.is_between(pl.lit(low), pl.lit(high)) for low, high in merged)).fill_null(False)


class _Strays:
    """Rows whose identity lies in another partition than before: the same id with a corrected time.

    Ids usually grow with time, so their ranges per partition seldom overlap; only partitions whose ranges do are looked into, and of
    those only the ids. The later row wins, and the older one is taken out of its partition.
    """

    def __init__(self, layout: Layout, folder: DeltaFolder, current: Mapping[Partition, list[File]], gathered: Sequence[_Gathered]) -> None:
        self._layout, self._folder = layout, folder
        self._key = list(layout.identity()[0].columns)
        self._touched = {part.partition for part in gathered}
        self._stale: dict[Partition, pl.DataFrame] = {}
        self._moved: dict[Partition, pl.DataFrame] = {}
        self._replaced: Counter[int] = Counter()
        self._settled: pl.DataFrame | None = None
        if layout.partition_by:
            self._among_incoming(gathered)
            self._among_held(gathered, current)

    def without_moved(self, partition: Partition, incoming: pl.DataFrame) -> pl.DataFrame:
        """Incoming rows of a partition less those a later row of this import has moved to another."""
        if partition not in self._moved:
            return incoming
        return incoming.join(self._moved[partition].select(SEQ), on=SEQ, how="anti", maintain_order="left")

    def without_stale(self, partition: Partition, existing: pl.DataFrame) -> pl.DataFrame:
        """Rows of the lake less those that this import has moved to another partition."""
        if partition not in self._stale:
            return existing
        return existing.join(self._stale[partition], on=self._key, how="anti", nulls_equal=True, maintain_order="left")

    def settle(self, change: _Change, current: Mapping[Partition, list[File]], *, write: bool) -> None:
        """Rewrite partitions that only lost rows, and count rows that moved as replaced instead of new."""
        for partition in sorted(set(self._stale) - self._touched) if write else ():
            left = self.without_stale(partition, self._folder.read(current[partition], self._layout.kept))
            frame = self._layout.finished(left)
            change.added += [self._folder.write(partition, frame)] if len(frame) else []
            change.removed += current[partition]
        for moved in self._moved.values():
            change.new += count_by_file(moved[FILE])
        change.new.subtract(self._replaced)
        change.replaced += self._replaced

    def _ids(self, part: _Gathered, spans: Sequence[tuple[str, str]]) -> pl.DataFrame:
        """The rows of a part, identity and place only, whose id lies in any of the spans."""
        rows = self.without_moved(part.partition, part.read([*dict.fromkeys([*self._key, SEQ, FILE])]))
        return rows.filter(_inside(self._key[-1], spans))

    def _hash(self) -> pl.Expr:
        return pl.struct(self._key).hash()

    def _repeated(self, gathered: Sequence[_Gathered], shared: Mapping[int, Sequence[tuple[str, str]]]) -> pl.Series:
        """Hashes that more than one row has. Of ids that grow with no time these are all that is held at once: eight bytes a row."""
        hashes = np.concatenate(
            [self._ids(gathered[place], common).select(self._hash()).to_series().to_numpy() for place, common in shared.items()]
        )
        hashes.sort()
        return pl.Series(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]), dtype=pl.UInt64)

    def _among_incoming(self, gathered: Sequence[_Gathered]) -> None:
        shared: dict[int, list[tuple[str, str]]] = defaultdict(list)
        spans = sorted((part.span, place) for place, part in enumerate(gathered) if part.span is not None)
        for at, ((_, high), place) in enumerate(spans):
            for (other_low, other_high), other in spans[at + 1 :]:
                if other_low > high:
                    break
                common = (other_low, min(high, other_high))
                shared[place].append(common)
                shared[other].append(common)
        if not shared:
            return
        repeated = self._repeated(gathered, shared)
        if repeated.is_empty():
            return
        found = [
            self._ids(gathered[place], common).with_columns(_place=pl.lit(place, pl.Int32)).filter(self._hash().is_in(repeated.implode()))
            for place, common in sorted(shared.items())
        ]
        again = pl.concat(found).sort(*self._key, SEQ)
        last = again.group_by(self._key, maintain_order=True).agg(_to=pl.last("_place"), _by=pl.last(FILE))
        moved = again.join(last, on=self._key, nulls_equal=True).filter(pl.col("_place") != pl.col("_to"))
        for (place,), rows in moved.partition_by("_place", as_dict=True).items():
            self._moved[gathered[int(str(place))].partition] = rows
        # Merging finds the first row left in a partition new, and rows taken out are counted as new beside it. All but the very
        # first of an identity are later states of one row.
        counted = again.join(last, on=self._key, nulls_equal=True).join(moved.unique(self._key), on=self._key, how="semi", nulls_equal=True)
        away = pl.col("_place") != pl.col("_to")
        leads = counted.filter(away | pl.struct(*self._key, away.alias("_away")).is_first_distinct())
        self._replaced += count_by_file(leads.filter(~pl.struct(self._key).is_first_distinct())[FILE])
        self._settled = leads.select(self._key).unique()

    def _among_held(self, gathered: Sequence[_Gathered], current: Mapping[Partition, list[File]]) -> None:
        for part in gathered:
            if part.span is None:
                continue
            low, high = part.span
            overlapping = [
                file
                for partition, files in current.items()
                if partition != part.partition
                for file in files
                if file.low is not None and file.high is not None and file.low <= high and low <= file.high
            ]
            if not overlapping:
                continue
            ids = self._ids(part, [(file.low, file.high) for file in overlapping if file.low is not None and file.high is not None])
            for file in overlapping:
                held = self._folder.read([file], self._key).filter(_inside(self._key[-1], [part.span])).unique()
                found = ids.join(held, on=self._key, how="semi", nulls_equal=True).sort(*self._key, SEQ).unique(self._key, keep="first")
                if found.is_empty():
                    continue
                known = self._stale.get(file.partition, found.select(self._key).clear())
                self._stale[file.partition] = pl.concat([known, found.select(self._key)]).unique()
                if self._settled is not None:
                    found = found.join(self._settled, on=self._key, how="anti", nulls_equal=True)
                self._replaced += count_by_file(found[FILE])
