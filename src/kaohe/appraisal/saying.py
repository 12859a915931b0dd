"""Names and numbers as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from kaohe.appraisal.conditions import Condition
from kaohe.appraisal.exact import fraction, plain, shown
from kaohe.appraisal.measures import Subject
from kaohe.appraisal.scheme import Item, Part
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE, Unit
from kaohe.model.reported import REPORTED

_UNITS = {
    "seconds": (" 秒", " s"),
    "count": ("", ""),
    "ratio": ("", ""),
    "chars": (" 字", " characters"),
    "yuan": (" 元", " yuan"),
    "hours": (" 小时", " h"),
    "score": ("", ""),
    "days": (" 天", " days"),
}


def metric_name(metric: str, lang: Lang = "zh") -> str:
    """What a metric of the catalogue or a reported figure is called."""
    known = CATALOGUE.get(metric) or REPORTED[metric]
    return known.zh if lang == "zh" else known.en


_JOINED = {"ratio": " ÷ ", "sum": " + ", "difference": " − "}


def subject_name(subject: Subject, lang: Lang = "zh") -> str:
    """A metric's name, or those of a composite with what is done to them."""
    names = [metric_name(metric, lang) for metric in subject.metrics]
    if subject.composite is None:
        return names[0]
    if subject.composite.kind == "mean":
        return f"{'、'.join(names)}的平均" if lang == "zh" else f"mean of {', '.join(names)}"
    return _JOINED[subject.composite.kind].join(names)


def item_title(item: Item | Part | Condition, lang: Lang = "zh") -> str:
    """What an item or a condition is called: its own title, else its metrics'."""
    if item.title is not None:
        return item.title.text(lang)
    return subject_name(item, lang) if item.composite is not None or item.metric is not None else item.key


def amount(value: Fraction, unit: Unit, lang: Lang = "zh", edges: Sequence[Decimal] = ()) -> str:
    """A figure as people read it, with as many decimals as it takes not to show it on the wrong side of an edge."""
    if unit == "rate":
        return shown(value * 100, [edge.scaleb(2) for edge in edges]) + " %"
    zh, en = _UNITS[unit]
    places = 0 if unit == "count" else 2
    return shown(value, edges, places=places) + (zh if lang == "zh" else en)


def edge(value: Decimal, unit: Unit, lang: Lang) -> str:
    """The end of a band, in full."""
    if unit == "rate":
        return plain(value.scaleb(2)) + " %"
    zh, en = _UNITS[unit]
    return plain(value) + (zh if lang == "zh" else en)


def value_of(subject: Subject, value: Fraction | None, lang: Lang = "zh") -> str:
    """The number of a subject in its unit, or that there is none."""
    if value is None:
        return "无数据" if lang == "zh" else "no data"
    return amount(value, subject.unit, lang)


def part(value: float) -> str:
    """A numerator or denominator."""
    exact = fraction(value)
    return f"{exact.numerator:,}" if exact.denominator == 1 else shown(exact)


@lru_cache(maxsize=4096)
def number(value: Fraction) -> str:
    """A plain number of at most four decimals.

    >>> number(Fraction(60)), number(Fraction(1, 3))
    ('60', '0.3333')
    """
    text = shown(value, places=4)
    return text.rstrip("0").rstrip(".")
