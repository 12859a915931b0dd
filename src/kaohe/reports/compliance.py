"""Verdicts on the platforms' rules as tables: how often each was kept, each miss with what follows from it, and whom it was about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.compliance import WHY
from kaohe.metrics.explain import REASONS
from kaohe.metrics.reasons import REASONS as EVENT_REASONS
from kaohe.reports.cells import shown
from kaohe.reports.figures import kind
from kaohe.reports.headings import UNASSIGNED, column, columns
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Kind, Sheet

TITLE = Pair("平台规则检查", "The platforms' rules")
SUMMARY = Pair("各条规则达标情况", "How often each rule was kept")
DETAILS = Pair("逐日结果", "Day by day")
FAILING = Pair("拖累达标的买家", "Whom it was about")

VERDICTS: Mapping[str, Pair] = {
    "pass": Pair("达标", "passed"),
    "fail": Pair("未达标", "failed"),
    "not_applicable": Pair("不适用", "not applicable"),
}

PARTIAL = Pair("数据不满整段", "data of a part of the days")

CERTAINTIES: Mapping[str, Pair] = {
    "A": Pair("A 平台页面", "A the platform's page"),
    "B": Pair("B 文章", "B articles"),
    "C": Pair("C 行业资料", "C trade press"),
    "D": Pair("D 未经证实，可在 packs/ 修改", "D unconfirmed, change it in packs/"),
}

_CASES: Mapping[str, Pair] = {
    "contact": Pair("位买家", "buyers"),
    "visit": Pair("人次", "contacts"),
    "message": Pair("条消息", "messages"),
    "turn": Pair("个回合", "turns"),
    "session": Pair("个会话", "sessions"),
    "case": Pair("个", "cases"),
}

_UNIT_OF: Mapping[str, str] = {"message": "message", "first": "contact", "session_first": "session", "contact": "contact", "turn": "turn"}


def raw(frame: pl.DataFrame) -> Sheet:
    """All verdicts, one a row; see `kaohe.metrics.compliance.SCHEMA`."""
    return Sheet(TITLE, columns(frame), frame)


def failing(frame: pl.DataFrame) -> Sheet:
    """The cases behind misses, one a row; see `kaohe.metrics.compliance.FAILING`."""
    return Sheet(FAILING, columns(frame), frame)


def readable(
    frame: pl.DataFrame, lang: Lang = "zh", names: Mapping[str, Mapping[str, str]] | None = None, *, every: bool = False
) -> list[Sheet]:
    """How often each rule was kept by each shop, then the days it was missed (with `every` all days)."""
    return [_summary(frame, lang, names or {}), _details(frame, lang, names or {}, every=every)]


def readable_failing(frame: pl.DataFrame, lang: Lang = "zh", names: Mapping[str, Mapping[str, str]] | None = None) -> Sheet:
    """The cases behind misses to read: names instead of ids, reasons in words."""
    place = lang != "zh"
    words = {reason: texts[place] for reason, texts in {**EVENT_REASONS, **REASONS}.items()}
    ready = _called(frame, names or {}).with_columns(pl.col("reason").replace(words))
    return Sheet(
        FAILING,
        (
            column("shop_id"),
            Column("rule", "规则", "rule"),
            column("day"),
            column("buyer_id"),
            Column("at", "时间", "time", "instant"),
            column("wait_seconds"),
            Column("counted_for", "负责客服", "counted for", null=UNASSIGNED),
            column("reason"),
        ),
        ready,
    )


def _called(frame: pl.DataFrame, names: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    shops, agents = names.get("shop_id", {}), names.get("agent_id", {})
    frame = frame.with_columns(pl.col("shop_id").replace(dict(shops)))
    return frame.with_columns(pl.col("counted_for").replace(dict(agents))) if "counted_for" in frame.columns else frame


def _summary(frame: pl.DataFrame, lang: Lang, names: Mapping[str, Mapping[str, str]]) -> Sheet:
    at_worst = pl.col("value").filter(pl.col("verdict") != "not_applicable")
    counted = (
        frame.group_by("shop_id", "rule", "pack", maintain_order=True)
        .agg(
            title=pl.first(f"title_{lang}"),
            metric=pl.first("metric"),
            direction=pl.first("direction"),
            thresholds=pl.col("threshold").unique(maintain_order=True),
            passed=(pl.col("verdict") == "pass").sum(),
            failed=(pl.col("verdict") == "fail").sum(),
            left_out=(pl.col("verdict") == "not_applicable").sum(),
            provisional=pl.col("provisional").sum(),
            worst=pl.when(pl.first("direction") == "at_least").then(at_worst.min()).otherwise(at_worst.max()),
            certainty=pl.last("certainty"),
        )
        .sort("shop_id", maintain_order=True)
    )
    rows = counted.with_columns(
        demand=pl.Series([_demand(row, row["thresholds"], lang) for row in counted.iter_rows(named=True)], dtype=pl.String),
        worst=pl.Series([shown(row["worst"], _kind(row["metric"]), lang) for row in counted.iter_rows(named=True)], dtype=pl.String),
        certainty=pl.col("certainty").replace({key: pair.text(lang) for key, pair in CERTAINTIES.items()}),
    )
    return Sheet(
        SUMMARY,
        (
            column("shop_id"),
            Column("title", "规则", "rule"),
            Column("demand", "要求", "demand"),
            Column("passed", "达标天数", "days passed", "count"),
            Column("failed", "未达标天数", "days failed", "count"),
            Column("left_out", "不适用天数", "days n.a.", "count"),
            Column("provisional", "其中暂定", "provisional", "count"),
            Column("worst", "最差", "worst"),
            Column("certainty", "可信度", "certainty"),
        ),
        _called(rows, names),
        _what_follows(frame),
    )


def _what_follows(frame: pl.DataFrame) -> tuple[Pair, ...]:
    """A line for each rule: what follows from missing it, and where that is from."""
    rules = frame.unique(["title_zh", "consequence_zh", "source"], maintain_order=True)
    return tuple(
        Pair(
            f"{row['title_zh']}：{row['consequence_zh']}。出处：{row['source']}",
            f"{row['title_en']}: {row['consequence_en']}. Source: {row['source']}",
        )
        for row in rules.iter_rows(named=True)
    )


def _details(frame: pl.DataFrame, lang: Lang, names: Mapping[str, Mapping[str, str]], *, every: bool) -> Sheet:
    wanted = frame if every else frame.filter(pl.col("verdict") == "fail")
    told = list(wanted.iter_rows(named=True))
    ready = wanted.with_columns(
        title=pl.col(f"title_{lang}"),
        verdict=pl.Series([_verdict(row, lang) for row in told], dtype=pl.String),
        value=pl.Series([_value(row, lang) for row in told], dtype=pl.String),
        demand=pl.Series([_demand(row, [row["threshold"]], lang) for row in told], dtype=pl.String),
        distance=pl.Series([distance(row, lang) for row in told], dtype=pl.String),
    )
    notes = []
    if wanted["partial"].any():
        notes.append(
            Pair(
                f"“{PARTIAL.zh}”：规则要看多天，而店铺的数据从其中某天才开始，按已有的数据判。",
                f"“{PARTIAL.en}”: the rule looks at more days than there are data of the shop; it was judged by what there is.",
            )
        )
    if wanted["provisional"].any():
        notes.append(Pair("“暂定”的结果以后还可能变。", "Provisional verdicts may still change."))
    return Sheet(
        DETAILS,
        (
            column("shop_id"),
            column("day"),
            Column("title", "规则", "rule"),
            Column("verdict", "结果", "verdict"),
            Column("value", "数值", "value"),
            Column("demand", "要求", "demand"),
            Column("distance", "差多少", "distance"),
        ),
        _called(ready, names),
        tuple(notes),
    )


def _kind(metric: str) -> Kind:
    return kind(CATALOGUE[metric].unit)


def _demand(row: Mapping[str, object], thresholds: Sequence[float], lang: Lang) -> str:
    """What a rule asks for; several thresholds where versions of the pack differ, in order of time."""
    sign = "≥" if row["direction"] == "at_least" else "≤"
    return f"{sign} " + " → ".join(shown(one, _kind(str(row["metric"])), lang) for one in thresholds)


def _value(row: Mapping[str, object], lang: Lang) -> str:
    value = shown(row["value"], _kind(str(row["metric"])), lang)
    if row["denominator"] is None or row["numerator"] is None or CATALOGUE[str(row["metric"])].unit != "rate":
        return value
    made = f"{shown(row['numerator'], 'count', lang)}/{shown(row['denominator'], 'count', lang)}"
    return f"{value}（{made}）" if lang == "zh" else f"{value} ({made})"


def _verdict(row: Mapping[str, object], lang: Lang) -> str:
    zh = lang == "zh"
    why = WHY.get(str(row["why"]), ("", ""))[not zh]
    if row["why"] == "small_sample":
        why += f" {shown(row['sample'], 'count', lang)} < {row['sample_needed']}"
    if row["note"]:
        why += f" {row['note']}"
    if row["provisional"]:
        why = f"暂定：{why}" if zh else f"provisional: {why}"
    told = [one for one in (why, PARTIAL.text(lang) if row["partial"] else "") if one]
    said = VERDICTS[str(row["verdict"])].text(lang)
    if not told:
        return said
    return f"{said}（{'；'.join(told)}）" if zh else f"{said} ({'; '.join(told)})"


def distance(row: Mapping[str, object], lang: Lang) -> str:
    """How far a verdict, a row of `kaohe.metrics.compliance.SCHEMA`, is from the other one, in words; empty where there is none.

    Of a share the fewest cases that would have passed, or the most that could still have gone wrong; of all else an amount in the metric's unit.
    """
    cases, gap = row["cases"], row["gap"]
    if row["verdict"] == "not_applicable" or not isinstance(gap, float):
        return ""
    if isinstance(cases, int):
        return _in_cases(row, cases, lang)
    return _in_amount(row, gap, lang)


def _in_cases(row: Mapping[str, object], cases: int, lang: Lang) -> str:
    zh, metric = lang == "zh", CATALOGUE[str(row["metric"])]
    lower, replies = row["direction"] == "at_most", metric.evidence != "event"
    noun = _noun(row, abs(cases), lang)
    if row["verdict"] == "fail":
        if lower:
            return f"少 {cases} {noun}就达标" if zh else f"{cases} fewer {noun} would have passed"
        if zh:
            return f"再有 {cases} {noun}{'及时得到回复' if replies else '达到'}就达标"
        return f"{cases} more {noun} {'answered in time ' if replies else ''}would have passed"
    if cases == 0:
        return "刚好达标，一" + noun[0] + "也不能再差" if zh else f"just passed, not one {_noun(row, 1, lang)} to spare"
    if zh:
        return f"还能多 {-cases} {noun}" if lower else f"再有 {-cases} {noun}{'没及时得到回复' if replies else '达不到'}，仍然达标"
    return f"{-cases} {noun} to spare"


def _noun(row: Mapping[str, object], count: int, lang: Lang) -> str:
    """What a share is of. Over several days a buyer may count once a day."""
    metric = CATALOGUE[str(row["metric"])]
    unit = str(row["unit"] or _UNIT_OF.get(metric.evidence, "case"))
    if unit == "contact" and row["first_day"] != row["day"]:
        unit = "visit"
    noun = _CASES[unit].text(lang)
    return noun.removesuffix("s") if lang == "en" and count == 1 else noun


def _in_amount(row: Mapping[str, object], gap: float, lang: Lang) -> str:
    zh, metric = lang == "zh", CATALOGUE[str(row["metric"])]
    amount = shown(abs(gap), _kind(metric.id), lang)
    if metric.unit == "seconds" and 0 < abs(gap) < _SHORTEST:
        amount = f"不到 {shown(_SHORTEST, 'seconds', lang)}" if zh else f"less than {shown(_SHORTEST, 'seconds', lang)}"
    if row["verdict"] == "pass":
        return f"富余 {amount}" if zh else f"{amount} to spare"
    if metric.unit == "seconds" and row["direction"] == "at_most":
        return f"要再快 {amount} 才达标" if zh else f"has to be {amount} shorter"
    if row["direction"] == "at_most":
        return f"多了 {amount}" if zh else f"{amount} too much"
    return f"差 {amount}" if zh else f"{amount} short"


_SHORTEST = 0.1
"""Seconds: the least a duration is shown with."""
