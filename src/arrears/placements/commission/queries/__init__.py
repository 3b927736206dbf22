"""Reads of schemes, statements and targets."""

from arrears.placements.commission.queries.progress import Progress, targets
from arrears.placements.commission.queries.statements import (
    Document,
    LineView,
    SchemeView,
    StatementView,
    schemes,
    statement,
    statement_document,
    statement_lines,
    statement_of,
    statements,
    unstated,
)

__all__ = [
    "Document",
    "LineView",
    "Progress",
    "SchemeView",
    "StatementView",
    "schemes",
    "statement",
    "statement_document",
    "statement_lines",
    "statement_of",
    "statements",
    "targets",
    "unstated",
]
