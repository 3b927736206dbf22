"""The register's pages: who opens what, and every form of it."""

from __future__ import annotations

import io
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from register_book import ACTOR, person_in_book, trained
from register_desk import at, day, of, sent, signed_in, stood

from arrears.people.access import TABLE
from arrears.people.models import (
    Absence,
    AgencyContract,
    AuthorityLetter,
    Certificate,
    Team,
    TeamMember,
)
from arrears.people.models import Conflict as Interest
from arrears.people.register import staff_facts
from arrears.store import clock
from arrears.store.transactions import transaction


@pytest.fixture
def house(db):
    return stood()


def pages(role: str) -> dict[str, bool]:
    """Every page that needs no paper of its own, and whether the table opens it to a role."""
    north, s = "/organisations/north/", at("N-1")
    needs = {
        "/organisations/": "agencies.read",
        north: "agencies.read",
        **dict.fromkeys(
            ("/register/propose/", f"{north}amend/", f"{north}contracts/enter/", f"{north}review/",
             f"{north}deletion/", f"{north}steps/suspend/"), "agencies.manage",
        ),
        **dict.fromkeys(("/staff/", s, "/staff/teams/"), "register.read"),
        **dict.fromkeys(
            ("/staff/enter/", f"{s}amend/", f"{s}photo/give/", f"{s}certify/", f"{s}letter/",
             f"{s}conflict/", f"{s}leave/", f"{north}letters/give/"), "register.manage",
        ),
        **dict.fromkeys(("/staff/teams/make/", f"{s}away/", f"{s}team/", f"{s}team/leave/"),
                        "register.roster"),
    }  # fmt: skip
    if role != "agency_manager":
        needs["/organisations/lender/"] = "agencies.read"
    return {path: need in TABLE.held[role] for path, need in needs.items()}


@pytest.mark.parametrize(
    "role",
    [
        "hr",
        "compliance",
        "head_of_collections",
        "team_lead",
        "supervisor",
        "administrator",
        "agency_manager",
        "collector",
    ],
)
def test_each_role_opens_the_pages_of_the_table(house, role):  # fmt: skip
    client = signed_in(role, "zh-hans" if role == "hr" else "en")
    for path, opens in pages(role).items():
        answer = client.get(path)
        wanted = HTTPStatus.OK if opens else HTTPStatus.FORBIDDEN
        assert answer.status_code == wanted, path
        assert "<h1>" in answer.text


def test_an_agencys_manager_sees_their_own_organisation_and_people_only(house):
    client = signed_in("agency_manager")
    listed = client.get("/organisations/").text
    assert "Agency north" in listed
    assert "Agency south" not in listed
    people = client.get("/staff/").text
    assert "N-1" in people
    assert "S-1" not in people
    assert "L-1" not in people
    for path in ("/organisations/south/", "/organisations/lender/", at("S-1"), at("L-1"),
                 at("S-1", "photo/"), at("S-1", "away/"), "/organisations/nobody/"):  # fmt: skip
        assert client.get(path).status_code == HTTPStatus.NOT_FOUND, path
    made = sent(client, "/staff/teams/make/", organisation="south", name="Spies")
    assert made.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    sent(client, "/staff/teams/make/", organisation="north", name="Early", lead="N-1")
    assert sent(client, at("N-1", "away/"), from_on=day(), reason="sick").status_code == 302
    with transaction(ACTOR):
        assert Absence.objects.get().staff.badge_no == "N-1"
        assert Team.objects.get().name == "Early"


def test_an_agency_goes_from_proposal_to_end(house):
    client = signed_in("compliance")
    told = {"ref": "quay", "name": "Quay Partners", "form": "law_firm"}
    assert sent(client, "/register/propose/", **told)["Location"] == "/organisations/quay/"
    page = client.get("/organisations/quay/").text
    for lack in ("an address", "a phone number or an e-mail address", "a contract"):
        assert lack in page
    refused = sent(client, "/organisations/quay/steps/approve/", reason="in order")
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "cannot be approved yet; it needs: an address, a phone number" in refused.text
    whole = told | {"address": "9 Quay", "phone": "400-9"}
    sent(client, "/organisations/quay/amend/", **whole)
    terms = {
        "contract_no": "C-9", "purpose": "calls", "from_on": day(-1), "until_on": day(300),
        "products": ["credit_card"], "channels": ["phone", "sms"], "jurisdictions": "cn, US-NY",
        "data_kinds": "name，phone",
    }  # fmt: skip
    enter = "/organisations/quay/contracts/enter/"
    wrong = sent(client, enter, **terms | {"jurisdictions": "moon"})
    assert "This is no region: MOON" in wrong.text
    sent(client, enter, **terms)
    with transaction(ACTOR):
        contract = AgencyContract.objects.get(organisation__ref="quay")
    assert contract.jurisdictions == ["CN", "US-NY"]
    assert contract.data_kinds == ["name", "phone"]
    sent(client, "/organisations/quay/steps/approve/", reason="in order")
    page = client.get("/organisations/quay/").text
    assert "impact of handing over personal data was not assessed" in page
    papers = f"/organisations/quay/contracts/{contract.id}/"
    sent(client, f"{papers}assess/", assessed_on=day(-1))
    assert "Cases can be placed with this agency" in client.get("/organisations/quay/").text
    assert "Quay Partners" in client.get("/agencies/").text
    marks = {"conduct": "4", "quality": "4", "data_security": "1", "note": "a lost\nlaptop"}
    sent(client, "/organisations/quay/review/", kind="yearly", reviewed_on=day(), **marks)
    assert "The yearly review is overdue." in client.get("/organisations/").text
    for missing, path, told in (
        ("an exit review", "review/", {"kind": "exit", "reviewed_on": day(), **marks}),
        ("proof that it deleted", "deletion/",
         {"kind": "deleted", "done_on": day(), "statement": "wiped, signed by M"}),
    ):  # fmt: skip
        assert missing in client.get("/organisations/quay/").text
        refused = sent(client, "/organisations/quay/steps/end/", reason="over")
        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert sent(client, f"/organisations/quay/{path}", **told).status_code == 302
    assert sent(client, "/organisations/quay/steps/end/", reason="over").status_code == 302
    page = client.get("/organisations/quay/").text
    assert "Ended on" in page
    assert "Enter a review" not in page
    assert "The agency has ended" in sent(client, f"{papers}amend/", **terms).text


def test_a_contract_is_changed_and_ended(house):
    client = signed_in("head_of_collections")
    with transaction(ACTOR):
        held = AgencyContract.objects.get()
    path = f"/organisations/north/contracts/{held.id}/"
    terms = {
        "contract_no": "C-1", "purpose": "calls and letters", "until_on": day(200),
        "products": ["credit_card", "business"], "channels": ["phone"], "jurisdictions": "CN",
        "licence_no": "L-7", "licence_until_on": day(3),
    }  # fmt: skip
    assert "C-1" in client.get(f"{path}amend/").text
    assert sent(client, f"{path}amend/", **terms).status_code == 302
    assert "calls and letters" in client.get("/organisations/north/").text
    nowhere = sent(client, f"{path}end/", until_on=day(900), reason="x")
    assert "No contract covers that day" in nowhere.text
    assert sent(client, f"{path}end/", until_on=day(), reason="too dear").status_code == 302
    assert "No contract in force" in client.get("/organisations/north/").text
    other = f"/organisations/south/contracts/{held.id}/amend/"
    assert client.get(other).status_code == HTTPStatus.NOT_FOUND


def test_somebody_is_entered_gets_papers_and_may_act(house):
    client = signed_in("hr")
    told = {"organisation": "lender", "display_name": "Mei", "badge_no": "L/9 ü", "capacity": "50",
            "joined_on": day(-10), "languages": "zh-hans en", "skills": "plans"}  # fmt: skip
    assert sent(client, "/staff/enter/", **told).status_code == 302
    again = sent(client, "/staff/enter/", **told)
    assert "somebody else&#x27;s" in again.text
    assert of("L/9 ü").languages == ["en", "zh-hans"]
    s = at("L/9 ü")
    assert "May not act today" in client.get(s).text
    assert "L/9 ü" in client.get("/staff/?lacks=training").text
    for kind in ("training", "test", "background"):
        paper = {"kind": kind, "passed_on": day(-10), "expires_on": day(10), "reference": "R"}
        assert sent(client, f"{s}certify/", **paper).status_code == 302
    assert "May call today, but not visit" in client.get(s).text
    assert "L/9 ü" in client.get("/staff/?ends=soon").text
    written = io.BytesIO()
    Image.new("RGB", (300, 400), "teal").save(written, "PNG")
    good = SimpleUploadedFile("mei.png", written.getvalue(), "image/png")
    assert client.get(f"{s}photo/").status_code == HTTPStatus.NOT_FOUND
    assert sent(client, f"{s}photo/give/", photo=good).status_code == 302
    shown = client.get(f"{s}photo/")
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(shown.content)).size == (300, 400)
    letter = {"letter_no": "A-9", "from_on": day(), "until_on": day(5)}
    assert sent(client, f"{s}letter/", **letter).status_code == 302
    assert "May call and visit today" in client.get(s).text
    with transaction(ACTOR):
        paper = Certificate.objects.get(staff=of("L/9 ü"), kind="training")
        given = AuthorityLetter.objects.get()
    revoke = f"{s}certificates/{paper.id}/revoke/"
    assert sent(client, revoke, reason="the test was not theirs").status_code == 302
    assert "May not act today" in client.get(s).text
    assert client.get(at("N-1", f"certificates/{paper.id}/revoke/")).status_code == 404
    sent(client, f"{s}letters/{given.id}/revoke/", reason="x")
    assert sent(client, f"{s}leave/", left_on=day(-90), reason="x").status_code == 422
    assert sent(client, f"{s}leave/", left_on=day(), reason="another job").status_code == 302
    page = client.get(s).text
    assert "Gone since" in page
    assert "Change the entry" not in page
    assert "L/9 ü" not in client.get("/staff/").text
    assert "L/9 ü" in client.get("/staff/?gone=yes").text


def test_absence_conflict_and_team_are_entered_and_taken_back(house):
    client = signed_in("compliance")
    s = at("L-1")
    person_in_book("P-1")
    assert sent(client, f"{s}away/", from_on=day(), reason="sick", until_on="").status_code == 302
    with transaction(ACTOR):
        absence = Absence.objects.get()
    assert (
        "They are away on one of these days already."
        in sent(client, f"{s}away/", from_on=day(), reason="sick").text
    )
    assert sent(client, f"{s}away/{absence.id}/end/", until_on=day(2)).status_code == 302
    unknown = sent(client, f"{s}conflict/", person_ref="nobody", reason="a cousin")
    assert "no person of this number" in unknown.text
    assert sent(client, f"{s}conflict/", person_ref="P-1", reason="a cousin").status_code == 302
    with transaction(ACTOR):
        interest = Interest.objects.get()
        assert not staff_facts([of("L-1").id], clock.business_day(), interest.person_id)[
            "staff_authorised"
        ]
    assert "a cousin" in client.get(s).text
    path = f"{s}conflicts/{interest.id}/withdraw/"
    assert sent(client, path, reason="another person").status_code == 302
    assert (
        sent(client, "/staff/teams/make/", organisation="lender", name="Early").status_code == 302
    )
    with transaction(ACTOR):
        team = Team.objects.get()
    assert sent(client, f"{s}team/", team_id=str(team.id), from_on=day()).status_code == 302
    assert sent(client, f"{s}team/", team_id=str(uuid4()), from_on=day()).status_code == 422
    assert "L-1" in client.get(f"/staff/?team={team.id}").text
    assert (
        sent(client, f"/staff/teams/{team.id}/amend/", name="Late", lead="L-1").status_code == 302
    )
    wrong = sent(client, f"/staff/teams/{team.id}/amend/", name="Late", lead="N-1")
    assert "works for another organisation" in wrong.text
    assert sent(client, f"{s}team/leave/", on=day(1)).status_code == 302
    assert sent(client, f"/staff/teams/{team.id}/close/", reason="too small").status_code == 302
    with transaction(ACTOR):
        assert not TeamMember.objects.filter(until_on=None).exists()
    assert "closed" in client.get("/staff/teams/").text


def test_a_letter_for_a_whole_agency_is_given_and_taken_back(house):
    client = signed_in("hr")
    trained("N-2", "north")
    letter = {"letter_no": "H-1", "from_on": day(), "until_on": day(30)}
    assert sent(client, "/organisations/north/letters/give/", **letter).status_code == 302
    assert "given to everybody here" in client.get(at("N-2")).text
    with transaction(ACTOR):
        held = AuthorityLetter.objects.get()
    path = f"/organisations/north/letters/{held.id}/revoke/"
    assert client.get(path.replace("north", "south")).status_code == HTTPStatus.NOT_FOUND
    assert sent(client, path, reason="over").status_code == 302
    assert "taken back" in client.get(at("N-2")).text
