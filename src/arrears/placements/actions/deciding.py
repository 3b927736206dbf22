"""Ask for a batch, and let another decide about it where it is above the limits."""

from __future__ import annotations

from uuid import UUID

from arrears.conduct.actions.named import required_text
from arrears.journal.actions import of_house, record
from arrears.kernel.errors import Conflict, NotAllowed, NotFound
from arrears.placements.actions.agencies import require_lender
from arrears.placements.actions.previewing import on_record, told_of
from arrears.placements.models import PlacementBatch
from arrears.placements.states import BATCH
from arrears.store.commands import Result, command
from arrears.store.transactions import At


@command("placement.ask", permission="placements.ask")
def ask(at: At, *, batch_id: UUID, digest: str) -> Result:
    """Ask for what was previewed; below the limits it is approved by that.

    Parameters
    ----------
    digest
        Of the preview: nobody asks for a list that they have not seen.

    Raises
    ------
    NotFound
        If there is no such batch.
    Conflict
        If the digest is another's, or the preview is too old.
    IllegalTransition
        If it was asked for before.
    """
    require_lender(at)
    batch = locked_batch(at, batch_id, digest)
    asked(at, batch)
    return told_of(batch)


def asked(at: At, batch: PlacementBatch) -> None:
    """Take the step, and the next one too where one person may decide."""
    batch.state = BATCH.step(batch.state, "ask")
    batch.asked_by, batch.asked_at = at.actor.name, at.now
    if not batch.second_because:
        batch.state = BATCH.step(batch.state, "approve")
        batch.decided_by, batch.decided_at = at.actor.name, at.now
    batch.save()
    record(
        at,
        of_house(f"batch {batch.id}"),
        "placements.asked",
        {**on_record(batch), "state": batch.state},
    )


@command("placement.approve", permission="placements.approve")
def approve(at: At, *, batch_id: UUID, digest: str, reason: str) -> Result:
    """Approve a batch that another person asked for.

    Raises
    ------
    NotFound
        If there is no such batch.
    NotAllowed
        If the same person asked for it.
    Conflict
        If the digest is another's, or the preview is too old.
    IllegalTransition
        If nobody asked for it, or it is decided.
    """
    require_lender(at)
    batch = locked_batch(at, batch_id, digest)
    following = BATCH.step(batch.state, "approve")
    _require_another(at, batch)
    _decide(at, batch, following, "approved", reason)
    return told_of(batch)


@command("placement.refuse", permission="placements.approve")
def refuse(at: At, *, batch_id: UUID, reason: str) -> Result:
    """Refuse a batch, also one that was approved and not carried out yet.

    Raises
    ------
    NotFound
        If there is no such batch.
    NotAllowed
        If the same person asked for it, and a second one is needed.
    IllegalTransition
        If it stands where nothing is refused any more.
    """
    require_lender(at)
    batch = locked_batch(at, batch_id)
    following = BATCH.step(batch.state, "refuse")
    _require_another(at, batch)
    _decide(at, batch, following, "refused", reason)
    return told_of(batch)


def _require_another(at: At, batch: PlacementBatch) -> None:
    if batch.second_because and batch.asked_by == at.actor.name:
        raise NotAllowed(
            "nobody approves or refuses what they asked for",
            expected=f"another person than {batch.asked_by}",
            found=at.actor.name,
        )


def _decide(at: At, batch: PlacementBatch, following: str, what: str, reason: str) -> None:
    batch.state = following
    batch.decided_by, batch.decided_at = at.actor.name, at.now
    batch.decision_reason = required_text("the reason of a decision", reason)
    batch.save()
    told = {"batch": str(batch.id), "digest": batch.digest, "reason": batch.decision_reason}
    record(at, of_house(f"batch {batch.id}"), f"placements.{what}", told)


def locked_batch(at: At, batch_id: UUID, digest: str | None = None) -> PlacementBatch:
    """The batch, locked; raises if it is too old, or the digest is not that of its list."""
    batch = PlacementBatch.objects.select_for_update().filter(id=batch_id).first()
    if batch is None:
        raise NotFound("there is no such batch", key=batch_id)
    if digest is not None and digest != batch.digest:
        raise Conflict(
            "this is not the list that was previewed",
            expected=f"the digest {batch.digest}",
            found=digest[:100],
            remedy="look at the batch again",
            key=batch_id,
        )
    if digest is not None and at.now >= batch.expires_at:
        raise Conflict(
            "the preview is too old",
            expected=f"a preview that is good until {batch.expires_at:%Y-%m-%d %H:%M} UTC or later",
            found=f"{at.now:%Y-%m-%d %H:%M} UTC",
            remedy="preview the batch anew",
            key=batch_id,
        )
    return batch
