"""Credits: which agent an order belongs to, and who else took part (counting rules 24 to 27).

Every order that was paid has one or more rows here whose shares add up to exactly one: one owner, several under an even split, or
nobody, with the reason why.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Literal, get_args

import polars as pl

from kaohe.facts.speakers import spoke
from kaohe.facts.store import Facts
from kaohe.model.people import Roster

Rule = Literal["last_before_pay", "last_before_order", "most_turns", "first", "even"]
RULES: tuple[Rule, ...] = get_args(Rule)

HOW: Mapping[str, tuple[str, str]] = {
    "chat": ("聊天中的客服", "by the chat"),
    "exported": ("没有聊天，订单上写明的客服", "no chat; the agent on the order's own row"),
    "silent": ("静默：没有客服与买家聊过", "silent: nobody talked with the buyer"),
    "unknown_speaker": ("说话的客服没有写明", "whoever wrote is not named"),
    "unknown_buyer": ("导出里没有买家账号，无从查聊天", "the export hides the buyer, so no chat can be found"),
}
"""How an order came to its owner, or to none, in Chinese and English."""

SCHEMA: dict[str, pl.DataType] = {
    "order": pl.Int64(),
    "agent_id": pl.String(),
    "account": pl.String(),
    "said_day": pl.Date(),
    "said_at": pl.Int64(),
    "parts": pl.Int64(),
    "share": pl.Float64(),
    "amount": pl.Int64(),
    "refunded": pl.Int64(),
    "how": pl.String(),
}
"""One row per order and owner, sorted by order. `share` is one of `parts` equal parts; `amount` and `refunded` are the owner's part in fen and add
up to the order's. `said_at` is the owner's last human message that counted (under `first` the one that decided), in microseconds since 1970 in UTC,
null without a chat."""

PARTICIPANTS: dict[str, pl.DataType] = {
    "order": pl.Int64(),
    "agent_id": pl.String(),
    "account": pl.String(),
    "day": pl.Date(),
    "first_at": pl.Int64(),
    "last_at": pl.Int64(),
    "last_place": pl.Int64(),
    "replies": pl.Int64(),
}


def credited(
    facts: Facts, roster: Roster, orders: pl.DataFrame, rule: Rule | None = None, executor: Executor | None = None
) -> pl.DataFrame:
    """Credits (`SCHEMA`) of the orders that were paid or are done otherwise, under their packs' own rules or one `rule` for all.

    `orders` is of `kaohe.facts.orders`.
    """
    paid = orders.filter(_done)
    if rule is not None:
        paid = paid.with_columns(credit=pl.lit(rule))
    # Only the last or the first to speak decide under most rules, and they are much cheaper to find than everybody.
    owners = [
        _owners(facts, roster, paid.filter(pl.col("credit") == name), name, executor) for name in RULES if (paid["credit"] == name).any()
    ]
    owned = pl.concat(owners) if owners else pl.DataFrame(schema=_OWNED)
    return _shared(_unowned(paid, owned, roster), paid)


def participants(
    facts: Facts, roster: Roster, orders: pl.DataFrame, rule: Rule | None = None, executor: Executor | None = None
) -> pl.DataFrame:
    """Everybody who wrote to the buyer in time for the credit of each order: one row per order, account and day."""
    paid = orders.filter(_done)
    if rule is not None:
        paid = paid.with_columns(credit=pl.lit(rule))
    return _named(spoke(facts, asks(paid), "all", executor), paid, roster).select(list(PARTICIPANTS))


_done = pl.col("paid_at").is_not_null() | pl.col("event_at").is_not_null()
"""Orders with an owner to be found: paid, or done by the pack's own event."""

_OWNED: dict[str, pl.DataType] = {
    **{name: SCHEMA[name] for name in ("order", "agent_id", "account", "said_day", "said_at", "parts", "how")},
    "last_place": pl.Int64(),
}


def asks(orders: pl.DataFrame) -> pl.DataFrame:
    """The questions whose answers decide the credit of these orders (`kaohe.facts.speakers.ASKS`), by the rule in their column `credit`: who wrote
    in the credit days and not later than the moment it looks at. The moment is null for an order that has it not."""
    by_order = pl.col("credit") == "last_before_order"
    last_day = pl.when(by_order).then("created_day").otherwise(pl.coalesce("paid_day", "event_day"))
    return orders.select(
        ask="order",
        shop_id="shop_id",
        buyer_id="buyer_id",
        after=pl.lit(None, pl.Int64),
        until=pl.when(by_order).then("created_at").otherwise(pl.coalesce("paid_at", "event_at")),
        first_day=last_day.dt.offset_by(pl.format("-{}d", pl.col("credit_days") - 1)),
        last_day=last_day,
    )


def _named(found: pl.DataFrame, orders: pl.DataFrame, roster: Roster) -> pl.DataFrame:
    """The answers with the agent each account belonged to on the day, in order of time."""
    placed = found.rename({"ask": "order"}).join(orders.select("order", "shop_id"), on="order", how="left")
    return roster.assigned(placed, ["agent_id"], pl.col("day")).sort("order", "day", "last_place")


def _owners(facts: Facts, roster: Roster, orders: pl.DataFrame, rule: str, executor: Executor | None) -> pl.DataFrame:
    which = {"first": "first", "most_turns": "all", "even": "all"}.get(rule, "last")
    said = _named(spoke(facts, asks(orders), which, executor), orders, roster)  # type: ignore[arg-type]
    if rule in ("last_before_pay", "last_before_order"):
        owners = said.unique("order", keep="last", maintain_order=True)
    else:
        known = said.filter(pl.col("agent_id").is_not_null())
        if rule == "first":
            # Each account once a day; of those nobody knows a colleague's first message may still be the first known.
            owners = _earliest(facts, roster, orders, known, said, executor)
        else:
            people = known.group_by("order", "agent_id", maintain_order=True).agg(
                pl.last("account", "last_at", "last_place", "day"), pl.sum("replies")
            )
            if rule == "most_turns":
                owners = people.sort("order", "replies", "day", "last_place").unique("order", keep="last", maintain_order=True)
            else:
                owners = people.sort("order", "day", "last_place")
        strangers = said.filter(pl.col("agent_id").is_null()).unique("order", keep="last", maintain_order=True)
        owners = pl.concat([owners.select(_SAID), strangers.join(owners, on="order", how="anti").select(_SAID)], how="vertical_relaxed")
    return owners.with_columns(
        parts=pl.len().over("order").cast(pl.Int64),
        said_day="day",
        said_at="last_at",
        how=pl.when(pl.col("agent_id").is_null()).then(pl.lit("unknown_speaker")).otherwise(pl.lit("chat")),
    ).select(list(_OWNED))


_SAID = ["order", "agent_id", "account", "day", "last_at", "last_place"]


def _earliest(
    facts: Facts, roster: Roster, orders: pl.DataFrame, known: pl.DataFrame, said: pl.DataFrame, executor: Executor | None
) -> pl.DataFrame:
    """Who wrote first among those known, for each order."""
    firsts = known.unique("order", keep="first", maintain_order=True)
    unsure = said.filter(pl.col("agent_id").is_null())["order"].unique()
    if not len(unsure):
        return firsts
    again = orders.filter(pl.col("order").is_in(unsure.implode()))
    everybody = _named(spoke(facts, asks(again), "all", executor), again, roster)
    named = everybody.filter(pl.col("agent_id").is_not_null()).sort("order", "day", "first_place").with_columns(last_at="first_at")
    return pl.concat(
        [
            firsts.filter(~pl.col("order").is_in(unsure.implode())).select(_SAID),
            named.unique("order", keep="first", maintain_order=True).select(_SAID),
        ]
    )


def _unowned(paid: pl.DataFrame, owned: pl.DataFrame, roster: Roster) -> pl.DataFrame:
    """Add the orders nobody owns by the chat: to the agent the export names, or to nobody with the reason."""
    rest = paid.join(owned.select("order"), on="order", how="anti").select(
        "order", "shop_id", "account", "buyer_id", paid_day=pl.coalesce("paid_day", "event_day")
    )
    named = roster.assigned(rest, ["agent_id"], pl.col("paid_day"))
    how = (
        pl.when(pl.col("account").is_not_null())
        .then(pl.lit("exported"))
        .when(pl.col("buyer_id").is_null())
        .then(pl.lit("unknown_buyer"))
        .otherwise(pl.lit("silent"))
    )
    filled = named.with_columns(
        said_day=pl.when(pl.col("account").is_not_null()).then("paid_day"),
        said_at=pl.lit(None, pl.Int64),
        parts=pl.lit(1, pl.Int64),
        how=how,
        last_place=pl.lit(None, pl.Int64),
    )
    return pl.concat([owned, filled.select(list(_OWNED))])


def _shared(owned: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """Add each owner's part of the money. The odd fen go to those who spoke last."""
    joined = owned.join(paid.select("order", whole="amount", back="refunded"), on="order", how="left").sort(
        "order", "said_day", "last_place", nulls_last=False
    )
    from_last = pl.int_range(pl.len(), 0, -1).over("order") - 1 if len(owned) != len(paid) else pl.lit(0)

    def part(name: str) -> pl.Expr:
        total = pl.col(name).fill_null(0)
        return total // pl.col("parts") + (from_last < total % pl.col("parts")).cast(pl.Int64)

    return joined.with_columns(share=1 / pl.col("parts"), amount=part("whole"), refunded=part("back")).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )
