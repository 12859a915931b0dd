"""Contacts, cut into parts: what one account did in one hour of one contact.

A part holds sums, so any figure of SEMANTICS §4 for any group is a filter and a sum over parts, and a contact is the sum of its parts.
Parts of one partition are runs of its rows, so they need no hash table: a running sum at the end of each run differs from
that at the end of the run before by exactly the part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kaohe import clock
from kaohe.clock import NOBODY, UNANSWERED, Flags, Ints, Said, absent
from kaohe.model.days import Window

THRESHOLDS = (30, 180, 300, 3600)
"""Seconds within which answered messages are counted. Inclusive."""

_COUNT = pl.Int32()
SCHEMA: dict[str, pl.DataType] = {
    "contact": pl.Int32(),
    "shop_id": pl.String(),
    "buyer_id": pl.String(),
    "session_id": pl.String(),
    "account": pl.String(),
    "hour": pl.Int8(),
    "inside": pl.Boolean(),
    "buyer_messages": _COUNT,
    "asked": _COUNT,
    "answered": _COUNT,
    **{f"within_{seconds}": _COUNT for seconds in THRESHOLDS},
    "wait_sum": pl.Int64(),
    "first_wait": pl.Int64(),
    "turns": _COUNT,
    "turns_answered": _COUNT,
    "turns_within_180": _COUNT,
    "turn_wait_sum": pl.Int64(),
    "human_messages": _COUNT,
    "texts": _COUNT,
    "chars": pl.Int64(),
}
"""One row per part, in order of time within a contact. `account`: who it counts for, null for nobody. `inside`: whether the window holds
its hour (null where every window of whole hours may still be asked, see `with_window`). `asked`: buyer messages that are assessed when inside;
`first_wait`: the wait of the first of them, null when unanswered. Waits are microseconds."""

WAITS: dict[str, pl.DataType] = {
    "shop_id": pl.String(),
    "account": pl.String(),
    "hour": pl.Int8(),
    "inside": pl.Boolean(),
    "wait": pl.Int64(),
    "messages": pl.Int64(),
}
"""How many asked messages waited exactly so long: exact medians and shares for any group, in far fewer rows than messages."""

INPUT = ("contact", "rank", "sent_at", "agent_no", "second_of_day", "hour", "chars", "session_id")
"""The columns of a partition that are scanned."""

NAMES = ("shop_id", "buyer_id", "agent_id")
"""The columns looked up at one row of each part only."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How messages become parts: the clock, and the window where it can not be asked of whole hours afterwards."""

    rule: clock.Rule = clock.DEFAULT
    window: Window | None = None
    by_session_start: bool = False

    @classmethod
    def of(cls, rule: clock.Rule, window: Window, *, by_session_start: bool) -> Cut:
        whole = window.start % 3600 == 0 and window.end % 3600 == 0
        if whole and not by_session_start:
            return cls(rule)
        return cls(rule, window, by_session_start)


def with_window(frame: pl.LazyFrame, window: Window) -> pl.LazyFrame:
    """Parts or waits with `inside` filled in for a window."""
    return frame.with_columns(inside=pl.col("inside").fill_null(window.holds(pl.col("hour").cast(pl.Int32) * 3600)))


@dataclass(frozen=True, slots=True)
class Rows:
    """Buyer and human messages of one partition in order, with all that decides their part. `part` numbers parts from 0."""

    said: Said
    hour: Ints
    chars: pl.Series
    asked: Flags
    part: Ints
    starts: Ints
    inside: Flags | None
    session_id: pl.Series | None


def rows(messages: pl.DataFrame, cut: Cut) -> Rows:
    """Run the clock over one partition and cut it into parts. `messages` has `INPUT`, and `conversation` and `mine` where later days follow."""
    sessions = messages["session_id"].null_count() < len(messages)
    carry = ["hour", "chars", *(["session_id"] if sessions else []), *(["second_of_day"] if cut.window else [])]
    said = clock.scan(messages, cut.rule, [*carry, *(["mine"] if "mine" in messages.columns else [])])
    if "mine" in said.carried:
        said = said.only(said.carried["mine"].to_numpy())
    hour = said.carried["hour"].to_numpy()
    session = said.carried.get("session_id")
    keys: list[NDArray[Any]] = [said.contact, hour, said.who_no]
    if session is not None:
        session_no = session.rank("dense").fill_null(0).to_numpy()
        keys.append(session_no)
    inside = None
    if cut.window is not None:
        second = said.carried["second_of_day"].to_numpy()
        if cut.by_session_start:
            second = _session_starts(said, second, session_no if session is not None else None)
        inside = (second >= cut.window.start) & (second < cut.window.end)
        keys.append(inside)
    asked = ~said.human
    if said.cleared is not None:
        keys.append(said.cleared)
        asked = asked & ~said.cleared
    change = np.zeros(len(said), bool)
    change[:1] = True
    for key in keys:
        change[1:] |= key[1:] != key[:-1]
    return Rows(said, hour, said.carried["chars"], asked, np.cumsum(change) - 1, np.flatnonzero(change), inside, session)


def _session_starts(said: Said, second: Ints, session_no: Ints | None) -> Ints:
    """For each row the second of day of the first buyer message of its session; its own where the session has none."""
    keys = {"contact": said.contact, "session": session_no if session_no is not None else np.zeros(len(said), np.int32)}
    frame = pl.DataFrame({**keys, "second": second, "human": said.human})
    starts = frame.filter(~pl.col("human")).group_by("contact", "session").agg(start=pl.min("second"))
    joined = frame.join(starts, on=["contact", "session"], how="left", maintain_order="left")
    return joined.select(pl.coalesce("start", "second")).to_series().to_numpy()


def parts(cut: Rows, names: pl.DataFrame) -> pl.DataFrame:
    """The parts of one partition. `names` has shop_id, buyer_id and agent_id of the same messages. Returns `SCHEMA`."""
    said, starts, asked = cut.said, cut.starts, cut.asked
    if len(said) == 0:
        return pl.DataFrame(schema=SCHEMA)
    ends = np.append(starts[1:], len(said)) - 1
    wait = np.where(asked, said.wait, UNANSWERED)
    answered, turn = wait != UNANSWERED, said.turn_start & asked
    timed = np.where(answered, wait, 0)

    def count(flags: Flags) -> Ints:
        return np.diff(np.cumsum(flags, dtype=np.int32)[ends], prepend=np.int32(0))

    def total(amounts: Ints) -> Ints:
        return np.diff(np.cumsum(amounts, dtype=np.int64)[ends], prepend=np.int64(0))

    within = {seconds: answered & (wait <= seconds * 1_000_000) for seconds in THRESHOLDS}
    asked_of_part = count(asked)
    first_asked = np.append(np.flatnonzero(asked), 0)[np.cumsum(asked_of_part) - asked_of_part]
    first_wait = np.where(asked_of_part > 0, wait[first_asked], UNANSWERED)
    at = said.at[starts]
    return pl.DataFrame(
        {
            "contact": said.contact[starts],
            "shop_id": names["shop_id"].gather(at),
            "buyer_id": names["buyer_id"].gather(at),
            "session_id": cut.session_id.gather(starts)
            if cut.session_id is not None
            else pl.Series([None], dtype=pl.String).new_from_index(0, len(at)),
            "account": names["agent_id"].gather(absent(pl.Series(said.who[starts]), NOBODY)),
            "hour": cut.hour[starts],
            "inside": cut.inside[starts] if cut.inside is not None else pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(at)),
            "buyer_messages": count(~said.human),
            "asked": asked_of_part,
            "answered": count(answered),
            **{f"within_{seconds}": count(flags) for seconds, flags in within.items()},
            "wait_sum": total(timed),
            "first_wait": absent(pl.Series(first_wait), UNANSWERED),
            "turns": count(turn),
            "turns_answered": count(turn & answered),
            "turns_within_180": count(turn & within[180]),
            "turn_wait_sum": total(np.where(turn, timed, 0)),
            "human_messages": count(said.human),
            "texts": count(cut.chars.is_not_null().to_numpy()),
            "chars": total(cut.chars.fill_null(0).to_numpy()),
        },
        schema=SCHEMA,
    )


def contacts(found: pl.LazyFrame) -> pl.LazyFrame:
    """Contacts that were assessed, from parts with `inside` filled in: one row each with shop, buyer and the sums of its parts."""
    sums = [name for name, dtype in SCHEMA.items() if dtype in (_COUNT, pl.Int64()) and name not in ("contact", "first_wait")]
    return (
        found.filter(pl.col("inside") & (pl.col("asked") > 0))
        .group_by("contact")
        .agg(pl.first("shop_id", "buyer_id", "first_wait"), pl.sum(sums))
    )


def waits(cut: Rows, found: pl.DataFrame) -> pl.DataFrame:
    """How often each wait occurred, from the rows of a partition and the `parts` made from them. Returns `WAITS`, sorted."""
    keys = [name for name in WAITS if name not in ("wait", "messages")]
    groups = found.select(keys).unique().sort(keys).with_row_index("group")
    of_part = found.select(keys).join(groups, on=keys, how="left", nulls_equal=True, maintain_order="left")["group"].cast(pl.Int64)
    timed = cut.asked & (cut.said.wait != UNANSWERED)
    # One integer per (group, wait) instead of five columns: 2**41 microseconds are 25 days.
    packed = pl.Series("packed", of_part.to_numpy()[cut.part[timed]] * 2**41 + cut.said.wait[timed])
    counted = packed.to_frame().lazy().group_by("packed").agg(messages=pl.len().cast(pl.Int64)).sort("packed").collect()
    group, wait = counted["packed"] // 2**41, counted["packed"] % 2**41
    return groups.select(keys)[group.cast(pl.UInt32)].with_columns(wait.alias("wait"), counted["messages"]).select(list(WAITS))
