"""The roster of the workspace, as of the newest import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from kaohe.workspace import Workspace
from kaohe_web.site import newest, workspace

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
    return list(_everybody(workspace(), newest(), today))


def agent(agent_id: str, today: date) -> Agent | None:
    """One agent, None where there is no such."""
    return next(iter(_agents(workspace(), pl.col("agent_id") == agent_id, today)), None)


@lru_cache(maxsize=2)
def _everybody(found: Workspace, _newest: str, today: date) -> tuple[Agent, ...]:
    return tuple(_agents(found, pl.lit(value=True), today))


def _agents(found: Workspace, which: pl.Expr, today: date) -> list[Agent]:
    positions = _by_agent(found.table("positions").filter(which).sort("agent_id", "valid_from"))
    accounts = _by_agent(found.table("accounts").filter(which).sort("shop_id", "account", "valid_from", nulls_last=False))
    people = found.table("agents").filter(which).sort("agent_id").to_dicts()
    return [_agent(row, positions.get(row["agent_id"], []), accounts.get(row["agent_id"], []), today) for row in people]


def _by_agent(frame: pl.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["agent_id"], []).append(row)
    return found


def _agent(row: Row, changes: list[Row], accounts: list[Row], today: date) -> Agent:
    role, group = row["role"], row["group"]
    for change in changes:
        if change["valid_from"] <= today:
            role, group = change["role"] or role, change["group"] or group
    return Agent(row, role, group, changes, accounts)


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
    return list(_unmapped(workspace(), newest()))


@lru_cache(maxsize=2)
def _unmapped(source: Workspace, _newest: str) -> tuple[str, ...]:
    return tuple(source.unmapped())
