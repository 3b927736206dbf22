from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "arrears.people.access"
    label = "access"
