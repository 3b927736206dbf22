"""Reads of schemes, statements and targets."""

from arrears.placements.commission.queries.charges import ChargeView, ScoreView, charges, entered
from arrears.placements.commission.queries.houses import (
    HouseView,
    Subjects,
    house,
    houses,
    subjects,
)
from arrears.placements.commission.queries.progress import Progress, over_months, targets
from arrears.placements.commission.queries.schemes import (
    ProposalView,
    SchemeView,
    proposal,
    proposals,
    schemes,
)
from arrears.placements.commission.queries.statements import (
    Document,
    LineView,
    StatementView,
    statement,
    statement_document,
    statement_lines,
    statement_of,
    statements,
    unstated,
)

__all__ = [
    "ChargeView",
    "Document",
    "HouseView",
    "LineView",
    "Progress",
    "ProposalView",
    "SchemeView",
    "ScoreView",
    "StatementView",
    "Subjects",
    "charges",
    "entered",
    "house",
    "houses",
    "over_months",
    "proposal",
    "proposals",
    "schemes",
    "statement",
    "statement_document",
    "statement_lines",
    "statement_of",
    "statements",
    "subjects",
    "targets",
    "unstated",
]
