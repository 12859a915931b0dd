"""Whom an after-sale event, a review or a rating counts for (counting rule 37).

The agent its own row names; else the owner of its order; else who served the buyer last before it; else nobody.
"""

from __future__ import annotations

from concurrent.futures import Executor

import polars as pl

from kaohe.facts.credits import credited
from kaohe.facts.speakers import spoke
from kaohe.metrics.source import ORDERS, Ask, Source

SERVED_WITHIN_DAYS = 30
"""How long before the event somebody may have served the buyer: so many times 24 hours, the moment of the event itself included."""

_DAY = 86_400_000_000


def handled(source: Source, ask: Ask, table: str, *at: str) -> pl.DataFrame:
    """The rows of a canonical table whose moment, the first of `at` that is there, lies within the asked days, each with who it counts for.

    Adds to the table's columns `day`, `hour` and `at` (see `Source.dated`), `agent_id`, null for nobody, in place of the account,
    `related`, the account by which it came to him, and `reason`, the step that decided. A `buyer_id` the row leaves empty is that of
    its order. Rows without a moment are not there.
    """

    def decide() -> pl.DataFrame:
        return _handled(source, dated(source, ask, table, *at), ask.executor)

    return source.held("handled", (table, "messages", *ORDERS, "shops", "accounts"), (table, at, ask.first, ask.last), decide)


def dated(source: Source, ask: Ask, table: str, *at: str) -> pl.DataFrame:
    """The rows of a canonical table whose moment, the first of `at` there is, lies within the asked days, with `day`, `hour` and `at`."""
    rows = source.facts.table(table)
    return source.dated(rows.with_columns(_at=pl.coalesce(at)), "_at").drop("_at").filter(ask.during())


def _handled(source: Source, events: pl.DataFrame, executor: Executor | None) -> pl.DataFrame:
    if "order_id" not in events.columns:
        events = events.with_columns(order_id=pl.lit(None, pl.String))
    orders = source.orders.select("shop_id", "order_id", "order", _buyer="buyer_id")
    rows = (
        events.rename({"agent_id": "account"})
        .with_columns(event=pl.int_range(pl.len(), dtype=pl.Int64))
        .join(orders, on=["shop_id", "order_id"], how="left", maintain_order="left")
        .with_columns(buyer_id=pl.coalesce("buyer_id", "_buyer"))
    )
    rows = source.roster.assigned(rows, ["agent_id"], pl.col("day"))
    unnamed = rows.filter(pl.col("account").is_null())
    owners = _owners(source, unnamed, executor)
    servers = _servers(source, unnamed.join(owners, on="order", how="anti"), executor)
    found = rows.join(owners, on="order", how="left", maintain_order="left").join(servers, on="event", how="left", maintain_order="left")
    named, owned, served = (pl.col(name).is_not_null() for name in ("account", "owner", "served_day"))
    reason = (
        pl.when(named)
        .then(pl.lit("named"))
        .when(owned)
        .then(pl.lit("order_owner"))
        .when(served & pl.col("server").is_null())
        .then(pl.lit("unknown_speaker"))
        .when(served)
        .then(pl.lit("last_served"))
        .when(pl.col("buyer_id").is_null())
        .then(pl.lit("unknown_buyer"))
        .otherwise(pl.lit("unserved"))
    )

    def first(own: str, of_order: str, of_chat: str) -> pl.Expr:
        return pl.when(named).then(own).when(owned).then(of_order).otherwise(of_chat)

    return found.select(
        *(name for name in events.columns if name != "agent_id"),
        agent_id=first("agent_id", "owner", "server"),
        related=first("account", "owner_account", "server_account"),
        reason=reason,
    )


def _owners(source: Source, unnamed: pl.DataFrame, executor: Executor | None) -> pl.DataFrame:
    """The owner of each order of these events, of several the one who wrote last: order, owner, owner_account. Not those of nobody."""
    wanted = source.orders.join(unnamed.select("order").drop_nulls().unique(), on="order", how="semi", maintain_order="left")
    # Credits come in the order in which their owners wrote.
    owned = credited(source.facts, source.roster, wanted, executor=executor).filter(pl.col("agent_id").is_not_null())
    return owned.unique("order", keep="last", maintain_order=True).select("order", owner="agent_id", owner_account="account")


def _servers(source: Source, unowned: pl.DataFrame, executor: Executor | None) -> pl.DataFrame:
    """Who wrote last to the buyer before each event: event, server (null where the author is not known), server_account, served_day."""
    asks = unowned.select(
        "shop_id",
        "buyer_id",
        ask="event",
        after=pl.col("at") - SERVED_WITHIN_DAYS * _DAY,
        until="at",
        # One day more: with a change of clocks in between, so many times 24 hours reach further back than as many local days.
        first_day=pl.col("day").dt.offset_by(f"-{SERVED_WITHIN_DAYS + 1}d"),
        last_day="day",
    )
    said = spoke(source.facts, asks, "last", executor).unique("ask", keep="last", maintain_order=True)
    placed = said.rename({"ask": "event"}).join(unowned.select("event", "shop_id"), on="event", how="left")
    named = source.roster.assigned(placed, ["agent_id"], pl.col("day"))
    return named.select("event", server="agent_id", server_account="account", served_day="day")
