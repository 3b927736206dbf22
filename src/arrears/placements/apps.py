from django.apps import AppConfig


class PlacementsConfig(AppConfig):
    name = "arrears.placements"
    label = "placements"

    def ready(self) -> None:
        """Let the lists of placements leave as files, by the rules of all exports."""
        from arrears.placements import aside_list  # noqa: F401  # tidy: lazy (needs Django set up)
