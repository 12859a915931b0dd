"""What was said in one partition, turn by turn: what the buyer wanted, what the first reply held, and when something was said that holds anything.

A turn is that of the counting rules: from the first buyer message after the last human reply to the next human reply. Everything stays within the
local day. Texts an export leaves out are unknown, never empty: a reply nobody can read is held to be an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kaohe.clock import Flags, Ints
from kaohe.facts import Slice
from kaohe.metrics.fillers import Wording
from kaohe.metrics.source import Source

NOWHERE = -1
"""Where an index of a row points to none."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The buyer and human messages of a slice in order, as arrays of one length, and its turns, as arrays of another.

    `messages` are all messages of the slice in order, with all columns. Of each row: `at`, its place among the messages; `contact`; `moment`,
    microseconds since 1970 in UTC; `agent`, a number of `names`, negative for nobody known; `turn`, negative before the buyer's first; `read`,
    whether its text is known, or that it has none to know; of buyers' rows `wants`, whether it leaves something to answer, `praise`, and `closes`,
    whether it says that nothing is left; of human ones `holds`, whether it says anything.

    Of each turn: `start`, the row of its first buyer message; `until`, the row after its last; `end`, the row after its last reply; `reply`, the row of
    its first reply, or `NOWHERE`; `assessed`, whether the first message is; `wanted` and `asked`, whether its buyer wants something, or asks it, and did not himself
    say afterwards that the matter is settled; `waiting`, whether he may: also where he sent a picture, or what he wrote is not known.
    """

    piece: Slice
    messages: pl.DataFrame
    names: pl.Series
    at: Ints
    contact: Ints
    moment: Ints
    agent: Ints
    human: Flags
    buyer: Flags
    read: Flags
    holds: Flags
    wants: Flags
    praise: Flags
    closes: Flags
    turn: Ints
    start: Ints
    until: Ints
    end: Ints
    reply: Ints
    assessed: Flags
    wanted: Flags
    asked: Flags
    waiting: Flags

    @classmethod
    def of(cls, source: Source, piece: Slice, wording: Wording) -> Talk:
        messages, cut = source.facts.rows(piece)
        said = cut.said
        rows = len(said)
        at, contact, human, buyer = said.at, said.contact, said.human, said.buyer
        told = _told(messages, pl.Series(at), human, buyer, wording)
        opens = np.flatnonzero(said.turn_start)
        number = np.cumsum(said.turn_start) - 1
        inside = _inside(source, piece, messages, at) if cut.inside is None else cut.inside
        turn = np.full(rows, NOWHERE, np.int64)
        if len(opens):
            mine = (number >= 0) & (contact[opens[number.clip(min=0)]] == contact)
            turn = np.where(mine, number, NOWHERE)
        closes = np.append(opens[1:], rows)
        if len(opens):
            ends = np.append(np.flatnonzero(contact[1:] != contact[:-1]) + 1, rows)
            closes = np.minimum(closes, ends[np.searchsorted(ends, opens, side="right")])
        reply = _next(human)[opens]
        until = np.minimum(reply, closes)
        reply = np.where(reply < closes, reply, NOWHERE)
        content, asks, what, settled, thanks, other = (
            told[name].to_numpy() for name in ("content", "asks", "what", "settled", "thanks", "other")
        )
        wants = content & ~settled
        wanted, asked = (_last(rows_of, opens, until) > _last(settled, opens, until) for rows_of in (wants, asks))
        # Where no question was put, or one that yes does not answer, an assent says nothing.
        assent = np.append(_any(what, opens, until) | ~_any(content, opens, until), True)[turn]
        empty = told["empty"].to_numpy() | (told["acknowledging"].to_numpy() & assent)
        numbers = cut.frame["agent"].to_numpy()
        names = source.facts.names(piece).agents if not piece.later else messages["agent_id"].drop_nulls().unique().sort()
        return cls(
            piece,
            messages,
            names,
            at,
            contact,
            cut.frame["moment"].to_numpy(),
            numbers,
            human,
            buyer,
            told["read"].to_numpy(),
            human & ~empty,
            wants,
            told["praise"].to_numpy(),
            settled | thanks,
            turn,
            opens,
            until,
            closes,
            reply,
            (cut.asked & inside)[opens],
            wanted,
            asked,
            wanted | _any(other, opens, until),
        )

    @property
    def shop(self) -> pl.Series:
        """The shop of each row."""
        return self.messages["shop_id"].gather(pl.Series(self.at))

    def later(self, marked: Flags, after: Ints) -> Ints:
        """The first marked row after each of these rows in the same contact, or `NOWHERE`. Rows must be rows, not `NOWHERE`."""
        found = np.append(_next(marked), len(marked))[after + 1]
        same = np.append(self.contact, NOWHERE)[found] == self.contact[after]
        return np.where(same, found, NOWHERE)

    def named(self, agent: Ints) -> pl.Series:
        """The accounts that these numbers stand for, null for nobody."""
        numbers = pl.Series(agent, dtype=pl.Int64)
        return self.names.gather(numbers.set(numbers < 0, None))


def _told(messages: pl.DataFrame, at: pl.Series, human: Flags, buyer: Flags, wording: Wording) -> pl.DataFrame:
    """What each row says, a row each: `read`, what `fillers.BUYER` and `fillers.REPLY` tell, and `other`, of buyers' rows that are no text."""
    said = messages.select("text", "kind").select(pl.all().gather(at)).with_columns(human=human, buyer=buyer)
    texts = said.lazy().filter(pl.col("text").is_not_null())
    # Most replies are phrases sent a thousand times: each is read once.
    replies = texts.filter("human").select(pl.col("text").unique()).collect()["text"]
    asked = texts.filter("buyer").select(pl.col("text").unique()).collect()["text"]
    known = pl.concat(
        [
            pl.concat([asked.to_frame(), wording.buyers(asked)], how="horizontal").with_columns(human=pl.lit(False)),
            pl.concat([replies.to_frame(), wording.replies(replies)], how="horizontal").with_columns(human=pl.lit(True)),
        ],
        how="diagonal",
    )
    joined = said.join(known, on=["text", "human"], how="left", maintain_order="left")
    plain = pl.col("kind").fill_null("text") == "text"
    sticker = pl.col("kind").fill_null("text") == "emotion"
    text = (pl.col("text").str.strip_chars() != "").fill_null(False)
    wordy = plain & text
    return joined.select(
        read=wordy | ~plain,
        **{name: pl.col(name).fill_null(False) & wordy for name in ("content", "asks", "what", "settled", "thanks", "acknowledging")},
        praise=pl.col("praise").fill_null(False) & (wordy | sticker),
        other=pl.col("buyer") & ~wordy & ~sticker,
        empty=(pl.col("empty").fill_null(False) & wordy) | sticker,
    )


def _inside(source: Source, piece: Slice, messages: pl.DataFrame, at: Ints) -> Flags:
    """Whether each row lies within its shop's window."""
    rows = messages.select(pl.col("shop_id", "second_of_day").gather(pl.Series(at)))
    windows = {source.parameters(shop, piece.day).window for shop in piece.shops}
    inside = pl.lit(False)
    for window in windows:
        shops = [shop for shop in piece.shops if source.parameters(shop, piece.day).window == window]
        mine = pl.lit(True) if len(windows) == 1 else pl.col("shop_id").is_in(shops)
        inside = inside | (mine & window.holds(pl.col("second_of_day")))
    flags: Flags = rows.select(inside=inside & pl.col("second_of_day").is_not_null())["inside"].to_numpy()
    return flags


def _next(marked: Flags) -> Ints:
    """For each row the first marked row at or after it, or the number of rows where there is none."""
    before: Ints = np.cumsum(marked) - marked
    found: Ints = np.append(np.flatnonzero(marked), len(marked))[before]
    return found


def _any(marked: Flags, start: Ints, until: Ints) -> Flags:
    """Whether any row from `start` to `until`, excluded, is marked."""
    count = np.append(0, np.cumsum(marked))
    some: Flags = count[until] > count[start]
    return some


def _last(marked: Flags, start: Ints, until: Ints) -> Ints:
    """The last marked row from `start` to `until`, excluded; `NOWHERE` where there is none."""
    last = np.maximum.accumulate(np.where(marked, np.arange(len(marked)), NOWHERE)) if len(marked) else np.zeros(0, np.int64)
    found: Ints = np.append(last, NOWHERE)[until - 1]
    return np.where(found >= start, found, NOWHERE)
