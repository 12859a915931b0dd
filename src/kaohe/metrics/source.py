"""What figures are made from, and what is asked: days, groups, people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from kaohe.facts import Facts
from kaohe.facts.inquiries import Purchases
from kaohe.facts.orders import orders
from kaohe.lake.layout import local_clock
from kaohe.model.days import DEFAULT_TIMEZONE
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

EVERYTHING = frozenset(BY)
NO_HOUR = EVERYTHING - {"hour"}
SHOPS_ONLY = frozenset({"shop", "platform", "day"})

GROUP_KINDS: dict[str, pl.DataType] = {"day": pl.Date(), "hour": pl.Int8()}
"""Types of the group columns that are not text."""


@dataclass(frozen=True)
class Source:
    """All that figures are made from: facts, people, shops, and each shop's pack parameters on a day."""

    facts: Facts
    roster: Roster
    shops: pl.DataFrame
    parameters: Callable[[str, date], Parameters]

    @cached_property
    def zones(self) -> dict[str, str]:
        """The time zone of every shop."""
        return {shop: zone or DEFAULT_TIMEZONE for shop, zone in self.shops.select("shop_id", "timezone").iter_rows()}

    @cached_property
    def platforms(self) -> dict[str, str]:
        """The platform of every shop."""
        return dict(self.shops.select("shop_id", "platform").iter_rows())

    @cached_property
    def orders(self) -> pl.DataFrame:
        """Every order there is, one row each; see `kaohe.facts.orders`."""
        tables = {name: self.facts.table(name) for name in ("orders", "order_lines", "payments", "refunds")}
        return orders(tables, self.zones, self.parameters)

    @cached_property
    def purchases(self) -> Purchases:
        """The orders by buyer."""
        return Purchases.of(self.orders)

    @property
    def last_day(self) -> date:
        """The last local day with messages or orders; today's date where there is neither never matters."""
        days = [*self.facts.days[-1:], *filter(None, (self.orders[name].max() for name in ("created_day", "event_day")))]
        return max(days, default=date.min)  # type: ignore[type-var,return-value]

    def has(self, tables: Sequence[str]) -> bool:
        """Whether any of these tables holds rows."""
        return any(self.facts.holds(name) for name in tables)

    def dated(self, frame: pl.DataFrame, at: str) -> pl.DataFrame:
        """Rows of a canonical table with `day` and `hour`, local to their shop, of an instant of theirs, and `at`, the instant in microseconds."""
        zone = frame["shop_id"].replace_strict(self.zones, default=DEFAULT_TIMEZONE, return_dtype=pl.String)
        local = local_clock(frame[at], zone)
        return frame.with_columns(
            (local // 86_400_000_000).cast(pl.Int32).cast(pl.Date).alias("day"),
            (local % 86_400_000_000 // 3_600_000_000).cast(pl.Int8).alias("hour"),
            at=frame[at].to_physical(),
        )

    def grouped(self, frame: pl.DataFrame, who: Sequence[str]) -> pl.DataFrame:
        """Add the columns of `who` to rows that already know their `agent_id`, null for nobody; drop it where it is not asked for."""
        more = [name for name in who if name != "agent_id"]
        if more:
            agents = self.roster.agents.select("agent_id", "group", "role")
            frame = frame.drop(*more, strict=False).join(agents.select("agent_id", *more), on="agent_id", how="left", maintain_order="left")
        return frame if "agent_id" in who else frame.drop("agent_id")


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked: the days from `first` to `last`, both included (None: without end), and the columns to group by."""

    first: date | None
    last: date | None
    columns: tuple[str, ...]
    executor: Executor | None = None

    @property
    def who(self) -> list[str]:
        """The columns of people among the groups."""
        return [name for name in WHO if name in self.columns]

    @property
    def by_hour(self) -> bool:
        return "hour" in self.columns

    def during(self, day: str = "day") -> pl.Expr:
        """Whether a column of local days lies within the asked ones."""
        inside = pl.col(day).is_not_null()
        if self.first is not None:
            inside &= pl.col(day) >= self.first
        return inside & (pl.col(day) <= self.last) if self.last is not None else inside
