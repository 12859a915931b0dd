"""Who logged in with a password somebody else knows changes it before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from kaohe_web.org.models import User

FREE = ("my_password", "logout", "set_language")
"""Pages that may be reached with such a password."""


def own_password_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: everything else leads to the page where the password is changed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.must_change_password and request.path not in {reverse(name) for name in FREE}:
            return redirect("my_password")
        return get_response(request)

    return middleware
