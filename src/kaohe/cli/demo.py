"""`kaohe demo`: a made-up month in the platforms' own formats."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import words
from kaohe.cli.help import Command, examples
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import day


def add(app: typer.Typer, voice: Voice) -> None:
    @app.command(
        "demo",
        cls=Command,
        help=voice(words.DEMO),
        epilog=examples(["kaohe demo 示例", "kaohe demo 示例 --days 7 --seed 2 && kaohe run 示例"]),
    )
    def demo(
        folder: Annotated[Path, typer.Argument(help=voice(words.DEMO_FOLDER), metavar=voice(words.FOLDER))],
        seed: Annotated[int, typer.Option("--seed", help=voice(words.SEED), metavar=voice(words.NUMBER), min=0, show_default=True)] = 1,
        first: Annotated[
            str, typer.Option("--first", help=voice(words.FIRST_DAY), metavar=voice(words.DAY), show_default=True)
        ] = "2026-10-01",
        days: Annotated[int, typer.Option("--days", help=voice(words.DAYS), metavar=voice(words.COUNT), min=1, show_default=True)] = 31,
        scale: Annotated[
            float, typer.Option("--scale", help=voice(words.SCALE), metavar=voice(words.COUNT), min=0.01, show_default=True)
        ] = 1.0,
    ) -> None:
        start = day("--first", first)
        assert start is not None
        from kaohe.demo import write_demo

        with progress(voice, words.WRITING_DEMO) as bar:
            write_demo(folder, seed=seed, first=start, days=days, scale=scale, progress=bar.step)
        voice.notice(words.DEMO_DONE, path=folder)
