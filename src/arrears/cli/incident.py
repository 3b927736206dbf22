"""``arrears incident``: report what went wrong, see what is open, close it."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from arrears.cli import options, show
from arrears.cli.policy_sweep import Instant
from arrears.conduct.rules.kinds import INCIDENT_KINDS, REPORTED_KINDS

STATES = {"open": "unsettled", "closed": "settled", "all": None}
EPILOG = """\b
Examples
  arrears incident list
  arrears incident report --kind leak --person P-1001 --what "A list went to the wrong agency."
  arrears incident step ID --told authority --text "Told by letter, number 12."
  arrears incident close ID --note "The list was deleted; the agency confirmed it."

\b
Whom a law wants to be told, and by when, stands in the list. A grave incident (leak, debt
disclosed, threats, breach) is closed by a second person, in the console.
"""


@click.group("incident", epilog=EPILOG)
def command() -> None:
    """Report what went wrong, see what is open, close it."""


@command.command("list")
@click.option("--state", type=click.Choice(list(STATES)), default="open", show_default=True)
@click.option("--kind", type=click.Choice(INCIDENT_KINDS), help="Only of this kind.")
@options.as_json
def list_incidents(state: str, kind: str | None, as_json: bool) -> None:
    """List incidents, the newest 200, with whom must be told of them."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.conduct.queries import incidents  # tidy: lazy (needs Django set up)

        page = incidents(ACTOR, state=STATES[state], kind=kind, size=200)
    if as_json:
        show.emit([_plain(row) for row in page.rows])
        return
    show.table(
        f"{show.count(page.total)} incidents",
        ["id", "kind", "known since", "person", "state", "still to be told"],
        [
            [
                row.id,
                row.kind,
                f"{row.opened_at:%Y-%m-%d %H:%M} UTC",
                row.person_ref or "",
                row.state,
                ", ".join(
                    f"{duty.notice.to} by {duty.due_at:%Y-%m-%d %H:%M} UTC"
                    for duty in row.duties
                    if duty.met_at is None
                ),
            ]
            for row in page.rows
        ],
    )
    if page.total > len(page.rows):
        show.say(f"{show.count(page.total - len(page.rows))} older ones are not listed")


def _plain(row: Any) -> dict[str, Any]:
    names = ("kind", "person_ref", "report", "state", "opened_by", "asked_by", "settled_by", "note")
    return {
        "id": str(row.id),
        **{name: getattr(row, name) for name in names},
        "opened_at": row.opened_at.isoformat(),
        "duties": [
            {
                "to": duty.notice.to,
                "due_at": duty.due_at.isoformat(),
                "met_at": None if duty.met_at is None else duty.met_at.isoformat(),
                "cite": duty.notice.cite,
                "text": duty.notice.en,
            }
            for duty in row.duties
        ],
    }


@command.command("report")
@click.option("--kind", type=click.Choice(REPORTED_KINDS), required=True)
@click.option("--what", required=True, metavar="TEXT", help="What happened; - reads it from stdin.")
@click.option("--person", "person_ref", metavar="REF", help="Whom it touches.")
@click.option("--happened-at", type=Instant(), metavar="INSTANT", help="When, with its offset.")
@click.option("--done", default="", metavar="TEXT", help="What was done at once.")
@options.as_json
def report(
    kind: str,
    what: str,
    person_ref: str | None,
    happened_at: datetime | None,
    done: str,
    as_json: bool,
) -> None:
    """Report what went wrong, or may have; compliance sees it at once."""
    told = sys.stdin.read() if what == "-" else what
    given = {"what": told, "person_ref": person_ref, "happened_at": happened_at, "done": done}
    made = _act("report_incident", kind=kind, **given)
    if as_json:
        show.emit(made)
        return
    show.line(f"reported: {made['incident_id']}")


@command.command("step")
@click.argument("incident_id", type=click.UUID, metavar="ID")
@click.option("--text", required=True, help="What was done or told, or why nobody need be told.")
@click.option("--told", type=click.Choice(["authority", "person"]), help="Who was told.")
@click.option("--spared", type=click.Choice(["authority", "person"]), help="Who need not be told.")
def step(incident_id: UUID, text: str, told: str | None, spared: str | None) -> None:
    """Put down what was done, or who was told."""
    if told and spared:
        raise click.UsageError("give one of --told and --spared, or neither")
    kind = "told" if told else "spared" if spared else "done"
    _act("add_step", incident_id=incident_id, kind=kind, text=text, told_to=told or spared)
    show.line(f"put down: {incident_id}")


@command.command("close")
@click.argument("incident_id", type=click.UUID, metavar="ID")
@click.option("--note", required=True, help="What was found, and why it can be closed.")
@options.as_json
def close(incident_id: UUID, note: str, as_json: bool) -> None:
    """Close an incident; of a grave one, ask a second person to close it in the console."""
    made = _act("settle_incident", incident_id=incident_id, note=note)
    if as_json:
        show.emit(made)
        return
    show.line(f"{made['state']}: {incident_id}")
    if made["state"] == "closing":
        show.say("a second person closes it in the console")


def _act(name: str, **given: Any) -> dict[str, Any]:
    from arrears.cli.commands import command_id  # tidy: lazy (used here only)
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.conduct.actions import incidents  # tidy: lazy (needs Django set up)

        made: dict[str, Any] = getattr(incidents, name)(ACTOR, command_id(), **given)
    return made
