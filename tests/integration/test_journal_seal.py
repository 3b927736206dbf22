"""Seals and keys: what they cover, what they refuse, and what changes of keys leave behind."""

from __future__ import annotations

import io
import shutil
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection
from journal_lines import ACTOR, CASE, DAY, notes, sealed, write

from arrears.journal import keys, merkle
from arrears.journal.actions import (
    Entry,
    erase,
    export,
    new_key,
    of_case,
    of_house,
    record,
    record_many,
    replace_lost_key,
    restored,
    rotate_key,
    seal,
)
from arrears.journal.models import JournalEntry, JournalStatement
from arrears.journal.queries import (
    entries,
    entries_between,
    entries_of,
    entry,
    journal_proof,
    keys_known,
    signed_statements,
    statements,
    verify_database,
)
from arrears.journal.verifier.hashing import leaf, root_of
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import ConfigError, Conflict, NotAllowed, NotFound
from arrears.store import clock
from arrears.store.actor import LENDER, Actor
from arrears.store.transactions import transaction


@pytest.mark.django_db
def test_a_seal_covers_what_was_written_since_the_one_before():
    write(3)
    first = sealed()
    write(2)
    second = sealed()
    assert (first.count, second.count, first.is_new, second.is_new) == (3, 2, True, True)
    with transaction(ACTOR):
        hashes = [bytes(e.sha256) for e in JournalEntry.objects.order_by("position")]
    assert merkle.root(map(leaf, hashes[:3])).hex() == first.root
    assert merkle.root(map(leaf, hashes[3:])).hex() == second.root
    report = verify_database(ACTOR)
    assert (report.wrong, report.seals, report.entries, report.uncovered) == (0, 2, 5, 0)
    assert report.newest_statement == second.sha256


@pytest.mark.django_db
def test_sealing_again_without_anything_new_changes_nothing():
    write(1)
    first = sealed()
    again = sealed()
    assert (again.sha256, again.is_new) == (first.sha256, False)
    assert JournalStatement.objects.count() == 2  # the key and the seal


@pytest.mark.django_db
def test_a_day_without_entries_is_sealed_once_as_empty():
    empty = sealed()
    assert (empty.count, empty.is_new) == (0, True)
    assert not sealed().is_new
    assert sealed(DAY + timedelta(days=1)).is_new
    assert notes(verify_database(ACTOR))


@pytest.mark.django_db
def test_who_does_not_see_the_record_cannot_seal_it():
    with pytest.raises(NotAllowed), transaction(Actor("staff", "1")) as at:
        seal(at, DAY)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 2, 7, 1024, 1025, 3100])
def test_every_entry_is_shown_to_be_under_its_seal(count):
    with transaction(ACTOR) as at:
        record_many(
            at, [Entry(of_case(UUID(int=n % 5)), "cases.opened", {"n": n}) for n in range(count)]
        )
    root = sealed().root
    with transaction(ACTOR):
        found = list(JournalEntry.objects.order_by("position"))
    for index in {0, 1, count // 2, 1023, 1024, 2047, 3000, count - 1}:
        if index >= count:
            continue
        proof = journal_proof(ACTOR, found[index].id)
        assert (proof.index, proof.count, proof.root) == (index, count, root)
        path = [bytes.fromhex(each) for each in proof.path]
        assert root_of(leaf(bytes(found[index].sha256)), index, count, path).hex() == root


@pytest.mark.django_db
def test_an_entry_that_no_seal_covers_has_no_proof_yet():
    (entry_id,) = write(1)
    with pytest.raises(Conflict, match="no seal covers"):
        journal_proof(ACTOR, entry_id)
    with pytest.raises(NotFound):
        journal_proof(ACTOR, uuid4())


def test_sealing_while_others_write_leaves_nothing_out(committed_db):
    sealed()
    failed, stop = [], threading.Event()

    def work(number: int) -> None:
        try:
            for _ in range(15):
                write(2, of_case(UUID(int=number)))
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    def seal_on() -> None:
        try:
            while not stop.is_set():
                sealed()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    sealer = threading.Thread(target=seal_on)
    for thread in (*writers, sealer):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    sealer.join()
    sealed()
    assert failed == []
    report = verify_database(ACTOR)
    assert (report.wrong, report.entries, report.uncovered) == (0, 120, 0)
    assert report.seals > 2


def test_a_seal_waits_for_an_entry_that_is_on_its_way(committed_db):
    sealed()
    made, done = [], threading.Event()

    def seal_it() -> None:
        made.append(sealed())
        done.set()
        connection.close()

    with transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", {})
        from arrears.store import finishing

        finishing.finish()  # written, not committed
        sealer = threading.Thread(target=seal_it)
        sealer.start()
        assert not done.wait(0.3)
    sealer.join()
    assert made[0].count == 1


def test_after_a_seal_that_failed_others_can_write(committed_db):
    write(1)
    shutil.rmtree(keys.folder(), ignore_errors=True)
    sealed()
    shutil.rmtree(keys.folder())
    write(1)
    with pytest.raises(ConfigError):
        sealed()
    done = threading.Thread(target=lambda: (write(1), connection.close()))
    done.start()
    done.join(10)
    assert not done.is_alive()
    assert verify_database(ACTOR).entries == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_statement SET count = 0",
        "DELETE FROM journal_statement",
        "TRUNCATE journal_block",
        "UPDATE journal_block SET count = 0",
    ],
)
def test_the_application_cannot_change_a_seal(statement):
    write(1)
    sealed()
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction(ACTOR),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "cut"), [(2, 0), (3, -1), (4, 2), (3, 10**6)])
def test_a_statement_that_does_not_follow_is_refused(number, cut):
    write(2)
    sealed()
    with pytest.raises(IntegrityError), transaction(ACTOR):
        JournalStatement.objects.create(
            number=number, kind="seal", at=datetime(2026, 1, 1, tzinfo=UTC), day=DAY, cut=cut,
            count=0, root=b"", key_id="0" * 16, statement="{}", sha256=b"", signature=b"",
        )  # fmt: skip


@pytest.mark.django_db
def test_nothing_can_be_slipped_under_a_seal():
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('journal_position')")
        (taken,) = cursor.fetchone()
    sealed()
    with (
        pytest.raises(IntegrityError, match="takes no more entries"),
        transaction(ACTOR),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT sha256 FROM journal_lock(ARRAY['house:03'])")
        (prev,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO journal_entry (stream, seq, id, position, kind, schema, at, actor, data,"
            " prev_sha256, sha256) VALUES ('house:03', 1, gen_random_uuid(), %s, 'a.b', 1, %s,"
            " 'x', '{}', %s, %s)",
            [taken, datetime(2026, 1, 1, tzinfo=UTC), prev, prev],
        )


@pytest.mark.django_db
def test_a_clock_set_back_is_told_but_not_taken_for_tampering():
    later = datetime(2026, 6, 30, 12, tzinfo=UTC)
    for instant in (later, later - timedelta(hours=1)):
        with clock.use(FixedClock(instant)):
            write(1)
            sealed()
    told = notes(verify_database(ACTOR))
    assert told.count("the clock had been set back") == 2  # the entry and its seal


@pytest.mark.django_db
def test_pages_tell_what_is_on_record():
    write(3, personal={"name": "李"})
    sealed()
    with transaction(ACTOR) as at:
        record(at, of_house("rules"), "rulebook.changed", {"digest": "0"})
    newest = entries(ACTOR, size=2)
    assert (newest.total, newest.rows[0].kind, newest.rows[0].seal) == (4, "rulebook.changed", None)
    (row, *_) = entries_of(ACTOR, CASE).rows
    assert (row.seq, row.personal, row.personal_state) == (3, {"name": "李"}, "kept")
    assert entries(ACTOR, kind="cases").total == entries(ACTOR, kind="cases.opened").total == 3
    assert entries(ACTOR, kind="case").total == 0
    newest_statement, first = statements(ACTOR).rows
    assert (newest_statement.kind, newest_statement.count, first.kind) == ("seal", 3, "key")


@pytest.mark.django_db
def test_who_may_not_read_the_record_is_refused():
    (entry_id,) = write(1)
    staff = Actor("staff", "1", LENDER)
    span = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    for refused in (
        lambda: entries(staff),
        lambda: entries_of(staff, CASE),
        lambda: entries_between(staff, *span),
        lambda: entry(staff, entry_id),
        lambda: statements(staff),
        lambda: signed_statements(staff),
        lambda: keys_known(staff),
        lambda: journal_proof(staff, entry_id),
        lambda: verify_database(staff),
    ):
        with pytest.raises(NotAllowed, match=r"journal\.read"):
            refused()
    for action, *rest in (
        (erase, entry_id, "why"), (new_key,), (rotate_key,), (replace_lost_key, "why"),
        (restored, "a", "b"), (export, io.BytesIO(), None),
    ):  # fmt: skip
        with pytest.raises(NotAllowed, match=r"journal\."), transaction(staff) as at:
            action(at, *rest)


@pytest.mark.django_db
def test_a_journal_sealed_with_a_key_that_is_not_here_is_told():
    write(1)
    sealed()
    assert "folder of keys" not in notes(verify_database(ACTOR))
    shutil.rmtree(keys.folder())
    assert "folder of keys" in notes(verify_database(ACTOR))
