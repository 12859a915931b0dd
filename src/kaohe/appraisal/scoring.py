"""Ways from a figure to points. Each is a model with a `kind`, and a branch in `scorer`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, Field

from kaohe.appraisal.bands import Band
from kaohe.appraisal.exact import Number
from kaohe.appraisal.figures import NEAR, Figure
from kaohe.definitions import Definition
from kaohe.packs.fields import some

T = TypeVar("T", float, Fraction)


class Bands(Definition):
    """The points of the band that holds the figure."""

    kind: Literal["bands"]
    bands: Annotated[tuple[Band, ...], AfterValidator(some)]

    @property
    def edges(self) -> list[Decimal]:
        """Where one band ends and the next begins, from low to high."""
        return [band.at_least for band in self.bands if band.at_least is not None]


class Anchor(Definition):
    """A figure and the points it gives."""

    figure: Number
    points: Number


class Linear(Definition):
    """Points on the straight line between two anchors; beyond either, the points of that anchor."""

    kind: Literal["linear"]
    low: Anchor
    high: Anchor

    @property
    def edges(self) -> list[Decimal]:
        return [self.low.figure, self.high.figure]


Scoring: TypeAlias = Annotated[Bands | Linear, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Scored:
    """Points on the scale of the item, exact, and which band gave them where there is one."""

    points: Fraction
    band: int | None = None


def scorer(scoring: Bands | Linear) -> Callable[[Figure], Scored]:
    """The way from a figure to points as a function, made ready once for many agents. It must not be asked of a figure without value."""
    if isinstance(scoring, Bands):
        return _by_bands(scoring)
    return _by_line(scoring)


def _by_bands(scoring: Bands) -> Callable[[Figure], Scored]:
    edges = [Fraction(edge) for edge in scoring.edges]
    rough = [float(edge) for edge in edges]
    # Far from every edge floats decide, which is much faster; close to one, where they could be wrong, fractions do.
    close = [(edge - away, edge + away) for edge in rough for away in (10 * NEAR * max(1.0, abs(edge)),)]
    found = [Scored(Fraction(band.points), at) for at, band in enumerate(scoring.bands)]

    def score(figure: Figure) -> Scored:
        value = _valued(figure.value)
        if any(low <= value <= high for low, high in close):
            return found[bisect_right(edges, _valued(figure.exact))]
        return found[bisect_right(rough, value)]

    return score


def _by_line(scoring: Linear) -> Callable[[Figure], Scored]:
    low, high = Fraction(scoring.low.figure), Fraction(scoring.high.figure)
    least, most = Fraction(scoring.low.points), Fraction(scoring.high.points)
    slope = (most - least) / (high - low)

    def score(figure: Figure) -> Scored:
        value = _valued(figure.exact)
        if value <= low:
            return Scored(least)
        return Scored(most if value >= high else least + (value - low) * slope)

    return score


def _valued(value: T | None) -> T:
    if value is None:
        raise ValueError("a figure without value has no points")
    return value
