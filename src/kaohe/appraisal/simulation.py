"""The same months judged under several schemes: who would have got what, what it would have cost, and what the items are good for.

Pure, as `appraise` is. Everything is held against the first scheme. It says what a scheme would have made of what people did, not what they would
have done under it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from kaohe.appraisal.appraisal import Appraisal
from kaohe.appraisal.columns import NOBODY
from kaohe.appraisal.gathering import Gathered
from kaohe.appraisal.inequality import gini, top_share
from kaohe.appraisal.judging import appraise
from kaohe.appraisal.paying import FEN
from kaohe.appraisal.scheme import Scheme
from kaohe.appraisal.separation import Correlation, Separation, correlations, separations
from kaohe.appraisal.weights import with_weight
from kaohe.errors import Failure

_WIDE = 18
_KEY = ("month", "agent_id", "first")
"""What one result is of: a person's month, or his stretch of it."""

_MONEY = pl.Decimal(_WIDE, FEN)


class Simulation:
    """Months judged under schemes. `names` are those of the schemes, made different where two are called the same; `appraisals` are by month and name,
    so that every number can be followed to its statement."""

    def __init__(
        self, schemes: Sequence[Scheme], names: Sequence[str], months: Sequence[str], appraisals: Mapping[tuple[str, str], Appraisal]
    ) -> None:
        self.schemes = tuple(schemes)
        self.names = tuple(names)
        self.months = tuple(months)
        self.appraisals = appraisals

    @cached_property
    def results(self) -> pl.DataFrame:
        """One row per month, scheme and person (per stretch of the month for who has several), in order of month, scheme, agent_id and stretch:
        month, scheme, agent_id, name, group, role, first, points, grade, place, pay. Null: no total, no grade, no place, no pay."""
        places = max(scheme.rounding.places for scheme in self.schemes)
        return self._long.with_columns(points=_decimal("points", places), pay=_decimal("pay", FEN))

    @cached_property
    def people(self) -> pl.DataFrame:
        """One row per scheme and person over all months, in order of scheme and agent_id.

        `months` he is judged in under the scheme, its mean `points` and `place` (over months with one) and `pay` (the sum). Against the first scheme,
        over the months (or stretches) that have it under both: `points_change`, `place_change` (positive: further up; both means), `pay_before`,
        `pay_change`, `outcome` (`gains`, `loses`, `same`; null where no pay can be compared). `only` is how many months have pay under one of the two
        alone and are in no change. name, group and role are the latest known.
        """
        return pl.concat([self._people_of(name) for name in self.names])

    @cached_property
    def costs(self) -> pl.DataFrame:
        """One row per month and scheme: how many people are `judged`, `ranked`, `paid` and `unpaid` (a line of pay blocks), the `cost` (sum of pay),
        its `change` against the first scheme, `gini` and `top_fifth` of pay by person (`kaohe.appraisal.inequality`). Null where a scheme pays nothing."""
        rows = [(month, *self._cost(month, name)) for month in self.months for name in self.names]
        return _changed(pl.DataFrame(rows, schema={"month": pl.String, **_COST}, orient="row"), "month")

    @cached_property
    def summary(self) -> pl.DataFrame:
        """One row per scheme over all months: as `costs`, gini and top_fifth of what people got in all of them; `gains`, `loses` and `same` count the
        people by `outcome`, `up` and `down` those who stand further up or down on the mean; `points` is the mean total."""
        outcomes = self.people.group_by("scheme", maintain_order=True).agg(
            *((pl.col("outcome") == name).sum().cast(pl.Int64).alias(name) for name in ("gains", "loses", "same")),
            up=(pl.col("place_change") > 0).sum().cast(pl.Int64),
            down=(pl.col("place_change") < 0).sum().cast(pl.Int64),
        )
        means = [(name, self._mean_points(name)) for name in self.names]
        costs = pl.DataFrame([self._cost(None, name) for name in self.names], schema=_COST, orient="row")
        # A scheme that judged nobody has no row among people.
        found = _changed(costs).join(outcomes, on="scheme", how="left", maintain_order="left").with_columns(pl.col(_COUNTED).fill_null(0))
        return found.join(pl.DataFrame(means, schema={"scheme": pl.String, "points": pl.Float64}, orient="row"), on="scheme", how="left")

    @cached_property
    def items(self) -> pl.DataFrame:
        """One row per scheme and item, in their order: the fields of `Separation` and `alike`."""
        rows = [(name, _row(one)) for name in self.names for one in self.separations(name)]
        return pl.DataFrame([(name, *row) for name, row in rows], schema=_ITEMS, orient="row")

    @cached_property
    def correlations(self) -> pl.DataFrame:
        """One row per scheme and pair of items, in their order: the fields of `Correlation` and `same`."""
        rows = [
            (name, one.one, one.other, one.cases, one.pearson, one.spearman, one.same) for name in self.names for one in self.pairs(name)
        ]
        return pl.DataFrame(rows, schema=_PAIRS, orient="row")

    @cached_property
    def out_of_force(self) -> list[tuple[str, str]]:
        """Scheme and month for those that a scheme says it is not in force in; they are judged all the same, for that is the question."""
        found = []
        for name, scheme in zip(self.names, self.schemes, strict=True):
            for month in self.months:
                period = self.appraisals[month, name].period
                if period is not None and not _in_force(scheme, period):
                    found.append((name, month))
        return found

    def separations(self, name: str) -> list[Separation]:
        """What each item of a scheme does over all months."""
        return separations(self._of(name))

    def pairs(self, name: str) -> list[Correlation]:
        """How the items of a scheme go together over all months."""
        return correlations(self._of(name))

    def _of(self, name: str) -> list[Appraisal]:
        return [self.appraisals[month, name] for month in self.months]

    # Frames

    @cached_property
    def _long(self) -> pl.DataFrame:
        """`results` with points in units of the finest scheme and pay in fen."""
        places = max(scheme.rounding.places for scheme in self.schemes)
        parts = [_results(month, name, self.appraisals[month, name], places) for month in self.months for name in self.names]
        return pl.concat(parts) if parts else pl.DataFrame(schema=_RESULTS)

    def _people_of(self, name: str) -> pl.DataFrame:
        places = max(scheme.rounding.places for scheme in self.schemes)
        base = self._long.filter(pl.col("scheme") == self.names[0]).select(
            *_KEY, *(pl.col(one).alias(f"{one}_before") for one in _COMPARED)
        )
        mine = self._long.filter(pl.col("scheme") == name)
        about = (
            self._long.sort("month", "first", maintain_order=True)
            .group_by("agent_id")
            .agg(pl.col("name", "group", "role").drop_nulls().last())
        )
        both = mine.join(base, on=list(_KEY), how="full", coalesce=True, nulls_equal=True)
        paid, before = pl.col("pay").is_not_null(), pl.col("pay_before").is_not_null()
        summed = both.group_by("agent_id").agg(
            months=pl.col("month").filter(pl.col("scheme").is_not_null()).n_unique(),
            points=_mean("points", 10**places),
            points_change=_mean(pl.col("points") - pl.col("points_before"), 10**places),
            place=_mean("place"),
            place_change=_mean(pl.col("place_before") - pl.col("place")),
            pay=_total("pay"),
            pay_before=_total(pl.col("pay_before").filter(paid)),
            pay_change=_total(pl.col("pay") - pl.col("pay_before")),
            only=(paid != before).sum(),
        )
        change = pl.col("pay_change")
        outcome = pl.when(change > 0).then(pl.lit("gains")).when(change < 0).then(pl.lit("loses")).when(change == 0).then(pl.lit("same"))
        found = summed.with_columns(outcome=outcome).join(about, on="agent_id").sort("agent_id")
        money = (_decimal(one, FEN) for one in ("pay", "pay_before", "pay_change"))
        return found.with_columns(
            money, scheme=pl.lit(name), months=pl.col("months").cast(pl.Int64), only=pl.col("only").cast(pl.Int64)
        ).select(_PEOPLE)

    def _cost(self, month: str | None, name: str) -> tuple[str, int, int, int, int, Decimal | None, float | None, float | None]:
        """Of one month, or of all."""
        rows = self._long.filter(pl.col("scheme") == name, pl.lit(True) if month is None else pl.col("month") == month)
        people = rows.group_by("agent_id").agg(pay=_total("pay"), ranked=pl.col("place").is_not_null().any())
        pays = self.schemes[self.names.index(name)].pay is not None
        amounts = people["pay"].drop_nulls().to_list()
        unpaid = int(people["pay"].null_count()) if pays else 0
        cost = Decimal(sum(amounts)).scaleb(-FEN) if pays else None
        return (
            name,
            people.height,
            int(people["ranked"].sum()),
            len(amounts),
            unpaid,
            cost,
            _about(gini(amounts)),
            _about(top_share(amounts)),
        )

    def _mean_points(self, name: str) -> float | None:
        points = self._long.filter(pl.col("scheme") == name)["points"].drop_nulls()
        places = max(scheme.rounding.places for scheme in self.schemes)
        return int(points.sum()) / (len(points) * 10**places) if len(points) else None


def simulate(schemes: Sequence[Scheme], months: Mapping[str, Gathered | Sequence[Gathered]]) -> Simulation:
    """Judge every month under every scheme. `months` is what was gathered for each: once for all schemes, or for each in their order where they
    look at different figures.

    The days a scheme is in force are passed over: a new scheme is tried on months before it. Raises what `appraise` raises, with month and scheme, ValueError without a
    scheme and where a month was gathered for another number of schemes.
    """
    if not schemes:
        raise ValueError("nothing to simulate: no scheme")
    names = _names(schemes)
    found: dict[tuple[str, str], Appraisal] = {}
    for month in sorted(months):
        gathered = months[month]
        each = [gathered] * len(schemes) if isinstance(gathered, Gathered) else list(gathered)
        for name, scheme, given in zip(names, schemes, each, strict=True):
            always = scheme.model_copy(update={"effective_from": None, "effective_until": None})
            try:
                found[month, name] = appraise(
                    always, given.figures, given.agents, period=given.period, previous=given.previous, targets=given.targets
                )
            except Failure as trouble:
                # Of so many months and schemes the trouble must say which.
                place = f"{month} {name}"
                raise Failure(replace(one, file=one.file or place) for one in trouble.problems) from None
    return Simulation(schemes, names, sorted(months), found)


def sensitivity(scheme: Scheme, item: str, weights: Sequence[Decimal], months: Mapping[str, Gathered]) -> Simulation:
    """The scheme as it is beside itself with each of these weights of one item (`kaohe.appraisal.weights.with_weight`)."""
    return simulate([scheme, *(with_weight(scheme, item, weight) for weight in weights)], months)


def _names(schemes: Sequence[Scheme]) -> list[str]:
    """What the schemes are called; one called as another before it is numbered."""
    found: list[str] = []
    for scheme in schemes:
        name, number = scheme.name, 2
        while name in found:
            name, number = f"{scheme.name} ({number})", number + 1
        found.append(name)
    return found


def _in_force(scheme: Scheme, period: tuple[date, date]) -> bool:
    begin, end = scheme.effective_from, scheme.effective_until
    return (begin is None or begin <= period[0]) and (end is None or period[1] <= end)


_RESULTS: dict[str, Any] = {
    "month": pl.String,
    "scheme": pl.String,
    "agent_id": pl.String,
    "name": pl.String,
    "group": pl.String,
    "role": pl.String,
    "first": pl.Date,
    "points": pl.Int64,
    "grade": pl.String,
    "place": pl.Int64,
    "pay": pl.Int64,
}
_COUNTED = ("gains", "loses", "same", "up", "down")
_COMPARED = ("points", "place", "pay")
_PEOPLE = (
    "scheme",
    "agent_id",
    "name",
    "group",
    "role",
    "months",
    "points",
    "points_change",
    "place",
    "place_change",
    "pay",
    "pay_before",
    "pay_change",
    "outcome",
    "only",
)
_COST: dict[str, Any] = {
    "scheme": pl.String,
    "judged": pl.Int64,
    "ranked": pl.Int64,
    "paid": pl.Int64,
    "unpaid": pl.Int64,
    "cost": _MONEY,
    "gini": pl.Float64,
    "top_fifth": pl.Float64,
}
_ITEMS: dict[str, Any] = {
    "scheme": pl.String,
    "item": pl.String,
    "worth": pl.Decimal(_WIDE, 6),
    "cases": pl.Int64,
    "judged": pl.Int64,
    "mean": pl.Float64,
    "spread": pl.Float64,
    "same": pl.Float64,
    "full": pl.Float64,
    "of_differences": pl.Float64,
    "alike": pl.Boolean,
}
_PAIRS: dict[str, Any] = {
    "scheme": pl.String,
    "one": pl.String,
    "other": pl.String,
    "cases": pl.Int64,
    "pearson": pl.Float64,
    "spearman": pl.Float64,
    "same": pl.Boolean,
}


def _results(month: str, name: str, appraisal: Appraisal, places: int) -> pl.DataFrame:
    totals, paying, people = appraisal.found.totals, appraisal.found.pay, appraisal.people
    grades = [] if appraisal.scheme.grades is None else [band.name for band in appraisal.scheme.grades.bands]
    band = pl.Series("band", totals.grade, dtype=pl.Int64)
    none = np.zeros(len(people), dtype=np.bool_)
    amounts = totals.points if paying is None else paying.pay
    return pl.DataFrame(
        {
            "month": [month] * len(people),
            "scheme": [name] * len(people),
            "agent_id": [one.agent_id for one in people],
            "name": [one.name for one in people],
            "group": [one.group for one in people],
            "role": [one.role for one in people],
            "first": [one.first for one in people],
            "points": _known(totals.points * 10 ** (places - totals.places), totals.there),
            "grade": pl.select(pl.when(band != NOBODY).then(band))
            .to_series()
            .replace_strict(range(len(grades)), grades, return_dtype=pl.String)
            if grades
            else pl.Series([None] * len(people), dtype=pl.String),
            "place": _known(totals.place, totals.place > 0),
            "pay": _known(amounts, none if paying is None else ~paying.blocked),
        },
        schema=_RESULTS,
    )


def _known(values: np.ndarray, mask: np.ndarray) -> pl.Series:
    """Whole numbers; null outside the mask."""
    return pl.select(pl.when(pl.Series(mask)).then(pl.Series(values, dtype=pl.Int64))).to_series()


def _decimal(name: str, places: int) -> pl.Expr:
    """A column of whole units of 10^-`places` as decimals."""
    scale = pl.lit(10**places).cast(pl.Decimal(38, 0))
    return (pl.col(name).cast(pl.Decimal(38, 0)).cast(pl.Decimal(38, places)) / scale).cast(pl.Decimal(_WIDE, places))


def _total(of: str | pl.Expr) -> pl.Expr:
    """The sum; null where there is nothing to sum up, as sums of nothing are 0."""
    column = pl.col(of) if isinstance(of, str) else of
    return pl.when(column.count() > 0).then(column.sum())


def _mean(of: str | pl.Expr, scale: int = 1) -> pl.Expr:
    """The mean of whole numbers of 1 ÷ `scale`, by one division."""
    column = pl.col(of) if isinstance(of, str) else of
    return pl.when(column.count() > 0).then(column.sum().cast(pl.Float64) / (column.count().cast(pl.Int64) * scale).cast(pl.Float64))


def _changed(costs: pl.DataFrame, *by: str) -> pl.DataFrame:
    """With the change of cost against the first scheme, which stands first of each month."""
    first = pl.col("cost").first().over(*by) if by else pl.col("cost").first()
    return costs.with_columns(change=(pl.col("cost") - first).cast(_MONEY)).select(*by, *list(_COST)[:6], "change", "gini", "top_fifth")


def _about(share: Fraction | None) -> float | None:
    return None if share is None else float(share)


def _row(one: Separation) -> tuple[object, ...]:
    return one.item, one.worth, one.cases, one.judged, one.mean, one.spread, one.same, one.full, one.of_differences, one.alike
