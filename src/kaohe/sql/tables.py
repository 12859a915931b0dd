"""What SQL can read: every table of the lake, and tables of figures.

A new table of figures is a `FigureTable` in the list below: nothing else needs to know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from kaohe.lake.layout import LAYOUTS
from kaohe.metrics.figures import figures
from kaohe.metrics.source import BY, GROUP_KINDS, Source


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table that is computed from a snapshot when a query reads it, and only then.

    `rows` gives at least `columns`, whose types it can be cast to; other columns are not seen. What it raises, the query raises.
    """

    name: str
    zh: str
    en: str
    columns: Mapping[str, pl.DataType]
    rows: Callable[[Source], pl.DataFrame | pl.LazyFrame]


def _figures(name: str, zh: str, en: str, *by: str) -> FigureTable:
    """All figures by those groups, long, as `Workspace.figures` gives them."""
    number = pl.Float64()
    group = {BY[one]: GROUP_KINDS.get(one, pl.String()) for one in by}
    numbers = dict.fromkeys(("numerator", "denominator", "value", "sample", "low", "high"), number)
    columns = {**group, "metric": pl.String(), **numbers, "enough": pl.Boolean()}
    return FigureTable(name, zh, en, columns, partial(figures, by=by))


_FIGURE_TABLES = (
    _figures(
        "figures",
        "每店、每位客服、每日的全部指标，一行一个数",
        "All figures by shop, agent and day, one row each",
        "shop",
        "agent",
        "day",
    ),
    _figures(
        "shop_figures",
        "每店、每日的全部指标；不是各客服之和",
        "All figures by shop and day; not the sum of the agents'",
        "shop",
        "day",
    ),
)

FIGURE_TABLES: Mapping[str, FigureTable] = {table.name: table for table in _FIGURE_TABLES}


def listed() -> pl.DataFrame:
    """Every table a query can name: name, zh and en (what a row is), columns (List of names), computed (whether it is a table of figures)."""
    rows = [
        {
            "table": name,
            "zh": layout.table.zh,
            "en": layout.table.grain,
            "columns": [*layout.partition_schema, *layout.stored],
            "computed": False,
        }
        for name, layout in LAYOUTS.items()
    ]
    rows += [
        {"table": table.name, "zh": table.zh, "en": table.en, "columns": list(table.columns), "computed": True}
        for table in FIGURE_TABLES.values()
    ]
    text = pl.String()
    return pl.DataFrame(rows, schema={"table": text, "zh": text, "en": text, "columns": pl.List(text), "computed": pl.Boolean()})
