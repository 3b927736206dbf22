"""Treatments: which step is next for a person, from versioned decision tables, and why.

``facts`` says what a table may ask, ``decision`` proves that a table decides everything,
``strategy`` shares persons out between champion and challengers, ``apply`` decides for all and
explains one.
"""

from __future__ import annotations

from arrears.book.treat.apply import SCHEMA, Asked, Tried, Why, explain, treat
from arrears.book.treat.strategy import (
    Strategies,
    Strategy,
    load_strategies,
    shipped_strategies,
)
from arrears.book.treat.treatments import TREATMENTS, Treatment

__all__ = [
    "SCHEMA",
    "TREATMENTS",
    "Asked",
    "Strategies",
    "Strategy",
    "Treatment",
    "Tried",
    "Why",
    "explain",
    "load_strategies",
    "shipped_strategies",
    "treat",
]
