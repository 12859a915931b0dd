"""Who wrote a message, and the order of messages (SEMANTICS §1).

Exports have whole seconds. Within one second the rank of the sender decides, then the message's id: a buyer's question
and its answer in the same second become a wait of 0 s, and the result is the same on every run and machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import polars as pl

Sender = Literal["buyer", "system", "bot", "assisted", "agent"]

SENDERS: tuple[str, ...] = get_args(Sender)
"""All senders in order of rank: `SENDERS.index(sender)` is the rank."""

HUMANS: tuple[str, ...] = ("assisted", "agent")
"""Who counts as a person unless a pack says otherwise."""

SENDER = pl.Enum(SENDERS)


def rank(sender: str) -> int:
    """0 for buyer … 4 for agent. ValueError for a word that is no sender."""
    return SENDERS.index(sender)


def ranks(senders: Sequence[str]) -> list[int]:
    return [rank(sender) for sender in senders]
