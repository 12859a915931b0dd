"""What a scheme is judged on, gathered from a workspace's data: the only part of appraising that reads anything."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from kaohe.appraisal.measures import adds_up
from kaohe.appraisal.scheme import Scheme
from kaohe.metrics import exempt
from kaohe.metrics.adjustments import adjusted_figures
from kaohe.metrics.catalogue import CATALOGUE, FAMILY_OF
from kaohe.metrics.entered import monthly_targets
from kaohe.metrics.figures import figures
from kaohe.metrics.reported import combined
from kaohe.metrics.sales import FEN
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
    return Gathered((first, last), found, listed, before, _targets(source, scheme, first, last), exempt.left_out(source, first, last))


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
    days = (pl.col("last") - pl.col("first")).dt.total_days() + 1
    several = several.with_columns(_days=days, _all=days.sum().over("agent_id"))
    for (begin, end), people in several.partition_by("first", "last", as_dict=True).items():
        mine = _of_period(source, scheme, begin, end, people).join(people.select("agent_id"), on="agent_id", how="semi")
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


def _of_period(source: Source, scheme: Scheme, first: date, last: date, moved: pl.DataFrame | None = None) -> pl.DataFrame:
    """The figures of one span of days, long, of whatever origin the scheme asks for. `moved` are people for whom it is a stretch of `_days` among `_all`
    of theirs."""
    shops = scheme.applies_to.shops or None
    found = []
    if scheme.computed or not scheme.metrics:
        computed = _attended(source, _computed(source, scheme, first, last), first, last)
        if moved is not None:
            computed = _shared_targets(computed, moved)
        corrections = source.facts.table("adjustments").filter(pl.col("day").is_between(pl.lit(first), pl.lit(last)))
        found.append(_long(adjusted_figures(computed, corrections), "computed"))
    if scheme.reported:
        reported = combined(source, by=("agent",), first=first, last=last, figures=scheme.reported, shops=shops)
        found.append(_long(reported.rename({"figure": "metric"}), "reported"))
    if scheme.of_shops:
        found.append(_of_shops(source, scheme.of_shops, first, last, shops))
    return pl.concat(found, how="diagonal_relaxed")


def _computed(source: Source, scheme: Scheme, first: date, last: date) -> pl.DataFrame:
    """Figures by agent; of a scheme for some shops those of these shops, where they can be told apart by shop at all."""
    metrics, shops = scheme.computed, scheme.applies_to.shops
    if not shops:
        return figures(source, by=("agent",), first=first, last=last, metrics=metrics)
    placed = [metric for metric in metrics if all("shop" in FAMILY_OF[tally.id].by for tally in CATALOGUE[metric].tallies)]
    everywhere = [metric for metric in metrics if metric not in placed]
    found = []
    if placed:
        found.append(figures(source, by=("agent",), first=first, last=last, metrics=placed, shops=shops))
    if everywhere:
        found.append(figures(source, by=("agent",), first=first, last=last, metrics=everywhere))
    return pl.concat(found, how="diagonal_relaxed")


def _shared_targets(found: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """The figures with the month's target of who moved cut, to the fen, to the days of his stretch."""
    people = moved.select(pl.col("agent_id").cast(found.schema["agent_id"]), "_days", "_all")
    joined = found.join(people, on="agent_id", how="left", maintain_order="left")
    # Divided by a column: Polars divides by a number as it multiplies by its reciprocal.
    joined = joined.with_columns(pl.Series("_fen", [float(FEN)]).new_from_index(0, len(joined)))
    cut = (pl.col("denominator") * pl.col("_days") * FEN / pl.col("_all")).round() / pl.col("_fen")
    mine = (pl.col("metric").cast(pl.String) == COMPLETION) & pl.col("_all").is_not_null()
    joined = joined.with_columns(pl.when(mine).then(cut).otherwise("denominator").alias("denominator"))
    value = pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator"))
    return joined.with_columns(pl.when(mine).then(value).otherwise("value").alias("value")).drop("_days", "_all", "_fen")


def _attended(source: Source, found: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """The figures without days worked and hours online of who has no entry: nothing recorded is not no day worked and no hour online."""
    entries = source.facts.table("attendance").filter(pl.col("day").is_between(pl.lit(first), pl.lit(last)))["agent_id"].unique()
    metric, agent = pl.col("metric").cast(pl.String), pl.col("agent_id").cast(pl.String)
    # A span that counts lasts: who has no hour has none.
    unknown = ((metric == DAYS) & ~agent.is_in(entries.implode())) | ((metric == ONLINE) & (pl.col("value") == 0))
    return found.with_columns(pl.when(~unknown.fill_null(False)).then(name).alias(name) for name in ("numerator", "value"))


def _long(frame: pl.DataFrame, origin: str) -> pl.DataFrame:
    kept = [name for name in (*_LONG, *_MORE) if name in frame.columns]
    return frame.select(kept).with_columns(pl.col("agent_id", "metric").cast(pl.String), origin=pl.lit(origin))


def _of_shops(source: Source, metrics: Collection[str], first: date, last: date, shops: Collection[str] | None) -> pl.DataFrame:
    """For everybody the figures of the shops he has accounts in, as those of one. A workspace of one shop is everybody's."""
    there = source.shops["shop_id"].to_list()
    known = there if shops is None else sorted(set(shops).intersection(there))
    working = _working_in(source, (first, last), known)
    if len(known) == 1 and not source.roster.agents.is_empty():
        working = source.roster.agents.select("agent_id", shop_id=pl.lit(known[0]))
    teams: dict[tuple[str, ...], list[str]] = {}
    for agent_id, mine in working.group_by("agent_id", maintain_order=True).agg("shop_id").iter_rows():
        teams.setdefault(tuple(sorted(mine)), []).append(agent_id)
    found = [
        figures(source, by=(), first=first, last=last, metrics=metrics, shops=mine).join(pl.DataFrame({"agent_id": people}), how="cross")
        for mine, people in teams.items()
    ]
    return _long(pl.concat(found), "shops") if found else _long(_NOTHING, "shops")


COMPLETION = "target_completion"
DAYS = "days_worked"
ONLINE = "online_hours"
_NOTHING = pl.DataFrame(
    schema={**dict.fromkeys(("agent_id", "metric"), pl.String), **dict.fromkeys(("numerator", "denominator", "value"), pl.Float64)}
)


def _targets(source: Source, scheme: Scheme, first: date, last: date) -> pl.DataFrame | None:
    """Each agent's targets of the months the period touches, each in full: added up for amounts, averaged for rates and the like (counting rule 36).

    A target of no shop is of all his shops and wins where there is one. Of a scheme for some shops those of these count, and one of no shop only for
    who has no account in any other.
    """
    metrics, shops = scheme.targets, scheme.applies_to.shops
    if not metrics:
        return None
    given = monthly_targets(source, metrics, first, last).filter(pl.col("agent_id").is_not_null())
    general, placed = given.filter(pl.col("shop_id").is_null()), given.filter(pl.col("shop_id").is_not_null())
    if shops:
        others = source.roster.accounts.filter(~pl.col("shop_id").is_in(list(shops)))["shop_id"].unique().to_list()
        elsewhere = _working_in(source, (first, last), others).select("agent_id")
        placed = placed.filter(pl.col("shop_id").is_in(list(shops)))
        general = general.join(elsewhere, on="agent_id", how="anti")
    key = ["agent_id", "metric", "month"]
    rows = pl.concat([general, placed.join(general, on=key, how="anti")])
    adding = [metric for metric in metrics if metric in CATALOGUE and adds_up(metric)]
    adds = pl.col("metric").first().is_in(adding)
    return (
        rows.sort(*key, "shop_id", "account", nulls_last=True)
        .group_by("agent_id", "metric", maintain_order=True)
        .agg(target=pl.when(adds).then(pl.col("target").sum()).otherwise(pl.col("target").mean()))
    )
