"""Taking the files of a request in: how much may come is asked before a byte of the body is read, for pages and for the API alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import SuspiciousOperation, TooManyFilesSent
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from kaohe_web.imports import limits, storage
from kaohe_web.imports.uploading import Streamed, ToDisk


class NotReceived(Exception):
    """Files were not taken in; the status of the answer, and why, for people."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@contextmanager
def receiving(request: HttpRequest) -> Iterator[ToDisk]:
    """Stream the files of a request to disk when they are read within. What nobody took over is removed after. Raises NotReceived."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    count = int(length) if length.isdecimal() else 0
    if count > limits.most_bytes() + 2**20:
        raise NotReceived(413, _too_big())
    if not storage.has_room(count):
        raise NotReceived(507, _("服务器的磁盘快满了，放不下这些文件。请告诉管理员。"))
    handler = ToDisk(limits.most_bytes())
    request.upload_handlers = [handler]
    try:
        yield handler
    except TooManyFilesSent:
        raise NotReceived(413, _("一次最多 %(most)s 个文件。多了请压成一个 zip。") % {"most": limits.MOST_FILES}) from None
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation):
        raise NotReceived(400, _("没有收到完整的文件，请再传一次。")) from None
    finally:
        handler.discard()


def received(request: HttpRequest, handler: ToDisk) -> list[Streamed]:
    """The files of a request, in the field `files`. Raises NotReceived where they are too many bytes, or none."""
    files = [file for file in request.FILES.getlist("files") if isinstance(file, Streamed)]
    if handler.too_big:
        raise NotReceived(413, _too_big())
    if not files:
        raise NotReceived(422, _("请先选择文件。"))
    return files


def _too_big() -> str:
    return _("一次最多上传 %(most)s。请分几次上传，或把不用的文件去掉。") % {"most": _size(limits.most_bytes())}


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
