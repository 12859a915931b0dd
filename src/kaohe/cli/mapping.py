"""`kaohe import --map`: a profile for files no profile knows, made in a dialogue, saved in the workspace, and used at once."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kaohe.cli.dialogue import Agreed, Around, Dialogue, Skip, Trial, listen
from kaohe.cli.importing import brought_in
from kaohe.cli.voice import Voice
from kaohe.cli.work import opened_or_made
from kaohe.errors import WRONG_USE, Failure, Problem, code, failure
from kaohe.reports.pairs import Pair

if TYPE_CHECKING:
    from kaohe.importing import FileReport, ImportReport
    from kaohe.importing.files import Source
    from kaohe.importing.isolated import Isolated
    from kaohe.importing.mapping import Draft
    from kaohe.importing.profiles import Profile

ONE_OR_THE_OTHER = code(
    "mapping_with_profile",
    zh="--map 用来认没有格式的文件，不能同时指定 --profile {name}。已有格式也要重新认时，写 --profile none",
    en="--map makes a profile, so --profile {name} can not be given as well. To map a file that a profile knows, write --profile none",
    exit=WRONG_USE,
)
YES_ALONE = code("mapping_yes_alone", zh="--yes 只和 --map 一起用", en="--yes only goes with --map", exit=WRONG_USE)
NOTHING_ACCEPTED = code(
    "mapping_nothing_accepted",
    zh="按提议的格式没有一行能导入，因此没有保存。请去掉 --yes，在对话里改",
    en="no row can be imported under the proposed profile, so it was not saved. Leave out --yes and mend it in the dialogue",
)

NONE = "none"
"""What `--profile` says so that a file is mapped although a profile knows it."""

KNOWN = Pair(
    "{file}：格式 {profile}（{zh}）认得它，按它读。要重新认，加 --profile none",
    "{file}: profile {profile} knows it and is used. Add --profile none to map it anew",
)
SAVED = Pair(
    "格式已存为 {path}。下次同样的文件直接 kaohe import 就行",
    "The profile was saved as {path}. From now on 'kaohe import' knows such files",
)
NAME_IT = Pair(
    "{file} 的表头也合另一个格式 {other}，会先选它。以后请加 --profile {name}",
    "{file} also fits profile {other}, which is chosen first. From now on add --profile {name}",
)
MADE_BY = Pair("{day} 用 kaohe import --map 照 {file} 建立", "made from {file} by kaohe import --map on {day}")
OPEN_COLUMN = Pair("{file}：还缺必填的列 {name}（{zh}）", "{file}: the required column {name} is open")
OPEN_WORD = Pair(
    "{file}：“{word}”（{name}）还没有意思，有它的行会被拒绝", "{file}: nobody said what {word!r} ({name}) means; its rows would be refused"
)


def check_use(*, maps: bool, yes: bool, profile: str | None) -> None:
    """Raise `Failure` for options that make no sense together."""
    if yes and not maps:
        raise failure(YES_ALONE)
    if maps and profile not in (None, NONE):
        raise failure(ONE_OR_THE_OTHER, name=profile)


@dataclass(slots=True)
class _Mapped:
    """A file whose profile was agreed on."""

    source: Source
    profile: Profile
    text: str
    agreed: Agreed


@dataclass(slots=True)
class Outcome:
    """What became of a run: the reports of its imports put together, None when nothing was imported, and what failed on the way."""

    report: ImportReport | None = None
    problems: list[Problem] = field(default_factory=list)


def mapped(voice: Voice, folder: Path, paths: Sequence[Path], where_from: Mapping[str, str | None], *, yes: bool, dry_run: bool) -> Outcome:
    """Agree on a profile for every file nobody knows, then save the profiles and import everything.

    With `yes` every proposal is taken, with `dry_run` the proposed profiles go to stdout and nothing is written. Nothing is written either when
    the person quits. Raises `Failure` when there is nothing to read, and with `yes` when something is left to decide.
    """
    from kaohe.importing.files import NOTHING_FOUND, find
    from kaohe.importing.isolated import Isolated

    listen()
    with tempfile.TemporaryDirectory(prefix="kaohe-", ignore_cleanup_errors=True) as room, Isolated() as isolated:
        spaces = [Path(room) / name for name in ("files", "tables", "drafts")]
        for space in spaces:
            space.mkdir()
        found = find(paths, spaces[0])
        if not found.sources:
            raise Failure(found.problems) if found.problems else failure(NOTHING_FOUND, path="、".join(map(str, paths)))
        run = _Run(voice, folder, where_from, isolated, Path(room), yes=yes, dry_run=dry_run)
        for source in found.sources:
            run.look(source)
        if dry_run:
            return Outcome()
        return run.finish(paths)


class _Run:
    def __init__(
        self,
        voice: Voice,
        folder: Path,
        where_from: Mapping[str, str | None],
        isolated: Isolated,
        room: Path,
        *,
        yes: bool,
        dry_run: bool,
    ) -> None:
        from kaohe.importing.profiles import profiles, shipped

        self._voice, self._folder, self._isolated, self._room = voice, folder, isolated, room
        self._anew = where_from.get("profile") == NONE
        self._where_from = {**where_from, "profile": None}
        self._yes, self._dry_run = yes, dry_run
        own = folder / "profiles"
        self._own = sorted(own.glob("*.yaml")) if own.is_dir() else []
        self._profiles = profiles(self._own)
        self._shipped = [profile.name for profile in shipped()]
        self._mapped: list[_Mapped] = []
        self._skipped: set[Path] = set()

    # Agreeing ---------------------------------------------------------------------------------------------------------------

    def look(self, source: Source) -> None:
        """Say which profile knows the file, or make one. What is no table at all is left to the import, which says so."""
        from kaohe.importing.tabular import HEADINGS_MISSING, NO_PROFILE

        if not self._anew:
            try:
                known = self._known_by(source)
            except Failure as trouble:
                if trouble.problems[0].code not in (NO_PROFILE, HEADINGS_MISSING):
                    if source.explicit and self._dry_run:
                        raise
                    return
            else:
                for profile in known:
                    self._voice.notice(KNOWN, file=source.name, profile=profile.name, zh=profile.zh)
                return
        try:
            agreed = self._agree(source)
        except Skip:
            self._skipped.add(source.path.resolve())
            return
        except Failure as trouble:
            if source.explicit or self._yes:
                raise
            self._voice.failure(trouble)
            return
        if agreed is not None:
            self._mapped.append(agreed)
            self._profiles[agreed.profile.name] = agreed.profile

    def _known_by(self, source: Source) -> list[Profile]:
        from kaohe.importing.tabular import Opener

        opened = Opener(self._profiles, self._isolated, self._room / "tables", None, self._where_from["day"]).open(source)
        return list({part.profile.name: part.profile for part in opened}.values())

    def _agree(self, source: Source) -> _Mapped | None:
        from kaohe.importing.mapping import Draft, best_grid, surveyed, written
        from kaohe.importing.survey import grids

        found = grids(source, self._isolated, self._room / "tables")

        def opened(place: int) -> Draft:
            return Draft(surveyed(source, found, place, self._profiles), self._profiles)

        first = best_grid(found)
        draft = opened(first)
        if self._dry_run:
            profile = draft.profile(self._proposed(draft), self._source(draft))
            self._tell_open(draft)
            sys.stdout.write(written(profile))
            sys.stdout.flush()
            return None
        if self._yes:
            draft.check()
            agreed = Agreed(self._proposed(draft))
        else:
            around = Around(
                sheets=[(grid.sheet, max(map(len, grid.head))) for grid in found],
                open=opened,
                shops=self._shops(),
                asks_shop=self._where_from["shop"] is None and source.explicit,
                asks_day=self._where_from["day"] is None and source.explicit,
                alone=source.explicit,
                free=self._free,
                exists=lambda name: any(path.stem == name for path in self._own),
                proposed=self._proposed,
                text=lambda draft, agreed: written(draft.profile(agreed.name, self._source(draft))),
                tried=lambda draft, agreed: self._tried(draft, agreed),
            )
            draft, agreed = Dialogue(self._voice, around, first, draft).run()
        profile = draft.profile(agreed.name, self._source(draft))
        if self._yes:
            trial = self._trial(source, profile, written(profile), agreed)
            if not trial.read - trial.refused - trial.skipped:
                raise Failure([*trial.problems, Problem(NOTHING_ACCEPTED, source.name)])
            self._voice.line(written(profile))
        return _Mapped(source, profile, written(profile), agreed)

    def _shops(self) -> list[str]:
        import kaohe
        from kaohe.lake import Lake

        if not Lake.exists(self._folder / "lake"):
            return []
        return sorted(kaohe.open(self._folder).table("shops")["shop_id"].to_list())

    def _free(self, name: str) -> str:
        from kaohe.importing.mapping import check_name

        return check_name(name, [*self._shipped, *(one.profile.name for one in self._mapped)])

    def _proposed(self, draft: Draft) -> str:
        from kaohe.importing.mapping import proposed_name

        return proposed_name(draft.survey.source.stem, draft.table, [*self._profiles, *(path.stem for path in self._own)])

    def _source(self, draft: Draft) -> str:
        return self._voice(MADE_BY, file=Path(draft.survey.source.name).name, day=dt.date.today().isoformat())

    def _tell_open(self, draft: Draft) -> None:
        file = draft.survey.source.name
        for name in draft.missing():
            self._voice.notice(OPEN_COLUMN, file=file, name=name, zh=draft.canonical.column(name).zh)
        for name, word in draft.open_words():
            self._voice.notice(OPEN_WORD, file=file, name=name, word=word)

    # Trying -----------------------------------------------------------------------------------------------------------------

    def _tried(self, draft: Draft, agreed: Agreed) -> Trial:
        from kaohe.importing.mapping import written

        profile = draft.profile(agreed.name, self._source(draft))
        report = self._trial(draft.survey.source, profile, written(profile), agreed)
        problems = tuple(problem.text(self._voice.lang) for problem in report.problems)
        accepted = report.read - report.refused - report.skipped
        return Trial(report.read, accepted, report.refused, report.skipped, problems, max(report.problem_count, len(problems)))

    def _trial(self, source: Source, profile: Profile, text: str, agreed: Agreed) -> ImportReport:
        """What an import under this profile would do. Where it would take nothing, a report of that."""
        import kaohe
        from kaohe.importing import ImportReport
        from kaohe.importing.importer import ALL_REFUSED
        from kaohe.lake import Lake

        room = Path(tempfile.mkdtemp(dir=self._room / "drafts"))
        draft = room / f"{profile.name}.yaml"
        draft.write_text(text, encoding="utf-8")
        with self._below(source) as path:
            workspace = kaohe.open(self._folder) if Lake.exists(self._folder / "lake") else kaohe.create(room / "workspace")
            kept = [one for one in self._own if one.stem != profile.name]
            options = {**self._where_from, **self._said(agreed), "profile": profile.name}
            try:
                return workspace.import_exports(
                    [path], **options, profiles=[*kept, draft], lang=self._voice.lang, dry_run=True, progress=None
                )
            except Failure as trouble:
                refused = next((problem.parts["refused"] for problem in trouble.problems if problem.code is ALL_REFUSED), 0)
                report = ImportReport(None, True, problems=list(trouble.problems), problem_count=len(trouble.problems))
                report.files = [_refused(source, int(str(refused)))]
                return report

    @contextmanager
    def _below(self, source: Source) -> Iterator[Path]:
        """The file alone, in folders named as those it lies in: they say whose it is, its name of which day."""
        root = Path(tempfile.mkdtemp(dir=self._room / "drafts"))
        place = root.joinpath(*source.folders, Path(source.name).name)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            place.symlink_to(source.path.resolve())
        except OSError:
            shutil.copyfile(source.path, place)
        yield root if source.folders else place
        shutil.rmtree(root, ignore_errors=True)

    def _said(self, agreed: Agreed) -> dict[str, str | None]:
        said = {"shop": agreed.shop, "day": agreed.day}
        return {key: self._where_from[key] or value for key, value in said.items()}

    # Writing ----------------------------------------------------------------------------------------------------------------

    def finish(self, paths: Sequence[Path]) -> Outcome:
        """Save the profiles, then import: first what was known before, then each file that was mapped, with what was said about it."""
        if self._mapped:
            opened_or_made(self._voice, self._folder)
        for one in self._mapped:
            self._save(one)
        outcome = Outcome()
        alone = {one.source.path.resolve(): one for one in self._mapped if one.source.explicit}
        rest = [path for path in paths if path.resolve() not in {*alone, *self._skipped}]
        if rest:
            self._bring_in(outcome, rest, self._where_from)
        for path, one in alone.items():
            if one.agreed.brings_in:
                self._bring_in(outcome, [path], {**self._where_from, **self._said(one.agreed), "profile": one.profile.name})
        return outcome

    def _save(self, one: _Mapped) -> None:
        place = self._folder / "profiles" / f"{one.profile.name}.yaml"
        place.parent.mkdir(exist_ok=True)
        draft = place.with_suffix(".new")
        draft.write_text(one.text, encoding="utf-8")
        draft.replace(place)
        self._voice.notice(SAVED, path=place)
        others = [profile.name for profile in self._known_by(one.source) if profile.name != one.profile.name]
        if others:
            self._voice.notice(NAME_IT, file=one.source.name, other=others[0], name=one.profile.name)

    def _bring_in(self, outcome: Outcome, paths: Sequence[Path], where_from: Mapping[str, str | None]) -> None:
        try:
            report = brought_in(self._voice, self._folder, paths, where_from, dry_run=False)
        except Failure as trouble:
            outcome.problems += trouble.problems
            return
        outcome.report = report if outcome.report is None else _together(outcome.report, report)


def _refused(source: Source, rows: int) -> FileReport:
    from kaohe.importing import FileReport

    return FileReport(source.name, "refused", read=rows, refused=rows)


def _together(first: ImportReport, second: ImportReport) -> ImportReport:
    """Two imports as one report, numbered as the later one."""
    from kaohe.importing import ImportReport

    return ImportReport(
        second.number or first.number,
        second.dry_run,
        files=[*first.files, *second.files],
        problems=[*first.problems, *second.problems],
        problem_count=first.problem_count + second.problem_count,
        notices=[*first.notices, *second.notices],
    )
