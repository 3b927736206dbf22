"""A register for tests: agencies, staff and days on which they act."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from arrears.kernel.clock import FixedClock
from arrears.kernel.ids import named
from arrears.people.actions import (
    add_contract,
    add_organisation,
    add_staff,
    certify,
    move_agency,
)
from arrears.people.models import Organisation, Person, Staff
from arrears.store import clock
from arrears.store.actor import Actor, system
from arrears.store.transactions import transaction

ACTOR = system("test")
DAY = date(2026, 3, 2)


def agency(ref: str = "north", **changed) -> Organisation:
    add_organisation(ACTOR, f"agency-{ref}", ref=ref, name=f"Agency {ref}", **changed)
    return Organisation.objects.get(ref=ref)


def staff(
    badge_no: str, organisation: str = "lender", *, pictured: bool = True, **changed
) -> Staff:
    """Somebody of an organisation; ``pictured``: as if the badge had a photo."""
    told = {"display_name": f"Officer {badge_no}", "joined_on": DAY, **changed}
    made = add_staff(ACTOR, badge_no, organisation=organisation, badge_no=badge_no, **told)
    with transaction(ACTOR):
        if pictured:
            Staff.objects.filter(id=made["staff"]).update(photo=uuid4())
        return Staff.objects.get(id=made["staff"])


YEAR = timedelta(days=365)
TERMS = {
    "contract_no": "C-1",
    "purpose": "calls about overdue card debts",
    "products": ["credit_card"],
    "jurisdictions": ["CN"],
    "channels": ["phone"],
    "from_on": DAY,
    "until_on": DAY + YEAR,
}
_commands = itertools.count(1)


def on(day: date):
    return clock.use(FixedClock(datetime(day.year, day.month, day.day, 4, tzinfo=UTC)))


def do(action, actor: Actor = ACTOR, **told):
    return action(actor, f"c{next(_commands)}", **told)


def engaged(ref: str = "north", **changed) -> Organisation:
    """An agency that is approved, with a contract of a year from DAY on."""
    agency(ref, address="1 Long Road", phone="400-1")
    do(add_contract, ref=ref, **{**TERMS, "impact_assessed_on": DAY, **changed})
    do(move_agency, ref=ref, step="approve", reason="all in order")
    return Organisation.objects.get(ref=ref)


def trained(badge_no: str, organisation: str = "lender", until_on: date = DAY + YEAR) -> Staff:
    made = staff(badge_no, organisation)
    for kind in ("training", "test", "background", "agent_certificate"):
        given = {"kind": kind, "passed_on": DAY, "expires_on": until_on, "reference": "R"}
        do(certify, badge_no=badge_no, **given)
    return made


def person_in_book(ref: str) -> UUID:
    with transaction(ACTOR) as at:
        made = Person.objects.create(
            id=named("person", ref),
            person_ref=ref,
            jurisdiction="CN",
            tape_id=uuid4(),
            updated_at=at.now,
        )
    return made.id
