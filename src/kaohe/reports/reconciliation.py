"""Reported figures as tables: the platform's own, combined, and those beside what kaohe counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from kaohe.errors import Lang
from kaohe.metrics.reconciliation import CAUSES
from kaohe.metrics.reported import GROUPINGS
from kaohe.metrics.source import BY
from kaohe.model.reported import REPORTED
from kaohe.reports.figures import BLOCK
from kaohe.reports.headings import WHOLE_SHOP, column, in_words
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Kind, Sheet

REPORTED_TITLE = Pair("平台报表的数", "Reported figures")
TITLE = Pair("与平台报表核对", "Beside the platform's reports")
DIFFERENCE = Pair(
    "差 = 算出 − 报表；比率的差是百分点。允许的差：个数按个，比率按百分点，其余按报表值的比例，在工作区的 kaohe.yaml 里改。",
    "Difference: computed − reported; of rates in percentage points. Tolerated: counts by number, rates by points, all else by a share of the "
    "reported value; see kaohe.yaml in the workspace.",
)
WEIGHTED = Pair(
    "几天合并：个数相加，比率与时长按权重平均；报表没有权重的没有值（–）。",
    "Days are combined: counts added up, rates and durations weighted; without the weight there is no value (–).",
)

_KINDS: Mapping[str, Kind] = {
    "count": "count",
    "money": "money",
    "rate": "rate",
    "seconds": "seconds",
    "hours": "number",
    "ratio": "ratio",
    "points": "number",
}

_HEADINGS: Mapping[str, Column] = {
    one.name: one
    for one in (
        Column("figure", "指标", "figure"),
        Column("computed", "算出", "computed", "figure", kind_from="_kind"),
        Column("reported", "报表", "reported", "figure", kind_from="_kind"),
        Column("difference", "差", "difference", "figure", kind_from="_kind"),
        Column("relative", "相差", "relative", "rate"),
        Column("within", "相符", "agrees", "flag"),
        Column("provisional", "暂定", "provisional", "flag"),
        Column("cause", "可能的原因", "likely cause"),
        Column("rows", "报表行数", "report rows", "count"),
        Column("whole", "店铺自己的", "the shop's own", "flag"),
    )
}


def differences(frame: pl.DataFrame) -> Sheet:
    """The reconciliation raw: one row per group and figure, rates 0 to 1, causes as ids."""
    raw = [Column(name, _heading(name).zh, _heading(name).en, _raw(frame.schema[name])) for name in frame.columns]
    return Sheet(TITLE, tuple(raw), frame)


def readable_differences(frame: pl.DataFrame, lang: Lang = "zh", names: Mapping[str, Mapping[str, str]] | None = None) -> Sheet:
    """The reconciliation to read: names instead of ids, each value in its figure's unit, causes in words."""
    for name, called in (names or {}).items():
        if name in frame.columns:
            frame = frame.with_columns(pl.col(name).replace(dict(called)))
    named = [Pair(f"{one.zh}：{one.meaning_zh}。", f"{one.en}: {one.meaning}.") for one in CAUSES.values() if one.id in frame["cause"]]
    frame = frame.with_columns(
        pl.col("agent_id").fill_null(WHOLE_SHOP.text(lang)),
        _kind=pl.col("figure").replace_strict({one.id: _KINDS[one.kind] for one in REPORTED.values()}, return_dtype=pl.String),
        figure=pl.col("figure").replace({one.id: one.zh if lang == "zh" else one.en for one in REPORTED.values()}),
        # Of a rate the difference says it in points; a percentage of a percentage only confuses.
        relative=pl.when(~pl.col("figure").is_in([one.id for one in REPORTED.values() if one.kind == "rate"])).then(pl.col("relative")),
        cause=pl.col("cause").replace({cause.id: cause.zh if lang == "zh" else cause.en for cause in CAUSES.values()}),
    )
    shown = ["shop_id", "day", "agent_id", "figure", "computed", "reported", "difference", "relative", "within"]
    shown += [*(["provisional"] if frame["provisional"].any() else []), "cause"]
    shown = [name for name in shown if name in frame.columns]
    return Sheet(TITLE, tuple(_heading(name) for name in shown), frame, (DIFFERENCE, *named))


def reported(frame: pl.DataFrame, by: Sequence[str]) -> Sheet:
    """Combined reported figures raw: one row per group and figure."""
    names = [*(BY[one] for one in by), "figure", "numerator", "denominator", "value", "rows", "provisional", "whole"]
    return Sheet(REPORTED_TITLE, tuple(_heading(name) for name in names), frame)


def reported_board(
    frame: pl.DataFrame,
    by: Sequence[str],
    lang: Lang = "zh",
    *,
    block: int | None = BLOCK,
    names: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Sheet]:
    """Groups as rows, figures as columns, at most `block` a sheet (None: all in one). What is provisional is said below.

    `frame` is the long form of `kaohe.metrics.reported.combined`.
    """
    groups = [BY[one] for one in GROUPINGS if one in by]
    held = set(frame["figure"].unique())
    figures = [figure for figure in REPORTED.values() if figure.id in held]
    wide = frame.select(groups).unique(maintain_order=True) if groups else pl.DataFrame({"_all": [0]})
    for figure in figures:
        values = frame.filter(pl.col("figure") == figure.id).select(*groups, pl.col("value").alias(figure.id))
        if groups:
            wide = wide.join(values, on=groups, how="left", nulls_equal=True, maintain_order="left")
        else:
            wide = wide.with_columns(pl.lit(values[figure.id][0], pl.Float64).alias(figure.id))
    for name, called in (names or {}).items():
        if name in groups:
            wide = wide.with_columns(pl.col(name).replace(dict(called)))
    wide = in_words(wide, lang)
    open_ = [figure for figure in figures if frame.filter((pl.col("figure") == figure.id) & pl.col("provisional")).height]
    notes = [WEIGHTED]
    if open_:
        notes.append(
            Pair(
                f"暂定，平台还会改：{'、'.join(figure.zh for figure in open_)}",
                f"Provisional, the platform still revises them: {', '.join(figure.en for figure in open_)}",
            )
        )
    size = block or max(len(figures), 1)
    parts = [figures[at : at + size] for at in range(0, len(figures), size)] or [[]]
    return [
        Sheet(
            REPORTED_TITLE if len(parts) == 1 else Pair(f"{REPORTED_TITLE.zh} {at}", f"{REPORTED_TITLE.en} {at}"),
            (*(_heading(name) for name in groups), *(Column(one.id, one.zh, one.en, _KINDS[one.kind]) for one in part)),
            wide,
            tuple(notes) if at == len(parts) else (),
        )
        for at, part in enumerate(parts, 1)
    ]


def _heading(name: str) -> Column:
    return _HEADINGS.get(name) or column(name)


def _raw(dtype: pl.DataType) -> Kind:
    return "flag" if dtype == pl.Boolean else "number" if dtype.is_numeric() else "date" if dtype == pl.Date else "text"
