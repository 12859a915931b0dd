"""Addresses of notices."""

from django.urls import path

from kaohe_web.notices import views

urlpatterns = [
    path("", views.channels, name="notices"),
    path("mine/", views.mine, name="notices_mine"),
    path("log/", views.log, name="notices_log"),
    path("add/<slug:kind>/", views.add, name="notices_add"),
    path("channels/<int:number>/", views.channel, name="notices_channel"),
    path("channels/<int:number>/switch/", views.switch, name="notices_switch"),
    path("channels/<int:number>/try/", views.try_out, name="notices_try"),
    path("deliveries/<int:number>/again/", views.again, name="notices_again"),
]
