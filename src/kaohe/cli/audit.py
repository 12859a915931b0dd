"""`kaohe audit verify`: whether the web site's log of changes is whole."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, Group, examples
from kaohe.cli.voice import Voice

BROKEN = 1
"""How a run ends when an entry is wrong."""


def add(app: typer.Typer, voice: Voice) -> None:
    shown = examples(["kaohe audit verify"])
    group = typer.Typer(cls=Group, no_args_is_help=True, help=voice(words.AUDIT), epilog=shown)

    # A command of its own, or typer would make the only one the group itself.
    @group.callback()
    def audit() -> None:
        pass

    @group.command("verify", cls=Command, help=voice(words.AUDIT_VERIFY), epilog=shown)
    def verify(workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE)) -> None:
        trouble.web_installed()
        from kaohe.cli.work import opened
        from kaohe_web.serving import prepared

        prepared(opened(workspace).root)
        from kaohe_web.audit.records import verify as verified

        found = verified()
        if found.wrong is None:
            print(voice(words.AUDIT_WHOLE, entries=found.entries))
            return
        reason = voice(words.AUDIT_REASONS[found.reason or "missing"])
        voice.notice(words.AUDIT_BROKEN, number=found.wrong, reason=reason, entries=found.entries)
        raise typer.Exit(BROKEN)

    app.add_typer(group, name="audit")
