"""Contacts, cut into parts: what one account did in one hour of one contact.

A part holds sums, so any figure of SEMANTICS §4 for any group is a filter and a sum over parts, and a contact is the sum of its parts.
Parts of one partition are runs of its rows, so they need no hash table: a running sum at the end of each run differs from
that at the end of the run before by exactly the part.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import polars as pl

from kaohe import clock
from kaohe.clock import NOBODY, UNANSWERED, Flags, Ints, Said, absent
from kaohe.facts.duty import Spans
from kaohe.model.days import Window

THRESHOLDS = (30, 180, 300, 3600)
"""Seconds within which answered messages are counted. Inclusive."""

_COUNT = pl.Int32()
SCHEMA: dict[str, pl.DataType] = {
    "contact": pl.Int32(),
    "row": pl.Int32(),
    "shop_id": pl.Enum([]),
    "account": pl.Enum([]),
    "session_id": pl.String(),
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
    "buyer_at": pl.Int64(),
    "human_at": pl.Int64(),
}
"""One row per part, in order of time within a contact. `row`: the partition's row of its first message, to look up its buyer. `shop_id` and
`account`, who it counts for and null for nobody, are Enums of the partition's own names: they group like integers. `inside`: whether the window holds
its hour (null where every window of whole hours may still be asked, see `with_window`). `asked`: buyer messages that are assessed when inside;
`first_wait`: the wait of the first of them, null when unanswered; `buyer_at`: when the first buyer message was sent, `human_at` the last human one,
null for none. Waits are microseconds, moments microseconds since 1970 in UTC. A part's buyer messages are asked all or none."""

WAITS: dict[str, pl.DataType] = {
    "shop_id": pl.Enum([]),
    "account": pl.Enum([]),
    "hour": pl.Int8(),
    "inside": pl.Boolean(),
    "wait": pl.Int64(),
    "messages": pl.Int64(),
}
"""How many asked messages waited exactly so long: exact medians and shares for any group, in far fewer rows than messages."""

INPUT = ("contact", "rank", "sent_at", "shop_no", "agent_no", "hour", "chars", "session_id")
"""The columns of a partition that are scanned, with `second_of_day` where a cut has a window."""


@dataclass(frozen=True, slots=True)
class Names:
    """What `shop_no` and `agent_no` stand for: the names of a partition in order."""

    shops: pl.Series
    agents: pl.Series


BLOCK = 262_144
"""Messages cut at a time: a whole large day at once would outgrow the caches of the cores and the memory of a small machine."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How messages become parts: the clock, and the window where it can not be asked of whole hours afterwards.

    `duty`: of shops for which that counts, when anybody was on duty; what comes at other times is not assessed.
    """

    rule: clock.Rule = clock.DEFAULT
    window: Window | None = None
    by_session_start: bool = False
    duty: tuple[tuple[str, Spans], ...] = ()

    @property
    def input(self) -> list[str]:
        """The columns to scan."""
        return [*INPUT, *(["second_of_day"] if self.window is not None else [])]

    @classmethod
    def of(cls, rule: clock.Rule, window: Window, *, by_session_start: bool, by_duty: bool = False) -> Cut:
        whole = window.start % 3600 == 0 and window.end % 3600 == 0
        if whole and not by_session_start and not by_duty:
            return cls(rule)
        return cls(rule, window, by_session_start)


def with_window(frame: pl.LazyFrame, window: Window) -> pl.LazyFrame:
    """Parts or waits with `inside` filled in for a window."""
    return frame.with_columns(inside=pl.col("inside").fill_null(window.holds(pl.col("hour").cast(pl.Int32) * 3600)))


@dataclass(frozen=True, slots=True)
class Rows:
    """Buyer and human messages in order, with all that decides their part. `starts`: the first row of each part; `part`: each row's part.

    `off_duty`: inside the window, but nobody was on duty; None where that does not count.
    """

    said: Said
    frame: pl.DataFrame
    asked: Flags
    starts: Ints
    inside: Flags | None
    off_duty: Flags | None

    @property
    def part(self) -> Ints:
        steps = np.zeros(len(self.said), np.int64)
        steps[self.starts] = 1
        return np.cumsum(steps) - 1


def spoken(messages: pl.DataFrame, cut: Cut, shops: pl.Series) -> pl.DataFrame:
    """The messages that count in one partition, with what decides their part. `messages` has `INPUT`, and `conversation` and `mine` where later
    days follow. `shops`: what `shop_no` stands for."""
    sessions = messages["session_id"].null_count() < len(messages)
    carry = ["hour", "shop_no", *(["session_id"] if sessions else []), *(["second_of_day"] if cut.window else [])]
    written = {"chars": pl.col("chars").fill_null(_NO_TEXT)}
    frame = clock.spoken(messages, cut.rule, [*carry, *(["mine"] if "mine" in messages.columns else [])], written)
    if sessions:
        frame = frame.with_columns(session_no=clock.codes(frame["session_id"]).fill_null(-1))
    if cut.window is not None:
        second, moment = pl.col("second_of_day"), pl.col("moment")
        if cut.by_session_start:
            session = ["contact", *(["session_no"] if sessions else [])]
            starts = frame.filter("buyer").group_by(session).agg(_start=pl.first("second_of_day"), _moment=pl.first("moment"))
            frame = frame.join(starts, on=session, how="left", maintain_order="left")
            second, moment = pl.coalesce("_start", "second_of_day"), pl.coalesce("_moment", "moment")
        frame = frame.with_columns(inside=cut.window.holds(second))
        if cut.duty:
            at = frame.select(moment).to_series()
            frame = frame.with_columns(off_duty=pl.col("inside") & ~_on_duty(frame["shop_no"], at, cut.duty, shops))
            frame = frame.with_columns(inside=pl.col("inside") & ~pl.col("off_duty"))
    return frame


def _on_duty(shop_no: pl.Series, at: pl.Series, duty: tuple[tuple[str, Spans], ...], shops: pl.Series) -> pl.Series:
    """Whether anybody of the row's shop was on duty at that moment. Rows lie by shop; shops not in `duty` always are."""
    on, numbers, moments = np.ones(len(at), bool), shop_no.to_numpy(), at.to_numpy()
    for shop, spans in duty:
        number = shops.search_sorted(shop)
        rows = slice(np.searchsorted(numbers, number, side="left"), np.searchsorted(numbers, number, side="right"))
        starts, ends = (np.array(bounds) for bounds in zip(*spans, strict=True))
        last = np.searchsorted(starts, moments[rows], side="right") - 1
        on[rows] = (last >= 0) & (moments[rows] < ends[last])
    return pl.Series("on_duty", on)


def rows(frame: pl.DataFrame, cut: Cut) -> Rows:
    """Run the clock over messages from `spoken`, or a block of whole conversations of them, and cut them into parts."""
    said = clock.said(frame, cut.rule)
    keep = said.human | said.buyer if cut.rule.bot_clears else None
    if "mine" in frame.columns:
        mine = frame["mine"].to_numpy()
        keep = mine if keep is None else keep & mine
    if keep is not None:
        said, frame = _only(said, keep), frame.filter(pl.Series(keep))
    asked = said.buyer if said.cleared is None else said.buyer & ~said.cleared
    change = np.zeros(len(said), bool)
    change[:1] = True
    keys = [said.contact, said.who_no, *(frame[name].to_numpy() for name in ("hour", "session_no", "inside") if name in frame.columns)]
    for key in keys if said.cleared is None else [*keys, said.cleared]:
        change[1:] |= key[1:] != key[:-1]
    inside, off_duty = (frame[name].to_numpy() if name in frame.columns else None for name in ("inside", "off_duty"))
    return Rows(said, frame, asked, np.flatnonzero(change), inside, off_duty)


def _only(said: Said, keep: Flags) -> Said:
    cleared = None if said.cleared is None else said.cleared[keep]
    at, contact, human, buyer = said.at[keep], said.contact[keep], said.human[keep], said.buyer[keep]
    return Said(at, contact, human, buyer, said.wait[keep], said.who[keep], said.who_no[keep], said.turn_start[keep], cleared)


def parts(messages: pl.DataFrame, names: Names, cut: Cut) -> pl.DataFrame:
    """The parts of one partition (`SCHEMA`). `messages` has the cut's `input`."""
    frame = spoken(messages, cut, names.shops)
    made = [_sums(rows(block, cut)) for block in _blocks(frame)]
    summed = {name: np.concatenate([one[name] for one in made]) for name in made[0]}
    columns = {
        **{name: pl.Series(name, values) for name, values in summed.items()},
        "shop_id": _named(summed["shop_no"], names.shops),
        "account": _named(summed["who_no"], names.agents),
        "first_wait": absent(pl.Series(summed["first_wait"]), UNANSWERED),
        "buyer_at": absent(pl.Series(summed["buyer_at"]), NEVER),
        "human_at": absent(pl.Series(summed["human_at"]), NEVER),
    }
    total = len(summed["contact"])
    columns.setdefault("inside", pl.Series([None], dtype=pl.Boolean).new_from_index(0, total))
    if "session_id" in frame.columns:
        columns["session_id"] = messages["session_id"].gather(summed["row"])
    else:
        columns["session_id"] = pl.Series([None], dtype=pl.String).new_from_index(0, total)
    kept = (
        columns[name].alias(name) if isinstance(dtype, pl.Enum) else columns[name].cast(dtype).alias(name) for name, dtype in SCHEMA.items()
    )
    return pl.DataFrame(list(kept))


def _blocks(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The frame in blocks of about `BLOCK` rows that end where conversations do. At least one, if empty."""
    conversation = frame["conversation"].to_numpy()
    starts = np.flatnonzero(conversation[1:] != conversation[:-1]) + 1
    wanted = (
        starts[np.unique(np.searchsorted(starts, np.arange(BLOCK, len(frame), BLOCK)).clip(max=max(len(starts) - 1, 0)))]
        if len(starts)
        else starts
    )
    bounds = [0, *wanted.tolist(), len(frame)]
    return [frame.slice(low, high - low) for low, high in pairwise(bounds)]


def _sums(cut: Rows) -> dict[str, Ints]:
    """The sums of each part of a block, as arrays of one length."""
    said, starts, asked = cut.said, cut.starts, cut.asked
    count = len(starts)
    if count == 0:
        return {name: np.zeros(0, np.int64) for name in (*_SUMMED, *(["inside"] if cut.inside is not None else []))}
    ends = np.append(starts[1:], len(said)) - 1
    length = np.diff(ends, prepend=-1)
    wait = said.wait if said.cleared is None else np.where(asked, said.wait, UNANSWERED)

    def total(amounts: Ints | Flags) -> Ints:
        return np.diff(np.cumsum(amounts, dtype=np.int64)[ends], prepend=np.int64(0))

    # Every row falls in one class: asked by how long it waited, human, or neither; counting (part, class) pairs counts everything.
    late = np.zeros(len(said), np.uint8)
    for seconds in THRESHOLDS:
        late += wait > seconds * 1_000_000
    late |= (wait != UNANSWERED).view(np.uint8) << 3
    late |= asked.view(np.uint8) << 4
    late |= said.human.view(np.uint8) << 5
    pair = cut.part * _CLASSES + _CLASS[late]

    def classes(of: Ints) -> list[Ints]:
        counts = np.bincount(of, minlength=count * _CLASSES).reshape(count, _CLASSES)
        return [counts[:, number] for number in range(_CLASSES)]

    def upto(counts: list[Ints]) -> list[Ints]:
        return list(accumulate(counts[: _UNANSWERED + 1], np.add))

    counts, turn = classes(pair), said.turn_start & asked
    timed, turns = upto(counts), upto(classes(pair[turn]))
    moment = cut.frame["moment"].to_numpy()
    humans, buyers = np.cumsum(said.human)[ends], np.cumsum(said.buyer)[ends]
    asked_of_part, answered_of_part, texts_of_part = timed[_UNANSWERED], timed[len(THRESHOLDS)], total(cut.frame["chars"].to_numpy() >= 0)
    first_asked = np.append(np.flatnonzero(asked), 0)[np.cumsum(asked_of_part) - asked_of_part]
    return {
        "contact": said.contact[starts],
        "row": said.at[starts],
        "shop_no": cut.frame["shop_no"].to_numpy()[starts],
        "who_no": said.who_no[starts],
        "hour": cut.frame["hour"].to_numpy()[starts],
        **({"inside": cut.inside[starts]} if cut.inside is not None else {}),
        "buyer_messages": asked_of_part + counts[_OTHER],
        "asked": asked_of_part,
        "answered": answered_of_part,
        **{f"within_{seconds}": timed[place] for place, seconds in enumerate(THRESHOLDS)},
        # Rows without a wait carry -1, and so do rows without text: their number is added back.
        "wait_sum": total(wait) + length - answered_of_part,
        "first_wait": np.where(asked_of_part > 0, wait[first_asked], UNANSWERED),
        "turns": turns[_UNANSWERED],
        "turns_answered": turns[len(THRESHOLDS)],
        "turns_within_180": turns[THRESHOLDS.index(180)],
        "turn_wait_sum": total(wait * turn) + turns[_UNANSWERED] - turns[len(THRESHOLDS)],
        "human_messages": counts[_HUMAN],
        "texts": texts_of_part,
        "chars": total(cut.frame["chars"].to_numpy()) + length - texts_of_part,
        "buyer_at": _at(moment, said.buyer, buyers - np.diff(buyers, prepend=0), np.diff(buyers, prepend=0) > 0),
        "human_at": _at(moment, said.human, humans - 1, np.diff(humans, prepend=0) > 0),
    }


def _at(moment: Ints, marked: Flags, which: Ints, some: Flags) -> Ints:
    """The moment of the marked row of that number, from 0, of each part; `NEVER` where a part has none."""
    found = np.append(moment[marked], NEVER)
    return np.where(some, found[np.where(some, which, 0)], NEVER)


NEVER = -(2**62)


_NO_TEXT = -1
_UNANSWERED, _HUMAN, _OTHER, _CLASSES = len(THRESHOLDS) + 1, len(THRESHOLDS) + 2, len(THRESHOLDS) + 3, len(THRESHOLDS) + 4
"""Classes of rows after those of answered messages, which are numbered by the first threshold that holds their wait (the last: none does)."""


def _class(code: int) -> int:
    """The class of a row from its bits: how many thresholds its wait exceeds, then answered, asked, human."""
    if code >> 5 & 1:
        return _HUMAN
    if not code >> 4 & 1:
        return _OTHER
    return code & 7 if code >> 3 & 1 else _UNANSWERED


_CLASS = np.array([_class(code) for code in range(64)], np.int64)

_SUMMED = ("shop_no", "who_no", *(name for name in SCHEMA if name not in ("shop_id", "account", "session_id", "inside")))


def _named(numbers: Ints, names: pl.Series) -> pl.Series:
    """Numbers as an Enum of the names they stand for; negative ones as null."""
    return absent(pl.Series(numbers, dtype=pl.Int32), NOBODY).cast(pl.UInt32).cat.to(pl.Enum(names))


_NOT_SUMMED = ("contact", "row", "first_wait", "buyer_at", "human_at")


def contacts(found: pl.LazyFrame) -> pl.LazyFrame:
    """Contacts that were assessed, from parts with `inside` filled in: one row each with shop and the sums of its parts."""
    sums = [name for name, dtype in SCHEMA.items() if dtype in (_COUNT, pl.Int64()) and name not in _NOT_SUMMED]
    return (
        found.filter(pl.col("inside") & (pl.col("asked") > 0))
        .group_by("contact")
        .agg(pl.first("shop_id", "row", "first_wait"), pl.sum(*sums))
    )


def waits(messages: pl.DataFrame, names: Names, cut: Cut) -> pl.DataFrame:
    """How often each wait occurred in one partition (`WAITS`), sorted."""
    people = len(names.agents) + 1
    counted = pl.concat(_counted(rows(block, cut), people) for block in _blocks(spoken(messages, cut, names.shops)))
    counted = counted.lazy().group_by("who", "when").agg(pl.sum("messages")).sort("who", "when").collect()
    who, when = counted["who"].to_numpy(), counted["when"].to_numpy()
    inside = pl.Series("inside", who % 2 == 1)
    if cut.window is None:
        inside = pl.Series("inside", [None], dtype=pl.Boolean).new_from_index(0, len(who))
    return pl.DataFrame(
        [
            _named(who // 2 // people, names.shops).alias("shop_id"),
            _named(who // 2 % people - 1, names.agents).alias("account"),
            pl.Series("hour", when // 2**41, dtype=pl.Int8),
            inside,
            pl.Series("wait", when % 2**41),
            counted["messages"],
        ]
    )


def _counted(cut: Rows, people: int) -> pl.DataFrame:
    """Waits of a block by two integers: who, of `people` accounts to a shop, inside or not; and when, the hour before 2**41
    microseconds, 25 days, of waiting."""
    timed = cut.asked & (cut.said.wait != UNANSWERED)
    shop, account = (numbers[timed].astype(np.int64) for numbers in (cut.frame["shop_no"].to_numpy(), cut.said.who_no))
    inside = np.zeros(len(shop), np.int64) if cut.inside is None else cut.inside[timed].astype(np.int64)
    hour = cut.frame["hour"].to_numpy()[timed].astype(np.int64)
    frame = pl.DataFrame({"who": (shop * people + account + 1) * 2 + inside, "when": hour * 2**41 + cut.said.wait[timed]})
    return frame.group_by("who", "when").agg(messages=pl.len().cast(pl.Int64))
