"""The register: who works for whom. What it takes, refuses, and shows to whom."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.db.transaction import atomic

from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.people.actions import add_organisation, add_staff, create_user, ensure_lender
from arrears.people.models import Organisation, Staff
from arrears.people.organisations import LENDER_ID, agency_of, scope_of
from arrears.store.actor import Actor, system
from arrears.store.transactions import transaction

ACTOR = system("test")
DAY = date(2026, 3, 2)


def agency(ref: str = "north", **changed) -> Organisation:
    add_organisation(ACTOR, f"agency-{ref}", ref=ref, name=f"Agency {ref}", **changed)
    return Organisation.objects.get(ref=ref)


def staff(badge_no: str, organisation: str = "lender", **changed) -> Staff:
    told = {"display_name": f"Officer {badge_no}", "joined_on": DAY, **changed}
    made = add_staff(ACTOR, badge_no, organisation=organisation, badge_no=badge_no, **told)
    with transaction(ACTOR):
        return Staff.objects.get(id=made["staff"])


@pytest.mark.django_db
def test_an_agency_is_proposed_first_and_that_is_on_record():
    north = agency(address="1 Long Road", phone="400-1", form="law_firm")
    assert (north.kind, north.state, north.form) == ("agency", "proposed", "law_firm")
    with transaction(ACTOR):
        assert JournalEntry.objects.filter(kind="people.agency_proposed").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "told",
    [
        {"ref": "lender"},
        {"ref": "North"},
        {"ref": "-north"},
        {"ref": ""},
        {"ref": "n" * 51},
        {"ref": "north\n"},
        {"name": " "},
        {"name": "x" * 201},
        {"name": "a\0b"},
        {"form": "king"},
    ],
)
def test_what_cannot_be_an_agency_is_refused(told):
    with pytest.raises(BadInput):
        add_organisation(ACTOR, "1", **{"ref": "north", "name": "North", **told})


@pytest.mark.django_db
def test_a_reference_names_one_agency():
    agency()
    with pytest.raises(Conflict, match="of this name"):
        add_organisation(ACTOR, "2", ref="north", name="Another")


@pytest.mark.django_db
def test_there_is_one_lender_and_it_has_a_name():
    with transaction(ACTOR) as at:
        assert ensure_lender(at).id == ensure_lender(at, "Harbour Bank").id == LENDER_ID
    assert Organisation.objects.get(kind="lender").name == "Harbour Bank"
    with pytest.raises(IntegrityError), atomic():
        Organisation.objects.filter(ref="lender").update(kind="agency")


@pytest.mark.django_db
def test_staff_have_a_badge_of_their_own_and_one_sign_in():
    create_user(ACTOR, "mei", "梅", "collector", "correct horse battery")
    mei = staff("B-1", username="MEI", languages=["zh-hans", "en", "en"], skills=["plans"])
    assert mei.organisation_id == LENDER_ID
    assert mei.languages == ["en", "zh-hans"]
    assert mei.user is not None
    with pytest.raises(Conflict, match="somebody else's"):
        staff("B-1x", username="mei")
    with pytest.raises(Conflict, match="somebody else's"):
        add_staff(
            ACTOR, "x", organisation="lender", badge_no="B-1", display_name="x", joined_on=DAY
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"organisation": "nobody"}, NotFound),
        ({"username": "nobody"}, NotFound),
        ({"badge_no": ""}, BadInput),
        ({"display_name": "\n"}, BadInput),
        ({"capacity": -1}, BadInput),
        ({"capacity": 10_001}, BadInput),
        ({"badge_until_on": DAY}, BadInput),
        ({"skills": ["x"] * 101}, BadInput),
    ],
)
def test_what_cannot_be_staff_is_refused(told, error):
    given = {"organisation": "lender", "badge_no": "B", "display_name": "B", "joined_on": DAY}
    with pytest.raises(error):
        add_staff(ACTOR, "1", **{**given, **told})


@pytest.mark.django_db
def test_the_register_is_written_by_those_who_may():
    reader = Actor("staff", "7", "lender", frozenset({"register.read"}))
    with pytest.raises(NotAllowed):
        add_organisation(reader, "1", ref="north", name="North")
    with pytest.raises(NotAllowed):
        add_staff(reader, "1", organisation="lender", badge_no="B", display_name="B", joined_on=DAY)


@pytest.mark.django_db
def test_an_agency_sees_its_own_people_only():
    north, south = agency("north"), agency("south")
    theirs, others = staff("N-1", "north"), staff("S-1", "south")
    staff("L-1")
    inside = Actor("staff", "9", scope_of(north.id))
    with transaction(inside):
        assert list(Staff.objects.all()) == [theirs]
        assert Staff.objects.filter(id=others.id).update(display_name="x") == 0
        with pytest.raises(DatabaseError, match="row-level security"), atomic():
            Staff.objects.filter(id=theirs.id).update(organisation=south)
    assert agency_of(scope_of(north.id)) == north.id
    assert agency_of("lender") is None


@pytest.mark.django_db
def test_no_scope_sees_no_staff():
    staff("L-1")
    with transaction(Actor("staff", "9")):
        assert not Staff.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_staff")
        assert cursor.fetchone() == (0,)
