"""Statements of agencies: whose a payment is, what it brings, and that nothing is rewritten."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from commission_book import (
    ACTOR,
    APRIL,
    FIRST,
    LATER,
    SCHEME,
    SECOND,
    adopted,
    agency,
    do,
    lines,
    loan,
    noon,
    on,
    pay,
    person_in_book,
    place,
    stated,
)
from django.db import DatabaseError, IntegrityError
from django.db.transaction import atomic

from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, Conflict, IllegalTransition
from arrears.loans.models import Payment
from arrears.placements.commission.actions import (
    adjust,
    dispute,
    drop_draft,
    issue,
    settle,
    uphold,
    uphold_complaint,
)
from arrears.placements.commission.models import Statement, StatementLine
from arrears.placements.commission.queries import (
    statement,
    statement_document,
    statement_lines,
    statement_of,
    unstated,
)
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db
SHANGHAI = timezone(timedelta(hours=8))


def test_a_payment_is_the_agencys_that_led_the_case_on_that_day():
    north, south, person = agency(), agency("south"), person_in_book("P1")
    one = loan("L1", person)
    place(person, north, datetime(2026, 3, 10, 23, 30, tzinfo=SHANGHAI), noon(date(2026, 3, 20)))
    place(person, south, noon(date(2026, 3, 20)))
    for number, day in enumerate((9, 10, 19, 20, 31), start=1):
        pay(f"p{number}", one, date(2026, 3, day))
    assert lines(stated("north", FIRST)) == [
        ("payment", "p2", 10_000, 600),
        ("payment", "p3", 10_000, 600),
    ]
    assert lines(stated("south", FIRST)) == [
        ("payment", "p4", 10_000, 600),
        ("payment", "p5", 10_000, 600),
    ]


def test_what_is_taken_back_is_taken_back_in_its_own_month_from_whom_it_was():
    north, south, person = agency(), agency("south"), person_in_book("P1")
    one = loan("L1", person)
    place(person, north, noon(FIRST), noon(APRIL))
    place(person, south, noon(APRIL))
    pay("p1", one, date(2026, 3, 5))
    first = stated("north", FIRST)
    pay("r1", one, date(2026, 4, 6), reverses="p1")
    assert lines(stated("south", APRIL)) == []
    assert lines(stated("north", APRIL)) == [("reversal", "r1", -10_000, -600)]
    assert lines(first) == [("payment", "p1", 10_000, 600)]


def test_what_is_known_late_comes_later_and_once():
    north, person = agency(), person_in_book("P1")
    one = loan("L1", person)
    place(person, north, noon(FIRST))
    pay("p1", one, date(2026, 3, 5))
    stated("north", FIRST)
    pay("late", one, date(2026, 3, 6))
    again = stated("north", FIRST)
    assert lines(again) == [("payment", "late", 10_000, 600)]
    pay("later", one, date(2026, 3, 7), 5_000)
    assert lines(stated("north", APRIL)) == [("payment", "later", 5_000, 300)]
    with pytest.raises(Conflict, match="nothing changed"):
        stated("north", APRIL)


def test_what_the_book_changes_is_put_right_by_a_line_of_its_own():
    north, person = agency(), person_in_book("P1")
    one = loan("L1", person)
    place(person, north, noon(FIRST))
    pay("p1", one, date(2026, 3, 5))
    pay("p2", one, date(2026, 3, 6))
    stated("north", FIRST)
    with transaction(ACTOR):
        Payment.objects.filter(payment_ref="p1").update(amount_minor=7_000)
        Payment.objects.filter(payment_ref="p2").delete()
    assert lines(stated("north", FIRST)) == [
        ("correction", "p1", -3_000, -180),
        ("correction", "p2", -10_000, -600),
    ]
    pay("r1", one, date(2026, 4, 2), 7_000, reverses="p1")
    pay("p2", one, date(2026, 3, 6), 8_000)
    assert lines(stated("north", APRIL)) == [
        ("reversal", "r1", -7_000, -420),
        ("correction", "p2", 8_000, 480),
    ]


def test_the_rate_is_that_of_the_bucket_at_placement_and_of_the_scheme_of_that_day():
    north, person = agency(), person_in_book("P1")
    place(person, north, noon(FIRST))
    pay("old", loan("L1", person, bucket="M7+"), date(2026, 3, 5))
    pay("good", loan("L2", person, bucket=None), date(2026, 3, 5))
    assert lines(stated("north", FIRST)) == [
        ("payment", "good", 10_000, 500),
        ("payment", "old", 10_000, 1_200),
    ]
    cheaper = {**SCHEME, "rates_bps": dict.fromkeys(SCHEME["rates_bps"], 100)}
    adopted("north", APRIL, cheaper)
    pay("late", loan("L3", person), date(2026, 3, 31))
    pay("new", loan("L4", person), date(2026, 4, 1))
    assert lines(stated("north", APRIL)) == [
        ("payment", "late", 10_000, 600),
        ("payment", "new", 10_000, 100),
    ]


def test_currencies_are_kept_apart_and_sums_reconcile():
    north, person = agency(caps={"USD": {"month_minor": 7}}), person_in_book("P1")
    place(person, north, noon(FIRST))
    yuan, dollars = loan("L1", person), loan("L2", person, "USD")
    for number in range(1, 8):
        pay(f"c{number}", yuan, date(2026, 3, number), 33)
        pay(f"d{number}", dollars, date(2026, 3, number), 101)
    made = stated("north", FIRST)
    found = statement(ACTOR, made)
    by = {each["currency"]: each for each in found.totals}
    assert by["CNY"]["amount_minor"] == 7 * 33
    assert by["CNY"]["total_minor"] == round(7 * 33 * 0.06)
    assert by["USD"]["fee_minor"] == round(7 * 101 * 0.06)
    assert by["USD"]["total_minor"] == 7
    page = statement_lines(ACTOR, made)
    for currency, sums in by.items():
        inside = [line for line in page.rows if line.currency == currency]
        assert sum(line.commission_minor for line in inside) == sums["total_minor"]
        assert sum(line.amount_minor for line in inside) == sums["amount_minor"]


def complain(reference: str = "C-1", severity: str = "serious", **changed):
    told = {"organisation": "north", "upheld_on": date(2026, 3, 20), "finding": "shouted"}
    with on(LATER):
        return do(uphold_complaint, reference=reference, severity=severity, **{**told, **changed})


def test_complaints_that_were_upheld_take_off_once():
    north, person = agency(), person_in_book("P1")
    one = loan("L1", person)
    place(person, north, noon(FIRST))
    pay("p1", one, date(2026, 3, 5), 1_000_000)
    complain(person=person)
    made = stated("north", FIRST)
    # A serious one costs a quarter of the score of complaints, and a tenth of what is left.
    earned = 60_000 * (10_000 - 2_000 // 4) // 10_000
    assert lines(made)[0] == ("payment", "p1", 1_000_000, earned)
    assert lines(made)[1:] == [("complaint", None, 0, -earned // 10)]
    pay("p2", one, date(2026, 4, 5), 1_000_000)
    assert lines(stated("north", APRIL)) == [("payment", "p2", 1_000_000, 60_000)]
    with pytest.raises(Conflict, match="already"):
        complain()


def test_a_complaint_waits_for_a_month_that_earns_something():
    north, person = agency(), person_in_book("P1")
    place(person, north, noon(FIRST))
    complain()
    assert lines(stated("north", FIRST)) == []
    assert unstated(ACTOR, "north") == {"complaints": 1, "adjustments": 0}
    pay("p1", loan("L1", person), date(2026, 4, 5), 100_000)
    assert [each[0] for each in lines(stated("north", APRIL))] == ["payment", "complaint"]
    assert unstated(ACTOR, "north") == {"complaints": 0, "adjustments": 0}


def test_a_small_statement_of_changes_is_no_cheap_way_out_of_a_complaint():
    north, person = agency(), person_in_book("P1")
    one = loan("L1", person)
    place(person, north, noon(FIRST))
    pay("p1", one, date(2026, 3, 5), 100_000)
    stated("north", FIRST)
    complain()
    pay("late", one, date(2026, 3, 6), 100)
    assert [each[0] for each in lines(stated("north", FIRST))] == ["payment"]
    pay("p2", one, date(2026, 4, 6), 100_000)
    assert [each[0] for each in lines(stated("north", APRIL))] == ["payment", "complaint"]


def test_an_adjustment_says_why_and_comes_with_the_next_statement():
    agency()
    do(adjust, organisation="north", currency="CNY", commission_minor=-250, reason="agreed 7 May")
    made = stated("north", FIRST)
    assert lines(made) == [("adjustment", None, 0, -250)]
    assert statement(ACTOR, made).totals[0]["total_minor"] == -250
    for wrong in ({"commission_minor": 0}, {"currency": "XXX"}, {"reason": " "}):
        told = {"organisation": "north", "currency": "CNY", "commission_minor": 1, "reason": "x"}
        with pytest.raises(BadInput):
            do(adjust, **{**told, **wrong})


def test_a_draft_can_be_drawn_anew_and_dropped_until_it_is_issued():
    north, person = agency(), person_in_book("P1")
    one = loan("L1", person)
    place(person, north, noon(FIRST))
    pay("p1", one, date(2026, 3, 5))
    first = stated("north", FIRST, issued=False)
    pay("p2", one, date(2026, 3, 6))
    second = stated("north", FIRST, issued=False)
    assert [each[1] for each in lines(second)] == ["p1", "p2"]
    assert lines(first) == []
    assert statement(ACTOR, first).state == "dropped"
    with pytest.raises(Conflict, match="another month"):
        stated("north", APRIL)
    do(drop_draft, statement=second)
    third = stated("north", FIRST)
    assert statement(ACTOR, third).regular
    assert statement_of(ACTOR, "north", FIRST).id == third
    with pytest.raises(IllegalTransition):
        do(drop_draft, statement=third)
    with pytest.raises(IllegalTransition):
        do(issue, statement=third)


def test_a_dispute_is_heard_and_a_second_person_settles():
    agency()
    made = stated("north", FIRST)
    do(dispute, statement=made, reason="p9 is missing")
    do(uphold, statement=made, answer="p9 was paid on the day of the recall")
    assert statement(ACTOR, made).state == "issued"
    do(dispute, statement=made, reason="still")
    with pytest.raises(Conflict, match="second person"):
        do(settle, statement=made, note="paid")
    do(settle, SECOND, statement=made, note="agreed")
    found = statement(ACTOR, made)
    assert (found.state, found.settled_by) == ("settled", "system:second")
    for action, told in ((dispute, {"reason": "x"}), (settle, {"note": "x"})):
        with pytest.raises(IllegalTransition):
            do(action, SECOND, statement=made, **told)
    with transaction(ACTOR):
        kinds = list(
            JournalEntry.objects.filter(kind__startswith="placements.statement")
            .order_by("position")
            .values_list("kind", flat=True)
        )
        issued = JournalEntry.objects.get(kind="placements.statement_issued")
    told = ["drawn", "issued", "disputed", "upheld", "disputed", "settled"]
    assert kinds == [f"placements.statement_{each}" for each in told]
    assert issued.data["sha256"] == found.sha256


def test_nothing_of_an_issued_statement_is_rewritten():
    north, person = agency(), person_in_book("P1")
    place(person, north, noon(FIRST))
    pay("p1", loan("L1", person), date(2026, 3, 5))
    made = stated("north", FIRST)
    with transaction(ACTOR):
        for attempt in (
            lambda: StatementLine.objects.filter(statement=made).delete(),
            lambda: StatementLine.objects.filter(statement=made).update(commission_minor=1),
            lambda: StatementLine.objects.create(
                statement_id=made, number=9, kind="adjustment", currency="CNY", amount_minor=0,
                fee_minor=0, commission_minor=5, charge=UUID(int=1),
            ),
            lambda: Statement.objects.filter(id=made).update(totals=[]),
            lambda: Statement.objects.filter(id=made).update(sha256="0" * 64),
            lambda: Statement.objects.filter(id=made).delete(),
        ):  # fmt: skip
            with pytest.raises((DatabaseError, IntegrityError)), atomic():
                attempt()
    assert lines(made) == [("payment", "p1", 10_000, 600)]


def test_a_statement_that_was_tampered_with_is_not_handed_out(database):
    north, person = agency(), person_in_book("P1")
    place(person, north, noon(FIRST))
    pay("p1", loan("L1", person), date(2026, 3, 5))
    made = stated("north", FIRST, issued=False)
    assert statement_document(ACTOR, made).as_json()["entries"][0]["commission_minor"] == 600
    with transaction(ACTOR):  # a draft's line may go, and come back as another
        StatementLine.objects.filter(statement=made).delete()
        StatementLine.objects.create(
            statement_id=made, number=1, kind="payment", currency="CNY", amount_minor=10_000,
            fee_minor=600, commission_minor=700, payment_ref="p1", loan_ref="L1",
            paid_on=date(2026, 3, 5), bucket="M1", rate_bps=600,
        )  # fmt: skip
    with pytest.raises(Conflict, match="not as it was drawn up"):
        statement_document(ACTOR, made)


def test_the_same_payment_never_stands_twice_whoever_the_agency():
    north, person = agency(), person_in_book("P1")
    agency("south")
    place(person, north, noon(FIRST))
    pay("p1", loan("L1", person), date(2026, 3, 5))
    stated("north", FIRST)
    draft = stated("south", FIRST, issued=False)
    with transaction(ACTOR), pytest.raises(IntegrityError), atomic():
        StatementLine.objects.create(
            statement_id=draft, number=1, kind="payment", currency="CNY", amount_minor=10_000,
            fee_minor=600, commission_minor=600, payment_ref="p1", loan_ref="L1",
            paid_on=date(2026, 3, 5), bucket="M1", rate_bps=600,
        )  # fmt: skip
