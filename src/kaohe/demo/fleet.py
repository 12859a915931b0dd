"""Messages by the million for the benchmark: the demo's engine over many shops at once, a day at a time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from kaohe.demo.buyers import buyer_ids
from kaohe.demo.catalogue import SHOPS, VARIANTS
from kaohe.demo.conversations import BUYERS_NOTICE, TALKATIVE, Contacts, Messages, converse
from kaohe.demo.dialogues import AFTERSALE, PRESALE
from kaohe.demo.people import GOOD, MIDDLING, SLOW, STRONG, WEAK
from kaohe.demo.phrasebook import KINDS, phrasebook
from kaohe.demo.ragged import Flags, Ints
from kaohe.demo.rhythm import CLOSES, DAY, OPENS, UTC_OFFSET, factor, seconds
from kaohe.demo.streams import stream
from kaohe.demo.summary import Progress
from kaohe.demo.visits import draw, midnight
from kaohe.model.senders import SENDERS

PER_CONTACT = 10.7
"""About how many messages a contact has."""

BATCH = 50_000
"""Contacts made at once: what bounds memory, and keeps the arrays near the processor."""

_SECOND_TOPIC = 0.82

_SKILLS = (MIDDLING, GOOD, MIDDLING, SLOW, MIDDLING, STRONG, MIDDLING, WEAK, GOOD, MIDDLING)


def make(
    folder: Path,
    messages: int,
    days: int,
    shops: int,
    agents: int,
    seed: int,
    first: dt.date,
    format: Literal["csv", "parquet"],
    progress: Progress | None,
) -> int:
    """See `kaohe.demo.write_messages`."""
    folder.mkdir(parents=True, exist_ok=True)
    fleet = Fleet(shops, agents)
    carried = fleet.nothing()
    for number, quota in enumerate(_quotas(messages, first, days)):
        day = first + dt.timedelta(days=number)
        rows, carried = fleet.day(seed, day, quota, carried)
        path = folder / f"messages_{day}.{format}"
        if format == "parquet":
            instant = (pl.col("at") - UTC_OFFSET) * 1_000_000
            rows.select("shop_id", "buyer_id", instant.cast(pl.Datetime("us", "UTC")).alias("sent_at"), *_REST).write_parquet(path)
        else:
            local = pl.from_epoch("at", time_unit="s").alias("sent_at")
            rows.select("shop_id", "buyer_id", local, *_REST).write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")
        if progress is not None:
            progress(number + 1, days)
    return messages


_REST = ("sender", "agent_id", "message_id", "text")


def _quotas(messages: int, first: dt.date, days: int) -> list[int]:
    """How many messages each day has: by the days' rhythm, at least one, `messages` in all."""
    weights = np.array([factor(first + dt.timedelta(days=number)) for number in range(days)])
    edges = np.round(np.cumsum(weights) / weights.sum() * (messages - days)).astype(np.int64)
    return [int(count) + 1 for count in np.diff(edges, prepend=0)]


class Fleet:
    """Many shops with their agents. Shops take turns in the catalogue; agent *a* belongs to shop *a* modulo the number of shops."""

    def __init__(self, shops: int, agents: int) -> None:
        self.shops, self.agents = shops, agents
        self.book = phrasebook()
        self.shop_ids = pl.Series([str(100_000_000 + number * 7_919) for number in range(shops)], dtype=pl.String)
        self.accounts = pl.Series([f"cs_{110_382_700 + number * 37}" for number in range(agents)], dtype=pl.String)
        # A few large shops, many small ones.
        weight = (1.0 + np.arange(shops)) ** -0.5
        self.busy = np.cumsum(weight) / weight.sum()
        skills = [_SKILLS[number % len(_SKILLS)] for number in range(agents)]
        self.skills = np.array([[skill.pace, skill.spread, skill.lapse, skill.silence, skill.curt] for skill in skills])

    def day(self, seed: int, day: dt.date, quota: int, carried: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Exactly `quota` rows of that local day, `carried` first, and the rows that belong to the next."""
        rng = stream("fleet", seed, 0, day)
        blocks = [carried.head(quota)]
        later = [self.nothing()]
        missing = quota - blocks[0].height
        serial = 0
        while missing > 0:
            contacts, shop, buyer = self._contacts(rng, day, min(int(missing / PER_CONTACT * 1.03) + 3, BATCH))
            messages = converse(rng, self.book, contacts)
            pdd = np.array([about.platform == "pdd" for about in SHOPS])[contacts.shop]
            messages = messages.take((messages.event != BUYERS_NOTICE) | pdd[messages.contact])
            # Cut where the day is full, so that what comes after midnight follows what is kept.
            full = np.searchsorted(np.cumsum(messages.at < midnight(day) + DAY), missing)
            messages = messages.take(np.arange(min(int(full) + 1, len(messages))))
            rows = self._rows(day, contacts, shop, buyer, messages, serial)
            today = pl.col("at") < midnight(day) + DAY
            blocks.append(rows.filter(today))
            later.append(rows.filter(~today))
            missing -= blocks[-1].height
            serial += len(messages)
        return pl.concat(blocks), pl.concat(later)

    def nothing(self) -> pl.DataFrame:
        return pl.DataFrame(schema={"shop_id": pl.String, "buyer_id": pl.String, "at": pl.Int64, **dict.fromkeys(_REST, pl.String)})

    def _contacts(self, rng: np.random.Generator, day: dt.date, count: int) -> tuple[Contacts, Ints, Ints]:
        """So many contacts, the shop of each and the buyer's number."""
        shop = np.minimum(np.searchsorted(self.busy, rng.random(count)), self.shops - 1).astype(np.int64)
        after = rng.random(count) < 0.38
        none = self.book.scripts["none"]
        first = self._topics(rng, after)
        more = np.where(rng.random(count) < _SECOND_TOPIC, self._topics(rng, after), none)
        parts = np.stack(
            [
                draw(rng, self.book, {"hello": 0.6, "card": 0.2, "direct": 0.2}, count),
                first,
                np.where(more == first, none, more),
                draw(rng, self.book, {"thanks": 0.65, "curt": 0.25, "none": 0.1}, count),
            ],
            axis=1,
        )
        second = seconds(rng, count)
        awake = (second >= OPENS) & (second < CLOSES)
        seat, other = self._seats(rng, shop), self._seats(rng, shop)
        skill = self.skills[seat]
        silent = rng.random(count) < np.where(awake, skill[:, 3], 0.3)
        contacts = Contacts(
            shop=shop % len(SHOPS),
            variant=rng.integers(0, VARIANTS, count),
            arrival=midnight(day) + second,
            seat=seat,
            second=np.where((rng.random(count) < 0.05) & (other != seat), other, -1),
            handover=rng.integers(2, 4, count),
            turns=np.where(silent, np.where(awake, rng.integers(0, 3, count), 0), TALKATIVE),
            open_at=np.where(awake, 0, midnight(day) + OPENS + np.where(second < OPENS, 0, DAY)),
            parts=parts,
            comeback=np.where(rng.random(count) < 0.15, rng.integers(1_800, 14_400, count), rng.integers(20, 240, count)),
            greeted=rng.random(count) < np.where(awake, 0.6, 0.95),
            after=after,
            refunding=after & (rng.random(count) < 0.1),
            pace=skill[:, 0],
            spread=skill[:, 1],
            lapse=skill[:, 2],
            curt=skill[:, 4],
            assist=np.full(count, 0.07),
        )
        # One in five buyers is one of a few thousand the shop knows, all others are met once or twice.
        buyer = np.where(rng.random(count) < 0.2, rng.integers(0, 5_000, count), rng.integers(5_000, 100_000_000, count))
        return contacts, shop, buyer

    def _topics(self, rng: np.random.Generator, after: Flags) -> Ints:
        before_buying = draw(rng, self.book, dict.fromkeys(PRESALE, 1.0), len(after))
        return np.where(after, draw(rng, self.book, dict.fromkeys(AFTERSALE, 1.0), len(after)), before_buying)

    def _seats(self, rng: np.random.Generator, shop: Ints) -> Ints:
        """An agent of each shop; shops beyond the number of agents share them."""
        of_shop = (self.agents - 1 - shop) // self.shops + 1
        turn = (rng.random(len(shop)) * np.maximum(of_shop, 1)).astype(np.int64)
        return np.where(of_shop > 0, shop + self.shops * turn, shop % self.agents)

    def _rows(self, day: dt.date, contacts: Contacts, shop: Ints, buyer: Ints, messages: Messages, serial: int) -> pl.DataFrame:
        number = pl.col("buyer") * 64
        platform = pl.col("about")
        forms = [pl.when(platform == place).then(buyer_ids(about.platform, number)) for place, about in enumerate(SHOPS)]
        people = pl.DataFrame({"buyer": buyer, "about": contacts.shop}).select(
            shop_id=self.shop_ids.gather(pl.Series(shop)), buyer_id=pl.coalesce(forms)
        )
        seat = pl.Series(messages.seat)
        named = pl.Series(messages.seat >= 0)
        drawn = pl.Series(messages.kind != KINDS.index("image"))
        nothing = pl.Series([None], dtype=pl.String)
        return people[pl.Series(messages.contact)].with_columns(
            at=pl.Series(messages.at),
            sender=pl.Series(SENDERS, dtype=pl.String).gather(pl.Series(messages.sender)),
            agent_id=self.accounts.gather(seat.clip(0)).zip_with(named, nothing),
            message_id=((day.toordinal() % 9_000 + 1_000) * 1_000_000_000 + serial + pl.int_range(pl.len())).cast(pl.String),
            text=self.book.texts.gather(pl.Series(messages.text)).zip_with(drawn, nothing),
        )
