"""Addresses of imports."""

from django.urls import path

from kaohe_web.imports import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("upload/", views.upload, name="imports_upload"),
    path("history/", views.history, name="imports_history"),
    path("<int:number>/", views.batch, name="imports_batch"),
    path("<int:number>/progress/", views.progress, name="imports_progress"),
    path("<int:number>/start/", views.start, name="imports_start"),
    path("<int:number>/again/", views.again, name="imports_again"),
    path("<int:number>/drop/", views.drop, name="imports_drop"),
    path("<int:number>/files/<int:file>/", views.answer, name="imports_answer"),
    path("<int:number>/files/<int:file>/leave/", views.leave, name="imports_leave"),
    path("<int:number>/files/<int:file>/remap/", views.remap, name="imports_remap"),
    path("<int:number>/files/<int:file>/map/", views.map_columns, name="imports_map"),
    path("<int:number>/files/<int:file>/refused/<int:place>/", views.refused, name="imports_refused"),
]
