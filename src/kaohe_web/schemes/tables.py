"""Sheets of the library as tables of a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from kaohe.appraisal import Scheme
from kaohe.errors import Lang
from kaohe.reports.cells import shown
from kaohe.reports.schemes import described
from kaohe.reports.tables import DOUBTFUL, NUMERIC, Sheet


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet ready for a template."""

    title: str
    heads: list[Cell]
    rows: list[list[Cell]]
    total: list[Cell]
    notes: list[str]


def table(sheet: Sheet, lang: Lang) -> Table:
    """A sheet as people read it."""
    columns = []
    for column in sheet.columns:
        doubts, kinds = sheet.doubts(column), sheet.kinds(column)
        values = zip(sheet.frame[column.name].to_list(), kinds, doubts, strict=True)
        null = column.null.text(lang)
        columns.append(
            [Cell((DOUBTFUL if doubt else "") + shown(value, kind, lang, null), kind in NUMERIC) for value, kind, doubt in values]
        )
    heads = [Cell(column.label(lang), column.kind in NUMERIC) for column in sheet.columns]
    total = []
    if sheet.total is not None:
        total = [Cell(shown(sheet.total.get(one.name), one.kind, lang, ""), one.kind in NUMERIC) for one in sheet.columns]
    return Table(
        sheet.title.text(lang), heads, [list(row) for row in zip(*columns, strict=True)], total, [note.text(lang) for note in sheet.notes]
    )


def scheme_tables(scheme: Scheme, lang: Lang) -> list[Table]:
    """A scheme as tables people read."""
    return _scheme_tables(Same(scheme, scheme.fingerprint()), lang)


@dataclass(frozen=True)
class Same:
    """A scheme as a key: two that say the same are the same."""

    scheme: Scheme = field(compare=False)
    fingerprint: str


@lru_cache(maxsize=64)
def _scheme_tables(of: Same, lang: Lang) -> list[Table]:
    return [table(sheet, lang) for sheet in described(of.scheme, lang)]
