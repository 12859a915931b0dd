"""Direct standardisation: everybody's ratio as it would be had everybody had the whole team's mix of cases.

The rule in words, with an example, is `docs/reference/adjusted.md`. All sums are exact, so nothing depends on the order of anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

HOURS_OF_PART = 6
"""Night from 0, morning from 6, afternoon from 12, evening from 18 o'clock."""


class Stratum(NamedTuple):
    """What makes cases alike; None where it is not told apart or not known."""

    shop_id: str | None
    inquiry: bool | None
    hour: int | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over cases: what a ratio divides, and over their bundles the squares and products of both.

    A bundle is what belongs together and says little more than one case would: the messages of one contact in one hour.
    """

    over: Fraction
    under: Fraction
    bundles: int
    over_squared: Fraction
    both: Fraction
    under_squared: Fraction

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.over + other.over,
            self.under + other.under,
            self.bundles + other.bundles,
            self.over_squared + other.over_squared,
            self.both + other.both,
            self.under_squared + other.under_squared,
        )

    @property
    def ratio(self) -> Fraction:
        return self.over / self.under

    @property
    def share_variance(self) -> Fraction:
        """Of a share of cases: p(1−p)/n."""
        return self.ratio * (1 - self.ratio) / self.under

    @property
    def mean_variance(self) -> Fraction | None:
        """Of a mean: Σ(over − r·under)² over its bundles, ÷ under² · m/(m−1); None of fewer than two bundles.

        Source: W. G. Cochran, Sampling Techniques (1977), 6.4, the ratio of two sums.
        """
        if self.bundles < 2:
            return None
        squares = self.over_squared - 2 * self.ratio * self.both + self.ratio**2 * self.under_squared
        return squares / self.under**2 * Fraction(self.bundles, self.bundles - 1)


@dataclass(frozen=True, slots=True)
class Standardised:
    """A ratio under the standard mix. `covered`: the share of the standard's cases in strata the ratio has cases in. `variance`: of the ratio; None where it can not
    be told. `cases`: the number of cases of one kind that would be as sure of a share."""

    ratio: Fraction
    covered: Fraction
    variance: Fraction | None
    cases: Fraction | None


Cells = Mapping[Stratum, Sums]
"""The cases of one person in their strata."""


def standard(everybody: Iterable[Cells]) -> dict[Stratum, Fraction]:
    """How many cases all of them have in each stratum: the weights of the standard."""
    found: dict[Stratum, Fraction] = {}
    for cells in everybody:
        for stratum, sums in cells.items():
            found[stratum] = found.get(stratum, Fraction(0)) + sums.under
    return found


def _alone(stratum: Stratum) -> Stratum:
    return stratum


def _part(stratum: Stratum) -> tuple[object, ...]:
    return stratum.shop_id, stratum.inquiry, None if stratum.hour is None else stratum.hour // HOURS_OF_PART


def _day(stratum: Stratum) -> tuple[object, ...]:
    return stratum.shop_id, stratum.inquiry


def pooled(cells: Cells, minimum: int) -> list[tuple[frozenset[Stratum], Sums]]:
    """One person's strata such that each holds `minimum` cases, at least 1.

    A stratum with fewer is put together with the person's other small ones of the same part of the day, then, where that is not enough, with those left of the
    whole day; never across shops, nor inquiries with other contacts. What is still too small is left out.
    """
    rest = [(frozenset([stratum]), sums) for stratum, sums in cells.items()]
    found: list[tuple[frozenset[Stratum], Sums]] = []
    levels: tuple[Callable[[Stratum], object], ...] = (_alone, _part, _day)
    for level in levels:
        together: dict[object, tuple[frozenset[Stratum], Sums]] = {}
        for strata, sums in rest:
            key = level(next(iter(strata)))
            known = together.get(key)
            together[key] = (strata, sums) if known is None else (known[0] | strata, known[1] + sums)
        found += [one for one in together.values() if one[1].under >= max(minimum, 1)]
        rest = [one for one in together.values() if one[1].under < max(minimum, 1)]
    return found


def standardised(cells: Cells, weights: Mapping[Stratum, Fraction], minimum: int, *, share: bool) -> Standardised | None:
    """The ratio of one person under the weights of `standard`; None where no stratum holds `minimum` cases, even pooled.

    `share`: whether every case adds 0 to 1, so that it is the rate of p of n cases; else it is a mean.
    """
    kept = [(sum((weights[one] for one in strata), Fraction(0)), sums) for strata, sums in pooled(cells, minimum)]
    total, mine = sum(weights.values(), Fraction(0)), sum((weight for weight, _ in kept), Fraction(0))
    if not mine:
        return None
    weighed = [(weight / mine, sums) for weight, sums in kept]
    ratio = sum((weight * sums.ratio for weight, sums in weighed), Fraction(0))
    if not share:
        of_means = [(weight, sums.mean_variance) for weight, sums in weighed]
        known = [weight**2 * variance for weight, variance in of_means if variance is not None]
        return Standardised(ratio, mine / total, sum(known, Fraction(0)) if len(known) == len(of_means) else None, None)
    variance = sum((weight**2 * sums.share_variance for weight, sums in weighed), Fraction(0))
    # Strata of 100 % have no variance by the formula, but ten of ten is not certainty: never surer than as many cases of one kind.
    cases = 1 / sum((weight**2 / sums.under for weight, sums in weighed), Fraction(0))
    if variance > 0 and 0 < ratio < 1:
        cases = min(cases, ratio * (1 - ratio) / variance)
    return Standardised(ratio, mine / total, variance, cases)
