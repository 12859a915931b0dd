"""`kaohe scheme`: the schemes there are, one in full, a new one from another, its mistakes, its cases."""

from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, Group, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.voice import Voice

DIFFERS = 1
"""How a run ends when a case did not come out."""


def add(app: typer.Typer, voice: Voice) -> None:
    lines = ["kaohe scheme list", "kaohe scheme show presale", "kaohe scheme new 我的方案 --from presale", "kaohe scheme check 我的方案"]
    group = typer.Typer(cls=Group, no_args_is_help=True, help=voice(words.SCHEME_GROUP), epilog=examples(lines))
    name = typer.Argument(help=voice(words.SCHEME), metavar=voice(words.NAME), show_default=False)

    @group.command("list", cls=Command, help=voice(words.SCHEME_LIST), epilog=examples(["kaohe scheme list"]))
    def listed(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.appraisal import available, load
        from kaohe.reports.schemes import listing

        sheet = listing({one: (path, load(path)) for one, path in available(_own(workspace)).items()}, voice.lang)
        put(voice, where, data=lambda: sheet, people=lambda: [sheet])

    @group.command("show", cls=Command, help=voice(words.SCHEME_SHOW), epilog=examples(["kaohe scheme show presale"]))
    def show(
        scheme: Annotated[str, name],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.appraisal import find
        from kaohe.reports.schemes import described

        sheets = described(find(scheme, _own(workspace)), voice.lang)
        put(voice, where, data=lambda: sheets[min(1, len(sheets) - 1)], people=lambda: sheets)

    @group.command("new", cls=Command, help=voice(words.SCHEME_NEW), epilog=examples(["kaohe scheme new 我的方案 --from presale"]))
    def new(
        scheme: Annotated[str, typer.Argument(help=voice(words.SCHEME_NAMED), metavar=voice(words.NAME), show_default=False)],
        template: Annotated[str | None, typer.Option("--from", help=voice(words.TEMPLATE), metavar=voice(words.NAME))] = None,
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
    ) -> None:
        from kaohe.appraisal.schemes import copied
        from kaohe.cli.work import opened_or_made
        from kaohe.errors import failure

        if template is None:
            raise failure(trouble.ARGUMENT_NEEDED, name="--from", command="kaohe scheme new")
        for path in copied(template, scheme, _own(opened_or_made(voice, workspace).root)):
            voice.notice(words.WRITTEN, path=path)
        voice.notice(words.SCHEME_NEXT, name=scheme)

    @group.command("check", cls=Command, help=voice(words.SCHEME_CHECK), epilog=examples(["kaohe scheme check 我的方案.yaml"]))
    def check(
        schemes: Annotated[list[str], name],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
    ) -> None:
        from kaohe.appraisal import find
        from kaohe.errors import Failure

        problems = []
        for one in schemes:
            try:
                found = find(one, _own(workspace))
            except Failure as error:
                problems += error.problems
                continue
            voice.notice(words.SCHEME_GOOD, name=found.name, items=len(found.items), fingerprint=found.fingerprint())
        if problems:
            raise Failure(problems)

    @group.command("cases", cls=Command, help=voice(words.SCHEME_CASES), epilog=examples(["kaohe scheme cases presale"]))
    def cases(
        scheme: Annotated[str, name],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.appraisal import check_cases
        from kaohe.reports.schemes import outcomes

        found = check_cases(scheme, _own(workspace))
        sheet = outcomes(found, voice.lang)
        put(voice, where, data=lambda: sheet, people=lambda: [sheet])
        failed = sum(not one.passed for one in found)
        voice.notice(words.CASES_TRIED, count=len(found), failed=failed)
        if failed:
            raise typer.Exit(DIFFERS)

    app.add_typer(group, name="scheme")


def _own(workspace: Path) -> Path:
    """Where a workspace's own schemes are; the folder may be missing."""
    return workspace / "schemes"
