"""Ways from a figure to points. Each is a model with a `kind`, and a function beside it in `scored`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import AfterValidator, Field

from kaohe.appraisal.bands import Band, edges
from kaohe.appraisal.columns import NOBODY, Column, Flags, Ints, constant, picked
from kaohe.appraisal.exact import Number
from kaohe.appraisal.measures import Beside, View, attained, placed, viewed
from kaohe.definitions import Definition
from kaohe.packs.fields import some

Target: TypeAlias = Number | Literal["targets"]
"""A number, or each person's row of the table `targets`."""


class Viewing(Definition):
    """A scoring that may look at the figure against something else. `pro_rata`: see `Attainment`."""

    on: View = "value"
    target: Target | None = None
    pro_rata: bool | None = None


class Bands(Viewing):
    """The points of the band that holds the figure."""

    kind: Literal["bands"]
    bands: Annotated[tuple[Band, ...], AfterValidator(some)]


class Anchor(Definition):
    """A figure and the points it gives."""

    figure: Number
    points: Number


class Linear(Viewing):
    """Points on the straight line between two anchors; beyond either, the points of that anchor."""

    kind: Literal["linear"]
    low: Anchor
    high: Anchor


class Attainment(Definition):
    """The share of full marks that of the target was reached; nothing under `floor`, no more than `cap`.

    With `pro_rata` who was there for part of the period is asked for that part of the target. None: so it is where more of an amount is better, but of
    his own target, which was given to him for the days he would be there, only who changed role is asked for a part in each stretch.
    """

    kind: Literal["attainment"]
    target: Target
    pro_rata: bool | None = None
    floor: Annotated[Number, Field(ge=0)] = Decimal(0)
    cap: Annotated[Number, Field(gt=0)] = Decimal(1)


class PerUnit(Definition):
    """From `start`, `points` for each `each` of the figure beyond `free`; partial ones in proportion unless `whole`."""

    kind: Literal["per_unit"]
    points: Number
    each: Annotated[Number, Field(gt=0)] = Decimal(1)
    free: Number = Decimal(0)
    start: Number | None = None
    whole: bool = False


class ByRank(Definition):
    """Points by place among the people judged by this item."""

    kind: Literal["rank"]
    points: Annotated[tuple[Number, ...], AfterValidator(some)]
    rest: Number = Decimal(0)


class AsIs(Definition):
    """The figure is the points."""

    kind: Literal["as_is"]


Scoring: TypeAlias = Annotated[Bands | Linear | Attainment | PerUnit | ByRank | AsIs, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most points an item's scoring may give."""

    least: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class Scores:
    """Points on the scale of the item. `view` is what was looked at, where that is not the figure itself; `band` and `place` where there are any."""

    points: Column
    view: Column | None = None
    band: Ints | None = None
    place: Ints | None = None
    beyond: Flags | None = None
    """Whose figure, taken for points, is out of bounds."""


def bounds(scoring: Scoring, full: Decimal, least: Decimal = Decimal(0), *, is_extra: bool = False) -> Bounds:
    """Between what a scoring can come out: a cap of attainment may lie above full marks, but not above the most of an extra."""
    if scoring.kind == "attainment" and not is_extra:
        return Bounds(least, full * max(scoring.cap, Decimal(1)))
    return Bounds(least, full)


def targets_of(scoring: Scoring) -> Target | None:
    """The target a scoring holds figures against, if any."""
    return getattr(scoring, "target", None)


def ends(scoring: Scoring) -> Sequence[Decimal]:
    """The figures at which points change their course: what a shown figure must not be rounded across."""
    if scoring.kind == "bands" and scoring.on == "value":
        return [band.at_least for band in scoring.bands if band.at_least is not None]
    if scoring.kind == "linear" and scoring.on == "value":
        return [scoring.low.figure, scoring.high.figure]
    return [scoring.free] if scoring.kind == "per_unit" else []


def scored(scoring: Scoring, numbers: Column, beside: Beside, within: Bounds, full: Decimal, start: Decimal) -> Scores:
    """Points for everybody with a figure. `full` are full marks, `start` is what a scoring by units begins with where it does not say."""
    if scoring.kind == "bands":
        view = viewed(numbers, scoring.on, beside)
        band = view.bands(edges(scoring.bands))
        return Scores(picked([Fraction(one.points) for one in scoring.bands], band), _other(view, scoring), band)
    if scoring.kind == "linear":
        view = viewed(numbers, scoring.on, beside)
        return Scores(_on_line(scoring, view), _other(view, scoring))
    if scoring.kind == "attainment":
        return _attained(scoring, numbers, beside, within, full)
    if scoring.kind == "per_unit":
        return Scores(_by_units(scoring, numbers, within, start))
    if scoring.kind == "rank":
        return _ranked(scoring, numbers, beside)
    least, most = Fraction(within.least), Fraction(within.most)
    outside = numbers.known & ((numbers.clipped(least, most).minus(numbers)).rough != 0)
    return Scores(numbers, beyond=outside)


def _other(view: Column, scoring: Viewing) -> Column | None:
    return None if scoring.on == "value" else view


def _on_line(scoring: Linear, numbers: Column) -> Column:
    low, high = Fraction(scoring.low.figure), Fraction(scoring.high.figure)
    first, last = Fraction(scoring.low.points), Fraction(scoring.high.points)
    slope = (last - first) / (high - low)
    return numbers.clipped(low, high).shifted(-low).scaled(slope).shifted(first)


def _attained(scoring: Attainment, numbers: Column, beside: Beside, within: Bounds, full: Decimal) -> Scores:
    share = attained(numbers, beside)
    high_enough = share.bands([Fraction(scoring.floor)]) == 1
    none = constant(Fraction(0), len(numbers)).where(share.known)
    points = share.clipped(None, Fraction(scoring.cap)).scaled(Fraction(full)).where(high_enough, none)
    return Scores(points.clipped(Fraction(within.least), Fraction(within.most)), share)


def _by_units(scoring: PerUnit, numbers: Column, within: Bounds, start: Decimal) -> Column:
    over = numbers.shifted(-Fraction(scoring.free)).clipped(Fraction(0), None).scaled(1 / Fraction(scoring.each))
    amount = over.floored() if scoring.whole else over
    begin = scoring.start if scoring.start is not None else start
    return amount.scaled(Fraction(scoring.points)).shifted(Fraction(begin)).clipped(Fraction(within.least), Fraction(within.most))


def _ranked(scoring: ByRank, numbers: Column, beside: Beside) -> Scores:
    ahead, _ = placed(numbers, beside)
    values = [*map(Fraction, scoring.points), Fraction(scoring.rest)]
    which = np.where(beside.others, np.minimum(ahead, len(values) - 1), NOBODY)
    return Scores(picked(values, which), place=np.where(beside.others, ahead + 1, 0))
