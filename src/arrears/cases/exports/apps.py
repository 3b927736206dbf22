from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "arrears.cases.exports"
    label = "exports"
