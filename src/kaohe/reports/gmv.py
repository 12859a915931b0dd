"""Sales taken apart: visitors, conversion and order value beside those of the period before, and how the sales came about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import polars as pl

from kaohe.errors import Lang
from kaohe.metrics.traffic import KINDS, Breakdown, Sales
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Kind, Sheet

TITLE = Pair("成交额拆解", "Sales taken apart")
ORIGINS = Pair("成交从哪里来", "Where the sales came from")

NAMES: dict[str, Pair] = {
    "gmv": Pair("成交额", "sales"),
    "visitors": Pair("访客数", "visitors"),
    "conversion": Pair("访客转化率", "visitor conversion"),
    "order_value": Pair("客单价", "average order value"),
    "inquiry": Pair("聊过之后成交", "after talking with an agent"),
    "silent": Pair("静默成交", "silent"),
    "unknown": Pair("归属不明", "of unknown owner"),
}
"""The rows: sales, what they are the product of, and what they are the sum of."""

PRODUCT = Pair(
    "成交额 = 访客数 × 访客转化率 × 客单价。“贡献”是三项各自带来的变化（六种先后的平均，Shapley 值），相加正好等于成交额的变化。",
    "Sales = visitors × visitor conversion × average order value. A contribution is what each of the three changed (the mean over their six orders, the "
    "Shapley value); they add up to the change of sales exactly.",
)
NO_PARTS = Pair(
    "本期或上期没有流量数据或没有成交，变化不能分到各项。流量从平台的流量报表导入（表 traffic）。",
    "One of the two periods has no traffic data or no sales, so the change can not be split. Import the platform's traffic report (table traffic).",
)

_KINDS: dict[str, Kind] = {"visitors": "count", "conversion": "rate"}
_VALUES: dict[str, Callable[[Sales], Fraction | int | None]] = {
    "gmv": lambda one: one.yuan,
    "visitors": lambda one: one.visitors,
    "conversion": lambda one: one.conversion,
    "order_value": lambda one: one.order_value,
}

_COLUMNS: dict[str, Column] = {
    one.name: one
    for one in (
        Column("item", "项目", "item"),
        Column("now", "本期", "this period", "figure", kind_from="kind"),
        Column("before", "上期", "the one before", "figure", kind_from="kind"),
        Column("change", "变化", "change", "figure", kind_from="kind"),
        Column("relative", "变化率", "relative change", "rate"),
        Column("contribution", "贡献（元）", "contribution (yuan)", "money"),
        Column("share", "占成交额", "share of sales", "rate"),
    )
}
_SCHEMA: dict[str, pl.DataType] = {
    "item": pl.String(),
    "kind": pl.String(),
    **{name: pl.Float64() for name in _COLUMNS if name != "item"},
}


def breakdown(found: Breakdown) -> Sheet:
    """One row per item of `NAMES`, raw: rates 0 to 1, money in yuan; `contribution` only of the terms, `share` only of what sales are the sum of."""
    return Sheet(TITLE, tuple(_COLUMNS.values()), _frame(found))


def readable(found: Breakdown, lang: Lang, notes: Sequence[Pair] = ()) -> list[Sheet]:
    """The same for people, as two tables; `notes` go under the last."""
    words = {name: pair.text(lang) for name, pair in NAMES.items()}
    frame = _frame(found).with_columns(name=pl.col("item").replace(words))
    item = Column("name", "项目", "item")
    product = frame.filter(pl.col("item").is_in(["gmv", *_VALUES]))
    origins = frame.filter(pl.col("item").is_in(list(KINDS)))
    rest = [_COLUMNS[name] for name in ("now", "before", "change", "relative")]
    return [
        Sheet(TITLE, (item, *rest, _COLUMNS["contribution"]), product, (_spans(found), *_notes(found))),
        Sheet(ORIGINS, (item, *rest, _COLUMNS["share"]), origins, tuple(notes)),
    ]


def _frame(found: Breakdown) -> pl.DataFrame:
    parts = dict(zip(("visitors", "conversion", "order_value"), found.parts or (), strict=False))
    rows = [_row(name, value(found.now), value(found.before), contribution=parts.get(name)) for name, value in _VALUES.items()]
    whole = found.now.yuan
    for name in KINDS:
        now, before = (Fraction(one.of[name], 100) for one in (found.now, found.before))
        rows.append(_row(name, now, before, share=now / whole if whole else None))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _row(
    name: str,
    now: Fraction | int | None,
    before: Fraction | int | None,
    contribution: Fraction | None = None,
    share: Fraction | None = None,
) -> tuple[object, ...]:
    change = now - before if now is not None and before is not None else None
    relative = Fraction(change) / before if change is not None and before else None
    values = (now, before, change, relative, contribution, share)
    return (name, _KINDS.get(name, "money"), *(None if one is None else float(one) for one in values))


def _spans(found: Breakdown) -> Pair:
    now, before = found.now, found.before
    return Pair(
        f"本期 {now.first} 至 {now.last}，上期 {before.first} 至 {before.last}。",
        f"This period {now.first} to {now.last}, the one before {before.first} to {before.last}.",
    )


def _notes(found: Breakdown) -> tuple[Pair, ...]:
    notes = [PRODUCT if found.parts is not None else NO_PARTS]
    for one, zh, en in ((found.now, "本期", "This period"), (found.before, "上期", "The one before")):
        if 0 < one.days_with_traffic < one.days:
            notes.append(
                Pair(
                    f"{zh}流量数据不全：{one.days} 个店·日中只有 {one.days_with_traffic} 个有访客数，转化率因此偏高。",
                    f"{en} lacks traffic data: only {one.days_with_traffic} of {one.days} shop days have visitors, so the conversion is too high.",
                )
            )
    return tuple(notes)
