"""A book that two agencies and the lender share, with a row in every table of persons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID

from conduct_people import ACTOR, AS_OF, NOON, at, debtor, go_live, intent
from placements_book import (
    agency,
    call_of,
    placed,
    when,
)
from register_book import do

from arrears.cases.models import BucketSpan, Case, CaseEvent
from arrears.conduct.actions.holds import open_hold
from arrears.conduct.gate import gate
from arrears.conduct.models import Incident, Reservation
from arrears.conduct.verdicts import Allowed
from arrears.kernel.ids import named, uuid7
from arrears.loans.models import (
    Difference,
    Instalment,
    Loan,
    LoanHold,
    LoanParty,
    Payment,
    Snapshot,
)
from arrears.people.models import Organisation


def _fill(ref: str, person: UUID) -> None:
    """A row in every table that can hold one of a person."""
    with at() as now:
        loan = Loan.objects.get(loan_ref=f"{ref}-L1")
        LoanParty.objects.create(loan=loan, person_id=person, role="co_borrower")
        Instalment.objects.create(loan=loan, seq=1, due_on=AS_OF, principal_minor=1,
                                  interest_minor=0, fee_minor=0)  # fmt: skip
        Payment.objects.create(payment_ref=f"pay-{ref}", loan=loan, paid_on=AS_OF,
                               amount_minor=1, tape_id=loan.tape_id)  # fmt: skip
        Snapshot.objects.create(loan=loan, as_of=AS_OF, days_past_due=1)
        Difference.objects.create(loan=loan, measure="payoff", as_of=AS_OF, lender_minor=1,
                                  ours_minor=2)  # fmt: skip
        LoanHold.objects.create(id=uuid7(now.now), loan_ref=loan.loan_ref, loan=loan,
                                kind="data_doubt", from_on=AS_OF, until_on=NOON.date(),
                                tape=loan.tape)  # fmt: skip
        BucketSpan.objects.create(loan=loan, from_on=date(2026, 10, 20), bucket="M2")
        mine = Case.objects.get(person_id=person)
        CaseEvent.objects.create(id=uuid7(now.now), case=mine, happened_on=AS_OF, ordinal=1,
                                 kind="opened", data={})  # fmt: skip
        allowed = gate(now, call_of(person, ORGANISATION[ref]),
                       spend=True)  # fmt: skip
        assert isinstance(allowed, Allowed), allowed
        Reservation.objects.create(contact_id=allowed.contact_id, client="x", state="open",
                                   reserved_at=now.now,
                                   expires_at=now.now + timedelta(minutes=5))  # fmt: skip
        Incident.objects.create(id=uuid7(now.now), kind="breach", person_id=person,
                                contact_id=allowed.contact_id, report={}, opened_by="x",
                                opened_at=now.now, state="open")  # fmt: skip
    do(open_hold, ACTOR, person_ref=ref, kind="opt_out", channel="sms", source="person",
       reason="no texts")  # fmt: skip


ORGANISATION = {"N1": "north", "N2": "north", "S1": "south"}


@contextmanager
def full_book() -> Iterator[tuple[Organisation, Organisation]]:
    with when():
        go_live()
        north, south = agency("north"), agency("south")
        debtor("own")
        placed("N1", "N2", told=True)
        placed("S1", ref="south", told=True)
        for ref in ORGANISATION:
            _fill(ref, named("person", ref))
        with at() as now:
            gate(now, intent(named("person", "own")))
        yield north, south
