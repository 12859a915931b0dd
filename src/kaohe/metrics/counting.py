"""Counting the rows of a family: which groups there are, and each group's tallies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from kaohe.metrics import exempt
from kaohe.metrics.metric import Family
from kaohe.metrics.source import Ask, Source
from kaohe.model.tables import TABLES

ALL = "_all"
"""The one group when nothing is grouped by."""


def counted(source: Source, ask: Ask, family: Family, columns: list[str]) -> pl.DataFrame | None:
    """The tallies of a family, one row per group; None when there is no data it could be counted from."""
    if not source.has(family.needs):
        return None
    keys = columns or [ALL]
    if family.adds:
        tallies = _tallied(source, replace(ask, shops=None), family).filter(ask.within())
        return keyed(source, tallies, keys).group_by(keys).agg(pl.sum(tally.id) for tally in family.tallies)
    rows = keyed(source, rows_of(source, ask, family), keys)
    if family.trailing is not None and "day" in columns:
        return _trailing(rows, keys, replace(ask, last=ask.last or source.last_day), family)
    return rows.group_by(keys).agg(tally.counted() for tally in family.tallies)


def _tallied(source: Source, ask: Ask, family: Family) -> pl.DataFrame:
    """The tallies of each shop, day and person asked for: much less than the rows, so they are kept."""
    group = ["shop_id", "day", *ask.who, *(["hour"] if ask.by_hour else [])]

    def count() -> pl.DataFrame:
        return rows_of(source, ask, family).group_by(group).agg(tally.counted() for tally in family.tallies)

    return source.held("tallied", TABLES, (family.id, ask.first, ask.last, group), count)


def rows_of(source: Source, ask: Ask, family: Family) -> pl.DataFrame:
    """The rows of a family that count in the asked days and shops, without those on days left out.

    Of a family that looks back they are those of the days up to the last; grouped by day each of them counts on several days.
    """
    assert family.rows is not None
    if family.trailing is None:
        rows = family.rows(source, ask)
        return exempt.kept(source, family, rows.filter(ask.during(), ask.within()))
    last = ask.last or source.last_day
    by_day = "day" in ask.columns
    reach = timedelta(days=family.trailing - 1)
    first = None if by_day and ask.first is None else (ask.first if by_day and ask.first else last) - reach
    wide = replace(ask, first=first, last=last)
    return exempt.kept(source, family, family.rows(source, wide).filter(wide.during(), wide.within()))


def keyed(source: Source, rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Rows with the group columns that follow from others: the platform of the shop, and the one group of all."""
    if "platform" in keys:
        rows = rows.with_columns(platform=pl.col("shop_id").replace_strict(source.platforms, default=None, return_dtype=pl.String))
    return rows.with_columns(pl.lit(0).alias(ALL)) if keys == [ALL] else rows


def _trailing(rows: pl.DataFrame, keys: list[str], ask: Ask, family: Family) -> pl.DataFrame:
    """Tallies of each day over the days that end with it. Sums of days add up; of what is counted once each span is looked at anew."""
    assert family.trailing is not None
    assert all(tally.how == "sum" and "day" not in tally.distinct for tally in family.tallies)
    days = pl.DataFrame({"_later": range(family.trailing)})

    def spread(daily: pl.DataFrame) -> pl.DataFrame:
        return daily.join(days, how="cross").with_columns(day=pl.col("day") + pl.duration(days="_later")).filter(ask.during())

    sums = [tally for tally in family.tallies if not tally.distinct]
    daily = rows.group_by(keys).agg(tally.counted() for tally in sums)
    found = spread(daily).group_by(keys).agg(pl.sum(tally.id) for tally in sums)
    for tally in family.tallies:
        if tally.distinct:
            assert tally.each is not None
            once = rows.filter(tally.each.cast(pl.Boolean)).select(list(dict.fromkeys([*keys, *tally.distinct]))).unique()
            different = spread(once).group_by(keys).agg(pl.struct(tally.distinct).n_unique().cast(pl.Int64).alias(tally.id))
            found = found.join(different, on=keys, how="left", nulls_equal=True).with_columns(pl.col(tally.id).fill_null(0))
    return found
