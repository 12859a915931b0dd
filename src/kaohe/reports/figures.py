"""Figures as tables: the long form machines read, the board people read, and what each metric means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from kaohe.errors import Lang
from kaohe.metrics import intervals
from kaohe.metrics.catalogue import Metric
from kaohe.metrics.figures import BY, MINIMUM_SAMPLE
from kaohe.reports.cells import shown
from kaohe.reports.headings import WHOLE_SHOP, column, in_words
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import DOUBTFUL, Column, Kind, Sheet

MAIN = (
    "consulting_buyers",
    "served_buyers",
    "reply_rate_30s",
    "avg_response_seconds",
    "first_response_seconds",
    "effective_reply_rate",
    "reply_rate_3min",
    "slow_replies",
)
"""The figures a board shows unless others are asked for: as many as fit a hundred columns."""

TRADE = (
    "inquiries",
    "inquiry_conversion",
    "orders",
    "sales_amount",
    "average_order_value",
    "refund_rate",
    "complaint_rate",
    "satisfaction_rate",
)
"""What a board shows beside them where the data were imported: a second block."""

BLOCK = 8
"""A board with more figures than this is cut into several tables."""

_KINDS: Mapping[str, Kind] = {
    "rate": "rate",
    "seconds": "seconds",
    "count": "count",
    "ratio": "ratio",
    "chars": "chars",
    "yuan": "money",
    "hours": "hours",
    "score": "score",
    "days": "days",
}

TITLE = Pair("客服指标", "Figures by agent")
SHOP_TITLE = Pair("店铺指标", "Figures by shop")
BOTH_ARE_RIGHT = Pair(
    "“全店”不等于各客服之和：同一买家一天内可由多位客服接待。“–”表示没有可计的数据，不是 0。",
    "The whole shop is not the sum of its agents: several may serve one buyer in a day. “–” means nothing was counted, not 0.",
)
DASH = Pair("“–”表示没有可计的数据，不是 0。", "“–” means nothing was counted, not 0.")


FIGURE = ("metric", "numerator", "denominator", "value", "sample", "low", "high", "enough")
"""What the long form says of a figure; see `kaohe.metrics.figures.figures`."""


def kind(unit: str) -> Kind:
    """The kind of value a metric's unit makes."""
    return _KINDS.get(unit, "number")


def interval(numerator: float | None, denominator: float | None, lang: Lang) -> str:
    """The 95 % interval of a rate in words, to stand behind it; empty where there is none."""
    ends = intervals.interval(numerator, denominator)
    if ends is None:
        return ""
    low, high = (shown(end, "rate", lang) for end in ends)
    return f"（95 % 区间 {low} 至 {high}）" if lang == "zh" else f" (95 % interval {low} to {high})"


def main(frame: pl.DataFrame) -> list[str]:
    """The metrics a board shows unless others are asked for: `MAIN`, and those of `TRADE` that anything was counted for."""
    counted = set(frame.filter(pl.col("value").is_not_null())["metric"])
    return [*MAIN, *(name for name in TRADE if name in counted)]


def figures(frame: pl.DataFrame, by: Sequence[str]) -> Sheet:
    """The long form: one row per group and metric, raw; the groups' columns, then those of `FIGURE`."""
    names = [*(BY[one] for one in by), *FIGURE]
    return Sheet(TITLE if "agent" in by else SHOP_TITLE, tuple(column(name, frame.schema[name]) for name in names), frame)


def board(
    frame: pl.DataFrame,
    by: Sequence[str],
    metrics: Sequence[Metric],
    lang: Lang = "zh",
    *,
    whole: pl.DataFrame | None = None,
    block: int | None = BLOCK,
    names: Mapping[str, Mapping[str, str]] | None = None,
    notes: Sequence[Pair] = (),
    minimum: Callable[[str], int] = lambda _metric: MINIMUM_SAMPLE,
) -> list[Sheet]:
    """Groups as rows, metrics as columns, at most `block` of them a sheet (None: all in one).

    `frame` is the long form. `whole` is the same grouped without agents: each becomes a row after its agents, because a shop is
    not the sum of them. `names` gives what people call a shop or an agent, by column and id. Rows are ordered by group; 未分配 after the named.
    A figure with a sample below its minimum is marked, and a line under the table says so; `minimum` is what `enough` of the frames was decided by.
    `notes` go under the last sheet.
    """
    groups = [BY[one] for one in by]
    wide = _wide(frame, groups, metrics).with_columns(_order=pl.lit(0))
    if "agent_id" in groups:
        # What counts for nobody is never dropped; a line that counts nothing at all says nothing.
        wide = wide.filter(
            pl.col("agent_id").is_not_null() | pl.any_horizontal(pl.lit(False), *(pl.col(one.id).fill_null(0) != 0 for one in metrics))
        )
        wide = wide.with_columns(_order=pl.col("agent_id").is_null().cast(pl.Int32))
        if whole is not None:
            rest = [group for group in groups if group != "agent_id"]
            total = _wide(whole, rest, metrics).with_columns(agent_id=pl.lit(WHOLE_SHOP.text(lang)), _order=pl.lit(2))
            wide = pl.concat([wide, total.select(wide.columns)], how="vertical_relaxed")
    last = [group for group in groups if group == "agent_id"]
    wide = wide.sort(*(group for group in groups if group not in last), "_order", *last, nulls_last=True)
    for name, called in (names or {}).items():
        if name in groups:
            wide = wide.with_columns(pl.col(name).replace(dict(called)))
    wide = in_words(wide, lang)
    title = TITLE if "agent" in by else SHOP_TITLE
    note = BOTH_ARE_RIGHT if "agent" in by and whole is not None else DASH
    size = block or max(len(metrics), 1)
    parts = [metrics[at : at + size] for at in range(0, len(metrics), size)]
    return [
        Sheet(
            title if len(parts) == 1 else Pair(f"{title.zh} {at}", f"{title.en} {at}"),
            (
                *(_group(group) for group in groups),
                *(Column(one.id, one.zh, one.en, kind(one.unit), doubt_from=_doubt(one)) for one in part),
            ),
            wide,
            (*_doubts(wide, part, minimum), *((note, *notes) if at == len(parts) else ())),
        )
        for at, part in enumerate(parts, 1)
    ]


def _doubt(metric: Metric) -> str:
    return f"_doubt_{metric.id}"


def _doubts(wide: pl.DataFrame, metrics: Sequence[Metric], minimum: Callable[[str], int]) -> tuple[Pair, ...]:
    """A line that says what the mark means, where there is one."""
    marked = {minimum(one.id) for one in metrics if wide[_doubt(one)].any()}
    if not marked:
        return ()
    least = str(min(marked)) if len(marked) == 1 else f"{min(marked)}–{max(marked)}"
    return (Pair(f"{DOUBTFUL} 样本少于 {least}，仅供参考。", f"{DOUBTFUL} A sample of fewer than {least}: take it as a hint only."),)


def _group(name: str) -> Column:
    found = column(name)
    # An hour is a name here, not an amount.
    return Column(found.name, found.zh, found.en, "text", found.null) if name == "hour" else found


def _wide(frame: pl.DataFrame, groups: Sequence[str], metrics: Sequence[Metric]) -> pl.DataFrame:
    """One row per group, one column per metric, null where a group has no such row, and one that says whether its sample is too small."""
    ids = [one.id for one in metrics]
    mine = frame.filter(pl.col("metric").is_in(ids))
    keys = frame.select(groups).unique(maintain_order=True) if groups else pl.DataFrame({"_all": [0]})
    for one in ids:
        doubt = pl.col("value").is_not_null() & ~pl.col("enough").fill_null(True)
        values = mine.filter(pl.col("metric") == one).select(*groups, pl.col("value").alias(one), doubt.alias(f"_doubt_{one}"))
        if groups:
            keys = keys.join(values, on=list(groups), how="left", nulls_equal=True)
        else:
            row = values.row(0) if values.height else (None, None)
            keys = keys.with_columns(pl.lit(row[0], pl.Float64).alias(one), pl.lit(row[1], pl.Boolean).alias(f"_doubt_{one}"))
    return keys.select(*groups, *ids, *(f"_doubt_{one}" for one in ids)).with_columns(
        pl.col(f"_doubt_{one}").fill_null(False) for one in ids
    )


_BETTER = {"higher": Pair("越高越好", "higher"), "lower": Pair("越低越好", "lower"), None: Pair("–", "–")}
_UNITS = {
    "rate": Pair("比率", "rate"),
    "seconds": Pair("秒", "seconds"),
    "count": Pair("个数", "count"),
    "ratio": Pair("倍", "ratio"),
    "chars": Pair("字", "characters"),
    "yuan": Pair("元", "yuan"),
    "hours": Pair("小时", "hours"),
    "score": Pair("分", "points"),
    "days": Pair("天", "days"),
}


def definitions(metrics: Sequence[Metric], lang: Lang = "zh") -> Sheet:
    """What each metric means: id, name, unit, which way is better, meaning, source."""
    rows = [
        {
            "id": one.id,
            "name": one.zh if lang == "zh" else one.en,
            "unit": _UNITS.get(one.unit, Pair(one.unit, one.unit)).text(lang),
            "better": _BETTER.get(one.better, _BETTER[None]).text(lang),
            "meaning": one.meaning_zh if lang == "zh" else one.meaning,
            "source": one.source,
        }
        for one in metrics
    ]
    names = ("id", "name", "unit", "better", "meaning", "source")
    headings = (
        Column("id", "编号", "id"),
        Column("name", "名称", "name"),
        Column("unit", "单位", "unit"),
        Column("better", "方向", "better"),
        Column("meaning", "含义", "meaning"),
        Column("source", "出处", "source"),
    )
    return Sheet(Pair("口径说明", "Definitions"), headings, pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String)))
