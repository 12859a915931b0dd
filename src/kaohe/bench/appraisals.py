"""Appraising: many agents at once, and a year under two schemes, from made-up figures that are ready."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import polars as pl

from kaohe.appraisal import Scheme, appraise, parse
from kaohe.appraisal.gathering import Gathered
from kaohe.appraisal.months import days_of, months_of
from kaohe.appraisal.simulation import simulate
from kaohe.appraisal.weights import with_weight
from kaohe.bench.clock import Contender, Timed, side_by_side
from kaohe.metrics import exempt

AGENTS, AGENTS_OF_MONTH, MONTHS = 10_000, 1_000, "2026-01..2026-12"
MANY, YEAR = "many agents", "a year, two schemes"

RATES = (
    "reply_rate_30s",
    "reply_rate_3min",
    "reply_rate_5min",
    "reply_rate",
    "effective_reply_rate",
    "inquiry_conversion",
    "order_conversion",
    "refund_rate",
)
SECONDS = ("avg_response_seconds", "first_response_seconds", "median_response_seconds")
SERVED, SALES = "served_buyers", "net_sales_amount"

_BANDS = "{below: 60%, points: 0}, {at_least: 60%, below: 80%, points: 60}, {at_least: 80%, below: 95%, points: 85}, {at_least: 95%, points: 100}"
_FALLING = "{below: 60%, points: 100}, {at_least: 60%, below: 80%, points: 85}, {at_least: 80%, points: 0}"
_LINE = "low: {figure: 20, points: 100}, high: {figure: 60, points: 0}"
_ITEMS = (
    *(
        f"{{metric: {one}, weight: 8, minimum_sample: 20, scoring: {{kind: bands, bands: [{_FALLING if one == 'refund_rate' else _BANDS}]}}}}"
        for one in RATES
    ),
    *(f"{{metric: {one}, weight: 9, scoring: {{kind: linear, {_LINE}}}}}" for one in SECONDS),
    f"{{metric: {SERVED}, weight: 9, scoring: {{kind: bands, on: percentile, bands: [{{below: 50%, points: 60}}, {{at_least: 50%, points: 100}}]}}}}",
)


def scheme() -> Scheme:
    """Twelve items of three kinds, grades, and pay of a base, a commission and prizes."""
    return parse(
        f"""
name: bench
title: bench
source: kaohe bench
items: [{", ".join(_ITEMS)}]
grades:
  bands:
    - {{below: 60, name: C, coefficient: 0.8}}
    - {{at_least: 60, below: 80, name: B}}
    - {{at_least: 80, name: A, coefficient: 1.2}}
pay:
  lines:
    - {{id: base, kind: fixed, amount: 3000}}
    - id: commission
      kind: commission
      on: {{metric: {SALES}}}
      coefficient: true
      bands: [{{below: 50000, rate: 1%}}, {{at_least: 50000, rate: 1.5%}}]
    - {{id: prizes, kind: place, prizes: [500, 300, 100]}}
"""
    )


def figures(agents: int, seed: int) -> pl.DataFrame:
    """Figures of so many agents, as `appraise` takes them: one in twenty has too small a sample."""
    chance = np.random.default_rng(seed)
    ids = [f"a{number:05}" for number in range(agents)]
    nobody = np.full(agents, np.nan)

    def rows(metric: str, numerator: np.ndarray, denominator: np.ndarray) -> pl.DataFrame:
        return pl.DataFrame({"agent_id": ids, "metric": metric, "numerator": numerator, "denominator": denominator}, nan_to_null=True)

    found = []
    for metric in RATES:
        asked = chance.integers(0, 400, agents).astype(np.float64)
        found.append(rows(metric, np.floor(asked * chance.random(agents) ** 0.2), asked))
    for metric in SECONDS:
        asked = chance.integers(1, 400, agents).astype(np.float64)
        found.append(rows(metric, np.floor(asked * chance.uniform(10, 70, agents)), asked))
    found.append(rows(SERVED, chance.integers(1, 2_000, agents).astype(np.float64), nobody))
    found.append(rows(SALES, chance.integers(0, 10_000_000, agents) / 100, nobody))
    divided = pl.when(pl.col("denominator").is_null()).then("numerator").otherwise(pl.col("numerator") / pl.col("denominator"))
    return pl.concat(found).with_columns(value=pl.when(pl.col("denominator").fill_null(1) != 0).then(divided))


def measure(
    runs: int, tell: Callable[[str], None], *, agents: int = AGENTS, agents_of_month: int = AGENTS_OF_MONTH, months: str = MONTHS
) -> dict[str, Timed]:
    """Time an appraisal of `agents`, and a simulation of two schemes over `months` with all its tables. Returns the times by `MANY` and `YEAR`."""
    first = scheme()
    second = with_weight(first, RATES[0], Decimal(20))
    many = figures(agents, 1)
    left_out = pl.DataFrame(schema=exempt.OFF)
    year = {
        month: Gathered(days_of(month), figures(agents_of_month, seed), None, None, None, left_out)
        for seed, month in enumerate(months_of(months), start=2)
    }

    def judged() -> int:
        return len(appraise(first, many).people)

    def simulated() -> int:
        found = simulate([first, second], year)
        frames = (found.results, found.people, found.costs, found.summary, found.items, found.correlations)
        return sum(frame.height for frame in frames)

    return side_by_side([Contender(MANY, judged), Contender(YEAR, simulated)], runs, tell)
