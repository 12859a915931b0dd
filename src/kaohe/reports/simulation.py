"""A simulation as tables: the schemes beside each other, who gains and who loses, what the items are good for, and every month."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kaohe.appraisal.separation import ALIKE, FEWEST, SAME
from kaohe.appraisal.simulation import Simulation
from kaohe.appraisal.words import title
from kaohe.errors import Lang
from kaohe.reports.headings import columns, in_words
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

SUMMARY = Pair("方案对比", "Schemes compared")
PEOPLE = Pair("谁多谁少", "Who gains, who loses")
ITEMS = Pair("考核项", "Items")
CORRELATIONS = Pair("考核项之间的相关", "Correlation between items")
MONTHS = Pair("各月成本", "Cost by month")
RESULTS = Pair("每人每月", "Everybody, every month")

PARTS: Mapping[str, Pair] = {
    "summary": SUMMARY,
    "people": PEOPLE,
    "items": ITEMS,
    "correlations": CORRELATIONS,
    "months": MONTHS,
    "results": RESULTS,
}
"""The tables of a simulation; each can be had raw."""

OUTCOMES: Mapping[str, Pair] = {"gains": Pair("多", "gains"), "loses": Pair("少", "loses"), "same": Pair("不变", "same")}

TOLD_FROM = 0.5
"""Correlations weaker than this are left out on the screen."""

_GINI_PLACES = 4

_BLANK = Pair("", "")

# Where two people have one name, the id stands behind it.
_CALLED = pl.coalesce(
    pl.when(pl.col("agent_id").n_unique().over("name") > 1).then(pl.col("name") + " " + pl.col("agent_id")).otherwise("name"), "agent_id"
)

_SCHEME = Column("scheme", "方案", "scheme")
_PERSON = (
    Column("agent_id", "客服", "agent"),
    Column("group", "小组", "group", null=_BLANK),
    Column("role", "岗位", "role", null=_BLANK),
)
_COST = (
    Column("judged", "评了几人", "judged", "count"),
    Column("ranked", "有名次", "ranked", "count"),
    Column("unpaid", "发不出", "unpaid", "count"),
    Column("cost", "总成本", "cost", "money"),
    Column("change", "成本变化", "change", "money"),
)
_UNEQUAL = (Column("gini", "基尼系数", "Gini", "plain"), Column("top_fifth", "前 20% 的人占", "share of top 20 %", "rate"))
_WINNERS = (
    Column("gains", "工资多了", "gain pay", "count"),
    Column("loses", "工资少了", "lose pay", "count"),
    Column("up", "名次升了", "up", "count"),
    Column("down", "名次降了", "down", "count"),
)


def raw(found: Simulation, part: str) -> Sheet:
    """One of `PARTS`, unchanged; see the property of `kaohe.appraisal.simulation.Simulation` (`months` is `costs`)."""
    frame: pl.DataFrame = found.costs if part == "months" else getattr(found, part)
    return Sheet(PARTS[part], columns(frame), frame)


def readable(found: Simulation, lang: Lang = "zh") -> list[Sheet]:
    """All of it for a workbook: the schemes, everybody's gain or loss, the items, their correlations, the months, every single result."""
    return [
        summary(found, lang),
        people(found, lang),
        items(found, lang),
        correlated(found, lang),
        months(found, lang),
        _results(found, lang),
    ]


def on_screen(found: Simulation, lang: Lang = "zh", limit: int = 0) -> tuple[list[Sheet], int]:
    """What fits on a screen, and how many people of all were left out: of each scheme the `limit` who gain most and as many who lose most, 0 for all;
    only correlations that say something."""
    told = people(found, lang)
    kept = told.frame
    if limit:
        at = pl.int_range(pl.len()).over("scheme")
        kept = kept.filter((at < limit) | (at >= pl.len().over("scheme") - limit))
    shown = Sheet(told.title, told.columns, kept, told.notes)
    return [summary(found, lang), shown, items(found, lang), correlated(found, lang, weak=False), months(found, lang)], len(
        told.frame
    ) - len(kept)


def summary(found: Simulation, lang: Lang = "zh") -> Sheet:
    """One row per scheme: what it costs against the first, how unequal pay is, how many gain and lose."""
    several = len(found.names) > 1
    frame = _against(found, found.summary, ("change", "gains", "loses", "same", "up", "down"))
    points = Column("points", "平均总分", "mean total", "points")
    shown = (_SCHEME, *_COST, points, *(_WINNERS if several else ()), *_UNEQUAL)
    return Sheet(SUMMARY, _filled(shown, frame), frame, tuple(_remarks(found)))


def people(found: Simulation, lang: Lang = "zh") -> Sheet:
    """One row per person and scheme other than the first, most gained first; of one scheme alone everybody, best paid first."""
    several = len(found.names) > 1
    frame = found.people.filter(pl.col("scheme") != found.names[0]) if several else found.people
    order = ["pay_change", "place_change", "points_change"] if several else ["pay", "points"]
    number = pl.col("scheme").replace_strict(list(found.names), range(len(found.names)), return_dtype=pl.Int64)
    ready = frame.sort(
        number, *order, "agent_id", descending=[False, *[True] * len(order), False], nulls_last=True, maintain_order=True
    ).with_columns(
        agent_id=_CALLED,
        outcome=pl.col("outcome").replace({key: pair.text(lang) for key, pair in OUTCOMES.items()}),
    )
    before = Pair(f"{found.names[0]} 的工资", f"pay under {found.names[0]}")
    compared = (
        Column("pay_before", before.zh, before.en, "money"),
        Column("pay", "工资", "pay", "money"),
        Column("pay_change", "差额", "change of pay", "money"),
        Column("outcome", "多还是少", "outcome", null=_BLANK),
        Column("points_change", "平均分变化", "change of points", "points"),
        Column("place_change", "名次升降", "places up", "number"),
    )
    alone = (Column("pay", "工资", "pay", "money"),)
    means = (Column("points", "平均分", "mean points", "points"), Column("place", "平均名次", "mean place", "number"))
    shown = (
        *((_SCHEME,) if len(found.names) > 2 else ()),
        *_PERSON,
        Column("months", "月数", "months", "count"),
        *(compared if several else alone),
        *means,
    )
    notes = []
    if several:
        notes.append(
            Pair("名次升降：正数是往前了；每月名次之差的平均。", "Places up: the mean of each month's difference, positive for further up.")
        )
    if (frame["only"] > 0).any():
        notes.append(
            Pair(
                f"有 {int((frame['only'] > 0).sum())} 人有些月份只在一个方案下有工资（不适用或发不出），差额只算两边都有的月份。",
                f"{int((frame['only'] > 0).sum())} people have months with pay under one scheme alone (it does not apply or blocks pay); changes are of "
                "months that have it under both.",
            )
        )
    return Sheet(PEOPLE, _filled(shown, ready), in_words(ready, lang), tuple(notes))


def items(found: Simulation, lang: Lang = "zh") -> Sheet:
    """One row per scheme and item: what it gave, how far it spread people, and whether it told them apart."""
    frame = found.items
    names = _item_names(found, lang)
    apart = {True: Pair("几乎人人一样", "nearly all the same"), False: Pair("拉得开", "tells apart"), None: Pair("没评过", "never judged")}
    ready = frame.with_columns(
        item=pl.Series([names[row["scheme"], row["item"]] for row in frame.iter_rows(named=True)], dtype=pl.String),
        verdict=pl.Series([apart[one].text(lang) for one in frame["alike"]], dtype=pl.String),
    )
    shown = (
        *((_SCHEME,) if len(found.names) > 1 else ()),
        Column("item", "考核项", "item"),
        Column("worth", "分值", "worth", "number"),
        Column("judged", "评了几次", "judged", "count"),
        Column("mean", "平均得分率", "mean", "rate"),
        Column("spread", "得分率标准差", "spread", "rate"),
        Column("same", "最多的一档占", "in one band", "rate"),
        Column("full", "满分的占", "full marks", "rate"),
        Column("of_differences", "占总分差距", "of differences", "rate"),
        Column("verdict", "区分", "tells apart"),
    )
    share = int(ALIKE * 100)
    notes = (
        Pair(
            f"得分率 = 得分 ÷ 这一项的分值；“几乎人人一样”：{share}% 以上的人次落在同一档（没有档的：同一个分）。",
            f"Mean and spread are shares of what an item is worth. Nearly all the same: {share} % or more of the cases in one band, or with one score.",
        ),
        Pair(
            "“占总分差距”：总分的高低有多少是这一项造成的，各项合计 100%；远高于或远低于分值，说明这一项实际的分量与写的不同。",
            "Of differences: how much of what sets totals apart comes from the item; all add up to 100 %. Far from its worth, it weighs other than it says.",
        ),
    )
    return Sheet(ITEMS, shown, ready, notes)


def correlated(found: Simulation, lang: Lang = "zh", *, weak: bool = True) -> Sheet:
    """One row per scheme and pair of items, strongest first; without the weak ones only those of `TOLD_FROM` or more."""
    frame, names = found.correlations, _item_names(found, lang)
    strength = pl.max_horizontal(pl.col("pearson").abs(), pl.col("spearman").abs())
    number = pl.col("scheme").replace_strict(list(found.names), range(len(found.names)), return_dtype=pl.Int64)
    frame = frame.sort(number, strength, descending=[False, True], nulls_last=True, maintain_order=True)
    if not weak:
        frame = frame.filter(strength >= TOLD_FROM)
    verdicts = {True: Pair("量的是同一回事", "measure the same"), False: _BLANK}
    ready = frame.with_columns(
        *(
            pl.Series(side, [names[row["scheme"], row[side]] for row in frame.iter_rows(named=True)], dtype=pl.String)
            for side in ("one", "other")
        ),
        verdict=pl.Series([verdicts[one].text(lang) for one in frame["same"]], dtype=pl.String),
    )
    shown = (
        *((_SCHEME,) if len(found.names) > 1 else ()),
        Column("one", "考核项", "item"),
        Column("other", "与", "and"),
        Column("cases", "人次", "cases", "count"),
        Column("pearson", "相关系数", "Pearson", "ratio"),
        Column("spearman", "等级相关", "Spearman", "ratio"),
        Column("verdict", "说明", "remark"),
    )
    least = float(SAME)
    note = Pair(
        f"1 是完全同进退，−1 是完全相反，0 是不相干。任一个的绝对值到 {least}、至少 {FEWEST} 人次：量的是同一回事，等于把分值加在了一起。",
        f"1: they always go together, -1: always opposite, 0: nothing to do with each other. From {least} either way and {FEWEST} cases on they measure the "
        "same, and their worths add up on it.",
    )
    none = (
        (Pair(f"没有相关到 {TOLD_FROM} 的两项。", f"No two items correlate by {TOLD_FROM} or more."),)
        if not weak and frame.is_empty()
        else ()
    )
    return Sheet(CORRELATIONS, shown, ready, (*none, note))


def months(found: Simulation, lang: Lang = "zh") -> Sheet:
    """One row per month and scheme: people, cost, inequality."""
    frame = _against(found, found.costs, ("change",))
    several = (_SCHEME,) if len(found.names) > 1 else ()
    return Sheet(MONTHS, _filled((Column("month", "月份", "month"), *several, *_COST, *_UNEQUAL), frame), frame)


def _results(found: Simulation, lang: Lang) -> Sheet:
    frame = found.results.with_columns(agent_id=_CALLED)
    shown = (
        Column("month", "月份", "month"),
        _SCHEME,
        *_PERSON,
        Column("first", "起", "from", "date", null=_BLANK),
        Column("points", "总分", "total", "points"),
        Column("grade", "等级", "grade", null=_BLANK),
        Column("place", "名次", "place", "count"),
        Column("pay", "应发", "pay", "money"),
    )
    return Sheet(RESULTS, _filled(shown, frame), in_words(frame, lang))


def _filled(shown: tuple[Column, ...], frame: pl.DataFrame) -> tuple[Column, ...]:
    """Without the columns nothing is known of: pay of schemes that pay nothing, groups of people without any, counts of nobody."""
    found = []
    for one in shown:
        values = frame[one.name]
        if values.is_null().all() or (one.name == "unpaid" and not (values > 0).any()):
            continue
        found.append(one)
    return tuple(found)


def _against(found: Simulation, frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """Without what the first scheme gains and loses against itself, which would only be in the way."""
    other = pl.col("scheme") != found.names[0]
    return frame.with_columns(*(pl.when(other).then(pl.col(name)).alias(name) for name in names), pl.col("gini").round(_GINI_PLACES))


def _item_names(found: Simulation, lang: Lang) -> dict[tuple[str, str], str]:
    """What each item is called, by scheme and key."""
    named = zip(found.names, found.schemes, strict=True)
    return {(name, item.key): title(item, lang) for name, scheme in named for item in scheme.items}


def _remarks(found: Simulation) -> list[Pair]:
    first, last = (found.months[0], found.months[-1]) if found.months else ("–", "–")
    remarks = [
        Pair(f"{first} 至 {last}，共 {len(found.months)} 个月。", f"{first} to {last}, {len(found.months)} months."),
        *(
            Pair(f"{name}：{scheme.title.text('zh')}", f"{name}: {scheme.title.text('en')}")
            for name, scheme in zip(found.names, found.schemes, strict=True)
        ),
    ]
    if len(found.names) > 1:
        remarks.append(Pair(f"变化、多少、升降都是与 {found.names[0]} 相比。", f"Changes, gains and losses are against {found.names[0]}."))
    for name in found.names:
        beyond = [month for scheme, month in found.out_of_force if scheme == name]
        if beyond:
            remarks.append(
                Pair(
                    f"{name} 在这些月份并不生效，这里照样试算：{'、'.join(beyond)}。",
                    f"{name} is not in force in these months and is tried on them all the same: {', '.join(beyond)}.",
                )
            )
    remarks.append(
        Pair(
            "这是拿新办法去算已经发生的事；换了办法，大家的做法也会变，试算不出来。",
            "This is what a scheme makes of what has happened; under another scheme people would have acted otherwise, which it can not tell.",
        )
    )
    return remarks
