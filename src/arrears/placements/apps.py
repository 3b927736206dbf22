from django.apps import AppConfig


class PlacementsConfig(AppConfig):
    name = "arrears.placements"
    label = "placements"
