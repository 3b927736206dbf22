"""What a batch does to its persons, in sets: whose they are, who may act, what they are told of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection

from arrears.conduct.actions.charge import put_in_charge
from arrears.journal.actions import Entry, of_person, record_many
from arrears.kernel.ids import NAMED_SQL_POSTGRES
from arrears.people.models import Organisation
from arrears.people.organisations import LENDER_REF
from arrears.placements.events import PersonsPlaced, PersonsTakenBack
from arrears.placements.models import PlacementBatch
from arrears.store.pages import select
from arrears.store.reactions import react
from arrears.store.transactions import At

_ID: Final = NAMED_SQL_POSTGRES.format(
    r"('placement' || E'\x1f' || %(batch)s::text || E'\x1f' || m.person_id::text)"
)
_PLACE: Final = f"""
INSERT INTO placements_placement (id, person_id, organisation_id, from_at, term_until_on, batch_id,
  placed_by, reason)
SELECT {_ID}, m.person_id, %(organisation)s, %(now)s, %(term)s, %(batch)s, %(by)s, %(reason)s
FROM unnest(%(persons)s::uuid[]) m (person_id)
"""
# Told before its first contact, whoever sends it: until then the gate refuses the agency.
_NOTICES: Final = """
INSERT INTO placements_notice (placement_id, person_id, organisation_id, due_at)
SELECT w.id, w.person_id, w.organisation_id, %(now)s FROM placements_placement w
WHERE w.batch_id = %(batch)s
"""
# Half-open, and never empty: one that ends in the instant it began lasted a microsecond.
_END: Final = """
UPDATE placements_placement w
SET until_at = greatest(%(now)s, w.from_at + interval '1 microsecond'), ended_by = %(by)s,
  end_kind = %(kind)s, end_reason = %(reason)s, end_batch_id = %(batch)s
WHERE w.person_id = ANY(%(persons)s) AND w.organisation_id = %(organisation)s
  AND w.until_at IS NULL
RETURNING w.id
"""
_VOID: Final = """
UPDATE placements_notice SET void_at = %(now)s
WHERE placement_id = ANY(%(placements)s) AND told_at IS NULL AND void_at IS NULL
"""
_RETAIN: Final = """
UPDATE placements_placement SET term_until_on = %(term)s
WHERE person_id = ANY(%(persons)s) AND organisation_id = %(organisation)s AND until_at IS NULL
"""


def place(at: At, batch: PlacementBatch, agency: Organisation, persons: Sequence[UUID]) -> int:
    """The agency leads these persons from now on; returns how many reservations of others ended."""
    given = _given(at, batch, agency, persons) | {"reason": batch.reason}
    ended = put_in_charge(at, persons, agency.ref)
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, given)
        cursor.execute(_NOTICES, given)
    told = {**_told(batch, agency), "term_until_on": f"{batch.term_until_on}"}
    _record(at, "placements.placed", persons, told)
    react(at, PersonsPlaced(agency.id, tuple(persons)))
    return ended


def take_back(
    at: At,
    batch: PlacementBatch,
    agency: Organisation,
    persons: Sequence[UUID],
    kind: str,
    reason: str,
) -> int:
    """The lender leads these persons from now on; returns how many reservations ended."""
    given = _given(at, batch, agency, persons) | {"kind": kind, "reason": reason}
    ended = put_in_charge(at, persons, LENDER_REF)
    given["placements"] = [row["id"] for row in select(_END, given)]
    with connection.cursor() as cursor:
        cursor.execute(_VOID, given)
    _record(at, f"placements.{kind}", persons, _told(batch, agency))
    react(at, PersonsTakenBack(agency.id, tuple(persons)))
    return ended


def retain(at: At, batch: PlacementBatch, agency: Organisation, persons: Sequence[UUID]) -> None:
    """The agency keeps these persons until the new term."""
    with connection.cursor() as cursor:
        cursor.execute(_RETAIN, _given(at, batch, agency, persons))
    told = {**_told(batch, agency), "term_until_on": f"{batch.term_until_on}"}
    _record(at, "placements.retained", persons, told)


def _given(
    at: At, batch: PlacementBatch, agency: Organisation, persons: Sequence[UUID]
) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "organisation": agency.id,
        "persons": list(persons),
        "term": batch.term_until_on,
        "now": at.now,
        "by": at.actor.name,
    }


def _told(batch: PlacementBatch, agency: Organisation) -> dict[str, str]:
    return {"batch": str(batch.id), "organisation": str(agency.id), "ref": agency.ref}


def _record(at: At, kind: str, persons: Sequence[UUID], told: dict[str, str]) -> None:
    record_many(at, [Entry(of_person(each), kind, told) for each in persons])
