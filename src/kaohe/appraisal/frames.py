"""An appraisal as tidy tables: the ranking, the lines, the lines of pay, the podiums."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from kaohe.appraisal import words
from kaohe.appraisal.appraisal import Appraisal, podium_of
from kaohe.appraisal.columns import NOBODY, Ints
from kaohe.appraisal.judged import Factored
from kaohe.appraisal.paying import FEN
from kaohe.appraisal.result import Line, Statement
from kaohe.errors import Lang
from kaohe.metrics.comparing import groups

_WIDE = 18

PERSON: dict[str, Any] = {
    "place": pl.Int64,
    "agent_id": pl.String,
    "name": pl.String,
    "group": pl.String,
    "role": pl.String,
    "first": pl.Date,
    "last": pl.Date,
}


def ranking(appraisal: Appraisal, lang: Lang = "zh") -> pl.DataFrame:
    """One row per agent in order of place. `place` and `points` are null for those who have none, `reason` says why; `grade` and `pay` are null where
    the scheme has none."""
    totals, places = appraisal.found.totals, appraisal.scheme.rounding.places
    order = np.array(appraisal.order, dtype=np.int64)
    paying = appraisal.found.pay
    grades = [] if appraisal.scheme.grades is None else [band.name for band in appraisal.scheme.grades.bands]
    small = np.zeros(len(order), dtype=np.int64)
    for item in appraisal.found.items:
        small = small + item.small
    reasons = [_reasons(appraisal, at, lang) for at in appraisal.order]
    return _people(appraisal, order).with_columns(
        points=_decimals(totals.points[order], totals.there[order], places),
        max_points=pl.lit(appraisal.scheme.full, pl.Decimal(_WIDE, places)),
        grade=pl.Series([None if totals.grade[at] == NOBODY else grades[totals.grade[at]] for at in order], dtype=pl.String),
        small_samples=pl.Series(small[order], dtype=pl.Int64),
        pay=pl.lit(None, pl.Decimal(_WIDE, FEN)) if paying is None else _decimals(paying.pay[order], ~paying.blocked[order], FEN),
        reason=pl.Series(reasons, dtype=pl.String),
    )


def _reasons(appraisal: Appraisal, at: int, lang: Lang) -> str | None:
    return "；".join(words.reason(reason, lang) for reason in appraisal.reasons(at)) or None


def _people(appraisal: Appraisal, order: Ints) -> pl.DataFrame:
    place = appraisal.found.totals.place
    rows = [
        (int(place[at]) or None, one.agent_id, one.name, one.group, one.role, one.first, one.last)
        for at in order
        for one in (appraisal.people[int(at)],)
    ]
    return pl.DataFrame(rows, schema=PERSON, orient="row")


def _decimals(units: Ints, known: Any, places: int) -> pl.Series:
    """Whole numbers of units of 10^-`places` as decimals; null where not known."""
    whole = pl.Series(units, dtype=pl.Int64).to_frame("units").with_columns(known=pl.Series(known))
    wide = pl.Decimal(38, places)
    scaled = pl.col("units").cast(pl.Decimal(38, 0)).cast(wide) / pl.lit(10**places).cast(pl.Decimal(38, 0))
    return whole.select(pl.when("known").then(scaled.cast(pl.Decimal(_WIDE, places)))).to_series()


def lines(appraisal: Appraisal, lang: Lang = "zh") -> pl.DataFrame:
    """One row per agent and item, in the order of the ranking and of the scheme: the working.

    numerator, denominator, value of the item's first figure as given; `band` in words, `at_least` and `below` its ends; `scored` the points on the
    item's own scale of 0 to `out_of`, `weight` what the item is worth to this agent, `points` the line, `treatment` what was done with a missing
    figure or small sample.
    """
    places = appraisal.scheme.rounding.places
    names = {item.key: words.title(item, lang) for item in appraisal.scheme.items}
    return pl.DataFrame(
        [(*_who(one), names[line.item.key], *_working(line, lang)) for one in appraisal.statements for line in one.lines],
        schema={
            **PERSON,
            "item_name": pl.String,
            "item": pl.String,
            "metric": pl.String,
            "origin": pl.String,
            "numerator": pl.Float64,
            "denominator": pl.Float64,
            "value": pl.Float64,
            "low": pl.Float64,
            "high": pl.Float64,
            "band": pl.String,
            "at_least": pl.Float64,
            "below": pl.Float64,
            "scored": pl.Float64,
            "out_of": pl.Float64,
            "weight": pl.Decimal(_WIDE, places),
            "points": pl.Decimal(_WIDE, places),
            "status": pl.String,
            "treatment": pl.String,
            "working": pl.String,
        },
        orient="row",
    )


def _who(one: Statement) -> tuple[Any, ...]:
    return one.place, one.agent_id, one.name, one.group, one.role, one.first, one.last


def _working(line: Line, lang: Lang) -> tuple[Any, ...]:
    figure = line.figures[0] if line.figures else None
    several = len(line.figures) > 1
    value = None if line.value is None else float(line.value)
    return (
        line.item.key,
        "+".join(line.item.metrics),
        None if figure is None else figure.origin,
        None if figure is None or several else figure.numerator,
        None if figure is None or several else figure.denominator,
        value if several or figure is None else figure.value,
        None if figure is None or several else figure.low,
        None if figure is None or several else figure.high,
        None if line.band is None else words.band_of(line, lang),
        None if line.band is None or line.band.at_least is None else float(line.band.at_least),
        None if line.band is None or line.band.below is None else float(line.band.below),
        None if line.scored is None else float(line.scored),
        float(line.item.out_of),
        line.weight,
        line.points,
        line.status,
        line.treatment,
        words.line(line, lang),
    )


def pay_lines(appraisal: Appraisal, lang: Lang = "zh") -> pl.DataFrame:
    """One row per agent and line of pay, in the order of the ranking and of the scheme, with the working in words. Empty where the scheme pays nothing."""
    return pl.DataFrame(
        [
            (*_who(one), paid.key, words.pay_title(paid, lang), paid.amount, paid.missing, paid.gated, words.paid(paid, lang))
            for one in appraisal.statements
            for paid in one.pay_lines
        ],
        schema={
            **PERSON,
            "pay_line": pl.String,
            "pay_line_name": pl.String,
            "amount": pl.Decimal(_WIDE, FEN),
            "missing": pl.Boolean,
            "gated": pl.Boolean,
            "working": pl.String,
        },
        orient="row",
    )


def pay_sheet(appraisal: Appraisal, lang: Lang = "zh") -> pl.DataFrame:
    """One row per agent in the order of the ranking, a column of yuan for each line of pay, then `pay`; null in `pay` where a line blocks."""
    order = np.array(appraisal.order, dtype=np.int64)
    paying = appraisal.found.pay
    frame = _people(appraisal, order)
    if paying is None:
        return frame.with_columns(pay=pl.lit(None, pl.Decimal(_WIDE, FEN)))
    columns = {line.key: line.amount for line in paying.lines}
    columns |= {key: ends for key, ends in (("floor", paying.floor), ("cap", paying.cap)) if ends.any()}
    everybody = np.ones(len(order), dtype=np.bool_)
    return frame.with_columns(
        **{key: _decimals(amount[order], everybody, FEN) for key, amount in columns.items()},
        pay=_decimals(paying.pay[order], ~paying.blocked[order], FEN),
    )


def podiums(appraisal: Appraisal, lang: Lang = "zh") -> pl.DataFrame:
    """One row per factor of a PK and agent who takes part, best first: place, how many share it, value, prize in yuan, and `alike`, the number of the
    group whose members can not be told apart by their intervals (`kaohe.metrics.comparing.groups`)."""
    rows = []
    for factored in appraisal.found.factors:
        name = words.factor_title(factored.factor, lang)
        takers = [int(at) for at in sorted(np.flatnonzero(factored.place > 0), key=lambda at: (factored.place[at], at))]
        for at, alike in zip(takers, _alike(factored, takers), strict=True):
            podium, person = podium_of(factored, at), appraisal.people[at]
            value = None if podium.value is None else float(podium.value)
            shown = words.value_of(factored.factor, podium.value, lang)
            rows.append(
                (
                    factored.factor.key,
                    name,
                    podium.place,
                    podium.tied,
                    person.agent_id,
                    person.name,
                    person.group,
                    value,
                    shown,
                    float(podium.prize),
                    alike,
                )
            )
    return pl.DataFrame(
        rows,
        schema={
            "factor": pl.String,
            "factor_name": pl.String,
            "place": pl.Int64,
            "tied": pl.Int64,
            "agent_id": pl.String,
            "name": pl.String,
            "group": pl.String,
            "value": pl.Float64,
            "shown": pl.String,
            "prize": pl.Float64,
            "alike": pl.Int64,
        },
        orient="row",
    )


def _alike(factored: Factored, takers: list[int]) -> list[int | None]:
    """The group of each of those who take part. Numbers made of several figures have no interval, and stand alone with their equals."""
    figures = [podium_of(factored, at).figures for at in takers]
    values = [float(factored.measured.numbers.rough[at]) for at in takers]
    single = [of[0] if len(of) == 1 else None for of in figures]
    lows, highs = ([None if one is None else getattr(one, end) for one in single] for end in ("low", "high"))
    return groups(values, lows, highs, factored.factor.better or factored.factor.nature or "higher")
