"""Lines of pay in words: what was looked at, the rate, the yuan."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from kaohe.appraisal.exact import plain, shown
from kaohe.appraisal.pay_plan import (
    TOTAL,
    ByGrade,
    ByPk,
    ByPlace,
    Commission,
    DayRate,
    Fixed,
    PerPoint,
    PerUnitPay,
    Quantity,
    Tier,
)
from kaohe.appraisal.result import Looked, Paid
from kaohe.appraisal.saying import amount, item_title, number, part, subject_name, value_of
from kaohe.appraisal.scheme import Factor, Item
from kaohe.errors import Lang

_KINDS = {
    "fixed": ("固定工资", "Fixed pay"),
    "day_rate": ("日薪", "Daily pay"),
    "commission": ("提成", "Commission"),
    "per_unit": ("按次", "Per unit"),
    "tier": ("分档奖", "Tier"),
    "grade": ("等级奖", "Grade"),
    "place": ("名次奖", "Place"),
    "pk": ("PK 奖", "PK prizes"),
    "points": ("按分计酬", "Pay by points"),
    "floor": ("保底", "Floor"),
    "cap": ("封顶", "Cap"),
}


def pay_title(found: Paid, lang: Lang = "zh") -> str:
    """What a line of pay is called: its own title, else its kind's name."""
    if found.line is not None and found.line.title is not None:
        return found.line.title.text(lang)
    return kind_name(found.key if found.line is None else str(getattr(found.line, "kind", found.key)), lang)


def kind_name(kind: str, lang: Lang = "zh") -> str:
    """What a kind of line is called; `floor` and `cap` too."""
    zh, en = _KINDS[kind]
    return zh if lang == "zh" else en


def factor_title(factor: Factor, lang: Lang = "zh") -> str:
    """What a factor of a PK is called."""
    return factor.title.text(lang) if factor.title is not None else subject_name(factor, lang)


def looked_name(quantity: Quantity, lang: Lang = "zh", items: Sequence[Item] = ()) -> str:
    """What a line of pay looks at; `items` are those it takes points of, called by their titles rather than by what the file calls them."""
    zh = lang == "zh"
    if TOTAL in (quantity.points, quantity.share):
        if quantity.points is not None:
            return "总分" if zh else "total points"
        return "总分得分率" if zh else "share of full marks"
    if quantity.metrics:
        return subject_name(quantity, lang)
    named = [item_title(item, lang) for item in items] or [quantity.points or quantity.share or quantity.item or ""]
    of = f"“{'、'.join(named)}”" if zh else ", ".join(named)
    if quantity.share is not None:
        return f"{of}得分率" if zh else f"share of full marks of {of}"
    return f"{of}得分" if zh else f"points of {of}"


def _looked(found: Looked, lang: Lang) -> str:
    """Name and value: `去退销售额 15,000.00 元`; of a rate its parts as well."""
    quantity = found.quantity
    name = looked_name(quantity, lang, found.items)
    if found.value is None:
        return f"{name} 无数据" if lang == "zh" else f"{name}: no data"
    if quantity.share is not None:
        return f"{name} {amount(found.value, 'rate', lang)}"
    if quantity.points is not None or quantity.item is not None:
        return f"{name} {number(found.value)}"
    said = value_of(quantity, found.value, lang)
    if len(found.figures) == 1 and found.figures[0].denominator is not None and found.figures[0].numerator is not None:
        said = f"{part(found.figures[0].numerator)} ÷ {part(found.figures[0].denominator)} = {said}"
    if any(figure.origin == "reported" for figure in found.figures):
        said += "（平台报表）" if lang == "zh" else " (as the platform reports)"
    return f"{name} {said}"


def yuan(value: Fraction | Decimal) -> str:
    """Yuan with two decimals, or as many as it takes up to four where there are more.

    >>> yuan(Fraction(3780)), yuan(Fraction(1, 3)), yuan(Decimal("-12.50"))
    ('3,780.00', '0.3333', '-12.50')
    """
    exact = Fraction(value)
    places = next((at for at in (2, 3) if (exact * 10**at).denominator == 1), 4)
    return shown(exact, places=places)


def paid(found: Paid, lang: Lang = "zh") -> str:
    """One line of pay: `提成：去退销售额 15,000.00 元；10,000.00 × 1 % + 5,000.00 × 2 % = 200.00；200.00 元`."""
    zh = lang == "zh"
    said = [working(found, lang)]
    if found.line is None or not found.missing:
        said.append(_end(found.amount, lang))
    return f"{pay_title(found, lang)}{'：' if zh else ': '}{('；' if zh else '; ').join(one for one in said if one)}"


def working(found: Paid, lang: Lang = "zh") -> str:
    """How a line of pay came about, without its name and amount; empty for the line that brings pay to its floor or cap."""
    zh = lang == "zh"
    stop = "；" if zh else "; "
    if found.line is None:
        return ""
    if found.missing:
        named = stop.join(_looked(one, lang) for one in found.looked if one.value is None)
        what = named or ("没有等级" if zh else "no grade")
        block = found.line.missing == "block" and not found.gated
        return what + stop + (("算不出" if zh else "can not be said") if block else ("按 0 元计" if zh else "counted as nothing"))
    parts = [_looked(one, lang) for one in found.looked]
    parts.append(_gross(found, lang))
    if found.gross is not None:
        running = found.gross
        if found.coefficient is not None:
            running *= found.coefficient
            parts.append(f"× {'等级系数' if zh else 'coefficient'} {number(found.coefficient)}")
        if found.share is not None and found.share != 1:
            running *= found.share
            parts.append(f"× {'在岗天数占' if zh else 'share of days'} {found.share.numerator}/{found.share.denominator}")
        if found.exact is not None and found.exact != running:
            parts.append("到本行的保底或封顶" if zh else "brought to this line's end")
    if found.gated:
        parts.append("门槛没过，不发" if zh else "a gate was not passed, not paid")
    return stop.join(one for one in parts if one)


def _end(value: Decimal, lang: Lang) -> str:
    return f"{yuan(value)} 元" if lang == "zh" else f"{yuan(value)} yuan"


def _percent(rate: Fraction) -> str:
    return f"{number(rate * 100)} %"


def _gross(found: Paid, lang: Lang) -> str:
    """How the amount before coefficient and days came about."""
    line, gross = found.line, found.gross or Fraction(0)
    values = [one.value or Fraction(0) for one in found.looked]
    if isinstance(line, DayRate):
        per_day = gross / values[0] if values[0] else Fraction(line.amount or 0)
        return f"{yuan(per_day)} × {number(values[0])} = {yuan(gross)}"
    if isinstance(line, Commission):
        return _commission(line, found, lang)
    if isinstance(line, PerUnitPay):
        free = f"（{'超过' if lang == 'zh' else 'beyond'} {plain(line.free)}）" if line.free else ""
        units = gross / Fraction(line.amount) if line.amount else Fraction(0)
        return f"{number(units)}{free} × {yuan(line.amount)} = {yuan(gross)}"
    if isinstance(line, PerPoint):
        return f"{number(values[0])} × {yuan(line.amount)} = {yuan(gross)}"
    if isinstance(line, ByPlace):
        tie = (f"（{found.tied} 人并列）" if lang == "zh" else f" ({found.tied} share it)") if found.tied > 1 else ""
        return yuan(gross) + tie
    if isinstance(line, ByPk):
        won = [one for one in found.podiums if one.prize]
        return (" + ").join(f"{factor_title(one.factor, lang)} {yuan(one.prize)}" for one in won) or yuan(gross)
    if isinstance(line, Tier | Fixed | ByGrade):
        return yuan(gross)
    return ""


def _commission(line: Commission, found: Paid, lang: Lang) -> str:
    gross, amount_of = found.gross or Fraction(0), found.looked[0].value or Fraction(0)
    times = found.looked[-1].value if line.times is not None else None
    if found.steps:
        slices = " + ".join(f"{yuan(step.amount)} × {_percent(step.rate)}" for step in found.steps)
    elif not amount_of:
        return yuan(gross)
    else:
        rate = Fraction(getattr(found.band, "rate", 0))
        slices = f"{yuan(amount_of)} × {_percent(rate)}"
    if times is not None:
        slices = f"({slices}) × {number(times)}" if len(found.steps) > 1 else f"{slices} × {number(times)}"
    return f"{slices} = {yuan(gross)}"
