"""The gate asks the register: who is not trained, employed, engaged or published does not act."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from conduct_people import ACTOR, NOON, at, debtor, go_live, intent, told
from register_book import DAY, YEAR, do, engaged, on, staff, trained

from arrears.conduct.actions.contacts import report_contact
from arrears.conduct.gate import gate
from arrears.conduct.locks import lock_subject
from arrears.conduct.models import Incident, Standing, Verdict
from arrears.conduct.queries.foresight import foreseen
from arrears.conduct.verdicts import Allowed, Refused
from arrears.kernel.clock import FixedClock
from arrears.people.actions import (
    certify,
    declare_conflict,
    end_contract,
    leave,
    move_agency,
    review_agency,
)
from arrears.people.models import AgencyContract, Certificate
from arrears.store import clock
from arrears.store.transactions import transaction

TODAY = date(2026, 11, 25)
TOMORROW = TODAY + timedelta(days=1)
TRAINED = {"house.staff.trained", "cn.staff.training"}


@pytest.fixture
def person(db) -> UUID:
    go_live()
    return debtor("A")


def ask(person: UUID, *officers: str, now: datetime = NOON, **differing):
    with at(now) as stands:
        return gate(stands, intent(person, officers=officers, **differing))


def why(answer) -> set[str]:
    assert isinstance(answer, Refused), answer
    return {reason.id for reason in answer.reasons}


def test_one_who_was_trained_calls_until_the_day_that_runs_out(person):
    with on(DAY):
        trained("B-1", until_on=TOMORROW)
    assert isinstance(ask(person, "B-1"), Allowed)
    assert why(ask(person, "B-1", now=NOON + timedelta(days=1))) >= TRAINED


def test_nobody_named_and_somebody_unknown_do_not_call_whatever_the_caller_tells(person):
    assert told("call_human")["staff_trained"] is True
    for crew in ((), ("B-9",), ("T-1", "B-9")):
        assert why(ask(person, *crew)) >= TRAINED
    message = intent(person, act="message", officers=(), facts=told("message"))
    with at() as stands:
        assert isinstance(gate(stands, message), Allowed)  # sent by nobody in person


def test_a_crew_is_as_good_as_its_weakest(person):
    with on(DAY):
        staff("B-1")
    assert why(ask(person, "T-1", "B-1")) >= TRAINED


def test_who_left_does_not_call(person):
    with on(DAY):
        trained("B-1")
    assert isinstance(ask(person, "B-1"), Allowed)
    with on(TODAY):
        do(leave, badge_no="B-1", left_on=TODAY, reason="retires")
    assert why(ask(person, "B-1")) >= TRAINED


def test_an_allow_ends_when_a_certificate_does(person):
    with on(DAY):
        trained("B-1", until_on=TOMORROW)
    late = datetime(2026, 11, 25, 11, 58, tzinfo=UTC)  # 19:58 in Shanghai
    with at(late) as stands:
        found = gate(stands, intent(person, officers=("B-1",)), lasts=timedelta(hours=23))
    assert isinstance(found, Allowed)
    act = intent(person, officers=("B-1",))
    changed = {c.fact: (c.at, c.value) for c in foreseen(ACTOR, act, NOON).changes}
    midnight = datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert changed["staff_trained"] == (midnight, False)
    assert changed["staff_cleared"] == (midnight, False)


def test_a_refusal_names_the_day_on_which_the_certificate_is_good(person):
    with on(DAY):
        trained("B-1")
    with transaction(ACTOR):
        Certificate.objects.filter(kind="test").exclude(staff__badge_no="T-1").update(
            passed_on=TOMORROW
        )
    answer = ask(person, "B-1")
    assert why(answer) == TRAINED
    assert answer.next_allowed_at is not None
    assert answer.next_allowed_at.astimezone(UTC).date() >= TODAY
    assert answer.next_allowed_at > datetime(2026, 11, 25, 16, tzinfo=UTC)


def test_a_question_that_names_nobody_yet_takes_what_it_is_told(person):
    assert foreseen(ACTOR, intent(person, officers=()), NOON).facts["staff_trained"] is True
    assert foreseen(ACTOR, intent(person, officers=("B-9",)), NOON).facts["staff_trained"] is False


@pytest.fixture
def placed(person) -> UUID:
    """The person is with the agency north, and was told of it."""
    with on(DAY):
        engaged("north", products=["online_consumer"], channels=["phone"])
        trained("N-1", "north")
    with at() as stands:
        lock_subject(stands, person)
        Standing.objects.update_or_create(
            person_id=person, defaults={"in_charge": "north", "agency_announced": True}
        )
    return person


def ask_north(person: UUID, now: datetime = NOON, officers: tuple[str, ...] = ("N-1",), **more):
    given = {"actor": "agency", "organisation": "north"} | more
    return ask(person, *officers, now=now, **given)


def test_an_agency_in_good_order_calls(placed):
    answer = ask_north(placed)
    assert isinstance(answer, Allowed), answer.reasons
    with transaction(ACTOR):
        facts = Verdict.objects.get(id=answer.verdict_id).facts
    assert facts["agency_published"]
    assert facts["agency_contract_valid"]


def test_an_agency_that_is_not_in_good_order_does_not(placed):
    with on(TODAY):
        do(move_agency, ref="north", step="suspend", reason="complaints")
    assert why(ask_north(placed)) >= {"house.agency.contract", "house.agency.published"}
    with on(TODAY):
        do(move_agency, ref="north", step="resume", reason="settled")
    assert isinstance(ask_north(placed), Allowed)
    marks = {"conduct": 1, "quality": 3, "data_security": 3, "note": "shouting"}
    with on(TODAY):
        do(review_agency, ref="north", kind="yearly", reviewed_on=TODAY, **marks)
    assert "house.agency.review" in why(ask_north(placed))


def test_a_contract_ends_at_midnight(placed):
    with on(TODAY):
        do(end_contract, ref="north", until_on=TOMORROW, reason="over")
    assert isinstance(ask_north(placed), Allowed)
    assert "house.agency.contract" in why(ask_north(placed, now=NOON + timedelta(days=1)))


def test_a_contract_covers_its_products_and_channels(placed):
    with transaction(ACTOR):
        AgencyContract.objects.update(products=["mortgage"])
    assert "cn.pipl.entrust" in why(ask_north(placed))


def test_neither_side_lends_its_people_or_its_name_to_the_other(placed):
    assert why(ask_north(placed, officers=("T-1",))) >= TRAINED
    assert isinstance(ask(placed, "N-1", organisation="north"), Refused)  # as if the lender
    assert isinstance(ask(placed, "T-1"), Refused)  # the lender is not in charge
    assert isinstance(ask_north(placed, organisation="lender"), Refused)
    assert "house.agency.published" in why(ask_north(placed, organisation="south"))


def test_a_relative_does_not_visit(person):
    with on(DAY):
        trained("B-1")
        do(declare_conflict, badge_no="B-1", person_id=person, reason="a cousin")
    found = foreseen(ACTOR, intent(person, act="visit_dispatch", officers=("B-1",)), NOON)
    assert found.facts["staff_authorised"] is False
    assert found.facts["staff_badged"] is True


@pytest.mark.parametrize(("officers", "breach"), [((), False), (("T-1",), False), (("B-1",), True)])
def test_a_report_accuses_only_whom_it_names(person, officers, breach):
    with on(DAY):
        staff("B-1")
        do(
            certify, badge_no="B-1", kind="test", passed_on=DAY, expires_on=DAY + YEAR,
            reference="R",
        )  # fmt: skip
    contact = {
        "event_ref": "E-1",
        "person_ref": "A",
        "act": "call_human",
        "channel": "phone",
        "started_at": NOON,
        "actor": "lender",
        "officers": officers,
    }
    with clock.use(FixedClock(NOON)):
        report_contact(ACTOR, "1", contact=contact)
    with transaction(ACTOR):
        kinds = set(Incident.objects.values_list("kind", flat=True))
    assert kinds == {"unasked", *({"breach"} if breach else ())}
