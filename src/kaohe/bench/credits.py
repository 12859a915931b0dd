"""Credit and conversion: kaohe against a hand-written as-of join in DuckDB, over the same files, with equal results."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial

import polars as pl

from kaohe.bench import peers
from kaohe.bench.clock import Contender, Timed, side_by_side
from kaohe.metrics.source import Ask
from kaohe.workspace import Workspace

LOCAL = 8 * 3600 * 1_000_000
DAY = 86_400_000_000
EVERYTHING = Ask(None, None, ())


def total(workspace: Workspace) -> peers.Totals:
    """`peers.SALES` by kaohe's credits and inquiries of all days."""
    source = workspace.source()
    owned = source.credits(EVERYTHING).filter(pl.col("said_at").is_not_null())
    found = source.inquiries(EVERYTHING)
    said = owned.select(((pl.col("said_at") + LOCAL) % DAY // 1_000_000).sum(), pl.sum("amount"))
    return (
        source.orders["paid_at"].count(),
        len(owned),
        int(said["amount"][0]),
        int(said["said_at"][0]),
        len(found),
        int(found["inquiry"].sum()),
        int((found["inquiry"] & found["bought"].is_not_null()).sum()),
    )


def compare(workspace: Workspace, runs: int, tell: Callable[[str], None]) -> dict[str, Timed]:
    """Time both. kaohe has its contacts as an import leaves them, and nothing of orders. Raises AssertionError when any count differs."""
    messages, orders = (
        [workspace.lake.folder(table).root / file.name for file in workspace.lake.files(table)] for table in ("messages", "orders")
    )

    def cold() -> None:
        for kind in ("spoke", "consulting", "orders", "credits", "inquiries", "buyers"):
            shutil.rmtree(workspace.root / "cache" / kind, ignore_errors=True)

    timed = side_by_side(
        [
            Contender("DuckDB as-of joins", partial(peers.duckdb_sales, messages, orders, ("assisted", "agent"))),
            Contender("kaohe", partial(total, workspace), before=cold),
        ],
        runs,
        tell,
    )
    results = {name: one.result for name, one in timed.items()}
    assert len(set(results.values())) == 1, f"contenders disagree: {results}"
    return timed
