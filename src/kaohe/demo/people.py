"""The thirty agents, their accounts and shifts, and how well each of them works.

A *seat* is one account of one shop. Seats answer; agents own seats. One account changes hands in the middle of the month,
one agent has accounts in two shops, and one account is in no list, as happens with a helper hired for a promotion.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from kaohe.demo.catalogue import SHOPS, Shop
from kaohe.demo.ragged import Flags, Floats, Ints
from kaohe.demo.rhythm import CLOSES, OPENS

Role = Literal["presale", "aftersale", "mixed"]
Shift = Literal["early", "middle", "late"]

SHIFTS: dict[Shift, tuple[int, int]] = {"early": (OPENS, 17 * 3600), "middle": (10 * 3600, 19 * 3600), "late": (14 * 3600 + 1800, CLOSES)}
"""Seconds of the day from coming online to going offline."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How an agent works.

    `pace` is the median wait in seconds and `spread` the log-normal's sigma; `lapse` the chance that one answer takes a
    quarter of an hour or more, `silence` that a contact is left unanswered from some point; `curt` the part of lazy answers,
    `selling` multiplies conversion, `pleasing` is added to the stars buyers give.
    """

    pace: float
    spread: float
    lapse: float
    silence: float
    curt: float
    selling: float
    pleasing: float


STRONG = Skill(10, 0.65, 0.001, 0.004, 0.03, 1.25, 0.35)
GOOD = Skill(17, 0.75, 0.004, 0.010, 0.10, 1.08, 0.15)
MIDDLING = Skill(25, 0.85, 0.008, 0.018, 0.20, 1.00, 0.0)
SLOW = Skill(42, 0.90, 0.013, 0.030, 0.30, 0.92, -0.1)
WEAK = Skill(95, 1.05, 0.030, 0.070, 0.62, 0.68, -0.6)


@dataclass(frozen=True, slots=True)
class Agent:
    """A person. `joins` and `leaves` are days counted from the demo's first; None: long here, still here."""

    agent_id: str
    name: str
    group: str
    role: Role
    skill: Skill
    joins: int | None = None
    leaves: int | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a seat from day `since` of the demo on. None: nobody in the list of agents."""

    agent: Agent | None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """An account of a shop: how its exports write it, its shift, who holds it, and what part of a full workload it takes."""

    shop: int
    account: str
    nick: str
    shift: Shift
    owners: tuple[Owner, ...]
    share: float = 1.0

    def owner(self, day: int) -> Owner:
        """Who holds the seat on that day of the demo, counted from 0."""
        return [owner for owner in self.owners if owner.since is None or owner.since <= day][-1]


# agent_id, name, role, skill, shift; six to a shop, in the order of SHOPS.
_TEAMS: tuple[tuple[str, tuple[tuple[str, str, Role, Skill, Shift], ...]], ...] = (
    (
        "女装一组",
        (
            ("lin", "林晓雨", "presale", STRONG, "early"),
            ("mo", "莫小满", "presale", MIDDLING, "late"),
            ("chen", "陈思远", "mixed", GOOD, "middle"),
            ("sun", "孙佳怡", "aftersale", MIDDLING, "early"),
            ("zhou", "周子墨", "aftersale", SLOW, "late"),
            ("xu", "徐朵朵", "mixed", WEAK, "late"),
        ),
    ),
    (
        "童装组",
        (
            ("zhao", "赵一诺", "presale", GOOD, "early"),
            ("gao", "高雅琴", "presale", MIDDLING, "late"),
            ("he", "何静", "mixed", MIDDLING, "middle"),
            ("ma", "马文博", "aftersale", WEAK, "early"),
            ("luo", "罗婷婷", "aftersale", STRONG, "late"),
            ("liang", "梁晨", "mixed", MIDDLING, "late"),
        ),
    ),
    (
        "家纺组",
        (
            ("wu", "吴若曦", "presale", STRONG, "early"),
            ("zheng", "郑浩", "presale", SLOW, "late"),
            ("xie", "谢安琪", "mixed", MIDDLING, "middle"),
            ("han", "韩雪", "aftersale", MIDDLING, "early"),
            ("tang", "唐悦", "aftersale", GOOD, "late"),
            ("feng", "冯磊", "mixed", MIDDLING, "late"),
        ),
    ),
    (
        "户外组",
        (
            ("yu", "于洋", "presale", MIDDLING, "early"),
            ("dong", "董倩", "presale", GOOD, "late"),
            ("xiao", "萧然", "mixed", STRONG, "middle"),
            ("cheng", "程晓东", "aftersale", SLOW, "early"),
            ("cao", "曹敏", "aftersale", WEAK, "late"),
            ("yuan", "袁可欣", "aftersale", MIDDLING, "late"),
        ),
    ),
    (
        "厨房组",
        (
            ("deng", "邓紫涵", "presale", MIDDLING, "early"),
            ("fu", "傅嘉", "presale", WEAK, "late"),
            ("shen", "沈听澜", "mixed", STRONG, "middle"),
            ("zeng", "曾凡", "aftersale", MIDDLING, "early"),
            ("peng", "彭月", "aftersale", GOOD, "late"),
            ("lv", "吕思思", "mixed", MIDDLING, "late"),
        ),
    ),
)

TEMPORARY = "临时客服07"
"""The account nobody mapped, in the last shop."""


def account(shop: Shop, number: int, name: str) -> str:
    """An account as that platform's exports write it."""
    match shop.platform:
        case "pdd":
            return f"cs_{shop.shop_id}_{110_382_700 + number * 37}"
        case "taobao":
            return f"{shop.name}:{name[-1]}{name[-1]}" if len(name) == 2 else f"{shop.name}:{name[1:]}"
        case "jd":
            return f"远途-{name}"
        case "douyin":
            return f"小满{number:02d}-{name[1:]}"


@dataclass(frozen=True, slots=True)
class Roster:
    """All agents and seats of a demo of so many days."""

    agents: tuple[Agent, ...]
    seats: tuple[Seat, ...]

    def of(self, shop: int) -> list[Seat]:
        return [seat for seat in self.seats if seat.shop == shop]

    def seat(self, agent_id: str) -> Seat:
        """The first account an agent holds: that of the shop he mainly works for."""
        return next(seat for seat in self.seats if any(owner.agent and owner.agent.agent_id == agent_id for owner in seat.owners))


def roster(days: int) -> Roster:
    """The thirty agents with their seats. In a demo of two days or more one account changes hands in the middle."""
    agents: list[Agent] = []
    seats: list[Seat] = []
    middle = days // 2
    for number, (shop, (group, team)) in enumerate(zip(SHOPS, _TEAMS, strict=True)):
        for place, (agent_id, name, role, skill, shift) in enumerate(team):
            heir = agent_id == "yuan"
            leaver = agent_id == "cao"
            agent = Agent(agent_id, name, group, role, skill, middle if heir else None, middle - 1 if leaver else None)
            agents.append(agent)
            if heir:
                # Takes over the account of the one who leaves.
                old = seats.pop()
                seats.append(Seat(number, old.account, old.nick, old.shift, (old.owners[0], Owner(agent, middle))))
            else:
                seats.append(Seat(number, account(shop, place + 1, name), f"客服{name[1:]}", shift, (Owner(agent),)))
    by_id = {agent.agent_id: agent for agent in agents}
    # He of the children's shop helps out in the women's shop next door.
    seats.append(Seat(0, account(SHOPS[0], 8, "何静"), "客服静", "middle", (Owner(by_id["he"]),), 0.4))
    seats.append(Seat(4, TEMPORARY, TEMPORARY, "middle", (Owner(None),), 0.35))
    return Roster(tuple(agents), tuple(seats))


@dataclass(frozen=True)
class Desk:
    """The seats of one shop on one day, as arrays: who is there from when to when, and how they work."""

    seats: Sequence[Seat]
    owners: Sequence[Owner]
    on_duty: Flags

    @cached_property
    def hours(self) -> Ints:
        return np.array([SHIFTS[seat.shift] for seat in self.seats], dtype=np.int64)

    @cached_property
    def skills(self) -> Floats:
        """One row a seat, the columns in the order of `Skill`."""
        skills = [(owner.agent.skill if owner.agent else SLOW) for owner in self.owners]
        return np.array([[s.pace, s.spread, s.lapse, s.silence, s.curt, s.selling, s.pleasing] for s in skills])

    def preference(self, *, presale: bool) -> Floats:
        """How readily each seat is given a contact of that kind."""
        wanted: Role = "presale" if presale else "aftersale"
        roles: list[Role] = [owner.agent.role if owner.agent else "mixed" for owner in self.owners]
        fitting = [1.0 if role == wanted else 0.75 if role == "mixed" else 0.02 for role in roles]
        return np.array([weight * seat.share for weight, seat in zip(fitting, self.seats, strict=True)])


def resting(day: dt.date, place: int) -> bool:
    """Whether the seat at that place of its shop has its day off."""
    return (day.toordinal() + 2 * place) % 7 == 0


def desk(staff: Roster, shop: int, day: int, date: dt.date) -> Desk:
    """Who sits in that shop on that day. Everybody has one day off in seven, never all of a shift at once."""
    seats = staff.of(shop)
    off = np.array([resting(date, place) for place in range(len(seats))])
    return Desk(seats, [seat.owner(day) for seat in seats], ~off)
