from django.apps import AppConfig


class CommissionConfig(AppConfig):
    name = "arrears.placements.commission"
    label = "commission"

    def ready(self) -> None:
        from arrears.placements.commission.exported import install  # tidy: lazy (needs the apps)

        install()
