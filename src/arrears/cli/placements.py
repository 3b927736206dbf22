"""``arrears placements``: whose persons are, and batches that place or recall them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from arrears.book.age.bucket import BUCKETS
from arrears.cli import options, show
from arrears.cli.agency import plain
from arrears.cli.commands import command_id
from arrears.cli.queue import page_option
from arrears.kernel.errors import BadInput, NotFound

KINDS = ("place", "recall", "retain")
STATES = ("previewed", "asked", "approved", "carried_out", "undone", "refused", "expired")
EPILOG = """\b
Examples
  arrears placements preview place north --bucket M3 --until 2026-12-01 --reason 'third month'
  arrears placements ask BATCH --digest DIGEST
  arrears placements carry-out BATCH --digest DIGEST
  arrears placements recall north P-1 P-2 --reason 'they settled with us'

Nobody approves what they asked for: a batch above the limits that was asked for here is approved
in the console, and the other way round.
"""
digest_option = click.option(
    "--digest", required=True, help="Of the list that was previewed: it is the one that is meant."
)
reason_option = click.option("--reason", required=True, help="Kept on record.")


@click.group("placements", epilog=EPILOG)
def command() -> None:
    """Place persons with agencies, recall them, and see who leads whom."""


@command.command("led")
@options.as_json
def led(as_json: bool) -> None:
    """Show what each agency leads now."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements import queries  # tidy: lazy (needs Django set up)

        found = queries.led(ACTOR)
    if as_json:
        show.emit([plain(asdict(each)) for each in found])
        return
    columns = ("agency", "name", "state", "persons", "term over", "not told yet")
    show.table("Who leads whom", columns, [tuple(asdict(each).values()) for each in found])


@command.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@page_option
@options.as_json
def list_batches(state: str | None, number: int, as_json: bool) -> None:
    """List batches, the newest first."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements import queries  # tidy: lazy (needs Django set up)

        page = queries.batches(ACTOR, state, number, 200)
    if as_json:
        show.emit({"total": page.total, "rows": [plain(asdict(each)) for each in page.rows]})
        return
    show.table(
        f"Batches ({show.count(page.total)})",
        ("batch", "kind", "agency", "state", "persons", "money", "previewed"),
        [
            (
                each.id, each.kind, each.organisation, each.state,
                show.count(each.persons_count), _money(each.money),
                f"{each.previewed_at:%Y-%m-%d %H:%M} UTC",
            )
            for each in page.rows
        ],
    )  # fmt: skip


@command.command("show")
@click.argument("batch_id", type=click.UUID, metavar="BATCH")
@click.option("--set-aside", "aside", is_flag=True, help="Only who is set aside.")
@page_option
@options.as_json
def show_batch(batch_id: UUID, aside: bool, number: int, as_json: bool) -> None:
    """Show a batch with its persons, and why some are set aside."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements import queries  # tidy: lazy (needs Django set up)
        from arrears.placements.queries.lines import lines_of  # tidy: lazy (Django)
        from arrears.placements.words import ASIDE  # tidy: lazy (needs Django set up)

        found = queries.batch(ACTOR, batch_id)
        page = lines_of(ACTOR, batch_id, True if aside else None, number, 200)
        why = {each.aside: str(ASIDE[each.aside]) for each in page.rows if each.aside}
    if as_json:
        lines = [plain(asdict(each)) for each in page.rows]
        show.emit({"batch": plain(asdict(found)), "total": page.total, "persons": lines})
        return
    _tell(
        {
            **asdict(found),
            "batch_id": found.id,
            "persons": found.persons_count,
            "set_aside": found.set_aside_count,
        }
    )
    show.table(
        f"Persons ({show.count(page.total)})",
        ("person", "owes", "set aside", "about"),
        [
            (
                each.person_ref,
                show.money({each.currency: each.overdue_minor})
                if each.currency and each.overdue_minor is not None
                else "",
                why[each.aside] if each.aside else "",
                each.detail,
            )
            for each in page.rows
        ],
    )


def _filters(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which persons."""
    for option in reversed(
        (
            click.option("--person", "persons", multiple=True, help="person_id; repeat for more."),
            click.option(
                "--persons", "file", type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE", help="A text file with one person_id a line.",
            ),
            click.option("--bucket", "buckets", multiple=True, type=click.Choice(BUCKETS)),
            click.option("--product", "products", multiple=True, help="May be repeated."),
            click.option("--treatment", "treatments", multiple=True, help="May be repeated."),
            click.option("--jurisdiction", "jurisdictions", multiple=True, help="CN, US-NY …"),
            click.option("--currency", help="Of the amounts."),
            click.option("--least", "least_minor", type=click.IntRange(0), metavar="MINOR",
                         help="Overdue at least, in minor units."),
            click.option("--most", "most_minor", type=click.IntRange(0), metavar="MINOR",
                         help="Overdue at most, in minor units."),
            click.option("--least-days", type=click.IntRange(0), help="Days past due at least."),
            click.option("--most-days", type=click.IntRange(0), help="Days past due at most."),
            click.option("--term-over", is_flag=True, help="Of a recall: whose term is over."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@command.command("preview")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("agency")
@reason_option
@click.option("--until", "term_until_on", type=options.DAY, help="First day after the term.")
@_filters
@options.as_json
def preview(
    kind: str,
    agency: str,
    reason: str,
    term_until_on: date | None,
    persons: tuple[str, ...],
    file: Path | None,
    as_json: bool,
    **which: Any,
) -> None:
    """Draw up a batch without moving anybody: how many, how much, who is set aside and why."""
    named = [*persons, *(_read(file) if file is not None else ())]
    _act(
        "preview",
        as_json,
        kind=kind,
        organisation=agency,
        reason=reason,
        term_until_on=term_until_on,
        filter={"person_refs": named, **which},
    )


@command.command("ask")
@click.argument("batch_id", type=click.UUID, metavar="BATCH")
@digest_option
@options.as_json
def ask(batch_id: UUID, digest: str, as_json: bool) -> None:
    """Ask for what was previewed; below the limits it is approved by that."""
    _act("ask", as_json, batch_id=batch_id, digest=digest)


@command.command("approve")
@click.argument("batch_id", type=click.UUID, metavar="BATCH")
@digest_option
@reason_option
@options.as_json
def approve(batch_id: UUID, digest: str, reason: str, as_json: bool) -> None:
    """Approve, as the second person, what somebody else asked for."""
    _act("approve", as_json, batch_id=batch_id, digest=digest, reason=reason)


@command.command("refuse")
@click.argument("batch_id", type=click.UUID, metavar="BATCH")
@reason_option
@options.as_json
def refuse(batch_id: UUID, reason: str, as_json: bool) -> None:
    """Refuse a batch that is not carried out yet."""
    _act("refuse", as_json, batch_id=batch_id, reason=reason)


@command.command("carry-out")
@click.argument("batch_id", type=click.UUID, metavar="BATCH")
@digest_option
@options.as_json
def carry_out(batch_id: UUID, digest: str, as_json: bool) -> None:
    """Move the persons of an approved batch, all or none; who changed since stays."""
    _act("carry_out", as_json, batch_id=batch_id, digest=digest)


@command.command("undo")
@click.argument("batch_id", type=click.UUID, metavar="BATCH")
@reason_option
@options.as_json
def undo(batch_id: UUID, reason: str, as_json: bool) -> None:
    """Take back a placement that nobody has acted on yet."""
    _act("undo", as_json, batch_id=batch_id, reason=reason)


@command.command("recall")
@click.argument("agency")
@click.argument("persons", nargs=-1, required=True, metavar="PERSON...")
@reason_option
@options.as_json
def recall(agency: str, persons: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Take persons back from an agency now, within what one may decide alone."""
    _act("recall", as_json, organisation=agency, person_refs=persons, reason=reason)


def _act(action: str, as_json: bool, **told: Any) -> None:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements import actions  # tidy: lazy (needs Django set up)
        from arrears.placements.words import ASIDE, SECOND  # tidy: lazy (needs Django set up)

        result: dict[str, Any] = getattr(actions, action)(ACTOR, command_id(), **told)
        why = {name: str(words) for name, words in ASIDE.items()}
        second = {name: str(words) for name, words in SECOND.items()}
    if as_json:
        show.emit(plain(result))
        return
    _tell(result)
    for counts, title in (("set_aside", "Set aside"), ("changed", "Stayed where they were")):
        rows = [(why[each["reason"]], each["persons"]) for each in result.get(counts) or ()]
        if rows:
            show.table(title, ("why", "persons"), rows)
    for each in result.get("second_because") or ():
        show.line(second[each.partition(":")[0]])


def _tell(found: dict[str, Any]) -> None:
    show.line(f"batch:   {found['batch_id']}")
    show.line(f"state:   {found['state']}")
    show.line(f"persons: {show.count(found['persons'])}")
    if found.get("money"):
        show.line(f"owing:   {_money(found['money'])}")
    if found.get("digest"):
        show.line(f"digest:  {found['digest']}")


def _money(money: Any) -> str:
    return show.money({each["currency"]: each["overdue_minor"] for each in money})


def _read(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise NotFound("the list cannot be read", found=error.strerror, file=file) from error
    except UnicodeDecodeError as error:
        raise BadInput(
            "the list is not UTF-8", expected="one person_id a line", file=file
        ) from error
