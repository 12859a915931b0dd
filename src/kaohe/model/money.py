"""Money: Decimal yuan, two places, ROUND_HALF_UP, rounded once, at the line that is paid (SEMANTICS §9)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")


def yuan(amount: Decimal) -> Decimal:
    """Round to fen, halves away from zero.

    >>> yuan(Decimal("1.005")), yuan(Decimal("-1.005"))
    (Decimal('1.01'), Decimal('-1.01'))
    """
    return amount.quantize(FEN, ROUND_HALF_UP)
