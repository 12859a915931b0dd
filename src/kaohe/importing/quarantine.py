"""Quarantine: refused rows as a csv file that can be mended in a spreadsheet and imported again.

The rows stand under their own headings, followed by where each came from and what is wrong with it. Cells that a spreadsheet would run
as formulas carry an apostrophe, which the next import takes away.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import polars as pl

from kaohe.errors import Lang
from kaohe.importing.conversion import Converted, protected
from kaohe.importing.tabular import MARK, SHOP, Part

COLUMNS = (MARK, SHOP, "kaohe_file", "kaohe_row", "kaohe_column", "kaohe_found", "kaohe_reason")
"""What is added to the original columns: the profile to read the row by, its shop, its file and row, the heading and text at fault, and why."""


class Quarantine:
    """Gathers the refused rows of one file in drafts, one per layout, and puts them in place when the import is done."""

    def __init__(self, drafts: Path, number: int, lang: Lang = "zh") -> None:
        self._drafts, self._number, self._lang = drafts, number, lang
        self._open: dict[tuple[str, ...], Path] = {}

    @property
    def empty(self) -> bool:
        return not self._open

    def add(self, part: Part, converted: Converted) -> None:
        """Put away the refused rows of one raw table."""
        if not converted.lines:
            return
        profile = part.profile.table if part.is_chat else part.profile.name
        old = [name for name in converted.refused.columns if name not in COLUMNS]
        reasons = converted.reasons
        added = {
            MARK: pl.Series([profile], dtype=pl.String).new_from_index(0, len(reasons)),
            SHOP: pl.Series(converted.shops, dtype=pl.String),
            "kaohe_file": pl.Series([part.name], dtype=pl.String).new_from_index(0, len(reasons)),
            "kaohe_row": pl.Series([str(line) for line in converted.lines], dtype=pl.String),
            "kaohe_column": pl.Series([problem.column for problem in reasons], dtype=pl.String),
            "kaohe_found": pl.Series([str(problem.parts.get("found", "")) for problem in reasons], dtype=pl.String),
            "kaohe_reason": pl.Series([problem.code.text(problem.parts, self._lang) for problem in reasons], dtype=pl.String),
        }
        refused = converted.refused.select(old)
        if part.is_chat:
            # These rows are read again as plain messages, where nobody translates a mall or account into the shop.
            refused = refused.with_columns(added[SHOP].alias("shop_id"))
        frame = protected(refused.with_columns(**added))
        layout = tuple(frame.columns)
        path = self._open.get(layout)
        if path is None:
            path = self._open[layout] = self._drafts / f"{self._number}-{len(self._open)}.csv"
            path.write_bytes(codecs.BOM_UTF8)
            head = frame
        else:
            head = None
        with path.open("ab") as stream:
            frame.write_csv(stream, include_header=head is not None, line_terminator="\r\n")

    def settle(self, folder: Path, prefix: str, stem: str, sha256: str) -> Path | None:
        """Move the drafts to `folder` under a name made of the import, the file and its digest. The first path; None without rows."""
        first: Path | None = None
        name = re.sub(r'[\\/:*?"<>|\s]+', "_", stem)[:60].strip("._") or "file"
        for draft in self._open.values():
            folder.mkdir(parents=True, exist_ok=True)
            target, again = folder / f"{prefix}-{name}-{sha256[:8]}.csv", 1
            while target.exists():
                again += 1
                target = folder / f"{prefix}-{name}-{sha256[:8]}-{again}.csv"
            target.write_bytes(draft.read_bytes())
            draft.unlink()
            first = first or target
        self._open.clear()
        return first
