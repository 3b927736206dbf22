"""Agencies and staff as lists and pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.people.models import AgencyContract, AgencyReview, DeletionProof, Organisation
from arrears.people.register.facts import agency_on_register, obstacles, staff_on_register
from arrears.people.rules.kinds import CERTIFICATE_KINDS
from arrears.people.rules.standing import staff_facts_on
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select
from arrears.store.transactions import transaction

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency in a list.

    Parameters
    ----------
    contract_until_on
        Of the contract in force: the first day without it; None: none is in force.
    review_due_on
        First day on which the yearly review is overdue.
    obstacles
        Why nothing may be placed with it today, as ``people.words.OBSTACLES`` names them.
    """

    id: UUID
    ref: str
    name: str
    form: str
    state: str
    state_on: date
    contract_until_on: date | None
    review_due_on: date | None
    obstacles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """All about one agency; its contracts, reviews and proofs newest first."""

    row: AgencyRow
    address: str | None
    phone: str | None
    email: str | None
    registration_no: str | None
    state_reason: str | None
    contracts: tuple[Mapping[str, Any], ...]
    reviews: tuple[Mapping[str, Any], ...]
    deletions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff in a list.

    Parameters
    ----------
    papers
        Kind of certificate → the day on which the last of it ends (or was revoked).
    facts
        The rulebook's ``staff_*`` facts of today; authority for all persons only.
    away_until_on, away
        Whether they are away today, and the first day on which they are back (None: not known).
    """

    id: UUID
    badge_no: str
    display_name: str
    organisation: str
    joined_on: date
    left_on: date | None
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int
    username: str | None
    team: str | None
    away: bool
    away_until_on: date | None
    papers: dict[str, date]
    facts: dict[str, bool]


_STAFF: Final = """
SELECT s.id, s.badge_no, s.display_name, o.ref AS organisation, s.joined_on, s.left_on,
  s.languages, s.skills, s.capacity, u.username, t.name AS team, a.id IS NOT NULL AS away,
  a.until_on AS away_until_on, count(*) OVER () AS total
FROM people_staff s JOIN people_organisation o ON o.id = s.organisation_id
LEFT JOIN people_user u ON u.id = s.user_id
LEFT JOIN people_team_member m ON m.staff_id = s.id AND m.from_on <= %(day)s
  AND (m.until_on IS NULL OR m.until_on > %(day)s)
LEFT JOIN people_team t ON t.id = m.team_id
LEFT JOIN people_absence a ON a.staff_id = s.id AND a.from_on <= %(day)s
  AND (a.until_on IS NULL OR a.until_on > %(day)s)
WHERE (%(organisation)s::text IS NULL OR o.ref = %(organisation)s)
  AND (%(badge_no)s::text IS NULL OR s.badge_no = %(badge_no)s)
  AND (%(gone)s OR s.left_on IS NULL OR s.left_on > %(day)s)
ORDER BY o.ref, s.badge_no, s.id LIMIT %(limit)s OFFSET %(offset)s
"""
_PAPERS: Final = """
SELECT c.staff_id, c.kind, max(least(c.expires_on, c.revoked_on)) AS until_on
FROM people_certificate c WHERE c.staff_id = ANY(%s) GROUP BY c.staff_id, c.kind
ORDER BY c.staff_id, c.kind
"""


def agencies(actor: Actor) -> tuple[AgencyRow, ...]:
    """All agencies by reference, 200 at most; needs ``agencies.read``."""
    actor.require("agencies.read")
    with transaction(actor) as at:
        found = Organisation.objects.filter(kind="agency").order_by("ref")[:MOST]
        return tuple(_row(each, at.today) for each in found)


def agency(actor: Actor, ref: str) -> AgencyPage:
    """One agency; needs ``agencies.read``."""
    actor.require("agencies.read")
    with transaction(actor) as at:
        found = Organisation.objects.filter(kind="agency", ref=ref).first()
        if found is None:
            raise NotFound("there is no such agency", key=ref)
        of = {"organisation": found}
        contracts = AgencyContract.objects.filter(**of).order_by("-from_on", "id")
        reviews = AgencyReview.objects.filter(**of).order_by("-reviewed_on", "id")
        deletions = DeletionProof.objects.filter(**of).order_by("-done_on", "id")
        return AgencyPage(
            row=_row(found, at.today),
            address=found.address,
            phone=found.phone,
            email=found.email,
            registration_no=found.registration_no,
            state_reason=found.state_reason,
            contracts=tuple(dict(each) for each in contracts.values()[:MOST]),
            reviews=tuple(dict(each) for each in reviews.values()[:MOST]),
            deletions=tuple(dict(each) for each in deletions.values()[:MOST]),
        )


def staff_page(
    actor: Actor,
    number: int = 1,
    size: int = 50,
    *,
    organisation: str | None = None,
    badge_no: str | None = None,
    gone: bool = False,
) -> Page[StaffRow]:
    """Staff by organisation and badge; needs ``register.read``.

    Parameters
    ----------
    gone
        Whether those who left are listed too.
    """
    actor.require("register.read")
    limit, offset = bounded(number, size)
    asked = {"organisation": organisation, "badge_no": badge_no, "gone": gone}
    with transaction(actor) as at:
        given = asked | {"day": at.today, "limit": limit, "offset": offset}
        rows = select(_STAFF, given)
        known = {each.badge_no: each for each in staff_on_register([r["badge_no"] for r in rows])}
        papers: dict[UUID, dict[str, date]] = {}
        for paper in select(_PAPERS, [[row["id"] for row in rows]]):
            papers.setdefault(paper["staff_id"], {})[paper["kind"]] = paper["until_on"]
        found = []
        for row in rows:
            total = row.pop("total")
            mine = [known[row["badge_no"]]]
            facts = staff_facts_on(mine, [row["badge_no"]], row["organisation"], at.today)
            lists = {"languages": tuple(row["languages"]), "skills": tuple(row["skills"])}
            held = papers.get(row["id"], {})
            found.append(StaffRow(**row | lists, papers=held, facts=facts))
    return Page(tuple(found), total if rows else 0, number, size)


def expiring(actor: Actor, before: date) -> tuple[StaffRow, ...]:
    """Staff who lack a certificate that is good until a day, 200 at most: whom to train next."""
    page = staff_page(actor, 1, MOST)
    needed = [kind for kind in CERTIFICATE_KINDS if kind != "agent_certificate"]

    def lacks(row: StaffRow) -> bool:
        return any(row.papers.get(kind, date.min) < before for kind in needed)

    return tuple(row for row in page.rows if lacks(row))


def _row(found: Organisation, day: date) -> AgencyRow:
    known = agency_on_register(found.ref)
    running = [each.days.end for each in known.contracts if each.days.contain(day)] if known else []
    return AgencyRow(
        id=found.id,
        ref=found.ref,
        name=found.name,
        form=found.form,
        state=found.state,
        state_on=found.state_on,
        contract_until_on=running[0] if running else None,
        review_due_on=known.review_due_on if known else None,
        obstacles=obstacles(found.ref, day),
    )
