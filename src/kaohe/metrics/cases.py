"""The cases a ratio is made of, by agent and stratum: local hour, shop, and whether the contact was an inquiry (SEMANTICS §5).

Unlike figures by hour, in which a contact stands in every hour it was assessed in, each case is in one stratum only: the strata add up to the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

import polars as pl

from kaohe.errors import WRONG_USE, Failure, Problem, code
from kaohe.facts import Slice
from kaohe.facts.parts import THRESHOLDS
from kaohe.lake.runner import run
from kaohe.metrics import counting, exempt
from kaohe.metrics.catalogue import FAMILY_OF
from kaohe.metrics.metric import Family, Metric
from kaohe.metrics.responses import FAMILY as RESPONSES
from kaohe.metrics.source import Ask, Source
from kaohe.metrics.standard import Cells, Stratum, Sums

STRATA = ("hour", "shop", "inquiry")

OF_FAMILY: Mapping[str, tuple[str, ...]] = {
    "responses": STRATA,
    "ratings": STRATA,
    "inquiries": ("hour", "shop"),
    "resolution": ("hour", "shop"),
    "sales": ("hour", "shop"),
    "placed": ("hour", "shop"),
    "urged": ("hour", "shop"),
    "reviews": ("shop",),
    "refunds": ("shop",),
}
"""What can be told apart of the cases of each family, and bears on them: the hour of a message, rating or order, of a contact its first assessed message. All
contacts of inquiries are inquiries, none of resolution are; when a review was written or a refund ended nobody chose."""

UNKNOWN_STRATUM = code(
    "unknown_stratum",
    zh="不能按“{stratum}”分层。可用：{known}",
    en="no strata by {stratum!r}. Known: {known}",
    exit=WRONG_USE,
)

_KEYS: dict[str, pl.DataType] = {
    "agent_id": pl.String(),
    "shop_id": pl.String(),
    "day": pl.Date(),
    "hour": pl.Int8(),
    "inquiry": pl.Boolean(),
}
_SUMS = ("over", "under", "bundles", "over_squared", "both", "under_squared")

Bundles = Callable[[pl.DataFrame], pl.DataFrame]
"""From the parts of a slice, each with its `agent_id`, the bundles of one metric: contact, shop_id, agent_id, hour, over, under."""

_CONTACT = ["contact", "shop_id", "agent_id"]


def strata_of(metric: Metric, wanted: Collection[str] = STRATA) -> tuple[str, ...]:
    """The strata among `wanted` that the cases of a metric can be put in; none of a metric that is not made of cases which each count once.

    Raises `Failure` for a stratum there is not.
    """
    unknown = [name for name in wanted if name not in STRATA]
    if unknown:
        raise Failure(Problem(UNKNOWN_STRATUM, parts={"stratum": name, "known": ", ".join(STRATA)}) for name in unknown)
    if metric.over is None or metric.under is None or metric.less is not None or not metric.sampled:
        return ()
    family = FAMILY_OF[metric.under.id]
    if FAMILY_OF[metric.over.id] is not family or any(tally.distinct or tally.how != "sum" for tally in metric.tallies):
        return ()
    return tuple(name for name in OF_FAMILY.get(family.id, ()) if name in wanted)


def cells(source: Source, metric: Metric, ask: Ask, strata: Collection[str], shop: str | None = None) -> dict[str, Cells]:
    """The cases of every agent in their strata, of `ask`'s days and of one shop or all. Cases of nobody are left out.

    `strata`: of `strata_of`. The sums are in the units of the tallies: microseconds, fen. Contacts of shops whose orders name no buyer, and what belongs to no
    contact, are neither inquiry nor not.
    """
    assert metric.under is not None
    family = FAMILY_OF[metric.under.id]
    counted = (
        _of_replies(source, metric, ask, strata, shop) if family is RESPONSES else _of_events(source, metric, family, ask, strata, shop)
    )
    keys = ["agent_id", "shop_id", "inquiry", "hour"]
    told = {"shop_id": "shop" in strata, "inquiry": "inquiry" in strata, "hour": "hour" in strata}
    same = counted.with_columns(pl.lit(None, _KEYS[name]).alias(name) for name, kept in told.items() if not kept)
    summed = same.filter(pl.col("agent_id").is_not_null()).group_by(keys).agg(pl.sum(*_SUMS)).sort(keys, nulls_last=True)
    found: dict[str, dict[Stratum, Sums]] = {}
    for agent, shop_id, inquiry, hour, over, under, bundles, *squares in summed.select(*keys, *_SUMS).iter_rows():
        sums = Sums(_exact(over), _exact(under), int(bundles), *map(_exact, squares))
        found.setdefault(agent, {})[Stratum(shop_id, inquiry, hour)] = sums
    return dict(found)


SHARES = 1_000_000
"""Parts of orders have small denominators, and so have their sums and squares."""


def _exact(amount: int | float) -> Fraction:
    """A sum as a fraction. Of an order split in three Polars adds up floats, in any order; they are thirds again."""
    return Fraction(amount) if isinstance(amount, int) else Fraction(amount).limit_denominator(SHARES)


def _summed(bundles: pl.DataFrame) -> pl.DataFrame:
    """Bundles added up by agent, shop, day, hour and inquiry."""
    shares = any(bundles.schema[name].is_float() for name in ("over", "under"))
    # Squares of microseconds do not fit into 64 bits.
    kind = pl.Float64() if shares else pl.Int128()
    over, under = pl.col("over"), pl.col("under")
    typed = bundles.select(
        *(pl.col(name).cast(dtype) for name, dtype in _KEYS.items()), *(pl.col(name).cast(kind).fill_null(0) for name in ("over", "under"))
    )
    counted = typed.filter((over != 0) | (under != 0))
    return counted.group_by(list(_KEYS)).agg(
        over=over.sum(),
        under=under.sum(),
        bundles=pl.len().cast(kind),
        over_squared=(over * over).sum(),
        both=(over * under).sum(),
        under_squared=(under * under).sum(),
    )


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={**_KEYS, **dict.fromkeys(_SUMS, pl.Int128())})


def _of_replies(source: Source, metric: Metric, ask: Ask, strata: Collection[str], shop: str | None) -> pl.DataFrame:
    # All shops of a partition, not only the one: its parts are at hand for all of them together.
    pieces = [piece for piece in source.facts.slices(ask.first, ask.last) if shop is None or shop in piece.shops]
    wanted = source.inquiries(ask) if "inquiry" in strata and pieces else None
    given = [(piece, None if wanted is None else _of_piece(wanted, piece)) for piece in pieces]
    found = run(partial(_replied, source, metric.id, shop), given, ask.executor)
    return exempt.kept(source, RESPONSES, pl.concat([_none(), *found]))


def _of_piece(inquiries: pl.DataFrame, piece: Slice) -> pl.DataFrame:
    return inquiries.filter(pl.col("day") == piece.day, pl.col("bucket") == piece.bucket).select("contact", "inquiry")


def _replied(source: Source, metric: str, shop: str | None, given: tuple[Slice, pl.DataFrame | None]) -> pl.DataFrame:
    piece, inquiries = given
    parts = source.facts.parts(piece)
    if shop is not None:
        parts = parts.filter(pl.col("shop_id") == shop)
    parts = source.roster.assigned(parts, ["agent_id"], pl.lit(piece.day, pl.Date))
    bundles = _units(source, piece, parts) if metric == BY_UNIT else BUNDLES[metric](parts)
    if inquiries is None:
        bundles = bundles.with_columns(inquiry=pl.lit(None, pl.Boolean))
    else:
        bundles = bundles.join(inquiries, on="contact", how="left")
    return _summed(bundles.with_columns(day=pl.lit(piece.day, pl.Date)))


def _of_events(source: Source, metric: Metric, family: Family, ask: Ask, strata: Collection[str], shop: str | None) -> pl.DataFrame:
    assert metric.over is not None
    assert metric.over.each is not None
    assert metric.under is not None
    assert metric.under.each is not None
    if not source.has(family.needs):
        return _none()
    # Not by hour, which would count a contact in several: the row's own moment tells it.
    rows = counting.rows_of(source, replace(ask, columns=("agent_id", "shop_id"), evidence=True), family)
    if shop is not None:
        rows = rows.filter(pl.col("shop_id") == shop)
    if rows.is_empty():
        return _none()
    told = rows.select("agent_id", "shop_id", "day", "buyer_id", "at", over=metric.over.each, under=metric.under.each)
    if "hour" in strata:
        told = source.dated(told.with_columns(_at=pl.col("at").cast(pl.Datetime("us", "UTC"))), "_at")
    else:
        told = told.with_columns(hour=pl.lit(None, pl.Int8))
    if "inquiry" in strata:
        known = source.inquiries(ask).select("day", "shop_id", "buyer_id", "inquiry")
        told = told.join(known, on=["day", "shop_id", "buyer_id"], how="left", maintain_order="left")
    else:
        told = told.with_columns(inquiry=pl.lit(None, pl.Boolean))
    return _summed(told)


def _asked(parts: pl.DataFrame) -> pl.DataFrame:
    return parts.filter(pl.col("inside") & (pl.col("asked") > 0))


def _messages(over: str, under: str) -> Bundles:
    """What is counted of messages, those of one contact and hour in one bundle."""

    def bundles(parts: pl.DataFrame) -> pl.DataFrame:
        return _asked(parts).group_by(*_CONTACT, "hour").agg(over=pl.sum(over), under=pl.sum(under))

    return bundles


def _contacts(met: pl.Expr, *more: str) -> Bundles:
    """Contacts, or with `more` their sessions, at the hour of the first assessed message that counts for the agent."""

    def bundles(parts: pl.DataFrame) -> pl.DataFrame:
        sums = ["asked", "answered", *(f"within_{seconds}" for seconds in THRESHOLDS)]
        each = _asked(parts).group_by(*_CONTACT, *more).agg(pl.min("hour"), pl.sum(*sums))
        return each.select(*_CONTACT, "hour", over=met, under=pl.lit(1))

    return bundles


def _all_within(seconds: int) -> pl.Expr:
    return pl.col(f"within_{seconds}") == pl.col("asked")


def _firsts(of: Sequence[str], over: pl.Expr, under: pl.Expr) -> Bundles:
    """The first assessed message of each contact or session; it counts for who is responsible for it."""

    def bundles(parts: pl.DataFrame) -> pl.DataFrame:
        # Parts of a contact are in order of time.
        firsts = _asked(parts).unique(of, keep="first", maintain_order=True)
        return firsts.select(*_CONTACT, "hour", over=over, under=under)

    return bundles


def _dialogue(parts: pl.DataFrame) -> pl.DataFrame:
    """An agent's messages over the buyer messages he is responsible for, in contacts he served."""
    asked, said = parts.filter(pl.col("buyer_messages") > 0), parts.filter(pl.col("human_messages") > 0)
    served = said.join(asked, on="contact", how="semi").select("contact", "agent_id").unique()
    both = parts.join(served, on=["contact", "agent_id"], how="semi", nulls_equal=True)
    return both.group_by(*_CONTACT, "hour").agg(over=pl.sum("human_messages"), under=pl.sum("buyer_messages"))


def _texts(parts: pl.DataFrame) -> pl.DataFrame:
    return parts.group_by(*_CONTACT, "hour").agg(over=pl.sum("chars"), under=pl.sum("texts"))


BY_UNIT = "reply_rate_3min"
"""The metric whose unit is the pack's."""

UNITS: Mapping[str, Bundles] = {
    "message": _messages("within_180", "asked"),
    "turn": _messages("turns_within_180", "turns"),
    "contact": _contacts(_all_within(180)),
    "session": _contacts(_all_within(180), "session_id"),
}

BUNDLES: Mapping[str, Bundles] = {
    "reply_rate_30s": _messages("within_30", "asked"),
    "reply_rate_30s_session": _firsts(["contact", "session_id"], (pl.col("first_wait") <= 30_000_000).fill_null(False), pl.lit(1)),
    "avg_response_seconds": _messages("wait_sum", "answered"),
    "avg_turn_response_seconds": _messages("turn_wait_sum", "turns_answered"),
    "first_response_seconds": _firsts(["contact"], pl.col("first_wait").fill_null(0), pl.col("first_wait").is_not_null()),
    "effective_reply_rate": _contacts(_all_within(3600)),
    "reply_rate_5min": _contacts(_all_within(300)),
    "reply_rate": _contacts(pl.col("answered") > 0),
    "qa_ratio": _dialogue,
    "avg_reply_chars": _texts,
}
"""How the cases of each ratio of replies are bundled; the same count as that of `kaohe.metrics.tallies`, which a test holds them to."""


def _units(source: Source, piece: Slice, parts: pl.DataFrame) -> pl.DataFrame:
    """The cases of the pack's own unit, which shops of a slice may differ in."""
    of_unit: dict[str, list[str]] = {}
    for shop in piece.shops:
        of_unit.setdefault(source.parameters(shop, piece.day).unit, []).append(shop)
    found = [UNITS[unit](parts.filter(pl.col("shop_id").cast(pl.String).is_in(shops))) for unit, shops in sorted(of_unit.items())]
    return pl.concat(one.with_columns(pl.col("over", "under").cast(pl.Int64)) for one in found)
