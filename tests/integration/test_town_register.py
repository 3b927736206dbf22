"""The town's register: the same every time, with people who may act and some who may not."""

from __future__ import annotations

from register_book import ACTOR, DAY, on

from arrears.cli.town_register import AGENCIES, CREWS, SEATS, make_register, seat_users
from arrears.people.actions import ensure_demo_users
from arrears.people.models import User
from arrears.people.queries import staff_actor
from arrears.people.register import agencies, staff_page
from arrears.people.register.published import public_list
from arrears.placements.allotment.queries import leads, standing


def test_the_town_has_agencies_in_good_order_and_people_good_and_not(db):
    with on(DAY):
        make_register(ACTOR, DAY)
        rows = staff_page(ACTOR, 1, 200).rows
        make_register(ACTOR, DAY)  # again, it changes nothing
        assert staff_page(ACTOR, 1, 200).rows == rows
        found = agencies(ACTOR)
        assert [(each.ref, each.obstacles) for each in found] == [(a[0], ()) for a in AGENCIES]
        assert len(public_list(DAY).agencies) == len(AGENCIES)
    assert len(rows) == sum(count for _, _, count in CREWS)
    trained = [row.facts["staff_trained"] for row in rows]
    assert 0 < trained.count(False) < trained.count(True)
    assert all(row.facts["staff_authorised"] and row.team for row in rows)
    assert sum(row.away for row in rows) == len(CREWS)


def test_the_demos_sign_ins_are_people_of_the_register_with_work_of_their_own(db):
    with on(DAY):
        make_register(ACTOR, DAY)
        ensure_demo_users(ACTOR)
        for _ in range(2):  # again, it changes nothing
            seat_users(ACTOR)
        found = {}
        for name in SEATS:
            actor = staff_actor(User.objects.get(username=name))
            found[name] = (standing(actor).ready, leads(actor))
    assert found == {
        "team_lead": (True, True),
        "collector": (True, False),
        "agency_manager": (False, True),
        "agency_collector": (True, False),
    }
