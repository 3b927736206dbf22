"""``arrears queue``: what staff work on today, and who keeps which cases."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from arrears.cli import options, show
from arrears.cli.agency import plain
from arrears.kernel.money import EXPONENTS, format_minor

page_option = click.option(
    "--page", "number", type=click.IntRange(1), default=1, show_default=True, help="200 a page."
)


@click.group("queue")
def command() -> None:
    """Show work queues and who keeps cases; allot them anew."""


@command.command("show")
@click.argument("badge_no")
@click.option("--team", is_flag=True, help="With the cases of team mates.")
@page_option
@options.as_json
def show_queue(badge_no: str, team: bool, number: int, as_json: bool) -> None:
    """Show what somebody works on today, what was left over first."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements.allotment.queries import queue  # tidy: lazy (needs Django set up)

        found = queue(ACTOR, team=team, page=number, size=200, badge_no=badge_no)
    if as_json:
        show.emit(
            plain(
                {
                    "in_hand": [asdict(line) for line in found.in_hand],
                    "lines": [asdict(line) for line in found.lines.rows],
                    "total": found.lines.total,
                    "carried": found.carried,
                }
            )
        )
        return
    columns = ("person", "bucket", "overdue", "treatment", "waits since", "left over", "keeper")
    if found.in_hand:
        show.table("In hand", columns, [_told(line) for line in found.in_hand])
    title = f"{badge_no}: {show.count(found.lines.total)} waiting, "
    title += f"{show.count(found.carried)} left over"
    show.table(title, columns, [_told(line) for line in found.lines.rows])


@command.command("staff")
@options.as_json
def staff(as_json: bool) -> None:
    """Show who keeps how many cases, who is away, and what is left over."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements.allotment.queries import members  # tidy: lazy (needs Django set up)

        found = members(ACTOR)
    if as_json:
        show.emit([plain(asdict(each)) for each in found])
        return
    columns = ("badge", "name", "team", "load", "capacity", "due", "left over", "in hand", "")
    rows = [
        (
            each.badge_no, each.display_name, each.team, each.load, each.capacity, each.due,
            each.carried, each.in_hand, _standing(each),
        )
        for each in found
    ]  # fmt: skip
    show.table(f"Who keeps cases ({len(rows)})", columns, rows)


@command.command("unkept")
@page_option
@options.as_json
def unkept(number: int, as_json: bool) -> None:
    """List open cases that nobody at work keeps, and why nobody fits."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements.allotment import queries  # tidy: lazy (needs Django set up)
        from arrears.placements.allotment.words import REASONS, UNKEPT  # tidy: lazy (Django)

        page = queries.unkept(ACTOR, number, 200)
        rows: list[tuple[Any, ...]] = [
            (
                each.person_ref, each.bucket, each.product, str(UNKEPT[each.why]),
                str(REASONS[each.reason]) if each.reason else "the next allotment gives it away",
            )
            for each in page.rows
        ]  # fmt: skip
    if as_json:
        told = {"total": page.total, "rows": [plain(asdict(each)) for each in page.rows]}
        show.emit(told)
        return
    columns = ("person", "bucket", "product", "how", "why nobody fits")
    show.table(f"Cases that nobody keeps ({show.count(page.total)})", columns, rows)


@command.command("allot")
@options.as_json
def allot(as_json: bool) -> None:
    """Allot now, as the daily run does; doing it again changes nothing."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements.allotment.actions import allot_cases  # tidy: lazy (Django)
        from arrears.placements.allotment.queries import count_unkept  # tidy: lazy (Django)
        from arrears.placements.allotment.words import REASONS  # tidy: lazy (Django)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR) as at:
            counts = allot_cases(at).as_counts() | {"unkept": count_unkept(at)}
        nobody = [(str(REASONS[name]), number) for name, number in counts["nobody"].items()]
    if as_json:
        show.emit(plain(counts))
        return
    names = ("allotted", "moved", "let_go", "kept", "closed", "over_capacity", "unkept")
    rows = [(name.replace("_", " "), show.count(counts[name])) for name in names]
    show.table("Allotment", ("what", "number"), rows)
    if nobody:
        show.table("Without a keeper", ("why", "cases"), nobody)


def _told(line: Any) -> tuple[Any, ...]:
    owed = line.overdue_minor
    if owed is not None and line.currency in EXPONENTS:
        owed = format_minor(owed, line.currency)
    left = f"{line.carried_days} days" if line.carried_days else ""
    return (line.person_ref, line.bucket, owed, line.treatment, line.due_on, left,
            line.keeper_name)  # fmt: skip


def _standing(each: Any) -> str:
    if each.away:
        return f"away until {each.away_until_on}" if each.away_until_on else "away"
    return "" if each.ready else "may not act"
