"""When buyers come: the curve of a day, the days of a week, the promotions of a year."""

from __future__ import annotations

import datetime as dt

import numpy as np

from kaohe.demo.ragged import Floats, Ints

DAY = 86_400
UTC_OFFSET = 8 * 3600
"""Seconds Asia/Shanghai is ahead of UTC, all year."""

OPENS, CLOSES = 8 * 3600, 23 * 3600 + 1800
"""Seconds of the day between which somebody is on duty."""

# Arrivals by hour: nearly nobody in the small hours, peaks at 10-12, 14-17 and 20-22.
HOURS = (10, 5, 3, 2, 2, 3, 7, 16, 38, 64, 92, 90, 58, 62, 84, 88, 80, 58, 52, 66, 98, 96, 62, 28)

# Monday first.
WEEKDAYS = (1.00, 0.97, 0.96, 0.98, 1.01, 1.10, 1.12)

PROMOTIONS: dict[tuple[int, int], float] = {
    (1, 1): 1.2,
    (3, 8): 1.3,
    (5, 1): 1.2,
    (6, 1): 1.3,
    (6, 18): 1.45,
    (9, 9): 1.2,
    **{(10, day): 1.15 for day in range(1, 8)},
    (10, 20): 1.4,
    (10, 21): 1.3,
    (11, 1): 1.4,
    (11, 11): 1.5,
    (12, 12): 1.35,
}
"""Month and day of the promotions every platform runs, and what they do to the number of buyers."""


def factor(day: dt.date) -> float:
    """How many times an ordinary day's buyers come on `day`."""
    return WEEKDAYS[day.weekday()] * PROMOTIONS.get((day.month, day.day), 1.0)


def seconds(rng: np.random.Generator, count: int, *, at_night: bool = True) -> Ints:
    """`count` seconds of the day by the daily curve, in no order. Without `at_night` only while somebody is on duty."""
    weights = np.array([weight if at_night or 8 <= hour <= 22 else 0 for hour, weight in enumerate(HOURS)], dtype=np.float64)
    edges = np.cumsum(weights) / weights.sum()
    hour = np.searchsorted(edges, rng.random(count), side="right")
    return (hour * 3600 + rng.integers(0, 3600, count)).astype(np.int64)


def rush(second: Ints) -> Floats:
    """How much longer everybody takes to answer at that second of the day: 1 on average hours, more at the peaks."""
    busy = np.array(HOURS, dtype=np.float64)
    by_hour: Floats = 0.75 + 0.5 * busy / busy.max()
    return by_hour[(second % DAY) // 3600]
