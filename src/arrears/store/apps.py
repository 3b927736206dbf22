from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "arrears.store"
    label = "store"
