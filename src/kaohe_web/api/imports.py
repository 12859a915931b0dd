"""Calls about imports: what was imported, uploading files, what became of them, and starting the import."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from kaohe_web.api import policies
from kaohe_web.api.answers import HELD, REFUSALS, Answered, Number, Refused, Turn, caller, reader, writer
from kaohe_web.appraisals.pages import lang
from kaohe_web.imports import actions, queries
from kaohe_web.imports.models import Batch, File
from kaohe_web.imports.policies import check_may_handle, check_may_import
from kaohe_web.imports.receiving import NotReceived, received, receiving
from kaohe_web.imports.states import Found, State, WrongState
from kaohe_web.org.models import User
from kaohe_web.org.roles import Right
from kaohe_web.site import language, workspace

router = Router(tags=["imports"])

UPLOAD: dict[int, Any] = {**REFUSALS, 413: Answered, 507: Answered}
"""413 太大或文件太多；507 服务器放不下。"""

BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "平台导出的文件：csv、xlsx、zip 等 · exports of the platforms",
                        },
                        "start": {
                            "type": "string",
                            "enum": ["true", "false"],
                            "default": "false",
                            "description": "true：都认得出就直接导入，不用再确认 · import at once where every file is known",
                        },
                    },
                }
            }
        },
    }
}


class Imported(Schema):
    number: int
    files: list[dict[str, Any]]


class Turned(Schema):
    name: str
    why: str


class Question(Schema):
    file: str
    asked: Found = Field(description="shop 哪家店，day 哪天，mapping 各列是什么 · what has to be said on the page")
    text: str


class Uploaded(Schema):
    """一个文件认作什么、导入后会怎样（导入后：结果）。What a file is, and what importing it would do, or did."""

    id: int
    name: str
    size: int = Field(description="字节 · bytes")
    sha256: str
    found: Found
    found_text: str
    profiles: list[str]
    tables: list[str]
    shops: list[str]
    read: int = Field(description="读到几行 · rows")
    new: int
    same: int
    replaced: int
    refused: int
    skipped: int
    problems: int = Field(description="几处有问题；内容在 problems · how many; they are under problems")


class UploadBatch(Schema):
    """一批上传的文件。Files uploaded together."""

    id: int
    address: str = Field(description="再来看它的地址 · where to look again")
    uploaded_at: datetime
    uploaded_by: str
    state: str = Field(json_schema_extra={"enum": State.values})
    state_text: str
    working: bool = Field(description="后台正在做 · the worker has something to do")
    share: float = Field(description="做到几成，0 到 1 · how far it is, 0 to 1")
    numbers: list[int] = Field(description="导入编号 · numbers of its imports")
    questions: list[Question]
    why: list[str] = Field(description="整批没成的原因 · why all of it failed")
    turned: list[Turned] = Field(description="没有收的文件 · files that were not taken")
    files: list[Uploaded]


class Row(Schema):
    file: str
    line: int | None
    column: str | None
    code: str
    text: str


class Rows(Schema):
    count: int = Field(description="一共有几处 · how many there are")
    listed: int = Field(description="列得出的 · of these so many are listed")
    page: int
    problems: list[Row]


@router.get("", response={200: list[Imported], **REFUSALS}, summary="导入记录 · Imports", operation_id="imports", url_name="imports")
def imports(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[Imported]:
    """最新的在前，一个文件一条：读取、新增、已有、更新、拒绝。The newest imports, file by file: what was read, new, same, replaced, refused."""
    policies.check_may_everywhere(caller(request), Right.IMPORT)
    rows = workspace().history().sort("number", descending=True).to_dicts()
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["number"], []).append(row)
    return [Imported(number=number, files=files) for number, files in list(found.items())[:limit]]


@router.post(
    "",
    response={202: UploadBatch, **UPLOAD},
    summary="上传文件 · Upload files",
    operation_id="upload",
    url_name="upload",
    openapi_extra=BODY,
)
def upload(request: HttpRequest, response: HttpResponse) -> Status[UploadBatch]:
    """上传文件，后台去认。回答里有这一批的地址，过一会再去看。

    Files are taken in and looked at in the background; look at the address of the answer again. With `start=true` they are imported at once where every
    file was taken and is known; otherwise the batch waits with its questions. 422 where no file was taken, with the reason of each.
    """
    user = writer(request)
    check_may_import(user)
    try:
        with receiving(request) as handler:
            files = received(request, handler)
            start = request.POST.get("start", "false")
            if start not in ("true", "false"):
                raise Refused(("invalid", _("start 写 true 或 false。")), status=422)
            actions.drop_old()
            batch, turned = actions.upload(by=user, files=files, lang=language(get_language()), at_once=start == "true")
    except NotReceived as why:
        raise Refused(("not_received", str(why)), status=why.status) from None
    if batch is None:
        raise Refused(*(("not_taken", f"{one.name}：{one.why}") for one in turned), status=422)
    said = _batch(batch)
    response["Location"] = said.address
    return Status(202, said)


@router.get(
    "/batches", response={200: list[UploadBatch], **REFUSALS}, summary="上传的各批 · Uploads", operation_id="batches", url_name="batches"
)
def batches(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[UploadBatch]:
    """看得到的上传，最新的在前。Uploads that are seen, newest first."""
    user = reader(request)
    check_may_import(user)
    return [_batch(one) for one in queries.listed(queries.visible_batches(user))[:limit]]


@router.get(
    "/batches/{number}", response={200: UploadBatch, **REFUSALS}, summary="一批上传 · One upload", operation_id="batch", url_name="batch"
)
def batch(request: HttpRequest, number: Number) -> UploadBatch:
    """现在怎样，每个文件认作什么。How it stands, and what each file is."""
    return _batch(_found(reader(request), number))


@router.get(
    "/batches/{number}/problems",
    response={200: Rows, **REFUSALS},
    summary="逐行的问题 · Problems by row",
    operation_id="batch_problems",
    url_name="batch_problems",
)
def problems(request: HttpRequest, number: Number, turn: Query[Turn]) -> Rows:
    """哪个文件哪一行哪一列有什么问题。What is wrong in which file, line and column."""
    files = list(_found(reader(request), number).files.all())
    rows = [(file, problem) for file in files for problem in file.problems]
    shown = [
        Row(file=file.name, line=problem["line"], column=problem["column"], code=problem["code"], text=problem[lang()])
        for file, problem in turn.of(rows)
    ]
    return Rows(count=sum(file.problem_count for file in files), listed=len(rows), page=turn.page, problems=shown)


@router.post(
    "/batches/{number}/start",
    response={202: UploadBatch, **HELD},
    summary="开始导入 · Start importing",
    operation_id="start_batch",
    url_name="start_batch",
)
def start(request: HttpRequest, number: Number) -> Status[UploadBatch]:
    """导入认出来的文件，后台去做。还有要问的，409 里写着要问什么；答在网页上。

    Import what was recognised, in the background. 409 with the questions where something has to be said first, on the page, and where it was started.
    """
    user = writer(request)
    found = _found(user, number)
    check_may_handle(user, found)
    asked = _questions(list(found.files.all()))
    if asked:
        raise Refused(*((one.asked.value, f"{one.file}：{one.text}") for one in asked), status=409)
    try:
        actions.start(by=user, batch=found)
    except WrongState as late:
        raise Refused(("conflict", " ".join(late.messages)), status=409) from None
    return Status(202, _batch(_found(user, number)))


def _found(user: User, number: int) -> Batch:
    """An upload somebody sees. Raises Http404 for a stranger, NotAllowed for who imports nothing at all."""
    check_may_import(user)
    found = queries.visible_batches(user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _questions(files: list[File]) -> list[Question]:
    return [Question(file=one.name, asked=Found(one.found), text=one.get_found_display()) for one in files if one.is_open]


def _batch(one: Batch) -> UploadBatch:
    files = list(one.files.all())
    return UploadBatch(
        id=one.pk,
        address=reverse("api:batch", args=[one.pk]),
        uploaded_at=one.uploaded_at,
        uploaded_by=one.uploaded_by.get_full_name(),
        state=one.state,
        state_text=one.get_state_display(),
        working=one.is_working,
        share=one.share,
        numbers=one.numbers,
        questions=_questions(files),
        why=[each[lang()] for each in one.why],
        turned=[Turned(**each) for each in one.turned],
        files=[_file(each) for each in files],
    )


def _file(one: File) -> Uploaded:
    names = ("name", "size", "sha256", "profiles", "tables", "shops", "read", "new", "same", "replaced", "refused", "skipped")
    said = {name: getattr(one, name) for name in names}
    return Uploaded(id=one.pk, found=Found(one.found), found_text=one.get_found_display(), problems=one.problem_count, **said)
