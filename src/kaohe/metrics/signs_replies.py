"""Signs in replies: a filler first and the answer later; a question that got no answer at all, or a text pasted to many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from kaohe.clock import Flags, Ints
from kaohe.metrics.sightings import Found, cases, counted, crossed
from kaohe.metrics.talk import NOWHERE, Talk
from kaohe.model.senders import rank

TOGETHER_SECONDS = 10
"""A filler and an answer no further apart than this are one reply in two lines."""

PASTED_TO, PASTED_WITHIN_SECONDS = 5, 300
"""So many buyers who got the same text within so many seconds, and nothing else, got a pasted one."""

_SECOND = 1_000_000
BOT = rank("bot")


def empty_first_replies(talk: Talk) -> Found:
    """Turns in which a buyer wanted something and the first reply held nothing, while the answer came more than `TOGETHER_SECONDS` after it, and the
    buyer had not wanted anything new in between: then nobody knows what was answered.

    Opportunities: assessed turns in which the buyer said more than a greeting, with a first reply whose text is known; of who sent it.
    """
    turn = np.flatnonzero(talk.assessed & talk.wanted & (talk.reply != NOWHERE))
    turn = turn[talk.read[talk.reply[turn]]]
    reply = talk.reply[turn]
    base = counted("empty_first_reply", talk, reply, talk.agent[reply])
    answer = talk.later(talk.holds, reply)
    late = (answer != NOWHERE) & (np.append(talk.moment, 0)[answer] - talk.moment[reply] > TOGETHER_SECONDS * _SECOND)
    news = talk.later(talk.wants, reply)
    some = ~talk.holds[reply] & late & ((news == NOWHERE) | (news > answer))
    reply, answer, start = reply[some], answer[some], talk.start[turn[some]]
    asked = talk.moment[start]
    first, later = talk.moment[reply] - asked, talk.moment[answer] - asked
    helper = np.where(talk.agent[answer] == talk.agent[reply], NOWHERE, talk.agent[answer])
    more = {
        "account": talk.named(talk.agent[reply]),
        "started_at": asked,
        "ended_at": talk.moment[answer],
        "first_seconds": first / _SECOND,
        "later_seconds": later / _SECOND,
        "thresholds": crossed(first, later),
        "detail": np.where(talk.turn[answer] == talk.turn[reply], "same_turn", "called_again"),
        "other_account": talk.named(helper),
    }
    return Found(base, *cases("empty_first_reply", talk, start, answer, reply, more))


def unanswered_questions(talks: Sequence[Talk]) -> Found:
    """Questions to which nobody said anything that day, though somebody replied. `talks` are all of one day: a text is pasted to buyers of any of them.

    Opportunities: assessed turns in which the buyer asked something, with a first reply whose text is known; of who sent it.
    """
    asked = [_asked(talk) for talk in talks]
    bases = [
        counted("answers_nothing", talk, talk.reply[turn], talk.agent[talk.reply[turn]]) for talk, turn in zip(talks, asked, strict=True)
    ]
    empty = [_empty(talk, turn) for talk, turn in zip(talks, asked, strict=True)]
    single = [_single(talk, turn) for talk, turn in zip(talks, asked, strict=True)]
    texts = pl.concat(
        [_texts(talk, turn[some], number) for number, (talk, turn, some) in enumerate(zip(talks, asked, single, strict=True))]
    )
    pasted = _pasted(texts)
    found = []
    for number, (talk, turn, base) in enumerate(zip(talks, asked, bases, strict=True)):
        mine = pasted.filter(pl.col("talk") == number).sort("turn")
        nothing = turn[empty[number]]
        found.append(Found(base, *_cases(talk, nothing, "nothing", None)))
        found.append(Found(base.clear(), *_cases(talk, mine["turn"].to_numpy(), "pasted", mine["buyers"])))
    return Found.together(found)


def _asked(talk: Talk) -> Ints:
    turn = np.flatnonzero(talk.assessed & talk.asked & (talk.reply != NOWHERE))
    return turn[talk.read[talk.reply[turn]]]


def _open(talk: Talk, reply: Ints) -> Flags:
    """Whether after the reply the buyer did not say that the matter was settled, and no bot wrote, which may have answered."""
    bots = np.flatnonzero(talk.messages["rank"].to_numpy() == BOT)
    soon = np.searchsorted(bots, talk.at[reply], side="right")
    contact = np.append(talk.messages["contact"].to_numpy()[bots], NOWHERE)[soon]
    still: Flags = (talk.later(talk.closes, reply) == NOWHERE) & (contact != talk.contact[reply])
    return still


def _empty(talk: Talk, turn: Ints) -> Flags:
    reply = talk.reply[turn]
    found: Flags = ~talk.holds[reply] & (talk.later(talk.holds, reply) == NOWHERE) & _open(talk, reply)
    return found


def _single(talk: Talk, turn: Ints) -> Flags:
    """Whether the reply was the last of the day to its buyer, and says something."""
    reply = talk.reply[turn]
    found: Flags = talk.holds[reply] & (talk.later(talk.human, reply) == NOWHERE) & _open(talk, reply)
    return found


def _texts(talk: Talk, turn: Ints, number: int) -> pl.DataFrame:
    """The texts of these turns' replies, with who sent them and when; not those of pictures and the like."""
    reply = talk.reply[turn]
    said = talk.messages.select(pl.col("shop_id", "text", "kind").gather(pl.Series(talk.at[reply], dtype=pl.Int64)))
    known = said.with_columns(
        account=talk.named(talk.agent[reply]),
        moment=pl.Series(talk.moment[reply], dtype=pl.Int64),
        talk=pl.lit(number, pl.Int64),
        turn=pl.Series(turn, dtype=pl.Int64),
    )
    plain = (pl.col("kind").fill_null("text") == "text") & pl.col("account").is_not_null()
    return known.filter(plain).with_columns(pl.col("text").str.strip_chars()).filter(pl.col("text") != "").drop("kind")


def _pasted(texts: pl.DataFrame) -> pl.DataFrame:
    """The replies that went in one text to `PASTED_TO` buyers or more within `PASTED_WITHIN_SECONDS`: talk, turn, buyers (that got the text in such
    a run that day)."""
    keys = ["shop_id", "account", "text"]
    # Each row is a buyer of his own: of a contact only the last turn can be among them.
    often = texts.filter(pl.len().over(keys) >= PASTED_TO).sort(*keys, "moment", "talk", "turn")
    reach = pl.col("moment").shift(-(PASTED_TO - 1)).over(keys) - pl.col("moment")
    begins = often.with_columns(begins=(reach <= PASTED_WITHIN_SECONDS * _SECOND).fill_null(False))
    within = pl.any_horizontal(pl.col("begins").shift(back, fill_value=False).over(keys) for back in range(PASTED_TO))
    chosen = begins.filter(within)
    return chosen.with_columns(buyers=pl.len().over(keys).cast(pl.Int64)).select("talk", "turn", "buyers")


def _cases(talk: Talk, turn: Ints, detail: str, buyers: pl.Series | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    reply, start = talk.reply[turn], talk.start[turn]
    asked = talk.moment[start]
    last = _last(talk, reply)
    more = {
        "account": talk.named(talk.agent[reply]),
        "started_at": asked,
        "ended_at": talk.moment[last],
        "first_seconds": (talk.moment[reply] - asked) / _SECOND,
        "detail": [detail] * len(turn),
        **({"buyers": buyers} if buyers is not None else {}),
    }
    return cases("answers_nothing", talk, start, last, reply, more)


def _last(talk: Talk, row: Ints) -> Ints:
    """The last row of each row's contact."""
    ends = np.append(np.flatnonzero(talk.contact[1:] != talk.contact[:-1]), len(talk.contact) - 1)
    found: Ints = ends[np.searchsorted(ends, row, side="left")]
    return found
