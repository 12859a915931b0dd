"""A worksheet of charts that show the cells of other worksheets: what somebody mends there moves here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaohe.errors import Lang
from kaohe.reports.tables import FEW_MARKS, MOST_BARS, Chart, Sheet

WIDTH = 940
"""Pixels: the width of a landscape A4 page."""

BAR, AROUND = 20, 90
"""Pixels a bar takes, and those of title, legend and axis."""

PAGE = 640
"""Pixels down such a page."""

ROW = 20
"""Pixels of an empty row."""

PLAIN = ("#4A8CC7",)
SCALE = ("#C6CCD3", "#C7443C", "#E59A4C", "#ECD06F", "#8FC08A", "#3B8F5A")
KINDS = ("#3C78B4", "#E0883A", "#57A05D", "#B565A7", "#C9AD3C", "#4FB0AE", "#D0605E", "#8C7355")


@dataclass(frozen=True, slots=True)
class Placed:
    """A chart, the sheet it shows, and where that stands: the worksheet's name and the row of its first value."""

    chart: Chart
    sheet: Sheet
    name: str
    row: int


def write_charts(book: Any, page: Any, placed: Sequence[Placed], lang: Lang) -> None:
    """Put charts under each other, none across two printed pages."""
    row, top, breaks = 0, 0, []
    for one in placed:
        drawing, height = _chart(book, one, lang)
        rows = height // ROW + 2
        if row > top and (row + rows - top) * ROW > PAGE:
            top = row
            breaks.append(row)
        page.insert_chart(row, 0, drawing, {"object_position": 3})
        row += rows
    page.set_h_pagebreaks(breaks)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.set_footer("&L&A&R&P / &N")


def _chart(book: Any, one: Placed, lang: Lang) -> tuple[Any, int]:
    chart, sheet = one.chart, one.sheet
    count = min(sheet.frame.height, MOST_BARS)
    names = sheet.names
    first, last = one.row, one.row + count - 1
    single = len(chart.values) == 1
    subtype = {} if single else {"subtype": "percent_stacked" if chart.parts else "stacked"}
    drawing = book.add_chart({"type": "bar"} | subtype)
    shades = {"plain": PLAIN, "scale": SCALE, "kinds": KINDS}[chart.shades]
    for at, value in enumerate(chart.values):
        label, column = names.index(chart.label), names.index(value)
        series = {
            "name": sheet.columns[column].label(lang),
            "categories": [one.name, first, label, last, label],
            "values": [one.name, first, column, last, column],
            "fill": {"color": shades[at % len(shades)]},
            "gap": 40,
        }
        if single:
            series["data_labels"] = {"value": True, "position": "outside_end"}
        drawing.add_series(series)
    title = chart.title.text(lang)
    if sheet.frame.height > count:
        title += f"（前 {count} 行）" if lang == "zh" else f" (first {count} rows)"
    drawing.set_title({"name": title, "name_font": {"size": 13}, "overlay": False})
    # Bars run from the top, in the order of the table; the axis of values then has to be told to stay at the foot.
    drawing.set_y_axis({"reverse": True, "interval_unit": 1, "num_font": {"size": 9}, "label_position": "low"})
    drawing.set_x_axis(
        {"label_position": "high", "num_font": {"size": 9}, "major_gridlines": {"visible": True, "line": {"color": "#E3E7EC"}}}
        | ({"num_format": "0%"} if chart.parts else {"num_format": "#,##0"})
        # A spreadsheet left to itself may begin an axis where the smallest bar nearly ends.
        | ({"min": 0} if _least(one) >= 0 else {})
        | ({"major_unit": 1} if _few_people(one) else {})
    )
    drawing.set_legend({"none": True} if single else {"position": "top", "font": {"size": 9}})
    height = AROUND + BAR * count
    drawing.set_size({"width": WIDTH, "height": height})
    return drawing, height


def _few_people(one: Placed) -> bool:
    """Whether a chart's bars are counts so short that their axis would be marked in halves."""
    kinds = {column.kind for column in one.sheet.columns if column.name in one.chart.values}
    if one.chart.parts or kinds != {"count"}:
        return False
    return all(sum(row) <= FEW_MARKS for row in one.sheet.frame.select(*one.chart.values).fill_null(0).iter_rows())


def _least(one: Placed) -> float:
    """The smallest number a chart shows."""
    return min((float(value) for name in one.chart.values for value in one.sheet.frame[name].to_list() if value is not None), default=0.0)
