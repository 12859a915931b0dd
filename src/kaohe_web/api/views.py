"""The page about tokens."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kaohe_web.api import actions, policies, queries
from kaohe_web.api.forms import NewToken
from kaohe_web.org.models import User


@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens, and a new one; its key is shown once."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    form, status = NewToken(user, request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                token, key = actions.make_token(by=user, **form.values())
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                return render(request, "api/key_once.html", {"token": token, "key": key})
    known = [(token, policies.is_alive(token)) for token in queries.visible_tokens(user)]
    return render(request, "api/tokens.html", {"tokens": known, "form": form, "may": policies.grantable(user)}, status=status)


@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """End a token now."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    actions.revoke_token(by=user, token=get_object_or_404(queries.visible_tokens(user), pk=number))
    return redirect("tokens")
