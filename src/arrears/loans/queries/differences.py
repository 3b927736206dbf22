"""Where the lender's own figures are not what our ageing explains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

Measure = Literal["payoff", "late_interest"]


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One figure of one loan; ``difference_minor`` is ours less the lender's."""

    loan_id: UUID
    loan_ref: str
    person_ref: str
    measure: str
    as_of: date
    currency: str
    lender_minor: int
    ours_minor: int
    difference_minor: int


_ROWS = """
SELECT d.loan_id, l.loan_ref, p.person_ref, d.measure, d.as_of, l.currency, d.lender_minor,
       d.ours_minor, d.ours_minor - d.lender_minor AS difference_minor
FROM loans_difference d
JOIN loans_loan l ON l.id = d.loan_id JOIN people_person p ON p.id = l.person_id
WHERE %(measure)s::text IS NULL OR d.measure = %(measure)s
ORDER BY abs(d.ours_minor - d.lender_minor) DESC, d.loan_id, d.measure
LIMIT %(limit)s OFFSET %(offset)s
"""
_COUNT = """
SELECT count(*) AS total FROM loans_difference
WHERE %(measure)s::text IS NULL OR measure = %(measure)s
"""


def differences(
    actor: Actor, measure: Measure | None = None, page: int = 1, size: int = 50
) -> Page[DifferenceView]:
    """A page of differences, the largest first; needs ``data.read``."""
    actor.require("data.read")
    limit, offset = bounded(page, size)
    given = {"measure": measure, "limit": limit, "offset": offset}
    with transaction(actor):
        total = select(_COUNT, given)[0]["total"]
        return Page(views(DifferenceView, _ROWS, given), total, page, size)
