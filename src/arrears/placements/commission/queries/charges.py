"""What a person put down about an organisation: complaints upheld, adjustments, scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from arrears.store.actor import Actor
from arrears.store.pages import views
from arrears.store.transactions import transaction

READ: Final = "statements.read"
MOST: Final = 100

_CHARGES: Final = """
SELECT * FROM (
  SELECT k.id, 'complaint' AS kind, k.severity, k.upheld_on, k.reference, k.finding AS reason,
    NULL AS currency, NULL::bigint AS commission_minor, s.display_name AS about, k.made_by,
    k.made_at, (SELECT max(t.month) FROM commission_line c
      JOIN commission_statement t ON t.id = c.statement_id WHERE c.charge = k.id) AS stated_in
  FROM commission_complaint k LEFT JOIN people_staff s ON s.id = k.staff_id
  WHERE k.organisation_id = %(house)s
  UNION ALL
  SELECT a.id, 'adjustment', NULL, NULL, NULL, a.reason, a.currency, a.commission_minor, NULL,
    a.made_by, a.made_at, (SELECT max(t.month) FROM commission_line c
      JOIN commission_statement t ON t.id = c.statement_id WHERE c.charge = a.id)
  FROM commission_adjustment a WHERE a.organisation_id = %(house)s
) every ORDER BY made_at DESC, id DESC LIMIT 100
"""
_SCORES: Final = """
SELECT e.id, e.component, e.month, e.score_bps, e.reason, s.display_name AS about, e.made_by,
  e.made_at
FROM commission_score e LEFT JOIN people_staff s ON s.id = e.staff_id
WHERE e.organisation_id = %s ORDER BY e.month DESC, e.made_at DESC, e.id DESC LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class ChargeView:
    """A complaint that was upheld, or an adjustment.

    Parameters
    ----------
    about
        The member of staff, if it is about one.
    stated_in
        The month of the statement that brought it; None: it waits for the next.
    """

    id: UUID
    kind: str
    severity: str | None
    upheld_on: date | None
    reference: str | None
    reason: str
    currency: str | None
    commission_minor: int | None
    about: str | None
    made_by: str
    made_at: datetime
    stated_in: date | None


@dataclass(frozen=True, slots=True)
class ScoreView:
    """How well a component went in a month, as somebody entered it; the newest counts."""

    id: UUID
    component: str
    month: date
    score_bps: int
    reason: str
    about: str | None
    made_by: str
    made_at: datetime


def charges(actor: Actor, house: UUID) -> tuple[ChargeView, ...]:
    """Complaints and adjustments of an organisation, the newest first, 100 at most."""
    actor.require(READ)
    with transaction(actor):
        return views(ChargeView, _CHARGES, {"house": house})


def entered(actor: Actor, house: UUID) -> tuple[ScoreView, ...]:
    """Scores that were entered for an organisation, the newest month first, 100 at most."""
    actor.require(READ)
    with transaction(actor):
        return views(ScoreView, _SCORES, [house])
