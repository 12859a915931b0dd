from django.apps import AppConfig


class AppraisalsConfig(AppConfig):
    name = "kaohe_web.appraisals"
