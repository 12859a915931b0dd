"""`kaohe results`, `diff`, `close` and `ledger`: what was judged and paid, and what changed since."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import names, opened


def add(app: typer.Typer, voice: Voice) -> None:
    @app.command("results", cls=Command, help=voice(words.RESULTS), epilog=examples(["kaohe appraise --save", "kaohe results"]))
    def results(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.reports import records

        sheet = records.results(opened(workspace).results(), voice.lang)
        put(voice, where, data=lambda: sheet, people=lambda: [sheet])

    @app.command("diff", cls=Command, help=voice(words.DIFF), epilog=examples(["kaohe diff presale-2026-11-0001 presale-2026-11-0002"]))
    def diff(
        old: Annotated[str, typer.Argument(help=voice(words.OLD_RESULT), metavar=voice(words.NAME), show_default=False)],
        new: Annotated[str, typer.Argument(help=voice(words.NEW_RESULT), metavar=voice(words.NAME), show_default=False)],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.records import diff as changed
        from kaohe.reports import records

        source = opened(workspace)
        one, two = source.result(old), source.result(new)
        sheet = records.changes(changed(one, two), names(source)["agent_id"], voice.lang)
        put(voice, where, data=lambda: sheet, people=lambda: [records.origins(one, two, voice.lang), sheet])

    shown = ["kaohe close 2026-11 --result presale-2026-11-0001 --result aftersale-2026-11-0001"]

    @app.command("close", cls=Command, help=voice(words.CLOSE), epilog=examples(shown))
    def close(
        month: Annotated[str, typer.Argument(help=voice(words.MONTH_TO_CLOSE), metavar="2026-11", show_default=False)],
        result: Annotated[list[str], typer.Option("--result", help=voice(words.RESULT), metavar=voice(words.NAME))] = [],  # noqa: B006
        unpaid: Annotated[bool, typer.Option("--unpaid", help=voice(words.CLOSE_UNPAID))] = False,
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
    ) -> None:
        source = opened(workspace)
        with progress(voice, words.COMPUTING):
            found = source.close(month, result, unpaid=unpaid)
        voice.notice(words.MONTH_CLOSED, month=month, lines=len(found.lines), corrections=len(found.corrections))

    @app.command(
        "ledger", cls=Command, help=voice(words.LEDGER), epilog=examples(["kaohe ledger 2026-11", "kaohe ledger --output 更正.xlsx"])
    )
    def ledger(
        month: Annotated[str | None, typer.Argument(help=voice(words.MONTH_OF_LEDGER), metavar="2026-11", show_default=False)] = None,
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.reports import records

        source = opened(workspace)
        called = names(source)["agent_id"]
        if month is None:
            with progress(voice, words.COMPUTING):
                sheets = [records.corrections(source.corrections(), called)]
        else:
            closed = {one.month: one for one in source.ledgers()}
            if month not in closed:
                raise trouble.unknown(trouble.NO_SUCH_MONTH, month, list(closed))
            sheets = records.ledger(closed[month], called, voice.lang)
        put(voice, where, data=lambda: sheets[0], people=lambda: sheets)
