"""What the ground's actions put on record: everything that happened, once, and nothing else."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from diary import ACTOR, RECALLER, only_case, ran
from django.test import Client
from lender import Lender, day

from arrears.daily.actions import switch_mode
from arrears.daily.rules import CHECKLIST
from arrears.journal.actions import of_case, of_person
from arrears.journal.evidence.actions import keep
from arrears.journal.evidence.models import EvidenceItem
from arrears.journal.models import JournalEntry, JournalPersonal, JournalStatement
from arrears.kernel.errors import BadInput, Conflict
from arrears.kernel.ids import named
from arrears.loans.actions import mend, recall, take_in
from arrears.loans.models import SetAsideRow
from arrears.people.actions import create_client, create_user, revoke_client, set_active
from arrears.store.actor import system
from arrears.store.transactions import transaction

GOOD = "correct horse battery"


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def entries(**which: Any) -> list[JournalEntry]:
    with transaction(ACTOR):
        return list(JournalEntry.objects.filter(**which).order_by("position"))


def kinds(**which: Any) -> list[str]:
    return [entry.kind for entry in entries(**which)]


def happened(person: str, **which: Any) -> list[list[str]]:
    """For each entry of the person's case, the kinds of what happened."""
    case = only_case(person, **which).case
    found = entries(stream=of_case(case.id).name)
    return [[event["kind"] for event in entry.data["events"]] for entry in found]


def test_a_case_has_its_whole_story_on_record(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    take_in(ACTOR, lender.full(50))
    ran(50)
    lender.pay("L1", 51)
    take_in(ACTOR, lender.full(52))
    ran(52)
    opened, escalated, cured = happened("p1", state="cured")
    assert opened[0] == "opened"
    assert "escalated" in escalated
    assert cured[-1] == "cured"
    case = only_case("p1", state="cured").case
    (first, *_) = entries(stream=of_case(case.id).name)
    assert first.data["on"] == "2026-01-16"
    assert first.data["run"]


def test_a_tape_and_a_run_are_on_record_once(lender):
    lender.lend("L1", "p1", [10])
    tape = lender.full(15)
    taken = take_in(ACTOR, tape)
    take_in(ACTOR, tape)
    first = ran(15)
    ran(15)
    (entry,) = entries(kind="loans.taken_in")
    assert entry.data["tape"] == str(taken.tape_id)
    assert entry.data["rows"]["loans"] == {
        "received": 1, "accepted": 1, "set_aside": 0, "duplicates": 0
    }  # fmt: skip
    assert kinds(kind__startswith="daily.") == ["daily.run_started", "daily.run_finished"]
    finished = entries(kind="daily.run_finished")[0]
    assert finished.data["run"] == str(first.run_id)
    assert finished.data["aged_sha256"] == first.aged_sha256


def test_a_recall_is_on_record_with_its_reason_apart(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    for _ in range(2):
        recall(RECALLER, "r-1", loan_ref="L1", recalled_on=day(15), reason="sold to Wang Fang")
    (entry,) = entries(stream=of_person(named("person", "p1")).name)
    assert entry.kind == "loans.recalled"
    assert "Wang Fang" not in str(entry.data)
    with transaction(ACTOR):
        assert JournalPersonal.objects.get(entry_id=entry.id).data == {
            "reason": "sold to Wang Fang"
        }
    assert happened("p1", state="withdrawn")[-1] == ["loan_left", "withdrawn"]


def test_what_is_refused_leaves_nothing_on_record(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    before = kinds()
    recall(RECALLER, "r-1", loan_ref="L1", recalled_on=day(15), reason="sold")
    after = kinds()
    assert len(after) == len(before) + 1
    with pytest.raises(Conflict):
        recall(RECALLER, "r-2", loan_ref="L1", recalled_on=day(14), reason="sold")
    assert kinds() == after


def test_a_row_is_on_record_as_tried_and_as_mended(lender):
    lender.lend("L1", "p1", [10])
    lender.loans["L1"]["grace_days"] = -1
    take_in(ACTOR, lender.full(15))
    with transaction(ACTOR):
        row = SetAsideRow.objects.get(table="loans")
    mend(ACTOR, "m-1", row_id=str(row.id), row={"grace_days": "-2"})
    mend(ACTOR, "m-2", row_id=str(row.id), row={"grace_days": "0"})
    assert kinds(kind__startswith="loans.") == [
        "loans.taken_in", "loans.row_still_wrong", "loans.taken_in", "loans.row_mended"
    ]  # fmt: skip


@pytest.mark.usefixtures("committed_db")
def test_staff_clients_and_the_mode_are_on_record_without_secrets():
    admin = system("test")
    create_user(admin, "li.na", "李娜", "collector", GOOD)
    with pytest.raises(Conflict):
        create_user(admin, "Li.Na", "李娜", "collector", GOOD)
    set_active(admin, "li.na", active=False)
    client = create_client(admin, "core", {"loans.push"})
    revoke_client(admin, client.id)
    revoke_client(admin, client.id)
    switch_mode(
        admin, "s-1", mode="live", reason="checked by Mei", checklist=dict.fromkeys(CHECKLIST, True)
    )
    with pytest.raises(BadInput):
        switch_mode(admin, "s-2", mode="live", reason="", checklist={})
    assert kinds() == [
        "people.user_made",
        "people.user_shut",
        "people.client_made",
        "people.client_revoked",
        "daily.mode_switched",
    ]
    told = " ".join(str(entry.data) for entry in entries())
    for secret in ("李娜", GOOD, client.secret, "Mei"):
        assert secret not in told


@pytest.mark.usefixtures("committed_db")
def test_signing_in_is_on_record_and_so_is_a_wrong_password():
    user_id = create_user(system("test"), "li.na", "李娜", "collector", GOOD)
    browser = Client()
    for password in ("wrong", GOOD):
        browser.post("/sign-in/", {"username": "li.na", "password": password})
    browser.logout()
    browser.post("/sign-in/", {"username": "nobody", "password": "wrong"})
    tries = [(e.kind, e.data["user"]) for e in entries(actor="system:sign-in")]
    assert tries == [
        ("people.refused", user_id),
        ("people.signed_in", user_id),
        ("people.refused", None),
    ]


def test_a_run_ends_with_a_seal_over_its_cases_and_the_same_run_makes_no_other(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    ran(15)
    with transaction(ACTOR):
        (seal,) = JournalStatement.objects.filter(day__isnull=False)
        covered = JournalEntry.objects.filter(position__lte=seal.cut)
        assert seal.day == day(15)
        assert seal.count == covered.count()
        assert {"loans.taken_in", "daily.run_started", "cases.changed"} <= set(
            covered.values_list("kind", flat=True)
        )
        # What ends the run is told after it, and waits for the next seal.
        assert kinds(position__gt=seal.cut) == ["daily.run_finished"]


def test_a_run_erases_evidence_whose_term_is_over(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    with transaction(ACTOR) as at:
        item = keep(
            at, io.BytesIO(b"old"), about=of_case(uuid4()), kind="contact_record",
            media_type="text/plain", jurisdiction="gb",
            recorded_at=datetime(2023, 1, 1, tzinfo=UTC), marks={"last_act": date(2023, 1, 1)},
        )  # fmt: skip
    ran(15)
    with transaction(ACTOR):
        assert EvidenceItem.objects.get(id=item).state == "erased"
