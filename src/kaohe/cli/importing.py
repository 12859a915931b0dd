"""`kaohe import`: exported files into the workspace."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import Wanted, put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import day, opened_or_made
from kaohe.errors import DONE, PARTLY, Failure

if TYPE_CHECKING:
    from kaohe.importing import ImportReport
    from kaohe.workspace import Workspace

PROBLEMS_SHOWN = 20


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe import 导出/",
        "kaohe import 聊天记录.xlsx --shop 甲店 --platform taobao",
        "kaohe import 导出/ --dry-run",
        "kaohe import --map 会话明细.csv",
    ]

    @app.command("import", cls=Command, help=voice(words.IMPORT), epilog=examples(lines))
    def import_exports(
        paths: Annotated[list[Path], options.exports(voice)],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        shop: Annotated[str | None, options.shop_of_files(voice)] = None,
        platform: Annotated[str | None, options.platform(voice)] = None,
        timezone: Annotated[str | None, options.timezone(voice)] = None,
        profile: Annotated[str | None, options.profile(voice)] = None,
        chat_day: Annotated[str | None, options.chat_day(voice)] = None,
        maps: Annotated[bool, options.maps(voice)] = False,
        yes: Annotated[bool, options.yes(voice)] = False,
        dry_run: Annotated[bool, options.dry_run(voice)] = False,
        strict: Annotated[bool, options.strict(voice)] = False,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        where_from = {"shop": shop, "platform": platform, "timezone": timezone, "profile": profile, "day": _iso(chat_day)}
        if maps or yes:
            from kaohe.cli import mapping

            mapping.check_use(maps=maps, yes=yes, profile=profile)
            outcome = mapping.mapped(voice, workspace, paths, where_from, yes=yes, dry_run=dry_run)
            report, problems = outcome.report, outcome.problems
        else:
            report, problems = brought_in(voice, workspace, paths, where_from, dry_run=dry_run), []
        if report is not None:
            _show(voice, where, report, dry_run=dry_run)
        if problems:
            raise Failure(problems)
        code = ending(report, strict=strict) if report is not None else DONE
        if code != DONE:
            raise typer.Exit(code)


def _show(voice: Voice, where: Wanted, report: "ImportReport", *, dry_run: bool) -> None:
    from kaohe.reports import imports

    put(voice, where, data=lambda: imports.files(report), people=lambda: [imports.readable_files(report, voice.lang)])
    tell(voice, report, dry_run=dry_run)


def _iso(text: str | None) -> str | None:
    found = day("--day", text)
    return found.isoformat() if found is not None else None


def brought_in(voice: Voice, folder: Path, paths: Sequence[Path], where_from: Mapping[str, str | None], *, dry_run: bool) -> "ImportReport":
    """Import into the workspace of that folder, made where there is none. A dry run leaves no new folder behind.

    `where_from` says what the files do not: shop, platform, timezone, profile, day.
    """

    def into(workspace: "Workspace") -> "ImportReport":
        with progress(voice, words.IMPORTING) as bar:
            return workspace.import_exports(paths, **where_from, lang=voice.lang, dry_run=dry_run, progress=bar)

    if dry_run and not folder.exists():
        import kaohe

        with TemporaryDirectory(prefix="kaohe-") as temporary:
            return into(kaohe.create(Path(temporary) / "workspace"))
    return into(opened_or_made(voice, folder))


def tell(voice: Voice, report: "ImportReport", *, dry_run: bool) -> None:
    """What a person should know of an import, on stderr: problems with their places, notices, where refused rows went."""
    for problem in report.problems[:PROBLEMS_SHOWN]:
        voice.problem(problem)
    if report.problem_count > PROBLEMS_SHOWN:
        voice.notice(words.MORE_PROBLEMS, count=report.problem_count - PROBLEMS_SHOWN)
    for notice in report.notices:
        voice.problem(notice)
    folders = Counter(path.parent for path in report.quarantine)
    for folder, count in folders.items():
        voice.notice(words.QUARANTINED, path=folder, count=count)
    if dry_run:
        voice.notice(words.CHECKED_ONLY)
    elif report.number is not None:
        voice.notice(words.IMPORT_NUMBER, number=report.number)


def ending(report: "ImportReport", *, strict: bool) -> int:
    """The exit code of an import that took something: partly when rows or files were refused and that is to be an error."""
    return PARTLY if strict and not report.clean else DONE
