"""One member of staff with all papers, and the teams of an organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from arrears.journal.evidence.queries import content
from arrears.kernel.errors import NotFound
from arrears.people.models import Organisation, Staff
from arrears.people.organisations import LENDER_REF, agency_of
from arrears.people.register.staff import StaffFilter, StaffRow, staff_page
from arrears.store.actor import Actor, system
from arrears.store.pages import select
from arrears.store.transactions import transaction

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Member:
    """All that the register holds of one member of staff; newest first.

    Parameters
    ----------
    letters
        Of their own, and those given to all of their organisation.
    gone
        Whether they have left: their entry stands as it was.
    badge_until_on
        First day without a good badge, as it was entered; None: until they leave.
    team_id
        The team they are in today.
    """

    row: StaffRow
    gone: bool
    badge_until_on: date | None
    team_id: UUID | None
    certificates: tuple[Mapping[str, Any], ...]
    letters: tuple[Mapping[str, Any], ...]
    absences: tuple[Mapping[str, Any], ...]
    conflicts: tuple[Mapping[str, Any], ...]
    teams: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team, with how many are in it today."""

    id: UUID
    organisation: str
    organisation_name: str
    name: str
    lead_id: UUID | None
    lead_badge_no: str | None
    lead_name: str | None
    closed_on: date | None
    members: int
    away: int


@dataclass(frozen=True, slots=True)
class Employer:
    """An organisation as a choice in a form."""

    ref: str
    name: str
    kind: str
    state: str


_CERTIFICATES: Final = """
SELECT id, kind, passed_on, expires_on, reference, revoked_on FROM people_certificate
WHERE staff_id = %s ORDER BY kind, expires_on DESC, id LIMIT 200
"""
_LETTERS: Final = """
SELECT l.id, l.letter_no, l.from_on, l.until_on, l.revoked_on, p.person_ref,
  l.person_id, l.staff_id IS NULL AS of_all
FROM people_authority_letter l LEFT JOIN people_person p ON p.id = l.person_id
WHERE l.staff_id = %s OR l.organisation_id = %s ORDER BY l.until_on DESC, l.letter_no LIMIT 200
"""
_ABSENCES: Final = """
SELECT id, from_on, until_on, reason FROM people_absence
WHERE staff_id = %s ORDER BY from_on DESC, id LIMIT 200
"""
_CONFLICTS: Final = """
SELECT c.id, c.person_id, p.person_ref, c.reason, c.made_at
FROM people_conflict c LEFT JOIN people_person p ON p.id = c.person_id
WHERE c.staff_id = %s ORDER BY c.made_at DESC, c.id LIMIT 200
"""
_TEAMS_OF: Final = """
SELECT t.id, t.name, m.from_on, m.until_on FROM people_team_member m
JOIN people_team t ON t.id = m.team_id WHERE m.staff_id = %s ORDER BY m.from_on DESC, m.id LIMIT 200
"""
_TEAMS: Final = """
SELECT t.id, o.ref AS organisation, o.name AS organisation_name, t.name, t.lead_id,
  s.badge_no AS lead_badge_no, s.display_name AS lead_name, t.closed_on,
  (SELECT count(*) FROM people_team_member m WHERE m.team_id = t.id AND m.from_on <= %(day)s
     AND (m.until_on IS NULL OR m.until_on > %(day)s)) AS members,
  (SELECT count(*) FROM people_team_member m JOIN people_absence a ON a.staff_id = m.staff_id
     WHERE m.team_id = t.id AND m.from_on <= %(day)s
     AND (m.until_on IS NULL OR m.until_on > %(day)s)
     AND a.from_on <= %(day)s AND (a.until_on IS NULL OR a.until_on > %(day)s)) AS away
FROM people_team t JOIN people_organisation o ON o.id = t.organisation_id
LEFT JOIN people_staff s ON s.id = t.lead_id
WHERE (%(team_id)s::uuid IS NULL OR t.id = %(team_id)s)
  AND (%(organisation)s::text IS NULL OR o.ref = %(organisation)s)
ORDER BY t.closed_on IS NOT NULL, o.kind <> 'lender', o.ref, t.name, t.id LIMIT 500
"""


def member(actor: Actor, staff_id: UUID) -> Member:
    """One member of staff; needs ``register.read``.

    Raises
    ------
    NotFound
        If there is none of this id, or none that the actor may see.
    """
    actor.require("register.read")
    with transaction(actor) as at:
        found = _staff(staff_id)
        (row,) = staff_page(
            actor, which=StaffFilter(badge_no=found.badge_no, gone=True), size=1
        ).rows
        teams = select(_TEAMS_OF, [staff_id])
        now = [t for t in teams if t["from_on"] <= at.today
               and (t["until_on"] is None or t["until_on"] > at.today)]  # fmt: skip
        return Member(
            row=row,
            gone=found.badge_revoked_on is not None,
            badge_until_on=found.badge_until_on,
            team_id=now[0]["id"] if now else None,
            certificates=tuple(select(_CERTIFICATES, [staff_id])),
            letters=tuple(select(_LETTERS, [staff_id, found.organisation_id])),
            absences=tuple(select(_ABSENCES, [staff_id])),
            conflicts=tuple(select(_CONFLICTS, [staff_id])),
            teams=tuple(teams),
        )


def photo(actor: Actor, staff_id: UUID) -> Iterator[bytes]:
    """The photo of a badge as JPEG, part by part; needs ``register.read``.

    An agency sees those of its own people, though evidence lies in the lender's scope: whom the
    actor may see is asked first.

    Raises
    ------
    NotFound
        If there is nobody of this id to be seen, or no photo.
    """
    actor.require("register.read")
    with transaction(actor):
        found = _staff(staff_id)
    if found.photo is None:
        raise NotFound("this badge has no photo", key=staff_id)
    with transaction(system("register")):
        return content(found.photo)


def teams(
    actor: Actor, *, organisation: str | None = None, team_id: UUID | None = None
) -> tuple[TeamRow, ...]:
    """Teams, those that are closed last, 500 at most; needs ``register.read``."""
    actor.require("register.read")
    with transaction(actor) as at:
        given = {"day": at.today, "organisation": organisation, "team_id": team_id}
        return tuple(TeamRow(**row) for row in select(_TEAMS, given))


def team(actor: Actor, team_id: UUID) -> TeamRow:
    """One team; raises :class:`NotFound` if there is none to be seen."""
    found = teams(actor, team_id=team_id)
    if not found:
        raise NotFound("there is no such team", key=team_id)
    return found[0]


def employers(actor: Actor) -> tuple[Employer, ...]:
    """The lender and its agencies, those that have ended left out; needs ``register.read``.

    An agency's own people see none but their own.
    """
    actor.require("register.read")
    own = agency_of(actor.scope)
    found = Organisation.objects.exclude(state="ended")
    if own is not None:
        found = found.filter(id=own)
    rows = found.order_by("-kind", "ref").values("ref", "name", "kind", "state")[:MOST]
    every = tuple(Employer(**row) for row in rows)
    if own is None and not any(each.kind == "lender" for each in every):
        # Its row is made when it is first needed.
        every = (Employer(LENDER_REF, LENDER_REF, "lender", "approved"), *every)
    return every


def _staff(staff_id: UUID) -> Staff:
    found = Staff.objects.filter(id=staff_id).first()
    if found is None:
        raise NotFound("there is nobody of this id", key=staff_id)
    return found
