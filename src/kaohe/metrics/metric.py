"""What a metric is: sums of tallies divided, in which unit, which way is better, and in words. And what a family of them is counted from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from kaohe.metrics.source import Ask, Source

Unit = Literal["rate", "seconds", "count", "ratio", "chars", "yuan", "hours", "score", "days"]
Better = Literal["higher", "lower"]
Evidence = Literal["message", "turn", "contact", "first", "session_first", "served", "dialogue", "text", "event", "none"]
"""What an explanation lists: messages in one of several ways, or the events of the metric's family; `none` where there is nothing below the figure."""

Words = tuple[str, str]
"""Chinese and English."""


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Something counted or summed for a group. `id` is its column in the tallies.

    Of a family with rows, `each` is what one row adds. With `distinct` the different values of these columns are counted instead, among rows for
    which `each` is not zero. `how` takes the largest instead of the sum.
    """

    id: str
    zh: str
    en: str
    each: pl.Expr | None = None
    distinct: tuple[str, ...] = ()
    how: Literal["sum", "max"] = "sum"

    def counted(self) -> pl.Expr:
        """The tally of a group of rows."""
        assert self.each is not None
        if self.distinct:
            one = pl.col(self.distinct[0]) if len(self.distinct) == 1 else pl.struct(self.distinct)
            chosen = one if self.each.meta.is_literal() else one.filter(self.each.cast(pl.Boolean))
            return chosen.n_unique().cast(pl.Int64).alias(self.id)
        if self.how == "max":
            return self.each.max().alias(self.id)
        # Polars sums a literal as one value, however many rows there are.
        return (self.each.sum() if self.each.meta.root_names() else self.each * pl.len()).alias(self.id)


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One figure. `over` and `under` are the tallies divided; without `under` it is a count; `quantile` instead of both is of waits.

    `less` is taken from `under`. The sum of `over` is divided by `per` to come to the unit of the figure (waits are microseconds
    inside, money fen), that of `under` by `per_under`. `cases`: whether the denominator
    is a number of cases. `met` and `unmet` say of a row of evidence that it is in the numerator or only in the denominator.
    """

    id: str
    zh: str
    en: str
    unit: Unit
    better: Better | None
    source: str
    meaning: str
    meaning_zh: str
    evidence: Evidence
    over: Tally | None = None
    under: Tally | None = None
    less: Tally | None = None
    per: int = 1
    per_under: int = 1
    quantile: float | None = None
    cases: bool = True
    met: Words = ("", "")
    unmet: Words = ("", "")

    @property
    def sampled(self) -> bool:
        """Whether the denominator is a number of cases, so that it says how sure the figure is. That of a target or of money is not."""
        return self.under is not None and self.cases

    @property
    def tallies(self) -> tuple[Tally, ...]:
        return tuple(tally for tally in (self.over, self.under, self.less) if tally is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Metrics counted from the same rows.

    `rows` gives one row per event, or per event and group, with the columns `shop_id`, `day` and `hour` (local), the columns of `ask.who`, what the
    tallies need, and for evidence `subject` (the event's id), `buyer_id`, `at` (microseconds since 1970 in UTC), `related` and `reason` (see
    `kaohe.metrics.reasons`). Events outside the asked days may be among them. `by` names the groupings it has (keys of
    `kaohe.metrics.source.BY`); asked for another, its figures are null. `needs`: tables of which one at least must hold rows, else its figures are
    null too: no sales imported is not no sales. `trailing`: days a figure looks back over, its last day included. `covers`: which exemptions
    leave days out (`none`: what is of no day, such as a month's target); `leaves`: whether days of leave leave the agent's own rows. `adds`: rows are many and
    tallies of shops and days add up, so that these are kept instead: no row may depend on what else is grouped by.
    """

    id: str
    zh: str
    en: str
    by: frozenset[str]
    needs: tuple[str, ...]
    rows: Callable[[Source, Ask], pl.DataFrame] | None
    tallies: tuple[Tally, ...]
    trailing: int | None = None
    covers: Literal["response", "all", "none"] = "all"
    leaves: bool = False
    adds: bool = False
    metrics: tuple[Metric, ...] = field(default=())
