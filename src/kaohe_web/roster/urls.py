"""Addresses of the roster."""

from django.urls import path

from kaohe_web.roster import views

urlpatterns = [
    path("", views.roster, name="roster"),
    path("<path:agent_id>/move/", views.move, name="agent_move"),
    path("<path:agent_id>/account/", views.give, name="agent_account"),
    path("<path:agent_id>/account/end/", views.end, name="agent_account_end"),
    path("<path:agent_id>/", views.agent, name="agent_row"),
]
