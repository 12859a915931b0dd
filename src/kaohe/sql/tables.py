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
from kaohe.metrics.source import BY, GROUP_KINDS, Ask, Source
from kaohe.model.tables import INSTANT


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


def _all_orders(source: Source) -> pl.DataFrame:
    """Every order put together from its own row, its lines and its payments, with whom it is credited to; shared ones have a row for each owner."""
    owned = source.credits(Ask(None, None, ()))
    joined = (
        source.orders.drop("account")
        .join(owned.select("order", "agent_id", "share", "how"), on="order", how="left")
        .sort("order", "agent_id")
    )
    yuan = {
        name: (pl.col(fen).cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2))
        for name, fen in (("amount", "amount"), ("refunded_amount", "refunded"))
    }
    instants = [pl.col(name).cast(INSTANT) for name in ("created_at", "paid_at", "event_at")]
    return joined.with_columns(instants).with_columns(**yuan)


def _inquiries(source: Source) -> pl.DataFrame:
    """Every consulting contact, whether it is an inquiry, and the orders that decided."""
    found = source.inquiries(Ask(None, None, ()))
    ids = source.orders["order_id"]
    named = {name: ids.gather(found[name]).alias(name) for name in ("earlier_order", "bought", "placed")}
    return found.with_columns(**named).with_columns(pl.col("asked_at").cast(INSTANT))


_TEXT, _DAY, _MONEY = pl.String(), pl.Date(), pl.Decimal(18, 2)

_FIGURE_TABLES = (
    FigureTable(
        "all_orders",
        "全部订单：订单、明细、付款合成一行，归谁；平分的每位一行",
        "Every order with its lines and payments put together, and whom it belongs to; one row for each owner",
        {
            "shop_id": _TEXT,
            "order_id": _TEXT,
            "buyer_id": _TEXT,
            "created_at": INSTANT,
            "paid_at": INSTANT,
            "event_at": INSTANT,
            "event_day": _DAY,
            "amount": _MONEY,
            "refunded_amount": _MONEY,
            "quantity": pl.Int64(),
            "agent_id": _TEXT,
            "share": pl.Float64(),
            "how": _TEXT,
        },
        _all_orders,
    ),
    FigureTable(
        "inquiries",
        "每个咨询接待：是不是询单，因为哪一单成为售后，哪一单转化了它",
        "Every consulting contact: whether it is an inquiry, the order that makes it after-sale, the order that converted it",
        {
            "shop_id": _TEXT,
            "day": _DAY,
            "buyer_id": _TEXT,
            "asked_at": INSTANT,
            "inquiry": pl.Boolean(),
            "earlier_order": _TEXT,
            "bought": _TEXT,
            "placed": _TEXT,
        },
        _inquiries,
    ),
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
