"""Who spoke to a buyer before a moment, or between two: what credit, assists, urging and after-sale ownership are decided by.

Asked for many buyers at once, one partition at a time. Within a partition a contact's human messages lie side by side in their order, so
the ones in question are a run found by two binary searches.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import polars as pl

from kaohe.clock import Flags, Ints
from kaohe.facts.store import Facts, Slice
from kaohe.lake.runner import run
from kaohe.model.senders import rank

ASKS: dict[str, pl.DataType] = {
    "ask": pl.Int64(),
    "shop_id": pl.String(),
    "buyer_id": pl.String(),
    "after": pl.Int64(),
    "until": pl.Int64(),
    "first_day": pl.Date(),
    "last_day": pl.Date(),
}
"""One row per question: the human messages to that buyer on the local days from `first_day` to `last_day`, sent later than `after` (null:
no matter how early) and not later than `until`. Moments are microseconds since 1970 in UTC."""

SPOKE: dict[str, pl.DataType] = {
    "ask": pl.Int64(),
    "account": pl.String(),
    "day": pl.Date(),
    "first_at": pl.Int64(),
    "last_at": pl.Int64(),
    "first_place": pl.Int64(),
    "last_place": pl.Int64(),
    "messages": pl.Int64(),
    "replies": pl.Int64(),
}
"""One row per question, account and day: when the account first and last wrote, the places of these messages in the day's order (which settle
equal moments), how many messages, and how many of them answered: the message before was the buyer's. `account` is null where nobody knows who wrote."""

Which = Literal["all", "last", "first"]
"""Everybody who wrote on a day, or only who wrote the day's last or first message in question: cheaper, and enough to find the very last or first."""


def spoke(facts: Facts, asks: pl.DataFrame, which: Which = "all", executor: Executor | None = None) -> pl.DataFrame:
    """Who spoke (`SPOKE`) for every question (`ASKS`); nothing for those to whom nobody did. Sorted by question and time."""
    asked = asks.filter(pl.col("buyer_id").is_not_null(), pl.col("until").is_not_null())
    if asked.is_empty():
        return pl.DataFrame(schema=SPOKE)
    first, last = asked["first_day"].min(), asked["last_day"].max()
    pieces = facts.slices(first, last, asked["shop_id"].unique().to_list())  # type: ignore[arg-type]
    found = [frame for frame in run(partial(_cached, facts, asked, which), pieces, executor) if len(frame)]
    if not found:
        return pl.DataFrame(schema=SPOKE)
    return pl.concat(found).sort("ask", "day", "last_place")


def _cached(facts: Facts, asks: pl.DataFrame, which: Which, piece: Slice) -> pl.DataFrame:
    mine = asks.filter(pl.col("first_day") <= piece.day, pl.col("last_day") >= piece.day, _among(piece.shops))
    if mine.is_empty():
        return pl.DataFrame(schema=SPOKE)
    return facts.cache.get("spoke", piece.key("spoke", which, digest(mine)), lambda: _spoke(facts, mine, which, piece))


def _among(shops: Sequence[str]) -> pl.Expr:
    return pl.col("shop_id").is_in(list(shops))


def digest(frame: pl.DataFrame) -> str:
    """A digest of a frame's content."""
    written = io.BytesIO()
    frame.write_ipc(written)
    return hashlib.sha256(written.getbuffer()).hexdigest()[:32]


def _spoke(facts: Facts, asks: pl.DataFrame, which: Which, piece: Slice) -> pl.DataFrame:
    pairs = asks.join(facts.buyers(piece), on=["shop_id", "buyer_id"], how="inner")
    if pairs.is_empty():
        return pl.DataFrame(schema=SPOKE)
    said = Humans.of(facts, piece)
    contact = pairs["contact"].to_numpy().astype(np.int64)
    low = np.searchsorted(said.contact, contact, side="left")
    if pairs["after"].null_count() < len(pairs):
        bounded = said.upto(contact, pairs["after"].fill_null(0).to_numpy())
        low = np.where(pairs["after"].is_not_null().to_numpy(), bounded, low)
    high = said.upto(contact, pairs["until"].to_numpy())
    some = high > low
    low, high, ask = low[some], high[some], pairs["ask"].to_numpy()[some]
    if which != "all":
        low, high = (high - 1, high) if which == "last" else (low, low + 1)
    count = high - low
    place = np.arange(count.sum()) + np.repeat(low - np.append(0, np.cumsum(count)[:-1]), count)
    told = pl.DataFrame(
        {
            "ask": np.repeat(ask, count),
            "agent": said.agent[place],
            "at": said.at[place],
            "place": place,
            "reply": said.reply[place],
        }
    )
    grouped = told.group_by("ask", "agent").agg(
        first_at=pl.min("at"),
        last_at=pl.max("at"),
        first_place=pl.min("place"),
        last_place=pl.max("place"),
        messages=pl.len(),
        replies=pl.sum("reply"),
    )
    names = pl.DataFrame({"agent": pl.Series(range(len(said.names)), dtype=pl.Int32), "account": said.names})
    named = grouped.join(names, on="agent", how="left").with_columns(day=pl.lit(piece.day, pl.Date))
    return named.select(pl.col(name).cast(dtype) for name, dtype in SPOKE.items()).sort("ask", "last_place")


@dataclass(frozen=True, slots=True)
class Humans:
    """The human messages of a partition in order, as arrays of one length. `agent` numbers `names`, negative for nobody known."""

    contact: Ints
    at: Ints
    agent: Ints
    reply: Flags
    names: pl.Series

    @classmethod
    def of(cls, facts: Facts, piece: Slice) -> Humans:
        humans = pl.col("rank").is_in([rank(sender) for sender in piece.cut.rule.humans])
        spoken = facts.messages(piece, ["contact", "rank", "sent_at", "agent_no"]).lazy().filter(humans | (pl.col("rank") == 0))
        asked = (pl.col("rank").shift() == 0) & (pl.col("contact") == pl.col("contact").shift())
        said = (
            spoken.with_columns(reply=asked.fill_null(False))
            .filter(humans)
            .select("contact", "reply", at=pl.col("sent_at").to_physical(), agent=pl.col("agent_no").fill_null(-1))
            .collect()
        )
        contact = said["contact"].to_numpy().astype(np.int64)
        return cls(contact, said["at"].to_numpy(), said["agent"].to_numpy(), said["reply"].to_numpy(), facts.names(piece).agents)

    def upto(self, contact: Ints, moment: Ints) -> Ints:
        """For each contact the place after its last message sent at or before the moment; its first place when there is none."""
        if not len(self.at):
            return np.zeros(len(contact), np.int64)
        base = self.at.min()
        # A local day is 26 hours of microseconds at most, over all time zones 50: both fit beside the contact's number.
        keys = (self.contact << _BITS) + (self.at - base)
        found: Ints = np.searchsorted(keys, (contact << _BITS) + np.clip(moment - base, -1, 2**_BITS - 1), side="right")
        return found


_BITS = 38
