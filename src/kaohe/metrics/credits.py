"""Credit order by order: who got which order under a rule, the rules side by side, and one order's credit told message by message (counting
rules 24 to 27).

All of it is counted from the same credits as the figures of sales, on the same orders: those done in the asked days, without days left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

import polars as pl

from kaohe.errors import WRONG_USE, code, failure
from kaohe.facts.credits import RULES, Rule, asks, credited
from kaohe.lake.layout import local_clock
from kaohe.metrics import exempt
from kaohe.metrics.metric import Words
from kaohe.metrics.sales import FEN, SOLD
from kaohe.metrics.source import Ask, Source
from kaohe.metrics.traffic import KINDS
from kaohe.model.days import DEFAULT_TIMEZONE
from kaohe.model.senders import rank

OWN = "pack"
"""What stands for the rule of each order's own pack."""

RULE_WORDS: Mapping[str, Words] = {
    OWN: ("口径自己的规则", "the pack's own rule"),
    "last_before_pay": ("付款前最后", "last before payment"),
    "last_before_order": ("下单前最后", "last before the order"),
    "most_turns": ("回合最多", "most turns"),
    "first": ("最先接待", "first to write"),
    "even": ("平分", "split evenly"),
}
"""What people call the rules of credit."""

NO_SUCH_RULE = code(
    "no_such_credit_rule",
    zh="没有“{rule}”这个归属规则。可用：{known}",
    en="no credit rule {rule!r}. Known: {known}",
    exit=WRONG_USE,
)
NO_SUCH_ORDER = code(
    "no_such_order",
    zh="没有订单“{order}”。请核对订单号和店铺；用 kaohe credit 列出已成交的订单",
    en="no order {order!r}. Check the id and the shop; 'kaohe credit' lists the orders that were done",
    exit=WRONG_USE,
)

_MONEY = pl.Decimal(18, 2)

CREDITS: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "shop_id": pl.String(),
    "order_id": pl.String(),
    "buyer_id": pl.String(),
    "created_at": pl.Datetime("us"),
    "paid_at": pl.Datetime("us"),
    "done_at": pl.Datetime("us"),
    "agent_id": pl.String(),
    "account": pl.String(),
    "share": pl.Float64(),
    "amount": _MONEY,
    "refunded": _MONEY,
    "how": pl.String(),
    "said_at": pl.Datetime("us"),
    "rule": pl.String(),
}
"""One row per order and owner. `day` is that of `done_at`, the event by which the shop's pack says an order is done; all times are local to the shop.
`amount` and `refunded` are the owner's part in yuan. `how` is of `kaohe.facts.credits.HOW`; `said_at`: the owner's last message that counted.
`rule`: the one that was applied."""

COMPARED: dict[str, pl.DataType] = {
    "agent_id": pl.String(),
    "kind": pl.String(),
    "rule": pl.String(),
    "orders": pl.Float64(),
    "amount": _MONEY,
    "orders_difference": pl.Float64(),
    "amount_difference": _MONEY,
}
"""One row per owner and rule, also where an owner gets nothing. `kind`: `agent`, or nobody: `silent` or `unknown` (`agent_id` is null then). `rule`: `pack` or
one of the rules. Orders are sums of shares, amounts yuan; differences are from the pack's own rule. Amounts of one rule add up to those of any
other, to the fen."""


def credited_orders(
    source: Source,
    first: date | None = None,
    last: date | None = None,
    *,
    rule: str | None = None,
    shop: str | None = None,
    executor: Executor | None = None,
) -> pl.DataFrame:
    """Whose the orders are (`CREDITS`) that were done on the days from `first` to `last`, both included; all for None.

    By the rule of each shop's pack, or by one `rule` for all. Sorted by day, shop and moment; several owners of one order in the order they last
    spoke. Raises `Failure` for a rule there is not.
    """
    orders, owned = _credited(source, Ask(first, last, (), executor), _known(rule), shop)
    joined = owned.join(orders, on="order", how="left", maintain_order="left", suffix="_whole")
    zone = _zones(source, joined["shop_id"])
    told = joined.with_columns(
        day="event_day",
        done_at=_local(joined["event_at"], zone),
        created_at=_local(joined["created_at"], zone),
        paid_at=_local(joined["paid_at"], zone),
        said_at=_local(joined["said_at"], zone),
        amount=_yuan("amount"),
        refunded=_yuan("refunded"),
        rule=pl.lit(rule, pl.String) if rule is not None else pl.col("credit"),
        _owner=pl.int_range(pl.len()),
    )
    ordered = told.sort("day", "shop_id", "event_at", "order_id", "_owner")
    return ordered.select(pl.col(name).cast(dtype) for name, dtype in CREDITS.items())


def compare_credit(
    source: Source, first: date | None = None, last: date | None = None, *, shop: str | None = None, executor: Executor | None = None
) -> pl.DataFrame:
    """What every owner would get of the orders of these days under every rule (`COMPARED`), beside what he gets by the packs' own.

    Agents in the order of their ids, then silent orders, then those of unknown owner; rules in the order of `RULE_WORDS`.
    """
    ask = Ask(first, last, (), executor)
    kinds = {how: "agent" if kind == "inquiry" else kind for kind, hows in KINDS.items() for how in hows}
    summed = [
        _credited(source, ask, None if rule == OWN else cast(Rule, rule), shop)[1]
        .group_by("agent_id", kind=pl.col("how").replace_strict(kinds, return_dtype=pl.String))
        .agg(orders=pl.sum("share"), amount=pl.sum("amount"))
        .with_columns(rule=pl.lit(rule))
        for rule in RULE_WORDS
    ]
    found = pl.concat(summed)
    rules = pl.DataFrame({"rule": list(RULE_WORDS), "_place": range(len(RULE_WORDS))})
    every = found.select("agent_id", "kind").unique().join(rules, how="cross")
    keys = ["agent_id", "kind"]
    # Thirds that make up an order are one order again.
    full = every.join(found, on=[*keys, "rule"], how="left", nulls_equal=True).with_columns(
        pl.col("orders").fill_null(0).round(9), pl.col("amount").fill_null(0)
    )
    own = full.filter(pl.col("rule") == OWN).select(*keys, _orders="orders", _amount="amount")
    beside = full.join(own, on=keys, how="left", nulls_equal=True).with_columns(
        orders_difference=(pl.col("orders") - pl.col("_orders")).round(9), amount_difference=pl.col("amount") - pl.col("_amount")
    )
    ordered = beside.sort(pl.col("agent_id").is_null(), "agent_id", "kind", "_place")
    return ordered.with_columns(_yuan(name) for name in ("amount", "amount_difference")).select(
        pl.col(name).cast(dtype) for name, dtype in COMPARED.items()
    )


def _known(rule: str | None) -> Rule | None:
    if rule is not None and rule not in RULES:
        raise failure(NO_SUCH_RULE, rule=rule, known=", ".join(RULES))
    return rule


def _credited(source: Source, ask: Ask, rule: Rule | None, shop: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The orders done in the asked days that count, and their credits."""
    orders = source.orders.filter(ask.during("event_day"))
    if shop is not None:
        orders = orders.filter(pl.col("shop_id") == shop)
    orders = exempt.kept(source, SOLD, orders.with_columns(day="event_day"))
    if rule is None:
        owned = source.credits(ask).join(orders.select("order"), on="order", how="semi", maintain_order="left")
    else:
        owned = credited(source.facts, source.roster, orders, rule, ask.executor)
    return orders, owned


MOMENTS: Mapping[str, Words] = {
    "placed": ("下单", "placed"),
    "paid": ("付款", "paid"),
    "done": ("成交（按口径的事件）", "done, by the pack's event"),
}
"""What happened to an order beside messages."""

REASONS: Mapping[str, Words] = {
    "last": ("最后一条人工消息：订单归此人", "the last human message: the order is his"),
    "last_unnamed": ("最后一条人工消息，但没有写明是谁：归属不明", "the last human message, but nobody knows whose: of unknown owner"),
    "first": ("第一条人工消息：订单归此人", "the first human message: the order is his"),
    "turn": ("答复了买家，计一个回合；没有人比此人多", "answered the buyer, one turn; nobody has more of them"),
    "spoke_last": ("没有人答复过回合，此人最后说话", "nobody answered a turn, and he wrote last"),
    "splits": ("说过话，参与平分", "wrote, so he has an equal part"),
    "other_turn": (
        "答复了买家，计一个回合；别人更多，或一样多而说话更晚",
        "answered the buyer, one turn; another has more, or as many and wrote later",
    ),
    "no_turn": ("前一条不是买家的消息，不是一次答复", "the message before is not the buyer's, so it answers nothing"),
    "not_last": ("之后还有人工消息", "another human message came after it"),
    "not_first": ("之前已有人工消息", "another human message came before it"),
    "unnamed": ("没有写明是谁，不参与", "nobody knows who wrote it, so it takes no part"),
    "too_late": ("在规则看的时刻之后，不计", "later than the moment the rule looks at"),
    "not_paid": ("订单没有付款，还没有归属", "the order is not paid, so nobody has it yet"),
}
"""Why a message decided the credit of an order, or did not."""

LINES: dict[str, pl.DataType] = {
    "shop_id": pl.String(),
    "order_id": pl.String(),
    "buyer_id": pl.String(),
    "at": pl.Datetime("us"),
    "event": pl.String(),
    "agent_id": pl.String(),
    "account": pl.String(),
    "sender": pl.String(),
    "text": pl.String(),
    "counted": pl.Boolean(),
    "decides": pl.Boolean(),
    "turns": pl.Int64(),
    "share": pl.Float64(),
    "amount": _MONEY,
    "reason": pl.String(),
}
"""What is told of one order, a line each. `event`: `message` (a human one to the buyer), a moment of the order (`MOMENTS`), then `credited` for each owner and
`assisted` for everybody else who took part. Times are local to the shop. Of messages `counted` says whether it was written in time, `decides` whether
the order goes by it, `reason` why (`REASONS`); `turns` is 1 where it answered the buyer. Of people `at` is the last message of theirs that counted, `turns`
how many of theirs answered the buyer, `share` and `amount` (yuan) their part of the order, `reason` how they came by it
(`kaohe.facts.credits.HOW`)."""


@dataclass(frozen=True, slots=True)
class Story:
    """One order and how it came to its owner. `rule` is the one applied, `own` whether it is the pack's. Messages from local day `since` on (the
    first of `credit_days`) until `until` count; `until` is null for an order that was not paid. Times are local to the shop, money yuan."""

    shop_id: str
    order_id: str
    buyer_id: str | None
    rule: str
    own: bool
    credit_days: int
    since: date
    until: datetime | None
    amount: Decimal | None
    lines: pl.DataFrame


def credit_stories(source: Source, order: str, *, shop: str | None = None, rule: str | None = None) -> list[Story]:
    """How the order of that id came to its owner; one story for each shop that has such an order.

    Orders that were not paid are told too. Raises `Failure` where there is no such order, and for a rule there is not.
    """
    applied = _known(rule)
    found = source.orders.filter(pl.col("order_id") == order)
    if shop is not None:
        found = found.filter(pl.col("shop_id") == shop)
    if found.is_empty():
        raise failure(NO_SUCH_ORDER, order=order)
    return [_story(source, one, applied) for one in found.iter_slices(1)]


def _story(source: Source, order: pl.DataFrame, rule: Rule | None) -> Story:
    own = order["credit"][0]
    order = order.with_columns(credit=pl.lit(rule or own))
    ask, whole = (frame.row(0, named=True) for frame in (asks(order), order))
    # An order placed but never done is nobody's yet, also under a rule that looks at the placing.
    until = ask["until"] if whole["paid_at"] is not None or whole["event_at"] is not None else None
    zone = _zones(source, order["shop_id"])
    since = ask["first_day"]
    if since is None:
        since = order.select(pl.col("created_day").dt.offset_by(pl.format("-{}d", pl.col("credit_days") - 1))).item()
    said = _said(source, whole, since).with_columns(in_time=pl.col("at") <= pl.lit(until, pl.Int64))
    said = said.with_columns(pl.col("in_time").fill_null(False))
    owned = credited(source.facts, source.roster, order, cast(Rule, rule or own))
    messages = _judged(said, rule or own, owned["agent_id"].to_list(), paid=until is not None).with_columns(event=pl.lit("message"))
    lines = pl.concat([_moments(whole), messages, _people(messages, owned)], how="diagonal_relaxed")
    # What was written in the very second of the payment still counts, so it stands before it.
    ordered = lines.with_row_index("_row").sort(
        pl.col("event").is_in(["credited", "assisted"]),
        pl.when(~pl.col("event").is_in(["credited", "assisted"])).then("at"),
        pl.col("event") != "message",
        "_row",
        nulls_last=True,
    )
    zones = pl.Series([zone[0]]).new_from_index(0, len(ordered))
    told = ordered.with_columns(
        shop_id=pl.lit(whole["shop_id"]),
        order_id=pl.lit(whole["order_id"]),
        buyer_id=pl.lit(whole["buyer_id"], pl.String),
        at=_local(ordered["at"].cast(pl.Int64), zones),
        amount=_yuan("amount"),
    ).select(pl.col(name).cast(dtype) for name, dtype in LINES.items())
    amount = None if whole["amount"] is None else Decimal(whole["amount"]) / FEN
    return Story(
        whole["shop_id"],
        whole["order_id"],
        whole["buyer_id"],
        rule or own,
        rule is None or rule == own,
        whole["credit_days"],
        since,
        _local(pl.Series([until], dtype=pl.Int64), zone)[0],
        amount,
        told,
    )


_SAID: dict[str, pl.DataType] = {
    "at": pl.Int64(),
    "account": pl.String(),
    "agent_id": pl.String(),
    "sender": pl.String(),
    "text": pl.String(),
    "turns": pl.Int64(),
}


def _said(source: Source, order: Mapping[str, object], since: date) -> pl.DataFrame:
    """The human messages to the buyer of an order from that local day to that of its last moment, in order."""
    last = max(cast(date, order[name]) for name in ("created_day", "paid_day", "event_day") if order[name] is not None)
    found = [pl.DataFrame(schema=_SAID)]
    for piece in source.facts.slices(since, last, [cast(str, order["shop_id"])]) if order["buyer_id"] is not None else []:
        mine = source.facts.buyers(piece).filter(pl.col("shop_id") == order["shop_id"], pl.col("buyer_id") == order["buyer_id"])
        if mine.is_empty():
            continue
        humans = pl.col("rank").is_in([rank(sender) for sender in piece.cut.rule.humans])
        messages = source.facts.messages(piece, ["contact", "rank", "sent_at", "sender", "agent_id", "text"])
        spoken = messages.filter(pl.col("contact") == mine["contact"][0], humans | (pl.col("rank") == 0))
        said = spoken.with_columns(turns=(pl.col("rank").shift() == 0).fill_null(False).cast(pl.Int64)).filter(humans)
        named = said.select(
            "sender",
            "text",
            "turns",
            at=pl.col("sent_at").to_physical(),
            account="agent_id",
            shop_id=pl.lit(order["shop_id"]),
        )
        found.append(source.roster.assigned(named, ["agent_id"], pl.lit(piece.day, pl.Date)).select(list(_SAID)))
    return pl.concat(found, how="vertical_relaxed")


def _judged(said: pl.DataFrame, rule: str, owners: list[str | None], *, paid: bool) -> pl.DataFrame:
    """Whether each message counted and decided, and why."""
    numbered = said.with_row_index("_row")
    nobody, mine = pl.col("agent_id").is_null(), pl.col("agent_id").is_in([owner for owner in owners if owner is not None])
    timely = numbered.filter("in_time")

    def row(place: pl.DataFrame, at: int) -> pl.Expr:
        return pl.col("_row") == place["_row"][at] if len(place) else pl.lit(False)

    if rule in ("last_before_pay", "last_before_order"):
        decides = row(timely, -1)
        reason = pl.when(decides & nobody).then(pl.lit("last_unnamed")).when(decides).then(pl.lit("last")).otherwise(pl.lit("not_last"))
    else:
        named = timely.filter(~nobody)
        if rule == "first":
            decides = row(named, 0)
            why = pl.when(decides).then(pl.lit("first")).otherwise(pl.lit("not_first"))
        elif rule == "even":
            decides = ~nobody
            why = pl.lit("splits")
        else:
            turn = pl.col("turns") > 0
            decides = mine & turn if timely.filter(mine)["turns"].sum() else row(timely.filter(mine), -1)
            why = (
                pl.when(decides & turn)
                .then(pl.lit("turn"))
                .when(decides)
                .then(pl.lit("spoke_last"))
                .when(turn)
                .then(pl.lit("other_turn"))
                .otherwise(pl.lit("no_turn"))
            )
        reason = pl.when(nobody).then(pl.lit("unnamed")).otherwise(why)
    late = pl.lit("too_late") if paid else pl.lit("not_paid")
    return numbered.with_columns(
        counted="in_time",
        decides=decides & pl.col("in_time"),
        reason=pl.when("in_time").then(reason).otherwise(late),
    ).drop("_row")


def _moments(order: Mapping[str, object]) -> pl.DataFrame:
    """What happened to an order, one line per moment; the pack's event only where it is none of the others."""
    said = {"placed": order["created_at"], "paid": order["paid_at"]}
    if order["event_at"] not in said.values():
        said["done"] = order["event_at"]
    happened = {name: at for name, at in said.items() if at is not None}
    return pl.DataFrame({"event": list(happened), "at": list(happened.values())}, schema={"event": pl.String(), "at": pl.Int64()})


def _people(messages: pl.DataFrame, owned: pl.DataFrame) -> pl.DataFrame:
    """The owners of an order with their parts, then who assisted, each in the order they last wrote."""
    part = (
        messages.filter(pl.col("in_time") & pl.col("agent_id").is_not_null())
        .group_by("agent_id", maintain_order=True)
        .agg(pl.last("account", "at"), pl.sum("turns"))
    )
    owners = owned.join(part.select("agent_id", "turns"), on="agent_id", how="left", maintain_order="left").select(
        "agent_id", "account", "share", "amount", "turns", event=pl.lit("credited"), at="said_at", reason="how"
    )
    helped = part.join(owned.select("agent_id"), on="agent_id", how="anti").sort("at", "agent_id")
    return pl.concat([owners, helped.with_columns(event=pl.lit("assisted"))], how="diagonal_relaxed")


def _zones(source: Source, shops: pl.Series) -> pl.Series:
    return shops.replace_strict(source.zones, default=DEFAULT_TIMEZONE, return_dtype=pl.String)


def _local(at: pl.Series, zone: pl.Series) -> pl.Series:
    """Microseconds since 1970 in UTC as moments on the shop's own clock."""
    return local_clock(at.cast(pl.Datetime("us", "UTC")), zone).cast(pl.Datetime("us"))


def _yuan(name: str) -> pl.Expr:
    """Fen as yuan, exactly."""
    return (pl.col(name).cast(_MONEY) / FEN).alias(name)
