from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "arrears.console"
    label = "console"
