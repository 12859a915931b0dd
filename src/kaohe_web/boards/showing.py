"""Figures as cells of a page, and tables as files."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import polars as pl
from django.http import HttpResponse
from django.utils.safestring import SafeString, mark_safe

from kaohe.errors import Lang
from kaohe.metrics.catalogue import Metric
from kaohe.reports import files, workbook
from kaohe.reports.cells import shown
from kaohe.reports.figures import kind
from kaohe.reports.headings import HEADINGS, called
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import DOUBTFUL, Column, Kind, Sheet
from kaohe_web.boards.answers import UNASSIGNED
from kaohe_web.boards.ready import Ready

COLUMN = {"shop": "shop_id", "agent": "agent_id", "group": "group", "platform": "platform", "day": "day"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it says, what it is made of, how sure it is."""

    text: str
    parts: str
    interval: str
    few: bool
    value: float | None


def figure(row: Mapping[str, Any], metric: Metric, lang: Lang) -> Figure:
    """A figure of a row of `Answer.frame`."""
    value, over, under = row[f"v:{metric.id}"], row[f"n:{metric.id}"], row[f"d:{metric.id}"]
    few = bool(row.get(f"few:{metric.id}"))
    text = shown(value, kind(metric.unit), lang)
    parts = interval = ""
    if under is not None and metric.under is not None:
        parts = f"{amount(over, metric, lang)} ÷ {shown(under, 'number' if under % 1 else 'count', lang)}" if over is not None else ""
    if row.get(f"low:{metric.id}") is not None:
        interval = f"{shown(row[f'low:{metric.id}'], 'rate', lang)}–{shown(row[f'high:{metric.id}'], 'rate', lang)}"
    return Figure(f"{DOUBTFUL}{text}" if few else text, parts, interval, few, value)


def amount(value: float | None, metric: Metric, lang: Lang) -> str:
    """A numerator, in the unit its metric has."""
    if metric.unit in ("seconds", "hours", "yuan"):
        return shown(value, kind(metric.unit), lang)
    return shown(value, "number" if value is not None and value % 1 else "count", lang)


def title(metric: Metric, lang: Lang) -> str:
    return metric.zh if lang == "zh" else metric.en


def group_name(of: Ready, by: str, name: Any, lang: Lang) -> str:
    """What a shop, an agent, a group, a platform or a day is called."""
    if name is None:
        return UNASSIGNED if lang == "zh" else "unassigned"
    if by == "shop":
        return of.shop_names.get(name, name)
    if by == "agent":
        return of.agent_names.get(name, name)
    return called("platform", lang).get(name, name) if by == "platform" else str(name)


def wide(
    of: Ready, frame: pl.DataFrame, by: Sequence[str], metrics: Sequence[Metric], heading: Pair, notes: Sequence[Pair], lang: Lang
) -> list[Sheet]:
    """The figures as a table to read, and what each is made of."""
    keys = [COLUMN.get(one, one) for one in by]
    names = {COLUMN.get(one, one): [group_name(of, one, name, lang) for name in frame[COLUMN.get(one, one)]] for one in by if one != "hour"}
    named = frame.with_columns(pl.Series(column, values, dtype=pl.String) for column, values in names.items())
    heads = tuple(Column(key, HEADINGS[key].zh, HEADINGS[key].en) for key in keys)
    board = Sheet(
        heading,
        (*heads, *(Column(f"v:{one.id}", one.zh, one.en, kind(one.unit), doubt_from=f"few:{one.id}") for one in metrics)),
        named,
        tuple(notes),
    )
    return [board, long(named, keys, metrics)]


LONG: tuple[tuple[str, str, str, Kind], ...] = (
    ("numerator", "分子", "numerator", "plain"),
    ("denominator", "分母", "denominator", "plain"),
    ("value", "数值", "value", "plain"),
    ("low", "区间下限", "low", "plain"),
    ("high", "区间上限", "high", "plain"),
    ("few", "样本不足", "too few", "flag"),
)


def long(frame: pl.DataFrame, keys: Sequence[str], metrics: Sequence[Metric]) -> Sheet:
    """One row per group and figure: what it is divided of."""
    sides = {"numerator": "n", "denominator": "d", "value": "v", "low": "low", "high": "high", "few": "few"}
    rows = [
        frame.select(
            *keys,
            pl.lit(one.zh).alias("title"),
            pl.lit(one.id).alias("metric"),
            *(pl.col(f"{side}:{one.id}").alias(name) for name, side in sides.items()),
        )
        for one in metrics
    ]
    heads = tuple(Column(key, HEADINGS[key].zh, HEADINGS[key].en) for key in keys)
    more = (Column("title", "指标", "metric"), Column("metric", "指标编号", "metric id"))
    return Sheet(
        Pair("分子与分母", "Numerators and denominators"),
        (*heads, *more, *(Column(*one) for one in LONG)),
        pl.concat(rows, how="vertical_relaxed"),
    )


def exported(form: str, name: str, sheets: Sequence[Sheet], raw: Sheet, lang: Lang) -> HttpResponse:
    """`raw` as csv, or `sheets` as a workbook."""
    if form == "xlsx":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "kaohe.xlsx"
            workbook.to_xlsx(path, list(sheets), lang)
            content, kind_of = path.read_bytes(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    else:
        form, content, kind_of = "csv", files.to_csv(raw), "text/csv; charset=utf-8"
    return HttpResponse(content, content_type=kind_of, headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'})


def value(number: float | None, metric: Metric, lang: Lang) -> str:
    """A value in the unit of its metric."""
    return shown(number, kind(metric.unit), lang)


def plain_number(number: float, lang: Lang) -> str:
    """A denominator: whole numbers without places."""
    return shown(number, "number" if number % 1 else "count", lang)


def plain(heading: Pair, frame: pl.DataFrame) -> Sheet:
    """A frame as it is."""
    return Sheet(heading, tuple(HEADINGS.get(name) or Column(name, _WORDS.get(name, name), name) for name in frame.columns), frame)


_WORDS = {"weekday": "星期", "parts": "分子 ÷ 分母"}


# Long tables are put together here: a template takes five times as long for each of thousands of cells.


def cells(linked: Sequence[tuple[Figure, str]], there: str) -> SafeString:
    """The cells of a line of figures, each leading to its evidence at `there`."""
    return mark_safe(
        "".join(f'<td class="number">{_linked(own, there + query)}{_small(own.parts)}{_small(own.interval)}</td>' for own, query in linked)
    )


def apart(own: Figure, query: str, there: str, *more: str) -> SafeString:
    """The cells of one figure of a line: value, what it is divided of, interval, and more texts."""
    texts = "".join(f'<td class="number">{escape(text)}</td>' for text in (own.parts, own.interval, *more))
    return mark_safe(f'<td class="number">{_linked(own, there + query)}</td>{texts}')


def _linked(own: Figure, address: str) -> str:
    return "–" if own.value is None else f'<a href="{escape(address)}">{escape(own.text)}</a>'


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def options(names: Sequence[tuple[str, str]], chosen: str) -> SafeString:
    """The choices of a list."""
    return mark_safe(
        "".join(f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(name)}</option>' for key, name in names)
    )
