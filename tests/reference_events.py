"""The judge of orders, after-sale, quality and presence: SEMANTICS §5 and §6 and the counting rules 22 to 49 once more in plain Python.

Slow and obvious: lists, one function per figure or topic, exact numbers. Nothing here is shared with `kaohe`. A `World` is what the tables
hold, `Rules` what packs and shops say of it, a `Case` both with what every topic needs to know. `figures` gives every figure of every
group, `order_credits` whose each order is, `contacts` what became of each contact. The clock is the judge's of replies, in `reference`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import sqrt
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from reference import Message, Params, Row, Span, clock, deduplicated, place

T = TypeVar("T")
Number = int | Fraction | Decimal
Figure = tuple[Number, Number | None]
"""Numerator and denominator; None: the figure is a count or a sum. Over a denominator of 0 there is no value."""

CreditRule = Literal["last_before_pay", "last_before_order", "most_turns", "first", "even"]
RULES: tuple[CreditRule, ...] = ("last_before_pay", "last_before_order", "most_turns", "first", "even")
OrderEvent = Literal["paid_at", "grouped_at", "created_at"]

KEYS = ("shop", "platform", "agent", "group", "role", "day", "hour")
PEOPLE = ("agent", "group", "role")
SHOP_ONLY = ("shop", "platform", "day")
NO_HOUR = ("shop", "platform", "agent", "group", "role", "day")

TRAILING = timedelta(days=30)
SERVED_BEFORE = timedelta(days=30)
URGED_WITHIN, URGE_WORKS_WITHIN = timedelta(hours=72), timedelta(hours=24)
RESOLVED_AFTER = timedelta(hours=72)
FOLLOW_UP_WITHIN = timedelta(hours=48)
FEN = Decimal("0.01")


# What the tables hold. Columns are called as there; instants are aware.


@dataclass(frozen=True)
class Order:
    shop_id: str
    order_id: str
    buyer_id: str | None = None
    agent_id: str | None = None
    created_at: datetime | None = None
    paid_at: datetime | None = None
    grouped_at: datetime | None = None
    amount: Decimal | None = None
    refunded_amount: Decimal | None = None
    quantity: int | None = None


@dataclass(frozen=True)
class OrderLine:
    shop_id: str
    order_id: str
    line_id: str
    buyer_id: str | None = None
    agent_id: str | None = None
    created_at: datetime | None = None
    paid_at: datetime | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    refunded_amount: Decimal | None = None
    quantity: int | None = None


@dataclass(frozen=True)
class Payment:
    shop_id: str
    order_id: str
    payment_id: str
    paid_at: datetime | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Refund:
    shop_id: str
    refund_id: str
    applied_at: datetime
    order_id: str | None = None
    buyer_id: str | None = None
    agent_id: str | None = None
    completed_at: datetime | None = None
    amount: Decimal | None = None
    type: str | None = None
    status: str | None = None
    platform_intervened: bool | None = None
    merchant_liable: bool | None = None


@dataclass(frozen=True)
class Complaint:
    shop_id: str
    complaint_id: str
    filed_at: datetime
    buyer_id: str | None = None
    order_id: str | None = None
    agent_id: str | None = None
    upheld: bool | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Review:
    shop_id: str
    review_id: str
    reviewed_at: datetime
    order_id: str | None = None
    buyer_id: str | None = None
    agent_id: str | None = None
    stars: int | None = None
    followed_up_at: datetime | None = None
    revised_at: datetime | None = None
    revised_stars: int | None = None


@dataclass(frozen=True)
class Rating:
    shop_id: str
    rating_id: str
    buyer_id: str
    agent_id: str | None = None
    invited_at: datetime | None = None
    rated_at: datetime | None = None
    stars: int | None = None


@dataclass(frozen=True)
class Resolution:
    shop_id: str
    buyer_id: str
    day: date
    resolved: bool


@dataclass(frozen=True)
class Score:
    """A result. Without a shop it is of all, without an agent the shop's or the team's. The agent is a person and no account."""

    metric: str
    scored_on: date
    score: float
    shop_id: str | None = None
    agent_id: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Target:
    """`month` as `2026-11`. The agent is a person and no account."""

    month: str
    metric: str
    target: float
    shop_id: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True)
class Traffic:
    shop_id: str
    day: date
    visitors: int | None = None
    ad_spend: Decimal | None = None
    ad_sales: Decimal | None = None


@dataclass(frozen=True)
class Exemption:
    first_day: date
    last_day: date | None = None
    platform: str | None = None
    shop_id: str | None = None
    covers: str | None = None
    reason: str = "系统故障"


@dataclass(frozen=True)
class Leave:
    agent_id: str
    first_day: date
    last_day: date | None = None


@dataclass(frozen=True)
class Account:
    shop_id: str
    account: str
    agent_id: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Agent:
    agent_id: str
    group: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Position:
    """Somebody's role and group from a day on; what is not said stays as it was."""

    agent_id: str
    valid_from: date
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class World:
    """The rows of every table, as they were given: later rows of a key replace earlier ones. `presence` are the spans of `reference`."""

    messages: list[Message] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    order_lines: list[OrderLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    resolutions: list[Resolution] = field(default_factory=list)
    presence: list[Span] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    traffic: list[Traffic] = field(default_factory=list)
    exemptions: list[Exemption] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)


TABLE_KEYS: Mapping[str, tuple[str, ...]] = {
    "orders": ("shop_id", "order_id"),
    "order_lines": ("shop_id", "order_id", "line_id"),
    "payments": ("shop_id", "order_id", "payment_id"),
    "refunds": ("shop_id", "refund_id"),
    "complaints": ("shop_id", "complaint_id"),
    "reviews": ("shop_id", "order_id", "review_id"),
    "ratings": ("shop_id", "rating_id"),
    "resolutions": ("shop_id", "buyer_id", "day"),
    "presence": ("shop_id", "agent_id", "online_at"),
    "scores": ("shop_id", "agent_id", "metric", "scored_on", "by"),
    "targets": ("month", "shop_id", "agent_id", "metric"),
    "traffic": ("shop_id", "day"),
    "exemptions": ("platform", "shop_id", "first_day", "last_day", "covers"),
    "leaves": ("agent_id", "first_day", "last_day"),
    "accounts": ("shop_id", "account", "valid_from"),
    "agents": ("agent_id",),
    "positions": ("agent_id", "valid_from"),
}


def kept(world: World) -> World:
    """One row for each key, the last one given, instants in UTC. Python subtracts two times of one zone by the wall clock."""
    tables: dict[str, Any] = {"messages": deduplicated(world.messages)}
    for name, key in TABLE_KEYS.items():
        rows = [_utc(row) for row in getattr(world, name)]
        tables[name] = list({tuple(getattr(row, column) for column in key): row for row in rows}.values())
    return World(**tables)


def _utc(row: Any) -> Any:
    instants = {f.name: getattr(row, f.name) for f in fields(row) if isinstance(getattr(row, f.name), datetime)}
    return replace(row, **{name: instant.astimezone(UTC) for name, instant in instants.items()})


@dataclass(frozen=True)
class Rules:
    """What packs may choose, and what the shops are. `window` is in seconds of the local day, the start included, the end not.

    Shops not named are in Asia/Shanghai and generic. `own` are the packs of shops that are not judged by this one; only what a pack holds
    is read of them.
    """

    window: tuple[int, int] = (8 * 3600, 23 * 3600)
    human_senders: tuple[str, ...] = ("assisted", "agent")
    bot_reply: Literal["ignored", "clears"] = "ignored"
    reply_within_hours: int | None = None
    window_by: Literal["message", "session_start"] = "message"
    nobody_on_duty: Literal["counts", "left_out"] = "counts"
    aftersale_days: int = 15
    credit_days: int = 3
    conversion_days: int = 3
    conversion_hours: int | None = None
    credit: CreditRule = "last_before_pay"
    order_event: OrderEvent = "paid_at"
    timezone_of: Mapping[str, str] = field(default_factory=dict)
    platform_of: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Rules] = field(default_factory=dict)

    def of(self, shop: str) -> Rules:
        return self.own.get(shop, self)

    def clock(self) -> Params:
        return Params(
            window=self.window,
            human_senders=self.human_senders,
            reply_within_hours=self.reply_within_hours,
            bot_reply=self.bot_reply,
            window_by=self.window_by,
            nobody_on_duty=self.nobody_on_duty,
        )


# What every topic needs to know.


@dataclass(frozen=True)
class Spot:
    """Where a thing is counted: in which shop, for whom, on which local day, in which hour. Nothing: it belongs to none."""

    shop: str | None
    agent: str | None
    day: date
    hour: int | None = None


@dataclass(frozen=True)
class Asked:
    """A grouping, any of `KEYS`, and a period of local days, both included."""

    by: tuple[str, ...]
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def by_people(self) -> bool:
        return any(name in PEOPLE for name in self.by)


@dataclass(frozen=True)
class Deal:
    """One order, whichever of its tables tell of it (rule 22). `paid` is its moment of payment, `event` when it counts as done."""

    shop: str
    id: str
    buyer: str | None
    agent: str | None
    created: datetime | None
    paid: datetime | None
    event: datetime | None
    amount: Decimal
    refunded: Decimal
    quantity: int

    @property
    def customer(self) -> tuple[str, ...]:
        """Whom to count when buyers are counted: an order whose buyer is hidden stands for one."""
        return (self.shop, "order", self.id) if self.buyer is None else (self.shop, "buyer", self.buyer)


@dataclass(frozen=True)
class Credit:
    """Whose an order is. `shares` add up to one and their amounts to the order's; nobody's share stands under None.

    `how`: `chat`, by who wrote; `row`, by the agent on the order's own row; `silent`, nobody wrote; `unknown`, nobody knows who did.
    """

    how: Literal["chat", "row", "silent", "unknown"]
    shares: tuple[tuple[str | None, Fraction, Decimal], ...]
    helpers: tuple[str, ...] = ()

    @property
    def owner(self) -> str | None:
        """The one of the largest share; of equal ones he who wrote last. None: nobody."""
        return max(self.shares, key=lambda share: share[1])[0]


@dataclass(frozen=True)
class Contact:
    """A buyer in a shop on a local day with an assessed message. `began`: when the first was sent; `cells`: agent and hour of each."""

    shop: str
    buyer: str
    day: date
    began: datetime
    cells: tuple[tuple[str | None, int], ...]
    aftersale: bool

    @property
    def key(self) -> tuple[str, str, date]:
        return self.shop, self.buyer, self.day


class Case:
    """A world under rules, with what every topic needs. Nothing here is a figure."""

    def __init__(self, world: World, rules: Rules = Rules()):
        self.world, self.rules = kept(world), rules

    # Time and people

    def zone(self, shop: str) -> ZoneInfo:
        return ZoneInfo(self.rules.timezone_of.get(shop, "Asia/Shanghai"))

    def day(self, shop: str, moment: datetime) -> date:
        return moment.astimezone(self.zone(shop)).date()

    def hour(self, shop: str, moment: datetime) -> int:
        return moment.astimezone(self.zone(shop)).hour

    def midnight(self, shop: str, day: date) -> datetime:
        """The first instant of a local day."""
        return datetime.combine(day, time(), self.zone(shop)).astimezone(UTC)

    def spot(self, shop: str, agent: str | None, moment: datetime) -> Spot:
        return Spot(shop, agent, self.day(shop, moment), self.hour(shop, moment))

    def person(self, shop: str, account: str | None, day: date) -> str | None:
        """Who owned an account on a day; of spans that overlap the one that began last. An account nobody owns is a person of its own."""
        owned = [
            row
            for row in self.world.accounts
            if (row.shop_id, row.account) == (shop, account)
            and (row.valid_from is None or row.valid_from <= day)
            and (row.valid_to is None or day <= row.valid_to)
        ]
        return max(owned, key=lambda row: row.valid_from or date.min).agent_id if owned else account

    # Groups

    def stood(self, agent: str | None, day: date) -> Agent:
        """Role and group of somebody on a day (rule 56); neither for who is nobody or not in the roster."""
        known = next((one for one in self.world.agents if one.agent_id == agent), None)
        if known is None:
            return Agent("")
        for row in sorted(self.world.positions, key=lambda row: row.valid_from):
            if row.agent_id == agent and row.valid_from <= day:
                known = Agent(known.agent_id, row.group or known.group, row.role or known.role)
        return known

    def group(self, spot: Spot, by: Sequence[str]) -> tuple[Any, ...]:
        known = self.stood(spot.agent, spot.day)
        value = {
            "shop": spot.shop,
            "platform": self.platform(spot.shop),
            "agent": spot.agent,
            "group": known.group,
            "role": known.role,
            "day": spot.day,
            "hour": spot.hour,
        }
        return tuple(value[name] for name in by)

    def platform(self, shop: str | None) -> str | None:
        return None if shop is None else self.rules.platform_of.get(shop, "generic")

    def crew(self, agent: str | None, by: Sequence[str], day: date) -> tuple[Any, ...]:
        """What of a group is about people: the agent, his group, his role on a day, as far as the grouping asks."""
        return self.group(Spot(None, agent, day), [name for name in by if name in PEOPLE])

    def is_exempt(self, shop: str | None, day: date, covers: str = "all") -> bool:
        """Whether a shop is left out of everything (`all`) or of replies (`response`, which `all` is too). No shop: of all shops."""
        return any(
            (row.shop_id == shop if row.shop_id is not None else row.platform in (None, self.platform(shop)))
            and row.first_day <= day <= (row.last_day or row.first_day)
            and (row.covers == "all" or covers == "response")
            for row in self.world.exemptions
        )

    def is_on_leave(self, agent: str | None, day: date) -> bool:
        return any(row.agent_id == agent and row.first_day <= day <= (row.last_day or row.first_day) for row in self.world.leaves)

    def grouped(self, asked: Asked, things: Iterable[tuple[Spot, T]]) -> dict[tuple[Any, ...], list[T]]:
        """The things of the period by group; those of exempt days are left out (rule 47)."""
        found: dict[tuple[Any, ...], list[T]] = defaultdict(list)
        for spot, thing in things:
            if asked.first <= spot.day <= asked.last and not self.is_exempt(spot.shop, spot.day):
                found[self.group(spot, asked.by)].append(thing)
        return dict(found)

    def trailing(self, asked: Asked, things: Iterable[tuple[Spot, T]]) -> dict[tuple[Any, ...], list[T]]:
        """The things of the 30 days that end on the period's last day; by day, of those that end on each of its days (rule 38)."""
        found: dict[tuple[Any, ...], list[T]] = defaultdict(list)
        for spot, thing in things:
            for end in asked.days if "day" in asked.by else [asked.last]:
                if end - TRAILING < spot.day <= end and not self.is_exempt(spot.shop, spot.day):
                    # Each with the role of its own day, on the day that looks back at it.
                    group = dict(zip(asked.by, self.group(spot, asked.by), strict=True))
                    found[tuple(end if name == "day" else group[name] for name in asked.by)].append(thing)
        return dict(found)

    # Messages

    @cached_property
    def conversations(self) -> dict[tuple[str, str], list[Message]]:
        found: dict[tuple[str, str], list[Message]] = defaultdict(list)
        for message in sorted(self.world.messages, key=place):
            found[message.shop_id, message.buyer_id].append(message)
        return dict(found)

    def is_human(self, message: Message) -> bool:
        return message.sender in self.rules.of(message.shop_id).human_senders

    def spoken(self, shop: str, buyer: str | None) -> list[Message]:
        """What people wrote to a buyer, in order."""
        return [] if buyer is None else [m for m in self.conversations.get((shop, buyer), []) if self.is_human(m)]

    def author(self, message: Message) -> str | None:
        return self.person(message.shop_id, message.agent_id, self.day(message.shop_id, message.sent_at))

    @cached_property
    def rows(self) -> list[Row]:
        """What the clock says of every message, each shop's by its own pack."""
        found = []
        for shop in sorted({m.shop_id for m in self.world.messages}):
            said = [m for m in self.world.messages if m.shop_id == shop]
            found += clock(said, {shop: self.zone(shop).key}, self.rules.of(shop).clock(), self.world.presence)
        return found

    def responsible(self, row: Row) -> str | None:
        return self.person(row.message.shop_id, row.responsible, row.day)

    # Orders

    @cached_property
    def deals(self) -> list[Deal]:
        return one_orders(self)

    def deal(self, shop: str, order: str | None) -> Deal | None:
        return next((deal for deal in self.deals if (deal.shop, deal.id) == (shop, order)), None)

    @cached_property
    def own_credits(self) -> dict[tuple[str, str], Credit]:
        """Whose each order is by the pack of its shop."""
        found = {(deal.shop, deal.id): credit(self, deal) for deal in self.deals}
        return {key: given for key, given in found.items() if given is not None}

    def tells(self, shop: str) -> bool:
        """Whether a shop's orders tell who came to buy and who bought: one at least names its buyer, or there are no orders at all."""
        return not self.deals or any(deal.shop == shop and deal.buyer is not None for deal in self.deals)

    @cached_property
    def contacts(self) -> list[Contact]:
        return judged_contacts(self)


# Orders (rule 22)


def one_orders(case: Case) -> list[Deal]:
    """Every order `orders` or `order_lines` tells of; a payment of neither is no order. What its own row leaves empty comes from its lines: sums, and the
    earliest times; failing those from its payments. One without a time of placing was placed when first heard of: when it was paid."""
    world = case.world
    keys = {(row.shop_id, row.order_id) for table in (world.orders, world.order_lines) for row in table}
    found = []
    for shop, id in sorted(keys):
        own = next((row for row in world.orders if (row.shop_id, row.order_id) == (shop, id)), Order(shop, id))
        lines = sorted((row for row in world.order_lines if (row.shop_id, row.order_id) == (shop, id)), key=lambda row: row.line_id)
        payments = [row for row in world.payments if (row.shop_id, row.order_id) == (shop, id)]

        def first(*values: T | None) -> T | None:
            return next((value for value in values if value is not None), None)

        def earliest(rows: Iterable[Any], column: str) -> datetime | None:
            return min((moment for row in rows if (moment := getattr(row, column)) is not None), default=None)

        def total(values: Iterable[T | None]) -> T | None:
            known: list[Any] = [value for value in values if value is not None]
            return sum(known[1:], known[0]) if known else None

        paid_at = first(own.paid_at, earliest(lines, "paid_at"), earliest(payments, "paid_at"))
        paid = first(paid_at, own.grouped_at)
        created = first(own.created_at, earliest(lines, "created_at"), paid)
        event = {"paid_at": paid, "grouped_at": own.grouped_at, "created_at": created}[case.rules.of(shop).order_event]
        found.append(
            Deal(
                shop,
                id,
                first(own.buyer_id, *(line.buyer_id for line in lines)),
                first(own.agent_id, *(line.agent_id for line in lines)),
                created,
                paid,
                event,
                first(own.amount, total(map(_line_amount, lines)), total(row.amount for row in payments)) or Decimal("0.00"),
                first(own.refunded_amount, total(line.refunded_amount for line in lines)) or Decimal("0.00"),
                first(own.quantity, total(_line_quantity(line) for line in lines)) or 0,
            )
        )
    return found


def _line_quantity(line: OrderLine) -> int:
    """A line that does not say how many is one article."""
    return 1 if line.quantity is None else line.quantity


def _line_amount(line: OrderLine) -> Decimal | None:
    """Exports without the amount of a line give the price of one."""
    if line.amount is None and line.unit_price is not None:
        return line.unit_price * _line_quantity(line)
    return line.amount


# Credit (rules 24 to 27)


def credit(case: Case, deal: Deal, rule: CreditRule | None = None) -> Credit | None:
    """Whose the order is by a rule, its shop's pack's unless given. None: there is no moment to ask about, it was neither paid nor done."""
    pack = case.rules.of(deal.shop)
    rule = rule or pack.credit
    moment = deal.created if rule == "last_before_order" else deal.paid or deal.event
    if moment is None:
        return None
    day = case.day(deal.shop, moment)
    spoken = [
        (message, case.author(message))
        for message in case.spoken(deal.shop, deal.buyer)
        if message.sent_at <= moment and case.day(deal.shop, message.sent_at) >= day - timedelta(days=pack.credit_days - 1)
    ]
    latest_first = list(dict.fromkeys(author for _, author in reversed(spoken) if author is not None))

    if not spoken:
        named = case.person(deal.shop, deal.agent, day)
        if named is not None:
            return Credit("row", ((named, Fraction(1), deal.amount),))
        return Credit("unknown" if deal.buyer is None else "silent", ((None, Fraction(1), deal.amount),))

    if rule in ("last_before_pay", "last_before_order"):
        owners = [author for _, author in spoken[-1:] if author is not None]
    elif rule == "first":
        owners = latest_first and [next(author for _, author in spoken if author is not None)]
    elif rule == "most_turns":
        turns = Counter(author for message, author in spoken if answers_a_turn(case, message))
        owners = [agent for agent in latest_first if turns[agent] == max(turns[other] for other in latest_first)][:1]
    else:
        owners = latest_first

    helpers = tuple(sorted(set(latest_first) - set(owners)))
    if not owners:
        return Credit("unknown", ((None, Fraction(1), deal.amount),), helpers)
    parts = split(deal.amount, len(owners))
    return Credit("chat", tuple((owner, Fraction(1, len(owners)), part) for owner, part in zip(owners, parts, strict=True)), helpers)


def answers_a_turn(case: Case, message: Message) -> bool:
    """Whether somebody of the buyer's waited that day when a person wrote this. What robots and the system say in between does not take the
    turn away, unless the pack lets a robot's answer end it (rule 5)."""
    pack = case.rules.of(message.shop_id)
    for other in reversed(case.conversations[message.shop_id, message.buyer_id]):
        if place(other) >= place(message):
            continue
        if case.day(message.shop_id, other.sent_at) != case.day(message.shop_id, message.sent_at):
            return False
        if other.sender == "buyer":
            return True
        if case.is_human(other) or (pack.bot_reply == "clears" and other.sender == "bot"):
            return False
    return False


def split(amount: Decimal, parts: int) -> list[Decimal]:
    """The amount in fen over so many, the odd fen one each to the first."""
    each, odd = divmod(int(amount / FEN), parts)
    return [(each + (n < odd)) * FEN for n in range(parts)]


def order_credits(world: World, rules: Rules = Rules(), rule: CreditRule | None = None) -> dict[tuple[str, str], Credit]:
    """Whose each order is, by (shop, order); those neither paid nor done are left out."""
    case = Case(world, rules)
    found = {(deal.shop, deal.id): credit(case, deal, rule) for deal in case.deals}
    return {key: given for key, given in found.items() if given is not None}


# Inquiries (rules 23, 28, 29)


def judged_contacts(case: Case) -> list[Contact]:
    assessed: dict[tuple[str, str, date], list[Row]] = defaultdict(list)
    for row in case.rows:
        if row.assessed:
            assessed[row.contact].append(row)
    found = []
    for (shop, buyer, day), rows in assessed.items():
        began = min(row.message.sent_at for row in rows)
        cells = tuple((case.responsible(row), row.hour) for row in rows)
        found.append(Contact(shop, buyer, day, began, cells, is_aftersale(case, shop, buyer, began)))
    return found


def is_aftersale(case: Case, shop: str, buyer: str, moment: datetime) -> bool:
    days = timedelta(days=case.rules.of(shop).aftersale_days)
    return any(
        deal.paid is not None and moment - days < deal.paid <= moment for deal in case.deals if (deal.shop, deal.buyer) == (shop, buyer)
    )


def followed_by(case: Case, contact: Contact, moment: Literal["event", "created"]) -> list[Deal]:
    """The buyer's orders done, or placed, between the contact's first assessed message and the end of its span to convert in."""
    pack = case.rules.of(contact.shop)

    def in_time(then: datetime) -> bool:
        if pack.conversion_hours is not None:
            return contact.began <= then <= contact.began + timedelta(hours=pack.conversion_hours)
        return contact.began <= then < case.midnight(contact.shop, contact.day + timedelta(days=pack.conversion_days))

    return [
        deal
        for deal in case.deals
        if (deal.shop, deal.buyer) == (contact.shop, contact.buyer) and (then := getattr(deal, moment)) is not None and in_time(then)
    ]


def owners_of_what_followed(case: Case, contact: Contact, moment: Literal["event", "created"]) -> list[str | None]:
    """Everybody with a share in an order that followed, None where it is nobody's. Empty: none followed."""
    found = []
    for deal in followed_by(case, contact, moment):
        given = credit(case, deal, "last_before_order" if moment == "created" else None)
        assert given is not None
        found += [agent for agent, share, _ in given.shares if share > 0]
    return found


def _cells(contacts: Iterable[Contact]) -> Iterable[tuple[Spot, Contact]]:
    for contact in contacts:
        for agent, hour in contact.cells:
            yield Spot(contact.shop, agent, contact.day, hour), contact


def inquiry_contacts(case: Case, asked: Asked) -> dict[tuple[Any, ...], set[Contact]]:
    """The inquiries of each group. An agent's days of leave are left out of his own, not of anybody else's figures (rule 47)."""
    there = [
        (spot, contact)
        for spot, contact in _cells(contact for contact in case.contacts if not contact.aftersale and case.tells(contact.shop))
        if not ("agent" in asked.by and case.is_on_leave(spot.agent, spot.day))
    ]
    return {group: set(found) for group, found in case.grouped(asked, there).items()}


def _followed(case: Case, asked: Asked, moment: Literal["event", "created"]) -> dict[tuple[Any, ...], Figure]:
    """Inquiries an order of the group's own people followed, over inquiries. Where people are not asked for, anybody's order will do."""
    found: dict[tuple[Any, ...], Figure] = {}
    for group, asking in inquiry_contacts(case, asked).items():
        crew = tuple(value for name, value in zip(asked.by, group, strict=True) if name in PEOPLE)
        followed = [
            contact
            for contact in asking
            if any(case.crew(owner, asked.by, contact.day) == crew for owner in owners_of_what_followed(case, contact, moment))
        ]
        found[group] = (len(followed), len(asking))
    return found


def inquiries(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (len(found), None) for group, found in inquiry_contacts(case, asked).items()}


def converted_inquiries(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (over, None) for group, (over, _) in _followed(case, asked, "event").items()}


def inquiry_conversion(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return _followed(case, asked, "event")


def order_conversion(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return _followed(case, asked, "created")


@dataclass(frozen=True)
class Verdict:
    """What became of one contact, whoever served it. Of an after-sale contact `resolved` says something, of an inquiry the other two."""

    began: datetime
    aftersale: bool
    converted: bool
    ordered: bool
    resolved: bool


def contacts(world: World, rules: Rules = Rules()) -> dict[tuple[str, str, date], Verdict]:
    """Every contact with an assessed message, by shop, buyer and local day."""
    case = Case(world, rules)
    return {
        contact.key: Verdict(
            contact.began,
            contact.aftersale,
            not contact.aftersale and bool(followed_by(case, contact, "event")),
            not contact.aftersale and bool(followed_by(case, contact, "created")),
            contact.aftersale and is_resolved(case, contact),
        )
        for contact in case.contacts
    }


# Orders placed (rule 30)


def placed(case: Case) -> list[tuple[Spot, Deal]]:
    """Orders by when they were placed, each under the last agent before that."""
    found = []
    for deal in case.deals:
        given = credit(case, deal, "last_before_order")
        if deal.created is not None and given is not None:
            found.append((case.spot(deal.shop, given.owner, deal.created), deal))
    return found


def payment_conversion(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {
        group: (len({deal.customer for deal in deals if deal.paid is not None}), len({deal.customer for deal in deals}))
        for group, deals in case.grouped(asked, placed(case)).items()
    }


def final_order_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (sum(deal.paid is not None for deal in deals), len(deals)) for group, deals in case.grouped(asked, placed(case)).items()}


# Sales (rules 31 to 33)


@dataclass(frozen=True)
class Sale:
    """One agent's part in an order that was done. `net` is his part of what is left after refunds."""

    deal: Deal
    how: str
    share: Fraction
    amount: Decimal
    net: Decimal


def sales(case: Case) -> list[tuple[Spot, Sale]]:
    """Every order that was done, by its event, under each owner; nobody's under None."""
    found = []
    for deal in case.deals:
        if deal.event is not None:
            given = case.own_credits[deal.shop, deal.id]
            nets = split(max(deal.amount - refunded(case, deal), Decimal(0)), len(given.shares))
            for (agent, share, amount), net in zip(given.shares, nets, strict=True):
                found.append((case.spot(deal.shop, agent, deal.event), Sale(deal, given.how, share, amount, net)))
    return found


def refunds_of(case: Case, deal: Deal) -> list[Refund]:
    return [row for row in case.world.refunds if (row.shop_id, row.order_id) == (deal.shop, deal.id)]


def refunded(case: Case, deal: Deal) -> Decimal:
    """What went back to the buyer, ever. The order's own row is only asked where `refunds` has no successful one of the order."""
    given = _given_back(case, deal)
    return sum((row.amount for row in given if row.amount is not None), Decimal(0)) if given else deal.refunded


def is_refunded(case: Case, deal: Deal) -> bool:
    return bool(_given_back(case, deal)) or deal.refunded > 0


def _given_back(case: Case, deal: Deal) -> list[Refund]:
    """An exchange that ended well gave no money back."""
    return [row for row in refunds_of(case, deal) if row.status == "success" and row.type != "exchange"]


def is_returned(case: Case, deal: Deal) -> bool:
    return any(row.status == "success" and row.type == "return_refund" for row in refunds_of(case, deal))


def orders(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (_shares(sold), None) for group, sold in case.grouped(asked, sales(case)).items()}


def silent_orders(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {
        group: (_shares(sale for sale in sold if sale.how == "silent"), None) for group, sold in case.grouped(asked, sales(case)).items()
    }


def assisted_orders(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """One for each agent who wrote in the span of credit and does not own the order, so that rows add up."""
    helped = [
        (case.spot(deal.shop, helper, deal.event), 1)
        for deal in case.deals
        if deal.event is not None
        for helper in case.own_credits[deal.shop, deal.id].helpers
    ]
    return {group: (sum(found), None) for group, found in case.grouped(asked, helped).items()}


def sales_amount(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (_yuan(sale.amount for sale in sold), None) for group, sold in case.grouped(asked, sales(case)).items()}


def net_sales_amount(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (_yuan(sale.net for sale in sold), None) for group, sold in case.grouped(asked, sales(case)).items()}


def buyers(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (_customers(sold), None) for group, sold in case.grouped(asked, sales(case)).items()}


def average_order_value(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (_yuan(sale.amount for sale in sold), _customers(sold)) for group, sold in case.grouped(asked, sales(case)).items()}


def items_per_buyer(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {
        group: (sum((sale.deal.quantity * sale.share for sale in sold), Fraction(0)), _customers(sold))
        for group, sold in case.grouped(asked, sales(case)).items()
    }


def refund_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {
        group: (_shares(sale for sale in sold if is_refunded(case, sale.deal)), _shares(sold))
        for group, sold in case.grouped(asked, sales(case)).items()
    }


def return_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {
        group: (_shares(sale for sale in sold if is_returned(case, sale.deal)), _shares(sold))
        for group, sold in case.grouped(asked, sales(case)).items()
    }


def _shares(sold: Iterable[Sale]) -> Fraction:
    return sum((sale.share for sale in sold), Fraction(0))


def _yuan(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))


def _customers(sold: Iterable[Sale]) -> int:
    return len({sale.deal.customer for sale in sold})


def _over(over: Mapping[tuple[Any, ...], Number], under: Mapping[tuple[Any, ...], Number]) -> dict[tuple[Any, ...], Figure]:
    """Quotients of what was counted by group; what one side does not know is 0 there."""
    return {group: (over.get(group, 0), under.get(group, 0)) for group in {**over, **under}}


# Targets (rule 36)


def target_completion(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """By people, each person's own target, a team's being its members'; else the shop's own. What is nobody's has no target."""
    sold = {group: _yuan(sale.amount for sale in found) for group, found in case.grouped(asked, sales(case)).items()}
    return _over(sold, targets(case, asked, of_people=asked.by_people))


def shop_sales_completion(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    sold = {group: _yuan(sale.amount for sale in found) for group, found in case.grouped(asked, sales(case)).items()}
    return _over(sold, targets(case, asked, of_people=False))


def targets(case: Case, asked: Asked, of_people: bool) -> dict[tuple[Any, ...], Fraction]:
    """Sales targets of every month the period touches, in full; by day, of each day's month.

    Where neither shops nor platforms are asked for, one's target without a shop holds, else the sum of those of his shops.
    """
    apart = "shop" in asked.by or "platform" in asked.by
    found: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
    for ends in [[day] for day in asked.days] if "day" in asked.by else [asked.days]:
        for month in sorted({f"{day:%Y-%m}" for day in ends}):
            set_for = [
                row
                for row in case.world.targets
                if (row.month, row.metric) == (month, "sales_amount") and (row.agent_id is not None) == of_people
            ]
            for agent in {row.agent_id for row in set_for}:
                own = [row for row in set_for if row.agent_id == agent]
                of_all, of_shops = [row for row in own if row.shop_id is None], [row for row in own if row.shop_id is not None]
                for row in of_shops if apart or not of_all else of_all:
                    first = next(day for day in ends if f"{day:%Y-%m}" == month)
                    found[case.group(Spot(row.shop_id, row.agent_id, first), asked.by)] += Fraction(row.target)
    return dict(found)


# Visitors (rules 34 and 46)


def _visited(case: Case) -> dict[tuple[str, date], int]:
    """Visitors of the days of a shop that have traffic data."""
    return {(row.shop_id, row.day): row.visitors for row in case.world.traffic if row.visitors is not None}


def _visitors(case: Case, asked: Asked) -> dict[tuple[Any, ...], int]:
    there = [(Spot(shop, None, day), visitors) for (shop, day), visitors in _visited(case).items()]
    return {group: sum(found) for group, found in case.grouped(asked, there).items()}


def silent_conversion(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """Buyers who bought in silence only, over visitors who did not ask. Days of a shop without traffic data are on neither side.

    What is not above 0 under the line counts as 0: there is no value.
    """
    known = _visited(case)
    sold = [(spot, sale) for spot, sale in sales(case) if (spot.shop, spot.day) in known]
    asking = [
        (spot, contact)
        for spot, contact in _cells(case.contacts)
        if not contact.aftersale and case.tells(contact.shop) and (spot.shop, spot.day) in known
    ]
    asked_there = {group: len(set(found)) for group, found in case.grouped(asked, asking).items()}
    over: dict[tuple[Any, ...], Number] = {}
    for group, found in case.grouped(asked, sold).items():
        customers = {sale.deal.customer for sale in found}
        loud = {sale.deal.customer for sale in found if sale.how != "silent"}
        over[group] = len(customers - loud)
    under: dict[tuple[Any, ...], Number] = {
        group: max(visitors - asked_there.get(group, 0), 0) for group, visitors in _visitors(case, asked).items()
    }
    return _over(over, under)


def visitor_conversion(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """Buyers over visitors. Days of a shop without traffic data are on neither side."""
    known = _visited(case)
    sold = [(spot, sale) for spot, sale in sales(case) if (spot.shop, spot.day) in known]
    return _over({group: _customers(found) for group, found in case.grouped(asked, sold).items()}, _visitors(case, asked))


def ad_roi(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    rows = case.grouped(asked, [(Spot(row.shop_id, None, row.day), row) for row in case.world.traffic])
    return {
        group: (_yuan(row.ad_sales or Decimal(0) for row in found), _yuan(row.ad_spend or Decimal(0) for row in found))
        for group, found in rows.items()
    }


# Urging (rule 35)


def urged(case: Case) -> list[tuple[Spot, bool]]:
    """Orders somebody urged their buyer to pay, and whether it worked. The urge comes after the order was placed and before it was paid,
    not within the same instant as either: that could not have been its cause."""
    found = []
    for deal in case.deals:
        if deal.created is None or case.platform(deal.shop) == "pdd":
            continue
        first = next(
            (
                message
                for message in case.spoken(deal.shop, deal.buyer)
                if deal.created < message.sent_at <= deal.created + URGED_WITHIN and (deal.paid is None or message.sent_at < deal.paid)
            ),
            None,
        )
        if first is not None:
            worked = deal.paid is not None and deal.paid <= first.sent_at + URGE_WORKS_WITHIN
            found.append((case.spot(deal.shop, case.author(first), first.sent_at), worked))
    return found


def urge_conversion(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    return {group: (sum(found), len(found)) for group, found in case.grouped(asked, urged(case)).items()}


# After-sale (rules 37 to 40)


def answerable(
    case: Case, shop: str, agent: str | None, order: str | None, buyer: str | None, at: datetime, wrote_by: datetime
) -> str | None:
    """Whose an event of after-sale is: the agent's on its row; else the owner's of its order; else his who last wrote to the buyer in the
    30 days before, up to `wrote_by`. When nobody knows who that was it is nobody's, not another's. `at`: when it was, for its account."""
    if agent is not None:
        return case.person(shop, agent, case.day(shop, at))
    deal = case.deal(shop, order)
    given = None if deal is None else case.own_credits.get((deal.shop, deal.id))
    if given is not None and given.owner is not None:
        return given.owner
    if buyer is None and deal is not None:
        buyer = deal.buyer
    before = [message for message in case.spoken(shop, buyer) if wrote_by - SERVED_BEFORE < message.sent_at <= wrote_by]
    return case.author(before[-1]) if before else None


def _completed(case: Case) -> list[tuple[Spot, Refund]]:
    """Refunds that succeeded, by when they were completed."""
    return [
        (
            case.spot(
                row.shop_id,
                answerable(case, row.shop_id, row.agent_id, row.order_id, row.buyer_id, row.applied_at, row.applied_at),
                row.completed_at,
            ),
            row,
        )
        for row in case.world.refunds
        if row.status == "success" and row.completed_at is not None
    ]


def dispute_refund_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """A refund that names no order is one of its own."""
    lost = [(spot, row) for spot, row in _completed(case) if row.platform_intervened and row.merchant_liable]
    return _over(
        {
            group: len({(row.shop_id, row.order_id is None, row.order_id or row.refund_id) for row in found})
            for group, found in case.trailing(asked, lost).items()
        },
        {group: _shares(sold) for group, sold in case.trailing(asked, sales(case)).items()},
    )


def avg_refund_hours(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    def hours(row: Refund) -> Fraction:
        assert row.completed_at is not None
        return _hours(row.completed_at - row.applied_at)

    return {group: (sum(map(hours, found), Fraction(0)), len(found)) for group, found in case.trailing(asked, _completed(case)).items()}


def _hours(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(microseconds=1), 3_600_000_000)


def complaint_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """Upheld complaints, a buyer's of one day once, over consulting contacts. One whose buyer nobody knows counts by itself.

    An agent's days of leave and days exempt for replies stay on both sides: this is no figure of replies.
    """
    filed = []
    for row in case.world.complaints:
        if row.upheld:
            agent = answerable(case, row.shop_id, row.agent_id, row.order_id, row.buyer_id, row.filed_at, row.filed_at)
            deal = case.deal(row.shop_id, row.order_id)
            buyer = row.buyer_id if row.buyer_id is not None else deal and deal.buyer
            spot = case.spot(row.shop_id, agent, row.filed_at)
            filed.append((spot, (row.shop_id, spot.day, buyer is None, row.complaint_id if buyer is None else buyer)))
    return _over(
        {group: len(set(found)) for group, found in case.grouped(asked, filed).items()},
        {group: len(set(found)) for group, found in case.grouped(asked, _cells(case.contacts)).items()},
    )


ABUSE = ("辱骂", "骂人", "谩骂", "侮辱", "威胁", "恐吓", "骚扰", "态度恶劣", "服务态度", "abuse", "abusive", "insult", "threat", "harass")


def upheld_complaints(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """Upheld complaints, each by itself."""
    return {group: (len(found), None) for group, found in case.grouped(asked, _upheld(case, lambda row: True)).items()}


def abuse_complaints(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """Those of them whose reason speaks of abuse."""

    def abusive(row: Complaint) -> bool:
        return any(word in (row.kind or "").lower() for word in ABUSE)

    return {group: (len(found), None) for group, found in case.grouped(asked, _upheld(case, abusive)).items()}


def _upheld(case: Case, wanted: Callable[[Complaint], bool]) -> list[tuple[Spot, Complaint]]:
    return [
        (
            case.spot(
                row.shop_id,
                answerable(case, row.shop_id, row.agent_id, row.order_id, row.buyer_id, row.filed_at, row.filed_at),
                row.filed_at,
            ),
            row,
        )
        for row in case.world.complaints
        if row.upheld and wanted(row)
    ]


def is_resolved(case: Case, contact: Contact) -> bool:
    """What somebody marked; without a mark, whether the buyer did not come again for after-sale within 72 h, inclusive."""
    mark = next((row for row in case.world.resolutions if (row.shop_id, row.buyer_id, row.day) == contact.key), None)
    if mark is not None:
        return mark.resolved
    return not any(
        other.aftersale
        and (other.shop, other.buyer) == (contact.shop, contact.buyer)
        and contact.began < other.began <= contact.began + RESOLVED_AFTER
        for other in case.contacts
    )


def resolution_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    there = case.grouped(asked, _cells(contact for contact in case.contacts if contact.aftersale))
    return {group: (sum(is_resolved(case, contact) for contact in set(found)), len(set(found))) for group, found in there.items()}


# Reviews and ratings (rules 41 and 42)


def _reviewed(case: Case) -> list[tuple[Spot, Review]]:
    return [
        (
            case.spot(
                row.shop_id,
                answerable(case, row.shop_id, row.agent_id, row.order_id, row.buyer_id, row.reviewed_at, row.reviewed_at),
                row.reviewed_at,
            ),
            row,
        )
        for row in case.world.reviews
    ]


def bad_review_handling_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    def handled(row: Review) -> bool:
        return row.followed_up_at is not None and row.followed_up_at <= row.reviewed_at + FOLLOW_UP_WITHIN

    bad = [(spot, row) for spot, row in _reviewed(case) if row.stars is not None and row.stars <= 3]
    return {group: (sum(map(handled, found)), len(found)) for group, found in case.grouped(asked, bad).items()}


def review_fixes(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """By when they were changed. Where neither row nor order names somebody, who last wrote to the buyer before the change has done it."""
    fixed = []
    for row in case.world.reviews:
        if row.stars is not None and row.stars <= 3 and row.revised_stars is not None and row.revised_stars >= 4 and row.revised_at:
            agent = answerable(case, row.shop_id, row.agent_id, row.order_id, row.buyer_id, row.reviewed_at, row.revised_at)
            fixed.append((case.spot(row.shop_id, agent, row.revised_at), 1))
    return {group: (sum(found), None) for group, found in case.grouped(asked, fixed).items()}


def positive_review_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """By when they were written, with the stars they have now."""
    starred = [
        (spot, row.stars if row.revised_stars is None else row.revised_stars)
        for spot, row in _reviewed(case)
        if row.stars is not None or row.revised_stars is not None
    ]
    return {
        group: (sum(stars is not None and stars >= 4 for stars in found), len(found))
        for group, found in case.grouped(asked, starred).items()
    }


def satisfaction_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    rated = []
    for row in case.world.ratings:
        at = row.invited_at if row.rated_at is None else row.rated_at
        if row.stars is not None and at is not None:
            rated.append((case.spot(row.shop_id, answerable(case, row.shop_id, row.agent_id, None, row.buyer_id, at, at), at), row.stars))
    return {group: (sum(stars >= 4 for stars in found), len(found)) for group, found in case.grouped(asked, rated).items()}


def served(case: Case) -> list[tuple[Spot, tuple[str, str, date]]]:
    """Contacts in which the buyer wrote that day, once for every message of a person, by its author and hour."""
    asking = {row.contact for row in case.rows if row.is_buyer}
    return [
        (case.spot(row.message.shop_id, case.author(row.message), row.message.sent_at), row.contact)
        for row in case.rows
        if row.is_human and row.contact in asking
    ]


def invite_rate(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """Served contacts on whose day the buyer was asked to rate, or did unasked. A row that names an agent counts for nobody else who served him."""
    rated: dict[tuple[str, str, date], set[tuple[str | None, bool]]] = defaultdict(set)
    for row in case.world.ratings:
        at = row.rated_at if row.invited_at is None else row.invited_at
        if at is not None:
            day = case.day(row.shop_id, at)
            rated[row.shop_id, row.buyer_id, day].add((case.person(row.shop_id, row.agent_id, day), row.agent_id is None))
    found: dict[tuple[Any, ...], Figure] = {}
    for group, contacts in case.grouped(asked, served(case)).items():
        crew = tuple(value for name, value in zip(asked.by, group, strict=True) if name in PEOPLE)
        invited = [
            contact
            for contact in set(contacts)
            if any(anybodys or case.crew(agent, asked.by, contact[2]) == crew for agent, anybodys in rated.get(contact, ()))
        ]
        found[group] = (len(invited), len(set(contacts)))
    return found


# Presence (rules 43 and 44)


def online_hours(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """The union of each person's spans within the group, added up over its people. Spans nobody ended do not count."""
    quarter = timedelta(minutes=15)  # every offset from UTC in use is a multiple of it, so that no piece is in two hours
    pieces = []
    for span in case.world.presence:
        start = span.online_at
        while span.offline_at is not None and start < span.offline_at:
            next_quarter = datetime.fromtimestamp((start.timestamp() // 900) * 900, UTC) + quarter
            end = min(next_quarter, span.offline_at)
            person = case.person(span.shop_id, span.agent_id, case.day(span.shop_id, start))
            pieces.append((case.spot(span.shop_id, person, start), (person, start, end)))
            start = end
    found: dict[tuple[Any, ...], Figure] = {}
    for group, there in case.grouped(asked, pieces).items():
        total = timedelta()
        for someone in {person for person, _, _ in there}:
            covered = datetime.min.replace(tzinfo=UTC)
            for start, end in sorted((start, end) for person, start, end in there if person == someone):
                total += max(end - max(start, covered), timedelta())
                covered = max(covered, end)
        found[group] = (_hours(total), None)
    return found


def peak_concurrency(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
    """Contacts open from the buyer's first message of the day to the last of the group's people, both ends included."""
    began: dict[tuple[str, str, date], datetime] = {}
    for row in case.rows:
        if row.is_buyer:
            began[row.contact] = min(row.message.sent_at, began.get(row.contact, row.message.sent_at))
    said = [
        (case.spot(row.message.shop_id, case.author(row.message), row.message.sent_at), (row.contact, row.message.sent_at))
        for row in case.rows
        if row.is_human and row.contact in began
    ]
    found: dict[tuple[Any, ...], Figure] = {}
    for group, there in case.grouped(asked, said).items():
        last = {contact: max(at for other, at in there if other == contact) for contact, _ in there}
        spans = [(began[contact], end) for contact, end in last.items() if began[contact] <= end]
        # Most are open at the instant one of them opens.
        found[group] = (max((sum(start <= at <= end for start, end in spans) for at, _ in spans), default=0), None)
    return found


# Scores (rule 45)


def score_mean(metric: str) -> Callable[[Case, Asked], dict[tuple[Any, ...], Figure]]:
    def mean(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
        return {group: (_sum_of_scores(found), len(found)) for group, found in _scored(case, asked, metric).items()}

    return mean


def score_latest(metric: str) -> Callable[[Case, Asked], dict[tuple[Any, ...], Figure]]:
    def latest(case: Case, asked: Asked) -> dict[tuple[Any, ...], Figure]:
        figures: dict[tuple[Any, ...], Figure] = {}
        for group, found in _scored(case, asked, metric).items():
            last = [row for row in found if row.scored_on == max(row.scored_on for row in found)]
            figures[group] = (_sum_of_scores(last), len(last))
        return figures

    return latest


def _scored(case: Case, asked: Asked, metric: str) -> dict[tuple[Any, ...], list[Score]]:
    return case.grouped(asked, [(Spot(row.shop_id, row.agent_id, row.scored_on), row) for row in case.world.scores if row.metric == metric])


def _sum_of_scores(rows: Iterable[Score]) -> Fraction:
    return sum((Fraction(row.score) for row in rows), Fraction(0))


# Every figure


SCORES = (
    "qa_score",
    "knowledge_score",
    "typing_speed",
    "conduct_score",
    "plan_execution",
    "team_progress",
    "cooperation",
    "discipline",
)

METRICS: Mapping[str, tuple[Callable[[Case, Asked], dict[tuple[Any, ...], Figure]], Sequence[str]]] = {
    "inquiries": (inquiries, KEYS),
    "converted_inquiries": (converted_inquiries, KEYS),
    "inquiry_conversion": (inquiry_conversion, KEYS),
    "order_conversion": (order_conversion, KEYS),
    "payment_conversion": (payment_conversion, KEYS),
    "final_order_rate": (final_order_rate, KEYS),
    "orders": (orders, KEYS),
    "silent_orders": (silent_orders, KEYS),
    "assisted_orders": (assisted_orders, KEYS),
    "sales_amount": (sales_amount, KEYS),
    "net_sales_amount": (net_sales_amount, KEYS),
    "buyers": (buyers, KEYS),
    "average_order_value": (average_order_value, KEYS),
    "items_per_buyer": (items_per_buyer, KEYS),
    "target_completion": (target_completion, NO_HOUR),
    "silent_conversion": (silent_conversion, SHOP_ONLY),
    "visitor_conversion": (visitor_conversion, SHOP_ONLY),
    "urge_conversion": (urge_conversion, KEYS),
    "refund_rate": (refund_rate, KEYS),
    "return_rate": (return_rate, KEYS),
    "dispute_refund_rate": (dispute_refund_rate, NO_HOUR),
    "avg_refund_hours": (avg_refund_hours, NO_HOUR),
    "complaint_rate": (complaint_rate, KEYS),
    "upheld_complaints": (upheld_complaints, NO_HOUR),
    "abuse_complaints": (abuse_complaints, NO_HOUR),
    "resolution_rate": (resolution_rate, KEYS),
    "bad_review_handling_rate": (bad_review_handling_rate, KEYS),
    "review_fixes": (review_fixes, KEYS),
    "positive_review_rate": (positive_review_rate, KEYS),
    "satisfaction_rate": (satisfaction_rate, KEYS),
    "invite_rate": (invite_rate, KEYS),
    "online_hours": (online_hours, KEYS),
    "peak_concurrency": (peak_concurrency, KEYS),
    **{metric: (score_mean(metric), NO_HOUR) for metric in SCORES},
    **{f"{metric}_latest": (score_latest(metric), NO_HOUR) for metric in SCORES},
    "ad_roi": (ad_roi, SHOP_ONLY),
    "shop_sales_completion": (shop_sales_completion, SHOP_ONLY),
}
"""How each figure is counted and what it can be grouped by."""


def figures(
    world: World, rules: Rules, by: Sequence[str], first: date, last: date, metrics: Iterable[str] = tuple(METRICS)
) -> dict[tuple[Any, ...], dict[str, Figure]]:
    """The figures of every group in which something of theirs was counted, by group and metric. A group is a tuple in the order of `by`.

    Both days are local to each shop and included. A figure that can not be grouped so is absent; so is one of a group in which nothing of
    it was counted, above the line or below.
    """
    case, asked = Case(world, rules), Asked(tuple(by), first, last)
    found: dict[tuple[Any, ...], dict[str, Figure]] = defaultdict(dict)
    for metric in metrics:
        count, keys = METRICS[metric]
        if set(by) <= set(keys):
            for group, figure in count(case, asked).items():
                found[group][metric] = figure
    return dict(found)


def value(figure: Figure) -> Number | None:
    """The quotient, exact; the numerator where there is nothing under it; None over 0."""
    over, under = figure
    if under is None:
        return over
    return Fraction(over) / Fraction(under) if under > 0 else None


def wilson(over: int, under: int) -> tuple[float, float] | None:
    """The 95 % interval of a rate after Wilson (1927). None over 0."""
    if under == 0:
        return None
    z, n, p = 1.959963984540054, under, over / under
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)
