"""An agency from proposal to end: steps, reviews, proof of deletion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict
from arrears.kernel.ids import uuid7
from arrears.people.actions.checks import one_of, text
from arrears.people.actions.organisations import locked
from arrears.people.actions.public_list import publish
from arrears.people.events import AgencyMoved
from arrears.people.models import AgencyReview, DeletionProof, Organisation
from arrears.people.register.lacking import lacking
from arrears.people.rules.kinds import DELETION_KINDS, REVIEW_KINDS
from arrears.people.rules.standing import next_review_on
from arrears.people.states import AGENCY
from arrears.people.words import LACKING
from arrears.store.commands import Result, command
from arrears.store.reactions import react
from arrears.store.transactions import At

MANAGE: Final = "agencies.manage"


@command("agency.review", permission=MANAGE)
def review_agency(
    at: At,
    *,
    ref: str,
    kind: str,
    reviewed_on: date,
    conduct: int,
    quality: int,
    data_security: int,
    note: str,
    due_on: date | None = None,
) -> Result:
    """Put down a review: 1 (failed) to 5 each; the rating is the lowest of the three.

    ``due_on`` is when the next yearly one is due, a year on at the latest; after one that failed
    it is due at once, and nothing is placed until another is passed. Returns ``{"review": id}``.
    """
    agency = agency_of_ref(at, ref)
    one_of("kind", kind, REVIEW_KINDS)
    marks = {"conduct": conduct, "quality": quality, "data_security": data_security}
    for name, mark in marks.items():
        if not 1 <= mark <= 5:
            raise BadInput(f"unknown mark for {name}", expected="1 to 5", found=str(mark), key=name)
    past(at, "reviewed_on", reviewed_on)
    if due_on is not None and due_on <= reviewed_on:
        expected = f"a day after {reviewed_on}"
        raise BadInput("the next review comes later", expected=expected, found=f"{due_on}")
    rating = min(marks.values())
    made = AgencyReview.objects.create(
        id=uuid7(at.now),
        organisation=agency,
        kind=kind,
        reviewed_on=reviewed_on,
        rating=rating,
        due_on=None if kind == "exit" else next_review_on(reviewed_on, rating, due_on),
        note=text("note", note, 4000),
        made_at=at.now,
        made_by=at.actor.name,
        **marks,
    )
    told = {"review": str(made.id), "kind": kind, "rating": rating, "on": f"{reviewed_on}"}
    record_of(at, agency, "reviewed", told)
    return {"review": str(made.id), "due_on": made.due_on}


@command("agency.deletion", permission=MANAGE)
def prove_deletion(
    at: At, *, ref: str, kind: str, done_on: date, statement: str, evidence: UUID | None = None
) -> Result:
    """Put down an agency's proof that it gave back (``returned``) or ``deleted`` what it held."""
    agency = agency_of_ref(at, ref)
    past(at, "done_on", done_on)
    made = DeletionProof.objects.create(
        id=uuid7(at.now),
        organisation=agency,
        kind=one_of("kind", kind, DELETION_KINDS),
        done_on=done_on,
        statement=text("statement", statement, 4000),
        evidence=evidence,
        made_at=at.now,
        made_by=at.actor.name,
    )
    record_of(at, agency, "deletion_proved", {"proof": str(made.id), "on": f"{done_on}"})
    return {"proof": str(made.id)}


@command("agency.move", permission=MANAGE)
def move_agency(at: At, *, ref: str, step: str, reason: str) -> Result:
    """Take a step of the agency's transition table: approve, suspend, resume, end or drop.

    Raises
    ------
    IllegalTransition
        If it cannot be taken from where the agency stands.
    Conflict
        If something that the step needs is missing: for approval a way to be reached and a
        contract that is not over, for the end an exit review and a proof of deletion.
    """
    agency = agency_of_ref(at, ref)
    following = AGENCY.step(agency.state, one_of("step", step, AGENCY.events))
    said = text("reason", reason, 4000)
    if step == "approve":
        _require(agency, at.today, "the agency cannot be approved yet")
    if step == "end":
        _require(agency, at.today, "the agency cannot be ended yet")
    before, agency.state = agency.state, following
    agency.state_reason, agency.state_on = said, at.today
    agency.save(update_fields=["state", "state_reason", "state_on"])
    told = {"step": step, "from": before, "state": following, "reason": said}
    record_of(at, agency, "moved", told)
    react(at, AgencyMoved(agency.id, ref, step, following))
    publish(at)
    return {"organisation": str(agency.id), "state": following}


def agency_of_ref(at: At, ref: str, but: str = "") -> Organisation:
    """The agency of a reference, locked; refused for the lender, and where it stands ``but``."""
    agency = locked(at, ref)
    if agency.kind != "agency":
        raise BadInput("this is the lender, not an agency", expected="an agency", found=ref)
    if agency.state == but:
        raise Conflict(f"the agency is {but}", key=ref)
    return agency


def _require(agency: Organisation, day: date, refusal: str) -> None:
    missing = [str(LACKING[name]) for name in lacking(agency, day)]
    if missing:
        expected = ", ".join(missing)
        raise Conflict(refusal, expected=expected, found="nothing of it", key=agency.ref)


def past(at: At, name: str, day: date | None) -> date | None:
    """The day; raises :class:`BadInput` if it is still to come."""
    if day is not None and day > at.today:
        raise BadInput("this is still to come", expected=f"{at.today} or before", found=f"{day}",
                       key=name)  # fmt: skip
    return day


def record_of(at: At, agency: Organisation, what: str, told: Mapping[str, object]) -> None:
    """Put down what happened to an agency, in its own stream."""
    record(at, of_house(f"agency {agency.ref}"), f"people.agency_{what}",
           {"organisation": str(agency.id), "ref": agency.ref, **told})  # fmt: skip
