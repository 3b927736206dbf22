"""Sessions: how long they last, what ends them, and who may end whose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from second_factors import ADMIN, GOOD, browser, code, enrolled, give_password, kinds, user

from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, NotAllowed
from arrears.people.actions import set_active, set_password
from arrears.people.models import User
from arrears.people.queries import staff_actor
from arrears.people.sign_in.accounts import change_own_password, set_role
from arrears.people.sign_in.actions import end_session
from arrears.people.sign_in.models import Session
from arrears.people.sign_in.queries import all_sessions, own_sessions
from arrears.store import clock

pytestmark = pytest.mark.django_db


def signed_in(username: str = "li.na", role: str = "collector"):
    someone = User.objects.filter(username=username).first() or user(username, role)
    client = browser()
    client.force_login(someone)
    assert client.get("/account/").status_code == 200
    return client


@pytest.mark.parametrize("minutes, lasts", [(29, True), (30, False)])
def test_a_session_unused_for_half_an_hour_is_over(minutes, lasts):
    client = signed_in()
    with clock.use(FixedClock(clock.now() + timedelta(minutes=minutes, seconds=1))):
        assert (client.get("/cases/").status_code == 200) == lasts
    assert (Session.objects.get().ended_why == "idle") != lasts


def test_a_session_in_use_lasts_twelve_hours_and_no_more():
    client = signed_in()
    begin = clock.now()
    for minutes in range(20, 12 * 60, 20):
        with clock.use(FixedClock(begin + timedelta(minutes=minutes))):
            assert client.get("/account/").status_code == 200, minutes
    with clock.use(FixedClock(begin + timedelta(hours=12))):
        assert client.get("/account/").status_code == 302
    assert Session.objects.get().ended_why == "too_long"


def test_a_session_of_django_that_the_door_did_not_open_is_none():
    client = signed_in()
    session = client.session
    del session["arrears_session"]
    session.save()
    assert client.get("/cases/").status_code == 302
    other = signed_in("wang.fang")
    session = other.session
    session["arrears_session"] = str(Session.objects.get(user__username="li.na").id)
    session.save()
    assert other.get("/cases/").status_code == 302  # somebody else's row


def test_a_role_taken_away_ends_the_session_at_its_next_request():
    client = signed_in(role="administrator")
    user("boss", "administrator")
    assert client.get("/settings/clients/").status_code == 200
    set_role(ADMIN, "li.na", "collector")
    assert client.get("/settings/clients/").status_code == 302
    assert client.post("/settings/clients/", {"name": "x"}).status_code == 302
    # Even if the role had been changed behind everyone's back.
    client = signed_in()
    User.objects.filter(username="li.na").update(role="engineer")
    assert client.get("/account/").status_code == 302


def test_a_leaver_is_out_at_the_next_request_and_cannot_come_back():
    client = signed_in()
    set_active(ADMIN, "li.na", active=False)
    assert client.get("/cases/").status_code == 302
    assert "not right" in give_password(client).text
    set_active(ADMIN, "li.na", active=True)
    assert client.get("/cases/").status_code == 302  # the old session does not wake up


def test_a_new_password_ends_the_other_sessions_and_this_one_goes_on():
    client, other = signed_in(), signed_in()
    form = {"old_password": GOOD, "new_password1": "short", "new_password2": "short"}
    assert client.post("/account/password/", form).status_code == 422
    form |= {"new_password1": "another horse battery", "new_password2": "another horse battery"}
    assert client.post("/account/password/", form | {"old_password": "x"}).status_code == 422
    before = client.session.session_key
    assert client.post("/account/password/", form).status_code == 302
    assert client.session.session_key != before
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    set_password(ADMIN, "li.na", GOOD)
    assert client.get("/account/").status_code == 302
    with pytest.raises(BadInput):
        change_own_password(staff_actor(User.objects.get()), "12345678", None)


def test_one_sees_and_ends_ones_own_sessions_and_nobody_elses():
    client, other, stranger = signed_in(), signed_in(), signed_in("wang.fang")
    me = staff_actor(User.objects.get(username="li.na"))
    assert len(own_sessions(me)) == 2
    with pytest.raises(NotAllowed):
        all_sessions(me)
    theirs = Session.objects.get(user__username="wang.fang")
    assert client.post(f"/account/sessions/{theirs.id}/end/").status_code == 404
    assert stranger.get("/account/").status_code == 200
    assert client.post("/account/sessions/end/").status_code == 302
    assert other.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200
    assert client.get("/settings/sessions/").status_code == 403


def test_security_sees_and_ends_everybodys():
    boss, client = signed_in("boss", "administrator"), signed_in()
    page = boss.get("/settings/sessions/").text
    assert "li.na" in page
    (row,) = [view for view in all_sessions(ADMIN) if view.username == "li.na"]
    assert boss.post(f"/account/sessions/{row.id}/end/", {"from": "sessions"}).status_code == 302
    assert client.get("/account/").status_code == 302
    again, more = signed_in(), signed_in()
    assert boss.post(f"/settings/sessions/of/{row.user_id}/end/").status_code == 302
    assert {again.get("/account/").status_code, more.get("/account/").status_code} == {302}
    assert kinds().count("people.session_ended") == 3
    end_session(ADMIN, row.id)  # again: nothing happens
    assert kinds().count("people.session_ended") == 3


def test_signing_out_ends_the_session_for_good():
    client = signed_in()
    stolen = client.cookies["sessionid"].value
    client.post("/sign-out/")
    thief = browser()
    thief.cookies["sessionid"] = stolen
    assert thief.get("/cases/").status_code == 302
    assert Session.objects.get().ended_why == "signed_out"


def test_the_session_key_changes_at_sign_in_and_what_was_planted_is_gone():
    client, secret, _ = enrolled()
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = session.session_key
    planted = session.session_key
    give_password(client)
    between = client.cookies["sessionid"].value
    client.post("/sign-in/second/", {"code": code(secret, 1)})
    after = client.cookies["sessionid"].value
    assert len({planted, between, after}) == 3
    assert "planted" not in client.session
    thief = browser()
    for old in (planted, between):
        thief.cookies["sessionid"] = old
        assert thief.get("/cases/").status_code == 302
