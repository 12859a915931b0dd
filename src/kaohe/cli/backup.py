"""`kaohe backup` and `kaohe restore`: a whole workspace with its web site in one file, and back."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import opened
from kaohe.errors import failure


def add(app: typer.Typer, voice: Voice) -> None:
    shown = ["kaohe backup 2026-11-30.zip", "kaohe backup /mnt/备份盘/考核.zip --workspace 我的数据"]

    @app.command("backup", cls=Command, help=voice(words.BACKUP), epilog=examples(shown))
    def backup(
        file: Annotated[Path, typer.Argument(help=voice(words.BACKUP_FILE), metavar="FILE", show_default=False)],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
    ) -> None:
        root = opened(workspace).root.resolve()
        with progress(voice, words.BACKING_UP):
            contents = _written(file, root)
        size = file.stat().st_size / 1_000_000
        voice.notice(words.BACKED_UP, file=file, files=len(contents.files), size=f"{size:.1f}", number=contents.lake["number"])
        if contents.state is None:
            voice.notice(words.BACKED_UP_NO_SITE)
        voice.notice(words.BACKUP_SECRET)

    again = ["kaohe restore 2026-11-30.zip --workspace 新的数据"]

    @app.command("restore", cls=Command, help=voice(words.RESTORE), epilog=examples(again))
    def restore(
        file: Annotated[Path, typer.Argument(help=voice(words.RESTORE_FILE), metavar="FILE", show_default=False)],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
    ) -> None:
        from kaohe import archive

        entries = None
        with progress(voice, words.RESTORING), archive.unpacked(file, workspace) as (contents, root, state):
            archive.check(contents, root, file)
            if contents.state is not None:
                entries = _loaded(root, state, contents)
        rows = sum(contents.lake["rows"].values())
        voice.notice(words.RESTORED, workspace=workspace, made_at=contents.made_at, number=contents.lake["number"], rows=rows)
        if entries is not None:
            voice.notice(words.RESTORED_SITE, entries=entries)


def _site(root: Path) -> Any:
    """What backs up a workspace's web site: its database is in it, or named by DATABASE_URL. None where there is none, or it was never started."""
    if not os.environ.get("DATABASE_URL") and not (root / "web" / "state.sqlite3").is_file():
        return None
    trouble.web_installed()
    from kaohe_web.serving import configured

    configured(root)
    from kaohe_web import backups

    return backups if backups.has_state() else None


def _written(file: Path, root: Path) -> Any:
    from kaohe import archive

    if file.exists():
        raise failure(archive.EXISTS, path=file)
    if file.resolve().is_relative_to(root):
        raise failure(archive.INSIDE, path=file)
    site = _site(root)
    with archive.staged(root) as folder:
        if site is None:
            with archive.held(root):
                archive.collect(root, folder)
            return archive.write(file, folder, None)
        with site.frozen_at_one_moment(root / "lake", lambda: archive.collect(root, folder)) as dumped:
            state = dumped(folder / archive.STATE)
        return archive.write(file, folder, state)


def _loaded(root: Path, state: Path, contents: Any) -> int:
    trouble.web_installed()
    from kaohe_web.serving import configured

    configured(root)
    from kaohe_web import backups

    return backups.load(state, contents.state, contents.version)
