"""The register put right: particulars, contracts, entries, teams, conflicts, photos of badges."""

from __future__ import annotations

import base64
import io
from datetime import timedelta

import pytest
from PIL import Image
from register_book import ACTOR, DAY, TERMS, YEAR, agency, do, engaged, on, person_in_book, staff

from arrears.journal.evidence.models import EvidenceItem
from arrears.journal.evidence.queries import content
from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.people.actions import (
    add_absence,
    add_contract,
    add_team,
    amend_contract,
    amend_organisation,
    amend_staff,
    amend_team,
    close_team,
    create_user,
    declare_conflict,
    end_absence,
    give_photo,
    join_team,
    leave,
    leave_team,
    move_agency,
    publish_list,
    withdraw_conflict,
)
from arrears.people.models import AgencyContract, Staff, Team, TeamMember
from arrears.people.models import Conflict as Interest
from arrears.people.organisations import scope_of
from arrears.people.register import agency_facts, obstacles, staff_facts
from arrears.people.register.published import public_list
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

PARTICULARS = {
    "name": "Agency north",
    "form": "company",
    "address": "1 Long Road",
    "phone": "400-1",
}
ENTRY = {"display_name": "Mei", "languages": ["en"], "skills": [], "capacity": 5}


@pytest.fixture
def day(db):
    with on(DAY):
        yield DAY


def picture(size=(400, 500), kind="JPEG", **saved) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **saved)
    return written.getvalue()


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def recorded(kind: str) -> list:
    with transaction(ACTOR):
        return [entry.data for entry in JournalEntry.objects.filter(kind=kind).order_by("position")]


def contract() -> AgencyContract:
    with transaction(ACTOR):
        return AgencyContract.objects.get()


def test_particulars_change_on_the_public_list_too(day):
    engaged()
    changed = PARTICULARS | {"phone": "400-2", "form": "law_firm"}
    made = do(amend_organisation, ref="north", **changed)
    assert made["changed"] == ["form", "phone"]
    (shown,) = public_list(DAY).agencies
    assert (shown["phone"], shown["form"]) == ("400-2", "law_firm")
    assert do(amend_organisation, ref="north", **changed)["changed"] == []
    assert len(recorded("people.agency_amended")) == 1
    with pytest.raises(Conflict, match="can be reached"):
        do(amend_organisation, ref="north", **PARTICULARS | {"phone": ""})
    with pytest.raises(BadInput):
        do(amend_organisation, ref="north", **PARTICULARS | {"form": "king"})
    made = do(amend_organisation, ref="lender", name="Harbour Bank", form="bank")
    assert made["changed"] == ["name"]
    assert do(publish_list)["published"] is False


def test_a_contract_is_amended_and_what_was_before_is_on_record(day):
    engaged()
    terms = {name: value for name, value in TERMS.items() if name != "from_on"}
    given = {"ref": "north", "contract_id": contract().id, **terms}
    made = do(amend_contract, **given | {"products": ["business"], "until_on": DAY + 2 * YEAR})
    assert made["changed"] == ["products", "until_on"]
    (told,) = recorded("people.agency_contract_amended")
    assert "credit_card" in str(told)
    with transaction(ACTOR):
        assert obstacles("north", DAY, product="credit_card") == ("contract",)
        assert obstacles("north", DAY, product="business") == ()
    with pytest.raises(BadInput, match="holds no day"):
        do(amend_contract, **given | {"until_on": DAY})
    with pytest.raises(BadInput):
        do(amend_contract, **given | {"channels": ["owl"]})
    agency("south")
    with pytest.raises(NotFound):
        do(amend_contract, **given | {"ref": "south"})
    do(add_contract, ref="north", **TERMS | {"from_on": DAY + 2 * YEAR, "until_on": DAY + 3 * YEAR})
    with pytest.raises(Conflict, match="covers a day"):
        do(amend_contract, **given | {"until_on": DAY + 3 * YEAR})


def test_a_licence_that_ran_out_blocks_what_rests_on_it(day):
    engaged(licence_no="L-1", licence_until_on=DAY + timedelta(days=3))
    last = DAY + timedelta(days=2)
    with transaction(ACTOR):
        assert obstacles("north", last) == ()
        assert obstacles("north", last + timedelta(days=1)) == ("licence",)
        assert not agency_facts("north", last + timedelta(days=1))["agency_contract_valid"]
    with pytest.raises(BadInput, match="has a number"):
        do(add_contract, ref="north", **TERMS | {"licence_until_on": DAY})


def test_an_entry_is_put_right_and_a_badge_renewed(day):
    create_user(ACTOR, "mei", "梅", "collector", "correct horse battery")
    staff("B-1", badge_until_on=DAY + timedelta(days=1))
    renewed = {"badge_no": "B-1", "badge_until_on": DAY + YEAR, "username": "mei", **ENTRY}
    made = do(amend_staff, **renewed)
    assert made["changed"] == ["badge_until_on", "capacity", "display_name", "languages", "user_id"]
    assert do(amend_staff, **renewed)["changed"] == []
    (told,) = recorded("people.staff_amended")
    assert "Mei" not in str(told)
    staff("B-2")
    with pytest.raises(Conflict, match="somebody else's"):
        do(amend_staff, **renewed | {"badge_no": "B-2"})
    with pytest.raises(BadInput):
        do(amend_staff, **renewed | {"capacity": -1})
    do(leave, badge_no="B-1", left_on=DAY, reason="goes")
    with pytest.raises(Conflict, match="gone"):
        do(amend_staff, **renewed)


def test_a_badge_counts_once_it_has_a_photo_which_is_drawn_anew(day):
    mei = staff("B-1", pictured=False)

    def badged() -> bool:
        with transaction(ACTOR):
            return staff_facts([mei.id], DAY)["staff_badged"]

    assert not badged()
    secret = b"taken at 31.2304 N, 121.4737 E"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    given = picture(exif=exif, comment=secret)
    assert secret in given
    first = do(give_photo, badge_no="B-1", photo=coded(given))["photo"]
    assert badged()
    second = do(give_photo, badge_no="B-1", photo=coded(picture((1600, 1200), "PNG")))["photo"]
    with transaction(ACTOR):
        kept = b"".join(content(EvidenceItem.objects.get(id=first).id))
        assert secret not in kept
        assert Image.open(io.BytesIO(kept)).format == "JPEG"
        now = Image.open(io.BytesIO(b"".join(content(EvidenceItem.objects.get(id=second).id))))
        assert now.size == (800, 600)
        terms = dict(EvidenceItem.objects.values_list("id", "keep_until"))
        assert sorted(end is None for end in terms.values()) == [False, True]
        assert str(Staff.objects.get().photo) == second
    do(leave, badge_no="B-1", left_on=DAY, reason="goes")
    with transaction(ACTOR):
        assert not EvidenceItem.objects.filter(keep_until=None).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        picture()[:200],
        picture((159, 400)),
        picture(kind="GIF"),
        b"\xff\xd8\xff\xe0" + b"<script>" * 100,
        picture() + b" " * (4 * 1024 * 1024),
        picture((8000, 8000), "PNG"),
    ],
    ids=["empty", "html", "svg", "cut", "small", "gif", "disguised", "large", "bomb"],
)
def test_what_is_no_photo_is_refused(day, wrong):
    staff("B-1", pictured=False)
    with pytest.raises(BadInput):
        do(give_photo, badge_no="B-1", photo=coded(wrong))
    with pytest.raises(BadInput, match="no photo"):
        do(give_photo, badge_no="B-1", photo="not base64 !")
    with transaction(ACTOR):
        assert not EvidenceItem.objects.exists()


def test_a_photo_with_a_tail_keeps_no_tail(day):
    staff("B-1", pictured=False)
    made = do(give_photo, badge_no="B-1", photo=coded(picture() + b"<script>alert(1)</script>"))
    with transaction(ACTOR):
        assert b"script" not in b"".join(content(EvidenceItem.objects.get(id=made["photo"]).id))


def test_a_team_is_renamed_led_and_closed(day):
    for badge in ("B-1", "B-2"):
        staff(badge)
    team = do(add_team, organisation="lender", name="Early")["team"]
    do(add_team, organisation="lender", name="Late")
    for badge in ("B-1", "B-2"):
        do(join_team, team_id=team, badge_no=badge, from_on=DAY - timedelta(days=3))
    do(amend_team, team_id=team, name="Morning", lead="B-2")
    with transaction(ACTOR):
        assert Team.objects.get(id=team).lead.badge_no == "B-2"
    with pytest.raises(Conflict, match="of this name"):
        do(amend_team, team_id=team, name="Late", lead=None)
    do(leave_team, badge_no="B-1", on=DAY)
    with pytest.raises(Conflict, match="in no team"):
        do(leave_team, badge_no="B-1", on=DAY)
    assert do(close_team, team_id=team, reason="too small")["members"] == 1
    with transaction(ACTOR):
        later = TeamMember.objects.filter(until_on=None)
        assert not later.exists()
    for act in (
        lambda: do(close_team, team_id=team, reason="again"),
        lambda: do(join_team, team_id=team, badge_no="B-1", from_on=DAY),
        lambda: do(amend_team, team_id=team, name="x", lead=None),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_conflict_of_interest_is_withdrawn_with_its_reason(day):
    staff("B-1")
    made = do(declare_conflict, badge_no="B-1", person_id=person_in_book("P"), reason="a cousin")
    do(withdraw_conflict, conflict_id=made["conflict"], reason="another of that name")
    with transaction(ACTOR):
        assert not Interest.objects.exists()
    assert len(recorded("people.staff_conflict_withdrawn")) == 1
    with pytest.raises(NotFound):
        do(withdraw_conflict, conflict_id=made["conflict"], reason="again")


def test_an_agencys_manager_keeps_the_roster_of_their_own_and_no_more(day):
    north, south = engaged("north"), engaged("south")
    staff("N-1", "north"), staff("S-1", "south"), staff("L-1")
    held = frozenset({"register.read", "register.roster"})
    manager = Actor("staff", "9", scope_of(north.id), held, "agency_manager")
    team = do(add_team, manager, organisation="north", name="Early", lead="N-1")["team"]
    do(join_team, manager, team_id=team, badge_no="N-1", from_on=DAY)
    away = do(add_absence, manager, badge_no="N-1", from_on=DAY, reason="sick")["absence"]
    do(end_absence, manager, absence_id=away, until_on=DAY + timedelta(days=2))
    for organisation in ("south", "lender", "nobody"):
        with pytest.raises(NotFound):
            do(add_team, manager, organisation=organisation, name="Spies")
    for badge in ("S-1", "L-1"):
        with pytest.raises(NotFound):
            do(add_absence, manager, badge_no=badge, from_on=DAY, reason="sick")
        with pytest.raises(NotFound):
            do(join_team, manager, team_id=team, badge_no=badge, from_on=DAY)
    with pytest.raises(NotAllowed):
        do(amend_staff, manager, badge_no="N-1", badge_until_on=None, **ENTRY)
    with pytest.raises(NotAllowed):
        do(move_agency, manager, ref="north", step="suspend", reason="x")
    assert south.id != north.id


def test_whoever_leaves_leaves_for_a_reason(day):
    staff("B-1")
    with pytest.raises(BadInput):
        do(leave, badge_no="B-1", left_on=DAY, reason=" ")
