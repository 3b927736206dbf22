"""The register: who works for whom, and the life of an agency."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.db.transaction import atomic
from register_book import ACTOR, DAY, TERMS, YEAR, agency, do, engaged, on, staff

from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, Conflict, IllegalTransition, NotAllowed, NotFound
from arrears.people.actions import (
    add_contract,
    add_organisation,
    add_staff,
    assess_impact,
    create_user,
    end_contract,
    ensure_lender,
    move_agency,
    prove_deletion,
    publish,
    review_agency,
)
from arrears.people.events import AgencyMoved
from arrears.people.models import (
    AgencyContract,
    AgencyReview,
    Organisation,
    PublicList,
    Staff,
)
from arrears.people.organisations import LENDER_ID, agency_of, scope_of
from arrears.people.register import agency_facts, obstacles
from arrears.people.register.published import public_list, publication_due_on
from arrears.people.states import AGENCY
from arrears.people.words import OBSTACLES
from arrears.store.actor import Actor
from arrears.store.transactions import transaction


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


@pytest.fixture
def day(db):
    with on(DAY):
        yield DAY


def stand(ref: str = "north", day: date = DAY, **work) -> dict[str, bool]:
    with transaction(ACTOR):
        return agency_facts(ref, day, **work)


def why(ref: str = "north", day: date = DAY, **work) -> tuple[str, ...]:
    with transaction(ACTOR):
        found = obstacles(ref, day, **work)
    assert set(found) <= set(OBSTACLES)
    return found


def test_an_agency_is_engaged_approved_published(day):
    agency()
    assert why() == ("proposed",)
    with pytest.raises(Conflict, match="cannot be approved") as refused:
        do(move_agency, ref="north", step="approve", reason="x")
    assert "a contract" in str(refused.value)
    Organisation.objects.filter(ref="north").update(address="1 Long Road", email="a@b.example")
    do(add_contract, ref="north", **TERMS)
    do(move_agency, ref="north", step="approve", reason="all in order")
    assert why() == ("impact",)
    with transaction(ACTOR):
        contract = AgencyContract.objects.get()
    do(assess_impact, ref="north", contract_id=contract.id, assessed_on=DAY)
    assert why() == ()
    assert all(stand(product="credit_card", jurisdiction="CN-44", channel="phone").values())
    assert why(product="mortgage") == ("contract",)
    assert why("nobody") == ("unknown",)
    assert why("lender") == ("unknown",)


def test_a_review_that_is_overdue_or_failed_blocks(day):
    engaged(until_on=DAY + 3 * YEAR)
    last = DAY + YEAR - timedelta(days=1)
    assert why(day=last) == ()
    assert why(day=DAY + YEAR) == ("review",)
    marks = {"conduct": 4, "quality": 5, "data_security": 3}
    review = {"ref": "north", "kind": "yearly", "note": "seen on site", **marks}
    with on(last):
        made = do(review_agency, reviewed_on=last, **review)
    assert made["due_on"] == (last + YEAR).isoformat()
    assert why(day=DAY + YEAR) == ()
    with on(last):
        do(review_agency, reviewed_on=last, **{**review, "conduct": 1})
    assert why(day=last) == ("review",)
    with transaction(ACTOR):
        assert sorted(each.rating for each in AgencyReview.objects.all()) == [1, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "monthly"},
        {"conduct": 0},
        {"quality": 6},
        {"reviewed_on": DAY + timedelta(days=1)},
        {"due_on": DAY},
        {"note": ""},
    ],
)
def test_a_review_that_cannot_be_is_refused(day, wrong):
    agency()
    given = {"kind": "yearly", "reviewed_on": DAY, "conduct": 3, "quality": 3, "note": "x"}
    with pytest.raises(BadInput):
        do(review_agency, ref="north", **{**given, "data_security": 3, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"until_on": DAY},
        {"products": []},
        {"products": ["gold"]},
        {"channels": ["owl"]},
        {"jurisdictions": []},
        {"purpose": " "},
        {"impact_assessed_on": DAY + timedelta(days=1)},
    ],
)
def test_a_contract_that_cannot_be_is_refused(day, wrong):
    agency()
    with pytest.raises(BadInput):
        do(add_contract, ref="north", **{**TERMS, **wrong})


def test_contracts_follow_each_other_and_end(day):
    engaged()
    with pytest.raises(Conflict, match="covers a day"):
        do(add_contract, ref="north", **{**TERMS, "from_on": DAY + timedelta(days=364)})
    do(end_contract, ref="north", until_on=DAY + timedelta(days=9), reason="too dear")
    assert stand(day=DAY + timedelta(days=8))["agency_contract_valid"]
    assert not stand(day=DAY + timedelta(days=9))["agency_contract_valid"]
    do(add_contract, ref="north", **{**TERMS, "from_on": DAY + timedelta(days=9)})
    assert stand(day=DAY + timedelta(days=9))["agency_contract_valid"]
    with pytest.raises(NotFound):
        do(end_contract, ref="north", until_on=DAY - YEAR, reason="x")
    with pytest.raises(BadInput, match="the lender"):
        do(add_contract, ref="lender", **TERMS)


def test_an_agency_ends_after_exit_review_and_proof_of_deletion(day):
    engaged()
    do(move_agency, ref="north", step="suspend", reason="complaints")
    assert why() == ("suspended",)
    assert not any(stand().values())
    with pytest.raises(IllegalTransition):
        do(move_agency, ref="north", step="suspend", reason="again")
    with pytest.raises(Conflict, match="cannot be ended") as refused:
        do(move_agency, ref="north", step="end", reason="over")
    assert "exit review" in str(refused.value)
    assert "deleted" in str(refused.value)
    marks = {"conduct": 2, "quality": 2, "data_security": 2}
    do(review_agency, ref="north", kind="exit", reviewed_on=DAY, note="left in order", **marks)
    with pytest.raises(Conflict, match="cannot be ended"):
        do(move_agency, ref="north", step="end", reason="over")
    do(prove_deletion, ref="north", kind="deleted", done_on=DAY, statement="wiped, signed")
    do(move_agency, ref="north", step="end", reason="over")
    assert why() == ("ended",)
    for step in AGENCY.events:
        with pytest.raises(IllegalTransition):
            do(move_agency, ref="north", step=step, reason="back")
    with pytest.raises(Conflict):
        staff("N-9", "north")
    with pytest.raises(Conflict):
        do(
            add_contract,
            ref="north",
            **{**TERMS, "from_on": DAY + YEAR, "until_on": DAY + 2 * YEAR},
        )


def test_what_is_moved_is_told_to_later_stages(day, monkeypatch):
    told = []
    monkeypatch.setattr(
        "arrears.people.actions.agencies.react", lambda at, event: told.append(event)
    )
    north = engaged()
    assert told == [AgencyMoved(north.id, "north", "approve", "approved")]


def test_the_public_list_follows_the_register_and_keeps_its_versions(day):
    engaged("north")
    engaged("south")
    names = [
        [each["ref"] for each in each.agencies] for each in PublicList.objects.order_by("number")
    ]
    assert names == [["north"], ["north", "south"]]
    do(move_agency, ref="north", step="suspend", reason="complaints")
    published = public_list(DAY)
    assert [each["ref"] for each in published.agencies] == ["south"]
    assert published.number == 3
    assert set(published.agencies[0]) == {
        "ref", "name", "form", "address", "phone", "email", "from_on", "until_on", "purpose",
        "channels", "jurisdictions",
    }  # fmt: skip
    assert not stand("north")["agency_published"]
    with transaction(ACTOR):
        assert JournalEntry.objects.filter(kind="people.agencies_published").count() == 3
    with pytest.raises(DatabaseError, match="permission denied"), atomic():
        PublicList.objects.update(agencies=[])


def test_what_is_over_is_not_shown_and_the_list_is_due_within_seven_days(day):
    engaged()
    over = DAY + YEAR
    assert public_list(over - timedelta(days=1)).agencies
    assert public_list(over).agencies == ()
    with transaction(ACTOR):
        assert publication_due_on(DAY) is None
        assert publication_due_on(over) == over + timedelta(days=7)
    with on(over), transaction(ACTOR) as at:
        assert publish(at)
        assert not publish(at)
        assert publication_due_on(over) is None
