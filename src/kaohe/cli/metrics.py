"""`kaohe metrics` and `kaohe metrics list`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, words
from kaohe.cli.help import Command, Group, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, groups, metrics_asked, names, opened

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from kaohe.metrics.catalogue import Metric
    from kaohe.reports.tables import Sheet
    from kaohe.workspace import Workspace


def add(app: typer.Typer, voice: Voice) -> None:
    group = typer.Typer(cls=Group)
    lines = [
        "kaohe metrics",
        "kaohe metrics --from 2026-11-01 --to 2026-11-30 --by shop,agent",
        "kaohe metrics --by shop,day --metric reply_rate_30s",
        "kaohe metrics --all --output 指标.xlsx",
        "kaohe metrics list",
    ]

    @group.callback(invoke_without_command=True, help=voice(words.METRICS), epilog=examples(lines))
    def metrics(
        context: typer.Context,
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        by: Annotated[str, typer.Option("--by", help=voice(words.BY), metavar=voice(words.LIST), show_default=True)] = "shop,agent",
        metric: Annotated[list[str], options.metrics(voice)] = [],  # noqa: B006 (typer copies it)
        every: Annotated[bool, typer.Option("--all", help=voice(words.ALL))] = False,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        if context.invoked_subcommand is not None:
            return
        where, grouped = wanted(format, output), groups(by)
        chosen = metrics_asked(metric)
        source = opened(workspace)
        span = days(voice, source, first, last, at)
        with progress(voice, words.COMPUTING):
            frame = computed(source, span, grouped, chosen, at)
        if span is not None and frame.is_empty():
            voice.notice(words.NOTHING_FOUND)
        from kaohe.reports.figures import figures

        def read() -> "Sequence[Sheet]":
            from kaohe.reports.figures import main

            shown = chosen or in_order(frame, None if every or where.format == "xlsx" else main(frame))
            return boards(voice, source, span, grouped, shown, frame, at, block=None if where.format == "xlsx" else 8)

        put(voice, where, data=lambda: figures(frame, grouped), people=read)

    @group.command(
        "list", cls=Command, help=voice(words.METRICS_LIST), epilog=examples(["kaohe metrics list", "kaohe metrics list --format json"])
    )
    def listed(
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.metrics.catalogue import CATALOGUE
        from kaohe.reports.figures import definitions

        sheet = definitions(list(CATALOGUE.values()), voice.lang)
        put(voice, where, data=lambda: sheet, people=lambda: [sheet])

    app.add_typer(group, name="metrics")


def computed(
    source: "Workspace", span: "tuple[date, date] | None", by: Sequence[str], metrics: "Sequence[Metric]", at: int | None
) -> "pl.DataFrame":
    """Figures of those days in the long form; no rows where there are no data."""
    first, last = span or (None, None)
    return source.figures(first=first, last=last, by=by, metrics=[one.id for one in metrics] or None, at=at)


def in_order(frame: "pl.DataFrame", wanted: Sequence[str] | None) -> "list[Metric]":
    """The metrics of the catalogue that the frame holds, in the order wanted, else in the catalogue's."""
    from kaohe.metrics.catalogue import CATALOGUE

    held = set(frame["metric"].unique())
    return [CATALOGUE[name] for name in (CATALOGUE if wanted is None else wanted) if name in held and name in CATALOGUE]


def boards(
    voice: Voice,
    source: "Workspace",
    span: "tuple[date, date] | None",
    by: Sequence[str],
    metrics: "Sequence[Metric]",
    frame: "pl.DataFrame",
    at: int | None,
    *,
    block: int | None,
) -> "list[Sheet]":
    """The figures to read: with agents, each shop's own figures as well, which are not the sum of its agents'."""
    from kaohe.reports.figures import board
    from kaohe.reports.left_out import left_out

    whole = None
    if "agent" in by and "shop" in by:
        whole = computed(source, span, [one for one in by if one != "agent"], metrics, at)
    called = names(source, at)
    notes = left_out(source.left_out(*span, at), called) if span is not None else ()
    return board(frame, by, metrics, voice.lang, whole=whole, block=block, names=called, notes=notes, minimum=source.settings.minimum)
