"""``arrears messages``: what is written to borrowers, what waits, what went."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

import click

from arrears.cli import options, show
from arrears.cli.agency import plain
from arrears.cli.commands import command_id

EPILOG = """\b
Examples
  arrears messages letterhead --portal my.bank.example --hotline 95000 …
  arrears messages bring
  arrears messages propose WORDING
  arrears messages queue --as-of 2026-11-24
  arrears messages send
  arrears messages sent P-1

A wording that was proposed here is made live in the console, by somebody else. While the
installation observes, nothing goes: the rules refuse it, and it waits.
"""
LETTERHEAD = {
    "portal": "The one fixed address of the borrower's page.",
    "hotline": "Number that borrowers call.",
    "grievance_en": "Whom to complain to, with number, in English.",
    "grievance_zh": "The same in Chinese.",
    "opt_out_en": "How to stop messages by a channel, in English.",
    "opt_out_zh": "The same in Chinese.",
}


@click.group("messages", epilog=EPILOG)
def command() -> None:
    """Keep wordings, queue what is due, send it, see what became of it."""


def _letterhead(function: Any) -> Any:
    for name, told in reversed(LETTERHEAD.items()):
        function = click.option(f"--{name.replace('_', '-')}", required=True, help=told)(function)
    return function


@command.command("letterhead")
@_letterhead
@options.as_json
def letterhead(as_json: bool, **words: str) -> None:
    """Say what every message tells of the lender, from now on."""
    _act("set_letterhead", "The letterhead is set.", as_json, **words)


@command.command("wordings")
@click.option("--template", help="Of this template alone.")
@click.option("--state", type=click.Choice(["draft", "proposed", "live", "retired"]))
@options.as_json
def wordings(template: str | None, state: str | None, as_json: bool) -> None:
    """List wordings and where they stand."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.contacts.queries import list_wordings  # tidy: lazy (needs Django set up)

        found = list_wordings(ACTOR, template=template, state=state)
    if as_json:
        show.emit([plain(asdict(line)) for line in found])
        return
    columns = ("wording", "template", "channel", "language", "no.", "state", "text")
    rows = [
        (str(each.id), each.template, each.channel, each.language, each.number, each.state,
         each.body if len(each.body) <= 60 else each.body[:59] + "…")
        for each in found
    ]  # fmt: skip
    show.table(f"Wordings ({len(rows)})", columns, rows)


@command.command("bring")
@options.as_json
def bring(as_json: bool) -> None:
    """Draft the wordings that come with Arrears, where there are none yet."""
    _act("bring_shipped", "Drafted: {drafted}.", as_json)


@command.command("check")
@click.argument("wording_id", type=click.UUID, metavar="WORDING")
@options.as_json
def check(wording_id: UUID, as_json: bool) -> None:
    """Say what rules and carrier have against a wording; exit code 65 if anything."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.contacts.queries import findings  # tidy: lazy (needs Django set up)

        found = findings(ACTOR, wording_id)
    if as_json:
        show.emit([asdict(each) for each in found])
    elif found:
        show.table("Against it", ("rule", "why"), [(each.code, each.en) for each in found])
    else:
        show.line("Nothing is against it.")
    if found:
        raise click.exceptions.Exit(65)


@command.command("propose")
@click.argument("wording_id", type=click.UUID, metavar="WORDING")
@options.as_json
def propose(wording_id: UUID, as_json: bool) -> None:
    """Propose a draft that passes the check; somebody else makes it live."""
    _act("propose_wording", "Proposed.", as_json, wording_id=wording_id)


@command.command("queue")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Business day.")
@options.as_json
def queue(as_of: datetime, as_json: bool) -> None:
    """Queue what the treatments of a business day write; again, it adds what is missing."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.contacts.actions import queue_due  # tidy: lazy (needs Django set up)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR) as at:
            queued = queue_due(at, date(as_of.year, as_of.month, as_of.day))
    if as_json:
        show.emit(queued)
        return
    show.table("Queued", ("treatment", "messages"), list(queued.items()))


@command.command("send")
@click.option("--most", type=click.IntRange(1), default=1_000_000, help="Messages at most.")
@options.as_json
def send(most: int, as_json: bool) -> None:
    """Hand over what is due now, until nothing is left; each is decided once more."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    taken = handed = 0
    with at_work():
        from arrears.contacts.actions import send_due  # tidy: lazy (needs Django set up)

        while taken < most:
            done = send_due(ACTOR, limit=min(200, most - taken))
            if not done.claimed:
                break
            taken, handed = taken + done.claimed, handed + done.handed_over
    told = {"due": taken, "handed_over": handed, "held_back": taken - handed}
    if as_json:
        show.emit(told)
        return
    show.line(f"{show.count(taken)} were due: {show.count(handed)} handed over")
    show.line(f"{show.count(taken - handed)} held back by the rules or for want of data")


@command.command("list")
@click.option("--state", help="queued, handed_over, done, dropped, cancelled or dead.")
@click.option("--person", "person_ref", help="Of this person alone.")
@click.option("--page", "number", type=click.IntRange(1), default=1, show_default=True)
@options.as_json
def list_(state: str | None, person_ref: str | None, number: int, as_json: bool) -> None:
    """List messages, the newest first, and what holds them back."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.contacts.queries import counts, list_messages  # tidy: lazy (Django)

        page = list_messages(ACTOR, state=state, person_ref=person_ref, number=number, size=100)
        totals = counts(ACTOR)
    if as_json:
        show.emit({"total": page.total, "counts": totals,
                   "rows": [plain(asdict(line)) for line in page.rows]})  # fmt: skip
        return
    columns = ("person", "template", "channel", "state", "due (UTC)", "held back or ended by")
    rows = [
        (line.person_ref, line.template, line.channel, line.state,
         f"{line.due_at:%Y-%m-%d %H:%M}", line.ended_because or ", ".join(line.refused_by))
        for line in page.rows
    ]  # fmt: skip
    told = ", ".join(f"{name} {show.count(n)}" for name, n in totals.items() if n)
    show.table(f"Messages ({show.count(page.total)}; {told or 'none'})", columns, rows)


@command.command("sent")
@click.argument("person_ref", metavar="PERSON")
@options.as_json
def sent(person_ref: str, as_json: bool) -> None:
    """Show what a person was sent, exactly as it went."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.contacts.queries import hand_overs  # tidy: lazy (needs Django set up)

        found = hand_overs(ACTOR, person_ref)
    if as_json:
        show.emit([plain(asdict(each)) for each in found])
        return
    for each in found:
        show.line(f"{each.handed_at:%Y-%m-%d %H:%M} UTC, {each.channel}, {each.state}")
        if each.subject:
            show.line(f"  {each.subject}")
        show.line(f"  {each.body}")
    if not found:
        show.line("Nothing was sent to this person.")


@command.command("cancel")
@click.argument("message_id", type=click.UUID, metavar="MESSAGE")
@click.option("--reason", required=True, help="Kept on record.")
@options.as_json
def cancel(message_id: UUID, reason: str, as_json: bool) -> None:
    """Let go of a message that still waits."""
    _act("cancel_message", "Cancelled.", as_json, message_id=message_id, reason=reason)


def _act(action: str, told: str, as_json: bool, **given: Any) -> None:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.contacts import actions  # tidy: lazy (needs Django set up)

        result = getattr(actions, action)(ACTOR, command_id(), **given)
    if as_json:
        show.emit(plain(result))
    else:
        show.line(told.format(**result))
