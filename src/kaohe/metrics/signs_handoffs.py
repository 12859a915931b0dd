"""A sign in hand-offs: a waiting buyer passed to a colleague just before a threshold ran out.

Only a dated hand-off counts. Two things date one: the platform's notice of a transfer among the messages, and a receiving agent that changes from one
buyer message to the next. That another agent answered proves nothing: who wrote last may have gone home since.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from kaohe.clock import Ints
from kaohe.metrics.sightings import THRESHOLDS, Found, cases, counted
from kaohe.metrics.source import Source
from kaohe.metrics.talk import NOWHERE, Talk

JUST_BEFORE: dict[int, int] = {30: 10, 180: 30, 300: 30}
"""Of each threshold how many seconds before it are just before it, both ends included."""

HELD_SECONDS = 1800
"""Who wrote last still has the buyer so long after. Later the platform may have given him to anybody."""

NOTICE, NO_NOTICE = "转接|转交|转给|转移给|(?i)transferred", "人工|机器人"
"""System texts that tell of a transfer between people, and what those between bots and people say."""

_SECOND = 1_000_000


def late_handoffs(source: Source, talk: Talk) -> tuple[Found, pl.DataFrame]:
    """Dated hand-offs while a buyer waited, and those of them just before a threshold; and by shop how many notices and receivers there are at all:
    shop_id, notices, receivers.

    Opportunities: dated hand-offs in assessed turns to a colleague who then wrote; of who handed over.
    """
    receiver = _receivers(talk)
    notice = _notices(talk)
    known = _dateable(talk, notice, receiver)
    by_notice, by_receiver = _noticed(talk, notice, receiver), _changed(talk, receiver)
    found = pl.concat([by_notice, by_receiver]).sort("turn", "rank", "latest").unique("turn", keep="first", maintain_order=True)
    if len(found):
        found = _to_colleagues(source, talk, found)
    if found.is_empty():
        return Found.nothing(), known
    base = counted("late_handoff", talk, found["until"].to_numpy(), found["from"].to_numpy())
    near = pl.any_horizontal(
        (pl.col("earliest") >= (limit - JUST_BEFORE[limit]) * _SECOND) & (pl.col("latest") <= limit * _SECOND) for limit in THRESHOLDS
    )
    close = found.filter(near)
    start, answer = (close[name].to_numpy() for name in ("start", "until"))
    asked = talk.moment[start]
    latest = close["latest"].to_numpy()
    more = {
        "account": talk.named(close["from"].to_numpy()),
        "started_at": asked,
        "ended_at": asked + latest,
        "first_seconds": latest / _SECOND,
        "later_seconds": (talk.moment[answer] - asked) / _SECOND,
        "thresholds": [str(next(limit for limit in THRESHOLDS if one <= limit * _SECOND)) for one in latest.tolist()],
        "detail": close["detail"],
        "other_account": talk.named(close["to"].to_numpy()),
    }
    # The message before shows whose the buyer was.
    low = start - ((start > 0) & (np.append(talk.contact, NOWHERE)[start - 1] == talk.contact[start]))
    return Found(base, *cases("late_handoff", talk, low, answer, answer, more)), known


_PASSED: dict[str, pl.DataType] = {
    "turn": pl.Int64(),
    "start": pl.Int64(),
    "until": pl.Int64(),
    "from": pl.Int64(),
    "to": pl.Int64(),
    "earliest": pl.Int64(),
    "latest": pl.Int64(),
    "rank": pl.Int64(),
    "detail": pl.String(),
}
"""One hand-off while a buyer waited: his turn, its first row and the row of the reply, accounts by number, when it happened at the earliest and
latest, in microseconds after he began to wait."""


def _receivers(talk: Talk) -> Ints:
    """The receiving agent of each buyer row by number, negative where the export names none."""
    return np.where(talk.buyer, talk.agent, NOWHERE)


def _notices(talk: Talk) -> pl.DataFrame:
    """Notices of transfers: `place` among the messages, `moment`, contact."""
    text = pl.col("text")
    told = (pl.col("sender") == "system") & text.str.contains(NOTICE) & ~text.str.contains(NO_NOTICE)
    mine = pl.col("mine") if "mine" in talk.messages.columns else pl.lit(True)
    numbered = talk.messages.lazy().select("sender", "text", "contact", "sent_at", mine=mine, place=pl.int_range(pl.len(), dtype=pl.Int64))
    chosen = numbered.filter(told.fill_null(False) & pl.col("mine"))
    return chosen.select("place", "contact", moment=pl.col("sent_at").to_physical()).collect()


def _dateable(talk: Talk, notice: pl.DataFrame, receiver: Ints) -> pl.DataFrame:
    shops = talk.messages["shop_id"]
    by_notice = shops.gather(notice["place"]).to_frame().group_by("shop_id").agg(notices=pl.len().cast(pl.Int64))
    by_receiver = (
        pl.DataFrame({"shop_id": talk.shop, "known": pl.Series(receiver) != NOWHERE})
        .group_by("shop_id")
        .agg(receivers=pl.sum("known").cast(pl.Int64))
    )
    return by_receiver.join(by_notice, on="shop_id", how="left").select("shop_id", pl.col("notices").fill_null(0), "receivers")


def _noticed(talk: Talk, notice: pl.DataFrame, receiver: Ints) -> pl.DataFrame:
    """Hand-offs of which a notice tells."""
    before = np.searchsorted(talk.at, notice["place"].to_numpy(), side="left") - 1
    some = before >= 0
    before, moment, contact = before[some], notice["moment"].to_numpy()[some], notice["contact"].to_numpy()[some]
    waiting = talk.buyer[before] & (talk.contact[before] == contact)
    before, moment = before[waiting], moment[waiting]
    turn = talk.turn[before]
    start = talk.start[turn]
    wrote = _wrote_before(talk, start)
    holder = np.where(receiver[before] != NOWHERE, receiver[before], wrote)
    passed = moment - talk.moment[start]
    return _frame(talk, turn, holder, passed, passed, 0, "notice")


def _wrote_before(talk: Talk, start: Ints) -> Ints:
    """Who wrote last to the buyer before each turn, that day and at most `HELD_SECONDS` earlier, by number."""
    last = start - 1
    mine = (last >= 0) & talk.human[last] & (talk.contact[last] == talk.contact[start])
    mine &= talk.moment[start] - talk.moment[last] <= HELD_SECONDS * _SECOND
    found: Ints = np.where(mine, talk.agent[last], NOWHERE)
    return found


def _changed(talk: Talk, receiver: Ints) -> pl.DataFrame:
    """Hand-offs that show in the receiving agent of two buyer messages of one turn, one right after the other."""
    row = np.arange(1, len(receiver), dtype=np.int64)
    both = (talk.turn[1:] == talk.turn[:-1]) & (talk.turn[1:] != NOWHERE) & (receiver[1:] >= 0) & (receiver[:-1] >= 0)
    row = row[both & (receiver[1:] != receiver[:-1])]
    turn = talk.turn[row]
    asked = talk.moment[talk.start[turn]]
    return _frame(talk, turn, receiver[row - 1], talk.moment[row - 1] - asked, talk.moment[row] - asked, 1, "receiver")


def _frame(talk: Talk, turn: Ints, holder: Ints, earliest: Ints, latest: Ints, rank: int, detail: str) -> pl.DataFrame:
    reply = talk.reply[turn]
    some = (holder >= 0) & (reply != NOWHERE) & talk.assessed[turn] & talk.waiting[turn]
    given = {
        "turn": turn,
        "start": talk.start[turn],
        "until": reply,
        "from": holder,
        "to": np.append(talk.agent, NOWHERE)[reply],
        "earliest": earliest,
        "latest": latest,
    }
    frame = pl.DataFrame({name: pl.Series(values[some], dtype=pl.Int64) for name, values in given.items()})
    return frame.with_columns(rank=pl.lit(rank, pl.Int64), detail=pl.lit(detail)).select(list(_PASSED))


def _to_colleagues(source: Source, talk: Talk, found: pl.DataFrame) -> pl.DataFrame:
    """Without those to nobody known, or to another account of the same person."""
    shop = talk.shop.gather(found["until"])
    day = pl.lit(talk.piece.day, pl.Date)
    people = [
        source.roster.assigned(pl.DataFrame({"shop_id": shop, "account": talk.named(found[name].to_numpy())}), ["agent_id"], day)[
            "agent_id"
        ]
        for name in ("from", "to")
    ]
    return found.filter((people[0] != people[1]).fill_null(False))
