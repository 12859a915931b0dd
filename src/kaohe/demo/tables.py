"""Everything beside the chats: the canonical tables as csv, and what goes into the platforms' own exports and reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from kaohe.demo import duty, entered, exports, reports, tallies
from kaohe.demo.aftermath import unknown_after
from kaohe.demo.canonical import local_time, write_table, yuan
from kaohe.demo.catalogue import SHOPS
from kaohe.demo.layouts import Exported
from kaohe.demo.orders import NEVER, Orders, joined, order_ids
from kaohe.demo.people import Agent, Roster
from kaohe.demo.rows import buyers
from kaohe.demo.visits import midnight
from kaohe.model.tables import TABLES

_PREFIXES = {"refunds": "TK", "complaints": "TS", "reviews": "PJ", "ratings": "MYD"}
"""What the made-up ids of a table begin with."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written beside the chats: the rows of each canonical table, and every file in a platform's layout."""

    tables: Mapping[str, int]
    exports: tuple[Exported, ...]


def write_all(
    folder: Path,
    staff: Roster,
    seed: int,
    first: dt.date,
    days: int,
    scale: float,
    found: Mapping[str, Sequence[pl.DataFrame]],
    orders: Sequence[Iterable[Orders]],
    end: int,
) -> Written:
    """Write every table but the messages. `found` holds what the days gave, by table, `orders` each shop's.

    Orders, refunds and reviews are in the platforms' own exports; what those do not tell and a shop notes itself, in canonical tables.
    """
    # Orders placed after the exports end are not in them, nor what happened to them.
    sold = _handled([_sold(shop, joined(list(blocks)), end) for shop, blocks in enumerate(orders)], staff).rename({"agent_id": "account"})
    keys = sold.select("shop", "number", "order_id", "buyer_id", "variant", "paid", sold_fen="fen")
    refunds = _handled(found["refunds"], staff).join(keys, on=["shop", "number"], how="inner", maintain_order="left")
    # Who asked in the chat does not ask a second time without a word.
    refunds = _numbered("refunds", refunds.unique(["shop", "number"], keep="first", maintain_order=True))
    money = (pl.col("status") == "success") & (pl.col("type") != "exchange")
    gone = refunds.filter(money).select("shop", "number", back="fen")
    sold = sold.join(gone, on=["shop", "number"], how="left", maintain_order="left").with_columns(pl.col("back").fill_null(0))
    reviews = _numbered("reviews", _handled(found["reviews"], staff).join(keys, on=["shop", "number"], how="inner", maintain_order="left"))
    ratings, complaints = (_numbered(name, _handled(found[name], staff)) for name in ("ratings", "complaints"))
    asked = pl.concat(found["questions"])

    jd = next(number for number, shop in enumerate(SHOPS) if shop.platform == "jd")
    questions = asked.filter(pl.col("shop") == jd).select("buyer_id", "at")
    exported = exports.write_orders(folder, sold, questions, midnight(first), end)
    exported += exports.write_refunds(folder, refunds, end)
    exported += exports.write_reviews(folder, reviews)
    handled = [rows.rename({"agent_id": "account"}) for rows in (ratings, complaints, refunds.filter("liable", pl.col("completed") >= 0))]
    seen = [asked, pl.concat(found["served"]), *handled, sold]
    exported += reports.write_reports(folder, staff, tallies.tallied(*seen), tallies.tallied(*tallies.as_one(*seen)), first, days)

    shops = pl.col("shop").replace_strict(dict(enumerate(shop.platform for shop in SHOPS)), return_dtype=pl.String)
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
        # The refunds of PDD and JD as the shops note them, who handled each; PDD does not name the buyer.
        "refunds": refunds.filter(shops.is_in(["pdd", "jd"])).with_columns(
            buyer_id=pl.when(shops != "pdd").then("buyer_id"),
            applied_at=local_time(pl.col("applied")),
            completed_at=local_time(pl.col("completed")),
            amount=yuan(pl.col("fen")),
            platform_intervened=pl.col("intervened"),
            merchant_liable=pl.col("liable"),
        ),
        "complaints": complaints.with_columns(filed_at=local_time(pl.col("filed"))),
        "reviews": reviews.filter(~shops.is_in(list(exports.REVIEWED))).with_columns(
            reviewed_at=local_time(pl.col("reviewed")),
            followed_up_at=local_time(pl.col("followed")),
            revised_at=local_time(pl.col("revised")),
            revised_stars=_known("revised_stars"),
        ),
        "ratings": ratings.with_columns(
            invited_at=local_time(pl.col("invited")), rated_at=local_time(pl.col("rated")), stars=_known("stars")
        ),
        "resolutions": _handled(found["resolutions"], staff).with_columns(by=pl.lit(entered.AFTERSALE_LEAD)),
        "presence": _handled(found["presence"], staff).with_columns(
            online_at=local_time(pl.col("online")), offline_at=local_time(pl.col("offline"))
        ),
        "scores": entered.scores(staff, seed, first, days),
        "targets": duty.targets(staff, first, days, scale),
        "traffic": _handled(found["traffic"], staff).with_columns(ad_spend=yuan(pl.col("spend")), ad_sales=yuan(pl.col("sales"))),
        "exemptions": entered.exemptions(first, days),
        "leaves": entered.leaves(staff, first, days),
        "attendance": entered.attendance(staff, first, days),
    }
    written = {name: write_table(folder / f"{name}.csv", name, frame) for name, frame in frames.items() if frame.height}
    return Written(written, tuple(exported))


def _numbered(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a table with ids of their own."""
    numbers = (pl.int_range(pl.len()) + 1_000_001).cast(pl.String)
    return rows.with_columns((pl.lit(_PREFIXES[name]) + numbers).alias(f"{name[:-1]}_id"))


def _known(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != NEVER).then(name).alias(name)


def _sold(shop: int, orders: Orders, end: int) -> pl.DataFrame:
    """A shop's orders as far as they are known at `end`. `event` is when it counts as sold: the group complete at PDD, paid elsewhere."""
    orders = orders.take(orders.created < end)
    platform = SHOPS[shop].platform
    frame = pl.DataFrame(
        {
            "number": orders.number,
            "created": orders.created,
            "paid": unknown_after(end, orders.paid),
            "grouped": np.where(orders.paid < end, unknown_after(end, orders.grouped), NEVER),
            "fen": orders.fen,
            "event": unknown_after(end, np.where(orders.grouped >= 0, orders.grouped, orders.paid if platform != "pdd" else NEVER)),
            "quantity": orders.quantity,
            "variant": orders.variant,
            "seat": orders.seat,
        }
    )
    return pl.concat([frame, buyers(shop, orders.buyer)], how="horizontal").with_columns(
        shop=pl.lit(shop, dtype=pl.Int64), shop_id=pl.lit(SHOPS[shop].shop_id), order_id=order_ids(shop, pl.col("number"))
    )


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
