"""The response clock over one sorted run of messages (SEMANTICS §1 to §3), without window functions.

A partition of the lake is one local day, sorted by shop, buyer and the order of messages, so a contact is a run of rows and
the n-th human message is the answer to every question after the n-1st: one running count of human messages says, for each
row, which is the next and which was the last. Everything here is a pure function from columns to columns; the
lake runs it once per written partition, `kaohe.facts` again where a pack wants another clock.

Running sums are NumPy's: about eight times as fast as Polars' own on the measured machine, and the same integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    """Add `contact`, `agent_no`, `hour` and `chars` to one day's messages, sorted by `ORDER`.

    Needs `rank` and `second_of_day`. `contact` counts the day's contacts from 0 in order; `agent_no` stands for `agent_id` within
    this frame; `chars` is the length in code points of a human text message and null elsewhere.
    """
    text = pl.col("text")
    # Not a Categorical: its numbers depend on what this process has met before.
    agents = pl.Enum(messages["agent_id"].drop_nulls().unique().sort())
    human = pl.col("rank").is_in(ranks(HUMANS))
    plain = text.is_not_null() & (text != "") & pl.col("kind").fill_null("text").eq("text")
    return messages.with_columns(
        contact=((changes("shop_id") | changes("buyer_id")).cum_sum() - 1).cast(pl.Int32),
        agent_no=pl.col("agent_id").cast(agents).to_physical().cast(pl.Int32),
        hour=(pl.col("second_of_day") // 3600).cast(pl.Int8),
        chars=pl.when(human & plain).then(text.str.len_chars()).cast(pl.Int32),
    )


@dataclass(frozen=True, slots=True)
class Said:
    """The buyer and human messages of one day in order, and what the clock says of each. All arrays have one length.

    `at` is the row in the scanned messages, `who` the row whose agent the message counts for (`NOBODY` for none) and `who_no` its
    `agent_no`, `wait` microseconds to the reply (`UNANSWERED` for none, and on human rows). `cleared` marks buyer messages that a bot
    answered first, under a rule by which that counts. `carried` holds further columns of these rows.
    """

    at: Ints
    contact: Ints
    human: Flags
    wait: Ints
    who: Ints
    who_no: Ints
    turn_start: Flags
    cleared: Flags | None = None
    carried: dict[str, pl.Series] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.at)

    def only(self, keep: Flags) -> Said:
        """The rows for which `keep` holds."""
        return Said(
            self.at[keep],
            self.contact[keep],
            self.human[keep],
            self.wait[keep],
            self.who[keep],
            self.who_no[keep],
            self.turn_start[keep],
            None if self.cleared is None else self.cleared[keep],
            {name: column.filter(pl.Series(keep)) for name, column in self.carried.items()},
        )


def scan(messages: pl.DataFrame, rule: Rule = DEFAULT, carry: Sequence[str] = ()) -> Said:
    """The clock of one day's buyer and human messages.

    `messages` is one day sorted by `ORDER` with columns contact, rank, sent_at, agent_no. With `rule.within_hours` it goes on
    with the later days a reply may come from, sorted together, `conversation` numbering (shop, buyer) runs over all days
    and `contact` the runs of each day. `carry` names columns to keep beside.
    """
    humans = _one_of("rank", ranks(rule.humans))
    buyer = pl.col("rank") == _BUYER
    wanted = humans | buyer | (pl.col("rank") == _BOT) if rule.bot_clears else humans | buyer
    conversation = "conversation" if "conversation" in messages.columns else "contact"
    frame = (
        messages.lazy()
        .select(
            at=pl.int_range(pl.len(), dtype=pl.Int32),
            human=humans,
            buyer=buyer,
            wanted=wanted,
            contact="contact",
            conversation=conversation,
            moment=pl.col("sent_at").to_physical(),
            agent=pl.col("agent_no").fill_null(NOBODY),
            **{f"carry {name}": pl.col(name) for name in carry},
        )
        .filter("wanted")
        .collect()
    )
    said = _said(frame, rule.within_hours, bot_clears=rule.bot_clears)
    said.carried.update({name: frame[f"carry {name}"] for name in carry})
    return said.only(said.human | frame["buyer"].to_numpy()) if rule.bot_clears else said


def _said(frame: pl.DataFrame, within_hours: int | None, *, bot_clears: bool) -> Said:
    rows = len(frame)
    here = np.arange(rows)
    contact, moment, agent = (frame[name].to_numpy() for name in ("contact", "moment", "agent"))
    conversation = frame["conversation"].to_numpy()
    human, buyer = frame["human"].to_numpy(), frame["buyer"].to_numpy()
    reply = _next(human, rows)
    answered = buyer & _alike(conversation, reply)
    wait = moment[np.minimum(reply, rows - 1)] - moment
    in_time = wait <= within_hours * 3_600_000_000 if within_hours is not None else np.ones(rows, bool)
    answered &= in_time
    wait[~answered] = UNANSWERED
    speaker = _last(human & (agent != NOBODY), rows)
    who = np.where(human, here, np.where(answered, reply, np.where(agent != NOBODY, here, speaker)))
    lost = buyer & ~answered & (agent == NOBODY) & ~_alike(contact, speaker)
    who[lost] = rows
    first = np.ones(rows, bool)
    first[1:] = contact[1:] != contact[:-1]
    after_buyer = np.zeros(rows, bool)
    after_buyer[1:] = buyer[:-1]
    cleared = None
    if bot_clears:
        spoke = _next(~buyer, rows)
        bot = np.append(~buyer & ~human, False)
        soon = np.minimum(spoke, rows - 1)
        cleared = buyer & bot[spoke] & _alike(conversation, spoke)
        if within_hours is not None:
            cleared &= moment[soon] - moment <= within_hours * 3_600_000_000
    at = frame["at"].to_numpy()
    return Said(
        at,
        contact,
        human,
        wait,
        np.append(at, NOBODY)[who],
        np.append(agent, NOBODY)[who],
        buyer & (first | ~after_buyer),
        cleared,
    )


def _next(marked: Flags, rows: int) -> Ints:
    """For each row the first marked row at or after it, or `rows` when there is none."""
    before: Ints = np.cumsum(marked, dtype=np.int64) - marked
    found: Ints = np.append(np.flatnonzero(marked), rows)[before]
    return found


def _last(marked: Flags, rows: int) -> Ints:
    """For each row the last marked row before it, or `rows` when there is none."""
    before: Ints = np.cumsum(marked, dtype=np.int64) - marked
    found: Ints = np.append(np.flatnonzero(marked), rows)[before - 1]
    return found


def _alike(run: Ints, other: Ints) -> Flags:
    """Whether each row and the row `other` names belong to the same run; the row after the last belongs to none."""
    same: Flags = np.append(run, -1)[other] == run
    return same


def clocked(messages: pl.DataFrame) -> pl.DataFrame:
    """Add the default clock's columns (`CLOCK`) to one day's numbered messages."""
    said = scan(messages)
    wait = np.full(len(messages), UNANSWERED, np.int64)
    who = np.full(len(messages), NOBODY, np.int64)
    opens = np.zeros(len(messages), bool)
    wait[said.at], who[said.at], opens[said.at] = said.wait, said.who, said.turn_start
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
