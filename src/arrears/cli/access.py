"""``arrears access``: who looked at whose data."""

from __future__ import annotations

from dataclasses import asdict

import click

from arrears.cli import options, show
from arrears.cli.agency import plain
from arrears.cli.queue import page_option


@click.group("access")
def command() -> None:
    """Say who looked at a person's file."""


@command.command("who-looked")
@click.argument("person_ref", metavar="PERSON")
@page_option
@options.as_json
def who_looked(person_ref: str, number: int, as_json: bool) -> None:
    """List every look of a human at a person's data, the newest first.

    PERSON is the tape's person_id. Programs and the system leave no such entry: what they do is
    in the journal.
    """
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.access import queries  # tidy: lazy (needs Django set up)

        person = queries.person_of(ACTOR, person_ref)
        page = queries.who_looked(ACTOR, person, number, 200)
    if as_json:
        rows = [plain(asdict(look)) for look in page.rows]
        show.emit({"person_ref": person_ref, "total": page.total, "rows": rows})
        return
    show.table(
        f"Who looked at {person_ref} ({show.count(page.total)})",
        ("when", "who", "role", "of", "what", "why"),
        [
            (
                f"{look.at:%Y-%m-%d %H:%M} UTC",
                look.staff,
                look.role,
                look.organisation,
                f"{look.what} {look.field}" if look.field else look.what,
                look.reason,
            )
            for look in page.rows
        ],
    )
