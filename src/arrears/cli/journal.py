"""``arrears journal``: verify the record, export it, seal the day, look after its keys."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from arrears.cli import options, show
from arrears.cli.journal_key import command as key_command
from arrears.journal.verifier.files import (
    NotUsable,
    read_keys,
    read_root,
    told,
    verify_file,
)
from arrears.kernel.errors import BadInput, NotFound, Unavailable

if TYPE_CHECKING:
    from arrears.journal.actions import Exported, Stream
    from arrears.store.transactions import At


@click.group(
    "journal",
    epilog="""\b
Examples
  arrears journal verify
  arrears journal export --person P-1001 --out p-1001.jsonl
  arrears journal verifier --out verify_journal.py
  arrears journal verify p-1001.jsonl --trust keys.json

\b
docs/journal.md says what an outsider can check, and how keys are kept.
""",
)
def command() -> None:
    """Verify the record, export it, seal the day, look after its keys."""


command.add_command(key_command)


@command.command("verify")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--root", metavar="HEX", help="A root or statement hash that was published.")
@click.option(
    "--trust",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="KEYFILE",
    help="Keys that you trust, as `journal key export` wrote them.",
)
@options.as_json
def verify(file: Path | None, root: str | None, trust: Path | None, as_json: bool) -> int:
    """Verify an export, or without FILE the whole journal in the database.

    Ends with exit code 65 if anything was tampered with. Without --root or --trust a journal that
    was made anew as a whole cannot be told from the true one, and the report says so.
    """
    try:
        keys = read_keys(trust) if trust else None
        published = read_root(root) if root else None
        report = verify_file(file, keys, published) if file else None
    except NotUsable as not_usable:
        raise NotFound(str(not_usable)) from not_usable
    if report is None:
        from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

        with at_work():
            from arrears.conduct.queries.unrecorded import compare  # tidy: lazy (needs Django)
            from arrears.journal.queries import verify_database  # tidy: lazy (needs Django)

            report = compare(ACTOR, verify_database(ACTOR, keys, published))
    if as_json:
        show.emit(report.as_json())
    else:
        show.line(told(report))
    return BadInput.exit_code if report.wrong else 0


@command.command("export")
@click.option("--case", "case_id", type=click.UUID, metavar="ID", help="One case.")
@click.option(
    "--person", "person", metavar="REF", help="One person, and their cases: reference or id."
)
@click.option("--day", type=options.DAY, metavar="DATE", help="What the seals of a day cover.")
@click.option("--all", "whole", is_flag=True, help="Everything.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="Where to write it; only you may read it.",
)  # fmt: skip
@click.option("--with-personal", is_flag=True, help="Also personal data that is not erased.")
@click.option("--unsigned", is_flag=True, help="Without the key; verifiers will not accept it.")
@options.as_json
def export(
    case_id: UUID | None,
    person: str | None,
    day: date | None,
    whole: bool,
    out: Path,
    with_personal: bool,
    unsigned: bool,
    as_json: bool,
) -> None:
    """Write the journal of a case, a person, a day, or all of it to a file.

    The file bears what it takes to verify it: hashes, proofs, seals and public keys.
    """
    if [case_id is None, person is None, day is None, not whole].count(False) != 1:
        raise click.UsageError("give one of --case, --person, --day, --all")
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR) as at:
            scope: Sequence[Stream] | date | None = day
            if case_id is not None:
                from arrears.journal.actions import of_case  # tidy: lazy (needs Django)

                scope = [of_case(case_id)]
            elif person is not None:
                scope = _streams_of(person, at)
            done = _write(at, out, scope, with_personal, not unsigned)
    if as_json:
        show.emit({"entries": done.entries, "uncovered": done.uncovered, "sha256": done.sha256})
        return
    show.line(f"{show.count(done.entries)} entries: {out}")
    if done.uncovered:
        show.say(f"{show.count(done.uncovered)} of them are not covered by a seal yet")


def _streams_of(person: str, at: At) -> list[Stream]:
    from arrears.cases.queries import person_page  # tidy: lazy (needs Django set up)
    from arrears.journal.actions import of_case, of_person  # tidy: lazy (needs Django set up)

    try:
        who: UUID | str = UUID(person)
    except ValueError:
        who = person
    page = person_page(at.actor, who, at.today)
    return [of_person(page.person.id), *(of_case(case.id) for case in page.cases)]


def _write(
    at: At, out: Path, scope: Sequence[Stream] | date | None, personal: bool, signed: bool
) -> Exported:
    from arrears.journal.actions import export  # tidy: lazy (needs Django set up)

    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            done = export(at, file, scope, personal=personal, signed=signed)
        unfinished.replace(out)
    except OSError as trouble:
        raise Unavailable(
            "the file cannot be written",
            found=trouble.strerror or str(trouble),
            remedy="free space there, or name a folder you may write to",
            file=out,
        ) from trouble
    finally:
        unfinished.unlink(missing_ok=True)
    return done


@command.command("verifier")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="Where to write it: verify_journal.py.",
)  # fmt: skip
def verifier(out: Path) -> None:
    """Write the verifier as one file, to hand on with an export.

    It needs Python 3.9 or newer and the package cryptography, nothing of Arrears.
    """
    from arrears.journal.verifier.bundle import single_file  # tidy: lazy (used here only)

    try:
        out.write_text(single_file(), encoding="utf-8")
    except OSError as trouble:
        raise Unavailable(
            "the file cannot be written", found=trouble.strerror or str(trouble), file=out
        ) from trouble
    show.line(f"written: {out}")


@command.command("seal")
@click.option("--day", type=options.DAY, metavar="DATE", help="The day it closes; default today.")
@options.as_json
def seal(day: date | None, as_json: bool) -> None:
    """Seal everything not covered yet; the daily run does this by itself.

    Publish the hash it prints, or send it to somebody outside: whoever holds it finds every later
    change of what is sealed up to here.
    """
    sealed = _act("seal", lambda at: (day or at.today,))
    if as_json:
        told = {name: getattr(sealed, name) for name in ("number", "count", "root", "sha256")}
        show.emit({"day": sealed.day.isoformat(), "is_new": sealed.is_new, **told})
        return
    show.line(
        f"{'sealed' if sealed.is_new else 'was sealed already'}: {sealed.day},"
        f" {show.count(sealed.count)} entries\n"
        f"root {sealed.root}\nstatement {sealed.sha256}"
    )


@command.command("proof")
@click.argument("entry_id", type=click.UUID, metavar="ENTRY")
def proof(entry_id: UUID) -> None:
    """Print the proof that a seal covers an entry, as JSON."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.journal.queries import journal_proof  # tidy: lazy (needs Django set up)

        found = journal_proof(ACTOR, entry_id)
    names = ("seal", "day", "index", "count", "root")
    show.emit({**{name: getattr(found, name) for name in names}, "path": list(found.path)})


@command.command("erase")
@click.argument("entry_id", type=click.UUID, metavar="ENTRY")
@click.option("--reason", required=True, help="Why; kept on record.")
def erase(entry_id: UUID, reason: str) -> None:
    """Erase the personal data of an entry. The entry stays, and the chain still verifies."""
    _act("erase", lambda _: (entry_id, reason))
    show.line(f"erased, and put on record: {entry_id}")


@command.command("restored")
@click.option("--source", required=True, help="Which backup was restored, and of when.")
@click.option("--reason", required=True, help="Why.")
def restored(source: str, reason: str) -> None:
    """State, signed, that the journal goes on after a restore from a backup."""
    number = _act("restored", lambda _: (source, reason))
    show.line(f"statement {number}: restored from {source}")


def _act(name: str, arguments: Any) -> Any:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.journal import actions  # tidy: lazy (needs Django set up)
        from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

        with transaction(ACTOR) as at:
            return getattr(actions, name)(at, *arguments(at))
