"""Addresses of the API and of the page about its tokens."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from kaohe_web.api import views
from kaohe_web.api.service import api

calls = api.urls
for route in calls[0]:
    # Calls are let in by their token, never by a session.
    login_not_required(route.callback)

urlpatterns = [
    path("", views.tokens, name="tokens"),
    path("tokens/<int:number>/revoke/", views.revoke, name="revoke_token"),
    path("v1/", calls),
]
