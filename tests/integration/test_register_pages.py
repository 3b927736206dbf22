"""The register's pages: who opens what, every form of it, and what it says when it is refused."""

from __future__ import annotations

import ast
import io
import re
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from register_book import ACTOR, agency, engaged, person_in_book, staff, trained

from arrears.console import register_urls
from arrears.console.register_told import SENTENCES
from arrears.people import actions
from arrears.people.access import TABLE
from arrears.people.models import (
    Absence,
    AgencyContract,
    AuthorityLetter,
    Certificate,
    Organisation,
    Staff,
    Team,
    TeamMember,
    User,
)
from arrears.people.models import Conflict as Interest
from arrears.people.register import staff_facts
from arrears.store import clock
from arrears.store.transactions import transaction

ACTIONS = Path(actions.__file__).parent
TODAY = "2026-03-10"


@pytest.fixture
def house(db):
    """Two agencies and some people of theirs and the lender's, one user of each role."""
    actions.ensure_demo_users(ACTOR)
    north = engaged("north")
    agency("south", address="2 Road", phone="2")
    for badge, employer in (("N-1", "north"), ("S-1", "south"), ("L-1", "lender")):
        staff(badge, employer)
    staff("N-boss", "north", username="agency_manager")
    return north


def signed_in(role: str, language: str = "en") -> Client:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(User.objects.get(username=role))
    return client


def of(badge: str) -> Staff:
    with transaction(ACTOR):
        return Staff.objects.get(badge_no=badge)


def at(badge: str, rest: str = "") -> str:
    return f"/staff/{of(badge).id}/{rest}"


def sent(client: Client, path: str, **told):
    """Fill in the form of a page as a browser does: with what it holds, and its hidden fields."""
    page = client.get(path)
    assert page.status_code == HTTPStatus.OK, (path, page.status_code)
    hidden = dict(re.findall(r'type="hidden" name="(command_id|seen)" value="([^"]+)"', page.text))
    return client.post(path, hidden | told)


def day(offset: int = 0) -> str:
    return (clock.business_day() + timedelta(days=offset)).isoformat()


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
    wrong = sent(
        client, "/organisations/quay/contracts/enter/", **terms | {"jurisdictions": "moon"}
    )
    assert "This is no region: MOON" in wrong.text
    sent(client, "/organisations/quay/contracts/enter/", **terms)
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
    late = sent(client, f"{papers}amend/", **terms)
    assert "The agency has ended" in late.text


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


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.html", b"<html><script>alert(1)</script></html>", "This is no photo"),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is no photo"),
        ("x.jpg", b"<script>alert(1)</script>", "This is no photo"),
        ("x.png", b"", "The file is empty"),
        ("x.png", b"\x89PNG" + bytes(4 * 1024 * 1024), "too large"),
    ],
)
def test_an_upload_that_is_no_photo_is_told_so(house, name, content, told):
    client = signed_in("hr")
    given = SimpleUploadedFile(name, content, "image/png")
    answer = sent(client, at("N-1", "photo/give/"), photo=given)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert told in answer.text
    none = sent(client, at("N-1", "photo/give/"))
    assert none.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


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


def test_a_form_sent_twice_is_done_once_and_a_stale_one_is_told_so(house):
    client = signed_in("compliance")
    path = at("L-1", "amend/")
    page = client.get(path).text
    hidden = dict(re.findall(r'type="hidden" name="(command_id|seen)" value="([^"]+)"', page))
    told = {"display_name": "Lin", "capacity": "7", "languages": "", "skills": ""}
    assert client.post(path, hidden | told).status_code == HTTPStatus.FOUND
    assert client.post(path, hidden | told).status_code == HTTPStatus.FOUND
    stale = client.post(path, hidden | told | {"command_id": "another", "capacity": "9"})
    assert stale.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "changed meanwhile" in stale.text
    assert 'value="9"' in stale.text
    assert of("L-1").capacity == 7
    twice = {"command_id": "once", "from_on": day(), "reason": "sick"}
    for _ in range(2):
        assert client.post(at("L-1", "away/"), twice).status_code == HTTPStatus.FOUND
    with transaction(ACTOR):
        assert Absence.objects.count() == 1


def test_what_is_not_asked_for_changes_nothing(house):
    client = signed_in("hr")
    more = {"display_name": "Lin", "capacity": "7", "badge_no": "X", "organisation": "north",
            "photo": str(uuid4()), "left_on": day(), "joined_on": day()}  # fmt: skip
    before = of("L-1")
    assert sent(client, at("L-1", "amend/"), **more).status_code == HTTPStatus.FOUND
    after = of("L-1")
    for name in ("badge_no", "organisation_id", "photo", "left_on", "joined_on"):
        assert getattr(after, name) == getattr(before, name), name
    for wrong in ({"capacity": "-1"}, {"capacity": "much"}, {"display_name": "a\0b"},
                  {"badge_until_on": "soon"}, {"username": "nobody"}):  # fmt: skip
        answer = sent(client, at("L-1", "amend/"), **more | wrong)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, wrong
        assert 'class="fault"' in answer.text or 'role="alert"' in answer.text


def test_hostile_names_are_shown_as_text(house):
    client = signed_in("compliance")
    with transaction(ACTOR):
        Staff.objects.filter(badge_no="L-1").update(display_name="<script>alert(1)</script>")
        Organisation.objects.filter(ref="north").update(name="<b>north</b>")
    for path in ("/staff/", at("L-1"), "/organisations/", "/organisations/north/", "/agencies/"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<b>north" not in page
    for path in ("/staff/?q=%00&team=x&lacks=y&ends=z", "/staff/?organisation=%27&page=99"):
        assert client.get(path).status_code == HTTPStatus.OK


def test_the_public_list_is_published_when_time_changed_it(house):
    client = signed_in("head_of_collections")
    assert "nothing is due" in client.get("/organisations/").text
    with transaction(ACTOR):
        held = AgencyContract.objects.get()
        AgencyContract.objects.filter(id=held.id).update(until_on=held.from_on + timedelta(days=9))
    page = client.get("/organisations/").text
    assert "must be published anew by" in page
    assert client.post("/register/publish/", {"command_id": "p"}).status_code == HTTPStatus.FOUND
    assert "nothing is due" in client.get("/organisations/").text
    assert client.get("/register/publish/").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def refusals() -> set[str]:
    """Every plain sentence by which the register's actions refuse something."""
    found = set()
    names = ("agencies", "badges", "contracts", "leaving", "organisations", "papers", "staff",
             "teams")  # fmt: skip
    sources = [ACTIONS / f"{name}.py" for name in names]
    sources.append(ACTIONS.parent / "rules" / "pictures.py")
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "BadInput", "Conflict", "_save", "_require",
            ):  # fmt: skip
                given = [each for each in node.args if isinstance(each, ast.Constant)]
                parts = [each for each in node.args if isinstance(each, ast.IfExp)]
                given += [x for p in parts for x in (p.body, p.orelse)
                          if isinstance(x, ast.Constant)]  # fmt: skip
                found |= {each.value for each in given if isinstance(each.value, str)}
    return found


def test_every_refusal_of_the_register_has_a_sentence():
    assert len(refusals()) > 20
    assert refusals() - set(SENTENCES) == set()


def test_every_sentence_is_still_said():
    said = "\n".join(path.read_text("utf-8") for path in ACTIONS.parent.rglob("*.py"))
    said += (ACTIONS.parents[1] / "store" / "commands.py").read_text("utf-8")
    stale = [each for each in SENTENCES if each not in said and "the agency is ended" not in each]
    assert stale == []


def test_every_address_of_the_register_is_tried_somewhere():
    """Those with ids of papers are opened by the tests above; the access matrix tries them all."""
    assert len({pattern.name for pattern in register_urls.urlpatterns}) == len(
        register_urls.urlpatterns
    )
