"""`kaohe serve`: the web application on a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.voice import Voice


def add(app: typer.Typer, voice: Voice) -> None:
    shown = ["kaohe serve", "kaohe serve --host 0.0.0.0 --port 8080"]

    @app.command("serve", cls=Command, help=voice(words.SERVE), epilog=examples(shown))
    def serve(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        host: Annotated[str, typer.Option("--host", help=voice(words.HOST), metavar=voice(words.NAME), show_default=True)] = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", help=voice(words.PORT), min=1, max=65535, show_default=True)] = 8000,
        workers: Annotated[int, typer.Option("--workers", help=voice(words.WORKERS), min=1, max=64, show_default=True)] = 2,
    ) -> None:
        trouble.web_installed()
        from kaohe.cli.work import opened_or_made
        from kaohe_web.serving import serve as run

        root = opened_or_made(voice, workspace).root
        # Where it is asked for on this machine; other names are said by KAOHE_HOSTS.
        address = f"http://{'localhost' if host in ('0.0.0.0', '::') else host}:{port}/"

        def told(token: str | None) -> None:
            if token is not None:
                voice.notice(words.FIRST_VISIT, link=f"{address}first/?token={token}")
            voice.notice(words.SERVING, address=address)

        raise typer.Exit(run(root, host=host, port=port, workers=workers, told=told))
