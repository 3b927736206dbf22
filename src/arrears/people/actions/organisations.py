"""The lender and its agencies: who they are."""

from __future__ import annotations

import re
from typing import Final

from django.db import IntegrityError
from django.db import transaction as django_transaction

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.checks import maybe, one_of, text
from arrears.people.actions.public_list import publish
from arrears.people.models import Organisation
from arrears.people.organisations import LENDER_ID, LENDER_REF, agency_of
from arrears.people.rules.kinds import FORMS
from arrears.people.states import AGENCY
from arrears.store.actor import LENDER
from arrears.store.commands import Result, command
from arrears.store.transactions import At

REF: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?")


@command("agency.add", permission="agencies.manage")
def add_organisation(
    at: At,
    *,
    ref: str,
    name: str,
    form: str = "company",
    registration_no: str | None = None,
    address: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> Result:
    """Propose an agency; nothing can be placed with it before it is approved.

    ``ref`` is how intents, files and the command line call it; ``form`` one of
    ``rules.kinds.FORMS``. The public list shows address, phone and e-mail; approval asks for an
    address and one of the others. Returns ``{"organisation": id, "ref": ref}``.

    Raises
    ------
    BadInput
        If a text cannot be used.
    Conflict
        If there is such a reference already.
    """
    _check_ref(ref)
    made = Organisation(
        id=uuid7(at.now),
        ref=ref,
        kind="agency",
        **_particulars(name, form, registration_no, address, phone, email),
        state=AGENCY.initial,
        state_on=at.today,
        made_at=at.now,
    )
    try:
        with django_transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("there is an agency of this name", found=ref, key=ref) from error
    told = {"organisation": str(made.id), "ref": ref, "name": made.name}
    record(at, of_house(f"agency {ref}"), "people.agency_proposed", told)
    return {"organisation": str(made.id), "ref": ref}


@command("organisation.amend", permission="agencies.manage")
def amend_organisation(
    at: At,
    *,
    ref: str,
    name: str,
    form: str,
    registration_no: str | None = None,
    address: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> Result:
    """Change the particulars of an agency or of the lender; the public list follows at once.

    Returns ``{"organisation": id, "changed": [names]}``.

    Raises
    ------
    BadInput
        If a text cannot be used.
    Conflict
        If the agency has ended, or stands approved and would lack what the public list shows.
    """
    found = locked(at, ref)
    if found.state == "ended":
        raise Conflict("the agency is ended", key=ref)
    wanted = _particulars(name, form, registration_no, address, phone, email)
    shown = wanted["address"] and (wanted["phone"] or wanted["email"])
    if found.kind == "agency" and found.state != AGENCY.initial and not shown:
        raise Conflict(
            "an approved agency can be reached",
            expected="an address, and a phone number or an e-mail address",
            key=ref,
        )
    before = {key: getattr(found, key) for key in wanted if getattr(found, key) != wanted[key]}
    for key in before:
        setattr(found, key, wanted[key])
    if before:
        found.save(update_fields=list(before))
        told = {key: {"before": before[key], "after": wanted[key]} for key in before}
        stream = of_house(f"agency {ref}" if found.kind == "agency" else "lender")
        record(
            at, stream, "people.agency_amended", {"organisation": str(found.id), "changed": told}
        )
        publish(at)
    return {"organisation": str(found.id), "changed": sorted(before)}


def _particulars(
    name: str,
    form: str,
    registration_no: str | None,
    address: str | None,
    phone: str | None,
    email: str | None,
) -> dict[str, str | None]:
    return {
        "name": text("name", name, 200),
        "form": one_of("form", form, FORMS),
        "registration_no": maybe("registration_no", registration_no),
        "address": maybe("address", address),
        "phone": maybe("phone", phone, 50),
        "email": maybe("email", email, 200),
    }


def _check_ref(ref: str) -> None:
    if REF.fullmatch(ref) is None or ref == LENDER_REF:
        raise BadInput(
            "an agency cannot be called this",
            expected="1 to 50 small letters, digits and hyphens, not lender",
            found=repr(ref[:80]),
            key="ref",
        )


def ensure_lender(at: At, name: str | None = None) -> Organisation:
    """The lender's own row; made when it is first needed, named anew if a name is given."""
    lender, made = Organisation.objects.get_or_create(
        id=LENDER_ID,
        defaults={
            "ref": LENDER_REF,
            "kind": "lender",
            "name": name or LENDER_REF,
            "form": "bank",
            "state": "approved",
            "state_on": at.today,
            "made_at": at.now,
        },
    )
    if name is not None and lender.name != name:
        lender.name = text("name", name, 200)
        lender.save(update_fields=["name"])
        made = True
    if made:
        record(at, of_house("lender"), "people.lender_named", {"name": lender.name})
    return lender


def locked(at: At, ref: str) -> Organisation:
    """The organisation of a reference, locked until the transaction ends.

    Raises
    ------
    NotFound
        If there is none, or it is not the one in whose scope an agency's people act.
    """
    if ref == LENDER_REF and at.actor.scope == LENDER:
        ensure_lender(at)
    found = Organisation.objects.select_for_update().filter(ref=ref).first()
    own = agency_of(at.actor.scope)
    if found is None or own not in (None, found.id):
        raise NotFound("there is no such organisation", key=ref)
    return found
