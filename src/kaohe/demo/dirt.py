"""Dirt on purpose: copies of sound message rows, each with one thing broken, about one in five hundred."""

from __future__ import annotations

import numpy as np
import polars as pl

from kaohe.demo.conversations import ORDINARY

SHARE = 0.002

UNREADABLE_TIME, UNKNOWN_SENDER, MISSING_BUYER = "unreadable_time", "unknown_sender", "missing_buyer"
KINDS = (UNREADABLE_TIME, UNKNOWN_SENDER, MISSING_BUYER)

TIMES = ("2026-13-45 25:61:00", "昨天 12:30", "#########", "-")
SENDERS = ("机器猫", "???", "客户经理")


def soiled(rng: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """Some of the rows again, with a column `dirt` that says what a writer is to break in them. None of few rows may be none."""
    count = int(rng.poisson(rows.height * SHARE))
    # Notices are told by their words or type, whoever is named as sender: breaking that would break nothing.
    rows = rows.filter((pl.col("event") == ORDINARY) & pl.col("sender").is_in(["buyer", "agent"]))
    count = count if rows.height else 0
    chosen = rows[np.sort(rng.integers(0, max(rows.height, 1), count))]
    # A broken copy must not pass for the sound row it was made from.
    kinds = pl.Series("dirt", [KINDS[n] for n in rng.integers(0, len(KINDS), count)], dtype=pl.String)
    soiled = chosen.with_columns(kinds, message_id=pl.col("message_id") + "9")
    # A PDD message names its buyer by the role: one whose sender is unknown but not its buyer can only be the agent's.
    confused = (pl.col("dirt") == UNKNOWN_SENDER) & (pl.col("sender") == "buyer")
    return soiled.with_columns(dirt=pl.when(confused).then(pl.lit(MISSING_BUYER)).otherwise("dirt"))
