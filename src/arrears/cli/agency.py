"""``arrears agency``: the agencies that collect for the lender."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from arrears.cli import agency_pay, options, show
from arrears.cli.commands import command_id

MARK = click.IntRange(1, 5)
NEEDED: dict[str, Any] = {"required": True}


@click.group("agency")
def command() -> None:
    """Keep the register of agencies: contracts, reviews, approval, end; publish the list."""


command.add_command(agency_pay.scheme)
command.add_command(agency_pay.statement)


@command.command("add")
@click.argument("ref")
@click.option("--name", required=True, help="As registered.")
@click.option("--form", default="company", show_default=True, help="What kind of business.")
@click.option("--address", help="For the public list.")
@click.option("--phone", help="For the public list.")
@click.option("--email", help="For the public list.")
def add(ref: str, name: str, **told: str | None) -> None:
    """Propose an agency; approve it once its contract is there."""
    carry_out("add_organisation", ref=ref, name=name, **told)
    show.line(f"proposed: {ref}")


@command.command("list")
@options.as_json
def list_agencies(as_json: bool) -> None:
    """List the agencies, and why nothing may be placed with them."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.register import agencies  # tidy: lazy (needs Django set up)

        found = agencies(ACTOR)
    columns = ("ref", "name", "state", "contract_until_on", "review_due_on")
    rows = [
        [*(str(getattr(each, name) or "") for name in columns), ", ".join(each.obstacles)]
        for each in found
    ]
    if as_json:
        show.emit([dict(zip((*columns, "obstacles"), row, strict=True)) for row in rows])
    else:
        show.table("Agencies", (*columns, "obstacles"), rows)


@command.command("show")
@click.argument("ref")
def show_agency(ref: str) -> None:
    """Show all about one agency as JSON."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from dataclasses import asdict  # tidy: lazy (only here)

        from arrears.people.register import agency  # tidy: lazy (needs Django set up)
        from arrears.people.words import OBSTACLES  # tidy: lazy (needs Django set up)

        found = agency(ACTOR, ref)
        told = asdict(found) | {"why_not": [str(OBSTACLES[name]) for name in found.row.obstacles]}
    show.emit(plain(told))


@command.command("contract")
@click.argument("ref")
@click.option("--number", "contract_no", **NEEDED, help="Of the contract.")
@click.option("--licence", "licence_no", help="Number of the licence, where the law asks for one.")
@click.option("--licence-until", "licence_until_on", type=options.DAY, help="First day without.")
@click.option("--purpose", **NEEDED, help="As the public list names it.")
@click.option("--product", "products", multiple=True, **NEEDED, help="May be repeated.")
@click.option("--jurisdiction", "jurisdictions", multiple=True, **NEEDED, help="CN, US-NY …")
@click.option("--channel", "channels", multiple=True, **NEEDED, help="phone, sms, in_person …")
@click.option("--data", "data_kinds", multiple=True, help="What of persons is handed over.")
@click.option("--from", "from_on", type=options.DAY, **NEEDED, help="First day.")
@click.option("--until", "until_on", type=options.DAY, **NEEDED, help="First day without it.")
@click.option("--assessed", "impact_assessed_on", type=options.DAY, help="Impact assessment.")
def contract(ref: str, **told: Any) -> None:
    """Put down the contract with an agency."""
    made = carry_out("add_contract", ref=ref, **told)
    show.line(f"contract: {made['contract']}")


@command.command("review")
@click.argument("ref")
@click.option("--kind", type=click.Choice(["yearly", "exit"]), default="yearly", show_default=True)
@click.option("--on", "reviewed_on", type=options.DAY, **NEEDED, help="Day of the review.")
@click.option("--conduct", type=MARK, **NEEDED, help="1 (failed) to 5.")
@click.option("--quality", type=MARK, **NEEDED, help="1 (failed) to 5.")
@click.option("--data-security", type=MARK, **NEEDED, help="1 (failed) to 5.")
@click.option("--note", **NEEDED, help="What was seen.")
def review(ref: str, **told: Any) -> None:
    """Put down a review of an agency."""
    made = carry_out("review_agency", ref=ref, **told)
    show.line(f"reviewed: {ref}; the next one is due {made['due_on'] or 'never'}")


@command.command("deletion")
@click.argument("ref")
@click.option("--kind", type=click.Choice(["returned", "deleted"]), **NEEDED)
@click.option("--on", "done_on", type=options.DAY, **NEEDED, help="When it was done.")
@click.option("--statement", **NEEDED, help="What, how, and who certifies it.")
def deletion(ref: str, kind: str, done_on: date, statement: str) -> None:
    """Put down an agency's proof that it deleted or gave back what it held."""
    carry_out("prove_deletion", ref=ref, kind=kind, done_on=done_on, statement=statement)
    show.line(f"proof kept: {ref}")


def _step(name: str, told: str) -> None:
    @command.command(name, help=told)
    @click.argument("ref")
    @click.option("--reason", required=True, help="Kept on record.")
    def move(ref: str, reason: str) -> None:
        made = carry_out("move_agency", ref=ref, step=name, reason=reason)
        show.line(f"{ref} is {made['state']}")


_step("approve", "Approve a proposed agency; it goes on the public list.")
_step("suspend", "Suspend an agency; it leaves the public list, and acts no more.")
_step("resume", "Let a suspended agency act again.")
_step("end", "End the work of an agency, after exit review and proof of deletion.")
_step("drop", "Drop an agency that was only proposed.")


@command.command("publish")
def publish_list() -> None:
    """Publish the list of agencies anew, if time has changed it."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.actions import publish  # tidy: lazy (needs Django set up)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR) as at:
            changed = publish(at)
    show.line("published" if changed else "the published list says what it should")


def carry_out(action: str, **told: Any) -> dict[str, Any]:
    """Run a command of the register as whoever sits at the command line."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people import actions  # tidy: lazy (needs Django set up)

        result: dict[str, Any] = getattr(actions, action)(ACTOR, command_id(), **told)
    return result


def plain(value: Any) -> Any:
    """Days and ids as text, for JSON."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
