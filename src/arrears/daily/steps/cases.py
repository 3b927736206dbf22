"""Step 3: what the day means for the cases, decided at once and written in one transaction."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from arrears.cases.actions import apply, load_facts, settle
from arrears.cases.rules import decide
from arrears.daily.models import ParkedCase
from arrears.daily.states import PARKED
from arrears.daily.steps.day import Day, require_version
from arrears.kernel.ids import named
from arrears.loans.actions.lock import lock_book
from arrears.loans.models import Book
from arrears.people.models import Person
from arrears.store.transactions import At

# A take-in that is writing is waited for.
PATIENCE_SECONDS = 120


def cases(day: Day, at: At) -> dict[str, Any]:
    """Settle withdrawals and doubts, decide, write; whoever cannot be written is parked.

    Raises
    ------
    BookMoved
        If a delivery came in since the book was read: what it withdrew must not be taken up.
    """
    lock_book(PATIENCE_SECONDS)
    require_version(day.run.book_version, Book.objects.get(id=1).version)
    let_go = settle(at, day.as_of, day.run.id, run_id=day.run.id)
    day.progress("cases", 1, 4)
    facts = load_facts(pq.read_table(day.aged), pq.read_table(day.persons), day.as_of)
    day.progress("cases", 2, 4)
    changes = decide(day.duckdb.con, facts, day.as_of)
    day.progress("cases", 3, 4)
    applied = apply(at, changes, day.as_of, day.run.id)
    _clear_parked(set(changes.cases["person_ref"].to_pylist()) - set(applied.parked))
    _park(day, applied.parked)
    counts = dict(applied.counts)
    counts["withdrawn"] += let_go
    return counts | {"parked": len(applied.parked)}


def _park(day: Day, errors: dict[str, str]) -> None:
    known = dict(Person.objects.filter(person_ref__in=list(errors)).values_list("person_ref", "id"))
    for person_ref, error in sorted(errors.items()):
        ParkedCase.objects.update_or_create(
            id=named("parked", str(day.run.id), person_ref, "cases"),
            defaults={
                "run_id": day.run.id,
                "person_id": known.get(person_ref),
                "person_ref": person_ref,
                "step": "cases",
                "error": error,
                "state": PARKED.initial,
            },
        )


def _clear_parked(written: set[str]) -> None:
    """A person whose case could be written now is parked no more."""
    cleared = PARKED.step(PARKED.initial, "clear")
    for parked in ParkedCase.objects.filter(state=PARKED.initial).order_by("id"):
        if parked.person_ref in written:
            parked.state = cleared
            parked.save(update_fields=["state"])
