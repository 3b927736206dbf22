"""The rooms of work and pay: who enters, what a bad form does, and that refusals are told."""

from __future__ import annotations

import re
from datetime import date
from http import HTTPStatus
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from commission_book import adopted, agency, loan, noon, pay, place, stated
from conduct_people import ACTOR, NOON
from django.test import Client
from keeping import allotted, case_of, keeper, kept, owing
from keeping import staff_id as id_of
from register_book import do, person_in_book

import arrears
from arrears.cases.exports.models import Export
from arrears.console.errors_told import SENTENCES
from arrears.kernel.clock import FixedClock
from arrears.people.actions import add_staff, add_team, create_user, join_team
from arrears.people.models import Staff, User
from arrears.placements.allotment.models import Allotment
from arrears.placements.commission.models import Scheme, SchemeProposal, Statement
from arrears.store import clock
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db
FIRST = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def noon_of_the_day():
    with clock.use(FixedClock(NOON)):
        yield


def user(role: str, badge: str | None = None, house: str = "lender", **told: object) -> Client:
    """Somebody of a role who is signed in, on the register if they have a badge."""
    name = f"{role}-{badge or 'x'}".lower()
    create_user(ACTOR, name, name, role, "correct horse battery")
    if badge and house == "lender":
        keeper(badge, username=name, **told)
    elif badge:
        add_staff(ACTOR, badge, organisation=house, display_name=badge, badge_no=badge,
                  joined_on=date(2026, 1, 5), username=name)  # fmt: skip
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(User.objects.get(username=name))
    return client


def posted(client: Client, address: str, **form: object) -> str:
    """The page that a form leads to."""
    answer = client.post(address, {"command_id": f"{uuid4()}", **form}, follow=True)
    assert answer.status_code == HTTPStatus.OK, (address, answer.status_code)
    return answer.text


def test_the_first_screen_is_the_queue_of_who_works_cases():
    for client, where in (
        (user("collector", "MEI"), "/queue/"),
        (user("collector"), "/today/"),
        (user("supervisor"), "/today/"),
        (user("hr"), "/rules/"),
        (Client(), "/today/"),
    ):
        assert client.get("/").headers["Location"] == where


@pytest.mark.parametrize("address", ["/queue/", "/queue/board/", "/queue/allotment/"])
def test_who_is_not_on_the_register_is_told_so(address: str):
    page = user("team_lead").get(address)
    assert page.status_code == HTTPStatus.OK
    assert "staff register" in page.text


def test_a_case_is_worked_from_its_page_and_a_stale_form_says_what_happened():
    mei, li = user("collector", "MEI"), user("collector", "LI", capacity=0)
    owing("p1")
    allotted()
    case = case_of("p1")
    assert "Take up" in mei.get(f"/cases/{case}/").text
    assert "Take up" not in li.get(f"/cases/{case}/").text
    assert "another team" in posted(li, f"/queue/cases/{case}/take-up/")
    assert "In your hands" in posted(mei, f"/queue/cases/{case}/take-up/")
    assert "Done for now" in mei.get(f"/cases/{case}/?from=work").text
    for wrong in ({"reason": " "}, {"reason": "x", "until_on": "soon"},
                  {"reason": "x", "until_on": "2020-01-01"}):  # fmt: skip
        page = posted(mei, f"/queue/cases/{case}/put-back/", **wrong)
        assert "note-danger" in page
        assert "In your hands" in page
    assert "it comes again on 2026-11-28" in posted(mei, f"/queue/cases/{case}/done/")
    assert "not in your hands today" in posted(mei, f"/queue/cases/{case}/done/")
    assert "Nobody keeps this case" in posted(mei, f"/queue/cases/{uuid4()}/take-up/")


def test_a_lead_reaches_their_own_team_and_no_other():
    lead = user("team_lead", "LEAD", capacity=0)
    for badge in "AB":
        keeper(badge)
    made = add_team(ACTOR, "t", organisation="lender", name="Early", lead="LEAD")
    do(join_team, team_id=UUID(str(made["team"])), badge_no="A", from_on=date(2026, 11, 1))
    for number in range(4):
        owing(f"p{number}")
    allotted()
    others = next(ref for ref, who in kept().items() if who == "B")
    assert lead.get(f"/queue/board/{id_of('A')}/").status_code == HTTPStatus.OK
    assert lead.get(f"/queue/board/{id_of('B')}/").status_code == HTTPStatus.NOT_FOUND
    before = kept()
    with transaction(ACTOR):
        b = Staff.objects.get(badge_no="B").id
    case = case_of(others)
    refused, mine = "their own team only", id_of("A")
    period = {"from_on": "2026-11-25", "until_on": "2026-11-25", "reason": "sick"}
    for address, form in (
        (f"/queue/cases/{case}/hand-over/", {"to": f"{mine}", "reason": "x"}),
        (f"/queue/board/{mine}/hand-over/", {"case": [f"{case}"], "reason": "x"}),
        (
            f"/queue/board/{mine}/hand-over/",
            {"case": [f"{case}"], "to": f"{b}", "reason": "x"},
        ),
    ):
        assert refused in posted(lead, address, **form)
    answer = lead.post(f"/queue/board/{b}/away/", {"command_id": "1", "from_on": "2026-11-25",
                                                  "reason": "sick"})  # fmt: skip
    assert answer.status_code == HTTPStatus.FOUND
    for form in ({}, {"case": ["nonsense"], "reason": "x"}, {"which": "all"},
                 {"case": [f"{uuid4()}"], "reason": "x"}):  # fmt: skip
        assert "note-danger" in posted(lead, f"/queue/board/{mine}/hand-over/", **form)
    for form in ({"from_on": ""}, {"from_on": "2026-13-01"}, {"from_on": "2026-11-25"}, period):
        assert "note-danger" in posted(lead, f"/queue/board/{mine}/away/", **form)
    assert kept() == before


def test_a_plan_that_has_changed_since_is_shown_anew():
    boss = user("supervisor")
    keeper("A")
    owing("p1")
    page = boss.get("/queue/allotment/").text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]
    owing("p2")
    assert "have changed since you looked" in posted(boss, "/queue/allotment/", digest=digest)
    assert kept() == {}
    page = boss.get("/queue/allotment/").text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]
    form = {"command_id": "same", "digest": digest}
    for _ in range(2):  # a double click
        assert boss.post("/queue/allotment/", form).status_code == HTTPStatus.FOUND
    with transaction(ACTOR):
        assert Allotment.objects.count() == 2


def test_a_scheme_that_hangs_on_money_alone_is_refused_in_words_and_changes_nothing():
    agency("north")
    head = user("head_of_collections")
    form = {"w-recovered": "100", "from": "2026-12", "reason": "simple"}
    form |= {f"r-{name}": "5" for name in ("current", "M1", "M2", "M3", "M4", "M5", "M6", "M7+")}
    form |= {"d-minor": "1", "d-serious": "10", "d-grave": "50"}
    answer = head.post("/pay/schemes/north/", {"command_id": "1", **form})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "must not hang on the amount recovered alone" in answer.text
    assert 'value="100"' in answer.text  # what was written is still there
    good = form | {"w-recovered": "60", "w-complaints": "40"}
    for wrong, told in (
        ({"w-complaints": "30"}, "must add up to 100 %"),
        ({"d-grave": "1"}, "must take off at least"),
        ({"w-recovered": "sixty"}, "cannot be used"),
        ({"from": "soon"}, "cannot be used"),
        ({"from": "2026-03"}, "stands already"),
        ({"reason": ""}, "Give a reason"),
        ({"cap_payment": "10", "cap_currency": "XXX"}, "no amount"),
    ):
        answer = head.post("/pay/schemes/north/", {"command_id": f"{wrong}", **good, **wrong})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, wrong
        assert told in answer.text, wrong
    with transaction(ACTOR):
        assert Scheme.objects.count() == 1
        assert not SchemeProposal.objects.filter(state="asked").exists()
    refused = head.post("/pay/proposals/" + f"{uuid4()}/decide/", {"decision": "approve"})
    assert refused.status_code == HTTPStatus.FORBIDDEN


def test_an_agency_sees_its_own_pay_and_no_others():
    north, _south = agency("north"), agency("south")
    person = person_in_book("P1")
    place(person, north, noon(FIRST))
    pay("=1+1", loan("L1", person), date(2026, 3, 5), 50_000)
    made = stated("north", FIRST)
    draft = stated("south", FIRST, issued=False)
    mine, theirs = user("agency_manager", "N-1", "north"), user("agency_manager", "S-1", "south")
    assert mine.get(f"/pay/statements/{made}/").status_code == HTTPStatus.OK
    for client, address in (
        (theirs, f"/pay/statements/{made}/"), (theirs, f"/pay/statements/{draft}/"),
        (theirs, "/pay/schemes/north/"), (theirs, "/pay/charges/north/"),
        (mine, "/pay/schemes/lender/"), (mine, f"/pay/proposals/{uuid4()}/"),
    ):  # fmt: skip
        assert client.get(address).status_code == HTTPStatus.NOT_FOUND, address
    assert "North" not in theirs.get("/pay/targets/?organisation=north").text
    form = {"command_id": "1", "step": "dispute", "text": "x"}
    assert theirs.post(f"/pay/statements/{made}/step/", form).status_code == HTTPStatus.FOUND
    with transaction(ACTOR):
        assert Statement.objects.get(id=made).state == "issued"
    for step in ("issue", "settle", "drop", "uphold"):
        posted(mine, f"/pay/statements/{made}/step/", step=step, text="x")
    with transaction(ACTOR):
        assert Statement.objects.get(id=made).state == "issued"
    assert mine.post(f"/pay/statements/{made}/step/", {"step": "burn"}).status_code == 404


def test_a_statement_leaves_by_the_export_rules_with_nothing_that_a_spreadsheet_runs():
    north, person = agency("north"), person_in_book("P1")
    place(person, north, noon(FIRST))
    pay("=1+1", loan("L1", person), date(2026, 3, 5), 50_000)
    made = stated("north", FIRST)
    manager = user("agency_manager", "N-1", "north")
    address = f"/pay/statements/{made}/export/"
    assert "at least 10 characters" in posted(manager, address, reason="short")
    assert "fetch it here" in posted(manager, address, reason="Our own books of March.")
    with transaction(ACTOR):
        export = Export.objects.get()
        assert (export.kind, export.rows) == ("statement", 1)
    answer = manager.post(f"/exports/{export.id}/fetch/")
    text = answer.content.decode("utf-8-sig")
    assert "'=1+1" in text
    assert str(export.id) in text.splitlines()[0]
    assert manager.post(f"/exports/{export.id}/fetch/").status_code == HTTPStatus.FOUND  # once


def test_who_drew_up_a_statement_is_not_offered_to_settle_it():
    agency("north")
    made = stated("north", FIRST)
    compliance = user("compliance")
    assert "Settle it" in compliance.get(f"/pay/statements/{made}/").text
    with transaction(ACTOR):
        name = f"staff:{User.objects.get(username='compliance-x').pk}"
    page = posted(compliance, f"/pay/statements/{made}/step/", step="settle", text=" ")
    assert "note-danger" in page
    with transaction(ACTOR):
        assert Statement.objects.get(id=made).settled_by is None
        assert name != Statement.objects.get(id=made).drawn_by


def test_targets_of_one_member_month_by_month():
    head = user("head_of_collections")
    keeper("MEI")
    weights = {"weights_bps": {"recovered": 5000, "complaints": 3000, "training": 2000}}
    adopted("lender", FIRST, weights)
    form = {"organisation": "lender", "whose": "staff:MEI", "currency": "CNY",
            "a-recovered": "1,000", "a-complaints": "100", "a-training": "95"}  # fmt: skip
    for month in ("2026-03", "2026-04", "2026-04"):
        assert "The target stands." in posted(head, "/pay/targets/", **form, month=month)
    for wrong in ({"a-recovered": ""}, {"a-training": "0"}, {"month": "2026-02"},
                  {"whose": "staff:NOBODY"}, {"whose": "team:x"}):  # fmt: skip
        sent = {**form, "month": "2026-05", **wrong}
        assert "note-danger" in posted(head, "/pay/targets/", **sent), wrong
    page = head.get(f"/pay/targets/staff/{id_of('MEI')}/").text
    assert page.index("2026-04") < page.index("2026-03")
    assert page.count("<section") == 2
    assert head.get(f"/pay/targets/staff/{uuid4()}/").status_code == HTTPStatus.NOT_FOUND
    assert head.get(f"/pay/targets/cat/{id_of('MEI')}/").status_code == HTTPStatus.NOT_FOUND


def test_every_sentence_for_a_refusal_is_still_that_of_a_stage():
    source = Path(arrears.__file__).parent
    said = "".join(
        path.read_text("utf-8")
        for part in ("placements", "people")
        for path in sorted((source / part).rglob("*.py"))
    )
    assert [text for text in SENTENCES if text not in said] == []
