"""Work queues: what comes first, who may take what up, and handing over."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from conduct_people import ACTOR, NOON, at
from django.db import connections
from keeping import (
    TODAY,
    TOMORROW,
    YESTERDAY,
    allotted,
    case_of,
    keeper,
    kept,
    owing,
    signed_in,
    staff_id,
)

from arrears.cases.models import Case
from arrears.journal.models import JournalEntry
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import ArrearsError, BadInput, Conflict, NotAllowed, NotFound
from arrears.people.actions import add_absence, add_team, declare_conflict, join_team
from arrears.people.models import Team
from arrears.placements.allotment.actions import (
    finish,
    hand_over,
    hand_over_all,
    put_back,
    take_up,
)
from arrears.placements.allotment.models import Allotment
from arrears.placements.allotment.queries import members, queue
from arrears.store import clock
from arrears.store.actor import Actor, system
from arrears.store.transactions import transaction

BOSS = Actor("staff", "1", "lender", frozenset({"queues.manage"}), "supervisor")


@contextmanager
def day(number: int = 0):
    with clock.use(FixedClock(NOON + timedelta(days=number))):
        yield


def refs(actor: Actor, number: int = 0, **told) -> list[str]:
    with day(number):
        return [line.person_ref for line in queue(actor, **told).lines.rows]


def team(*badges: str, lead: str | None = None) -> None:
    made = add_team(ACTOR, f"team-{badges}", organisation="lender", name=f"{badges}", lead=lead)
    with transaction(ACTOR):
        found = Team.objects.get(id=made["team"])
    for badge in badges:
        join_team(ACTOR, f"join-{badge}", team_id=found.id, badge_no=badge, from_on=YESTERDAY)


def on_record(kind: str) -> int:
    with transaction(ACTOR):
        return JournalEntry.objects.filter(kind=kind).count()


@pytest.mark.django_db
def test_a_queue_shows_what_is_due_and_what_was_left_over_first():
    mei = signed_in("MEI", "collector")
    for ref in ("p1", "p2", "p3"):
        owing(ref)
    with at():
        Case.objects.filter(person__person_ref="p1").update(overdue_minor=99_999)
        Case.objects.filter(person__person_ref="p3").update(treatment="remind_sms")
    allotted()
    assert refs(mei) == ["p1", "p2"]
    with day():
        take_up(mei, "1", case_id=case_of("p1"))
        finish(mei, "2", case_id=case_of("p1"))
        assert queue(mei).carried == 0
    assert refs(mei) == ["p2"]
    assert refs(mei, 1) == ["p2"]
    with day(1):
        (line,) = queue(mei).lines.rows
        assert (line.carried_days, queue(mei).carried, line.keeper_name) == (1, 1, "MEI")
    assert refs(mei, 3) == ["p2", "p1"]  # three days later it comes again, behind what is left over


@pytest.mark.django_db
def test_what_is_in_hand_is_shown_apart_and_lapses_with_the_day():
    mei = signed_in("MEI", "collector")
    owing("p1")
    allotted()
    with day():
        take_up(mei, "1", case_id=case_of("p1"))
        take_up(mei, "2", case_id=case_of("p1"))  # once more is no second effect
        shown = queue(mei)
    assert [line.person_ref for line in shown.in_hand] == ["p1"]
    assert shown.in_hand[0].taken_at == NOON
    assert shown.lines.total == 0
    assert on_record("placements.taken_up") == 1
    assert refs(mei, 1) == ["p1"]
    with day(1), pytest.raises(Conflict, match="not in your hands"):
        finish(mei, "3", case_id=case_of("p1"))


@pytest.mark.django_db
def test_put_back_keeps_its_place_or_waits_for_its_day():
    mei = signed_in("MEI", "collector")
    owing("p1")
    allotted()
    with day(2):
        take_up(mei, "1", case_id=case_of("p1"))
        put_back(mei, "2", case_id=case_of("p1"), reason="the line is busy")
        assert queue(mei).lines.rows[0].carried_days == 2
        take_up(mei, "3", case_id=case_of("p1"))
        later = TODAY + timedelta(days=9)
        put_back(mei, "4", case_id=case_of("p1"), reason="asked for a call then", until_on=later)
    assert refs(mei, 8) == []
    assert refs(mei, 9) == ["p1"]
    assert on_record("placements.put_back") == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "told",
    [
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": "a\0b"},
        {"reason": "x", "until_on": YESTERDAY},
        {"reason": "x", "until_on": TODAY + timedelta(days=367)},
    ],
)
def test_what_cannot_be_put_back_is_refused(told):
    mei = signed_in("MEI", "collector")
    owing("p1")
    allotted()
    with day():
        take_up(mei, "1", case_id=case_of("p1"))
        with pytest.raises(BadInput):
            put_back(mei, "2", case_id=case_of("p1"), **told)


@pytest.mark.django_db
def test_team_mates_share_a_queue_and_others_do_not():
    mei, li, wu = (signed_in(name, "collector") for name in ("MEI", "LI", "WU"))
    team("MEI", "LI")
    team("WU")
    owing("p1")
    with at():
        allotted()
        Allotment.objects.update(staff_id=staff_id("MEI"))
    assert (refs(li), refs(li, team=True), refs(wu, team=True)) == ([], ["p1"], [])
    with day():
        with pytest.raises(NotAllowed, match="another team"):
            take_up(wu, "1", case_id=case_of("p1"))
        take_up(li, "1", case_id=case_of("p1"))
        with pytest.raises(Conflict, match="somebody else"):
            take_up(mei, "1", case_id=case_of("p1"))
        with pytest.raises(Conflict, match="not in your hands"):
            put_back(mei, "2", case_id=case_of("p1"), reason="mine")
        assert [line.person_ref for line in queue(li).in_hand] == ["p1"]
    assert refs(mei) == []


@pytest.mark.django_db
def test_what_must_not_be_worked_is_not_taken_up():
    mei = signed_in("MEI", "collector")
    signed_in("LI", "collector")
    person = owing("p1")
    allotted()
    with day():
        with pytest.raises(NotFound):
            take_up(mei, "0", case_id=staff_id("MEI"))
        with pytest.raises(NotAllowed, match=r"queues\.take"):
            take_up(BOSS, "1", case_id=case_of("p1"))
        with pytest.raises(NotAllowed, match="register of staff"):
            take_up(system("daily"), "1", case_id=case_of("p1"))
        with pytest.raises(NotAllowed, match="register of staff"):
            queue(Actor("machine", "x", "lender", frozenset({"queues.read"})))
        with at():
            Allotment.objects.update(staff_id=staff_id("MEI"))
            Case.objects.update(hold="data_doubt")
        assert refs(mei) == []
        with pytest.raises(Conflict, match="on hold"):
            take_up(mei, "2", case_id=case_of("p1"))
        with at():
            Case.objects.update(hold=None)
        declare_conflict(ACTOR, "c", badge_no="MEI", person_id=person, reason="a cousin")
        with pytest.raises(Conflict, match="conflict of interest"):
            take_up(mei, "3", case_id=case_of("p1"))
        with at():
            Case.objects.update(state="cured", closed_on=TODAY)
        assert refs(mei) == []
        with pytest.raises(Conflict, match="closed"):
            take_up(mei, "4", case_id=case_of("p1"))


@pytest.mark.django_db
def test_one_case_is_handed_over_with_what_is_due_of_it():
    keeper("A")
    owing("p1")
    allotted()
    keeper("B", capacity=1)
    with day(2):
        done = hand_over(
            BOSS, "1", case_id=case_of("p1"), to_staff=staff_id("B"), reason="speaks Hakka"
        )
        again = hand_over(
            BOSS, "1", case_id=case_of("p1"), to_staff=staff_id("B"), reason="speaks Hakka"
        )
        with pytest.raises(Conflict, match="keep this case already"):
            hand_over(BOSS, "2", case_id=case_of("p1"), to_staff=staff_id("B"), reason="x")
    assert done == again
    assert kept() == {"p1": "B"}
    with at():
        assert Allotment.objects.get(until_at=None).due_on == TODAY
        assert Allotment.objects.exclude(until_at=None).get().ended_because == "handed_over"
    assert on_record("placements.handed_over") == 1


@pytest.mark.django_db
def test_nobody_is_handed_what_they_cannot_work():
    keeper("A")
    person = owing("p1")
    allotted()
    keeper("B")
    keeper("C", skills=["product:card"])
    declare_conflict(ACTOR, "c", badge_no="B", person_id=person, reason="a cousin")
    with day():
        for number, badge in enumerate("BC"):
            with pytest.raises(Conflict, match="cannot be handed over"):
                hand_over(
                    BOSS, f"{number}", case_id=case_of("p1"), to_staff=staff_id(badge), reason="x"
                )
        with pytest.raises(NotFound):
            hand_over(BOSS, "3", case_id=case_of("p1"), to_staff=case_of("p1"), reason="x")
        with pytest.raises(BadInput):
            hand_over(BOSS, "4", case_id=case_of("p1"), to_staff=staff_id("C"), reason=" ")
    assert kept() == {"p1": "A"}


@pytest.mark.django_db
def test_a_lead_hands_over_within_their_own_team():
    lead = signed_in("LEAD", "team_lead", capacity=0)
    for badge in "ABC":
        keeper(badge)
    team("A", "B", lead="LEAD")
    team("C")
    for number in range(6):
        owing(f"p{number}")
    allotted()
    with day():
        assert {m.display_name for m in members(lead)} == {"A", "B"}
        with pytest.raises(NotAllowed, match="own team"):
            hand_over_all(lead, "1", from_staff=staff_id("C"), reason="x")
        theirs = next(ref for ref, badge in kept().items() if badge == "A")
        with pytest.raises(NotAllowed, match="own team"):
            hand_over(lead, "2", case_id=case_of(theirs), to_staff=staff_id("C"), reason="x")
        done = hand_over_all(lead, "3", from_staff=staff_id("A"), reason="ill")
    assert (done["cases"], done["to"], done["stay"]) == (2, {str(staff_id("B")): 2}, 0)
    assert sorted(kept().values()) == ["B"] * 4 + ["C"] * 2


@pytest.mark.django_db
def test_cases_that_fit_nobody_else_stay_and_are_counted():
    keeper("A", languages=["zh", "en"])
    owing("p1", language="zh-CN")
    owing("p2", language="en")
    allotted()
    keeper("B", languages=["en"])
    with day():
        done = hand_over_all(BOSS, "1", from_staff=staff_id("A"), reason="too much")
    assert (done["cases"], done["to"], done["stay"]) == (1, {str(staff_id("B")): 1}, 1)
    assert kept() == {"p1": "A", "p2": "B"}


@pytest.mark.django_db
def test_a_lead_sees_the_team_in_figures():
    lead = signed_in("LEAD", "team_lead", capacity=0)
    keeper("A", capacity=7)
    keeper("B", papers=("training",))
    team("A", "B", lead="LEAD")
    owing("p1")
    owing("p2")
    allotted()
    with day(1):
        add_absence(ACTOR, "1", badge_no="B", from_on=TOMORROW, reason="leave")
        first, second = members(lead)
    assert (first.load, first.capacity, first.due, first.carried) == (2, 7, 2, 2)
    assert (first.ready, first.away, second.ready, second.away) == (True, False, False, True)
    with pytest.raises(NotAllowed):
        members(signed_in("C", "collector"))


def test_of_two_who_take_up_a_case_at_once_one_wins(committed_db):
    pair = [signed_in(name, "collector") for name in ("MEI", "LI")]
    team("MEI", "LI")
    owing("p1")
    allotted()
    case, start, told = case_of("p1"), threading.Barrier(2), []

    def take(actor: Actor) -> None:
        start.wait()
        try:
            take_up(actor, "take", case_id=case)
            told.append("won")
        except ArrearsError as error:
            told.append(error.code)
        finally:
            connections.close_all()

    with day():
        threads = [threading.Thread(target=take, args=[actor]) for actor in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert sorted(told) == ["conflict", "won"]
    assert on_record("placements.taken_up") == 1


def test_allotting_twice_at_once_gives_each_case_one_keeper(committed_db):
    keeper("A")
    keeper("B")
    for number in range(8):
        owing(f"p{number}")
    done, start = [], threading.Barrier(2)

    def run() -> None:
        start.wait()
        try:
            done.append(allotted().allotted)
        finally:
            connections.close_all()

    with day():
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert sorted(done) == [0, 8]
    with transaction(ACTOR):
        assert Allotment.objects.count() == 8
