from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "arrears.journal.evidence"
    label = "evidence"
