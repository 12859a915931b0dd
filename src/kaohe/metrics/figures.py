"""Figures: the catalogue's metrics for any group and span of days, each with numerator, denominator, sample and interval."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from datetime import date
from functools import partial

import polars as pl

from kaohe.definitions import nearest
from kaohe.errors import WRONG_USE, Failure, Problem, code
from kaohe.facts import Slice
from kaohe.lake.runner import run
from kaohe.metrics import counting, exempt, intervals
from kaohe.metrics.catalogue import CATALOGUE, FAMILIES, FAMILY_OF
from kaohe.metrics.metric import Metric
from kaohe.metrics.responses import FAMILY as RESPONSES
from kaohe.metrics.source import BY, GROUP_KINDS, Ask, Source
from kaohe.metrics.tallies import tallied, waited

__all__ = ["BY", "Source", "figures"]
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


UNKNOWN_SHOP = code(
    "unknown_shop",
    zh="没有“{shop}”这家店。{hint_zh}已有的店：{known}",
    en="no shop {shop!r}. {hint_en}Known: {known}",
    exit=WRONG_USE,
)


def only(source: Source, shops: Collection[str] | None) -> frozenset[str] | None:
    """Some shops, None for all. Raises `Failure` naming every one the workspace does not have."""
    if shops is None:
        return None
    known = sorted(source.shops["shop_id"])
    problems = []
    for shop in sorted(set(shops) - set(known)):
        guess = nearest(shop, known)
        hint_zh, hint_en = (f"是否想写“{guess}”？", f"Did you mean {guess!r}? ") if guess else ("", "")
        problems.append(
            Problem(UNKNOWN_SHOP, parts={"shop": shop, "known": ", ".join(known) or "-", "hint_zh": hint_zh, "hint_en": hint_en})
        )
    if problems:
        raise Failure(problems)
    return frozenset(shops)


MINIMUM_SAMPLE = 10
"""Below so many of what is counted a figure is marked, where the workspace says nothing else."""


def figures(
    source: Source,
    *,
    by: Sequence[str] = ("shop", "agent"),
    first: date | None = None,
    last: date | None = None,
    metrics: Collection[str] | None = None,
    executor: Executor | None = None,
    minimum: Callable[[str], int] = lambda _metric: MINIMUM_SAMPLE,
    shops: Collection[str] | None = None,
) -> pl.DataFrame:
    """Figures of the days from `first` to `last`, both included; all days for None.

    With `shops` only what is of these counts, as if the workspace had no others: medians, people who served in two of them and hours online in both at
    once are right for the shops together. What is of no shop, such as days worked, has no value then; a target of no shop is not among the
    targets, and a mark of no shop stands where counting rule 45 puts it. Raises `Failure` for shops the workspace does not have.

    Returns one row per group and metric: the columns of `by`, `metric`, `numerator` (Float64, null for quantiles), `denominator` (Float64,
    null for counts), `value` (Float64, null when nothing was counted, when the metric can not be grouped so, and when no data for it was imported).
    Rates are 0 to 1, durations seconds unless the metric's unit says hours, money yuan. `sample` is how many the figure rests on (null for counts),
    `low` and `high` the 95 % interval of a rate, `enough` whether the sample reaches `minimum` of the metric (null for counts).
    A group is there when anything of what is counted falls in it. Sorted by group, then in the catalogue's order.
    """
    wanted, columns, chosen_shops = chosen(metrics), columns_of(by), only(source, shops)
    if not wanted:
        return figures(source, by=by, first=first, last=last, metrics=[next(iter(CATALOGUE))], executor=executor).clear()
    ask = Ask(first, last, tuple(columns), executor, shops=chosen_shops)
    needed = {*by, "shop"} if chosen_shops is not None else set(by)
    counted: pl.DataFrame | None = None
    tallies: list[str] = []
    for family in FAMILIES:
        mine = [metric for metric in wanted if any(FAMILY_OF[tally.id] is family for tally in metric.tallies)]
        if not mine or not needed <= family.by:
            continue
        frame = _responses(source, ask, mine) if family is RESPONSES else counting.counted(source, ask, family, columns)
        if frame is None:
            continue
        tallies += [tally.id for tally in family.tallies]
        counted = (
            frame if counted is None else counted.join(frame, on=columns or [counting.ALL], how="full", coalesce=True, nulls_equal=True)
        )
    if counted is None:
        return _long(pl.DataFrame(schema=_group_schema(columns or [counting.ALL])), columns, wanted, minimum)
    # A group of which one family has nothing still has data for it: nothing happened.
    return _long(counted.with_columns(pl.col(tallies).fill_null(0)), columns, wanted, minimum)


def _responses(source: Source, ask: Ask, wanted: list[Metric]) -> pl.DataFrame:
    """The tallies of replies of every group, from the cache when they were counted before."""
    pieces = source.facts.slices(ask.first, ask.last)
    quantiles = [metric for metric in wanted if metric.quantile is not None]
    key = _key(source, pieces, ask, [metric.id for metric in quantiles])
    return source.facts.cache.get("figures", key, lambda: _replied(source, pieces, quantiles, ask))


def _replied(source: Source, pieces: list[Slice], quantiles: list[Metric], ask: Ask) -> pl.DataFrame:
    who, by_hour = ask.who, ask.by_hour
    group = ["shop_id", "day", *who, *(["hour"] if by_hour else [])]
    names = [tally.id for tally in RESPONSES.tallies]
    found = list(run(partial(_tallied, source, who, by_hour), pieces, ask.executor))
    if not found:
        found = [pl.DataFrame(schema={**_group_schema(group), **dict.fromkeys(names, pl.Int64)})]
    keys = list(ask.columns) or [counting.ALL]
    kept = partial(exempt.kept, source, RESPONSES)
    rows = kept(pl.concat([frame.select(*group, *names) for frame in found]).filter(ask.within()))
    counted = counting.keyed(source, rows, keys).group_by(keys).agg(pl.sum(*names))
    if quantiles:
        schema = {**_group_schema(group), "wait": pl.Int64(), "messages": pl.Int64()}
        waits = _by_wait(source, pl.DataFrame(schema=schema), keys)
        for frame in run(partial(_waited, source, who, by_hour), pieces, ask.executor):
            # Added up as they come: a month of a large company has tens of millions of waits, but few different ones per group.
            waits = pl.concat([waits, _by_wait(source, kept(frame.select(list(schema)).filter(ask.within())), keys)])
            if len(waits) > 3_000_000:
                waits = waits.group_by(*keys, "wait").agg(pl.sum("messages"))
        counted = counted.join(_quantiles(waits, keys, quantiles), on=keys, how="left", nulls_equal=True)
    return counted


def _tallied(source: Source, who: list[str], by_hour: bool, piece: Slice) -> pl.DataFrame:
    key = piece.key("tallies", who, by_hour, source.roster.fingerprint() if who else "", _parameters(source, piece))
    compute = partial(tallied, source.facts, piece, source.roster, source.parameters, who, by_hour=by_hour)
    return source.facts.cache.get("tallies", key, compute)


def _waited(source: Source, who: list[str], by_hour: bool, piece: Slice) -> pl.DataFrame:
    return waited(source.facts, piece, source.roster, who, by_hour=by_hour)


def _parameters(source: Source, piece: Slice) -> list[tuple[str, str]]:
    return [(shop, repr(source.parameters(shop, piece.day))) for shop in piece.shops]


def _key(source: Source, pieces: list[Slice], ask: Ask, metrics: list[str]) -> str:
    """Everything the tallies of replies depend on. The same key gives the same tallies."""
    parts = [piece.key(_parameters(source, piece)) for piece in pieces]
    shops = source.shops.sort("shop_id").rows() if "platform" in ask.columns else []
    some = None if ask.shops is None else sorted(ask.shops)
    off = exempt.fingerprint(source)
    return hashlib.sha256(repr((parts, ask.columns, some, metrics, source.roster.fingerprint(), shops, off)).encode()).hexdigest()[:32]


def _group_schema(group: Sequence[str]) -> dict[str, pl.DataType]:
    return {name: GROUP_KINDS.get(name, pl.String()) for name in group}


def _by_wait(source: Source, waits: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    return counting.keyed(source, waits, keys).group_by(*keys, "wait").agg(pl.sum("messages"))


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


def _long(counted: pl.DataFrame, columns: list[str], wanted: list[Metric], minimum: Callable[[str], int]) -> pl.DataFrame:
    ordered = counted.sort(columns, nulls_last=True) if columns else counted
    null = pl.lit(None, pl.Float64)
    # By a column: Polars divides by a number as it multiplies by its reciprocal, and 70 fen become 0.7000000000000001 yuan.
    pers = {per for metric in wanted for per in (metric.per, metric.per_under) if per != 1}
    ordered = ordered.with_columns(pl.Series(f"_per_{per}", [float(per)]).new_from_index(0, len(ordered)) for per in pers)

    def tally(name: str, per: int) -> pl.Expr:
        if name not in ordered.columns:
            return null
        whole = pl.col(name).cast(pl.Float64)
        return whole if per == 1 else whole / pl.col(f"_per_{per}")

    frames = []
    for place, metric in enumerate(wanted):
        over = tally(metric.over.id, metric.per) if metric.over is not None else null
        under = tally(metric.under.id, metric.per_under) if metric.under is not None else null
        if metric.less is not None:
            under = (under - tally(metric.less.id, metric.per_under)).clip(lower_bound=0)
        if metric.quantile is not None:
            value = pl.col(metric.id) if metric.id in ordered.columns else null
        elif metric.under is None:
            value = over
        else:
            value = pl.when(under > 0).then(over / under)
        frames.append(
            ordered.select(
                *columns,
                metric=pl.lit(metric.id),
                numerator=over,
                denominator=under,
                value=value,
                sample=under if metric.sampled else null,
                _rate=pl.lit(metric.unit == "rate"),
                _minimum=pl.lit(minimum(metric.id)),
                _group=pl.int_range(pl.len()),
                _metric=pl.lit(place),
            )
        )
    long = pl.concat(frames).sort("_group", "_metric")
    low, high = intervals.wilson(pl.col("numerator"), pl.col("denominator"))
    rate = pl.col("_rate") & pl.col("value").is_between(0, 1)
    return long.with_columns(
        low=pl.when(rate).then(low), high=pl.when(rate).then(high), enough=pl.col("sample") >= pl.col("_minimum")
    ).drop("_group", "_metric", "_rate", "_minimum")
