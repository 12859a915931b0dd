"""Orders, one row each: put together from orders, their lines and their payments, with their moments and local days (counting rules 22, 24).

An order's own row wins; what it leaves empty comes from its lines, the amount failing that from its payments. An order known only by
its lines is the sum of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from kaohe.lake.layout import local_clock
from kaohe.model.days import DEFAULT_TIMEZONE
from kaohe.packs import Parameters

SCHEMA: dict[str, pl.DataType] = {
    "order": pl.Int64(),
    "shop_id": pl.String(),
    "order_id": pl.String(),
    "buyer_id": pl.String(),
    "buyer": pl.Int64(),
    "account": pl.String(),
    "created_at": pl.Int64(),
    "paid_at": pl.Int64(),
    "event_at": pl.Int64(),
    "created_day": pl.Date(),
    "paid_day": pl.Date(),
    "event_day": pl.Date(),
    "event_hour": pl.Int8(),
    "created_hour": pl.Int8(),
    "amount": pl.Int64(),
    "refunded": pl.Int64(),
    "has_refund": pl.Boolean(),
    "has_return": pl.Boolean(),
    "quantity": pl.Int64(),
    "credit": pl.String(),
    "credit_days": pl.Int64(),
}
"""One row per order, sorted by shop and id; `order` counts them from 0. `buyer` numbers the (shop, buyer) pairs from 0, null where the
export hides the buyer. `account` is who the export names. Moments are microseconds since 1970 in
UTC: `paid_at` is the moment of payment or, failing that, of the group's completion; `event_at` the event by which the shop's pack says an
order is done, null for none. Days and hours are the shop's local ones. Money is fen; `refunded` is what successful refunds gave back, the order's own row saying so where `refunds` has none of it, and no more than the
amount. `credit` and `credit_days` are the pack's on the day of
payment."""


def orders(tables: Mapping[str, pl.DataFrame], zones: Mapping[str, str], parameters: Callable[[str, date], Parameters]) -> pl.DataFrame:
    """Orders (`SCHEMA`) from the canonical tables orders, order_lines, payments and refunds. `zones` tells the time zone of a shop."""
    whole = _whole(tables["orders"], tables["order_lines"], tables["payments"])
    frame = (
        _refunded(whole, tables["refunds"])
        .select(
            "shop_id",
            "order_id",
            "buyer_id",
            "grouped_at",
            account="agent_id",
            created_at=pl.coalesce("created_at", "paid_at", "grouped_at"),
            paid_at=pl.coalesce("paid_at", "grouped_at"),
            amount=_fen("amount"),
            refunded=pl.min_horizontal(pl.coalesce(_fen("back"), _fen("refunded_amount")).fill_null(0), _fen("amount").fill_null(0)),
            has_refund=pl.col("back").is_not_null() | (pl.col("refunded_amount") > 0).fill_null(False),
            has_return=pl.col("returned").fill_null(False),
            quantity="quantity",
        )
        .sort("shop_id", "order_id")
    )
    zone = pl.col("shop_id").replace_strict(dict(zones), default=DEFAULT_TIMEZONE, return_dtype=pl.String)
    frame = frame.with_columns(zone=zone, order=pl.int_range(pl.len(), dtype=pl.Int64))
    frame = _local(frame, "created_at", "created")
    frame = _local(frame, "paid_at", "paid")
    frame = _ruled(frame, parameters)
    event = (
        pl.when(pl.col("event") == "grouped_at")
        .then("grouped_at")
        .when(pl.col("event") == "created_at")
        .then("created_at")
        .otherwise("paid_at")
    )
    frame = _local(frame.with_columns(event_at=event), "event_at", "event")
    ranked = pl.struct("shop_id", "buyer_id").rank("dense").cast(pl.Int64) - 1
    frame = frame.with_columns(buyer=pl.when(pl.col("buyer_id").is_not_null()).then(ranked))
    moments = [pl.col(name).to_physical() for name in ("created_at", "paid_at", "event_at")]
    return frame.with_columns(moments).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _whole(own: pl.DataFrame, lines: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    if lines.is_empty() and payments.is_empty():
        return own
    keys = ["shop_id", "order_id"]
    # A line that does not say how many is one article.
    lines = lines.with_columns(pl.col("quantity").fill_null(1))
    priced = lines.with_columns(amount=pl.coalesce("amount", pl.col("unit_price") * pl.col("quantity")).cast(own.schema["amount"]))
    # Of texts the one on the first line that has it: lines of one order agree, or the export is at odds with itself.
    summed = (
        priced.sort(*keys, "line_id")
        .group_by(keys)
        .agg(
            pl.col("buyer_id", "agent_id", "status").drop_nulls().first(),
            pl.col("created_at", "paid_at").min(),
            *(_total(name) for name in ("amount", "refunded_amount", "quantity")),
        )
    )
    paid = payments.group_by(keys).agg(pl.col("paid_at").min(), _total("amount"))
    joined = own.join(summed, on=keys, how="full", coalesce=True, suffix="_lines")
    # A payment of an order nobody exported is no order.
    joined = joined.join(paid, on=keys, how="left", suffix="_payments")
    filled = {name: pl.coalesce(name, f"{name}_lines") for name in summed.columns if name not in keys}
    filled["amount"] = pl.coalesce("amount", "amount_lines", "amount_payments")
    filled["paid_at"] = pl.coalesce("paid_at", "paid_at_lines", "paid_at_payments")
    return joined.with_columns(**filled).select(own.columns)


def _refunded(whole: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """Orders with `back`, the yuan of their successful refunds (null without one), and `returned`, whether goods came back."""
    keys = ["shop_id", "order_id"]
    # An exchange that ended well gave no money back.
    money = pl.col("type").ne_missing("exchange")
    done = refunds.filter(pl.col("status") == "success", pl.col("order_id").is_not_null(), money)
    summed = done.group_by(keys).agg(back=pl.col("amount").sum(), returned=(pl.col("type") == "return_refund").any())
    return whole.join(summed, on=keys, how="left")


def _total(name: str) -> pl.Expr:
    """The sum of what is there; null when nothing is."""
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)


def _fen(name: str) -> pl.Expr:
    return (pl.col(name) * 100).cast(pl.Int64)


def _local(frame: pl.DataFrame, at: str, name: str) -> pl.DataFrame:
    """Add the local day and hour of an instant."""
    local = local_clock(frame[at], frame["zone"])
    day, hour = local // 86_400_000_000, local % 86_400_000_000 // 3_600_000_000
    return frame.with_columns(day.cast(pl.Int32).cast(pl.Date).alias(f"{name}_day"), hour.cast(pl.Int8).alias(f"{name}_hour"))


def _ruled(frame: pl.DataFrame, parameters: Callable[[str, date], Parameters]) -> pl.DataFrame:
    """Add what the pack of the shop says on the day of payment, or of placing for an order nobody paid."""
    day = pl.coalesce("paid_day", "created_day")
    known = frame.select("shop_id", _ruled=day).unique()
    said = [(shop, on, parameters(shop, on)) for shop, on in known.iter_rows()]
    rules = pl.DataFrame(
        [(shop, on, rule.order_event, rule.credit, rule.credit_days) for shop, on, rule in said],
        schema={"shop_id": pl.String, "_ruled": pl.Date, "event": pl.String, "credit": pl.String, "credit_days": pl.Int64},
        orient="row",
    )
    joined = frame.with_columns(_ruled=day).join(rules, on=["shop_id", "_ruled"], how="left", maintain_order="left")
    return joined.drop("_ruled")
