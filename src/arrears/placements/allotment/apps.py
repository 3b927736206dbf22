from django.apps import AppConfig


class AllotmentConfig(AppConfig):
    name = "arrears.placements.allotment"
    label = "allotment"
