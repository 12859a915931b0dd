"""`kaohe history`: what was imported, when, and what became of its rows."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.voice import Voice
from kaohe.cli.work import opened


def add(app: typer.Typer, voice: Voice) -> None:
    @app.command("history", cls=Command, help=voice(words.HISTORY), epilog=examples(["kaohe history", "kaohe history --format json"]))
    def history(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        journal = opened(workspace).history()
        from kaohe.reports import imports

        if journal.is_empty():
            voice.notice(words.NO_HISTORY)
        put(voice, where, data=lambda: imports.journal(journal), people=lambda: [imports.readable_journal(journal)])
