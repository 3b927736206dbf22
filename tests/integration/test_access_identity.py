"""No page, file or answer of the API shows more of a person than the access table says.

Whoever adds a page need not name it here: pages are found by following every link.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from api_calls import Caller, operations
from console_book import Book
from django.test import Client
from django.urls import Resolver404, resolve
from placements_book import agency, drawn, lines, through, when
from sealed_person import describe

from arrears.journal.queries import entries_of
from arrears.journal.streams import of_person
from arrears.kernel.ids import named, uuid7
from arrears.loans.models import Loan, SetAsideRow, Tape
from arrears.loans.sealed import ASIDE, CONTRACT, aside_cells, aside_key
from arrears.people.access import TABLE
from arrears.people.access.actions import reveal
from arrears.people.access.queries import who_looked
from arrears.people.actions import add_staff, create_user
from arrears.people.models import User
from arrears.people.queries import staff_actor
from arrears.people.roles import CLIENT_SCOPES, ROLES
from arrears.store import clock
from arrears.store.actor import system
from arrears.store.sealed.cells import seal_cells
from arrears.store.sealed.place import sealer
from arrears.store.transactions import transaction

ADMIN = system("test")
WHO = named("person", "p1")
BORN = date(1977, 3, 9)
IDENTITY = {
    "phone": "+8613912345678",
    "email": "unmistakable@example.org",
    "national_id": "110101197703090017",
    "birth_on": "1977-03-09",
    "address": "上海市徐汇区漕溪北路1234号",
    "contract_no": "CN-7788990011-X",
}
WRONG = "13912345678x"  # a phone number that failed a check
EXTRA = "六一二三四五"  # in a column that the contract does not know
# Read once by each role: no page of the rules is about anybody.
ONCE = {"console:rules", "console:rule-pack", "console:rule", "console:rule-coverage",
        "console:calendar"}  # fmt: skip


@dataclass
class Visit:
    """What somebody found who followed every link."""

    pages: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def known(console_book: Book, django_db_blocker) -> Iterator[list[str]]:
    """The console's book with one person of whom everything is known; where they stand."""
    with django_db_blocker.unblock():
        with when():
            agency("north")
            batch = drawn(ref="north", person_refs=["p1"])
            assert through(batch)["persons"] == 1, lines(batch)
        for role in (role.name for role in TABLE.roles.values() if role.of == "agency"):
            add_staff(
                ADMIN, f"identity {role}", organisation="north", display_name=role,
                badge_no=f"N-{role}", joined_on=date(2020, 1, 1), username=role,
            )  # fmt: skip
        with transaction(ADMIN):
            person = {**IDENTITY, "birth_on": BORN, "latitude": 31.17654321,
                      "longitude": 121.43217654}  # fmt: skip
            contract_no = person.pop("contract_no")
            describe(WHO, **person)
            for loan in Loan.objects.filter(person_id=WHO):
                loan.contract_no = sealer().seal(CONTRACT, loan.loan_ref, contract_no)
                loan.save()
            rows = [_row(n, *each) for n, each in enumerate(_aside(), start=1)]
        create_user(ADMIN, "other", "Other", "supervisor", "correct horse battery")
        supervisor = staff_actor(User.objects.get(username="other"))
        why = f"Called back from {IDENTITY['phone'][3:]}, is that theirs?"
        reveal(supervisor, "identity-2", person_id=WHO, field="email", reason=why)
        entries = entries_of(ADMIN, of_person(WHO)).rows
        yield [
            *(path for path in console_book.screens.values() if "/rules/" not in path),
            *(f"/data/set-aside/{row}/" for row in rows),
            *(f"/journal/{entry.id}/" for entry in entries),
            f"/journal/?stream=person:{WHO}",
        ]


def _aside() -> list[tuple[str, dict[str, Any], str]]:
    person = {**IDENTITY, "person_id": "p1", "name": "姓名 p1", "phone": WRONG,
              "_extra": json.dumps({"maiden": EXTRA}, ensure_ascii=False)}  # fmt: skip
    del person["contract_no"]
    point = {"person_id": "p1", "kind": "phone", "value": IDENTITY["phone"], "status": "odd"}
    loan = {"loan_id": "L1", "person_id": "p1", "contract_no": IDENTITY["contract_no"]}
    shape = {"_shape": f"p1,{IDENTITY['national_id']},{IDENTITY['phone']}"}
    return [
        ("persons", person, f"phone: expected a phone number, found {WRONG}"),
        ("contact_points", point, f"expected another key than {IDENTITY['phone']}"),
        ("loans", loan, f"contract_no: found {IDENTITY['contract_no']}"),
        ("persons", shape, f"expected as many fields as the header has, found {shape['_shape']}"),
    ]


def _row(number: int, table: str, row: dict[str, Any], text: str) -> UUID:
    tape = Tape.objects.order_by("received_at").first()
    row = seal_cells(sealer(), ASIDE, aside_key(tape.id, table, None, 900 + number), row)
    return SetAsideRow.objects.create(
        id=uuid7(clock.now()), tape=tape, table=table,
        row_number=900 + number, key="p1" if table == "persons" else f"p1\x1f{text[-14:]}",
        loan_ref=row.get("loan_id"), person_ref="p1", reason="text.shape", text=text, row=row,
        state="open",
    ).id  # fmt: skip


_FOUND: dict[str, Visit] = {}


def visited(role: str, first: list[str]) -> Visit:
    """What a role finds; walked once."""
    if role not in _FOUND:
        _FOUND[role] = _walked(role, first)
    return _FOUND[role]


def _walked(role: str, first: list[str]) -> Visit:
    client = Client(raise_request_exception=False)
    client.cookies["django_language"] = "en"
    client.force_login(User.objects.get(username=role))
    found, waiting, met = Visit(), ["/today/", "/account/", *first], set()
    while waiting:
        path = waiting.pop(0)
        try:
            kind = resolve(path.partition("?")[0]).view_name
        except Resolver404:
            continue
        # Of pages about one thing two are looked at, of a list one, unless a test names them.
        enough = 1 if kind in ONCE or "-" not in path else 2
        if path in met or (found.kinds[kind] >= enough and path not in first):
            continue
        met.add(path)
        answer = client.get(path)
        assert answer.status_code < 500, path
        if "text/html" not in answer["Content-Type"]:
            continue
        found.pages[path] = html = unescape(answer.text)
        if answer.status_code == 200:
            found.kinds[kind] += 1
        links = re.findall(r'(?:href|hx-get)="(/[^"#]*)', html)
        waiting += [link for link in links if not link.startswith(("/static/", "/api/"))]
    return found


def values_kept_from(role: str) -> dict[str, str]:
    """What may stand on no page that the role sees."""
    kept = {name: value for name, value in IDENTITY.items()
            if TABLE.exposure(role, name) != "shown"}  # fmt: skip
    if "phone" in kept:
        kept |= {"phone, inland": IDENTITY["phone"][3:], "phone, wrong": WRONG}
    if TABLE.exposure(role, "place") != "shown":
        kept |= {"latitude": "31.176543", "longitude": "121.432176"}
    if TABLE.exposure(role, "name") == "hidden":
        kept["name"] = "姓名 p1"
    return kept | {"unknown column": EXTRA}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_page_shows_a_role_what_the_table_keeps_from_it(known: list[str], role: str):
    found = visited(role, known)
    shown = {
        (path, name)
        for path, html in found.pages.items()
        for name, value in values_kept_from(role).items()
        if value in html
    }
    assert shown == set()
    assert len(found.kinds) > 3  # somewhere at least everybody may go


def test_the_pages_are_there_and_masked(known: list[str]):
    found = visited("compliance", known)
    person = found.pages[f"/people/{WHO}/"]
    assert "+86" in person
    assert "1977-••-••" in person
    assert {"case", "person", "loan", "when", "looked", "set-aside-row", "entry", "journal"} <= {
        kind.removeprefix("console:") for kind in found.kinds
    }
    aside = [html for path, html in found.pages.items() if path.startswith("/data/set-aside/0")]
    assert any("phone: expected a phone number, found 139" in html for html in aside)
    assert any("found •••" in html for html in aside)


ABOUT_ONE = {
    "console:person": f"/people/{WHO}/",
    "console:when": f"/people/{WHO}/when/",
    "console:looked": f"/people/{WHO}/looked/",
    "console:loan": f"/loans/{named('loan', 'L1')}/",
}


def _pages_about(known: list[str], console_book: Book) -> dict[str, str]:
    aside = [path for path in known if re.match(r"/data/set-aside/\w", path)]
    return ABOUT_ONE | {
        "console:case": console_book.screens["case"],
        "console:set-aside-row": aside[-1],
        "console:entry": known[-2],
        "console:journal": f"/journal/?stream=person:{WHO}",
    }


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("console:person", "person"), ("console:case", "case"), ("console:loan", "loan"),
        ("console:when", "calendar"), ("console:looked", "reads"),
        ("console:set-aside-row", "set_aside"), ("console:entry", "record"),
        ("console:journal", "record"),
    ],
)  # fmt: skip
def test_every_page_about_one_person_is_a_read_on_record(known, console_book, kind, what):
    client = Client()
    client.force_login(User.objects.get(username="compliance"))
    before = who_looked(ADMIN, WHO).total
    assert client.get(_pages_about(known, console_book)[kind]).status_code == 200
    page = who_looked(ADMIN, WHO)
    assert page.total == before + 1
    newest = page.rows[0]
    assert (newest.what, newest.role, newest.staff) == (what, "compliance", "Compliance")


def test_a_page_that_was_refused_is_no_read(known):
    before = who_looked(ADMIN, WHO).total
    for role in ("hr", "officer"):
        client = Client()
        client.force_login(User.objects.get(username=role))
        for path in ABOUT_ONE.values():
            assert client.get(path).status_code in (403, 404)
    assert who_looked(ADMIN, WHO).total == before


def test_words_kept_with_an_entry_are_for_whom_the_table_says(known):
    """Compliance reads why; an administrator, who keeps the house running, does not."""
    (revealed,) = [e for e in entries_of(ADMIN, of_person(WHO), 1, 200).rows
                   if e.kind == "people.revealed"]  # fmt: skip
    assert IDENTITY["phone"][3:] in str(revealed.personal)  # it stays on record as it was said
    for role, shown in (("compliance", True), ("administrator", False)):
        client = Client()
        client.force_login(User.objects.get(username=role))
        page = client.get(f"/journal/{revealed.id}/").text
        assert ("is that theirs?" in page) == shown
        assert IDENTITY["phone"][3:] not in page
        reads = who_looked(staff_actor(User.objects.get(username=role)), WHO, 1, 200).rows
        (reason,) = [look.reason for look in reads if look.what == "reveal"]
        assert reason == ("Called back from +86•••••••5678, is that theirs?" if shown else "•••")


def test_no_answer_of_the_api_shows_a_program_what_the_table_keeps_from_it(known, console_book):
    client = Caller.with_scopes(*CLIENT_SCOPES)
    case_id = console_book.screens["case"].split("/")[2]
    with transaction(ADMIN):
        tape_id = Tape.objects.order_by("received_at").first().id
    given = {"case_id": case_id, "tape_id": str(tape_id), "person_id": "p1", "person_ref": "p1",
             "loan_id": "L1", "loan_ref": "L1"}  # fmt: skip
    answers = {}
    for method, path, _ in operations():
        if method == "get":
            filled = re.sub(r"{(\w+)}", lambda m: given.get(m[1], str(WHO)), path)
            answer = client.get(filled)
            assert answer.status_code < 500, path
            answers[path] = (answer.status_code, json.dumps(answer.json(), ensure_ascii=False))
    kept = values_kept_from("machine").values()
    assert {path for path, (_, text) in answers.items() for v in kept if v in text} == set()
    told = [path for path, (status, text) in answers.items() if status == 200 and "•" in text]
    assert len(told) >= 2, {path: status for path, (status, _) in answers.items()}


def test_a_masked_cell_left_alone_stays_and_one_that_is_emptied_is_empty(known):
    """Who may mend need not see: what is masked and not typed anew is taken as it was received."""
    client = Client()
    client.force_login(User.objects.get(username="engineer"))
    with transaction(ADMIN):
        row = SetAsideRow.objects.get(person_ref="p1", text__contains="a phone number")
    page = client.get(f"/data/set-aside/{row.id}/").text
    assert f'placeholder="{IDENTITY["email"][0]}•••@example.org"' in page
    sent = {f"cell.{name}": "" for name in ("email", "national_id", "address", "phone")}
    sent |= {"cell.person_id": "p1", "cell.language": "not a language", "empty.phone": "on"}
    client.post(f"/data/set-aside/{row.id}/", {**sent, "command_id": "identity-mend"})
    with transaction(ADMIN):
        row.refresh_from_db()
    mended = aside_cells(row)
    assert mended["email"] == IDENTITY["email"]
    assert mended["national_id"] == IDENTITY["national_id"]
    assert mended["phone"] is None
    assert mended["language"] == "not a language"
