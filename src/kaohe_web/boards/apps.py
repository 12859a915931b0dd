from django.apps import AppConfig


class BoardsConfig(AppConfig):
    name = "kaohe_web.boards"

    def ready(self) -> None:
        from kaohe_web.boards.tasks import on_import
        from kaohe_web.signals import imported

        imported.connect(on_import, dispatch_uid="boards.tasks")
