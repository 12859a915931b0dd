from django.apps import AppConfig


class BoardsConfig(AppConfig):
    name = "kaohe_web.boards"
