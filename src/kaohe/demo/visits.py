"""Who comes to a shop on a day and why: before buying, after buying, or because an agent wrote first about an unpaid order."""

from __future__ import annotations

import datetime as dt

import numpy as np

from kaohe.demo.catalogue import SHOPS, VARIANTS
from kaohe.demo.conversations import TALKATIVE, Contacts
from kaohe.demo.dialogues import AFTERSALE, PRESALE
from kaohe.demo.people import Desk
from kaohe.demo.phrasebook import Phrasebook
from kaohe.demo.ragged import Flags, Floats, Ints, pick
from kaohe.demo.rhythm import CLOSES, DAY, OPENS, factor, seconds
from kaohe.demo.streams import stream

EPOCH = dt.date(1970, 1, 1).toordinal()

REGULARS, STRANGERS = 400, 1_000_000_000
"""Numbers of buyers who come again and again, and of all others."""

# How often each topic comes up, in the order of the dialogues.
_PRESALE = dict(zip(PRESALE, (0.28, 0.14, 0.20, 0.16, 0.12, 0.10), strict=True))
_AFTERSALE = dict(zip(AFTERSALE, (0.34, 0.16, 0.12, 0.15, 0.08, 0.07, 0.08), strict=True))
_FRESH = {"logistics", "address"}

_ASSIST = {"pdd": 0.07, "taobao": 0.08, "jd": 0.05, "douyin": 0.06}
_NIGHT_SILENCE = 0.35


def midnight(day: dt.date) -> int:
    """Seconds of local time from 1970-01-01 00:00 local to that day's start."""
    return (day.toordinal() - EPOCH) * DAY


def volume(seed: int, shop: int, day: dt.date, scale: float) -> int:
    """Contacts that come to the shop by themselves on that day."""
    noise = float(np.exp(stream("volume", seed, shop, day).normal(0, 0.06)))
    return max(1, round(SHOPS[shop].volume * factor(day) * noise * scale))


def presale(
    rng: np.random.Generator, book: Phrasebook, desk: Desk, shop: int, day: dt.date, count: int, scale: float
) -> tuple[Contacts, Ints]:
    """About `count` contacts of buyers who think of buying, and the buyers' numbers, different within the day."""
    regulars = max(1, round(REGULARS * scale))
    number = np.where(rng.random(count) < 0.12, rng.integers(0, regulars, count), regulars + rng.integers(0, STRANGERS - regulars, count))
    number = number[np.sort(np.unique(number, return_index=True)[1])]
    count = len(number)
    topics = draw(rng, book, _PRESALE, count)
    parts = np.stack(
        [
            draw(rng, book, {"hello": 0.42, "card": 0.28, "direct": 0.30}, count),
            topics,
            np.where(rng.random(count) < 0.34, draw(rng, book, _PRESALE, count), book.scripts["none"]),
            draw(rng, book, {"thanks": 0.66, "curt": 0.26, "none": 0.08}, count),
        ],
        axis=1,
    )
    # Nobody asks the same twice.
    parts[:, 2] = np.where(parts[:, 2] == parts[:, 1], book.scripts["none"], parts[:, 2])
    arrival = midnight(day) + np.sort(seconds(rng, count))
    variant = rng.integers(0, VARIANTS, count)
    return _received(rng, desk, shop, day, arrival, variant, parts, after=False), number


def aftersale(rng: np.random.Generator, book: Phrasebook, desk: Desk, shop: int, day: dt.date, variant: Ints, lag: Ints) -> Contacts:
    """One contact for each order: of that variant, paid `lag` days ago."""
    count = len(variant)
    fresh = {name: chance * (4 if name in _FRESH else 0.15) for name, chance in _AFTERSALE.items()}
    later = {name: chance * (0.25 if name in _FRESH else 1) for name, chance in _AFTERSALE.items()}
    topics = np.where(lag <= 3, draw(rng, book, fresh, count), draw(rng, book, later, count))
    parts = np.stack(
        [
            draw(rng, book, {"hello": 0.45, "order card": 0.35, "direct": 0.20}, count),
            topics,
            np.where(rng.random(count) < 0.22, draw(rng, book, later, count), book.scripts["none"]),
            draw(rng, book, {"thanks": 0.6, "curt": 0.3, "none": 0.1}, count),
        ],
        axis=1,
    )
    parts[:, 2] = np.where(parts[:, 2] == parts[:, 1], book.scripts["none"], parts[:, 2])
    arrival = midnight(day) + np.sort(seconds(rng, count))
    contacts = _received(rng, desk, shop, day, arrival, variant, parts, after=True)
    contacts.refunding = np.isin(topics, book.numbers(["refund", "quality"])) & (rng.random(count) < 0.5) & (contacts.turns == TALKATIVE)
    return contacts


def urging(rng: np.random.Generator, book: Phrasebook, desk: Desk, shop: int, day: dt.date, variant: Ints, arrival: Ints) -> Contacts:
    """Contacts an agent begins, each at its time."""
    none = np.full(len(variant), book.scripts["none"], dtype=np.int64)
    parts = np.stack([none, np.full(len(variant), book.scripts["urge"], dtype=np.int64), none, none], axis=1)
    contacts = _received(rng, desk, shop, day, arrival, variant, parts, after=False)
    contacts.greeted[:] = False
    contacts.turns[:] = TALKATIVE
    contacts.second[:] = -1
    return contacts


def draw(rng: np.random.Generator, book: Phrasebook, chances: dict[str, float], count: int) -> Ints:
    """Script numbers drawn in proportion to their chances, which need not add up to one."""
    weights = np.array(list(chances.values()))
    return book.numbers(list(chances))[rng.choice(len(chances), count, p=weights / weights.sum())]


def _received(
    rng: np.random.Generator, desk: Desk, shop: int, day: dt.date, arrival: Ints, variant: Ints, parts: Ints, *, after: bool
) -> Contacts:
    """The contacts with the agents who take them."""
    count = len(arrival)
    second = arrival - midnight(day)
    preference = desk.preference(presale=not after)
    seat, awake = _seated(rng, desk, second, preference)
    skill = desk.skills[seat]
    hand_over = rng.random(count) < (0.06 if not after else 0.04)
    other, _ = _seated(rng, desk, second, desk.preference(presale=False))
    silence = np.where(awake, skill[:, 3], _NIGHT_SILENCE)
    opens = np.where(second < OPENS, midnight(day) + OPENS, midnight(day) + DAY + OPENS)
    return Contacts(
        shop=np.full(count, shop, dtype=np.int64),
        variant=variant,
        arrival=arrival,
        seat=seat,
        second=np.where(hand_over & awake & (other != seat), other, -1),
        handover=rng.integers(2, 4, count),
        turns=np.where(rng.random(count) < silence, np.where(awake, rng.integers(0, 3, count), 0), TALKATIVE).astype(np.int64),
        open_at=np.where(awake, 0, opens),
        parts=parts,
        comeback=np.where(rng.random(count) < 0.15, rng.integers(1_800, 14_400, count), rng.integers(20, 240, count)),
        greeted=rng.random(count) < np.where(awake, SHOPS[shop].bots, 0.95),
        after=np.full(count, after),
        refunding=np.zeros(count, dtype=np.bool_),
        pace=skill[:, 0],
        spread=skill[:, 1],
        lapse=skill[:, 2],
        curt=skill[:, 4],
        assist=np.full(count, _ASSIST[SHOPS[shop].platform]),
    )


def _seated(rng: np.random.Generator, desk: Desk, second: Ints, preference: Floats) -> tuple[Ints, Flags]:
    """A seat for each second of the day, and whether anybody is there. In the night: who will open in the morning."""
    start, end = desk.hours[:, 0], desk.hours[:, 1]
    there = desk.on_duty & (start <= second[:, None]) & (second[:, None] < end)
    seat = pick(rng, there * preference)
    awake = (second >= OPENS) & (second < CLOSES) & (seat >= 0)
    morning = pick(rng, np.broadcast_to(desk.on_duty * (start == OPENS) * preference, there.shape))
    fallback = int(np.argmax(desk.on_duty * preference))
    return np.where(awake, seat, np.where(morning >= 0, morning, fallback)), awake
