"""What a scheme is judged on, gathered from a workspace's data: the only part of appraising that reads anything."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from kaohe.appraisal.scheme import Scheme
from kaohe.metrics import exempt
from kaohe.metrics.adjustments import adjusted_figures
from kaohe.metrics.catalogue import CATALOGUE, FAMILY_OF
from kaohe.metrics.figures import figures
from kaohe.metrics.reported import combined
from kaohe.metrics.source import Source

Period = tuple[date, date]
"""The first and the last day, both included."""

_LONG = ("agent_id", "metric", "numerator", "denominator", "value")
_MORE = ("low", "high", "adjusted_numerator", "adjusted_denominator")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The input of `appraise` for one period, each frame as it takes it, and the days that figures leave out (`kaohe.metrics.exempt.OFF`)."""

    period: Period
    figures: pl.DataFrame
    agents: pl.DataFrame | None
    previous: pl.DataFrame | None
    targets: pl.DataFrame | None
    left_out: pl.DataFrame


def gathered(source: Source, scheme: Scheme, first: date, last: date) -> Gathered:
    """Figures, people, targets and figures of the period before that a scheme needs for the days from `first` to `last`, both included.

    Who changed role or group inside the period has figures for each stretch apart; who joined or left has those of the days he was there.
    Raises `Failure` where corrections make a figure impossible.
    """
    agents = None if source.roster.agents.is_empty() else source.roster.stints(first, last)
    found = _of_people(source, scheme, first, last, agents)
    before = None
    if scheme.looks_back:
        begin, end = period_before(first, last)
        before = _of_period(source, scheme, begin, end)
    listed = None if agents is None else _listed(agents, (first, last), scheme.applies_to.shops, source)
    return Gathered(
        (first, last), found, listed, before, _targets(source, scheme.targets, first, last), exempt.left_out(source, first, last)
    )


def period_before(first: date, last: date) -> Period:
    """The adjoining period of the same length; of whole months as many months.

    >>> period_before(date(2026, 11, 1), date(2026, 11, 30)), period_before(date(2026, 11, 9), date(2026, 11, 15))
    ((datetime.date(2026, 10, 1), datetime.date(2026, 10, 31)), (datetime.date(2026, 11, 2), datetime.date(2026, 11, 8)))
    """
    end = first - timedelta(1)
    if first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
        return date(year, month + 1, 1), end
    return first - (last - first) - timedelta(1), end


def _of_people(source: Source, scheme: Scheme, first: date, last: date, agents: pl.DataFrame | None) -> pl.DataFrame:
    whole = _of_period(source, scheme, first, last)
    if agents is None:
        return whole
    times = pl.len().over("agent_id")
    # Who has one stretch did nothing outside it: his figures are those of the whole period.
    once = agents.filter(times == 1).select("agent_id", first=_partly("first", (first, last)))
    several = agents.filter(times > 1)
    parts = [whole.join(several.select("agent_id").unique(), on="agent_id", how="anti").join(once, on="agent_id", how="left")]
    for (begin, end), people in several.partition_by("first", "last", as_dict=True).items():
        mine = _of_period(source, scheme, begin, end).join(people.select("agent_id"), on="agent_id", how="semi")
        parts.append(mine.with_columns(first=pl.lit(begin, pl.Date)))
    return pl.concat(parts, how="diagonal_relaxed")


def _partly(column: str, period: Period) -> pl.Expr:
    """The day where a stretch is not the whole period, null where it is."""
    return pl.when((pl.col("first") != period[0]) | (pl.col("last") != period[1])).then(column)


def _listed(agents: pl.DataFrame, period: Period, shops: Collection[str], source: Source) -> pl.DataFrame:
    """The roster of the period as `appraise` takes it. Of a scheme for some shops, those with an account in one."""
    partial = pl.len().over("agent_id") > 1
    listed = agents.with_columns(
        first=pl.when(partial).then("first").otherwise(_partly("first", period)),
        last=pl.when(partial).then("last").otherwise(_partly("last", period)),
    )
    if not shops:
        return listed
    return listed.filter(pl.col("agent_id").is_in(_working_in(source, period, shops)["agent_id"].unique().implode()))


def _working_in(source: Source, period: Period, shops: Collection[str]) -> pl.DataFrame:
    """Who had an account in which of these shops on any day of the period: agent_id, shop_id."""
    accounts = source.roster.accounts.filter(
        pl.col("shop_id").is_in(list(shops)),
        pl.col("valid_from").fill_null(date.min) <= period[1],
        pl.col("valid_to").fill_null(date.max) >= period[0],
    )
    return accounts.select("agent_id", "shop_id").unique().sort("agent_id", "shop_id")


def _of_period(source: Source, scheme: Scheme, first: date, last: date) -> pl.DataFrame:
    """The figures of one span of days, long, of whatever origin the scheme asks for."""
    shops = scheme.applies_to.shops or None
    found = []
    if scheme.computed or not scheme.metrics:
        computed = _attended(source, _computed(source, scheme, first, last), first, last)
        corrections = source.facts.table("adjustments").filter(pl.col("day").is_between(pl.lit(first), pl.lit(last)))
        found.append(_long(adjusted_figures(computed, corrections), "computed"))
    if scheme.reported:
        reported = combined(source, by=("agent",), first=first, last=last, figures=scheme.reported, shops=shops)
        found.append(_long(reported.rename({"figure": "metric"}), "reported"))
    if scheme.of_shops:
        found.append(_of_shops(source, scheme.of_shops, first, last, shops))
    return pl.concat(found, how="diagonal_relaxed")


def _computed(source: Source, scheme: Scheme, first: date, last: date) -> pl.DataFrame:
    """Figures by agent; of a scheme for some shops those of the shops together, where they can be told apart by shop at all."""
    metrics, shops = scheme.computed, scheme.applies_to.shops
    if not shops:
        return figures(source, by=("agent",), first=first, last=last, metrics=metrics)
    placed = [metric for metric in metrics if all("shop" in FAMILY_OF[tally.id].by for tally in CATALOGUE[metric].tallies)]
    found = []
    if placed:
        mine = figures(source, by=("shop", "agent"), first=first, last=last, metrics=placed)
        found.append(_together(mine.filter(pl.col("shop_id").cast(pl.String).is_in(list(shops)))))
    everywhere = [metric for metric in metrics if metric not in placed]
    if everywhere:
        found.append(figures(source, by=("agent",), first=first, last=last, metrics=everywhere))
    return pl.concat(found, how="diagonal_relaxed")


def _attended(source: Source, found: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """The figures without the days worked of who has no entry: nothing entered is not no day worked."""
    entries = source.facts.table("attendance").filter(pl.col("day").is_between(pl.lit(first), pl.lit(last)))["agent_id"].unique()
    return found.filter((pl.col("metric").cast(pl.String) != DAYS) | pl.col("agent_id").cast(pl.String).is_in(entries.implode()))


def _long(frame: pl.DataFrame, origin: str) -> pl.DataFrame:
    kept = [name for name in (*_LONG, *_MORE) if name in frame.columns]
    return frame.select(kept).with_columns(pl.col("agent_id", "metric").cast(pl.String), origin=pl.lit(origin))


def _of_shops(source: Source, metrics: Collection[str], first: date, last: date, shops: Collection[str] | None) -> pl.DataFrame:
    """For everybody the figures of the shops he has accounts in, together. A workspace of one shop is everybody's."""
    known = source.shops["shop_id"].to_list() if shops is None else list(shops)
    working = _working_in(source, (first, last), known)
    if len(known) == 1 and not source.roster.agents.is_empty():
        working = source.roster.agents.select("agent_id", shop_id=pl.lit(known[0]))
    of_shops = figures(source, by=("shop",), first=first, last=last, metrics=metrics).with_columns(pl.col("shop_id").cast(pl.String))
    return _long(_together(working.join(of_shops, on="shop_id")), "shops")


DAYS = "days_worked"
SEVERAL = ("online_hours", "peak_concurrency")
"""What is no sum over shops, though it is a count: being online in two shops at once counts once."""


def _together(frame: pl.DataFrame) -> pl.DataFrame:
    """Figures by agent of several shops as one: parts added up, for a buyer is known by his shop. None of several where that is no sum: quantiles,
    hours online, the most contacts at once. What is known of one shop only is taken as it is."""
    alone = pl.len() == 1
    summed = (
        frame.with_columns(pl.col("agent_id", "metric").cast(pl.String))
        .filter(pl.col("value").is_not_null() | pl.col("denominator").is_not_null())
        .sort("agent_id", "metric", "shop_id")
        .group_by("agent_id", "metric", maintain_order=True)
        .agg(
            pl.when(pl.col("numerator").is_not_null().any()).then(pl.col("numerator").sum()).alias("numerator"),
            pl.when(pl.col("denominator").is_not_null().any()).then(pl.col("denominator").sum()).alias("denominator"),
            *(pl.when(alone).then(pl.col(name).first()).alias(name) for name in ("value", "low", "high")),
        )
    )
    sums = ~pl.col("metric").is_in(SEVERAL) & pl.col("numerator").is_not_null()
    parts = (
        pl.when(pl.col("denominator").is_null())
        .then("numerator")
        .when(pl.col("denominator") != 0)
        .then(pl.col("numerator") / pl.col("denominator"))
    )
    return summed.with_columns(value=pl.coalesce("value", pl.when(sums).then(parts)))


def _targets(source: Source, metrics: Collection[str], first: date, last: date) -> pl.DataFrame | None:
    """Each agent's targets of the months the period touches, each in full: added up for amounts, averaged for rates and the like.

    A target of no shop is of all his shops and wins where there is one, as in counting rule 45.
    """
    if not metrics:
        return None
    months = pl.col("month").is_between(pl.lit(f"{first:%Y-%m}"), pl.lit(f"{last:%Y-%m}"))
    given = source.facts.table("targets").filter(months, pl.col("agent_id").is_not_null(), pl.col("metric").is_in(list(metrics)))
    key = ["agent_id", "metric", "month"]
    general = given.filter(pl.col("shop_id").is_null())
    rows = pl.concat([general, given.filter(pl.col("shop_id").is_not_null()).join(general, on=key, how="anti")])
    adding = [metric for metric in metrics if metric in CATALOGUE and CATALOGUE[metric].unit in ("count", "yuan")]
    adds = pl.col("metric").first().is_in(adding)
    return (
        rows.sort(*key, "shop_id", nulls_last=True)
        .group_by("agent_id", "metric", maintain_order=True)
        .agg(target=pl.when(adds).then(pl.col("target").sum()).otherwise(pl.col("target").mean()))
    )
