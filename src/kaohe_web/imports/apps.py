from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "kaohe_web.imports"
