"""What the house knows itself of how a month went: complaints, training, contacts, reports.

The rest is entered by a person who says how it was found. A component of which nothing is known
has no score, and no statement is issued on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from arrears.kernel.dates import add_months
from arrears.placements.commission.rules.bounds import WHOLE_BPS, bounds
from arrears.store.pages import select

# A certificate counts that is good on the last day of the month.
_TRAINED: Final = """
SELECT count(*) AS whole, count(*) FILTER (WHERE good = 2) AS good FROM (
  SELECT s.id, (SELECT count(DISTINCT c.kind) FROM people_certificate c WHERE c.staff_id = s.id
    AND c.kind IN ('training', 'test') AND c.passed_on <= %(last)s AND c.expires_on > %(last)s
    AND (c.revoked_on IS NULL OR c.revoked_on > %(last)s)) AS good
  FROM people_staff s WHERE s.organisation_id = %(organisation)s
    AND (%(staff)s::uuid[] IS NULL OR s.id = ANY(%(staff)s))
    AND s.joined_on <= %(last)s AND (s.left_on IS NULL OR s.left_on > %(last)s)
) each
"""
# Contacts of members of staff are those that they recorded.
_CONTACTS: Final = """
SELECT count(*) AS whole,
  count(*) FILTER (WHERE NOT EXISTS (SELECT FROM conduct_incident i WHERE i.contact_id = c.id))
    AS clean,
  count(*) FILTER (WHERE c.received_at <= c.started_at + %(within)s) AS in_time
FROM conduct_contact c JOIN people_organisation o ON o.ref = c.organisation
WHERE o.id = %(organisation)s AND NOT c.dropped
  AND c.started_at >= %(from_at)s AND c.started_at < %(until_at)s
  AND (%(staff)s::uuid[] IS NULL OR c.recorded_by IN (
    SELECT 'staff:' || s.user_id FROM people_staff s WHERE s.id = ANY(%(staff)s)))
"""
_COMPLAINTS: Final = """
SELECT k.severity, count(*) AS upheld FROM commission_complaint k
WHERE k.organisation_id = %(organisation)s AND k.upheld_on >= %(month)s AND k.upheld_on < %(end)s
  AND (%(staff)s::uuid[] IS NULL OR k.staff_id = ANY(%(staff)s))
GROUP BY k.severity ORDER BY k.severity
"""
_ENTERED: Final = """
SELECT DISTINCT ON (e.component, e.staff_id) e.component, e.score_bps, e.id
FROM commission_score e
WHERE e.organisation_id = %(organisation)s AND e.month = %(month)s
  AND CASE WHEN %(staff)s::uuid[] IS NULL THEN e.staff_id IS NULL
    ELSE e.staff_id = ANY(%(staff)s::uuid[]) END
ORDER BY e.component, e.staff_id, e.made_at DESC, e.id DESC
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A component's score and how it was found; ``source`` is measured or entered.

    Parameters
    ----------
    basis
        The counts that it is made of, or the ids of what was entered.
    """

    score_bps: int
    source: str
    basis: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"score_bps": self.score_bps, "source": self.source, "basis": dict(self.basis)}


def scores(
    organisation: UUID, month: date, staff: tuple[UUID, ...] | None = None
) -> dict[str, Measured]:
    """The scores of a month that are known, of an organisation or of some of its staff.

    Parameters
    ----------
    month
        Its first day.
    staff
        Members of a team, or one; None: the whole organisation. What was entered counts for
        whom it was entered: for members of staff, or for the organisation.
    """
    end = add_months(month, 1)
    zone = ZoneInfo(settings.ARREARS.business_zone)
    told: dict[str, Any] = {
        "organisation": organisation,
        "staff": None if staff is None else list(staff),
        "month": month,
        "end": end,
        "last": end - timedelta(days=1),
        "from_at": datetime.combine(month, time(), zone),
        "until_at": datetime.combine(end, time(), zone),
        "within": timedelta(hours=bounds().report_within_hours),
    }
    found = {name: measure(told) for name, measure in MEASURES.items()}
    entered: dict[str, list[dict[str, Any]]] = {}
    for row in select(_ENTERED, told):
        entered.setdefault(row["component"], []).append(row)
    for name, rows in entered.items():
        # Of a team, the mean of its members, once each of them has one.
        if name not in found and len(rows) == (1 if staff is None else len(staff)):
            mean = sum(row["score_bps"] for row in rows) // len(rows)
            found[name] = Measured(mean, "entered", {"entered": [str(row["id"]) for row in rows]})
    return found


def _training(told: Mapping[str, Any]) -> Measured:
    (row,) = select(_TRAINED, told)
    # Nobody on the register: nobody who is trained.
    return _share(row["good"], row["whole"], 0, {"staff": row["whole"], "trained": row["good"]})


def _contact_quality(told: Mapping[str, Any]) -> Measured:
    (row,) = select(_CONTACTS, told)
    basis = {"contacts": row["whole"], "without_incident": row["clean"]}
    return _share(row["clean"], row["whole"], WHOLE_BPS, basis)


def _data_accuracy(told: Mapping[str, Any]) -> Measured:
    (row,) = select(_CONTACTS, told)
    basis = {"contacts": row["whole"], "reported_in_time": row["in_time"]}
    return _share(row["in_time"], row["whole"], WHOLE_BPS, basis)


def _complaints(told: Mapping[str, Any]) -> Measured:
    points = bounds().complaint_points_bps
    upheld = {row["severity"]: row["upheld"] for row in select(_COMPLAINTS, told)}
    off = sum(points[severity] * count for severity, count in upheld.items())
    return Measured(max(0, WHOLE_BPS - off), "measured", upheld)


def _share(part: int, whole: int, of_none: int, basis: Mapping[str, Any]) -> Measured:
    return Measured(part * WHOLE_BPS // whole if whole else of_none, "measured", basis)


MEASURES: Final[Mapping[str, Callable[[Mapping[str, Any]], Measured]]] = {
    "contact_quality": _contact_quality,
    "complaints": _complaints,
    "training": _training,
    "data_accuracy": _data_accuracy,
}
