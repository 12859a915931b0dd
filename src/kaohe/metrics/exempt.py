"""Days left out: shops on exempt days, agents on days of leave (counting rule 47), and what is said of it beside the figures."""

from __future__ import annotations

import hashlib
from datetime import date

import polars as pl

from kaohe.metrics.metric import Family
from kaohe.metrics.source import Source

OFF: dict[str, pl.DataType] = {
    "shop_id": pl.String(),
    "agent_id": pl.String(),
    "day": pl.Date(),
    "covers": pl.String(),
    "reason": pl.String(),
}
"""One row per shop and exempt day, or per agent and day of leave (`covers` is then `leave`)."""


def fingerprint(source: Source) -> str:
    """Changes when a day is left out that was not, or the other way round."""
    rows = [sorted(source.facts.table(name).rows(), key=repr) for name in ("exemptions", "leaves")]
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def exempt_days(source: Source) -> pl.DataFrame:
    """Every shop's exempt days: shop_id, day, covers, reason. A shop and day may be there more than once."""
    said = source.facts.table("exemptions")
    if said.is_empty():
        return pl.DataFrame(schema={name: OFF[name] for name in ("shop_id", "day", "covers", "reason")})
    shops = source.shops.select("shop_id", _of="platform")
    of_shop = said.filter(pl.col("shop_id").is_not_null())
    of_all = said.filter(pl.col("shop_id").is_null()).drop("shop_id").join(shops, how="cross")
    of_all = of_all.filter(pl.col("platform").is_null() | (pl.col("platform") == pl.col("_of")))
    both = pl.concat([of_shop.select("shop_id", *_SPAN), of_all.select("shop_id", *_SPAN)])
    return _each_day(both).with_columns(pl.col("covers").fill_null("response")).select("shop_id", "day", "covers", "reason")


def leave_days(source: Source) -> pl.DataFrame:
    """Every agent's days of leave: agent_id, day, reason."""
    said = source.facts.table("leaves")
    if said.is_empty():
        return pl.DataFrame(schema={name: OFF[name] for name in ("agent_id", "day", "reason")})
    return _each_day(said).select("agent_id", "day", "reason")


_SPAN = ["first_day", "last_day", "covers", "reason"]


def _each_day(spans: pl.DataFrame) -> pl.DataFrame:
    last = pl.coalesce("last_day", "first_day")
    return spans.filter(last >= pl.col("first_day")).with_columns(day=pl.date_ranges("first_day", last)).explode("day")


def kept(source: Source, family: Family, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without those on days that are left out for the family. Of people only the agents' own rows leave; see the module."""
    if family.covers == "none":
        return rows
    off = exempt_days(source)
    if family.covers == "all":
        off = off.filter(pl.col("covers") == "all")
    if len(off):
        rows = rows.join(off.select("shop_id", "day").unique(), on=["shop_id", "day"], how="anti", maintain_order="left")
    if family.leaves and "agent_id" in rows.columns:
        away = leave_days(source)
        if len(away):
            rows = rows.join(away.select("agent_id", "day").unique(), on=["agent_id", "day"], how="anti", maintain_order="left")
    return rows


def left_out(source: Source, first: date | None = None, last: date | None = None) -> pl.DataFrame:
    """What figures of those days leave out (`OFF`), sorted: to be said beside them. Days without messages or orders are among it."""
    shops = exempt_days(source).with_columns(agent_id=pl.lit(None, pl.String))
    agents = leave_days(source).with_columns(shop_id=pl.lit(None, pl.String), covers=pl.lit("leave"))
    both = pl.concat([frame.select(pl.col(name).cast(dtype) for name, dtype in OFF.items()) for frame in (shops, agents)])
    day = pl.col("day")
    inside = (day >= first if first is not None else pl.lit(True)) & (day <= last if last is not None else pl.lit(True))
    return both.filter(inside).unique().sort("day", "shop_id", "agent_id", "covers", "reason", nulls_last=True)
