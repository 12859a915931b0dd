"""People and their accounts: an account belongs to one agent on any day; an account nobody claimed is its own agent, marked unmapped."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from kaohe.model.tables import TABLES

WHO = ("agent_id", "group", "role")
"""What people can be grouped by. Group and role are the agent's."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is who: the canonical tables `accounts`, `agents` and `positions`."""

    accounts: pl.DataFrame
    agents: pl.DataFrame
    positions: pl.DataFrame = field(default_factory=TABLES["positions"].empty)

    def fingerprint(self) -> str:
        """Changes when any mapping or attribute does."""
        text = "\n".join(str(row) for frame in (self.accounts, self.agents, self.positions) for row in frame.sort(pl.all()).iter_rows())
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def assigned(self, frame: pl.DataFrame, who: Sequence[str], day: pl.Expr) -> pl.DataFrame:
        """Add the columns of `who` to rows with shop_id and account. A null account is nobody: null in all of them.

        `day` is the local day of each row. Where spans of one account overlap, the one that began last holds.
        """
        if not who:
            return frame
        keys = frame.select("shop_id", "account", day.alias("_day")).unique()
        named = keys.with_columns(pl.col("shop_id", "account").cast(pl.String).name.suffix("_name"))
        people = self._people(named.select("_day", shop_id="shop_id_name", account="account_name"))
        if list(who) != ["agent_id"]:
            people = self.standing(people, ["group", "role"], "_day")
        known = named.join(
            people.select("_day", *who, shop_id_name="shop_id", account_name="account"),
            on=["_day", "shop_id_name", "account_name"],
            how="left",
            nulls_equal=True,
        ).select("shop_id", "account", "_day", *who)
        joined = frame.with_columns(day.alias("_day")).join(
            known, on=["shop_id", "account", "_day"], how="left", nulls_equal=True, maintain_order="left"
        )
        return joined.drop("_day")

    def _people(self, keys: pl.DataFrame) -> pl.DataFrame:
        if self.accounts.is_empty():
            return keys.with_columns(agent_id=pl.col("account"))
        spans = self.accounts.rename({"agent_id": "owner"})
        held = (
            keys.join(spans, on=["shop_id", "account"], how="inner")
            .filter(
                pl.col("valid_from").fill_null(pl.date(1, 1, 1)) <= pl.col("_day"),
                pl.col("valid_to").fill_null(pl.date(9999, 12, 31)) >= pl.col("_day"),
            )
            .sort("shop_id", "account", "_day", "valid_from", "owner", nulls_last=False)
            .unique(["shop_id", "account", "_day"], keep="last")
            .select("shop_id", "account", "_day", "owner")
        )
        joined = keys.join(held, on=["shop_id", "account", "_day"], how="left", nulls_equal=True)
        return joined.with_columns(agent_id=pl.coalesce("owner", "account")).drop("owner")

    def employed(self, first: date, last: date) -> pl.DataFrame:
        """Agents who were there on any day from `first` to `last`, both included; unknown dates exclude nobody."""
        joined = pl.col("joined_on").fill_null(pl.lit(first, pl.Date)) <= last
        left = pl.col("left_on").fill_null(pl.lit(last, pl.Date)) >= first
        return self.agents.filter(joined & left)

    def standing(self, frame: pl.DataFrame, columns: Sequence[str], day: str) -> pl.DataFrame:
        """Rows of agents with their `group` and `role`, as far as asked for, on the day of each row; null for who is nobody or not in the roster."""
        if not columns:
            return frame
        if self.positions.is_empty():
            return frame.join(self.agents.select("agent_id", *columns), on="agent_id", how="left", maintain_order="left")
        keys = frame.select("agent_id", day).unique().drop_nulls().sort(day, "agent_id")
        placed = self._placements().sort("begins", "agent_id")
        known = keys.join_asof(placed, left_on=day, right_on="begins", by="agent_id", check_sortedness=False)
        return frame.join(known.select("agent_id", day, *columns), on=["agent_id", day], how="left", maintain_order="left")

    def _placements(self) -> pl.DataFrame:
        """Every stretch of days of every agent in one group and role: agent_id, group, role, begins; sorted by agent and day."""
        first = self.agents.select("agent_id", "group", "role", begins=pl.lit(date.min, pl.Date), own=pl.lit(0))
        changes = self.positions.select("agent_id", "group", "role", begins="valid_from", own=pl.lit(1))
        rows = pl.concat([first, changes.join(first, on="agent_id", how="semi")]).sort("agent_id", "begins", "own")
        return rows.with_columns(pl.col("group", "role").forward_fill().over("agent_id")).drop("own")

    def stints(self, first: date, last: date) -> pl.DataFrame:
        """The agents of a period and the days of it they were employed: agent_id, name, role, group, joined_on, first, last (both included).

        One row per agent and stretch of days in one role and group, sorted by agent and first day.
        """
        begin, end = pl.lit(first, pl.Date), pl.lit(last, pl.Date)
        spans = self.employed(first, last).with_columns(
            _from=pl.max_horizontal(pl.col("joined_on").fill_null(begin), begin),
            _to=pl.min_horizontal(pl.col("left_on").fill_null(end), end),
        )
        placed = self._placements().with_columns(ends=pl.col("begins").shift(-1).over("agent_id") - pl.duration(days=1))
        cut = (
            spans.select("agent_id", "name", "joined_on", "_from", "_to")
            .join(placed, on="agent_id")
            .with_columns(first=pl.max_horizontal("begins", "_from"), last=pl.min_horizontal(pl.col("ends").fill_null(date.max), "_to"))
            .filter(pl.col("first") <= pl.col("last"))
            .sort("agent_id", "first")
        )
        # A change that changes nothing, such as a row that says what held already, is no new stretch.
        now = pl.struct("role", "group")
        changed = (now != now.shift(1)).fill_null(True) | (pl.col("agent_id") != pl.col("agent_id").shift(1)).fill_null(True)
        merged = cut.with_columns(_stretch=changed.cum_sum()).group_by("_stretch", maintain_order=True)
        return (
            merged.agg(pl.col("agent_id", "name", "role", "group", "joined_on", "first").first(), pl.col("last").last())
            .drop("_stretch")
            .sort("agent_id", "first")
        )

    def unmapped(self, agent_ids: pl.Series) -> list[str]:
        """Which of these ids are no agent of the roster. Empty while there is no roster at all: then every account is an agent."""
        if self.agents.is_empty():
            return []
        known = set(self.agents["agent_id"])
        return sorted(agent for agent in agent_ids.drop_nulls().unique().to_list() if agent not in known)
