"""`kaohe bench`: how fast this machine is at it."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import words
from kaohe.cli.help import Command, examples
from kaohe.cli.voice import Voice


def add(app: typer.Typer, voice: Voice) -> None:
    @app.command(
        "bench",
        cls=Command,
        help=voice(words.BENCH),
        epilog=examples(["kaohe bench --messages 1000000", "kaohe bench --output docs/benchmarks.md"]),
    )
    def bench(
        messages: Annotated[
            int, typer.Option("--messages", help=voice(words.MESSAGES), metavar=voice(words.COUNT), min=1000, show_default=True)
        ] = 20_000_000,
        output: Annotated[Path | None, typer.Option("--output", "-o", help=voice(words.BENCH_OUTPUT), metavar=voice(words.FILE))] = None,
    ) -> None:
        import kaohe.bench

        kaohe.bench.run(messages=messages, output=output)
