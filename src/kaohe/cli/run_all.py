"""`kaohe run`: from a folder of exports to figures, a ranking and pay in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import importing, options, words
from kaohe.cli.appraise import DEFAULT_SCHEME
from kaohe.cli.help import Command, examples
from kaohe.cli.metrics import boards, computed, in_order
from kaohe.cli.output import Wanted, put, put_text, wanted
from kaohe.cli.progress import progress
from kaohe.cli.report import dossier
from kaohe.cli.voice import Voice
from kaohe.cli.work import day, days, names, opened
from kaohe.errors import DONE

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from kaohe.appraisal import Appraisal
    from kaohe.importing import ImportReport
    from kaohe.reports.tables import Sheet
    from kaohe.workspace import Workspace

BY = ("shop", "agent")


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe run 导出/",
        "kaohe run 导出/ --scheme presale --output 结果.xlsx --output 报告.html",
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
        month: Annotated[str | None, options.month(voice)] = None,
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        scheme: Annotated[str, options.scheme(voice)] = DEFAULT_SCHEME,
        strict: Annotated[bool, options.strict(voice)] = False,
        format: Annotated[str | None, options.page_format(voice)] = None,
        output: Annotated[list[Path] | None, options.outputs(voice)] = None,
    ) -> None:
        files: Sequence[Path | None] = output or [None]
        wanteds = [wanted(format, one, options.PAGE_FORMATS) for one in files]
        # What is misspelt should be said before an import that takes an hour, not after.
        day("--from", first), day("--to", last)
        if month is not None:
            from kaohe.appraisal.months import days_of

            days_of(month)
        from kaohe.appraisal import find

        find(scheme, workspace / "schemes")
        where_from = {"shop": shop, "platform": platform, "timezone": timezone, "profile": profile}
        report = importing.brought_in(voice, workspace, paths, where_from, dry_run=False)
        importing.tell(voice, report, dry_run=False)
        source = opened(workspace)
        span = days(voice, source, first, last, None, month)
        unmapped = source.unmapped()
        if unmapped:
            voice.notice(words.UNMAPPED, accounts="、".join(unmapped) if voice.lang == "zh" else ", ".join(unmapped))
        with progress(voice, words.COMPUTING):
            frame = computed(source, span, BY, [], None)
            result = source.appraise(scheme, first=span[0], last=span[1]) if span is not None else None
        made = Made(voice, source, report, span, frame, result)
        if any(one.output is not None and one.format in ("xlsx", "html") for one in wanteds):
            put(voice, Wanted("table", None), data=made.figures, people=made.on_screen)
        for where in wanteds:
            made.put(where)
        if all(one.output is not None or one.format == "table" for one in wanteds):
            voice.notice(words.HOW_TO_SERVE, path=f'"{workspace}"' if " " in str(workspace) else workspace)
        code = importing.ending(report, strict=strict)
        if code != DONE:
            raise typer.Exit(code)


@dataclass(frozen=True)
class Made:
    """What one run came to, and its tables. `span` and `result` are None where there are no data."""

    voice: Voice
    source: "Workspace"
    report: "ImportReport"
    span: "tuple[dt.date, dt.date] | None"
    frame: "pl.DataFrame"
    result: "Appraisal | None"

    def put(self, where: Wanted) -> None:
        """Write it in one form: a page about the appraisal, a workbook of everything, tables to read, or the figures as data."""
        if where.format != "html":
            put(self.voice, where, data=self.figures, people=self.in_workbook if where.format == "xlsx" else self.on_screen)
        elif self.result is not None and self.span is not None:
            from kaohe.reports import html

            put_text(self.voice, where, html.report(dossier(self.voice, self.source, self.result, self.span, None)))

    def figures(self) -> "Sheet":
        from kaohe.reports.figures import figures

        return figures(self.frame, BY)

    def on_screen(self) -> "Sequence[Sheet]":
        """The files, the main figures, the rules and what came of the appraisal."""
        from kaohe.reports import figures, imports

        shown = in_order(self.frame, figures.main(self.frame))
        boarded = boards(self.voice, self.source, self.span, BY, shown, self.frame, None, block=figures.BLOCK)
        return [imports.readable_files(self.report, self.voice.lang), *boarded, *self._kept[:1], *self._appraised()]

    def in_workbook(self) -> "Sequence[Sheet]":
        """Everything, the summary first."""
        from kaohe.metrics.catalogue import CATALOGUE
        from kaohe.reports import appraisals, figures, imports, summary
        from kaohe.reports.left_out import left_out

        lang, source = self.voice.lang, self.source
        shops = computed(source, self.span, ("shop",), [], None)
        metrics = list(CATALOGUE.values())
        called, minimum = names(source), source.settings.minimum
        notes = left_out(source.left_out(*self.span), called) if self.span is not None else ()
        working = []
        if self.result is not None:
            working.append(appraisals.readable_lines(self.result, lang))
            if self.result.scheme.pay is not None:
                working.append(appraisals.readable_pay_lines(self.result, lang))
        return [
            summary.summary(self.report, self.frame, self.result, self.span, lang),
            *self._appraised(),
            *working,
            *self._kept,
            *self._compared(),
            *figures.board(self.frame, BY, metrics, lang, block=None, names=called, notes=notes, minimum=minimum),
            *figures.board(shops, ("shop",), metrics, lang, block=None, names=called, notes=notes, minimum=minimum),
            imports.readable_files(self.report, lang),
            figures.definitions(metrics, lang),
        ]

    def _appraised(self) -> "list[Sheet]":
        """The ranking, the PK and the pay sheet, those the scheme has."""
        if self.result is None:
            return []
        from kaohe.reports import appraisals

        lang, scheme = self.voice.lang, self.result.scheme
        ranking = appraisals.readable_ranking(self.result, lang) if scheme.items else None
        found = (ranking, appraisals.readable_podiums(self.result, lang), appraisals.readable_pay(self.result, lang))
        return [sheet for sheet in found if sheet is not None]

    @cached_property
    def _kept(self) -> "Sequence[Sheet]":
        """How platforms' rules were kept."""
        verdicts = self.source.compliance(*self.span) if self.span is not None else None
        if verdicts is None or not len(verdicts):
            return []
        from kaohe.reports import compliance

        return compliance.readable(verdicts, self.voice.lang, names(self.source))

    def _compared(self) -> "list[Sheet]":
        """Where platforms' own figures differ, when there are any."""
        if self.span is None or self.source.table("reported").is_empty():
            return []
        from kaohe.reports import reconciliation

        found = self.source.reconcile(*self.span, by_day=False)
        return [reconciliation.readable_differences(found, self.voice.lang, names(self.source))]
