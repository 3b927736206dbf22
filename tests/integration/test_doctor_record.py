"""What doctor says of the record: sealed when, and whether its key is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from conduct_people import NOON, at, debtor, go_live, intent
from django.db import connection

from arrears.conduct.gate import gate
from arrears.conduct.models import Verdict
from arrears.journal import keys
from arrears.journal.actions import of_house, record, rotate_key, seal
from arrears.kernel.clock import FixedClock
from arrears.kernel.ids import uuid7
from arrears.site.diagnosis import record as looks
from arrears.site.diagnosis.finding import Finding, State
from arrears.store.actor import system
from arrears.store.transactions import transaction

ACTOR = system("test")
pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def own_keys(tmp_path, monkeypatch):
    monkeypatch.setattr(keys, "folder", lambda: tmp_path / "keys" / "journal")


def looked(later: timedelta = timedelta(0)) -> Finding:
    with connection.cursor() as cursor:
        (finding,) = looks.journal(cursor, FixedClock(datetime.now(UTC) + later))
    return finding


def sealed() -> None:
    with transaction(ACTOR) as at:
        record(at, of_house("rules"), "test.happened", {})
    with transaction(ACTOR) as at:
        seal(at, at.today)


def test_a_record_without_a_seal_is_no_fault():
    assert looked().state is State.OK


def test_a_sealed_record_is_well_until_nobody_seals_it():
    sealed()
    assert looked().state is State.OK
    assert looked(timedelta(days=5)).state is State.WARN


def test_a_lost_key_is_said_and_so_is_the_one_after_a_rotation():
    sealed()
    (first,) = keys.present()
    with transaction(ACTOR) as at:
        rotate_key(at)
    assert looked().state is State.OK
    for path in keys.folder().iterdir():
        if first not in path.name:
            path.unlink()
    finding = looked()
    assert finding.state is State.FAIL
    assert "key" in finding.found


def test_the_rules_are_counted():
    (finding,) = looks.rules()
    assert finding.state is State.OK
    assert "5 packs" in finding.found


def test_a_verdict_that_nobody_put_on_record_is_a_fault():
    (fine,) = looks.gate(FixedClock(NOON))
    assert fine.state is State.OK
    go_live()
    person_id = debtor("A")
    with at() as stands:
        gate(stands, intent(person_id))
    assert looks.gate(FixedClock(NOON + timedelta(hours=1)))[0].state is State.OK
    with at(), connection.cursor() as cursor:
        columns = ", ".join(f.column for f in Verdict._meta.local_fields if f.column != "id")
        cursor.execute(
            f"INSERT INTO conduct_verdict (id, {columns})"
            f" SELECT %s, {columns} FROM conduct_verdict",
            [uuid7(NOON)],
        )
    (found,) = looks.gate(FixedClock(NOON + timedelta(hours=1)))
    assert found.state is State.FAIL and str(person_id) in found.found
    assert looks.gate(FixedClock(NOON + timedelta(days=8)))[0].state is State.OK
