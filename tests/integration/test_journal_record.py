"""Putting things on record: chains, savepoints, many writers, and what the database refuses."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
import rfc8785
from django.db import DatabaseError, IntegrityError, connection, transaction

from arrears.journal import entries as journal_entries
from arrears.journal.actions import Entry, of_case, of_house, of_person, record, record_many
from arrears.journal.actions.record import FEWEST_TO_COPY
from arrears.journal.entries import genesis, instant, personal_digest
from arrears.journal.models import JournalEntry, JournalHead, JournalPersonal
from arrears.kernel.errors import BadInput
from arrears.store import transactions
from arrears.store.actor import NOTHING, Actor, system
from arrears.store.transactions import At

ACTOR = system("test")
CASE, OTHER = (of_case(UUID(int=n)) for n in (1, 2))


def opened(number: int = 0) -> dict[str, object]:
    return {"bucket": "M1", "number": number}


def write(*streams, kind: str = "cases.opened") -> None:
    with transactions.transaction(ACTOR) as at:
        for number, stream in enumerate(streams):
            record(at, stream, kind, opened(number))


def read(stream) -> list[JournalEntry]:
    with transactions.transaction(ACTOR):
        return list(JournalEntry.objects.filter(stream=stream.name).order_by("seq"))


def require_chained(stream, length: int) -> list[JournalEntry]:
    """The stream has that many entries, without a gap, each bound to the one before."""
    found = read(stream)
    assert [entry.seq for entry in found] == list(range(1, length + 1))
    prev = genesis(stream.name)
    for entry in found:
        assert bytes(entry.prev_sha256) == prev
        body = {
            "actor": entry.actor,
            "at": instant(entry.at),
            "data": entry.data,
            "id": str(entry.id),
            "kind": entry.kind,
            "personal_sha256": entry.personal_sha256 and bytes(entry.personal_sha256).hex(),
            "prev_sha256": prev.hex(),
            "schema": entry.schema,
            "seq": entry.seq,
            "stream": entry.stream,
        }
        prev = journal_entries.hashlib.sha256(rfc8785.dumps(body)).digest()
        assert bytes(entry.sha256) == prev
    positions = [entry.position for entry in found]
    assert positions == sorted(set(positions))
    head = JournalHead.objects.get(stream=stream.name)
    assert (head.seq, bytes(head.sha256), head.position) == (length, prev, positions[-1])
    return found


@pytest.mark.django_db
def test_an_entry_bears_actor_instant_and_the_hash_of_all_it_says():
    with transactions.transaction(Actor("staff", '7 "李"', "lender")) as at:
        entry_id = record(
            at, CASE, "cases.opened", {"理由": "逾期\n", "z": [1, None, True], "a": {}}
        )
    (entry,) = require_chained(CASE, 1)
    assert (entry.id, entry.actor, entry.at) == (entry_id, 'staff:7 "李"', at.now)
    assert entry.data == {"理由": "逾期\n", "z": [1, None, True], "a": {}}


@pytest.mark.django_db
def test_streams_are_chained_apart_and_keep_their_order():
    write(CASE, OTHER, CASE)
    write(OTHER, CASE)
    assert [e.data["number"] for e in require_chained(CASE, 3)] == [0, 2, 1]
    assert [e.data["number"] for e in require_chained(OTHER, 2)] == [1, 0]


@pytest.mark.django_db
def test_many_entries_go_by_copy_and_are_chained_alike():
    many = FEWEST_TO_COPY + 10
    with transactions.transaction(ACTOR) as at:
        record_many(
            at,
            [
                Entry(of_case(UUID(int=n % 7)), "cases.opened", opened(n), {"name": f"李\t{n}\\N"})
                for n in range(many)
            ],
        )
    for n in range(7):
        found = require_chained(of_case(UUID(int=n)), (many - n + 6) // 7)
        assert [e.data["number"] for e in found] == list(range(n, many, 7))
    with transactions.transaction(ACTOR):
        kept = JournalPersonal.objects.get(entry_id=found[0].id)
    assert kept.data == {"name": "李\t6\\N"}


@pytest.mark.django_db
def test_nothing_is_written_for_no_entries():
    with transactions.transaction(ACTOR) as at:
        record_many(at, [])
    assert not JournalHead.objects.exists()


@pytest.mark.django_db
def test_personal_data_lies_apart_under_a_salted_hash():
    with transactions.transaction(ACTOR) as at:
        one = record(at, CASE, "people.described", {}, personal={"phone": "139"})
        two = record(at, CASE, "people.described", {}, personal={"phone": "139"})
    with transactions.transaction(ACTOR):
        kept = {row.entry_id: row for row in JournalPersonal.objects.all()}
        hashes = {e.id: bytes(e.personal_sha256) for e in JournalEntry.objects.all()}
    assert set(kept) == {one, two}
    assert hashes[one] != hashes[two]
    for entry_id, row in kept.items():
        assert personal_digest(bytes(row.salt), '{"phone":"139"}') == hashes[entry_id]


@pytest.mark.django_db
def test_an_actor_without_scope_can_be_put_on_record_but_sees_nothing():
    with transactions.transaction(Actor("staff", "9", NOTHING)) as at:
        record(at, of_house("sign-in"), "people.sign_in_refused", {"username": "x"})
        assert not JournalEntry.objects.exists()
    require_chained(of_house("sign-in"), 1)


@pytest.mark.django_db
@pytest.mark.parametrize("savepoint", [transaction.atomic, lambda: transactions.transaction(ACTOR)])
def test_what_a_rolled_back_savepoint_recorded_does_not_survive(savepoint):
    with transactions.transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", opened())
        with pytest.raises(ZeroDivisionError), savepoint():
            record(at, CASE, "cases.closed", opened())
            record_many(at, [Entry(OTHER, "cases.closed", opened())])
            _ = 1 / 0
        record(at, CASE, "cases.eased", opened())
    assert [e.kind for e in require_chained(CASE, 2)] == ["cases.opened", "cases.eased"]
    assert read(OTHER) == []


def test_what_an_undone_transaction_recorded_does_not_survive(committed_db):
    with pytest.raises(ZeroDivisionError), transactions.transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", opened())
        _ = 1 / 0
    write(CASE)
    require_chained(CASE, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "member"),
    [
        ({"rate": 0.5}, "data.rate"),
        ({"a": [1, {"b": datetime(2026, 1, 1, tzinfo=UTC)}]}, "data.a[1].b"),
        ({"n": 2**53}, "data.n"),
        ({"n": -(2**53)}, "data.n"),
        ({"t": "a\0b"}, "data.t"),
        ({"t": "\ud800"}, "data.t"),
        ({"k\0": 1}, "data"),
        ({1: 2}, "data"),
        ({"s": {1}}, "data.s"),
        ({"x": "x" * 300_000}, "data"),
    ],
)
def test_what_is_not_plain_json_is_refused_where_it_is_recorded(data, member):
    with pytest.raises(BadInput) as refused, transactions.transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", data)
    assert refused.value.where["member"] == member
    with pytest.raises(BadInput), transactions.transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", {}, personal=data)


@pytest.mark.django_db
def test_data_that_is_nested_without_end_is_refused():
    endless: dict[str, object] = {}
    endless["again"] = endless
    with pytest.raises(BadInput, match="as it is"), transactions.transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", endless)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["", "opened", "Cases.opened", "cases.opened\n", "a." + "x" * 80])
def test_a_kind_is_stage_and_event(kind):
    with pytest.raises(BadInput, match="kind"), transactions.transaction(ACTOR) as at:
        record(at, CASE, kind, {})


@pytest.mark.django_db
def test_data_changed_after_it_was_recorded_changes_nothing():
    with transactions.transaction(ACTOR) as at:
        data = opened()
        record(at, CASE, "cases.opened", data)
        data["bucket"] = "M7"
    assert require_chained(CASE, 1)[0].data["bucket"] == "M1"


def _at_once(count: int, work) -> None:
    failed: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_many_writers_of_the_same_streams_leave_no_gap_and_no_deadlock(committed_db):
    streams = [of_case(UUID(int=n)) for n in range(4)]

    def work(number: int) -> None:
        for turn in range(6):
            # Each in another order, some of them new to all.
            order = streams[(number + turn) % 4 :] + streams[: (number + turn) % 4]
            write(*(order if number % 2 else reversed(order)))

    _at_once(6, work)
    for stream in streams:
        require_chained(stream, 36)


def test_writers_of_different_streams_do_not_wait_for_each_other(committed_db):
    with transactions.transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", opened())
        # CASE is written already, its head locked, and this transaction stays open.
        transactions.finishing.finish()
        _at_once(2, lambda number: write(of_person(UUID(int=number))))
        record(at, CASE, "cases.closed", opened())
    require_chained(CASE, 2)
    for number in range(2):
        require_chained(of_person(UUID(int=number)), 1)


# What the application's login may not do, whatever its program says.

INSERT = (
    "INSERT INTO journal_entry (stream, seq, id, position, kind, schema, at, actor, data,"
    " prev_sha256, sha256) SELECT stream, seq + {seq}, gen_random_uuid(), {position}, kind, schema,"
    " at, actor, data, {prev}, sha256 FROM journal_entry WHERE stream = '" + CASE.name + "'"
    " ORDER BY seq DESC LIMIT 1"
)
NEXT = "nextval('journal_position')"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET actor = 'nobody'",
        "DELETE FROM journal_entry",
        "TRUNCATE journal_entry",
        "INSERT INTO journal_entry_00 SELECT * FROM journal_entry",
        "SELECT * FROM journal_entry_00",
        "UPDATE journal_head SET seq = 0",
        "INSERT INTO journal_head VALUES ('house:00', 0, 0, '\\x')",
        "DELETE FROM journal_head",
        "UPDATE journal_personal SET data = '{}'",
        "TRUNCATE journal_personal",
        "SELECT setval('journal_position', 1)",
        "ALTER TABLE journal_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER journal_entry_unchanged ON journal_entry",
    ],
)
def test_the_application_can_only_add(statement):
    write(CASE)
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transactions.transaction(ACTOR),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    require_chained(CASE, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "insert",
    [
        INSERT.format(seq=0, position=NEXT, prev="prev_sha256"),  # the same place again
        INSERT.format(seq=2, position=NEXT, prev="sha256"),  # a gap
        INSERT.format(seq=1, position=NEXT, prev="prev_sha256"),  # a fork
        INSERT.format(seq=1, position="position", prev="sha256"),  # a place taken
        INSERT.format(seq=1, position="position - 1", prev="sha256"),  # slipped in before
        INSERT.format(seq=1, position="position + 1000", prev="sha256"),  # beyond every seal
        INSERT.replace("SELECT stream", "SELECT 'house:09'").format(
            seq=0, position=NEXT, prev="prev_sha256"
        ),
    ],
)
def test_an_entry_that_does_not_follow_its_head_is_refused(insert):
    write(CASE)
    with (
        pytest.raises(IntegrityError),
        transactions.transaction(ACTOR),
        connection.cursor() as cursor,
    ):
        cursor.execute(insert)
    require_chained(CASE, 1)


@pytest.mark.django_db
def test_one_entry_behind_the_head_that_was_seen_is_chained_alike():
    unseen = journal_entries.Head(0, genesis(CASE.name))
    with transactions.transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", opened(), personal={"name": "x"}, follows=unseen)
    (first,) = require_chained(CASE, 1)
    with transactions.transaction(ACTOR) as at:
        assert JournalPersonal.objects.count() == 1
        seen = journal_entries.Head(1, bytes(first.sha256))
        record(at, CASE, "cases.opened", opened(), follows=seen)
    require_chained(CASE, 2)


@pytest.mark.django_db
@pytest.mark.parametrize("seq", [0, 1, 7])
def test_an_entry_goes_behind_the_head_that_is_there_whatever_was_seen(seq):
    write(CASE)
    with transactions.transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", opened(), follows=journal_entries.Head(seq, bytes(32)))
    require_chained(CASE, 2)


@pytest.mark.django_db
def test_only_streams_that_can_be_have_a_head():
    with (
        pytest.raises(IntegrityError),
        transactions.transaction(ACTOR),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT journal_lock(ARRAY['house:99'])")


def test_the_owner_too_meets_the_triggers(committed_db):
    write(CASE)
    with committed_db.owner() as owner:
        owner.execute("SELECT set_config('arrears.scope', 'lender', false)")
        partition = owner.execute(
            "SELECT tableoid::regclass::text FROM journal_entry LIMIT 1"
        ).fetchone()[0]
        for statement in (
            f"UPDATE {partition} SET actor = 'nobody'",
            f"DELETE FROM {partition}",
            f"TRUNCATE {partition}",
            "TRUNCATE journal_entry",
            "DELETE FROM journal_head",
            "TRUNCATE journal_head",
        ):
            with pytest.raises(Exception, match="only grows"):
                owner.execute(statement)
    require_chained(CASE, 1)


def test_an_at_cannot_record_after_its_transaction(committed_db):
    with transactions.transaction(ACTOR) as at:
        pass
    with pytest.raises(transactions.finishing.Unfinished):
        record(at, CASE, "cases.opened", {})
    assert isinstance(at, At)
    assert read(CASE) == []


def test_who_only_reads_can_neither_make_nor_lock_a_head(committed_db):
    write(CASE)
    with (
        psycopg.connect(**committed_db.logins.parameters("read"), autocommit=True) as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="journal_lock"),
    ):
        reader.execute("SELECT journal_lock(ARRAY['house:03'])")
    assert JournalHead.objects.count() == 1
