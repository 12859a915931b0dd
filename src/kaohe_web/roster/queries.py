"""The roster of the workspace, as of the newest import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from kaohe_web.site import workspace

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent: the row of `agents`, changes of role and group from days on, accounts with their days."""

    row: Row
    role: str | None
    group: str | None
    positions: list[Row]
    accounts: list[Row]

    @property
    def agent_id(self) -> str:
        return str(self.row["agent_id"])

    @property
    def here(self) -> bool:
        """Whether he has not left, as far as is known."""
        return self.row["left_on"] is None


def agents(today: date) -> list[Agent]:
    """Everybody, by id, with the role and group of a day."""
    found = workspace()
    positions, accounts = (found.table(name).partition_by("agent_id", as_dict=True) for name in ("positions", "accounts"))
    none = {name: found.table(name).clear() for name in ("positions", "accounts")}
    return [
        _agent(row, positions.get((row["agent_id"],), none["positions"]), accounts.get((row["agent_id"],), none["accounts"]), today)
        for row in found.table("agents").sort("agent_id").iter_rows(named=True)
    ]


def agent(agent_id: str, today: date) -> Agent | None:
    """One agent, None where there is no such."""
    found = workspace()
    rows = found.table("agents").filter(pl.col("agent_id") == agent_id).to_dicts()
    if not rows:
        return None
    mine = pl.col("agent_id") == agent_id
    return _agent(rows[0], found.table("positions").filter(mine), found.table("accounts").filter(mine), today)


def _agent(row: Row, positions: pl.DataFrame, accounts: pl.DataFrame, today: date) -> Agent:
    changes = positions.sort("valid_from").to_dicts()
    role, group = row["role"], row["group"]
    for change in changes:
        if change["valid_from"] <= today:
            role, group = change["role"] or role, change["group"] or group
    return Agent(row, role, group, changes, accounts.sort("shop_id", "account", "valid_from", nulls_last=False).to_dicts())


def account(shop_id: str, account: str, valid_from: date | None) -> Row | None:
    """One span of an account."""
    begins = pl.col("valid_from").eq_missing(pl.lit(valid_from, pl.Date))
    rows = workspace().table("accounts").filter(pl.col("shop_id") == shop_id, pl.col("account") == account, begins).to_dicts()
    return rows[0] if rows else None


def shops() -> list[tuple[str, str]]:
    """Every shop's id and name."""
    rows = workspace().table("shops").sort("shop_id").select("shop_id", "name").iter_rows()
    return [(shop, name or shop) for shop, name in rows]


def unmapped() -> list[str]:
    """Accounts that answered buyers and belong to nobody."""
    return workspace().unmapped()
