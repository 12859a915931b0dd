"""Credit and conversion: kaohe against a hand-written as-of join in DuckDB, over the same files, with equal results."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from kaohe.bench.clock import Contender, Timed, side_by_side
from kaohe.facts.credits import credited
from kaohe.metrics.source import Ask, Source
from kaohe.metrics.inquiries import contacts
from kaohe.facts.inquiries import converting
from kaohe.workspace import Workspace

Totals = tuple[int, ...]
TOTALS = ("credited orders", "silent orders", "fen credited", "owners, summed up", "contacts", "inquiries", "converted inquiries")


def write_orders(workspace: Workspace, path: Path, orders: int, seed: int = 1) -> None:
    """Write canonical orders: four in five of buyers who had written shortly before, some of whom wrote again after, one in five of others."""
    random = np.random.default_rng(seed)
    said = (
        workspace.scan("messages")
        .filter(pl.col("sender") == "buyer")
        .select("shop_id", "buyer_id", "sent_at")
        .collect()
        .sample(orders * 4 // 5, with_replacement=True, seed=seed)
    )
    strangers = said.sample(orders - len(said), with_replacement=True, seed=seed + 1)
    strangers = strangers.with_columns(buyer_id="x" + pl.int_range(pl.len()).cast(pl.String))
    frame = pl.concat([said, strangers])
    placed = pl.Series(random.integers(-600, 48 * 3600, orders)) * 1_000_000
    paid = pl.Series(random.integers(1, 6 * 3600, orders)) * 1_000_000
    frame = frame.select(
        order_id="o" + pl.int_range(pl.len()).cast(pl.String),
        shop_id="shop_id",
        buyer_id="buyer_id",
        created_at=pl.col("sent_at") + placed.cast(pl.Duration("us")),
        amount=pl.Series(random.integers(100, 50_000, orders)) / 100,
        quantity=pl.Series(random.integers(1, 4, orders)),
    ).with_columns(paid_at=pl.when(pl.int_range(pl.len()) % 10 != 0).then(pl.col("created_at") + paid.cast(pl.Duration("us"))))
    frame.write_parquet(path)
