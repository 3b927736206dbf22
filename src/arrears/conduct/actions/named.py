"""Persons and loans by the references that the lender uses."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from arrears.kernel.errors import BadInput, NotFound
from arrears.loans.models import Loan
from arrears.people.models import Person


def person_named(person_ref: str) -> UUID:
    """The id of a person; raises :class:`NotFound` if there is none."""
    found = Person.objects.filter(person_ref=person_ref).values_list("id", flat=True).first()
    if found is None:
        raise NotFound("there is no such person", key=person_ref)
    return found


def loans_named(loan_refs: Sequence[str]) -> tuple[UUID, ...]:
    """The ids of loans; raises :class:`NotFound` for the first that there is not."""
    found = dict(Loan.objects.filter(loan_ref__in=list(loan_refs)).values_list("loan_ref", "id"))
    for loan_ref in loan_refs:
        if loan_ref not in found:
            raise NotFound("there is no such loan", key=loan_ref)
    return tuple(found[loan_ref] for loan_ref in loan_refs)


def required_text(what: str, text: str, most: int = 2000) -> str:
    """A text that must say something, without the space around it."""
    plain = text.strip()
    if not plain or len(plain) > most or "\0" in plain:
        raise BadInput(
            f"{what} is needed",
            expected=f"a text of 1 to {most} characters",
            found=f"{len(plain)} characters",
        )
    return plain
