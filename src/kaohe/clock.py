"""The response clock over one sorted run of messages (SEMANTICS §1 to §3), without window functions.

A partition of the lake is one local day, sorted by shop, buyer and the order of messages, so a contact is a run of rows and
the n-th human message is the answer to every question after the n-1st: one running count of human messages says, for each
row, which is the next and which was the last. Everything here is a pure function from columns to columns; the
lake runs it once per written partition, `kaohe.facts` again where a pack wants another clock.

Running sums are NumPy's: about eight times as fast as Polars' own on the measured machine, and the same integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kaohe.model.senders import HUMANS, SENDER, ranks

Ints = NDArray[Any]
Flags = NDArray[np.bool_]

ORDER = ("shop_id", "buyer_id", "sent_at", "rank", "message_id", "agent_id", "text")
"""The sort of every partition: the order of SEMANTICS §1, then agent and text so that no two runs can disagree."""

NUMBERED: dict[str, pl.DataType] = {
    "rank": pl.Int8(),
    "contact": pl.Int32(),
    "shop_no": pl.Int32(),
    "agent_no": pl.Int32(),
    "second_of_day": pl.Int32(),
    "hour": pl.Int8(),
    "chars": pl.Int32(),
}
"""What `numbered` adds: the same facts as the text columns beside them, as integers that scan fast."""

CLOCK: dict[str, pl.DataType] = {
    "wait": pl.Int64(),
    "counted_for": pl.String(),
    "turn_start": pl.Boolean(),
}
"""What the clock adds to each message: `wait` in microseconds (null: unanswered, or not a buyer's), `counted_for` the responsible
account of a buyer message and the author of a human one (null: nobody), `turn_start` whether a buyer message opens a turn."""

UNANSWERED = -1
NOBODY = -1
_BUYER, _BOT = 0, 2


@dataclass(frozen=True, slots=True)
class Rule:
    """What the clock depends on. The default is what the lake materialises."""

    humans: tuple[str, ...] = HUMANS
    within_hours: int | None = None
    bot_clears: bool = False


DEFAULT = Rule()


def ranked(sender: str = "sender") -> pl.Expr:
    """The rank of a column of senders: 0 buyer … 4 agent."""
    return pl.col(sender).cast(SENDER).to_physical().cast(pl.Int8).alias("rank")


def changes(column: str) -> pl.Expr:
    """True on each row whose value differs from the row before; the first row differs from nothing and is True."""
    return pl.col(column).ne_missing(pl.col(column).shift()) | (pl.int_range(pl.len()) == 0)


def numbered(messages: pl.DataFrame) -> pl.DataFrame:
    """Add `contact`, `shop_no`, `agent_no`, `hour` and `chars` to one day's messages, sorted by `ORDER`.

    Needs `rank` and `second_of_day`. `contact` counts the day's contacts from 0 in order; `shop_no` and `agent_no` stand for `shop_id`
    and `agent_id` within this frame, in their order; `chars` is the length in code points of a human text message and null elsewhere.
    """
    text = pl.col("text")
    human = pl.col("rank").is_in(ranks(HUMANS))
    plain = text.is_not_null() & (text != "") & pl.col("kind").fill_null("text").eq("text")
    return messages.with_columns(
        contact=((changes("shop_id") | changes("buyer_id")).cum_sum() - 1).cast(pl.Int32),
        shop_no=(changes("shop_id").cum_sum() - 1).cast(pl.Int32),
        agent_no=codes(messages["agent_id"]),
        hour=(pl.col("second_of_day") // 3600).cast(pl.Int8),
        chars=pl.when(human & plain).then(text.str.len_chars()).cast(pl.Int32),
    )


def codes(names: pl.Series) -> pl.Series:
    """Numbers from 0 that stand for names in their order; null for null."""
    # Not a Categorical: its numbers depend on what this process has met before.
    return names.cast(pl.Enum(names.drop_nulls().unique().sort())).to_physical().cast(pl.Int32)


@dataclass(frozen=True, slots=True)
class Said:
    """The messages the clock looks at in order, and what it says of each. All arrays have one length.

    A message is a buyer's, a human's, or a bot's where bots clear.

    `at` is the row in the scanned messages, `who` the row whose agent the message counts for (`NOBODY` for none) and `who_no` its
    `agent_no`, `wait` microseconds to the reply (`UNANSWERED` for none, and on human rows). `cleared` marks buyer messages that a bot
    answered first, under a rule by which that counts.
    """

    at: Ints
    contact: Ints
    human: Flags
    buyer: Flags
    wait: Ints
    who: Ints
    who_no: Ints
    turn_start: Flags
    cleared: Flags | None = None

    def __len__(self) -> int:
        return len(self.at)


def spoken(
    messages: pl.DataFrame, rule: Rule = DEFAULT, carry: Sequence[str] = (), more: Mapping[str, pl.Expr] | None = None
) -> pl.DataFrame:
    """The messages the clock looks at, with `at`, their row in `messages`, the columns to `carry` along, and `more` made from others.

    `messages` is one day sorted by `ORDER` with columns contact, rank, sent_at, agent_no. With `rule.within_hours` it goes on
    with the later days a reply may come from, sorted together, `conversation` numbering (shop, buyer) runs over all days
    and `contact` the runs of each day.
    """
    humans = _one_of("rank", ranks(rule.humans))
    buyer = pl.col("rank") == _BUYER
    wanted = humans | buyer | (pl.col("rank") == _BOT) if rule.bot_clears else humans | buyer
    return (
        messages.lazy()
        .select(
            at=pl.int_range(pl.len(), dtype=pl.Int32),
            human=humans,
            buyer=buyer,
            wanted=wanted,
            contact="contact",
            conversation="conversation" if "conversation" in messages.columns else "contact",
            moment=pl.col("sent_at").to_physical(),
            agent=pl.col("agent_no").fill_null(NOBODY),
            **{name: pl.col(name) for name in carry},
            **(more or {}),
        )
        .filter("wanted")
        .drop("wanted")
        .collect()
    )


def said(frame: pl.DataFrame, rule: Rule = DEFAULT) -> Said:
    """What the clock says of messages from `spoken`, or of a block of whole conversations of them."""
    rows = len(frame)
    contact, moment, agent = (frame[name].to_numpy() for name in ("contact", "moment", "agent"))
    conversation = frame["conversation"].to_numpy()
    human, buyer = frame["human"].to_numpy(), frame["buyer"].to_numpy()
    reply = _next(human, rows)
    answered = buyer & _alike(conversation, reply)
    wait = np.append(moment, 0)[reply] - moment
    if rule.within_hours is not None:
        answered &= wait <= rule.within_hours * 3_600_000_000
    # Arithmetic instead of a choice per element: UNANSWERED is -1.
    wait = (wait + 1) * answered - 1
    # The next human row of a human row is itself, so this is who replied or wrote; the few others are looked at one by one.
    who = reply.copy()
    left = np.flatnonzero(~(human | answered))
    speaker = _last(human & (agent != NOBODY), left, rows)
    speaker[np.append(contact, -1)[speaker] != contact[left]] = rows
    who[left] = np.where(agent[left] != NOBODY, left, speaker)
    first = np.ones(rows, bool)
    first[1:] = contact[1:] != contact[:-1]
    after_buyer = np.zeros(rows, bool)
    after_buyer[1:] = buyer[:-1]
    cleared = None
    if rule.bot_clears:
        spoke = _next(~buyer, rows)
        bot = np.append(~buyer & ~human, False)
        soon = np.minimum(spoke, rows - 1)
        cleared = buyer & bot[spoke] & _alike(conversation, spoke)
        if rule.within_hours is not None:
            cleared &= moment[soon] - moment <= rule.within_hours * 3_600_000_000
    at = frame["at"].to_numpy()
    return Said(
        at, contact, human, buyer, wait, np.append(at, NOBODY)[who], np.append(agent, NOBODY)[who], buyer & (first | ~after_buyer), cleared
    )


def _next(marked: Flags, rows: int) -> Ints:
    """For each row the first marked row at or after it, or `rows` when there is none."""
    before: Ints = np.cumsum(marked, dtype=np.int64) - marked
    found: Ints = np.append(np.flatnonzero(marked), rows)[before]
    return found


def _last(marked: Flags, of: Ints, rows: int) -> Ints:
    """For each of the rows `of` the last marked row before it, or `rows` when there is none. Rows of `of` are not marked."""
    before: Ints = np.cumsum(marked, dtype=np.int64)[of]
    found: Ints = np.append(np.flatnonzero(marked), rows)[before - 1]
    return found


def _alike(run: Ints, other: Ints) -> Flags:
    """Whether each row and the row `other` names belong to the same run; the row after the last belongs to none."""
    same: Flags = np.append(run, -1)[other] == run
    return same


def clocked(messages: pl.DataFrame) -> pl.DataFrame:
    """Add the default clock's columns (`CLOCK`) to one day's numbered messages."""
    told = said(spoken(messages))
    wait = np.full(len(messages), UNANSWERED, np.int64)
    who = np.full(len(messages), NOBODY, np.int64)
    opens = np.zeros(len(messages), bool)
    wait[told.at], who[told.at], opens[told.at] = told.wait, told.who, told.turn_start
    return messages.with_columns(
        absent(pl.Series("wait", wait), UNANSWERED),
        pl.Series("turn_start", opens),
        messages["agent_id"].gather(absent(pl.Series(who), NOBODY)).alias("counted_for"),
    )


def absent(numbers: pl.Series, sentinel: int) -> pl.Series:
    """The same numbers with null for the sentinel."""
    return numbers.set(numbers == sentinel, None)


def _one_of(column: str, values: list[int]) -> pl.Expr:
    """Membership in a few integers. A chain of comparisons: faster than `is_in` here."""
    if not values:
        return pl.lit(False)
    test = pl.col(column) == values[0]
    for value in values[1:]:
        test = test | (pl.col(column) == value)
    return test
