"""Orders and what becomes of them by the hundred thousand, beside the messages of a workspace: canonical tables made up from its chats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from kaohe.model.tables import INSTANT
from kaohe.workspace import Workspace

_SECOND = 1_000_000


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


def write_aftermath(workspace: Workspace, folder: Path, seed: int = 2) -> list[Path]:
    """Write refunds (one order in twenty), reviews (one in ten), ratings and complaints of buyers, presence of all accounts, traffic and scores."""
    random = np.random.default_rng(seed)
    orders = workspace.table("orders").filter(pl.col("paid_at").is_not_null())
    chats = workspace.scan("messages").filter(pl.col("turn_start"))
    said = chats.select("shop_id", "buyer_id", "sent_at", agent_id="counted_for").collect().sample(fraction=0.05, seed=seed)

    def later(hours: int, rows: int) -> pl.Series:
        return (pl.Series(random.integers(60, hours * 3600, rows)) * _SECOND).cast(pl.Duration("us"))

    refunds = orders.sample(fraction=0.05, seed=seed).select("shop_id", "order_id", "buyer_id", "amount", applied_at="paid_at")
    reviews = orders.sample(fraction=0.1, seed=seed + 1).select("shop_id", "order_id", "buyer_id", "paid_at")
    complaints = said.sample(fraction=0.01, seed=seed)
    accounts = said.select("shop_id", "agent_id", day=pl.col("sent_at").dt.truncate("1d")).drop_nulls().unique().sort(pl.all())
    days = said.select("shop_id", day=pl.col("sent_at").dt.date()).unique().sort(pl.all())
    tables = {
        "refunds": refunds.with_columns(
            refund_id="r" + pl.int_range(pl.len()).cast(pl.String),
            completed_at=pl.col("applied_at") + later(96, len(refunds)),
            type=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("return_refund")).otherwise(pl.lit("refund_only")),
            status=pl.lit("success"),
            platform_intervened=pl.int_range(pl.len()) % 10 == 0,
            merchant_liable=pl.int_range(pl.len()) % 20 == 0,
        ),
        "reviews": reviews.select(
            "shop_id",
            "order_id",
            "buyer_id",
            review_id="v" + pl.int_range(pl.len()).cast(pl.String),
            reviewed_at=pl.col("paid_at") + later(240, len(reviews)),
            stars=pl.Series(random.integers(1, 6, len(reviews))),
        ),
        "ratings": said.select(
            "shop_id",
            "buyer_id",
            "agent_id",
            rating_id="g" + pl.int_range(pl.len()).cast(pl.String),
            invited_at="sent_at",
            rated_at=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("sent_at")),
            stars=pl.Series(random.integers(1, 6, len(said))),
        ),
        "complaints": complaints.select(
            "shop_id",
            "buyer_id",
            complaint_id="c" + pl.int_range(pl.len()).cast(pl.String),
            filed_at="sent_at",
            upheld=pl.int_range(pl.len()) % 2 == 0,
        ),
        "presence": accounts.select("shop_id", "agent_id", online_at="day", offline_at=pl.col("day") + pl.duration(hours=9)),
        "traffic": days.select("shop_id", "day", visitors=pl.lit(20_000), ad_spend=pl.lit(500.0), ad_sales=pl.lit(2_600.0)),
        "scores": accounts.unique("agent_id", keep="first", maintain_order=True).select(
            "agent_id", metric=pl.lit("qa_score"), scored_on=pl.col("day").dt.date(), score=pl.lit(90.0)
        ),
    }
    paths = []
    for name, frame in tables.items():
        instants = [column for column, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
        paths.append(folder / f"{name}.parquet")
        frame.with_columns(pl.col(instants).cast(INSTANT)).write_parquet(paths[-1])
    return paths
