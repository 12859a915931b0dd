"""Tallies: what the figures divide, counted for one slice and every group asked for. They add up over days, buckets and shops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import polars as pl

from kaohe.facts import Facts, Slice
from kaohe.facts.parts import THRESHOLDS
from kaohe.model.people import Roster
from kaohe.packs import Parameters

SUMS = ("asked", "answered", "within_30", "within_180", "wait_sum", "turns", "turns_answered", "turns_within_180", "turn_wait_sum")
UNITS = {
    "message": ("asked", "within_180"),
    "turn": ("turns", "turns_within_180"),
    "contact": ("consulting", "valid_180"),
    "session": ("sessions", "sessions_valid_180"),
}
"""The unit of a pack's 3-minute figure: what is counted, and what of it was answered in time."""


def tallied(
    facts: Facts,
    piece: Slice,
    roster: Roster,
    parameters: Callable[[str, date], Parameters],
    who: Sequence[str],
    *,
    by_hour: bool,
) -> pl.DataFrame:
    """Tallies of one slice: one row per shop, day and group that any buyer or human message falls in.

    `who` is any of `kaohe.model.people.WHO`. Rows: shop_id, day, the columns of `who`, hour when `by_hour`, and every tally of the catalogue.
    """
    day = pl.lit(piece.day, pl.Date)
    parts = roster.assigned(facts.parts(piece), list(who), day)
    group = ["shop_id", *who, *(["hour"] if by_hour else [])]
    mine = [name for name in group if name != "shop_id"]
    found = parts.select(group).unique()
    for tally in (
        _messages(parts, group),
        _contacts(parts, group, mine),
        _sessions(parts, group, mine),
        _firsts(parts, group),
        _session_firsts(parts, group),
        _dialogue(parts, group, list(who), mine),
        _slow(facts, piece, parts, roster, parameters, list(who), group),
    ):
        found = found.join(tally, on=group, how="left", nulls_equal=True)
    counted = [name for name in found.columns if name not in group]
    found = found.with_columns(pl.col(counted).fill_null(0).cast(pl.Int64), day=day)
    found = found.with_columns(pl.col("shop_id").cast(pl.String))
    units = {shop: parameters(shop, piece.day).unit for shop in piece.shops}
    unit = pl.col("shop_id").replace_strict(units, return_dtype=pl.String)
    for name, place in (("units", 0), ("units_within_180", 1)):
        value = pl.lit(0, pl.Int64)
        for kind, columns in UNITS.items():
            value = pl.when(unit == kind).then(columns[place]).otherwise(value)
        found = found.with_columns(value.alias(name))
    return found.sort(group)


def waited(facts: Facts, piece: Slice, roster: Roster, who: Sequence[str], *, by_hour: bool) -> pl.DataFrame:
    """How often each wait occurred for every group of a slice: group columns and day, `wait` (microseconds), `messages`."""
    day = pl.lit(piece.day, pl.Date)
    group = ["shop_id", *who, *(["hour"] if by_hour else [])]
    waits = roster.assigned(facts.waits(piece).filter("inside"), list(who), day)
    return waits.group_by(*group, "wait").agg(pl.sum("messages")).with_columns(pl.col("shop_id").cast(pl.String), day=day)


def _messages(parts: pl.DataFrame, group: list[str]) -> pl.DataFrame:
    inside = parts.lazy().filter("inside").group_by(group).agg(pl.sum(*SUMS))
    written = parts.lazy().group_by(group).agg(pl.sum("texts", "chars"))
    return written.join(inside, on=group, how="left", nulls_equal=True).collect()


def _contacts(parts: pl.DataFrame, group: list[str], mine: list[str]) -> pl.DataFrame:
    within = [f"within_{seconds}" for seconds in THRESHOLDS]
    return (
        parts.lazy()
        .filter(pl.col("inside") & (pl.col("asked") > 0))
        .group_by("shop_id", "contact", *mine)
        .agg(pl.sum("asked", "answered", *within))
        .group_by(group)
        .agg(
            consulting=pl.len(),
            contacts_answered=(pl.col("answered") > 0).sum(),
            **{f"valid_{seconds}": (pl.col(f"within_{seconds}") == pl.col("asked")).sum() for seconds in THRESHOLDS},
        )
        .collect()
    )


def _sessions(parts: pl.DataFrame, group: list[str], mine: list[str]) -> pl.DataFrame:
    return (
        parts.lazy()
        .filter(pl.col("inside") & (pl.col("asked") > 0))
        .group_by("shop_id", "contact", "session_id", *mine)
        .agg(pl.sum("asked", "within_180"))
        .group_by(group)
        .agg(sessions=pl.len(), sessions_valid_180=(pl.col("within_180") == pl.col("asked")).sum())
        .collect()
    )


def _firsts(parts: pl.DataFrame, group: list[str]) -> pl.DataFrame:
    inside = parts.filter(pl.col("inside") & (pl.col("asked") > 0))
    firsts = inside.filter(pl.col("contact").ne_missing(pl.col("contact").shift()) | (pl.int_range(pl.len()) == 0))
    return firsts.group_by(group).agg(firsts_answered=pl.col("first_wait").count(), first_wait_sum=pl.col("first_wait").sum())


def _session_firsts(parts: pl.DataFrame, group: list[str]) -> pl.DataFrame:
    """Sessions by who is responsible for their first assessed message; a contact without sessions is one."""
    inside = parts.filter(pl.col("inside") & (pl.col("asked") > 0))
    # Parts of a contact are in order of time.
    firsts = inside.unique(["contact", "session_id"], keep="first", maintain_order=True)
    soon = (pl.col("first_wait") <= 30_000_000).fill_null(False)
    return firsts.group_by(group).agg(session_firsts=pl.len(), session_firsts_30=soon.sum())


def _dialogue(parts: pl.DataFrame, group: list[str], who: list[str], mine: list[str]) -> pl.DataFrame:
    asked = parts.filter(pl.col("buyer_messages") > 0)
    said = parts.filter(pl.col("human_messages") > 0).join(asked.select("contact").unique(), on="contact", how="semi")
    served = said.select("shop_id", "contact", *mine).unique().group_by(group).agg(served=pl.len())
    human = said.group_by(group).agg(human_in_served=pl.sum("human_messages"))
    of_served = asked.join(said.select("contact", *who).unique(), on=["contact", *who], how="semi", nulls_equal=True)
    buyer = of_served.group_by(group).agg(buyer_in_served=pl.sum("buyer_messages"))
    joined = served.join(human, on=group, how="full", coalesce=True, nulls_equal=True)
    return joined.join(buyer, on=group, how="full", coalesce=True, nulls_equal=True)


def _slow(
    facts: Facts,
    piece: Slice,
    parts: pl.DataFrame,
    roster: Roster,
    parameters: Callable[[str, date], Parameters],
    who: list[str],
    group: list[str],
) -> pl.DataFrame:
    limits = {shop: parameters(shop, piece.day).slow_seconds for shop in piece.shops}
    if set(limits.values()) == {180}:
        # Parts count 180 s already; the much larger table of waits is not needed.
        return parts.filter("inside").group_by(group).agg(slow=pl.sum("answered") - pl.sum("within_180"))
    limit = pl.col("shop_id").cast(pl.String).replace_strict(limits, return_dtype=pl.Int64) * 1_000_000
    waits = roster.assigned(facts.waits(piece).filter("inside"), who, pl.lit(piece.day, pl.Date))
    found = waits.filter(pl.col("wait") > limit).group_by(group).agg(slow=pl.sum("messages"))
    # Waits know fewer names than parts, so their Enum is another one.
    return found.with_columns(pl.col("shop_id").cast(pl.String).cast(parts.schema["shop_id"]))
