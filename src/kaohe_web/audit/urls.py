from django.urls import path

from kaohe_web.audit import views

urlpatterns = [path("", views.log, name="audit")]
