"""What comes after chats and orders: refunds, complaints, reviews, ratings. Nothing is known after the export's `end`."""

from __future__ import annotations

import numpy as np
import polars as pl

from kaohe.demo.conversations import TALKATIVE, Contacts, Outcomes
from kaohe.demo.orders import HOUR, NEVER, Orders
from kaohe.demo.people import Desk
from kaohe.demo.phrasebook import Phrasebook
from kaohe.demo.ragged import Flags, Floats, Ints, pick
from kaohe.demo.rhythm import DAY

STAR_TEXTS = {
    5: ("质量很好，客服也耐心", "发货快，和描述一样", "回购第三次了", "很满意，推荐", "包装严实，五星好评"),
    4: ("还不错，就是慢了点", "整体可以", "性价比还行"),
    3: ("一般般吧", "和图片有点色差", "物流太慢"),
    2: ("用了两天就有点问题", "客服回复慢，问半天不理", "尺码偏小"),
    1: ("质量太差，客服只会说在的", "发错货还不给换", "联系客服没人回，差评"),
}
COMPLAINTS = ("客服不回复", "客服态度不好", "未按约定时间发货", "虚假承诺", "拒绝售后")


def unknown_after(end: int, at: Ints) -> Ints:
    """The times, `NEVER` for those the export can not know yet."""
    return np.where(at < end, at, NEVER)


def stars(rng: np.random.Generator, pleased: Floats) -> Ints:
    """Stars from 1 to 5. The more pleased, the higher: at 0, about 84 % are 5 and 6 % are 3 or less."""
    return np.searchsorted([-2.15, -1.9, -1.55, -1.0], rng.standard_normal(len(pleased)) + pleased * 0.9).astype(np.int64) + 1


def quiet_refunds(rng: np.random.Generator, desk: Desk, orders: Orders, end: int) -> pl.DataFrame:
    """Refunds of a day's orders that were asked for without a word in the chat."""
    rows = np.flatnonzero((orders.paid != NEVER) & (rng.random(len(orders)) < 0.045))
    applied = orders.paid[rows] + rng.integers(2 * HOUR, 9 * DAY, len(rows))
    handlers = pick(rng, np.broadcast_to(desk.on_duty * desk.preference(presale=False), (len(rows), len(desk.seats))))
    handler = np.where(rng.random(len(rows)) < 0.5, handlers, -1)
    kind = rng.choice(["refund_only", "return_refund", "exchange", "other"], len(rows), p=[0.45, 0.48, 0.05, 0.02])
    return _refunds(rng, orders.number[rows], orders.fen[rows], applied, handler, kind, end)


def chat_refunds(rng: np.random.Generator, book: Phrasebook, contacts: Contacts, went: Outcomes, orders: Orders, end: int) -> pl.DataFrame:
    """Refunds asked for in after-sale chats. `orders` has one row a contact."""
    exchange = contacts.parts[:, 1] == book.scripts["exchange"]
    rows = np.flatnonzero(contacts.refunding | (exchange & (rng.random(len(contacts)) < 0.6)))
    applied = went.end[rows] - rng.integers(0, 60, len(rows))
    chosen = rng.choice(["refund_only", "return_refund"], len(rows), p=[0.35, 0.65])
    kind = np.where(exchange[rows], "exchange", chosen)
    handler = np.where(went.last_seat[rows] >= 0, went.last_seat[rows], contacts.seat[rows])
    return _refunds(rng, orders.number[rows], orders.fen[rows], applied, handler, kind, end)


def _refunds(
    rng: np.random.Generator, number: Ints, fen: Ints, applied: Ints, seat: Ints, kind: np.typing.NDArray[np.str_], end: int
) -> pl.DataFrame:
    count = len(number)
    hours = np.clip(rng.lognormal(np.log(18), 1.0, count), 0.2, 240)
    completed = unknown_after(end, applied + (hours * HOUR).astype(np.int64))
    closed = rng.random(count) < 0.09
    part = np.where(rng.random(count) < 0.15, rng.integers(5, 60, count), 100)
    intervened = rng.random(count) < 0.06
    frame = pl.DataFrame(
        {
            "number": number,
            "seat": seat,
            "applied": applied,
            "completed": completed,
            "fen": np.maximum(fen * part // 100, 1),
            "type": kind.astype(str).tolist(),
            "status": np.select([completed == NEVER, closed], ["pending", "closed"], "success").astype(str).tolist(),
            "intervened": intervened,
            "liable": intervened & (rng.random(count) < 0.5),
        },
        schema_overrides={"type": pl.String, "status": pl.String},
    )
    return frame.filter(pl.col("applied") < end)


def complaints(rng: np.random.Generator, contacts: Contacts, went: Outcomes, end: int) -> pl.DataFrame:
    """Complaints of a day's contacts, rarely without cause, more often where nobody answered. `contact` is the row."""
    left_alone = (contacts.turns < TALKATIVE) & (contacts.open_at == 0)
    slow = went.first_wait > HOUR // 2
    chance = np.select([left_alone, slow], [0.08, 0.03], 0.0012 + 0.003 * contacts.curt)
    rows = np.flatnonzero(rng.random(len(contacts)) < chance)
    filed = went.end[rows] + rng.integers(HOUR // 2, 30 * HOUR, len(rows))
    reason = np.where(left_alone[rows] | slow[rows], 0, rng.integers(1, len(COMPLAINTS), len(rows)))
    undecided = filed > end - 3 * DAY
    upheld = rng.random(len(rows)) < np.where(reason == 0, 0.65, 0.35)
    frame = pl.DataFrame(
        {
            "contact": rows,
            "seat": contacts.seat[rows],
            "filed": filed,
            "upheld": [None if waiting else bool(yes) for waiting, yes in zip(undecided, upheld, strict=True)],
            "kind": [COMPLAINTS[number] for number in reason],
        },
        schema_overrides={"upheld": pl.Boolean, "kind": pl.String},
    )
    return frame.filter(pl.col("filed") < end)


def reviews(rng: np.random.Generator, desk: Desk, orders: Orders, end: int) -> pl.DataFrame:
    """Reviews of a day's orders; bad ones are often followed up, and sometimes raised."""
    rows = np.flatnonzero((orders.paid != NEVER) & (rng.random(len(orders)) < 0.24))
    count = len(rows)
    at = orders.paid[rows] + rng.integers(3 * DAY, 13 * DAY, count)
    given = stars(rng, orders.pleased[rows])
    bad = given <= 3
    followed = bad & (rng.random(count) < 0.75)
    follow_at = at + np.clip(rng.lognormal(np.log(14 * HOUR), 0.9, count), HOUR // 2, 100 * HOUR).astype(np.int64)
    follow_at = np.where(followed, unknown_after(end, follow_at), NEVER)
    raised = (follow_at != NEVER) & (rng.random(count) < 0.4)
    raise_at = np.where(raised, unknown_after(end, follow_at + rng.integers(2 * HOUR, 72 * HOUR, count)), NEVER)
    by = pick(rng, np.broadcast_to(desk.on_duty * desk.preference(presale=False), (count, len(desk.seats))))
    frame = pl.DataFrame(
        {
            "number": orders.number[rows],
            "seat": np.where(follow_at != NEVER, by, -1),
            "reviewed": at,
            "stars": given,
            "text": [
                STAR_TEXTS[star][n % len(STAR_TEXTS[star])] for star, n in zip(given.tolist(), rng.integers(0, 60, count), strict=True)
            ],
            "followed": follow_at,
            "revised": raise_at,
            "revised_stars": np.where(raise_at != NEVER, rng.integers(4, 6, count), NEVER),
        },
        schema_overrides={"text": pl.String},
    )
    return frame.filter(pl.col("reviewed") < end)


def ratings(rng: np.random.Generator, desk: Desk, contacts: Contacts, went: Outcomes, end: int) -> pl.DataFrame:
    """Invitations to rate a chat, some of them answered. `contact` is the row."""
    answered: Flags = went.last_human >= 0
    rows = np.flatnonzero(answered & (rng.random(len(contacts)) < 0.42))
    count = len(rows)
    invited = went.end[rows] + rng.integers(5, 90, count)
    slow = np.where(went.first_wait[rows] > 180, -0.8, 0.0)
    replied = rng.random(count) < 0.45
    rated = np.where(replied, unknown_after(end, invited + rng.integers(5, 1_800, count)), NEVER)
    frame = pl.DataFrame(
        {
            "contact": rows,
            "seat": went.last_seat[rows],
            "invited": invited,
            "rated": rated,
            "stars": np.where(rated != NEVER, stars(rng, desk.skills[went.last_seat[rows], 6] + slow), NEVER),
        }
    )
    return frame.filter(pl.col("invited") < end)
