"""Compliance: each rule of the pack in force, judged for every shop and day, with how far it was missed and what follows (SEMANTICS §7).

A figure is summed over the rule's days, never a mean of days. Shares are compared as exact fractions, so that 50 % of 100 is 50 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import polars as pl

from kaohe.metrics import exempt
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.events import EventExplanation
from kaohe.metrics.explain import Explanation, explain
from kaohe.metrics.figures import figures
from kaohe.metrics.source import Source
from kaohe.model.days import days
from kaohe.packs.pack import ComplianceRule, Version

WHY: Mapping[str, tuple[str, str]] = {
    "exempt": ("免考核日", "an exempt day"),
    "small_sample": ("样本不足，规则不适用", "too small a sample; the rule does not apply"),
    "no_sample": ("样本指标没有数据", "the sample's metric has no data"),
    "no_data": ("没有可计的数据", "nothing to count"),
    "last_day": ("最后一天，之后的回复还没有导入", "the last day: later replies are not imported yet"),
    "not_final": ("平台的数还会变", "the platform's figures may still change"),
}
"""Why a rule was not judged, or why its verdict is provisional, in Chinese and English."""

SCHEMA: dict[str, pl.DataType] = {
    "shop_id": pl.String(),
    "day": pl.Date(),
    "first_day": pl.Date(),
    "pack": pl.String(),
    "rule": pl.String(),
    "title_zh": pl.String(),
    "title_en": pl.String(),
    "metric": pl.String(),
    "unit": pl.String(),
    "verdict": pl.String(),
    "provisional": pl.Boolean(),
    "partial": pl.Boolean(),
    "why": pl.String(),
    "note": pl.String(),
    "value": pl.Float64(),
    "threshold": pl.Float64(),
    "direction": pl.String(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "sample": pl.Float64(),
    "sample_needed": pl.Int64(),
    "cases": pl.Int64(),
    "gap": pl.Float64(),
    "consequence_zh": pl.String(),
    "consequence_en": pl.String(),
    "source": pl.String(),
    "certainty": pl.String(),
    "editable": pl.Boolean(),
}
"""One row per shop, day and rule. `day` is the last of the rule's days, `first_day` the first. `verdict` is `pass`, `fail` or `not_applicable`, `provisional` whether
it may still change, `partial` whether data begin only within the rule's days, `why` a key of `WHY`, `note` the reason of an exempt day. `cases`: of a share, how many
more of the denominator would have had to be otherwise for it to pass; when it passes, how many could have gone wrong, as a negative number.
`gap`: how far the value is from the threshold on the wrong side, in the metric's unit; negative on the right side."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule with the pack it stands in, as it is judged for one shop on one day."""

    pack: str
    rule: ComplianceRule

    @property
    def span(self) -> int:
        """How many days are summed up."""
        return self.rule.days if self.rule.scope == "trailing_days" and self.rule.days is not None else 1


Versions = Callable[[str, date], tuple[str, Version]]
"""The name of a shop's pack and the version in force on a day."""


def compliance(
    source: Source, versions: Versions, first: date, last: date, shops: Collection[str] | None = None, rules: Collection[str] | None = None
) -> pl.DataFrame:
    """Verdicts (`SCHEMA`) on the days from `first` to `last`, both included, of all shops or some, by all rules or some ids.

    Each day is judged by the version in force on it. A day before a shop's first message or order is not there. Sorted by shop, day and the order of
    the rules in the pack.
    """
    wanted = [shop for shop in sorted(source.zones) if shops is None or shop in shops]
    due = [
        (shop, day, Judged(pack, rule))
        for shop in wanted
        for day in days(first, last)
        for pack, version in [versions(shop, day)]
        for rule in version.rules
        if rules is None or rule.id in rules
    ]
    if not due:
        return pl.DataFrame(schema=SCHEMA)
    sums = _Sums(source, first - timedelta(days=max(judged.span for *_, judged in due) - 1), last, [judged.rule for *_, judged in due])
    rows = [row for shop, day, judged in due for row in _rows(sums, shop, day, judged)]
    return pl.DataFrame(rows, schema=SCHEMA)


class _Sums:
    """What the rules need of every shop and day, read once."""

    def __init__(self, source: Source, first: date, last: date, rules: Collection[ComplianceRule]) -> None:
        self.source = source
        self.last_day = source.last_day
        self.begun = _begun(source)
        off = exempt.exempt_days(source)
        self.exempt = {(shop, day): reason for shop, day, reason in off.select("shop_id", "day", "reason").iter_rows()}
        self._daily: dict[tuple[str, str | None], dict[tuple[str, date], tuple[float | None, float | None, float | None]]] = {}
        by_unit: dict[str | None, set[str]] = {}
        for rule in rules:
            by_unit.setdefault(rule.unit, set()).add(rule.metric)
            if rule.minimum_sample is not None:
                by_unit.setdefault(None, set()).add(rule.minimum_sample.metric)
        for unit, metrics in by_unit.items():
            found = figures(in_unit(source, unit), by=("shop", "day"), first=first, last=last, metrics=sorted(metrics))
            for row in found.select("metric", "shop_id", "day", "numerator", "denominator", "value").iter_rows():
                self._daily.setdefault((row[0], unit), {})[row[1], row[2]] = row[3:]

    def over(self, metric: str, unit: str | None, shop: str, first: date, last: date) -> tuple[Fraction | None, Fraction | None]:
        """Numerator and denominator of a metric over days; both None where nothing was counted. A metric that can not be summed gives its value over one."""
        daily = self._daily.get((metric, unit), {})
        found = [daily[shop, day] for day in days(first, last) if (shop, day) in daily]
        if CATALOGUE[metric].quantile is not None:
            value = found[-1][2] if found and first == last else None
            return (None, None) if value is None else (exact(value), Fraction(1))
        tops = [exact(top) for top, *_ in found if top is not None]
        if CATALOGUE[metric].under is None:
            return (sum(tops, Fraction(0)), Fraction(1)) if tops else (None, None)
        return (
            (sum(tops, Fraction(0)), sum((exact(bottom) for _, bottom, _ in found if bottom is not None), Fraction(0)))
            if tops
            else (None, None)
        )


def in_unit(source: Source, unit: str | None) -> Source:
    """The same source with another unit for the 3-minute figure; the same for None."""
    if unit is None:
        return source

    def parameters(shop: str, day: date) -> object:
        return source.parameters(shop, day).model_copy(update={"unit": unit})

    return replace(source, parameters=parameters, rules=None if source.rules is None else f"{source.rules}:{unit}")  # type: ignore[arg-type]


def exact(value: float) -> Fraction:
    """A figure as the decimal it stands for: sums of microseconds divided by a million are not whole in binary."""
    return Fraction(Decimal(repr(value)))


def _begun(source: Source) -> dict[str, date]:
    """The first day of every shop with messages or orders."""
    found: dict[str, date] = {}
    for piece in source.facts.slices():
        for shop in piece.shops:
            found[shop] = min(found.get(shop, piece.day), piece.day)
    for shop, day in source.orders.group_by("shop_id").agg(pl.min("created_day")).iter_rows():
        found[shop] = min(found.get(shop, day), day)
    return found


def _rows(sums: _Sums, shop: str, day: date, judged: Judged) -> Iterator[dict[str, object]]:
    rule = judged.rule
    first = day - timedelta(days=judged.span - 1)
    begun = sums.begun.get(shop)
    if begun is None or day < begun or day > sums.last_day:
        return
    top, bottom = sums.over(rule.metric, rule.unit, shop, first, day)
    sample, needed = None, None
    if rule.minimum_sample is not None:
        needed = rule.minimum_sample.at_least
        sample, _ = sums.over(rule.minimum_sample.metric, None, shop, first, day)
    else:
        sample = bottom if CATALOGUE[rule.metric].sampled else None
    verdict, why, note = "", None, None
    value = top / bottom if top is not None and bottom else None
    if (shop, day) in sums.exempt:
        verdict, why, note = "not_applicable", "exempt", sums.exempt[shop, day]
    elif rule.minimum_sample is not None and sample is None:
        verdict, why = "not_applicable", "no_sample" if value is not None else "no_data"
    elif value is None:
        verdict, why = "not_applicable", "no_data"
    elif needed is not None and sample is not None and sample < needed:
        verdict, why = "not_applicable", "small_sample"
    threshold = Fraction(rule.threshold)
    cases, gap = None, None
    if value is not None:
        gap = threshold - value if rule.direction == "at_least" else value - threshold
        if CATALOGUE[rule.metric].unit == "rate" and top is not None and bottom is not None:
            cases = missing(top, bottom, threshold, rule.direction)
    provisional = False
    if not verdict and gap is not None:
        verdict = "pass" if gap <= 0 else "fail"
        if day == sums.last_day:
            provisional, why = True, "last_day"
        elif CATALOGUE[rule.metric].unit == "yuan" or rule.metric in SALES:
            final = sums.source.parameters(shop, day).sales_final_after_days
            if day > sums.last_day - timedelta(days=final):
                provisional, why = True, "not_final"
    yield {
        "shop_id": shop,
        "day": day,
        "first_day": first,
        "pack": judged.pack,
        "rule": rule.id,
        "title_zh": rule.title.zh,
        "title_en": rule.title.en,
        "metric": rule.metric,
        "unit": rule.unit or (sums.source.parameters(shop, day).unit if rule.metric == "reply_rate_3min" else None),
        "verdict": verdict,
        "provisional": provisional,
        "partial": judged.span > 1 and first < begun,
        "why": why,
        "note": note,
        "value": None if value is None else float(value),
        "threshold": float(rule.threshold),
        "direction": rule.direction,
        "numerator": None if top is None or CATALOGUE[rule.metric].quantile is not None else float(top),
        "denominator": None if bottom is None or CATALOGUE[rule.metric].under is None else float(bottom),
        "sample": None if sample is None else float(sample),
        "sample_needed": needed,
        "cases": cases,
        "gap": None if gap is None else float(gap),
        "consequence_zh": rule.consequence.zh,
        "consequence_en": rule.consequence.en,
        "source": rule.source,
        "certainty": rule.certainty,
        "editable": rule.editable,
    }


SALES = ("inquiries", "converted_inquiries", "inquiry_conversion", "order_conversion", "refund_rate", "return_rate", "orders", "buyers")
"""Figures that rest on orders, which platforms revise for some days, beside those in yuan."""


def missing(numerator: Fraction, denominator: Fraction, threshold: Fraction, direction: str) -> int:
    """How many more cases of the denominator must be otherwise for a share to reach the threshold; when it does, how many could still go wrong, negative.

    >>> missing(Fraction(47), Fraction(100), Fraction(1, 2), "at_least"), missing(Fraction(50), Fraction(100), Fraction(1, 2), "at_least")
    (3, 0)
    >>> missing(Fraction(6), Fraction(100), Fraction(5, 100), "at_most"), missing(Fraction(2), Fraction(100), Fraction(5, 100), "at_most")
    (1, -3)
    """
    short = threshold * denominator - numerator if direction == "at_least" else numerator - threshold * denominator
    return math.ceil(short)


def failing(source: Source, versions: Versions, row: Mapping[str, object]) -> pl.DataFrame:
    """The cases that spoilt one verdict, a row of `compliance`: shop_id, rule, day, buyer_id, at (local), wait_seconds, counted_for, subject, reason.

    Of figures of replies the messages that were not answered in time, of their contacts; of others the events in question. Empty for figures without evidence.
    """
    shop, day, first = row["shop_id"], row["day"], row["first_day"]
    assert isinstance(shop, str)
    assert isinstance(day, date)
    assert isinstance(first, date)
    metric = CATALOGUE[str(row["metric"])]
    if metric.evidence == "none":
        return pl.DataFrame(schema=FAILING)
    _, version = versions(shop, day)
    rule = next(rule for rule in version.rules if rule.id == row["rule"])
    told = explain(in_unit(source, rule.unit), metric.id, shop=shop, agent=None, first=first, last=day)
    higher = rule.direction == "at_least"
    lines = told.lines.filter(pl.col("counted"), ~pl.col("met") if higher else pl.col("met"))
    if isinstance(told, EventExplanation):
        lines = lines.with_columns(wait_seconds=pl.lit(None, pl.Float64))
    elif isinstance(told, Explanation):
        lines = lines.with_columns(at="sent_at", subject=pl.coalesce("session_id", "buyer_id"))
    return lines.select(
        pl.lit(shop).alias("shop_id"),
        pl.lit(rule.id).alias("rule"),
        *(pl.col(name).cast(dtype) for name, dtype in FAILING.items() if name not in ("shop_id", "rule")),
    ).sort("day", "buyer_id", "at", nulls_last=True)


FAILING: dict[str, pl.DataType] = {
    "shop_id": pl.String(),
    "rule": pl.String(),
    "day": pl.Date(),
    "buyer_id": pl.String(),
    "at": pl.Datetime("us"),
    "wait_seconds": pl.Float64(),
    "counted_for": pl.String(),
    "subject": pl.String(),
    "reason": pl.String(),
}
"""Columns of `failing`."""
