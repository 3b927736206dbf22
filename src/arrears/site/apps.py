from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "arrears.site"
    label = "site"

    def ready(self) -> None:
        from arrears.reactions import install  # tidy: lazy (stages are imported once apps are)

        install()
