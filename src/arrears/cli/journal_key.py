"""``arrears journal key``: the keys that seals are signed with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from arrears.cli import options, show
from arrears.journal.verifier.files import KEYS_FORMAT
from arrears.kernel.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from arrears.journal.queries.pages import KeyView


@click.group("key")
def command() -> None:
    """Look after the keys that seals are signed with.

    Private keys lie in the folder journal under ARREARS_KEYS (default: keys in ARREARS_HOME).
    Back that folder up apart from the database.
    """


@command.command("new")
@click.option("--lost", metavar="REASON", help="The key in force is lost for good: go on without.")
def new(lost: str | None) -> None:
    """Make the first key, or (--lost) one in place of a lost key.

    That a key was lost stands in the journal for ever, and every verifier says it loudly.
    """
    made = _act("new_key") if lost is None else _act("replace_lost_key", lost)
    show.line(f"new key: {made}")
    show.say("back up the folder of keys, apart from the database")


@command.command("rotate")
def rotate() -> None:
    """Change the key: the old one signs the beginning of the new one."""
    show.line(f"new key: {_act('rotate_key')}")
    show.say("back up the folder of keys; keep the old key until that is done")


@command.command("list")
@options.as_json
def list_keys(as_json: bool) -> None:
    """List the journal's keys; the last one is in force."""
    known, present = _known()
    columns = ("id", "since_statement", "since_at", "file", "after_a_loss", "public_key")
    rows = [
        [
            key.id,
            key.since,
            key.at.isoformat(),
            "present" if key.id in present else "absent",
            "yes" if key.lost_before else "no",
            key.public_key,
        ]
        for key in known
    ]
    if as_json:
        show.emit([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        show.table("Keys", columns, rows)


@command.command("export")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="Where to write them, as JSON.",
)  # fmt: skip
def export(out: Path) -> None:
    """Write the public keys to a file, for whoever verifies: `journal verify --trust FILE`."""
    known, _ = _known()
    if not known:
        raise NotFound(
            "the journal has no key yet", remedy="`arrears journal key new` makes the first one"
        )
    keys = [{"id": key.id, "public_key": key.public_key, "since": key.since} for key in known]
    try:
        out.write_text(json.dumps({"format": KEYS_FORMAT, "keys": keys}, indent=2) + "\n")
    except OSError as trouble:
        raise Unavailable(
            "the file cannot be written", found=trouble.strerror or str(trouble), file=out
        ) from trouble
    show.line(f"{len(keys)} public keys: {out}")


def _known() -> tuple[tuple[KeyView, ...], set[str]]:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.journal import keys  # tidy: lazy (needs Django set up)
        from arrears.journal.queries import keys_known  # tidy: lazy (needs Django set up)

        return keys_known(ACTOR), keys.present()


def _act(name: str, *arguments: str) -> str:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.journal import actions  # tidy: lazy (needs Django set up)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR) as at:
            done: str = getattr(actions, name)(at, *arguments)
    return done
