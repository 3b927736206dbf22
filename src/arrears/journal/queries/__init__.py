"""Reads of the journal: pages of entries and seals, inclusion proofs, verification in place."""

from arrears.journal.queries.covered import Proof, journal_proof
from arrears.journal.queries.pages import (
    EntryView,
    SealView,
    entries,
    entries_of,
    keys_known,
    statements,
)
from arrears.journal.queries.single import (
    EntryDetail,
    Signed,
    entries_between,
    entry,
    signed_statements,
)
from arrears.journal.queries.verify import verify_database

__all__ = [
    "EntryDetail",
    "EntryView",
    "Proof",
    "SealView",
    "Signed",
    "entries",
    "entries_between",
    "entries_of",
    "entry",
    "journal_proof",
    "keys_known",
    "signed_statements",
    "statements",
    "verify_database",
]
