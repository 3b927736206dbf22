"""Exports for tests: made from a real journal, then changed line by line as a forger would."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from arrears.journal.actions import export, of_case, of_house, record, rotate_key, seal
from arrears.journal.verifier.files import verify_file
from arrears.journal.verifier.hashing import canonical
from arrears.journal.verifier.statements import Report
from arrears.store.actor import system
from arrears.store.transactions import transaction

ACTOR = system("test")
DAY, NEXT = date(2026, 6, 30), date(2026, 7, 1)
CASE, OTHER = of_case(UUID(int=1)), of_case(UUID(int=2))
PHONE = {"phone": "139 0000 0000"}


def fill() -> None:
    """Two days sealed, with a change of keys between; the last entry not covered yet."""
    for day in (DAY, NEXT):
        with transaction(ACTOR) as at:
            for n in range(4):
                record(at, CASE, "contacts.called", {"n": n}, personal=PHONE if n == 2 else None)
                record(at, OTHER, "contacts.called", {"n": n, "说": "逾期"})
            record(at, of_house("rules"), "rulebook.changed", {"digest": str(day)})
        with transaction(ACTOR) as at:
            seal(at, day)
        if day == DAY:
            with transaction(ACTOR) as at:
                rotate_key(at)
    with transaction(ACTOR) as at:
        record(at, CASE, "cases.closed", {})


@dataclass
class Export:
    """The lines of an export, parsed."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, scope: Any, **options: Any) -> Export:
        """Export from the database of the test."""
        sink = io.BytesIO()
        with transaction(ACTOR) as at:
            export(at, sink, scope, **options)
        return cls([json.loads(line) for line in sink.getvalue().splitlines()])

    def copy(self) -> Export:
        """One that can be changed."""
        return copy.deepcopy(self)

    def places(self, kind: str) -> list[int]:
        """Where lines of a kind stand."""
        return [number for number, line in enumerate(self.lines) if line["type"] == kind]

    def entry(self, number: int) -> dict[str, Any]:
        """The n-th line of an entry."""
        return self.lines[self.places("entry")[number]]

    def chain_anew(self, stream: str) -> None:
        """Make all hashes of a stream fit again, as a forger would who can compute."""
        prev = hashlib.sha256(f"arrears.journal/1:{stream}".encode()).hexdigest()
        seq = 0
        for number in self.places("entry"):
            entry = self.lines[number]["entry"]
            if entry["stream"] != stream:
                continue
            seq += 1
            entry |= {"seq": seq, "prev_sha256": prev}
            body = {name: value for name, value in entry.items() if name != "sha256"}
            entry["sha256"] = prev = hashlib.sha256(canonical(body)).hexdigest()

    def foot_anew(self) -> None:
        """Make the footer fit again; it cannot be signed again."""
        footer = self.lines[-1]
        entries = [self.lines[number]["entry"] for number in self.places("entry")]
        footer["entries"] = len(entries)
        if footer["heads"] is not None:
            footer["heads"] = {entry["stream"]: entry["seq"] for entry in entries}
        digest = hashlib.sha256()
        for line in self.lines[:-1]:
            digest.update(canonical(line) + b"\n")
        footer["sha256"] = digest.hexdigest()

    def write(self, path: Path) -> Path:
        """As a file."""
        path.write_bytes(b"".join(canonical(line) + b"\n" for line in self.lines))
        return path

    def verified(self, path: Path, **held: Any) -> Report:
        """What the verifier says of it."""
        return verify_file(self.write(path), **held)
