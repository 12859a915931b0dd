"""A scheme in words: what each item, gate, grade and line of pay says, so that those judged by it can read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from kaohe.appraisal.bands import AmountBand, RateBand
from kaohe.appraisal.conditions import Condition, Gate
from kaohe.appraisal.exact import plain
from kaohe.appraisal.pay_plan import (
    ByGrade,
    ByPk,
    ByPlace,
    Commission,
    DayRate,
    Fixed,
    PayLine,
    PerPoint,
    PerUnitPay,
    Quantity,
    Tier,
)
from kaohe.appraisal.pay_words import factor_title, kind_name, looked_name
from kaohe.appraisal.saying import edge, subject_name
from kaohe.appraisal.scheme import Factor, Item, Part, Scheme, held_by_days
from kaohe.appraisal.scoring import Scoring, targets_of
from kaohe.appraisal.words import band, title
from kaohe.errors import Lang
from kaohe.metrics.catalogue import Unit

Row = tuple[str, str, str]


def item_rows(scheme: Scheme, lang: Lang) -> list[Row]:
    """One row per item: what it is called, what it is worth, how it is scored."""
    return [(title(item, lang), _worth(item, lang), scoring(item, lang)) for item in scheme.items]


def scoring(item: Item | Part, lang: Lang = "zh") -> str:
    """How an item is scored, one band or rule a line, and what is asked of samples and missing figures."""
    if isinstance(item, Item) and item.parts is not None:
        return "\n".join(f"· {title(part, lang)} {plain(part.weight)} %：{_inline(scoring(part, lang))}" for part in item.parts)
    said = [] if item.scoring is None else list(_scored(item, item.scoring, lang))
    if item.scoring is not None and targets_of(item.scoring) is not None:
        said += _BY_DAYS[held_by_days(item)][lang]
    if item.minimum_sample is not None:
        said.append(f"样本至少 {item.minimum_sample}" if lang == "zh" else f"a sample of at least {item.minimum_sample}")
    if item.missing is not None:
        said.append(_MISSING[item.missing][0 if lang == "zh" else 1])
    if isinstance(item, Item) and item.gated:
        said.append("门槛没过得 0 分" if lang == "zh" else "nothing unless every gate is passed")
    return "\n".join(said)


_BY_DAYS: dict[str, dict[Lang, tuple[str, ...]]] = {
    "whole": {"zh": (), "en": ()},
    "days": {"zh": ("只在岗一段的，目标按天数折算",), "en": ("the target by days, of who was there for part of the period",)},
    "stretches": {
        "zh": ("换过岗位的，目标按天数分到各段",),
        "en": ("the target shared by days between the stretches of who changed role",),
    },
}
_MISSING = {
    "skip": ("没有数据不计", "left out without a figure"),
    "zero": ("没有数据 0 分", "nothing without a figure"),
    "full": ("没有数据满分", "full marks without a figure"),
    "block": ("没有数据不出总分", "no total without a figure"),
}


def _inline(text: str) -> str:
    return "，".join(text.split("\n"))


def _worth(item: Item, lang: Lang) -> str:
    if item.extra is not None:
        return f"{plain(item.extra.least)} … +{plain(item.extra.most)}"
    if item.max_points is not None:
        return f"{plain(item.max_points)} 分" if lang == "zh" else f"{plain(item.max_points)} points"
    return f"{plain(item.worth)} %"


_ON = {
    "value": ("", ""),
    "attainment": ("完成率 ", "share of the target "),
    "change": ("比上期变化 ", "change against the period before "),
    "difference": ("比上期差 ", "difference from the period before "),
    "percentile": ("胜过同事 ", "better than "),
    "z": ("离平均几个标准差 ", "standard deviations from the mean "),
}


def _scored(item: Item | Part, rule: Scoring, lang: Lang) -> Iterable[str]:
    zh = lang == "zh"
    points = " 分" if zh else " points"
    if rule.kind == "bands":
        unit: Unit = "rate" if rule.on in ("attainment", "change", "percentile") else "ratio" if rule.on == "z" else item.unit
        for one in rule.bands:
            yield f"{_ON[rule.on][0 if zh else 1]}{band(one, unit, lang)} → {plain(one.points)}{points}"
    elif rule.kind == "linear":
        unit = "rate" if rule.on in ("attainment", "change", "percentile") else "ratio" if rule.on == "z" else item.unit
        ends = [f"{edge(anchor.figure, unit, lang)} → {plain(anchor.points)}{points}" for anchor in (rule.low, rule.high)]
        yield f"{_ON[rule.on][0 if zh else 1]}{(' 到 ' if zh else ' to ').join(ends)}{'，之间按直线' if zh else ', straight between'}"
    elif rule.kind == "attainment":
        target = ("各人的目标" if zh else "each one's target") if rule.target == "targets" else edge(Decimal(rule.target), item.unit, lang)
        yield (f"完成率 × 满分，目标 {target}" if zh else f"share of the target {target}, of full marks")
        if rule.floor:
            yield (f"不到 {plain(rule.floor.scaleb(2))} % 得 0 分" if zh else f"nothing under {plain(rule.floor.scaleb(2))} %")
        yield (f"最多按 {plain(rule.cap.scaleb(2))} % 算" if zh else f"at most {plain(rule.cap.scaleb(2))} %")
    elif rule.kind == "per_unit":
        start = rule.start if rule.start is not None else item.start
        beyond = (f"超过 {plain(rule.free)} 的部分" if zh else f"beyond {plain(rule.free)} ") if rule.free else ""
        yield (
            f"从 {plain(start)} 分起，{beyond}每 {plain(rule.each)} 加 {plain(rule.points)} 分"
            if zh
            else f"from {plain(start)} points, {beyond}{plain(rule.points)} for each {plain(rule.each)}"
        )
    elif rule.kind == "rank":
        listed = "、".join(map(plain, rule.points)) if zh else ", ".join(map(plain, rule.points))
        yield (f"按名次 {listed}，其余 {plain(rule.rest)} 分" if zh else f"by place {listed}, the rest {plain(rule.rest)} points")
    else:
        yield "打多少分就是多少分" if zh else "the mark is the points"


def requirement_rows(scheme: Scheme, lang: Lang) -> list[Row]:
    """One row per gate, veto, grade and factor of a PK, and what a place asks for."""
    zh = lang == "zh"
    rows = [(title(gate, lang), "门槛" if zh else "gate", _limit(gate, lang)) for gate in scheme.gates]
    for veto in scheme.vetoes:
        effects = ("、" if zh else ", ").join(_EFFECTS[effect][0 if zh else 1] for effect in veto.effects)
        rows.append((title(veto, lang), "一票否决" if zh else "veto", f"{_limit(veto, lang)} → {effects}"))
    if scheme.ranking.minimum is not None:
        minimum = scheme.ranking.minimum
        least = edge(minimum.at_least, minimum.unit, lang)
        rows.append((subject_name(minimum, lang), "排名要求" if zh else "a place asks for", f"{'不少于' if zh else 'at least'} {least}"))
    if scheme.grades is not None:
        unit: Unit = "score" if scheme.grades.by == "points" else "rate"
        by = {"points": ("总分", "points"), "share": ("得分率", "share of full marks"), "place": ("名次 ÷ 人数", "place ÷ people")}
        for grade in scheme.grades.bands:
            name = grade.title.text(lang) if grade.title is not None else grade.name
            more = f"，系数 {plain(grade.coefficient)}" if zh else f", coefficient {plain(grade.coefficient)}"
            rows.append((name, "等级" if zh else "grade", f"{by[scheme.grades.by][0 if zh else 1]} {band(grade, unit, lang)}{more}"))
    for factor in scheme.pk:
        prizes = "、".join(map(plain, factor.prizes)) if zh else ", ".join(map(plain, factor.prizes))
        rows.append((factor_title(factor, lang), "PK", "\n".join(_competing(factor, prizes, lang))))
    return rows


def _competing(factor: Factor, prizes: str, lang: Lang) -> Iterable[str]:
    """What a factor of a PK gives, and who takes part."""
    zh = lang == "zh"
    yield (f"奖金 {prizes} 元" if zh else f"prizes {prizes} yuan") if prizes else ("没有奖金" if zh else "no prizes")
    if prizes and factor.ties == "each":
        yield "并列各得该名次的奖金" if zh else "each of equals gets the prize of the place"
    if factor.minimum is not None:
        least = edge(factor.minimum.at_least, factor.minimum.unit, lang)
        name = subject_name(factor.minimum, lang)
        yield f"{name}不少于 {least} 才参加" if zh else f"takes part with {name} of at least {least}"
    if factor.minimum_sample is not None:
        yield f"样本至少 {factor.minimum_sample} 才参加" if zh else f"takes part with a sample of at least {factor.minimum_sample}"
    if factor.vetoed == "in":
        yield "被否决的人也参加" if zh else "also who was vetoed"


_EFFECTS = {
    "zero_points": ("总分记 0", "total of 0"),
    "lowest_grade": ("最低等级", "the lowest grade"),
    "no_gated": ("激励部分不发", "no gated items and lines"),
    "no_place": ("不排名、不参加 PK", "no place, neither in a PK"),
}
_LIMITS = {
    "at_least": ("不少于", "at least"),
    "above": ("大于", "more than"),
    "at_most": ("不多于", "at most"),
    "below": ("小于", "less than"),
}


def _limit(condition: Condition, lang: Lang) -> str:
    key = next(key for key in _LIMITS if getattr(condition, key) is not None)
    said = f"{_LIMITS[key][0 if lang == 'zh' else 1]} {edge(condition.limit, condition.unit, lang)}"
    if isinstance(condition, Gate) and condition.by_days:
        said += "（只在岗一段的，按天数折算）" if lang == "zh" else " (by days, of who was there for part of the period)"
    if isinstance(condition, Gate) and condition.missing == "fail":
        said += "；没有数据算不过" if lang == "zh" else "; failed without a figure"
    return said


def pay_rows(scheme: Scheme, lang: Lang) -> list[Row]:
    """One row per line of pay: what it is called, its kind, how it is counted."""
    if scheme.pay is None:
        return []
    rows = []
    for line in scheme.pay.lines:
        name = line.title.text(lang) if line.title is not None else kind_name(line.kind, lang)
        rows.append((name, kind_name(line.kind, lang), "\n".join(_paid(scheme, line, lang))))
    rows += [(kind_name(key, lang), "", _end(end, lang)) for key, end in pay_ends(scheme).items()]
    return rows


def pay_ends(scheme: Scheme) -> dict[str, Decimal | None]:
    """The least and the most that is paid, by `floor` and `cap`, where they say anything: that nobody owes anything in the end goes without saying.

    A floor of None: pay may be less than nothing.
    """
    if scheme.pay is None:
        return {}
    floor = {} if scheme.pay.floor == 0 else {"floor": scheme.pay.floor}
    return floor if scheme.pay.cap is None else {**floor, "cap": scheme.pay.cap}


def _end(end: Decimal | None, lang: Lang) -> str:
    if end is None:
        return "不设，应发可以是负数" if lang == "zh" else "none: pay may be less than nothing"
    return f"{plain(end)} 元" if lang == "zh" else f"{plain(end)} yuan"


def _looked(scheme: Scheme, quantity: Quantity, lang: Lang) -> str:
    return looked_name(quantity, lang, scheme.items_of(quantity))


def _paid(scheme: Scheme, line: PayLine, lang: Lang) -> Iterable[str]:
    zh = lang == "zh"
    yuan = " 元" if zh else " yuan"
    if isinstance(line, Fixed):
        yield plain(line.amount) + yuan
    elif isinstance(line, DayRate):
        days = _looked(scheme, line.days, lang)
        if line.by is None or line.bands is None:
            yield f"{plain(line.amount or Decimal(0))}{yuan} × {days}"
        else:
            yield f"{'每天的钱' if zh else 'yuan a day'} × {days}{'，看' if zh else ', by '}{_looked(scheme, line.by, lang)}"
            yield from _amounts(line.bands, line.by.unit if line.by.metrics else "score", lang)
    elif isinstance(line, Commission):
        yield from _commission(scheme, line, lang)
    elif isinstance(line, PerUnitPay):
        free = (f"超过 {plain(line.free)} 的，" if zh else f"beyond {plain(line.free)}, ") if line.free else ""
        yield (
            f"{_looked(scheme, line.on, lang)}，{free}每个 {plain(line.amount)}{yuan}"
            if zh
            else f"{_looked(scheme, line.on, lang)}, {free}{plain(line.amount)}{yuan} each"
        )
    elif isinstance(line, Tier):
        yield f"{'看' if zh else 'by '}{_looked(scheme, line.by, lang)}"
        yield from _amounts(line.bands, "rate" if line.by.share else line.by.unit if line.by.metrics else "score", lang)
    elif isinstance(line, ByGrade):
        yield ("，" if zh else ", ").join(f"{name} {plain(amount)}{yuan}" for name, amount in line.amounts.items())
    elif isinstance(line, ByPlace):
        yield f"{'第一名起' if zh else 'from the first'} {('、' if zh else ', ').join(map(plain, line.prizes))}{yuan}"
    elif isinstance(line, ByPk):
        named = [factor_title(factor, lang) for factor in scheme.pk if line.factors is not None and factor.key in line.factors]
        yield ("、" if zh else ", ").join(named) or ("各因素奖金之和" if zh else "the prizes of all factors")
    elif isinstance(line, PerPoint):
        yield f"{_looked(scheme, line.of, lang)} × {plain(line.amount)}{yuan}"
    yield from _more(line, lang)


def _commission(scheme: Scheme, line: Commission, lang: Lang) -> Iterable[str]:
    zh = lang == "zh"
    of = _looked(scheme, line.on, lang)
    if line.rate is not None:
        yield f"{of} × {_percent(line.rate)}"
    elif line.rate_by is not None:
        yield f"{of} × {'比例，看' if zh else 'a rate by '}{_looked(scheme, line.rate_by.on, lang)}"
        on = line.rate_by.on
        yield from _rates(line.rate_by.bands, "rate" if on.share else on.unit if on.metrics else "score", lang)
    else:
        marginal = line.mode == "marginal"
        yield f"{of}{('，分段' if marginal else '，整额按所在档') if zh else (', slice by slice' if marginal else ', the whole by its band')}"
        yield from _rates(line.bands or (), line.on.unit if line.on.metrics else "score", lang)
    if line.times is not None:
        yield f"× {_looked(scheme, line.times, lang)}"


def _more(line: PayLine, lang: Lang) -> Iterable[str]:
    zh = lang == "zh"
    if line.gated:
        yield "门槛都过才发" if zh else "only if every gate is passed"
    if line.coefficient:
        yield "× 等级系数" if zh else "× the coefficient of the grade"
    if line.pro_rata:
        yield "按在岗天数折算" if zh else "by days of the period"
    for key, text_zh, text_en in (("floor", "至少", "at least"), ("cap", "最多", "at most")):
        end = getattr(line, key)
        if end is not None:
            yield f"{text_zh} {plain(end)} 元" if zh else f"{text_en} {plain(end)} yuan"


def _amounts(bands: Sequence[AmountBand], unit: Unit, lang: Lang) -> Iterable[str]:
    for one in bands:
        yield f"{band(one, unit, lang)} → {plain(one.amount)}{' 元' if lang == 'zh' else ' yuan'}"


def _rates(bands: Sequence[RateBand], unit: Unit, lang: Lang) -> Iterable[str]:
    for one in bands:
        yield f"{band(one, unit, lang)} → {_percent(one.rate)}"


def _percent(rate: Decimal) -> str:
    return f"{plain(rate.scaleb(2))} %"
