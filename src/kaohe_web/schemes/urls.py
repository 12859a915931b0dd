"""Addresses of schemes."""

from __future__ import annotations

from django.urls import path

from kaohe_web.schemes import trying, views

urlpatterns = [
    path("", views.schemes, name="schemes"),
    path("new/<str:template>/", views.new, name="schemes_new"),
    path("upload/", views.upload, name="schemes_upload"),
    path("<int:number>/", views.version, name="schemes_version"),
    path("<int:number>/download/", views.download, name="schemes_download"),
    path("<int:number>/draft/", views.draft, name="schemes_draft"),
    path("<int:number>/edit/", views.edit, name="schemes_edit"),
    path("<int:number>/edit/<str:section>/", views.entry, name="schemes_section"),
    path("<int:number>/edit/<str:section>/<int:index>/", views.entry, name="schemes_entry"),
    path("<int:number>/text/", views.text, name="schemes_text"),
    path("<int:number>/differences/", views.compare, name="schemes_differences"),
    path("<int:number>/preview/", trying.preview, name="schemes_preview"),
    path("<int:number>/simulate/", trying.simulate, name="schemes_simulate"),
    path("<int:number>/publish/", views.publish, name="schemes_publish"),
    path("<int:number>/retire/", views.retire, name="schemes_retire"),
    path("<int:number>/discard/", views.discard, name="schemes_discard"),
]
