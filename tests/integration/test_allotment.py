"""Allotment: every open case has somebody who can work on it, or is counted as one that has not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conduct_people import ACTOR, NOON, at
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from keeping import TODAY, TOMORROW, allotted, case_of, keeper, kept, owing, signed_in, staff_id

from arrears.cases.models import Case
from arrears.conduct.models import Hold
from arrears.journal.models import JournalEntry
from arrears.kernel.clock import FixedClock
from arrears.kernel.ids import uuid7
from arrears.people.actions import (
    add_absence,
    add_organisation,
    declare_conflict,
    end_absence,
    leave,
    set_active,
)
from arrears.people.models import Organisation, User
from arrears.people.organisations import scope_of
from arrears.placements.allotment.models import Allotment
from arrears.placements.allotment.queries import count_unkept, history, unkept
from arrears.placements.events import PersonsPlaced
from arrears.placements.models import Placement, PlacementBatch
from arrears.store import clock
from arrears.store.actor import Actor
from arrears.store.reactions import react
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db


def agency(ref: str) -> Organisation:
    add_organisation(ACTOR, f"agency-{ref}", ref=ref, name=ref)
    Organisation.objects.filter(ref=ref).update(state="approved")
    return Organisation.objects.get(ref=ref)


def place(person_ref: str, with_whom: Organisation) -> None:
    """Put a person in an agency's charge, straight in the tables."""
    case = case_of(person_ref)
    with at() as stands:
        batch = PlacementBatch.objects.create(
            id=uuid7(stands.now), kind="place", organisation=with_whom, filter={}, reason="test",
            term_until_on=TOMORROW, persons_count=1, set_aside_count=0, money=[], digest="0" * 64,
            state="previewed", previewed_by="x", previewed_at=stands.now, expires_at=stands.now,
        )  # fmt: skip
        person = Case.objects.get(id=case).person
        Placement.objects.create(
            id=uuid7(stands.now), person=person, organisation=with_whom, from_at=stands.now,
            term_until_on=TOMORROW, batch=batch, placed_by="x", reason="test",
        )  # fmt: skip


def hold(person_ref: str, **told) -> None:
    with at() as stands:
        Hold.objects.create(
            id=uuid7(stands.now), person=Case.objects.get(id=case_of(person_ref)).person,
            kind="hardship", from_at=stands.now, source="staff", reason="x", opened_by="x",
            opened_at=stands.now, **told,
        )  # fmt: skip


def unkept_now(now=NOON) -> int:
    with clock.use(FixedClock(now)), transaction(ACTOR) as stands:
        return count_unkept(stands)


def test_cases_are_spread_evenly_and_the_second_time_changes_nothing():
    keeper("A")
    keeper("B")
    for number in range(6):
        owing(f"p{number}")
    assert unkept_now() == 6
    first = allotted()
    assert (first.allotted, first.kept, first.nobody) == (6, 0, {})
    assert sorted(kept().values()) == ["A"] * 3 + ["B"] * 3
    before = kept()
    again = allotted()
    assert (again.allotted, again.moved, again.kept) == (0, 0, 6)
    assert kept() == before
    assert unkept_now() == 0


def test_it_is_on_record_by_keeper():
    keeper("A")
    owing("p1")
    allotted()
    with transaction(ACTOR):
        told = JournalEntry.objects.get(kind="placements.allotted").data
    assert told == {
        "staff": str(staff_id("A")), "because": "allotted", "cases": [str(case_of("p1"))]
    }  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        {"papers": ("training", "test")},  # the background was never checked
        {"papers": ("test", "background")},
        {"badge_until_on": TODAY},
        {"capacity": 0},
        {"languages": ["ta"]},
        {"skills": ["product:card"]},
        {"skills": ["bucket:M7+"]},
    ],
)
def test_who_may_not_act_or_does_not_fit_keeps_nothing(told):
    keeper("A", **told)
    owing("p1", language="zh-CN")
    done = allotted()
    assert (kept(), done.allotted, sum(done.nobody.values())) == ({}, 0, 1)
    assert unkept_now() == 1


def test_whoever_signs_in_needs_a_role_that_works_cases_and_a_door_that_is_open():
    signed_in("HR", "hr")
    signed_in("C", "collector")
    owing("p1")
    allotted()
    assert kept() == {"p1": "C"}
    set_active(ACTOR, "c", False)
    assert not User.objects.get(username="c").is_active
    assert allotted().let_go == 1


def test_a_conflict_of_interest_is_never_passed_over():
    keeper("A")
    person = owing("p1")
    allotted()
    assert kept() == {"p1": "A"}
    declare_conflict(ACTOR, "1", badge_no="A", person_id=person, reason="a cousin")
    done = allotted()
    assert (kept(), done.let_go, done.nobody) == ({}, 1, {"conflict": 1})
    keeper("B")
    allotted()
    assert kept() == {"p1": "B"}


def test_who_leaves_hands_over_at_once_and_history_stays():
    keeper("A")
    owing("p1")
    allotted()
    keeper("B")
    later = NOON + timedelta(hours=2)
    with clock.use(FixedClock(later)):
        leave(ACTOR, "l", badge_no="A", left_on=TODAY, reason="another town")
    assert kept() == {"p1": "B"}
    with clock.use(FixedClock(later)):
        now, before = history(ACTOR, case_of("p1"))
    assert (now.number, now.from_at, now.until_at) == (2, later, None)
    assert (before.until_at, before.ended_because) == (later, "left")


def test_who_leaves_later_keeps_until_then():
    keeper("A")
    owing("p1")
    allotted()
    keeper("B")
    with clock.use(FixedClock(NOON)):
        leave(ACTOR, "l", badge_no="A", left_on=TOMORROW, reason="another town")
    assert allotted().moved == 0
    tomorrow = NOON + timedelta(days=1)
    assert unkept_now(tomorrow) == 1
    assert allotted(now=tomorrow).moved == 1
    assert kept() == {"p1": "B"}


def test_an_absence_hands_over_from_its_first_day_and_nothing_comes_back():
    keeper("A")
    owing("p1")
    allotted()
    keeper("B")
    with clock.use(FixedClock(NOON)):
        away = add_absence(ACTOR, "1", badge_no="A", from_on=TOMORROW, reason="leave")
        assert kept() == {"p1": "A"}
        end_absence(ACTOR, "2", absence_id=away["absence"], until_on=TOMORROW)
        add_absence(ACTOR, "3", badge_no="A", from_on=TODAY, until_on=TOMORROW, reason="sick")
    assert kept() == {"p1": "B"}
    assert allotted(now=NOON + timedelta(days=2)).kept == 1


def test_nobody_left_to_take_over_is_told():
    keeper("A")
    owing("p1")
    allotted()
    with clock.use(FixedClock(NOON)):
        add_absence(ACTOR, "1", badge_no="A", from_on=TODAY, reason="sick")
        (line,) = unkept(ACTOR).rows
    assert (line.why, line.reason, line.since_at) == ("nobody", "no_capacity", NOON)
    keeper("B")
    with clock.use(FixedClock(NOON)):
        assert unkept(ACTOR).rows[0].reason is None


def test_a_case_on_hold_keeps_its_keeper_and_gets_no_new_one():
    keeper("A")
    owing("p1")
    allotted()
    owing("p2")
    hold("p1")
    hold("p2")
    assert allotted().allotted == 0
    assert kept() == {"p1": "A"}
    assert unkept_now() == 0


def test_a_hold_on_one_channel_leaves_work():
    keeper("A")
    owing("p1")
    hold("p1", channel="phone")
    assert unkept_now() == 1
    assert allotted().allotted == 1


def test_a_closed_case_is_let_go():
    keeper("A")
    owing("p1")
    allotted()
    with at():
        Case.objects.update(state="cured", closed_on=TODAY)
    done = allotted()
    assert (done.closed, kept()) == (1, {})


def test_who_is_in_charge_keeps_the_case():
    north = agency("north")
    keeper("A")
    keeper("N", organisation="north")
    person = owing("p1")
    owing("p2")
    allotted()
    assert kept() == {"p1": "A", "p2": "A"}
    place("p1", north)
    assert unkept_now() == 1
    with at() as stands:
        react(stands, PersonsPlaced(north.id, (person,)))
    assert kept() == {"p1": "N", "p2": "A"}
    assert history(ACTOR, case_of("p1"))[1].ended_because == "placed"


def test_people_of_an_agency_that_is_suspended_keep_nothing():
    north = agency("north")
    keeper("N", organisation="north")
    owing("p1")
    place("p1", north)
    allotted()
    Organisation.objects.filter(id=north.id).update(state="suspended")
    assert allotted().nobody == {"no_staff": 1}


def test_too_many_rise_evenly_and_are_counted():
    keeper("A", capacity=1)
    keeper("B", capacity=2)
    for number in range(6):
        owing(f"p{number}")
    done = allotted()
    assert sorted(kept().values()) == ["A", "A", "B", "B", "B", "B"]
    assert done.over_capacity == 2


def test_one_keeper_at_a_time_is_held_by_the_database():
    keeper("A")
    keeper("B")
    owing("p1")
    allotted()
    with at():
        row = Allotment.objects.get()
        row.number, row.staff_id = 2, staff_id("B" if row.staff.badge_no == "A" else "A")
        with pytest.raises(IntegrityError, match="placements_allotment_one"), atomic():
            row.save(force_insert=True)


def test_an_agency_sees_its_own_allotments_only():
    north, south = agency("north"), agency("south")
    keeper("N", organisation="north")
    owing("p1")
    place("p1", north)
    allotted()
    for house, seen in ((north, 1), (south, 0)):
        with transaction(Actor("staff", "9", scope_of(house.id))):
            assert Allotment.objects.count() == seen
            assert Allotment.objects.update(due_on=TOMORROW) == seen
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM placements_allotment")
        assert cursor.fetchone() == (0,)
