"""The one way to the database: scope, clock, commands once, reactions in order."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection

from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, ConfigError, Conflict, NotAllowed
from arrears.kernel.ids import NAMED_SQL_POSTGRES, named
from arrears.people.models import Person
from arrears.store import clock, reactions
from arrears.store.actor import LENDER, NOTHING, Actor, system
from arrears.store.commands import command
from arrears.store.models import InboxEntry
from arrears.store.transactions import NestedScope, transaction

NOON = datetime(2026, 6, 30, 16, 30, tzinfo=UTC)
STAFF = Actor("staff", "1", LENDER, frozenset({"people.write"}))


def add_person(ref: str, at_instant: datetime = NOON) -> None:
    Person.objects.create(
        id=named("person", ref),
        person_ref=ref,
        jurisdiction="CN",
        tape_id=named("tape", "t"),
        updated_at=at_instant,
    )


@command("person.add", permission="people.write")
def add(at, *, ref: str) -> dict[str, object]:
    add_person(ref, at.now)
    return {"ref": ref, "day": at.today}


@pytest.mark.django_db
def test_an_empty_scope_sees_nothing_and_writes_nothing():
    with transaction(system("test")):
        add_person("p1")
    assert Person.objects.count() == 0
    with transaction(Actor("staff", "1", NOTHING)):
        assert Person.objects.count() == 0
    with transaction(system("test")):
        assert Person.objects.count() == 1
    with pytest.raises(Exception, match="row-level security"), transaction(Actor("staff", "1")):
        add_person("p2")


@pytest.mark.django_db
def test_a_scope_ends_with_its_transaction_also_after_an_error():
    with pytest.raises(ZeroDivisionError), transaction(system("test")):
        _ = 1 / 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('arrears.scope', true)")
        assert cursor.fetchone()[0] in (None, "")


@pytest.mark.parametrize("odd", ["it's", "a\\'; SET arrears.scope = 'lender'; --", "张 三", 'a"b'])
def test_scope_and_actor_are_set_as_they_are(committed_db, odd):
    actor = Actor("staff", odd, f"agency:{odd}")
    with transaction(actor), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('arrears.scope'), current_setting('arrears.actor'),"
            " current_setting('work_mem')"
        )
        assert cursor.fetchone() == (actor.scope, actor.name, "64MB")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('arrears.scope', true)")
        assert not cursor.fetchone()[0]


def test_a_scope_that_cannot_be_set_begins_nothing(committed_db):
    with pytest.raises(DataError, match="NUL"), transaction(Actor("staff", "a\0b", LENDER)):
        pass
    with transaction(system("test")):  # the connection goes on
        add_person("p1")


def test_a_connection_that_was_lost_is_told_and_replaced(committed_db):
    with transaction(system("test")), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(autocommit=True, **committed_db.logins.parameters("app")) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with pytest.raises((OperationalError, InterfaceError)), transaction(system("test")):
        pass
    connection.close_if_unusable_or_obsolete()
    with transaction(system("test")):
        add_person("p1")


@pytest.mark.django_db
def test_a_scope_cannot_change_within_a_transaction():
    with transaction(system("test")):
        with transaction(STAFF):
            pass
        with pytest.raises(NestedScope), transaction(Actor("staff", "1", NOTHING)):
            pass


@pytest.mark.django_db
def test_time_comes_from_the_clock_and_the_day_from_the_business_zone():
    with clock.use(FixedClock(NOON)), transaction(STAFF) as at:
        assert at.now == NOON
        assert at.today.isoformat() == "2026-07-01"  # 00:30 in Shanghai


@pytest.mark.django_db
def test_a_command_sent_again_returns_its_first_result():
    first = add(STAFF, "c-1", ref="p1")
    with clock.use(FixedClock(NOON)):
        assert add(STAFF, "c-1", ref="p1") == first
    with transaction(STAFF):
        assert Person.objects.count() == 1


@pytest.mark.django_db
def test_the_same_id_for_another_request_is_refused():
    add(STAFF, "c-1", ref="p1")
    with pytest.raises(Conflict, match="already used"):
        add(STAFF, "c-1", ref="p2")
    with transaction(STAFF):
        assert Person.objects.count() == 1


@pytest.mark.django_db
def test_the_same_id_of_two_senders_is_two_commands():
    other = Actor("machine", "1", LENDER, frozenset({"people.write"}))
    add(STAFF, "c-1", ref="p1")
    add(other, "c-1", ref="p2")
    with transaction(STAFF):
        assert Person.objects.count() == 2


@pytest.mark.django_db
def test_a_failed_command_leaves_nothing_and_may_be_sent_again():
    add(STAFF, "c-1", ref="p1")
    with pytest.raises(IntegrityError):
        add(STAFF, "c-2", ref="p1")
    assert not InboxEntry.objects.filter(command_id__endswith="/c-2").exists()
    add(STAFF, "c-2", ref="p2")


@pytest.mark.django_db
@pytest.mark.parametrize("command_id", ["", "x" * 151])
def test_a_command_needs_an_id_of_bounded_length(command_id):
    with pytest.raises(BadInput):
        add(STAFF, command_id, ref="p1")


@pytest.mark.django_db
def test_a_command_needs_its_permission():
    with pytest.raises(NotAllowed, match=r"people\.write"):
        add(Actor("staff", "1", LENDER), "c-1", ref="p1")
    assert InboxEntry.objects.count() == 0


def test_a_command_sent_eight_times_at_once_is_carried_out_once(committed_db):
    results: list[object] = []

    def send() -> None:
        try:
            results.append(add(STAFF, "c-1", ref="p1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all(result == results[0] for result in results)
    with transaction(STAFF):
        assert Person.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["p1", "合同-七", "", "a'b\\c"])
def test_named_ids_are_the_same_in_postgresql(name):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NAMED_SQL_POSTGRES.format('%s')}", ["\x1f".join(("person", name))])
        assert cursor.fetchone()[0] == named("person", name)


@pytest.fixture
def table():
    before = dict(reactions._table), set(reactions._declared)
    yield
    reactions._table.clear()
    reactions._table.update(before[0])
    reactions._declared.clear()
    reactions._declared.update(before[1])


@pytest.mark.django_db
def test_reactions_run_in_the_order_of_the_table(table):
    @reactions.event
    @dataclass(frozen=True)
    class Paid:
        amount_minor: int

    seen: list[str] = []
    with pytest.raises(ConfigError, match="reactions"):
        reactions.register(dict(reactions._table))
    reactions.register(
        {
            **reactions._table,
            Paid: [
                lambda at, event: seen.append(f"first {event.amount_minor}"),
                lambda at, event: seen.append(f"second by {at.actor.name}"),
            ],
        }
    )
    with transaction(STAFF) as at:
        reactions.react(at, Paid(5))
    assert seen == ["first 5", "second by staff:1"]


def test_an_entry_for_no_declared_event_stops_the_start(table):
    with pytest.raises(ConfigError, match="reactions"):
        reactions.register({**reactions._table, int: []})
