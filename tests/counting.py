"""Figures of messages written as a table: a lake, facts and metrics over a temporary folder, for spec tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from kaohe.facts import Facts
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.figures import figures
from kaohe.metrics.source import BY, Source
from kaohe.model.people import Roster
from kaohe.model.tables import TABLES
from kaohe.packs import Parameters
from reference import Message
from spec_tables import ZONE, messages, rows, sections

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
    zone_of: Mapping[str, str] | None = None,
    **parameters: Any,
) -> Source:
    """All that figures are made from, over tables written as text, under parameters that differ from the defaults as given.

    The text is of messages, or of several tables, each after its name: `messages:`, `orders:` and so on. Shops nobody lists are made up.
    """
    written = sections(text)
    said = messages(written.pop("messages", "sender | sent_at"), zone_of=zone_of)
    made = {name: table(name, *rows(name, written[name], zone_of)) for name in written}
    if accounts is not None:
        made["accounts"] = accounts
    if agents is not None:
        made["agents"] = agents
    listed = made.get("shops", table("shops"))
    named = {row.shop_id for row in said} | {
        shop for one in made.values() if "shop_id" in one.columns for shop in one["shop_id"].drop_nulls()
    }
    zones = zone_of or {}
    more = [{"shop_id": shop, "platform": platform, "timezone": zones.get(shop, ZONE)} for shop in sorted(named - set(listed["shop_id"]))]
    made["shops"] = pl.concat(
        [listed.with_columns(pl.col("timezone").fill_null(ZONE), pl.col("platform").fill_null(platform)), table("shops", *more)]
    )
    lake = Lake.create(folder / "lake")
    with lake.stage() as stage:
        if said:
            zone = pl.Series("timezone", [zones.get(row.shop_id, ZONE) for row in said])
            stage.add("messages", frame(said).with_columns(zone), 0)
        for name, one in made.items():
            if len(one):
                stage.add(name, one, 0)
        stage.commit([SourceFile("table", "", "", len(said) + sum(map(len, made.values())), 0, 0)])
    chosen = Parameters(**parameters)
    empty = {name: made.get(name, TABLES[name].empty()) for name in ("accounts", "agents")}
    facts = Facts(lake, lake.snapshot(), lambda _shop, _day: chosen)
    return Source(facts, Roster(empty["accounts"], empty["agents"]), made["shops"], lambda _shop, _day: chosen)


def counted(made: Source, *by: str) -> dict[Any, dict[str, tuple[float | None, float | None, float | None]]]:
    """Figures as {group: {metric: (numerator, denominator, value)}}; a group of one key stands without a tuple, of none as None."""
    found: dict[Any, dict[str, tuple[float | None, float | None, float | None]]] = {}
    for row in figures(made, by=by).iter_rows(named=True):
        key = tuple(row[BY[name]] for name in by)
        group = None if not key else key[0] if len(key) == 1 else key
        found.setdefault(group, {})[row["metric"]] = (row["numerator"], row["denominator"], row["value"])
    return found
