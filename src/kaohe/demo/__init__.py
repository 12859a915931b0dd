"""Demo data: a made-up month in the platforms' own files, and any number of messages for the benchmark.

Everything is drawn from the seed: the same seed gives the same bytes. numpy and xlsxwriter are loaded when something is made.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from kaohe.demo.summary import DemoSummary, Progress

__all__ = ["DemoSummary", "Progress", "write_demo", "write_messages"]


def write_demo(
    folder: Path,
    *,
    seed: int = 1,
    first: date = date(2026, 10, 1),
    days: int = 31,
    scale: float = 1.0,
    progress: Progress | None = None,
) -> DemoSummary:
    """Write `days` days from `first` of five shops on four platforms and their thirty agents into `folder`.

    At `scale` 1 about 300 contacts and 2,600 messages a day over all shops; twice the scale, twice as many. Chats, orders, refunds and the platforms'
    own reports lie in `<platform>/<shop_id>/`; reviews, the canonical tables and README.txt in `folder`, which is made when missing. Other files in
    it stay, so use a new one.
    `progress` is called after each day. Raises ValueError for less than a day, a scale that is not positive, or a negative seed.
    """
    if days < 1 or not scale > 0 or seed < 0:
        raise ValueError(f"need days >= 1, scale > 0, seed >= 0: got {days}, {scale}, {seed}")
    from kaohe.demo.month import make

    return make(folder, seed, first, days, scale, progress)


def write_messages(
    folder: Path,
    *,
    messages: int,
    days: int,
    shops: int,
    agents: int,
    seed: int = 1,
    first: date = date(2026, 10, 1),
    format: Literal["csv", "parquet"] = "parquet",
    progress: Progress | None = None,
) -> int:
    """Write exactly `messages` canonical messages over `days` days, one file `messages_2026-10-01.parquet` a day. Gives their number.

    Columns: shop_id, buyer_id, sent_at, sender, agent_id, message_id, text; all text but `sent_at` in parquet, an instant in UTC
    (csv: local time of Asia/Shanghai without offset). A file holds its local day only, chat after chat in no order of buyers; an answer
    after midnight stands in the next day's file. About 10.5 messages a contact. One day is in memory at a time.
    Raises ValueError for a count below 1, or fewer messages than days.
    """
    if min(days, shops, agents) < 1 or messages < days or seed < 0:
        raise ValueError(f"need days, shops, agents >= 1, messages >= days: got {days}, {shops}, {agents}, {messages}")
    from kaohe.demo.fleet import make

    return make(folder, messages, days, shops, agents, seed, first, format, progress)
