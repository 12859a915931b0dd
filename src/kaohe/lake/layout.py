"""How each table lies in the lake: its partitions, the sort inside one, what is derived beside the canonical columns."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import polars as pl

from kaohe import clock
from kaohe.model.days import zone
from kaohe.model.tables import TABLES, Table

Partition = tuple[str, ...]
"""The values of a partition's columns as text, such as `("2026-10-01", "0")`. Empty for a table kept in one piece."""

DAY, BUCKET, MONTH = "day", "bucket", "month_utc"


@dataclass(frozen=True, slots=True)
class Layout:
    """One table in the lake. Within a partition rows are sorted by `sort`, which ends in a key."""

    table: Table
    partition_by: tuple[str, ...]
    sort: tuple[str, ...]
    derived: Mapping[str, pl.DataType]

    @property
    def stored(self) -> dict[str, pl.DataType]:
        """Columns of a partition's file: canonical, then derived; partition columns are in the path."""
        return {**self.table.schema, **self.derived}

    @property
    def partition_schema(self) -> dict[str, pl.DataType]:
        kinds: dict[str, pl.DataType] = {DAY: pl.Date(), BUCKET: pl.Int32(), MONTH: pl.String()}
        return {name: kinds[name] for name in self.partition_by}

    @property
    def kept(self) -> list[str]:
        """Columns of a stored row that a merge needs: the canonical ones and what depends on nothing but the row."""
        return [*self.table.schema, *(("rank", "second_of_day") if self.table.name == "messages" else ())]

    def identity(self) -> list[Identity]:
        """The ways rows of this table are told apart; every row has exactly one."""
        if self.table.name == "messages":
            has_id = pl.col("message_id").is_not_null()
            return [
                Identity(has_id, ("shop_id", "message_id")),
                Identity(~has_id, ("shop_id", "buyer_id", "sent_at", "sender", "agent_id", "text")),
            ]
        return [Identity(pl.lit(True), self.table.key)]

    def placed(self, frame: pl.DataFrame, buckets: int) -> pl.DataFrame:
        """Canonical rows with their partition columns; messages also get `rank` and `second_of_day`.

        Messages carry a last column `timezone`, used here and dropped.
        """
        if self.table.name == "messages":
            local = local_clock(frame["sent_at"], frame["timezone"])
            return frame.drop("timezone").with_columns(
                clock.ranked(),
                (local % 86_400_000_000 // 1_000_000).cast(pl.Int32).alias("second_of_day"),
                (local // 86_400_000_000).cast(pl.Int32).cast(pl.Date).alias(DAY),
                bucket(frame, buckets),
            )
        if self.table.at is not None:
            return frame.with_columns(pl.col(self.table.at).dt.strftime("%Y-%m").fill_null("none").alias(MONTH))
        return frame

    def finished(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One partition's merged rows as they are stored: sorted, with everything derived."""
        ordered = frame.sort(self.sort)
        if self.table.name == "messages":
            ordered = clock.clocked(clock.numbered(ordered))
        return ordered.select(list(self.stored))


@dataclass(frozen=True, slots=True)
class Identity:
    """Rows for which `where` holds are the same row when `columns` are equal, null being a value."""

    where: pl.Expr
    columns: tuple[str, ...]


def _layout(table: Table) -> Layout:
    if table.name == "messages":
        return Layout(table, (DAY, BUCKET), clock.ORDER, {**clock.NUMBERED, **clock.CLOCK})
    rest = tuple(column.name for column in table.columns if column.name not in table.key)
    partition_by = (MONTH,) if table.at is not None else ()
    return Layout(table, partition_by, (*table.key, *rest), {})


LAYOUTS: Mapping[str, Layout] = {name: _layout(table) for name, table in TABLES.items()}


def local_clock(moments: pl.Series, zones: pl.Series) -> pl.Series:
    """Instants as Int64 microseconds since the epoch on the wall clock of each row's time zone."""
    names = zones.unique().to_list()
    if len(names) == 1:
        return _shifted(moments, names[0])
    local = pl.Series("local", [None], dtype=pl.Int64).new_from_index(0, len(moments))
    for name in names:
        local = local.zip_with(zones != name, _shifted(moments, name))
    return local


def _shifted(moments: pl.Series, name: str) -> pl.Series:
    physical = moments.to_physical()
    first, last = moments.min(), moments.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return physical
    offset = _constant_offset(name, first.replace(minute=0, second=0, microsecond=0), last + timedelta(hours=1))
    if offset is not None:
        return physical + offset
    return moments.dt.convert_time_zone(name).dt.replace_time_zone(None).to_physical()


@lru_cache(maxsize=4096)
def _constant_offset(name: str, first: datetime, last: datetime) -> int | None:
    """The zone's offset in microseconds when it does not change between the two, else None.

    Most spans have no clock change, and adding a number is many times faster than asking the zone for each row.
    """
    if last - first > timedelta(days=1100):
        return None
    place = zone(name)
    offset = first.astimezone(place).utcoffset()
    moment = first
    while moment <= last:
        if moment.astimezone(place).utcoffset() != offset:
            return None
        moment += timedelta(hours=12)
    if last.astimezone(place).utcoffset() != offset or offset is None:
        return None
    return int(offset.total_seconds() * 1_000_000)


def bucket(frame: pl.DataFrame, buckets: int) -> pl.Expr | pl.Series:
    """The bucket of each row's (shop, buyer): 0 to `buckets` - 1, the same on every machine and version."""
    if buckets == 1:
        return pl.lit(0, dtype=pl.Int32).alias(BUCKET)
    pairs = frame.select("shop_id", "buyer_id").unique()
    numbers = [zlib.crc32(f"{shop}\0{buyer}".encode()) % buckets for shop, buyer in pairs.iter_rows()]
    known = pairs.with_columns(pl.Series(BUCKET, numbers, dtype=pl.Int32))
    return frame.select("shop_id", "buyer_id").join(known, on=["shop_id", "buyer_id"], how="left", maintain_order="left")[BUCKET]


def now() -> datetime:
    return datetime.now(UTC)
