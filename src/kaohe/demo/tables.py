"""The tables beside the chats: shops, people, orders and what became of them, written as canonical csv."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from kaohe.demo import duty
from kaohe.demo.aftermath import unknown_after
from kaohe.demo.canonical import local_time, write_table, yuan
from kaohe.demo.catalogue import SHOPS, Platform
from kaohe.demo.orders import NEVER, Orders, joined, order_ids
from kaohe.demo.people import Agent, Roster
from kaohe.demo.rhythm import DAY
from kaohe.demo.rows import buyers
from kaohe.model.tables import TABLES

# Words for: not paid, not paid and closed, paid, sent, done, refunded.
_STATUS: dict[Platform, tuple[str, str, str, str, str, str]] = {
    "pdd": ("待付款", "已取消", "待发货", "已发货，待签收", "已签收", "已签收，退款成功"),
    "taobao": ("等待买家付款", "交易关闭", "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "交易成功", "交易关闭"),
    "jd": ("等待付款", "已取消", "等待出库", "等待确认收货", "完成", "完成"),
    "douyin": ("待支付", "已关闭", "待发货", "已发货", "已完成", "已关闭"),
}

_PREFIXES = {"refunds": "TK", "complaints": "TS", "reviews": "PJ", "ratings": "MYD"}
"""What the made-up ids of a table begin with."""


def write_all(
    folder: Path,
    staff: Roster,
    first: dt.date,
    days: int,
    scale: float,
    found: Mapping[str, Sequence[pl.DataFrame]],
    orders: Sequence[Iterable[Orders]],
    end: int,
) -> dict[str, int]:
    """Write every table but the messages. `found` holds what the days gave, by table, `orders` each shop's. Gives the rows of each table."""
    # Orders placed after the exports end are not in them, nor what happened to them.
    sold = pl.concat([_sold(shop, joined(list(blocks)), end) for shop, blocks in enumerate(orders)])
    keys = sold.select("shop", "number", "order_id", "buyer_id")
    refunds = _handled(found["refunds"], staff).join(keys, on=["shop", "number"], how="inner", maintain_order="left")
    # Who asked in the chat does not ask a second time without a word.
    refunds = refunds.unique(["shop", "number"], keep="first", maintain_order=True)
    gone = refunds.filter(pl.col("status") == "success").select("shop", "number", refunded=pl.lit(True))
    reviews = _handled(found["reviews"], staff).join(keys, on=["shop", "number"], how="inner", maintain_order="left")
    frames = {
        "shops": pl.DataFrame(
            {
                "shop_id": [shop.shop_id for shop in SHOPS],
                "platform": [shop.platform for shop in SHOPS],
                "name": [shop.name for shop in SHOPS],
                "timezone": "Asia/Shanghai",
            }
        ),
        "agents": _agents(staff, first),
        "accounts": _accounts(staff, first),
        "orders": _orders(sold.join(gone, on=["shop", "number"], how="left", maintain_order="left"), end),
        "refunds": refunds.with_columns(
            applied_at=local_time(pl.col("applied")),
            completed_at=local_time(pl.col("completed")),
            amount=yuan(pl.col("fen")),
            platform_intervened=pl.col("intervened"),
            merchant_liable=pl.col("liable"),
        ),
        "complaints": _handled(found["complaints"], staff).with_columns(filed_at=local_time(pl.col("filed"))),
        "reviews": reviews.with_columns(
            reviewed_at=local_time(pl.col("reviewed")),
            followed_up_at=local_time(pl.col("followed")),
            revised_at=local_time(pl.col("revised")),
            revised_stars=_known("revised_stars"),
        ),
        "ratings": _handled(found["ratings"], staff).with_columns(
            invited_at=local_time(pl.col("invited")), rated_at=local_time(pl.col("rated")), stars=_known("stars")
        ),
        "presence": _handled(found["presence"], staff).with_columns(
            online_at=local_time(pl.col("online")), offline_at=local_time(pl.col("offline"))
        ),
        "targets": duty.targets(staff, first, days, scale),
        "traffic": _handled(found["traffic"], staff).with_columns(ad_spend=yuan(pl.col("spend")), ad_sales=yuan(pl.col("sales"))),
    }
    written = {}
    for name, frame in frames.items():
        own, short = f"{name[:-1]}_id", _PREFIXES.get(name, "")
        if short:
            frame = frame.with_columns((pl.lit(short) + (pl.int_range(pl.len()) + 1_000_001).cast(pl.String)).alias(own))
        last = _total(frame) if name == "orders" else None
        written[name] = write_table(folder / f"{name}.csv", name, frame, last_line=last)
    return written


def _known(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != NEVER).then(name).alias(name)


def _sold(shop: int, orders: Orders, end: int) -> pl.DataFrame:
    orders = orders.take(orders.created < end)
    frame = pl.DataFrame(
        {
            "number": orders.number,
            "created": orders.created,
            "paid": unknown_after(end, orders.paid),
            "grouped": np.where(orders.paid < end, unknown_after(end, orders.grouped), NEVER),
            "fen": orders.fen,
            "quantity": orders.quantity,
        }
    )
    return pl.concat([frame, buyers(shop, orders.buyer)], how="horizontal").with_columns(
        shop=pl.lit(shop, dtype=pl.Int64), shop_id=pl.lit(SHOPS[shop].shop_id), order_id=order_ids(shop, pl.col("number"))
    )


def _orders(sold: pl.DataFrame, end: int) -> pl.DataFrame:
    """Orders with their status: unpaid ones close after a day, paid ones are sent within a day and arrive within five."""
    words = pl.DataFrame(
        [(shop, *_STATUS[SHOPS[shop].platform]) for shop in range(len(SHOPS))],
        schema=["shop", "open", "shut", "due", "sent", "done", "back"],
        orient="row",
    )
    age = end - pl.col("created")
    status = (
        pl.when((pl.col("paid") == NEVER) & (age < DAY))
        .then("open")
        .when(pl.col("paid") == NEVER)
        .then("shut")
        .when(pl.col("refunded"))
        .then("back")
        .when(age < DAY)
        .then("due")
        .when(age < 5 * DAY)
        .then("sent")
        .otherwise("done")
    )
    return sold.join(words, on="shop", maintain_order="left").with_columns(
        created_at=local_time(pl.col("created")),
        paid_at=local_time(pl.col("paid")),
        grouped_at=local_time(pl.col("grouped")),
        amount=yuan(pl.col("fen")),
        status=status,
    )


def _total(orders: pl.DataFrame) -> str:
    """The 总计 row a back office puts under its orders."""
    given = {"order_id": "总计", "amount": orders.select(yuan(pl.col("fen").sum())).item(), "quantity": str(orders["quantity"].sum())}
    return ",".join(given.get(column.name, "") for column in TABLES["orders"].columns)


def _handled(blocks: Sequence[pl.DataFrame], staff: Roster) -> pl.DataFrame:
    """All rows of a table with `shop_id`, and the account of the seat as `agent_id`."""
    rows = pl.concat(blocks)
    names = pl.DataFrame({"shop": list(range(len(SHOPS))), "shop_id": [shop.shop_id for shop in SHOPS]})
    rows = rows.join(names, on="shop", maintain_order="left")
    if "seat" not in rows.columns:
        return rows
    seats = pl.DataFrame(
        [(shop, place, seat.account) for shop in range(len(SHOPS)) for place, seat in enumerate(staff.of(shop))],
        schema=["shop", "seat", "agent_id"],
        orient="row",
    )
    return rows.join(seats, on=["shop", "seat"], how="left", maintain_order="left")


def _agents(staff: Roster, first: dt.date) -> pl.DataFrame:
    def joined_on(place: int, agent: Agent) -> dt.date:
        return first + dt.timedelta(days=agent.joins if agent.joins is not None else -60 - 37 * place % 900)

    return pl.DataFrame(
        {
            "agent_id": [agent.agent_id for agent in staff.agents],
            "name": [agent.name for agent in staff.agents],
            "group": [agent.group for agent in staff.agents],
            "role": [agent.role for agent in staff.agents],
            "joined_on": [joined_on(place, agent) for place, agent in enumerate(staff.agents)],
            "left_on": [None if agent.leaves is None else first + dt.timedelta(days=agent.leaves) for agent in staff.agents],
        },
        schema_overrides={"left_on": pl.Date},
    )


def _accounts(staff: Roster, first: dt.date) -> pl.DataFrame:
    """A row for each span an agent holds an account; accounts nobody mapped are not in the table."""
    rows: list[tuple[str, str, str, dt.date | None, dt.date | None]] = []
    for seat in staff.seats:
        for place, owner in enumerate(seat.owners):
            if owner.agent is None:
                continue
            heir = seat.owners[place + 1] if place + 1 < len(seat.owners) else None
            since = first + dt.timedelta(days=owner.since) if owner.since is not None else None
            until = first + dt.timedelta(days=heir.since - 1) if heir is not None and heir.since is not None else None
            rows.append((SHOPS[seat.shop].shop_id, seat.account, owner.agent.agent_id, since, until))
    return pl.DataFrame(rows, schema=dict(TABLES["accounts"].schema), orient="row")
