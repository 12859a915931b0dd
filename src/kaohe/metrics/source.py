"""What figures are made from, and what is asked: days, groups, people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from kaohe.facts import Facts
from kaohe.facts.credits import credited, participants
from kaohe.facts.inquiries import Purchases, inquiries
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

VERSION = 3
"""Part of every cache key here: raise it when the meaning of what is cached changes."""

ORDERS = ("orders", "order_lines", "payments", "refunds")
"""The tables orders are put together from."""

GROUP_KINDS: dict[str, pl.DataType] = {"day": pl.Date(), "hour": pl.Int8()}
"""Types of the group columns that are not text."""


@dataclass(frozen=True)
class Source:
    """All that figures are made from: facts, people, shops, and each shop's pack parameters on a day."""

    facts: Facts
    roster: Roster
    shops: pl.DataFrame
    parameters: Callable[[str, date], Parameters]
    rules: str | None = None
    """A digest of all that decides `parameters` on any day; None: what depends on days not asked for is computed anew each time."""

    def held(self, kind: str, tables: Iterable[str], parts: object, compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """A frame from the cache, or computed: it must depend on nothing but the canonical `tables`, the packs and `parts`."""
        if self.rules is None:
            return compute()
        versions = [(name, self.facts.snapshot.versions.get(name)) for name in tables]
        key = hashlib.sha256(repr((VERSION, versions, self.rules, parts)).encode()).hexdigest()[:32]
        return self.facts.cache.get(kind, key, compute)

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

        def put_together() -> pl.DataFrame:
            return orders({name: self.facts.table(name) for name in ORDERS}, self.zones, self.parameters)

        return self.held("orders", (*ORDERS, "shops"), None, put_together)

    @cached_property
    def purchases(self) -> Purchases:
        """The orders by buyer."""
        return Purchases(self.orders)

    def orders_near(self, ask: Ask) -> pl.DataFrame:
        """Orders placed or done in the asked days, or soon enough after to convert a contact of theirs."""
        if ask.first is None and ask.last is None:
            return self.orders
        reach = replace(ask, last=None if ask.last is None else ask.last + timedelta(days=self._longest_span(ask)))
        return self.orders.filter(reach.during("created_day") | reach.during("event_day"))

    def _longest_span(self, ask: Ask) -> int:
        """Days after a contact of the asked days in which an order may still convert it, under any shop's pack; one more for time zones."""
        days = [day for day in self.facts.days if (ask.first is None or day >= ask.first) and (ask.last is None or day <= ask.last)]
        rules = [self.parameters(shop, day) for shop in self.zones for day in days]
        return max((max(rule.conversion_days, (rule.conversion_hours or 0) // 24 + 1) for rule in rules), default=1) + 1

    def credits(self, ask: Ask) -> pl.DataFrame:
        """Who the orders near the asked days belong to, by the rule of their packs; see `kaohe.facts.credits`."""
        return self._credits(ask, "credits", lambda near: credited(self.facts, self.roster, near, executor=ask.executor))

    def placing_credits(self, ask: Ask) -> pl.DataFrame:
        """Who wrote last before the orders near the asked days were placed, paid or not."""

        def owners(near: pl.DataFrame) -> pl.DataFrame:
            then = near.with_columns(paid_at="created_at", paid_day="created_day")
            return credited(self.facts, self.roster, then, "last_before_order", ask.executor)

        return self._credits(ask, "placing", owners)

    def participants(self, ask: Ask) -> pl.DataFrame:
        """Everybody who wrote in time for the credit of the orders near the asked days."""
        return self._credits(ask, "participants", lambda near: participants(self.facts, self.roster, near, executor=ask.executor))

    def _credits(self, ask: Ask, kind: str, compute: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
        known = (kind, ask.first, ask.last)
        if known not in self._memory:
            tables = ("messages", *ORDERS, "shops", "accounts", "agents")
            self._memory[known] = self.held("credits", tables, known, lambda: compute(self.orders_near(ask)))
        return self._memory[known]

    @cached_property
    def _memory(self) -> dict[object, pl.DataFrame]:
        return {}

    def inquiries(self, ask: Ask) -> pl.DataFrame:
        """The consulting contacts of the asked days, each with whether it is an inquiry; see `kaohe.facts.inquiries`."""
        known = ("inquiries", ask.first, ask.last)
        if known not in self._memory:
            self._memory[known] = self.held("inquiries", ("messages", "presence", *ORDERS, "shops"), known, lambda: self._inquiries(ask))
        return self._memory[known]

    def _inquiries(self, ask: Ask) -> pl.DataFrame:
        # Where orders name no buyer, nobody can tell who came to buy and who bought.
        known = self.orders.filter(pl.col("buyer").is_not_null())["shop_id"].unique()
        pieces = self.facts.slices(ask.first, ask.last)
        return inquiries(self.facts, pieces, self.purchases, self.zones, ask.executor).filter(pl.col("shop_id").is_in(known.implode()))

    @property
    def last_day(self) -> date:
        """The last local day with messages, orders or refunds that ended; any day where there is none of them never matters."""
        refunds = self.facts.table("refunds")
        ended = self.dated(refunds, "completed_at")["day"].max() if len(refunds) else None
        days = [*self.facts.days[-1:], *filter(None, (ended, *(self.orders[name].max() for name in ("created_day", "event_day"))))]
        return max(days, default=date(1970, 1, 1))  # type: ignore[type-var,return-value]

    @property
    def span(self) -> tuple[date, date] | None:
        """The first and the last day with messages; where there are none, with orders or platforms' reports; None where there is nothing."""
        days = [*self.facts.days[:1], *self.facts.days[-1:]]
        if not days:
            reported = self.facts.table("reported")
            found = [(self.orders["created_day"], self.orders["event_day"]), (reported["first_day"], reported["last_day"])]
            days = [day for first, last in found for day in (first.min(), first.max(), last.max()) if isinstance(day, date)]
        return (min(days), max(days)) if days else None

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
        """Add the columns of `who` to rows that already know their `agent_id` and local `day`, null for nobody: where he stood on that day."""
        more = [name for name in who if name != "agent_id"]
        if more:
            frame = self.roster.standing(frame.drop(*more, strict=False), more, "day")
        return frame


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked: the days from `first` to `last`, both included (None: without end), and the columns to group by.

    With `evidence` rows carry what an explanation shows beside what is counted. With `shops` only these are looked at, as if there were no others.
    """

    first: date | None
    last: date | None
    columns: tuple[str, ...]
    executor: Executor | None = None
    evidence: bool = False
    shops: frozenset[str] | None = None

    @property
    def who(self) -> list[str]:
        """The columns of people among the groups."""
        return [name for name in WHO if name in self.columns]

    @property
    def by_hour(self) -> bool:
        return "hour" in self.columns

    @property
    def by_shop(self) -> bool:
        """Whether shops are told apart: what is of no shop has to stand in one then."""
        return self.shops is not None or not {"shop_id", "platform"}.isdisjoint(self.columns)

    def within(self) -> pl.Expr:
        """Whether a row is of an asked shop, by its `shop_id`."""
        return pl.lit(True) if self.shops is None else pl.col("shop_id").is_in(sorted(self.shops))

    def during(self, day: str = "day") -> pl.Expr:
        """Whether a column of local days lies within the asked ones."""
        inside = pl.col(day).is_not_null()
        if self.first is not None:
            inside &= pl.col(day) >= self.first
        return inside & (pl.col(day) <= self.last) if self.last is not None else inside
