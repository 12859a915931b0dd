"""Addresses of boards."""

from django.urls import path

from kaohe_web.boards import views

urlpatterns = [
    path("", views.board, name="boards"),
    path("trend/", views.trend, name="boards_trend"),
    path("hours/", views.hours, name="boards_hours"),
    path("rules/", views.rules, name="boards_rules"),
    path("ranking/", views.ranking, name="boards_ranking"),
    path("evidence/", views.evidence, name="boards_evidence"),
    path("chat/", views.chat, name="boards_chat"),
]
