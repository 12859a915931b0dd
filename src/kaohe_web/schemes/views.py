"""Pages about schemes: the list, one version, editing a draft, what differs, publishing."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaohe.errors import Failure, Lang
from kaohe.reports.scheme_changes import scheme_changes
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed
from kaohe_web.schemes import actions, library, policies, queries, writing
from kaohe_web.schemes.checking import checked
from kaohe_web.schemes.differences import text_difference
from kaohe_web.schemes.editing import saved_weights, tidy
from kaohe_web.schemes.editors import Editor
from kaohe_web.schemes.forms import SECTIONS, Revised, Start, Text, Upload
from kaohe_web.schemes.models import SchemeVersion, State
from kaohe_web.schemes.outline import outline
from kaohe_web.schemes.states import Conflict, possible
from kaohe_web.schemes.tables import scheme_tables, table
from kaohe_web.schemes.writing import LISTS, NotInForm
from kaohe_web.site import language


def lang() -> Lang:
    """The library's language for who looks at the page."""
    return language(get_language())


def me(request: HttpRequest) -> User:
    """Who looks at the page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def found(request: HttpRequest, number: int) -> SchemeVersion:
    """A version as far as somebody may know of it."""
    return get_object_or_404(queries.visible_versions(me(request)), pk=number)


def open_draft(request: HttpRequest, number: int) -> SchemeVersion:
    """A draft somebody may edit; what is no draft has no such page."""
    version = found(request, number)
    policies.check_can_edit(request.user)
    if version.state != State.DRAFT:
        raise Http404
    return version


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page about one version, with what its tabs ask."""
    may = {
        "may_edit": allowed(policies.check_can_edit, request.user),
        "may_decide": allowed(policies.check_can_decide, request.user),
    }
    return render(request, template, {**may, **context}, status=status)


@require_safe
def schemes(request: HttpRequest) -> HttpResponse:
    """All schemes with their versions; for who edits them, what to begin with."""
    policies.check_can_read(request.user)
    versions = queries.visible_versions(me(request)).order_by("name", "-number")
    grouped = [(name, list(known)) for name, known in groupby(versions, key=lambda one: one.name)]
    may = allowed(policies.check_can_edit, request.user)
    begun = [(one, one.title(lang())) for one in library.templates()] if may else []
    return render(request, "schemes/schemes.html", {"schemes": grouped, "templates": begun, "may_edit": may, "upload": Upload()})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, template: str) -> HttpResponse:
    """A template in words, and a new scheme from it."""
    policies.check_can_edit(request.user)
    source = library.template(template)
    if source is None:
        raise Http404
    title = source.title(lang())
    form, status = Start(request.POST or None, initial={"template": template, "title": title}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                version = actions.start(by=me(request), name=data["name"], title=data["title"], text=source.text)
            except ValidationError as error:
                _put(form, error)
            else:
                return redirect("schemes_edit", number=version.pk)
    sheets = scheme_tables(source.scheme, lang()) if source.scheme else []
    return render(request, "schemes/new.html", {"template": source, "title": title, "form": form, "tables": sheets}, status=status)


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """A scheme from a file: a new one, or the next draft of the one that is called so."""
    policies.check_can_edit(request.user)
    form = Upload(request.POST, request.FILES)
    if form.is_valid():
        try:
            version = actions.upload(by=me(request), text=form.cleaned_data["file"])
        except ValidationError as error:
            _put(form, error)
        except Conflict as conflict:
            form.add_error("file", str(conflict))
        else:
            return redirect("schemes_edit", number=version.pk)
    for texts in form.errors.values():
        for one in texts:
            messages.error(request, one)
    return redirect("schemes")


@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version in words."""
    one = found(request, number)
    now = checked(one.text, one.name, lang())
    others = queries.visible_versions(me(request)).filter(name=one.name).exclude(pk=one.pk)
    context = {
        "version": one,
        "checked": now,
        "tables": scheme_tables(now.scheme, lang()) if now.scheme else [],
        "others": others,
        "possible": possible(one),
    }
    return page(request, "schemes/version.html", context)


@require_safe
def download(request: HttpRequest, number: int) -> HttpResponse:
    """The text as a file, for the command line or another site."""
    one = found(request, number)
    response = HttpResponse(one.text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{one.name}-v{one.number}.yaml')}"
    return response


@require_POST
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Go on with the draft of a scheme, begun with this version where there is none."""
    one, is_new = actions.draft_of(by=me(request), version=found(request, number))
    if not is_new:
        messages.info(request, _("已经有一份草稿，这就是。"))
    return redirect("schemes_edit", number=one.pk)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """A draft laid out: its mistakes, its items with their weights, everything else it says, each with a way to change it."""
    one = open_draft(request, number)
    wrong, typed, status = "", {}, 200
    if request.method == "POST":
        try:
            typed = {
                at: request.POST[f"worth-{at}"] for at in range(len(writing.entries(one.text, "items"))) if f"worth-{at}" in request.POST
            }
            if request.POST.get("do") == "undo":
                actions.undo(by=me(request), version=one, revision=_revision(request))
                done = _("已撤销上一步。再撤销一次就是不撤销。")
            else:
                text, done = _changed(one.text, request.POST.get("do", ""), typed)
                actions.save(by=me(request), version=one, text=text, revision=_revision(request))
        except ValidationError as error:
            wrong, status = " ".join(error.messages), 422
        except Conflict as conflict:
            wrong, status = str(conflict), 409
        except (NotInForm, IndexError):
            wrong, status = _("这里的写法表单改不了，请在文本里改。"), 422
        else:
            messages.success(request, done)
            return redirect("schemes_edit", number=one.pk)
    now = checked(one.text, one.name, lang())
    try:
        laid_out = outline(one.text, lang())
    except NotInForm:
        return page(request, "schemes/unreadable.html", {"version": one, "checked": now, "tab": "edit"}, status=status)
    context = {
        "version": one,
        "checked": now,
        "lists": [(section, SECTIONS[section][0], laid_out.lists[section]) for section in LISTS],
        "grades": laid_out.grades,
        "typed": typed,
        "wrong": wrong,
        "tab": "edit",
    }
    return page(request, "schemes/edit.html", context, status=status)


def _changed(text: str, asked: str, typed: dict[int, str]) -> tuple[str, str]:
    """The text with what a button of the outline does, and what is said of it."""
    if asked == "weights":
        for worth in typed.values():
            if writing.written(worth) is None:
                raise ValidationError(_("“%(found)s”不是数字。") % {"found": worth})
        return saved_weights(text, typed), _("权重已保存。")
    verb, _colon, place = asked.partition(":")
    section, _colon, index = place.partition(":")
    if section not in LISTS or not index.isdecimal() or len(index) > 4:
        raise ValidationError(_("页面内容坏了，请重新打开。"))
    if verb == "remove":
        return writing.remove_entry(text, section, int(index)), _("已删除。删错了可以撤销。")
    if verb in ("up", "down"):
        return writing.move_entry(text, section, int(index), -1 if verb == "up" else 1), _("已移动。")
    raise ValidationError(_("页面内容坏了，请重新打开。"))


@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, number: int, section: str, index: int | None = None) -> HttpResponse:
    """One entry of a draft in a form; without `index` a new one, or what there is once (`head`, `grades`)."""
    one = open_draft(request, number)
    if section not in (*SECTIONS, "head", "grades") or (section in ("head", "grades") and index is not None):
        raise Http404
    try:
        editor = Editor(one.text, section, index)
    except NotInForm:
        messages.error(request, _("这里的写法表单改不了，请在文本里改。"))
        return redirect("schemes_text", number=one.pk)
    except IndexError:
        raise Http404 from None
    asked, wrong, status, after = request.POST.get("do", "save"), "", 200, None
    if request.method != "POST":
        editor.shown(one.revision)
    elif asked not in ("save", "check"):
        editor.redrawn(request.POST)
    elif not editor.typed(request.POST):
        status = 422 if asked == "save" else 200
    else:
        try:
            text = editor.saved()
            after = checked(text, one.name, lang())
            if asked == "save":
                actions.save(by=me(request), version=one, text=text, revision=_revision(request))
                messages.success(request, _("已保存。"))
                return redirect(reverse("schemes_edit", args=[one.pk]) + f"#{section}")
        except Conflict as conflict:
            wrong, status = str(conflict), 409
        except NotInForm:
            wrong, status = _("这里的写法表单改不了，请在文本里改。"), 422
    context = {
        "version": one,
        "editor": editor,
        "section": section,
        "wrong": wrong,
        "again": status == 409,
        "checked": after,
        "tab": "edit",
    }
    return page(request, "schemes/entry.html", context, status=status)


@require_http_methods(["GET", "POST"])
def text(request: HttpRequest, number: int) -> HttpResponse:
    """The text of a draft, with every mistake and its line."""
    one = open_draft(request, number)
    form = Text(request.POST or None, initial={"revision": one.revision, "text": one.text})
    now, wrong, status = checked(one.text, one.name, lang()), "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            typed = tidy(form.cleaned_data["text"])
            now, status = checked(typed, one.name, lang()), 200
            if request.POST.get("do") != "check":
                try:
                    actions.save(by=me(request), version=one, text=typed, revision=form.cleaned_data["revision"])
                except Conflict as conflict:
                    wrong, status = str(conflict), 409
                else:
                    messages.success(request, _("已保存。"))
                    return redirect("schemes_text", number=one.pk)
    return render(
        request,
        "schemes/text.html",
        {"version": one, "form": form, "checked": now, "wrong": wrong, "again": status == 409, "tab": "text"},
        status=status,
    )


@require_safe
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """A version against another of its scheme: in words, and line by line."""
    one = found(request, number)
    others = list(queries.visible_versions(me(request)).filter(name=one.name).exclude(pk=one.pk).order_by("-number"))
    asked = request.GET.get("with", "")
    if asked and not any(str(other.pk) == asked for other in others):
        raise Http404
    older = [other for other in others if other.number < one.number and other.state != State.DRAFT]
    other = next((other for other in others if str(other.pk) == asked), None) or next(iter([*older, *others]), None)
    context: dict[str, Any] = {"version": one, "other": other, "others": others, "tab": "differences"}
    if other is not None:
        before, after = checked(other.text, other.name, lang()), checked(one.text, one.name, lang())
        if before.scheme and after.scheme:
            context["changes"] = table(scheme_changes(before.scheme, after.scheme, lang()), lang())
        context["lines"] = text_difference(other.text, one.text)
    return page(request, "schemes/differences.html", context)


@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """What publishing a draft would change, and publishing it."""
    one = open_draft(request, number)
    policies.check_can_decide(request.user)
    form, wrong, status = Revised(request.POST or None, initial={"revision": one.revision}), "", 200
    if request.method == "POST":
        try:
            actions.publish(by=me(request), version=one, revision=form.cleaned_data["revision"] if form.is_valid() else -1)
        except Conflict as conflict:
            wrong, status = str(conflict), 409
        except ValidationError as error:
            wrong, status = " ".join(error.messages), 422
        except Failure:
            wrong, status = _("方案还有错，不能发布。"), 422
        else:
            messages.success(request, _("已发布。新的考核可以用它了；已经开始的照旧用原来那一版。"))
            return redirect("schemes_version", number=one.pk)
    now = checked(one.text, one.name, lang())
    latest = queries.published().filter(name=one.name).order_by("-number").first()
    changes = None
    if latest is not None and now.scheme is not None:
        changes = table(scheme_changes(queries.scheme_of(latest), now.scheme, lang()), lang())
    context = {"version": one, "checked": now, "latest": latest, "changes": changes, "form": form, "wrong": wrong, "tab": "publish"}
    return page(request, "schemes/publish.html", context, status=status)


@require_POST
def retire(request: HttpRequest, number: int) -> HttpResponse:
    """No new cycle uses this version."""
    one = found(request, number)
    try:
        actions.retire(by=me(request), version=one)
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("schemes_version", number=one.pk)


@require_POST
def discard(request: HttpRequest, number: int) -> HttpResponse:
    """Throw a draft away."""
    one = found(request, number)
    try:
        actions.discard(by=me(request), version=one, revision=_revision(request))
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect("schemes_version", number=one.pk)
    messages.success(request, _("草稿已删掉。"))
    return redirect("schemes")


def _revision(request: HttpRequest) -> int:
    """The saving a page was made from; one that never was where the page does not say."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _put(form: Any, error: ValidationError) -> None:
    """An error of an action on the form it came from."""
    for field, texts in (error.message_dict if hasattr(error, "error_dict") else {None: error.messages}).items():
        for one in texts:
            form.add_error(field if field in form.fields else None, one)
