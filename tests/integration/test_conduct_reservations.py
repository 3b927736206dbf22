"""An outside dialler: asks, calls, tells; or does not ask, and is found out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from api_calls import Caller
from conduct_people import ACTOR, NOON, OFFICER, debtor, go_live, told
from django.db.models import Count

from arrears.conduct.actions.holds import open_hold
from arrears.conduct.actions.incidents import settle_incident
from arrears.conduct.models import Contact, Hold, Incident, Reservation, Verdict
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import IllegalTransition
from arrears.store import clock
from arrears.store.transactions import transaction

NIGHT = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


@pytest.fixture
def dialler(db) -> Caller:
    go_live()
    debtor("A", loans=2)
    return Caller.with_scopes("contacts.reserve", "contacts.report")


def planned(**differing) -> dict:
    return {
        "person_id": "A",
        "act": "call_human",
        "channel": "phone",
        "number": "13800000001",
        "actor": "lender",
        "officers": [OFFICER],
        "facts": told("call_human"),
    } | differing


def reserve(dialler: Caller, when: datetime = NOON, **differing):
    with clock.use(FixedClock(when)):
        return dialler.post("/reservations", planned(**differing))


def result(dialler: Caller, reservation_id: str, when: datetime = NOON, **body):
    with clock.use(FixedClock(when)):
        return dialler.post(f"/reservations/{reservation_id}/result", {"made": True} | body)


def report(dialler: Caller, event_id: str, when: datetime = NOON, **differing):
    body = {
        "event_id": event_id,
        "person_id": "A",
        "act": "call_human",
        "channel": "phone",
        "number": "13800000001",
        "actor": "lender",
        "started_at": when.isoformat(),
    }
    with clock.use(FixedClock(when + timedelta(minutes=1))):
        return dialler.post("/contacts", body | differing)


def incidents() -> dict[str, int]:
    with transaction(ACTOR):
        rows = Incident.objects.values("kind").annotate(n=Count("id")).order_by("kind")
        return {row["kind"]: row["n"] for row in rows}


def test_a_reservation_is_spent_and_closed_with_its_result(dialler):
    answer = reserve(dialler)
    assert answer.status_code == 200, answer.content
    made = answer.json()
    closed = result(dialler, made["reservation_id"], connected=True, duration_seconds=40)
    assert closed.json()["state"] == "closed"
    assert closed.json()["incident_id"] is None
    with transaction(ACTOR):
        contact = Contact.objects.get()
        assert Reservation.objects.get().state == "closed"
    assert (contact.source, contact.connected, contact.duration_seconds) == ("reserved", True, 40)
    assert result(dialler, made["reservation_id"]).status_code == 409


def test_a_refusal_names_its_rules_and_stays_that_of_its_key(dialler):
    with clock.use(FixedClock(NIGHT)):
        first = dialler.post("/reservations", planned(), key="night")
    with clock.use(FixedClock(NOON)):
        again = dialler.post("/reservations", planned(), key="night")
    told = first.json()
    assert first.status_code == again.status_code == 403
    assert told == again.json()
    assert told["type"] == "urn:arrears:problem:refused"
    assert "cn.contact.hours" in {reason["id"] for reason in told["reasons"]}
    assert all(reason["en"] and reason["zh"] for reason in told["reasons"])
    assert datetime.fromisoformat(told["next_allowed_at"]) > NIGHT


def test_facts_that_nobody_vouches_for_refuse(dialler):
    told = reserve(dialler, facts={}).json()
    assert [reason["id"] for reason in told["reasons"]] == ["missing"]
    assert reserve(dialler, facts={"observing": False}).status_code == 422
    assert reserve(dialler, person_id="nobody").status_code == 404
    assert reserve(dialler, channel="smoke").status_code == 422


def test_the_fourth_answered_call_of_a_day_is_refused_over_systems_and_agencies(dialler):
    other = Caller.with_scopes("contacts.reserve", "contacts.report")
    for number, system in enumerate((dialler, other, dialler)):
        when = NOON + timedelta(minutes=number)
        made = reserve(system, when, number=f"1380000000{number}")
        assert made.status_code == 200, made.content
        result(system, made.json()["reservation_id"], when, connected=True)
    fourth = reserve(other, NOON + timedelta(hours=1), number="13900000009")
    assert "cn.call.connected_cap" in {r["id"] for r in fourth.json()["reasons"]}


def test_what_expired_without_a_word_still_counts_and_what_was_not_made_does_not(dialler):
    made = [reserve(dialler).json()["reservation_id"] for _ in range(3)]
    later = NOON + timedelta(hours=2)
    assert reserve(dialler, later).status_code == 403
    assert result(dialler, made[0], later, made=False).json()["state"] == "dropped"
    assert reserve(dialler, later).status_code == 200
    # An unanswered one leaves the three answered; it stays among the six attempts.
    assert reserve(dialler, later).status_code == 403
    result(dialler, made[1], later, connected=False)
    assert reserve(dialler, later).status_code == 200


def test_a_result_is_for_its_own_client_alone(dialler):
    made = reserve(dialler).json()["reservation_id"]
    stranger = Caller.with_scopes("contacts.reserve")
    assert result(stranger, made).status_code == 404


def test_a_call_after_the_reservation_expired_is_an_incident(dialler):
    made = reserve(dialler).json()["reservation_id"]
    late = NOON + timedelta(minutes=16)
    told = result(dialler, made, late, started_at=late.isoformat(), connected=True).json()
    assert told["incident_id"] is not None
    assert incidents() == {"unfit": 1}


def test_a_hold_lists_what_was_out_and_makes_a_later_start_a_breach(dialler):
    made = reserve(dialler).json()["reservation_id"]
    with clock.use(FixedClock(NOON + timedelta(minutes=2))):
        opened = open_hold(
            ACTOR, "h", person_ref="A", kind="dispute", source="person", reason="not mine"
        )
    assert [entry["contact"] for entry in opened["handed_over"]] == [made]
    start = NOON + timedelta(minutes=3)
    assert reserve(dialler, start).status_code == 403
    told = result(dialler, made, start, started_at=start.isoformat(), connected=True).json()
    with transaction(ACTOR):
        assert Incident.objects.get(id=told["incident_id"]).kind == "breach"
        assert Hold.objects.get().handed_over[0]["contact"] == made


def test_a_contact_that_was_reserved_is_reported_without_an_incident(dialler):
    made = reserve(dialler).json()["reservation_id"]
    told = report(dialler, "E1", reservation_id=made, connected=True).json()
    assert told == {"contact_id": made, "incident_ids": []}
    assert incidents() == {}


def test_one_never_asked_for_is_recorded_counts_and_is_an_incident(dialler):
    told = report(dialler, "E1", connected=True).json()
    assert report(dialler, "E1", connected=True).json() == told
    assert incidents() == {"unasked": 1}
    for _ in range(2):
        assert reserve(dialler, NOON + timedelta(minutes=5)).status_code == 200
    assert reserve(dialler, NOON + timedelta(minutes=5)).status_code == 403
    with transaction(ACTOR):
        contact = Contact.objects.get(source="reported")
        finding = Verdict.objects.get(id=contact.finding_id)
    assert (finding.finding, finding.allowed) == (True, True)


def test_one_against_the_rules_is_a_breach_besides(dialler):
    report(dialler, "E1", NIGHT, connected=True)
    assert incidents() == {"breach": 1, "unasked": 1}
    with transaction(ACTOR):
        breach = Incident.objects.get(kind="breach")
    assert "cn.contact.hours" in breach.report["reasons"]
    assert "13800000001" not in str(breach.report)
    settle_incident(ACTOR, "s", incident_id=breach.id, note="agency warned")
    with pytest.raises(IllegalTransition):
        settle_incident(ACTOR, "s2", incident_id=breach.id, note="again")


def test_a_finding_counts_only_what_had_happened_before(dialler):
    for number in range(3):
        report(dialler, f"E{number}", NOON + timedelta(hours=2), connected=True)
    report(dialler, "E9", NOON, connected=True)
    assert "breach" not in incidents()


def test_a_person_who_calls_needs_no_reservation_and_spends_nothing(dialler):
    told = report(dialler, "E1", initiator="person", connected=True, conversation=True).json()
    assert told["incident_ids"] == []
    with transaction(ACTOR):
        assert Contact.objects.get().finding_id is None
    for _ in range(3):
        assert reserve(dialler, NOON + timedelta(minutes=5)).status_code == 200


def test_a_report_about_a_stranger_or_with_a_wrong_loan_is_recorded_all_the_same(dialler):
    told = report(dialler, "E1", person_id="who").json()
    assert told["contact_id"] is None
    assert incidents() == {"unknown_person": 1}
    told = report(dialler, "E2", loan_ids=["A-L1", "Z-L9"]).json()
    with transaction(ACTOR):
        assert Contact.objects.get(id=told["contact_id"]).loan_ids == []
