"""`kaohe run`: from a folder of exports to figures and a ranking in one go."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import importing, options, words
from kaohe.cli.appraise import DEFAULT_SCHEME
from kaohe.cli.help import Command, examples
from kaohe.cli.metrics import boards, computed, in_order
from kaohe.cli.output import Wanted, put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import day, days, names, opened
from kaohe.errors import DONE

if TYPE_CHECKING:
    from kaohe.reports.tables import Sheet


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe run 导出/",
        "kaohe run 导出/ --output 结果.xlsx",
        "kaohe run 导出/ --from 2026-11-01 --to 2026-11-30 --scheme 我的方案.yaml",
    ]

    @app.command("run", cls=Command, help=voice(words.RUN), epilog=examples(lines))
    def run(
        paths: Annotated[list[Path], options.exports(voice)],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        shop: Annotated[str | None, options.shop_of_files(voice)] = None,
        platform: Annotated[str | None, options.platform(voice)] = None,
        timezone: Annotated[str | None, options.timezone(voice)] = None,
        profile: Annotated[str | None, options.profile(voice)] = None,
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        scheme: Annotated[str, options.scheme(voice)] = DEFAULT_SCHEME,
        strict: Annotated[bool, options.strict(voice)] = False,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        # What is misspelt should be said before an import that takes an hour, not after.
        day("--from", first), day("--to", last)
        from kaohe.appraisal import find

        find(scheme, workspace / "schemes")
        where_from = {"shop": shop, "platform": platform, "timezone": timezone, "profile": profile}
        report = importing.brought_in(voice, workspace, paths, where_from, dry_run=False)
        importing.tell(voice, report, dry_run=False)
        source = opened(workspace)
        span = days(voice, source, first, last, None)
        unmapped = source.unmapped()
        if unmapped:
            voice.notice(words.UNMAPPED, accounts="、".join(unmapped) if voice.lang == "zh" else ", ".join(unmapped))
        by = ("shop", "agent")
        with progress(voice, words.COMPUTING):
            frame = computed(source, span, by, [], None)
            result = source.appraise(scheme, first=span[0], last=span[1]) if span is not None else None
            verdicts = source.compliance(*span) if span is not None else None
            reported = span is not None and source.table("reported").height > 0
            compared = source.reconcile(*span, by_day=False) if span is not None and reported else None
        from kaohe.metrics.catalogue import CATALOGUE
        from kaohe.reports import appraisals, compliance, figures, imports, reconciliation, summary
        from kaohe.reports.left_out import left_out

        def on_screen() -> "Sequence[Sheet]":
            shown = boards(voice, source, span, by, in_order(frame, figures.main(frame)), frame, None, block=figures.BLOCK)
            ranked = [appraisals.readable_ranking(result, voice.lang)] if result is not None else []
            kept = compliance.readable(verdicts, voice.lang, names(source))[:1] if verdicts is not None and len(verdicts) else []
            return [imports.readable_files(report, voice.lang), *shown, *kept, *ranked]

        def in_workbook() -> "Sequence[Sheet]":
            shops = computed(source, span, ("shop",), [], None)
            metrics = list(CATALOGUE.values())
            called, minimum = names(source), source.settings.minimum
            notes = left_out(source.left_out(*span), called) if span is not None else ()
            ranked = []
            if result is not None:
                ranked = [appraisals.readable_ranking(result, voice.lang), appraisals.readable_lines(result, voice.lang)]
            if verdicts is not None and len(verdicts):
                ranked += compliance.readable(verdicts, voice.lang, called)
            if compared is not None:
                ranked.append(reconciliation.readable_differences(compared, voice.lang, called))
            return [
                summary.summary(report, frame, result, span, voice.lang),
                *ranked,
                *figures.board(frame, by, metrics, voice.lang, block=None, names=called, notes=notes, minimum=minimum),
                *figures.board(shops, ("shop",), metrics, voice.lang, block=None, names=called, notes=notes, minimum=minimum),
                imports.readable_files(report, voice.lang),
                figures.definitions(metrics, voice.lang),
            ]

        if where.format == "xlsx":
            put(voice, Wanted("table", None), data=lambda: figures.figures(frame, by), people=on_screen)
        put(voice, where, data=lambda: figures.figures(frame, by), people=in_workbook if where.format == "xlsx" else on_screen)
        code = importing.ending(report, strict=strict)
        if code != DONE:
            raise typer.Exit(code)
