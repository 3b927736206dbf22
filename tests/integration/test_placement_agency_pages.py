"""What an agency sees and asks for on the screens of placements, and what stays the lender's."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from conduct_people import ACTOR, go_live
from django.test import Client
from placement_desk import agency_with_people, desk, offered, people, sent
from placements_book import TERM, agency, drawn, now_placed, placed, when

from arrears.kernel.ids import named
from arrears.placements.models import PlacementBatch
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db
LATER = TERM + timedelta(days=14)


@pytest.fixture(autouse=True)
def noon():
    with when():
        go_live()
        people()
        yield


@pytest.fixture
def north(noon):
    return agency_with_people()


def test_an_agency_asks_to_keep_persons_and_the_lender_decides(north):
    (person,) = placed("A")
    manager = desk("agency_manager")
    form = form_of_keep(manager)
    lacking = manager.post("/placements/keep/", {**form, "term": LATER.isoformat(), "reason": "r"})
    assert "Choose the persons whom you ask to keep." in lacking.text
    asked = {**form, "refs": "A", "term": LATER.isoformat(), "reason": "a plan is near"}
    answer = manager.post("/placements/keep/", asked, follow=True)
    assert "Asked for. The lender decides about it." in answer.text
    batch = answer.redirect_chain[-1][0]
    assert not offered(answer.text, f"{batch}approve/")
    client, second = desk("head_of_collections"), desk("compliance")
    assert "retention, asked for by agency_manager of north" not in answer.text
    assert "Look at it" in client.get(f"/people/{person}/").text
    assert "An agency asks, so somebody of the lender decides." in client.get(batch).text
    sent(second, batch, f"{batch}approve/", reason="yes")
    sent(client, batch, f"{batch}carry-out/")
    assert now_placed("A").term_until_on == LATER
    seen = manager.get(batch).text
    assert "Done for 1 person." in seen and "the lender" in seen


def form_of_keep(client: Client) -> dict[str, str]:
    page = client.get("/placements/keep/").text
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def test_the_lender_refuses_a_request_with_its_reason(north):
    placed("A")
    manager = desk("agency_manager")
    asked = {**form_of_keep(manager), "refs": "A", "term": LATER.isoformat(), "reason": "please"}
    batch = manager.post("/placements/keep/", asked)["Location"]
    none = sent(desk("compliance"), batch, f"{batch}refuse/", reason=" ")
    assert "Give a reason that others can follow." in none.text
    done = sent(desk("compliance"), batch, f"{batch}refuse/", reason="no plan is known")
    assert "Refused. Nobody was moved." in done.text
    assert "no plan is known" in manager.get(batch).text


def test_an_agency_sees_its_own_and_nothing_of_what_the_lender_considers(north):
    agency("south")
    placed("A")
    (elsewhere,) = placed("S", ref="south")
    considered = drawn("recall", person_refs=["A"])
    manager = desk("agency_manager")
    listed = manager.get("/placements/").text
    assert "Agency north" in listed and "Agency south" not in listed
    assert str(considered["batch_id"]) not in listed
    with transaction(ACTOR):
        others = [row.id for row in PlacementBatch.objects.exclude(organisation=north)]
    for batch in (*others, considered["batch_id"], uuid4()):
        assert manager.get(f"/placements/{batch}/").status_code == HTTPStatus.NOT_FOUND
    for path in (f"/people/{elsewhere}/", f"/cases/{named('case', 'S')}/"):
        assert manager.get(path).status_code == HTTPStatus.NOT_FOUND
    page = manager.get("/placements/keep/").text
    assert 'value="A"' in page and 'value="S"' not in page
    asked = {**form_of_keep(manager), "refs": "S", "term": LATER.isoformat(), "reason": "mine?"}
    refused = manager.post("/placements/keep/", asked)
    assert "The book has nobody with these references: S" in refused.text
    act = manager.post(f"/people/{elsewhere}/recall/", {"command_id": "x", "reason": "r"})
    assert act.status_code == HTTPStatus.FORBIDDEN


def test_an_agency_is_not_told_who_of_the_lender_worked(north):
    (person,) = placed("A")
    page = desk("agency_manager").get(f"/people/{person}/").text
    assert "placed by the lender: a test" in page
    assert "staff:" not in page
