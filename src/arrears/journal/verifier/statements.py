"""What is found, and the chain of signed statements: keys, seals, restores."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from arrears.journal.verifier.hashing import Json, canonical, key_id, signed_by, unhex

STATEMENT_FORMAT = "arrears-seal-1"
STATEMENTS_BEGIN = hashlib.sha256(b"arrears.journal/1:statements").hexdigest()
MOST_TOLD = 1000
_KINDS = {"key", "rotation", "lost", "seal", "restored"}
_EVERY = {"format", "number", "kind", "at", "previous", "key"}
_OWN = {
    "key": {"public_key"},
    "rotation": {"public_key"},
    "lost": {"public_key", "lost", "reason"},
    "seal": {"day", "cut", "count", "root"},
    "restored": {"source", "reason"},
}


@dataclass
class Finding:
    """One thing that is wrong, and where: an entry, a statement (``seal``), a line of the file."""

    what: str
    stream: str | None = None
    seq: int | None = None
    id: str | None = None
    seal: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        places = {name: value for name, value in asdict(self).items() if name != "what"}
        told = ", ".join(f"{name} {value}" for name, value in places.items() if value is not None)
        return f"{told}: {self.what}" if told else self.what


@dataclass
class Report:
    """What was verified, what is wrong, and what its reader should know besides.

    ``wrong`` and ``noted`` count all; of the findings and notes themselves 1,000 each are kept.
    """

    entries: int = 0
    streams: int = 0
    seals: int = 0
    uncovered: int = 0
    erased: int = 0
    newest_statement: str | None = None
    wrong: int = 0
    noted: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    line: int | None = None

    def find(
        self,
        what: str,
        stream: str | None = None,
        seq: int | None = None,
        id: str | None = None,
        seal: int | None = None,
    ) -> None:
        """Put down that something is wrong."""
        self.wrong += 1
        if len(self.findings) < MOST_TOLD:
            self.findings.append(Finding(what, stream, seq, id, seal, self.line))

    def note(self, text: str) -> None:
        """Put down what is not wrong but should be known."""
        self.noted += 1
        if len(self.notes) < MOST_TOLD:
            self.notes.append(text)

    def as_json(self) -> Json:
        """The report as plain JSON."""
        told = asdict(self)
        del told["line"]
        return {"good": self.wrong == 0, **told}


@dataclass
class Seal:
    """What a seal says of the entries under it."""

    number: int
    day: str
    count: int
    root: bytes


class Statements:
    """Checks the statements in their order, from the first on.

    Parameters
    ----------
    trust
        Public keys by id that the reader had before; None: the first key is believed.
    """

    def __init__(self, report: Report, trust: Mapping[str, bytes] | None) -> None:
        self._report, self._trust = report, trust
        self.keys: dict[str, bytes] = {}
        self.seals: dict[int, Seal] = {}
        self.published: set[str] = set()
        self.first: str | None = None
        self.newest: str | None = None
        self._number = 0
        self._before = ""
        self.in_force: str | None = None

    def take(self, statement: Json, signature: str) -> None:
        """Check one statement and its place in the chain."""
        kind, number = statement["kind"], statement["number"]
        if statement["format"] != STATEMENT_FORMAT or kind not in _KINDS:
            raise ValueError("a statement of another format or kind")
        if set(statement) != _EVERY | _OWN[kind] or type(number) is not int:
            raise ValueError("a statement has other members than it should")
        text = canonical(statement)
        hashed = hashlib.sha256(text).hexdigest()
        follows = statement["previous"] == (self.newest or STATEMENTS_BEGIN)
        if number != self._number + 1 or not follows:
            self._report.find(
                "does not follow the statement before it: one was removed, changed, swapped or"
                " inserted",
                seal=number,
            )
        if statement["at"] < self._before:
            self._report.note(
                f"statement {number}: at {statement['at']}, while the one before it says"
                f" {self._before}; the clock had been set back"
            )
        self._number, self._before = number, statement["at"]
        self._check_key(statement)
        key = self.keys.get(statement["key"])
        if key is None or not signed_by(key, signature, text):
            self._report.find("a forged signature: it does not fit the statement", seal=number)
        self._remember(statement)
        self.published.add(hashed)
        self.first, self.newest = self.first or hashed, hashed

    def _check_key(self, statement: Json) -> None:
        kind, number, key = statement["kind"], statement["number"], statement["key"]
        introduced = None
        if "public_key" in statement:
            public = unhex(statement["public_key"])
            introduced = key_id(public)
            self.keys[introduced] = public
        on_its_own = kind in ("key", "lost")  # signed with the very key that it brings in
        if on_its_own and self._trust is not None and introduced not in self._trust:
            self._report.find(
                f"an unknown key, {introduced}: not one of those you trust", seal=number
            )
        if key != (introduced if on_its_own else self.in_force):
            self._report.find(
                f"signed with key {key}, while {self.in_force} was in force", seal=number
            )
        if (kind == "key") != (self._number == 1):
            self._report.find(
                "the first statement, and no other, brings the first key", seal=number
            )
        self.in_force = introduced or self.in_force

    def _remember(self, statement: Json) -> None:
        kind, number = statement["kind"], statement["number"]
        if kind == "seal":
            root = unhex(statement["root"])
            self.seals[number] = Seal(number, statement["day"], statement["count"], root)
            self.published.add(statement["root"])
        elif kind == "lost":
            self._report.note(
                f"statement {number}: KEY LOST. Key {statement['lost']} was given up"
                f" ({statement['reason']}), and nothing but its own word ties key"
                f" {statement['key']} to this journal: ask the lender, compare with what you hold"
            )
        elif kind == "restored":
            self._report.note(
                f"statement {number}: the journal goes on after a restore from"
                f" {statement['source']} ({statement['reason']})"
            )
