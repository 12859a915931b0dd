"""What a demo holds, so that whoever imports it can check the totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the days done and the days in all."""


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """A written demo.

    `messages` are the sound messages, each counted once; `repeated` those of them that stand in a second export too.
    `refused` counts rows that can not be imported, by table and what is wrong with them; `summary_rows` the 总计 rows and the like, which are no data.
    `tables` counts the rows of the canonical tables beside the messages, `exports` those of the platforms' own orders, refunds, reviews and reports, by
    the profile that reads them. `contacts` are buyers × shop × day as begun.
    """

    folder: Path
    first: date
    days: int
    shops: int
    agents: int
    contacts: int
    messages: int
    repeated: int
    refused: Mapping[str, int]
    summary_rows: int
    tables: Mapping[str, int]
    exports: Mapping[str, int]
    files: int

    @property
    def refused_rows(self) -> int:
        return sum(self.refused.values())
