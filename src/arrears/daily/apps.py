from django.apps import AppConfig


class DailyConfig(AppConfig):
    name = "arrears.daily"
    label = "daily"

    def ready(self) -> None:
        """Install the table of reactions: daily is the highest stage, all others are loaded."""
        from arrears.reactions import install  # tidy: lazy (models are ready only now)

        install()
