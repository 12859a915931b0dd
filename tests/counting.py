"""Figures of messages written as a table: a lake, facts and metrics over a temporary folder, for spec tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from kaohe.facts import Facts
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.figures import BY, Source, figures
from kaohe.model.people import Roster
from kaohe.model.tables import TABLES
from kaohe.packs import Parameters
from reference import Message
from spec_tables import messages

NAMES = ("shop_id", "buyer_id", "sent_at", "sender", "agent_id", "message_id", "text", "session_id")


def frame(rows: Sequence[Message], zone: str = "Asia/Shanghai") -> pl.DataFrame:
    """Messages as an import stages them."""
    made = [{**{name: getattr(row, name) for name in NAMES}, "kind": None} for row in rows]
    return pl.DataFrame(made, schema=TABLES["messages"].schema).with_columns(timezone=pl.lit(zone))


def table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """A canonical table of a few rows, columns not given null."""
    return pl.DataFrame(list(rows), schema=TABLES[name].schema)


def source(
    folder: Path,
    text: str,
    *,
    accounts: pl.DataFrame | None = None,
    agents: pl.DataFrame | None = None,
    platform: str = "generic",
    **parameters: Any,
) -> Source:
    """All that figures are made from, over the messages of a table, under parameters that differ from the defaults as given."""
    rows = messages(text)
    lake = Lake.create(folder / "lake")
    with lake.stage() as stage:
        stage.add("messages", frame(rows), 0)
        stage.commit([SourceFile("table", "", "", len(rows), 0, 0)])
    chosen = Parameters(**parameters)
    shops = [{"shop_id": shop, "platform": platform, "timezone": "Asia/Shanghai"} for shop in sorted({row.shop_id for row in rows})]
    roster = Roster(
        accounts if accounts is not None else TABLES["accounts"].empty(), agents if agents is not None else TABLES["agents"].empty()
    )
    facts = Facts(lake, lake.snapshot(), lambda _shop, _day: chosen)
    return Source(facts, roster, table("shops", *shops), lambda _shop, _day: chosen)


def counted(made: Source, *by: str) -> dict[Any, dict[str, tuple[float | None, float | None, float | None]]]:
    """Figures as {group: {metric: (numerator, denominator, value)}}; a group of one key stands without a tuple, of none as None."""
    found: dict[Any, dict[str, tuple[float | None, float | None, float | None]]] = {}
    for row in figures(made, by=by).iter_rows(named=True):
        key = tuple(row[BY[name]] for name in by)
        group = None if not key else key[0] if len(key) == 1 else key
        found.setdefault(group, {})[row["metric"]] = (row["numerator"], row["denominator"], row["value"])
    return found
