"""Put an organisation in charge of many persons at once: all others are refused from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
from django.db import connection

from arrears.conduct.actions.taken import STANDINGS, SUBJECTS
from arrears.conduct.locks import keep_key
from arrears.journal.actions import Entry, of_person, record_many
from arrears.kernel.errors import Unavailable
from arrears.kernel.ids import named
from arrears.people.models import Person
from arrears.store.pages import select
from arrears.store.staging import stage
from arrears.store.transactions import At

CHUNK: Final = 20_000
_TRIES: Final = 20

_MISSING: Final = """
SELECT c.person_id FROM pg_temp.t_charged c
WHERE NOT EXISTS (SELECT 1 FROM conduct_standing t WHERE t.person_id = c.person_id)
ORDER BY c.person_id
"""
_THEIRS: Final = """
SELECT t.subject_id FROM conduct_standing t JOIN pg_temp.t_charged c ON c.person_id = t.person_id
"""
# In the order of their ids, like mergers: two that lock the same budgets wait for each other.
_LOCK: Final = f"""
SELECT count(*) FROM (
  SELECT s.id FROM conduct_subject s WHERE s.id IN ({_THEIRS}) ORDER BY s.id FOR UPDATE) locked
"""
_DIGEST: Final = f"""
SELECT md5(coalesce(string_agg(DISTINCT x.subject_id::text, ','), '')) AS digest
FROM ({_THEIRS}) x
"""
_CHARGE: Final = """
UPDATE conduct_standing t
SET in_charge = %(organisation)s, agency_announced = false, updated_at = %(now)s
FROM pg_temp.t_charged c WHERE c.person_id = t.person_id
"""
_END: Final = """
UPDATE conduct_reservation r
SET expires_at = greatest(%(now)s, r.reserved_at + interval '1 microsecond')
FROM conduct_contact k JOIN pg_temp.t_charged c ON c.person_id = k.person_id
WHERE k.id = r.contact_id AND r.state = 'open' AND r.expires_at > %(now)s
  AND k.organisation <> %(organisation)s
RETURNING r.contact_id, k.person_id, k.organisation
"""


def lock_budgets(at: At, person_ids: Sequence[UUID]) -> None:
    """Lock the budgets of persons, many in one go, until the transaction ends.

    A gate that is at one of them goes first; what was counted before is then on record.
    """
    stage("t_charged", {"person_id": "uuid"}, _batches(person_ids))
    _make_standings(at)
    for _ in range(_TRIES):
        before = select(_DIGEST)[0]["digest"]
        select(_LOCK)
        if select(_DIGEST)[0]["digest"] == before:
            return
    raise Unavailable("these budgets are being merged by others", remedy="try again")


def put_in_charge(at: At, person_ids: Sequence[UUID], organisation: str) -> int:
    """Let an organisation, and nobody else, act towards these persons from now on.

    What another one had reserved and not begun yet may not begin any more: its reservation
    expires now. It goes on counting until its result is told, like every reservation.

    Parameters
    ----------
    organisation
        Its reference; its persons have not been told of it yet.

    Returns
    -------
    int
        How many reservations of others were ended.
    """
    lock_budgets(at, person_ids)
    given: dict[str, Any] = {"organisation": organisation, "now": at.now}
    with connection.cursor() as cursor:
        cursor.execute(_CHARGE, given)
    ended = select(_END, given)
    record_many(at, [_ended(row) for row in ended])
    return len(ended)


def _ended(row: dict[str, Any]) -> Entry:
    told = {"contact": str(row["contact_id"]), "organisation": row["organisation"]}
    return Entry(of_person(row["person_id"]), "conduct.reservation_ended", told)


def _make_standings(at: At) -> None:
    """Rows for those whom nobody has gated yet, and whom no tape gave a budget."""
    missing = [row["person_id"] for row in select(_MISSING)]
    if not missing:
        return
    keep_key(at)
    for start in range(0, len(missing), CHUNK):
        persons = Person.objects.filter(id__in=missing[start : start + CHUNK])
        rows = []
        for person_id, hashed in persons.values_list("id", "national_id_hmac"):
            rows.append((str(person_id), str(named("subject", hashed or str(person_id))), hashed))
        columns = dict(
            zip(("person_id", "subject_id", "id_hmac"), zip(*rows, strict=True), strict=True)
        )
        stage(
            "t_subjects",
            {"person_id": "uuid", "subject_id": "uuid", "id_hmac": "text"},
            [pa.record_batch({k: pa.array(list(v), pa.string()) for k, v in columns.items()})],
        )
        with connection.cursor() as cursor:
            cursor.execute(SUBJECTS, {"now": at.now})
            cursor.execute(STANDINGS, {"now": at.now})


def _batches(person_ids: Sequence[UUID]) -> list[pa.RecordBatch]:
    return [
        pa.record_batch(
            {"person_id": pa.array([str(p) for p in person_ids[start : start + CHUNK]])}
        )
        for start in range(0, len(person_ids), CHUNK)
    ]
