"""Reconciliation: what kaohe counted beside what the platform reports, and why they differ where that can be seen (SEMANTICS §8).

Only figures that both count alike are compared. Counts may differ by so many, rates by percentage points, everything else by a share of the
reported value. A cause is named only when it explains the gap: when the other reading of the pack brings the two within tolerance, for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import polars as pl

from kaohe.metrics.catalogue import CATALOGUE, FAMILY_OF
from kaohe.metrics.figures import figures
from kaohe.metrics.reported import combined, covered
from kaohe.metrics.responses import FAMILY as RESPONSES
from kaohe.metrics.source import Source
from kaohe.model.days import Window
from kaohe.model.reported import REPORTED
from kaohe.packs import Parameters

COUNT, RATE, RELATIVE = 1.0, 0.01, 0.05
"""Tolerances where nothing else is said: one more or less, one percentage point, 5 % of the reported value."""

ROUNDED = 0.5
"""Seconds a duration may differ in any case: platforms round to whole ones."""


def _of_its_days(name: str) -> bool:
    """Whether a metric is of the days asked for alone. Which days a platform's trailing figures look back over is not known."""
    return not any(FAMILY_OF[tally.id].trailing for tally in CATALOGUE[name].tallies)


BOTH: tuple[str, ...] = tuple(name for name in REPORTED if name in CATALOGUE and _of_its_days(name))
"""Figures that platforms report and kaohe computes."""

AGENTS_ONLY = ("sales_amount", "net_sales_amount", "average_order_value", "items_per_buyer")
"""Figures not compared for whole shops: kaohe's are of all orders (counting rule 31), the platforms' of those their agents sold."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why two figures differ, in both languages: its short name, and what it is and what to do."""

    id: str
    zh: str
    en: str
    meaning_zh: str
    meaning: str


CAUSES: Mapping[str, Cause] = {
    cause.id: cause
    for cause in (
        Cause(
            "missing_day",
            "缺聊天记录",
            "chats missing",
            "有的天没有导入聊天记录，请补导入",
            "no chats were imported for some of the days; import them",
        ),
        Cause(
            "no_data",
            "缺数据",
            "data missing",
            "没有导入算这个数要的数据（如订单），请补导入",
            "what the figure is computed from, such as orders, was not imported; import it",
        ),
        Cause(
            "unmapped_account",
            "账号未登记",
            "account not known",
            "一边的客服另一边没有，也不在客服名单里，请在 accounts 表里登记账号属于谁",
            "an agent of one side is missing on the other and in no roster; say in the accounts table whose account it is",
        ),
        Cause(
            "not_final",
            "报表未定稿",
            "not final",
            "报表导出得早，销售类数平台还会改，请过几天再导出",
            "the report was made too soon, the platform still revises its sales; export it again in some days",
        ),
        Cause(
            "all_day_twin",
            "全天与时段",
            "whole day",
            "一边是全天的数，一边是考核时段的数：按同一时段算就相符",
            "one side is of the whole day, the other of the assessed window; over the same span they agree",
        ),
        Cause(
            "bot_mode",
            "机器人口径",
            "bots",
            "机器人或辅助回复的算法不同：改变口径里它们算不算，就相符",
            "bots or assisted replies are counted otherwise; with the pack's other way of counting them the two agree",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a figure may be from the reported one. `per_figure` wins; its numbers are in the same terms as the figure's kind."""

    count: float = COUNT
    rate: float = RATE
    relative: float = RELATIVE
    per_figure: Mapping[str, float] | None = None

    def of(self, figure: str) -> float:
        """The tolerance of a figure: a number for counts, a share of 1 for rates, a share of the reported value for all else."""
        if self.per_figure and figure in self.per_figure:
            return self.per_figure[figure]
        kind = REPORTED[figure].kind
        return self.count if kind == "count" else self.rate if kind == "rate" else self.relative


def reconcile(
    source: Source,
    *,
    first: date | None = None,
    last: date | None = None,
    by_day: bool = True,
    tolerance: Tolerance | None = None,
) -> pl.DataFrame:
    """Every figure that a report gives and kaohe counts too, by shop, agent and, unless `by_day` is off, day.

    Returns one row per group and figure: `shop_id`, `agent_id` (null: the whole shop, as the platform's own row of it says), `day` (by day only),
    `figure`, `computed`, `reported`, `difference` (computed - reported), `relative` (of the reported value; null where that is 0),
    `within` (whether inside the tolerance; null where one side has no value), `provisional`, and `cause` (an id of `CAUSES`, null where the two
    agree or nothing explains the gap). A figure that kaohe has and the report has not is there only for agents of shops and days whose report gives it for
    others. Days are the local days from `first` to `last`, both included; all for None. By day only reports of single days are compared.
    Over the whole period kaohe's side is of the days that the report covers, its parts added up day by day, as platforms do. Sorted by shop, day, agent (the shop last), figure.
    """
    tolerance = tolerance or Tolerance()
    told = set(combined(source, first=first, last=last, by=("shop", "agent", *(("day",) if by_day else ())))["figure"])
    told |= set(combined(source, first=first, last=last, by=("shop", *(("day",) if by_day else ())))["figure"])
    asked = [name for name in BOTH if name in told]
    if not asked:
        return pl.DataFrame(schema=_schema(by_day))
    compared = _Compared(source, first, last, by_day, tolerance, asked)
    return compared.explained(compared.rows()).select(list(_schema(by_day)))


def _schema(by_day: bool) -> dict[str, pl.DataType]:
    return {
        "shop_id": pl.String(),
        "agent_id": pl.String(),
        **({"day": pl.Date()} if by_day else {}),
        "figure": pl.String(),
        "computed": pl.Float64(),
        "reported": pl.Float64(),
        "difference": pl.Float64(),
        "relative": pl.Float64(),
        "within": pl.Boolean(),
        "provisional": pl.Boolean(),
        "cause": pl.String(),
    }


class _Compared:
    def __init__(self, source: Source, first: date | None, last: date | None, by_day: bool, tolerance: Tolerance, asked: list[str]) -> None:
        self._source, self._first, self._last, self._by_day = source, first, last, by_day
        self._tolerance, self._asked = tolerance, asked
        self._day = ["day"] if by_day else []
        self._key = ["shop_id", "agent_id", *self._day, "figure"]

    def rows(self) -> pl.DataFrame:
        """Both sides beside each other, sorted, without causes."""
        reported = self._reported(self._asked)
        ours = self._computed(self._source)
        both = reported.join(ours, on=self._key, how="full", coalesce=True, nulls_equal=True)
        both = both.filter(pl.col("reported").is_not_null() | pl.col("computed").is_not_null())
        place = pl.col("figure").replace_strict({name: number for number, name in enumerate(BOTH)}, return_dtype=pl.Int64)
        return self._judged(both).sort("shop_id", *self._day, "agent_id", place, nulls_last=True)

    def _reported(self, names: list[str]) -> pl.DataFrame:
        """Agents' figures, and those of shops that a report gives itself: agent_id is null."""
        agents = combined(self._source, by=("shop", "agent", *self._day), first=self._first, last=self._last, figures=names)
        shops = combined(self._source, by=("shop", *self._day), first=self._first, last=self._last, figures=names)
        shops = shops.filter("whole", ~pl.col("figure").is_in(AGENTS_ONLY)).with_columns(agent_id=pl.lit(None, pl.String))
        columns = [*self._key, pl.col("value").alias("reported"), "provisional"]
        # Rows of an account that changed hands are nobody's: there is nobody to compare with.
        return pl.concat([agents.filter(pl.col("agent_id").is_not_null()).select(columns), shops.select(columns)])

    def _computed(self, source: Source) -> pl.DataFrame:
        """What kaohe counts on the days that reports cover, of agents and whole shops."""
        first, last, names = self._first, self._last, self._asked
        agents = figures(source, by=("shop", "agent", "day"), first=first, last=last, metrics=names)
        shops = figures(source, by=("shop", "day"), first=first, last=last, metrics=names)
        agents = agents.filter(pl.col("agent_id").is_not_null())
        shops = shops.with_columns(agent_id=pl.lit(None, pl.String))
        columns = [
            pl.col("shop_id", "agent_id").cast(pl.String),
            "day",
            pl.col("metric").alias("figure"),
            *("numerator", "denominator", "value"),
        ]
        daily = pl.concat([agents.select(columns), shops.select(columns)]).with_columns(whole=pl.col("agent_id").is_null())
        # An agent the report says nothing of is worth a row only on days and for figures of which it speaks of others.
        spoken = self._covered.select("shop_id", "figure", "whole", "day").unique()
        if self._by_day:
            return daily.join(spoken, on=spoken.columns, how="semi").select(*self._key, computed="value")
        known = self._covered.with_columns(known=pl.lit(True))
        own = daily.join(known, on=["shop_id", "agent_id", "figure", "whole", "day"], how="inner", nulls_equal=True)
        named = known.select("shop_id", "agent_id", "figure", "whole").unique()
        rest = daily.join(named, on=named.columns, how="anti", nulls_equal=True).join(spoken, on=spoken.columns, how="semi")
        # A quotient is of its parts, a count of its numerators; a day on which nothing was counted has neither.
        return (
            pl.concat([own.drop("known").select(daily.columns), rest.select(daily.columns)])
            .group_by(self._key)
            .agg(
                over=pl.sum("numerator"),
                under=pl.sum("denominator"),
                quotient=pl.col("denominator").is_not_null().any(),
                counted=pl.col("numerator").is_not_null().any(),
            )
            .select(
                *self._key,
                computed=pl.when("quotient")
                .then(pl.when(pl.col("under") > 0).then(pl.col("over") / pl.col("under")))
                .when("counted")
                .then(pl.col("over")),
            )
        )

    @cached_property
    def _covered(self) -> pl.DataFrame:
        """Of which days the compared figures of reports are, by shop, agent (null: the shop) and figure."""
        day = ("day",) if self._by_day else ()
        names = ["shop_id", "agent_id", "figure", "whole", "day"]
        agents = covered(self._source, by=("shop", "agent", *day), first=self._first, last=self._last, figures=self._asked)
        shops = covered(self._source, by=("shop", *day), first=self._first, last=self._last, figures=self._asked)
        shops = shops.filter("whole", ~pl.col("figure").is_in(AGENTS_ONLY)).with_columns(agent_id=pl.lit(None, pl.String))
        return pl.concat([agents.select(names), shops.select(names)])

    def _judged(self, both: pl.DataFrame) -> pl.DataFrame:
        return both.with_columns(difference=pl.col("computed") - pl.col("reported")).with_columns(
            relative=pl.when(pl.col("reported") != 0).then(pl.col("difference") / pl.col("reported").abs()),
            within=self._near("computed", "reported"),
            provisional=pl.col("provisional").fill_null(False),
        )

    def _near(self, mine: str, theirs: str) -> pl.Expr:
        """Whether two columns are within the figure's tolerance; null where one is."""
        kinds = {name: REPORTED[name].kind for name in BOTH}
        allowed = pl.col("figure").replace_strict({name: self._tolerance.of(name) for name in BOTH}, return_dtype=pl.Float64)
        kind = pl.col("figure").replace_strict(kinds, return_dtype=pl.String)
        share = allowed * pl.col(theirs).abs()
        room = (
            pl.when(kind.is_in(["count", "rate"]))
            .then(allowed)
            .when(kind == "seconds")
            .then(pl.max_horizontal(share, pl.lit(ROUNDED)))
            .otherwise(share)
        )
        # 0.9778 - 0.9678 is 0.010000000000000009: what is exactly on the line is inside.
        return (pl.col(mine) - pl.col(theirs)).abs() <= room + 1e-9

    # Causes -----------------------------------------------------------------------------------------------------------------

    def explained(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with their causes. The first that holds is named: what is missing, then what is not final, then what is counted otherwise."""
        open_ = ~pl.col("within").fill_null(False)
        rows = rows.join(self._gaps(), on=self._key, how="left", nulls_equal=True, maintain_order="left")
        roster = self._source.roster
        strange = roster.unmapped(rows["agent_id"]) if not roster.agents.is_empty() else sorted(rows["agent_id"].drop_nulls().unique())
        one_side = pl.col("computed").is_null() | pl.col("reported").is_null()
        replies = pl.col("figure").is_in([name for name in BOTH if _of_replies(name)])
        causes = [
            ("missing_day", replies & pl.col("_missing").fill_null(False)),
            ("no_data", pl.col("computed").is_null() & pl.col("figure").is_in(self._without_data())),
            ("unmapped_account", one_side & pl.col("agent_id").is_in(strange)),
            ("not_final", pl.col("provisional")),
        ]
        cause = pl.lit(None, pl.String)
        for name, holds in reversed(causes):
            cause = pl.when(open_ & holds).then(pl.lit(name)).otherwise(cause)
        rows = rows.with_columns(cause=cause)
        if rows.filter(open_ & pl.col("cause").is_null() & ~one_side & replies).is_empty():
            return rows
        rows = self._of_the_twin(rows)
        for name, change in _OTHERWISE:
            left = open_ & pl.col("cause").is_null() & ~one_side & replies
            if rows.filter(left).is_empty():
                break
            other = self._computed(_altered(self._source, change)).rename({"computed": "_other"})
            rows = rows.join(other, on=self._key, how="left", nulls_equal=True, maintain_order="left")
            found = left & self._near("_other", "reported").fill_null(False)
            rows = rows.with_columns(cause=pl.when(found).then(pl.lit(name)).otherwise("cause")).drop("_other")
        return rows

    def _of_the_twin(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Name the cause where what kaohe counted is the platform's figure of the whole day."""
        twins = {figure.id: figure.twin_of for figure in REPORTED.values() if figure.twin_of in self._asked}
        told = self._reported(list(twins))
        if told.is_empty():
            return rows
        told = told.with_columns(pl.col("figure").replace(twins)).select(*self._key, _twin="reported")
        rows = rows.join(told, on=self._key, how="left", nulls_equal=True, maintain_order="left")
        found = ~pl.col("within") & pl.col("cause").is_null() & self._near("computed", "_twin").fill_null(False)
        return rows.with_columns(cause=pl.when(found).then(pl.lit("all_day_twin")).otherwise("cause")).drop("_twin")

    def _gaps(self) -> pl.DataFrame:
        """The groups and figures some of whose reported days have no chats of the shop, with `_missing`."""
        chats = pl.DataFrame(
            [(shop, piece.day) for piece in self._source.facts.slices(self._first, self._last) for shop in piece.shops],
            schema={"shop_id": pl.String, "day": pl.Date},
            orient="row",
        ).unique()
        lost = self._covered.join(chats, on=["shop_id", "day"], how="anti")
        return lost.select(self._key).unique().with_columns(_missing=pl.lit(True))

    def _without_data(self) -> list[str]:
        """Figures none of whose tables hold rows."""
        found = []
        for name in BOTH:
            families = {FAMILY_OF[tally.id].id: FAMILY_OF[tally.id] for tally in CATALOGUE[name].tallies}.values()
            if any(family.needs and not self._source.has(family.needs) for family in families):
                found.append(name)
        return found


def _of_replies(name: str) -> bool:
    metric = CATALOGUE[name]
    return metric.quantile is not None or any(FAMILY_OF[tally.id] is RESPONSES for tally in metric.tallies)


Change = Callable[[Parameters], Parameters]


def _all_day(parameters: Parameters) -> Parameters:
    return parameters.model_copy(update={"window": Window()})


def _bots_clear(parameters: Parameters) -> Parameters:
    if "bot" in parameters.human_senders:
        return parameters
    return parameters.model_copy(update={"bot_reply": "ignored" if parameters.bot_reply == "clears" else "clears"})


def _bots_answer(parameters: Parameters) -> Parameters:
    return Parameters.model_validate(
        {**parameters.model_dump(), "human_senders": (*parameters.human_senders, "bot"), "bot_reply": "ignored"}
    )


def _persons_only(parameters: Parameters) -> Parameters:
    return Parameters.model_validate({**parameters.model_dump(), "human_senders": ("agent",)})


_OTHERWISE: tuple[tuple[str, Change], ...] = (
    ("all_day_twin", _all_day),
    ("bot_mode", _bots_clear),
    ("bot_mode", _bots_answer),
    ("bot_mode", _persons_only),
)
"""Other ways a platform may count replies, each tried only while something is unexplained."""


def _altered(source: Source, change: Change) -> Source:
    """The same messages under other parameters."""
    known: dict[Parameters, Parameters] = {}

    def parameters(shop: str, day: date) -> Parameters:
        given = source.parameters(shop, day)
        if given not in known:
            known[given] = change(given)
        return known[given]

    return replace(source, facts=source.facts.under(parameters), parameters=parameters, rules=None)
