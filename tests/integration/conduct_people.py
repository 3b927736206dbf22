"""People in arrears for tests of conduct, made straight in the tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sealed_person import create_person

from arrears.cases.models import Case, CaseLoan
from arrears.conduct.actions.house import set_observing
from arrears.conduct.rules.intent import OWNED, Intent
from arrears.kernel.clock import FixedClock
from arrears.kernel.ids import named
from arrears.loans.models import Loan, Tape
from arrears.people.models import AuthorityLetter, Certificate, Organisation, Person, Staff
from arrears.people.organisations import LENDER_ID
from arrears.people.rules.kinds import CERTIFICATE_KINDS
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.vocabulary import Value
from arrears.store import clock
from arrears.store.actor import Actor, system
from arrears.store.transactions import At, transaction

ACTOR = system("test")
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # a Wednesday, noon in Shanghai
OFFICER = "T-1"  # a badge number
AS_OF = date(2026, 11, 24)
_numbers = itertools.count(1)
_BASELINE = read_baseline()


@contextmanager
def at(now: datetime = NOON, actor: Actor = ACTOR) -> Iterator[At]:
    """A transaction at an instant."""
    with clock.use(FixedClock(now)), transaction(actor) as stands:
        yield stands


def go_live(now: datetime = NOON) -> None:
    """Switch the installation from observing to acting."""
    with at(now) as stands:
        set_observing(stands, False)


def _lender(stands: At) -> Organisation:
    told = {"name": "Lender", "form": "bank", "state": "approved", "state_on": AS_OF}
    return Organisation.objects.get_or_create(
        id=LENDER_ID, ref="lender", kind="lender", defaults={**told, "made_at": stands.now}
    )[0]


def _officer(stands: At) -> None:
    staff, made = Staff.objects.get_or_create(
        badge_no=OFFICER,
        defaults={
            "id": named("staff", OFFICER),
            "organisation": _lender(stands),
            "display_name": "Officer",
            "joined_on": date(2024, 1, 1),
            "made_at": stands.now,
        },
    )
    if not made:
        return
    until = {"from_on": date(2024, 1, 1), "until_on": date(2030, 1, 1)}
    common = {"made_at": stands.now, "made_by": stands.actor.name}
    for kind in CERTIFICATE_KINDS:
        Certificate.objects.create(
            id=named("certificate", OFFICER, kind),
            staff=staff,
            kind=kind,
            passed_on=until["from_on"],
            expires_on=until["until_on"],
            reference="R",
            **common,
        )
    AuthorityLetter.objects.create(
        id=named("letter", OFFICER), letter_no=OFFICER, staff=staff, **until, **common
    )


def debtor(ref: str | None = None, *, loans: int = 1, **person: Any) -> UUID:
    """A person with an open case of so many loans, 40 days past due; returns their id.

    Their loans are ``<ref>-L1``, ``<ref>-L2`` …; without anything else said they are of age, and
    live in China. There is an officer who may act, too.
    """
    ref = ref or f"P{next(_numbers):05}"
    with at() as stands:
        _officer(stands)
        tape = _tape(stands)
        given = {"jurisdiction": "CN", "birth_on": date(1980, 5, 17), "address": "南京路1号"}
        made = create_person(
            ref,
            id=named("person", ref),
            tape_id=tape.id,
            updated_at=stands.now,
            **(given | person),
        )
        if loans:
            _case(made, [_loan(made, tape, f"{ref}-L{n}") for n in range(1, loans + 1)])
    return made.id


def loan_id(ref: str, number: int = 1) -> UUID:
    """The id of a debtor's loan."""
    return named("loan", f"{ref}-L{number}")


def _tape(stands: At) -> Tape:
    return Tape.objects.get_or_create(
        id=named("tape", "conduct"),
        defaults={
            "tape_ref": "conduct",
            "kind": "full",
            "form": "instalment",
            "source": "test",
            "sha256": "0" * 64,
            "received_at": stands.now,
            "state": "taken_in",
            "totals": {},
        },
    )[0]


def _loan(person: Person, tape: Tape, ref: str) -> Loan:
    return Loan.objects.create(
        id=named("loan", ref),
        loan_ref=ref,
        person=person,
        product="online_consumer",
        creditor_type="bank",
        currency="CNY",
        grace_days=0,
        status="open",
        tape=tape,
    )


def _case(person: Person, loans: list[Loan]) -> None:
    case = Case.objects.create(
        id=named("case", person.person_ref),
        person=person,
        state="open",
        opened_on=date(2026, 10, 20),
        as_of=AS_OF,
        currency="CNY",
        overdue_minor=10_000 * len(loans),
        loans_count=len(loans),
        days_past_due=40,
        days_past_due_after_grace=40,
        product="online_consumer",
        bucket="M2",
        bucket_rank=2,
        worst_bucket_rank=2,
        treatment="call",
        treatment_rule="r",
        treatment_table="t",
        treatment_version=1,
        treatment_arm="a",
        treated_since=AS_OF,
    )
    for loan in loans:
        CaseLoan.objects.create(
            case=case,
            loan=loan,
            joined_on=date(2026, 10, 20),
            as_of=AS_OF,
            currency="CNY",
            overdue_minor=10_000,
            days_past_due=40,
            bucket="M2",
        )


def told(act: str, **differing: Value) -> dict[str, Value]:
    """What a caller vouches for: the baseline's facts, but for those that the gate finds."""
    facts = {name: value for name, value in _BASELINE[act].facts.items() if name not in OWNED}
    return facts | differing


def intent(person_id: UUID, act: str = "call_human", **differing: Any) -> Intent:
    """An act that the rules allow on a working day at noon, but for what is said."""
    channel = {"message": "sms", "letter": "post", "debit": "none"}.get(act, "phone")
    given: dict[str, Any] = {
        "purpose": "collect",
        "channel": channel,
        "number": "13800000001",
        "officers": (OFFICER,),
        "facts": told(act),
    }
    return Intent(person_id=person_id, act=act, **(given | differing))
