"""Reads of the journal: pages of entries and seals, inclusion proofs, verification in place."""

from arrears.journal.queries.covered import Proof, journal_proof
from arrears.journal.queries.found import (
    EntryFilter,
    all_found,
    entries_found,
    newest_position,
)
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
    "EntryFilter",
    "EntryView",
    "Proof",
    "SealView",
    "Signed",
    "all_found",
    "entries",
    "entries_between",
    "entries_found",
    "entries_of",
    "entry",
    "journal_proof",
    "keys_known",
    "newest_position",
    "signed_statements",
    "statements",
    "verify_database",
]
