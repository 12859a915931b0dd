from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "kaohe_web.notices"
