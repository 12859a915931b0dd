"""The messages behind a figure, conversation by conversation: what was counted, what was not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kaohe.errors import Lang
from kaohe.metrics.explain import REASONS, Explanation
from kaohe.reports.cells import printable, shown
from kaohe.reports.figures import interval, kind
from kaohe.reports.headings import called, column, columns, in_words
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Kind, Sheet

CONVERSATION = ("day", "shop_id", "buyer_id")
TITLE = Pair("计入与不计入的消息", "Messages counted and not")

MET, MISSED, LEFT_OUT = "✓", "✗", "·"
LEGEND = Pair(
    f"{MET} 计入且达成  {MISSED} 计入但未达成  {LEFT_OUT} 不计入",
    f"{MET} counted and met  {MISSED} counted, not met  {LEFT_OUT} not counted",
)

TEXT_SHOWN = 200
"""Characters of a message the terminal shows; the file formats hold all of it."""

_READABLE = (
    "day",
    "shop_id",
    "buyer_id",
    "sent_at",
    "sender",
    "agent_id",
    "counted_for",
    "text",
    "wait_seconds",
    "counted",
    "met",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a limit left out."""

    conversations: int
    messages: int


def summary(found: Explanation, lang: Lang) -> list[str]:
    """The figure with what it was made of, what it means, and how many messages each reason decided."""
    metric = found.metric
    unit = kind(metric.unit)
    over: Kind = "seconds" if unit == "seconds" else "count"
    value = shown(found.value, unit, lang)
    if metric.over is not None and metric.under is not None:
        zh = lang == "zh"
        top, bottom = (metric.over.zh, metric.under.zh) if zh else (metric.over.en, metric.under.en)
        value = f"{top} {shown(found.numerator, over, lang)} ÷ {bottom} {shown(found.denominator, 'count', lang)} = {value}"
        if unit == "rate":
            value += interval(found.numerator, found.denominator, lang)
    colon = "：" if lang == "zh" else ": "
    counts = found.lines.group_by("counted", "reason").len().sort("counted", "len", "reason", descending=[True, True, False])
    told = [f"{REASONS[reason][lang != 'zh']} {count}" for counted, reason, count in counts.iter_rows() if counted]
    others = [f"{REASONS[reason][lang != 'zh']} {count}" for counted, reason, count in counts.iter_rows() if not counted]
    comma = "、" if lang == "zh" else ", "
    return [
        f"{metric.zh if lang == 'zh' else metric.en} {metric.id}{colon}{value}",
        metric.meaning_zh if lang == "zh" else metric.meaning,
        ("计入" if lang == "zh" else "Counted") + colon + (comma.join(told) or "–"),
        ("不计入" if lang == "zh" else "Not counted") + colon + (comma.join(others) or "–"),
        LEGEND.text(lang),
    ]


def evidence(found: Explanation) -> Sheet:
    """All messages considered, one a row, raw; see `kaohe.metrics.explain.Explanation.lines`."""
    return Sheet(TITLE, columns(found.lines), found.lines)


def readable(found: Explanation, lang: Lang) -> Sheet:
    """The same for people: reasons and senders in words."""
    reasons = {reason: texts[lang != "zh"] for reason, texts in REASONS.items()}
    ready = in_words(found.lines, lang).with_columns(pl.col("reason").replace(reasons))
    notes = tuple(Pair(text, text) for text in summary(found, lang)[:2])
    return Sheet(TITLE, tuple(column(name, ready.schema[name]) for name in _READABLE), ready, notes)


def conversations(
    found: Explanation, file: IO[str], lang: Lang, limit: int, names: Mapping[str, Mapping[str, str]] | None = None
) -> Hidden:
    """Print the first `limit` conversations (0: all), each under its buyer, and say what was left out.

    Those with a counted line come first, then those that only show what was not counted; each in order of day.
    """
    known = names or {}
    console = Console(file=file, width=None if file.isatty() else 10_000, highlight=False, legacy_windows=False)
    parts = found.lines.partition_by(list(CONVERSATION), maintain_order=True)
    parts.sort(key=lambda part: not part["counted"].any())
    for part in parts[: limit or None]:
        day, shop, buyer = (part[name][0] for name in CONVERSATION)
        console.print(Text(printable(f"{buyer} · {known.get('shop_id', {}).get(shop, shop)} · {day}"), style="bold"))
        console.print(_lines(part, lang, known.get("agent_id", {})))
        console.print()
    rest = parts[limit:] if limit else []
    return Hidden(len(rest), sum(part.height for part in rest))


def _lines(part: pl.DataFrame, lang: Lang, agents: Mapping[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2), pad_edge=False)
    for _ in range(3):
        grid.add_column(overflow="fold", max_width=60)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold", max_width=60)
    for row in part.iter_rows(named=True):
        counted, met = row["counted"], row["met"]
        style = "green" if met and counted else "red" if counted else "dim"
        text = printable(row["text"] or "")
        grid.add_row(
            Text(f"{MET if met and counted else MISSED if counted else LEFT_OUT} {row['sent_at']:%H:%M:%S}", style=style),
            Text(printable(_who(row, lang, agents))),
            Text(text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…", style="" if counted else "dim"),
            Text(shown(row["wait_seconds"], "seconds", lang, "")),
            Text(printable(_why(row, lang, agents)), style=style),
        )
    return grid


def _who(row: Mapping[str, Any], lang: Lang, agents: Mapping[str, str]) -> str:
    sender = called("sender", lang)[row["sender"]]
    agent = row["counted_for"] or row["agent_id"]
    return f"{sender} {agents.get(agent, agent)}" if agent and row["sender"] in ("agent", "assisted") else sender


def _why(row: Mapping[str, Any], lang: Lang, agents: Mapping[str, str]) -> str:
    """The reason, and for a buyer's message who is responsible for it."""
    reason = REASONS[row["reason"]][lang != "zh"]
    agent = row["counted_for"]
    if not agent or row["sender"] != "buyer":
        return reason
    return f"{reason}（{agents.get(agent, agent)}）" if lang == "zh" else f"{reason} ({agents.get(agent, agent)})"
