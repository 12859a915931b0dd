"""What holds for every page: one's own password first, nothing kept in a shared browser, no endless bodies."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from kaohe_web.org.models import User

FREE = ("my_password", "logout", "set_language")
"""Pages that may be reached with such a password."""


def grants_once(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what somebody may do is read once for a page, which asks for it many times."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            prefetch_related_objects([request.user], "grants")
        return get_response(request)

    return middleware


def own_password_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: everything else leads to the page where the password is changed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.must_change_password and request.path not in {reverse(name) for name in FREE}:
            return redirect("my_password")
        return get_response(request)

    return middleware


UPLOADS = ("imports_upload", "api:upload")
"""Where exports come in."""

MOST_BYTES = 20 * 2**20
"""What a request may bring. Uploads of exports have a limit of their own, and are not parsed before it is known who sends them."""


def short_bodies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a longer body is refused before any of it is read. Django would put files of any size on the disk, also a stranger's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Without a length nothing is read at all.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if (not length.isdecimal() or int(length) > MOST_BYTES) and request.path not in {reverse(name) for name in UPLOADS}:
            text = _("一次最多发 %(most)s MB。") % {"most": MOST_BYTES >> 20}
            return HttpResponse(text, status=413, content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


def nothing_kept(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: pages of who is logged in are not kept by a browser. Computers are shared: "back" after logging out showed them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(getattr(request, "user", None), User) and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware
