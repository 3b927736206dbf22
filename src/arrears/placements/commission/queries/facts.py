"""What a statement is drawn up from: payments, placements, what was stated, complaints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from arrears.placements.commission.rules.attribute import Led, Received, to_state
from arrears.placements.commission.rules.reckon import Charge, Stated
from arrears.store.pages import select

# Whom the agency led, in business days of the lender.
_LED: Final = """
SELECT p.id AS placement, p.organisation_id AS organisation, p.person_id AS person,
  (p.from_at AT TIME ZONE %(zone)s)::date AS first_on,
  (p.until_at AT TIME ZONE %(zone)s)::date AS until_on
FROM placements_placement p
WHERE p.organisation_id = %(organisation)s AND (p.from_at AT TIME ZONE %(zone)s)::date < %(end)s
ORDER BY p.person_id, p.from_at, p.id
"""
# Rows of the book since then that no statement brought yet, and what those reversed that are
# among them; a payment of before the first placement is never the agency's.
_ROWS: Final = """
WITH led AS MATERIALIZED (
  SELECT p.person_id, min((p.from_at AT TIME ZONE %(zone)s)::date) AS first_on
  FROM placements_placement p
  WHERE p.organisation_id = %(organisation)s
  GROUP BY p.person_id
), fresh AS MATERIALIZED (
  SELECT y.payment_ref, y.reverses
  FROM led JOIN loans_loan l ON l.person_id = led.person_id
  JOIN loans_payment y ON y.loan_id = l.id
  WHERE y.paid_on >= led.first_on AND y.paid_on < %(end)s
    AND NOT EXISTS (SELECT FROM commission_line c WHERE c.payment_ref = y.payment_ref
                    AND c.kind IN ('payment', 'reversal'))
), wanted AS (
  SELECT payment_ref FROM fresh UNION SELECT reverses FROM fresh WHERE reverses IS NOT NULL
)
SELECT y.payment_ref, l.person_id AS person, y.paid_on, y.reverses, l.loan_ref, l.id AS loan,
  l.currency, y.amount_minor, s.organisation_id AS stated_by
FROM wanted w JOIN loans_payment y ON y.payment_ref = w.payment_ref
JOIN loans_loan l ON l.id = y.loan_id
LEFT JOIN commission_line c ON c.payment_ref = y.payment_ref AND c.kind IN ('payment', 'reversal')
LEFT JOIN commission_statement s ON s.id = c.statement_id
ORDER BY y.paid_on, y.payment_ref
"""
# In which bucket loans were on the day their person was placed.
_BUCKETS: Final = """
SELECT p.id AS placement, b.loan_id AS loan, b.bucket
FROM placements_placement p
JOIN loans_loan l ON l.person_id = p.person_id
JOIN cases_bucket_span b ON b.loan_id = l.id
  AND b.from_on <= (p.from_at AT TIME ZONE %(zone)s)::date
  AND (b.until_on IS NULL OR b.until_on > (p.from_at AT TIME ZONE %(zone)s)::date)
WHERE p.id = ANY(%(placements)s)
"""
# What the agency's statements brought: all lines of a payment or reversal together, beside what
# the book shows of it now. A reversal of a payment that is gone takes nothing back.
_STATED: Final = """
WITH brought AS MATERIALIZED (
  SELECT c.payment_ref, min(c.loan_ref) AS loan_ref, min(c.currency) AS currency,
    min(c.paid_on) AS paid_on, sum(c.amount_minor)::bigint AS amount_minor,
    sum(c.fee_minor)::bigint AS fee_minor, sum(c.commission_minor)::bigint AS commission_minor,
    max(c.amount_minor) FILTER (WHERE c.kind <> 'correction') AS first_amount_minor,
    max(c.fee_minor) FILTER (WHERE c.kind <> 'correction') AS first_fee_minor,
    max(c.commission_minor) FILTER (WHERE c.kind <> 'correction') AS first_commission_minor
  FROM commission_line c JOIN commission_statement s ON s.id = c.statement_id
  WHERE s.organisation_id = %(organisation)s AND c.payment_ref IS NOT NULL
  GROUP BY c.payment_ref
)
SELECT * FROM (
  SELECT b.*, CASE WHEN y.payment_ref IS NULL THEN 0
    WHEN y.reverses IS NULL THEN y.amount_minor
    WHEN o.payment_ref IS NULL THEN 0 ELSE -y.amount_minor END AS book_minor
  FROM brought b LEFT JOIN loans_payment y ON y.payment_ref = b.payment_ref
  LEFT JOIN loans_payment o ON o.payment_ref = y.reverses
) now
WHERE now.amount_minor <> now.book_minor OR now.payment_ref = ANY(%(reversed)s)
ORDER BY now.payment_ref
"""
_COMPLAINTS: Final = """
SELECT k.id, k.severity FROM commission_complaint k
WHERE k.organisation_id = %(organisation)s AND k.upheld_on < %(end)s
  AND NOT EXISTS (SELECT FROM commission_line c WHERE c.charge = k.id)
ORDER BY k.id
"""
_ADJUSTMENTS: Final = """
SELECT a.id, a.currency, a.commission_minor FROM commission_adjustment a
WHERE a.organisation_id = %(organisation)s
  AND NOT EXISTS (SELECT FROM commission_line c WHERE c.charge = a.id)
ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A row of the book that the next statement brings; ``bucket`` None: not overdue then."""

    payment_ref: str
    loan_ref: str
    currency: str
    paid_on: date
    amount_minor: int
    reverses: str | None
    placement: UUID | None
    bucket: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a statement is drawn up from, of days before ``end``."""

    due: tuple[Due, ...]
    stated: Mapping[str, Stated]
    book_minor: Mapping[str, int]
    complaints: tuple[Charge, ...]
    adjustments: tuple[Charge, ...]


def facts(organisation: UUID, end: date, *, regular: bool) -> Facts:
    """Load the facts, in a transaction with the lender's scope.

    Complaints are for a regular statement alone: one that only brings what changed earns little,
    and a complaint would cost nothing there.
    """
    told: dict[str, Any] = {
        "organisation": organisation,
        "end": end,
        "zone": settings.ARREARS.business_zone,
    }
    rows = select(_ROWS, told)
    led = [Led(**row) for row in select(_LED, told)]
    by = {row["payment_ref"]: row["stated_by"] for row in rows if row["stated_by"]}
    own = {ref for ref, whose in by.items() if whose == organisation}
    received = [
        Received(row["payment_ref"], row["person"], row["paid_on"], row["reverses"]) for row in rows
    ]
    bring = to_state(received, led, own, set(by) - own)
    due = _due(rows, bring, told)
    reversed_refs = [each.reverses for each in due if each.reverses]
    stated, book = _stated({**told, "reversed": reversed_refs})
    complaints = select(_COMPLAINTS, told) if regular else []
    return Facts(
        due=due,
        stated=stated,
        book_minor=book,
        complaints=tuple(Charge(**row) for row in complaints),
        adjustments=tuple(Charge(**row) for row in select(_ADJUSTMENTS, told)),
    )


def _due(
    rows: list[dict[str, Any]], bring: Mapping[str, UUID | None], told: Mapping[str, Any]
) -> tuple[Due, ...]:
    placements = sorted({each for each in bring.values() if each is not None})
    found = select(_BUCKETS, {**told, "placements": placements})
    buckets = {(each["placement"], each["loan"]): each["bucket"] for each in found}
    names = ("payment_ref", "loan_ref", "currency", "paid_on", "amount_minor", "reverses")
    return tuple(
        Due(
            **{name: row[name] for name in names},
            placement=bring[row["payment_ref"]],
            bucket=buckets.get((bring[row["payment_ref"]], row["loan"])),
        )
        for row in rows
        if row["payment_ref"] in bring
    )


def _stated(told: Mapping[str, Any]) -> tuple[dict[str, Stated], dict[str, int]]:
    rows = select(_STATED, told)
    book = {row["payment_ref"]: int(row.pop("book_minor")) for row in rows}
    return {row["payment_ref"]: Stated(**row) for row in rows}, book
