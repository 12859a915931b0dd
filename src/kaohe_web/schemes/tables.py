"""Sheets of the library as tables of a page, written at once: a template would take longer over a thousand people than somebody waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.utils.html import conditional_escape, escape, mark_safe
from django.utils.safestring import SafeString

from kaohe.appraisal import Scheme
from kaohe.errors import Lang
from kaohe.reports.cells import shown
from kaohe.reports.schemes import described
from kaohe.reports.tables import DOUBTFUL, NUMERIC, Column, Sheet


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet ready for a template: `head`, `body` and `foot` are rows of markup, `count` how many rows the body has."""

    title: str
    notes: tuple[str, ...]
    head: SafeString
    body: SafeString
    foot: SafeString
    count: int


def table(sheet: Sheet, lang: Lang, beside: tuple[str, Sequence[SafeString | str]] | None = None) -> Table:
    """A sheet as people read it; every text is escaped. `beside` is one more column: its heading, and a cell for every row."""
    columns = [_cells(sheet, column, lang) for column in sheet.columns]
    heads = [f'<th scope="col"{_css(column)}>{escape(column.label(lang))}</th>' for column in sheet.columns]
    if beside is not None:
        columns.append([f"<td>{conditional_escape(cell)}</td>" for cell in beside[1]])
        heads.append(f'<th scope="col">{escape(beside[0])}</th>')
    rows = ["<tr>" + "".join(cells) + "</tr>" for cells in zip(*columns, strict=True)]
    foot = ""
    if sheet.total is not None:
        known = ((column, sheet.total.get(column.name)) for column in sheet.columns)
        foot = (
            "<tr>" + "".join(f"<td{_css(column)}>{escape(shown(value, column.kind, lang, ''))}</td>" for column, value in known) + "</tr>"
        )
    return Table(
        sheet.title.text(lang),
        tuple(note.text(lang) for note in sheet.notes),
        mark_safe("<tr>" + "".join(heads) + "</tr>"),
        mark_safe("\n".join(rows)),
        mark_safe(foot),
        len(rows),
    )


def _cells(sheet: Sheet, column: Column, lang: Lang) -> list[str]:
    null, css = column.null.text(lang), _css(column)
    values = zip(sheet.frame[column.name].to_list(), sheet.kinds(column), sheet.doubts(column), strict=True)
    return [f"<td{css}>{DOUBTFUL if doubt else ''}{escape(shown(value, kind, lang, null))}</td>" for value, kind, doubt in values]


def _css(column: Column) -> str:
    return ' class="number"' if column.kind in NUMERIC else ""


@dataclass(frozen=True)
class Same:
    """A scheme as a key: two that say the same are the same."""

    scheme: Scheme = field(compare=False)
    fingerprint: str


def same(scheme: Scheme) -> Same:
    """A scheme as a key."""
    return Same(scheme, scheme.fingerprint())


def scheme_tables(scheme: Scheme, lang: Lang) -> list[Table]:
    """A scheme as tables people read."""
    return _scheme_tables(same(scheme), lang)


@lru_cache(maxsize=64)
def _scheme_tables(of: Same, lang: Lang) -> list[Table]:
    return [table(sheet, lang) for sheet in described(of.scheme, lang)]
