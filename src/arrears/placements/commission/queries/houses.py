"""The lender and its agencies, and how it stands with scheme and statements of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from arrears.kernel.dates import add_months
from arrears.kernel.errors import NotFound
from arrears.people.organisations import scope_of
from arrears.store.actor import LENDER, Actor
from arrears.store.pages import select
from arrears.store.transactions import At, transaction

READ: Final = "statements.read"
MOST: Final = 200

_HOUSES: Final = """
SELECT o.id, o.ref, o.name, o.kind,
  (SELECT s.number FROM commission_scheme s WHERE s.organisation_id = o.id
     AND s.from_on <= %(today)s AND (s.until_on IS NULL OR s.until_on > %(today)s)) AS scheme,
  (SELECT s.from_on FROM commission_scheme s WHERE s.organisation_id = o.id
     AND s.from_on <= %(today)s AND (s.until_on IS NULL OR s.until_on > %(today)s)
  ) AS scheme_from_on,
  (SELECT count(*) FROM commission_proposal p
     WHERE p.organisation_id = o.id AND p.state = 'asked') AS proposed,
  (SELECT max(t.month) FROM commission_statement t
     WHERE t.organisation_id = o.id AND t.state <> 'dropped') AS stated_month,
  (SELECT count(*) FROM commission_statement t
     WHERE t.organisation_id = o.id AND t.state = 'disputed') AS disputed
FROM people_organisation o
WHERE (%(ref)s::text IS NULL OR o.ref = %(ref)s)
ORDER BY o.kind DESC, o.ref, o.id LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class HouseView:
    """An organisation.

    Parameters
    ----------
    scheme, scheme_from_on
        Number and first day of the scheme in force; None: none is.
    proposed, disputed
        Schemes that wait for a second person; statements that are disputed.
    stated_month
        The latest month that was stated; None: none was.
    """

    id: UUID
    ref: str
    name: str
    kind: str
    scheme: int | None
    scheme_from_on: date | None
    proposed: int
    stated_month: date | None
    disputed: int


def houses(actor: Actor) -> tuple[HouseView, ...]:
    """The lender first, then its agencies, 200 at most; an agency sees itself."""
    actor.require(READ)
    with transaction(actor) as at:
        return _found(at, None)


def house(actor: Actor, ref: str) -> HouseView:
    """One organisation.

    Raises
    ------
    NotFound
        If there is none of that reference, or the actor may not see it.
    """
    actor.require(READ)
    with transaction(actor) as at:
        found = _found(at, ref)
    if not found:
        raise NotFound("there is no such organisation", key=ref)
    return found[0]


def _found(at: At, ref: str | None) -> tuple[HouseView, ...]:
    # The register of organisations is public to all houses; pay is not.
    given: dict[str, Any] = {"today": at.today, "ref": ref}
    rows = select(_HOUSES, given)
    if at.actor.scope != LENDER:
        rows = [row for row in rows if scope_of(row["id"]) == at.actor.scope]
    return tuple(HouseView(**row) for row in rows)


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whose targets can be set beside the organisation's: its teams, its staff by badge."""

    teams: tuple[tuple[UUID, str], ...]
    staff: tuple[tuple[str, str], ...]


def subjects(actor: Actor, ref: str, month: date) -> Subjects:
    """Teams and staff of an organisation in a month, 500 at most of each."""
    actor.require(READ)
    with transaction(actor):
        given = {"ref": ref, "month": month, "end": add_months(month, 1)}
        teams = select(_TEAMS, given)
        staff = select(_STAFF, given)
    return Subjects(
        tuple((row["id"], row["name"]) for row in teams),
        tuple((row["badge_no"], row["display_name"]) for row in staff),
    )


_TEAMS: Final = """
SELECT t.id, t.name FROM people_team t JOIN people_organisation o ON o.id = t.organisation_id
WHERE o.ref = %(ref)s AND (t.closed_on IS NULL OR t.closed_on > %(month)s)
ORDER BY t.name, t.id LIMIT 500
"""
_STAFF: Final = """
SELECT s.badge_no, s.display_name FROM people_staff s
JOIN people_organisation o ON o.id = s.organisation_id
WHERE o.ref = %(ref)s AND s.joined_on < %(end)s AND (s.left_on IS NULL OR s.left_on > %(month)s)
ORDER BY s.display_name, s.badge_no LIMIT 500
"""
