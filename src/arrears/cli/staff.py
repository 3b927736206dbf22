"""``arrears staff``: who works for the lender and its agencies."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path
from typing import Any

import click

from arrears.cli import options, show
from arrears.cli.agency import carry_out, plain
from arrears.kernel.errors import NotFound

KINDS = ("training", "test", "background", "agent_certificate")


@click.group("staff")
def command() -> None:
    """Keep the register of staff: join, certify, leave; list who may act."""


@command.command("add")
@click.argument("badge_no")
@click.option("--name", "display_name", required=True, help="As persons are told it.")
@click.option("--organisation", default="lender", show_default=True, help="Who employs them.")
@click.option("--joined", "joined_on", type=options.DAY, required=True, help="First day.")
@click.option("--user", "username", help="Their sign-in, made by `arrears user add`.")
@click.option("--language", "languages", multiple=True, help="zh-hans, en … May be repeated.")
@click.option("--skill", "skills", multiple=True, help="May be repeated.")
@click.option("--capacity", type=click.IntRange(0), default=100, show_default=True,
              help="Open persons at one time.")  # fmt: skip
def add(badge_no: str, **told: Any) -> None:
    """Enter somebody in the register of staff."""
    carry_out("add_staff", badge_no=badge_no, **told)
    show.line(f"entered: {badge_no}")


@command.command("certify")
@click.argument("badge_no")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--passed", "passed_on", type=options.DAY, required=True, help="Day of the pass.")
@click.option("--until", "expires_on", type=options.DAY, required=True, help="First day without.")
@click.option("--reference", required=True, help="Number of the paper, or where it is kept.")
def certify(badge_no: str, **told: Any) -> None:
    """Put down a training, test, background check or certificate."""
    carry_out("certify", badge_no=badge_no, **told)
    show.line(f"certified: {badge_no}")


@command.command("photo")
@click.argument("badge_no")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def photo(badge_no: str, file: Path) -> None:
    """Put a photo on a badge; FILE is a JPEG, PNG or WebP of 4 MB at most.

    It is drawn anew: place, time and camera are not kept. A badge counts once it has one.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotFound("the photo cannot be read", found=error.strerror, file=file) from error
    carry_out("give_photo", badge_no=badge_no, photo=base64.b64encode(content).decode())
    show.line(f"photo on badge: {badge_no}")


@command.command("leave")
@click.argument("badge_no")
@click.option("--on", "left_on", type=options.DAY, required=True, help="First day without them.")
@click.option("--reason", required=True, help="Kept on record.")
def leave(badge_no: str, left_on: date, reason: str) -> None:
    """Let somebody leave: sign-in, sessions, badge and team end with them."""
    made = carry_out("leave", badge_no=badge_no, left_on=left_on, reason=reason)
    show.line(f"{badge_no} is gone" if made["gone"] else f"{badge_no} leaves on {left_on}")


@command.command("list")
@click.option("--organisation", help="Only of this one.")
@click.option("--page", "number", type=click.IntRange(1), default=1, show_default=True)
@click.option("--gone", is_flag=True, help="Those who left, too.")
@options.as_json
def list_staff(organisation: str | None, number: int, gone: bool, as_json: bool) -> None:
    """List staff, and what they may do today; 200 a page."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from dataclasses import asdict  # tidy: lazy (only here)

        from arrears.people.register import staff_page  # tidy: lazy (needs Django set up)

        page = staff_page(ACTOR, number, 200, organisation=organisation, gone=gone)
    if as_json:
        show.emit([plain(asdict(row)) for row in page.rows])
        return
    columns = ("badge", "name", "organisation", "team", "lacks today")
    show.table(f"Staff ({page.total})", columns, [_told(row) for row in page.rows])


def _told(row: Any) -> list[str]:
    lacks = [name.removeprefix("staff_") for name, has in row.facts.items() if not has]
    return [row.badge_no, row.display_name, row.organisation, row.team or "", ", ".join(lacks)]
