"""The gate on a real database: what it answers, stores, and lets nobody pass without."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from conduct_people import ACTOR, NOON, at, debtor, go_live, intent, loan_id, told
from django.db import DatabaseError, connection
from django.db.transaction import atomic

from arrears.conduct.gate import gate, require
from arrears.conduct.models import Contact, House, Rules, Verdict
from arrears.conduct.verdicts import ActRefused, Allowed, Refused
from arrears.daily.actions import switch_mode
from arrears.daily.rules import CHECKLIST
from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, ConfigError, NotFound
from arrears.kernel.ids import uuid7
from arrears.loans.models import LoanHold, Tape
from arrears.store.pages import select
from arrears.store.sealed.keyed import key
from arrears.store.transactions import transaction


@pytest.fixture
def person(db) -> UUID:
    go_live()
    return debtor("A", loans=2)


def ids(answer) -> set[str]:
    assert isinstance(answer, Refused), answer
    return {reason.id for reason in answer.reasons}


def facts_of(answer) -> dict:
    with transaction(ACTOR):
        return Verdict.objects.get(id=answer.verdict_id).facts


def test_an_allow_is_stored_spent_and_put_on_record(person):
    with at() as now:
        answer = gate(now, intent(person), spend=True)
    assert isinstance(answer, Allowed), answer
    assert answer.decided_at == NOON < answer.expires_at <= NOON + timedelta(minutes=5)
    with transaction(ACTOR):
        verdict, contact = Verdict.objects.get(), Contact.objects.get()
        entry = JournalEntry.objects.get(kind="conduct.allowed")
        rules = Rules.objects.get(sha256=verdict.rules_sha256)
    assert (verdict.allowed, verdict.act, contact.verdict_id) == (True, "call_human", verdict.id)
    assert contact.number_hmac == key().of_number("+86 138-0000-0001")
    assert entry.stream == f"person:{person}"
    assert entry.data["verdict"] == str(verdict.id)
    assert "@id(" in rules.text
    assert "13800000001" not in str(verdict.facts) + str(entry.data)


def test_what_grows_is_looked_up_by_index_also_where_plans_were_made_on_empty_tables(committed_db):
    """Plans are kept for a session: one that reads a whole table would do so for every act."""
    grows = [
        *("conduct_contact", "conduct_verdict", "conduct_standing", "conduct_subject"),
        *("conduct_hold", "conduct_point", "journal_head", "people_person", "cases_case"),
    ]
    go_live()
    one = intent(debtor("b1"))
    with at() as now:
        gate(now, one)  # gives them their row
    with psycopg.connect(autocommit=True, **committed_db.logins.parameters("owner")) as owner:
        owner.execute(f"VACUUM (ANALYZE) {', '.join(grows)}")
    connection.close()
    with at() as now:
        for _ in range(2):
            assert isinstance(gate(now, one, spend=True), Allowed)
        rows = select(
            "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [grows],
        )
    assert len(rows) == len(grows)
    assert not {row["relname"]: row["seq_scan"] for row in rows if row["seq_scan"]}


def test_a_refusal_is_stored_with_every_rule_and_the_next_moment(person):
    night = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    with at(night) as now:
        answer = gate(now, intent(person), spend=True)
    assert "cn.contact.hours" in ids(answer)
    morning = answer.next_allowed_at.astimezone(UTC)
    assert night < morning <= night + timedelta(hours=12)
    with at(morning) as now:
        assert isinstance(gate(now, intent(person)), Allowed)
    with transaction(ACTOR):
        assert not Contact.objects.exists()
        assert Verdict.objects.filter(allowed=False).get().next_allowed_at == morning


def test_an_allow_ends_when_the_night_begins(person):
    with at() as now:
        noon = gate(now, intent(person), lasts=timedelta(hours=23))
    end = noon.expires_at
    assert end < NOON + timedelta(hours=23)
    with at(end - timedelta(seconds=1)) as now:
        assert isinstance(gate(now, intent(person)), Allowed)
    with at(end) as now:
        assert isinstance(gate(now, intent(person)), Refused)


def test_whoever_must_have_an_allow_is_raised_upon(person):
    with at() as now:
        assert isinstance(require(now, intent(person)), Allowed)
    with pytest.raises(ActRefused) as raised, at() as now:
        require(now, intent(person, facts=told("call_human", threatening=True)))
    assert raised.value.http_status == 403
    assert "threatening" in str(raised.value).lower() or raised.value.refused.reasons


def test_an_installation_that_observes_refuses_and_the_mode_switches_it(db):
    person = debtor()
    with at() as now:
        assert facts_of(gate(now, intent(person)))["observing"] is True
    checklist = dict.fromkeys(CHECKLIST, True)
    switch_mode(ACTOR, "live", mode="live", reason="all of it is in", checklist=checklist)
    with at() as now:
        assert isinstance(gate(now, intent(person)), Allowed)
    switch_mode(ACTOR, "back", mode="observe", reason="wait for the lists", checklist={})
    with at() as now:
        assert isinstance(gate(now, intent(person)), Refused)


def test_a_fact_that_nobody_told_is_missing_and_refuses(person):
    facts = told("call_human")
    del facts["threatening"]
    with at() as now:
        assert ids(gate(now, intent(person, facts=facts))) == {"missing"}


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"calls_connected_today": 0}, "calls_connected_today"),
        ({"observing": False}, "observing"),
        ({"no_such_fact": True}, "no_such_fact"),
        ({"threatening": "no"}, "no"),
    ],
)
def test_nobody_tells_the_gate_what_it_finds_itself_or_nonsense(db, facts, found):
    with pytest.raises(BadInput) as raised:
        intent(UUID(int=1), facts=facts)
    assert raised.value.found == found


def test_strangers_and_loans_of_others_are_refused(person):
    other = debtor("B")
    with pytest.raises(NotFound), at() as now:
        gate(now, intent(UUID(int=7)))
    with pytest.raises(BadInput, match="not one of this person's"), at() as now:
        gate(now, intent(person, loan_ids=(loan_id("B"),)))
    with pytest.raises(BadInput, match="lasts for a while"), at() as now:
        gate(now, intent(other), lasts=timedelta(days=2))


def test_another_organisation_than_the_one_in_charge_is_refused(person):
    with at() as now:
        assert isinstance(gate(now, intent(person, organisation="Agency 9")), Refused)


def test_a_doubt_of_the_loan_book_holds_its_loan_from_its_day_on(person):
    with transaction(ACTOR):
        LoanHold.objects.create(
            id=UUID(int=5),
            loan_ref="A-L1",
            loan_id=loan_id("A", 1),
            kind="data_doubt",
            from_on=datetime(2026, 11, 25).date(),
            tape=Tape.objects.get(),
        )
    with at() as now:
        held = gate(now, intent(person, loan_ids=(loan_id("A", 1),)))
        whole = gate(now, intent(person))
        free = gate(now, intent(person, loan_ids=(loan_id("A", 2),)))
    assert facts_of(held)["hold_doubt"] is facts_of(whole)["hold_doubt"] is True
    assert isinstance(held, Refused)
    assert isinstance(free, Allowed)
    with at(NOON - timedelta(days=1)) as now:
        assert isinstance(gate(now, intent(person, loan_ids=(loan_id("A", 1),))), Allowed)


# Without an Allowed nothing acts: by type …


def test_nobody_makes_an_allowed_or_changes_one(person):
    with pytest.raises(TypeError, match="comes from the gate"):
        Allowed(object(), verdict_id=UUID(int=1))
    with at() as now:
        answer = gate(now, intent(person))
    for change in (
        lambda: setattr(answer, "person_id", UUID(int=1)),
        lambda: delattr(answer, "act"),
        lambda: copy.copy(answer),
        lambda: pickle.dumps(answer),
    ):
        with pytest.raises(TypeError):
            change()


# … and by the database, whatever the program does.


def insert(**columns) -> None:
    """A contact by bare SQL, as the application's role."""
    row = {
        "id": uuid7(NOON),
        "act": "call_human",
        "purpose": "collect",
        "channel": "phone",
        "party": "borrower",
        "loan_ids": [],
        "organisation": "lender",
        "initiator": "us",
        "source": "own",
        "started_at": NOON,
        "received_at": NOON,
        "dropped": False,
        "recorded_by": "x",
        **columns,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO conduct_contact ({', '.join(row)})"
            f" VALUES ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )


@pytest.fixture
def allow(person) -> Allowed:
    with at() as now:
        answer = gate(now, intent(person))
    assert isinstance(answer, Allowed)
    return answer


def test_an_own_contact_with_its_own_allow_stands(allow):
    with transaction(ACTOR):
        insert(person_id=allow.person_id, **allow.columns())


@pytest.mark.parametrize("source", ["own", "reserved"])
def test_no_own_contact_without_a_verdict(person, source):
    with pytest.raises(DatabaseError, match="verdict_allows"), transaction(ACTOR):
        insert(person_id=person, source=source)


def test_no_own_contact_with_a_refused_verdict(person):
    with at(datetime(2026, 11, 25, 15, 0, tzinfo=UTC)) as now:
        refused = gate(now, intent(person))
    forged = {
        "verdict_id": refused.verdict_id,
        "verdict_decided_at": refused.decided_at,
        "verdict_expires_at": refused.decided_at + timedelta(minutes=5),
        "started_at": refused.decided_at,
    }
    with pytest.raises(DatabaseError, match="verdict"), transaction(ACTOR):
        insert(person_id=person, verdict_allowed=True, **forged)
    with pytest.raises(DatabaseError, match="verdict_allows"), transaction(ACTOR):
        insert(person_id=person, verdict_allowed=False, **forged)


@pytest.mark.parametrize("late", [timedelta(minutes=5), timedelta(days=1)])
def test_no_own_contact_after_its_verdict_expired_or_before_it_was_given(allow, late):
    for when in (NOON + late, NOON - timedelta(seconds=1)):
        with pytest.raises(DatabaseError, match="verdict_allows"), transaction(ACTOR):
            insert(person_id=allow.person_id, **allow.columns() | {"started_at": when})
    stretched = allow.columns() | {
        "verdict_expires_at": NOON + timedelta(days=2),
        "started_at": NOON + late,
    }
    with pytest.raises(DatabaseError, match="conduct_contact_verdict"), transaction(ACTOR):
        insert(person_id=allow.person_id, **stretched)


def test_no_own_contact_with_the_verdict_of_another_person_or_act(allow):
    other = debtor("B")
    with pytest.raises(DatabaseError, match="conduct_contact_verdict"), transaction(ACTOR):
        insert(person_id=other, **allow.columns())
    with pytest.raises(DatabaseError, match="conduct_contact_verdict"), transaction(ACTOR):
        insert(person_id=allow.person_id, act="message", **allow.columns())


def test_an_allow_is_good_for_one_contact(allow):
    with transaction(ACTOR):
        insert(person_id=allow.person_id, **allow.columns())
    with pytest.raises(DatabaseError, match="verdict_once"), transaction(ACTOR):
        insert(person_id=allow.person_id, **allow.columns())


def test_a_report_may_not_borrow_a_verdict(allow):
    with pytest.raises(DatabaseError, match="verdict_allows"), transaction(ACTOR):
        insert(person_id=allow.person_id, source="reported", **allow.columns())
    with transaction(ACTOR):
        insert(person_id=allow.person_id, source="reported")


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE conduct_verdict SET allowed = true", "permission denied"),
        ("DELETE FROM conduct_verdict", "permission denied"),
        ("DELETE FROM conduct_contact", "never rewritten"),
        ("UPDATE conduct_contact SET started_at = started_at - interval '1 day'", "only gets its"),
        ("UPDATE conduct_contact SET person_id = person_id, dropped = true", "only gets its"),
        ("UPDATE conduct_contact SET act = 'letter', closed_at = started_at", "only gets its"),
        ("DELETE FROM conduct_rules", "permission denied"),
    ],
)
def test_what_was_decided_and_done_is_never_rewritten(person, statement, refusal):
    with at() as now:
        gate(now, intent(person), spend=True)
    with (
        pytest.raises(DatabaseError, match=refusal),
        transaction(ACTOR),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_owner_is_stopped_by_the_triggers_too(committed_db):
    go_live()
    person = debtor("A")
    with at() as now:
        gate(now, intent(person), spend=True)
    with committed_db.owner() as owner:
        owner.execute("SET arrears.scope = 'lender'")
        for statement in (
            "UPDATE conduct_verdict SET act = 'letter'",
            "DELETE FROM conduct_contact",
            "DELETE FROM conduct_rules",
        ):
            with pytest.raises(Exception, match="never rewritten"):
                owner.execute(statement)


def test_counts_are_for_transactions_with_a_scope_and_give_no_rows(person):
    call = "SELECT * FROM conduct_counts(%s, NULL, '{}', 'UTC', now(), NULL, NULL)"
    with pytest.raises(DatabaseError, match="with a scope"), atomic(), connection.cursor() as c:
        c.execute(call, [person])


def test_with_another_key_nothing_is_decided(person):
    with at() as now:
        gate(now, intent(person))
    with transaction(ACTOR):
        House.objects.update(key_sha256="0" * 64)
    with pytest.raises(ConfigError, match="not the one that made them"), at() as now:
        gate(now, intent(person))


def test_facts_of_the_person_are_those_on_record(db):
    go_live()
    minor = debtor("M", birth_on=datetime(2010, 1, 1).date())
    nobody = debtor("N", loans=0, birth_on=None)
    american = debtor("U", jurisdiction="US-CA", time_zone=None)
    with at() as now:
        young, free, far = (gate(now, intent(each)) for each in (minor, nobody, american))
    assert facts_of(young)["age"] == "minor"
    assert (facts_of(free)["age"], facts_of(free)["overdue"]) == ("unknown", False)
    assert facts_of(far).get("local_minute") is None
    assert all(isinstance(answer, Refused) for answer in (young, free, far))
