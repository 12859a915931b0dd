from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "kaohe_web.audit"
    label = "audit"
