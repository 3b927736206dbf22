"""Holds and stop switches: who may, what they stop, and what is told of them afterwards."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from conduct_people import ACTOR, NOON, OFFICER, at, debtor, go_live, intent, loan_id, told
from django.db import DatabaseError
from django.db.transaction import atomic

from arrears.conduct import queries
from arrears.conduct.actions.holds import close_hold, open_hold
from arrears.conduct.actions.stops import approve_stop, lift_stop, open_stop
from arrears.conduct.actions.subjects import merge_subjects
from arrears.conduct.gate import gate
from arrears.conduct.models import Hold, Stop, Verdict
from arrears.conduct.rules.kinds import HOLD_FACTS
from arrears.conduct.verdicts import Allowed, Refused
from arrears.journal.models import JournalEntry
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.people.roles import ROLES
from arrears.rulebook.act import Act
from arrears.rulebook.next_moment import spans
from arrears.store import clock
from arrears.store.actor import LENDER, Actor
from arrears.store.transactions import transaction

LI = Actor("staff", "1", LENDER, ROLES["compliance"])
WANG = Actor("staff", "2", LENDER, ROLES["compliance"])
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(db):
    with clock.use(FixedClock(NOON)):
        yield


@pytest.fixture
def person() -> UUID:
    go_live()
    return debtor("A", loans=2)


def ask(person: UUID, when=NOON, **differing):
    with at(when) as now:
        return gate(now, intent(person, **differing))


def facts(answer) -> dict:
    with transaction(ACTOR):
        return Verdict.objects.get(id=answer.verdict_id).facts


def hold(key: str = "h", **differing):
    given = {"person_ref": "A", "kind": "dispute", "source": "person", "reason": "not mine"}
    return open_hold(LI, key, **(given | differing))


@pytest.mark.parametrize("kind", sorted(set(HOLD_FACTS) - {"opt_out", "suppressed"}))
def test_a_hold_of_any_kind_is_its_fact_until_it_is_closed(person, kind):
    opened = hold(kind=kind)
    assert queries.foreseen(LI, intent(person), NOON).facts[HOLD_FACTS[kind]] is True
    # No law forbids to call who is vulnerable; rules about wording and visits read it.
    assert isinstance(ask(person), Allowed if kind == "vulnerable" else Refused)
    close_hold(LI, "c", hold_id=UUID(str(opened["hold_id"])), reason="settled")
    assert queries.foreseen(LI, intent(person), NOON).facts[HOLD_FACTS[kind]] is False


def test_a_hold_stops_its_loan_its_channel_its_number_alone(person):
    first, second = loan_id("A", 1), loan_id("A", 2)
    hold("loan", loan_ref="A-L1", part="the fee of March")
    assert isinstance(ask(person, loan_ids=(first,)), Refused)
    assert isinstance(ask(person), Refused)
    assert isinstance(ask(person, loan_ids=(second,)), Allowed)
    other = debtor("B")
    hold("channel", person_ref="B", kind="opt_out", channel="sms")
    assert isinstance(ask(other, act="message", facts=told("message")), Refused)
    assert isinstance(ask(other), Allowed)
    hold("number", person_ref="B", kind="suppressed", number="+86 138 0000 0001")
    assert isinstance(ask(other, number="13800000001"), Refused)
    assert isinstance(ask(other, number="13900000009"), Allowed)


def test_a_hold_is_half_open_and_its_end_is_foreseen(person):
    hold(kind="hardship", from_at=NOON + timedelta(hours=1), until_at=NOON + timedelta(hours=2))
    assert isinstance(ask(person), Allowed)
    held = ask(person, NOON + timedelta(hours=1))
    assert held.next_allowed_at == NOON + timedelta(hours=2)
    assert isinstance(ask(person, held.next_allowed_at), Allowed)
    early = ask(person, NOON + timedelta(minutes=58))
    assert early.expires_at == NOON + timedelta(hours=1)


def test_service_goes_on_while_collection_is_held(person):
    hold()
    letter = {"purpose": "serve", "reason": "answer", "facts": told("letter")}
    assert isinstance(ask(person, act="letter", **letter), Allowed)
    assert isinstance(ask(person, act="letter", facts=told("letter")), Refused)


def test_a_hold_of_one_holds_all_who_share_the_budget(person):
    other = debtor("B")
    hold()
    assert isinstance(ask(other), Allowed)
    merge_subjects(LI, "m", person_ref="A", with_ref="B", reason="one human")
    assert isinstance(ask(other), Refused)
    assert len(queries.holds_of(LI, other)) == 1


@pytest.mark.parametrize(
    ("differing", "error"),
    [
        ({"kind": "spite"}, BadInput),
        ({"source": "rumour"}, BadInput),
        ({"kind": "opt_out"}, BadInput),
        ({"kind": "suppressed"}, BadInput),
        ({"kind": "suppressed", "number": " - "}, BadInput),
        ({"channel": "smoke"}, BadInput),
        ({"reason": "  "}, BadInput),
        ({"part": "fee"}, BadInput),
        ({"until_at": NOON}, BadInput),
        ({"person_ref": "nobody"}, NotFound),
        ({"loan_ref": "Z-L1"}, NotFound),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(person, differing, error):
    with pytest.raises(error):
        hold(**differing)
    with transaction(ACTOR):
        assert not Hold.objects.exists()


def test_who_may_open_and_close(person):
    collector = Actor("staff", "3", LENDER, ROLES["collector"])
    given = {"person_ref": "A", "kind": "self_harm", "source": "staff", "reason": "on the phone"}
    opened = open_hold(collector, "h", **given)
    with pytest.raises(NotAllowed):
        close_hold(collector, "c", hold_id=UUID(str(opened["hold_id"])), reason="fine now")
    close_hold(LI, "c", hold_id=UUID(str(opened["hold_id"])), reason="a doctor called")
    with pytest.raises(Conflict):
        close_hold(LI, "c2", hold_id=UUID(str(opened["hold_id"])), reason="again")
    with pytest.raises(NotFound):
        close_hold(LI, "c3", hold_id=UUID(int=9), reason="who")
    with transaction(ACTOR):
        kinds = list(JournalEntry.objects.order_by("position").values_list("kind", flat=True))
    assert kinds == ["conduct.hold_opened", "conduct.hold_closed"]


def test_a_stop_takes_effect_at_once_and_ends_as_planned(person):
    opened = open_stop(LI, "s", scope="all", reason="flood", until_at=NOON + DAY)
    held = ask(person)
    assert held.next_allowed_at == NOON + DAY
    assert isinstance(ask(person, NOON + DAY), Allowed)
    lift_stop(LI, "l", stop_id=UUID(str(opened["stop_id"])), reason="the water is gone")
    assert isinstance(ask(person), Allowed)
    with pytest.raises(Conflict):
        lift_stop(LI, "l2", stop_id=UUID(str(opened["stop_id"])), reason="again")


@pytest.mark.parametrize(
    ("scope", "value", "stopped", "free"),
    [
        ("channel", "sms", {"act": "message", "facts": told("message")}, {}),
        ("template", "T1", {"template": "T1"}, {"template": "T2"}),
        ("officer", "B-7", {"officers": (OFFICER, "B-7")}, {"officers": (OFFICER,)}),
        ("product", "online_consumer", {}, None),
        ("product", "credit_card", None, {}),
        ("district", "南京路", {}, None),
        ("district", "深圳", None, {}),
        ("agency", "Agency 1", None, {}),
        ("agency", "lender", {}, None),
    ],
)
def test_a_stop_covers_its_scope_and_no_more(person, scope, value, stopped, free):
    open_stop(LI, "s", scope=scope, value=value, reason="a fault", until_at=NOON + DAY)
    if stopped is not None:
        assert facts(ask(person, **stopped))["stopped"] is True
    if free is not None:
        assert isinstance(ask(person, **free), Allowed)


def test_who_may_live_in_a_flooded_district_is_left_alone(db):
    go_live()
    open_stop(LI, "s", scope="district", value="深圳", reason="flood", until_at=NOON + DAY)
    assert facts(ask(debtor("N", address=None)))["stopped"] is True


def test_a_stop_needs_two_persons_but_waits_for_none(person):
    opened = open_stop(LI, "s", scope="all", reason="flood", until_at=NOON + DAY)
    stop_id = UUID(str(opened["stop_id"]))
    assert [(s.in_force, s.approved_by) for s in queries.stops(LI).rows] == [(True, None)]
    with pytest.raises(NotAllowed):
        approve_stop(LI, "a", stop_id=stop_id)
    approve_stop(WANG, "a", stop_id=stop_id)
    with pytest.raises(Conflict):
        approve_stop(WANG, "a2", stop_id=stop_id)
    assert queries.stops(LI).rows[0].approved_by == WANG.name
    with transaction(ACTOR):
        with pytest.raises(DatabaseError, match="two_persons"), atomic():
            Stop.objects.update(approved_by=LI.name)
        kinds = list(JournalEntry.objects.order_by("position").values_list("kind", flat=True))
    assert kinds == ["conduct.stop_opened", "conduct.stop_approved"]


@pytest.mark.parametrize(
    "differing",
    [
        {"scope": "planet"},
        {"value": "x"},
        {"scope": "agency"},
        {"scope": "channel", "value": "smoke"},
        {"scope": "product", "value": "yacht"},
        {"until_at": NOON},
        {"until_at": NOON + 400 * DAY},
        {"reason": ""},
    ],
)
def test_a_stop_that_makes_no_sense_is_refused(db, differing):
    given = {"scope": "all", "reason": "flood", "until_at": NOON + DAY}
    with pytest.raises(BadInput):
        open_stop(LI, "s", **(given | differing))
    with transaction(ACTOR):
        assert not Stop.objects.exists()


def test_lists_show_what_is_in_force_and_what_was(person):
    hold("1")
    hold("2", kind="hardship", from_at=NOON - 2 * DAY, until_at=NOON - DAY)
    assert [(row.kind, row.in_force) for row in queries.holds_of(LI, person)] == [
        ("dispute", True),
        ("hardship", False),
    ]
    refused = ask(person)
    (shown,) = queries.verdicts_of(LI, person)
    assert shown == queries.verdict(LI, refused.verdict_id)
    assert shown.reasons[0]["zh"]
    assert "@id(" in queries.rules_text(LI, shown.rules_sha256)
    with pytest.raises(NotFound):
        queries.rules_text(LI, "0" * 64)
    with pytest.raises(NotAllowed):
        queries.holds_of(Actor("staff", "9", LENDER, ROLES["hr"]), person)


def test_a_calendar_is_asked_without_leaving_a_trace(person):
    act = queries.foreseen(LI, intent(person), NOON)
    assert isinstance(act, Act)
    told_spans = list(spans(act, NOON + DAY))
    assert [span.verdict.allowed for span in told_spans][:2] == [True, False]
    with transaction(ACTOR):
        assert not Verdict.objects.exists()
