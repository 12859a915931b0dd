"""Reports as one HTML file each: nothing is fetched, nothing runs, every text is escaped; to be read on a phone and printed on A4."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from kaohe._version import __version__
from kaohe.appraisal import Appraisal
from kaohe.errors import Lang
from kaohe.reports.appraisals import scheme_line
from kaohe.reports.cells import printable, shown
from kaohe.reports.distribution import TOTALS
from kaohe.reports.dossier import MOST_STATEMENTS, SUMMARY, TITLE, Dossier
from kaohe.reports.pairs import Pair
from kaohe.reports.persons import period_words
from kaohe.reports.plots import drawn
from kaohe.reports.statements import Shown
from kaohe.reports.tables import DOUBTFUL, NUMERIC, Sheet

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")

SHORT, LONG = 14, 26
"""Cells of text up to which a column is never broken, and beyond which it is given room."""

RANKING, PAY, PODIUMS, POINTS = Pair("排名", "Ranking"), Pair("工资", "Pay"), Pair("PK", "PK"), Pair("得分分布", "Spread of points")
PEOPLE, SCHEME, DEFINITIONS = Pair("每人的考核单", "Statements"), Pair("考核方案", "The scheme"), Pair("口径说明", "Definitions")
VERSIONS, LEFT_OUT = Pair("数据版本", "Data and versions"), Pair("不计的日子", "Days left out")

_WORDS: Mapping[str, Pair] = {
    "html_lang": Pair("zh-CN", "en"),
    "contents": Pair("目录", "Contents"),
    "working": Pair("计算过程（逐句）", "The working in sentences"),
    "no_place": Pair("不排名：", "No place: "),
    "checked": Pair("本人核对：", "Checked by:"),
    "lead": Pair("主管：", "Lead:"),
    "date": Pair("日期：", "Date:"),
}
_HIDDEN = Pair("只画了前 {drawn} 行，另有 {hidden} 行见表。", "Only the first {drawn} rows are drawn; {hidden} more are in the table.")
_TOO_MANY = Pair(
    "被考核的有 {people} 人，超过 {most} 人，这里不逐人列出。每人一页用 kaohe statement --all。",
    "{people} people were judged, more than {most}, and are not listed one by one. For a page each use kaohe statement --all.",
)
_NONE_LEFT_OUT = Pair("没有。考核期内的每一天都计入。", "None: every day of the period counts.")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, CSS classes, how far its bar goes in percent, the id on the page it leads to."""

    text: str
    css: str = ""
    bar: float | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A sheet ready for a template."""

    title: str
    heads: list[Cell]
    rows: list[list[Cell]]
    total: list[Cell]
    notes: list[str]
    wide: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart ready for a template; `svg` is markup."""

    title: str
    svg: Any
    legend: tuple[tuple[str, str], ...]
    hidden: str


@dataclass(frozen=True, slots=True)
class Person:
    """A statement ready for a template."""

    id: str
    who: str
    position: str
    stretch: str
    under: str
    partial: bool
    facts: list[tuple[str, str]]
    reason: str
    tables: list[View]
    sentences: tuple[str, ...]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report, with an entry in the table of contents."""

    id: str
    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    drawings: list[Picture] = field(default_factory=list)
    tables: list[View] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    statements: Iterable[Person] = ()


def report(found: Dossier) -> str:
    """The whole report as one HTML file: contents, summary, ranking, PK, pay, spread of points, statements, scheme, definitions, versions."""
    scheme = scheme_line(found.result).text(found.lang)
    return _page(
        "report.html",
        found.lang,
        title=found.title,
        subtitle=scheme,
        sections=_sections(found),
        footer=_footer(found.rests_on.number, found.lang),
    )


def statements(
    shown_ones: Iterable[Shown],
    result: Appraisal,
    lang: Lang,
    *,
    number: int,
    signature: bool = False,
) -> str:
    """Statements as one HTML file that prints on a page each. `number` is the import the data were read at."""
    title = " ".join(part for part in (period_words(result.period, lang), TITLE.text(lang)) if part)
    listed = [_person(one, at, lang) for at, one in enumerate(shown_ones)]
    scheme = scheme_line(result).text(lang)
    return _page("statements.html", lang, title=title, statements=listed, scheme=scheme, signed=signature, footer=_footer(number, lang))


def _page(template: str, lang: Lang, **parts: Any) -> str:
    words = {name: pair.text(lang) for name, pair in _WORDS.items()}
    return _templates().get_template(template).render(words=words, version=__version__, style=_style(), **parts)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@lru_cache(maxsize=1)
def _style() -> Any:
    from markupsafe import Markup

    return Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))


def _footer(number: int, lang: Lang) -> str:
    return f"数据：第 {number} 次导入之后 · kaohe {__version__}" if lang == "zh" else f"Data: after import {number} · kaohe {__version__}"


def _sections(found: Dossier) -> list[Section]:
    lang, said = found.lang, (scheme_line(found.result),)
    listed = [Section("summary", SUMMARY.text(lang), facts=list(found.headlines))]
    if found.result.scheme.items:
        table = view(found.ranking, lang, wide=True, links=_anchors(found), without=said)
        listed.append(Section("ranking", RANKING.text(lang), drawings=_drawings((found.ranking,), lang), tables=[table]))
    if found.podiums is not None:
        listed.append(Section("pk", PODIUMS.text(lang), tables=[view(found.podiums, lang, without=said)]))
    if found.pay is not None:
        table = view(found.pay, lang, wide=True, links=_anchors(found), without=said)
        listed.append(Section("pay", PAY.text(lang), drawings=_drawings((found.pay,), lang), tables=[table]))
    if found.spread:
        # A chart of counts says all that its table would.
        tables = [view(sheet, lang) for sheet in found.spread if sheet.title != TOTALS]
        listed.append(Section("points", POINTS.text(lang), drawings=_drawings(found.spread, lang), tables=tables))
    listed.append(_people(found))
    listed.append(Section("scheme", SCHEME.text(lang), tables=[view(sheet, lang) for sheet in found.scheme]))
    if found.definitions:
        listed.append(Section("definitions", DEFINITIONS.text(lang), tables=[view(sheet, lang, wide=True) for sheet in found.definitions]))
    listed.append(Section("versions", VERSIONS.text(lang), tables=[view(sheet, lang) for sheet in found.shorter_versions]))
    left_out = [printable(note.text(lang)) for note in found.left_out] or [_NONE_LEFT_OUT.text(lang)]
    listed.append(Section("left-out", LEFT_OUT.text(lang), notes=left_out))
    return listed


def _anchors(found: Dossier) -> list[str] | None:
    return None if found.too_many else [_anchor(at) for at in range(len(found.names))]


def _anchor(at: int) -> str:
    return f"person-{at + 1}"


def _people(found: Dossier) -> Section:
    title = PEOPLE.text(found.lang)
    if found.too_many:
        note = _TOO_MANY.text(found.lang).format(people=len(found.result.people), most=MOST_STATEMENTS)
        return Section("people", title, notes=[note])
    return Section("people", title, statements=[_person(one, at, found.lang) for at, one in enumerate(found.statements())])


def _person(one: Shown, at: int, lang: Lang) -> Person:
    under = " · ".join(part for part in (one.position, one.stretch * one.partial) if part)
    facts = [(fact.label.text(lang), fact.text) for fact in one.facts]
    tables = [view(sheet, lang, wide=True) for sheet in one.sheets]
    notes = [printable(note.text(lang)) for note in one.notes]
    return Person(_anchor(at), one.who, one.position, one.stretch, under, one.partial, facts, one.reason, tables, one.sentences, notes)


def _drawings(sheets: Sequence[Sheet], lang: Lang) -> list[Picture]:
    from markupsafe import Markup

    found = []
    for sheet in sheets:
        for chart in sheet.charts:
            one = drawn(chart, sheet, lang)
            if one is not None:
                more = _HIDDEN.text(lang).format(drawn=sheet.frame.height - one.hidden, hidden=one.hidden) if one.hidden else ""
                # vl-convert escapes the text it puts into an SVG.
                found.append(Picture(one.title, Markup(one.svg), one.legend, more))
    return found


def view(sheet: Sheet, lang: Lang, *, wide: bool = False, links: Sequence[str] | None = None, without: Collection[Pair] = ()) -> View:
    """A sheet as cells. `wide` tables are as wide as the page; `links` are ids that the first column of text leads to, row by row. Notes of `without`
    are left out."""
    heads, columns, total = [], [], []
    lead = next((column.name for column in sheet.columns if column.kind == "text"), None)
    for column in sheet.columns:
        numeric, null = column.kind in NUMERIC, column.null.text(lang)
        values, kinds = sheet.frame[column.name].to_list(), sheet.kinds(column)
        texts = [
            DOUBTFUL * doubt + shown(value, kind, lang, null)
            for value, kind, doubt in zip(values, kinds, sheet.doubts(column), strict=True)
        ]
        css = "number" if numeric else "sign" if column.sign else _room(texts)
        largest = max((float(value) for value in values if value is not None), default=0.0) if column.bar else 0.0
        heads.append(Cell(column.label(lang), "number" if numeric else ""))
        columns.append(
            [
                Cell(
                    text,
                    " ".join(part for part in (css, "nothing" * (value is None), "bar" * (largest > 0)) if part),
                    round(100 * max(float(value or 0), 0) / largest, 1) if largest > 0 else None,
                    links[at] if links is not None and column.name == lead else "",
                )
                for at, (text, value) in enumerate(zip(texts, values, strict=True))
            ]
        )
        if sheet.total is not None:
            given = sheet.total.get(column.name)
            text = "" if column.name not in sheet.total else shown(given, column.kind, lang)
            total.append(Cell(text, "number" if numeric else "short"))
    rows = [list(row) for row in zip(*columns, strict=True)]
    return View(
        sheet.title.text(lang), heads, rows, total, [printable(note.text(lang)) for note in sheet.notes if note not in without], wide
    )


def _room(texts: Sequence[str]) -> str:
    """How a column of text is broken: not at all while everything is short, with room of its own where something is long."""
    longest = max((cell_len(text) for text in texts), default=0)
    return "short" if longest <= SHORT else "long" if longest > LONG else ""
