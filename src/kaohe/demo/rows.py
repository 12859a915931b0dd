"""A shop's day of messages as a frame, the form all writers take.

Columns: `shop_id`, `buyer_id`, `nick`, `at` (local seconds), `sender`, `account` (who wrote or receives; null nobody), `next_account`
(who takes over, on a hand-over), `message_id`, `text`, `session_id`, `kind`, `event` (of `conversations`), `variant`, `yuan`, `order_id`,
`dirt` (null: sound).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from kaohe.demo.buyers import buyer_ids, nicks, number_of
from kaohe.demo.catalogue import SHOPS, VARIANTS
from kaohe.demo.conversations import BUYERS_NOTICE, TRANSFER, Contacts, Messages
from kaohe.demo.people import Desk
from kaohe.demo.phrasebook import KINDS, Phrasebook
from kaohe.demo.ragged import Ints
from kaohe.demo.visits import midnight
from kaohe.model.senders import SENDERS


def message_number(shop: int, day: dt.date) -> int:
    """Thirteen digits from which a shop's messages of a day are numbered: different in every shop, and on any thousand days in a row."""
    return (1_000 + day.toordinal() % 1_000 * 8 + shop) * 1_000_000_000


def buyers(shop: int, numbers: Ints) -> pl.DataFrame:
    """`buyer_id` and `nick` of each number."""
    number = number_of(shop, pl.col("number"))
    return pl.DataFrame({"number": numbers}).select(buyer_ids(SHOPS[shop].platform, number).alias("buyer_id"), nicks(number).alias("nick"))


def seat_accounts(desk: Desk, seats: Ints) -> pl.Series:
    """The account of each seat, null for -1."""
    accounts = pl.Series([seat.account for seat in desk.seats], dtype=pl.String)
    return accounts.gather(pl.Series(np.where(seats < 0, 0, seats))).zip_with(pl.Series(seats >= 0), pl.Series([None], dtype=pl.String))


def message_rows(
    book: Phrasebook,
    desk: Desk,
    shop: int,
    day: dt.date,
    contacts: Contacts,
    messages: Messages,
    numbers: Ints,
    order_ids: pl.Series,
    *,
    base: int,
) -> pl.DataFrame:
    """Messages as rows. `numbers` and `order_ids` have one row a contact; ids of messages count on from `base` within the day."""
    if SHOPS[shop].platform != "pdd":
        messages = messages.take(messages.event != BUYERS_NOTICE)
    people = buyers(shop, numbers).with_columns(
        order_id=order_ids.alias("order_id"),
        variant=pl.Series(contacts.variant),
        yuan=pl.Series([SHOPS[shop].product(v).yuan for v in range(VARIANTS)]).gather(pl.Series(contacts.variant)),
        session_id=pl.format("S{}{}", pl.lit(f"{day:%Y%m%d}"), (pl.int_range(pl.len()) + 100_000 + base)),
        next_account=seat_accounts(desk, contacts.second),
    )
    contact = pl.Series(messages.contact)
    frame = people[contact].with_columns(
        shop_id=pl.lit(SHOPS[shop].shop_id),
        at=pl.Series(messages.at),
        sender=pl.Series(SENDERS, dtype=pl.String).gather(pl.Series(messages.sender)),
        account=seat_accounts(desk, messages.seat),
        message_id=(message_number(shop, day) + base + pl.int_range(pl.len())).cast(pl.String),
        text=book.texts.gather(pl.Series(messages.text)),
        kind=pl.Series(KINDS, dtype=pl.String).gather(pl.Series(messages.kind)),
        event=pl.Series(messages.event),
        dirt=pl.lit(None, dtype=pl.String),
    )
    return frame.with_columns(next_account=pl.when(pl.col("event") == TRANSFER).then("next_account"))


def before(rows: pl.DataFrame, day: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows sent before that day begins, and those after."""
    early = pl.col("at") < midnight(day)
    return rows.filter(early), rows.filter(~early)
