"""A sheet as a table on a terminal: right-aligned numbers, Chinese widths, `–` for what nobody counted."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from kaohe.errors import Lang
from kaohe.reports.cells import printable, shown
from kaohe.reports.tables import DOUBTFUL, NUMERIC, Column, Sheet

HEADING_WIDTH = 10
"""Headings wider than this many terminal cells are broken in two, so that eight figures fit a hundred columns."""

_WORDS = ("人工", "响应", "回复", "应答", "时间", "转化", "退款", "评价")
"""Where a Chinese heading may be broken; a heading without any of these is broken in the middle."""

TEXT_WIDTH = 48
"""The widest a column of text gets; longer text goes on in the next line."""


def to_terminal(sheets: Sheet | Sequence[Sheet], file: IO[str], lang: Lang = "zh") -> None:
    """Print sheets one after another. On a terminal they fit its width; into a pipe each is as wide as its content."""
    tty = file.isatty()
    console = Console(
        file=file,
        width=None if tty else 10_000,
        highlight=False,
        legacy_windows=False,
    )
    for sheet in [sheets] if isinstance(sheets, Sheet) else sheets:
        console.print(_renderable(sheet, lang))


def terminal_text(sheet: Sheet, lang: Lang = "zh", width: int = 10_000) -> str:
    """The sheet as plain text of at most `width` cells a line."""
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, legacy_windows=False)
    console.print(_renderable(sheet, lang))
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def _renderable(sheet: Sheet, lang: Lang) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    cells: list[list[Text]] = []
    for column in sheet.columns:
        numeric = column.kind in NUMERIC
        table.add_column(
            Text(_heading(column.label(lang)) if numeric and column.kind != "plain" else column.label(lang)),
            justify="right" if numeric else "left",
            no_wrap=numeric or column.kind in ("instant", "date"),
            max_width=None if numeric else TEXT_WIDTH,
            overflow="fold",
            vertical="top",
        )
        cells.append(_column(sheet, column, lang))
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    if sheet.total is not None:
        table.add_section()
        table.add_row(*(_total(sheet.total, column, lang) for column in sheet.columns), style="bold")
    parts: list[RenderableType] = [Text(sheet.title.text(lang), style="bold"), table]
    parts += [Text(printable(note.text(lang)), style="dim") for note in sheet.notes]
    return Group(*parts, Text(""))


def _total(total: Mapping[str, Any], column: Column, lang: Lang) -> Text:
    return Text(shown(total[column.name], column.kind, lang) if column.name in total else "")


def _column(sheet: Sheet, column: Column, lang: Lang) -> list[Text]:
    null = column.null.text(lang)
    values = sheet.frame[column.name].to_list()
    # The mark stands before the number, so that numbers still end under each other.
    return [
        Text(DOUBTFUL * doubt + shown(value, kind, lang, null), style="dim" if value is None else "")
        for value, kind, doubt in zip(values, sheet.kinds(column), sheet.doubts(column), strict=True)
    ]


def _heading(label: str) -> str:
    """A wide heading in two lines of about equal width, broken between words where it can be."""
    if cell_len(label) <= HEADING_WIDTH:
        return label
    places = [at for at in range(1, len(label)) if label[at] == " " or label.startswith(_WORDS, at)] or range(1, len(label))
    at = min(places, key=lambda place: abs(cell_len(label[:place]) - cell_len(label[place:])))
    return label[:at].rstrip() + "\n" + label[at:].lstrip()
