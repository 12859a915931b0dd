from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "kaohe_web.org"
    label = "org"
