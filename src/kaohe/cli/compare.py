"""`kaohe compare`: agents beside each other in one metric, raw and adjusted."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, metrics_asked, names, one_of, opened

if TYPE_CHECKING:
    from kaohe.reports.tables import Sheet

STRATA = ("hour", "shop", "inquiry")


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe compare reply_rate_30s --from 2026-11-01 --to 2026-11-30",
        "kaohe compare 平均响应时间 --shop 甲店 --strata hour",
        "kaohe compare inquiry_conversion --output 比较.xlsx",
    ]

    @app.command("compare", cls=Command, help=voice(words.COMPARISON), epilog=examples(lines))
    def compare(
        metric: Annotated[str, typer.Argument(help=voice(words.THE_METRIC), metavar=voice(words.NAME), show_default=False)],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        shop: Annotated[str | None, typer.Option("--shop", help=voice(words.ONE_SHOP), metavar=voice(words.NAME))] = None,
        strata: Annotated[str, typer.Option("--strata", help=voice(words.STRATA), metavar=voice(words.LIST), show_default=True)] = ",".join(
            STRATA
        ),
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        chosen = metrics_asked([metric])
        told = [trouble.choice("--strata", one.strip(), STRATA) for one in re.split(r"[,，、]", strata) if one.strip()]
        source = opened(workspace)
        called = names(source, at)
        one_shop = one_of(called["shop_id"], shop)
        if one_shop is not None:
            trouble.choice("--shop", one_shop, source.table("shops", at)["shop_id"].to_list())
        span = days(voice, source, first, last, at)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        import polars as pl

        with progress(voice, words.COMPUTING):
            found = pl.concat(source.compare(one.id, *span, shop=one_shop, strata=told, at=at) for one in chosen)
        if found.is_empty():
            voice.notice(words.NOTHING_COMPARED)
        from kaohe.reports import comparison as tables

        def read() -> "list[Sheet]":
            return [tables.readable(found, one, voice.lang, called, minimum=source.settings.minimum(one.id)) for one in chosen]

        put(voice, where, data=lambda: tables.raw(found), people=read)
