"""Placing persons with agencies: checks, recall, undo, terms, and who may act from when."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from conduct_people import NOON, at, debtor, go_live, intent
from django.db import IntegrityError
from django.db.transaction import atomic
from placements_book import (
    COMPLIANCE,
    HEAD,
    TERM,
    agency,
    call_of,
    drawn,
    lines,
    machine_of,
    now_placed,
    of_agency,
    placed,
    through,
    when,
    which,
)
from register_book import ACTOR, DAY, YEAR, do, on, staff

from arrears.conduct.actions.holds import open_hold
from arrears.conduct.gate import gate
from arrears.conduct.models import Standing
from arrears.conduct.verdicts import Allowed, Refused
from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.loans.models import Loan, LoanHold
from arrears.people.actions import move_agency, prove_deletion, review_agency
from arrears.people.models import Conflict as ConflictOfInterest
from arrears.people.models import Person
from arrears.placements.actions import (
    approve,
    ask,
    ask_to_keep,
    carry_out,
    mark_told,
    preview,
    recall,
    return_all_over,
    return_over,
)
from arrears.placements.models import AgencyNotice, BatchLine, Placement, PlacementBatch
from arrears.store.actor import system
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with when():
        go_live()
        yield


@pytest.fixture
def north(noon):
    return agency()


def kinds(person: UUID) -> list[str]:
    with transaction(ACTOR):
        rows = JournalEntry.objects.filter(stream=f"person:{person}").order_by("seq")
        return [row.kind for row in rows if row.kind.startswith("placements.")]


def test_a_preview_moves_nobody_and_counts_persons_and_money(north):
    debtor("A", loans=2)
    debtor("B")
    batch = drawn(person_refs=["A", "B"])
    assert batch["persons"] == 2
    assert batch["money"] == [{"currency": "CNY", "persons": 2, "overdue_minor": 30_000}]
    assert batch["set_aside"] == [] and batch["second_because"] == []
    assert now_placed("A") is None


def test_who_cannot_be_placed_is_listed_with_the_reason(north):
    south = agency("south")
    today = NOON.date()
    for ref in ("fine", "held", "doubt", "conflict", "there", "elsewhere", "product"):
        debtor(ref)
    debtor("nothing", loans=0)
    debtor("abroad", jurisdiction="US-CA")
    through(drawn(person_refs=["there"]))
    through(drawn(ref="south", person_refs=["elsewhere"]))
    do(open_hold, person_ref="held", kind="dispute", source="person", reason="not mine")
    do(open_hold, person_ref="fine", kind="opt_out", channel="sms", source="person", reason="x")
    with at() as now:
        loan = Loan.objects.get(loan_ref="doubt-L1")
        LoanHold.objects.create(
            id=uuid7(now.now), loan_ref=loan.loan_ref, loan=loan, kind="data_doubt",
            from_on=today, tape=loan.tape,
        )  # fmt: skip
        Loan.objects.filter(loan_ref="product-L1").update(product="credit_card")
    someone = staff("N-1", "north")
    with at() as now:
        ConflictOfInterest.objects.create(
            id=uuid7(now.now), staff=someone, person=Person.objects.get(person_ref="conflict"),
            reason="cousins", made_at=now.now, made_by="x",
        )  # fmt: skip
    batch = drawn(
        person_refs=["fine", "held", "doubt", "conflict", "there", "elsewhere", "product",
                     "nothing", "abroad"]
    )  # fmt: skip
    assert lines(batch) == {
        "fine": None,
        "held": "held",
        "doubt": "doubt",
        "conflict": "conflict",
        "there": "placed_here",
        "elsewhere": "placed_elsewhere",
        "product": "product",
        "nothing": "no_case",
        "abroad": "jurisdiction",
    }
    assert through(batch)["persons"] == 1
    assert now_placed("fine") is not None and now_placed("held") is None
    with transaction(ACTOR):
        detail = BatchLine.objects.get(batch_id=batch["batch_id"], aside="placed_elsewhere")
    assert detail.aside_detail == south.ref


def test_a_hold_of_the_same_human_under_another_reference_keeps_them_back(north):
    for ref in ("A", "A2"):
        debtor(ref, national_id="11010519800517001X")
    do(open_hold, person_ref="A2", kind="hardship", source="person", reason="lost the job")
    with at() as now:  # whoever was gated has a budget; both share one
        gate(now, intent(Person.objects.get(person_ref="A").id))
    assert lines(drawn(person_refs=["A"])) == {"A": "held"}


@pytest.mark.parametrize(
    ("made", "word"),
    [
        ({"impact_assessed_on": None}, "impact"),
        ({"until_on": NOON.date()}, "contract"),
    ],
)
def test_an_agency_that_is_not_in_order_gets_nobody(made, word):
    debtor("A")
    with on(DAY):
        agency(**made)
    with pytest.raises(Conflict, match="nothing may be placed") as refusal:
        drawn(person_refs=["A"])
    assert word in str(refusal.value).lower()


def test_an_overdue_review_blocks_placement():
    debtor("A")
    with on(DAY):
        agency(until_on=DAY + 2 * YEAR)
    asked = {"kind": "place", "organisation": "north", "filter": {"person_refs": ["A"]},
             "reason": "r", "term_until_on": DAY + YEAR + timedelta(days=30)}  # fmt: skip
    with on(DAY + YEAR - timedelta(days=1)):
        do(preview, HEAD, **asked)
    with on(DAY + YEAR), pytest.raises(Conflict, match="yearly review"):
        do(preview, HEAD, **asked)


def test_a_suspended_agency_gets_nobody_not_even_what_was_approved(north):
    debtor("A")
    batch = drawn(person_refs=["A"])
    do(ask, HEAD, **which(batch))
    do(move_agency, ref="north", step="suspend", reason="complaints")
    with pytest.raises(Conflict, match="suspended"):
        do(carry_out, HEAD, **which(batch))
    assert now_placed("A") is None


def test_a_term_ends_with_the_contract(north):
    debtor("A")
    with pytest.raises(Conflict, match="longer than the contract"):
        do(preview, HEAD, kind="place", organisation="north", filter={"person_refs": ["A"]},
           reason="r", term_until_on=DAY + YEAR + timedelta(days=1))  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "give"},
        {"filter": {}},
        {"filter": {"person_refs": []}},
        {"filter": {"persons": ["A"]}},
        {"filter": {"least_minor": 1}},
        {"filter": {"least_minor": -1, "currency": "CNY"}},
        {"filter": {"person_refs": ["A", "nobody"]}},
        {"filter": {"person_refs": "A"}},
        {"filter": {"person_refs": ["A\0"]}},
        {"filter": {"buckets": ["M7+"]}},
        {"filter": {"term_over": True}},
        {"filter": {"term_over": "yes"}},
        {"term_until_on": None},
        {"term_until_on": date(2026, 11, 25)},
        {"reason": "  "},
        {"organisation": "lender"},
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_what_is_wrong(north, given):
    debtor("A")
    asked = {"kind": "place", "organisation": "north", "filter": {"person_refs": ["A"]},
             "reason": "r", "term_until_on": TERM}  # fmt: skip
    with pytest.raises(BadInput):
        do(preview, HEAD, **(asked | given))
    with transaction(ACTOR):
        assert not PlacementBatch.objects.exists()


def test_persons_are_found_by_their_case(north):
    debtor("A", loans=3)
    debtor("B")
    batch = drawn(buckets=["M2"], currency="CNY", least_minor=20_000)
    assert lines(batch) == {"A": None}


def test_one_leading_agency_at_a_time_also_for_the_database(north):
    south = agency("south")
    (person,) = placed("A")
    with transaction(ACTOR) as now, pytest.raises(IntegrityError), atomic():
        own = Placement.objects.get(person_id=person)
        Placement.objects.create(
            id=uuid7(now.now), person_id=person, organisation=south, from_at=own.from_at,
            until_at=own.from_at + timedelta(hours=1), term_until_on=TERM, batch=own.batch,
            placed_by="x", reason="r", ended_by="x", end_kind="recalled", end_reason="r",
        )  # fmt: skip


def test_placement_and_recall_are_on_record_and_change_who_is_in_charge(north):
    (person,) = placed("A")
    with transaction(ACTOR):
        assert Standing.objects.get(person_id=person).in_charge == "north"
    done = do(recall, HEAD, organisation="north", person_refs=["A"], reason="the lender settles")
    assert done["persons"] == 1
    with transaction(ACTOR):
        assert Standing.objects.get(person_id=person).in_charge == "lender"
        ended = Placement.objects.get(person_id=person)
        assert (ended.until_at, ended.end_kind) == (NOON, "recalled")
        assert AgencyNotice.objects.get(person_id=person).void_at == NOON
    assert kinds(person) == ["placements.placed", "placements.recalled"]


def test_the_agency_may_act_only_after_the_person_was_told_of_it(north):
    (person,) = placed("A")
    asked = call_of(person, "north")
    with at() as now:
        refused = gate(now, asked)
    assert isinstance(refused, Refused)
    assert "house.agency.announced" in {reason.id for reason in refused.reasons}
    do(mark_told, HEAD, person_ref="A", channel="sms", evidence="message 17")
    with at() as now:
        allowed = gate(now, asked)
    assert isinstance(allowed, Allowed), allowed
    with at() as now:
        assert isinstance(gate(now, intent(person)), Refused)  # the lender leads no more
    with pytest.raises(Conflict, match="no notice"):
        do(mark_told, HEAD, person_ref="A", channel="sms", evidence="again")


def test_a_second_agency_has_to_be_told_of_anew(north):
    agency("south")
    (person,) = placed("A", told=True)
    do(recall, HEAD, organisation="north", person_refs=["A"], reason="r")
    through(drawn(ref="south", person_refs=["A"]))
    with at() as now:
        answer = gate(now, call_of(person, "south"))
    assert "house.agency.announced" in {reason.id for reason in answer.reasons}


def test_an_agency_cannot_tell_of_itself(north):
    placed("A")
    for actor in (of_agency(north), machine_of(north)):
        with pytest.raises(NotAllowed):
            do(mark_told, actor, person_ref="A", channel="sms", evidence="we did")


def test_a_recall_of_somebody_not_placed_lists_them(north):
    placed("A")
    debtor("B")
    assert lines(drawn("recall", person_refs=["A", "B"])) == {"A": None, "B": "not_placed"}
    with pytest.raises(Conflict, match="none of these"):
        do(recall, HEAD, organisation="north", person_refs=["B"], reason="r")


def test_the_agency_asks_to_keep_a_person_and_the_lender_decides(north):
    placed("A")
    manager = of_agency(north, "agency_manager")
    longer = TERM + timedelta(days=20)
    batch = do(ask_to_keep, manager, person_refs=["A"], term_until_on=longer,
               reason="a plan is near", organisation="north")  # fmt: skip
    assert (batch["state"], batch["second_because"]) == ("asked", ["agency"])
    for action in (approve, carry_out):
        extra = {"reason": "we agree"} if action is approve else {}
        with pytest.raises(NotAllowed):
            do(action, manager, **which(batch), **extra)
    do(approve, COMPLIANCE, **which(batch), reason="yes")
    do(carry_out, HEAD, **which(batch))
    assert now_placed("A").term_until_on == longer


def test_an_agency_cannot_ask_for_persons_or_agencies_that_are_not_its_own(north):
    south = agency("south")
    placed("A")
    manager = of_agency(south, "agency_manager")
    asked = {"person_refs": ["A"], "term_until_on": TERM + timedelta(days=9), "reason": "r"}
    with pytest.raises(NotFound):
        do(ask_to_keep, manager, **asked, organisation="north")
    with pytest.raises(BadInput, match="lacks"):
        do(ask_to_keep, manager, **asked, organisation="south")


def test_whose_term_is_over_goes_back(north):
    placed("A")
    with when(NOON + (TERM - NOON.date()) - timedelta(days=1)):
        assert do(return_over, HEAD, organisation="north")["persons"] == 0
    with when(NOON + (TERM - NOON.date())):
        assert do(return_over, HEAD, organisation="north")["persons"] == 1
    assert now_placed("A") is None


def test_the_daily_run_takes_back_of_every_agency_whose_term_is_over(north):
    agency("south")
    placed("A", "B")
    placed("C", ref="south")
    with when(NOON + (TERM - NOON.date()) - timedelta(days=1)), transaction(ACTOR) as at:
        assert return_all_over(at) == {}
    with when(NOON + (TERM - NOON.date())), transaction(ACTOR) as at:
        assert return_all_over(at) == {"north": 2, "south": 1}
        assert return_all_over(at) == {}
    assert [now_placed(ref) for ref in "ABC"] == [None] * 3


def test_an_agency_ends_only_when_nobody_is_left_with_it(north):
    placed("A")
    do(review_agency, ref="north", kind="exit", reviewed_on=NOON.date(), conduct=3, quality=3,
       data_security=3, note="fine")  # fmt: skip
    do(prove_deletion, ref="north", kind="deleted", done_on=NOON.date(), statement="wiped")
    with pytest.raises(Conflict, match="still leads"):
        do(move_agency, ref="north", step="end", reason="over")
    do(recall, HEAD, organisation="north", person_refs=["A"], reason="over")
    do(move_agency, ref="north", step="end", reason="over")


def test_a_command_sent_again_moves_nobody_again(north):
    debtor("A")
    batch = drawn(person_refs=["A"])
    do(ask, HEAD, **which(batch))
    first = carry_out(HEAD, "one", **which(batch))
    assert carry_out(HEAD, "one", **which(batch)) == first
    with transaction(ACTOR):
        assert Placement.objects.count() == 1


def test_the_system_alone_may_do_all_but_nobody_without_permission(north):
    debtor("A")
    assert preview(
        system("cli"), "p", kind="place", organisation="north", reason="r",
        filter={"person_refs": ["A"]}, term_until_on=TERM,
    )["persons"] == 1  # fmt: skip
    with pytest.raises(NotAllowed):
        do(preview, of_agency(north, "agency_manager"), kind="place", organisation="north",
           reason="r", filter={"person_refs": ["A"]}, term_until_on=TERM)  # fmt: skip
