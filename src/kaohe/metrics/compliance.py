"""Compliance: each rule of the pack in force, judged for every shop and day, with how far it was missed and what follows (SEMANTICS §7).

A figure is taken over the rule's days as a whole, never as a mean of days. Shares are compared as exact fractions, so that 50 % of 100 is 50 %.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

import polars as pl

from kaohe.errors import Failure
from kaohe.metrics import entered, exempt, inquiries
from kaohe.metrics.catalogue import CATALOGUE, FAMILY_OF
from kaohe.metrics.explain import NO_EVENTS, NO_MESSAGES, explain
from kaohe.metrics.figures import figures
from kaohe.metrics.metric import Family, Metric
from kaohe.metrics.source import Source
from kaohe.model.days import days
from kaohe.packs import ComplianceRule, Parameters, Version
from kaohe.packs.checks import COUNTED_IN_UNITS
from kaohe.packs.pack import Unit

WHY: Mapping[str, tuple[str, str]] = {
    "exempt": ("免考核日", "an exempt day"),
    "small_sample": ("样本不足，规则不适用", "too small a sample; the rule does not apply"),
    "no_sample": ("样本指标没有数据", "the sample's metric has no data"),
    "no_data": ("没有可计的数据", "nothing to count"),
    "last_day": ("数据只到这一天，之后的还没有导入", "data end with this day; what follows is not imported yet"),
    "not_final": ("销售类的数还会变", "sales figures may still change"),
}
"""Why a rule was not judged, or why its verdict is provisional, in Chinese and English."""

SHARES = frozenset(metric.id for metric in CATALOGUE.values() if metric.unit == "rate" and metric.cases)
"""Metrics that are shares of cases: their thresholds lie from 0 to 1."""

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
"""One row per shop, day and rule. `day` is the last of the rule's days, `first_day` the first.

`verdict` is `pass`, `fail` or `not_applicable`, `provisional` whether it may still change, `partial` whether data begin only within the rule's
days, `why` a key of `WHY`, `note` the reason of an exempt day. `sample`: the value of the rule's sample metric, without one the number of cases
the figure rests on. `cases`: of a share that was judged, how many more of the denominator would have had to be otherwise for it to pass; when it
passes, how many could have gone wrong, as a negative number. `gap`: how far the value is from the threshold on the wrong side, in the metric's
unit; negative on the right side."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule with the pack it stands in, as it is judged for one shop on one day."""

    pack: str
    rule: ComplianceRule

    @property
    def span(self) -> int:
        """How many days are taken together."""
        return self.rule.days if self.rule.scope == "trailing_days" and self.rule.days is not None else 1


Versions = Callable[[str, date], tuple[str, Version]]
"""The name of a shop's pack and the version in force on a day."""


def compliance(
    source: Source, versions: Versions, first: date, last: date, shops: Collection[str] | None = None, rules: Collection[str] | None = None
) -> pl.DataFrame:
    """Verdicts (`SCHEMA`) on the days from `first` to `last`, both included, of all shops or some, by all rules or some ids.

    Each day is judged by the version in force on it. Days before a shop's first message or order and after the last day of all data are not there.
    Sorted by shop, day and the order of the rules in the pack.
    """
    spans = _Spans.of(source)
    due = [
        (shop, day, Judged(pack, rule))
        for shop in sorted(source.zones)
        if shops is None or shop in shops
        for begins in [spans.begins(shop)]
        if begins is not None
        for day in days(max(first, begins), min(last, spans.last))
        for pack, version in [versions(shop, day)]
        for rule in version.rules
        if rules is None or rule.id in rules
    ]
    if not due:
        return pl.DataFrame(schema=SCHEMA)
    longest = max(judged.span for *_, judged in due)
    counted = _Counted(source, first - timedelta(days=longest - 1), last, {judged.rule for *_, judged in due})
    off = _reasons(source)
    rows = [_verdict(source, spans, counted, off.get((shop, day)), shop, day, judged) for shop, day, judged in due]
    return pl.DataFrame(rows, schema=SCHEMA)


def _reasons(source: Source) -> dict[tuple[str, date], str]:
    """Why each shop's exempt days are exempt."""
    off = exempt.exempt_days(source).group_by("shop_id", "day").agg(pl.col("reason").unique().sort())
    return {(shop, day): "、".join(reasons) for shop, day, reasons in off.iter_rows()}


Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class _Spans:
    """From when to when there are data: the first and last day of each shop's messages and of its orders, and the last day of all."""

    talked: dict[str, Span]
    sold: dict[str, Span]
    last: date

    @classmethod
    def of(cls, source: Source) -> _Spans:
        talked: dict[str, Span] = {}
        for piece in source.facts.slices():
            for shop in piece.shops:
                talked[shop] = (talked.get(shop, (piece.day, piece.day))[0], piece.day)
        ends = pl.max_horizontal(pl.max("created_day"), pl.max("event_day"))
        sold = source.orders.group_by("shop_id").agg(_begins=pl.min("created_day"), _ends=ends)
        return cls(talked, {shop: (begins, end) for shop, begins, end in sold.iter_rows()}, source.last_day)

    def begins(self, shop: str) -> date | None:
        """The shop's first day with messages or orders; None where it has neither."""
        return min((spans[shop][0] for spans in (self.talked, self.sold) if shop in spans), default=None)

    def partial(self, shop: str, first: date, families: Iterable[Family]) -> bool:
        """Whether data of one of the families begin only after that day."""
        spans = [self.talked if _talks(family) else self.sold for family in families if _talks(family) or _sells(family)]
        return any(shop in one and first < one[shop][0] for one in spans)

    def open(self, shop: str, day: date, families: Iterable[Family], parameters: Parameters) -> str | None:
        """Why a figure of that day may still change: a key of `WHY`; None where all of the day, and all that can follow from it, has been imported.

        The last day with data may be there in part, so only a day before it is over.
        """
        found = None
        everything = (date.min, self.last)
        for family in families:
            sold = self.sold.get(shop, everything)[1]
            if _talks(family):
                replies = timedelta(days=math.ceil((parameters.reply_within_hours or 0) / 24))
                if day + replies >= self.talked.get(shop, everything)[1]:
                    return "last_day"
            elif day >= (sold if _sells(family) else self.last):
                return "last_day"
            if _sells(family):
                span = math.ceil(parameters.conversion_hours / 24) if parameters.conversion_hours else parameters.conversion_days - 1
                converts = timedelta(days=span if family is inquiries.FAMILY else 0)
                if day + converts >= sold or day + timedelta(days=parameters.sales_final_after_days) > sold:
                    found = "not_final"
        return found


def _talks(family: Family) -> bool:
    """Whether its figures are of messages."""
    return "messages" in family.needs or family is inquiries.FAMILY


def _sells(family: Family) -> bool:
    """Whether its figures are of orders or what became of them."""
    return bool({"orders", "refunds"} & set(family.needs))


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure over a rule's days, exact. `numerator` and `denominator` are null as in `kaohe.metrics.figures.figures`."""

    value: Fraction | None = None
    numerator: Fraction | None = None
    denominator: Fraction | None = None


class _Days:
    """One metric of one shop, day by day, with running sums."""

    def __init__(self, rows: Sequence[tuple[date, Fraction, Fraction]]) -> None:
        self._days = [day for day, *_ in rows]
        self._over = [Fraction(0), *accumulate(over for _, over, _ in rows)]
        self._under = [Fraction(0), *accumulate(under for *_, under in rows)]

    def summed(self, first: date, last: date) -> tuple[Fraction, Fraction] | None:
        """Numerator and denominator of the days from `first` to `last`; None where there is nothing of them."""
        low, high = bisect_left(self._days, first), bisect_right(self._days, last)
        return (self._over[high] - self._over[low], self._under[high] - self._under[low]) if low < high else None


class _Counted:
    """The figures rules need. What adds up over days is read once by day; what does not, such as a median, once for each run of days asked."""

    def __init__(self, source: Source, first: date, last: date, rules: Collection[ComplianceRule]) -> None:
        self._source = source
        self._daily: dict[tuple[str, Unit | None, str], _Days] = {}
        self._over: dict[tuple[str, Unit | None, date, date], dict[str, _Figure]] = {}
        self._by_day: dict[tuple[str, Unit | None], dict[tuple[str, date], _Figure]] = {}
        by_unit: dict[Unit | None, set[str]] = {}
        for rule in rules:
            by_unit.setdefault(rule.unit, set()).add(rule.metric)
            if rule.minimum_sample is not None:
                by_unit.setdefault(None, set()).add(rule.minimum_sample.metric)
        for unit, metrics in by_unit.items():
            self._read(unit, sorted(metrics), first, last)

    def _read(self, unit: Unit | None, metrics: Sequence[str], first: date, last: date) -> None:
        found = figures(in_unit(self._source, unit), by=("shop", "day"), first=first, last=last, metrics=metrics)
        rows: dict[tuple[str, str], list[tuple[date, Fraction, Fraction]]] = {}
        for metric, shop, day, figure in _told(found):
            assert day is not None
            self._by_day.setdefault((metric, unit), {})[shop, day] = figure
            if adds(CATALOGUE[metric]) and figure.numerator is not None:
                rows.setdefault((metric, shop), []).append((day, figure.numerator, figure.denominator or Fraction(0)))
        for (metric, shop), of_days in rows.items():
            self._daily[metric, unit, shop] = _Days(sorted(of_days))

    def over(self, metric: str, unit: Unit | None, shop: str, first: date, last: date) -> _Figure:
        """The figure of a shop over the days from `first` to `last`."""
        if first == last:
            return self._by_day.get((metric, unit), {}).get((shop, last), _Figure())
        one = CATALOGUE[metric]
        if not adds(one):
            return self._of_run(metric, unit, first, last).get(shop, _Figure())
        of_days = self._daily.get((metric, unit, shop))
        summed = of_days.summed(first, last) if of_days is not None else None
        if summed is None:
            return _Figure()
        if one.under is None:
            return _Figure(summed[0], summed[0])
        return _Figure(summed[0] / summed[1] if summed[1] > 0 else None, *summed)

    def _of_run(self, metric: str, unit: Unit | None, first: date, last: date) -> dict[str, _Figure]:
        known = (metric, unit, first, last)
        if known not in self._over:
            found = figures(in_unit(self._source, unit), by=("shop",), first=first, last=last, metrics=[metric])
            self._over[known] = {shop: figure for _, shop, _, figure in _told(found)}
        return self._over[known]


def _told(found: pl.DataFrame) -> Iterator[tuple[str, str, date | None, _Figure]]:
    """Metric, shop, day where there is one, and the figure of each row of figures."""
    day = pl.col("day") if "day" in found.columns else pl.lit(None, pl.Date).alias("day")
    rows = found.select("metric", "shop_id", day, "numerator", "denominator", "value").iter_rows()
    for metric, shop, of, over, under, value in rows:
        top, bottom = (None if one is None else exact(one) for one in (over, under))
        if top is not None and bottom is not None:
            yield metric, shop, of, _Figure(top / bottom if bottom > 0 else None, top, bottom)
        else:
            yield metric, shop, of, _Figure(None if value is None else exact(value), top, bottom)


def adds(metric: Metric) -> bool:
    """Whether the figure of several days is the sum of their numerators over that of their denominators.

    Not so of quantiles, of what is counted once in a period, of the most at once or the latest, of what looks back over days itself, and of month
    targets.
    """
    families = [FAMILY_OF[tally.id] for tally in metric.tallies]
    plain = all(family.trailing is None and family is not entered.LATEST and "day" in family.by for family in families)
    return plain and metric.quantile is None and all(tally.how == "sum" and not tally.distinct for tally in metric.tallies)


def in_unit(source: Source, unit: Unit | None) -> Source:
    """The same source with another unit for the 3-minute figure; the same for None."""
    if unit is None:
        return source

    def parameters(shop: str, day: date) -> Parameters:
        return source.parameters(shop, day).model_copy(update={"unit": unit})

    return replace(source, parameters=parameters, rules=None if source.rules is None else f"{source.rules}:{unit}")


def exact(value: float) -> Fraction:
    """A figure as the decimal it stands for: sums of microseconds divided by a million are not whole in binary."""
    return Fraction(Decimal(repr(value)))


def _verdict(source: Source, spans: _Spans, counted: _Counted, off: str | None, shop: str, day: date, judged: Judged) -> dict[str, object]:
    """One row of `SCHEMA`. `off` is why the day is exempt, None where it is not."""
    rule, metric = judged.rule, CATALOGUE[judged.rule.metric]
    first = day - timedelta(days=judged.span - 1)
    parameters = source.parameters(shop, day)
    figure = counted.over(rule.metric, rule.unit, shop, first, day)
    asked = rule.minimum_sample
    if asked is not None:
        sample = counted.over(asked.metric, None, shop, first, day).value
    else:
        sample = figure.denominator if metric.sampled else None
    why = None
    if off is not None:
        why = "exempt"
    elif asked is not None and sample is None:
        why = "no_data" if figure.value is None else "no_sample"
    elif figure.value is None:
        why = "no_data"
    elif asked is not None and sample is not None and sample < asked.at_least:
        why = "small_sample"
    verdict, cases, gap = "not_applicable", None, None
    if why is None and figure.value is not None:
        threshold = Fraction(rule.threshold)
        gap = threshold - figure.value if rule.direction == "at_least" else figure.value - threshold
        cases = _cases(metric, figure, rule)
        verdict = "pass" if gap <= 0 else "fail"
    families = _families(metric) if asked is None else _families(metric) | _families(CATALOGUE[asked.metric])
    open_ = None if off is not None else spans.open(shop, day, families, parameters)
    return {
        "shop_id": shop,
        "day": day,
        "first_day": first,
        "pack": judged.pack,
        "rule": rule.id,
        "title_zh": rule.title.zh,
        "title_en": rule.title.en,
        "metric": rule.metric,
        "unit": unit_of(rule, parameters),
        "verdict": verdict,
        "provisional": open_ is not None,
        "partial": judged.span > 1 and spans.partial(shop, first, _families(metric)),
        "why": why or open_,
        "note": off,
        "value": _float(figure.value),
        "threshold": float(rule.threshold),
        "direction": rule.direction,
        "numerator": _float(figure.numerator),
        "denominator": _float(figure.denominator),
        "sample": _float(sample),
        "sample_needed": None if asked is None else asked.at_least,
        "cases": cases,
        "gap": _float(gap),
        "consequence_zh": rule.consequence.zh,
        "consequence_en": rule.consequence.en,
        "source": rule.source,
        "certainty": rule.certainty,
        "editable": rule.editable,
    }


def _families(metric: Metric) -> set[Family]:
    return {FAMILY_OF[tally.id] for tally in metric.tallies}


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def unit_of(rule: ComplianceRule, parameters: Parameters) -> Unit | None:
    """What the rule counts, where packs may choose it; None where the metric says it."""
    return (rule.unit or parameters.unit) if rule.metric == COUNTED_IN_UNITS else None


def _cases(metric: Metric, figure: _Figure, rule: ComplianceRule) -> int | None:
    """How many cases decided, of a share of whole cases."""
    if metric.unit != "rate" or not metric.sampled or figure.numerator is None or figure.denominator is None:
        return None
    if figure.numerator.denominator != 1 or figure.denominator.denominator != 1:
        return None
    return missing(figure.numerator, figure.denominator, Fraction(rule.threshold), rule.direction)


def missing(numerator: Fraction, denominator: Fraction, threshold: Fraction, direction: str) -> int:
    """How many more cases of the denominator must be otherwise for a share to reach the threshold.

    When it does, how many could still go wrong, as a negative number.

    >>> missing(Fraction(47), Fraction(100), Fraction(1, 2), "at_least"), missing(Fraction(50), Fraction(100), Fraction(1, 2), "at_least")
    (3, 0)
    >>> missing(Fraction(6), Fraction(100), Fraction(5, 100), "at_most"), missing(Fraction(2), Fraction(100), Fraction(5, 100), "at_most")
    (1, -3)
    """
    short = threshold * denominator - numerator if direction == "at_least" else numerator - threshold * denominator
    return math.ceil(short)


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
"""One row per case behind a miss. `day` is that of the case, `at` when it was, local to the shop; `wait_seconds` is null where nobody answered;
`counted_for` the agent responsible; `subject` the session, or what an event is called; `reason` a key of `kaohe.metrics.explain.REASONS` or
`kaohe.metrics.reasons.REASONS`."""


def failing(source: Source, versions: Versions, verdicts: pl.DataFrame) -> pl.DataFrame:
    """What spoilt the verdicts (`FAILING`), which are rows of `compliance`: the messages not answered in time, or the events in question.

    Each case is there once for a rule, however many of the verdicts' days it is one of. Of a mean or another duration they are the messages that
    waited longer than the threshold. Exempt days are not looked at. Empty for figures without such cases. Sorted by shop, rule, day and buyer.
    """
    wanted: dict[str, dict[date, dict[str, ComplianceRule]]] = {}
    for shop, day, first, name in verdicts.sort("day").select("shop_id", "day", "first_day", "rule").iter_rows():
        rule = next(rule for rule in versions(shop, day)[1].rules if rule.id == name)
        for one in days(first, day):
            wanted.setdefault(name, {}).setdefault(one, {})[shop] = rule
    found = [pl.DataFrame(schema=FAILING)]
    for name, by_day in sorted(wanted.items()):
        for lines in _behind(source, by_day):
            told = lines.with_columns(rule=pl.lit(name))
            found.append(told.select(pl.col(column).cast(dtype) for column, dtype in FAILING.items()))
    return pl.concat(found).sort("shop_id", "rule", "day", "buyer_id", "at", nulls_last=True, maintain_order=True)


def _behind(source: Source, by_day: Mapping[date, Mapping[str, ComplianceRule]]) -> Iterator[pl.DataFrame]:
    """The lines behind the misses of one rule, by the day and shop they are asked of."""
    events: dict[tuple[str, ComplianceRule], list[date]] = {}
    off = exempt.exempt_days(source).select("shop_id", "day").unique()
    for day, of_shop in sorted(by_day.items()):
        alike: dict[ComplianceRule, list[str]] = {}
        for shop, rule in of_shop.items():
            if CATALOGUE[rule.metric].evidence == "event":
                events.setdefault((shop, rule), []).append(day)
            elif CATALOGUE[rule.metric].evidence in _REPLIES:
                alike.setdefault(rule, []).append(shop)
        # A day at a time: the messages of a month of a large shop are too many to hold at once.
        for rule, shops in alike.items():
            lines = _messages(source, rule, day, shops)
            if lines is not None:
                yield lines.join(off, on=["shop_id", "day"], how="anti", maintain_order="left")
    for (shop, rule), of_days in events.items():
        told = _events(source, rule, shop, of_days)
        if told is not None:
            yield told


_REPLIES = ("message", "turn", "first", "session_first", "contact")
"""Evidence of figures of replies: messages that were answered in time or not."""


def _messages(source: Source, rule: ComplianceRule, day: date, shops: Sequence[str]) -> pl.DataFrame | None:
    """The messages of a day that spoilt a figure of replies; None where there are none at all."""
    metric, made = CATALOGUE[rule.metric], in_unit(source, rule.unit)
    only = shops[0] if len(shops) == 1 else None
    lines = _explained(made, metric.id, day, day, only)
    if lines is None:
        return None
    by_turn = [shop for shop in shops if unit_of(rule, source.parameters(shop, day)) == "turn"]
    turns = _explained(made, "avg_turn_response_seconds", day, day, only) if by_turn else None
    if turns is not None:
        # The same messages in the same order, told by turns: which of them begin one.
        lines = lines.filter(turns["reason"].is_in(["answered", "no_wait"]) | ~lines["shop_id"].is_in(by_turn))
    lines = lines.filter(pl.col("counted") & pl.col("shop_id").is_in(shops))
    if metric.id == "reply_rate":
        lines = lines.filter(~pl.col("met").any().over("shop_id", "contact"))
    return lines.filter(_wrong(metric, rule)).with_columns(at="sent_at", subject="session_id")


def _wrong(metric: Metric, rule: ComplianceRule) -> pl.Expr:
    """Whether a counted line pulls the figure to the wrong side."""
    if metric.unit == "seconds":
        return (pl.col("wait_seconds") > float(rule.threshold)) if rule.direction == "at_most" else pl.lit(False)
    if metric.unit == "rate" and rule.direction == "at_least":
        return ~pl.col("met")
    return pl.col("met") if metric.unit == "rate" or (metric.id == "slow_replies" and rule.direction == "at_most") else pl.lit(False)


def _events(source: Source, rule: ComplianceRule, shop: str, of_days: Sequence[date]) -> pl.DataFrame | None:
    """The orders, refunds, reviews and so on that spoilt a figure of a shop; None where there are none at all."""
    metric = CATALOGUE[rule.metric]
    lines = _explained(source, metric.id, min(of_days), max(of_days), shop)
    if lines is None:
        return None
    if all(FAMILY_OF[tally.id].trailing is None for tally in metric.tallies):
        lines = lines.filter(pl.col("day").is_in(of_days))
    wrong = ~pl.col("met") if rule.direction == "at_least" else pl.col("met")
    return lines.filter(pl.col("counted") & wrong).with_columns(wait_seconds=pl.lit(None, pl.Float64))


def _explained(source: Source, metric: str, first: date, last: date, shop: str | None) -> pl.DataFrame | None:
    """The lines of an explanation; None where there is nothing to explain."""
    try:
        return explain(source, metric, shop=shop, agent=None, first=first, last=last).lines
    except Failure as error:
        if {problem.code for problem in error.problems} <= {NO_MESSAGES, NO_EVENTS}:
            return None
        raise
