"""``arrears client``: programs of the lender's and of agencies that call the API."""

from __future__ import annotations

from uuid import UUID

import click

from arrears.cli import options, show
from arrears.people.roles import CLIENT_SCOPES

SCOPES = sorted(CLIENT_SCOPES)
EPILOG = f"""\b
Example
  arrears client add core --scope people.push --scope loans.push
  arrears client add dialler --organisation north --scope queues.read --scope contacts.reserve
Scopes: {", ".join(SCOPES)}
"""


@click.group("client")
def command() -> None:
    """Add programs that call the API; list and revoke them."""


@command.command("add", epilog=EPILOG)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(SCOPES),
    help="What it may do; repeat for more.",
)
@click.option(
    "--organisation",
    default="lender",
    show_default=True,
    help="Whose program; one of an agency sees the persons placed with it.",
)
@options.as_json
def add(name: str, scopes: tuple[str, ...], organisation: str, as_json: bool) -> None:
    """Add a program; its secret is printed once and kept nowhere."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.actions import create_client  # tidy: lazy (needs Django set up)

        made = create_client(ACTOR, name, frozenset(scopes), organisation)
    if as_json:
        show.emit({"id": str(made.id), "name": made.name, "secret": made.secret})
        return
    show.line(f"id:     {made.id}")
    show.line(f"secret: {made.secret}")
    show.say("the secret is shown this once; send it as: Authorization: Bearer <secret>")


@command.command("list")
@options.as_json
def list_clients(as_json: bool) -> None:
    """List the programs, revoked ones too."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.queries import machine_clients  # tidy: lazy (needs Django set up)

        found = machine_clients(ACTOR)
    rows = [
        {
            "id": str(client.id),
            "name": client.name,
            "organisation": client.organisation,
            "scopes": list(client.scopes),
            "created_at": client.created_at.isoformat(),
            "revoked_at": client.revoked_at.isoformat() if client.revoked_at else None,
        }
        for client in found
    ]
    if as_json:
        show.emit(rows)
        return
    show.table(
        "API clients",
        ["id", "name", "of", "scopes", "since", "revoked"],
        [
            [
                r["id"],
                r["name"],
                r["organisation"] or "lender",
                ", ".join(r["scopes"] or []),
                r["created_at"],
                r["revoked_at"],
            ]
            for r in rows
        ],
    )


@command.command("revoke")
@click.argument("client_id", type=click.UUID)
def revoke(client_id: UUID) -> None:
    """Shut a program out for good, from its next request on."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.actions import revoke_client  # tidy: lazy (needs Django set up)

        revoke_client(ACTOR, client_id)
    show.line(f"revoked: {client_id}")
