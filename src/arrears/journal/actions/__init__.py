"""The only writers of the journal. ``record`` is for every stage; the rest is its upkeep."""

from arrears.journal.actions.record import record, record_many
from arrears.journal.entries import Entry
from arrears.journal.streams import Stream, of_case, of_house, of_person

__all__ = [
    "Entry",
    "Stream",
    "of_case",
    "of_house",
    "of_person",
    "record",
    "record_many",
]
