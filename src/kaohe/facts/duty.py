"""When anybody of a shop was on duty: some account online (counting rule 48)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from kaohe.facts import spans
from kaohe.model.days import DEFAULT_TIMEZONE

Spans = tuple[tuple[int, int], ...]
"""Spans that do not touch, in order: start included, end excluded, microseconds since 1970 in UTC."""

LONGEST_DAY = 26 * spans.HOUR


def duties(presence: pl.DataFrame, zones: Mapping[str, str | None], shops: Iterable[str]) -> dict[tuple[str, date], Spans]:
    """When some account of a shop was online, by shop and local day. Days without a usable record are not there.

    A span without an end goes on to the end of its local day: nothing says that nobody was there. One that ends no later than it starts is none.
    """
    online = (
        presence.lazy()
        .filter(pl.col("shop_id").is_in(list(shops)))
        .select(
            "shop_id",
            start=pl.col("online_at").to_physical(),
            end=pl.coalesce("offline_at", pl.col("online_at") + pl.duration(microseconds=LONGEST_DAY)).to_physical(),
            open=pl.col("offline_at").is_null(),
        )
        .with_row_index("span")
        .collect()
    )
    zone = online["shop_id"].replace_strict(dict(zones), default=None, return_dtype=pl.String).fill_null(DEFAULT_TIMEZONE)
    pieces = spans.cut(online, zone).filter(~pl.col("open") | (pl.col("day") == pl.col("day").min().over("span")))
    found: dict[tuple[str, date], list[tuple[int, int]]] = defaultdict(list)
    for shop, day, start, end in spans.joined(pieces, ["shop_id", "day"]).iter_rows():
        found[shop, day].append((start, end))
    return {key: tuple(times) for key, times in found.items()}
