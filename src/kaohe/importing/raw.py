"""Tables as they come out of a file: all text, under the file's own headings, rows numbered as Excel numbers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from kaohe.errors import Problem


@dataclass(frozen=True, slots=True)
class RawTable:
    """A run of rows of one table. Every column is text; empty cells are null or empty.

    Row n of `frame` is line `first + n` of the file, unless `lines` (Int64) says otherwise. `broken` names rows that could not be
    taken apart properly, by position, with what is wrong; they are refused as a whole.
    """

    frame: pl.DataFrame
    first: int
    lines: pl.Series | None = None
    broken: Mapping[int, Problem] = field(default_factory=dict)

    def line(self, position: int) -> int:
        return self.first + position if self.lines is None else int(self.lines[position])


def unique_headings(cells: Iterable[str | None]) -> list[str]:
    """Headings as column names: blank ones become `列3`, ones that come again `金额_2`."""
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        base = (cell or "").strip("\ufeff \t\r\n\u00a0\u3000") or f"列{number}"
        name, again = base, 1
        while name in taken:
            again += 1
            name = f"{base}_{again}"
        names.append(name)
        taken.add(name)
    return names


def text_frame(rows: Sequence[Sequence[str | None]], names: Sequence[str]) -> pl.DataFrame:
    """Rows of equal length as a frame of text columns. What no text may hold, half a surrogate pair, becomes `�`."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    try:
        return pl.DataFrame({name: pl.Series(name, column, dtype=pl.String) for name, column in zip(names, columns, strict=True)})
    except UnicodeEncodeError:
        clean = [[cell.encode("utf-8", "replace").decode("utf-8") if cell else cell for cell in column] for column in columns]
        return pl.DataFrame({name: pl.Series(name, column, dtype=pl.String) for name, column in zip(names, clean, strict=True)})
