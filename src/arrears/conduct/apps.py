from django.apps import AppConfig


class ConductConfig(AppConfig):
    name = "arrears.conduct"
    label = "conduct"
