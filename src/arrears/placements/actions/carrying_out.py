"""Carry out an approved batch, or undo it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection

from arrears.conduct.actions.charge import lock_budgets
from arrears.conduct.actions.named import required_text
from arrears.journal.actions import of_house, record
from arrears.kernel.errors import Conflict
from arrears.placements.actions import checking, moving
from arrears.placements.actions.agencies import (
    locked_agency,
    require_fit,
    require_lender,
)
from arrears.placements.actions.deciding import locked_batch
from arrears.placements.actions.previewing import digest_of, look_given
from arrears.placements.covered import covered_by
from arrears.placements.limits import limits
from arrears.placements.models import PlacementBatch
from arrears.placements.rules.deciding import undo_obstacles
from arrears.placements.states import BATCH
from arrears.placements.words import UNDO
from arrears.store.commands import Result, command
from arrears.store.pages import select
from arrears.store.transactions import At

_CHANGED: Final = """
UPDATE placements_batch_line l SET changed = r.aside, aside_detail = r.aside_detail
FROM ({}) r WHERE l.batch_id = %(batch)s AND l.person_id = r.person_id AND r.aside IS NOT NULL
"""
_LEFT: Final = """
SELECT person_id FROM placements_batch_line
WHERE batch_id = %s AND aside IS NULL AND changed IS NULL ORDER BY person_id
"""


@command("placement.carry_out", permission="placements.carry_out")
def carry_out(at: At, *, batch_id: UUID, digest: str) -> Result:
    """Move the persons of an approved batch, all in one transaction.

    Each is looked at once more under the lock of their budget: whoever changed since the preview
    stays where they are, and is listed with the reason.

    Returns
    -------
    Result
        ``batch_id``, ``state``, ``persons`` moved, ``changed``: how many were not, by reason,
        ``reservations_ended``: contacts that whoever led them before may not begin any more.

    Raises
    ------
    NotFound
        If there is no such batch.
    Conflict
        If the list is not the one that was approved, the preview is too old, or nothing may be
        placed with the agency any more.
    IllegalTransition
        If it is not approved.
    """
    require_lender(at)
    batch = locked_batch(at, batch_id, digest)
    return carried_out(at, batch)


def carried_out(at: At, batch: PlacementBatch) -> Result:
    """Take the step, as :func:`carry_out` says."""
    following = BATCH.step(batch.state, "carry_out")
    agency = locked_agency(at, batch.organisation.ref)
    found = digest_of(batch, agency)
    if found != batch.digest:
        raise Conflict(
            "the list of the batch was changed after it was previewed",
            expected=f"the digest {batch.digest}",
            found=found,
            remedy="refuse this batch and preview a new one; somebody wrote to its lines",
            key=batch.id,
        )
    term = batch.term_until_on
    covered = covered_by(agency.ref, at.today) if term is None else require_fit(at, agency, term)
    lock_budgets(at, [row["person_id"] for row in select(checking.TAKEN, [batch.id])])
    _look_again(at, batch, look_given(at, batch, covered))
    persons = [row["person_id"] for row in select(_LEFT, [batch.id])]
    ended = 0
    if batch.kind == "place":
        ended = moving.place(at, batch, agency, persons)
    elif batch.kind == "recall":
        ended = moving.take_back(at, batch, agency, persons, "recalled", batch.reason)
    else:
        moving.retain(at, batch, agency, persons)
    batch.state = following
    batch.carried_out_by, batch.carried_out_at = at.actor.name, at.now
    batch.carried_out_count = len(persons)
    batch.save()
    changed = _changed(batch.id)
    told = {"batch": str(batch.id), "digest": batch.digest, "persons": len(persons)}
    record(
        at,
        of_house(f"batch {batch.id}"),
        "placements.carried_out",
        {**told, "kind": batch.kind, "changed": changed},
    )
    return {
        "batch_id": batch.id,
        "state": batch.state,
        "persons": len(persons),
        "changed": changed,
        "reservations_ended": ended,
    }


def _look_again(at: At, batch: PlacementBatch, given: dict[str, Any]) -> None:
    checking.stage_taken(batch.id)
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED.format(checking.LOOK[batch.kind]), {**given, "batch": batch.id})


def _changed(batch_id: UUID) -> list[dict[str, Any]]:
    return select(
        "SELECT changed AS reason, count(*) AS persons FROM placements_batch_line"
        " WHERE batch_id = %s AND changed IS NOT NULL GROUP BY changed ORDER BY changed",
        [batch_id],
    )


@command("placement.undo", permission="placements.carry_out")
def undo(at: At, *, batch_id: UUID, reason: str) -> Result:
    """Take back a placement that nobody has acted on: as if it had not been, but on record.

    Raises
    ------
    NotFound
        If there is no such batch.
    Conflict
        If the agency has contacted somebody, somebody was told of it, the time is over, or it was
        no placement: with every reason.
    IllegalTransition
        If it was not carried out.
    """
    require_lender(at)
    told = required_text("the reason to undo a batch", reason)
    batch = locked_batch(at, batch_id)
    following = BATCH.step(batch.state, "undo")
    agency = locked_agency(at, batch.organisation.ref)
    persons = [row["person_id"] for row in select(_LEFT, [batch.id])]
    lock_budgets(at, persons)  # a call that is being reserved goes first, and is seen
    since = select(checking.SINCE, {"batch": batch.id, "ref": agency.ref})[0]
    assert batch.carried_out_at is not None  # the state says so
    in_time = at.now < batch.carried_out_at + limits().undo_within
    found = undo_obstacles(batch.kind, in_time=in_time, **since)
    if found:
        raise Conflict(
            "the batch cannot be undone",
            expected="a placement of the last days that nobody has acted on",
            found=" ".join(str(UNDO[each]) for each in found),
            remedy="recall the persons instead",
            key=batch_id,
        )
    moving.take_back(at, batch, agency, persons, "undone", told)
    batch.state = following
    batch.undone_by, batch.undone_at, batch.undo_reason = at.actor.name, at.now, told
    batch.save()
    on_record = {"batch": str(batch.id), "persons": len(persons), "reason": told}
    record(at, of_house(f"batch {batch.id}"), "placements.undone", on_record)
    return {"batch_id": batch.id, "state": batch.state, "persons": len(persons)}
