"""What each detector of signs of gaming gives: how often there was an opportunity, and the cases with their messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from kaohe.clock import Flags, Ints
from kaohe.metrics.talk import Talk
from kaohe.model.tables import INSTANT

BASE: dict[str, pl.DataType] = {
    "sign": pl.String(),
    "shop_id": pl.String(),
    "account": pl.String(),
    "day": pl.Date(),
    "base": pl.Int64(),
    "usual_count": pl.Int64(),
    "usual_base": pl.Int64(),
}
"""Opportunities of one account on one day. The usual ones are what the share is held against beside colleagues, where a sign has such a thing."""

CASES: dict[str, pl.DataType] = {
    "sign": pl.String(),
    "shop_id": pl.String(),
    "account": pl.String(),
    "day": pl.Date(),
    "buyer_id": pl.String(),
    "started_at": INSTANT,
    "ended_at": INSTANT,
    "first_seconds": pl.Float64(),
    "later_seconds": pl.Float64(),
    "away_seconds": pl.Float64(),
    "hour": pl.Int8(),
    "thresholds": pl.String(),
    "detail": pl.String(),
    "other_account": pl.String(),
    "buyers": pl.Int64(),
}
"""One case. Columns a sign has no use for are null; `kaohe.metrics.signs.CASES` says what they mean."""

LINES: dict[str, pl.DataType] = {
    "sent_at": INSTANT,
    "sender": pl.String(),
    "account": pl.String(),
    "message_id": pl.String(),
    "text": pl.String(),
    "marked": pl.Boolean(),
}
"""The messages of cases, in order; `key` numbers the cases within one frame."""

THRESHOLDS = (30, 180, 300)
"""Seconds of the thresholds replies are held to: 30 s, 3 min, 5 min. Inclusive."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in some messages: opportunities (`BASE`), cases (`CASES` and `key`), their messages (`LINES` and `key`)."""

    base: pl.DataFrame
    cases: pl.DataFrame
    lines: pl.DataFrame

    @classmethod
    def nothing(cls) -> Found:
        key = {"key": pl.Int64()}
        return cls(pl.DataFrame(schema=BASE), pl.DataFrame(schema={**key, **CASES}), pl.DataFrame(schema={**key, **LINES}))

    @classmethod
    def together(cls, parts: list[Found]) -> Found:
        """All parts as one, keys made different."""
        if not parts:
            return cls.nothing()
        shifts = np.cumsum([0, *(len(part.cases) for part in parts)])
        cases = [part.cases.with_columns(pl.col("key") + int(shift)) for part, shift in zip(parts, shifts, strict=False)]
        lines = [part.lines.with_columns(pl.col("key") + int(shift)) for part, shift in zip(parts, shifts, strict=False)]
        return cls(pl.concat([part.base for part in parts]), pl.concat(cases), pl.concat(lines))


def counted(sign: str, talk: Talk, row: Ints, agent: Ints, usual: Flags | None = None) -> pl.DataFrame:
    """Opportunities (`BASE`) from one row each: the row tells the shop, `agent` who had it. With `usual` those are the usual ones and the share of
    them that holds."""
    chosen = pl.DataFrame({"shop_id": talk.shop.gather(pl.Series(row, dtype=pl.Int64)), "account": talk.named(agent)})
    if usual is None:
        sums = {"base": pl.len().cast(pl.Int64), "usual_count": pl.lit(None, pl.Int64), "usual_base": pl.lit(None, pl.Int64)}
    else:
        chosen = chosen.with_columns(usual=pl.Series(usual, dtype=pl.Boolean))
        sums = {"base": pl.lit(0, pl.Int64), "usual_count": pl.sum("usual").cast(pl.Int64), "usual_base": pl.len().cast(pl.Int64)}
    grouped = chosen.group_by("shop_id", "account").agg(**sums).with_columns(sign=pl.lit(sign), day=pl.lit(talk.piece.day, pl.Date))
    return grouped.select(pl.col(name).cast(dtype) for name, dtype in BASE.items())


def cases(sign: str, talk: Talk, low: Ints, high: Ints, marked: Ints, more: Mapping[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cases (`CASES` and `key`) with their messages (`LINES` and `key`): of each those from row `low` to row `high` of the talk, both included,
    and whatever bots and systems wrote between them. `marked` is the row the case is about. `more` are columns of `CASES`, of one length."""
    first, last, mark = (talk.at[rows].astype(np.int64) for rows in (low, high, marked))
    count = last - first + 1
    key = np.arange(len(first), dtype=np.int64)
    place = np.arange(count.sum()) + np.repeat(first - np.append(0, np.cumsum(count)[:-1]), count) if len(first) else first
    told = talk.messages.select(
        pl.col("sent_at", "sender", "agent_id", "message_id", "text").gather(pl.Series(place, dtype=pl.Int64))
    ).rename({"agent_id": "account"})
    lines = told.with_columns(
        key=pl.Series(np.repeat(key, count), dtype=pl.Int64), marked=pl.Series(place == np.repeat(mark, count), dtype=pl.Boolean)
    )
    who = talk.messages.select(pl.col("shop_id", "buyer_id").gather(pl.Series(mark, dtype=pl.Int64)))
    given = who.with_columns(
        key=pl.Series(key),
        sign=pl.lit(sign),
        day=pl.lit(talk.piece.day, pl.Date),
        **{name: pl.Series(values, dtype=_plain(CASES[name])) for name, values in more.items()},
    )
    whole = given.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in CASES.items() if name not in given.columns)
    return whole.select("key", *(pl.col(name).cast(dtype) for name, dtype in CASES.items())), lines.select("key", *LINES)


def _plain(dtype: pl.DataType) -> pl.DataType:
    # Moments come as microseconds.
    return pl.Int64() if isinstance(dtype, pl.Datetime) else dtype


def crossed(first: Ints, later: Ints) -> list[str]:
    """The thresholds, in seconds parted by blanks, that the first wait kept and the later one would not have. Both in microseconds."""
    return [
        " ".join(str(limit) for limit in THRESHOLDS if one <= limit * 1_000_000 < other)
        for one, other in zip(first.tolist(), later.tolist(), strict=True)
    ]
