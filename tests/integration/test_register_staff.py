"""Staff on the register: papers, letters, teams, absences, leaving."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from register_book import ACTOR, DAY, YEAR, do, engaged, on, person_in_book, staff, trained

from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.people.actions import (
    add_absence,
    add_team,
    carry_out_leaving,
    certify,
    create_user,
    declare_conflict,
    end_absence,
    give_letter,
    join_team,
    leave,
    revoke_certificate,
    revoke_letter,
)
from arrears.people.events import StaffLeft
from arrears.people.models import (
    Absence,
    Certificate,
    Staff,
    Team,
    TeamMember,
    User,
)
from arrears.people.organisations import LENDER_ID
from arrears.people.register import staff_facts
from arrears.store import clock
from arrears.store.transactions import transaction


@pytest.fixture
def day(db):
    with on(DAY):
        yield DAY


def may(member: Staff, day: date = DAY, person_id=None) -> set[str]:
    with transaction(ACTOR):
        found = staff_facts([member.id], day, person_id)
    return {name.removeprefix("staff_") for name, value in found.items() if value}


def test_papers_letters_and_conflicts_make_the_facts(day):
    mei = trained("B-1")
    assert may(mei) == {"badged", "trained", "cleared", "certified"}
    anyone, zhou = person_in_book("P1"), person_in_book("P2")
    letter = {"letter_no": "L-1", "from_on": DAY, "until_on": DAY + YEAR}
    do(give_letter, badge_no="B-1", person_id=anyone, **letter)
    assert "authorised" in may(mei, person_id=anyone)
    assert "authorised" not in may(mei, person_id=zhou)
    assert "authorised" not in may(mei)
    do(give_letter, organisation="lender", **{**letter, "letter_no": "L-2"})
    assert "authorised" in may(mei, person_id=zhou)
    do(declare_conflict, badge_no="B-1", person_id=zhou, reason="a cousin")
    do(declare_conflict, badge_no="B-1", person_id=zhou, reason="a cousin")
    assert "authorised" not in may(mei, person_id=zhou)
    assert may(mei, DAY + YEAR) == {"badged"}
    do(revoke_letter, letter_no="L-2", reason="lost")
    assert "authorised" not in may(mei)
    with transaction(ACTOR):
        test = Certificate.objects.get(kind="test")
        assert staff_facts([], DAY) == staff_facts([uuid4()], DAY)
        assert not any(staff_facts([mei.id, uuid4()], DAY).values())
    do(revoke_certificate, certificate_id=test.id, reason="cheated")
    assert "trained" not in may(mei)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "driving"},
        {"passed_on": DAY + timedelta(days=1)},
        {"expires_on": DAY},
        {"expires_on": DAY + timedelta(days=367)},
        {"reference": ""},
    ],
)
def test_a_certificate_that_cannot_be_is_refused(day, wrong):
    staff("B-1")
    given = {"kind": "test", "passed_on": DAY, "expires_on": DAY + YEAR, "reference": "R"}
    with pytest.raises(BadInput):
        do(certify, badge_no="B-1", **{**given, **wrong})
    with pytest.raises(NotFound):
        do(certify, badge_no="B-2", **given)


def test_a_letter_that_cannot_be_is_refused(day):
    staff("B-1")
    letter = {"letter_no": "L-1", "from_on": DAY, "until_on": DAY + YEAR}
    for whom in ({}, {"badge_no": "B-1", "organisation": "lender"}):
        with pytest.raises(BadInput):
            do(give_letter, **whom, **letter)
    with pytest.raises(BadInput):
        do(give_letter, badge_no="B-1", **{**letter, "until_on": DAY})
    with pytest.raises(NotFound):
        do(give_letter, badge_no="B-1", person_id=uuid4(), **letter)
    do(give_letter, badge_no="B-1", **letter)
    with pytest.raises(Conflict):
        do(give_letter, badge_no="B-1", **letter)


def test_one_is_in_one_team_at_a_time_and_away_once(day):
    staff("B-1")
    engaged("north")
    staff("N-1", "north")
    first = do(add_team, organisation="lender", name="Early", lead="B-1")["team"]
    second = do(add_team, organisation="lender", name="Late")["team"]
    with pytest.raises(Conflict):
        do(add_team, organisation="lender", name="Late")
    with pytest.raises(BadInput):
        do(add_team, organisation="lender", name="Mixed", lead="N-1")
    with pytest.raises(BadInput):
        do(join_team, team_id=first, badge_no="N-1", from_on=DAY)
    do(join_team, team_id=first, badge_no="B-1", from_on=DAY)
    do(join_team, team_id=second, badge_no="B-1", from_on=DAY + timedelta(days=5))
    with transaction(ACTOR):
        rows = TeamMember.objects.order_by("from_on").values_list("team__name", "until_on")
        assert list(rows) == [("Early", DAY + timedelta(days=5)), ("Late", None)]
        member = TeamMember.objects.get(until_on=None)
        with pytest.raises(IntegrityError, match="people_team_member_one"), atomic():
            TeamMember.objects.filter(id=member.id).update(from_on=DAY)
    away = {"badge_no": "B-1", "from_on": DAY, "reason": "sick"}
    sick = do(add_absence, **away)["absence"]
    with pytest.raises(Conflict, match="already"):
        do(add_absence, **{**away, "from_on": DAY + timedelta(days=3)})
    do(end_absence, absence_id=sick, until_on=DAY + timedelta(days=3))
    do(add_absence, **{**away, "from_on": DAY + timedelta(days=3)})
    do(end_absence, absence_id=sick, until_on=DAY)
    with transaction(ACTOR):
        assert Absence.objects.count() == 1
    with pytest.raises(BadInput):
        do(add_absence, **{**away, "reason": "bored"})


def test_a_leaver_is_gone_from_the_day_on_with_sign_in_badge_and_team(day, monkeypatch):
    told = []
    monkeypatch.setattr(
        "arrears.people.actions.leaving.react", lambda at, event: told.append(event)
    )
    create_user(ACTOR, "mei", "梅", "collector", "correct horse battery")
    made = staff("B-1", username="mei")
    team = do(add_team, organisation="lender", name="Early", lead="B-1")["team"]
    do(join_team, team_id=team, badge_no="B-1", from_on=DAY)
    last = DAY + timedelta(days=10)
    assert do(leave, badge_no="B-1", left_on=last, reason="retires") == {"gone": False}
    assert User.objects.get(username="mei").is_active
    assert "badged" in may(made, last - timedelta(days=1))
    assert "badged" not in may(made, last)
    with on(last), transaction(ACTOR) as at:
        assert carry_out_leaving(at) == 1
        assert carry_out_leaving(at) == 0
        assert TeamMember.objects.get().until_on == last
        assert Team.objects.get().lead is None
    assert not User.objects.get(username="mei").is_active
    assert told == [StaffLeft(made.id, LENDER_ID, last)]
    with pytest.raises(Conflict, match="gone already"), on(last):
        do(leave, badge_no="B-1", left_on=last, reason="again")
    staff("B-2")
    with pytest.raises(BadInput, match="before they join"):
        do(leave, badge_no="B-2", left_on=DAY - timedelta(days=1), reason="x")


def test_the_last_administrator_does_not_leave(day):
    for name in ("ada", "bo"):
        create_user(ACTOR, name, name, "administrator", "correct horse battery")
        staff(f"A-{name}", username=name)
    assert do(leave, badge_no="A-ada", left_on=DAY, reason="goes")["gone"]
    with pytest.raises(Conflict, match="last administrator"):
        do(leave, badge_no="A-bo", left_on=DAY, reason="goes too")
    assert User.objects.get(username="bo").is_active
    with transaction(ACTOR):
        assert Staff.objects.get(badge_no="A-bo").left_on is None


def test_of_two_last_administrators_leaving_at_once_one_stays(committed_db):
    for name in ("ada", "bo"):
        create_user(ACTOR, name, name, "administrator", "correct horse battery")
        staff(f"A-{name}", username=name)
    start, outcomes = threading.Barrier(2), []

    def go(badge_no: str) -> None:
        start.wait(10)
        try:
            do(leave, badge_no=badge_no, left_on=clock.business_day(), reason="goes")
            outcomes.append("gone")
        except Conflict:
            outcomes.append("stays")
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(f"A-{name}",)) for name in ("ada", "bo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["gone", "stays"]
    assert User.objects.filter(is_active=True).count() == 1
