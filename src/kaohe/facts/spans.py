"""Spans of time: cut at local days and hours, joined where they overlap, and how many are open at once.

Spans are rows with `start`, included, and `end`, excluded, in microseconds since 1970 in UTC. A span that ends no later than it starts is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from kaohe.lake.layout import local_clock

QUARTER, HOUR, DAY = 900_000_000, 3_600_000_000, 86_400_000_000
"""Microseconds. Every time zone's clock changes on a quarter of an hour of UTC, and its days and hours begin on one."""


def cut(spans: pl.DataFrame, zones: pl.Series, *, by_hour: bool = False) -> pl.DataFrame:
    """Each span cut where a local day ends, or a local hour: one row per piece with `day` and `hour` (null unless `by_hour`), in the order given.

    `zones` is the time zone of each span. Other columns are repeated. An hour that comes twice, where clocks are put back, is one piece.
    """
    spans = spans.with_columns(_zone=zones).filter(pl.col("end") > pl.col("start"))
    found = [_cut(spans.filter(pl.col("_zone") == name), name, by_hour) for name in spans["_zone"].unique().sort().to_list()]
    if not found:
        found = [spans.with_columns(day=pl.lit(None, pl.Date), hour=pl.lit(None, pl.Int8))]
    return pl.concat(found).drop("_zone")


def _cut(spans: pl.DataFrame, zone: str, by_hour: bool) -> pl.DataFrame:
    start, end = spans["start"].to_numpy(), spans["end"].to_numpy()
    begins = _calendar(zone, int(start.min()), int(end.max()), by_hour)
    from_ = begins["from"].to_numpy()
    first = np.searchsorted(from_, start, side="right") - 1
    count = np.searchsorted(from_, end, side="left") - first
    of = np.repeat(np.arange(len(spans)), count)
    place = np.arange(count.sum()) + np.repeat(first - np.append(0, np.cumsum(count)[:-1]), count)
    until = np.append(from_[1:], np.iinfo(np.int64).max)
    pieces = spans[of]
    return pieces.with_columns(
        start=pl.max_horizontal("start", pl.Series(from_[place])),
        end=pl.min_horizontal("end", pl.Series(until[place])),
        day=begins["day"].gather(place),
        hour=begins["hour"].gather(place),
    )


def _calendar(zone: str, low: int, high: int, by_hour: bool) -> pl.DataFrame:
    """When the local days (hours) that hold the moments from `low` to `high` begin, in order: from, day, hour."""
    # The first step may lie inside a day: nothing before `low` is asked.
    moments = pl.int_range(low // QUARTER * QUARTER, high + QUARTER, QUARTER, eager=True).alias("from")
    local = local_clock(moments.cast(pl.Datetime("us", "UTC")), pl.Series([zone]).new_from_index(0, len(moments)))
    number = local // (HOUR if by_hour else DAY)
    frame = pl.DataFrame({"from": moments, "local": local, "number": number})
    begins = frame.filter(pl.col("number").ne_missing(pl.col("number").shift()))
    hour = (pl.col("local") % DAY // HOUR).cast(pl.Int8) if by_hour else pl.lit(None, pl.Int8)
    return begins.select("from", day=(pl.col("local") // DAY).cast(pl.Int32).cast(pl.Date), hour=hour)


def adding(spans: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The spans sorted by key and start, each with `adds`: microseconds of it that no span before it of its key covers.

    Of a key these add up to the length of the union.
    """
    ordered = spans.sort(*keys, "start", "end", nulls_last=True)
    code = pl.struct(keys).rle_id() if keys else pl.lit(0)
    covered = pl.col("end").cum_max().shift().over("_key")
    adds = (pl.col("end") - pl.max_horizontal("start", covered)).clip(lower_bound=0)
    return ordered.with_columns(_key=code).with_columns(adds=adds).drop("_key")


def joined(spans: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Spans of one key that overlap or touch as one: the columns of `keys`, start, end; sorted."""
    ordered = spans.sort(*keys, "start", "end").with_columns(_key=pl.struct(keys).rle_id())
    apart = pl.col("start") > pl.col("end").cum_max().shift().over("_key")
    runs = ordered.with_columns(_run=apart.fill_null(True).cum_sum())
    return runs.group_by(*keys, "_run", maintain_order=True).agg(pl.first("start"), pl.max("end")).drop("_run")


def most_at_once(spans: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Of each key, of one column at least, the most spans that hold one instant, as `most`, and `at`, when that was first so: one row per key
    that has any, sorted."""
    groups = spans.select(keys).unique().sort(*keys, nulls_last=True).with_row_index("_number")
    mine = spans.join(groups, on=list(keys), how="left", nulls_equal=True)
    # An end is excluded, so it comes before a start at the same instant. One integer holds both and sorts much faster than names.
    moments = [mine.select("_number", _moment=pl.col(name) * 2 + step, _step=2 * step - 1) for name, step in (("start", 1), ("end", 0))]
    # The steps of a group add up to nothing, so one running sum serves all groups.
    steps = pl.concat(moments).sort("_number", "_moment").with_columns(_open=pl.col("_step").cast(pl.Int64).cum_sum())
    found = steps.group_by("_number").agg(most=pl.max("_open"), at=pl.col("_moment").get(pl.col("_open").arg_max()) // 2)
    return groups.join(found, on="_number", how="inner", maintain_order="left").drop("_number")
