"""Months, organisations and schemes, as commands name them."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from arrears.kernel.errors import BadInput, Conflict
from arrears.people.actions.organisations import locked
from arrears.people.models import Organisation
from arrears.placements.commission.models import Scheme
from arrears.placements.commission.rules.bounds import bounds
from arrears.placements.commission.rules.scheme import Terms, read_terms
from arrears.store.transactions import At


def first_of_month(name: str, day: date) -> date:
    """The day, if it is the first of a month; raises :class:`BadInput` otherwise."""
    if day.day != 1:
        raise BadInput("this is not the first day of a month", expected=f"{day:%Y-%m}-01",
                       found=f"{day}", key=name)  # fmt: skip
    return day


def locked_agency(at: At, ref: str) -> Organisation:
    """The agency of a reference, locked; raises :class:`BadInput` for the lender."""
    found = locked(at, ref)
    if found.kind != "agency":
        raise BadInput("this is the lender, not an agency", expected="an agency", found=ref)
    return found


def scheme_in_force(organisation: Organisation, day: date) -> Scheme:
    """The scheme of an organisation on a day; raises :class:`Conflict` where there is none."""
    found = Scheme.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gt=day), organisation=organisation, from_on__lte=day
    ).first()
    if found is None:
        raise Conflict(
            f"no scheme of this organisation is in force on {day}",
            expected="one scheme",
            found="none",
            remedy="adopt one that begins on the first of that month or before",
            key=organisation.ref,
        )
    return found


def terms_of(scheme: Scheme, organisation: Organisation) -> Terms:
    """The scheme's terms; one that the bounds forbid by now is refused."""
    return read_terms(scheme.document, bounds(), pays=organisation.kind == "agency")
