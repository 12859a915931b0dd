"""Changes to uploads; each is one transaction with its entry in the log."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaohe.errors import Failure, Lang
from kaohe.importing.files import recognise
from kaohe.importing.mapping import check_name
from kaohe.importing.profiles import shipped
from kaohe_web.audit.records import record
from kaohe_web.imports import jobs, policies, storage
from kaohe_web.imports.limits import KEPT, MOST_FILES
from kaohe_web.imports.models import Batch, File
from kaohe_web.imports.states import ENDED, Found, State, WrongState, after, may
from kaohe_web.imports.uploading import Streamed
from kaohe_web.org.limits import limit_of
from kaohe_web.org.models import User
from kaohe_web.site import language, workspace


@dataclass(frozen=True, slots=True)
class Turned:
    """A file that was not taken: its name and why, for people."""

    name: str
    why: str


def upload(*, by: User, files: Sequence[Streamed], lang: Lang, at_once: bool = False) -> tuple[Batch | None, list[Turned]]:
    """Take over streamed files, all but those that are no data by their content, and have a worker look at them.

    With `at_once` it also imports them, where all were taken and none has to be asked about.

    Returns the upload, None where nothing was taken, and what was turned away. Raises NotAllowed.
    """
    policies.check_may_import(by)
    good: list[tuple[str, Streamed]] = []
    turned: list[Turned] = []
    seen: dict[str, str] = {}
    for file in files[:MOST_FILES]:
        name = storage.safe_name(file.name or "", {taken.casefold() for taken, _ in good})
        if file.sha256 in seen:
            turned.append(Turned(name, _("和 %(other)s 内容一样。") % {"other": seen[file.sha256]}))
            continue
        try:
            recognise(file.path, name)
        except Failure as trouble:
            turned.append(Turned(name, " ".join(problem.code.text(problem.parts, lang) for problem in trouble.problems)))
            continue
        seen[file.sha256] = name
        good.append((name, file))
    turned += [Turned(file.name or "", _("一次最多 %(most)s 个文件。") % {"most": MOST_FILES}) for file in files[MOST_FILES:]]
    return (_uploaded(by, good, turned, lang, at_once=at_once and not turned) if good else None), turned


def _uploaded(by: User, good: Sequence[tuple[str, Streamed]], turned: Sequence[Turned], lang: Lang, *, at_once: bool) -> Batch:
    batch, key = None, limit_of(by)
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                uploaded_by=by,
                by=by,
                language=lang,
                turned=[asdict(one) for one in turned],
                token=None if key is None else key.token,
                limit=None if key is None else key.plain(),
                at_once=at_once,
            )
            for name, streamed in good:
                file = File.objects.create(batch=batch, name=name, size=streamed.size or 0, sha256=streamed.sha256)
                storage.put(file, streamed.path)
            said = [{"name": name, "sha256": streamed.sha256, "bytes": streamed.size} for name, streamed in good]
            record(by, "import.uploaded", batch, after={"files": said, **({"at_once": True} if at_once else {})})
            jobs.queue(batch)
    except BaseException:
        # Nothing of it is in the database, so nobody would ever remove its bytes.
        if batch is not None:
            storage.clear(batch)
        raise
    return batch


@transaction.atomic
def answer(*, by: User, file: File, shop: str, platform: str, day: date | None, others: bool = False) -> None:
    """Say what a file does not say itself; it is looked at anew. With `others` so are all files whose shop is not known, as the same shop's.

    Raises NotAllowed and ValidationError.
    """
    batch, file = _locked(by, file)
    if shop:
        policies.check_may_import_shop(by, shop)
    before = {"shop": file.shop, "platform": file.platform, "day": file.day}
    file.shop, file.platform, file.day = shop, platform, day
    file.found, file.asked = Found.WAITING, False
    file.save()
    names = [file.name]
    if others and shop:
        alike = batch.files.filter(found=Found.SHOP)
        names += alike.values_list("name", flat=True)
        alike.update(shop=shop, platform=platform, found=Found.WAITING)
    _look_again(batch, by)
    values = {"shop": shop, "platform": platform, "day": day}
    record(by, "import.answered", batch, before={"file": file.name, **before}, after={"files": names, **values})


@transaction.atomic
def ask_mapping(*, by: User, file: File) -> None:
    """Have a file's columns shown, to say what they are, although a profile knows it or was made for it."""
    batch, file = _locked(by, file)
    before = {"file": file.name, "profile": file.profile}
    file.profile_text, file.asked, file.found = "", True, Found.WAITING
    file.save()
    _look_again(batch, by)
    record(by, "import.asked", batch, before=before, after={"file": file.name})


@transaction.atomic
def map_file(*, by: User, file: File, name: str, text: str) -> None:
    """Read a file by this profile, a YAML text under a name. It is tried, and saved in the workspace when it reads a row.

    Raises NotAllowed, and ValidationError where the name can not be had.
    """
    batch, file = _locked(by, file)
    check_profile_name(file, name)
    file.profile, file.profile_text, file.asked, file.found = name, text, False, Found.WAITING
    file.save()
    # Files of the same layout will be known by it, too.
    batch.files.filter(found=Found.MAPPING, profile="").update(found=Found.WAITING)
    _look_again(batch, by)
    record(by, "import.mapped", batch, after={"file": file.name, "profile": name, "text": text})


def check_profile_name(file: File, name: str) -> None:
    """Raise ValidationError unless a new profile may be called so. A file's own one may be made anew under its name."""
    try:
        check_name(name, [profile.name for profile in shipped()])
    except Failure as trouble:
        raise ValidationError({"name": trouble.text(language(get_language()))}) from None
    own = {path.stem for folder in workspace().own_profiles for path in folder.glob("*.yaml")}
    others = set(File.objects.filter(batch=file.batch).exclude(pk=file.pk).values_list("profile", flat=True))
    if name != file.profile and name in own | others:
        raise ValidationError({"name": _("已有名为 %(name)s 的格式，请换一个名字。") % {"name": name}})


@transaction.atomic
def leave_out(*, by: User, file: File, is_left_out: bool) -> None:
    """Do not import one file of an upload, or do after all."""
    batch, file = _locked(by, file)
    if is_left_out == (file.found == Found.LEFT_OUT):
        return
    file.found = Found.LEFT_OUT if is_left_out else Found.WAITING
    file.save(update_fields=["found"])
    if is_left_out:
        _acts(batch, by)
        jobs.settle(batch)
        batch.save()
    else:
        _look_again(batch, by)
    record(by, "import.left_out", batch, after={"file": file.name, "left_out": is_left_out})


@transaction.atomic
def start(*, by: User, batch: Batch) -> None:
    """Import what was recognised, in the background. Raises WrongState where somebody started it already."""
    batch = _locked_batch(by, batch)
    batch.state = after("start", batch.state)
    _begin(batch, by)
    record(by, "import.started", batch, after={"files": [file.name for file in batch.files.filter(found=Found.GOOD)]})


@transaction.atomic
def try_again(*, by: User, batch: Batch) -> None:
    """Begin anew with an upload that failed and whose files are still there."""
    batch = _locked_batch(by, batch)
    state = after("again", batch.state)
    if not can_try_again(batch):
        raise ValidationError(_("文件已经不在了，请重新上传。"))
    batch.state = state
    batch.files.filter(number__isnull=True).exclude(found=Found.LEFT_OUT).update(found=Found.WAITING)
    _begin(batch, by)
    record(by, "import.again", batch)


def can_try_again(batch: Batch) -> bool:
    """Whether an upload failed and its files are still there."""
    return may("again", batch.state) and storage.folder(batch).is_dir()


@transaction.atomic
def drop(*, by: User | None, batch: Batch) -> None:
    """Do not import it; its bytes are removed. `by` None: the program, of what nobody wanted for days."""
    batch = _locked_batch(by, batch)
    before, batch.state = batch.state, after("drop", batch.state)
    batch.ended_at = timezone.now()
    batch.save()
    record(by, "import.dropped", batch, before={"state": before}, after={"state": batch.state})
    number = batch.pk
    transaction.on_commit(lambda: storage.clear(number))


def drop_old() -> None:
    """Drop what nobody imported for days, and what broke off while it was sent."""
    old = timezone.now() - KEPT
    for batch in Batch.objects.filter(state__in=[state for state in State if may("drop", state)], changed_at__lt=old):
        # Somebody may have gone on with it in this very moment.
        with suppress(WrongState):
            drop(by=None, batch=batch)
    storage.clear_stray(KEPT.total_seconds(), set(Batch.objects.exclude(state__in=ENDED).values_list("pk", flat=True)))


# Locking ------------------------------------------------------------------------------------------------------------------


def _locked_batch(by: User | None, batch: Batch) -> Batch:
    # Locked: of two who start it at once, the second sees that it is started.
    found = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if by is not None:
        policies.check_may_handle(by, found)
    return found


def _locked(by: User, file: File) -> tuple[Batch, File]:
    """The file and its batch, where answers can still be given."""
    batch = _locked_batch(by, file.batch)
    after("answer", batch.state)
    return batch, batch.files.get(pk=file.pk)


def _look_again(batch: Batch, by: User) -> None:
    batch.state = after("answer", batch.state)
    _begin(batch, by)


def _begin(batch: Batch, by: User) -> None:
    _acts(batch, by)
    batch.tries, batch.share, batch.doing, batch.why, batch.lease = 0, 0, "", [], ""
    batch.save()
    jobs.queue(batch)


def _acts(batch: Batch, by: User) -> None:
    """Who did the last thing about it; it is read within his scope. What was to happen without him does not any more."""
    key = limit_of(by)
    batch.by, batch.limit, batch.at_once = by, None if key is None else key.plain(), False
