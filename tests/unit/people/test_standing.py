"""Who may act on a day: each missing or expired paper says no, to the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from arrears.people.rules.listed import due_on, in_period
from arrears.people.rules.standing import (
    AGENCY_FACTS,
    STAFF_FACTS,
    AgencyOnRegister,
    ContractTerms,
    Days,
    OnRegister,
    Work,
    agency_facts_on,
    next_review_on,
    review_due_on,
    staff_facts_on,
    turning_days,
)

DAY = date(2026, 5, 4)
NEXT = DAY + timedelta(days=1)
LONG = Days(date(2026, 1, 1), date(2027, 1, 1))
PAPERS = ("training", "test", "background", "agent_certificate")
MEI = OnRegister(
    badge_no="1",
    organisation="north",
    employed=Days(date(2025, 1, 1)),
    badge=LONG,
    papers=tuple((kind, LONG) for kind in PAPERS),
    letters=(LONG,),
    pictured=True,
)
ALL = dict.fromkeys(STAFF_FACTS, True)
NONE = dict.fromkeys(STAFF_FACTS, False)


def facts(*crew: OnRegister, day: date = DAY) -> dict[str, bool]:
    return staff_facts_on(crew, [each.badge_no for each in crew], "north", day)


def test_one_who_has_everything_may_act():
    assert facts(MEI) == ALL


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("training", "staff_trained"),
        ("test", "staff_trained"),
        ("background", "staff_cleared"),
        ("agent_certificate", "staff_certified"),
    ],
)
def test_a_paper_ends_on_its_day_and_takes_its_fact_along(kind, fact):
    ending = tuple((k, Days(LONG.start, NEXT) if k == kind else days) for k, days in MEI.papers)
    mei = replace(MEI, papers=ending)
    assert facts(mei, day=DAY) == ALL
    assert facts(mei, day=NEXT) == (ALL | {fact: False})
    second = replace(mei, papers=(*ending, (kind, Days(NEXT, LONG.end))))
    assert facts(second, day=NEXT) == ALL


def test_badge_letter_and_conflict():
    assert facts(replace(MEI, badge=Days(LONG.start, DAY))) == (ALL | {"staff_badged": False})
    assert facts(replace(MEI, pictured=False)) == (ALL | {"staff_badged": False})
    for without in ({"letters": ()}, {"letters": (Days(NEXT),)}, {"conflicted": True}):
        assert facts(replace(MEI, **without)) == (ALL | {"staff_authorised": False})


def test_a_crew_is_as_good_as_its_weakest_member():
    bare = OnRegister("2", "north", Days(date(2025, 1, 1)), LONG, pictured=True)
    assert facts(MEI, bare) == (NONE | {"staff_badged": True})
    assert facts(MEI, replace(MEI, badge_no="2")) == ALL


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": "south"},
        {"employed": Days(date(2025, 1, 1), DAY)},
        {"employed": Days(NEXT)},
    ],
)
def test_who_does_not_work_there_that_day_may_nothing(wrong):
    assert facts(replace(MEI, **wrong)) == NONE
    assert facts(MEI, replace(MEI, badge_no="2", **wrong)) == NONE


def test_nobody_and_somebody_unknown_may_nothing():
    assert staff_facts_on((), (), "north", DAY) == NONE
    assert staff_facts_on((MEI,), ("1", "9"), "north", DAY) == NONE


TERMS = ContractTerms(
    days=LONG,
    products=frozenset({"credit_card"}),
    jurisdictions=frozenset({"CN", "US-NY"}),
    channels=frozenset({"phone"}),
    impact_assessed_on=DAY,
)
NORTH = AgencyOnRegister("north", "approved", date(2026, 1, 1), True, (TERMS,), NEXT)
GOOD = {**dict.fromkeys(AGENCY_FACTS, True), "impact_assessed": True}
ANY = Work()


def test_an_agency_in_good_order_may_act():
    assert agency_facts_on(NORTH, DAY, Work("credit_card", "CN", "phone")) == GOOD


@pytest.mark.parametrize(
    "work",
    [
        Work(product="mortgage"),
        Work(jurisdiction="US"),
        Work(jurisdiction="US-NJ"),
        Work(jurisdiction="CNX"),
        Work(channel="in_person"),
    ],
)
def test_a_contract_covers_what_it_names_only(work):
    assert agency_facts_on(NORTH, DAY, work) == (GOOD | {"agency_contract_valid": False})
    assert TERMS.covers(Work(jurisdiction="CN-44"))


def test_each_fact_of_an_agency_ends_by_itself():
    assert agency_facts_on(NORTH, NEXT, ANY) == (GOOD | {"agency_review_current": False})
    hidden = replace(NORTH, published=False)
    assert agency_facts_on(hidden, DAY, ANY) == (GOOD | {"agency_published": False})
    over = replace(NORTH, contracts=(replace(TERMS, days=Days(LONG.start, DAY)),))
    lost = {"agency_contract_valid": False, "impact_assessed": False}
    assert agency_facts_on(over, DAY, ANY) == (GOOD | lost)
    for assessed in (None, NEXT):
        bare = replace(NORTH, contracts=(replace(TERMS, impact_assessed_on=assessed),))
        assert agency_facts_on(bare, DAY, ANY) == (GOOD | {"impact_assessed": False})
    never = replace(NORTH, contracts=(), review_due_on=None)
    assert not any(
        v for k, v in agency_facts_on(never, DAY, ANY).items() if k != "agency_published"
    )


@pytest.mark.parametrize("state", ["proposed", "suspended", "ended"])
def test_an_agency_that_is_not_approved_may_nothing(state):
    north = replace(NORTH, state=state, state_on=DAY)
    assert not any(agency_facts_on(north, DAY, ANY).values())
    before = agency_facts_on(north, DAY - timedelta(days=1), ANY)
    assert before["agency_contract_valid"] == (state != "proposed")
    assert not any(agency_facts_on(None, DAY, ANY).values())


def test_facts_turn_on_no_other_day_than_those_foreseen():
    crew = (MEI, replace(MEI, badge_no="2", papers=(("training", Days(NEXT, LONG.end)),)))
    days = [DAY + timedelta(days=n) for n in range(400)]
    turning = turning_days(crew, NORTH, DAY)

    def stand(day: date) -> object:
        return facts(*crew, day=day), agency_facts_on(NORTH, day, ANY)

    turned = [day for day in days[1:] if stand(day) != stand(day - timedelta(days=1))]
    assert turned
    assert set(turned) <= set(turning)
    assert turning == sorted(turning)
    assert min(turning) > DAY


def test_reviews_are_due_within_a_year():
    year = timedelta(days=365)
    assert review_due_on(None, None) is None
    assert review_due_on(DAY, None) == DAY + year
    assert review_due_on(DAY, NEXT) == NEXT
    assert next_review_on(DAY, 3, None) == DAY + year
    assert next_review_on(DAY, 3, NEXT) == NEXT
    assert next_review_on(DAY, 3, DAY + 2 * year) == DAY + year
    assert next_review_on(DAY, 1, NEXT) == DAY


def test_the_public_list_falls_due_seven_days_after_a_contract_ended():
    entry = {"ref": "north", "until_on": DAY.isoformat()}
    later = {"ref": "south", "until_on": NEXT.isoformat()}
    assert in_period([entry, later], DAY) == [later]
    assert due_on([entry, later], [later], date(2026, 1, 1), DAY) == DAY + timedelta(days=7)
    assert due_on([later], [later], date(2026, 1, 1), DAY) is None
    assert due_on([], [later], DAY, NEXT) == DAY + timedelta(days=7)
