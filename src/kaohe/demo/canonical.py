"""The canonical tables as csv, exactly with the columns of `kaohe.model.tables`, in the encodings offices use."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import polars as pl

from kaohe.demo.dirt import MISSING_BUYER, SENDERS, TIMES, UNKNOWN_SENDER, UNREADABLE_TIME
from kaohe.model.tables import MESSAGES, TABLES

Encoding = Literal["utf-8-sig", "gbk"]


def local_time(seconds: pl.Expr) -> pl.Expr:
    """Seconds of local time as `2026-10-01 09:05:03`; null stays null, and so do times before 1970."""
    return pl.when(seconds >= 0).then(pl.from_epoch(seconds, time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S"))


def yuan(fen: pl.Expr) -> pl.Expr:
    """Whole fen as text with two places."""
    return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2))


def write_table(path: Path, name: str, rows: pl.DataFrame) -> int:
    """Write a canonical table as csv in UTF-8 with a mark, as Excel likes it; columns `rows` lacks stay empty. Gives the number of rows."""
    columns = [
        (pl.col(column.name) if column.name in rows.columns else pl.lit(None)).cast(pl.String).alias(column.name)
        for column in TABLES[name].columns
    ]
    text = rows.select(columns).write_csv(line_terminator="\r\n")
    path.write_bytes(text.encode("utf-8-sig"))
    return rows.height


def messages(rows: pl.DataFrame) -> pl.DataFrame:
    """Message rows (see `kaohe.demo.rows`) as the canonical table in text, what `dirt` says broken."""
    turn = pl.int_range(pl.len()).cast(pl.UInt32)
    broken_time = pl.lit(pl.Series(TIMES)).gather(turn % len(TIMES))
    broken_sender = pl.lit(pl.Series(SENDERS)).gather(turn % len(SENDERS))
    dirt = pl.col("dirt").fill_null("")
    return rows.select(
        "shop_id",
        pl.when(dirt != MISSING_BUYER).then("buyer_id").alias("buyer_id"),
        pl.when(dirt == UNREADABLE_TIME).then(broken_time).otherwise(local_time(pl.col("at"))).alias("sent_at"),
        pl.when(dirt == UNKNOWN_SENDER).then(broken_sender).otherwise("sender").alias("sender"),
        pl.col("account").alias("agent_id"),
        "message_id",
        pl.when(pl.col("kind") != "image").then("text").alias("text"),
        "session_id",
        "kind",
    )


def write_messages(path: Path, rows: pl.DataFrame, encoding: Encoding, *, tabs: bool, total: bool) -> None:
    """Write `messages(rows)` as csv. With `tabs` ids end in a TAB, which keeps Excel from rounding them; with `total` a 总计 row ends the file."""
    frame = messages(rows).select([column.name for column in MESSAGES.columns])
    if tabs:
        ids = [column.name for column in MESSAGES.columns if column.kind == "id"]
        frame = frame.with_columns(pl.col(name) + "\t" for name in ids)
    text = frame.write_csv(line_terminator="\r\n", quote_style="necessary")
    if total:
        text += "总计" + "," * (frame.width - 3) + f"{rows.height},\r\n"
    path.write_bytes(text.encode(encoding))
