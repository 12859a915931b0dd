"""The adjusted comparison: agents' ratios as they are, whose can not be told apart, and beside them what they would be under the team's mix of cases.

The rule in words, with an example, is `docs/reference/adjusted.md`. It stands beside the raw figure, never instead of it, and never gives points.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from datetime import date
from fractions import Fraction

import polars as pl

from kaohe.errors import WRONG_USE, code, failure
from kaohe.metrics import comparing, intervals
from kaohe.metrics.cases import STRATA, cells, strata_of
from kaohe.metrics.catalogue import FAMILY_OF
from kaohe.metrics.figures import MINIMUM_SAMPLE, chosen, figures
from kaohe.metrics.metric import Metric
from kaohe.metrics.source import Ask, Source
from kaohe.metrics.standard import Cells, standard, standardised

__all__ = ["COMPARISON", "COVERED", "STRATA", "adjusted"]

COVERED = 0.8
"""An adjusted figure is shown when the agent has cases in strata with at least so much of the standard."""

WIDER = 2
"""And when its interval is at most so many times as wide as that of the raw figure: else it hangs on a few cases that stand for many."""

COMPARISON: dict[str, pl.DataType] = {
    "agent_id": pl.String(),
    "metric": pl.String(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "sample": pl.Float64(),
    "enough": pl.Boolean(),
    "place": pl.Int64(),
    "alike": pl.Int64(),
    "strata": pl.String(),
    "covered": pl.Float64(),
    "adjusted": pl.Float64(),
    "adjusted_low": pl.Float64(),
    "adjusted_high": pl.Float64(),
    "comparable": pl.Boolean(),
    "comparable_place": pl.Int64(),
    "adjusted_place": pl.Int64(),
}
"""One row per agent for whom anything was counted, the best first, then those without a place, then by id.

The raw figure is that of `kaohe.metrics.figures.figures`; a mean of cases has an interval here too. `place` and `alike`, the group of those who can not be told
apart (`kaohe.metrics.comparing.groups`), are of those whose sample is `enough`; a metric whose denominator is no number of cases has no sample to be too small.
`strata`: what the adjusted figure tells apart, such as `hour+shop`; null where the metric can not be adjusted, and then so is all after it. `covered`: 0 to 1, the
share of the team's cases in strata in which the agent has cases that count. `adjusted` with its 95 % interval, in the metric's unit, null where no stratum
has enough cases. `comparable`: whether the sample is enough, `COVERED` is reached, and the interval is at most `WIDER` times as wide as the raw one; only then is `adjusted` to
be shown. `adjusted_place` and
`comparable_place`, by the raw figure, are the places among those who are, so that nobody moves because somebody else is missing."""

NO_RATIO = code(
    "not_comparable",
    zh="“{name}”不能这样比较：只有按客服算的比率和平均值可以。个数和金额请用 kaohe metrics",
    en="{name} can not be compared like this: only rates and means that are counted by agent can. For counts and amounts use 'kaohe metrics'",
    exit=WRONG_USE,
)


def adjusted(
    source: Source,
    metric: str,
    first: date | None = None,
    last: date | None = None,
    strata: Collection[str] = STRATA,
    *,
    minimum: int = MINIMUM_SAMPLE,
    shop: str | None = None,
    executor: Executor | None = None,
) -> pl.DataFrame:
    """The agents' figures of one metric side by side (`COMPARISON`): of the days from `first` to `last`, both included, None for all; in one shop or all.

    `strata` are any of hour, shop and inquiry; those that make no sense of the metric are passed over. `minimum`: below so many cases a figure is too small a
    sample, and a stratum is pooled. The team is everybody who has cases in these days and shops. No data gives no rows.
    Raises `Failure` for an unknown metric or stratum, and for a metric that is no ratio by agent.
    """
    (asked,) = chosen([metric])
    told = strata_of(asked, strata)
    if asked.under is None or asked.over is None or not all("agent" in FAMILY_OF[tally.id].by for tally in asked.tallies):
        raise failure(NO_RATIO, name=asked.zh, id=asked.id)
    by = ("agent",) if shop is None else ("agent", "shop")
    raw = figures(source, by=by, first=first, last=last, metrics=[metric], executor=executor, minimum=lambda _metric: minimum)
    if shop is not None:
        raw = raw.filter(pl.col("shop_id") == shop)
    raw = raw.filter(pl.col("agent_id").is_not_null() & ((pl.col("numerator") != 0) | (pl.col("denominator") != 0)))
    of_agents = cells(source, asked, Ask(first, last, ("agent_id",), executor), told, shop) if told else {}
    return _beside(_with_interval(raw, asked, of_agents), asked, of_agents, told, minimum)


def _with_interval(raw: pl.DataFrame, metric: Metric, of_agents: Mapping[str, Cells]) -> pl.DataFrame:
    """The raw figures, means with an interval as well: of all bundles of the agent together."""
    if metric.unit == "rate":
        return raw
    ends = []
    for agent, value in raw.select("agent_id", "value").iter_rows():
        sums = list(of_agents.get(agent, {}).values())
        whole = sum(sums[1:], sums[0]) if sums else None
        variance = whole.mean_variance if whole is not None and whole.under else None
        ends.append(_around(value, None if variance is None else variance * _scale(metric) ** 2))
    return raw.with_columns(pl.Series(name, [one[place] for one in ends], dtype=pl.Float64) for place, name in enumerate(("low", "high")))


def _scale(metric: Metric) -> Fraction:
    """From a quotient of tallies to the metric's unit."""
    return Fraction(metric.per_under, metric.per)


def _around(value: float | None, variance: Fraction | None) -> tuple[float | None, float | None]:
    """The 95 % interval of a mean, which is never below 0."""
    if value is None or variance is None:
        return None, None
    spread = intervals.Z * math.sqrt(variance)
    return max(value - spread, 0.0), value + spread


def _beside(raw: pl.DataFrame, metric: Metric, of_agents: Mapping[str, Cells], told: Sequence[str], minimum: int) -> pl.DataFrame:
    """The raw figures with groups, places, and the adjusted figures beside them (`COMPARISON`)."""
    agents = raw["agent_id"].to_list()
    enough = pl.col("value").is_not_null() & pl.col("enough").fill_null(True)
    frame = raw.with_columns(
        pl.Series("strata", ["+".join(told) or None] * len(agents), dtype=pl.String),
        *_standardised(agents, of_agents, metric, minimum, adjustable=bool(told)),
    ).with_columns(_placed=enough)
    sure = pl.col("adjusted_high") - pl.col("adjusted_low") <= WIDER * (pl.col("high") - pl.col("low"))
    comparable = pl.col("_placed") & (pl.col("covered") >= COVERED) & sure.fill_null(False)
    frame = frame.with_columns(comparable=comparable if told else pl.lit(None, pl.Boolean))

    def only(name: str, flag: str) -> list[float | None]:
        return frame.select(pl.when(flag).then(name)).to_series().to_list()

    values, lows, highs = (only(name, "_placed") for name in ("value", "low", "high"))
    placed = frame.with_columns(
        pl.Series("place", comparing.places(values, metric.better), dtype=pl.Int64),
        pl.Series("alike", comparing.groups(values, lows, highs, metric.better), dtype=pl.Int64),
        pl.Series("comparable_place", comparing.places(only("value", "comparable"), metric.better), dtype=pl.Int64),
        pl.Series("adjusted_place", comparing.places(only("adjusted", "comparable"), metric.better), dtype=pl.Int64),
    )
    best = pl.col("value") if metric.better == "lower" else -pl.col("value")
    ordered = placed.sort(~pl.col("_placed"), best, "agent_id", nulls_last=True)
    return ordered.select(pl.col(name).cast(dtype) for name, dtype in COMPARISON.items())


def _standardised(
    agents: Sequence[str], of_agents: Mapping[str, Cells], metric: Metric, minimum: int, *, adjustable: bool
) -> list[pl.Series]:
    """The columns `covered`, `adjusted`, `adjusted_low` and `adjusted_high` of these agents."""
    share, scale = metric.unit == "rate", _scale(metric)
    weights = standard(of_agents.values())
    found = [standardised(of_agents[one], weights, minimum, share=share) if one in of_agents else None for one in agents]
    nothing = 0.0 if adjustable else None
    values = [None if one is None else float(one.ratio * scale) for one in found]
    if share:
        cases = pl.Series([None if one is None or one.cases is None else float(one.cases) for one in found], dtype=pl.Float64)
        counted = pl.DataFrame({"ratio": pl.Series(values, dtype=pl.Float64), "cases": cases})
        low, high = intervals.wilson(pl.col("ratio") * pl.col("cases"), pl.col("cases"))
        ends = counted.select(low=low, high=high).rows()
    else:
        variances = [None if one is None or one.variance is None else one.variance * scale**2 for one in found]
        ends = [_around(value, variance) for value, variance in zip(values, variances, strict=True)]
    return [
        pl.Series("covered", [nothing if one is None else float(one.covered) for one in found], dtype=pl.Float64),
        pl.Series("adjusted", values, dtype=pl.Float64),
        pl.Series("adjusted_low", [one[0] for one in ends], dtype=pl.Float64),
        pl.Series("adjusted_high", [one[1] for one in ends], dtype=pl.Float64),
    ]
