"""An appraisal as tidy tables and as plain JSON data."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from kaohe.appraisal import words
from kaohe.appraisal.exact import plain, rounded
from kaohe.appraisal.result import Appraisal, Line, Reason, Statement
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE

_WIDE = 18


def ranking(appraisal: Appraisal, lang: Lang = "zh") -> pl.DataFrame:
    """One row per agent in order of place. `place` and `points` are null for those who have none, `reason` says why."""
    places = appraisal.scheme.rounding.places
    return pl.DataFrame(
        [
            (
                one.place,
                one.agent_id,
                one.name,
                one.group,
                one.role,
                one.points,
                appraisal.scheme.full,
                sum(line.marked for line in one.lines),
                "；".join(words.reason(reason, lang) for reason in one.reasons) or None,
            )
            for one in appraisal.statements
        ],
        schema={
            "place": pl.Int64,
            "agent_id": pl.String,
            "name": pl.String,
            "group": pl.String,
            "role": pl.String,
            "points": pl.Decimal(_WIDE, places),
            "max_points": pl.Decimal(_WIDE, places),
            "small_samples": pl.Int64,
            "reason": pl.String,
        },
        orient="row",
    )


def lines(appraisal: Appraisal, lang: Lang = "zh") -> pl.DataFrame:
    """One row per agent and item, in the order of the ranking and of the scheme: the working.

    numerator, denominator, value as given; `band` in words, `at_least` and `below` its ends; `scored` the points on the item's own scale of 0 to
    `out_of`, `weight` what the item is worth to this agent, `points` the line, `treatment` what was done with a missing figure or small sample.
    """
    places = appraisal.scheme.rounding.places
    names = {item.key: words.title(item, lang) for item in appraisal.scheme.items}
    bands = {
        (item.key, id(band)): words.band(band, CATALOGUE[item.metric].unit, lang)
        for item in appraisal.scheme.items
        for band in getattr(item.scoring, "bands", ())
    }
    return pl.DataFrame(
        [
            (
                one.place,
                one.agent_id,
                line.item.key,
                names[line.item.key],
                line.item.metric,
                line.figure.numerator,
                line.figure.denominator,
                line.figure.value,
                bands[line.item.key, id(line.band)] if line.band is not None else None,
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
            for one in appraisal.statements
            for line in one.lines
        ],
        schema={
            "place": pl.Int64,
            "agent_id": pl.String,
            "item": pl.String,
            "item_name": pl.String,
            "metric": pl.String,
            "numerator": pl.Float64,
            "denominator": pl.Float64,
            "value": pl.Float64,
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


def statements(appraisal: Appraisal) -> list[dict[str, Any]]:
    """The statements as JSON data, numbers that must not lose a digit as text; an exact value as `numerator/denominator`."""
    return [_statement(one) for one in appraisal.statements]


def _statement(one: Statement) -> dict[str, Any]:
    return {
        "agent_id": one.agent_id,
        "name": one.name,
        "group": one.group,
        "role": one.role,
        "place": one.place,
        "points": _text(one.points),
        "reasons": [_reason(reason) for reason in one.reasons],
        "lines": [_line(line) for line in one.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    band = None
    if line.band is not None:
        band = {"at_least": _text(line.band.at_least), "below": _text(line.band.below), "points": _text(line.band.points)}
    return {
        "item": line.item.key,
        "metric": line.item.metric,
        "numerator": line.figure.numerator,
        "denominator": line.figure.denominator,
        "value": line.figure.value,
        "exact": None if line.figure.exact is None else str(line.figure.exact),
        "status": line.status,
        "treatment": line.treatment,
        "band": band,
        "scored": None if line.scored is None else _fraction(line.scored),
        "out_of": plain(line.item.out_of),
        "weight": plain(line.weight),
        "points": _text(line.points),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "item": reason.item.key if reason.item is not None else None,
        "metric": reason.metric,
        "found": None if reason.found is None else str(reason.found),
        "wanted": None if reason.wanted is None else plain(reason.wanted),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _fraction(value: Fraction) -> str:
    exact = rounded(value, 12)
    return plain(exact) if Fraction(exact) == value else str(value)
