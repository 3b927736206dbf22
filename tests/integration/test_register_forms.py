"""Forms of the register that are wrong, hostile, stale or sent twice, and what they are told."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from register_book import ACTOR
from register_desk import at, day, of, sent, signed_in, stood

from arrears.console.register_told import SENTENCES
from arrears.people import actions
from arrears.people.models import Absence, AgencyContract, Organisation, Staff
from arrears.store.transactions import transaction

ACTIONS = Path(actions.__file__).parent


@pytest.fixture
def house(db):
    return stood()


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
