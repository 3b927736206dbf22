from django.apps import AppConfig


class CommissionConfig(AppConfig):
    name = "arrears.placements.commission"
    label = "commission"
