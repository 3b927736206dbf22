"""Personal data at rest: nothing readable in the database, found by hash, sealed anew."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from conduct_people import _case
from django.conf import settings
from django.db import connection

from arrears.cases.exports.actions import ask, fetch
from arrears.cases.queries import CaseFilter, list_cases
from arrears.kernel.errors import BadInput, ConfigError
from arrears.loans.actions import keys, mend, push_loans, push_persons
from arrears.loans.models import Loan, SetAsideRow
from arrears.loans.queries import loan, set_aside_row
from arrears.loans.sealed import SEALED_TABLES
from arrears.people.access.table import TABLE
from arrears.people.models import Person
from arrears.people.queries import person, persons_found
from arrears.store.actor import LENDER, Actor, system
from arrears.store.sealed import keyed, place, reseal
from arrears.store.sealed.cipher import Damaged
from arrears.store.sealed.filling import fill
from arrears.store.transactions import transaction

ACTOR = system("test")
CORE = Actor("machine", "core", LENDER, frozenset({"people.push", "loans.push"}))
PHONE, NATIONAL, EMAIL = "+86 138-1234-5678", "11010119900307871X", "wang.mei@example.org"
CONTRACT, NOTE = "HT-2024-000012345678", "his mother 13987654321"
WRONG = {"phone": "+8613511112222", "national_id": "350203198112250022"}
SECRETS = (PHONE, "13812345678", NATIONAL, EMAIL, CONTRACT, "13987654321", *WRONG.values())
_numbers = iter(range(1, 1_000_000))


def staff(role: str, ref: str = "7") -> Actor:
    return Actor("staff", ref, LENDER, TABLE.held[role], role)


COLLECTOR, HEAD = staff("collector"), staff("head_of_collections", "8")


def row(ref: str, **given: object) -> dict[str, object]:
    return {"person_id": ref, "name": f"name {ref}", "jurisdiction": "CN", **given}


def lent(ref: str, who: str, **given: object) -> dict[str, object]:
    terms = {"product": "online_consumer", "creditor_type": "bank", "currency": "CNY",
             "principal_minor": 9_000, "annual_rate_bps": 1200, "disbursed_on": date(2025, 1, 1),
             "grace_days": 0}  # fmt: skip
    part = {"seq": 1, "due_on": date(2025, 2, 1), "principal_minor": 9_000, "interest_minor": 0,
            "fee_minor": 0}  # fmt: skip
    return {"loan_id": ref, "person_id": who, **terms, "instalments": [part], **given}


def push(*rows: dict[str, object]) -> None:
    push_persons(CORE, f"p-{next(_numbers)}", rows=rows)


@pytest.fixture
def book(db):
    """P-1 with all that is sealed, P-2 with other numbers, Q set aside with its numbers."""
    wrong = row("Q", birth_on=date(2199, 1, 1), note=NOTE, **WRONG)
    push(row("P-1", phone=PHONE, national_id=NATIONAL, email=EMAIL, note=NOTE),
         row("P-2", phone="+8613512349999", national_id="110101198001010011"), wrong)  # fmt: skip
    push_loans(CORE, f"l-{next(_numbers)}", rows=[lent("L-1", "P-1", contract_no=CONTRACT)])
    with transaction(ACTOR):
        for ref in ("P-1", "P-2"):
            _case(Person.objects.get(person_ref=ref), [])


def readable() -> list[str]:
    """The tables in which one of the secrets can be read, with the secret."""
    found = []
    with transaction(ACTOR), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE (n.nspname = 'public' OR n.oid = pg_my_temp_schema())"
            " AND relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT')"
        )
        for (table,) in cursor.fetchall():
            for secret in SECRETS:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0', [secret]
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}: {secret}")
    return found


def refs(page) -> list[str]:
    return [case.person_ref for case in page.rows]


def test_what_identifies_stands_nowhere_in_the_database(book):
    assert readable() == []
    with transaction(ACTOR):
        aside = SetAsideRow.objects.get(table="persons")
    answer = mend(
        Actor("staff", "7", LENDER, frozenset({"data.mend"})), f"m-{next(_numbers)}",
        row_id=str(aside.id), row={"birth_on": "2198-01-01", "phone": SECRETS[0]},
    )  # fmt: skip
    assert answer["mended"] is False
    assert readable() == []
    with transaction(ACTOR):  # and the search does find what can be read
        Person.objects.filter(person_ref="P-2").update(name=f"of {PHONE}")
    assert readable() == [f"people_person: {PHONE}"]


def test_pages_and_exports_open_what_the_table_lets_them_show(book):
    view = person(COLLECTOR, "P-1")
    assert (view.phone[:3], view.phone[-4:], view.email[-12:]) == ("+86", "5678", "@example.org")
    assert person(ACTOR, "P-1").national_id.startswith("110")
    assert loan(COLLECTOR, "L-1").loan.contract_no.endswith(CONTRACT[-4:])
    assert CONTRACT not in repr(loan(COLLECTOR, "L-1"))
    asked = ask(HEAD, "e-1", kind="persons", form="csv", which={}, reason="for the yearly audit")
    content = fetch(HEAD, asked["export"]).content.decode()
    assert "5678" in content and "s1." not in content and not any(s in content for s in SECRETS)
    with transaction(ACTOR):
        aside = SetAsideRow.objects.get(table="persons")
    detail = set_aside_row(ACTOR, aside.id)
    assert "s1." not in repr(detail)
    # From whom a field is hidden, it is not even opened.
    with transaction(ACTOR):
        Person.objects.filter(person_ref="P-1").update(phone="s1.damaged")
    hidden = Actor("staff", "9", LENDER, frozenset({"people.read"}), "hr")
    assert person(hidden, "P-1").phone is None


SOUGHT = {
    "13812345678": ["P-1"],
    "+8613812345678": ["P-1"],
    "0086 138 1234 5678": ["P-1"],
    " (+86) 138-1234-5678": ["P-1"],
    "１３８１２３４５６７８": ["P-1"],
    "11010119900307871x": ["P-1"],
    "110101 19900307 871X": ["P-1"],
    "ht-2024-000012345678": ["P-1"],
    "HT2024000012345678": ["P-1"],
    "13512349999": ["P-2"],
    "1381234567": [],  # one digit short
    "12345678": [],  # the end alone
    "110101199003078719": [],
    "000012345678": [],
    "1" * 500: [],
    "' OR 1=1 -- 1381234567": [],
    "P-1": ["P-1"],
}


def test_a_search_finds_a_number_however_it_is_written_and_whole(book):
    found = {text: refs(list_cases(COLLECTOR, CaseFilter(text=text))) for text in SOUGHT}
    assert found == SOUGHT


def test_whoever_may_not_know_a_field_finds_nobody_by_it(book):
    nobody = Actor("staff", "9", LENDER, frozenset({"cases.read", "people.read"}), "hr")
    assert refs(list_cases(nobody, CaseFilter(text="13812345678"))) == []
    assert persons_found(nobody, phone="13812345678") == ()


def test_persons_are_found_by_number_through_the_api_query(book):
    assert [p.person_ref for p in persons_found(ACTOR, phone="138 1234 5678")] == ["P-1"]
    assert [p.person_ref for p in persons_found(ACTOR, national_id=NATIONAL.lower())] == ["P-1"]
    assert persons_found(ACTOR, phone="13812345678", national_id="110101198001010011") == ()
    (one,) = persons_found(COLLECTOR, phone="13812345678")
    assert PHONE not in repr(one) and one.phone.endswith("5678")
    for wrong in ({}, {"phone": " - "}, {"phone": ""}, {"phone": "13812345678", "national_id": ""}):
        with pytest.raises(BadInput, match="no number to look for"):
            persons_found(ACTOR, **wrong)


def test_an_unchanged_person_is_not_written_and_a_changed_one_is(book):
    def stored() -> tuple[object, ...]:
        with transaction(ACTOR):
            names = ("phone", "email", "national_id", "extra", "updated_at", "sealed_hmac")
            return Person.objects.values_list(*names).get(person_ref="P-1")

    before = stored()
    same = row("P-1", phone=PHONE, national_id=NATIONAL, email=EMAIL, note=NOTE)
    push(same)
    assert stored() == before
    for change in ({"phone": "13812345678"}, {"email": None}, {"note": "moved"}):
        push(same | change)
        after = stored()
        assert after[-1] != before[-1] and after[0] != before[0]
        before = after
    push(row("P-1"))
    assert stored()[:3] == (None, None, None)
    assert refs(list_cases(COLLECTOR, CaseFilter(text="13812345678"))) == []


def test_values_put_into_another_row_or_column_do_not_open(book):
    with transaction(ACTOR):
        one, other = (Person.objects.get(person_ref=ref) for ref in ("P-1", "P-2"))
        Person.objects.filter(person_ref="P-1").update(phone=other.phone)
        Person.objects.filter(person_ref="P-2").update(national_id=one.phone)
        Loan.objects.filter(loan_ref="L-1").update(contract_no=one.email)
    for read in (lambda: person(ACTOR, "P-1"), lambda: person(ACTOR, "P-2"),
                 lambda: loan(ACTOR, "L-1")):  # fmt: skip
        with pytest.raises(Damaged, match="does not open"):
            read()


@pytest.fixture
def own_keys(tmp_path, monkeypatch):
    """Keys of the test's own, which it may lose."""
    config = settings.ARREARS
    place_ = tmp_path / "home"
    monkeypatch.setattr(settings, "ARREARS", type(config)(home=place_))
    return place_


def test_a_change_of_the_key_seals_all_anew_and_the_old_one_may_go(own_keys, book, monkeypatch):
    (old,) = keys.held(ACTOR)
    monkeypatch.setattr(reseal, "BATCH_ROWS", 1)
    new = keys.rotate(ACTOR)
    push(row("P-3", phone="+8613600001111"))  # while old and new lie side by side
    assert set(keys.held(ACTOR)) == {old, new}

    class Stopped(Exception):
        pass

    def stop(table: str, rows: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        keys.reseal_all(ACTOR, stop)
    assert set(keys.held(ACTOR)) == {old, new}
    assert person(ACTOR, "P-1").phone.endswith("5678")
    assert person(ACTOR, "P-2").phone.endswith("9999")
    assert keys.reseal_all(ACTOR) > 0
    assert set(keys.held(ACTOR)) == {new}
    assert keys.reseal_all(ACTOR) == 0
    (own_keys / "keys" / "personal" / f"{old}.key").unlink()
    place._opener.cache_clear()
    assert person(ACTOR, "P-1").phone.endswith("5678")
    assert loan(ACTOR, "L-1").loan.contract_no.endswith("5678")
    assert refs(list_cases(COLLECTOR, CaseFilter(text="13812345678"))) == ["P-1"]
    with transaction(ACTOR):
        aside = SetAsideRow.objects.get(table="persons")
    assert set_aside_row(ACTOR, aside.id).row.row["phone"] is not None
    assert readable() == []


def test_a_lost_key_is_said_and_never_replaced_in_silence(own_keys, book):
    shutil.move(own_keys / "keys", own_keys / "away")
    place._opener.cache_clear()
    for act in (lambda: person(ACTOR, "P-1"), lambda: keys.reseal_all(ACTOR),
                lambda: keys.rotate(ACTOR), lambda: push(row("P-9", phone=PHONE))):  # fmt: skip
        with pytest.raises(ConfigError, match="bring the folder of keys back"), transaction(ACTOR):
            act()
    shutil.rmtree(own_keys / "keys", ignore_errors=True)
    shutil.move(own_keys / "away", own_keys / "keys")
    place._opener.cache_clear()
    push(row("P-9", phone=PHONE))
    assert person(ACTOR, "P-9").phone.endswith("5678")


def test_another_key_of_the_hashes_is_refused(own_keys, book):
    (own_keys / "secrets" / keyed.NAME).write_text("ab" * keyed.BYTES + "\n")
    keyed._key.cache_clear()
    with pytest.raises(ConfigError, match="hashes is not the one"):
        push(row("P-9", phone=PHONE))
    keyed._key.cache_clear()


@contextmanager
def without_constraints(owner: psycopg.Connection) -> Iterator[None]:
    """As a database of the last release was: what is plain now may stand there."""
    checks = {}
    for table in ("people_person", "loans_loan"):
        name = f"{table}_sealed"
        (checks[table],) = owner.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
        ).fetchone()
        owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, check in checks.items():
        owner.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_sealed {check}")


def test_a_database_of_the_last_release_is_sealed_where_it_stands(committed_db, monkeypatch):
    push(row("P-1", note=NOTE), row("Q", birth_on=date(2199, 1, 1), **WRONG))
    push_loans(CORE, f"l-{next(_numbers)}", rows=[lent("L-1", "P-1")])
    with committed_db.owner() as owner, without_constraints(owner):
        with transaction(ACTOR), connection.cursor() as cursor:
            Person.objects.update(phone=PHONE, national_id=NATIONAL, email=EMAIL, phone_hmac=None,
                                  extra={"note": NOTE})  # fmt: skip
            Loan.objects.update(contract_no=CONTRACT, extra=None)
            cells = {"person_id": "Q", **WRONG, "_extra": json.dumps({"note": NOTE})}
            SetAsideRow.objects.update(row=cells, mended_row=cells, text=f"found {WRONG['phone']}")
            point = {"person_id": "P-1", "kind": "phone", "value": PHONE}
            cursor.execute(
                'INSERT INTO loans_kept_row (id, tape_id, "table", key, row)'
                " SELECT gen_random_uuid(), id, 'contact_points', %s, %s::jsonb FROM loans_tape"
                " LIMIT 1",
                [f"P-1\x1ephone\x1e{PHONE}", json.dumps(point)],
            )
        assert len(readable()) >= 8
        monkeypatch.setattr(reseal, "BATCH_ROWS", 1)
        for _ in range(2):  # again, it does nothing
            fill(connection, SEALED_TABLES)
    assert readable() == []
    assert set(keys.held(ACTOR)) == {place.ring().current_id()}
    assert person(ACTOR, "P-1").phone.endswith("5678")
    assert [p.person_ref for p in persons_found(ACTOR, phone="13812345678")] == ["P-1"]
    assert loan(ACTOR, "L-1").loan.contract_no.endswith("5678")
    with transaction(ACTOR):
        aside = SetAsideRow.objects.get(table="persons")
        assert WRONG["phone"] not in aside.text
    assert set_aside_row(ACTOR, aside.id).row.row["person_id"] == "Q"
