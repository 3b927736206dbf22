"""Exports: masked, marked, safe to open, approved by a second person, fetched once, on record."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from conduct_people import debtor
from django.db import IntegrityError
from django.test import Client

from arrears.cases.exports.actions import Fetched, approve, ask, fetch, refuse
from arrears.cases.exports.models import Export
from arrears.cases.exports.queries import exports
from arrears.journal.queries import entries, entries_of
from arrears.journal.streams import of_person
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import (
    ArrearsError,
    BadInput,
    Conflict,
    IllegalTransition,
    NotAllowed,
    NotFound,
)
from arrears.people.access import TABLE
from arrears.people.actions import create_user
from arrears.people.models import User
from arrears.store import clock
from arrears.store.actor import LENDER, Actor, system
from arrears.store.transactions import transaction

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
WHY = "The yearly review of the agency's work."
PHONE, NATIONAL = "+8613800138000", "110101199003070010"


def staff(role: str, ref: str = "7") -> Actor:
    return Actor("staff", ref, LENDER, TABLE.held[role], role)


HEAD, COMPLIANCE = staff("head_of_collections"), staff("compliance", "8")


@pytest.fixture
def book(db, monkeypatch) -> Iterator[None]:
    with clock.use(FixedClock(NOW)):
        debtor("A", name="王梅", phone=PHONE, national_id=NATIONAL)
        debtor("B", name='=HYPERLINK("http://x")')
        debtor("C", name="+1 and @cmd")
        yield


def asked(actor: Actor = HEAD, key: str = "1", **changed: object) -> dict[str, object]:
    given = {"kind": "cases", "form": "csv", "which": {}, "reason": WHY}
    return ask(actor, key, **{**given, **changed})


def lines(made: Fetched) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def few(monkeypatch) -> None:
    """Two rows are as many as one person may let out alone."""
    _table(monkeypatch, second_person_above_rows=2)


def _table(monkeypatch, **changed: int) -> None:
    import dataclasses

    from arrears.cases.exports import actions

    monkeypatch.setattr(actions, "TABLE", dataclasses.replace(TABLE, **changed))


def test_a_small_list_is_fetched_once_by_who_asked(book):
    result = asked()
    assert (result["state"], result["rows"]) == ("approved", 3)
    made = fetch(HEAD, result["export"])
    assert made.sha256 == hashlib.sha256(made.content).hexdigest()
    mark, head, *rows = lines(made)
    assert str(result["export"]) in mark[0]
    assert "staff:7" in mark[0]
    assert head[:2] == ["person_ref", "person_name"]
    assert sorted(row[0] for row in rows) == ["A", "B", "C"]
    assert {row[-1] for row in rows} == {str(result["export"])}
    with pytest.raises(IllegalTransition):
        fetch(HEAD, result["export"])


def test_a_cell_that_looks_like_a_formula_is_text(book):
    rows = lines(fetch(HEAD, asked()["export"]))[2:]
    names = {row[0]: row[1] for row in rows}
    assert names["B"] == '\'=HYPERLINK("http://x")'
    assert names["C"] == "'+1 and @cmd"
    assert names["A"] == "王梅"


def test_identity_is_masked_in_every_export(book):
    for form in ("csv", "parquet"):
        made = fetch(HEAD, asked(key=form, kind="persons", form=form)["export"])
        assert PHONE.encode() not in made.content
        assert NATIONAL.encode() not in made.content
    row = next(row for row in lines(fetch(HEAD, asked(key="3", kind="persons")["export"]))[2:]
               if row[0] == "A")  # fmt: skip
    assert "110•••" in row[4]
    assert row[5] == "1980-••-••"
    for row in lines(fetch(HEAD, asked(key="4", kind="persons")["export"]))[2:]:
        assert "南京路1号" not in row


def test_parquet_bears_its_mark_in_the_metadata_and_in_every_row(book):
    result = asked(form="parquet")
    made = fetch(HEAD, result["export"])
    table = pq.read_table(io.BytesIO(made.content))
    kept = table.schema.metadata[b"arrears.watermark"].decode()
    assert str(result["export"]) in kept
    assert "staff:7" in kept
    assert set(table["export_id"].to_pylist()) == {str(result["export"])}
    assert sorted(table["person_ref"].to_pylist()) == ["A", "B", "C"]
    assert all(isinstance(value, int) for value in table["overdue_minor"].to_pylist())


def test_above_a_size_a_second_person_approves_first(book, few):
    result = asked()
    assert result["state"] == "asked"
    with pytest.raises(IllegalTransition):
        fetch(HEAD, result["export"])
    with pytest.raises(NotAllowed):
        approve(HEAD, "a1", export_id=result["export"])
    with pytest.raises(NotAllowed):
        approve(staff("supervisor", "9"), "a2", export_id=result["export"])
    assert approve(COMPLIANCE, "a3", export_id=result["export"])["state"] == "approved"
    with pytest.raises(NotFound):  # it is handed to who asked, not to who approved
        fetch(COMPLIANCE, result["export"])
    assert fetch(HEAD, result["export"]).content


def test_what_was_refused_stays_so(book, few):
    result = asked()
    assert refuse(COMPLIANCE, "r", export_id=result["export"])["state"] == "refused"
    for act in (
        lambda: fetch(HEAD, result["export"]),
        lambda: approve(COMPLIANCE, "a", export_id=result["export"]),
    ):
        with pytest.raises(IllegalTransition):
            act()


def test_the_database_knows_too_that_two_are_two(book, few):
    result = asked()
    with pytest.raises(IntegrityError), transaction(HEAD):
        Export.objects.filter(id=result["export"]).update(decided_by="staff:7")


def test_an_export_expires(book, few):
    result = asked()
    with clock.use(FixedClock(NOW + timedelta(hours=TABLE.expires_after_hours))):
        with pytest.raises(Conflict):
            approve(COMPLIANCE, "a", export_id=result["export"])
        assert exports(HEAD).rows[0].expired
    approve(COMPLIANCE, "b", export_id=result["export"])
    with (
        clock.use(FixedClock(NOW + timedelta(hours=TABLE.expires_after_hours))),
        pytest.raises(Conflict),
    ):
        fetch(HEAD, result["export"])


def test_what_leaves_is_what_was_asked_for(book):
    result = asked()
    debtor("D")
    with pytest.raises(Conflict, match="changed"):
        fetch(HEAD, result["export"])
    assert exports(HEAD).rows[0].state == "approved"


def test_a_role_taken_away_meanwhile_fetches_nothing(book):
    result = asked()
    demoted = Actor("staff", "7", LENDER, TABLE.held["collector"], "collector")
    with pytest.raises(NotAllowed):
        fetch(demoted, result["export"])


def test_each_person_in_it_finds_that_their_row_left(book):
    person = debtor("E")
    result = asked()
    assert entries_of(system("test"), of_person(person)).total == 0
    made = fetch(HEAD, result["export"])
    (entry,) = entries_of(system("test"), of_person(person)).rows
    assert entry.kind == "people.read"
    assert entry.data == {
        "role": "head_of_collections", "scope": LENDER, "what": "export",
        "export": str(result["export"]),
    }  # fmt: skip
    kinds = {e.kind: e.data for e in entries(system("test"), kind="cases").rows}
    assert set(kinds) == {"cases.export_asked", "cases.export_fetched"}
    assert kinds["cases.export_fetched"]["sha256"] == made.sha256


@pytest.mark.parametrize("role", sorted(TABLE.roles))
@pytest.mark.parametrize("kind", ["cases", "persons"])
def test_each_role_exports_what_the_table_says(book, role, kind):
    need = {"cases": {"cases.export"}, "persons": {"cases.export", "people.export"}}[kind]
    actor = staff(role)
    if need <= TABLE.held[role]:
        result = asked(actor, kind=kind)
        _mark, head, *rows = lines(fetch(actor, result["export"]))
        assert len(rows) == 3
        hidden = {f for f, field in TABLE.fields.items() if field.seen[role] == "hidden"}
        assert not hidden & set(head)
    else:
        with pytest.raises(NotAllowed):
            asked(actor, kind=kind)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "staff"},
        {"form": "xlsx"},
        {"reason": "because"},
        {"reason": " " * 30},
        {"which": {"sql": "1=1"}},
        {"which": {"text": "nobody is called this"}},
        {"which": {"state": "cured"}},
    ],
)
def test_an_export_that_cannot_be_is_refused(book, changed):
    with pytest.raises(BadInput):
        asked(**changed)
    assert exports(HEAD).total == 0


def test_a_list_too_long_is_refused(book, monkeypatch):
    _table(monkeypatch, most_rows=2)
    with pytest.raises(BadInput, match="list"):
        asked()


def test_one_sees_ones_own_exports_and_approvers_see_all(book):
    asked()
    asked(staff("supervisor", "9"), key="2")
    assert exports(COMPLIANCE).total == 2
    assert exports(staff("supervisor", "9")).total == 1
    with pytest.raises(NotAllowed):
        exports(staff("collector"))


def test_an_export_of_another_scope_is_not_there(book):
    result = asked()
    stranger = Actor("staff", "7", "agency:00000000-0000-0000-0000-000000000001",
                     TABLE.held["agency_manager"], "agency_manager")  # fmt: skip
    with pytest.raises(ArrearsError) as caught:
        fetch(stranger, result["export"])
    assert isinstance(caught.value, NotFound)


def test_a_list_is_asked_for_approved_and_fetched_on_the_console(book, few, client):
    for role in ("head_of_collections", "compliance"):
        create_user(system("test"), role, role, role, "correct horse battery", "en")
    client.cookies["django_language"] = "en"
    client.force_login(User.objects.get(username="head_of_collections"))
    page = client.get("/exports/?bucket=M2&state=open").text
    assert "Nothing was exported yet." in page
    assert 'name="bucket" value="M2"' in page
    short = client.post("/exports/", {"kind": "cases", "form": "csv", "reason": "short",
                                      "command_id": "x"})  # fmt: skip
    assert short.status_code == 422
    sent = {"kind": "cases", "form": "csv", "reason": WHY, "command_id": "c1"}
    told = client.post("/exports/", sent, follow=True).text
    assert "3 rows: a second person has to approve it." in told
    with transaction(system("test")):
        made = Export.objects.get()
    own = client.post(f"/exports/{made.id}/fetch/", follow=True).text
    assert "Ask for it anew" in own
    other = Client()
    other.cookies["django_language"] = "en"
    other.force_login(User.objects.get(username="compliance"))
    assert "Approve" in other.get("/exports/").text
    done = other.post(f"/exports/{made.id}/approve/", {"command_id": "c2"}, follow=True).text
    assert "Decided; it is on record." in done
    file = client.post(f"/exports/{made.id}/fetch/")
    assert file["Content-Disposition"] == f'attachment; filename="cases-{made.id}.csv"'
    assert file["Cache-Control"] == "no-store"
    assert "nosniff" in file["X-Content-Type-Options"]
    assert client.get(f"/exports/{made.id}/fetch/").status_code == 405
    assert client.post(f"/exports/{made.id}/fetch/", follow=True).redirect_chain
