"""The contact budget: many at once pass no cap; nor do midnight, zones or a clock set back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from conduct_people import ACTOR, NOON, OFFICER, at, debtor, go_live, intent, loan_id
from django.db import connection

from arrears.conduct.actions.reservations import close_reservation, reserve
from arrears.conduct.actions.stops import open_stop
from arrears.conduct.actions.subjects import merge_subjects, set_standing
from arrears.conduct.gate import gate
from arrears.conduct.models import Contact, Standing, Verdict
from arrears.conduct.verdicts import Allowed, Refused
from arrears.kernel.clock import FixedClock
from arrears.kernel.ids import uuid7
from arrears.store import clock
from arrears.store.transactions import transaction

WORKERS = 12


def at_once(work: Callable[[int], object], times: int = WORKERS) -> list:
    """The results of calls that all begin at the same moment, each on a connection of its own."""
    gun = threading.Barrier(times)

    def one(number: int) -> object:
        gun.wait(30)
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool, clock.use(FixedClock(NOON)):
        return [future.result(60) for future in [pool.submit(one, n) for n in range(times)]]


def ask(person: UUID, linger: float = 0.05, **differing) -> Allowed | Refused:
    """Ask and spend; the transaction stays open for a moment, as one that writes more would."""
    with transaction(ACTOR) as now:
        answer = gate(now, intent(person, **differing), spend=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [linger])
        return answer


def known(*persons: UUID) -> None:
    """Let the gate have seen these persons before."""
    for person in persons:
        with at(NOON - timedelta(days=90)) as now:
            gate(now, intent(person))


def passed(answers: list) -> int:
    return sum(isinstance(answer, Allowed) for answer in answers)


def met(person: UUID, when: datetime, **differing) -> None:
    """A contact that was made earlier."""
    given = {
        "act": "call_human",
        "channel": "phone",
        "connected": True,
        "conversation": False,
        "initiator": "us",
        "source": "reported",
    }
    with transaction(ACTOR):
        Contact.objects.create(
            id=uuid7(when),
            person_id=person,
            purpose="collect",
            party="borrower",
            organisation="lender",
            started_at=when,
            received_at=when,
            closed_at=when,
            recorded_by="test",
            **given | differing,
        )


def facts(person: UUID, when: datetime, **differing) -> dict:
    with at(when) as now:
        answer = gate(now, intent(person, **differing))
    with transaction(ACTOR):
        return Verdict.objects.get(id=answer.verdict_id).facts


# Many at once


def test_twelve_at_once_over_two_persons_of_one_subject_get_three_answered_calls(committed_db):
    go_live()
    national = "11010119800517123X"
    two = [debtor("A", national_id=national), debtor("B", national_id=national)]
    known(*two)

    def work(number: int) -> object:
        return ask(two[number % 2], number=f"1380000{number:04}")

    assert passed(at_once(work)) == 3


def test_six_unanswered_attempts_on_one_number_and_no_more(committed_db):
    go_live()
    debtor("A")
    given = {
        "person_ref": "A",
        "act": "call_human",
        "channel": "phone",
        "number": "13800000001",
        "actor": "lender",
        "officers": [OFFICER],
        "facts": dict(intent(UUID(int=1)).facts),
    }

    def work(number: int) -> object:
        allowed = 0
        for attempt in range(3):
            name = f"{number}-{attempt}"
            answer = reserve(ACTOR, name, **given)
            if answer["allowed"]:
                allowed += 1
                ref = UUID(str(answer["reservation_id"]))
                close_reservation(ACTOR, f"c{name}", reservation_id=ref, made=True, connected=False)
        return allowed

    got = sum(at_once(work, 6))
    with transaction(ACTOR):
        assert Contact.objects.count() == got
    # Never more; open ones count as answered too, so that a busy moment may refuse one too many.
    assert 3 <= got <= 6
    with clock.use(FixedClock(NOON)):
        for more in range(10):
            answer = reserve(ACTOR, f"more-{more}", **given)
            if answer["allowed"]:
                ref = UUID(str(answer["reservation_id"]))
                close_reservation(
                    ACTOR, f"cm{more}", reservation_id=ref, made=True, connected=False
                )
    with transaction(ACTOR):
        assert Contact.objects.count() == 6


def test_messages_at_once_pass_no_cap_of_the_house(committed_db):
    go_live()
    person = debtor("A")
    known(person)
    answers = at_once(lambda _: ask(person, act="message", number="13800000001"))
    alone = debtor("B")
    with clock.use(FixedClock(NOON)):
        one_by_one = [ask(alone, act="message", number="13800000001") for _ in range(WORKERS)]
    assert 1 <= passed(answers) == passed(one_by_one) < WORKERS


def test_budgets_that_are_merged_while_calls_go_on_pass_no_cap(committed_db):
    go_live()
    two = [debtor("A"), debtor("B")]
    known(*two)

    def work(number: int) -> object:
        if number == WORKERS - 1:
            return merge_subjects(ACTOR, "m", person_ref="A", with_ref="B", reason="one human")
        return ask(two[number % 2], number=f"1380000{number:04}")

    answers = at_once(work)
    assert 3 <= passed(answers) <= 6  # those before the merger counted apart
    with transaction(ACTOR):
        assert len(set(Standing.objects.values_list("subject_id", flat=True))) == 1
    with clock.use(FixedClock(NOON)):
        assert all(isinstance(ask(person), Refused) for person in two)


def test_who_waited_for_a_merger_counts_in_the_merged_budget(committed_db):
    go_live()
    one, other, asked = debtor("A"), debtor("B"), threading.Event()
    known(one, other)
    for minute in range(3):
        met(one, NOON - timedelta(minutes=minute))

    def caller() -> object:
        try:
            asked.set()
            return ask(other)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, clock.use(FixedClock(NOON)):
        with transaction(ACTOR):
            merge_subjects(ACTOR, "m", person_ref="A", with_ref="B", reason="one human")
            calling = pool.submit(caller)
            assert asked.wait(20)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.5)")
            assert not calling.done()
        assert isinstance(calling.result(20), Refused)


def test_a_stop_that_fell_lets_nothing_pass_that_was_on_its_way(committed_db):
    go_live()
    person, decided, going = debtor("A"), threading.Event(), threading.Event()

    def caller() -> datetime:
        try:
            with transaction(ACTOR) as now:
                assert isinstance(gate(now, intent(person), spend=True), Allowed)
                decided.set()
                assert not going.wait(0.5), "the stop did not wait for an act on its way"
            return datetime.now(UTC)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, clock.use(FixedClock(NOON)):
        calling = pool.submit(caller)
        assert decided.wait(20)
        open_stop(ACTOR, "s", scope="all", reason="flood", until_at=NOON + timedelta(days=1))
        going.set()
        fell = datetime.now(UTC)
        assert calling.result(20) <= fell
        assert isinstance(ask(person), Refused)


# Days, zones, clocks


def test_merged_persons_share_what_each_had_spent(db):
    go_live()
    one, other = debtor("A"), debtor("B")
    for minute in range(2):
        met(one, NOON + timedelta(minutes=minute))
    met(other, NOON)
    assert facts(one, NOON)["calls_connected_today"] == 2
    merge_subjects(ACTOR, "m", person_ref="A", with_ref="B", reason="same human")
    assert facts(other, NOON)["calls_connected_today"] == 3
    assert facts(one, NOON)["calls_connected_today"] == 3


def test_a_clock_set_back_frees_nothing(db):
    go_live()
    person = debtor("A")
    for minute in range(3):
        met(person, NOON + timedelta(minutes=minute))
    for back in (timedelta(hours=1), timedelta(days=1), timedelta(days=400)):
        assert facts(person, NOON - back)["calls_connected_today"] == 3


@pytest.mark.parametrize(
    ("zone", "jurisdiction"),
    [("Asia/Shanghai", "CN"), ("America/New_York", "US-NY"), ("Europe/London", "GB")],
)
def test_a_day_ends_at_the_persons_own_midnight(db, zone, jurisdiction):
    go_live()
    person = debtor("A", jurisdiction=jurisdiction, time_zone=zone)
    before_midnight = datetime(2026, 3, 10, 23, 59, 59, tzinfo=ZoneInfo(zone))
    met(person, before_midnight)
    assert facts(person, before_midnight)["calls_connected_today"] == 1
    assert facts(person, before_midnight + timedelta(seconds=1))["calls_connected_today"] == 0


@pytest.mark.parametrize("day", [8, 1])
def test_days_of_23_and_25_hours_are_days(db, day):
    go_live()
    zone = ZoneInfo("America/New_York")
    month = 3 if day == 8 else 11  # clocks go forward on 8 March, back on 1 November 2026
    person = debtor("A", jurisdiction="US-NY", time_zone=zone.key)
    met(person, datetime(2026, month, day, 0, 30, tzinfo=zone))
    last = datetime(2026, month, day, 23, 59, tzinfo=zone)
    assert facts(person, last)["attempts_today"] == 1
    assert facts(person, last + timedelta(minutes=2))["attempts_today"] == 0


def test_a_leap_day_counts_among_seven(db):
    go_live()
    zone = ZoneInfo("Asia/Shanghai")
    person = debtor("A")
    met(person, datetime(2028, 2, 24, 12, tzinfo=zone), act="message", channel="sms")
    met(person, datetime(2028, 2, 29, 12, tzinfo=zone), act="message", channel="sms")
    for on, count in ((1, 2), (2, 1), (6, 1), (7, 0)):
        found = facts(person, datetime(2028, 3, on, 12, tzinfo=zone), act="message")
        assert found["messages_7d"] == count, on


def test_where_no_zone_is_known_a_day_is_as_long_as_it_may_be(db):
    go_live()
    person = debtor("A", jurisdiction="US-KS", time_zone=None)
    met(person, NOON)
    for hours, count in ((0, 1), (14, 1), (24, 1), (50, 0)):
        found = facts(person, NOON + timedelta(hours=hours))
        assert found["attempts_today"] == count, hours


def test_seven_calls_in_seven_days_are_counted_for_each_debt_apart(db):
    go_live()
    person = debtor("A", jurisdiction="US-NY", time_zone="America/New_York", loans=2)
    first, second = loan_id("A", 1), loan_id("A", 2)
    for days in range(7):
        met(person, NOON - timedelta(days=days), loan_ids=[first], connected=False)
    met(person, NOON - timedelta(days=1), loan_ids=[], connected=False)
    assert facts(person, NOON, loan_ids=(first,))["calls_7d_debt"] == 8
    assert facts(person, NOON, loan_ids=(second,))["calls_7d_debt"] == 1
    assert facts(person, NOON)["calls_7d_debt"] == 8
    assert facts(person, NOON + timedelta(days=1), loan_ids=(first,))["calls_7d_debt"] == 7


def test_what_is_not_known_of_a_call_counts_both_ways(db):
    go_live()
    person = debtor("A")
    met(person, NOON, connected=None, conversation=None)
    found = facts(person, NOON)
    assert (found["calls_connected_today"], found["attempts_today_number"]) == (1, 1)
    met(person, NOON, connected=False, number_hmac="0" * 64)
    met(person, NOON, initiator="person", connected=True)
    found = facts(person, NOON)
    # Another number's attempt is not this one's; the person's own call is nobody's.
    assert (found["calls_connected_today"], found["attempts_today_number"]) == (1, 1)


def test_stages_tell_the_gate_what_they_know(db):
    go_live()
    person = debtor("A")
    with at() as now:
        set_standing(now, person, active_plan=True)
    assert facts(person, NOON)["active_plan"] is True
    with at() as now:
        assert isinstance(gate(now, intent(person)), Refused)
