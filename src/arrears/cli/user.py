"""``arrears user``: staff who sign in to the console."""

from __future__ import annotations

import sys

import click

from arrears.cli import options, show
from arrears.people.roles import ROLES


@click.group("user")
def command() -> None:
    """Add staff who sign in to the console; list them; set passwords, roles, second factors."""


@command.command(
    "add", epilog="\b\nExample\n  arrears user add li.na --name '李娜' --role collector"
)
@click.argument("username")
@click.option("--name", "display_name", required=True, help="As shown on screens.")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="What they may do.")
@click.option(
    "--language",
    type=click.Choice(["en", "zh-hans"]),
    default="zh-hans",
    show_default=True,
    help="Of their screens, until they choose.",
)
def add(username: str, display_name: str, role: str, language: str) -> None:
    """Add a member of staff; the password is asked for, or read from a pipe."""
    password = _password()
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.actions import create_user  # tidy: lazy (needs Django set up)

        create_user(ACTOR, username, display_name, role, password, language)
    show.line(f"added: {username} ({role})")


@command.command("password")
@click.argument("username")
def password(username: str) -> None:
    """Set a new password; it is asked for, or read from a pipe."""
    new = _password()
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.actions import set_password  # tidy: lazy (needs Django set up)

        set_password(ACTOR, username, new)
    show.line(f"new password set: {username}")


@command.command("off")
@click.argument("username")
def off(username: str) -> None:
    """Let a member of staff sign in no longer."""
    _set_active(username, False)


@command.command("on")
@click.argument("username")
def on(username: str) -> None:
    """Let a member of staff sign in again."""
    _set_active(username, True)


@command.command("role")
@click.argument("username")
@click.argument("role", type=click.Choice(list(ROLES)))
def role(username: str, role: str) -> None:
    """Give a member of staff another role; all their sessions end."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.sign_in.accounts import set_role  # tidy: lazy (needs Django set up)

        set_role(ACTOR, username, role)
    show.line(f"{username} is {role}")


@command.command("reset-factor")
@click.argument("username")
def reset_factor(username: str) -> None:
    """Take away the second factors of one who lost them; all their sessions end."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.sign_in.actions import reset_second_factor  # tidy: lazy (Django)

        reset_second_factor(ACTOR, username)
    show.line(f"{username} sets up a new second factor at the next sign-in")


@command.command("list")
@options.as_json
def list_users(as_json: bool) -> None:
    """List the members of staff."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.queries import staff  # tidy: lazy (needs Django set up)

        found = staff(ACTOR)
    columns = ("username", "display_name", "role", "language", "is_active")
    rows = [[getattr(each, column) for column in columns] for each in found]
    if as_json:
        show.emit([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        show.table("Staff", columns, rows)


def _set_active(username: str, active: bool) -> None:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.people.actions import set_active  # tidy: lazy (needs Django set up)

        set_active(ACTOR, username, active)
    show.line(f"{username} {'may' if active else 'may no longer'} sign in")


def _password() -> str:
    """Never an option: those stand in the shell's history and in the list of processes."""
    if sys.stdin.isatty():
        answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return answer
    return sys.stdin.readline().rstrip("\r\n")
