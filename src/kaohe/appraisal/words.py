"""The working in words, Chinese and English: a line is a sentence a person can check with a pocket calculator."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from kaohe.appraisal.bands import Band
from kaohe.appraisal.exact import fraction, plain, shown
from kaohe.appraisal.figures import Figure
from kaohe.appraisal.result import Appraisal, Line, Reason, Statement
from kaohe.appraisal.scheme import Item
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE, Unit

_UNITS = {
    "seconds": (" 秒", " s"),
    "count": ("", ""),
    "ratio": ("", ""),
    "chars": (" 字", " characters"),
    "yuan": (" 元", " yuan"),
    "hours": (" 小时", " h"),
    "score": ("", ""),
}


def title(item: Item, lang: Lang = "zh") -> str:
    """What an item is called: its own title, else its metric's."""
    if item.title is not None:
        return item.title.text(lang)
    return metric_name(item.metric, lang)


def metric_name(metric: str, lang: Lang = "zh") -> str:
    return CATALOGUE[metric].zh if lang == "zh" else CATALOGUE[metric].en


def amount(value: Fraction, unit: Unit, lang: Lang = "zh", edges: tuple[Decimal, ...] = ()) -> str:
    """A figure as people read it, with as many decimals as it takes not to show it on the wrong side of an edge."""
    if unit == "rate":
        return shown(value * 100, [edge.scaleb(2) for edge in edges]) + " %"
    zh, en = _UNITS[unit]
    places = 0 if unit == "count" else 2
    return shown(value, edges, places=places) + (zh if lang == "zh" else en)


def figure(found: Figure, lang: Lang = "zh", edges: tuple[Decimal, ...] = ()) -> str:
    """`162 ÷ 438 = 36.99 %`, or `无数据` where nothing was counted."""
    if found.exact is None:
        return "无数据" if lang == "zh" else "no data"
    value = amount(found.exact, CATALOGUE[found.metric].unit, lang, edges)
    if found.numerator is None or found.denominator is None:
        return value
    return f"{_part(found.numerator)} ÷ {_part(found.denominator)} = {value}"


def _part(value: float) -> str:
    exact = fraction(value)
    return f"{exact.numerator:,}" if exact.denominator == 1 else shown(exact)


def band(found: Band, unit: Unit, lang: Lang = "zh") -> str:
    """`85 % 至 95 %（不含）`; `不限` for a band without ends."""
    low, high = (None if end is None else _edge(end, unit, lang) for end in (found.at_least, found.below))
    if lang == "zh":
        if low is None:
            return f"{high} 以下" if high is not None else "不限"
        return f"{low} 至 {high}（不含）" if high is not None else f"{low} 及以上"
    if low is None:
        return f"below {high}" if high is not None else "any"
    return f"{low} to under {high}" if high is not None else f"{low} or more"


def _edge(value: Decimal, unit: Unit, lang: Lang) -> str:
    if unit == "rate":
        return plain(value.scaleb(2)) + " %"
    zh, en = _UNITS[unit]
    return plain(value) + (zh if lang == "zh" else en)


def line(found: Line, lang: Lang = "zh") -> str:
    """One item's working: figure, band, points, weight, line."""
    item, unit = found.item, CATALOGUE[found.item.metric].unit
    said = f"{title(item, lang)}{'：' if lang == 'zh' else ': '}{figure(found.figure, lang, tuple(item.scoring.edges))}"
    if found.marked and item.minimum_sample is not None:
        sample = _part(found.sample or 0)
        said += (
            f"（样本 {sample}，少于 {item.minimum_sample}）" if lang == "zh" else f" (sample of {sample}, fewer than {item.minimum_sample})"
        )
    stop = "；" if lang == "zh" else "; "
    if found.treatment == "skip":
        return said + stop + ("不计，权重分给其他项" if lang == "zh" else "left out, its weight goes to the other items")
    if found.treatment == "block":
        return said + stop + ("不出总分" if lang == "zh" else "no total")
    if found.band is not None:
        said += stop + band(found.band, unit, lang)
    if found.treatment == "zero":
        said += stop + ("按 0 分计" if lang == "zh" else "counted as 0")
    if found.treatment == "full":
        said += stop + ("按满分计" if lang == "zh" else "counted as full")
    return said + stop + _sum(found, lang)


def _sum(found: Line, lang: Lang) -> str:
    scored, weight, out_of = found.scored or Fraction(0), found.weight, found.item.out_of
    points = plain(found.points) if found.points is not None else "0"
    unit = " 分" if lang == "zh" else ""
    if weight == out_of:
        return f"{points}{unit}" if lang == "zh" else f"{points} points"
    raw = _raw(scored)
    end = "" if lang == "zh" else " points"
    return f"{raw}{unit} × {plain(weight)} ÷ {plain(out_of)} = {points}{unit}{end}"


@lru_cache(maxsize=1024)
def _raw(points: Fraction) -> str:
    text = shown(points, places=4)
    return text.rstrip("0").rstrip(".")


def reason(found: Reason, lang: Lang = "zh") -> str:
    """Why an agent has no place."""
    if found.kind == "no_figures":
        return "没有任何一项的数据" if lang == "zh" else "no figure of any item"
    if found.kind == "blocked" and found.item is not None:
        name = title(found.item, lang)
        return (
            f"“{name}”没有可用的数据，按方案不出总分"
            if lang == "zh"
            else f"no usable figure of {name}, and the scheme gives no total without it"
        )
    wanted = found.wanted or Decimal(0)
    if found.kind == "little_judged":
        share, least = shown((found.found or Fraction(0)) * 100, [wanted.scaleb(2)]), plain(wanted.scaleb(2))
        return (
            f"能评的项只占 {share} %，不到 {least} %"
            if lang == "zh"
            else f"only {share} % of the weight could be judged, less than {least} %"
        )
    metric = found.metric or ""
    name, least = metric_name(metric, lang), _edge(wanted, CATALOGUE[metric].unit, lang)
    had = "无数据" if lang == "zh" else "no data"
    if found.found is not None:
        had = amount(found.found, CATALOGUE[metric].unit, lang, (wanted,))
    return f"{name} {had}，少于排名要求的 {least}" if lang == "zh" else f"{name} {had}, less than the {least} a place asks for"


def statement(found: Statement, appraisal: Appraisal, lang: Lang = "zh") -> list[str]:
    """The whole statement, a sentence a line: every item, the total, the place or why there is none."""
    said = [line(one, lang) for one in found.lines]
    full = plain(appraisal.scheme.full)
    if found.points is not None:
        said.append(f"总分 {found.points}（满分 {full}）" if lang == "zh" else f"Total {found.points} (of {full})")
    if found.place is not None:
        count = len(appraisal.ranked)
        said.append(f"第 {found.place} 名，共 {count} 人" if lang == "zh" else f"Place {found.place} of {count}")
    elif found.reasons:
        why = ("；" if lang == "zh" else "; ").join(reason(one, lang) for one in found.reasons)
        said.append(f"不排名：{why}" if lang == "zh" else f"No place: {why}")
    return said
