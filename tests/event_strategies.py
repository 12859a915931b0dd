"""Hypothesis strategies: small nasty worlds of orders, refunds, complaints, reviews, ratings, presence and hand-entered things, and the
rules to count them under.

Few shops, buyers, agents and ids, so that they meet. A world is drawn around the instants of its messages: all else happens at one of them,
on or next to a limit's distance from it, or at a local midnight nearby. What stands first in each choice is the plainest, so that a failing
world shrinks to one that can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from reference import Message, Span
from reference_events import (
    KEYS,
    RULES,
    SCORES,
    TABLE_KEYS,
    Account,
    Agent,
    Complaint,
    Exemption,
    Leave,
    Order,
    OrderLine,
    Payment,
    Position,
    Rating,
    Refund,
    Resolution,
    Review,
    Rules,
    Score,
    Target,
    Traffic,
    World,
)

T = TypeVar("T")

ZONE_OF = {"hz": "Asia/Shanghai", "ny": "America/New_York", "akl": "Pacific/Auckland"}
PLATFORM_OF = {"hz": "taobao", "ny": "pdd", "akl": "jd"}
SHOPS = tuple(ZONE_OF)
BUYERS = ("b1", "b2", "买家3", "b4")
AGENTS = ("lin", "mo", "chen", "zhao")
ACCOUNTS = ("客服01", "客服02")
"""Accounts that may move between agents, and may belong to nobody."""

WRITERS = ("lin", "mo", *ACCOUNTS, "chen", "zhao")
"""Whom a row may name: agents and accounts."""

NEXT = {
    "buyer": ("agent", "agent", "agent", "buyer", "assisted", "bot", "system"),
    "agent": ("buyer", "buyer", "buyer", "agent", "assisted", "bot"),
}
FIRST_TO_WRITE = ("buyer", "buyer", "buyer", "buyer", "buyer", "agent", "bot")
"""Who may write next, buyers and people mostly by turns; after anybody else as after an agent."""

ORDERS = ("o1", "o2", "o3", "o4", "o5")

FIRST_DAYS = (
    date(2026, 10, 15),
    date(2026, 10, 31),  # New York sets its clocks back at the month's turn
    date(2026, 9, 26),  # Auckland sets them forward
    date(2026, 4, 4),  # and back
    date(2026, 12, 31),
)
DAY_OFFSETS = (0, 0, 0, 1, 2, 3, 16)
CLOCKS = (
    "12:00:00",
    "12:00:00",
    "12:30:00",
    "12:30:00",
    "09:00:00",
    "09:00:00",
    "08:00:00",
    "07:59:59",
    "22:59:59",
    "23:00:00",
    "23:59:59",
    "00:00:00",
    "01:30:00",
    "02:30:00",
    "12:00:00.000001",
)
HOURS = tuple(timedelta(hours=hours) for hours in (0, 0, 0, 1, 1, 1, 24, 24, 48, 72, 360, 720))
"""The distances at which some rule draws a line, 15 and 30 days among them, and short ones, at which things meet."""

OFF_BY = (timedelta(0), timedelta(0), timedelta(0), timedelta(seconds=1), timedelta(seconds=-1))
STEPS = tuple(timedelta(seconds=seconds) for seconds in (30, 30, 0, 1, 600, 3600, 12 * 3600, 24 * 3600, 24 * 3600))
MONEY = tuple(Decimal(yuan) for yuan in ("100.00", "0.01", "33.35", "0.00", "0.02", "199.99"))
WINDOWS = ((8 * 3600, 23 * 3600), (8 * 3600, 23 * 3600), (0, 86_400), (0, 86_400), (12 * 3600, 13 * 3600))


def _local(shop: str, day: date, clock: str = "00:00:00") -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(ZONE_OF[shop])).astimezone(UTC)


def _day(shop: str, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(ZONE_OF[shop])).date()


def _maybe(choice: Sequence[T]) -> SearchStrategy[T | None]:
    return st.sampled_from((*choice, None))


def _seldom(choice: Sequence[T]) -> SearchStrategy[T | None]:
    return st.sampled_from((*(3 * len(choice) * (None,)), *choice))


def _often(choice: Sequence[T]) -> SearchStrategy[T | None]:
    return st.sampled_from((*choice, *choice, None, *choice))


# Chats


_LINES = st.tuples(st.integers(0, 41), _maybe(WRITERS), _seldom(AGENTS), st.sampled_from(STEPS))
"""Which of those who may write next, who that is, whom the row of a buyer names, and the step to the next line."""


@st.composite
def _chats(draw: st.DrawFn, first_day: date, shops: Sequence[str], buyers: Sequence[str]) -> list[Message]:
    """Some lines of one conversation, or none, mostly by turns, each a step after the one before."""
    shop, buyer = draw(st.sampled_from(shops)), draw(st.sampled_from(buyers))
    at = _local(shop, first_day + timedelta(days=draw(st.sampled_from(DAY_OFFSETS))), draw(st.sampled_from(CLOCKS)))
    found: list[Message] = []
    # Lines as a list of independent draws, so that any of them can be dropped when shrinking.
    for nth, writer, receiver, step in draw(st.lists(_LINES, max_size=7)):
        senders = NEXT.get(found[-1].sender, NEXT["agent"]) if found else FIRST_TO_WRITE
        sender = senders[nth % len(senders)]
        found.append(Message(shop, buyer, at, sender, receiver if sender == "buyer" else writer))
        at += step
    return found


# Instants near what was said

Anchor = tuple[str, str, datetime]
"""Shop, buyer and an instant at which something was said."""


def _near(anchor: Anchor, *, later: bool = False) -> SearchStrategy[datetime]:
    """An instant at, or a limit's distance from, an anchor, or at a local midnight around it; `later`: not before it."""
    shop, _, at = anchor
    distances = st.builds(
        lambda step, off, sign: at + sign * step + off,
        st.sampled_from(HOURS),
        st.sampled_from(OFF_BY),
        st.just(1) if later else st.sampled_from((1, 1, -1)),
    )
    day = _day(shop, at)
    midnights = st.builds(
        lambda days, off: _local(shop, day + timedelta(days=days)) + off,
        st.sampled_from((1, 3, 2) if later else (0, 1, 3, -2)),
        st.sampled_from(OFF_BY),
    )
    made = st.one_of(distances, distances, midnights)
    return made.map(lambda moment: max(moment, at)) if later else made


def _sometimes(moments: SearchStrategy[datetime]) -> SearchStrategy[datetime | None]:
    return moments | st.none()


# Orders and what tells of them


@st.composite
def _orders(draw: st.DrawFn, anchors: Sequence[Anchor], answers: Sequence[Anchor]) -> Order:
    """Unpaid, paid, only grouped, or both; at the instant of a message or near one. The buyer is now and then hidden, or another's."""
    anchor = draw(st.sampled_from(answers or anchors) | st.sampled_from(anchors))
    shop, buyer, _ = anchor
    created = draw(_near(anchor, later=True) | _near(anchor))
    then = (shop, buyer, created)
    paid = draw(st.one_of(st.just(created), _near(anchor, later=True), _near(then, later=True), st.none()))
    paid = paid and max(paid, created)
    grouped = draw(st.none() | _near(then, later=True) | st.just(paid))
    return Order(
        shop,
        draw(st.sampled_from(ORDERS)),
        draw(st.sampled_from((*(9 * (buyer,)), *BUYERS[:2], None))),
        draw(_seldom(WRITERS)),
        created,
        paid,
        grouped,
        draw(_maybe(MONEY)),
        draw(st.sampled_from((None, None, *MONEY))),
        draw(st.sampled_from((1, 3, None))),
    )


@st.composite
def _order_lines(draw: st.DrawFn, anchors: Sequence[Anchor], shops: Sequence[tuple[str, str]]) -> OrderLine:
    """A line of an order that has a row of its own, or of one known by its lines alone."""
    anchor = draw(st.sampled_from(anchors))
    shop, order = draw(st.sampled_from((*shops, (anchor[0], "o9"))))
    created = draw(_sometimes(_near(anchor)))
    return OrderLine(
        shop,
        order,
        draw(st.sampled_from(("1", "2", "3"))),
        draw(_often((anchor[1],))),
        draw(_seldom(WRITERS)),
        created,
        draw(_sometimes(_near(anchor))),
        draw(st.sampled_from((None, *MONEY))),
        draw(_maybe(MONEY)),
        draw(st.sampled_from((None, *MONEY))),
        draw(st.sampled_from((1, 2, None))),
    )


@st.composite
def _payments(draw: st.DrawFn, anchors: Sequence[Anchor], shops: Sequence[tuple[str, str]]) -> Payment:
    anchor = draw(st.sampled_from(anchors))
    shop, order = draw(st.sampled_from((*shops, (anchor[0], "o8"))))
    number = draw(st.sampled_from(("1", "2")))
    return Payment(shop, order, number, draw(_sometimes(_near(anchor))), draw(st.sampled_from(MONEY)))


@st.composite
def _of_an_order(draw: st.DrawFn, anchors: Sequence[Anchor], known: Sequence[Order]) -> tuple[Anchor, str | None, str | None]:
    """An instant to be near to, an order that may be known, unknown or not named, and a buyer, who may not be named either."""
    if known and draw(st.booleans()):
        order = draw(st.sampled_from(known))
        assert order.created_at is not None
        anchor = (order.shop_id, order.buyer_id or "b1", order.paid_at or order.created_at)
        return anchor, order.order_id, draw(st.sampled_from((order.buyer_id, None)))
    anchor = draw(st.sampled_from(anchors))
    return anchor, draw(st.sampled_from((None, None, *ORDERS))), draw(_often((anchor[1],)))


@st.composite
def _refunds(draw: st.DrawFn, anchors: Sequence[Anchor], known: Sequence[Order]) -> Refund:
    anchor, order, buyer = draw(_of_an_order(anchors, known))
    applied = draw(_near(anchor, later=True))
    return Refund(
        anchor[0],
        draw(st.sampled_from(("r1", "r2", "r3", "r4"))),
        applied,
        order,
        buyer,
        draw(_seldom(WRITERS)),
        draw(_sometimes(_near((anchor[0], "", applied), later=True))),
        draw(_maybe(MONEY)),
        draw(_maybe(("refund_only", "return_refund", "exchange"))),
        draw(st.sampled_from(("success", "success", "closed", "pending", None))),
        draw(st.sampled_from((True, True, True, False, None))),
        draw(st.sampled_from((True, True, True, False, None))),
    )


@st.composite
def _complaints(draw: st.DrawFn, anchors: Sequence[Anchor], known: Sequence[Order]) -> Complaint:
    anchor, order, buyer = draw(_of_an_order(anchors, known))
    return Complaint(
        anchor[0],
        draw(st.sampled_from(("c1", "c2", "c3", "c4"))),
        draw(_near(anchor)),
        buyer,
        order,
        draw(_seldom(WRITERS)),
        draw(st.sampled_from((True, True, False, None))),
        draw(st.sampled_from((None, "未按时发货", "客服辱骂买家", "Abusive language", "服务态度差"))),
    )


@st.composite
def _reviews(draw: st.DrawFn, anchors: Sequence[Anchor], known: Sequence[Order]) -> Review:
    """First stars and revised ones on either side of what is bad and good; followed up on the last instant in time, or just after."""
    anchor, order, buyer = draw(_of_an_order(anchors, known))
    at = draw(_near(anchor))
    then = (anchor[0], "", at)
    return Review(
        anchor[0],
        draw(st.sampled_from(("v1", "v2", "v3"))),
        at,
        order,
        buyer,
        draw(_seldom(WRITERS)),
        draw(st.sampled_from((3, 1, 4, 5, None))),
        draw(_sometimes(_near(then, later=True))),
        draw(_sometimes(_near(then, later=True))),
        draw(st.sampled_from((None, 4, 5, 3))),
    )


@st.composite
def _ratings(draw: st.DrawFn, anchors: Sequence[Anchor]) -> Rating:
    """Invited only, rated only, both, on one day or over midnight, or without any time."""
    anchor = draw(st.sampled_from(anchors))
    return Rating(
        anchor[0],
        draw(st.sampled_from(("t1", "t2", "t3"))),
        draw(st.sampled_from((anchor[1], anchor[1], *BUYERS))),
        draw(_seldom(WRITERS)),
        draw(_sometimes(_near(anchor))),
        draw(_sometimes(_near(anchor))),
        draw(st.sampled_from((4, 3, 5, None))),
    )


@st.composite
def _resolutions(draw: st.DrawFn, anchors: Sequence[Anchor]) -> Resolution:
    shop, buyer, at = draw(st.sampled_from(anchors))
    return Resolution(shop, buyer, _day(shop, at), draw(st.booleans()))


@st.composite
def _presence(draw: st.DrawFn, anchors: Sequence[Anchor]) -> Span:
    """Spans that overlap, have no length or no end, go over midnights, or are of two shops at once."""
    anchor = draw(st.sampled_from(anchors))
    start = draw(_near(anchor))
    length = draw(st.sampled_from((1800, 0, 1, 3600, 12 * 3600, 26 * 3600, None)))
    shop = draw(st.sampled_from((anchor[0], *SHOPS)))
    return Span(shop, draw(st.sampled_from(WRITERS)), start, None if length is None else start + timedelta(seconds=length))


# What is entered by hand


def _days(first_day: date) -> SearchStrategy[date]:
    return st.sampled_from([first_day + timedelta(days=days) for days in (0, 1, 2, 3, 16, -1)])


def _scores(first_day: date) -> SearchStrategy[Score]:
    return st.builds(
        Score,
        st.sampled_from((*SCORES[:1], *SCORES)),
        _days(first_day),
        st.sampled_from((100.0, 0.0, 59.5, 0.95)),
        _maybe(SHOPS),
        _maybe(AGENTS),
        _maybe(("wu", "chen")),
    )


def _targets(first_day: date) -> SearchStrategy[Target]:
    months = sorted({f"{first_day + timedelta(days=days):%Y-%m}" for days in (-1, 0, 16, 30)})
    return st.builds(
        Target,
        st.sampled_from(months),
        st.sampled_from(("sales_amount", "sales_amount", "reply_rate_30s")),
        st.sampled_from((100.0, 0.0, 66.7)),
        _maybe(SHOPS),
        _maybe(AGENTS),
    )


@st.composite
def _traffic(draw: st.DrawFn, days: Sequence[tuple[str, date]]) -> Traffic:
    """A day of a shop on which something was said, or one soon after."""
    shop, day = draw(st.sampled_from(days))
    day += timedelta(days=draw(st.sampled_from((0, 0, 1, 2))))
    return Traffic(shop, day, draw(st.sampled_from((10, 10, 10, 0, 1, None))), draw(_maybe(MONEY)), draw(_maybe(MONEY)))


def _exemptions(first_day: date) -> SearchStrategy[Exemption]:
    return st.builds(
        lambda day, length, platform, shop, covers: Exemption(
            day, None if length is None else day + timedelta(days=length), platform, shop, covers
        ),
        _days(first_day),
        st.sampled_from((None, 0, 2)),
        st.sampled_from((None, *PLATFORM_OF.values())),
        _maybe(SHOPS),
        st.sampled_from(("all", "response", None)),
    )


def _leaves(first_day: date) -> SearchStrategy[Leave]:
    return st.builds(
        lambda agent, day, length: Leave(agent, day, None if length is None else day + timedelta(days=length)),
        st.sampled_from(AGENTS),
        _days(first_day),
        st.sampled_from((None, 0, 2)),
    )


def _accounts(first_day: date) -> SearchStrategy[Account]:
    """Owned from the beginning or from a day, up to a day or still; two agents' spans may touch, overlap or leave a gap."""
    limits = st.none() | _days(first_day)
    return st.builds(
        lambda shop, account, agent, start, end: Account(
            shop, account, agent, start, end if start is None or end is None else max(start, end)
        ),
        st.sampled_from(SHOPS),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(AGENTS),
        limits,
        limits,
    )


def _agents() -> SearchStrategy[list[Agent]]:
    """Some of the cast, with a team and a role or without."""
    return st.lists(
        st.builds(Agent, st.sampled_from(AGENTS), _maybe(("一组", "二组")), _maybe(("presale", "aftersale"))),
        max_size=4,
        unique_by=lambda agent: agent.agent_id,
    )


def _positions(first_day: date) -> SearchStrategy[Position]:
    """A change of role, of group or of both, on or around the days of the chats."""
    return st.builds(Position, st.sampled_from(AGENTS), _days(first_day), _maybe(("presale", "aftersale")), _maybe(("一组", "二组")))


# Worlds


@st.composite
def worlds(draw: st.DrawFn, *, again: bool = False, max_chats: int = 4) -> World:
    """A world of up to `max_chats` stretches of chat and a few rows of every other table, most of them often empty.

    `again`: a key may stand in several rows, of which the last one holds. Without it every key of every table is there once. Shops are
    those of `ZONE_OF` and `PLATFORM_OF`; instants are in UTC, and mostly whole seconds.
    """
    first_day = draw(st.sampled_from(FIRST_DAYS))
    shops, buyers = SHOPS[: draw(st.integers(1, 3))], BUYERS[: draw(st.integers(1, 4))]
    messages = [message for chat in draw(st.lists(_chats(first_day, shops, buyers), min_size=1, max_size=max_chats)) for message in chat]
    anchors: list[Anchor] = [(m.shop_id, m.buyer_id, m.sent_at) for m in messages] or [("hz", "b1", _local("hz", first_day, "12:00:00"))]

    answers = [(m.shop_id, m.buyer_id, m.sent_at) for m in messages if m.sender in ("agent", "assisted")]
    days = sorted({(m.shop_id, _day(m.shop_id, m.sent_at)) for m in messages}) or [("hz", first_day)]

    def rows(table: str, row: SearchStrategy[T], most: int) -> list[T]:
        def key(one: Any) -> tuple[Any, ...]:
            return tuple(getattr(one, column) for column in TABLE_KEYS[table])

        return draw(st.lists(row, max_size=most, unique_by=None if again else key))

    orders = rows("orders", _orders(anchors, answers), 5)
    placed = [(order.shop_id, order.order_id) for order in orders]
    return World(
        messages,
        orders,
        rows("order_lines", _order_lines(anchors, placed), 3),
        rows("payments", _payments(anchors, placed), 2),
        rows("refunds", _refunds(anchors, orders), 3),
        rows("complaints", _complaints(anchors, orders), 3),
        rows("reviews", _reviews(anchors, orders), 3),
        rows("ratings", _ratings(anchors), 3),
        rows("resolutions", _resolutions(anchors), 2),
        rows("presence", _presence(anchors), 4),
        rows("scores", _scores(first_day), 3),
        rows("targets", _targets(first_day), 3),
        rows("traffic", _traffic(days), 4),
        rows("exemptions", _exemptions(first_day), 1),
        rows("leaves", _leaves(first_day), 2),
        rows("accounts", _accounts(first_day), 3),
        draw(_agents()),
        rows("positions", _positions(first_day), 3),
    )


def packs() -> SearchStrategy[Rules]:
    """Any combination of what packs may choose, for the shops of these worlds. The first of each choice is the default."""
    return st.builds(
        Rules,
        window=st.sampled_from(WINDOWS),
        human_senders=st.sampled_from((("assisted", "agent"), ("agent",))),
        bot_reply=st.sampled_from(("ignored", "clears")),
        reply_within_hours=st.sampled_from((None, 1, 24)),
        aftersale_days=st.sampled_from((15, 0, 1)),
        credit_days=st.sampled_from((3, 1, 2)),
        conversion_days=st.sampled_from((3, 1, 2)),
        conversion_hours=st.sampled_from((None, 72, 24)),
        credit=st.sampled_from(RULES),
        order_event=st.sampled_from(("paid_at", "grouped_at", "created_at")),
        timezone_of=st.just(ZONE_OF),
        platform_of=st.just(PLATFORM_OF),
    )


def groupings() -> SearchStrategy[tuple[str, ...]]:
    """Any set of keys to group by, in their order, from none upward; small ones more often."""
    by_size = [list(combinations(KEYS, size)) for size in range(len(KEYS) + 1)]
    return st.one_of(*(st.sampled_from(keys) for keys in by_size[:4]), st.sampled_from([keys for some in by_size[4:] for keys in some]))


def periods(world: World) -> SearchStrategy[tuple[date, date]]:
    """First and last day to count, both included, on or around the days on which something happens; the first not after the last."""
    happened = {
        moment.date() + timedelta(days=days)
        for f in fields(world)
        for row in getattr(world, f.name)
        for moment in vars(row).values()
        if isinstance(moment, datetime)
        for days in (-1, 0, 1)
    } | {row.scored_on for row in world.scores}
    near = sorted(happened | {row.day for row in world.traffic}) or [FIRST_DAYS[0]]
    whole = st.just((near[0], near[-1]))
    return whole | st.tuples(st.sampled_from(near), st.sampled_from(near)).map(lambda days: (min(days), max(days)))
