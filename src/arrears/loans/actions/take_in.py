"""Take in a tape of the lender: from a path or a database to the stored book."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from arrears.book.engine import connect
from arrears.book.envelope import Envelope, load_envelope
from arrears.book.mapping import Mapping, load_mapping
from arrears.book.read import Tape, open_tape
from arrears.book.read.database import is_database
from arrears.kernel.errors import TapeError
from arrears.loans.actions.take import Progress, TakenIn, silent, take
from arrears.loans.rules import Delivery
from arrears.store.actor import Actor
from arrears.store.patience import patiently
from arrears.store.transactions import transaction


@dataclass(frozen=True, slots=True)
class TapeOptions:
    """What the caller says of a tape that has no envelope; or of a town's.

    Parameters
    ----------
    book_on
        The day whose close it shows. Without one nothing it brings can cure a case, and days
        in the future are not looked for.
    """

    tape_id: str | None = None
    kind: str | None = None
    book_on: date | None = None
    sequence: int | None = None
    made_at: datetime | None = None
    simulated: bool = False


def take_in(
    actor: Actor,
    source: Path | str,
    *,
    mapping: Path | str | None = None,
    options: TapeOptions | None = None,
    progress: Progress | None = None,
    memory_limit: str = "3GB",
) -> TakenIn:
    """Check a tape and take in what stands; all of it, or (after any error) nothing.

    The same tape again has no effect and returns the first result. A loan of the book that a
    full tape no longer has gets the hold ``missing``; one that is set aside ``data_doubt``.

    Parameters
    ----------
    source
        A directory, a file (with a mapping), or ``postgresql://…?schema=…``.
    progress
        Told the step (open, check, stage, write) and how far it is.

    Raises
    ------
    TapeError
        If the tape, its mapping or its envelope cannot be used as a whole.
    Conflict
        If it is older than what is stored, its id is taken, or another process writes.
    NotAllowed
        Without the permission ``data.run``.
    Unavailable
        If the database or the disk is away.
    """
    actor.require("data.run")
    progress = progress or silent
    chosen = load_mapping(mapping) if mapping is not None else None
    envelope = None if is_database(source) else load_envelope(source)
    scratch = settings.ARREARS.home / "scratch"
    con = connect("duckdb", memory_limit=memory_limit, temp_directory=scratch)
    try:
        progress("open", 0, 1)
        with open_tape(con, source, chosen, scratch=scratch) as tape:
            delivery = _delivery(source, tape, envelope, options or TapeOptions(), chosen)

            def work() -> TakenIn:
                with transaction(actor) as at:
                    return take(at, con, tape, delivery, envelope=envelope, progress=progress)

            return patiently(work)
    finally:
        con.disconnect()


def _delivery(
    source: Path | str,
    tape: Tape,
    envelope: Envelope | None,
    options: TapeOptions,
    mapping: Mapping | None,
) -> Delivery:
    if envelope is not None:
        _require_same(envelope, options)
    digest = _digest(tape, mapping)
    told: Any = envelope or options
    kind = (envelope.kind if envelope else options.kind) or "full"
    if kind not in ("full", "delta"):
        raise TapeError("there is no such kind of tape", expected="full or delta", found=kind)
    if kind == "full":
        tape.require("persons", "loans")
        tape.require_schedule()
    # The very same rows may be handed in again as those of a later day.
    unnamed = f"{digest}@{told.book_on}" if told.book_on else digest
    return Delivery(
        tape_ref=told.tape_id or unnamed,
        kind="full" if kind == "full" else "delta",
        source=tape.source if is_database(source) else Path(source).resolve().name,
        sha256=digest,
        book_on=told.book_on,
        sequence=told.sequence,
        made_at=told.made_at,
        mapping_sha256=mapping.digest if mapping else None,
        simulated=options.simulated,
        replaces=kind == "full",
    )


def _digest(tape: Tape, mapping: Mapping | None) -> str:
    """One digest over all tables, and the mapping: read differently it is another tape."""
    parts = {"tables": tape.sha256, "mapping": mapping.digest if mapping else None}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _require_same(envelope: Envelope, options: TapeOptions) -> None:
    """Refuse options that contradict the envelope: one of the two is about another tape."""
    for name in ("tape_id", "kind", "book_on", "sequence"):
        said, given = getattr(envelope, name), getattr(options, name)
        if given is not None and given != said:
            raise TapeError(
                f"the option {name} contradicts the envelope of the tape",
                expected=str(said),
                found=str(given),
                remedy="leave the option out, or correct tape.json",
            )
