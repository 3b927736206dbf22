"""Who works for the lender and its agencies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.db import IntegrityError
from django.db import transaction as django_transaction

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.checks import text, texts
from arrears.people.actions.organisations import locked
from arrears.people.actions.papers import of_badge
from arrears.people.models import Organisation, Staff, User
from arrears.store.commands import Result, command
from arrears.store.transactions import At

MOST_CAPACITY: Final = 10_000


@command("staff.add", permission="register.manage")
def add_staff(
    at: At,
    *,
    organisation: str,
    display_name: str,
    badge_no: str,
    joined_on: date,
    username: str | None = None,
    languages: Sequence[str] = (),
    skills: Sequence[str] = (),
    capacity: int = 100,
    badge_until_on: date | None = None,
) -> Result:
    """Enter somebody in the register of staff.

    ``organisation`` is the reference of who employs them, ``capacity`` how many persons they can
    work on at one time, ``badge_until_on`` the first day on which the badge is no longer good
    (None: until they leave); the badge counts once it has a photo. Returns its id as ``staff``.

    Raises
    ------
    BadInput
        If a text or number cannot be used.
    NotFound
        If there is no such organisation or user.
    Conflict
        If the organisation has ended, or the badge or sign-in is somebody else's.
    """
    employer = _employer(at, organisation)
    _check(capacity, joined_on, badge_until_on)
    made = Staff(
        id=uuid7(at.now),
        user=None if username is None else _user(username),
        organisation=employer,
        display_name=text("display_name", display_name, 200),
        badge_no=text("badge_no", badge_no, 50),
        badge_until_on=badge_until_on,
        languages=texts("languages", languages),
        skills=texts("skills", skills),
        capacity=capacity,
        joined_on=joined_on,
        made_at=at.now,
    )
    _save(made, username)
    told = {"organisation": organisation, "badge_no": made.badge_no, "user": made.user_id}
    told |= {"staff": str(made.id), "joined_on": joined_on.isoformat()}
    record(at, of_house(f"staff {made.id}"), "people.staff_joined", told)
    return {"staff": str(made.id), "badge_no": made.badge_no}


@command("staff.amend", permission="register.manage")
def amend_staff(
    at: At,
    *,
    badge_no: str,
    display_name: str,
    languages: Sequence[str],
    skills: Sequence[str],
    capacity: int,
    badge_until_on: date | None,
    username: str | None = None,
) -> Result:
    """Put an entry of the register right, or renew a badge; what changed goes on record.

    ``username`` ties a sign-in to somebody who had none; None leaves it as it is.

    Raises
    ------
    BadInput
        If a text or number cannot be used.
    NotFound
        If there is nobody with this badge, or no such user.
    Conflict
        If they are gone, have another sign-in, or it is somebody else's.
    """
    staff = of_badge(badge_no)
    if staff.badge_revoked_on is not None:
        raise Conflict("they are gone already", found=f"{staff.left_on}", key=badge_no)
    _check(capacity, staff.joined_on, badge_until_on)
    wanted: dict[str, object] = {
        "display_name": text("display_name", display_name, 200),
        "languages": texts("languages", languages),
        "skills": texts("skills", skills),
        "capacity": capacity,
        "badge_until_on": badge_until_on,
    }
    if username is not None:
        user = _user(username)
        if staff.user_id not in (None, user.pk):
            raise Conflict("they have another sign-in already", key=username)
        wanted["user_id"] = user.pk
    changed = [name for name, value in wanted.items() if getattr(staff, name) != value]
    for name in changed:
        setattr(staff, name, wanted[name])
    if changed:
        _save(staff, username, new=False)
        # The name stays out of the record: it stands in the register.
        told = {"staff": str(staff.id), "changed": ", ".join(sorted(changed))}
        record(at, of_house(f"staff {staff.id}"), "people.staff_amended", told)
    return {"staff": str(staff.id), "changed": sorted(changed)}


def _check(capacity: int, joined_on: date, badge_until_on: date | None) -> None:
    if not 0 <= capacity <= MOST_CAPACITY:
        expected = f"0 to {MOST_CAPACITY} persons"
        raise BadInput("unknown capacity", expected=expected, found=str(capacity), key="capacity")
    if badge_until_on is not None and badge_until_on <= joined_on:
        raise BadInput(
            "the badge would end before it begins",
            expected=f"a day after {joined_on}",
            found=str(badge_until_on),
            key="badge_until_on",
        )


def _save(made: Staff, username: str | None, *, new: bool = True) -> None:
    try:
        with django_transaction.atomic():
            made.save(force_insert=new, force_update=not new)
    except IntegrityError as error:
        raise Conflict(
            "the badge or the sign-in is somebody else's",
            found=made.badge_no if username is None else f"{made.badge_no}, {username}",
            remedy="choose another badge number; look whom the sign-in belongs to",
            key=made.badge_no,
        ) from error


def _employer(at: At, ref: str) -> Organisation:
    employer = locked(at, ref)
    if employer.state == "ended":
        raise Conflict(
            "nobody joins an agency that has ended",
            expected="the lender, or an agency that has not ended",
            found=ref,
            key=ref,
        )
    return employer


def _user(username: str) -> User:
    user = User.objects.select_for_update().filter(username__iexact=username).first()
    if user is None:
        raise NotFound("there is no such user", key=username)
    return user
