"""A sign in invitations to rate: they go to buyers who have just praised."""

from __future__ import annotations

import numpy as np
import polars as pl

from kaohe.clock import Flags
from kaohe.metrics.sightings import Found, cases, counted
from kaohe.metrics.talk import Talk

LAST_MESSAGES = 3
"""How many of the buyer's last messages are looked at for praise."""


def invitations_after_praise(talk: Talk, invitations: pl.DataFrame) -> Found:
    """Invitations that followed praise in the buyer's last messages of the day, and how often served contacts end in praise at all.

    `invitations`, of this talk's day: shop_id, buyer_id, at (microseconds), account (whom it counts for), in order. Opportunities: invitations to
    buyers who wrote before them that day; the usual ones: contacts in which the account and the buyer wrote.
    """
    usual = _usual(talk)
    row = np.flatnonzero(talk.buyer & talk.read)
    who = talk.messages.select(pl.col("shop_id", "buyer_id").gather(pl.Series(talk.at[row], dtype=pl.Int64)))
    wrote = who.with_columns(row=pl.Series(row, dtype=pl.Int64), moment=pl.Series(talk.moment[row], dtype=pl.Int64))
    wrote = wrote.with_columns(praise=pl.Series(talk.praise[row], dtype=pl.Boolean))
    asked = invitations.with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
    both = asked.join(wrote, on=["shop_id", "buyer_id"], how="inner").filter(pl.col("moment") <= pl.col("at")).sort("number", "row")
    last = both.group_by("number", maintain_order=True).tail(LAST_MESSAGES)
    told = last.group_by("number", maintain_order=True).agg(
        pl.first("shop_id", "account", "at"),
        low=pl.first("row"),
        high=pl.last("row"),
        moment=pl.last("moment"),
        praise=pl.any("praise"),
        praised=pl.col("row").filter("praise").last(),
    )
    base = (
        told.group_by("shop_id", "account")
        .agg(base=pl.len().cast(pl.Int64))
        .select(
            pl.lit("invites_after_praise").alias("sign"),
            "shop_id",
            "account",
            pl.lit(talk.piece.day, pl.Date).alias("day"),
            "base",
            pl.lit(0, pl.Int64).alias("usual_count"),
            pl.lit(0, pl.Int64).alias("usual_base"),
        )
    )
    after = told.filter("praise")
    more = {
        "account": after["account"],
        "started_at": after["moment"],
        "ended_at": after["at"],
        "detail": ["praise"] * len(after),
    }
    low, high, praised = (after[name].to_numpy() for name in ("low", "high", "praised"))
    return Found(pl.concat([usual, base]), *cases("invites_after_praise", talk, low, high, praised, more))


def _usual(talk: Talk) -> pl.DataFrame:
    """How many contacts each account served, and in how many of them the buyer's last messages hold praise."""
    places = np.flatnonzero(talk.buyer & talk.read)
    contact = talk.contact[places]
    # Counted from the end of its contact each buyer message has a place; the last few are looked at.
    upto = np.searchsorted(contact, contact, side="right")
    last = places[upto - np.arange(len(places)) <= LAST_MESSAGES]
    praised = np.unique(talk.contact[last[talk.praise[last]]])
    asked = np.unique(contact)
    humans = np.flatnonzero(talk.human & (talk.agent >= 0))
    pairs, rows = np.unique(np.stack([talk.contact[humans], talk.agent[humans]]), axis=1, return_index=True)
    served = np.isin(pairs[0], asked)
    pairs, rows = pairs[:, served], humans[rows[served]]
    usual: Flags = np.isin(pairs[0], praised)
    return counted("invites_after_praise", talk, rows, pairs[1], usual)
