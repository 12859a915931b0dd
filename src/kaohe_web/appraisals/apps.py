from django.apps import AppConfig


class AppraisalsConfig(AppConfig):
    name = "kaohe_web.appraisals"

    def ready(self) -> None:
        from kaohe_web.appraisals.computing import on_import
        from kaohe_web.signals import imported

        imported.connect(on_import, dispatch_uid="appraisals.computing")
