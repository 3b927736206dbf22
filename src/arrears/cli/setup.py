"""``arrears setup``: the database made, its tables up to date."""

from __future__ import annotations

import click

from arrears.cli import show


@click.command("setup")
def command() -> None:
    """Make the database and bring its tables up to date.

    Every other command that needs the database does this by itself; use it to see whether an
    installation or an upgrade works. Safe to repeat.
    """
    from arrears.cli.work import at_work  # tidy: lazy (Django is slow to load)

    with at_work() as config:
        where = "the database of DATABASE_URL" if config.database_url else str(config.home)
        show.line(f"ready: {where}")
