"""What a platform counts of a shop's chats, day by day and account by account: the raw numbers under its own report tables.

Counted from the same messages as everything else, in the platforms' own way, not kaohe's: by the day alone, over whole seconds.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from kaohe.demo.catalogue import Platform
from kaohe.demo.conversations import ORDINARY
from kaohe.demo.ragged import Ints
from kaohe.demo.rhythm import DAY
from kaohe.model.senders import SENDERS

OPEN, SHUT = 8 * 3600, 23 * 3600
"""Seconds of the day between which the platforms count (8–23 点)."""

AFTERSALE_DAYS, CONVERSION_DAYS = 15, 3
"""A buyer who paid in so many days before is no inquiry; an inquiry has so many days, its own among them, to become an order."""


def people_of(platform: Platform) -> tuple[str, ...]:
    """Senders a platform takes for persons. To PDD what a robot drafted is automatic, whoever sent it."""
    return ("agent",) if platform == "pdd" else ("assisted", "agent")


def questions(rows: pl.DataFrame, people: Collection[str]) -> pl.DataFrame:
    """Every buyer message of a shop's local day, from message rows (see `kaohe.demo.rows`), with who is to answer for it and how it went.

    `people` are the senders that count as persons, see `people_of`; bots and the other assisted messages are robots.
    Columns: `buyer_id`, `session_id`, `account` (who answered, else who was named, else who wrote last; null nobody), `at`, `wait` (seconds, null
    without an answer that day), `within` (8–23), `cleared` (a robot answered first), `first` (of its turn), `reached` (by a person).
    """
    order = pl.col("sender").replace_strict({sender: rank for rank, sender in enumerate(SENDERS)}, return_dtype=pl.Int64)
    said = rows.filter(pl.col("event") == ORDINARY, pl.col("sender") != "system").sort("buyer_id", "at", order, "message_id")
    human = pl.col("sender").is_in(list(people))
    machine = pl.col("sender").is_in(["bot", "assisted"]) & ~human
    said = said.select(
        "buyer_id",
        "session_id",
        "sender",
        "at",
        named="account",
        answered=pl.when(human).then("at").fill_null(strategy="backward").over("buyer_id"),
        by=pl.when(human).then("account").fill_null(strategy="backward").over("buyer_id"),
        last=pl.when(human).then("account").fill_null(strategy="forward").over("buyer_id"),
        robot=pl.when(machine).then("at").fill_null(strategy="backward").over("buyer_id"),
        before=pl.when(~machine).then(human).fill_null(strategy="forward").shift().over("buyer_id"),
        reached=human.any().over("buyer_id"),
    )
    robot_first = pl.col("robot").is_not_null() & (pl.col("answered").is_null() | (pl.col("robot") < pl.col("answered")))
    return said.filter(pl.col("sender") == "buyer").select(
        "buyer_id",
        "session_id",
        "at",
        account=pl.coalesce("by", "named", "last"),
        wait=pl.col("answered") - pl.col("at"),
        within=(pl.col("at") % DAY).is_between(OPEN, SHUT, closed="left"),
        cleared=robot_first,
        first=pl.col("before").fill_null(True),
        reached="reached",
    )


def served(rows: pl.DataFrame, people: Collection[str]) -> pl.DataFrame:
    """`account` and `buyer_id` of who wrote to whom on a day on which the buyer wrote too."""
    ordinary = rows.filter(pl.col("event") == ORDINARY)
    wrote = ordinary.filter(pl.col("sender").is_in(list(people))).select("account", "buyer_id").unique(maintain_order=True)
    asked = ordinary.filter(pl.col("sender") == "buyer").select("buyer_id").unique()
    return wrote.join(asked, on="buyer_id", how="semi", maintain_order="left")


KEY = ("shop", "day", "account")


def tallied(
    asked: pl.DataFrame, wrote: pl.DataFrame, ratings: pl.DataFrame, complaints: pl.DataFrame, disputes: pl.DataFrame, sold: pl.DataFrame
) -> pl.DataFrame:
    """One row per shop, day (number of the local day since 1970) and account with everything the report tables are made of, sorted.

    `asked` are `questions` and `wrote` is `served`, both with `shop` and `day`; `ratings` has `rated` and `stars`, `complaints` `filed`,
    `disputes` `completed` (refunds the merchant is liable for), each with `shop` and `account`; `sold` orders as in `kaohe.demo.exports`.
    Money is fen. Days on which an account did nothing have no row, and what nobody is responsible for is in none.
    """
    asked = asked.filter(pl.col("account").is_not_null())
    within, needed = pl.col("within"), pl.col("within") & ~pl.col("cleared")
    late = pl.col("wait").is_null() | (pl.col("wait") > 180)
    quick = (pl.col("wait") <= 30).fill_null(False)
    opening = pl.col("at") == pl.col("at").min().over("shop", "day", "session_id")

    def buyers(which: pl.Expr) -> pl.Expr:
        return pl.col("buyer_id").filter(which).n_unique()

    def sessions(which: pl.Expr) -> pl.Expr:
        return pl.col("session_id").filter(which).n_unique()

    parts = [
        asked.with_columns(opening=opening)
        .group_by(KEY)
        .agg(
            consulting=buyers(within),
            consulting_all=pl.col("buyer_id").n_unique(),
            need=buyers(needed),
            late=buyers(needed & late),
            asked=needed.sum(),
            quick=(needed & quick).sum(),
            wait=pl.col("wait").filter(needed).sum(),
            waits=pl.col("wait").filter(needed).count(),
            within=within.sum(),
            wait_within=pl.col("wait").filter(within).sum(),
            waits_within=pl.col("wait").filter(within).count(),
            late_within=buyers(within & late),
            late_all=buyers(late),
            asked_all=pl.len(),
            quick_all=quick.sum(),
            wait_all=pl.col("wait").sum(),
            waits_all=pl.col("wait").count(),
            turn_wait=pl.col("wait").filter(within & pl.col("first")).sum(),
            turn_waits=pl.col("wait").filter(within & pl.col("first")).count(),
            first_wait=pl.col("wait").filter(within & pl.col("opening")).sum(),
            first_waits=pl.col("wait").filter(within & pl.col("opening")).count(),
            reached=buyers(within & pl.col("reached")),
            sessions=sessions(within),
            sessions_all=pl.col("session_id").n_unique(),
            opened=(within & pl.col("opening")).sum(),
            opened_quickly=(within & pl.col("opening") & quick).sum(),
            unanswered=sessions(pl.col("wait").is_null()),
        ),
        wrote.group_by(KEY).agg(served=pl.col("buyer_id").n_unique()),
        ratings.filter(pl.col("stars") > 0)
        .with_columns(day=pl.col("rated") // DAY)
        .group_by(KEY)
        .agg(rated=pl.len(), good=(pl.col("stars") >= 4).sum(), bad=(pl.col("stars") <= 2).sum(), low=(pl.col("stars") <= 3).sum()),
        complaints.with_columns(day=pl.col("filed") // DAY).group_by(KEY).agg(complaints=pl.len()),
        disputes.with_columns(day=pl.col("completed") // DAY).group_by(KEY).agg(disputes=pl.len()),
        _converted(asked, sold)
        .group_by(KEY)
        .agg(
            inquiries=pl.len(),
            converted=(pl.col("won") > 0).sum(),
            converted_fen=pl.col("won").sum(),
            same_day=(pl.col("won_today") > 0).sum(),
            same_day_fen=pl.col("won_today").sum(),
        ),
        _dated(sold, "created").group_by(KEY).agg(order_buyers=pl.col("buyer_id").n_unique(), ordered_fen=pl.col("fen").sum()),
        _dated(sold, "event")
        .group_by(KEY)
        .agg(
            paying=pl.col("buyer_id").n_unique(),
            sold_fen=pl.col("fen").sum(),
            back_fen=pl.col("back").sum(),
            back_buyers=pl.col("buyer_id").filter(pl.col("back") > 0).n_unique(),
        ),
    ]
    found = parts[0]
    for part in parts[1:]:
        found = found.join(part, on=KEY, how="full", coalesce=True)
    numbers = [name for name in found.columns if name not in KEY]
    return found.filter(pl.col("account").is_not_null()).with_columns(pl.col(numbers).cast(pl.Int64).fill_null(0)).sort(KEY)


def _dated(sold: pl.DataFrame, at: str) -> pl.DataFrame:
    """Orders somebody sold, with the day on which that happened to them; those it did not are left out."""
    return sold.filter(pl.col("account").is_not_null(), pl.col(at) >= 0).with_columns(day=pl.col(at) // DAY)


def _converted(asked: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """Inquiries with what the account sold to them in time: `won` fen in all, `won_today` on the day itself."""
    key = ["shop", "day", "account", "buyer_id"]
    came = asked.filter("within").group_by(key).agg(pl.col("at").min()).sort(key)
    orders = sold.filter(pl.col("event") >= 0).select("shop", "buyer_id", "paid", "event", "fen", by="account")
    both = came.join(orders, on=["shop", "buyer_id"], how="left", maintain_order="left")
    after = pl.col("paid").is_between(pl.col("at") - AFTERSALE_DAYS * DAY, pl.col("at"), closed="right").fill_null(False)
    mine = (pl.col("by") == pl.col("account")).fill_null(False) & (pl.col("event") >= pl.col("at"))
    in_time = mine & (pl.col("event") // DAY < pl.col("day") + CONVERSION_DAYS)
    return (
        both.group_by(key, maintain_order=True)
        .agg(
            after=after.any(),
            won=pl.col("fen").filter(in_time).sum(),
            won_today=pl.col("fen").filter(in_time & (pl.col("event") // DAY == pl.col("day"))).sum(),
        )
        .filter(~pl.col("after"))
    )


def as_one(*frames: pl.DataFrame) -> list[pl.DataFrame]:
    """The same with one account for each whole shop, so that a buyer whom two agents served counts once. Orders nobody sold stay nobody's."""
    known = pl.when(pl.col("account").is_not_null()).then(pl.lit(""))
    return [frame.with_columns(account=pl.lit("") if "wait" in frame.columns else known) for frame in frames]


def over(tallies: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """The numbers added up by these columns, sorted by them."""
    numbers = [name for name in tallies.columns if name not in (*KEY, *keys)]
    return tallies.group_by(keys).agg(pl.col(numbers).sum()).sort(keys)


def spans(first: int, days: int, length: int) -> list[tuple[int, int]]:
    """First and last day of each run of `length` days, the last one shorter, from day `first` on; none of no days.

    >>> spans(100, 10, 7)
    [(100, 106), (107, 109)]
    """
    starts: Ints = np.arange(first, first + days, length, dtype=np.int64)
    return [(int(start), int(min(start + length, first + days)) - 1) for start in starts]
