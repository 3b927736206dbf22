"""Seal the day: one signed root over every entry written since the seal before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import connection

from arrears.journal import merkle
from arrears.journal.actions import statements
from arrears.journal.models import JournalBlock, JournalStatement
from arrears.journal.verifier.hashing import Tree
from arrears.kernel.errors import NotAllowed
from arrears.store.actor import LENDER
from arrears.store.transactions import At


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal.

    Parameters
    ----------
    number
        Its place in the chain of statements.
    count
        How many entries it covers.
    root
        The Merkle root over them, hexadecimal.
    sha256
        The hash of the statement: publish this, it vouches for all earlier ones too.
    is_new
        Whether this call made it.
    """

    number: int
    day: date
    count: int
    root: str
    sha256: str
    is_new: bool


def seal(at: At, day: date) -> Sealed:
    """Seal all entries not yet covered, as those of a business day.

    A day may have several seals; one without new entries is sealed once, as empty. Writers are
    held up for the moment in which the cut is fixed, not while the root is computed.

    Raises
    ------
    ConfigError
        If the key in force is lost or unfit; the very first key is made.
    NotAllowed
        To an actor who does not see the whole record: the seal would leave entries out.
    """
    if at.actor.scope != LENDER:
        raise NotAllowed(
            "the journal can only be sealed by one who sees all of it",
            expected=f"the scope {LENDER}",
            found=at.actor.scope or "(nothing)",
        )
    last = statements.newest() or statements.first(at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_cut()")
        (cut,) = cursor.fetchone()
    blocks = list(merkle.blocks(_entries(last.cut, cut)))
    count = sum(entries for _, entries, _ in blocks)
    if not count:
        sealed = JournalStatement.objects.filter(day=day).order_by("-number").first()
        if sealed is not None:
            return _told(sealed, is_new=False)
    tree = Tree()
    for _, _, block_root in blocks:
        tree.push(block_root)
    made = statements.add(
        at, last, statements.key_in_force(last), "seal",
        {"day": day.isoformat(), "cut": cut, "count": count, "root": tree.root().hex()},
        day=day, cut=cut, count=count, root=tree.root(),
    )  # fmt: skip
    JournalBlock.objects.bulk_create(
        (
            JournalBlock(seal=made.number, first_position=first, count=entries, root=block_root)
            for first, entries, block_root in blocks
        ),
        batch_size=1000,
    )
    return _told(made, is_new=True)


def _entries(after: int, until: int) -> Iterator[tuple[int, bytes]]:
    # A stream: the memory that sealing takes does not grow with the day.
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY (SELECT position, sha256 FROM journal_entry"
            " WHERE position > %s AND position <= %s ORDER BY position)"
            " TO STDOUT (FORMAT binary)",
            [after, until],
        ) as copy,
    ):
        copy.set_types(["int8", "bytea"])
        yield from copy.rows()


def _told(statement: JournalStatement, *, is_new: bool) -> Sealed:
    if statement.day is None or statement.root is None:
        raise AssertionError("a seal has a day and a root")
    return Sealed(
        statement.number,
        statement.day,
        statement.count,
        bytes(statement.root).hex(),
        bytes(statement.sha256).hex(),
        is_new,
    )
