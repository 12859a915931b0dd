"""Pages about imports: uploading, what the files are, saying what their columns are, progress, what was refused, history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaohe.importing.importer import MADE_UP
from kaohe.importing.mapping import proposed_name, written
from kaohe.importing.profiles import profiles
from kaohe.model.tables import TABLES
from kaohe.reports import files as written_files
from kaohe.reports.imports import journal
from kaohe_web.imports import actions, limits, looking, mapping, policies, queries, storage
from kaohe_web.imports.forms import Named, Said
from kaohe_web.imports.models import Batch, File
from kaohe_web.imports.receiving import NotReceived, received, receiving
from kaohe_web.imports.states import ENDED, Found, may
from kaohe_web.imports.uploading import ToDisk
from kaohe_web.org.models import User
from kaohe_web.site import language, workspace

PER_PAGE = 30
ROWS_PER_PAGE = 100
PROBLEMS, PROBLEMS_AT_LEAST = 400, 10
"""Problems the page of one upload shows, spread over its files, and of each file at least. All refused rows are in the file to download."""

WORKER_PATIENCE = timedelta(seconds=20)
"""When an upload waits longer than this, the page says that the worker may not be running."""


@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """Uploading, and what was uploaded, newest first."""
    policies.check_may_import(request.user)
    return _start_page(request)


def _start_page(request: HttpRequest, turned: list[actions.Turned] | None = None, status: int = 200, trouble: str = "") -> HttpResponse:
    me = _me(request)
    page = Paginator(queries.listed(queries.visible_batches(me)), PER_PAGE).get_page(request.GET.get("page"))
    own = policies.shops_of(me)
    shown = {
        "page": page,
        "turned": turned or [],
        "trouble": trouble,
        "most": limits.most_bytes(),
        "most_files": limits.MOST_FILES,
        "own_shops": sorted(own) if own is not None else None,
        "everywhere": policies.is_everywhere(me),
    }
    return render(request, "imports/imports.html", shown, status=status)


# Who may upload is asked, and how much it is, before a byte of the body is read; the token is checked where the body is parsed.
@csrf_exempt
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take files in. They are streamed to disk; too many bytes or files are refused with the limit in words."""
    policies.check_may_import(request.user)
    try:
        with receiving(request) as handler:
            return _uploaded(request, handler)
    except NotReceived as why:
        return _start_page(request, status=why.status, trouble=str(why))


@csrf_protect
def _uploaded(request: HttpRequest, handler: ToDisk) -> HttpResponse:
    files = received(request, handler)
    actions.drop_old()
    batch, turned = actions.upload(by=_me(request), files=files, lang=language(get_language()))
    if batch is None:
        return _start_page(request, turned, 422)
    return redirect("imports_batch", number=batch.pk)


@never_cache
@require_safe
def batch(request: HttpRequest, number: int) -> HttpResponse:
    """One upload: what each file is, what is wrong with it, and what can be done next."""
    return render(request, "imports/batch.html", _shown(request, _batch(request, number)))


def _shown(request: HttpRequest, found: Batch) -> dict[str, Any]:
    me = _me(request)
    lang = language(get_language())
    free, shops = policies.shops_of(me) is None, queries.known_shops(me)
    can_answer = may("answer", found.state)
    # What one file makes up, another one of the same upload may describe.
    files = list(found.files.all())
    shown = max(PROBLEMS_AT_LEAST, PROBLEMS // max(len(files), 1))
    described = {shop for file in files if "shops" in file.tables for shop in file.shops}
    called = {name: profile.zh if lang == "zh" else name for name, profile in profiles(workspace().own_profiles).items()}
    rows = []
    for file in files:
        said = {"shop": file.shop, "platform": file.platform, "day": file.day}
        form = Said(initial=said, prefix=f"f{file.pk}", shops=shops, free=free) if can_answer else None
        if form is not None and not any(other.found == Found.SHOP for other in files if other.pk != file.pk):
            del form.fields["others"]
        reasons = [_worded(problem, lang) for problem in file.problems[:shown]]
        kept = [name for name in file.quarantine if storage.refused(name)]
        rows.append(
            {
                "file": file,
                "profiles": [called.get(name, name) for name in file.profiles],
                "tables": [TABLES[name].zh if lang == "zh" else name for name in file.tables],
                "form": form,
                "problems": reasons,
                "more": max(0, file.problem_count - len(reasons)),
                "notices": [_worded(notice, lang) for notice in file.notices if notice["shop"] not in described],
                "parts": [
                    {
                        **part,
                        "profiles": [called.get(name, name) for name in part["profiles"]],
                        "why": _worded(part["why"], lang) if part["why"] else None,
                    }
                    for part in file.parts
                ],
                "kept": list(enumerate(kept)),
            }
        )
    return {
        "batch": found,
        "rows": rows,
        "why": [_worded(problem, lang) for problem in found.why],
        "sums": {name: sum(getattr(row["file"], name) for row in rows) for name in looking.COUNTS},
        "can_answer": can_answer,
        "can_start": may("start", found.state),
        "can_drop": may("drop", found.state),
        "can_again": actions.can_try_again(found),
        "stuck": _is_stuck(found),
        "ended": found.state in ENDED,
    }


@never_cache
@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far it is, as a piece of the page."""
    found = _batch(request, number)
    return render(request, "imports/progress.html", {"batch": found, "stuck": _is_stuck(found)})


def _is_stuck(found: Batch) -> bool:
    heard = found.beat_at if found.lease and found.beat_at else found.changed_at
    return found.is_working and heard < timezone.now() - max(WORKER_PATIENCE, limits.lease())


@require_POST
def start(request: HttpRequest, number: int) -> HttpResponse:
    """Import in the background."""
    return _acted(request, number, lambda found: actions.start(by=_me(request), batch=found))


@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Begin anew with what failed."""
    return _acted(request, number, lambda found: actions.try_again(by=_me(request), batch=found))


@require_POST
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Do not import it."""
    return _acted(request, number, lambda found: actions.drop(by=_me(request), batch=found))


@require_POST
def answer(request: HttpRequest, number: int, file: int) -> HttpResponse:
    """Shop, platform and day of a file that does not say them."""
    found, me = _file(request, number, file), _me(request)
    form = Said(request.POST, prefix=f"f{found.pk}", shops=queries.known_shops(me), free=policies.shops_of(me) is None)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, f"{found.name}：{' '.join(map(str, errors))}")
        return redirect("imports_batch", number=number)
    return _acted(request, number, lambda _batch: actions.answer(by=me, file=found, **form.cleaned_data))


@require_POST
def leave(request: HttpRequest, number: int, file: int) -> HttpResponse:
    """Leave a file out of the import, or take it in after all."""
    found = _file(request, number, file)
    out = request.POST.get("out") == "1"
    return _acted(request, number, lambda _batch: actions.leave_out(by=_me(request), file=found, is_left_out=out))


@require_POST
def remap(request: HttpRequest, number: int, file: int) -> HttpResponse:
    """Have the columns of a file shown that a profile knows."""
    found = _file(request, number, file)
    return _acted(request, number, lambda _batch: actions.ask_mapping(by=_me(request), file=found))


@require_http_methods(["GET", "POST"])
def map_columns(request: HttpRequest, number: int, file: int) -> HttpResponse:
    """Say what the columns of a file are, one by one."""
    found = _file(request, number, file)
    surveys = looking.surveys(found)
    if not surveys or not may("answer", found.batch.state):
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    sheet = int(asked["sheet"]) if asked.get("sheet", "").isdecimal() and int(asked["sheet"]) < len(surveys) else 0
    known = profiles(workspace().own_profiles)
    data = request.POST.dict() if request.method == "POST" else None
    page = mapping.page(surveys[sheet], known, asked.get("table"), data)
    taken = [*known, *found.batch.files.exclude(pk=found.pk).values_list("profile", flat=True)]
    name = found.profile or proposed_name(storage.place(found).stem, page.draft.table, taken)
    form, status = Named(request.POST if data is not None else None, initial={"name": name}), 200
    if data is not None and "save" in data:
        page.errors += mapping.open_ends(page.draft)
        status = 422
        if form.is_valid() and not page.errors:
            try:
                actions.map_file(by=_me(request), file=found, name=form.cleaned_data["name"], text=_text(page, form, found))
            except ValidationError as error:
                page.errors += error.messages
            else:
                messages.success(request, _("正在按这个格式试读。读得通就会保存，以后同样的文件不用再认。"))
                return redirect("imports_batch", number=number)
    shown = {
        "batch": found.batch,
        "file": found,
        "page": page,
        "form": form,
        "sheet": sheet,
        "sheets": [(place, survey.sheet) for place, survey in enumerate(surveys)],
        "tables": mapping.tables(page.draft),
        "problems": [_worded(problem, language(get_language())) for problem in found.problems][:20],
    }
    return render(request, "imports/mapping.html", shown, status=status)


def _text(page: mapping.Page, form: Named, file: File) -> str:
    source = _("%(day)s 在网站上照 %(file)s 建立") % {"day": timezone.localdate().isoformat(), "file": file.name}
    return written(page.draft.profile(form.cleaned_data["name"], source))


@require_safe
def refused(request: HttpRequest, number: int, file: int, place: int) -> HttpResponse | FileResponse:
    """The refused rows of a file, with the reasons beside them, to be mended and uploaded again."""
    found = _file(request, number, file)
    kept = [path for name in found.quarantine if (path := storage.refused(name))]
    if place >= len(kept):
        raise Http404
    return FileResponse(kept[place].open("rb"), as_attachment=True, filename=kept[place].name, content_type="text/csv; charset=utf-8")


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Every import and file of the workspace's journal; `?format=csv` is the table as a file."""
    policies.check_may_import(request.user)
    found = queries.history(_me(request))
    if request.GET.get("format") == "csv":
        sheet = journal(found.drop("versions", "code_version"))
        return HttpResponse(
            written_files.to_csv(sheet),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="imports.csv"'},
        )
    page = Paginator(range(found.height), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    rows = found[page.start_index() - 1 : page.end_index()].to_dicts() if found.height else []
    return render(request, "imports/history.html", {"rows": rows, "page": page, "made_up": MADE_UP})


# Asked by all ---------------------------------------------------------------------------------------------------------------


def _acted(request: HttpRequest, number: int, act: Any) -> HttpResponse:
    """Do one thing about an upload, and show it. Who came too late is told."""
    found = _batch(request, number)
    try:
        act(found)
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
    return redirect("imports_batch", number=number)


def _batch(request: HttpRequest, number: int) -> Batch:
    found: Batch = get_object_or_404(queries.visible_batches(_me(request)), pk=number)
    return found


def _file(request: HttpRequest, number: int, file: int) -> File:
    found: File = get_object_or_404(queries.visible_files(_me(request)), pk=file, batch=number)
    return found


def _me(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _worded(problem: dict[str, Any], lang: str) -> dict[str, Any]:
    return {**problem, "text": problem[lang]}
