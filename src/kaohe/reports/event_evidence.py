"""The orders, contacts, refunds and so on behind a figure: what was counted, what was not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kaohe.errors import Lang
from kaohe.metrics.catalogue import FAMILIES
from kaohe.metrics.events import EventExplanation
from kaohe.metrics.reasons import REASONS
from kaohe.reports.cells import printable, shown
from kaohe.reports.evidence import LEFT_OUT, LEGEND, MET, MISSED
from kaohe.reports.figures import interval, kind
from kaohe.reports.headings import UNASSIGNED, column
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

TITLE = Pair("计入与不计入的记录", "Events counted and not")

_COLUMNS = (
    column("day"),
    Column("at", "时间", "time", "instant"),
    column("shop_id"),
    Column("family", "类别", "kind"),
    Column("subject", "编号", "id"),
    column("buyer_id"),
    Column("counted_for", "归属客服", "counted for", null=UNASSIGNED),
    Column("related", "相关编号", "related"),
    column("counted"),
    column("met"),
    column("amount"),
    column("reason"),
)


def summary(found: EventExplanation, lang: Lang) -> list[str]:
    """The figure with what it was made of, what it means, and how many events each reason decided."""
    metric, zh = found.metric, lang == "zh"
    unit = kind(metric.unit)
    value = shown(found.value, unit, lang)
    colon, comma = ("：", "、") if zh else (": ", ", ")
    if metric.over is not None and metric.under is not None:
        top, bottom = (metric.over.zh, metric.under.zh) if zh else (metric.over.en, metric.under.en)
        if metric.less is not None:
            bottom += f" − {metric.less.zh}" if zh else f" − {metric.less.en}"
        value = f"{top} {_amount(found.numerator, lang)} ÷ {bottom} {_amount(found.denominator, lang)} = {value}"
        if unit == "rate" and metric.sampled:
            value += interval(found.numerator, found.denominator, lang)
    told = [comma.join(f"{words[not zh]} {count}" for words, count in _counts(found, which)) or "–" for which in (True, False)]
    return [
        f"{metric.zh if zh else metric.en} {metric.id}{colon}{value}",
        metric.meaning_zh if zh else metric.meaning,
        ("计入" if zh else "Counted") + colon + told[0],
        ("不计入" if zh else "Not counted") + colon + told[1],
        LEGEND.text(lang),
    ]


def _amount(value: float | None, lang: Lang) -> str:
    """A sum as it is: whole numbers without places."""
    return shown(value, "number" if value is None or value % 1 else "count", lang)


def _counts(found: EventExplanation, counted: bool) -> list[tuple[tuple[str, str], int]]:
    chosen = found.lines.filter(pl.col("counted") == counted).group_by("met", "reason").len()
    rows = chosen.sort("len", "met", "reason", descending=[True, True, False]).iter_rows()
    return [(_why(found, counted, met, reason), count) for met, reason, count in rows]


def _why(found: EventExplanation, counted: bool, met: bool, reason: str | None) -> tuple[str, str]:
    """Why an event counts, or does not, in both languages: the metric's own words and what is known of the event."""
    known = REASONS.get(reason or "", ("", ""))
    metric = found.metric
    if not counted:
        return known if known[0] else ("不符合", "does not apply")
    verdict = metric.met if met else metric.unmet
    # 询单，已成交 says already what 询单 would.
    parts = [words for words in (verdict, known) if words[0] and (words is verdict or words[0] not in verdict[0])]
    return ("，".join(words[0] for words in parts) or "计入", ", ".join(words[1] for words in parts) or "counted")


def evidence(found: EventExplanation) -> Sheet:
    """All events considered, one a row, raw; see `kaohe.metrics.events.LINES`."""
    return Sheet(TITLE, _COLUMNS, found.lines)


def readable(found: EventExplanation, lang: Lang) -> Sheet:
    """The same for people: kinds and reasons in words."""
    ready = _in_words(found, lang)
    people = ready["counted_for"].is_not_null().any()
    return Sheet(
        TITLE,
        tuple(one for one in _COLUMNS if people or one.name != "counted_for"),
        ready,
        tuple(Pair(text, text) for text in summary(found, lang)[:2]),
    )


def _in_words(found: EventExplanation, lang: Lang) -> pl.DataFrame:
    place = lang != "zh"
    rows = found.lines.select("counted", "met", "reason").unique()
    words = [_why(found, *row)[place] for row in rows.iter_rows()]
    said = rows.with_columns(words=pl.Series(words, dtype=pl.String))
    joined = found.lines.join(said, on=["counted", "met", "reason"], how="left", nulls_equal=True, maintain_order="left")
    kinds = {family.id: (family.zh, family.en)[place] for family in FAMILIES}
    return joined.with_columns(pl.col("family").replace(kinds), reason="words").drop("words")


def listed(found: EventExplanation, file: IO[str], lang: Lang, limit: int, names: Mapping[str, Mapping[str, str]] | None = None) -> int:
    """Print the first `limit` events (0: all), counted ones first, and give how many were left out."""
    known = names or {}
    console = Console(file=file, width=None if file.isatty() else 10_000, highlight=False, legacy_windows=False)
    ready = _in_words(found, lang).sort(pl.col("counted").not_(), maintain_order=True)
    unit = kind(found.metric.unit)
    many_shops, many_kinds = (ready[name].n_unique() > 1 for name in ("shop_id", "family"))
    # Contacts of a whole shop are nobody's in particular: several people may share one.
    people = ready["counted_for"].is_not_null().any()
    grid = Table.grid(padding=(0, 2), pad_edge=False)
    for row in ready.head(limit or len(ready)).iter_rows(named=True):
        style = "green" if row["met"] and row["counted"] else "red" if row["counted"] else "dim"
        mark = MET if row["met"] and row["counted"] else MISSED if row["counted"] else LEFT_OUT
        agent = row["counted_for"]
        cells = [
            Text(f"{mark} {shown(row['at'] or row['day'], 'instant', lang)}", style=style),
            *([Text(printable(known.get("shop_id", {}).get(row["shop_id"], row["shop_id"])))] if many_shops else []),
            *([Text(row["family"])] if many_kinds else []),
            Text(printable(row["subject"] or "")),
            Text(printable(row["buyer_id"] or "") if row["buyer_id"] != row["subject"] else ""),
            *([Text(printable(known.get("agent_id", {}).get(agent, agent) if agent else UNASSIGNED.text(lang)))] if people else []),
            Text(shown(row["amount"], "number", lang) if unit in ("money", "hours") and row["counted"] else "", justify="right"),
            Text(printable(row["reason"] + (f"（{row['related']}）" if row["related"] and row["related"] != agent else "")), style=style),
        ]
        grid.add_row(*cells)
    console.print(grid)
    return max(0, len(ready) - limit) if limit else 0
