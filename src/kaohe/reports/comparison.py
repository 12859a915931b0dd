"""Agents beside each other in one metric as tables: the raw figure with its group, and the adjusted one beside it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kaohe.errors import Lang
from kaohe.metrics.adjusted import COVERED, WIDER
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.figures import MINIMUM_SAMPLE
from kaohe.metrics.metric import Metric
from kaohe.reports.cells import shown
from kaohe.reports.figures import kind
from kaohe.reports.headings import column, columns
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import DOUBTFUL, Column, Sheet

TITLE = Pair("客服比较", "Agents compared")

STRATA: Mapping[str, Pair] = {
    "hour": Pair("小时", "hour of day"),
    "shop": Pair("店铺", "shop"),
    "inquiry": Pair("是否询单", "inquiry or not"),
}

ALIKE = Pair(
    "“难分组”相同的，95 % 区间互相重叠，这点差距说不出谁高谁低；不同组也不等于一定有差别，只是可能性更大。",
    "Agents of one group have 95 % intervals that overlap one another: the difference does not tell who is better.",
)
BESIDE = Pair(
    "“校正值”是假如人人接到的都是全队那样的一批，数会是多少。它只供参考，排在原数旁边，不代替原数，也不计分。",
    "“Adjusted”: what the figure would be had everybody had the whole team's mix of cases. It stands beside the raw figure, never replaces it and gives no points.",
)
NOT_SHOWN = Pair(
    f"“覆盖”是全队的量里，本人也有足够个案的那些层所占的份额。不到 {COVERED * 100:.0f} %、样本不足，或校正后的区间比原来宽出 {WIDER} 倍以上的，不给校正值。"
    "校正名次和升降只在有校正值的人之间排。",
    f"“Covered”: the share of the team's cases in strata in which the agent has enough as well. Below {COVERED * 100:.0f} %, with too small a sample, or with "
    f"an interval more than {WIDER} times as wide as the raw one, nothing adjusted is shown. Adjusted places and moves are among those who have one.",
)
NOBODY = Pair(
    "没有人够得上：各人的店铺或班次太不一样，或者个案太少。可以用 --shop 只比一家店，或用 --strata 少分几层。",
    "Nobody reaches it: shops or shifts are too different, or there are too few cases. Compare one shop with --shop, or use fewer --strata.",
)
NOT_ADJUSTABLE = Pair(
    "这个指标分不出层，没有校正值。",
    "The cases of this metric can not be put in strata, so nothing is adjusted.",
)


def raw(frame: pl.DataFrame) -> Sheet:
    """All that was compared, one agent and metric a row; see `kaohe.metrics.adjusted.COMPARISON`."""
    return Sheet(TITLE, columns(frame), frame)


def readable(
    frame: pl.DataFrame,
    metric: Metric | str,
    lang: Lang = "zh",
    names: Mapping[str, Mapping[str, str]] | None = None,
    *,
    minimum: int = MINIMUM_SAMPLE,
) -> Sheet:
    """One metric's rows to read, best first. `minimum`: the sample the frame was made with."""
    one = CATALOGUE[metric] if isinstance(metric, str) else metric
    mine = frame.filter(pl.col("metric") == one.id)
    told = list(mine.iter_rows(named=True))
    adjustable = bool(mine["strata"].is_not_null().any())
    texts = {
        "interval": [_interval(row["low"], row["high"], one, lang) for row in told],
        "adjusted_interval": [
            _interval(row["adjusted_low"], row["adjusted_high"], one, lang) if row["comparable"] else None for row in told
        ],
        "moved": [_moved(row["comparable_place"], row["adjusted_place"], lang) for row in told],
    }
    ready = mine.with_columns(
        pl.col("agent_id").replace(dict((names or {}).get("agent_id", {}))),
        adjusted=pl.when("comparable").then("adjusted"),
        _small=~pl.col("enough").fill_null(True),
        **{name: pl.Series(words, dtype=pl.String) for name, words in texts.items()},
    )
    notes = []
    if ready["_small"].any():
        notes.append(
            Pair(
                f"{DOUBTFUL} 样本少于 {minimum}，不排名，不分组。",
                f"{DOUBTFUL} A sample of fewer than {minimum}: neither placed nor grouped.",
            )
        )
    if ready["alike"].n_unique() < ready.height and ready["low"].is_not_null().any():
        notes.append(ALIKE)
    if not adjustable:
        return Sheet(_title(one), _columns(one), ready, (*notes, NOT_ADJUSTABLE) if ready.height else ())
    by = [STRATA[name] for name in str(mine["strata"].drop_nulls()[0]).split("+")]
    strata = Pair("分层：" + "、".join(pair.zh for pair in by) + "。", "Strata: " + ", ".join(pair.en for pair in by) + ".")
    nobody = () if ready["comparable"].any() else (NOBODY,)
    return Sheet(_title(one), (*_columns(one), *_adjusted_columns(one)), ready, (*notes, BESIDE, strata, NOT_SHOWN, *nobody))


def _title(metric: Metric) -> Pair:
    return Pair(f"{metric.zh}：{TITLE.zh}", f"{metric.en}: {TITLE.en.lower()}")


def _columns(metric: Metric) -> tuple[Column, ...]:
    return (
        column("agent_id"),
        column("place"),
        Column("alike", "难分组", "group", "count"),
        Column("value", metric.zh, metric.en, kind(metric.unit), doubt_from="_small"),
        Column("interval", "95 % 区间", "95 % interval"),
        column("sample"),
    )


def _adjusted_columns(metric: Metric) -> tuple[Column, ...]:
    return (
        Column("adjusted", "校正值", "adjusted", kind(metric.unit)),
        Column("adjusted_interval", "校正区间", "its interval"),
        Column("covered", "覆盖", "covered", "rate"),
        Column("adjusted_place", "校正名次", "adjusted place", "count"),
        Column("moved", "升降", "moved"),
    )


def _interval(low: float | None, high: float | None, metric: Metric, lang: Lang) -> str | None:
    if low is None or high is None:
        return None
    ends = [shown(end, kind(metric.unit), lang) for end in (low, high)]
    return f"{ends[0]} 至 {ends[1]}" if lang == "zh" else f"{ends[0]} to {ends[1]}"


def _moved(before: int | None, after: int | None, lang: Lang) -> str | None:
    """By how many places somebody stands otherwise, among the same people."""
    if before is None or after is None:
        return None
    if before == after:
        return "不变" if lang == "zh" else "same"
    return f"{'↑' if after < before else '↓'}{abs(after - before)}"
