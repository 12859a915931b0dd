"""Places and prizes. Ties share a place, and the next place counts everybody before it: 1, 2, 2, 4."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from kaohe.appraisal.columns import Flags, Ints
from kaohe.appraisal.pay_plan import Ties


def places(points: Ints, mask: Flags) -> tuple[Ints, Ints]:
    """The place of everybody in `mask`, most points first, and how many share it; 0 and 0 for all others."""
    of = points[mask]
    values, which, people = np.unique(of, return_inverse=True, return_counts=True)
    ahead = np.concatenate((np.cumsum(people[::-1])[::-1][1:], [0]))[: len(values)]
    place, tied = np.zeros(len(points), dtype=np.int64), np.zeros(len(points), dtype=np.int64)
    place[mask], tied[mask] = ahead[which] + 1, people[which]
    return place, tied


def prize(prizes: Sequence[Decimal], place: int, tied: int, ties: Ties) -> Fraction:
    """The yuan of one of `tied` people at a place; nothing beyond the last prize and for place 0.

    >>> prize([Decimal(300), Decimal(200), Decimal(100)], 1, 2, "share"), prize([Decimal(300)], 1, 2, "each")
    (Fraction(250, 1), Fraction(300, 1))
    """
    if place == 0 or place > len(prizes):
        return Fraction(0)
    if ties == "each":
        return Fraction(prizes[place - 1])
    return sum(map(Fraction, prizes[place - 1 : place - 1 + tied]), Fraction(0)) / tied
