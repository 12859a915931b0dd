"""`kaohe gmv`: sales taken apart into visitors, conversion and order value, beside the period before."""

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
    lines = ["kaohe gmv --from 2026-11-01 --to 2026-11-30", "kaohe gmv --shop 甲店 --from 2026-11-11 --to 2026-11-11 --output 成交.xlsx"]

    @app.command("gmv", cls=Command, help=voice(words.GMV), epilog=examples(lines))
    def gmv(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        shop: Annotated[str | None, typer.Option("--shop", help=voice(words.ONE_SHOP), metavar=voice(words.NAME))] = None,
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
        span = days(voice, source, first, last, at)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        with progress(voice, words.COMPUTING):
            found = source.gmv(*span, shop=chosen, at=at)
            off = source.left_out(found.before.first, found.now.last, at)
        from kaohe.reports.gmv import breakdown, readable
        from kaohe.reports.left_out import left_out

        # Days on which only replies are not assessed sell like any other.
        notes = left_out(off.remove(covers="response").remove(covers="leave"), called)
        put(voice, where, data=lambda: breakdown(found), people=lambda: readable(found, voice.lang, notes))
