"""`kaohe appraise`: points and a ranking."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, names, opened

if TYPE_CHECKING:
    from kaohe.reports.tables import Sheet

DEFAULT_SCHEME = "response-first"


def add(app: typer.Typer, voice: Voice) -> None:
    shown = [
        "kaohe appraise --from 2026-11-01 --to 2026-11-30",
        "kaohe appraise --scheme 我的方案.yaml --output 排名.xlsx",
        "kaohe appraise --scheme presale --from 2026-11-01 --to 2026-11-30 --save",
    ]

    @app.command("appraise", cls=Command, help=voice(words.APPRAISE), epilog=examples(shown))
    def appraise(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        scheme: Annotated[str, options.scheme(voice)] = DEFAULT_SCHEME,
        lines: Annotated[bool, typer.Option("--lines", help=voice(words.LINES))] = False,
        save: Annotated[bool, typer.Option("--save", help=voice(words.SAVE))] = False,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        source = opened(workspace)
        span = days(voice, source, first, last, at)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        with progress(voice, words.COMPUTING):
            if save:
                result, run = source.save_result(scheme, first=span[0], last=span[1], at=at)
                voice.notice(words.SAVED, name=run.name)
            else:
                result = source.appraise(scheme, first=span[0], last=span[1], at=at)
        from kaohe.reports import appraisals
        from kaohe.reports.left_out import left_out

        def read() -> "Sequence[Sheet]":
            off = left_out(source.left_out(*span, at=at), names(source, at))
            sheets = (appraisals.readable_ranking(result, voice.lang), appraisals.readable_lines(result, voice.lang))
            ranking, working = (replace(sheet, notes=(*sheet.notes, *off)) for sheet in sheets)
            return [ranking, working] if where.format == "xlsx" else [working if lines else ranking]

        data = appraisals.lines if lines else appraisals.ranking
        put(voice, where, data=lambda: data(result, voice.lang), people=read)
