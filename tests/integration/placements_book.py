"""Agencies and persons placed with them, for tests of placements and of row security."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from conduct_people import ACTOR, NOON, debtor, intent
from register_book import DAY, YEAR, do, engaged, trained

from arrears.conduct.rules.intent import Intent
from arrears.kernel.clock import FixedClock
from arrears.kernel.ids import named
from arrears.people.access.table import MACHINE, TABLE
from arrears.people.models import AuthorityLetter, Organisation
from arrears.people.organisations import scope_of
from arrears.placements.actions import approve, ask, carry_out, mark_told, preview
from arrears.placements.models import BatchLine, Placement
from arrears.store import clock
from arrears.store.actor import LENDER, Actor
from arrears.store.transactions import transaction

TERM = date(2027, 2, 1)


def staff_actor(ref: str, role: str, scope: str = LENDER) -> Actor:
    return Actor("staff", ref, scope, TABLE.held[role], role)


HEAD = staff_actor("1", "head_of_collections")
COMPLIANCE = staff_actor("2", "compliance")


def of_agency(agency: Organisation, role: str = "agency_collector") -> Actor:
    return staff_actor(f"9{agency.ref}", role, scope_of(agency.id))


def machine_of(agency: Organisation) -> Actor:
    return Actor("machine", f"m-{agency.ref}", scope_of(agency.id), TABLE.held[MACHINE])


@contextmanager
def when(now: datetime = NOON) -> Iterator[None]:
    with clock.use(FixedClock(now)):
        yield


def agency(ref: str = "north", **changed: Any) -> Organisation:
    """An agency that may be given online loans in China, with somebody who may call."""
    made = engaged(ref, **{"contract_no": f"C-{ref}", "products": ["online_consumer"], **changed})
    caller = trained(badge_of(ref), ref)
    with transaction(ACTOR) as now:
        AuthorityLetter.objects.create(
            id=named("letter", ref), letter_no=f"L-{ref}", staff=caller, from_on=DAY,
            until_on=DAY + YEAR, made_at=now.now, made_by="x",
        )  # fmt: skip
    return made


def badge_of(ref: str) -> str:
    """The badge of the one at the agency who may call."""
    return f"{ref}-1"


def call_of(person: UUID, ref: str = "north", **differing: Any) -> Intent:
    """A call that an agency means to make, by somebody who may."""
    given = {"actor": "agency", "organisation": ref, "officers": (badge_of(ref),)}
    return intent(person, **(given | differing))


def drawn(kind: str = "place", ref: str = "north", **filter: Any) -> dict[str, Any]:
    term = None if kind == "recall" else TERM
    return do(preview, HEAD, kind=kind, organisation=ref, filter=filter, reason="a test",
              term_until_on=term)  # fmt: skip


def through(batch: dict[str, Any]) -> dict[str, Any]:
    """Ask for a batch, have it approved if need be, and carry it out."""
    which = {"batch_id": UUID(str(batch["batch_id"])), "digest": batch["digest"]}
    asked = do(ask, HEAD, **which)
    if asked["state"] == "asked":
        do(approve, COMPLIANCE, **which, reason="seen")
    return do(carry_out, HEAD, **which)


def placed(*refs: str, ref: str = "north", told: bool = False, now: datetime = NOON) -> list[UUID]:
    """New debtors, placed with the agency (a day before), and told of it."""
    made = [debtor(each) for each in refs]
    with when(now - timedelta(days=1)):
        moved = through(drawn(ref=ref, person_refs=list(refs)))
        assert moved["persons"] == len(refs), moved
        for each in refs if told else ():
            do(mark_told, HEAD, person_ref=each, channel="sms", evidence="message 17")
    return made


def lines(batch) -> dict[str, str | None]:
    with transaction(ACTOR):
        found = BatchLine.objects.filter(batch_id=batch["batch_id"]).select_related("person")
        return {line.person.person_ref: line.aside for line in found}


def which(batch) -> dict:
    return {"batch_id": UUID(batch["batch_id"]), "digest": batch["digest"]}


def now_placed(ref: str) -> Placement | None:
    with transaction(ACTOR):
        return Placement.objects.filter(person__person_ref=ref, until_at=None).first()
