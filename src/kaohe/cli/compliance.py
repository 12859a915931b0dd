"""`kaohe compliance`: whether shops obeyed their platform's rules, day by day."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, names, one_of, opened

MISSED = 1
"""How the command ends with --fail when a rule was missed."""


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe compliance --from 2026-11-01 --to 2026-11-30",
        "kaohe compliance --shop 甲店 --rule effective-reply --buyers",
        "kaohe compliance --all --output 规则检查.xlsx",
    ]

    @app.command("compliance", cls=Command, help=voice(words.COMPLIANCE), epilog=examples(lines))
    def compliance(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        shop: Annotated[str | None, typer.Option("--shop", help=voice(words.ONE_SHOP), metavar=voice(words.NAME))] = None,
        rule: Annotated[list[str], typer.Option("--rule", help=voice(words.RULE), metavar=voice(words.NAME))] = [],  # noqa: B006
        every: Annotated[bool, typer.Option("--all", help=voice(words.ALL_DAYS))] = False,
        failing: Annotated[bool, typer.Option("--failing", help=voice(words.ONLY_MISSES))] = False,
        buyers: Annotated[bool, typer.Option("--buyers", help=voice(words.BUYERS))] = False,
        fail: Annotated[bool, typer.Option("--fail", help=voice(words.FAIL))] = False,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        import polars as pl

        where = wanted(format, output)
        source = opened(workspace)
        called = names(source, at)
        chosen = one_of(called["shop_id"], shop)
        if chosen is not None:
            trouble.choice("--shop", chosen, source.table("shops", at)["shop_id"].to_list())
        known = {one.id for pack in source.packs for version in pack.versions for one in version.rules}
        for one in rule:
            trouble.choice("--rule", one, sorted(known))
        span = days(voice, source, first, last, at)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        with progress(voice, words.COMPUTING):
            found = source.compliance(*span, shop=chosen, rules=rule or None, at=at)
            missed = found.filter(pl.col("verdict") == "fail")
            judged = found.filter(pl.col("verdict") != "not_applicable")
            behind = source.failing(judged if every and not failing else missed, at) if buyers else None
        if found.is_empty():
            voice.notice(words.NO_RULES)
        from kaohe.reports import compliance as tables

        more = [tables.readable_failing(behind, voice.lang, called)] if behind is not None else []
        raw = tables.failing(behind) if behind is not None else tables.raw(missed if failing else found)
        put(
            voice, where, data=lambda: raw, people=lambda: [*tables.readable(found, voice.lang, called, every=every and not failing), *more]
        )
        if fail and len(missed):
            raise typer.Exit(MISSED)
