"""Verify the journal where it lies, with the code that outsiders verify exports with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection

from arrears.journal import keys
from arrears.journal.models import JournalStatement
from arrears.journal.queries.pages import READ
from arrears.journal.queries.rows import Seals, by_position
from arrears.journal.verifier.checking import Checker
from arrears.journal.verifier.hashing import Json, canonical, parsed
from arrears.journal.verifier.statements import Report
from arrears.store.actor import Actor
from arrears.store.transactions import transaction


def verify_database(
    actor: Actor, trust: Mapping[str, bytes] | None = None, root: str | None = None
) -> Report:
    """Verify everything on record: chains, hashes, personal data, heads, seals, signatures.

    Parameters
    ----------
    trust, root
        As in :class:`Checker`: without one of them a journal that was made anew as a whole
        could not be told from the true one.
    """
    actor.require(READ)
    checker = Checker(trust, root)
    checker.about({"kind": "all"}, personal=True)
    with transaction(actor):
        seals = Seals(_check_statements(checker))
        with connection.cursor() as cursor:
            cursor.execute("SELECT journal_cut()")  # up to here nothing is on its way any more
            (until,) = cursor.fetchone()
        under, index = 0, 0
        for row in by_position("e.position <= %s", [until], personal=True):
            seal = seals.of(row.position)
            number = seal.number if seal else None
            if number != under:
                under, index = number or 0, 0
            _check(checker, row.entry, number, index, row.personal)
            index += 1
        _check_heads(checker, until)
        _look_for_key(checker)
        return checker.finish()


def _look_for_key(checker: Checker) -> None:
    """An owner of the database can begin a chain anew, but not with a key that lies here."""
    key = checker.statements.in_force
    if key is not None and key not in keys.present():
        checker.report.note(
            f"the key in force, {key}, is not in this installation's folder of keys: it is lost,"
            " or the journal was sealed by somebody else"
        )


def _check(
    checker: Checker,
    entry: dict[str, object],
    number: int | None,
    index: int,
    personal: dict[str, object] | None,
) -> None:
    try:
        checker.entry(entry, number, None if number is None else index, None, personal)
    except (ValueError, TypeError, KeyError) as malformed:
        where = {name: entry.get(name) for name in ("stream", "seq", "id")}
        checker.report.find(f"cannot be read: {malformed}", **where)  # type: ignore[arg-type]


def _check_statements(checker: Checker) -> list[tuple[Json, str]]:
    good = []
    for row in JournalStatement.objects.order_by("number").iterator():
        try:
            told, signature = parsed(row.statement), bytes(row.signature).hex()
            checker.statements.take(told, signature)
        except (ValueError, TypeError, KeyError, AttributeError) as malformed:
            checker.report.find(f"cannot be read: {malformed}", seal=row.number)
            continue
        good.append((told, signature))
        columns = {
            "number": row.number,
            "kind": row.kind,
            "day": row.day and row.day.isoformat(),
            "count": row.count,
            "root": None if row.root is None else bytes(row.root).hex(),
        }
        signed = {name: told.get(name, 0 if name == "count" else None) for name in columns}
        if columns != signed or canonical(told).decode() != row.statement:
            checker.report.find("its columns are not what was signed", seal=row.number)
        if told.get("cut", row.cut) != row.cut:
            checker.report.find("its cut is not what was signed", seal=row.number)
    return good


def _heads() -> Iterator[tuple[str, int, int, str]]:
    sql = (
        "SELECT stream, seq, position, encode(sha256, 'hex') FROM journal_head WHERE seq > 0"
        " ORDER BY stream"
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT") as copy:
        for stream, seq, position, sha256 in copy.rows():
            yield stream, int(seq), int(position), sha256


def _check_heads(checker: Checker, until: int) -> None:
    headless = set(checker.heads)
    for stream, seq, position, sha256 in _heads():
        headless.discard(stream)
        if position > until:
            continue  # it moved on meanwhile
        last, found, _ = checker.heads.get(stream, (0, b"", ""))
        if last < seq:
            gone = f"entry {seq}" if seq == last + 1 else f"entries {last + 1} to {seq}"
            checker.report.find(f"{gone} at its end: removed", stream, last or None)
        elif (last, found.hex()) != (seq, sha256):
            checker.report.find("its head is not its last entry", stream, last)
    for stream in sorted(headless):
        checker.report.find("its head was removed", stream)
