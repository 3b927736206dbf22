from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "arrears.loans"
    label = "loans"
