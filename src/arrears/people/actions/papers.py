"""What staff must have to act: certificates and authority letters."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError
from django.db import transaction as django_transaction

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.checks import one_of, text
from arrears.people.actions.organisations import locked
from arrears.people.models import AuthorityLetter, Certificate, Person, Staff
from arrears.people.models import Conflict as Interest
from arrears.people.rules.kinds import CERTIFICATE_KINDS
from arrears.store.commands import Result, command
from arrears.store.transactions import At

MANAGE: Final = "register.manage"
# Training and test are repeated yearly (GB/T 45251-2025 §5.2); nothing is good for ever.
LONGEST: Final = {
    "training": timedelta(days=366),
    "test": timedelta(days=366),
    "background": timedelta(days=3 * 366),
    "agent_certificate": timedelta(days=50 * 366),
}


@command("staff.certify", permission=MANAGE)
def certify(
    at: At,
    *,
    badge_no: str,
    kind: str,
    passed_on: date,
    expires_on: date,
    reference: str,
    evidence: UUID | None = None,
) -> Result:
    """Put down that somebody passed a training, test or check, or holds the agents' certificate.

    It is good for ``[passed_on, expires_on)``. Returns ``{"certificate": id}``.

    Raises
    ------
    BadInput
        If it was passed in the future, holds no day, or is longer than its kind may be.
    """
    staff = of_badge(badge_no)
    longest = LONGEST[one_of("kind", kind, CERTIFICATE_KINDS)]
    if not passed_on < expires_on <= passed_on + longest:
        raise BadInput(
            "the certificate cannot be good for so long",
            expected=f"an end after {passed_on}, by {passed_on + longest}",
            found=f"{expires_on}",
            key="expires_on",
        )
    if passed_on > at.today:
        raise BadInput("this is still to come", expected=f"{at.today} or before",
                       found=f"{passed_on}", key="passed_on")  # fmt: skip
    made = Certificate.objects.create(
        id=uuid7(at.now),
        staff=staff,
        kind=kind,
        passed_on=passed_on,
        expires_on=expires_on,
        reference=text("reference", reference),
        evidence=evidence,
        made_at=at.now,
        made_by=at.actor.name,
    )
    told = {"certificate": str(made.id), "kind": kind, "until": f"{expires_on}"}
    _record(at, staff, "certified", told)
    return {"certificate": str(made.id)}


@command("staff.uncertify", permission=MANAGE)
def revoke_certificate(at: At, *, certificate_id: UUID, reason: str) -> Result:
    """Take a certificate back: from today it is good no more."""
    held = Certificate.objects.select_for_update().select_related("staff")
    found = held.filter(id=certificate_id).first()
    if found is None:
        raise NotFound("there is no such certificate", key=certificate_id)
    if found.revoked_on is None:
        found.revoked_on = at.today
        found.save(update_fields=["revoked_on"])
        told = {"certificate": str(found.id), "reason": text("reason", reason)}
        _record(at, found.staff, "certificate_revoked", told)
    return {"certificate": str(found.id)}


@command("letter.give", permission=MANAGE)
def give_letter(
    at: At,
    *,
    letter_no: str,
    from_on: date,
    until_on: date,
    badge_no: str | None = None,
    organisation: str | None = None,
    person_id: UUID | None = None,
) -> Result:
    """Give an authority letter to one member of staff, or to all of an organisation.

    Without a person it covers all; it is good for ``[from_on, until_on)``. Returns
    ``{"letter": id}``.

    Raises
    ------
    BadInput
        If it names both or neither, or holds no day.
    Conflict
        If there is a letter of that number.
    """
    _check_letter(letter_no, from_on, until_on, (badge_no, organisation))
    staff = None if badge_no is None else of_badge(badge_no)
    made = AuthorityLetter(
        id=uuid7(at.now),
        letter_no=text("letter_no", letter_no, 100),
        staff=staff,
        organisation=None if organisation is None else locked(at, organisation),
        person=None if person_id is None else person_of(person_id),
        from_on=from_on,
        until_on=until_on,
        made_at=at.now,
        made_by=at.actor.name,
    )
    try:
        with django_transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("there is a letter of this number", key=letter_no) from error
    whom = str(made.staff_id or made.organisation_id)
    told = {
        "letter": str(made.id),
        "whom": whom,
        "from_on": f"{from_on}",
        "until_on": f"{until_on}",
    }
    told |= {} if person_id is None else {"person": str(person_id)}
    record(at, of_house(f"staff {whom}"), "people.letter_given", told)
    return {"letter": str(made.id)}


def _check_letter(
    letter_no: str, from_on: date, until_on: date, whom: tuple[str | None, str | None]
) -> None:
    if (whom[0] is None) == (whom[1] is None):
        raise BadInput("a letter is for one member of staff or one organisation",
                       expected="badge_no or organisation", key=letter_no)  # fmt: skip
    if until_on <= from_on:
        raise BadInput("the period holds no day", expected=f"an end after {from_on}",
                       found=f"{until_on}", key="until_on")  # fmt: skip


@command("letter.revoke", permission=MANAGE)
def revoke_letter(at: At, *, letter_no: str, reason: str) -> Result:
    """Take an authority letter back: from today it is good no more."""
    found = AuthorityLetter.objects.select_for_update().filter(letter_no=letter_no).first()
    if found is None:
        raise NotFound("there is no such letter", key=letter_no)
    if found.revoked_on is None:
        found.revoked_on = at.today
        found.save(update_fields=["revoked_on"])
        whom = found.staff_id or found.organisation_id
        told = {"letter": str(found.id), "reason": text("reason", reason)}
        record(at, of_house(f"staff {whom}"), "people.letter_revoked", told)
    return {"letter": str(found.id)}


@command("staff.conflict", permission=MANAGE)
def declare_conflict(at: At, *, badge_no: str, person_id: UUID, reason: str) -> Result:
    """Put down a conflict of interest: they never work on this person. Again, it does nothing."""
    staff = of_badge(badge_no)
    made, new = Interest.objects.get_or_create(
        staff=staff,
        person=person_of(person_id),
        defaults={
            "id": uuid7(at.now),
            "reason": text("reason", reason),
            "made_at": at.now,
            "made_by": at.actor.name,
        },
    )
    if new:
        _record(at, staff, "conflict", {"conflict": str(made.id), "person": str(person_id)})
    return {"conflict": str(made.id)}


@command("staff.conflict.withdraw", permission=MANAGE)
def withdraw_conflict(at: At, *, conflict_id: UUID, reason: str) -> Result:
    """Take a conflict of interest back that was declared in error or is over."""
    held = Interest.objects.select_for_update(of=("self",)).select_related("staff")
    found = held.filter(id=conflict_id).first()
    if found is None:
        raise NotFound("there is no such conflict of interest", key=conflict_id)
    told = {"conflict": str(found.id), "person": str(found.person_id)}
    _record(at, found.staff, "conflict_withdrawn", told | {"reason": text("reason", reason)})
    found.delete()
    return {"conflict": str(conflict_id)}


def of_badge(badge_no: str) -> Staff:
    """The member of staff of a badge, locked until the transaction ends.

    Raises
    ------
    NotFound
        If there is none, or none that the actor may see.
    """
    found = Staff.objects.select_for_update().filter(badge_no=badge_no).first()
    if found is None:
        raise NotFound("there is nobody with this badge", key=badge_no)
    return found


def person_of(person_id: UUID) -> Person:
    """The person of an id; raises :class:`NotFound` if there is none to be seen."""
    found = Person.objects.filter(id=person_id).first()
    if found is None:
        raise NotFound("there is no such person", key=person_id)
    return found


def _record(at: At, staff: Staff, what: str, told: dict[str, str]) -> None:
    record(at, of_house(f"staff {staff.id}"), f"people.staff_{what}",
           {"staff": str(staff.id), **told})  # fmt: skip
