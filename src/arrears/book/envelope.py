"""The envelope of a tape, ``tape.json``: which tape this is, of which day, and what it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from arrears.book.contract import TABLES
from arrears.book.read.sources import ENVELOPE
from arrears.book.read.tape import Tape
from arrears.book.totals import Totals
from arrears.kernel.errors import TapeError
from arrears.kernel.money import EXPONENTS

FULL, DELTA = "full", "delta"
KINDS = (FULL, DELTA)
_TOP = ("tape_id", "kind", "book_on", "sequence", "made_at", "tables")
_TABLE = ("rows", "sha256", "money")


@dataclass(frozen=True)
class Promise:
    """What the envelope says of one table; None where it says nothing.

    Parameters
    ----------
    rows
        Rows as handed in, identical duplicates counted each.
    money
        Minor units by currency.
    """

    rows: int | None = None
    sha256: str | None = None
    money: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Envelope:
    """Which tape it is.

    Parameters
    ----------
    tape_id
        Opaque; the same id with another digest is refused by whoever takes tapes in.
    kind
        ``full`` or ``delta``.
    book_on
        The day whose close the tape shows.
    sequence
        Grows from tape to tape.
    made_at
        When the lender made it, with a zone; None if not told.
    """

    tape_id: str
    kind: str
    book_on: date
    sequence: int
    made_at: datetime | None = None
    tables: Mapping[str, Promise] = field(default_factory=dict)


def load_envelope(path: Path | str) -> Envelope | None:
    """The envelope beside a tape: ``tape.json`` in its directory; None if there is none.

    Raises
    ------
    TapeError
        If it cannot be read, lacks a member or has one that is not known.
    """
    directory = Path(path)
    file = directory / ENVELOPE if directory.is_dir() else directory.parent / ENVELOPE
    if not file.is_file():
        return None
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise TapeError(
            "the envelope cannot be read as JSON", found=str(error), file=file
        ) from error
    return _Reader(str(file)).envelope(document)


def from_options(
    *,
    tape_id: str | None,
    kind: str = FULL,
    book_on: date | str | None,
    sequence: int | str | None,
    made_at: datetime | str | None = None,
) -> Envelope:
    """An envelope from the options of a command, by the rules of the file.

    Raises
    ------
    TapeError
        If one is missing or unusable.
    """
    document = {
        "tape_id": tape_id,
        "kind": kind,
        "book_on": str(book_on) if isinstance(book_on, date) else book_on,
        "sequence": int(sequence) if isinstance(sequence, str) and sequence.isdigit() else sequence,
        "made_at": made_at.isoformat() if isinstance(made_at, datetime) else made_at,
    }
    return _Reader("the options").envelope({k: v for k, v in document.items() if v is not None})


def verify(envelope: Envelope, tape: Tape, totals: Totals | None = None) -> None:
    """Hold a tape to what its envelope says.

    Parameters
    ----------
    totals
        The totals of the checks; None: only tables and digests are compared.

    Raises
    ------
    TapeError
        At the first difference, with both sides: the tape was damaged or mixed up.
    """
    for name, promise in envelope.tables.items():
        if name not in tape.tables:
            raise _differs(tape, name, "table", name, ", ".join(tape.tables))
        if promise.sha256 is not None and promise.sha256 != tape.sha256[name]:
            raise _differs(tape, name, "sha256", promise.sha256, tape.sha256[name])
        if totals is None:
            continue
        found = totals.tables[name]
        rows = found.rows.received + found.rows.duplicates
        if promise.rows is not None and promise.rows != rows:
            raise _differs(tape, name, "rows", str(promise.rows), str(rows))
        for currency, minor in promise.money.items():
            count = found.money.get(currency)
            money = count.received + count.duplicates if count else 0
            if money != minor:
                raise _differs(tape, name, f"money in {currency}", str(minor), str(money))


def _differs(tape: Tape, table: str, measure: str, expected: str, found: str) -> TapeError:
    return TapeError(
        f"the tape is not what its envelope says: {measure} of {table}",
        expected=expected,
        found=found,
        remedy="have the tape sent again whole; nothing of it has been taken in",
        file=tape.source,
        table=table,
    )


class _Reader:
    """Turns the JSON document into dataclasses; knows the file for its errors."""

    def __init__(self, file: str) -> None:
        self._file = file

    def envelope(self, document: object) -> Envelope:
        top = self._members(document, _TOP, "the envelope")
        for name in ("tape_id", "kind", "book_on", "sequence"):
            if name not in top:
                raise self._error(name, "a value", "nothing")
        tape_id = top["tape_id"]
        if not isinstance(tape_id, str) or not tape_id.strip() or "\x1f" in tape_id:
            raise self._error("tape_id", "a text that is not empty", repr(tape_id))
        if top["kind"] not in KINDS:
            raise self._error("kind", " or ".join(KINDS), repr(top["kind"]))
        tables = self._members(top.get("tables", {}), tuple(TABLES), "tables")
        return Envelope(
            tape_id=tape_id,
            kind=top["kind"],
            book_on=self._day(top["book_on"]),
            sequence=self._count(top["sequence"], "sequence"),
            made_at=self._instant(top["made_at"]) if "made_at" in top else None,
            tables={name: self._promise(body, name) for name, body in tables.items()},
        )

    def _promise(self, body: object, table: str) -> Promise:
        known = self._members(body, _TABLE, f"tables.{table}")
        money = self._members(known.get("money", {}), tuple(EXPONENTS), f"tables.{table}.money")
        for currency, minor in money.items():
            if isinstance(minor, bool) or not isinstance(minor, int):
                raise self._error(f"tables.{table}.money.{currency}", "minor units", repr(minor))
        digest = known.get("sha256")
        if digest is not None and not _is_digest(digest):
            raise self._error(f"tables.{table}.sha256", "64 hexadecimal digits", repr(digest))
        rows = known.get("rows")
        return Promise(
            rows=None if rows is None else self._count(rows, f"tables.{table}.rows"),
            sha256=None if digest is None else digest.lower(),
            money=money,
        )

    def _members(self, body: object, known: tuple[str, ...], place: str) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise self._error(place, "an object", repr(body))
        for name in body:
            if name not in known:
                raise self._error(place, "only " + ", ".join(known[:20]), name)
        return body

    def _day(self, value: object) -> date:
        try:
            if isinstance(value, str) and len(value) == 10:
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self._error("book_on", "a day such as 2026-06-30", repr(value))

    def _instant(self, value: object) -> datetime:
        try:
            if isinstance(value, str):
                at = datetime.fromisoformat(value)
                if at.tzinfo is not None:
                    return at
        except ValueError:
            pass
        raise self._error("made_at", "an instant with its offset", repr(value))

    def _count(self, value: object, place: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self._error(place, "a whole number, not negative", repr(value))
        return value

    def _error(self, place: str, expected: str, found: str) -> TapeError:
        return TapeError(
            f"the envelope is wrong at {place}",
            expected=expected,
            found=found,
            remedy="correct it, or give the options of the command instead",
            file=self._file,
        )


def _is_digest(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) == 64
        and all(digit in "0123456789abcdefABCDEF" for digit in value)
    )
