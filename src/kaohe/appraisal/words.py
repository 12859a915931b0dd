"""The working in words, Chinese and English: a line is a sentence a person can check with a pocket calculator."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from kaohe.appraisal.bands import Span
from kaohe.appraisal.conditions import Gate, Veto
from kaohe.appraisal.exact import plain, rounded, shown
from kaohe.appraisal.figures import Figure
from kaohe.appraisal.measures import FAR_BEYOND, unit_of
from kaohe.appraisal.pay_words import factor_title, looked_name, paid, pay_title, working
from kaohe.appraisal.result import Answer, Line, Podium, Reason, Statement
from kaohe.appraisal.saying import amount, edge, item_title, metric_name, number, part, value_of
from kaohe.appraisal.scheme import Item, Part
from kaohe.appraisal.scoring import ends
from kaohe.errors import Lang
from kaohe.metrics.catalogue import Unit

if TYPE_CHECKING:
    from kaohe.appraisal.appraisal import Appraisal

__all__ = [
    "answer",
    "answered",
    "band",
    "band_of",
    "factor_title",
    "figure",
    "landed",
    "line",
    "looked_at",
    "looked_name",
    "metric_name",
    "paid",
    "pay_title",
    "podium",
    "reason",
    "remark",
    "statement",
    "title",
    "value_of",
    "working",
]


def title(item: Item | Part | Gate | Veto, lang: Lang = "zh") -> str:
    """What an item is called: its own title, else its metrics'."""
    return item_title(item, lang)


def figure(found: Figure, lang: Lang = "zh", edges: Sequence[Decimal] = ()) -> str:
    """`162 ÷ 438 = 36.99 %`, or `无数据` where nothing was counted; where it comes from and what corrections changed, if anything."""
    if found.exact is None:
        return "无数据" if lang == "zh" else "no data"
    value = amount(found.exact, unit_of(found.metric), lang, edges)
    said = (
        value if found.numerator is None or found.denominator is None else f"{part(found.numerator)} ÷ {part(found.denominator)} = {value}"
    )
    notes = []
    if found.origin == "reported":
        notes.append("平台报表" if lang == "zh" else "as the platform reports")
    if found.origin == "shops":
        notes.append("所在店铺" if lang == "zh" else "of the shops")
    if found.changed is not None:
        over, under = (f"{one:+g}" for one in found.changed)
        notes.append(f"已更正 分子 {over}、分母 {under}" if lang == "zh" else f"corrected by {over} over {under}")
    if not notes:
        return said
    return f"{said}（{'；'.join(notes)}）" if lang == "zh" else f"{said} ({'; '.join(notes)})"


def _looked_at(found: Line, lang: Lang) -> str:
    """The figures of a line; of a composite each by name and then the number made of them."""
    edges = tuple(ends(found.item.scoring)) if found.item.scoring is not None else ()
    if len(found.figures) == 1:
        return figure(found.figures[0], lang, edges)
    named = (", " if lang == "en" else "、").join(f"{metric_name(one.metric, lang)} {figure(one, lang)}" for one in found.figures)
    if found.value is None:
        return f"{named}（无数据）" if lang == "zh" else f"{named} (no data)"
    return f"{named} → {amount(found.value, found.item.unit, lang, edges)}"


def band(found: Span, unit: Unit, lang: Lang = "zh") -> str:
    """`85 % 至 95 %（不含）`; `不限` for a band without ends."""
    low, high = (None if end is None else edge(end, unit, lang) for end in (found.at_least, found.below))
    if lang == "zh":
        if low is None:
            return f"{high} 以下" if high is not None else "不限"
        return f"{low} 至 {high}（不含）" if high is not None else f"{low} 及以上"
    if low is None:
        return f"below {high}" if high is not None else "any"
    return f"{low} to under {high}" if high is not None else f"{low} or more"


def band_of(found: Line, lang: Lang = "zh") -> str:
    """The band a line fell into, in the unit of what was looked at."""
    if found.band is None:
        return ""
    return band(found.band, _view_unit(found), lang)


_VIEWS: dict[str, tuple[str, str, Unit | None]] = {
    "attainment": ("完成", "reached", "rate"),
    "change": ("比上期", "against the period before", "rate"),
    "difference": ("比上期", "against the period before", None),
    "percentile": ("胜过同事", "better than", "rate"),
    "z": ("离平均（标准差）", "standard deviations from the mean", "ratio"),
}


def _view_unit(found: Line) -> Unit:
    on = getattr(found.item.scoring, "on", "value")
    return (_VIEWS[on][2] if on in _VIEWS else None) or found.item.unit


def _viewed(found: Line, lang: Lang) -> str:
    """What was looked at instead of the figure itself."""
    scoring = found.item.scoring
    on = "attainment" if getattr(scoring, "kind", None) == "attainment" else getattr(scoring, "on", "value")
    if on not in _VIEWS or found.view is None:
        return ""
    zh, en, _ = _VIEWS[on]
    if on == "attainment" and found.view >= FAR_BEYOND:
        return "没有一点，完全达到目标" if lang == "zh" else "none at all, the target fully reached"
    unit: Unit = "rate" if on == "attainment" else _view_unit(found)
    said = f"{zh if lang == 'zh' else en} {amount(found.view, unit, lang)}"
    if found.target is None:
        return said
    # Part of a target for a count is no whole number.
    of = amount(found.target, "ratio" if found.item.unit == "count" and found.target.denominator != 1 else found.item.unit, lang)
    return f"{said}（目标 {of}）" if lang == "zh" else f"{said} (of {of})"


def line(found: Line, lang: Lang = "zh") -> str:
    """One item's working: figure, band, points, weight, line."""
    zh = lang == "zh"
    stop = "；" if zh else "; "
    said = f"{title(found.item, lang)}{'：' if zh else ': '}{looked_at(found, lang)}"
    small = _small(found, lang)
    if small:
        said += f"（{small}）" if zh else f" ({small})"
    if found.treatment in ("skip", "block", "gated"):
        return said + stop + _treated(found, lang)
    return stop.join(one for one in (said, landed(found, lang), _treated(found, lang), _sum(found, lang)) if one)


def looked_at(found: Line, lang: Lang = "zh") -> str:
    """The figures of a line; of a composite each by name and then the number made of them; of parts each with what it gave."""
    if found.parts:
        return (" + " if found.treatment == "count" else "、").join(_part(one, lang) for one in found.parts)
    return _looked_at(found, lang)


def landed(found: Line, lang: Lang = "zh") -> str:
    """What was looked at instead of the figure itself, the band it fell into, the place; empty where the scoring has none of these."""
    return ("；" if lang == "zh" else "; ").join(one for one in (_viewed(found, lang), band_of(found, lang), _ranked(found, lang)) if one)


def remark(found: Line, lang: Lang = "zh") -> str:
    """That the sample is small, and what was done instead of scoring; empty for a line scored as usual."""
    return ("；" if lang == "zh" else "; ").join(one for one in (_small(found, lang), _treated(found, lang)) if one)


def _small(found: Line, lang: Lang) -> str:
    if not found.marked or not isinstance(found.item.minimum_sample, int):
        return ""
    sample, least = part(found.sample or 0), found.item.minimum_sample
    return f"样本 {sample}，少于 {least}" if lang == "zh" else f"sample of {sample}, fewer than {least}"


def _treated(found: Line, lang: Lang) -> str:
    own = isinstance(found.item, Item) and found.item.extra is not None
    said = {
        "skip": ("不加不减", "neither added nor taken off")
        if own
        else ("不计，权重分给其他项", "left out, its weight goes to the other items"),
        "block": ("不出总分", "no total"),
        "zero": ("按 0 分计", "counted as 0"),
        "full": ("按满分计", "counted as full"),
        "gated": ("门槛没过，0 分", "a gate was not passed, 0 points"),
    }
    return said[found.treatment][0 if lang == "zh" else 1] if found.treatment in said else ""


def _part(found: Line, lang: Lang) -> str:
    """A part of an item: `30秒应答率 162 ÷ 438 = 36.99 % 得 60 × 40`."""
    name = f"{title(found.item, lang)} {_looked_at(found, lang)}"
    if found.scored is None:
        return f"{name}（不计）" if lang == "zh" else f"{name} (left out)"
    scored = number(found.scored)
    return f"{name} {scored} 分 × {plain(found.weight)} %" if lang == "zh" else f"{name}, {scored} points × {plain(found.weight)} %"


def _ranked(found: Line, lang: Lang) -> str:
    if found.rank is None:
        return ""
    return f"第 {found.rank} 名" if lang == "zh" else f"place {found.rank}"


def _sum(found: Line, lang: Lang) -> str:
    scored, weight, out_of = found.scored or Fraction(0), found.weight, found.item.out_of
    points = plain(found.points) if found.points is not None else "0"
    unit = " 分" if lang == "zh" else ""
    extra = isinstance(found.item, Item) and found.item.extra is not None
    if weight == out_of or extra:
        return f"{points}{unit}" if lang == "zh" else f"{points} points"
    end = "" if lang == "zh" else " points"
    return f"{number(scored)}{unit} × {plain(weight)} ÷ {plain(out_of)} = {points}{unit}{end}"


def reason(found: Reason, lang: Lang = "zh") -> str:
    """Why an agent has no place."""
    if found.kind == "no_figures":
        return "没有任何一项的数据" if lang == "zh" else "no figure of any item"
    if found.kind == "vetoed":
        return "一票否决，不排名" if lang == "zh" else "a veto takes the place away"
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
    metric = (found.metric or "").split("+")[0]
    name, least = metric_name(metric, lang), edge(wanted, unit_of(metric), lang)
    had = "无数据" if lang == "zh" else "no data"
    if found.found is not None:
        had = amount(found.found, unit_of(metric), lang, (wanted,))
    return f"{name} {had}，少于排名要求的 {least}" if lang == "zh" else f"{name} {had}, less than the {least} a place asks for"


_LIMITS = {
    "at_least": ("不少于", "at least"),
    "above": ("大于", "more than"),
    "at_most": ("不多于", "at most"),
    "below": ("小于", "less than"),
}


class Answered(NamedTuple):
    """What a gate or a veto asked, what the figure was, what follows, each in words."""

    name: str
    had: str
    asked: str
    outcome: str


def answered(found: Answer, lang: Lang = "zh") -> Answered:
    """A gate or a veto in words, piece by piece."""
    condition = found.condition
    name, (zh, en) = next((key, said) for key, said in _LIMITS.items() if getattr(condition, key) is not None)
    limit: Decimal = getattr(condition, name)
    unit = condition.unit
    asked = f"{zh if lang == 'zh' else en} {edge(limit, unit, lang)}"
    if found.limit != limit and limit:
        share = found.limit / Fraction(limit)
        part_of = f"{share.numerator}/{share.denominator}"
        # In full: a limit that was rounded could be shown on the wrong side of the figure.
        asked += f" × {'在岗天数占' if lang == 'zh' else 'share of days'} {part_of} = {amount(found.limit, 'ratio' if unit == 'count' else unit, lang)}"
        limit = Decimal(found.limit.numerator) / Decimal(found.limit.denominator)
    had = "无数据" if lang == "zh" else "no data"
    if found.value is not None:
        had = figure(found.figures[0], lang, (limit,)) if len(found.figures) == 1 else amount(found.value, unit, lang, (limit,))
    if isinstance(condition, Veto):
        outcome = "成立" if lang == "zh" else "holds"
    elif found.status in ("missing", "small_sample"):
        why = ("无数据" if found.status == "missing" else "样本不够") if lang == "zh" else found.status.replace("_", " ")
        outcome = (
            (f"{why}，按{'通过' if found.passed else '不通过'}算") if lang == "zh" else f"{why}: {'passed' if found.passed else 'failed'}"
        )
    else:
        outcome = ("通过" if found.passed else "没通过") if lang == "zh" else ("passed" if found.passed else "not passed")
    return Answered(title(condition, lang), had, asked, outcome)


def answer(found: Answer, lang: Lang = "zh") -> str:
    """What a gate or a veto asked, what the figure was, what follows, as a sentence."""
    name, had, asked, outcome = answered(found, lang)
    comma = "，" if lang == "zh" else ", "
    return f"{name}{'：' if lang == 'zh' else ': '}{had}{comma}{'要求' if lang == 'zh' else 'asked for '}{asked}{comma}{outcome}"


def podium(found: Podium, lang: Lang = "zh") -> str:
    """One factor of a PK: value, place, prize."""
    name, value = factor_title(found.factor, lang), value_of(found.factor, found.value, lang)
    if found.place is None:
        why = ("样本不够" if found.small else "不参加") if lang == "zh" else ("sample too small" if found.small else "does not take part")
        if found.vetoed:
            why = "一票否决，不参加" if lang == "zh" else "vetoed, does not take part"
        return f"{name}：{value}；{why}" if lang == "zh" else f"{name}: {value}; {why}"
    tie = "" if found.tied == 1 else (f"（{found.tied} 人并列）" if lang == "zh" else f" ({found.tied} share it)")
    said = f"{name}：{value}；第 {found.place} 名{tie}" if lang == "zh" else f"{name}: {value}; place {found.place}{tie}"
    if not found.prize:
        return said
    yuan = f"{rounded(found.prize, 2):,f}"
    return f"{said}；奖金 {yuan} 元" if lang == "zh" else f"{said}; prize {yuan} yuan"


def statement(found: Statement, appraisal: Appraisal, lang: Lang = "zh") -> list[str]:
    """The whole statement, a sentence a line: gates, every item, the total, the grade, the place or why there is none, PK, pay."""
    zh = lang == "zh"
    said = []
    if found.first is not None and found.last is not None and found.share != 1:
        said.append(f"评的是 {found.first} 至 {found.last} 这一段" if zh else f"Judged for {found.first} to {found.last}")
    said += [("门槛 " if zh else "Gate: ") + answer(one, lang) for one in found.gates]
    said += [("一票否决 " if zh else "Veto: ") + answer(one, lang) for one in found.vetoes]
    said += [line(one, lang) for one in found.lines]
    if found.points is not None:
        full = plain(appraisal.scheme.full)
        if found.start:
            said.append(f"起始分 {plain(found.start)}" if zh else f"Begins with {plain(found.start)}")
        if found.cut:
            said.append(f"封顶、保底或否决 {found.cut:+f}" if zh else f"Cap, floor or veto {found.cut:+f}")
        said.append(f"总分 {found.points}（满分 {full}）" if zh else f"Total {found.points} (of {full})")
    if found.grading is not None:
        grade = found.grading.title.text(lang) if found.grading.title is not None else found.grading.name
        said.append(f"等级 {grade}" if zh else f"Grade {grade}")
    if found.place is not None:
        count = int((appraisal.found.totals.place > 0).sum())
        said.append(f"第 {found.place} 名，共 {count} 人" if zh else f"Place {found.place} of {count}")
    elif found.reasons:
        why = ("；" if zh else "; ").join(reason(one, lang) for one in found.reasons)
        said.append(f"不排名：{why}" if zh else f"No place: {why}")
    said += [podium(one, lang) for one in found.podium.values()]
    said += [paid(one, lang) for one in found.pay_lines]
    if found.pay is not None:
        said.append(f"应发合计 {found.pay:,f} 元" if zh else f"Pay {found.pay:,f} yuan")
    elif found.pay_lines:
        said.append("应发：缺数据，算不出（见上）" if zh else "Pay: can not be said without the figures missing above")
    return said
