"""A book for commission: loans, payments and placements, put down as they are needed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from register_book import ACTOR, DAY, do, engaged, on, person_in_book, trained

from arrears.cases.models import BucketSpan
from arrears.kernel.ids import named, uuid7
from arrears.loans.models import Loan, Payment, Tape
from arrears.people.models import Organisation
from arrears.placements.commission.actions import (
    approve_scheme,
    draw_up,
    enter_score,
    issue,
    propose_scheme,
)
from arrears.placements.commission.models import SchemeProposal, StatementLine
from arrears.placements.models import Placement, PlacementBatch
from arrears.store.actor import system
from arrears.store.transactions import transaction

SECOND = system("second")
FIRST = date(2026, 3, 1)
APRIL = date(2026, 4, 1)
MAY = date(2026, 5, 1)
LATER = date(2026, 9, 1)
BUCKETS = ("current", "M1", "M2", "M3", "M4", "M5", "M6", "M7+")
SCHEME: dict[str, Any] = {
    "weights_bps": {"recovered": 6000, "promises_kept": 2000, "complaints": 2000},
    "rates_bps": {bucket: 500 + 100 * at for at, bucket in enumerate(BUCKETS)},
    "deductions_bps": {"minor": 100, "serious": 1000, "grave": 5000},
}


def noon(day: date) -> datetime:
    """Noon in Shanghai."""
    return datetime.combine(day, time(4), UTC)


def agency(ref: str = "north", **changed: Any) -> Organisation:
    """An agency with a scheme from March 2026 on, and full scores for its promises."""
    made = engaged(ref)
    adopted(ref, FIRST, {**SCHEME, **changed})
    for month in (FIRST, APRIL, MAY):
        with on(LATER):
            do(enter_score, organisation=ref, component="promises_kept", month=month,
               score_bps=10_000, reason="plans of the month counted")  # fmt: skip
    return made


def adopted(organisation: str, from_on: date, document: dict[str, Any]) -> dict[str, Any]:
    """Propose a scheme, and approve it as a second person."""
    made = do(propose_scheme, organisation=organisation, from_on=from_on, document=document,
              reason="the year's terms")  # fmt: skip
    with transaction(ACTOR):
        found = SchemeProposal.objects.get(id=made["proposal"])
    return do(approve_scheme, SECOND, proposal=found.id, sha256=found.sha256, reason="read")


def loan(ref: str, person: UUID, currency: str = "CNY", bucket: str | None = "M1") -> Loan:
    """A loan that stands in one bucket since January."""
    with transaction(ACTOR) as at:
        tape, _ = Tape.objects.get_or_create(
            tape_ref="T",
            defaults={"id": named("tape", "T"), "kind": "full", "form": "none", "source": "t",
                      "sha256": "0" * 64, "received_at": at.now, "state": "received",
                      "totals": {}},
        )  # fmt: skip
        made = Loan.objects.create(
            id=named("loan", ref), loan_ref=ref, person_id=person, product="credit_card",
            creditor_type="bank", currency=currency, grace_days=0, status="open", tape=tape,
        )  # fmt: skip
        if bucket:
            BucketSpan.objects.create(loan=made, from_on=date(2026, 1, 1), bucket=bucket)
    return made


def place(
    person: UUID, agency: Organisation, first: datetime, until: datetime | None = None
) -> Placement:
    """Placed, as the stage's own commands would put it down."""
    ended = {}
    if until is not None:
        ended = {"until_at": until, "ended_by": "t", "end_kind": "recalled", "end_reason": "t"}
    with transaction(ACTOR) as at:
        batch = PlacementBatch.objects.create(
            id=uuid7(at.now), kind="place", organisation=agency, filter={}, reason="t",
            term_until_on=LATER, persons_count=1, set_aside_count=0, money=[], digest="0" * 64,
            state="previewed", previewed_by="t", previewed_at=at.now, expires_at=at.now,
        )  # fmt: skip
        return Placement.objects.create(
            id=uuid7(at.now), person_id=person, organisation=agency, from_at=first,
            term_until_on=LATER, batch=batch, placed_by="t", reason="t", **ended,
        )  # fmt: skip


def pay(ref: str, of: Loan, day: date, minor: int = 10_000, reverses: str | None = None) -> None:
    """Money in the book, or its reversal."""
    with transaction(ACTOR):
        Payment.objects.create(
            payment_ref=ref, loan=of, paid_on=day, amount_minor=minor, reverses=reverses,
            tape_id=uuid4(),
        )  # fmt: skip


def stated(organisation: str, month: date, day: date = LATER, *, issued: bool = True) -> UUID:
    """Draw up a month's statement, on a day, and issue it."""
    with on(day):
        made = do(draw_up, organisation=organisation, month=month)
        if issued:
            do(issue, statement=UUID(str(made["statement"])))
    return UUID(str(made["statement"]))


def lines(statement: UUID) -> list[tuple[str, str | None, int, int]]:
    """Kind, payment, amount and commission of each line, in order."""
    with transaction(ACTOR):
        rows = StatementLine.objects.filter(statement=statement).order_by("number")
        return [(x.kind, x.payment_ref, x.amount_minor, x.commission_minor) for x in rows]


__all__ = [
    "ACTOR", "APRIL", "DAY", "FIRST", "LATER", "MAY", "SCHEME", "SECOND", "adopted", "agency",
    "do", "lines", "loan", "noon", "on", "pay", "person_in_book", "place", "stated", "timedelta",
    "trained",
]  # fmt: skip
