"""Join the budgets of persons who are one: from then on they share all caps and holds."""

from __future__ import annotations

from typing import Any

from arrears.conduct.actions.named import person_named, required_text
from arrears.conduct.locks import lock_subject, make_standing
from arrears.conduct.models import Standing, Subject
from arrears.journal.actions import of_person, record
from arrears.kernel.errors import BadInput, NotFound, Unavailable
from arrears.store.commands import Result, command
from arrears.store.transactions import At

_TRIES = 20
FACTS = frozenset(
    {
        "in_charge", "agency_announced", "active_plan", "plan_prepared", "attorney_released",
        "capacity", "validation_sent_at", "validation_until",
    }
)  # fmt: skip


@command("subject.merge", permission="subjects.merge")
def merge_subjects(at: At, *, person_ref: str, with_ref: str, reason: str) -> Result:
    """Let two persons, and all who share a budget with either, share one from now on.

    What each had spent counts for both at once. No later tape parts them again.

    Raises
    ------
    NotFound
        If one of them does not exist.
    BadInput
        If they are the same person.
    """
    told = required_text("the reason of a merger", reason)
    if person_ref == with_ref:
        raise BadInput("one person is no two", expected="two persons", found=person_ref)
    one, other = person_named(person_ref), person_named(with_ref)
    for person_id in (one, other):
        if not Standing.objects.filter(person_id=person_id).exists():
            make_standing(at, person_id)
    for _ in range(_TRIES):
        before = _subjects_of(one, other)
        # In the order of their ids: two mergers of the same pair wait for each other.
        list(Subject.objects.select_for_update().filter(id__in=before).order_by("id"))
        if _subjects_of(one, other) == before:
            break
    else:
        raise Unavailable("these budgets are being merged by others", remedy="try again")
    kept = Standing.objects.get(person_id=one).subject_id
    moved = Standing.objects.filter(subject_id__in=before)
    persons = sorted(moved.values_list("person_id", flat=True))
    moved.update(subject_id=kept, pinned=True, updated_at=at.now)
    for person_id in persons:
        record(
            at,
            of_person(person_id),
            "conduct.subjects_merged",
            {"subject": str(kept), "persons": [str(each) for each in persons]},
            personal={"reason": told},
        )
    return {"subject_id": kept, "persons": persons}


def set_standing(at: At, person_id: Any, **facts: Any) -> None:
    """Tell the gate what a stage knows of a person, in the transaction that changes it.

    Parameters
    ----------
    facts
        Columns of :data:`FACTS`.

    Raises
    ------
    NotFound
        If there is no such person.
    """
    unknown = sorted(set(facts) - FACTS)
    if unknown:
        raise BadInput(
            "the gate knows no such standing",
            expected=", ".join(sorted(FACTS)),
            found=", ".join(unknown),
        )
    lock_subject(at, person_id)
    changed = Standing.objects.filter(person_id=person_id).update(updated_at=at.now, **facts)
    if not changed:
        raise NotFound("there is no such person", key=person_id)


def _subjects_of(*persons: Any) -> set[Any]:
    rows = Standing.objects.filter(person_id__in=persons)
    return set(rows.values_list("subject_id", flat=True))
