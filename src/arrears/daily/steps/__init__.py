"""The business day, step by step, in this order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arrears.daily.steps.age import age
from arrears.daily.steps.allot import allot
from arrears.daily.steps.book import book
from arrears.daily.steps.cases import cases
from arrears.daily.steps.day import Day
from arrears.daily.steps.differences import differences
from arrears.daily.steps.evidence import evidence
from arrears.daily.steps.seal import seal
from arrears.daily.steps.summary import summary
from arrears.daily.steps.terms import terms
from arrears.store.transactions import At

__all__ = ["STEPS", "Day"]

Step = Callable[[Day, At], dict[str, Any]]

STEPS: tuple[Step, ...] = (
    book,  # this version of the stored book, as files
    age,  # which loans are overdue, since when, and what is next for each person
    cases,  # open, escalate, ease, cure, hold, treat
    terms,  # persons whose placement is over come back
    allot,  # every open case to somebody who can work on it
    differences,  # where the lender's own figures are not explained
    summary,  # what stands where now
    evidence,  # erase what need not be kept any more
    seal,  # sign the root of all that was put on record
)
