"""Presence: how long agents were online, and how many contacts they had open at once (counting rules 43, 44)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

import polars as pl

from kaohe.facts import Slice, spans
from kaohe.lake.runner import run
from kaohe.metrics import exempt
from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.source import EVERYTHING, GROUP_KINDS, Ask, Source
from kaohe.model.days import DEFAULT_TIMEZONE

VERSION = 1
"""Part of the key of every cached peak: raise it when its meaning changes."""

online = Tally("online", "在线时长", "time online", pl.col("adds"))
peak = Tally("peak", "最大同时接待", "most contacts open at once", pl.col("most"), how="max")


def online_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per piece of a span within one local day (and hour, where asked), with what it adds to the agent's pieces before it in the group."""
    presence = source.facts.table("presence").select(
        "shop_id",
        account="agent_id",
        start=pl.col("online_at").to_physical(),
        end=pl.col("offline_at").to_physical(),
        at=pl.col("online_at").to_physical(),
    )
    zones = presence["shop_id"].replace_strict(source.zones, default=DEFAULT_TIMEZONE, return_dtype=pl.String)
    pieces = spans.cut(presence, zones, by_hour=ask.by_hour).filter(ask.during(), ask.within())
    # What a piece adds depends on the pieces that count, so other shops and days left out leave before.
    pieces = exempt.kept(source, ONLINE, source.roster.assigned(pieces, ["agent_id"], pl.col("day")))
    grouped = _platforms(source, source.grouped(pieces, ["agent_id", *ask.who]), ask)
    added = spans.adding(grouped, list(dict.fromkeys(["agent_id", *ask.columns])))
    return added.with_columns(subject="account", buyer_id=pl.lit(None, pl.String), related=pl.lit(None, pl.String), reason=pl.lit("online"))


def _platforms(source: Source, frame: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    if "platform" not in ask.columns:
        return frame
    return frame.with_columns(platform=pl.col("shop_id").replace_strict(source.platforms, default=None, return_dtype=pl.String))


EVERYBODY = "_everybody"
"""The one group of contacts when nothing is grouped by."""


def peak_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per group, and per local day unless its shops keep different times: the most contacts it had open at once, and when that was first so."""
    pieces = [piece for piece in source.facts.slices(ask.first, ask.last) if _asked(ask, piece)]
    zones = {source.zones.get(shop, DEFAULT_TIMEZONE) for piece in pieces for shop in _asked(ask, piece)}
    # No contact is open over midnight, so a period's most is that of one of its days; unless a group's shops have different midnights.
    apart = len(zones) > 1 and not {"shop_id", "day"} & set(ask.columns)
    days = [pieces] if apart else [list(slices) for _, slices in groupby(pieces, key=lambda piece: piece.day)]
    # An executor can not be sent to its own workers.
    found = list(run(partial(_peaks, source, replace(ask, executor=None)), days, ask.executor))
    rows = pl.concat(found) if found else pl.DataFrame(schema=_peak_schema(ask))
    return rows.with_columns(reason=pl.lit("most_open"))


def _asked(ask: Ask, piece: Slice) -> list[str]:
    """The asked shops of a slice."""
    return [shop for shop in piece.shops if ask.shops is None or shop in ask.shops]


def _peak_schema(ask: Ask) -> dict[str, pl.DataType]:
    group = {name: GROUP_KINDS.get(name, pl.String()) for name in ask.columns}
    return {"shop_id": pl.String(), "day": pl.Date(), **group, "most": pl.Int64(), "at": pl.Int64()}


def _peaks(source: Source, ask: Ask, pieces: Sequence[Slice]) -> pl.DataFrame:
    shops = sorted({shop for piece in pieces for shop in _asked(ask, piece)})
    there = [(shop, source.zones.get(shop), source.platforms.get(shop)) for shop in shops]
    roster = source.roster.fingerprint() if ask.who else ""
    parts = ([piece.key() for piece in pieces], ask.columns, roster, exempt.fingerprint(source), there)
    key = hashlib.sha256(repr(("peaks", VERSION, parts)).encode()).hexdigest()[:32]
    return source.facts.cache.get("peaks", key, lambda: _most(source, ask, pieces))


def _most(source: Source, ask: Ask, pieces: Sequence[Slice]) -> pl.DataFrame:
    opened = exempt.kept(source, PEAKS, pl.concat(_open(source, ask, piece) for piece in pieces))
    if ask.by_hour:
        zones = opened["shop_id"].replace_strict(source.zones, default=DEFAULT_TIMEZONE, return_dtype=pl.String)
        opened = spans.cut(opened.drop("hour", strict=False), zones, by_hour=True)
    opened = _platforms(source, opened, ask).with_columns(pl.lit(0).alias(EVERYBODY))
    keys = [*ask.columns, EVERYBODY]
    most = spans.most_at_once(opened, keys)
    # A shop and a day of the group that are not left out, for what follows from them.
    day = pl.col("day")
    some = {"shop_id": pl.col("shop_id").filter(day == day.min()).min(), "day": day.min()}
    one = opened.group_by(keys).agg(**{name: found for name, found in some.items() if name not in keys})
    joined = most.join(one, on=keys, how="left", nulls_equal=True)
    return joined.select(pl.col(name).cast(dtype) for name, dtype in _peak_schema(ask).items())


def _open(source: Source, ask: Ask, piece: Slice) -> pl.DataFrame:
    """The contacts of a slice that were open, by the people who kept them open: shop_id, day, the columns of people, start, end (excluded)."""
    parts = source.facts.parts(piece).filter(ask.within()).select("contact", "shop_id", "account", "buyer_at", "human_at")
    began = parts.lazy().group_by("contact").agg(start=pl.min("buyer_at"))
    said = source.roster.assigned(parts.filter(pl.col("human_at").is_not_null()), ask.who, pl.lit(piece.day, pl.Date))
    until = said.lazy().group_by("contact", *ask.who).agg(pl.first("shop_id"), end=pl.max("human_at") + 1)
    found = until.join(began, on="contact", how="inner").filter(pl.col("end") > pl.col("start")).collect()
    day = pl.lit(piece.day, pl.Date)
    return found.select(pl.col("shop_id").cast(pl.String), "start", "end", *ask.who, day=day)


ONLINE = Family(
    "online",
    "在线",
    "Online",
    EVERYTHING,
    ("presence",),
    online_rows,
    (online,),
    metrics=(
        Metric(
            "online_hours",
            "在线时长",
            "Hours online",
            "hours",
            "higher",
            "A5",
            "Length of the union of the agent's online spans, cut at local midnight, in hours; of a group the sum over its agents. Online in two shops at "
            "once counts once, unless figures are told apart by shop. Spans without an end are left out.",
            "每位客服在线时段的并集，按当地零点分到各日，单位小时；按组看是各人相加。同时在两家店在线只算一次（按店铺分开看时各算各的）。没有下线时间的时段不计。",
            "event",
            over=online,
            per=spans.HOUR,
        ),
    ),
)

PEAKS = Family(
    "peaks",
    "同时接待",
    "Contacts at once",
    EVERYTHING,
    ("messages",),
    peak_rows,
    (peak,),
    metrics=(
        Metric(
            "peak_concurrency",
            "最大同时接待",
            "Most contacts at once",
            "count",
            None,
            "peers",
            "The most contacts open at one instant. A contact is open from the buyer's first message of the day to the last human message of the agent or "
            "group, both instants included; one in which people only wrote before the buyer is not open.",
            "任一时刻打开的接待数的最大值。接待从买家当日第一条消息到该客服（或组）最后一条人工消息为打开，含两端；人工消息都在买家之前的不算打开。",
            "event",
            over=peak,
        ),
    ),
)

FAMILIES = (ONLINE, PEAKS)
