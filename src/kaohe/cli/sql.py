"""`kaohe sql`: one query over the workspace's tables."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import opened
from kaohe.errors import failure

FROM_STDIN = "-"


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe sql --tables",
        "kaohe sql \"select day, count(*) as messages from messages where sender = 'buyer' group by day order by day\"",
        'kaohe sql "describe messages"',
        "kaohe sql \"select * from figures where metric = 'reply_rate_30s'\" --output 应答率.xlsx",
        "kaohe sql - --format csv < 查询.sql",
    ]

    @app.command("sql", cls=Command, help=voice(words.SQL), epilog=examples(lines))
    def sql(
        query: Annotated[str | None, typer.Argument(help=voice(words.QUERY), metavar="SQL", show_default=False)] = None,
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        tables: Annotated[bool, typer.Option("--tables", help=voice(words.SQL_TABLES))] = False,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.reports import queries

        if tables:
            from kaohe.sql import listed

            known = listed()
            put(voice, where, data=lambda: queries.tables(known), people=lambda: [queries.readable_tables(known, voice.lang)])
            return
        if query is None:
            raise failure(trouble.ARGUMENT_NEEDED, name="SQL", command="kaohe sql")
        text = sys.stdin.read() if query == FROM_STDIN else query
        source = opened(workspace)
        with progress(voice, words.COMPUTING):
            found = source.sql(text, at=at)
        put(voice, where, data=lambda: queries.rows(found), people=lambda: [queries.readable(found)])
