"""Write the journal, or a part of it, to a file that an outsider can verify."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.conf import settings

from arrears.journal import keys
from arrears.journal.actions.record import record
from arrears.journal.actions.statements import in_force
from arrears.journal.entries import instant
from arrears.journal.keys import SealKey
from arrears.journal.models import JournalStatement
from arrears.journal.queries.covered import Proofs
from arrears.journal.queries.rows import Row, Seals, by_position, by_stream
from arrears.journal.streams import Stream, of_house
from arrears.journal.verifier.files import FORMAT
from arrears.journal.verifier.hashing import Json, canonical
from arrears.kernel.errors import NotFound
from arrears.store.transactions import At

Scope = Sequence[Stream] | date | None


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    entries: int
    uncovered: int
    sha256: str


class _Lines:
    """Writes lines of canonical JSON and hashes them."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self.digest = out, hashlib.sha256()

    def write(self, kind: str, members: Json) -> None:
        line = canonical({"type": kind, **members}) + b"\n"
        self._out.write(line)
        self.digest.update(line)


def export(
    at: At, out: BinaryIO, scope: Scope, *, personal: bool = False, signed: bool = True
) -> Exported:
    """Export whole streams, a business day, or (None) everything.

    Streams come with an inclusion proof for each entry; a day and the whole come as complete
    seals, whose roots can be computed anew. What no seal covers yet is exported and marked so.
    The export itself is put on record.

    Parameters
    ----------
    personal
        Whether personal data that is not erased is exported too.
    signed
        Whether the footer is signed with the key in force, so that nobody can cut the file short
        unnoticed; verifiers refuse an export that is not.

    Raises
    ------
    NotFound
        If there is nothing on record in that scope.
    ConfigError
        If the key in force is lost.
    """
    at.actor.require("journal.export")
    key = _key() if signed else None
    seals, lines = Seals.read(), _Lines(out)
    told = _scope(seals, scope)
    _begin(lines, seals, told, personal, at)
    count = uncovered = 0
    heads = dict.fromkeys(told["streams"], 0) if told["kind"] == "streams" else None
    for line in _entries(seals, told, personal):
        lines.write("entry", line)
        count, uncovered = count + 1, uncovered + (line["seal"] is None)
        if heads is not None:
            heads[line["entry"]["stream"]] = line["entry"]["seq"]
    if not count:
        raise NotFound("there is nothing on record in this scope", found=_named(told))
    digest = lines.digest.hexdigest()
    footer = {"entries": count, "heads": heads, "sha256": digest, "key": key.id if key else None}
    signature = key.sign(canonical({"type": "footer", **footer})).hex() if key else None
    lines.write("footer", {**footer, "signature": signature})
    data = {"scope": told, "personal": personal, "entries": count, "sha256": digest}
    record(at, of_house("journal"), "journal.exported", data)
    return Exported(count, uncovered, digest)


def _key() -> SealKey | None:
    last = JournalStatement.objects.order_by("-number").first()
    return None if last is None else keys.load(in_force(last))


def _begin(lines: _Lines, seals: Seals, told: Json, personal: bool, at: At) -> None:
    journal = None
    if seals.statements:
        journal = hashlib.sha256(canonical(seals.statements[0][0])).hexdigest()
    lines.write(
        "header",
        {
            "format": FORMAT,
            "journal": journal,
            "scope": told,
            "personal": personal,
            "exported_at": instant(at.now),
        },
    )
    for statement, signature in seals.statements:
        lines.write("statement", {"statement": statement, "signature": signature})


def _scope(seals: Seals, scope: Scope) -> Json:
    if scope is None:
        return {"kind": "all"}
    if isinstance(scope, date):
        numbers = [seal.number for seal in seals.all if seal.day == scope.isoformat()]
        spanned = [numbers[0], numbers[-1]] if numbers else None
        return {"kind": "day", "day": scope.isoformat(), "seals": spanned}
    return {"kind": "streams", "streams": sorted(stream.name for stream in scope)}


def _named(told: Json) -> str:
    return ", ".join([told["kind"], *(str(told[n]) for n in ("day", "streams") if n in told)])


def _entries(seals: Seals, told: Json, personal: bool) -> Iterator[Json]:
    if told["kind"] == "streams":
        proofs = Proofs(seals)
        for rows in by_stream(told["streams"], personal=personal):
            for row in rows:
                proof = proofs.of(row.position, bytes.fromhex(row.entry["sha256"]))
                yield {
                    "entry": row.entry,
                    "seal": proof and proof.seal,
                    "index": proof and proof.index,
                    "proof": proof and list(proof.path),
                    "personal": row.personal,
                }
        return
    under, index = None, 0
    for row in _whole(seals, told, personal):
        seal = seals.of(row.position)
        number = seal.number if seal else None
        if number != under:
            under, index = number, 0
        yield {
            "entry": row.entry,
            "seal": number,
            "index": None if number is None else index,
            "proof": None,
            "personal": row.personal,
        }
        index += 1


def _whole(seals: Seals, told: Json, personal: bool) -> Iterator[Row]:
    if told["kind"] == "all":
        yield from by_position("true", (), personal=personal)
        return
    if told["seals"]:
        first, last = (
            next(seal for seal in seals.all if seal.number == number) for number in told["seals"]
        )
        yield from by_position(
            "e.position > %s AND e.position <= %s", (seals.before(first), last.cut),
            personal=personal,
        )  # fmt: skip
    yield from by_position(
        "e.position > %s AND e.at >= %s AND e.at < %s", (seals.cut, *_hours(told["day"])),
        personal=personal,
    )  # fmt: skip


def _hours(day: str) -> tuple[Any, Any]:
    zone = ZoneInfo(settings.ARREARS.business_zone)
    start = date.fromisoformat(day)
    begins, ends = (
        datetime.combine(each, time(), zone) for each in (start, start + timedelta(days=1))
    )
    return begins, ends
