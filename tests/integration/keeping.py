"""Staff who may keep cases, for tests of allotment and queues."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from conduct_people import ACTOR, NOON, OFFICER, debtor

from arrears.cases.models import Case
from arrears.kernel.clock import FixedClock
from arrears.people.actions import add_staff, certify, create_user
from arrears.people.models import Staff, User
from arrears.people.queries import staff_actor
from arrears.placements.allotment.actions import Done, allot_cases
from arrears.placements.allotment.models import Allotment
from arrears.store import clock
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

TODAY = date(2026, 11, 25)  # of conduct_people.NOON in Shanghai
PAPERS = ("training", "test", "background")
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def owing(ref: str, **told: Any) -> UUID:
    """A person with an open case; whom that puts on the register keeps no cases."""
    person = debtor(ref, **told)
    with transaction(ACTOR):
        Staff.objects.filter(badge_no=OFFICER).update(capacity=0)
    return person


def keeper(badge_no: str, *, papers: tuple[str, ...] = PAPERS, **told: Any) -> UUID:
    """Somebody at work with their papers in order; returns the id."""
    given = {"organisation": "lender", "display_name": badge_no, "languages": ["zh"], **told}
    with clock.use(FixedClock(NOON)):
        made = add_staff(
            ACTOR, f"add-{badge_no}", badge_no=badge_no, joined_on=date(2026, 1, 5), **given
        )
        for kind in papers:
            certify(
                ACTOR,
                f"{badge_no}-{kind}",
                badge_no=badge_no,
                kind=kind,
                passed_on=date(2026, 1, 5),
                expires_on=date(2026, 12, 31),
                reference="x",
            )
    return UUID(str(made["staff"]))


def signed_in(badge_no: str, role: str, **told: Any) -> Actor:
    """Somebody at work who signs in; returns the actor that they are."""
    user = create_user(ACTOR, badge_no.lower(), badge_no, role, "correct horse battery")
    keeper(badge_no, username=badge_no.lower(), **told)
    with clock.use(FixedClock(NOON)):
        return staff_actor(User.objects.get(id=user))


def staff_id(badge_no: str) -> UUID:
    """The id of a badge."""
    with transaction(ACTOR):
        return Staff.objects.get(badge_no=badge_no).id


def allotted(**at: Any) -> Done:
    """Allot all cases at noon."""
    with clock.use(FixedClock(at.get("now", NOON))), transaction(ACTOR) as stands:
        return allot_cases(stands)


def kept() -> dict[str, str]:
    """Person to badge of who keeps their case."""
    with transaction(ACTOR):
        rows = Allotment.objects.filter(until_at=None).values_list(
            "case__person__person_ref", "staff__badge_no"
        )
        return dict(rows)


def case_of(person_ref: str) -> UUID:
    """The id of a person's case."""
    with transaction(ACTOR):
        return Case.objects.get(person__person_ref=person_ref).id
