"""How sure a figure is: the Wilson score interval of a rate (counting rule 49)."""

from __future__ import annotations

import polars as pl

Z = 1.959963984540054
"""The normal quantile of 97.5 %: two sides of 95 %."""


def wilson(numerator: pl.Expr, denominator: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Low and high end of the 95 % interval of numerator ÷ denominator, each 0 to 1; null where the denominator is null or 0.

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927). Unlike the textbook's
    normal interval it stays within 0 and 1 and says something at 0 of n and n of n.
    """
    n = pl.when(denominator > 0).then(denominator)
    share = numerator / n
    middle = share + Z**2 / (2 * n)
    spread = Z * (share * (1 - share) / n + Z**2 / (4 * n**2)).sqrt()
    whole = 1 + Z**2 / n
    return ((middle - spread) / whole).clip(0, 1), ((middle + spread) / whole).clip(0, 1)


def interval(numerator: float | None, denominator: float | None) -> tuple[float, float] | None:
    """The 95 % interval of one rate (`wilson`); None where there is no denominator, or the quotient is no share of it."""
    if numerator is None or not denominator or not 0 <= numerator <= denominator:
        return None
    ends = wilson(pl.lit(numerator, pl.Float64), pl.lit(denominator, pl.Float64))
    low, high = pl.select(low=ends[0], high=ends[1]).row(0)
    return low, high
