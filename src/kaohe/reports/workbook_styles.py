"""Cell formats of workbooks, and how one value is written into a cell."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

from kaohe.errors import Lang
from kaohe.reports.cells import is_risky, local, shown
from kaohe.reports.tables import DOUBTFUL, NUMERIC, Kind

MAX_TEXT = 32_767
"""What a cell holds at most; longer text is cut and ends in an ellipsis."""

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
_GRID: dict[str, Any] = {"border": 4, "border_color": "#D9D9D9"}


class Styles:
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

    @property
    def wrapped_note(self) -> Any:
        return self.get(italic=True, font_color="#595959", text_wrap=True)

    @property
    def title(self) -> Any:
        return self.get(bold=True, font_size=16, font_color="#1F4E79", valign="vcenter")

    @property
    def subtitle(self) -> Any:
        return self.get(bold=True, font_size=11, font_color="#1F4E79", valign="vcenter")

    def link(self, middle: bool = False) -> Any:
        more = {"valign": "vcenter"} if middle else {}
        return self.get(**_GRID, **more, font_color="#1F5F99", underline=1, align="left", indent=1)

    def cell(self, kind: Kind, risky: bool = False, doubtful: bool = False, total: bool = False, middle: bool = False) -> Any:
        properties: dict[str, Any] = dict(_GRID)
        if middle or total:
            properties["valign"] = "vcenter"
        if total:
            properties |= {"bold": True, "top": 2, "top_color": "#1F4E79", "bg_color": "#EAF0F7"}
        if kind in FORMATS:
            properties["num_format"] = (f'"{DOUBTFUL}"' if doubtful else "") + FORMATS[kind]
        elif kind == "text":
            # 49 is the built-in format "@", text: an edit of the cell keeps it text.
            properties |= {"num_format": 49, "text_wrap": True, "align": "left", "indent": 1}
        if risky:
            properties["quote_prefix"] = True
        return self.get(**properties)

    def nothing(self, kind: Kind, middle: bool = False) -> Any:
        more = {"valign": "vcenter"} if middle else {}
        return self.get(**_GRID, **more, font_color="#7F7F7F", align="right" if kind in NUMERIC else "left")


def write_cell(
    page: Any,
    row: int,
    column: int,
    value: Any,
    kind: Kind,
    null: str,
    styles: Styles,
    lang: Lang,
    *,
    doubtful: bool = False,
    total: bool = False,
    middle: bool = False,
) -> None:
    """One value in its format: numbers as numbers, moments as moments, every text as text and never as a formula or a link."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        page.write_string(row, column, null, styles.cell("text", total=True) if total else styles.nothing(kind, middle))
    elif kind in NUMERIC and isinstance(value, int | float | Decimal):
        page.write_number(row, column, float(value), styles.cell(kind, doubtful=doubtful, total=total, middle=middle))
    elif kind == "instant" and isinstance(value, dt.datetime):
        page.write_datetime(row, column, local(value), styles.cell(kind, middle=middle))
    elif kind == "date" and isinstance(value, dt.date):
        page.write_datetime(row, column, value, styles.cell(kind, middle=middle))
    else:
        text = shown(value, kind, lang) if kind == "flag" else str(value)
        if len(text) > MAX_TEXT:
            text = text[: MAX_TEXT - 1] + "…"
        page.write_string(row, column, text, styles.cell("text", is_risky(text), total=total, middle=middle))
