"""The agency of a batch: is it fit to take persons, and what does its contract cover."""

from __future__ import annotations

from datetime import date

from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.people.models import Organisation
from arrears.people.organisations import LENDER_REF, agency_of, scope_of
from arrears.people.register import obstacles
from arrears.people.words import OBSTACLES
from arrears.placements.covered import Covered, covered_by
from arrears.store.actor import LENDER
from arrears.store.transactions import At


def locked_agency(at: At, ref: str) -> Organisation:
    """The agency, which does not move until the transaction ends; one's own, for an agency.

    Raises
    ------
    NotFound
        If there is none, or none that the actor may name.
    """
    if ref == LENDER_REF:
        raise BadInput(
            "the lender is in charge of whoever is placed with nobody",
            expected="an agency",
            found=ref,
            remedy="recall persons to have them back",
        )
    found = Organisation.objects.select_for_update().filter(ref=ref, kind="agency").first()
    if found is None or at.actor.scope not in (LENDER, scope_of(found.id)):
        raise NotFound("there is no such agency", key=ref)
    return found


def require_fit(at: At, agency: Organisation, term_until_on: date) -> Covered:
    """What the agency's contract covers today.

    Raises
    ------
    Conflict
        If nothing may be placed with it, with every reason, or the term outlasts its contract.
    """
    found = obstacles(agency.ref, at.today)
    if found:
        raise Conflict(
            "nothing may be placed with this agency today",
            expected="an approved, assessed, reviewed and published agency with a contract",
            found=" ".join(str(OBSTACLES[each]) for each in found),
            remedy="put the register in order first",
            key=agency.ref,
        )
    covered = covered_by(agency.ref, at.today)
    if covered.until_on is not None and term_until_on > covered.until_on:
        raise Conflict(
            "the term is longer than the contract",
            expected=f"{covered.until_on} at the latest",
            found=str(term_until_on),
            key=agency.ref,
        )
    return covered


def require_lender(at: At) -> None:
    """Raise :class:`NotAllowed` for an agency: the lender decides whose a person is."""
    if agency_of(at.actor.scope) is not None:
        raise NotAllowed(
            "the lender decides this",
            expected="somebody of the lender",
            found=at.actor.name,
        )
