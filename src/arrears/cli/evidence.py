"""``arrears evidence``: list what is kept, read it, check it, hold it; change the key."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import click

from arrears.cli import options, show
from arrears.kernel.errors import BadInput, Unavailable


@click.group(
    "evidence",
    epilog="""\b
Examples
  arrears evidence list case:0190a5c4-…
  arrears evidence check
  arrears evidence hold 0190a5c5-… --reason "suit 2026/17"
""",
)
def command() -> None:
    """List evidence, read it, check it, hold it; change the key.

    Files lie encrypted in the folder evidence of ARREARS_HOME, their keys under ARREARS_KEYS. How
    long each class is kept stands in the packs (retention.yaml); the daily run erases what is due.
    """


@command.command("list")
@click.argument("stream", metavar="STREAM")
@options.as_json
def list_pieces(stream: str, as_json: bool) -> None:
    """List the newest 200 pieces about a case or person: STREAM is case:ID or person:ID."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.journal.evidence.queries import pieces  # tidy: lazy (needs Django set up)
        from arrears.journal.streams import named  # tidy: lazy (needs Django set up)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR):
            found = pieces(named(stream))
    names = ("id", "kind", "media_type", "size_bytes", "recorded_at", "keep_until", "state")
    rows = [[str(getattr(piece, name) or "") for name in names] for piece in found]
    if as_json:
        more = ("sha256", "hold_reason")
        show.emit(
            [{n: str(v) if (v := getattr(p, n)) else None for n in names + more} for p in found]
        )
        return
    show.table(stream, names, rows)


@command.command("read")
@click.argument("item", type=click.UUID)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="Where to write it; only you may read it.",
)  # fmt: skip
def read(item: UUID, out: Path) -> None:
    """Write a piece to a file, if it is what was put in."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.journal.evidence.queries import content  # tidy: lazy (needs Django set up)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR):
            _write(out, content(item))
    show.line(f"written: {out}")


def _write(out: Path, parts: Iterable[bytes]) -> None:
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
        unfinished.replace(out)
    except OSError as trouble:
        raise Unavailable(
            "the file cannot be written", found=trouble.strerror or str(trouble), file=out
        ) from trouble
    finally:
        unfinished.unlink(missing_ok=True)


@command.command("check")
@options.as_json
def check(as_json: bool) -> int:
    """Read every file and compare it with what was put in; exit code 65 if one is damaged."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.journal.evidence.queries import count, damaged  # tidy: lazy (needs Django)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR):
            files, found = count(), list(damaged())
    if as_json:
        show.emit({"files": files, "damaged": [{"file": str(f), "why": why} for f, why in found]})
    else:
        show.line(f"{show.count(files)} files, {show.count(len(found))} damaged")
        for file_id, why in found:
            show.line(f"{file_id}: {why}")
    return BadInput.exit_code if found else 0


@command.command("hold")
@click.argument("item", type=click.UUID)
@click.option("--reason", required=True, help="Which court or complaint needs it.")
def hold(item: UUID, reason: str) -> None:
    """Keep a piece whatever its term, until it is released."""
    _act("hold", item, reason)
    show.line(f"held: {item}")


@command.command("release")
@click.argument("item", type=click.UUID)
def release(item: UUID) -> None:
    """End a legal hold; the next daily run erases the piece if its term is over."""
    _act("release", item)
    show.line(f"released: {item}")


@command.command("rotate-key")
def rotate_key() -> None:
    """Encrypt with a new key from now on; older keys still open older files."""
    made = _act("rotate_key")
    show.line(f"new key: {made}")
    show.say("back up the folder of keys, apart from the database")


def _act(name: str, *arguments: object) -> object:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.journal.evidence import actions  # tidy: lazy (needs Django set up)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR) as at:
            done: object = getattr(actions, name)(at, *arguments)
            return done
