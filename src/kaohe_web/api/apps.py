from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "kaohe_web.api"
