"""`kaohe statement`: how one person's points and pay came about, on a page."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.appraise import DEFAULT_SCHEME
from kaohe.cli.help import Command, examples
from kaohe.cli.output import Wanted, put, put_text, put_workbook, wanted
from kaohe.cli.progress import progress
from kaohe.cli.report import dossier
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, opened
from kaohe.errors import WRONG_USE, code, failure

if TYPE_CHECKING:
    from kaohe.appraisal import Appraisal
    from kaohe.reports.dossier import Dossier
    from kaohe.reports.statements import Shown
    from kaohe.reports.tables import Sheet

NOT_JUDGED = code(
    "agent_not_judged",
    zh="这段时间里没有评“{name}”这位客服。{hint_zh}",
    en="no agent {name!r} was judged in these days. {hint_en}",
    exit=WRONG_USE,
)
NOT_FOR_HIM = code(
    "scheme_not_for_agent",
    zh="方案“{scheme}”不适用于“{name}”：见方案的 applies_to",
    en="the scheme {scheme!r} is not for {name!r}: see its applies_to",
    exit=WRONG_USE,
)
SHEETS_TOO_MANY = code(
    "statements_too_many_for_xlsx",
    zh="有 {people} 人，工作簿里最多 {most} 张考核单。请写成 .html",
    en="there are {people} people; a workbook has at most {most} statements. Write them as .html",
    exit=WRONG_USE,
)


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe statement 林晓雨 --month 2026-11 --scheme presale",
        "kaohe statement lin --month 2026-11 --scheme presale --output 林晓雨.html",
        "kaohe statement --all --month 2026-11 --scheme presale --output 考核单.html --signature",
    ]

    @app.command("statement", cls=Command, help=voice(words.STATEMENT), epilog=examples(lines))
    def statement(
        agent: Annotated[
            str | None, typer.Argument(help=voice(words.STATEMENT_AGENT), metavar=voice(words.NAME), show_default=False)
        ] = None,
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        month: Annotated[str | None, options.month(voice)] = None,
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        scheme: Annotated[str, options.scheme(voice)] = DEFAULT_SCHEME,
        everybody: Annotated[bool, typer.Option("--all", help=voice(words.ALL_STATEMENTS))] = False,
        signature: Annotated[bool, typer.Option("--signature", help=voice(words.SIGNATURE))] = False,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.page_format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output, options.PAGE_FORMATS)
        if everybody and agent is not None:
            raise failure(trouble.ONE_TOO_MANY, name=agent, command="kaohe statement")
        if not everybody and agent is None:
            raise failure(trouble.ARGUMENT_NEEDED, name=voice(words.STATEMENT_AGENT), command="kaohe statement")
        source = opened(workspace)
        span = days(voice, source, first, last, at, month)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        with progress(voice, words.COMPUTING):
            result = source.appraise(scheme, first=span[0], last=span[1], at=at)
            found = dossier(voice, source, result, span, at, signature=signature)
        wanted_ids = None if agent is None else {judged(result, agent)}
        chosen = [number for number, one in enumerate(result.statements) if wanted_ids is None or one.agent_id in wanted_ids]
        if not chosen:
            voice.notice(words.NOBODY_JUDGED)
        if where.format == "json":
            put_text(voice, where, _json(result, chosen))
            return
        listed = [one for number, one in enumerate(found.statements()) if number in set(chosen)]
        if where.format == "html":
            from kaohe.reports import html

            put_text(voice, where, html.statements(listed, result, voice.lang, number=found.rests_on.number, signature=signature))
        elif where.format == "xlsx":
            _workbook(voice, where, listed, found)
        else:
            put(voice, where, data=lambda: _lines(result, wanted_ids, voice), people=lambda: _on_screen(listed, result, voice))


def judged(result: "Appraisal", name: str) -> str:
    """The id of the agent called so, by id or by name. Raises `Failure` with the nearest names."""
    people = {one.agent_id: one.name for one in result.people}
    if name in people:
        return name
    found = [agent for agent, called in people.items() if called == name]
    if len(found) == 1:
        return found[0]
    if name in result.outside:
        raise failure(NOT_FOR_HIM, name=name, scheme=result.scheme.name)
    known = found or [*(called for called in people.values() if called), *people]
    raise trouble.unknown(NOT_JUDGED, name, known, list_known=bool(found))


def _json(result: "Appraisal", chosen: Sequence[int]) -> str:
    from kaohe.appraisal.data import statement

    content = {
        "scheme": result.scheme.name,
        "fingerprint": result.fingerprint,
        "period": None if result.period is None else [day.isoformat() for day in result.period],
        "statements": [statement(result.statements[number]) for number in chosen],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _lines(result: "Appraisal", agents: set[str] | None, voice: Voice) -> "Sheet":
    """The lines of those agents, raw."""
    from dataclasses import replace

    import polars as pl

    from kaohe.reports.appraisals import lines

    sheet = lines(result, voice.lang)
    return sheet if agents is None else replace(sheet, frame=sheet.frame.filter(pl.col("agent_id").is_in(sorted(agents))))


def _on_screen(listed: "Sequence[Shown]", result: "Appraisal", voice: Voice) -> "list[Sheet]":
    from kaohe.reports.statements import facts_sheet, sentences_sheet

    return [sheet for one in listed for sheet in (facts_sheet(one, result, voice.lang), *one.sheets, sentences_sheet(one))]


def _workbook(voice: Voice, where: Wanted, listed: "Sequence[Shown]", found: "Dossier") -> None:
    from kaohe.reports.book import statement_pages
    from kaohe.reports.dossier import MOST_STATEMENTS

    if len(listed) > MOST_STATEMENTS:
        raise failure(SHEETS_TOO_MANY, people=len(listed), most=MOST_STATEMENTS)
    put_workbook(voice, where, statement_pages(listed, found.result, voice.lang, signature=found.signature))
