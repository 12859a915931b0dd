"""What a query gave, as a table: under the names the query itself gave, numbers as they are, instants in UTC as SQL compares them."""

from __future__ import annotations

import polars as pl

from kaohe.errors import Lang
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Kind, Sheet

TITLE = Pair("查询结果", "Result")
_ROWS = Pair("共 {count} 行", "rows: {count}")
_UTC = " (UTC)"
_BLANK = Pair("", "")


def rows(frame: pl.DataFrame) -> Sheet:
    """A result raw: spans of time in seconds, the rest as it is."""
    spans = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Duration)]
    ready = frame.with_columns(pl.col(name).dt.total_microseconds() / 1_000_000 for name in spans)
    return Sheet(TITLE, tuple(Column(name, name, name, _kind(dtype)) for name, dtype in ready.schema.items()), ready)


def readable(frame: pl.DataFrame) -> Sheet:
    """The same for people: instants without their offset, which the heading says instead, and how many rows there are."""
    raw = rows(frame)
    instants = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None]
    ready = raw.frame.with_columns(pl.col(name).dt.replace_time_zone(None) for name in instants)
    shown = [Column(one.name, heading := one.name + _UTC * (one.name in instants), heading, one.kind) for one in raw.columns]
    count = {lang: _ROWS.text(lang).format(count=f"{frame.height:,}") for lang in ("zh", "en")}
    return Sheet(TITLE, tuple(shown), ready, (Pair(count["zh"], count["en"]),))


def _kind(dtype: pl.DataType) -> Kind:
    if dtype.is_numeric():
        return "plain"
    if isinstance(dtype, pl.Datetime):
        return "instant"
    if isinstance(dtype, pl.Date):
        return "date"
    return "flag" if isinstance(dtype, pl.Boolean) else "text"


TABLES = Pair("可以查询的表", "Tables a query can name")
_COMPUTED = Pair("用到时才计算", "computed when read")


def tables(frame: pl.DataFrame) -> Sheet:
    """Every table a query can name, raw: table, zh, en, columns, computed."""
    columns = (
        Column("table", "表", "table"),
        Column("zh", "中文", "Chinese"),
        Column("en", "英文", "English"),
        Column("columns", "列", "columns"),
        Column("computed", _COMPUTED.zh, _COMPUTED.en, "flag"),
    )
    return Sheet(TABLES, columns, frame)


def readable_tables(frame: pl.DataFrame, lang: Lang) -> Sheet:
    """The same for people: what a row is in their language, and columns one after another."""
    mark = pl.when("computed").then(pl.lit(_COMPUTED.text(lang)))
    ready = frame.with_columns(pl.col("columns").list.join(", "), mark.alias("computed"), meaning=pl.col(lang))
    columns = (
        Column("table", "表", "table"),
        Column("meaning", "一行是什么", "a row is"),
        Column("computed", "", "", null=_BLANK),
        Column("columns", "列", "columns"),
    )
    return Sheet(TABLES, columns, ready)
