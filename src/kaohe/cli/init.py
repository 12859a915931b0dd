"""`kaohe init`: a new workspace."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, words
from kaohe.cli.help import Command, examples
from kaohe.cli.voice import Voice


def add(app: typer.Typer, voice: Voice) -> None:
    @app.command(
        "init",
        cls=Command,
        help=voice(words.INIT),
        epilog=examples(["kaohe init", "kaohe init 我的店铺", "kaohe init 我的店铺 --hide-buyers"]),
    )
    def init(
        folder: Annotated[Path | None, typer.Argument(help=voice(words.NEW_WORKSPACE), metavar=voice(words.FOLDER))] = None,
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        hide_buyers: Annotated[bool, typer.Option("--hide-buyers", help=voice(words.HIDE_BUYERS))] = False,
    ) -> None:
        import kaohe

        made = folder or workspace
        kaohe.create(made, hide_buyers=hide_buyers)
        voice.notice(words.CREATED, path=made)
