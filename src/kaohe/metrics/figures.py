"""Figures: the catalogue's metrics for any group and span of days, each with numerator and denominator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from kaohe.definitions import nearest
from kaohe.errors import WRONG_USE, Failure, Problem, code
from kaohe.facts import Facts, Slice
from kaohe.lake.runner import run
from kaohe.metrics.catalogue import CATALOGUE, Metric
from kaohe.metrics.tallies import tallied, waited
from kaohe.model.people import WHO, Roster
from kaohe.packs import Parameters

BY = {
    "shop": "shop_id",
    "agent": "agent_id",
    "group": "group",
    "role": "role",
    "day": "day",
    "hour": "hour",
    "platform": "platform",
}
"""What figures can be grouped by, and the column it stands in."""

UNKNOWN_METRIC = code(
    "unknown_metric",
    zh="没有“{metric}”这个指标。{hint_zh}用 kaohe metrics list 查看全部",
    en="no metric {metric!r}. {hint_en}Run 'kaohe metrics list' to see all",
    exit=WRONG_USE,
)
UNKNOWN_GROUPING = code(
    "unknown_grouping",
    zh="不能按“{by}”分组。可用：{known}",
    en="can not group by {by!r}. Known: {known}",
    exit=WRONG_USE,
)

_ALL = "_all"
"""The one group when nothing is grouped by."""

_COUNTED = tuple(dict.fromkeys(tally.id for metric in CATALOGUE.values() for tally in metric.tallies))


@dataclass(frozen=True, slots=True)
class Source:
    """All that figures are made from: facts, people, shops, and each shop's pack parameters on a day."""

    facts: Facts
    roster: Roster
    shops: pl.DataFrame
    parameters: Callable[[str, date], Parameters]


def chosen(metrics: Collection[str] | None) -> list[Metric]:
    """The metrics of those ids in the catalogue's order, all for None. Raises `Failure` naming every unknown one."""
    if metrics is None:
        return list(CATALOGUE.values())
    problems = []
    for metric in metrics:
        if metric not in CATALOGUE:
            guess = nearest(metric, CATALOGUE)
            hint_zh, hint_en = (f"是否想写“{guess}”？", f"Did you mean {guess!r}? ") if guess else ("", "")
            problems.append(Problem(UNKNOWN_METRIC, parts={"metric": metric, "hint_zh": hint_zh, "hint_en": hint_en}))
    if problems:
        raise Failure(problems)
    return [metric for metric in CATALOGUE.values() if metric.id in metrics]


def columns_of(by: Sequence[str]) -> list[str]:
    """The columns of a grouping, in the order given. Raises `Failure` for an unknown one."""
    unknown = [name for name in by if name not in BY]
    if unknown:
        raise Failure(Problem(UNKNOWN_GROUPING, parts={"by": name, "known": ", ".join(BY)}) for name in unknown)
    return [BY[name] for name in dict.fromkeys(by)]


def figures(
    source: Source,
    *,
    by: Sequence[str] = ("shop", "agent"),
    first: date | None = None,
    last: date | None = None,
    metrics: Collection[str] | None = None,
    executor: Executor | None = None,
) -> pl.DataFrame:
    """Figures of the days from `first` to `last`, both included; all days for None.

    Returns one row per group and metric: the columns of `by`, `metric`, `numerator` (Float64, null for quantiles), `denominator` (Float64,
    null for counts), `value` (Float64, null when nothing was counted). Rates are 0 to 1, durations seconds. A group is there when any buyer or human
    message falls in it. Sorted by group, then in the catalogue's order.
    """
    wanted, columns = chosen(metrics), columns_of(by)
    who = [name for name in WHO if name in columns]
    by_hour = "hour" in columns
    pieces = source.facts.slices(first, last)
    key = _key(source, pieces, columns, [metric.id for metric in wanted])
    return source.facts.cache.get("figures", key, lambda: _figures(source, pieces, wanted, columns, who, by_hour, executor))


def _figures(
    source: Source,
    pieces: list[Slice],
    wanted: list[Metric],
    columns: list[str],
    who: list[str],
    by_hour: bool,
    executor: Executor | None,
) -> pl.DataFrame:
    group = ["shop_id", "day", *who, *(["hour"] if by_hour else [])]
    tally = partial(_tallied, source, who, by_hour)
    found = list(run(tally, pieces, executor))
    if not found:
        found = [pl.DataFrame(schema={**_group_schema(group), **dict.fromkeys(_COUNTED, pl.Int64)})]
    keys = columns or [_ALL]
    counted = _summed(source, pl.concat([frame.select(*group, *_COUNTED) for frame in found]), keys)
    quantiles = [metric for metric in wanted if metric.quantile is not None]
    if quantiles:
        schema = {**_group_schema(group), "wait": pl.Int64(), "messages": pl.Int64()}
        waits = _by_wait(source, pl.DataFrame(schema=schema), keys)
        for frame in run(partial(_waited, source, who, by_hour), pieces, executor):
            # Added up as they come: a month of a large company has tens of millions of waits, but few different ones per group.
            waits = pl.concat([waits, _by_wait(source, frame.select(list(schema)), keys)])
            if len(waits) > 3_000_000:
                waits = waits.group_by(*keys, "wait").agg(pl.sum("messages"))
        counted = counted.join(_quantiles(waits, keys, quantiles), on=keys, how="left", nulls_equal=True)
    return _long(counted, columns, wanted)


def _tallied(source: Source, who: list[str], by_hour: bool, piece: Slice) -> pl.DataFrame:
    key = piece.key("tallies", who, by_hour, source.roster.fingerprint() if who else "", _parameters(source, piece))
    compute = partial(tallied, source.facts, piece, source.roster, source.parameters, who, by_hour=by_hour)
    return source.facts.cache.get("tallies", key, compute)


def _waited(source: Source, who: list[str], by_hour: bool, piece: Slice) -> pl.DataFrame:
    return waited(source.facts, piece, source.roster, who, by_hour=by_hour)


def _parameters(source: Source, piece: Slice) -> list[tuple[str, str]]:
    return [(shop, repr(source.parameters(shop, piece.day))) for shop in piece.shops]


def _key(source: Source, pieces: list[Slice], columns: list[str], metrics: list[str]) -> str:
    """Everything the figures depend on. The same key gives the same figures."""
    parts = [piece.key(_parameters(source, piece)) for piece in pieces]
    shops = source.shops.sort("shop_id").rows() if "platform" in columns else []
    return hashlib.sha256(repr((parts, columns, metrics, source.roster.fingerprint(), shops)).encode()).hexdigest()[:32]


def _group_schema(group: Sequence[str]) -> dict[str, pl.DataType]:
    kinds: dict[str, pl.DataType] = {"day": pl.Date(), "hour": pl.Int8()}
    return {name: kinds.get(name, pl.String()) for name in group}


def _grouped(source: Source, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    if "platform" in keys:
        frame = frame.join(source.shops.select("shop_id", "platform"), on="shop_id", how="left")
    return frame.with_columns(pl.lit(0).alias(_ALL)) if keys == [_ALL] else frame


def _summed(source: Source, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    return _grouped(source, frame, keys).group_by(keys).agg(pl.sum(*_COUNTED))


def _by_wait(source: Source, waits: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    return _grouped(source, waits, keys).group_by(*keys, "wait").agg(pl.sum("messages"))


def _quantiles(waits: pl.DataFrame, keys: list[str], metrics: list[Metric]) -> pl.DataFrame:
    """Exact quantiles of waits given how often each occurred, linear between the closest ranks."""
    counted = waits.group_by(*keys, "wait").agg(pl.sum("messages")).sort(*keys, "wait")
    found = counted.select(keys).unique()
    upto, total = pl.col("messages").cum_sum(), pl.col("messages").sum()
    for metric in metrics:
        # The place from 0 in tenths: integers keep .5 and .9 exact.
        tenths = round((metric.quantile or 0) * 10)
        low, part = (total - 1) * tenths // 10, (total - 1) * tenths % 10
        at = counted.group_by(keys, maintain_order=True).agg(
            low=pl.col("wait").filter(upto > low).first(),
            high=pl.col("wait").filter(upto > pl.min_horizontal(low + 1, total - 1)).first(),
            part=part,
        )
        value = (pl.col("low") * (10 - pl.col("part")) + pl.col("high") * pl.col("part")) / 10_000_000
        found = found.join(at.select(*keys, value.alias(metric.id)), on=keys, how="left", nulls_equal=True)
    return found


def _long(counted: pl.DataFrame, columns: list[str], wanted: list[Metric]) -> pl.DataFrame:
    ordered = counted.sort(columns, nulls_last=True) if columns else counted
    frames = []
    for place, metric in enumerate(wanted):
        null = pl.lit(None, pl.Float64)
        over = pl.col(metric.over.id).cast(pl.Float64) / metric.per if metric.over is not None else null
        under = pl.col(metric.under.id).cast(pl.Float64) if metric.under is not None else null
        if metric.quantile is not None:
            value = pl.col(metric.id)
        elif metric.under is None:
            value = over
        else:
            value = pl.when(under != 0).then(over / under)
        frames.append(
            ordered.select(
                *columns,
                metric=pl.lit(metric.id),
                numerator=over,
                denominator=under,
                value=value,
                _group=pl.int_range(pl.len()),
                _metric=pl.lit(place),
            )
        )
    return pl.concat(frames).sort("_group", "_metric").drop("_group", "_metric")
