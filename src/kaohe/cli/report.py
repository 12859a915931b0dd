"""`kaohe report`: everything about one appraisal in one file, to be taken away."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.appraise import DEFAULT_SCHEME
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, put_text, put_workbook, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, names, opened

if TYPE_CHECKING:
    import datetime as dt

    from kaohe.appraisal import Appraisal
    from kaohe.errors import Lang
    from kaohe.reports.dossier import Dossier
    from kaohe.reports.tables import Sheet
    from kaohe.workspace import Workspace

PARTS = ("ranking", "lines", "pay", "pay-lines", "pk")


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe report --month 2026-11 --scheme presale --output 报告.html",
        "kaohe report --month 2026-11 --scheme presale --output 报告.xlsx --signature",
        "kaohe report --month 2026-11 --scheme presale --part pay --output 工资.csv",
    ]

    @app.command("report", cls=Command, help=voice(words.REPORT), epilog=examples(lines))
    def report(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        month: Annotated[str | None, options.month(voice)] = None,
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        scheme: Annotated[str, options.scheme(voice)] = DEFAULT_SCHEME,
        part: Annotated[str | None, typer.Option("--part", help=voice(words.REPORT_PART), metavar="|".join(PARTS))] = None,
        signature: Annotated[bool, typer.Option("--signature", help=voice(words.SIGNATURE))] = False,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.page_format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output, options.PAGE_FORMATS)
        if part is not None:
            trouble.choice("--part", part, PARTS)
        source = opened(workspace)
        span = days(voice, source, first, last, at, month)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        with progress(voice, words.COMPUTING):
            result = source.appraise(scheme, first=span[0], last=span[1], at=at)
            found = dossier(voice, source, result, span, at, signature=signature)
        if where.format == "html":
            from kaohe.reports import html

            put_text(voice, where, html.report(found))
            return
        if where.format == "xlsx" and part is None:
            from kaohe.reports.book import workbook

            put_workbook(voice, where, workbook(found), found.title)
            return
        put(voice, where, data=lambda: _data(part or PARTS[0])(result, voice.lang), people=lambda: _people(voice, found, part))


def dossier(
    voice: Voice, source: "Workspace", result: "Appraisal", span: "tuple[dt.date, dt.date]", at: int | None, *, signature: bool = False
) -> "Dossier":
    """An appraisal with what it rests on and the days it leaves out."""
    import polars as pl

    from kaohe.reports.dossier import Dossier
    from kaohe.reports.provenance import Provenance, packs_in_force

    number = source.lake.snapshot(at).number
    imports = source.history().filter(pl.col("number") <= number)
    packs = packs_in_force(source.table("shops", at), source.packs, span, voice.lang)
    off = source.left_out(*span, at=at)
    return Dossier(result, Provenance(number, imports, packs), off, names(source, at), voice.lang, signature)


def _data(part: str) -> "Callable[[Appraisal, Lang], Sheet]":
    from kaohe.reports import appraisals

    known = {
        "ranking": appraisals.ranking,
        "lines": appraisals.lines,
        "pay": appraisals.pay_sheet,
        "pay-lines": appraisals.pay_lines,
        "pk": appraisals.podiums,
    }
    return known[part]


def _people(voice: Voice, found: "Dossier", part: str | None) -> "Sequence[Sheet]":
    """The sheets to read: summary, ranking, PK and pay sheet, or only the part asked for."""
    from kaohe.reports import appraisals

    if part is None:
        ranking = (found.ranking,) if found.result.scheme.items else ()
        return [sheet for sheet in (found.summary, *ranking, found.podiums, found.pay) if sheet is not None]
    if part == "lines":
        return [appraisals.readable_lines(found.result, voice.lang)]
    if part == "pay-lines":
        return [appraisals.readable_pay_lines(found.result, voice.lang)]
    sheet = {"ranking": found.ranking, "pay": found.pay, "pk": found.podiums}[part]
    if sheet is None:
        voice.notice(words.NO_SUCH_TABLE, scheme=found.result.scheme.name)
        return []
    return [sheet]
