"""`kaohe statement`: one agent's appraisal, line by line, in words a pocket calculator can check."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.appraise import DEFAULT_SCHEME
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, names, one_of, opened


def add(app: typer.Typer, voice: Voice) -> None:
    shown = [
        "kaohe statement 林晓雨 --month 2026-11 --scheme presale",
        "kaohe statement lin --from 2026-11-01 --to 2026-11-15 --format json",
    ]

    @app.command("statement", cls=Command, help=voice(words.STATEMENT), epilog=examples(shown))
    def statement(
        agent: Annotated[str, typer.Argument(help=voice(words.AGENT_OF_STATEMENT), metavar=voice(words.NAME), show_default=False)],
        month: Annotated[str | None, typer.Option("--month", help=voice(words.MONTH), metavar="2026-11")] = None,
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        scheme: Annotated[str, options.scheme(voice)] = DEFAULT_SCHEME,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        if month is not None:
            from kaohe.records.ledger import days_of

            first, last = (day.isoformat() for day in days_of(month))
        source = opened(workspace)
        span = days(voice, source, first, last, at)
        with progress(voice, words.COMPUTING):
            begin, end = span or (None, None)
            result = source.appraise(scheme, first=begin, last=end, at=at)
        called = names(source, at)["agent_id"]
        asked = one_of(called, agent)
        mine = [one for one in result.statements if one.agent_id == asked]
        if not mine:
            known = [called.get(one.agent_id, one.agent_id) for one in result.statements]
            raise trouble.unknown(trouble.NOT_JUDGED, agent, known, list_known=False)
        from kaohe.appraisal.data import statement as data
        from kaohe.reports.files import write
        from kaohe.reports.statement import statement as sheet

        if where.format == "json":
            text = json.dumps([data(one) for one in mine], ensure_ascii=False, indent=1) + "\n"
            if where.output is None:
                print(text, end="")
            else:
                write(where.output, text)
                voice.notice(words.WRITTEN, path=where.output)
            return
        sheets = [sheet(one, result, called.get(one.agent_id, one.agent_id), voice.lang) for one in mine]
        put(voice, where, data=lambda: sheets[0], people=lambda: sheets)
