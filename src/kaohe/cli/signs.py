"""`kaohe signs`: signs of gaming, as lists of messages to look at."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, names, one_of, opened


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe signs --from 2026-11-01 --to 2026-11-30",
        "kaohe signs --shop 甲店 --agent 林 --kind empty_first_reply --limit 0",
        "kaohe signs --output 迹象.xlsx",
    ]

    @app.command("signs", cls=Command, help=voice(words.SIGNS), epilog=examples(lines))
    def signs(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        shop: Annotated[str | None, typer.Option("--shop", help=voice(words.ONE_SHOP), metavar=voice(words.NAME))] = None,
        agent: Annotated[str | None, typer.Option("--agent", help=voice(words.THIS_AGENT), metavar=voice(words.NAME))] = None,
        kind: Annotated[list[str], typer.Option("--kind", help=voice(words.SIGN), metavar=voice(words.NAME))] = [],  # noqa: B006
        summary: Annotated[bool, typer.Option("--summary", help=voice(words.SIGNS_SUMMARY))] = False,
        limit: Annotated[
            int, typer.Option("--limit", help=voice(words.SIGN_LIMIT), metavar=voice(words.COUNT), min=0, show_default=True)
        ] = 3,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        source = opened(workspace)
        called = names(source, at)
        chosen = one_of(called["shop_id"], shop)
        if chosen is not None:
            trouble.choice("--shop", chosen, source.table("shops", at)["shop_id"].to_list())
        from kaohe.metrics.signs import SIGNS

        for one in kind:
            trouble.choice("--kind", one, [*SIGNS, *(sign.zh for sign in SIGNS.values())])
        span = days(voice, source, first, last, at)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        with progress(voice, words.COMPUTING):
            found = source.signs(*span, shop=chosen, agent=one_of(called["agent_id"], agent), kinds=kind or None, at=at)
        from kaohe.reports import signs as tables

        on_screen = where.format == "table" and where.output is None
        more = [] if summary or on_screen else [tables.readable_evidence(found, voice.lang, called)]
        put(
            voice,
            where,
            data=lambda: tables.summary(found) if summary else tables.evidence(found),
            people=lambda: [*tables.readable(found, voice.lang, called), *more],
        )
        if on_screen and not summary:
            left = tables.listed(found, sys.stdout, voice.lang, limit, called)
            sys.stdout.flush()
            if left:
                voice.notice(words.MORE_SIGNS, cases=left)
