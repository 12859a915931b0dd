"""One person's statement: headline numbers, the items line by line, gates, podiums and pay, as tables that add up, and all of it in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from kaohe.appraisal import Appraisal, Line, Statement, words
from kaohe.appraisal.exact import fraction, plain
from kaohe.appraisal.figures import Figure
from kaohe.errors import Lang
from kaohe.metrics import intervals
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.reports.appraisals import scheme_line
from kaohe.reports.cells import shown
from kaohe.reports.pairs import Pair
from kaohe.reports.persons import position, stretch
from kaohe.reports.tables import NOTHING, Column, Sheet

FACTS = Pair("考核单", "Statement")
ITEMS = Pair("得分", "Points")
REQUIREMENTS = Pair("门槛与否决", "Gates and vetoes")
PODIUMS = Pair("PK", "PK")
PAY = Pair("工资", "Pay")
WORDS = Pair("计算过程", "The working")

_BLANK = Pair("", "")
_START, _CUT = Pair("起始分", "begins with"), Pair("封顶、保底或否决", "cap, floor or veto")
_TOTAL, _PAYABLE = Pair("总分", "total"), Pair("应发合计", "pay")
_GATE, _VETO = Pair("门槛", "gate"), Pair("一票否决", "veto")


@dataclass(frozen=True, slots=True)
class Fact:
    """A headline: what it is, and what is to be read, large."""

    label: Pair
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A statement ready to be drawn: who, for which days (`partial`: not the whole period), headlines, why there is no place, tables, sentences, days left out."""

    who: str
    position: str
    stretch: str
    partial: bool
    facts: tuple[Fact, ...]
    reason: str
    sheets: tuple[Sheet, ...]
    sentences: tuple[str, ...]
    notes: tuple[Pair, ...] = ()


def shown_statement(one: Statement, result: Appraisal, who: str, lang: Lang, notes: tuple[Pair, ...] = ()) -> Shown:
    """Everything a page about one person says. `who` is what he is called among the others, `notes` what is said at its foot."""
    listed = (items(one, result, lang), requirements(one, lang), podiums(one, lang), pay(one, lang))
    reason = ("；" if lang == "zh" else "; ").join(words.reason(found, lang) for found in one.reasons)
    return Shown(
        who,
        position(one, lang),
        stretch(one, result.period, lang),
        one.first is not None or one.last is not None,
        tuple(facts(one, result, lang)),
        reason if result.scheme.items else "",
        tuple(sheet for sheet in listed if sheet is not None),
        tuple(words.statement(one, result, lang)),
        notes,
    )


def facts(one: Statement, result: Appraisal, lang: Lang) -> list[Fact]:
    """Total of full marks, grade, place among how many, pay; what the scheme does not have is left out."""
    scheme, nothing = result.scheme, NOTHING.text(lang)
    found = []
    if scheme.items:
        points = nothing if one.points is None else f"{plain(one.points)} / {plain(scheme.full)}"
        found.append(Fact(Pair("总分", "points"), points))
    if scheme.grades is not None:
        title = None if one.grading is None or one.grading.title is None else one.grading.title.text(lang)
        found.append(Fact(Pair("等级", "grade"), title or one.grade or nothing))
    if scheme.items:
        count = int((result.found.totals.place > 0).sum())
        found.append(Fact(Pair("名次", "place"), nothing if one.place is None else f"{one.place} / {count}"))
    if scheme.pay is not None:
        pay = nothing if one.pay is None else shown(one.pay, "money", lang)
        found.append(Fact(Pair("应发（元）", "pay (yuan)"), pay))
    return found


def facts_of(found: Shown) -> list[tuple[Pair, str]]:
    """The head of a statement: who, position, days, headlines, why there is no place; what is not known is left out."""
    rows = [
        (Pair("客服", "agent"), found.who),
        (Pair("小组与岗位", "group and role"), found.position),
        (Pair("考核期", "period"), found.stretch),
    ]
    rows += [(fact.label, fact.text) for fact in found.facts]
    rows.append((Pair("不排名", "no place"), found.reason))
    return [(label, text) for label, text in rows if text]


def facts_sheet(found: Shown, result: Appraisal, lang: Lang) -> Sheet:
    """The head of a statement as a table."""
    listed = [(label.text(lang), text) for label, text in facts_of(found)]
    columns = (Column("item", "项目", "item"), Column("content", "内容", "content"))
    return Sheet(FACTS, columns, pl.DataFrame(listed, schema=["item", "content"], orient="row"), (scheme_line(result),))


def items(one: Statement, result: Appraisal, lang: Lang) -> Sheet | None:
    """One row per item: the figure and its interval, the band, points × weight = line; the lines add up to the total. None where the scheme has no items."""
    scheme = result.scheme
    if not scheme.items:
        return None
    rows: list[dict[str, Any]] = [_item(line, lang) for line in one.lines]
    if one.start:
        rows.append({"item": _START.text(lang), "points": one.start})
    if one.points is not None and one.cut:
        rows.append({"item": _CUT.text(lang), "points": one.cut})
    text, points = pl.String(), pl.Decimal(18, 6)
    schema = dict.fromkeys(("item", "figure", "interval", "landed"), text) | {"scored": pl.Float64(), "weight": points, "points": points}
    frame = pl.DataFrame(rows, schema=schema | {"remark": text}, orient="row")
    by_weight = any(item.weight is not None for item in scheme.items)
    columns = [
        Column("item", "考核项", "item"),
        Column("figure", "数据", "figure", null=_BLANK),
        Column("interval", "95 % 区间", "95 % interval", null=_BLANK),
        Column("landed", "落在", "band", null=_BLANK),
        # Where an item is worth points, what it is scored and the line are the same.
        *(
            (Column("scored", "得分（百分制）", "of 100", "points", null=_BLANK), Column("weight", "权重", "weight", "points", null=_BLANK))
            * by_weight
        ),
        *((Column("weight", "满分", "full marks", "points", null=_BLANK),) * (not by_weight)),
        Column("points", "得分" if not by_weight else "计入总分", "points", "points"),
        Column("remark", "说明", "remark", null=_BLANK),
    ]
    optional = ("interval", "landed", "remark")
    wanted = tuple(column for column in columns if column.name not in optional or frame[column.name].is_not_null().any())
    total = {"item": _TOTAL.text(lang), "points": one.points}
    return Sheet(ITEMS, wanted, frame, total=total if one.points is not None else None)


def _item(line: Line, lang: Lang) -> dict[str, Any]:
    extra = getattr(line.item, "extra", None) is not None
    return {
        "item": words.title(line.item, lang),
        "figure": words.looked_at(line, lang),
        "interval": _interval(line, lang),
        "landed": words.landed(line, lang) or None,
        "scored": None if line.scored is None or extra else float(line.scored),
        "weight": None if extra or line.treatment in ("skip", "block") else line.weight,
        "points": line.points,
        "remark": words.remark(line, lang) or None,
    }


def _interval(line: Line, lang: Lang) -> str | None:
    """The 95 % interval of the one figure a line looks at, in its unit; None where there is none."""
    if len(line.figures) != 1:
        return None
    ends = _ends(line.figures[0])
    return None if ends is None else " – ".join(words.value_of(line.item, end, lang) for end in ends)


def _ends(figure: Figure) -> tuple[Fraction, Fraction] | None:
    if figure.low is not None and figure.high is not None:
        return fraction(figure.low), fraction(figure.high)
    metric = CATALOGUE.get(figure.metric)
    if metric is None or metric.unit != "rate" or not metric.sampled:
        return None
    ends = intervals.interval(figure.numerator, figure.denominator)
    return None if ends is None else (fraction(ends[0]), fraction(ends[1]))


def requirements(one: Statement, lang: Lang) -> Sheet | None:
    """One row per gate, and per veto that holds; None where there are neither."""
    rows = [(_GATE.text(lang), *words.answered(found, lang)) for found in one.gates]
    rows += [(_VETO.text(lang), *words.answered(found, lang)) for found in one.vetoes]
    if not rows:
        return None
    columns = (
        Column("kind", "种类", "kind"),
        Column("name", "名称", "name"),
        Column("had", "数据", "figure"),
        Column("asked", "要求", "asked for"),
        Column("outcome", "结果", "outcome"),
    )
    return Sheet(REQUIREMENTS, columns, pl.DataFrame(rows, schema=[column.name for column in columns], orient="row"))


def podiums(one: Statement, lang: Lang) -> Sheet | None:
    """One row per factor of the PK; None where there is no PK."""
    if not one.podium:
        return None
    rows = [
        (
            words.factor_title(found.factor, lang),
            words.value_of(found.factor, found.value, lang),
            found.place,
            found.tied,
            float(found.prize),
        )
        for found in one.podium.values()
    ]
    schema: dict[str, Any] = {"factor": pl.String, "value": pl.String, "place": pl.Int64, "tied": pl.Int64, "prize": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    columns = (
        Column("factor", "PK 因素", "factor"),
        Column("value", "数据", "figure"),
        Column("place", "名次", "place", "count"),
        *((Column("tied", "并列人数", "share it", "count"),) * bool((frame["tied"] > 1).any())),
        *((Column("prize", "奖金", "prize", "money"),) * bool((frame["prize"] > 0).any())),
    )
    return Sheet(PODIUMS, columns, frame)


def pay(one: Statement, lang: Lang) -> Sheet | None:
    """One row per line of pay, with how it came about; the lines add up to the pay. None where the scheme pays nothing."""
    if not one.pay_lines:
        return None
    rows = [(words.pay_title(paid, lang), words.working(paid, lang) or None, paid.amount) for paid in one.pay_lines]
    frame = pl.DataFrame(rows, schema={"line": pl.String, "working": pl.String, "amount": pl.Decimal(18, 2)}, orient="row")
    columns = (
        Column("line", "工资项", "line of pay"),
        Column("working", "怎样算", "how", null=_BLANK),
        Column("amount", "元", "yuan", "money"),
    )
    total = {"line": _PAYABLE.text(lang), "amount": one.pay}
    unsaid = Pair("缺数据，应发算不出。", "Pay can not be said without the figures that are missing.")
    return Sheet(PAY, columns, frame, () if one.pay is not None else (unsaid,), total)


def sentences_sheet(found: Shown) -> Sheet:
    """The working in sentences, a line each."""
    columns = (Column("sentence", "逐行", "line by line"),)
    return Sheet(WORDS, columns, pl.DataFrame({"sentence": list(found.sentences)}, schema={"sentence": pl.String}))
