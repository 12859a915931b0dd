"""Inquiries: contacts of buyers who came to buy, and whether they did (counting rules 23, 28, 29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import polars as pl

from kaohe.facts import Slice
from kaohe.facts.inquiries import converting_credited
from kaohe.lake.runner import run
from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.source import EVERYTHING, GROUP_KINDS, Ask, Source

inquiry_contacts = Tally("inquiry_contacts", "询单接待数", "inquiry contacts", pl.col("inquiry"))
converted_contacts = Tally("converted_contacts", "成交的询单接待数", "converted inquiry contacts", pl.col("inquiry") & pl.col("converted"))
ordering_contacts = Tally(
    "ordering_contacts", "下单的询单接待数", "inquiry contacts that led to an order", pl.col("inquiry") & pl.col("ordered")
)


def responsible(source: Source, ask: Ask, pieces: Sequence[Slice]) -> pl.DataFrame:
    """One row per consulting contact and group responsible for an assessed message of it: day, bucket, contact, and the group's columns."""
    if not pieces:
        kinds = {name: GROUP_KINDS.get(name, pl.String()) for name in (*ask.who, "hour")}
        return pl.DataFrame(schema={"contact": pl.Int32(), **kinds, "day": pl.Date(), "bucket": pl.String()})
    return pl.concat(run(partial(_responsible, source, replace(ask, executor=None)), pieces, ask.executor))


def _responsible(source: Source, ask: Ask, piece: Slice) -> pl.DataFrame:
    asked = source.facts.parts(piece).filter(pl.col("inside") & (pl.col("asked") > 0))
    assigned = source.roster.assigned(asked, ask.who, pl.lit(piece.day, pl.Date))
    group = ["contact", *ask.who, *(["hour"] if ask.by_hour else [])]
    rows = assigned.select(group).unique()
    return rows.with_columns(
        day=pl.lit(piece.day, pl.Date), bucket=pl.lit(piece.bucket), **({} if ask.by_hour else {"hour": pl.lit(None, pl.Int8)})
    )


def inquiry_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per consulting contact and group responsible for it, with whether the group converted it."""
    pieces = source.facts.slices(ask.first, ask.last)
    found = source.inquiries(ask)
    if not ask.evidence:
        found = found.drop("buyer_id")
    if ask.who or ask.by_hour:
        found = responsible(source, ask, pieces).join(found, on=["day", "bucket", "contact"], how="inner", maintain_order="left")
    else:
        found = found.with_columns(hour=pl.lit(None, pl.Int8))
    bought, placed = _conversions(source, ask, found)
    rows = found.with_columns(converted=bought.is_not_null(), ordered=placed.is_not_null(), at="asked_at")
    if not ask.evidence:
        return rows
    # What decided: the order that converted it, or the one that makes it after-sale.
    decided = pl.DataFrame({"by": bought, "earlier": found["earlier_order"]}).select(pl.coalesce("by", "earlier")).to_series()
    return rows.with_columns(
        subject="buyer_id",
        related=source.orders["order_id"].gather(decided),
        reason=pl.when("inquiry").then(pl.lit("inquiry")).otherwise(pl.lit("aftersale")),
    )


def _conversions(source: Source, ask: Ask, found: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The order that converted each row for its group, and the first one placed, as rows of the orders; null for none."""
    if not ask.who:
        return found["bought"], found["placed"]
    paid, placed = source.credits(ask), source.placing_credits(ask)
    group = ask.who
    if group == ["agent_id"]:
        owned, owned_then = paid, placed
    else:
        # Whose the contact is and whose the order that followed is asked of one day, the contact's: who moved on in between converted it all the same.
        group = [*group, "day"]
        owned, owned_then = (_on_contact_days(source, ask, owners, found) for owners in (paid, placed))
    return (
        converting_credited(source.purchases, found, "event_at", owned, group),
        converting_credited(source.purchases, found, "created_at", owned_then, group),
    )


def _on_contact_days(source: Source, ask: Ask, owners: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Orders and owners, once for each day on which the order's buyer had a contact, with where the owner stood on that day."""
    # Negative is nobody: contacts of those who bought nothing, orders of those whom the export hides.
    days = contacts.filter(pl.col("buyer") >= 0).select("buyer", "day").unique()
    bought = owners.with_columns(buyer=pl.Series(source.purchases.of_order[owners["order"].to_numpy()], dtype=contacts.schema["buyer"]))
    return source.grouped(bought.join(days, on="buyer", how="inner", maintain_order="left"), ask.who)


METRICS = (
    Metric(
        "inquiries",
        "询单人数",
        "Inquiries",
        "count",
        "higher",
        "A2, A7",
        "Consulting contacts whose buyer had paid no order in the shop within the pack's aftersale_days before the first assessed message. The others are "
        "after-sale contacts.",
        "咨询接待中，买家在第一条考核消息之前 aftersale_days 天内没有在本店付过款的。其余是售后接待。",
        "event",
        over=inquiry_contacts,
    ),
    Metric(
        "converted_inquiries",
        "最终成团人数",
        "Converted inquiries",
        "count",
        "higher",
        "A2",
        "Inquiry contacts whose buyer had an order done between the first assessed message and the end of the pack's conversion days. For an agent at least "
        "one such order must be credited to him, and he must be responsible for an assessed message of the contact.",
        "询单接待中，买家从第一条考核消息起到 conversion_days 天的日终内有成交。按客服看：其中至少一单归他，且他对该接待的考核消息负责。",
        "event",
        over=converted_contacts,
    ),
    Metric(
        "inquiry_conversion",
        "询单转化率",
        "Inquiry conversion",
        "rate",
        "higher",
        "A2, A3, A4, A8",
        "Converted inquiries over inquiries.",
        "最终成团人数 ÷ 询单人数。",
        "event",
        over=converted_contacts,
        under=inquiry_contacts,
        met=("询单，已成交", "an inquiry that bought"),
        unmet=("询单，未成交", "an inquiry that did not buy"),
    ),
    Metric(
        "order_conversion",
        "咨询转化率",
        "Order conversion",
        "rate",
        "higher",
        "A7",
        "Inquiry contacts followed by an order placed in the same span, over inquiries. For an agent he must have been the last to write before it was placed.",
        "同一期间内有下单的询单接待 ÷ 询单人数。按客服看：下单前最后说话的是他。",
        "event",
        over=ordering_contacts,
        under=inquiry_contacts,
        met=("询单，已下单", "an inquiry that ordered"),
        unmet=("询单，未下单", "an inquiry that did not order"),
    ),
)

FAMILY = Family(
    "inquiries",
    "询单",
    "Inquiries",
    EVERYTHING,
    ("orders", "order_lines"),
    inquiry_rows,
    (inquiry_contacts, converted_contacts, ordering_contacts),
    leaves=True,
    adds=True,
    metrics=METRICS,
)
