"""Orders that follow chats, orders out of the blue, and what becomes of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from kaohe.demo.catalogue import SHOPS, VARIANTS
from kaohe.demo.conversations import Contacts, Outcomes
from kaohe.demo.people import Desk
from kaohe.demo.ragged import Flags, Floats, Ints
from kaohe.demo.rhythm import DAY, seconds
from kaohe.demo.visits import EPOCH, STRANGERS, midnight

NEVER = -1
HOUR = 3600
LATEST = 3 * 24 * HOUR
"""A buyer who has not ordered three days after the chat does not order because of it."""


@dataclass(slots=True)
class Orders:
    """Orders of one shop as arrays. `number` is different for each. Times are local seconds as in `Contacts`, `NEVER` where it did not happen.

    `seat` sold it (-1: nobody, a silent order); `pleased` is what that seat adds to the stars.
    """

    number: Ints
    buyer: Ints
    created: Ints
    paid: Ints
    grouped: Ints
    fen: Ints
    quantity: Ints
    variant: Ints
    seat: Ints
    pleased: Floats
    urged: Flags

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: Ints | Flags) -> Orders:
        return Orders(*(getattr(self, name)[rows] for name in self.__slots__))


def joined(blocks: list[Orders]) -> Orders:
    """All orders in one. ValueError without any block."""
    return Orders(*(np.concatenate([getattr(block, name) for block in blocks]) for name in Orders.__slots__))


def ordered(rng: np.random.Generator, desk: Desk, shop: int, day: dt.date, contacts: Contacts, buyers: Ints, went: Outcomes) -> Orders:
    """The orders placed because of the day's contacts, and the silent ones of the day."""
    selling = desk.skills[contacts.seat, 5]
    # An answer within half a minute sells; after an hour the buyer has bought elsewhere.
    speed = np.select(
        [went.first_wait < 0, went.first_wait <= 30, went.first_wait <= 180, went.first_wait <= HOUR], [0.35, 1.15, 1.0, 0.7], 0.4
    )
    buys = np.flatnonzero(rng.random(len(contacts)) < np.clip(0.46 * selling * speed, 0, 0.9))
    thought = np.minimum(rng.lognormal(np.log(600), 1.5, len(buys)), LATEST).astype(np.int64)
    silent = int(rng.poisson(0.8 * len(contacts)))
    created = np.concatenate([went.end[buys] + 20 + thought, midnight(day) + np.sort(seconds(rng, silent))])
    sold = np.concatenate([went.last_seat[buys], np.full(silent, -1, dtype=np.int64)])
    variant = np.concatenate([contacts.variant[buys], rng.integers(0, VARIANTS, silent)])
    buyer = np.concatenate([buyers[buys], STRANGERS + rng.integers(0, STRANGERS, silent)])

    count = len(created)
    late, never = _paying(rng, count)
    paid = created + np.clip(rng.lognormal(np.log(40), 0.8, count), 4, 1500).astype(np.int64)
    paid = np.where(late, created + rng.integers(2 * HOUR, 20 * HOUR, count), paid)
    paid = np.where(never, NEVER, paid)
    grouped = np.full(count, NEVER, dtype=np.int64)
    if SHOPS[shop].platform == "pdd":
        full = (paid != NEVER) & (rng.random(count) < 0.975)
        grouped = np.where(full, paid + np.clip(rng.lognormal(np.log(240), 2.0, count), 1, 23 * HOUR).astype(np.int64), NEVER)
    quantity = rng.choice(4, count, p=[0.78, 0.15, 0.05, 0.02]) + 1
    prices = np.array([SHOPS[shop].product(v).yuan for v in range(VARIANTS)], dtype=np.int64)
    off = np.where(rng.random(count) < 0.55, np.array([5, 10, 20, 30])[variant % 4], 0)
    fen = np.maximum(prices[variant] * quantity - off, 9) * 100 - rng.choice([0, 0, 10, 50, 1], count)
    pleased = np.where(sold >= 0, desk.skills[sold, 6], 0.0)
    return Orders(
        # Its day, then what tells it from the day's others: an order may be placed up to four days after its chat.
        number=(created // DAY + EPOCH) * 1_000_000 + day.toordinal() % 8 * 100_000 + np.arange(count),
        buyer=buyer,
        created=created,
        paid=paid,
        grouped=grouped,
        fen=fen,
        quantity=quantity,
        variant=variant,
        seat=sold,
        pleased=pleased,
        urged=(late | never) & (SHOPS[shop].platform != "pdd") & (rng.random(count) < 0.6),
    )


def _paying(rng: np.random.Generator, count: int) -> tuple[Flags, Flags]:
    """Who pays hours later, and who never does."""
    drawn = rng.random(count)
    return drawn < 0.07, (drawn >= 0.07) & (drawn < 0.14)


def order_ids(shop: int, number: pl.Expr) -> pl.Expr:
    """Orders' ids in the form of the shop's platform, from their numbers. PDD's begin with the date of the order."""
    # One to one for orders of neighbouring days.
    mixed = (number * 7_654_321 % 9_999_999_967).cast(pl.String).str.zfill(10)
    match SHOPS[shop].platform:
        case "pdd":
            placed = pl.from_epoch(number // 1_000_000 - EPOCH, time_unit="d").dt.strftime("%y%m%d")
            return pl.concat_str(placed, pl.lit(f"-{10_000 + shop}"), mixed)
        case "taobao":
            return pl.concat_str(pl.lit(f"4{shop}"), mixed, (number % 10_000_000).cast(pl.String).str.zfill(7))
        case "jd":
            return pl.concat_str(pl.lit(f"3{shop}"), mixed)
        case "douyin":
            return pl.concat_str(pl.lit(f"69{shop}"), mixed, (number % 1_000_000).cast(pl.String).str.zfill(6))
