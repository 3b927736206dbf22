"""Inclusion proofs: that a seal covers an entry, shown with a few hashes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from arrears.journal import merkle
from arrears.journal.models import JournalBlock, JournalEntry
from arrears.journal.queries.pages import READ
from arrears.journal.queries.rows import SealedRange, Seals
from arrears.journal.verifier.hashing import leaf, root_of
from arrears.kernel.errors import Conflict, NotFound
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

MOST_BLOCKS: Final = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands under its seal, and the hashes that lead from it to the root.

    Parameters
    ----------
    seal
        The number of the seal's statement.
    index, count
        Its place among the entries under the seal, from 0, and how many these are.
    path
        Hashes beside the way up, hexadecimal, lowest first (RFC 9162, 2.1.3).
    root
        Where it leads, hexadecimal; compare it with the root that was signed.
    """

    seal: int
    day: str
    index: int
    count: int
    path: tuple[str, ...]
    root: str


@dataclass(frozen=True, slots=True)
class _Tree:
    firsts: list[int]
    roots: list[bytes]
    counts: list[int]


class Proofs:
    """Makes proofs; keeps what it read last, since entries of one day come together."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals
        self._trees: OrderedDict[int, _Tree] = OrderedDict()
        self._blocks: OrderedDict[tuple[int, int], dict[int, tuple[int, bytes]]] = OrderedDict()

    def of(self, position: int, sha256: bytes) -> Proof | None:
        """The proof of an entry; None if no seal covers it yet."""
        seal = self._seals.of(position)
        if seal is None:
            return None
        tree = self._tree(seal.number)
        block = sum(first <= position for first in tree.firsts) - 1
        leaves = self._leaves(seal, tree, block) if block >= 0 else {}
        offset, hashed = leaves.get(position, (0, b""))
        if hashed != leaf(sha256):
            raise Conflict(
                "this entry is not where its seal has it: the record was tampered with",
                expected="an entry under its seal",
                found=f"position {position} of seal {seal.number}",
                remedy="arrears journal verify",
            )
        nodes = [node for _, node in sorted(leaves.values())]
        path = [*merkle.path(nodes, offset), *merkle.path(tree.roots, block)]
        index = sum(tree.counts[:block]) + offset
        root = root_of(hashed, index, seal.count, path) or b""
        return Proof(
            seal.number, seal.day, index, seal.count, tuple(h.hex() for h in path), root.hex()
        )

    def _tree(self, number: int) -> _Tree:
        if number not in self._trees:
            rows = JournalBlock.objects.filter(seal=number).order_by("first_position")
            found = [(row.first_position, bytes(row.root), row.count) for row in rows]
            firsts, roots, counts = ([row[n] for row in found] for n in range(3))
            self._trees[number] = _Tree(firsts, roots, counts)  # type: ignore[arg-type]
            if len(self._trees) > MOST_BLOCKS:
                self._trees.popitem(last=False)
        return self._trees[number]

    def _leaves(self, seal: SealedRange, tree: _Tree, block: int) -> dict[int, tuple[int, bytes]]:
        key = (seal.number, block)
        if key not in self._blocks:
            ends = [first - 1 for first in tree.firsts[1:]] + [seal.cut]
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT position, sha256 FROM journal_entry"
                    " WHERE position BETWEEN %s AND %s ORDER BY position",
                    [tree.firsts[block], ends[block]],
                )
                self._blocks[key] = {
                    position: (offset, leaf(bytes(sha256)))
                    for offset, (position, sha256) in enumerate(cursor.fetchall())
                }
            if len(self._blocks) > MOST_BLOCKS:
                self._blocks.popitem(last=False)
        return self._blocks[key]


def journal_proof(actor: Actor, entry_id: UUID) -> Proof:
    """The proof that a seal covers an entry; needs ``journal.read``.

    Raises
    ------
    NotFound
        If there is no such entry.
    Conflict
        If no seal covers it yet, or the record was tampered with.
    """
    actor.require(READ)
    with transaction(actor):
        entry = JournalEntry.objects.filter(id=entry_id).first()
        if entry is None:
            raise NotFound("there is no such journal entry", key=str(entry_id))
        proof = Proofs(Seals.read()).of(entry.position, bytes(entry.sha256))
    if proof is None:
        raise Conflict(
            "no seal covers this entry yet",
            expected="an entry of a day that is sealed",
            found=f"written at {entry.at:%Y-%m-%d %H:%M} UTC, after the newest seal",
            remedy="ask again after the next daily run, or `arrears journal seal`",
        )
    return proof
