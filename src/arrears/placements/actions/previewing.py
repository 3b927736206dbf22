"""Preview a batch: who would be moved, how much they owe, who is set aside and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from arrears.conduct.actions.named import required_text
from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput
from arrears.kernel.ids import uuid7
from arrears.people.models import Organisation
from arrears.people.organisations import agency_of
from arrears.placements.actions import checking
from arrears.placements.actions.agencies import (
    locked_agency,
    require_fit,
    require_lender,
)
from arrears.placements.covered import Covered, covered_by
from arrears.placements.limits import limits
from arrears.placements.models import PlacementBatch
from arrears.placements.rules.deciding import Money, second_because
from arrears.placements.rules.filters import PersonFilter, read_filter
from arrears.placements.rules.kinds import BATCH_KINDS
from arrears.placements.states import BATCH
from arrears.store.commands import Result, command
from arrears.store.pages import select
from arrears.store.transactions import At

_LINES = (
    "INSERT INTO placements_batch_line"
    " (batch_id, person_id, currency, overdue_minor, aside, aside_detail)"
    " SELECT %(batch)s, r.* FROM ({}) r"
)
_OLD = ("previewed", "asked", "approved")


@command("placement.preview", permission="placements.ask")
def preview(
    at: At,
    *,
    kind: str,
    organisation: str,
    filter: Mapping[str, Any],
    reason: str,
    term_until_on: date | None = None,
) -> Result:
    """Draw up a batch without moving anybody; it is kept, and good for a day.

    Parameters
    ----------
    kind
        ``place``, ``recall`` or ``retain``.
    organisation
        Reference of the agency that gets, gives back or keeps the persons.
    filter
        Which persons: the fields of :class:`~arrears.placements.rules.filters.PersonFilter`.
    term_until_on
        Of a placement or a longer term: the first day on which it is over.

    Returns
    -------
    Result
        ``batch_id``, ``digest``, ``persons``, ``money`` by currency, ``set_aside`` with its
        reasons, ``second_because``, ``expires_at``.

    Raises
    ------
    BadInput
        If the filter cannot be used, names somebody whom the book lacks, or finds nobody or too
        many.
    Conflict
        If nothing may be placed with the agency today.
    """
    require_lender(at)
    return told_of(draw_up(at, kind, organisation, filter, reason, term_until_on))


def draw_up(
    at: At,
    kind: str,
    organisation: str,
    given: Mapping[str, Any],
    reason: str,
    term_until_on: date | None,
) -> PlacementBatch:
    """The batch with its lines, as :func:`preview` says."""
    told = required_text("the reason of a batch", reason)
    asked = read_filter(given)
    term = _term(at, kind, term_until_on)
    expire(at)
    agency = locked_agency(at, organisation)
    covered = covered_by(agency.ref, at.today) if term is None else require_fit(at, agency, term)
    batch = PlacementBatch(
        id=uuid7(at.now),
        kind=kind,
        organisation=agency,
        filter=dict(given),
        reason=told,
        term_until_on=term,
        persons_count=0,
        set_aside_count=0,
        money=[],
        digest="0" * 64,
        state=BATCH.initial,
        previewed_by=at.actor.name,
        previewed_at=at.now,
        expires_at=at.now + limits().good_for,
    )
    batch.save(force_insert=True)
    find(at, batch, asked)
    look(at, batch, covered)
    _sum_up(at, batch)
    record(at, of_house(f"placements {organisation}"), "placements.previewed", on_record(batch))
    return batch


def _term(at: At, kind: str, term_until_on: date | None) -> date | None:
    if kind not in BATCH_KINDS:
        raise BadInput(
            "unknown kind of batch", expected=", ".join(BATCH_KINDS), found=kind[:50], key="kind"
        )
    if kind == "recall":
        if term_until_on is not None:
            raise BadInput(
                "a recall has no term", expected="none", found=str(term_until_on),
                key="term_until_on",
            )  # fmt: skip
        return None
    if term_until_on is None or term_until_on <= at.today:
        raise BadInput(
            "a placement has a term",
            expected=f"a day after {at.today}",
            found=str(term_until_on),
            key="term_until_on",
        )
    return term_until_on


def find(at: At, batch: PlacementBatch, asked: PersonFilter) -> None:
    """Fill ``t_asked`` with the persons asked for."""
    given = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(asked).items()}
    by_case = any(
        value not in ([], None)
        for name, value in given.items()
        if name not in ("person_refs", "term_over")
    )
    if asked.term_over and (batch.kind == "place" or asked.person_refs):
        raise BadInput(
            "only placements have a term that can be over",
            expected="term_over of a recall or a longer term, without person_refs",
            found=batch.kind,
            key="term_over",
        )
    most = limits().most_persons
    given |= {
        "by_case": by_case,
        "organisation": batch.organisation_id,
        "today": at.today,
        "most": most + 1,
    }
    unknown = select(checking.UNKNOWN, [given["person_refs"]])
    if unknown:
        raise BadInput(
            "the book lacks persons that the batch names",
            expected="persons of the book",
            found=", ".join(row["ref"] for row in unknown),
            key="person_refs",
        )
    # Whoever is named is listed, placed or not; a condition is one on who is placed.
    by_placement = batch.kind != "place" and not asked.person_refs
    statement = checking.FIND_PLACED if by_placement else checking.FIND_TO_PLACE
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.t_asked")
        cursor.execute(checking.ASKED)
        cursor.execute(statement, given)
        found = cursor.rowcount
        cursor.execute("ANALYZE pg_temp.t_asked")
    if not 0 < found <= most:
        raise BadInput(
            "the batch is empty" if not found else "the batch is too large",
            expected=f"1 to {most} persons",
            found=str(found) if found <= most else f"more than {most}",
            remedy="ask for others, or in parts",
            key="filter",
        )


def look(at: At, batch: PlacementBatch, covered: Covered) -> None:
    """Write a line for each person of ``t_asked``."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES.format(checking.LOOK[batch.kind]),
            {"batch": batch.id, **look_given(at, batch, covered)},
        )


def look_given(at: At, batch: PlacementBatch, covered: Covered) -> dict[str, Any]:
    """What the statements of :data:`checking.LOOK` are given."""
    return {
        "now": at.now,
        "today": at.today,
        "organisation": batch.organisation_id,
        "term": batch.term_until_on,
        "products": list(covered.products),
        "jurisdictions_covered": list(covered.jurisdictions),
    }


def digest_of(batch: PlacementBatch, organisation: Organisation) -> str:
    """SHA-256 over kind, agency, term and the persons of the lines, sorted."""
    head = f"{batch.kind}\n{organisation.ref}\n{batch.term_until_on or ''}\n"
    found: str = select(checking.DIGEST, {"head": head, "batch": batch.id})[0]["digest"]
    return found


def _sum_up(at: At, batch: PlacementBatch) -> None:
    counts = {row["aside"]: row["n"] for row in select(checking.COUNTS, [batch.id])}
    batch.persons_count = counts.pop(None, 0)
    batch.set_aside_count = sum(counts.values())
    batch.money = select(checking.MONEY, [batch.id])
    batch.digest = digest_of(batch, batch.organisation)
    allowed = limits()
    batch.second_because = list(
        second_because(
            batch.persons_count,
            [Money(**row) for row in batch.money],
            allowed.persons_above,
            allowed.money_above_minor,
            asked_by_agency=agency_of(at.actor.scope) is not None,
        )
    )
    batch.save()


def expire(at: At) -> int:
    """Batches whose preview is too old are over; returns how many."""
    old = PlacementBatch.objects.filter(state__in=_OLD, expires_at__lte=at.now)
    expired = list(old.select_for_update(skip_locked=True).order_by("id"))
    for batch in expired:
        batch.state = BATCH.step(batch.state, "expire")
        batch.save(update_fields=["state"])
        record(at, of_house(f"batch {batch.id}"), "placements.expired", {"batch": str(batch.id)})
    return len(expired)


def told_of(batch: PlacementBatch) -> Result:
    """What a command answers about a batch."""
    return {
        "batch_id": batch.id,
        "kind": batch.kind,
        "state": batch.state,
        "digest": batch.digest,
        "persons": batch.persons_count,
        "money": batch.money,
        "set_aside": set_aside(batch.id),
        "second_because": batch.second_because,
        "expires_at": batch.expires_at,
    }


def set_aside(batch_id: UUID) -> list[dict[str, Any]]:
    """How many persons are set aside, by reason."""
    counts = select(checking.COUNTS, [batch_id])
    return [{"reason": r["aside"], "persons": r["n"]} for r in counts if r["aside"] is not None]


def on_record(batch: PlacementBatch) -> dict[str, Any]:
    """A batch as the journal has it; its persons have entries of their own."""
    return {
        "batch": str(batch.id),
        "kind": batch.kind,
        "organisation": str(batch.organisation_id),
        "digest": batch.digest,
        "persons": batch.persons_count,
        "set_aside": batch.set_aside_count,
        "money": batch.money,
        "term_until_on": None if batch.term_until_on is None else f"{batch.term_until_on}",
        "second_because": batch.second_because,
        "reason": batch.reason,
    }
