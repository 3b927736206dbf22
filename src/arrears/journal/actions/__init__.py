"""The only writers of the journal. ``record`` is for every stage; the rest is its upkeep."""

from arrears.journal.actions.export import Exported, export
from arrears.journal.actions.record import record, record_many
from arrears.journal.actions.seal import Sealed, seal
from arrears.journal.actions.upkeep import (
    erase,
    new_key,
    replace_lost_key,
    restored,
    rotate_key,
)
from arrears.journal.entries import Entry
from arrears.journal.streams import Stream, of_case, of_house, of_person

__all__ = [
    "Entry",
    "Exported",
    "Sealed",
    "Stream",
    "erase",
    "export",
    "new_key",
    "of_case",
    "of_house",
    "of_person",
    "record",
    "record_many",
    "replace_lost_key",
    "restored",
    "rotate_key",
    "seal",
]
