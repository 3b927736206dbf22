"""Agencies at the doors: their own programs, guessed ids, other names, a recall amid a call."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import pytest
from api_calls import Caller
from conduct_people import ACTOR, NOON, at, debtor, go_live, told
from django.db import connections
from placements_book import HEAD, agency, badge_of, call_of, drawn, of_agency, placed, when
from register_book import do

from arrears.conduct.gate import gate
from arrears.conduct.models import Contact, Reservation
from arrears.conduct.verdicts import Allowed, Refused
from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import named
from arrears.people.actions import create_client, move_agency
from arrears.people.models import MachineClient, Organisation
from arrears.people.queries import authenticate_client, machine_clients
from arrears.people.roles import AGENCY_CLIENT_SCOPES
from arrears.placements.actions import recall
from arrears.placements.queries import batch, batches, led, notices_due, placements_of, set_aside_of
from arrears.store.actor import system
from arrears.store.transactions import transaction

SCOPES = frozenset({"contacts.reserve", "contacts.report", "cases.read", "people.read"})


def program(ref: str, scopes: frozenset[str] = SCOPES) -> Caller:
    made = create_client(system("test"), f"dialler of {ref}", scopes, ref)
    return Caller(str(made.id), made.secret)


def planned(ref: str, person: str, **differing) -> dict:
    return {
        "person_id": person, "act": "call_human", "channel": "phone", "number": "13800000001",
        "actor": "agency", "organisation": ref, "officers": [badge_of(ref)],
        "facts": told("call_human"),
    } | differing  # fmt: skip


@pytest.fixture
def two(db):
    with when():
        go_live()
        north, south = agency("north"), agency("south")
        placed("N", told=True)
        placed("S", ref="south", told=True)
        yield north, south


def test_an_agency_reserves_a_call_to_its_own_person(two):
    answer = program("north").post("/reservations", planned("north", "N"))
    assert answer.status_code == 200, answer.content
    with transaction(ACTOR):
        assert Contact.objects.get().organisation == "north"


@pytest.mark.parametrize(
    "differing",
    [{"organisation": "south"}, {"organisation": "lender", "actor": "lender"}, {"actor": "lender"}],
)
def test_an_agency_acts_in_no_other_name(two, differing):
    caller = program("north")
    answer = caller.post("/reservations", planned("north", "N", **differing))
    assert answer.status_code == 403
    assert "own name" in answer.json()["title"]
    reported = caller.post("/contacts", {
        "event_id": "E1", "person_id": "N", "act": "call_human", "channel": "phone",
        "number": "13800000001", "actor": "agency", "organisation": "north",
        "started_at": NOON.isoformat(),
    } | differing)  # fmt: skip
    assert reported.status_code == 403
    with transaction(ACTOR):
        assert not Contact.objects.exists()


@pytest.mark.parametrize("person", ["S", "nobody"])
def test_a_person_of_another_is_as_one_who_does_not_exist(two, person):
    caller = program("north")
    assert caller.post("/reservations", planned("north", person)).status_code == 404
    for path in (f"/persons/{person}", f"/cases/{named('case', person)}"):
        assert caller.get(path).status_code == 404, path
    assert caller.get(f"/cases/{named('case', 'N')}").status_code == 200
    listed = caller.get("/cases").json()
    assert str(named("case", "S")) not in json.dumps(listed)
    assert str(named("case", "N")) in json.dumps(listed)


def test_programs_of_an_agency_are_granted_less(two):
    assert "loans.push" not in AGENCY_CLIENT_SCOPES
    for scope in ("loans.push", "people.push", "scim.manage", "placements.ask", "data.read"):
        with pytest.raises(BadInput):
            create_client(system("test"), "x", {scope}, "north")
    with pytest.raises(NotFound):
        create_client(system("test"), "x", {"cases.read"}, "nobody")
    # A scope that came in by another way counts for nothing.
    made = create_client(system("test"), "y", {"cases.read"}, "north")
    with transaction(ACTOR):
        MachineClient.objects.filter(id=made.id).update(scopes=["cases.read", "loans.push"])
    assert authenticate_client(made.secret).permissions == {"cases.read"}
    assert {c.name: c.organisation for c in machine_clients(system("t"))} == {"y": "Agency north"}


def test_the_programs_of_an_agency_end_with_it(two):
    made = create_client(system("test"), "y", {"cases.read"}, "south")
    assert authenticate_client(made.secret) is not None
    Organisation.objects.filter(ref="south").update(state="ended", state_reason="over")
    assert authenticate_client(made.secret) is None
    with pytest.raises(Conflict, match="ended"):
        create_client(system("test"), "z", {"cases.read"}, "south")


def test_a_suspended_agency_is_refused_at_its_next_act(two):
    do(move_agency, ref="north", step="suspend", reason="complaints")
    answer = program("north").post("/reservations", planned("north", "N"))
    assert answer.status_code == 403


def test_a_recall_ends_what_the_agency_had_reserved(two):
    caller = program("north")
    made = caller.post("/reservations", planned("north", "N")).json()
    later = NOON + timedelta(minutes=2)
    with when(later):
        do(recall, HEAD, organisation="north", person_refs=["N"], reason="a settlement")
    with transaction(ACTOR):
        reservation = Reservation.objects.get(contact_id=made["reservation_id"])
        assert (reservation.expires_at, reservation.state) == (later, "open")
        assert JournalEntry.objects.filter(
            stream=f"person:{named('person', 'N')}", kind="conduct.reservation_ended"
        ).exists()
    with when(later):
        assert caller.post("/reservations", planned("north", "N")).status_code == 404
    # It still counts: nobody knows whether the call was made.
    with at(later) as now:
        assert Contact.objects.filter(dropped=False).count() == 1
        answer = gate(now, call_of(named("person", "N")))
        assert isinstance(answer, Refused)
        assert "house.organisation.in_charge" in {reason.id for reason in answer.reasons}


def test_a_recall_while_the_agency_is_calling_waits_for_the_gate_and_then_stops_it(committed_db):
    """Two connections: the gate holds the budget; the recall comes after, and wins."""
    with when():
        go_live()
        agency("north")
        (person,) = placed("N", told=True)
    inside, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def calling() -> object:
        try:
            with at() as now:
                answer = gate(now, call_of(person), spend=True)
                inside.set()
                assert go_on.wait(20)
                order.append("called")
            return answer
        finally:
            connections.close_all()

    def recalling() -> object:
        try:
            with when(NOON + timedelta(seconds=1)):
                done = do(recall, HEAD, organisation="north", person_refs=["N"], reason="r")
            order.append("recalled")
            return done
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        call = pool.submit(calling)
        assert inside.wait(20)
        back = pool.submit(recalling)
        threading.Event().wait(0.5)
        assert not back.done(), "the recall did not wait for the gate"
        go_on.set()
        assert isinstance(call.result(20), Allowed)
        assert back.result(20)["persons"] == 1
    assert order == ["called", "recalled"]
    with at(NOON + timedelta(seconds=2)) as now:
        assert isinstance(gate(now, call_of(person)), Refused)


def test_the_reads_show_each_what_is_theirs(two):
    north, south = two
    debtor("X", loans=0)
    drawn(person_refs=["X"])
    assert batches(HEAD).total == 3
    shown = {b.organisation for b in batches(of_agency(south, "agency_manager")).rows}
    assert shown == {"south"}
    newest = batches(HEAD, "previewed").rows[0]
    assert batch(HEAD, newest.id).set_aside_count == 1
    aside = set_aside_of(HEAD, newest.id).rows
    assert [(a.person_ref, a.reason, a.changed) for a in aside] == [("X", "no_case", False)]
    with pytest.raises(NotFound):
        batch(of_agency(south, "agency_manager"), newest.id)
    with pytest.raises(NotAllowed):
        batches(of_agency(north, "agency_collector"))
    assert {(v.organisation, v.persons, v.untold) for v in led(HEAD)} == {
        ("north", 1, 0),
        ("south", 1, 0),
    }
    assert notices_due(HEAD).total == 0
    (one,) = placements_of(HEAD, named("person", "N"))
    assert (one.organisation, one.until_at, one.term_until_on) == ("north", None, date(2027, 2, 1))
    assert placements_of(of_agency(south), named("person", "N")) == ()
    assert isinstance(one.id, UUID)
