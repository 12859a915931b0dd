from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "kaohe_web.notices"

    def ready(self) -> None:
        from kaohe_web.notices.risks import on_import
        from kaohe_web.signals import imported

        imported.connect(on_import, dispatch_uid="notices.risks")
