"""The report as a workbook: summary, ranking, pay sheet, PK, spread of points, a page for everybody, scheme, definitions, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from kaohe.appraisal import Appraisal
from kaohe.errors import Lang
from kaohe.reports.appraisals import readable_lines, scheme_line
from kaohe.reports.dossier import MOST_STATEMENTS, SUMMARY, Dossier
from kaohe.reports.pairs import Pair
from kaohe.reports.persons import period_words
from kaohe.reports.statements import FACTS, ITEMS, PAY, PODIUMS, REQUIREMENTS, Shown, facts_of
from kaohe.reports.tables import Column, Page, Sheet

ALL_LINES = Pair("明细", "All lines")

_TOO_MANY = Pair(
    "被考核的超过 {most} 人，没有一人一页；每人一页的 HTML 用 kaohe statement --all。",
    "More than {most} people were judged, so there is no page for each; for pages as HTML use kaohe statement --all.",
)
_SIGNATURES = Pair(
    "本人核对：＿＿＿＿＿＿＿＿　　主管：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿",
    "Checked by: ____________   Lead: ____________   Date: ____________",
)

COVER = (24.0, 62.0)

GRID: Mapping[str, float] = {
    "item": 20,
    "figure": 30,
    "interval": 18,
    "landed": 22,
    "scored": 14,
    "weight": 9,
    "points": 12,
    "remark": 20,
}
"""Columns of a statement's page, named for the table of items, and their widths in characters."""


def workbook(found: Dossier) -> list[Sheet | Page]:
    """Every worksheet of the report, in order. Of more than `MOST_STATEMENTS` people the lines stand in one table instead of a page for each."""
    sheets: list[Sheet | Page] = [_cover(found)]
    if found.result.scheme.items:
        sheets.append(found.ranking)
    sheets += [sheet for sheet in (found.pay, found.podiums) if sheet is not None]
    sheets += found.spread
    if found.too_many:
        lines = readable_lines(found.result, found.lang)
        note = Pair(_TOO_MANY.zh.format(most=MOST_STATEMENTS), _TOO_MANY.en.format(most=MOST_STATEMENTS))
        sheets.append(replace(lines, title=ALL_LINES, notes=(note, *lines.notes)))
        scheme, definitions, versions = found.scheme, found.definitions, found.versions
        return [*sheets, *scheme, *definitions, *versions]
    pages = statement_pages(list(found.statements()), found.result, found.lang, signature=found.signature)
    return [*sheets, *pages, *found.scheme, *found.definitions, *found.versions]


def _cover(found: Dossier) -> Page:
    """The first page: what was judged, what came out, what is left out."""
    heading = Pair(found.title, found.title)
    return Page(SUMMARY, heading, (found.about, found.results), COVER, found.left_out, portrait=True)


def statement_pages(listed: Sequence[Shown], result: Appraisal, lang: Lang, *, signature: bool = False) -> list[Page]:
    """A page for each statement, called as the person is."""
    pages = []
    for one in listed:
        said = f"{period_words(result.period, lang)} {one.who}".strip()
        heading = Pair(f"{said} 考核单", f"{said}: statement")
        sheets = (_head(one, lang), *(_fitted(sheet) for sheet in one.sheets))
        notes = (*((_SIGNATURES,) * signature), scheme_line(result), *one.notes)
        pages.append(Page(Pair(one.who, one.who), heading, sheets, tuple(GRID.values()), notes))
    return pages


def _head(one: Shown, lang: Lang) -> Sheet:
    """The headlines of a statement beside each other; the last has the room that is left."""
    rows = facts_of(one)
    names = [f"fact_{at}" for at in range(len(rows))]
    columns = [Column(name, label.zh, label.en) for name, (label, _) in zip(names, rows, strict=True)]
    columns[-1] = replace(columns[-1], span=max(len(GRID) - len(rows) + 1, 1))
    frame = pl.DataFrame([[text for _, text in rows]], schema=names, orient="row")
    return Sheet(FACTS, tuple(columns), frame)


_SPANS: Mapping[Pair, Mapping[str, int]] = {
    PAY: {"line": 1, "working": 5, "amount": 1},
    REQUIREMENTS: {"kind": 1, "name": 1, "had": 2, "asked": 2, "outcome": 2},
    PODIUMS: {"factor": 1, "value": 1, "place": 1, "tied": 1, "prize": 1},
}


def _fitted(sheet: Sheet) -> Sheet:
    """A table of a statement laid into the grid."""
    if sheet.title != ITEMS:
        return _spread(sheet, _SPANS[sheet.title])
    # A column that is left out gives its room to the one before it.
    grid, present = list(GRID), sheet.names
    starts = [grid.index(name) for name in present]
    ends = [*starts[1:], len(grid) if present[-1] == grid[-1] else starts[-1] + 1]
    return _spread(sheet, {name: end - start for name, start, end in zip(present, starts, ends, strict=True)})


def _spread(sheet: Sheet, spans: Mapping[str, int]) -> Sheet:
    return replace(sheet, columns=tuple(replace(column, span=spans[column.name]) for column in sheet.columns))
