"""Sales: what was bought, whom it is credited to, and what became of what was placed (counting rules 24 to 33)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.source import EVERYTHING, Ask, Source

FEN = 100

order_shares = Tally("orders", "成交订单数", "orders", pl.col("share"))
silent_shares = Tally("silent_orders", "静默订单数", "silent orders", pl.col("share") * (pl.col("how") == "silent"))
credited_shares = Tally(
    "credited_orders", "归属客服的订单数", "credited orders", pl.col("share") * pl.col("how").is_in(["chat", "exported"])
)
sold = Tally("sold", "成交金额", "amount sold", pl.col("amount"))
kept = Tally("kept", "去退后金额", "amount less refunds", pl.col("amount") - pl.col("refunded"))
buying = Tally("buying", "成交买家数", "buyers", pl.lit(True), distinct=("customer",))
items = Tally("items", "件数", "items", pl.col("quantity").fill_null(0) * pl.col("share"))
refunded_shares = Tally("refunded_orders", "有成功退款的订单数", "orders with a successful refund", pl.col("share") * pl.col("has_refund"))
returned_shares = Tally("returned_orders", "有退货退款的订单数", "orders with goods returned", pl.col("share") * pl.col("has_return"))
silent_buying = Tally(
    "silent_buying", "只有静默订单的买家数", "buyers with only silent orders", pl.col("only_silent"), distinct=("customer",)
)

placed_shares = Tally("placed_orders", "下单数", "orders placed", pl.col("share"))
placed_paid_shares = Tally("placed_paid_orders", "已付款的下单数", "orders placed and paid", pl.col("share") * pl.col("paid"))
placing = Tally("placing", "下单买家数", "buyers who placed an order", pl.lit(True), distinct=("customer",))
paying = Tally("paying", "付款买家数", "buyers who paid an order placed", pl.col("paid"), distinct=("customer",))

assists = Tally("assists", "协助订单数", "orders assisted", pl.lit(1, pl.Int64))


def customer() -> pl.Expr:
    """Who bought, as a number: the buyer, or the order itself where the export hides the buyer."""
    return pl.coalesce("buyer", -1 - pl.col("order")).alias("customer")


def owned_rows(ask: Ask, orders: pl.DataFrame, owned: pl.DataFrame, moment: str, more: Sequence[str]) -> pl.DataFrame:
    """Orders, each with its owners and its own columns `more`, on the day and at the hour of a moment: `event` or `created`."""
    own = orders.select("order", "shop_id", *more, customer(), day=f"{moment}_day", hour=f"{moment}_hour", at=f"{moment}_at")
    rows = own.join(owned, on="order", how="inner")
    if not ask.evidence:
        return rows
    told = orders.select("order", "buyer_id", subject="order_id")
    return rows.with_columns(related="account", reason="how").join(told, on="order", how="left", maintain_order="left")


def sold_orders(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per order done in the asked days and owner."""
    orders = source.orders.filter(ask.during("event_day"))
    owned = source.credits(ask)
    if not ask.who and not ask.evidence:
        owned = _whole(owned)
    rows = owned_rows(ask, orders, owned, "event", ("quantity", "has_refund", "has_return"))
    silent = pl.col("how") == "silent"
    if not ask.who:
        # Of people nobody's row alone has silent orders, and the buyer of another's is not silent: only shops are asked this.
        one_buyer = ["customer", *(name for name in ("day", "hour") if name in ask.columns)]
        mixed = rows.filter(~silent).select(one_buyer).unique()
        only = rows.filter(silent).join(mixed, on=one_buyer, how="anti").select("order", only_silent=pl.lit(True))
        rows = rows.join(only, on="order", how="left", maintain_order="left")
        return rows.with_columns(pl.col("only_silent").fill_null(False))
    return source.grouped(rows.with_columns(only_silent=pl.lit(False)), ask.who)


def _whole(owned: pl.DataFrame) -> pl.DataFrame:
    """Credits with the parts of each order put together: where nobody asks whose they are, sixths must not add up to less than one."""
    if not (owned["parts"] > 1).any():
        return owned
    return owned.group_by("order", maintain_order=True).agg(
        pl.first("agent_id", "account", "how"), pl.sum("amount", "refunded"), share=pl.lit(1.0)
    )


def placed_orders(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per order placed in the asked days and owner at that moment."""
    orders = source.orders.filter(ask.during("created_day")).with_columns(paid=pl.col("paid_at").is_not_null())
    return source.grouped(owned_rows(ask, orders, source.placing_credits(ask), "created", ("paid",)), ask.who)


def assisted_orders(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per order done in the asked days and agent who took part without owning it."""
    orders = source.orders.filter(ask.during("event_day"))
    part = source.participants(ask).filter(pl.col("agent_id").is_not_null())
    owned = source.credits(ask).select("order", "agent_id")
    helped = (
        part.sort("order", "day", "last_place")
        .unique(["order", "agent_id"], keep="last", maintain_order=True)
        .join(owned, on=["order", "agent_id"], how="anti")
        .select("order", "agent_id", related="account")
    )
    rows = orders.join(helped, on="order", how="inner").with_columns(
        day="event_day", hour="event_hour", at="event_at", subject="order_id", reason=pl.lit("assisted")
    )
    return source.grouped(rows, ask.who)


_ORDERS = ("orders", "order_lines")

SOLD = Family(
    "sales",
    "成交",
    "Sales",
    EVERYTHING,
    _ORDERS,
    sold_orders,
    (
        order_shares,
        silent_shares,
        credited_shares,
        sold,
        kept,
        buying,
        items,
        refunded_shares,
        returned_shares,
        silent_buying,
    ),
    metrics=(
        Metric(
            "orders",
            "成交订单数",
            "Orders",
            "count",
            "higher",
            "A6, A7",
            "Orders by the local day of the event the pack names (paid, or the group completed). For an agent those credited to him, an order split "
            "evenly by its share; nobody's row holds silent orders and those whose owner is unknown.",
            "按成交事件（支付或成团）当地日期计的订单数。按客服看：归他的订单（平分规则下按份额）；“未分配”一行是静默与归属不明的订单。",
            "event",
            over=order_shares,
        ),
        Metric(
            "silent_orders",
            "静默订单数",
            "Silent orders",
            "count",
            None,
            "A2",
            "Orders before whose payment no person wrote to the buyer within the pack's credit days. Orders whose buyer the export hides are not among them.",
            "付款前归属期内没有任何客服与买家说过话的订单数。导出里没有买家账号的订单不算静默。",
            "event",
            over=silent_shares,
        ),
        Metric(
            "sales_amount",
            "成交额",
            "Sales",
            "yuan",
            "higher",
            "A6, A7",
            "Amounts of these orders, before refunds. A shop's counts silent orders too; its agents' rows and nobody's add up to it.",
            "这些订单的金额之和，未减退款。店铺的含静默订单；各客服与“未分配”之和等于店铺。",
            "event",
            over=sold,
            per=FEN,
        ),
        Metric(
            "net_sales_amount",
            "去退销售额",
            "Net sales",
            "yuan",
            "higher",
            "research",
            "Sales less the successful refunds of these orders known at the data version, whenever they were made; an order counts no less than nothing.",
            "成交额减去这些订单已成功的退款（以读取时的数据为准，不论哪天退），每单最低为 0。",
            "event",
            over=kept,
            per=FEN,
        ),
        Metric(
            "buyers",
            "成交买家数",
            "Buyers",
            "count",
            "higher",
            "A3",
            "Different buyers of these orders over the whole period. An order whose buyer the export hides counts as a buyer of its own.",
            "整个期间内这些订单的不同买家数。导出里没有买家账号的，每单当作一位。",
            "event",
            over=buying,
        ),
        Metric(
            "average_order_value",
            "客单价",
            "Average order value",
            "yuan",
            "higher",
            "A3, A4, A8",
            "Sales over buyers.",
            "成交额 ÷ 成交买家数。",
            "event",
            over=sold,
            under=buying,
            per=FEN,
        ),
        Metric(
            "items_per_buyer",
            "客件数",
            "Items per buyer",
            "ratio",
            "higher",
            "A3, A4",
            "Items of these orders over buyers.",
            "这些订单的件数 ÷ 成交买家数。",
            "event",
            over=items,
            under=buying,
        ),
        Metric(
            "refund_rate",
            "退款率",
            "Refund rate",
            "rate",
            "lower",
            "A6, A7",
            "Of these orders, those with a successful refund known at the data version, whenever it was made.",
            "这些订单中有成功退款的占比（以读取时的数据为准，不论哪天退）。",
            "event",
            over=refunded_shares,
            under=order_shares,
            met=("有成功退款", "refunded"),
            unmet=("没有成功退款", "not refunded"),
        ),
        Metric(
            "return_rate",
            "退货率",
            "Return rate",
            "rate",
            "lower",
            "A5",
            "The same, for refunds in which the goods came back.",
            "这些订单中有退货退款成功的占比。",
            "event",
            over=returned_shares,
            under=order_shares,
            met=("有退货退款", "returned"),
            unmet=("没有退货", "not returned"),
        ),
    ),
)

PLACED = Family(
    "placed",
    "下单",
    "Orders placed",
    EVERYTHING,
    _ORDERS,
    placed_orders,
    (placed_shares, placed_paid_shares, placing, paying),
    metrics=(
        Metric(
            "payment_conversion",
            "付款转化率",
            "Payment conversion",
            "rate",
            "higher",
            "A7",
            "Different buyers who paid an order placed in the period, over those who placed one. For an agent: orders before whose placing he was the "
            "last to write.",
            "期间内下单的不同买家中付了款的占比。按客服看：下单前最后说话的客服是他的订单。",
            "event",
            over=paying,
            under=placing,
            met=("已付款", "paid"),
            unmet=("未付款", "not paid"),
        ),
        Metric(
            "final_order_rate",
            "最终下单率",
            "Final order rate",
            "rate",
            "higher",
            "A8",
            "Orders placed in the period and paid, over orders placed. Agents as in payment conversion.",
            "期间内下单的订单中已付款的占比，归人同付款转化率。",
            "event",
            over=placed_paid_shares,
            under=placed_shares,
            met=("已付款", "paid"),
            unmet=("未付款", "not paid"),
        ),
    ),
)

ASSISTED = Family(
    "assists",
    "协助",
    "Assists",
    EVERYTHING,
    _ORDERS,
    assisted_orders,
    (assists,),
    adds=True,
    metrics=(
        Metric(
            "assisted_orders",
            "协助订单数",
            "Orders assisted",
            "count",
            "higher",
            "peers",
            "Orders in whose credit days the agent wrote to the buyer before the payment, and which belong to somebody else.",
            "归属期内、付款前与买家说过话，而订单归别人的订单数。",
            "event",
            over=assists,
        ),
    ),
)

FAMILIES = (SOLD, PLACED, ASSISTED)
