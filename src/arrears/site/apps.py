from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "arrears.site"
    label = "site"
