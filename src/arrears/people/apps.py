from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "arrears.people"
    label = "people"
