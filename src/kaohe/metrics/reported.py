"""Reported figures combined: what platforms say of an agent or a shop, over days, accounts and shops (SEMANTICS §8).

Counts and money are added up, rates and means are Σ(value × weight) / Σ weight, and null where the weight is unknown: two daily rates alone do not
make one of both days. No day counts twice, however many reports tell of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from kaohe.definitions import nearest
from kaohe.errors import WRONG_USE, Failure, Problem, code
from kaohe.metrics.source import BY, Source
from kaohe.model.people import WHO
from kaohe.model.reported import REPORTED, ReportedFigure

UNKNOWN_FIGURE = code(
    "unknown_reported_figure",
    zh="报表里没有“{figure}”这个数。{hint_zh}",
    en="platforms report no figure {figure!r}. {hint_en}",
    exit=WRONG_USE,
)
NOT_BY = code(
    "reported_not_by",
    zh="平台报表不能按“{by}”分组。可用：{known}",
    en="reported figures can not be grouped by {by!r}. Known: {known}",
    exit=WRONG_USE,
)

GROUPINGS = tuple(name for name in BY if name != "hour")
"""What reported figures can be grouped by: platforms do not report hours."""

_WEIGHTS = max(len(figure.weights) for figure in REPORTED.values())
_WEIGHT = tuple(f"weight_{number}" for number in range(_WEIGHTS))
_KEY = ("shop_id", "account", "figure")


def combined(
    source: Source,
    *,
    by: Sequence[str] = ("shop", "agent"),
    first: date | None = None,
    last: date | None = None,
    figures: Collection[str] | None = None,
    shops: Collection[str] | None = None,
) -> pl.DataFrame:
    """Reported figures of the days from `first` to `last`, both included; all days for None; of all shops, or of `shops`.

    Returns one row per group and figure that some report gives: the columns of `by`, `figure`, `numerator` (Float64; Σ value × weight, for what
    adds up the sum), `denominator` (Float64; Σ weight, null for what adds up and without a weight), `value` (Float64; rates 0 to 1, durations
    seconds, hours where the figure says so, money yuan), `rows` (how many report rows it rests on), `provisional` (whether the platform may still
    revise one of them), `whole` (whether it is a shop's own row, not the sum of its agents').

    With people among `by` the rows of agents are taken, else a shop's own row where a report has one for the figure, and its agents' where
    none has. A row whose days do not lie wholly in the period is left out, and with `day` among `by` one of several days; `left_out` counts
    them. An account that changed hands within a row's days is nobody's: null. Of a figure without value (a dash) nothing is known: it adds nothing.
    Sorted by group, then in the order of `REPORTED`. Raises `Failure` for unknown names.
    """
    columns = _columns(by)
    return _summed(_grouped(source, columns, first, last, _wanted(figures), shops), columns)


def covered(
    source: Source,
    *,
    by: Sequence[str] = ("shop", "agent"),
    first: date | None = None,
    last: date | None = None,
    figures: Collection[str] | None = None,
) -> pl.DataFrame:
    """The days that the figures of `combined` are of: the columns of `by` (but day), `figure`, `whole` and `day`, each once."""
    columns = _columns(by)
    cells = _grouped(source, columns, first, last, _wanted(figures))
    spans = cells.select(*(name for name in columns if name != "day"), "figure", "whole", "first_day", "last_day").unique()
    return spans.with_columns(day=pl.date_ranges("first_day", "last_day")).drop("first_day", "last_day").explode("day").unique()


def _grouped(
    source: Source,
    columns: Sequence[str],
    first: date | None,
    last: date | None,
    wanted: Sequence[ReportedFigure],
    shops: Collection[str] | None = None,
) -> pl.DataFrame:
    """The cells to be combined, each with the columns of its group, `whole` and `provisional`."""
    who = [name for name in WHO if name in columns]
    rows = source.facts.table("reported")
    told = rows if shops is None else rows.filter(pl.col("shop_id").is_in(list(shops)))
    taken = _taken(told, first, last, "day" in columns)
    cells = _chosen(_cells(taken, wanted))
    own = cells["account"].is_null()
    if who:
        cells = cells.filter(~own)
    else:
        # By shop and figure: a shop that reports a figure of its own is not added up from its agents as well.
        told = cells.filter(own).select("shop_id", "figure").unique()
        cells = pl.concat([cells.filter(own), cells.filter(~own).join(told, on=["shop_id", "figure"], how="anti")])
    cells = _provisional(source, taken, cells.with_columns(whole=pl.col("account").is_null()))
    return _people(source, cells, who).with_columns(
        day=pl.col("first_day"), platform=pl.col("shop_id").replace_strict(source.platforms, default="generic", return_dtype=pl.String)
    )


def left_out(source: Source, *, by: Sequence[str], first: date | None = None, last: date | None = None) -> int:
    """How many report rows touch the period and are not in `combined`, because their days reach beyond it or can not be told apart."""
    rows = source.facts.table("reported")
    touching = rows.filter(_touches(first, last))
    return len(touching) - len(_taken(touching, first, last, "day" in _columns(by)))


def _wanted(figures: Collection[str] | None) -> list[ReportedFigure]:
    if figures is None:
        return list(REPORTED.values())
    problems = []
    for name in figures:
        if name not in REPORTED:
            guess = nearest(name, REPORTED)
            known = ", ".join(REPORTED)
            hints = (f"是否想写 {guess}？", f"Did you mean {guess}?") if guess else (f"可用：{known}", f"Known: {known}")
            problems.append(Problem(UNKNOWN_FIGURE, parts={"figure": name, "hint_zh": hints[0], "hint_en": hints[1]}))
    if problems:
        raise Failure(problems)
    return [figure for figure in REPORTED.values() if figure.id in figures]


def _columns(by: Sequence[str]) -> list[str]:
    unknown = [name for name in by if name not in GROUPINGS]
    if unknown:
        raise Failure(Problem(NOT_BY, parts={"by": name, "known": ", ".join(GROUPINGS)}) for name in unknown)
    return [BY[name] for name in dict.fromkeys(by)]


def _touches(first: date | None, last: date | None) -> pl.Expr:
    inside = pl.lit(True)
    if first is not None:
        inside &= pl.col("last_day") >= first
    return inside & (pl.col("first_day") <= last) if last is not None else inside


def _taken(rows: pl.DataFrame, first: date | None, last: date | None, by_day: bool) -> pl.DataFrame:
    """The rows that lie wholly in the period; by day only those of one day. Each with when its report was made, by rule 51 where nothing says it."""
    newest = pl.col("last_day").max().over("shop_id", "report")
    rows = rows.with_columns(made=pl.coalesce("exported_on", newest + pl.duration(days=1)))
    inside = pl.lit(True)
    if first is not None:
        inside &= pl.col("first_day") >= first
    if last is not None:
        inside &= pl.col("last_day") <= last
    if by_day:
        inside &= pl.col("first_day") == pl.col("last_day")
    return rows.filter(inside)


def _cells(rows: pl.DataFrame, wanted: Sequence[ReportedFigure]) -> pl.DataFrame:
    """One row per report row and figure it gives: shop, account, report, days, `figure`, `place` in `REPORTED`, `value`, and its weights in order."""
    places = {name: place for place, name in enumerate(REPORTED)}
    head = [
        pl.col("shop_id"),
        pl.col("agent_id").alias("account"),
        *map(pl.col, ("report", "first_day", "last_day", "exported_on", "made")),
    ]
    frames = []
    for figure in wanted:
        value = pl.col(figure.id).cast(pl.Float64)
        weights = [pl.col(name).cast(pl.Float64) for name in figure.weights]
        for over, under in figure.parts:
            # The sum is null where one of its counts is: half a denominator is none.
            total = pl.sum_horizontal(*(pl.col(name).cast(pl.Float64) for name in under), ignore_nulls=False)
            derived = value.is_null() & (total > 0) & pl.col(over).is_not_null()
            quotient = pl.col(over).cast(pl.Float64) / total
            weights = [pl.when(derived).then(total).otherwise(weight) for weight in weights]
            value = pl.when(derived).then(quotient).otherwise(value)
        weights += [pl.lit(None, pl.Float64)] * (_WEIGHTS - len(weights))
        frames.append(
            rows.select(
                *head,
                pl.lit(figure.id).alias("figure"),
                pl.lit(places[figure.id]).alias("place"),
                value.alias("value"),
                *(weight.alias(name) for weight, name in zip(weights, _WEIGHT, strict=True)),
            ).filter(pl.col("value").is_not_null())
        )
    return pl.concat(frames) if frames else _cells(rows.clear(), list(REPORTED.values())[:1])


def _chosen(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells without any day of an account and figure twice.

    Where reports overlap, the one of more days is taken, for it holds what the others lack; of equal ones that exported last, then the first by name.
    """
    ordered = cells.with_columns(_days=pl.col("last_day") - pl.col("first_day")).sort(
        *_KEY, "_days", "exported_on", "report", "first_day", descending=[False, False, False, True, True, False, False], nulls_last=True
    )
    ordered = ordered.unique([*_KEY, "first_day", "last_day"], keep="first", maintain_order=True)
    by_day = ordered.sort(*_KEY, "first_day", "last_day", nulls_last=True)
    overlaps = pl.col("last_day").cum_max().shift().over(_KEY) >= pl.col("first_day")
    mixed = by_day.select(*_KEY, overlaps.fill_null(False).alias("overlap")).filter("overlap").select(_KEY).unique()
    if mixed.is_empty():
        return ordered.drop("_days")
    clear = ordered.join(mixed, on=_KEY, how="anti", nulls_equal=True)
    rest = ordered.join(mixed, on=_KEY, how="semi", nulls_equal=True, maintain_order="left")
    kept: list[bool] = []
    held: dict[tuple[str, str | None, str], list[tuple[date, date]]] = {}
    for shop, account, figure, start, end in rest.select(*_KEY, "first_day", "last_day").iter_rows():
        spans = held.setdefault((shop, account, figure), [])
        free = all(end < other_start or start > other_end for other_start, other_end in spans)
        kept.append(free)
        if free:
            spans.append((start, end))
    return pl.concat([clear, rest.filter(pl.Series(kept, dtype=pl.Boolean))]).drop("_days")


def _provisional(source: Source, taken: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Add whether the platform may still revise the cell: a sales figure of a report made too soon after its last day."""
    pairs = taken.select("shop_id", "last_day").unique()
    after = [source.parameters(shop, day).sales_final_after_days for shop, day in pairs.iter_rows()]
    known = pairs.with_columns(_after=pl.Series(after, dtype=pl.Int64))
    sales = [figure.id for figure in REPORTED.values() if figure.side == "sales"]
    lag = (pl.col("made") - pl.col("last_day")).dt.total_days()
    joined = cells.join(known, on=["shop_id", "last_day"], how="left", maintain_order="left")
    return joined.with_columns(provisional=pl.col("figure").is_in(sales) & (lag < pl.col("_after"))).drop("_after", "made")


def _people(source: Source, cells: pl.DataFrame, who: Sequence[str]) -> pl.DataFrame:
    """Add the columns of `who`: the account's owner on the first of its days, if it is also that on the last; his role and group likewise."""
    if not who:
        return cells
    begun = source.roster.assigned(cells, ["agent_id"], pl.col("first_day"))
    ended = source.roster.assigned(begun.rename({"agent_id": "_begun"}), ["agent_id"], pl.col("last_day"))
    agent = pl.when(pl.col("agent_id").eq_missing(pl.col("_begun"))).then(pl.col("agent_id"))
    named = ended.with_columns(agent_id=agent).drop("_begun")
    more = [name for name in who if name != "agent_id"]
    before, after = (source.roster.standing(named.drop(*more, strict=False), more, day) for day in ("first_day", "last_day"))
    return before.with_columns(pl.when(before[name].eq_missing(after[name])).then(pl.col(name)).alias(name) for name in more)


def _summed(cells: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    group = [*columns, "figure", "place"]
    adding = [figure.id for figure in REPORTED.values() if figure.adds]
    weighed = []
    for number, name in enumerate(_WEIGHT):
        complete = pl.col(name).is_not_null().all()
        weighed += [
            pl.when(complete).then((pl.col("value") * pl.col(name)).sum().round(6)).alias(f"over_{number}"),
            pl.when(complete).then(pl.col(name).sum()).alias(f"under_{number}"),
        ]
    summed = cells.group_by(group).agg(
        pl.sum("value").alias("total"),
        pl.first("value").alias("one"),
        pl.len().alias("rows"),
        pl.any("provisional"),
        pl.all("whole"),
        *weighed,
    )
    adds = pl.col("figure").is_in(adding)
    over = pl.coalesce(f"over_{number}" for number in range(_WEIGHTS))
    under = pl.coalesce(f"under_{number}" for number in range(_WEIGHTS))
    mean = (
        pl.when(under > 0)
        .then(pl.when(pl.col("rows") == 1).then(pl.col("one")).otherwise(over / under))
        # Nobody to be answered is no rate, whatever the export prints; where no weight is known, one row alone still keeps its value.
        .when(under.is_null() & (pl.col("rows") == 1))
        .then(pl.col("one"))
    )
    return (
        summed.with_columns(
            numerator=pl.when(adds).then(pl.col("total")).otherwise(over),
            denominator=pl.when(~adds).then(under),
            value=pl.when(adds).then(pl.col("total")).otherwise(mean),
        )
        .sort(*columns, "place", nulls_last=True)
        .select(*columns, "figure", "numerator", "denominator", "value", pl.col("rows").cast(pl.Int64), "provisional", "whole")
    )
