"""`kaohe results`, `diff`, `close` and `ledger`: what was judged and paid, and what changed since."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import names, opened
from kaohe.errors import WRONG_USE, code, failure

PACKS_OF_CLOSED = code(
    "packs_for_closed_month",
    zh="{month} 的账已经定了，不能用 --packs 重看。看按现在的口径要更正多少：kaohe ledger --packs today，不写月份",
    en="the ledger of {month} is final; --packs says nothing about it. To see what today's packs would correct: kaohe ledger --packs today, without a "
    "month",
    exit=WRONG_USE,
)

if TYPE_CHECKING:
    from kaohe.records import Ledger
    from kaohe.reports.tables import Sheet
    from kaohe.workspace import Workspace


def add(app: typer.Typer, voice: Voice) -> None:
    @app.command("results", cls=Command, help=voice(words.RESULTS), epilog=examples(["kaohe appraise --save", "kaohe results"]))
    def results(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.reports import records

        sheet = records.results(opened(workspace).results(), voice.lang)
        put(voice, where, data=lambda: sheet, people=lambda: [sheet])

    @app.command("diff", cls=Command, help=voice(words.DIFF), epilog=examples(["kaohe diff presale-2026-11-0001 presale-2026-11-0002"]))
    def diff(
        old: Annotated[str, typer.Argument(help=voice(words.OLD_RESULT), metavar=voice(words.NAME), show_default=False)],
        new: Annotated[str, typer.Argument(help=voice(words.NEW_RESULT), metavar=voice(words.NAME), show_default=False)],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        from kaohe.records import diff as changed
        from kaohe.records.changes import causes
        from kaohe.reports import records
        from kaohe.reports.scheme_changes import scheme_changes

        source = opened(workspace)
        one, two = source.result(old), source.result(new)
        found, called = changed(one, two), names(source)

        def read() -> "Sequence[Sheet]":
            sheets = [records.origins(one, two, voice.lang)]
            if "scheme" in causes(one, two):
                sheets.append(scheme_changes(one.scheme, two.scheme, voice.lang))
            rules = records.rules(one.packs, two.packs, voice.lang, called["shop_id"])
            sheets += [rules] if rules is not None else []
            sheets.append(records.people(found, one, two, called["agent_id"], voice.lang))
            every = records.changes(found, one, two, called["agent_id"], voice.lang)
            return [*sheets, every] if where.format == "xlsx" else sheets

        put(voice, where, data=lambda: records.changes_data(found), people=read)

    shown = [
        "kaohe close 2026-11 --result presale-2026-11-0001 --result aftersale-2026-11-0001",
        "kaohe close 2026-12 --result presale-2026-12-0001 --packs today",
    ]

    @app.command("close", cls=Command, help=voice(words.CLOSE), epilog=examples(shown))
    def close(
        month: Annotated[str, typer.Argument(help=voice(words.MONTH_TO_CLOSE), metavar="2026-11", show_default=False)],
        result: Annotated[list[str], typer.Option("--result", help=voice(words.RESULT), metavar=voice(words.NAME))] = [],  # noqa: B006
        unpaid: Annotated[bool, typer.Option("--unpaid", help=voice(words.CLOSE_UNPAID))] = False,
        packs: Annotated[str, typer.Option("--packs", help=voice(words.PACKS_TO_CORRECT_BY), metavar="then|today")] = "then",
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
    ) -> None:
        mended = _mended(packs)
        source = opened(workspace)
        with progress(voice, words.COMPUTING):
            found = source.close(month, result, unpaid=unpaid, mended_packs=mended)
        from kaohe.reports.records import paid

        said = paid(found)
        voice.notice(words.MONTH_CLOSED, month=month, **said)
        if found.corrections:
            voice.notice(words.MONTH_CORRECTED, **said)
        _tell_of_results(voice, source, found)
        if not mended:
            _tell_of_packs(voice, source, [one for one in source.ledgers() if one.month < month])

    @app.command(
        "ledger",
        cls=Command,
        help=voice(words.LEDGER),
        epilog=examples(["kaohe ledger", "kaohe ledger 2026-11 --output 工资账.xlsx", "kaohe ledger --packs today"]),
    )
    def ledger(
        month: Annotated[str | None, typer.Argument(help=voice(words.MONTH_OF_LEDGER), metavar="2026-11", show_default=False)] = None,
        packs: Annotated[str, typer.Option("--packs", help=voice(words.PACKS_TO_CORRECT_BY), metavar="then|today")] = "then",
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        mended = _mended(packs)
        from kaohe.records.ledger import days_of
        from kaohe.reports import records

        source = opened(workspace)
        called, closed = names(source)["agent_id"], source.ledgers()
        if month is not None:
            days_of(month)
            one = next((one for one in closed if one.month == month), None)
            if one is None:
                raise trouble.unknown(trouble.NO_SUCH_MONTH, month, [one.month for one in closed], list_known=bool(closed))
            if mended:
                raise failure(PACKS_OF_CLOSED, month=month)
            put(voice, where, data=lambda: records.ledger_data(one), people=lambda: records.ledger(one, closed, called, voice.lang))
            return
        if not closed:
            voice.notice(words.NOTHING_CLOSED)
        elif not mended:
            _tell_of_packs(voice, source, closed)
        with progress(voice, words.COMPUTING):
            found = source.corrections(mended_packs=mended)
        if closed and not found:
            voice.notice(words.NOTHING_TO_CORRECT, first=closed[0].month, last=closed[-1].month)
        data = records.corrections_data(found)
        put(voice, where, data=lambda: data, people=lambda: [records.corrections(found, closed, called, voice.lang)])


def _mended(packs: str) -> bool:
    return trouble.choice("--packs", packs, ("then", "today")) == "today"


def _tell_of_results(voice: Voice, source: "Workspace", closed: "Ledger") -> None:
    """What whoever closed a month may not have meant: a month without all its days, results older than the data or than other results."""
    if source.partial_months([closed.month]):
        voice.notice(words.PARTIAL_MONTH, month=closed.month)
    saved = {run.name: run for run in source.results()}
    for name in closed.results:
        newest = max(one for one in saved if one.rsplit("-", 1)[0] == name.rsplit("-", 1)[0])
        if newest != name:
            voice.notice(words.RESULT_NOT_NEWEST, name=name, newest=newest)
        if source.is_outdated(saved[name]):
            voice.notice(words.RESULT_OUTDATED, name=name)


def _tell_of_packs(voice: Voice, source: "Workspace", closed: "Sequence[Ledger]") -> None:
    """Say so where closed months are judged by other packs than things are today."""
    from kaohe.records import packs_of
    from kaohe.records.rulings import rule_changes

    today = source.packs_today()
    other = [one.month for one in closed if any(rule_changes(packs_of(one, name, closed), today) for name in one.schemes)]
    if other:
        voice.notice(words.PACKS_CHANGED, months="、".join(other) if voice.lang == "zh" else ", ".join(other))
