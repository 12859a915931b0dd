"""A worksheet of several tables under each other in one grid of columns, printed on one page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len

from kaohe.errors import Lang
from kaohe.reports.cells import shown
from kaohe.reports.tables import Column, Page, Sheet
from kaohe.reports.workbook_styles import Styles, write_cell

LINE_HEIGHT = 15.0
"""Points a line of text takes."""

TITLE_HEIGHT, SUBTITLE_HEIGHT = 27.0, 21.0


def write_page(page: Any, found: Page, styles: Styles, lang: Lang) -> None:
    """Write the title, the tables with their titles, the notes."""
    for at, width in enumerate(found.widths):
        page.set_column(at, at, width)
    page.set_row(0, TITLE_HEIGHT)
    page.write_string(0, 0, found.heading.text(lang), styles.title)
    row = 1
    for sheet in found.sheets:
        row = _write_table(page, row, sheet, found.widths, styles, lang)
    for note in found.notes:
        row = _write_note(page, row, note.text(lang), found.widths, styles)
    page.hide_gridlines(2)
    if found.portrait:
        page.set_portrait()
    else:
        page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 1)
    page.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
    page.set_footer("&L&A&R&P / &N")


def _write_table(page: Any, row: int, sheet: Sheet, widths: Sequence[float], styles: Styles, lang: Lang) -> int:
    """Write one table from `row` on and give the row after it and a blank one."""
    places = _places(sheet.columns)
    room = [sum(widths[at : at + column.span]) for at, column in zip(places, sheet.columns, strict=True)]
    page.set_row(row, SUBTITLE_HEIGHT)
    page.write_string(row, 0, sheet.title.text(lang), styles.subtitle)
    row += 1
    labels = [column.label(lang) for column in sheet.columns]
    _heights(page, row, labels, room)
    for at, column, label in zip(places, sheet.columns, labels, strict=True):
        _merged(page, row, at, column.span, styles.head)
        page.write_string(row, at, label, styles.head)
    row += 1
    for values in sheet.frame.select(sheet.names).iter_rows():
        _write_row(page, row, dict(zip(sheet.names, values, strict=True)), sheet, places, room, styles, lang)
        row += 1
    if sheet.total is not None:
        _write_row(page, row, sheet.total, sheet, places, room, styles, lang, total=True)
        row += 1
    for note in sheet.notes:
        row = _write_note(page, row, note.text(lang), widths, styles)
    return row + 1


def _write_row(
    page: Any,
    row: int,
    values: Any,
    sheet: Sheet,
    places: Sequence[int],
    room: Sequence[float],
    styles: Styles,
    lang: Lang,
    *,
    total: bool = False,
) -> None:
    texts = []
    for at, column in zip(places, sheet.columns, strict=True):
        value = values.get(column.name)
        null = "" if total and column.name not in values else column.null.text(lang)
        _merged(page, row, at, column.span, styles.cell(column.kind, total=total))
        write_cell(page, row, at, value, column.kind, null, styles, lang, total=total)
        texts.append(shown(value, column.kind, lang, null))
    _heights(page, row, texts, room)


def _write_note(page: Any, row: int, text: str, widths: Sequence[float], styles: Styles) -> int:
    _merged(page, row, 0, len(widths), styles.wrapped_note)
    page.write_string(row, 0, text, styles.wrapped_note)
    _heights(page, row, [text], [sum(widths)])
    return row + 1


def _merged(page: Any, row: int, at: int, span: int, style: Any) -> None:
    """Make one cell of `span`. Empty, for what is written with a merge would be read as a formula where it looks like one."""
    if span > 1:
        page.merge_range(row, at, row, at + span - 1, "", style)


def _heights(page: Any, row: int, texts: Sequence[str], room: Sequence[float]) -> None:
    """As high as the longest text needs: merged cells never grow by themselves."""
    lines = max((math.ceil((cell_len(text) + 1) / width) for text, width in zip(texts, room, strict=True) if text), default=1)
    page.set_row(row, LINE_HEIGHT * max(lines, 1) + 2)


def _places(columns: Sequence[Column]) -> list[int]:
    found, at = [], 0
    for column in columns:
        found.append(at)
        at += column.span
    return found
