"""How unequally an amount is divided among people, by closed forms over whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

FIFTH = Fraction(1, 5)


def gini(amounts: Sequence[int]) -> Fraction | None:
    """The Gini coefficient of amounts, 0 where all are equal and (n − 1) ÷ n where one of n people has everything.

    Half the mean difference of all pairs as a share of the mean; with x₁ ≤ … ≤ xₙ that is Σ (2i − n − 1) xᵢ ÷ (n Σ xᵢ).
    None for nobody, for a sum of 0, and where somebody has less than nothing: shares of a debt mean nothing.

    >>> gini([1, 1, 1, 1]), gini([0, 0, 0, 5]), gini([1, 2, 3]), gini([])
    (Fraction(0, 1), Fraction(3, 4), Fraction(2, 9), None)
    """
    ordered = _shareable(amounts)
    if ordered is None:
        return None
    count = len(ordered)
    return Fraction(sum((2 * at - count - 1) * amount for at, amount in enumerate(ordered, start=1)), count * sum(ordered))


def top_share(amounts: Sequence[int], part: Fraction = FIFTH) -> Fraction | None:
    """What share of the sum the best `part` of the people have. Where that is no whole number of people, the last one counts in part, so that
    equal amounts always give `part` itself. With x₁ ≥ … ≥ xₙ and k = part × n that is (x₁ + … + x₍ₖ₎ + (k − ⌊k⌋) x₍ₖ₊₁₎) ÷ Σ xᵢ, ⌊k⌋ whole people
    first. None as for `gini`.

    >>> top_share([10, 10, 10, 10, 60]), top_share([1] * 7), top_share([3, 1])
    (Fraction(3, 5), Fraction(1, 5), Fraction(3, 10))
    """
    ordered = _shareable(amounts)
    if ordered is None:
        return None
    ordered.reverse()
    people = part * len(ordered)
    whole = int(people)
    rest = (people - whole) * ordered[whole] if people > whole else 0
    return (sum(ordered[:whole]) + rest) / Fraction(sum(ordered))


def _shareable(amounts: Sequence[int]) -> list[int] | None:
    """The amounts from small to large; None where they can not be looked at as shares of a sum."""
    ordered = sorted(amounts)
    return ordered if ordered and ordered[0] >= 0 and ordered[-1] > 0 else None
