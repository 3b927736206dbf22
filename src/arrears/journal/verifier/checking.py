"""Checks entries: each against itself, the one before it in its stream, and its seal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from arrears.journal.verifier.hashing import Json, Tree, canonical, leaf, root_of, unhex
from arrears.journal.verifier.statements import Report, Statements

_BODY = {
    "actor", "at", "data", "id", "kind", "personal_sha256", "prev_sha256", "schema", "seq",
    "sha256", "stream",
}  # fmt: skip
_NO_MORE = 2**62  # after every seal


class Checker:
    """Takes statements, then entries, in their order; says what is wrong.

    Parameters
    ----------
    trust
        Public keys by id that the reader had before; None: the first key is believed.
    root
        A root or statement hash (hex) that was published and must occur.
    """

    def __init__(self, trust: Mapping[str, bytes] | None = None, root: str | None = None) -> None:
        self.report = Report()
        self.statements = Statements(self.report, trust)
        self.heads: dict[str, tuple[int, bytes, str]] = {}
        self._compared = trust is not None or root is not None
        self._trust, self._root = trust, root
        self._scope: Json = {"kind": "all"}
        self._personal = False
        self._missing: dict[str, tuple[str, int]] = {}
        self._erased: set[str] = set()
        self._tree = Tree()
        self._place = 0  # the next one under the seal whose entries are being taken
        self._under: int | None = None
        self._reached = 0

    def about(self, scope: Json, personal: bool) -> None:
        """Say what the entries are: ``all``, those of a ``day``'s seals, or whole ``streams``."""
        if scope["kind"] not in ("all", "day", "streams"):
            raise ValueError("entries of an unknown scope")
        self._scope, self._personal = scope, personal

    def entry(
        self,
        entry: Json,
        seal: int | None,
        index: int | None,
        proof: list[str] | None,
        personal: Json | None,
    ) -> None:
        """Check one entry. ``index`` is its place under its seal, from 0."""
        if set(entry) != _BODY:
            raise ValueError("an entry has other members than it should")
        where = {"stream": entry["stream"], "seq": entry["seq"], "id": entry["id"]}
        if [type(value) for value in (*where.values(), entry["at"])] != [str, int, str, str]:
            raise ValueError("an entry's stream, seq, id or time is of a wrong type")
        self.report.entries += 1
        sha256 = unhex(entry["sha256"])
        body = {name: value for name, value in entry.items() if name != "sha256"}
        if hashlib.sha256(canonical(body)).digest() != sha256:
            self.report.find("changed: its hash does not fit what it says", **where)
        self._follow(entry, sha256, where)
        if self._scope["kind"] == "streams":
            if entry["stream"] not in self._scope["streams"]:
                self.report.find("of a stream that this export is not about", **where)
            if seal is not None:
                self._require_included(sha256, seal, index, proof, where)
        elif seal is not None:
            self._grow(sha256, seal, index, where)
        elif self._reached != _NO_MORE:
            self._turn_to(_NO_MORE)
        self.report.uncovered += seal is None
        self._compare_personal(entry, personal, where)

    def _follow(self, entry: Json, sha256: bytes, where: Json) -> None:
        stream, seq, at = entry["stream"], entry["seq"], entry["at"]
        if stream in self.heads:
            last, prev, before = self.heads[stream]
        else:
            last, before = 0, ""
            prev = hashlib.sha256(f"arrears.journal/1:{stream}".encode()).digest()
            if self._scope["kind"] == "day" and seq > 1:  # the day begins in mid-stream
                last, prev = seq - 1, unhex(entry["prev_sha256"])
        if seq <= last:
            self.report.find(f"stands after entry {last}: a duplicate, or swapped", **where)
        elif seq > last + 1:
            gone = f"entry {last + 1}" if seq == last + 2 else f"entries {last + 1} to {seq - 1}"
            self.report.find(f"{gone} before it: removed, or swapped", **where)
        elif entry["prev_sha256"] != prev.hex():
            self.report.find(
                f"does not follow entry {last}: one of the two was changed or inserted", **where
            )
        if at < before:
            self.report.note(
                f"{stream} seq {seq}: at {at}, while the entry before it says {before}; the clock"
                " had been set back"
            )
        self.heads[stream] = (seq, sha256, at)

    def _require_included(
        self, sha256: bytes, number: int, index: int | None, proof: list[str] | None, where: Json
    ) -> None:
        seal = self.statements.seals.get(number)
        if seal is None:
            self.report.find(f"said to be under seal {number}, which is not there", **where)
            return
        if index is None or proof is None:
            raise ValueError("an entry under a seal has no proof")
        path = [unhex(each) for each in proof]
        if root_of(leaf(sha256), index, seal.count, path) != seal.root:
            self.report.find(
                f"not under seal {number} of {seal.day}: it was changed or inserted, or its proof"
                " was",
                **where,
            )

    def _grow(self, sha256: bytes, number: int, index: int | None, where: Json) -> None:
        if number != self._under:
            self._turn_to(number)
        if index is None or type(index) is not int:
            raise ValueError("an entry under a seal has no place")
        place = self._place
        if index > place:
            gone = f"place {place}" if index == place + 1 else f"places {place} to {index - 1}"
            self.report.find(f"{gone} of seal {number} before it: removed, or swapped", **where)
        elif index < place:
            self.report.find(
                f"place {index} of seal {number} after place {place - 1}: a duplicate, inserted"
                " or swapped",
                **where,
            )
        # Compared with the entry before it alone: those after a gap stand where they stood.
        self._place = index + 1
        self._tree.push(leaf(sha256))

    def _turn_to(self, number: int) -> None:
        """Compare what was taken under a seal with it; go on to entries of another."""
        seals = self.statements.seals
        if self._under is not None and self._under not in seals:
            self.report.find("entries are said to be under it; it is not there", seal=self._under)
        elif self._under is not None:
            seal = seals[self._under]
            if (self._tree.count, self._tree.root()) != (seal.count, seal.root):
                self.report.find(
                    f"a wrong root: the seal of {seal.day} covers {seal.count} entries, and the"
                    f" {self._tree.count} here are not those",
                    seal=seal.number,
                )
        if number < self._reached:
            self.report.find("its entries stand after those of a later seal", seal=number)
        for seal in seals.values():
            between = self._reached < seal.number < number
            if between and seal.count and self._covers(seal.number):
                self.report.find(
                    f"all {seal.count} entries under it were removed", seal=seal.number
                )
        self._tree, self._place = Tree(), 0
        self._under = number if number != _NO_MORE else None
        self._reached = max(self._reached, number)

    def _covers(self, number: int) -> bool:
        if self._scope["kind"] == "all":
            return True
        first, last = self._scope["seals"] or (1, 0)
        seal = self.statements.seals[number]
        return first <= number <= last or seal.day == self._scope["day"]

    def _compare_personal(self, entry: Json, personal: Json | None, where: Json) -> None:
        expected = entry["personal_sha256"]
        if personal is not None:
            salted = unhex(personal["salt"]) + canonical(personal["data"])
            if hashlib.sha256(salted).hexdigest() != expected:
                self.report.find("its personal data was changed, or is another's", **where)
        elif expected is not None and self._personal:
            self._missing[entry["id"]] = (entry["stream"], entry["seq"])
        if entry["kind"] == "journal.erased":
            self._erased.add(entry["data"]["entry"])

    def finish(self) -> Report:
        """Look at what only the end can show."""
        report, statements = self.report, self.statements
        report.line = None
        if self._scope["kind"] != "streams" and self._reached != _NO_MORE:
            self._turn_to(_NO_MORE)
        for entry_id, (stream, seq) in self._missing.items():
            if entry_id in self._erased:
                report.erased += 1
            elif self._scope["kind"] == "day":
                report.note(f"{stream} seq {seq}: its personal data is erased, or was withheld")
            else:
                report.find(
                    "its personal data is gone, and no erasure is on record", stream, seq, entry_id
                )
        report.streams, report.seals = len(self.heads), len(statements.seals)
        report.newest_statement = statements.newest
        if self._root is not None and self._root not in statements.published:
            report.find(f"a wrong root: nothing here has the hash {self._root}")
        if statements.first is None:
            report.note("nothing here was ever sealed: it only fits itself")
            if self._trust is not None:
                report.find("an unknown key: nothing here is signed with one that you trust")
        elif not self._compared:
            report.note(
                "keys and seals were compared with nothing that you hold: give the keys you trust"
                " or a root that was published"
            )
        if report.uncovered:
            report.note(f"{report.uncovered} entries are not covered by a seal yet")
        return report
