"""Agencies, staff, statements and the read log by API: each house sees its own."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from api_calls import Caller
from commission_book import (
    ACTOR,
    APRIL,
    LATER,
    agency,
    do,
    loan,
    noon,
    on,
    pay,
    person_in_book,
    place,
    stated,
)
from register_book import DAY, staff, trained

from arrears.people.access.actions import note_read, reveal
from arrears.people.access.table import TABLE
from arrears.people.actions import move_agency, prove_deletion, review_agency
from arrears.people.models import Organisation, User
from arrears.people.organisations import LENDER_ID
from arrears.placements.commission.actions import issue
from arrears.store.actor import LENDER, Actor
from arrears.store.transactions import transaction

SCOPES = ("agencies.read", "register.read", "statements.read")


def answered(response, status: int = 200) -> dict:
    assert response.status_code == status, response.content
    told: dict = response.json()
    return told


def programs() -> list[Caller]:
    return [Caller.with_scopes(*SCOPES, of=of) for of in ("lender", "north", "south")]


@pytest.fixture
def register(db):
    with on(DAY):
        for ref in ("north", "south"):
            agency(ref)
            trained(f"{ref}-1", ref)
        staff("L-1")
        yield programs()


def test_agencies_are_read_with_their_papers(register):
    lender, north, south = register
    do(move_agency, ref="south", step="suspend", reason="complaints")
    do(
        review_agency, ref="north", kind="yearly", reviewed_on=DAY, conduct=4, quality=3,
        data_security=5, note="seen",
    )  # fmt: skip
    do(prove_deletion, ref="north", kind="deleted", done_on=DAY, statement="all of May")
    rows = {row["ref"]: row for row in answered(lender.get("/agencies"))["rows"]}
    assert (rows["north"]["obstacles"], rows["south"]["obstacles"]) == ([], ["suspended"])
    told = answered(lender.get("/agencies/north"))
    assert told["agency"]["ref"] == "north"
    assert told["contracts"][0]["products"] == ["credit_card"]
    assert (told["reviews"][0]["rating"], told["deletions"][0]["kind"]) == (3, "deleted")
    assert "made_by" not in told["contracts"][0]
    answered(lender.get("/agencies/nobody"), 404)
    answered(lender.get("/agencies/lender"), 404)
    for caller, mine, other in ((north, "north", "south"), (south, "south", "north")):
        assert [row["ref"] for row in answered(caller.get("/agencies"))["rows"]] == [mine]
        assert answered(caller.get(f"/agencies/{mine}"))["agency"]["ref"] == mine
        answered(caller.get(f"/agencies/{other}"), 404)


def test_staff_are_read_with_what_they_may_do_today(register):
    lender, north, _ = register
    told = answered(lender.get("/staff"))
    badges = [row["badge_no"] for row in told["rows"]]
    assert badges == ["L-1", "north-1", "south-1"]
    (row,) = answered(lender.get("/staff?badge_no=north-1"))["rows"]
    assert set(row["papers"]) >= {"training", "test", "background"}
    assert row["facts"]["staff_trained"] is True
    assert "username" not in row
    (untrained,) = answered(lender.get("/staff?organisation=lender"))["rows"]
    assert untrained["facts"]["staff_trained"] is False
    assert [row["badge_no"] for row in answered(north.get("/staff"))["rows"]] == ["north-1"]
    assert answered(north.get("/staff?badge_no=south-1"))["total"] == 0
    assert answered(north.get("/staff?organisation=lender"))["rows"] == []
    answered(lender.get("/staff?organisation=A%00"), 422)
    answered(lender.get("/staff?size=201"), 422)


def test_statements_are_read_line_by_line_once_they_are_issued(register):
    lender, north, south = register
    person = person_in_book("P1")
    place(person, Organisation.objects.get(ref="north"), noon(date(2026, 3, 20)))
    pay("Y1", loan("L1", person), date(2026, 4, 10))
    draft = stated("north", APRIL, issued=False)
    with on(LATER):
        assert answered(lender.get(f"/statements/{draft}"))["state"] == "draft"
        answered(north.get(f"/statements/{draft}"), 404)
        assert answered(north.get("/statements"))["total"] == 0
        do(issue, statement=draft)
        told = answered(north.get(f"/statements/{draft}"))
        lines = answered(north.get(f"/statements/{draft}/lines"))["rows"]
        assert sum(line["commission_minor"] for line in lines) == told["totals"][0]["total_minor"]
        assert [line["payment_ref"] for line in lines] == ["Y1"]
        assert answered(lender.get("/statements?organisation=north"))["total"] == 1
        for path in (f"/statements/{draft}", f"/statements/{draft}/lines"):
            answered(south.get(path), 404)
        assert answered(south.get("/statements?organisation=north"))["total"] == 0
        answered(lender.get(f"/statements/{uuid4()}/lines"), 404)


def test_a_person_is_told_who_looked_by_role_and_house_and_without_their_reasons(db):
    with on(DAY):
        person = person_in_book("P/1")
        other = person_in_book("P2")
        with transaction(ACTOR):
            user = User.objects.create(
                username="li.na", display_name="李娜", role="collector", created_at=noon(DAY)
            )
        reader = Actor("staff", str(user.pk), LENDER, TABLE.held["collector"], "collector")
        note_read(reader, person, "person")
        do(reveal, reader, person_id=person, field="phone", reason="asked for a call back")
        note_read(Actor("machine", "m", LENDER), person, "person")
        note_read(reader, other, "case")
        caller = Caller.with_scopes("reads.read")
        told = answered(caller.get("/persons/P/1/reads"))
        assert told["total"] == 2
        assert [(row["what"], row["field"], row["role"]) for row in told["rows"]] == [
            ("reveal", "phone", "collector"), ("person", None, "collector"),
        ]  # fmt: skip
        assert {row["staff"] for row in told["rows"]} == {None}
        assert {row["organisation"] for row in told["rows"]} <= {"lender", str(LENDER_ID), "Lender"}
        assert "call back" not in str(told)
        assert "李娜" not in str(told)
        assert len(answered(caller.get("/persons/P/1/reads?size=1&page=2"))["rows"]) == 1
        answered(caller.get("/persons/nobody/reads"), 404)
        answered(Caller.with_scopes("people.read").get("/persons/P/1/reads"), 403)
