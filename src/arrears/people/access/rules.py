"""Pure decisions about looking at persons' data."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

REASON_LENGTH: Final = 10  # characters of a reason that others can follow

# What of a person's file somebody looked at, as the read log names it.
SUBJECTS: Final = (
    "person",
    "case",
    "loan",
    "calendar",
    "reads",
    "set_aside",
    "record",
    "export",
    "incident",
)


def until_at(revealed_at: datetime, minutes: int) -> datetime:
    """When a revealed field is masked again."""
    return revealed_at + timedelta(minutes=minutes)
