"""How points are spread: over the people in total, and in each item by how much of its full marks they got and by band."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from kaohe.appraisal import Appraisal, Item, Line
from kaohe.appraisal.exact import plain, rounded
from kaohe.appraisal.words import band_of, title
from kaohe.errors import Lang
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Chart, Column, Sheet

TOTALS = Pair("总分分布", "Spread of totals")
ITEMS = Pair("各项得分分布", "Spread of points by item")
BANDS = Pair("各档人数", "People by band")
EXTRAS = Pair("加减分", "Bonuses and deductions")

PEOPLE = Column("people", "人数", "people", "count", bar=True)
RANGES = 10

LEVELS: tuple[tuple[str, Pair], ...] = (
    ("none", Pair("没评", "not judged")),
    ("zero", Pair("0 分", "nothing")),
    ("low", Pair("不到一半", "under half")),
    ("middle", Pair("一半以上", "half or more")),
    ("high", Pair("八成以上", "80 % or more")),
    ("full", Pair("满分", "full marks")),
)
"""Shares of an item's full marks, from poor to good, each up to where the next begins."""


def totals(result: Appraisal, lang: Lang) -> Sheet | None:
    """How many people have a total in each tenth of full marks, the best first; None where nobody has one. Totals beyond the ends are in the last tenth."""
    points = [one.points for one in result.statements if one.points is not None]
    full = result.scheme.full
    if not points or full <= 0:
        return None
    found = Counter(min(max(int(Fraction(one) * RANGES / Fraction(full)), 0), RANGES - 1) for one in points)
    rows = [(_range(full, at, lang), found[at]) for at in reversed(range(RANGES))]
    frame = pl.DataFrame(rows, schema={"range": pl.String, "people": pl.Int64}, orient="row")
    return Sheet(TOTALS, (Column("range", "总分", "points"), PEOPLE), frame, charts=(Chart(TOTALS, "range", ("people",)),))


def _range(full: Decimal, at: int, lang: Lang) -> str:
    low, high = (plain(rounded(Fraction(full) * step / RANGES, 2)) for step in (at, at + 1))
    if at == RANGES - 1:
        return f"{low} 及以上" if lang == "zh" else f"{low} or more"
    if at == 0:
        return f"不到 {high}" if lang == "zh" else f"under {high}"
    return f"{low} 至 {high}（不含）" if lang == "zh" else f"{low} to under {high}"


def items(result: Appraisal, lang: Lang) -> Sheet | None:
    """One row per item: its worth, how many people got which share of its full marks, and their mean share; None where there are none but extras."""
    rows = []
    for item, lines in _lines(result):
        if item.extra is not None:
            continue
        shares = [None if line.scored is None else line.scored / Fraction(item.out_of) for line in lines]
        judged = [share for share in shares if share is not None]
        mean = float(sum(judged, Fraction(0)) / len(judged)) if judged else None
        levels = Counter(_level(share) for share in shares)
        rows.append((title(item, lang), item.worth, mean, *(levels[name] for name, _ in LEVELS)))
    if not rows:
        return None
    counts = [name for name, _ in LEVELS]
    schema: dict[str, Any] = {"item": pl.String, "worth": pl.Decimal(18, 6), "mean": pl.Float64, **dict.fromkeys(counts, pl.Int64)}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    shown = (
        Column("item", "考核项", "item"),
        Column("worth", "分值", "worth", "points"),
        Column("mean", "平均得分率", "mean share", "rate", bar=True),
        *(Column(name, pair.zh, pair.en, "count") for name, pair in LEVELS),
    )
    note = Pair(
        "人数按这一项拿到满分的多少来数：“一半以上”是一半到八成，“八成以上”不含满分。人人都在同一格的项，拉不开差距。",
        "People counted by how much of the item's full marks they got: “half or more” is up to 80 %, “80 % or more” is short of full marks. "
        "An item with everybody in one column tells nobody apart.",
    )
    return Sheet(ITEMS, shown, frame, (note,), charts=(Chart(ITEMS, "item", tuple(counts), "scale", parts=True),))


def _level(share: Fraction | None) -> str:
    if share is None:
        return "none"
    if share <= 0:
        return "zero"
    if share >= 1:
        return "full"
    return "low" if share < Fraction(1, 2) else "middle" if share < Fraction(4, 5) else "high"


def bands(result: Appraisal, lang: Lang) -> Sheet | None:
    """One row per band of every item scored by bands: its points and how many people fell into it; None where no item is."""
    rows = []
    for item, lines in _lines(result):
        scoring = item.scoring
        if scoring is None or scoring.kind != "bands":
            continue
        inside = [line for line in lines if line.band is not None]
        found = Counter(line.band for line in inside)
        words = {line.band: band_of(line, lang) for line in inside}
        for at, band in enumerate(scoring.bands):
            if band not in words:
                continue
            share = found[band] / len(inside)
            rows.append(
                (
                    title(item, lang) if not any(one in words for one in scoring.bands[:at]) else None,
                    words[band],
                    band.points,
                    found[band],
                    share,
                )
            )
    if not rows:
        return None
    schema: dict[str, Any] = {"item": pl.String, "band": pl.String, "points": pl.Decimal(18, 6), "people": pl.Int64, "share": pl.Float64}
    shown = (
        Column("item", "考核项", "item", null=Pair("", "")),
        Column("band", "档位", "band"),
        Column("points", "得分", "points", "points"),
        PEOPLE,
        Column("share", "占比", "share", "rate"),
    )
    note = Pair(
        "只列有人的档；没有数据、样本不够的人不在内。",
        "Only bands with people in them; who had no figure or too small a sample is in none.",
    )
    return Sheet(BANDS, shown, pl.DataFrame(rows, schema=schema, orient="row"), (note,))


def extras(result: Appraisal, lang: Lang) -> Sheet | None:
    """One row per bonus or deduction: how many people it added to and took from, and the points in all; None where there are none."""
    rows = []
    for item, lines in _lines(result):
        if item.extra is None:
            continue
        points = [line.points for line in lines if line.points is not None]
        rows.append((title(item, lang), sum(one > 0 for one in points), sum(one < 0 for one in points), sum(points, Decimal(0))))
    if not rows:
        return None
    shown = (
        Column("item", "考核项", "item"),
        Column("added", "加分人数", "people with a bonus", "count"),
        Column("taken", "减分人数", "people with a deduction", "count"),
        Column("points", "合计分", "points in all", "points"),
    )
    schema: dict[str, Any] = {"item": pl.String, "added": pl.Int64, "taken": pl.Int64, "points": pl.Decimal(18, 6)}
    return Sheet(EXTRAS, shown, pl.DataFrame(rows, schema=schema, orient="row"))


def _lines(result: Appraisal) -> Sequence[tuple[Item, list[Line]]]:
    """Everybody's line of each item."""
    return [(item, [one.lines[at] for one in result.statements]) for at, item in enumerate(result.scheme.items)]
