"""Hypothesis strategies: message lists as nasty as exports can be, and the parameters to count them under.

Few shops, buyers and agents, so that they meet; times in clusters on and next to every edge the rules know;
rows out of order, twice, and changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from reference import KEYS, SENDERS, Message, Params

ZONE_OF = {"hz": "Asia/Shanghai", "ny": "America/New_York", "akl": "Pacific/Auckland"}
BUYERS = ("b1", "b2", "买家3")
AGENTS = ("lin", "mo", "chen")

CLOCK_CHANGES = {
    date(2026, 10, 31): ("ny", datetime(2026, 11, 1, 6, tzinfo=UTC)),  # back
    date(2026, 4, 4): ("akl", datetime(2026, 4, 4, 14, tzinfo=UTC)),  # back
    date(2026, 9, 26): ("akl", datetime(2026, 9, 26, 14, tzinfo=UTC)),  # forward
}
FIRST_DAYS = (date(2026, 10, 1), *CLOCK_CHANGES, date(2026, 12, 31))
"""First days of the neighbourhoods messages fall in."""

DAY_OFFSETS = (1, 1, 0, 3)
"""Day 2 of a neighbourhood stays empty unless a step runs into it."""

CLOCKS = ("08:00:00", "07:59:59", "22:59:59", "23:00:00", "23:59:59", "23:59:59.999999", "00:00:00", "12:00:00")
STEPS = tuple(timedelta(seconds=seconds) for seconds in (0, 1, 30, 180, 300, 3600, 12 * 3600, 24 * 3600))
HALF_AN_HOUR = timedelta(minutes=30)
MICROSECOND = timedelta(microseconds=1)
OFF_BY = (timedelta(0), timedelta(0), timedelta(0), MICROSECOND, -MICROSECOND, timedelta(seconds=1))
NEXT_SENDERS = {"buyer": (*SENDERS, "agent", "agent", "assisted")}
"""Who may write next, where that is not anybody alike: questions mostly meet an answer, or limits would seldom be hit."""

TEXTS = (None, "", "在吗", "多少钱", "好的亲😊", "👨‍👩‍👧", "=1+1", "ok", "第一行\n第二行")
SESSIONS = ("x1", "x2")

WINDOWS = ((8 * 3600, 23 * 3600), (0, 86_400), (0, 8 * 3600), (23 * 3600, 86_400), (8 * 3600, 8 * 3600 + 180))


def _steps() -> SearchStrategy[timedelta]:
    """From one message of a cluster to the next: exactly a limit, or just off it. Back in time by a microsecond at most."""
    return st.builds(lambda step, off: step + off, st.sampled_from(STEPS), st.sampled_from(OFF_BY))


@st.composite
def _clusters(draw: st.DrawFn, first_day: date, with_ids: bool, with_sessions: bool) -> list[Message]:
    """A few messages of one conversation, each a step after the one before. Ids do not grow with time."""
    shop, buyer = draw(st.sampled_from(sorted(ZONE_OF))), draw(st.sampled_from(BUYERS))
    if first_day in CLOCK_CHANGES and draw(st.booleans()):
        shop, change = CLOCK_CHANGES[first_day]
        at = change + draw(st.sampled_from((-HALF_AN_HOUR, timedelta(0), HALF_AN_HOUR)))
    else:
        day = first_day + timedelta(days=draw(st.sampled_from(DAY_OFFSETS)))
        wall = datetime.fromisoformat(f"{day}T{draw(st.sampled_from(CLOCKS))}")
        at = wall.replace(tzinfo=ZoneInfo(ZONE_OF[shop])).astimezone(UTC)
    found: list[Message] = []
    for _ in range(draw(st.integers(1, 8))):
        senders = NEXT_SENDERS.get(found[-1].sender, SENDERS) if found else SENDERS
        found.append(
            Message(
                shop,
                buyer,
                at,
                draw(st.sampled_from(senders)),
                draw(st.sampled_from((None, *AGENTS))),
                draw(st.none() | st.integers(0, 9999).map(str)) if with_ids else None,
                draw(st.sampled_from(TEXTS)),
                draw(st.sampled_from((None, *SESSIONS))) if with_sessions else None,
            )
        )
        at += draw(_steps())
    return found


@st.composite
def _again(draw: st.DrawFn, message: Message, moves: bool) -> Message:
    """The message once more: as it was, or with one thing changed. Only one with an id, or a new session, then replaces the first."""
    changes: list[SearchStrategy[Message]] = [
        st.just(message),
        st.sampled_from(TEXTS).map(lambda text: replace(message, text=text)),
        st.sampled_from((None, *AGENTS)).map(lambda agent: replace(message, agent_id=agent)),
        st.sampled_from(SENDERS).map(lambda sender: replace(message, sender=sender)),
        st.sampled_from((None, *SESSIONS)).map(lambda session: replace(message, session_id=session)),
    ]
    if moves:
        changes += [
            _steps().map(lambda step: replace(message, sent_at=message.sent_at + step)),
            st.sampled_from(BUYERS).map(lambda buyer: replace(message, buyer_id=buyer)),
        ]
    return draw(st.one_of(changes))


@st.composite
def message_lists(draw: st.DrawFn, *, moves: bool = True, max_clusters: int = 5) -> list[Message]:
    """Up to `max_clusters` clusters of one to eight messages and up to six of them again, in any order; sometimes none at all.

    `moves`: rows of one id may differ in buyer or time, so that the later one takes the message out of another conversation or day.
    Without it an id belongs to one conversation and instant, and only what hangs on them changes. `sent_at` is in UTC; zones are `ZONE_OF`.
    """
    first_day = draw(st.sampled_from(FIRST_DAYS))
    with_ids, with_sessions = draw(st.booleans()), draw(st.booleans())
    clusters = draw(st.lists(_clusters(first_day, with_ids, with_sessions), max_size=max_clusters))
    found = [message for cluster in clusters for message in cluster]
    if not moves:
        home: dict[tuple[str, str | None], Message] = {}
        found = [
            m
            for m in found
            if m.message_id is None or home.setdefault((m.shop_id, m.message_id), m) is m  # a second cluster met the same id by chance
        ]
    if found:
        for message in draw(st.lists(st.sampled_from(found), max_size=6)):
            found.append(draw(_again(message, moves)))
    return draw(st.permutations(found))


def params() -> SearchStrategy[Params]:
    """Any combination of what packs may choose."""
    return st.builds(
        Params,
        window=st.sampled_from(WINDOWS),
        human_senders=st.sampled_from((("assisted", "agent"), ("agent",), ("assisted",))),
        reply_within_hours=st.sampled_from((None, 1, 12, 24, 72)),
        bot_reply=st.sampled_from(("ignored", "clears")),
        unit=st.sampled_from(("message", "turn", "contact", "session")),
        slow_seconds=st.sampled_from((0, 30, 180, 3600)),
    )


def groupings() -> SearchStrategy[tuple[str, ...]]:
    """Any set of keys to group by, none included, in the order of `KEYS`."""
    return st.sampled_from([keys for size in range(len(KEYS) + 1) for keys in combinations(KEYS, size)])


def periods(messages: Sequence[Message]) -> SearchStrategy[tuple[date | None, date | None]]:
    """First and last day to count, each possibly open, on or around the days of the messages; the last may come before the first."""
    near = {m.sent_at.date() + timedelta(days=n) for m in messages for n in (-1, 0, 1)}
    limit = st.none() | st.sampled_from(sorted(near)) if near else st.none()
    return st.tuples(limit, limit)
