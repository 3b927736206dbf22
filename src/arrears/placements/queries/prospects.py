"""Where a batch stands now: what changed since its preview, whether it can still be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from arrears.people.organisations import agency_of
from arrears.people.register import obstacles
from arrears.placements.actions import checking
from arrears.placements.covered import covered_by
from arrears.placements.limits import limits
from arrears.placements.queries.batches import BatchView, seen
from arrears.placements.rules.deciding import undo_obstacles
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import At, transaction

WAITING: Final = ("previewed", "asked", "approved")
LOOKED_AT_MOST: Final = 5_000  # persons of a batch who are looked at again to show a page
_FREE: Final = "SELECT 1 FROM placements_batch WHERE id = %s FOR SHARE SKIP LOCKED"
_CALLS: Final = """
SELECT count(*) AS n FROM placements_batch_line l
JOIN conduct_contact k ON k.person_id = l.person_id AND k.organisation = %(ref)s
JOIN conduct_reservation r ON r.contact_id = k.id
WHERE l.batch_id = %(batch)s AND l.aside IS NULL AND r.state = 'open' AND r.expires_at > %(now)s
"""


@dataclass(frozen=True, slots=True)
class Drift:
    """What a waiting batch would do now, if that is not what its preview says.

    Parameters
    ----------
    aside
        Why persons who were to be moved would be set aside now, and how many each.
    money
        As in the batch, of those who would still be moved.
    """

    persons: int
    aside: tuple[tuple[str, int], ...]
    money: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """Where a batch stands now.

    Parameters
    ----------
    busy
        Whether somebody is deciding about it or carrying it out at this moment.
    drift
        None if its preview still holds, it is over, or larger than is looked at for a page.
    unfit
        Why nothing may be placed with the agency today: keys of ``people.words.OBSTACLES``.
    calls
        Of a waiting recall: contacts that the agency has reserved and may be making now.
    undo_until_at
        Of a placement that was carried out.
    undo_obstacles
        Why it cannot be undone now: keys of ``words.UNDO``.
    """

    busy: bool
    drift: Drift | None
    unfit: tuple[str, ...]
    calls: int
    undo_until_at: datetime | None
    undo_obstacles: tuple[str, ...]


def prospect(actor: Actor, batch_id: UUID) -> Prospect:
    """Where a batch stands now; needs ``placements.read``.

    Raises
    ------
    NotFound
        If there is no such batch, or none that the actor may see.
    """
    actor.require("placements.read")
    with transaction(actor) as at:
        batch = seen(actor, batch_id)
        if agency_of(actor.scope) is not None:  # what the lender weighs is the lender's
            return Prospect(False, None, (), 0, None, ())
        waiting = batch.state in WAITING
        undo = _undo(at, batch) if batch.state == "carried_out" else None
        return Prospect(
            busy=not select(_FREE, [batch.id]),
            drift=drift_of(at, batch)
            if waiting and batch.persons_count <= LOOKED_AT_MOST
            else None,
            unfit=obstacles(batch.organisation, at.today)
            if waiting and batch.kind != "recall"
            else (),
            calls=_calls(at, batch) if waiting and batch.kind == "recall" else 0,
            undo_until_at=undo[0] if undo else None,
            undo_obstacles=undo[1] if undo else (),
        )


def drift_of(at: At, batch: BatchView) -> Drift | None:
    """What it would do now, if its preview does not hold any more; inside a transaction."""
    covered = covered_by(batch.organisation, at.today)
    given = {
        "organisation": select(
            "SELECT id FROM people_organisation WHERE ref = %s", [batch.organisation]
        )[0]["id"],
        "now": at.now,
        "today": at.today,
        "term": batch.term_until_on,
        "products": list(covered.products),
        "jurisdictions_covered": list(covered.jurisdictions),
    }
    checking.stage_taken(batch.id)
    rows = select(checking.STANDS[batch.kind], given)
    aside: dict[str, int] = {}
    for row in rows:
        if row["aside"] is not None:
            aside[row["aside"]] = aside.get(row["aside"], 0) + row["persons"]
    names = ("currency", "persons", "overdue_minor")
    left = [row for row in rows if row["aside"] is None]
    money = tuple(
        {name: row[name] for name in names} for row in left if row["currency"] is not None
    )
    if not aside and money == batch.money:
        return None
    return Drift(sum(row["persons"] for row in left), tuple(sorted(aside.items())), money)


def drift(actor: Actor, batch_id: UUID) -> Drift | None:
    """What a batch of any size would do now, if its preview does not hold any more.

    Needs ``placements.ask``; raises NotFound like :func:`prospect`.
    """
    actor.require("placements.ask")
    with transaction(actor) as at:
        return drift_of(at, seen(actor, batch_id))


def _calls(at: At, batch: BatchView) -> int:
    given = {"batch": batch.id, "ref": batch.organisation, "now": at.now}
    found: int = select(_CALLS, given)[0]["n"]
    return found


def _undo(at: At, batch: BatchView) -> tuple[datetime | None, tuple[str, ...]]:
    assert batch.carried_out_at is not None  # the state says so
    until_at = batch.carried_out_at + limits().undo_within
    since = select(checking.SINCE, {"batch": batch.id, "ref": batch.organisation})[0]
    found = undo_obstacles(batch.kind, in_time=at.now < until_at, **since)
    return (until_at if batch.kind == "place" else None), found
