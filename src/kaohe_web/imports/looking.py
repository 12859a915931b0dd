"""What an uploaded file is, and what importing it would do: a dry run of the library, and for what no profile knows a survey to make one from."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kaohe.errors import Code, Failure, Lang, Problem
from kaohe.importing import FileReport, ImportReport, Progress
from kaohe.importing.files import Source, recognise
from kaohe.importing.importer import ALL_REFUSED
from kaohe.importing.isolated import Isolated
from kaohe.importing.mapping import best_grid, surveyed
from kaohe.importing.profiles import profiles
from kaohe.importing.reported import NO_DAY
from kaohe.importing.shops import NO_SHOP, SEVERAL_SHOPS, SHOP_ADDED
from kaohe.importing.survey import Seen, Survey, grids
from kaohe.importing.tabular import HEADINGS_MISSING, NO_PROFILE
from kaohe.lake.lake import BUSY
from kaohe.reports.cells import printable
from kaohe.reports.pairs import Pair
from kaohe_web.imports import storage
from kaohe_web.imports.fence import Fence, Fenced
from kaohe_web.imports.models import File
from kaohe_web.imports.states import Found
from kaohe_web.imports.troubles import shown

NOTHING_READS = shown(
    "web_mapping_reads_nothing",
    zh="按这样认，没有一行能导入，所以没有保存格式。请再看看各列",
    en="no row can be imported under this profile, so it was not saved. Look at the columns again",
)

SHEETS = 20
"""Tables of a workbook that are looked at to make a profile."""

COUNTS = ("read", "new", "same", "replaced", "refused", "skipped")

_ASKS: Mapping[str, Found] = {
    NO_SHOP.name: Found.SHOP,
    SEVERAL_SHOPS.name: Found.SHOP,
    NO_DAY.name: Found.DAY,
    NO_PROFILE.name: Found.MAPPING,
    HEADINGS_MISSING.name: Found.MAPPING,
}


@dataclass(slots=True)
class Look:
    """What was found; the fields of the file's row."""

    found: Found
    profiles: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    shops: list[str] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    new: int = 0
    same: int = 0
    replaced: int = 0
    refused: int = 0
    skipped: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    problem_count: int = 0
    notices: list[dict[str, Any]] = field(default_factory=list)

    def fields(self) -> dict[str, Any]:
        return asdict(self)


_HERE: Mapping[str, Pair] = {
    NO_SHOP.name: Pair("文件里没写是哪家店铺，请在这里指明", "the file does not say which shop it is of; say it here"),
    SEVERAL_SHOPS.name: Pair(
        "文件里有几家店铺：{shops}。请在这里指明算哪家的，或分开导出",
        "it holds several shops: {shops}. Say here which it is of, or export them apart",
    ),
    NO_DAY.name: Pair(
        "{zh}（{profile}）没写是哪一天的，表里和文件名里都没有日期。请在这里指明",
        "nothing says of which day this is ({profile}), neither a column nor the file's name. Say it here",
    ),
    NO_PROFILE.name: Pair(
        "认不出这是什么表：表头里没有已知的列。表头前几列：{headings}。请指明各列是什么",
        "no profile knows this table: its headings begin {headings}. Say what its columns are",
    ),
    SHOP_ADDED.name: Pair(
        "店铺“{shop}”没有登记过，按平台 {platform}、时区 {timezone} 新建。不对的话，导入前在这里选平台，或一起导入店铺表",
        "shop {shop!r} was not known; it is added with platform {platform} and time zone {timezone}. To mend this choose the platform here before "
        "importing, or import a shops table with it",
    ),
}
"""What the library says for the command line, said for the page."""


def said(problem: Problem) -> dict[str, Any]:
    """A problem as it is kept: its place, and what is wrong in both languages.

    Without control characters: a database refuses some of them, and what a stranger wrote must not rearrange the page.
    """
    words = _HERE.get(problem.code.name)
    code = Code(problem.code.name, words.zh, words.en, problem.code.exit) if words is not None else problem.code
    return {
        "code": code.name,
        "file": problem.file and printable(problem.file),
        "line": problem.line,
        "column": problem.column and printable(problem.column),
        "zh": printable(code.text(problem.parts, "zh")),
        "en": printable(code.text(problem.parts, "en")),
        "shop": printable(str(problem.parts["shop"])) if problem.code is SHOP_ADDED else None,
    }


def options(file: File) -> dict[str, Any]:
    """What somebody said about a file, as the library takes it."""
    return {
        "shop": file.shop or None,
        "platform": file.platform or None,
        "day": file.day.isoformat() if file.day else None,
        "profile": file.profile or None,
    }


def look(file: File, workspace: Fenced, fence: Fence, lang: Lang, progress: Progress | None = None) -> Look:
    """Look at a file. Writes nothing but the survey beside the upload.

    Raises `Failure` for what has nothing to do with the file: another import holds the lake.
    """
    fence.met.clear()
    if file.asked and not file.profile_text:
        return _surveyed(file, workspace, Look(Found.REFUSED))
    with tempfile.TemporaryDirectory(prefix="kaohe-") as room:
        own: list[Path] = own_profiles(workspace)
        if file.profile_text:
            draft = Path(room) / f"{file.profile}.yaml"
            draft.write_text(file.profile_text, encoding="utf-8")
            own = [*(path for path in own if path.stem != file.profile), draft]
        try:
            report = workspace.import_exports(
                [storage.place(file)], **options(file), profiles=own, lang=lang, dry_run=True, progress=progress
            )
        except Failure as trouble:
            if any(problem.code is BUSY for problem in trouble.problems):
                raise
            found = _refused(file, workspace, trouble)
        else:
            found = _good(report)
    found.shops = sorted(map(printable, fence.met))
    reads = found.read - found.refused - found.skipped
    tried = found.found is Found.GOOD or any(problem["code"] == ALL_REFUSED.name for problem in found.problems)
    if file.profile_text and not reads and tried:
        found.problems.insert(0, said(Problem(NOTHING_READS)))
        found.problem_count += 1
        found.found = Found.MAPPING
    return found


def own_profiles(workspace: Fenced) -> list[Path]:
    return [path for folder in workspace.own_profiles for path in sorted(folder.glob("*.yaml"))]


def _good(report: ImportReport) -> Look:
    found = Look(Found.GOOD, problems=[said(problem) for problem in report.problems], problem_count=report.problem_count)
    found.notices = [said(notice) for notice in report.notices]
    count(found, report.files)
    return found


def count(found: Look | File, files: Sequence[FileReport]) -> None:
    """Put the counts of what was read of a file, of all its parts together, where they belong."""
    for name in COUNTS:
        setattr(found, name, sum(getattr(file, name) for file in files))
    found.profiles = list(dict.fromkeys(profile for file in files for profile in file.profiles))
    found.tables = list(dict.fromkeys(table for file in files for table in file.tables))
    found.parts = [_part(file) for file in files] if len(files) > 1 else []


def _part(file: FileReport) -> dict[str, Any]:
    counts = {name: getattr(file, name) for name in COUNTS}
    return {
        "name": file.name,
        "status": file.status,
        "profiles": list(file.profiles),
        "why": said(file.why) if file.why else None,
        **counts,
    }


def _refused(file: File, workspace: Fenced, trouble: Failure) -> Look:
    problems = [problem for problem in trouble.problems if problem.code is not ALL_REFUSED]
    rows = sum(int(str(problem.parts["refused"])) for problem in trouble.problems if problem.code is ALL_REFUSED)
    found = Look(Found.REFUSED, problems=[said(problem) for problem in trouble.problems], problem_count=len(trouble.problems))
    found.read = found.refused = rows
    asked = _ASKS.get(problems[0].code.name) if problems and not rows else None
    if asked is Found.MAPPING:
        return _surveyed(file, workspace, found)
    if asked is not None:
        found.found = asked
    return found


# Surveys ------------------------------------------------------------------------------------------------------------------


def _surveyed(file: File, workspace: Fenced, found: Look) -> Look:
    """Look at what lies in a file that no profile knows. Where that is no table either, it stays refused."""
    path = storage.place(file)
    known = profiles(own_profiles(workspace))
    try:
        if recognise(path, file.name) == "zip":
            return found
        with tempfile.TemporaryDirectory(prefix="kaohe-") as room, Isolated() as isolated:
            source = Source(file.name, path, file.size, True)
            tables = grids(source, isolated, Path(room))[:SHEETS]
            best = best_grid(tables)
            kept = [_packed(surveyed(source, tables, best, known))]
            for place in range(len(tables)):
                try:
                    kept += [_packed(surveyed(source, tables, place, known))] if place != best else []
                except Failure:
                    continue
    except Failure as trouble:
        found.problems += [said(problem) for problem in trouble.problems]
        found.problem_count = len(found.problems)
        return found
    storage.survey(file).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    found.found = Found.MAPPING
    return found


def _packed(survey: Survey) -> dict[str, Any]:
    names = ("place", "heading", "useless", "cells", "words", "filled")
    columns = [{name: getattr(column, name) for name in names} for column in survey.columns]
    return {
        "sheet": survey.sheet,
        "row": survey.row,
        "data_row": survey.data_row,
        "rows": survey.rows,
        "tail": survey.tail,
        "columns": columns,
    }


def surveys(file: File) -> list[Survey]:
    """What was seen in a file, the table with most to see first; nothing where it was not looked at."""
    path = storage.survey(file)
    if not path.is_file():
        return []
    source = Source(file.name, storage.place(file), file.size, True)
    return [
        Survey(
            source,
            kept["sheet"],
            kept["row"],
            kept["data_row"],
            tuple(Seen(**column) for column in kept["columns"]),
            kept["rows"],
            tuple(tuple(row) for row in kept["tail"]),
        )
        for kept in json.loads(path.read_text(encoding="utf-8"))
    ]
