"""Charts of sheets as SVG that stands in an HTML page: colours are the page's, text is the page's, nothing is fetched.

altair describes, vl-convert draws, both without a browser or a network. Both are slow to load, so they are imported when a chart is drawn.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.cells import cell_len

from kaohe.errors import Lang
from kaohe.reports.cells import printable, shown
from kaohe.reports.tables import FEW_MARKS, MOST_BARS, Chart, Column, Sheet

WIDTH = 520
"""Pixels of a whole chart: as wide as a phone can show at a size to be read."""

BAR, GAP, FONT = 18, 6, 12
CELL = 6.7
"""Pixels a terminal cell's worth of text takes: widths do not depend on the fonts of the machine that draws."""

LABEL_CELLS = 26
VALUE_ROOM = 64

SCALE = ("var(--level-none)", "var(--level-0)", "var(--level-1)", "var(--level-2)", "var(--level-3)", "var(--level-4)")
KINDS = tuple(f"var(--kind-{number})" for number in range(1, 9))
PLAIN = "var(--bar)"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart ready to be put into a page: its title, the SVG, names and CSS colours of stacked values, how many rows are not drawn."""

    title: str
    svg: str
    legend: tuple[tuple[str, str], ...]
    hidden: int


def colours(chart: Chart) -> tuple[str, ...]:
    """A CSS colour for each of a chart's values."""
    if chart.shades == "plain":
        return (PLAIN,) * len(chart.values)
    known = SCALE if chart.shades == "scale" else KINDS
    return tuple(known[at % len(known)] for at in range(len(chart.values)))


def drawn(chart: Chart, sheet: Sheet, lang: Lang) -> Drawing | None:
    """The chart of a sheet; None where there is no number to draw."""
    frame = sheet.frame.head(MOST_BARS)
    columns = {column.name: column for column in sheet.columns}
    numbers = {name: [None if value is None else float(value) for value in frame[name].to_list()] for name in chart.values}
    if not any(value is not None for values in numbers.values() for value in values):
        return None
    labels = [_shortened(printable(str(label))) for label in frame[chart.label].to_list()]
    rows = [
        {"at": at, "label": label, "part": part, "value": numbers[name][at] or 0.0, "said": _said(frame[name][at], columns.get(name), lang)}
        for at, label in enumerate(labels)
        for part, name in enumerate(chart.values)
    ]
    shades = colours(chart)
    whole = all(columns[name].kind == "count" for name in chart.values)
    svg = _svg(rows, labels, shades, chart.parts, whole)
    legend = tuple((columns[name].label(lang), shade) for name, shade in zip(chart.values, shades, strict=True)) if len(shades) > 1 else ()
    return Drawing(chart.title.text(lang), svg, legend, sheet.frame.height - frame.height)


def _said(value: Any, column: Column | None, lang: Lang) -> str:
    if column is not None and column.kind == "points" and isinstance(value, Decimal | float):
        return f"{value:g}" if isinstance(value, float) else f"{value.normalize():f}"
    return shown(value, column.kind if column is not None else "number", lang)


def _shortened(label: str) -> str:
    if cell_len(label) <= LABEL_CELLS:
        return label
    while cell_len(label) > LABEL_CELLS - 1:
        label = label[:-1]
    return label + "…"


def _svg(rows: list[dict[str, Any]], labels: list[str], shades: tuple[str, ...], parts: bool, whole: bool) -> str:
    import altair as alt
    import vl_convert

    room = int(max(cell_len(label) for label in labels) * CELL) + 8
    single = len(shades) == 1
    width = int(WIDTH - room - (VALUE_ROOM if single else 16))
    text: dict[str, Any] = {"labelColor": "currentColor", "labelFontSize": FONT, "labelFont": "sans-serif", "title": None}
    # Two rows may have one label, so that bars are told apart by their place and called by a list of names.
    named = f"{_listed(labels)}[datum.value]"
    lines: dict[str, Any] = {"tickColor": "currentColor", "domainColor": "currentColor", "tickOpacity": 0.3, "domainOpacity": 0.3}
    side = alt.Axis(**text, **lines, labelExpr=named, labelLimit=0, minExtent=room, maxExtent=room, ticks=False, labelPadding=6)
    ticks: dict[str, Any] = {"tickCount": 5}
    longest = max(sum(row["value"] for row in rows if row["at"] == at) for at in range(len(labels)))
    if whole and not parts and longest <= FEW_MARKS:
        ticks = {"values": list(range(int(longest) + 1))}
    foot = alt.Axis(**text, **lines, **ticks, gridColor="currentColor", gridOpacity=0.12, format="%" if parts else ",~f")
    base = alt.Chart({"values": rows}).encode(
        y=alt.Y("at:O", axis=side, sort=None, scale=alt.Scale(paddingInner=GAP / (BAR + GAP), paddingOuter=GAP / (BAR + GAP))),
    )
    bars = base.mark_bar().encode(
        x=alt.X("sum(value):Q", axis=foot, stack="normalize" if parts else "zero"),
        color=alt.Color("part:O", legend=None, scale=alt.Scale(domain=list(range(len(shades))), range=list(shades))),
        order=alt.Order("part:O"),
    )
    layers: Any = bars
    if single:
        layers = bars + base.mark_text(align="left", dx=5, fontSize=FONT, font="sans-serif", color="currentColor").encode(
            x=alt.X("value:Q", axis=foot), text="said:N"
        )
    chart = layers.properties(width=width, height=alt.Step(BAR + GAP)).configure(aria=False, background="transparent", padding=2)
    found: str = vl_convert.vegalite_to_svg(chart.configure_view(stroke=None).to_dict())
    return found.replace('font-family="sans-serif"', 'font-family="inherit"')


def _listed(labels: list[str]) -> str:
    """A list of texts as an expression of Vega. Quotes and backslashes are escaped: a name is a name, never an expression."""
    return json.dumps(labels, ensure_ascii=True)
