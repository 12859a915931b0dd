"""Importing: everything under some paths goes into the lake, in one step, with a report of every row.

Shops and people come before what refers to them. Nothing is visible before the last file is read; a dry run leaves before that.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from kaohe.errors import WRONG_USE, Failure, Lang, Problem, code, failure
from kaohe.importing.conversion import LEFT_OUT, Converter
from kaohe.importing.files import EMPTY_FILE, LIMITS, NOT_A_TABLE, NOTHING_FOUND, Limits, Source, digest, find
from kaohe.importing.isolated import Isolated
from kaohe.importing.profiles import named, profiles
from kaohe.importing.quarantine import Quarantine
from kaohe.importing.report import FileReport, ImportReport, Progress, Silent, TableReport
from kaohe.importing.reported import check_day_known
from kaohe.importing.shops import Shops
from kaohe.importing.tabular import HEADINGS_MISSING, NO_CLOCK, NO_PROFILE, NO_ROWS, TOO_WIDE, Opener, Part
from kaohe.lake import Counts, Lake, SourceFile, Staging
from kaohe.model.days import zone
from kaohe.model.tables import TABLES

PROBLEMS_SHOWN = 200
"""Problems kept in a report; the others are counted, and all rows are in the quarantine."""

MADE_UP = "kaohe:shops"
"""The name in the journal of shops that no file described."""

NO_SUCH_PLATFORM = code(
    "import_no_such_platform",
    zh="没有“{name}”这个平台。可用：{known}",
    en="there is no platform {name!r}. Known: {known}",
    exit=WRONG_USE,
)
ALL_REFUSED = code(
    "nothing_imported",
    zh="没有导入任何内容：{refused} 行全部被拒绝{where}",
    en="nothing was imported: all {refused} rows were refused{where}",
)
MORE_PROBLEMS = code("more_problems", zh="另有 {count} 处问题", en="and {count} more problems")

_FIRST = ("shops", "agents", "accounts")
_SLOW_TO_START = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet")


@dataclass(frozen=True, slots=True)
class Options:
    """How to import. `shop`, `platform` and `timezone` are for files that do not say them; `day` is the day of chat times and reports without one.

    `profile` names one profile for all files; `profiles` are files and folders of profiles beside the shipped ones. Refused rows go to
    `quarantine` (default: the folder of that name beside the lake).
    """

    shop: str | None = None
    platform: str | None = None
    timezone: str | None = None
    profile: str | None = None
    profiles: tuple[Path, ...] = ()
    day: str | None = None
    dry_run: bool = False
    quarantine: Path | None = None
    lang: Lang = "zh"
    limits: Limits = field(default=LIMITS)


def import_exports(lake: Lake, paths: Sequence[Path], options: Options | None = None, progress: Progress | None = None) -> ImportReport:
    """Import every file under `paths`: files, folders, zips.

    Good rows go in, bad ones to the quarantine; each is counted. Raises `Failure` (exit 3) when nothing at all could be imported and
    something was refused, and when the same rows would need a shop's days to be counted anew; exit 2 for options that make no sense.
    """
    options = options or Options()
    platforms = TABLES["shops"].column("platform").choices
    if options.platform is not None and options.platform not in platforms:
        raise failure(NO_SUCH_PLATFORM, name=options.platform, known="、".join(platforms))
    if options.timezone is not None:
        zone(options.timezone)
    # The folder goes when the reading process has: on Windows a file somebody has open can not be removed.
    with tempfile.TemporaryDirectory(prefix="kaohe-", ignore_cleanup_errors=True) as room, Isolated() as isolated:
        spaces = [Path(room) / name for name in ("files", "tables", "refused")]
        for space in spaces:
            space.mkdir()
        if any(path.suffix.lower() in _SLOW_TO_START for path in paths):
            isolated.start()
        found = find(paths, spaces[0], options.limits)
        if any(source.path.suffix.lower() in _SLOW_TO_START for source in found.sources):
            isolated.start()
        known = profiles(options.profiles)
        chosen = named(known, options.profile) if options.profile else None
        run = _Run(lake, options, progress or Silent(), spaces[2])
        run.refuse_unreadable(found.problems)
        if not found.sources and not found.problems:
            raise failure(NOTHING_FOUND, path="、".join(str(path) for path in paths))
        opener = Opener(known, isolated, spaces[1], chosen, options.day)
        parts = run.open_all(opener, found.sources)
        isolated.dismiss()
        return run.load(parts)


class _File:
    """A file on its way: its report, where its refused rows gather, its number in the journal, its digest to come."""

    def __init__(self, source: Source, report: FileReport, sha256: Future[str]) -> None:
        self.source, self.report, self.sha256 = source, report, sha256
        self.number = -1
        self.quarantine: Quarantine | None = None
        self.staged = 0


class _Run:
    def __init__(self, lake: Lake, options: Options, progress: Progress, drafts: Path) -> None:
        self._lake, self._options, self._progress, self._drafts = lake, options, progress, drafts
        self._report = ImportReport(None, options.dry_run)
        self._files: dict[Path, _File] = {}

    # Opening ----------------------------------------------------------------------------------------------------------------

    def refuse_unreadable(self, problems: Sequence[Problem]) -> None:
        """Take down what could not even be looked at."""
        for problem in problems:
            self._report.files.append(FileReport(problem.file or "", "refused", why=problem))
            self._note([problem], 1)

    def open_all(self, opener: Opener, sources: Sequence[Source]) -> list[Part]:
        """The tables of all files, those of shops and people first."""
        self._progress.start(sum(source.size for source in sources))
        found: list[Part] = []
        ignored: list[tuple[Source, Problem]] = []
        for source in sources:
            try:
                opened = opener.open(source)
            except Failure as trouble:
                self._progress.advance(source.size, source.name)
                problem = trouble.problems[0]
                if source.explicit or not _passable(source, problem):
                    self._report.files.append(FileReport(source.name, "refused", why=problem))
                    self._note(trouble.problems, len(trouble.problems))
                else:
                    ignored.append((source, problem))
                    self._report.files.append(FileReport(source.name, "ignored", why=problem))
                continue
            found += opened
        if not found and ignored and not self._report.problem_count:
            # Nothing in a folder could be read: then each reason is a refusal.
            for file in self._report.files:
                file.status = "refused"
            self._note([problem for _, problem in ignored], len(ignored))
        return sorted(found, key=lambda part: _FIRST.index(part.profile.table) if part.profile.table in _FIRST else len(_FIRST))

    # Loading ----------------------------------------------------------------------------------------------------------------

    def load(self, parts: Sequence[Part]) -> ImportReport:
        """Convert and stage all parts, then commit, or only look what a commit would do."""
        if not parts:
            raise Failure(self._report.problems)
        with ThreadPoolExecutor(1) as hashing, self._lake.stage() as staging:
            try:
                return self._load(parts, staging, hashing)
            finally:
                hashing.shutdown(wait=True, cancel_futures=True)
                self._progress.done()

    def _load(self, parts: Sequence[Part], staging: Staging, hashing: ThreadPoolExecutor) -> ImportReport:
        shops = Shops(self._lake.table("shops"), platform=self._options.platform, timezone=self._options.timezone)
        for part in parts:
            self._stage(part, shops, staging, hashing)
        files = sorted((file for file in self._files.values() if file.number >= 0), key=lambda file: file.number)
        sources = [self._source(file) for file in files]
        staged = sum(file.staged for file in files)
        refused = sum(file.report.refused for file in files)
        if not staged and (refused or self._report.problem_count):
            raise self._all_refused(files, refused)
        made_up, notices = shops.made_up()
        if len(made_up):
            staging.add("shops", made_up, len(sources))
            sources.append(SourceFile(MADE_UP, "", "", len(made_up), 0, 0))
            self._report.notices += notices
        if self._options.dry_run or not staged:
            self._count(files, staging.preview() if staged else [])
            return self._report
        # Before the commit: were it the other way round, a kill between the two would lose the refused rows.
        kept = self._settle(files, f"{self._lake.snapshot().number + 1:05}")
        try:
            committed = staging.commit(sources, self._progress.writing)
        except BaseException:
            for path in kept:
                path.unlink(missing_ok=True)
            raise
        self._report.number = committed.number
        self._count(files, committed.counts)
        return self._report

    def _stage(self, part: Part, shops: Shops, staging: Staging, hashing: ThreadPoolExecutor) -> None:
        file = self._file(part, hashing)
        try:
            shop = shops.of_part(part, self._options.shop)
            check_day_known(part, self._options.day)
        except Failure as trouble:
            if file.number < 0:
                file.report.status, file.report.why = "refused", trouble.problems[0]
            self._note(trouble.problems, len(trouble.problems))
            return
        if file.number < 0:
            file.number = sum(other.number >= 0 for other in self._files.values())
            file.report.status, file.report.why = "imported", None
        converter = Converter(part, shops, shop, shop_wins=part.is_chat and self._options.shop is not None, day=self._options.day)
        table = part.profile.table
        report = file.report
        report.profiles = tuple(dict.fromkeys([*report.profiles, part.profile.name]))
        report.tables = tuple(dict.fromkeys([*report.tables, table]))
        left_out: Counter[tuple[str, str]] = Counter()
        for raw in part.tables(lambda count: self._progress.advance(count, part.source.name)):
            converted = converter.convert(raw)
            report.read += converted.read
            report.skipped += converted.skipped
            left_out += converted.left_out
            report.refused += len(converted.lines)
            if converted.lines:
                self._note(converted.reasons, converted.problem_count)
                if file.quarantine is None:
                    file.quarantine = Quarantine(self._drafts, file.number, self._options.lang)
                file.quarantine.add(part, converted)
            if table == "shops":
                shops.add(converted.frame)
                shops.refuse(_ids_of(part, converted.refused))
            if len(converted.frame):
                staging.add(table, converted.frame, file.number)
                file.staged += len(converted.frame)
        for (heading, word), count in sorted(left_out.items()):
            said = {"count": count, "found": word, "profile": part.profile.name}
            self._report.notices.append(Problem(LEFT_OUT, part.name, None, heading, said))

    def _file(self, part: Part, hashing: ThreadPoolExecutor) -> _File:
        file = self._files.get(part.source.path)
        if file is None:
            report = FileReport(part.source.name, "refused")
            self._report.files.append(report)
            # Reading twice costs little, the second time from memory, and another core does it.
            file = self._files[part.source.path] = _File(part.source, report, hashing.submit(digest, part.source.path))
        return file

    def _source(self, file: _File) -> SourceFile:
        report = file.report
        report.sha256 = file.sha256.result()
        return SourceFile(report.name, report.sha256, "+".join(report.profiles), report.read, report.refused, report.skipped)

    # Counting ---------------------------------------------------------------------------------------------------------------

    def _note(self, problems: Sequence[Problem], count: int) -> None:
        self._report.problem_count += count
        self._report.problems += problems[: max(0, PROBLEMS_SHOWN - len(self._report.problems))]

    def _count(self, files: Sequence[_File], counts: Sequence[Counts]) -> None:
        by_number: Mapping[int, FileReport] = {file.number: file.report for file in files}
        tables: dict[str, TableReport] = {}
        self._report.counts = list(counts)
        for count in counts:
            report = by_number.get(count.file)
            if report is not None:
                report.new += count.new
                report.same += count.same
                report.replaced += count.replaced
            old = tables.get(count.table, TableReport(count.table, 0, 0, 0))
            tables[count.table] = TableReport(count.table, old.new + count.new, old.same + count.same, old.replaced + count.replaced)
        self._report.tables = [tables[name] for name in TABLES if name in tables]
        for file in files:
            if not file.report.adds_up:
                raise AssertionError(f"rows of {file.report.name} do not add up: {file.report}")

    def _settle(self, files: Sequence[_File], prefix: str) -> list[Path]:
        folder = self._options.quarantine or self._lake.root.parent / "quarantine"
        for file in files:
            if file.quarantine is not None:
                file.report.quarantine = file.quarantine.settle(folder, prefix, file.source.stem, file.report.sha256)
        return self._report.quarantine

    def _all_refused(self, files: Sequence[_File], refused: int) -> Failure:
        """Nothing to commit. The refused rows are kept all the same, so that they can be mended."""
        problems = list(self._report.problems)
        if self._report.problem_count > len(problems):
            problems.append(Problem(MORE_PROBLEMS, parts={"count": self._report.problem_count - len(problems)}))
        if refused:
            kept = [] if self._options.dry_run else self._settle(files, "refused")
            where = f" → {'、'.join(str(path) for path in kept)}" if kept else ""
            problems.append(Problem(ALL_REFUSED, parts={"refused": refused, "where": where}))
        return Failure(problems)


def _passable(source: Source, problem: Problem) -> bool:
    """Whether a file in a folder may be passed over: it simply is something else. A broken export is not, nor one named after a table."""
    if problem.code is HEADINGS_MISSING:
        return source.stem.casefold() not in TABLES
    return problem.code in (NOT_A_TABLE, NO_PROFILE, EMPTY_FILE, NO_CLOCK, NO_ROWS, TOO_WIDE)


def _ids_of(part: Part, refused: pl.DataFrame) -> list[str]:
    place = part.places.get("shop_id")
    if place is None:
        return []
    return [cell.strip() for cell in refused.to_series(place).drop_nulls().to_list()]
