"""Reads of contacts as frozen view models."""

from arrears.contacts.queries.messages import (
    HandOverView,
    MessageLine,
    counts,
    hand_overs,
    list_messages,
)
from arrears.contacts.queries.wordings import WordingLine, findings, list_wordings

__all__ = [
    "HandOverView",
    "MessageLine",
    "WordingLine",
    "counts",
    "findings",
    "hand_overs",
    "list_messages",
    "list_wordings",
]
