"""Changes to schemes; each is one transaction with its entry in the log."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import slug_unicode_re
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaohe.errors import Failure
from kaohe_web.audit.models import Event
from kaohe_web.audit.records import record
from kaohe_web.org.models import User
from kaohe_web.schemes import policies
from kaohe_web.schemes.editing import renamed, tidy
from kaohe_web.schemes.entries import words
from kaohe_web.schemes.models import SchemeVersion, State
from kaohe_web.schemes.reading import plain, read
from kaohe_web.schemes.states import Conflict, check_can
from kaohe_web.schemes.writing import NotInForm


def start(*, by: User, name: str, text: str, title: str | None = None) -> SchemeVersion:
    """A new scheme: its first draft, with a text to begin with. Raises ValidationError where the name is taken or no name, or the text no YAML."""
    policies.check_can_edit(by)
    if not slug_unicode_re.match(name) or len(name) > 60:
        raise ValidationError({"name": _("编号（name）只能用中文、字母、数字、- 和 _，最多 60 个字。")})
    try:
        text = renamed(text, name, title)
    except NotInForm:
        raise ValidationError({"file": _("这不是一份方案：应为“键: 值”的 YAML。")}) from None
    try:
        with transaction.atomic():
            version = SchemeVersion(name=name, number=1, made_by=by)
            _write(version, text)
            # The database says whether the name is taken: another may begin a scheme of that name this moment.
            version.full_clean(validate_unique=False, validate_constraints=False)
            version.save()
            record(by, "scheme.started", version, after=_said(version))
    except IntegrityError:
        raise ValidationError({"name": _("已经有这个编号的方案。")}) from None
    return version


@transaction.atomic
def upload(*, by: User, text: str) -> SchemeVersion:
    """A scheme from a file: a new one, or the next draft of the one of its name. Raises ValidationError, and `Conflict` where there is a draft."""
    policies.check_can_edit(by)
    said = plain(tidy(text)).get("name")
    name = said if isinstance(said, str) else ""
    known = SchemeVersion.objects.filter(name=name).order_by("-number").first()
    if known is None:
        return start(by=by, name=name, text=text)
    draft, is_new = draft_of(by=by, version=known)
    if not is_new:
        raise Conflict(_("“%(name)s”已经有一份草稿。先发布或删掉它，再上传。") % {"name": name})
    return save(by=by, version=draft, text=text, revision=draft.revision)


def draft_of(*, by: User, version: SchemeVersion) -> tuple[SchemeVersion, bool]:
    """The draft of a scheme, begun with the text of this version where there is none, and whether it was begun now."""
    policies.check_can_edit(by)
    with transaction.atomic():
        # The versions of one scheme are locked: two drafts begun at once would both take the next number. Looked at after that, for who waited.
        list(SchemeVersion.objects.select_for_update().filter(name=version.name).order_by("pk"))
        known = list(SchemeVersion.objects.filter(name=version.name))
        there = next((one for one in known if one.state == State.DRAFT), None)
        if there is not None:
            return there, False
        draft = SchemeVersion(name=version.name, number=max(one.number for one in known) + 1, made_by=by)
        _write(draft, version.text)
        draft.full_clean()
        draft.save()
        record(by, "scheme.drafted", draft, after={**_said(draft), "from": version.number})
    return draft, True


@transaction.atomic
def save(*, by: User, version: SchemeVersion, text: str, revision: int) -> SchemeVersion:
    """A draft's text, which may have mistakes. Raises `Conflict` where it was saved by somebody since `revision`, or is no draft any more."""
    policies.check_can_edit(by)
    version = _seen(version, "publish", revision)
    before = {"revision": version.revision, "text": version.text}
    if tidy(text) == version.text:
        return version
    _write(version, text)
    version.revision += 1
    version.saved_by, version.saved_at = by, timezone.now()
    version.full_clean(exclude=["name"])
    version.save()
    record(by, "scheme.saved", version, before=before, after={"revision": version.revision, "text": version.text})
    return version


@transaction.atomic
def undo(*, by: User, version: SchemeVersion, revision: int) -> SchemeVersion:
    """A draft as it was before it was last saved, which is a saving like others. The log knows how it was. Raises `Conflict` where nothing was saved."""
    policies.check_can_edit(by)
    last = (
        Event.objects.filter(action="scheme.saved", about=version._meta.label_lower, about_id=str(version.pk)).order_by("-number").first()
    )
    if last is None or last.before is None:
        raise Conflict(_("这份草稿还没有改过。"))
    return save(by=by, version=version, text=last.before["text"], revision=revision)


@transaction.atomic
def publish(*, by: User, version: SchemeVersion, revision: int) -> SchemeVersion:
    """Let cycles use it; from now on it never changes. Raises `Conflict`, `Failure` with every mistake, ValidationError where nothing is new."""
    policies.check_can_decide(by)
    version = _seen(version, "publish", revision)
    scheme = read(version.text, version.name)
    latest = SchemeVersion.objects.filter(name=version.name, state=State.PUBLISHED).order_by("-number").first()
    if latest is not None and latest.fingerprint == scheme.fingerprint():
        raise ValidationError(_("与已发布的第 %(number)s 版说的一样，不用再发布。") % {"number": latest.number})
    version.state, version.published_at = State.PUBLISHED, timezone.now()
    version.fingerprint = scheme.fingerprint()
    version.save()
    record(by, "scheme.published", version, before={"state": State.DRAFT}, after=_said(version))
    return version


@transaction.atomic
def retire(*, by: User, version: SchemeVersion) -> SchemeVersion:
    """No new cycle uses it. Those under way and results stay as they are."""
    policies.check_can_decide(by)
    version = SchemeVersion.objects.select_for_update().get(pk=version.pk)
    check_can("retire", version)
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    record(by, "scheme.retired", version, before={"state": State.PUBLISHED}, after={"state": State.RETIRED})
    return version


@transaction.atomic
def discard(*, by: User, version: SchemeVersion, revision: int) -> None:
    """Throw a draft away. Its text stays in the log. Raises `Conflict` where somebody saved it since."""
    policies.check_can_decide(by)
    version = _seen(version, "discard", revision)
    record(by, "scheme.discarded", version, before=_said(version))
    version.delete()


def _seen(version: SchemeVersion, verb: str, revision: int) -> SchemeVersion:
    """The version, locked, as somebody saw it."""
    found = SchemeVersion.objects.select_for_update(of=("self",)).select_related("saved_by").filter(pk=version.pk).first()
    if found is None:
        raise Conflict(_("这份草稿已经被人删掉了。"))
    check_can(verb, found)
    if found.revision != revision:
        who = found.saved_by.get_full_name() if found.saved_by is not None else ""
        raise Conflict(_("您打开这份草稿之后，%(who)s 又改过它。您的改动没有保存。") % {"who": who})
    return found


def _write(version: SchemeVersion, text: str) -> None:
    """Put a text into a version, with what is read from it."""
    version.text = tidy(text)
    version.title = (words(plain(version.text).get("title"))[0] or version.name)[:200]
    try:
        version.fingerprint = read(version.text, version.name).fingerprint()
    except Failure:
        version.fingerprint = ""


def _said(version: SchemeVersion) -> dict[str, Any]:
    return {
        "name": version.name,
        "number": version.number,
        "title": version.title,
        "fingerprint": version.fingerprint,
        "state": version.state,
        "text": version.text,
    }
