"""The judge: SEMANTICS §1 to §4 once more in plain Python, slow and obvious, for the real counting to be compared with.

Nothing here is shared with `kaohe`, so that a mistake would have to be made twice to go unseen.
`clock` gives one `Row` per message, `figures` every response figure of every group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Any, Literal
from zoneinfo import ZoneInfo

SENDERS = ("buyer", "system", "bot", "assisted", "agent")
KEYS = ("shop", "agent", "day", "hour")
METRICS = (
    "consulting_buyers",
    "served_buyers",
    "reply_rate_30s",
    "reply_rate_30s_session",
    "avg_response_seconds",
    "avg_turn_response_seconds",
    "first_response_seconds",
    "effective_reply_rate",
    "reply_rate_5min",
    "reply_rate_3min",
    "reply_rate",
    "median_response_seconds",
    "p90_response_seconds",
    "slow_replies",
    "qa_ratio",
    "avg_reply_chars",
)


@dataclass(frozen=True)
class Message:
    """One chat line. `sent_at` is aware. `agent_id` of a human row wrote it; of a buyer row received it."""

    shop_id: str
    buyer_id: str
    sent_at: datetime
    sender: str
    agent_id: str | None = None
    message_id: str | None = None
    text: str | None = None
    session_id: str | None = None


@dataclass(frozen=True)
class Params:
    """What a rule pack may choose. `window` is in seconds of the local day, the start included, the end not."""

    window: tuple[int, int] = (8 * 3600, 23 * 3600)
    human_senders: tuple[str, ...] = ("assisted", "agent")
    reply_within_hours: int | None = None
    bot_reply: Literal["ignored", "clears"] = "ignored"
    unit: Literal["message", "turn", "contact", "session"] = "contact"
    slow_seconds: int = 180
    window_by: Literal["message", "session_start"] = "message"
    nobody_on_duty: Literal["counts", "left_out"] = "counts"


@dataclass(frozen=True)
class Span:
    """An account was online from `online_at`, included, to `offline_at`, excluded; None: nobody knows until when. Both aware."""

    shop_id: str
    agent_id: str
    online_at: datetime
    offline_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """A message and what the clock says of it. Only buyer messages are ever assessed, cleared, answered or the start of a turn."""

    message: Message
    day: date
    hour: int
    is_buyer: bool
    is_human: bool
    assessed: bool = False
    cleared: bool = False
    turn_start: bool = False
    reply: Message | None = None
    wait_us: int | None = None
    responsible: str | None = None

    @property
    def contact(self) -> tuple[str, str, date]:
        return self.message.shop_id, self.message.buyer_id, self.day

    @property
    def agent(self) -> str | None:
        """Who the message is grouped under: the responsible agent of a buyer's, the author of a person's."""
        return self.responsible if self.is_buyer else self.message.agent_id

    def within(self, seconds: int) -> bool:
        return self.wait_us is not None and self.wait_us <= seconds * 1_000_000


Figure = tuple[float | None, int | None, float | None]
"""Numerator, denominator, value."""


def deduplicated(messages: Iterable[Message]) -> list[Message]:
    """One message for each identity, the last one given. Instants become UTC: Python subtracts two times of one zone by the wall clock."""
    found: dict[tuple[Any, ...], Message] = {}
    for given in messages:
        m = replace(given, sent_at=given.sent_at.astimezone(UTC))
        if m.message_id is not None:
            found["id", m.shop_id, m.message_id] = m
        else:
            found["row", m.shop_id, m.buyer_id, m.sent_at, m.sender, m.agent_id, m.text] = m
    return list(found.values())


def place(m: Message) -> tuple[Any, ...]:
    """Where a message stands in its conversation. Null comes first."""
    ties = [(value is not None, value or "") for value in (m.message_id, m.agent_id, m.text)]
    return m.sent_at, SENDERS.index(m.sender), *ties


def clock(messages: Iterable[Message], zone_of: Mapping[str, str], params: Params = Params(), presence: Iterable[Span] = ()) -> list[Row]:
    """One row for each message that is left after deduplication, by shop, buyer and order. Shops without a zone are in Asia/Shanghai."""
    conversations: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for m in deduplicated(messages):
        conversations[m.shop_id, m.buyer_id].append(m)
    rows = []
    for (shop, _), conversation in sorted(conversations.items()):
        conversation.sort(key=place)
        zone = ZoneInfo(zone_of.get(shop, "Asia/Shanghai"))
        online = [span for span in map(_utc, presence) if span.shop_id == shop]
        rows += [_row(conversation, at, zone, params, online) for at in range(len(conversation))]
    return rows


def _utc(span: Span) -> Span:
    return replace(span, online_at=span.online_at.astimezone(UTC), offline_at=span.offline_at and span.offline_at.astimezone(UTC))


def _nobody_on_duty(moment: datetime, zone: ZoneInfo, online: Iterable[Span]) -> bool:
    """Whether the shop has a record of who was online on the moment's local day, and by it nobody was at that moment."""
    today = datetime.combine(moment.astimezone(zone).date(), time(), zone).astimezone(UTC)
    tomorrow = datetime.combine(moment.astimezone(zone).date() + timedelta(days=1), time(), zone).astimezone(UTC)
    there = []
    for span in online:
        came = span.online_at.astimezone(zone).date()
        end_of_day = datetime.combine(came + timedelta(days=1), time(), zone).astimezone(UTC)
        left = end_of_day if span.offline_at is None else span.offline_at
        if max(span.online_at, today) < min(left, tomorrow):
            there.append((span.online_at, left))
    return bool(there) and not any(came <= moment < left for came, left in there)


def _row(conversation: Sequence[Message], at: int, zone: ZoneInfo, params: Params, online: Sequence[Span] = ()) -> Row:
    def day(of: Message) -> date:
        return of.sent_at.astimezone(zone).date()

    def is_human(of: Message) -> bool:
        return of.sender in params.human_senders

    def in_time(answer: Message) -> bool:
        if params.reply_within_hours is None:
            return day(answer) == day(m)
        return answer.sent_at <= m.sent_at + timedelta(hours=params.reply_within_hours)

    m, later = conversation[at], conversation[at + 1 :]
    earlier_today = [other for other in conversation[:at] if day(other) == day(m)]
    local = m.sent_at.astimezone(zone)
    row = Row(m, local.date(), local.hour, m.sender == "buyer", is_human(m))
    if not row.is_buyer:
        return row

    decides = m.sent_at
    if params.window_by == "session_start":
        session = [o for o in conversation if o.sender == "buyer" and o.session_id == m.session_id and day(o) == day(m)]
        decides = session[0].sent_at
    then = decides.astimezone(zone)
    second = then.hour * 3600 + then.minute * 60 + then.second
    left_out = params.nobody_on_duty == "left_out" and _nobody_on_duty(decides, zone, online)

    reply = next((other for other in later if is_human(other) and in_time(other)), None)

    clears = params.bot_reply == "clears"
    before_a_human = takewhile(lambda other: not is_human(other), later)
    cleared = clears and any(other.sender == "bot" and in_time(other) for other in before_a_human)

    def ends_a_turn(other: Message) -> bool:
        return is_human(other) or (clears and other.sender == "bot")

    in_this_turn = takewhile(lambda other: not ends_a_turn(other), reversed(earlier_today))

    if reply is not None:
        responsible = reply.agent_id
    elif m.agent_id is not None:
        responsible = m.agent_id
    else:
        named = [other.agent_id for other in earlier_today if is_human(other) and other.agent_id is not None]
        responsible = named[-1] if named else None

    return replace(
        row,
        assessed=params.window[0] <= second < params.window[1] and not cleared and not left_out,
        cleared=cleared,
        turn_start=not any(other.sender == "buyer" for other in in_this_turn),
        reply=reply,
        wait_us=None if reply is None else (reply.sent_at - m.sent_at) // timedelta(microseconds=1),
        responsible=responsible,
    )


def figures(
    messages: Iterable[Message],
    zone_of: Mapping[str, str],
    params: Params = Params(),
    by: Sequence[str] = (),
    first: date | None = None,
    last: date | None = None,
    presence: Sequence[Span] = (),
) -> dict[tuple[tuple[Any, ...], str], Figure]:
    """Every figure of every group that a buyer's or a person's message of the period falls in, by (group, metric).

    A group is a tuple of values in the order of `by`. Both days are local to the shop and included; None: no limit.
    """
    rows = [
        row
        for row in clock(messages, zone_of, params, presence)
        if (row.is_buyer or row.is_human) and (first is None or row.day >= first) and (last is None or row.day <= last)
    ]

    def group_of(row: Row) -> tuple[Any, ...]:
        key = {"shop": row.message.shop_id, "agent": row.agent, "day": row.day, "hour": row.hour}
        return tuple(key[name] for name in by)

    def server(row: Row) -> str | None:
        return row.agent if "agent" in by else "anybody"

    # What a group can not see by itself: its contacts' other messages.
    buyer_wrote = {row.contact for row in rows if row.is_buyer}
    served_by = {(row.contact, server(row)) for row in rows if row.is_human and row.contact in buyer_wrote}
    first_assessed: dict[tuple[str, str, date], Row] = {}
    for row in rows:
        if row.assessed:
            first_assessed.setdefault(row.contact, row)
    first_of_session: dict[tuple[object, str | None], Row] = {}
    for row in rows:
        if row.assessed:
            first_of_session.setdefault((row.contact, row.message.session_id), row)

    out: dict[tuple[tuple[Any, ...], str], Figure] = {}
    for group in dict.fromkeys(map(group_of, rows)):
        mine = [row for row in rows if group_of(row) == group]
        assessed = [row for row in mine if row.assessed]
        turns = [row for row in assessed if row.turn_start]
        firsts = [row for row in first_assessed.values() if group_of(row) == group]
        sessions = [row for row in first_of_session.values() if group_of(row) == group]
        contacts = _split(assessed, lambda row: row.contact)
        units = {
            "message": [[row] for row in assessed],
            "turn": [[row] for row in turns],
            "contact": contacts,
            "session": _split(assessed, lambda row: (row.contact, row.message.session_id)),
        }[params.unit]
        waits = sorted(row.wait_us for row in assessed if row.wait_us is not None)
        in_served = [row for row in mine if (row.contact, server(row)) in served_by]
        texts = [row.message.text for row in mine if row.is_human and row.message.text]

        found: dict[str, Figure] = {
            "consulting_buyers": _count(contacts),
            "served_buyers": _count({row.contact for row in mine if row.is_human and row.contact in buyer_wrote}),
            "reply_rate_30s": _ratio(sum(row.within(30) for row in assessed), len(assessed)),
            "reply_rate_30s_session": _ratio(sum(row.within(30) for row in sessions), len(sessions)),
            "avg_response_seconds": _mean_wait(assessed),
            "avg_turn_response_seconds": _mean_wait(turns),
            "first_response_seconds": _mean_wait(firsts),
            "effective_reply_rate": _all_within(3600, contacts),
            "reply_rate_5min": _all_within(300, contacts),
            "reply_rate_3min": _all_within(180, units),
            "reply_rate": _ratio(sum(any(row.wait_us is not None for row in contact) for contact in contacts), len(contacts)),
            "median_response_seconds": (None, len(waits), _quantile(waits, 5)),
            "p90_response_seconds": (None, len(waits), _quantile(waits, 9)),
            "slow_replies": _count([wait for wait in waits if wait > params.slow_seconds * 1_000_000]),
            "qa_ratio": _ratio(sum(row.is_human for row in in_served), sum(row.is_buyer for row in in_served)),
            "avg_reply_chars": _ratio(sum(map(len, texts)), len(texts)),
        }
        out |= {(group, metric): found[metric] for metric in METRICS}
    return out


def _split(rows: Iterable[Row], key: Any) -> list[list[Row]]:
    parts: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        parts[key(row)].append(row)
    return list(parts.values())


def _count(things: Any) -> Figure:
    return len(things), None, len(things)


def _ratio(over: int, under: int) -> Figure:
    return over, under, over / under if under else None


def _all_within(seconds: int, units: list[list[Row]]) -> Figure:
    """The units all of whose messages were answered in time."""
    return _ratio(sum(all(row.within(seconds) for row in unit) for unit in units), len(units))


def _mean_wait(rows: Iterable[Row]) -> Figure:
    """In seconds, over the answered ones. Divided once: Python rounds the quotient of two integers correctly."""
    waits = [row.wait_us for row in rows if row.wait_us is not None]
    return sum(waits) / 1_000_000, len(waits), sum(waits) / (1_000_000 * len(waits)) if waits else None


def _quantile(waits: Sequence[int], tenths: int) -> float | None:
    """Seconds at `tenths` / 10 of the way from the first to the last of the sorted waits, on a line between neighbours."""
    if not waits:
        return None
    at, rest = divmod(tenths * (len(waits) - 1), 10)
    step = waits[at + 1] - waits[at] if rest else 0
    return (10 * waits[at] + rest * step) / 10_000_000
