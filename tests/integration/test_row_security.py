"""What an agency sees of the book: the persons placed with it now, and nothing by other ways."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from agency_book import full_book
from conduct_people import ACTOR, AS_OF, NOON, at, debtor, intent
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from placements_book import (
    HEAD,
    call_of,
    drawn,
    machine_of,
    of_agency,
    through,
)
from register_book import do

from arrears.cases.queries import case, list_cases, person_page
from arrears.conduct.actions.holds import open_hold
from arrears.conduct.gate import gate
from arrears.conduct.models import Contact, Hold, Standing, Verdict
from arrears.conduct.verdicts import Allowed
from arrears.journal.actions import of_house, record
from arrears.journal.models import JournalEntry, JournalPersonal
from arrears.kernel.errors import NotFound
from arrears.kernel.ids import named, uuid7
from arrears.placements.actions import recall
from arrears.placements.models import Placement
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import NestedScope, transaction

PERSONAL = {
    "people_person": "id",
    "loans_loan": "person_id",
    "loans_party": "person_id",
    "loans_hold": "loan",
    "loans_instalment": "loan",
    "loans_payment": "loan",
    "loans_snapshot": "loan",
    "loans_difference": "loan",
    "cases_case": "person_id",
    "cases_loan": "case",
    "cases_bucket_span": "loan",
    "cases_event": "case",
    "conduct_standing": "person_id",
    "conduct_subject": "subject",
    "conduct_hold": "person_id",
    "conduct_verdict": "person_id",
    "conduct_contact": "person_id",
    "conduct_reservation": "contact",
    "conduct_incident": "person_id",
    "placements_placement": "person_id",
    "placements_notice": "person_id",
    "placements_batch_line": "person_id",
    "journal_entry": "stream",
    "journal_personal": "entry",
}
"""Tables of which an agency sees some rows, and what leads from a row to its person."""
LENDERS = {"loans_set_aside", "loans_kept_row", "daily_parked_case", "evidence_file",
           "evidence_item", "conduct_point", "contacts_message", "contacts_hand_over",
           "contacts_report", "conduct_incident_step", "commission_complaint",
           "commission_proposal"}  # fmt: skip
"""Tables of which an agency sees nothing."""
OWN = {
    **dict.fromkeys(("placements_batch", "placements_allotment"), "organisation_id"),
    **dict.fromkeys(("commission_scheme", "commission_adjustment"), "organisation_id"),
    **dict.fromkeys(("commission_score", "commission_target"), "organisation_id"),
    "commission_statement": "organisation_id",
    "commission_line": "statement_id",
    "exports_export": "scope",
}
"""Tables of which an agency sees what is its own, and the column that says so."""
_WAYS = {
    "loan": "JOIN loans_loan l ON l.id = x.loan_id JOIN people_person p ON p.id = l.person_id",
    "case": "JOIN cases_case c ON c.id = x.case_id JOIN people_person p ON p.id = c.person_id",
    "subject": "JOIN conduct_standing t ON t.subject_id = x.id"
    " JOIN people_person p ON p.id = t.person_id",
    "contact": "JOIN conduct_contact k ON k.id = x.contact_id"
    " JOIN people_person p ON p.id = k.person_id",
    "stream": "JOIN people_person p ON x.stream = 'person:' || p.id",
    "entry": "JOIN journal_entry e ON e.id = x.entry_id"
    " JOIN people_person p ON e.stream = 'person:' || p.id",
}


def owners(actor: Actor, table: str) -> set[str]:
    """The references of the persons of all rows that the actor sees; rows of nobody as ``?``."""
    way = _WAYS.get(PERSONAL[table], f"JOIN people_person p ON p.id = x.{PERSONAL[table]}")
    with transaction(actor):
        return {row["r"] for row in select(f"SELECT p.person_ref AS r FROM {table} x {way}")}


def rows(actor: Actor, table: str) -> int:
    with transaction(actor):
        return int(select(f"SELECT count(*) AS n FROM {table}")[0]["n"])


@pytest.fixture
def book(db):
    with full_book() as agencies:
        yield agencies


def test_every_table_with_row_security_is_looked_at_here(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relrowsecurity AND c.relforcerowsecurity"
        )
        protected = {row[0] for row in cursor.fetchall()}
    # The register shows an agency its own people and papers; their tests are the register's.
    register = {name for name in protected if name.startswith(("people_", "access_"))}
    expected = set(PERSONAL) | LENDERS | set(OWN) | (register - {"people_person"})
    assert not protected - expected, f"say what an agency sees of {protected - expected}"
    assert expected <= protected, expected - protected


def _policies(table: str) -> dict[str, str]:
    """Every policy of a table for the application: what it asks of a row that is read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT policyname, qual FROM pg_policies WHERE tablename = %s"
            " AND roles = '{public}' AND cmd IN ('ALL', 'SELECT')",
            [table],
        )
        return dict(cursor.fetchall())


@pytest.mark.parametrize("table", sorted({*LENDERS, *OWN}))
def test_each_table_says_what_it_asks_of_a_row(db, table):
    """Also of tables that are empty here: the lender's own ask for its scope and nothing else."""
    asked = list(_policies(table).values())
    assert asked
    for text in asked:
        assert "current_setting('arrears.scope'::text, true)" in text
        if table in LENDERS:
            assert " OR " not in text and "'lender'" in text
        else:
            assert OWN[table] in text


@pytest.mark.parametrize("write", ["insert", "update", "delete"])
def test_an_agency_does_not_say_whom_it_leads(book, write):
    """Who is placed with it, it may see: it cannot make itself the agency of another's person."""
    north, south = book
    with transaction(of_agency(north)):
        mine = Placement.objects.get(person_id=named("person", "N1"))
        if write == "insert":
            mine.id, mine.person_id = uuid7(NOON), named("person", "own")
            with pytest.raises(DatabaseError, match="row-level security"), atomic():
                mine.save(force_insert=True)
        elif write == "update":
            assert not Placement.objects.update(organisation_id=south.id)
        else:
            assert not Placement.objects.filter(id=mine.id)._raw_delete("default")
    assert owners(of_agency(north), "people_person") == {"N1", "N2"}


@pytest.mark.parametrize("table", sorted(PERSONAL))
def test_each_agency_sees_the_rows_of_its_persons_and_no_others(book, table):
    north, south = book
    everybody = {"N1", "N2", "S1"}
    assert everybody <= owners(ACTOR, table), "the test lacks rows"
    assert owners(of_agency(north), table) == {"N1", "N2"}
    assert owners(of_agency(south), table) == {"S1"}
    # No row without a person either: what is counted is what leads to somebody of one's own.
    for each in book:
        way = _WAYS.get(PERSONAL[table], f"JOIN people_person p ON p.id = x.{PERSONAL[table]}")
        with transaction(of_agency(each)):
            seen = select(f"SELECT count(*) AS n FROM {table}")[0]["n"]
            led = select(f"SELECT count(*) AS n FROM {table} x {way}")[0]["n"]
        if table in ("journal_entry", "journal_personal"):
            continue  # entries of cases too: the next test
        assert seen == led
    assert rows(Actor("staff", "0"), table) == 0
    assert rows(Actor("staff", "0", f"agency:{UUID(int=7)}"), table) == 0


def test_the_journal_shows_an_agency_its_persons_and_their_cases_alone(book):
    north, south = book
    with transaction(ACTOR) as now:
        record(now, of_house("staff"), "people.user_made", {"user": 1})
    for each, persons in ((north, {"N1", "N2"}), (south, {"S1"})):
        with transaction(of_agency(each)):
            streams = set(JournalEntry.objects.values_list("stream", flat=True))
            allowed = {f"person:{named('person', ref)}" for ref in persons}
            allowed |= {f"case:{named('case', ref)}" for ref in persons}
            assert streams <= allowed and streams
            personal = set(JournalPersonal.objects.values_list("entry_id", flat=True))
            assert personal == set(JournalEntry.objects.filter(id__in=personal)
                                   .values_list("id", flat=True))  # fmt: skip


@pytest.mark.parametrize("table", sorted(LENDERS))
def test_what_is_the_lenders_alone_shows_an_agency_nothing(book, table):
    assert rows(of_agency(book[0]), table) == 0


@pytest.mark.parametrize(
    "table", sorted(t for t in PERSONAL if t.startswith(("people_", "loans_", "cases_")))
)
def test_an_agency_writes_nothing_of_the_book(book, table):
    north, _ = book
    with transaction(of_agency(north)), connection.cursor() as cursor:
        column = select(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " ORDER BY attnum LIMIT 1", [table],
        )[0]["attname"]  # fmt: skip
        cursor.execute(f'UPDATE {table} SET "{column}" = "{column}"')
        assert cursor.rowcount == 0
        cursor.execute(f"DELETE FROM {table}")
        assert cursor.rowcount == 0
    assert "N1" in owners(ACTOR, table)


def test_an_agency_cannot_write_about_a_person_of_another(book):
    north, _ = book
    stranger = named("person", "S1")
    with transaction(of_agency(north)) as now:
        with pytest.raises(DatabaseError), atomic():
            Hold.objects.create(
                id=uuid7(now.now), person_id=stranger, kind="other", from_at=now.now,
                source="staff", reason="r", opened_by="x", opened_at=now.now,
            )  # fmt: skip
        with pytest.raises(NotFound):
            gate(now, call_of(stranger, "north"))
        assert Standing.objects.filter(person_id=stranger).update(in_charge="north") == 0


def test_an_agency_acts_through_the_gate_towards_its_own(book):
    north, _ = book
    person = named("person", "N1")
    with at(NOON + timedelta(days=1), actor=machine_of(north)) as now:
        allowed = gate(now, call_of(person, "north"), spend=True)
        assert isinstance(allowed, Allowed), allowed
        assert Contact.objects.filter(id=allowed.contact_id).exists()
        assert Verdict.objects.filter(id=allowed.verdict_id).exists()


def test_the_budget_counts_what_the_agency_cannot_see(book):
    """A contact of the same human under another reference counts, and a hold there stops."""
    north, _ = book
    one, other = (debtor(ref, national_id="11010519800517001X") for ref in ("T1", "T2"))
    through(drawn(person_refs=["T1"]))
    with at() as now:
        Standing.objects.filter(person_id=one).update(agency_announced=True)
        for minutes in (10, 20, 30, 40):  # more answered calls than a day allows
            begun = NOON - timedelta(minutes=minutes)
            Contact.objects.create(
                id=uuid7(now.now), person_id=other, act="call_human", purpose="collect",
                channel="phone", party="borrower", organisation="lender", initiator="us",
                source="reported", started_at=begun, received_at=begun, connected=True,
                conversation=True, closed_at=begun, recorded_by="x",
            )  # fmt: skip
        gate(now, intent(other))  # gives them their row: both share one budget
    with at(actor=machine_of(north)) as now:
        answer = gate(now, call_of(one, "north"))
        facts = Verdict.objects.get(id=answer.verdict_id).facts
    assert facts["calls_connected_today"] == 4
    do(open_hold, ACTOR, person_ref="T2", kind="dispute", source="person", reason="not mine")
    with at(actor=machine_of(north)) as now:
        assert not Hold.objects.filter(person_id=other).exists()
        answer = gate(now, call_of(one, "north"))
        assert Verdict.objects.get(id=answer.verdict_id).facts["hold_dispute"] is True


def test_guessed_ids_lead_nowhere(book):
    north, _ = book
    actor = of_agency(north)
    for person in ("S1", "own"):
        with pytest.raises(NotFound):
            person_page(actor, named("person", person), AS_OF)
        with pytest.raises(NotFound):
            person_page(actor, person, AS_OF)
        with pytest.raises(NotFound):
            case(actor, named("case", person))
    assert {row.person_ref for row in list_cases(actor).rows} == {"N1", "N2"}
    assert list_cases(actor).total == 2
    assert person_page(actor, "N1", AS_OF).person.person_ref == "N1"


def test_a_recall_takes_the_sight_away_at_once(book):
    north, _ = book
    do(recall, HEAD, organisation="north", person_refs=["N1"], reason="r")
    assert owners(of_agency(north), "people_person") == {"N2"}
    with pytest.raises(NotFound):
        case(of_agency(north), named("case", "N1"))


def test_a_transaction_of_another_scope_inside_is_refused(book):
    north, south = book
    with transaction(of_agency(north)), pytest.raises(NestedScope), transaction(of_agency(south)):
        pass
    with transaction(of_agency(north)), pytest.raises(NestedScope), transaction(ACTOR):
        pass


@pytest.mark.parametrize("scope", ["agency:", "agency:lender", "agency:x' OR 'a'='a", "lender ",
                                   "LENDER", "agency"])  # fmt: skip
def test_a_scope_that_is_none_sees_nothing(book, scope):
    actor = Actor("staff", "0", scope)
    # What is no id of an agency fails the query, and shows nothing either.
    with suppress(DatabaseError):
        assert rows(actor, "people_person") == 0
