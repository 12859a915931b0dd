"""`kaohe reconcile` and `kaohe reported`: the platform's own figures, and kaohe's beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import day, groups, names, one_of, opened
from kaohe.errors import failure

if TYPE_CHECKING:
    from datetime import date

    from kaohe.workspace import Workspace


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe reconcile",
        "kaohe reconcile --from 2026-11-01 --to 2026-11-30 --shop 甲店 --period",
        "kaohe reconcile --all --output 核对.xlsx",
    ]

    @app.command("reconcile", cls=Command, help=voice(words.RECONCILE), epilog=examples(lines))
    def reconcile(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        shop: Annotated[str | None, typer.Option("--shop", help=voice(words.ONE_SHOP), metavar=voice(words.NAME))] = None,
        agent: Annotated[str | None, typer.Option("--agent", help=voice(words.THIS_AGENT), metavar=voice(words.NAME))] = None,
        period: Annotated[bool, typer.Option("--period", help=voice(words.PERIOD))] = False,
        every: Annotated[bool, typer.Option("--all", help=voice(words.ALL_COMPARED))] = False,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        import polars as pl

        where = wanted(format, output)
        source = opened(workspace)
        called = names(source, at)
        start, end = _days(voice, source, first, last, at)
        with progress(voice, words.COMPUTING):
            found = source.reconcile(first=start, last=end, by_day=not period, at=at)
        if shop is not None:
            found = found.filter(pl.col("shop_id") == one_of(called["shop_id"], shop))
        if agent is not None:
            found = found.filter(pl.col("agent_id") == one_of(called["agent_id"], agent))
        if source.table("reported", at).height:
            _tell(voice, source, found, start, end, period=period, at=at)
        # What nothing was imported for is said once, not for every agent and day.
        compared = found.filter(pl.col("cause").ne_missing("no_data"))
        shown = found if every else compared.filter(~pl.col("within").fill_null(False))
        from kaohe.reports.reconciliation import differences, readable_differences

        put(voice, where, data=lambda: differences(shown), people=lambda: [readable_differences(shown, voice.lang, called)])

    more = ["kaohe reported", "kaohe reported --by agent --figure inquiry_conversion", "kaohe reported --by shop,day --format csv"]

    @app.command("reported", cls=Command, help=voice(words.REPORTED), epilog=examples(more))
    def reported(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        by: Annotated[
            str, typer.Option("--by", help=voice(words.REPORTED_BY), metavar=voice(words.LIST), show_default=True)
        ] = "shop,agent",
        figure: Annotated[list[str], typer.Option("--figure", "-m", help=voice(words.FIGURE), metavar=voice(words.NAME))] = [],  # noqa: B006
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where, grouped = wanted(format, output), groups(by)
        chosen = _figures(figure)
        source = opened(workspace)
        start, end = _days(voice, source, first, last, at)
        with progress(voice, words.COMPUTING):
            found = source.reported(first=start, last=end, by=grouped, figures=chosen or None, at=at)
            left = source.reported_left_out(first=start, last=end, by=grouped, at=at)
        if left:
            voice.notice(words.SPANS_LEFT_OUT, count=left)
        from kaohe.reports import reconciliation
        from kaohe.reports.figures import BLOCK

        block = None if where.format == "xlsx" else BLOCK
        put(
            voice,
            where,
            data=lambda: reconciliation.reported(found, grouped),
            people=lambda: reconciliation.reported_board(found, grouped, voice.lang, block=block, names=names(source, at)),
        )


def _days(voice: Voice, source: "Workspace", first: str | None, last: str | None, at: int | None) -> "tuple[date | None, date | None]":
    """The days asked for; the ends of the reports are said on stderr where one is left open. Raises `Failure` for days in the wrong order."""
    start, end = day("--from", first), day("--to", last)
    if start is not None and end is not None and start > end:
        raise failure(trouble.DAYS_REVERSED, first=start, last=end)
    rows = source.table("reported", at)
    if rows.is_empty():
        voice.notice(words.NO_REPORTS)
    elif start is None or end is None:
        words_of = words.ALL_REPORTS if start is None and end is None else words.GIVEN_SPAN
        voice.notice(words_of, first=start or rows["first_day"].min(), last=end or rows["last_day"].max())
    return start, end


def _figures(asked: Sequence[str]) -> list[str]:
    """The reported figures of those ids or Chinese names. Raises `Failure` that suggests the nearest."""
    from kaohe.metrics.reported import UNKNOWN_FIGURE
    from kaohe.model.reported import REPORTED

    by_name = {figure.zh: figure.id for figure in REPORTED.values()}
    found = []
    for name in dict.fromkeys(
        part.strip() for text in asked for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()
    ):
        if name not in REPORTED and name not in by_name:
            raise trouble.unknown(UNKNOWN_FIGURE, name, [*REPORTED, *by_name], figure=name)
        found.append(by_name.get(name, name))
    return found


def _tell(
    voice: Voice, source: "Workspace", found: "object", start: "date | None", end: "date | None", *, period: bool, at: int | None
) -> None:
    """How many figures were compared and how many differ, on stderr."""
    import polars as pl

    assert isinstance(found, pl.DataFrame)
    both = found.filter(pl.col("within").is_not_null())
    without = found.filter(pl.col("cause") == "no_data")
    single = found.height - both.height - without.height
    voice.notice(words.COMPARED, both=both.height, different=both.filter(~pl.col("within")).height, single=single)
    if without.height:
        from kaohe.model.reported import REPORTED

        held = set(without["figure"])
        called = [one.zh if voice.lang == "zh" else one.en for one in REPORTED.values() if one.id in held]
        voice.notice(words.WITHOUT_DATA, figures=("、" if voice.lang == "zh" else ", ").join(called))
    left = source.reported_left_out(first=start, last=end, by=("shop", "agent") if period else ("shop", "agent", "day"), at=at)
    if left:
        voice.notice(words.SPANS_NOT_COMPARED if not period else words.SPANS_LEFT_OUT, count=left)
