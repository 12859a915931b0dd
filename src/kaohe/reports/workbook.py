"""Sheets as one xlsx workbook that opens ready to read, filter and print."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from rich.cells import cell_len

from kaohe._version import __version__
from kaohe.errors import WRONG_USE, Lang, code, failure
from kaohe.reports.cells import shown
from kaohe.reports.files import whole
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import NUMERIC, Column, Kind, Page, Sheet
from kaohe.reports.workbook_charts import Placed, write_charts
from kaohe.reports.workbook_pages import write_page
from kaohe.reports.workbook_styles import FORMATS, MAX_TEXT, Styles, write_cell

TOO_MANY_ROWS = code(
    "too_many_rows_for_xlsx",
    zh="“{sheet}”有 {rows} 行，超过 Excel 的上限 {limit} 行。请改用 --format csv 或 parquet",
    en="{sheet!r} has {rows} rows, more than the {limit} of a spreadsheet. Use --format csv or parquet",
    exit=WRONG_USE,
)

MAX_ROWS = 1_048_576
MAX_HEADER = 255
HEAD_ROWS = 1
WIDEST, NARROWEST = 60.0, 6.0
MEASURED_ROWS = 2_000
"""Column widths come from the headings and this many rows."""

LINE_HEIGHT, MOST_LINES = 15.0, 12
"""Points a line takes, and the most lines a row is high."""

UNITS: dict[Kind, Pair] = {"seconds": Pair("（秒）", " (s)"), "hours": Pair("（小时）", " (h)"), "days": Pair("（天）", " (days)")}
"""What is said in the heading of a column, because its cells are bare numbers."""

CHARTS = Pair("图表", "Charts")
NOTE_ROOM = 50.0
"""Under a table narrower than this many characters notes run on to the right."""

SIGNED_HEIGHT = 26.0
"""Points of a row somebody signs in."""


def to_xlsx(path: Path, sheets: Sheet | Sequence[Sheet | Page], lang: Lang = "zh", heading: str = "") -> None:
    """Write a workbook with one worksheet a sheet or page, whole or not at all; charts stand together on a worksheet after the first.

    Numbers stay numbers, also those marked as doubtful; seconds are seconds with one place, hours hours. Every text is written as text, never as a formula or
    a link; only names of pages in columns that say so (`Column.leads`) lead there. Notes stand under their table; `heading` is printed over each page. Raises `Failure` when a sheet has more
    rows than a spreadsheet holds or the place can not be written.
    """
    listed = [sheets] if isinstance(sheets, Sheet) else list(sheets)
    for sheet in listed:
        if isinstance(sheet, Sheet) and _rows(sheet) > MAX_ROWS:
            raise failure(TOO_MANY_ROWS, sheet=sheet.title.text(lang), rows=sheet.frame.height, limit=MAX_ROWS)
    with whole(path) as draft:
        # A failure inside the block leaves no half-written workbook: the draft is removed.
        book = xlsxwriter.Workbook(str(draft), {"default_date_format": FORMATS["instant"]})
        book.set_properties({"title": path.stem, "comments": f"kaohe {__version__}"})
        try:
            _write_all(book, listed, lang, heading)
        finally:
            _close(book)


def _rows(sheet: Sheet) -> int:
    """How many rows of a worksheet a sheet takes."""
    return HEAD_ROWS + sheet.frame.height + (sheet.total is not None) + 1 + len(sheet.notes)


def _write_all(book: Any, listed: Sequence[Sheet | Page], lang: Lang, heading: str) -> None:
    styles, taken = Styles(book, lang), set[str]()
    drawn = any(isinstance(one, Sheet) and one.charts for one in listed)
    charts: str | None = _sheet_name(CHARTS.text(lang), taken) if drawn else None
    names = [_sheet_name(one.title.text(lang), taken) for one in listed]
    pages = {one.title.text(lang): name for one, name in zip(listed, names, strict=True) if isinstance(one, Page)}
    placed: list[Placed] = []
    chart_page = None
    for at, (one, name) in enumerate(zip(listed, names, strict=True)):
        page = book.add_worksheet(name)
        if at == 0 and charts is not None:
            chart_page = book.add_worksheet(charts)
        if isinstance(one, Page):
            write_page(page, one, styles, lang)
        else:
            _write(page, one, styles, lang, pages)
            if heading:
                # An ampersand begins a command there; a header holds 255 characters.
                said = f"&L{heading.replace('&', '&&')}&R{one.title.text(lang).replace('&', '&&')}"
                page.set_header(said if len(said) <= MAX_HEADER else "")
            placed += [Placed(chart, one, name, HEAD_ROWS) for chart in one.charts]
    if chart_page is not None:
        write_charts(book, chart_page, placed, lang)


def _close(book: Any) -> None:
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from None


def _write(page: Any, sheet: Sheet, styles: Styles, lang: Lang, pages: Mapping[str, str]) -> None:
    labels = [_label(column, lang) for column in sheet.columns]
    middle = any(column.sign for column in sheet.columns)
    for at, label in enumerate(labels):
        page.write_string(0, at, label, styles.head)
    widths = [max(_heading_width(label), column.least) for label, column in zip(labels, sheet.columns, strict=True)]
    for at, column in enumerate(sheet.columns):
        null = column.null.text(lang)
        doubts = sheet.doubts(column)
        for row, (value, kind) in enumerate(zip(sheet.frame[column.name].to_list(), sheet.kinds(column), strict=True)):
            if column.leads and value in pages:
                _lead(page, row + HEAD_ROWS, at, str(value), pages[value], styles.link(middle))
            else:
                write_cell(page, row + HEAD_ROWS, at, value, kind, null, styles, lang, doubtful=doubts[row], middle=middle)
            if row < MEASURED_ROWS:
                widths[at] = max(widths[at], cell_len(shown(value, _plain_kind(kind), lang, null)) + 2)
        if column.bar and sheet.frame.height:
            _bars(page, at, sheet.frame.height)
        if sheet.total is not None:
            given = sheet.total.get(column.name)
            write_cell(page, sheet.frame.height + HEAD_ROWS, at, given, column.kind, "", styles, lang, total=True)
            widths[at] = max(widths[at], cell_len(shown(given, _plain_kind(column.kind), lang, "")) * 1.15 + 2)
    widths = [min(max(width, NARROWEST), WIDEST) for width in widths]
    for at, width in enumerate(widths):
        page.set_column(at, at, width)
    page.set_row(0, LINE_HEIGHT * max(math.ceil(cell_len(label) / width) for label, width in zip(labels, widths, strict=True)) + 3)
    least = SIGNED_HEIGHT if middle else 0.0
    for row, lines in enumerate(_lines(sheet, widths)):
        if lines > 1 or least:
            page.set_row(row + HEAD_ROWS, max(LINE_HEIGHT * min(lines, MOST_LINES), least))
    last_row = sheet.frame.height + HEAD_ROWS - 1
    if sheet.total is not None:
        page.set_row(last_row + 1, max(LINE_HEIGHT + 4, least))
    page.freeze_panes(HEAD_ROWS, _frozen_columns(sheet))
    # The line of totals is not sorted or filtered away: it stands outside.
    page.autofilter(0, 0, max(last_row, 0), len(sheet.columns) - 1)
    below = last_row + 2 + (sheet.total is not None)
    for place, note in enumerate(sheet.notes):
        _write_note(page, below + place, note.text(lang), widths, styles)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer("&L&A&R&P / &N")


def _lead(page: Any, row: int, column: int, text: str, name: str, style: Any) -> None:
    """A name that leads to its own page in this workbook."""
    quoted = name.replace("'", "''")
    page.write_url(row, column, f"internal:'{quoted}'!A1", style, string=text[:MAX_TEXT])


def _write_note(page: Any, row: int, text: str, widths: Sequence[float], styles: Styles) -> None:
    """A note under a table: broken at the table's width, so that a long one does not make the print small."""
    room = sum(widths)
    if len(widths) < 2 or room < NOTE_ROOM:
        page.write_string(row, 0, text, styles.note)
        return
    # Empty first: text written with a merge would be read as a formula where it looks like one.
    page.merge_range(row, 0, row, len(widths) - 1, "", styles.wrapped_note)
    page.write_string(row, 0, text, styles.wrapped_note)
    page.set_row(row, LINE_HEIGHT * math.ceil((cell_len(text) + 1) / room))


def _bars(page: Any, column: int, rows: int) -> None:
    """A bar behind each number, from nothing to the largest."""
    rule = {"type": "data_bar", "data_bar_2010": True, "bar_color": "#BBD6EE", "bar_solid": True, "bar_border_color": "#BBD6EE"}
    page.conditional_format(HEAD_ROWS, column, HEAD_ROWS + rows - 1, column, rule | {"min_type": "num", "min_value": 0})


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
