"""The demo: a month of five shops, made day by day and written in the platforms' own forms."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from kaohe.demo import aftermath, canonical, dirt, duty, entered, pdd_chat, qianniu, readme, tables, tallies
from kaohe.demo.catalogue import SHOPS
from kaohe.demo.conversations import Contacts, Messages, Outcomes, converse, outcomes
from kaohe.demo.orders import NEVER, Orders, joined, order_ids, ordered
from kaohe.demo.people import Desk, Roster, desk, roster
from kaohe.demo.phrasebook import phrasebook
from kaohe.demo.ragged import Ints
from kaohe.demo.rhythm import CLOSES, DAY, OPENS
from kaohe.demo.rows import before, buyers, message_rows
from kaohe.demo.streams import stream
from kaohe.demo.summary import DemoSummary, Progress
from kaohe.demo.visits import aftersale, midnight, presale, urging, volume

BEFORE = 12
"""Days before the first whose orders are made too, so that the first days have after-sale contacts."""

WORKBOOK_EVERY = 5
"""Of so many days the Tmall shop's last one is a workbook, the others copied text."""

WEEK = 7


@dataclass(slots=True)
class _Spoken:
    """Some contacts of a shop's day: as they were, how they went, the buyers' numbers, the orders they are about (-1: none)."""

    contacts: Contacts
    messages: Messages
    went: Outcomes
    buyers: Ints
    about: Ints


@dataclass
class _Shop:
    """What is remembered of a shop while the days go by."""

    orders: dict[dt.date, Orders] = field(default_factory=dict)
    carried: pl.DataFrame | None = None
    week: list[pl.DataFrame] = field(default_factory=list)


@dataclass
class _Month:
    folder: Path
    seed: int
    first: dt.date
    days: int
    scale: float
    staff: Roster
    shops: list[_Shop] = field(default_factory=lambda: [_Shop() for _ in SHOPS])
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[pl.DataFrame]] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Local second at which the exports end."""
        return midnight(self.first) + self.days * DAY

    def add(self, table: str, shop: int, rows: pl.DataFrame) -> None:
        self.found.setdefault(table, []).append(rows.with_columns(shop=pl.lit(shop, dtype=pl.Int64)))


def make(folder: Path, seed: int, first: dt.date, days: int, scale: float, progress: Progress | None) -> DemoSummary:
    """See `kaohe.demo.write_demo`."""
    folder.mkdir(parents=True, exist_ok=True)
    month = _Month(folder, seed, first, days, scale, roster(days))
    for number in range(-BEFORE, days):
        day = first + dt.timedelta(days=number)
        for shop in range(len(SHOPS)):
            _shop_day(month, shop, number, day)
        if progress is not None and number >= 0:
            progress(number + 1, days)
    orders = [shop.orders.values() for shop in month.shops]
    written = tables.write_all(folder, month.staff, seed, first, days, scale, month.found, orders, month.end)
    by_profile: Counter[str] = Counter()
    for file in written.exports:
        by_profile[file.profile] += file.rows
    summary = DemoSummary(
        folder=folder,
        first=first,
        days=days,
        shops=len(SHOPS),
        agents=len(month.staff.agents),
        contacts=month.counts["contacts"],
        messages=month.counts["messages"],
        repeated=month.counts["repeated"],
        refused=dict(sorted(month.refused.items())),
        summary_rows=month.counts["summary_rows"] + sum(file.sums for file in written.exports),
        tables=written.tables,
        exports=by_profile,
        files=month.counts["files"] + len(written.tables) + len(written.exports) + 1,
    )
    readme.write(summary, month.staff)
    return summary


def _shop_day(month: _Month, shop: int, number: int, day: dt.date) -> None:
    """Make one shop's day; days before the first leave only their orders."""
    state = month.shops[shop]
    sits = desk(month.staff, shop, number, day)
    book = phrasebook()
    rng = stream("presale", month.seed, shop, day)
    wanted = volume(month.seed, shop, day, month.scale)
    contacts, who = presale(rng, book, sits, shop, day, max(1, round(wanted * 0.62)), month.scale)
    messages = converse(rng, book, contacts)
    went = outcomes(contacts, messages)
    coming = _Spoken(contacts, messages, went, who, np.full(len(contacts), -1, dtype=np.int64))
    state.orders[day] = ordered(stream("orders", month.seed, shop, day), sits, shop, day, contacts, who, went)
    month.add("refunds", shop, aftermath.quiet_refunds(stream("refunds", month.seed, shop, day), sits, state.orders[day], month.end))
    month.add("reviews", shop, aftermath.reviews(stream("reviews", month.seed, shop, day), sits, state.orders[day], month.end))
    if number < 0:
        return

    rng = stream("aftersale", month.seed, shop, day)
    asking = _asking(month, rng, sits, shop, day, wanted - len(contacts))
    urged = _urged(month, rng, sits, shop, day)
    rng = stream("ratings", month.seed, shop, day)
    blocks = []
    for place, spoken in enumerate((coming, asking, urged)):
        about = pl.Series(spoken.about)
        ids = pl.DataFrame({"number": about}).select(pl.when(pl.col("number") >= 0).then(order_ids(shop, pl.col("number").abs())))
        named = ids.to_series().alias("order_id")
        block = message_rows(book, sits, shop, day, spoken.contacts, spoken.messages, spoken.buyers, named, base=place * 300_000_000)
        blocks.append(block)
        people = buyers(shop, spoken.buyers).with_columns(named)
        for table, rows in (
            ("ratings", aftermath.ratings(rng, sits, spoken.contacts, spoken.went, month.end)),
            ("complaints", aftermath.complaints(rng, spoken.contacts, spoken.went, month.end)),
        ):
            month.add(table, shop, pl.concat([rows, people[rows["contact"]]], how="horizontal"))
        month.counts["contacts"] += len(spoken.contacts)
    settled = entered.resolutions(stream("resolutions", month.seed, shop, day), day, asking.contacts, asking.went)
    month.add("resolutions", shop, pl.concat([settled, buyers(shop, asking.buyers)[settled["contact"]]], how="horizontal"))
    month.add("presence", shop, duty.presence(stream("presence", month.seed, shop, day), sits, day))
    visitors, spend, sales = duty.traffic(stream("targets", month.seed, shop, day), shop, wanted)
    month.add("traffic", shop, pl.DataFrame({"day": [day], "visitors": [visitors], "spend": [spend], "sales": [sales]}))

    rows = pl.concat(blocks if state.carried is None else [state.carried, *blocks])
    rows, state.carried = before(rows, day + dt.timedelta(days=1))
    ordinal = pl.lit(midnight(day) // DAY, dtype=pl.Int64).alias("day")
    persons = tallies.people_of(SHOPS[shop].platform)
    month.add("questions", shop, tallies.questions(rows, persons).with_columns(ordinal))
    month.add("served", shop, tallies.served(rows, persons).with_columns(ordinal))
    _write_day(month, shop, number, day, rows)


def _asking(month: _Month, rng: np.random.Generator, sits: Desk, shop: int, day: dt.date, wanted: int) -> _Spoken:
    """After-sale contacts of the day, about orders of the days before, and the refunds they lead to."""
    book = phrasebook()
    known = month.shops[shop].orders
    orders = joined([known[day - dt.timedelta(days=lag)] for lag in range(1, BEFORE + 1) if day - dt.timedelta(days=lag) in known])
    orders = orders.take((orders.paid != NEVER) & (orders.paid < midnight(day)))
    lag = (midnight(day) + DAY - orders.paid) // DAY
    weight = np.array([0, 7, 9, 8, 6, 6, 5, 4, 3, 3, 2, 2, 1, 1, 1], dtype=np.float64)[np.minimum(lag, 14)]
    count = min(max(wanted, 0), len(orders) // 2)
    rows = rng.choice(len(orders), count, replace=False, p=weight / weight.sum()) if count else np.zeros(0, dtype=np.int64)
    orders, lag = orders.take(rows), lag[rows]
    contacts = aftersale(rng, book, sits, shop, day, orders.variant, lag)
    messages = converse(rng, book, contacts)
    went = outcomes(contacts, messages)
    month.add("refunds", shop, aftermath.chat_refunds(rng, book, contacts, went, orders, month.end))
    return _Spoken(contacts, messages, went, orders.buyer, orders.number)


def _urged(month: _Month, rng: np.random.Generator, sits: Desk, shop: int, day: dt.date) -> _Spoken:
    """Contacts an agent begins within two hours of an order of the day that is not yet paid."""
    book = phrasebook()
    orders = month.shops[shop].orders[day]
    arrival = orders.created + rng.integers(1_200, 5_400, len(orders))
    second = arrival - midnight(day)
    wanted = orders.urged & (second >= OPENS) & (second < CLOSES) & ((orders.paid == NEVER) | (orders.paid > arrival))
    orders, arrival = orders.take(wanted), arrival[wanted]
    contacts = urging(rng, book, sits, shop, day, orders.variant, arrival)
    messages = converse(rng, book, contacts)
    return _Spoken(contacts, messages, outcomes(contacts, messages), orders.buyer, orders.number)


def _write_day(month: _Month, shop: int, number: int, day: dt.date, rows: pl.DataFrame) -> None:
    """Write a shop's day of messages in its platform's form, with some dirt, and count what was written."""
    about = SHOPS[shop]
    folder = month.folder / about.platform / about.shop_id
    folder.mkdir(parents=True, exist_ok=True)
    bad = dirt.soiled(stream("dirt", month.seed, shop, day), rows)
    sound = rows.height
    match about.platform:
        case "pdd":
            form: pdd_chat.Form = "array" if shop == 0 else "lines"
            suffix = "json" if form == "array" else "jsonl"
            everything = pl.concat([rows, bad]).sort("at", maintain_order=True)
            pdd_chat.write(folder / f"聊天记录_{about.shop_id}_{day}.{suffix}", everything, about.shop_id, form)
            if shop == 0 and number == min(4, month.days - 1):
                again = rows.sort("at", maintain_order=True)
                pdd_chat.write(folder / f"聊天记录_{about.shop_id}_{day}_再次导出.{suffix}", again, about.shop_id, form)
                month.counts["repeated"] += sound
                month.counts["files"] += 1
        case "taobao":
            sound = qianniu.writable(rows).height
            if number % WORKBOOK_EVERY == WORKBOOK_EVERY - 1:
                # A sheet can only lose the sender: its name is the buyer, and a time it can not read is no row to it.
                bad = qianniu.writable(bad).with_columns(dirt=pl.lit(dirt.UNKNOWN_SENDER))
                qianniu.write_workbook(folder / f"千牛聊天记录_原始逐条_{day}.xlsx", pl.concat([rows, bad]), about.name)
            else:
                bad = bad.clear()
                qianniu.write_text(folder / f"千牛聊天_{day}.txt", rows, about.name)
        case _:
            month.shops[shop].week.append(pl.concat([rows, bad]))
            if number % WEEK == WEEK - 1 or number == month.days - 1:
                _write_week(month, shop, day, folder)
    month.counts["files"] += about.platform in ("pdd", "taobao")
    month.counts["messages"] += sound
    for kind in bad["dirt"].to_list():
        month.refused[kind] += 1


def _write_week(month: _Month, shop: int, last: dt.date, folder: Path) -> None:
    """Write what JD or Douyin collected since the last file. JD exports two days of the first week once more."""
    jd = SHOPS[shop].platform == "jd"
    week = month.shops[shop].week
    first = last - dt.timedelta(days=len(week) - 1)
    encoding: canonical.Encoding = "gbk" if jd else "utf-8-sig"

    def write(days: list[pl.DataFrame], name: str, *, total: bool) -> None:
        canonical.write_messages(folder / name, pl.concat(days), encoding, tabs=jd, total=total)
        month.counts["summary_rows"] += total
        month.counts["files"] += 1

    write(week, f"messages_{first:%Y%m%d}_{last:%Y%m%d}.csv", total=True)
    if jd and first == month.first:
        again = [day.filter(pl.col("dirt").is_null()) for day in week[-2:]]
        since = last - dt.timedelta(days=len(again) - 1)
        write(again, f"messages_{since:%Y%m%d}_{last:%Y%m%d}_补导.csv", total=False)
        month.counts["repeated"] += sum(day.height for day in again)
    week.clear()
