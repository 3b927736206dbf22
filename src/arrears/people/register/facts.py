"""Who may act on a day, read from the register; inside a transaction with a scope."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from arrears.people.organisations import LENDER_REF
from arrears.people.rules.standing import (
    STAFF_FACTS,
    AgencyOnRegister,
    ContractTerms,
    Days,
    OnRegister,
    Work,
    agency_facts_on,
    review_due_on,
    staff_facts_on,
)
from arrears.store.pages import select

# least() passes over what is null.
_STAFF: Final = """
SELECT s.id, s.badge_no, o.ref AS organisation, s.joined_on, s.left_on,
  s.photo IS NOT NULL AS pictured,
  least(s.badge_until_on, s.badge_revoked_on) AS badge_end,
  (SELECT coalesce(json_agg(json_build_array(c.kind, c.passed_on, least(c.expires_on, c.revoked_on))
     ORDER BY c.id), '[]')::text FROM people_certificate c WHERE c.staff_id = s.id) AS papers,
  (SELECT coalesce(json_agg(json_build_array(l.from_on, least(l.until_on, l.revoked_on))
     ORDER BY l.id), '[]')::text FROM people_authority_letter l
     WHERE (l.staff_id = s.id OR l.organisation_id = s.organisation_id)
       AND (l.person_id IS NULL OR l.person_id = %s)) AS letters,
  EXISTS (SELECT FROM people_conflict k
     WHERE k.staff_id = s.id AND k.person_id = %s) AS conflicted
FROM people_staff s JOIN people_organisation o ON o.id = s.organisation_id
WHERE {which} = ANY(%s) ORDER BY s.id
"""
ANY_WORK: Final = Work()
_BY_BADGE: Final = _STAFF.format(which="s.badge_no")
_BY_ID: Final = _STAFF.format(which="s.id")
_AGENCY: Final = """
SELECT o.ref, o.state, o.state_on,
  EXISTS (SELECT FROM (SELECT agencies FROM people_public_list ORDER BY number DESC LIMIT 1) l,
     jsonb_array_elements(l.agencies) each WHERE each->>'ref' = o.ref) AS published,
  (SELECT coalesce(json_agg(json_build_array(c.from_on, c.until_on, c.products, c.jurisdictions,
     c.channels, c.impact_assessed_on, c.licence_until_on) ORDER BY c.from_on), '[]')::text
     FROM people_agency_contract c WHERE c.organisation_id = o.id) AS contracts,
  (SELECT r.due_on FROM people_agency_review r WHERE r.organisation_id = o.id
     AND r.kind = 'yearly'
     ORDER BY r.reviewed_on DESC, r.made_at DESC, r.due_on, r.id LIMIT 1) AS due_on
FROM people_organisation o WHERE o.ref = %s AND o.kind = 'agency'
"""


def staff_on_register(
    badge_nos: Sequence[str], person_id: UUID | None = None
) -> tuple[OnRegister, ...]:
    """Those of these badge numbers who are on the register, with what concerns a person."""
    if not badge_nos:
        return ()
    rows = select(_BY_BADGE, [person_id, person_id, list(badge_nos)])
    return tuple(_staff(row) for row in rows)


def staff_facts(
    staff_ids: Iterable[UUID], day: date, person_id: UUID | None = None
) -> dict[str, bool]:
    """The rulebook's ``staff_*`` facts of a crew on a day; all false if any is not on the register.

    Parameters
    ----------
    person_id
        Whom they would act on, for authority letters and conflicts of interest; None: letters
        for all persons alone count.
    """
    wanted = sorted(set(staff_ids))
    found = [_staff(row) for row in select(_BY_ID, [person_id, person_id, wanted])]
    employers = {each.organisation for each in found}
    if len(found) != len(wanted) or len(employers) != 1:
        return dict.fromkeys(STAFF_FACTS, False)
    return staff_facts_on(found, (each.badge_no for each in found), employers.pop(), day)


def agency_on_register(ref: str) -> AgencyOnRegister | None:
    """The agency of a reference; None for the lender, and where there is none."""
    if ref == LENDER_REF:
        return None
    rows = select(_AGENCY, [ref])
    if not rows:
        return None
    row = rows[0]
    contracts = tuple(_contract(*given) for given in json.loads(row["contracts"]))
    first_on = min((each.days.start for each in contracts), default=None)
    return AgencyOnRegister(
        ref=row["ref"],
        state=row["state"],
        state_on=row["state_on"],
        published=row["published"],
        contracts=contracts,
        review_due_on=review_due_on(first_on, row["due_on"]),
    )


def agency_facts(
    ref: str,
    day: date,
    *,
    product: str | None = None,
    jurisdiction: str | None = None,
    channel: str | None = None,
) -> dict[str, bool]:
    """The rulebook's ``agency_*`` facts that the register knows, and ``impact_assessed``.

    Parameters
    ----------
    product, jurisdiction, channel
        The work that the contract must cover; None: it is not asked.
    """
    return agency_facts_on(agency_on_register(ref), day, Work(product, jurisdiction, channel))


def obstacles(
    ref: str, day: date, *, product: str | None = None, jurisdiction: str | None = None
) -> tuple[str, ...]:
    """Why nothing may be placed with an agency on a day; empty if all is in order.

    Each is a key of :data:`arrears.people.words.OBSTACLES`, in the order of that table.
    """
    return obstacles_of(agency_on_register(ref), day, Work(product, jurisdiction))


def obstacles_of(
    agency: AgencyOnRegister | None, day: date, work: Work = ANY_WORK
) -> tuple[str, ...]:
    """As :func:`obstacles`, of an agency that was read already."""
    if agency is None:
        return ("unknown",)
    if agency.state != "approved":
        return (agency.state,)
    facts = agency_facts_on(agency, day, work)
    running = [each for each in agency.contracts if each.days.contain(day) and each.covers(work)]
    found = {
        "contract": not running,
        "licence": bool(running) and not facts["agency_contract_valid"],
        "impact": not facts["impact_assessed"],
        "review": not facts["agency_review_current"],
        "unpublished": not facts["agency_published"],
    }
    return tuple(obstacle for obstacle, stands in found.items() if stands)


def _staff(row: dict[str, Any]) -> OnRegister:
    return OnRegister(
        badge_no=row["badge_no"],
        organisation=row["organisation"],
        employed=Days(row["joined_on"], row["left_on"]),
        badge=Days(row["joined_on"], row["badge_end"]),
        papers=tuple((kind, _days(a, b)) for kind, a, b in json.loads(row["papers"])),
        letters=tuple(_days(a, b) for a, b in json.loads(row["letters"])),
        conflicted=row["conflicted"],
        pictured=row["pictured"],
    )


def _contract(
    start: str,
    end: str,
    products: list[str],
    jurisdictions: list[str],
    channels: list[str],
    assessed: str | None,
    licensed_until: str | None,
) -> ContractTerms:
    return ContractTerms(
        days=_days(start, end),
        products=frozenset(products),
        jurisdictions=frozenset(jurisdictions),
        channels=frozenset(channels),
        impact_assessed_on=_day(assessed),
        licence_until_on=_day(licensed_until),
    )


def _days(start: str, end: str | None) -> Days:
    return Days(date.fromisoformat(start), _day(end))


def _day(given: str | None) -> date | None:
    return None if given is None else date.fromisoformat(given)
