"""Entries, seals and upkeep in one line each, for tests of the journal."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from arrears.journal.actions import of_case, record, seal
from arrears.store.actor import system
from arrears.store.transactions import transaction

ACTOR = system("test")
CASE = of_case(UUID(int=1))
DAY = date(2026, 6, 30)


def write(count: int, stream=CASE, **more) -> list[UUID]:
    with transaction(ACTOR) as at:
        return [record(at, stream, "cases.opened", {"n": n}, **more) for n in range(count)]


def sealed(day: date = DAY):
    with transaction(ACTOR) as at:
        return seal(at, day)


def act(action, *args):
    with transaction(ACTOR) as at:
        return action(at, *args)


def notes(report) -> str:
    assert report.findings == []
    return "\n".join(report.notes)
