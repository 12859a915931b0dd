"""`kaohe simulate`: past months under several schemes, side by side."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.appraise import DEFAULT_SCHEME
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import opened
from kaohe.errors import WRONG_USE, code, failure

NOT_A_VARIATION = code(
    "not_a_variation",
    zh="--vary 的“{name}”看不懂。请写成 考核项=权重，如 reply_rate_30s=30；试几个写 reply_rate_30s=20,25,30",
    en="--vary: {name!r} is not understood. Write ITEM=WEIGHT such as reply_rate_30s=30; reply_rate_30s=20,25,30 tries several",
    exit=WRONG_USE,
)
DEFAULT_PART = "people"


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe simulate --scheme presale --scheme 我的方案 --months 2026-07..2026-10",
        "kaohe simulate --scheme presale --vary reply_rate_30s=20,30,40",
        "kaohe simulate --scheme presale --scheme 我的方案 --output 试算.xlsx",
    ]

    @app.command("simulate", cls=Command, help=voice(words.SIMULATE), epilog=examples(lines))
    def simulate(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        scheme: Annotated[
            list[str], typer.Option("--scheme", help=voice(words.SIMULATED_SCHEMES), metavar=voice(words.NAME), show_default=False)
        ] = [DEFAULT_SCHEME],  # noqa: B006
        months: Annotated[str | None, typer.Option("--months", help=voice(words.MONTHS), metavar=voice(words.MONTH))] = None,
        vary: Annotated[list[str], typer.Option("--vary", help=voice(words.VARY), metavar=voice(words.VARIATION))] = [],  # noqa: B006
        part: Annotated[str | None, typer.Option("--part", help=voice(words.PART), metavar=voice(words.NAME))] = None,
        limit: Annotated[
            int, typer.Option("--limit", help=voice(words.PEOPLE_LIMIT), metavar=voice(words.COUNT), min=0, show_default=True)
        ] = 10,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        source = opened(workspace)
        from kaohe.appraisal.months import months_of
        from kaohe.reports import simulation as tables

        if part is not None:
            trouble.choice("--part", part, tables.PARTS)
        asked = None if months is None else months_of(months)
        with progress(voice, words.COMPUTING):
            found = source.simulate(scheme, asked, vary=[one for text in vary for one in variations(text)], at=at)
        if months is None:
            voice.notice(words.ALL_MONTHS, first=found.months[0], last=found.months[-1])
        for month in source.partial_months(found.months, at):
            voice.notice(words.PARTIAL_MONTH, month=month)
        on_terminal = where.format == "table" and where.output is None
        sheets, hidden = tables.on_screen(found, voice.lang, limit if on_terminal else 0)
        if where.format == "xlsx":
            sheets = tables.readable(found, voice.lang)
        if part is not None:
            sheets = [one for one in [*sheets, *tables.readable(found, voice.lang)] if one.title == tables.PARTS[part]][:1]
        put(voice, where, data=lambda: tables.raw(found, part or DEFAULT_PART), people=lambda: sheets)
        if on_terminal and hidden and part in (None, "people"):
            voice.notice(words.MORE_PEOPLE, people=hidden)


def variations(text: str) -> list[tuple[str, Decimal]]:
    """`item=20,30` as the item and each of the weights. Raises `Failure` for anything else."""
    from kaohe.appraisal.exact import number

    item, equals, weights = text.replace("＝", "=").rpartition("=")
    # Weights are shares of 100: people write 30% for 30.
    found = [number(one.strip().rstrip("%％")) for one in re.split(r"[,，、]", weights)]
    known = [one for one in found if one is not None]
    if not equals or not item.strip() or len(known) < len(found):
        raise failure(NOT_A_VARIATION, name=text)
    return [(item.strip(), one) for one in known]
