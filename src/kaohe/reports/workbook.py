"""Sheets as one xlsx workbook that opens ready to read, filter and print."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from rich.cells import cell_len

from kaohe._version import __version__
from kaohe.errors import WRONG_USE, Lang, code, failure
from kaohe.reports.cells import is_risky, local, shown
from kaohe.reports.files import whole
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import DOUBTFUL, NUMERIC, Column, Kind, Sheet

TOO_MANY_ROWS = code(
    "too_many_rows_for_xlsx",
    zh="“{sheet}”有 {rows} 行，超过 Excel 的上限 {limit} 行。请改用 --format csv 或 parquet",
    en="{sheet!r} has {rows} rows, more than the {limit} of a spreadsheet. Use --format csv or parquet",
    exit=WRONG_USE,
)

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
"""What a cell holds at most; longer text is cut and ends in an ellipsis."""

HEAD_ROWS = 1
WIDEST, NARROWEST = 60.0, 6.0
MEASURED_ROWS = 2_000
"""Column widths come from the headings and this many rows."""

LINE_HEIGHT, MOST_LINES = 15.0, 12
"""Points a line takes, and the most lines a row is high."""

UNITS: dict[Kind, Pair] = {"seconds": Pair("（秒）", " (s)"), "hours": Pair("（小时）", " (h)"), "days": Pair("（天）", " (days)")}
"""What is said in the heading of a column, because its cells are bare numbers."""

FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "number": "#,##0.00",
    "rate": "0.00%",
    "seconds": "#,##0.0",
    "ratio": "#,##0.00",
    "chars": "#,##0.0",
    "money": "#,##0.00",
    "hours": "#,##0.0",
    "score": "#,##0.00",
    "points": "#,##0.00",
    "days": "#,##0.00",
    "instant": "yyyy-mm-dd hh:mm:ss",
    "date": "yyyy-mm-dd",
}

_FONT = {"zh": "Microsoft YaHei", "en": "Calibri"}


def to_xlsx(path: Path, sheets: Sheet | Sequence[Sheet], lang: Lang = "zh") -> None:
    """Write a workbook with one worksheet a sheet, whole or not at all.

    Numbers stay numbers, also those marked as doubtful; seconds are seconds with one place, hours hours. Every text is written as text, never as a formula or a link.
    Notes stand under their table. Raises `Failure` when a sheet has more rows than a spreadsheet holds or the place can not be written.
    """
    listed = [sheets] if isinstance(sheets, Sheet) else list(sheets)
    for sheet in listed:
        needed = sheet.frame.height + HEAD_ROWS + len(sheet.notes) + 1
        if needed > MAX_ROWS:
            raise failure(TOO_MANY_ROWS, sheet=sheet.title.text(lang), rows=sheet.frame.height, limit=MAX_ROWS)
    with whole(path) as draft:
        # A failure inside the block leaves no half-written workbook: the draft is removed.
        book = xlsxwriter.Workbook(str(draft), {"default_date_format": FORMATS["instant"]})
        book.set_properties({"title": path.stem, "comments": f"kaohe {__version__}"})
        try:
            styles = _Styles(book, lang)
            names: set[str] = set()
            for sheet in listed:
                _write(book.add_worksheet(_sheet_name(sheet.title.text(lang), names)), sheet, styles, lang)
        finally:
            _close(book)


def _close(book: Any) -> None:
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from None


class _Styles:
    """Cell formats of one workbook, each made once."""

    def __init__(self, book: Any, lang: Lang) -> None:
        self._book = book
        self._font = {"font_name": _FONT[lang], "font_size": 10, "valign": "top"}
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**self._font, **properties})
        return self._made[key]

    @property
    def head(self) -> Any:
        return self.get(
            bold=True, font_color="#FFFFFF", bg_color="#1F4E79", border=1, border_color="#BFBFBF", valign="vcenter", text_wrap=True
        )

    @property
    def note(self) -> Any:
        return self.get(italic=True, font_color="#595959")

    def cell(self, kind: Kind, risky: bool = False, doubtful: bool = False) -> Any:
        properties: dict[str, Any] = {"border": 4, "border_color": "#D9D9D9"}
        if kind in FORMATS:
            properties["num_format"] = (f'"{DOUBTFUL}"' if doubtful else "") + FORMATS[kind]
        elif kind == "text":
            # 49 is the built-in format "@", text: an edit of the cell keeps it text.
            properties |= {"num_format": 49, "text_wrap": True}
        if risky:
            properties["quote_prefix"] = True
        return self.get(**properties)

    def nothing(self, kind: Kind) -> Any:
        return self.get(border=4, border_color="#D9D9D9", font_color="#7F7F7F", align="right" if kind in NUMERIC else "left")


def _write(page: Any, sheet: Sheet, styles: _Styles, lang: Lang) -> None:
    labels = [_label(column, lang) for column in sheet.columns]
    for at, label in enumerate(labels):
        page.write_string(0, at, label, styles.head)
    widths = [_heading_width(label) for label in labels]
    for at, column in enumerate(sheet.columns):
        null = column.null.text(lang)
        doubts = sheet.doubts(column)
        for row, (value, kind) in enumerate(zip(sheet.frame[column.name].to_list(), sheet.kinds(column), strict=True)):
            _cell(page, row + HEAD_ROWS, at, value, kind, null, styles, lang, doubts[row])
            if row < MEASURED_ROWS:
                widths[at] = max(widths[at], cell_len(shown(value, _plain_kind(kind), lang, null)) + 2)
    widths = [min(max(width, NARROWEST), WIDEST) for width in widths]
    for at, width in enumerate(widths):
        page.set_column(at, at, width)
    for row, lines in enumerate(_lines(sheet, widths)):
        if lines > 1:
            page.set_row(row + HEAD_ROWS, LINE_HEIGHT * min(lines, MOST_LINES))
    last_row = sheet.frame.height + HEAD_ROWS - 1
    page.freeze_panes(HEAD_ROWS, _frozen_columns(sheet))
    page.autofilter(0, 0, max(last_row, 0), len(sheet.columns) - 1)
    for place, note in enumerate(sheet.notes):
        page.write_string(last_row + 2 + place, 0, note.text(lang), styles.note)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer("&L&A&R&P / &N")


def _lines(sheet: Sheet, widths: Sequence[float]) -> list[int]:
    """How many lines each row needs: not every program measures wrapped text when it opens a file."""
    found = [1] * sheet.frame.height
    for column, width in zip(sheet.columns, widths, strict=True):
        if column.kind != "text" or sheet.frame.schema[column.name] != pl.String:
            continue
        for row, text in enumerate(sheet.frame[column.name].to_list()):
            if text is not None and (len(text) * 2 > width or "\n" in text):
                found[row] = max(found[row], sum(math.ceil(cell_len(line) / width) or 1 for line in text[:MAX_TEXT].split("\n")))
    return found


def _cell(page: Any, row: int, column: int, value: Any, kind: Kind, null: str, styles: _Styles, lang: Lang, doubtful: bool) -> None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        page.write_string(row, column, null, styles.nothing(kind))
    elif kind in NUMERIC and isinstance(value, int | float | Decimal):
        page.write_number(row, column, float(value), styles.cell(kind, doubtful=doubtful))
    elif kind == "instant" and isinstance(value, dt.datetime):
        page.write_datetime(row, column, local(value), styles.cell(kind))
    elif kind == "date" and isinstance(value, dt.date):
        page.write_datetime(row, column, value, styles.cell(kind))
    else:
        text = shown(value, kind, lang) if kind == "flag" else str(value)
        if len(text) > MAX_TEXT:
            text = text[: MAX_TEXT - 1] + "…"
        page.write_string(row, column, text, styles.cell("text", is_risky(text)))


def _label(column: Column, lang: Lang) -> str:
    return column.label(lang) + (UNITS[column.kind].text(lang) if column.kind in UNITS else "")


def _plain_kind(kind: Kind) -> Kind:
    return "number" if kind in UNITS else kind


def _heading_width(label: str) -> float:
    """Headings wrap, so half of a long one is enough; the filter's button needs its own room."""
    width = cell_len(label)
    return (width if width <= 10 else max(10, math.ceil(width / 2))) + 4


def _frozen_columns(sheet: Sheet) -> int:
    """The names before the first number stay in sight, at most three."""
    first = next((at for at, column in enumerate(sheet.columns) if column.kind in NUMERIC), 0)
    return first if first <= 3 else 0


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name a spreadsheet accepts: 31 characters, none of `[]:*?/\\`, no apostrophe at an end, unique whatever the case."""
    base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip(" '")[:31] or "Sheet"
    name, number = base, 2
    while name.casefold() in taken or name.casefold() == "history":
        suffix = f" {number}"
        name, number = base[: 31 - len(suffix)] + suffix, number + 1
    taken.add(name.casefold())
    return name
