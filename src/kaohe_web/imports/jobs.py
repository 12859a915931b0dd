"""What a worker does with an upload: looks at its files, and imports them when somebody said so.

A worker holds a lease, and says every few seconds that it lives. When it takes an upload it queues the next job for the same upload, for when the
lease would have run out: if the worker is killed, that job finds the lease dead and does all of it again. Doing it again is safe: files that
were imported are passed over, and a file imported twice changes nothing in the lake.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django_tasks import task

from kaohe.errors import Failure, Lang, Problem
from kaohe.importing import ImportReport
from kaohe.importing.importer import ALL_REFUSED
from kaohe.importing.shops import SHOP_ADDED
from kaohe.reports.cells import printable
from kaohe_web.audit.records import record
from kaohe_web.imports import limits, looking, policies, storage
from kaohe_web.imports.fence import Fence, Fenced
from kaohe_web.imports.models import Batch, File
from kaohe_web.imports.states import OPEN_FILES, WORKING, Found, State, after
from kaohe_web.imports.troubles import shown
from kaohe_web.org.limits import Limit, limited
from kaohe_web.org.models import User
from kaohe_web.signals import imported

DIED = shown(
    "web_import_died",
    zh="导入时程序中断了 {tries} 次，可能是内存或磁盘不够。请分成几份再传，或请管理员查看",
    en="the program died {tries} times over it; memory or disk may not suffice. Upload it in parts, or ask the administrator",
)
BROKE = shown(
    "web_import_broke",
    zh="程序出了错（{what}），没有导入。可以再试一次；还不行请告诉管理员",
    en="the program failed ({what}); nothing was imported. Try again, and if it happens again tell the administrator",
)
NOTHING_GOOD = shown(
    "web_nothing_to_import",
    zh="没有一个文件能导入。各文件的原因在下面",
    en="none of the files can be imported. The reasons are given below",
)
NO_RIGHT = shown("web_right_gone", zh="发起导入的人已经没有导入的权限", en="who started the import may not import any more")

_LOG = logging.getLogger(__name__)
_FIRST = ("shops", "agents", "accounts")


class TakenOver(Exception):
    """Another worker holds the lease."""


@task()
def work(number: int) -> None:
    """Do what an upload waits for. Runs as often as it likes: what is done, or another worker is at, is left alone."""
    batch = _taken(number)
    if batch is None:
        return
    try:
        with override("en" if batch.language == "en" else "zh-hans"), Beat(batch) as beat:
            _look(batch, beat) if batch.state == State.LOOKING else _run(batch, beat)
    except TakenOver:
        _LOG.warning("another worker took over upload %s", number)
    except Failure as trouble:
        _failed(batch, [looking.said(problem) for problem in trouble.problems])
    except Exception as error:
        _failed(batch, [looking.said(Problem(BROKE, parts={"what": type(error).__name__}))])
        raise


def queue(batch: Batch, at: datetime | None = None) -> None:
    """Queue a job for an upload, in the transaction of the change that makes it wait."""
    (work.using(run_after=at) if at is not None else work).enqueue(batch.pk)


@transaction.atomic
def _taken(number: int) -> Batch | None:
    """The upload, if it is this job's; the job that follows if this one dies is queued by then."""
    # Locked: two workers with a job for it each would otherwise both take it.
    batch = Batch.objects.select_for_update(of=("self",)).filter(pk=number).first()
    if batch is None or batch.state not in WORKING:
        return None
    now = timezone.now()
    if batch.lease and batch.beat_at is not None and batch.beat_at + limits.lease() > now:
        queue(batch, batch.beat_at + limits.lease())
        return None
    batch.tries += 1
    if batch.tries > limits.MOST_TRIES:
        batch.lease = ""
        _fail(batch, [looking.said(Problem(DIED, parts={"tries": limits.MOST_TRIES}))])
        return None
    batch.state = after("look" if batch.state in (State.UPLOADED, State.LOOKING) else "run", batch.state)
    batch.lease, batch.beat_at, batch.share = secrets.token_hex(16), now, 0
    batch.save()
    queue(batch, now + limits.lease())
    return batch


class Beat:
    """Says in the background that the work goes on and how far it is. Takes what the library tells of its progress.

    Raises TakenOver from within the work when the lease is another's by now.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch, self._stop, self._lost = batch, threading.Event(), False
        self._every = limits.lease().total_seconds() / limits.BEATS
        self._from, self._weight, self._total, self._read = 0.0, 1.0, 0, 0
        self._share, self._doing = 0.0, ""
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Beat:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def piece(self, begin: float, end: float, doing: str) -> None:
        """What comes now is this part of the whole, both ends from 0 to 1."""
        self._check()
        self._from, self._weight, self._total, self._read = begin, end - begin, 0, 0
        self._share, self._doing = begin, printable(doing)[:300]

    def start(self, total: int) -> None:
        self._total = total

    def advance(self, count: int, label: str) -> None:
        self._check()
        self._read += count
        self._doing = printable(label)[:300]
        self._share = self._from + self._weight * 0.8 * min(self._read / max(self._total, 1), 1)

    def writing(self, share: float) -> None:
        self._share = self._from + self._weight * (0.8 + 0.2 * share)

    def done(self) -> None:
        self._share = self._from + self._weight

    def _check(self) -> None:
        if self._lost:
            raise TakenOver

    def _beat(self) -> None:
        try:
            while not self._stop.wait(self._every):
                mine = Batch.objects.filter(pk=self._batch.pk, lease=self._batch.lease)
                try:
                    if not mine.update(beat_at=timezone.now(), share=self._share, doing=self._doing):
                        self._lost = True
                        return
                except DatabaseError:  # The next beat tries again; a lease is many beats long.
                    continue
        finally:
            connection.close()


# Looking --------------------------------------------------------------------------------------------------------------------


def _look(batch: Batch, beat: Beat) -> None:
    fence, workspace = _fenced(batch)
    # What somebody made a profile for comes first: others may be known by it.
    files = sorted(batch.files.filter(found=Found.WAITING), key=lambda file: (not file.profile_text, file.pk))
    for (begin, end), file in zip(_shares(files), files, strict=True):
        beat.piece(begin, end, file.name)
        seen = looking.look(file, workspace, fence, _lang(batch), beat)
        with transaction.atomic():
            mine = _mine(batch)
            for name, value in seen.fields().items():
                setattr(file, name, value)
            if file.found == Found.GOOD and file.profile_text:
                _save_profile(mine, file)
            file.save()
    with transaction.atomic():
        mine = _mine(batch)
        mine.lease = ""
        settle(mine)
        _go_on(mine)
        mine.save()
        if mine.state == State.FAILED:
            _tell_failed(mine)


def settle(batch: Batch) -> None:
    """The state of an upload whose files were all looked at."""
    found = set(batch.files.values_list("found", flat=True))
    if found & set(OPEN_FILES):
        batch.state, batch.why = after("ask", batch.state), []
    elif Found.GOOD in found:
        batch.state, batch.why = after("recognise", batch.state), []
    else:
        batch.state, batch.why = after("refuse", batch.state), [looking.said(Problem(NOTHING_GOOD))]
    batch.tries, batch.share, batch.doing = 0, 0, ""


def _go_on(batch: Batch) -> None:
    """Import at once what was to be imported at once, where every file is known."""
    files = list(batch.files.all())
    if batch.at_once and batch.state == State.RECOGNISED and all(file.found == Found.GOOD for file in files):
        batch.state = after("start", batch.state)
        by = _by(batch)
        record(by, "import.started", batch, after={"files": [file.name for file in files], "at_once": True})
        queue(batch)
    batch.at_once = False


def _by(batch: Batch) -> User:
    """Who did the last thing about an upload, as far as he may: by a key of the API, as far as the key may."""
    return limited(batch.by, None if batch.limit is None else Limit.of_plain(batch.limit))


def _save_profile(batch: Batch, file: File) -> None:
    """Keep a profile that reads something in the workspace, for files to come."""
    place = Path(settings.WORKSPACE) / "profiles" / f"{file.profile}.yaml"
    place.parent.mkdir(exist_ok=True)
    draft = place.with_suffix(".new")
    draft.write_text(file.profile_text, encoding="utf-8")
    draft.replace(place)
    by = _by(batch)
    record(by, "profile.saved", ("profile", file.profile), after={"text": file.profile_text})
    file.profile_text = ""


# Importing ------------------------------------------------------------------------------------------------------------------


def _run(batch: Batch, beat: Beat) -> None:
    fence, workspace = _fenced(batch)
    groups = _groups(batch.files.filter(found=Found.GOOD))
    spans = _shares([sum(file.size for file in group) for group in groups])
    for (begin, end), group in zip(spans, groups, strict=True):
        beat.piece(begin, end, group[0].name)
        _import(batch, group, workspace, fence, beat)
    with transaction.atomic():
        mine = _mine(batch)
        mine.lease, mine.share, mine.doing, mine.ended_at = "", 1, "", timezone.now()
        if not mine.files.filter(number__isnull=False).exists() and mine.files.filter(found=Found.REFUSED).exists():
            _fail(mine, [looking.said(Problem(NOTHING_GOOD))])
            return
        mine.state = after("finish", mine.state)
        mine.save()
        record(None, "import.done", mine, after=_outcome(mine))
        _announce(mine, "import_done")
        numbers, key = mine.numbers, mine.pk
        transaction.on_commit(lambda: storage.clear(key))
        transaction.on_commit(lambda: _tell(numbers))


def _groups(files: Sequence[File]) -> list[list[File]]:
    """Files about which the same was said go in together; those with shops and people first, as others refer to them."""
    groups: dict[tuple[Any, ...], list[File]] = {}
    for file in sorted(files, key=lambda file: file.pk):
        groups.setdefault(tuple(looking.options(file).values()), []).append(file)
    return sorted(groups.values(), key=lambda group: not any(table in _FIRST for file in group for table in file.tables))


def _import(batch: Batch, group: Sequence[File], workspace: Fenced, fence: Fence, beat: Beat) -> None:
    """Import files about which the same was said, and keep what became of them."""
    before = _kept(workspace)
    fence.met.clear()
    try:
        report = workspace.import_exports(
            [storage.place(file) for file in group], **looking.options(group[0]), lang=_lang(batch), progress=beat
        )
    except Failure as trouble:
        if not any(problem.code is ALL_REFUSED for problem in trouble.problems) and not any(problem.file for problem in trouble.problems):
            raise
        _refuse(batch, group, trouble, _kept(workspace) - before)
        return
    with transaction.atomic():
        _mine(batch)
        for file in group:
            _settle(file, report, sorted(map(printable, fence.met)))


def _settle(file: File, report: ImportReport, shops: list[str]) -> None:
    parts = [part for part in report.files if part.name == file.name or part.name.startswith(f"{file.name}/")]
    looking.count(file, parts)
    if report.problem_count <= len(report.problems):
        mine = [problem for problem in report.problems if _is_of(problem.file, file)]
        file.problems, file.problem_count = [looking.said(problem) for problem in mine], len(mine)
    file.found = Found.IMPORTED if any(part.status == "imported" for part in parts) else Found.REFUSED
    file.number = report.number
    file.shops = sorted(set(file.shops) & set(shops)) or file.shops
    added = [looking.said(notice) for notice in report.notices if notice.code is SHOP_ADDED]
    file.notices = [one for one in file.notices if not one["shop"]] + [one for one in added if one["shop"] in file.shops]
    file.quarantine = [name for part in parts if part.quarantine for name in _siblings(part.quarantine)]
    file.save()


def _is_of(name: str | None, file: File) -> bool:
    return name is not None and (name == file.name or name.startswith((f"{file.name}/", f"{file.name}[")))


def _siblings(path: Path) -> list[str]:
    """A file with refused rows, and those of the same file in other layouts: the library numbers them."""
    names = [path.name]
    while (after := path.with_name(f"{path.stem}-{len(names) + 1}{path.suffix}")).is_file():
        names.append(after.name)
    return names


def _kept(workspace: Fenced) -> set[str]:
    folder = workspace.root / "quarantine"
    return {path.name for path in folder.glob("*.csv")} if folder.is_dir() else set()


def _refuse(batch: Batch, group: Sequence[File], trouble: Failure, kept: set[str]) -> None:
    """Nothing of these files went in."""
    where = "".join(str(problem.parts.get("where", "")) for problem in trouble.problems)
    with transaction.atomic():
        _mine(batch)
        for file in group:
            mine = [problem for problem in trouble.problems if problem.file is None or _is_of(problem.file, file)]
            file.problems, file.problem_count = [looking.said(problem) for problem in mine], len(mine)
            file.found = Found.REFUSED
            file.quarantine = sorted(name for name in kept if name in where and (len(group) == 1 or file.sha256[:8] in name))
            file.new = file.same = file.replaced = 0
            file.save()


# Ends -----------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def _failed(batch: Batch, why: list[dict[str, Any]]) -> None:
    """The work ended with trouble; unless another worker is at it by now, so does the upload."""
    try:
        mine = _mine(batch)
    except TakenOver:
        return
    mine.lease = ""
    _fail(mine, why)


def _fail(batch: Batch, why: list[dict[str, Any]]) -> None:
    batch.state, batch.why, batch.ended_at = after("fail", batch.state), why, timezone.now()
    batch.save()
    _tell_failed(batch)


def _tell_failed(batch: Batch) -> None:
    record(None, "import.failed", batch, after={"why": [one["zh"] for one in batch.why], **_outcome(batch)})
    _announce(batch, "import_failed")


def _outcome(batch: Batch) -> dict[str, Any]:
    files = list(batch.files.all())
    counts = {name: sum(getattr(file, name) for file in files if file.number) for name in looking.COUNTS}
    return {"numbers": batch.numbers, **counts, "files": [{"name": file.name, "found": file.found} for file in files]}


def _announce(batch: Batch, event: str) -> None:
    from kaohe_web.notices.sending import announce

    files = list(batch.files.all())
    names = "、".join(file.name for file in files[:3]) + (_("等") if len(files) > 3 else "")
    lines = [str(one["en" if batch.language == "en" else "zh"]) for one in batch.why]
    refused = sum(file.refused for file in files)
    if event == "import_done":
        title = _("导入完成：%(names)s") % {"names": names}
        lines.append(_("新增 %(new)s 行，更新 %(replaced)s 行，已有 %(same)s 行。") % _sums(files))
        if refused:
            lines.append(
                ngettext("有 %(count)s 行被拒绝，可以下载改好再传。", "有 %(count)s 行被拒绝，可以下载改好再传。", refused)
                % {"count": refused}
            )
    else:
        title = _("导入失败：%(names)s") % {"names": names}
    announce(event, title=title, body="\n".join(lines), link=f"/imports/{batch.pk}/", shops=batch.shops, people=[batch.uploaded_by])


def _sums(files: Sequence[File]) -> dict[str, int]:
    return {name: sum(getattr(file, name) for file in files if file.number) for name in looking.COUNTS}


def _tell(numbers: Sequence[int]) -> None:
    """Tell those who refresh what they show. One of them failing does not undo an import."""
    for number in numbers:
        for receiver, answer in imported.send_robust(sender=work, number=number):
            if isinstance(answer, Exception):
                _LOG.error("%r failed after import %s", receiver, number, exc_info=answer)


def _mine(batch: Batch) -> Batch:
    """The upload, locked, while this worker holds the lease. Raises TakenOver else."""
    found = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if found.lease != batch.lease:
        raise TakenOver
    return found


def _fenced(batch: Batch) -> tuple[Fence, Fenced]:
    by = _by(batch)
    if not policies.allowed(policies.check_may_import, by):
        raise Failure([Problem(NO_RIGHT)])
    fence = Fence(policies.shops_of(by), everywhere=policies.is_everywhere(by))
    return fence, Fenced(Path(settings.WORKSPACE), fence)


def _lang(batch: Batch) -> Lang:
    return "en" if batch.language == "en" else "zh"


def _shares(sizes: Sequence[Any]) -> list[tuple[float, float]]:
    """Where each piece begins and ends in the whole, 0 to 1."""
    amounts = [max(getattr(size, "size", size), 1) for size in sizes]
    total, begin, found = sum(amounts), 0, []
    for amount in amounts:
        found.append((begin / total, (begin + amount) / total))
        begin += amount
    return found
