from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "arrears.journal"
    label = "journal"
