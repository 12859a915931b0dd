"""Credit as tables: whose each order is, the rules of credit side by side, and one order told in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from kaohe.errors import Lang
from kaohe.facts.credits import HOW
from kaohe.metrics.credits import COMPARED, CREDITS, LINES, MOMENTS, OWN, REASONS, RULE_WORDS, Story
from kaohe.reports.cells import shown
from kaohe.reports.headings import UNASSIGNED, called, column
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Kind, Sheet

TITLE = Pair("订单归属", "Credit of orders")
AMOUNTS = Pair("各规则下的成交额", "Sales under each rule")
ORDERS = Pair("各规则下的订单数", "Orders under each rule")
CHANGES = Pair("谁多谁少", "Who gains, who loses")
TOLD = Pair("订单经过", "What happened")
OWNERS = Pair("归属与协助", "Owners and assists")

TOTAL = Pair("合计", "total")
SILENT = Pair("静默", "silent")
UNKNOWN = Pair("归属不明", "of unknown owner")

SAME_TOTAL = Pair(
    "同一批订单，只是分法不同：每种规则下合计相同，一分不差。",
    "The same orders, only shared out differently: the total is the same under every rule, to the fen.",
)
NOBODY_MOVES = Pair("换哪种规则，每位客服的数都不变。", "No rule would change anybody's figures.")
FROM_OWN = Pair("与口径自己的规则相比；同一规则内从多到少。", "Beside the pack's own rule; under each rule from gains to losses.")

_HEADINGS: Mapping[str, Column] = {
    one.name: one
    for one in (
        Column("order_id", "订单", "order"),
        Column("created_at", "下单时间", "placed", "instant"),
        Column("paid_at", "支付时间", "paid", "instant"),
        Column("done_at", "成交时间", "done", "instant"),
        Column("account", "账号", "account"),
        Column("share", "份额", "share", "rate"),
        Column("amount", "金额（元）", "amount (yuan)", "money"),
        Column("refunded", "已退（元）", "refunded (yuan)", "money"),
        Column("how", "怎样归属", "how"),
        Column("said_at", "最后说话", "last wrote", "instant"),
        Column("rule", "规则", "rule"),
        Column("kind", "类别", "kind"),
        Column("orders", "订单数", "orders", "number"),
        Column("orders_difference", "订单数之差", "change of orders", "number"),
        Column("amount_difference", "金额之差（元）", "change of amount (yuan)", "money"),
        Column("at", "时间", "time", "instant"),
        Column("event", "事件", "event"),
        Column("decides", "决定归属", "decides", "flag"),
        Column("turns", "答复回合", "turns", "count"),
    )
}

_MOVED = ("orders_difference", "amount_difference", "orders", "amount")
_LISTED = ("day", "shop_id", "order_id", "buyer_id", "agent_id", "share", "amount", "how", "said_at")


def order_credits(frame: pl.DataFrame) -> Sheet:
    """One row per order and owner, raw; see `kaohe.metrics.credits.CREDITS`."""
    return Sheet(TITLE, _raw(CREDITS), frame)


def readable_credits(
    frame: pl.DataFrame, lang: Lang, names: Mapping[str, Mapping[str, str]] | None = None, notes: Sequence[Pair] = (), limit: int = 0
) -> Sheet:
    """The same to read: names, and in words how each order came to its owner. At most `limit` rows (0: all); what is added up below is of all."""
    words = {how: texts[lang != "zh"] for how, texts in HOW.items()}
    listed = _named(frame.head(limit) if limit else frame, names).with_columns(pl.col("how").replace(words))
    # Where nothing is shared every share is a whole.
    columns = [name for name in _LISTED if name != "share" or (frame["share"] != 1).any()]
    return Sheet(TITLE, tuple(_heading(name) for name in columns), listed, (*_added_up(frame), *notes))


def _added_up(frame: pl.DataFrame) -> list[Pair]:
    """How many orders, and how much, came to their owners in each way."""
    if frame.is_empty():
        return []
    found = frame.group_by("how").agg(orders=pl.sum("share"), amount=pl.sum("amount"))
    by_how = {how: (orders, amount) for how, orders, amount in found.iter_rows()}
    parts: dict[Lang, list[str]] = {"zh": [], "en": []}
    for how in HOW:
        if how in by_how:
            orders, amount = shown(by_how[how][0], "count"), shown(by_how[how][1], "money")
            parts["zh"].append(f"{HOW[how][0]} {orders} 单 {amount} 元")
            parts["en"].append(f"{HOW[how][1]} {orders} orders {amount} yuan")
    return [Pair("；".join(parts["zh"]) + "。", "; ".join(parts["en"]) + ".")]


def compared(frame: pl.DataFrame) -> Sheet:
    """The rules side by side, raw: one row per owner and rule; see `kaohe.metrics.credits.COMPARED`."""
    return Sheet(AMOUNTS, _raw(COMPARED), frame)


def readable_comparison(
    frame: pl.DataFrame,
    lang: Lang,
    names: Mapping[str, Mapping[str, str]] | None = None,
    notes: Sequence[Pair] = (),
    *,
    totals: bool = True,
) -> list[Sheet]:
    """The same to read, as three tables: amounts and orders with a column per rule, and who would gain or lose under which.

    `totals`: whether a last row adds up the owners, which says something where the frame holds all of them.
    """
    owner = Column("owner", "客服", "agent")
    told = frame.with_columns(owner=_owner(frame, lang, names))
    held = set(frame["rule"]) or set(RULE_WORDS)
    rules = [rule for rule in RULE_WORDS if rule in held]
    amounts, orders = (_side_by_side(told, name, rules, TOTAL.text(lang) if totals else None) for name in ("amount", "orders"))
    changed = told.filter((pl.col("amount_difference") != 0) | (pl.col("orders_difference") != 0))
    place = {rule: at for at, rule in enumerate(RULE_WORDS)}
    # Nobody's rows, which have no id, come last among equals.
    changed = changed.sort(
        pl.col("rule").replace_strict(place, return_dtype=pl.Int64),
        pl.col("amount_difference").neg(),
        pl.col("orders_difference").neg(),
        "agent_id",
        "kind",
        nulls_last=True,
    ).with_columns(pl.col("rule").replace({rule: texts[lang != "zh"] for rule, texts in RULE_WORDS.items()}))
    # Only where orders are split are there parts of one to be shown.
    number: Kind = "number" if (frame["orders"] % 1 != 0).any() else "count"
    moved = [replace(_heading(name), kind=number) if name.startswith("orders") else _heading(name) for name in _MOVED]
    return [
        Sheet(AMOUNTS, (owner, *(_of_rule(rule, "money") for rule in rules)), amounts, (SAME_TOTAL,) if totals else ()),
        Sheet(ORDERS, (owner, *(_of_rule(rule, number) for rule in rules)), orders),
        Sheet(CHANGES, (_heading("rule"), owner, *moved), changed, (FROM_OWN if len(changed) else NOBODY_MOVES, *notes)),
    ]


def _owner(frame: pl.DataFrame, lang: Lang, names: Mapping[str, Mapping[str, str]] | None) -> pl.Series:
    nobody = pl.col("kind").replace({"silent": SILENT.text(lang), "unknown": UNKNOWN.text(lang)})
    named = _named(frame.select("agent_id", "kind"), names)
    return named.select(pl.coalesce("agent_id", nobody)).to_series()


def _side_by_side(told: pl.DataFrame, value: str, rules: Sequence[str], total: str | None) -> pl.DataFrame:
    """One row per owner with a column per rule, those with most by the packs' own rule first, and nobody's rows at the end."""
    keys = ["agent_id", "kind", "owner"]
    wide = told.select(keys).unique(maintain_order=True)
    for rule in rules:
        one = told.filter(pl.col("rule") == rule).select(*keys, pl.col(value).alias(rule))
        wide = wide.join(one, on=keys, how="left", nulls_equal=True, maintain_order="left")
    someone = pl.col("agent_id").is_not_null()
    wide = wide.sort(~someone, pl.when(someone).then(pl.col(OWN).neg()), "agent_id", "kind")
    if total is not None:
        sums = wide.select(
            pl.lit(None, pl.String).alias("agent_id"), pl.lit("total").alias("kind"), pl.lit(total).alias("owner"), pl.sum(*rules)
        )
        wide = pl.concat([wide, sums.select(wide.columns)], how="vertical_relaxed")
    return wide


def _of_rule(rule: str, kind: Kind) -> Column:
    return Column(rule, *RULE_WORDS[rule], kind)


def story(found: Sequence[Story]) -> Sheet:
    """Stories of orders raw, one line after another; see `kaohe.metrics.credits.LINES`."""
    lines = [one.lines.with_columns(rule=pl.lit(one.rule)) for one in found]
    return Sheet(TOLD, (*_raw(LINES), _heading("rule")), pl.concat(lines))


def readable_story(found: Story, lang: Lang, names: Mapping[str, Mapping[str, str]] | None = None) -> list[Sheet]:
    """One order to read: what happened to it and every message in question, then who owns it and who assisted, where it was paid."""
    reasons = {name: texts[lang != "zh"] for name, texts in (*REASONS.items(), *HOW.items())}
    lines = _named(found.lines, names).with_columns(pl.col("reason").replace(reasons))
    person = pl.col("event").is_in(list(_PEOPLE))
    happened, people = lines.filter(~person), lines.filter(person)
    told = [Sheet(_title(found), _HAPPENED, _happened(happened, lang), _rule_notes(found))]
    if len(people):
        owners = people.with_columns(said_at="at", kind=pl.col("event").replace({name: pair.text(lang) for name, pair in _PEOPLE.items()}))
        told.append(Sheet(OWNERS, _OWNED, owners))
    return told


_NOTHING = Pair("", "")
_WHY = Column("reason", "说明", "why", null=_NOTHING)
_HAPPENED = (
    Column("mark", "", ""),
    _HEADINGS["at"],
    _HEADINGS["event"],
    Column("agent_id", "客服", "agent", null=_NOTHING),
    Column("text", "内容", "text", null=_NOTHING),
    _WHY,
)
_OWNED = (
    Column("agent_id", "客服", "agent", null=UNASSIGNED),
    _HEADINGS["kind"],
    _HEADINGS["share"],
    _HEADINGS["amount"],
    _HEADINGS["turns"],
    _HEADINGS["said_at"],
    _WHY,
)
_PEOPLE = {"credited": Pair("归属", "owner"), "assisted": Pair("协助", "assisted")}


def _happened(lines: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """Messages and moments in words. A message without a name is marked so; a moment of the order is nobody's."""
    message = pl.col("event") == "message"
    moments = {name: texts[lang != "zh"] for name, texts in MOMENTS.items()}
    return lines.with_columns(
        mark=pl.when("decides").then(pl.lit("✓")).when("counted").then(pl.lit("·")).otherwise(pl.lit("")),
        event=pl.when(message).then(pl.col("sender").replace(called("sender", lang))).otherwise(pl.col("event").replace(moments)),
        agent_id=pl.when(message).then(pl.col("agent_id").fill_null(UNASSIGNED.text(lang))),
    )


def _title(found: Story) -> Pair:
    amount = "" if found.amount is None else shown(found.amount, "money")
    return Pair(
        f"订单 {found.order_id}" + (f"　{amount} 元" if amount else ""),
        f"Order {found.order_id}" + (f", {amount} yuan" if amount else ""),
    )


def _rule_notes(found: Story) -> tuple[Pair, ...]:
    zh, en = RULE_WORDS[found.rule]
    whose = Pair("口径的规则", "the pack's rule") if found.own else Pair("指定的规则", "the rule asked for")
    span = (
        Pair(
            f"{found.since} 起、{_clock(found.until)}（含）之前的人工消息计入",
            f"human messages from {found.since} until {_clock(found.until)}, included, count",
        )
        if found.until is not None
        else Pair("还没有付款，所以没有归属", "not paid yet, so nobody has it")
    )
    notes = [
        Pair(
            f"{whose.zh}：{zh}（{found.rule}），归属 {found.credit_days} 天：{span.zh}。",
            f"By {whose.en}: {en} ({found.rule}), {found.credit_days} credit days: {span.en}.",
        )
    ]
    if found.buyer_id is None:
        notes.append(Pair("导出里没有买家账号，无从查聊天。", "The export hides the buyer, so no chat can be found."))
    notes.append(Pair("✓ 决定归属　· 计入，但不是决定的那条", "✓ decides the credit  · counts, but does not decide"))
    return tuple(notes)


def _clock(at: datetime) -> str:
    return shown(at, "instant")


def _named(frame: pl.DataFrame, names: Mapping[str, Mapping[str, str]] | None) -> pl.DataFrame:
    return frame.with_columns(pl.col(name).replace(dict(known)) for name, known in (names or {}).items() if name in frame.columns)


def _heading(name: str) -> Column:
    return _HEADINGS.get(name) or column(name)


def _raw(schema: Mapping[str, pl.DataType]) -> tuple[Column, ...]:
    return tuple(_heading(name) for name in schema)
