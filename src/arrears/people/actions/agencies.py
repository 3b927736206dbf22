"""An agency from proposal to end: contracts, impact assessment, reviews, proof of deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from django.db import IntegrityError
from django.db import transaction as django_transaction

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.checks import maybe, one_of, text, texts
from arrears.people.actions.organisations import locked
from arrears.people.actions.public_list import publish
from arrears.people.events import AgencyMoved
from arrears.people.models import AgencyContract, AgencyReview, DeletionProof, Organisation
from arrears.people.rules.kinds import DELETION_KINDS, REVIEW_KINDS
from arrears.people.rules.standing import next_review_on
from arrears.people.states import AGENCY
from arrears.rulebook.vocabulary import LISTS
from arrears.store.commands import Result, command
from arrears.store.reactions import react
from arrears.store.transactions import At

MANAGE: Final = "agencies.manage"


@command("agency.contract", permission=MANAGE)
def add_contract(
    at: At,
    *,
    ref: str,
    contract_no: str,
    purpose: str,
    products: Sequence[str],
    jurisdictions: Sequence[str],
    channels: Sequence[str],
    from_on: date,
    until_on: date,
    data_kinds: Sequence[str] = (),
    licence_no: str | None = None,
    impact_assessed_on: date | None = None,
) -> Result:
    """Engage an agency for ``[from_on, until_on)``; it may never hand work on to another.

    ``products`` and ``channels`` are words of the rulebook, ``jurisdictions`` those of the tape.
    Returns ``{"contract": id}``.

    Raises
    ------
    BadInput
        If the period is empty, or a word is not known.
    Conflict
        If another contract covers a day of it, or the agency has ended.
    """
    agency = _agency(at, ref, but="ended")
    _check_period(from_on, until_on)
    made = AgencyContract(
        id=uuid7(at.now),
        organisation=agency,
        contract_no=text("contract_no", contract_no, 100),
        licence_no=maybe("licence_no", licence_no, 100),
        purpose=text("purpose", purpose),
        products=_some("products", texts("products", products, LISTS["Product"])),
        jurisdictions=_some("jurisdictions", texts("jurisdictions", jurisdictions)),
        channels=_some("channels", texts("channels", channels, LISTS["Channel"])),
        data_kinds=texts("data_kinds", data_kinds),
        from_on=from_on,
        until_on=until_on,
        impact_assessed_on=_past(at, "impact_assessed_on", impact_assessed_on),
        made_at=at.now,
        made_by=at.actor.name,
    )
    _save(made)
    told = {"contract": str(made.id), "from_on": f"{from_on}", "until_on": f"{until_on}"}
    _record(at, agency, "contract", told | {"products": made.products, "channels": made.channels})
    publish(at)
    return {"contract": str(made.id)}


@command("agency.contract.end", permission=MANAGE)
def end_contract(at: At, *, ref: str, until_on: date, reason: str) -> Result:
    """Let the contract that covers a day end then: it is the first day without one.

    Raises
    ------
    NotFound
        If no contract covers that day.
    """
    agency = _agency(at, ref)
    held = AgencyContract.objects.select_for_update().filter(organisation=agency)
    contract = held.filter(from_on__lt=until_on, until_on__gt=until_on).first()
    if contract is None:
        raise NotFound(f"no contract of this agency covers {until_on}", key=ref)
    before, contract.until_on = contract.until_on, until_on
    contract.save(update_fields=["until_on"])
    told = {"contract": str(contract.id), "until_on": f"{until_on}", "before": f"{before}"}
    _record(at, agency, "contract_ended", told | {"reason": text("reason", reason)})
    publish(at)
    return {"contract": str(contract.id)}


@command("agency.impact", permission=MANAGE)
def assess_impact(at: At, *, ref: str, contract_id: UUID, assessed_on: date) -> Result:
    """Put down that the impact of handing over personal data was assessed for a contract."""
    agency = _agency(at, ref)
    contracts = AgencyContract.objects.select_for_update().filter(organisation=agency)
    contract = contracts.filter(id=contract_id).first()
    if contract is None:
        raise NotFound("this agency has no such contract", key=contract_id)
    contract.impact_assessed_on = _past(at, "assessed_on", assessed_on)
    contract.save(update_fields=["impact_assessed_on"])
    told = {"contract": str(contract.id), "assessed_on": f"{assessed_on}"}
    _record(at, agency, "impact_assessed", told)
    return {"contract": str(contract.id)}


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
    agency = _agency(at, ref)
    one_of("kind", kind, REVIEW_KINDS)
    marks = {"conduct": conduct, "quality": quality, "data_security": data_security}
    for name, mark in marks.items():
        if not 1 <= mark <= 5:
            raise BadInput(f"unknown mark for {name}", expected="1 to 5", found=str(mark), key=name)
    _past(at, "reviewed_on", reviewed_on)
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
    _record(at, agency, "reviewed", told)
    return {"review": str(made.id), "due_on": made.due_on}


@command("agency.deletion", permission=MANAGE)
def prove_deletion(
    at: At, *, ref: str, kind: str, done_on: date, statement: str, evidence: UUID | None = None
) -> Result:
    """Put down an agency's proof that it gave back (``returned``) or ``deleted`` what it held."""
    agency = _agency(at, ref)
    _past(at, "done_on", done_on)
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
    _record(at, agency, "deletion_proved", {"proof": str(made.id), "on": f"{done_on}"})
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
    agency = _agency(at, ref)
    following = AGENCY.step(agency.state, one_of("step", step, AGENCY.events))
    said = text("reason", reason, 4000)
    if step == "approve":
        _require_ready(at, agency)
    if step == "end":
        _require_settled(agency)
    before, agency.state = agency.state, following
    agency.state_reason, agency.state_on = said, at.today
    agency.save(update_fields=["state", "state_reason", "state_on"])
    told = {"step": step, "from": before, "state": following, "reason": said}
    _record(at, agency, "moved", told)
    react(at, AgencyMoved(agency.id, ref, step, following))
    publish(at)
    return {"organisation": str(agency.id), "state": following}


def _agency(at: At, ref: str, but: str = "") -> Organisation:
    agency = locked(at, ref)
    if agency.kind != "agency":
        raise BadInput("this is the lender, not an agency", expected="an agency", found=ref)
    if agency.state == but:
        raise Conflict(f"the agency is {but}", key=ref)
    return agency


def _require_ready(at: At, agency: Organisation) -> None:
    contracts = AgencyContract.objects.filter(organisation=agency, until_on__gt=at.today)
    missing = [
        name
        for name, there in (
            ("an address", agency.address),
            ("a phone number or an e-mail address", agency.phone or agency.email),
            ("a contract that is not over", contracts.exists()),
        )
        if not there
    ]
    if missing:
        raise Conflict("the agency cannot be approved yet", expected=", ".join(missing),
                       found="nothing of it", key=agency.ref)  # fmt: skip


def _require_settled(agency: Organisation) -> None:
    missing = [
        name
        for name, there in (
            ("an exit review", AgencyReview.objects.filter(organisation=agency, kind="exit")),
            ("proof that it deleted or gave back what it held",
             DeletionProof.objects.filter(organisation=agency)),
        )
        if not there.exists()
    ]  # fmt: skip
    if missing:
        raise Conflict("the agency cannot be ended yet", expected=", ".join(missing),
                       found="nothing of it", key=agency.ref)  # fmt: skip


def _save(contract: AgencyContract) -> None:
    try:
        with django_transaction.atomic():
            contract.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            "another contract of this agency covers a day of this one",
            expected="one contract at a time",
            found=f"{contract.from_on} to {contract.until_on}",
            remedy="end the other one first",
            key=contract.contract_no,
        ) from error


def _check_period(from_on: date, until_on: date) -> None:
    if until_on <= from_on:
        raise BadInput("the period holds no day", expected=f"an end after {from_on}",
                       found=f"{until_on}", key="until_on")  # fmt: skip


def _past(at: At, name: str, day: date | None) -> date | None:
    if day is not None and day > at.today:
        raise BadInput("this is still to come", expected=f"{at.today} or before", found=f"{day}",
                       key=name)  # fmt: skip
    return day


def _some(name: str, given: list[str]) -> list[str]:
    if not given:
        raise BadInput(f"the contract covers no {name}", expected="one at least", key=name)
    return given


def _record(at: At, agency: Organisation, what: str, told: Mapping[str, object]) -> None:
    record(at, of_house(f"agency {agency.ref}"), f"people.agency_{what}",
           {"organisation": str(agency.id), "ref": agency.ref, **told})  # fmt: skip
