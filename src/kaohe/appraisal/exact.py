"""Numbers without error: fractions inside, decimals at the edges, halves rounded up once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator


def number(given: Any) -> Decimal | None:
    """A number as people write it in a scheme, `95%` being 0.95; None for what is none.

    >>> number("95%"), number(0.1), number(30), number("八成")
    (Decimal('0.95'), Decimal('0.1'), Decimal('30'), None)
    """
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        return None
    text = str(given).strip()
    percent = text.endswith(("%", "％"))
    try:
        found = Decimal(text[:-1].strip() if percent else text)
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found.adjusted()) > 30:
        return None
    return found.scaleb(-2) if percent else found


def _number(given: Any) -> Any:
    found = number(given)
    if found is None and given is not None:
        raise ValueError("应为数字或百分比，如 30、0.95、95% / expected a number or a percentage such as 30, 0.95, 95%")
    return found


Number = Annotated[Decimal, BeforeValidator(_number)]
"""A Decimal that may be written as a percentage."""


def fraction(value: float | Decimal) -> Fraction:
    """The number people see when the float is printed, exactly: 0.1 is one tenth. ValueError for NaN and infinities."""
    if isinstance(value, float) and not value.is_integer():
        if not math.isfinite(value):
            raise ValueError(f"{value} is no figure")
        return Fraction(repr(value))
    return Fraction(int(value)) if isinstance(value, float) else Fraction(value)


def units(value: Fraction, places: int) -> int:
    """How many units of 10^-`places`, halves away from zero.

    >>> units(Fraction(1, 200), 2), units(Fraction(-1, 200), 2), units(Fraction(2, 3), 2)
    (1, -1, 67)
    """
    above, below = abs(value.numerator) * 10 ** abs(places), value.denominator
    whole: int = (2 * above + below) // (2 * below)
    return -whole if value < 0 else whole


def decimal(count: int, places: int) -> Decimal:
    """So many units of 10^-`places`, whatever the precision of the decimal context.

    >>> decimal(378000, 2), decimal(-5, 2), decimal(0, 2)
    (Decimal('3780.00'), Decimal('-0.05'), Decimal('0.00'))
    """
    # From a tuple, which no context rounds.
    return Decimal((1 if count < 0 else 0, tuple(int(digit) for digit in str(abs(count))), -places))


def rounded(value: Fraction, places: int) -> Decimal:
    """Round to `places` decimals, halves away from zero.

    >>> rounded(Fraction(1, 200), 2), rounded(Fraction(-1, 200), 2), rounded(Fraction(2, 3), 2)
    (Decimal('0.01'), Decimal('-0.01'), Decimal('0.67'))
    """
    return decimal(units(value, places), places)


def spread(total: Decimal, shares: Sequence[Decimal], places: int) -> list[Decimal]:
    """`total` divided in proportion to `shares`, each part rounded to `places`, adding up to `total` exactly.

    What rounding down leaves goes, a unit each, to the parts that lost most; among equals to the earlier.
    Needs `total` to have at most `places` decimals and the shares to be positive.

    >>> [str(part) for part in spread(Decimal(100), [Decimal(20)] * 3, 2)]
    ['33.34', '33.33', '33.33']
    """
    finest = 10 ** max(places, *(-min(0, int(share.as_tuple().exponent)) for share in shares))
    # Whole numbers throughout: a scheme in which figures are missing asks for thousands of these.
    parts = [int(share * finest) for share in map(Fraction, shares)]
    units, whole = int(Fraction(total) * 10**places), sum(parts)
    given = [divmod(units * part, whole) for part in parts]
    amounts = [amount for amount, _ in given]
    for at in sorted(range(len(given)), key=lambda at: (-given[at][1], at))[: units - sum(amounts)]:
        amounts[at] += 1
    return [decimal(amount, places) for amount in amounts]


def shown(value: Fraction, edges: Iterable[Decimal] = (), *, places: int = 2) -> str:
    """A value with `places` decimals, or as many more as it takes to stay on its side of every edge.

    94.999 never shows as 95.00 when a band begins at 95.

    >>> shown(Fraction(94999, 1000), [Decimal(95)]), shown(Fraction(95), [Decimal(95)])
    ('94.999', '95.00')
    """
    about = float(value)
    # Rounding moves a value by less than 1, so edges further off can not be crossed.
    limits = [Fraction(edge) for edge in edges if abs(float(edge) - about) <= 1]
    found = rounded(value, places)
    while places < 12 and any(_side(Fraction(found), edge) != _side(value, edge) for edge in limits):
        places += 1
        found = rounded(value, places)
    return f"{found:,f}"


def _side(value: Fraction, edge: Fraction) -> int:
    return (value > edge) - (value < edge)


def plain(value: Decimal) -> str:
    """A decimal without trailing zeros and without an exponent.

    >>> plain(Decimal("25.00")), plain(Decimal("1E+2")), plain(Decimal("0.50"))
    ('25', '100', '0.5')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
