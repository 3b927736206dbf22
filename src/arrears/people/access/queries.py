"""Who looked at a person's file: for compliance, and for the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from arrears.journal.verifier.hashing import parsed
from arrears.kernel.errors import NotFound
from arrears.people.access.actions import READ, REVEALED
from arrears.people.access.models import Reveal
from arrears.people.access.records import words_seen
from arrears.people.access.sight import sight, unrevealed
from arrears.people.access.table import TABLE
from arrears.people.models import Organisation, Person, User
from arrears.people.organisations import LENDER_ID, LENDER_REF, agency_of
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select
from arrears.store.transactions import transaction

Words = dict[str, Any]
_KINDS: Final = [READ, REVEALED]
_COUNT: Final = "SELECT count(*) AS n FROM journal_entry WHERE stream = %s AND kind = ANY(%s)"
_LOOKS: Final = """
SELECT e.id, e.at, e.kind, e.actor, e.data, x.data AS personal
FROM journal_entry e LEFT JOIN journal_personal x ON x.entry_id = e.id
WHERE e.stream = %s AND e.kind = ANY(%s)
ORDER BY e.seq DESC LIMIT %s OFFSET %s
"""


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody looked.

    Parameters
    ----------
    what
        One of ``rules.SUBJECTS``, or ``reveal``.
    field
        Of a reveal: which one.
    staff, reason
        None where the reader is not told.
    organisation
        The lender's or agency's reference, or its id if the register has lost it.
    """

    id: UUID
    at: datetime
    what: str
    field: str | None
    role: str
    organisation: str
    staff: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class PersonName:
    """Whose file it is; without a name for roles that see none."""

    id: UUID
    person_ref: str
    name: str | None


def person_named(actor: Actor, person_id: UUID) -> PersonName:
    """Whose file it is; needs ``reads.read``."""
    actor.require("reads.read")
    with transaction(actor):
        found = Person.objects.filter(id=person_id).only("id", "person_ref", "name").first()
    if found is None:
        raise NotFound("there is no such person", key=person_id)
    return PersonName(found.id, found.person_ref, unrevealed(actor).text("name", found.name))


def person_of(actor: Actor, person_ref: str) -> UUID:
    """The id of a person by the lender's reference; needs ``reads.read``."""
    actor.require("reads.read")
    with transaction(actor):
        found = Person.objects.filter(person_ref=person_ref).values_list("id", flat=True).first()
    if found is None:
        raise NotFound("there is no such person", key=person_ref)
    return UUID(str(found))


def who_looked(actor: Actor, person_id: UUID, number: int = 1, size: int = 50) -> Page[Look]:
    """Who looked at a person's file, the newest first, by name; needs ``reads.read``.

    Raises
    ------
    NotFound
        If there is no such person, or none that the actor may see.
    """
    actor.require("reads.read")
    return _looks(actor, person_id, number, size, named=True)


def told_to_person(actor: Actor, person_id: UUID, number: int = 1, size: int = 50) -> Page[Look]:
    """The same for the person themselves: by role and organisation, without a reason.

    Names of staff are told only where the access table says so. The caller (the borrower's
    portal) answers for that it is the person who asks.
    """
    return _looks(actor, person_id, number, size, named=TABLE.staff_named, reasons=False)


def _looks(
    actor: Actor, person_id: UUID, number: int, size: int, *, named: bool, reasons: bool = True
) -> Page[Look]:
    limit, offset = bounded(number, size)
    stream = f"person:{person_id}"
    with transaction(actor) as at:
        person = Person.objects.filter(id=person_id).first()
        if person is None:
            raise NotFound("there is no such person", key=person_id)
        seen = sight(at, person_id)
        total = int(select(_COUNT, [stream, _KINDS])[0]["n"])
        rows = select(_LOOKS, [stream, _KINDS, limit, offset])
        names = _names({row["actor"] for row in rows}) if named else {}
        houses = _organisations({_data(row)["scope"] for row in rows})
    told = [words_seen(seen, _json(row["personal"]), person) if reasons else None for row in rows]
    looks = tuple(_look(row, names, houses, words) for row, words in zip(rows, told, strict=True))
    return Page(looks, total, number, size)


def _look(
    row: dict[str, Any], names: dict[str, str], houses: dict[str, str], told: Words | None
) -> Look:
    data = _data(row)
    return Look(
        id=row["id"],
        at=row["at"],
        what="reveal" if row["kind"] == REVEALED else str(data["what"]),
        field=data.get("field"),
        role=str(data["role"]),
        organisation=houses.get(data["scope"], str(data["scope"])),
        staff=names.get(row["actor"]),
        reason=str(told["reason"]) if told else None,
    )


def _data(row: dict[str, Any]) -> Words:
    return _json(row["data"]) or {}


def _json(found: Any) -> Words | None:
    # Django's cursors hand jsonb over as text.
    told: Words | None = parsed(found) if isinstance(found, str) else found
    return told


def _names(actors: set[str]) -> dict[str, str]:
    ids = [int(name.removeprefix("staff:")) for name in actors if name.startswith("staff:")]
    rows = User.objects.filter(pk__in=ids).values_list("pk", "display_name")
    return {f"staff:{pk}": name for pk, name in rows}


def _organisations(scopes: set[str]) -> dict[str, str]:
    """The name of the organisation that each scope belongs to."""
    by_id = {scope: agency_of(scope) for scope in scopes}
    ids = {agency for agency in by_id.values() if agency is not None} | {LENDER_ID}
    names = dict(Organisation.objects.filter(id__in=ids).values_list("id", "name"))
    return {
        scope: names.get(agency or LENDER_ID, scope if agency else LENDER_REF)
        for scope, agency in by_id.items()
    }


def reveals_left(actor: Actor) -> int:
    """How many reveals the actor has left today."""
    with transaction(actor) as at:
        used: int = Reveal.objects.filter(actor=actor.name, revealed_on=at.today).count()
    return max(0, TABLE.reveals_a_day.get(actor.role, 0) - used)
