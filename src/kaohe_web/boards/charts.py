"""A line of figures over days as SVG, drawn here: no script, nothing loaded, and readable without colour."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 76, 12, 14, 34
MOST_DOTS = 100
"""Days of which each has a dot; of more only those with too small a sample."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a template draws: points, stretches of line, ticks. All lengths are those of the view box."""

    width: int
    height: int
    left: float
    right: float
    bottom: float
    paths: list[str]
    points: list[tuple[float, float, str, bool]]
    ticks: list[tuple[float, str]]
    days: list[tuple[float, str]]
    threshold: tuple[float, str] | None


def line(
    days: Sequence[date],
    values: Sequence[float | None],
    few: Sequence[bool],
    threshold: float | None,
    words: Callable[[float | None], str],
) -> Line | None:
    """Values over days; days without one are gaps. None where there is nothing to draw."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high, step = _scale([*known, *([threshold] if threshold is not None else [])])
    span = max((days[-1] - days[0]).days, 1)
    bottom = HEIGHT - BOTTOM

    def x(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * ((day - days[0]).days / span if len(days) > 1 else 0.5), 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - TOP) * (value - low) / (high - low), 1)

    dotted = len(days) <= MOST_DOTS
    points = [
        (x(day), y(value), f"{day} {words(value)}", mark)
        for day, value, mark in zip(days, values, few, strict=True)
        if value is not None and (dotted or mark)
    ]
    paths: list[str] = []
    stretch: list[str] = []
    before: date | None = None
    for day, value in zip(days, values, strict=True):
        if value is None or (before is not None and (day - before).days > 1):
            _end(paths, stretch)
            stretch = []
        if value is not None:
            stretch.append(f"{x(day)} {y(value)}")
            before = day
    _end(paths, stretch)
    count = round((high - low) / step)
    ticks = [(y(low + step * n), words(low + step * n)) for n in range(count + 1)]
    every = max(1, math.ceil(len(days) / 8))
    marks = [(x(day), f"{day:%m-%d}") for day in days[::every]]
    limit = None if threshold is None else (y(threshold), words(threshold))
    return Line(WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, bottom, paths, points, ticks, marks, limit)


def _end(paths: list[str], stretch: list[str]) -> None:
    if len(stretch) > 1:
        paths.append("M" + " L".join(stretch))


def _scale(values: Sequence[float]) -> tuple[float, float, float]:
    """Round ends of an axis that holds all values, and the step between ticks.

    >>> _scale([0.81, 0.93])
    (0.8, 0.95, 0.05)
    """
    low, high = min(values), max(values)
    if low == high:
        low, high = (low - abs(low) * 0.1, high + abs(high) * 0.1) if low else (0.0, 1.0)
    rough = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * n for n in (1, 2, 5, 10) if size * n >= rough * 0.999)
    begin, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    begin = max(begin, 0) if min(values) >= 0 else begin
    return round(begin * step, 10), round(max(end, begin + 1) * step, 10), round(step, 10)


STEPS = 5
"""Shades of a heat map."""


def shades(values: Sequence[float | None], *, better: str | None) -> list[int]:
    """A step of 0 (nothing), 1 (poor, or little) to `STEPS` for each value, even over their range; where lower is better the lowest is the best."""
    known = [value for value in values if value is not None]
    if not known:
        return [0] * len(values)
    low, high = min(known), max(known)
    found = []
    for value in values:
        if value is None:
            found.append(0)
        else:
            step = STEPS if high == low else min(int((value - low) / (high - low) * STEPS) + 1, STEPS)
            found.append(STEPS + 1 - step if better == "lower" and high != low else step)
    return found
