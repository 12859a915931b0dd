from django.apps import AppConfig


class SchemesConfig(AppConfig):
    name = "kaohe_web.schemes"
