"""Lists of agencies and staff, the command line of the register, the diagnosis of the list."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import timedelta

import pytest
from PIL import Image
from register_book import (
    ACTOR,
    DAY,
    YEAR,
    agency,
    do,
    engaged,
    on,
    person_in_book,
    staff,
    trained,
)

from arrears.cli import app as cli
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, NotAllowed, NotFound
from arrears.people.actions import (
    add_absence,
    add_team,
    create_user,
    declare_conflict,
    give_letter,
    join_team,
    leave,
    review_agency,
    revoke_letter,
)
from arrears.people.organisations import scope_of
from arrears.people.register import (
    StaffFilter,
    agencies,
    employers,
    expiring,
    member,
    photo,
    staff_page,
    team,
    teams,
)
from arrears.people.register import agency as one
from arrears.site.diagnosis import record
from arrears.store import clock
from arrears.store.actor import Actor


@pytest.fixture
def day(db):
    with on(DAY):
        yield DAY


def test_agencies_are_listed_with_what_stands_against_them(day):
    engaged("south")
    agency("north")
    told = [(each.ref, each.state, each.obstacles) for each in agencies(ACTOR)]
    assert told == [("north", "proposed", ("proposed",)), ("south", "approved", ())]
    south = agencies(ACTOR)[1]
    assert (south.contract_until_on, south.review_due_on) == (DAY + YEAR, DAY + YEAR)
    page = one(ACTOR, "south")
    assert page.row == south
    assert [each["contract_no"] for each in page.contracts] == ["C-1"]
    assert (page.reviews, page.deletions) == ((), ())
    for wrong in ("nobody", "lender"):
        with pytest.raises(NotFound):
            one(ACTOR, wrong)
    with pytest.raises(NotAllowed):
        agencies(Actor("staff", "1", "lender"))


def test_staff_are_listed_with_what_they_may_today(day):
    create_user(ACTOR, "mei", "梅", "collector", "correct horse battery")
    trained("B-2", until_on=DAY + timedelta(days=30))
    staff("B-1", username="mei")
    north = engaged("north")
    trained("N-1", "north")
    team = do(add_team, organisation="lender", name="Early")["team"]
    do(join_team, team_id=team, badge_no="B-1", from_on=DAY)
    do(add_absence, badge_no="B-1", from_on=DAY, until_on=DAY + timedelta(days=2), reason="sick")
    page = staff_page(ACTOR)
    assert [row.badge_no for row in page.rows] == ["B-1", "B-2", "N-1"]
    first, second, _ = page.rows
    assert (first.team, first.away, first.username) == ("Early", True, "mei")
    assert first.away_until_on == DAY + timedelta(days=2)
    assert first.papers == {}
    assert [name for name, has in first.facts.items() if has] == ["staff_badged"]
    assert second.papers["test"] == DAY + timedelta(days=30)
    assert second.facts["staff_trained"]
    assert (second.team, second.away) == (None, False)
    assert [r.badge_no for r in staff_page(ACTOR, organisation="north").rows] == ["N-1"]
    assert [r.badge_no for r in staff_page(ACTOR, 2, 2).rows] == ["N-1"]
    assert staff_page(ACTOR, 1, 2).total == 3
    assert [r.badge_no for r in expiring(ACTOR, DAY + timedelta(days=31))] == ["B-1", "B-2"]
    inside = Actor("staff", "9", scope_of(north.id), frozenset({"register.read"}))
    assert [row.badge_no for row in staff_page(inside).rows] == ["N-1"]
    do(leave, badge_no="B-2", left_on=DAY, reason="goes")
    assert "B-2" not in {row.badge_no for row in staff_page(ACTOR).rows}
    assert "B-2" in {row.badge_no for row in staff_page(ACTOR, gone=True).rows}
    with pytest.raises(NotAllowed):
        staff_page(Actor("staff", "1", "lender"))


def test_the_diagnosis_says_by_when_the_list_must_be_published(day):
    engaged()
    noon = clock.now()

    def look(days: int) -> tuple[str, str]:
        (found,) = record.agencies(FixedClock(noon + timedelta(days=days)))
        return found.state.value, found.found

    assert look(0) == ("ok", "1 on the public list, as in the register")
    due_on = DAY + YEAR + timedelta(days=7)
    assert look(365) == ("warn", f"the public list must be published anew by {due_on}")
    assert look(372)[0] == "warn"
    assert look(373)[0] == "fail"


@pytest.fixture
def arrears(day, monkeypatch, capsys):
    """``arrears …`` in this process, on the test's database."""
    monkeypatch.setattr("arrears.cli.work.at_work", nullcontext)

    def call(*given: str, code: int = 0) -> str:
        assert cli.run(list(given)) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    return call


def test_an_agency_is_kept_from_the_command_line(arrears):
    arrears("agency", "add", "north", "--name", "North Ltd", "--address", "1 Road", "--phone", "1")
    assert "a contract" in arrears("agency", "approve", "north", "--reason", "x", code=75)
    arrears(
        "agency", "contract", "north", "--number", "C-1", "--purpose", "calls", "--product",
        "credit_card", "--jurisdiction", "CN", "--channel", "phone", "--from", "2025-01-01",
        "--until", "2100-01-01", "--assessed", "2025-01-01",
    )  # fmt: skip
    assert "north is approved" in arrears("agency", "approve", "north", "--reason", "in order")
    assert "says what it should" in arrears("agency", "publish")
    (row,) = json.loads(arrears("agency", "list", "--json"))
    assert (row["ref"], row["state"], row["obstacles"]) == ("north", "approved", "review")
    assert json.loads(arrears("agency", "show", "north"))["why_not"] == [
        "The yearly review is overdue."
    ]
    marks = ("--conduct", "3", "--quality", "3", "--data-security", "3", "--note", "seen")
    told = arrears("agency", "review", "north", "--on", f"{DAY}", *marks)
    assert f"due {DAY + YEAR}" in told
    assert "north is suspended" in arrears("agency", "suspend", "north", "--reason", "shouting")
    assert "suspended" in arrears("agency", "list")
    arrears("agency", "review", "north", "--kind", "exit", "--on", f"{DAY}", *marks)
    done = ("--kind", "deleted", "--on", f"{DAY}", "--statement", "wiped")
    assert "proof kept" in arrears("agency", "deletion", "north", *done)
    assert "north is ended" in arrears("agency", "end", "north", "--reason", "over")


def test_staff_are_kept_from_the_command_line(arrears, tmp_path):
    joined = ("--name", "Mei", "--joined", "2026-01-05")
    arrears("staff", "add", "B-1", *joined)
    assert "somebody else" in arrears("staff", "add", "B-1", *joined, code=75)
    arrears(
        "staff", "certify", "B-1", "--kind", "background", "--passed", "2026-01-05", "--until",
        "2026-02-05", "--reference", "R",
    )  # fmt: skip
    picture = tmp_path / "face.png"
    Image.new("RGB", (200, 300)).save(picture)
    assert "photo on badge: B-1" in arrears("staff", "photo", "B-1", str(picture))
    picture.write_text("<svg/>")
    assert "no photo" in arrears("staff", "photo", "B-1", str(picture), code=65)
    assert "cannot be read" in arrears("staff", "photo", "B-1", str(tmp_path / "x"), code=66)
    (member,) = json.loads(arrears("staff", "list", "--json"))
    assert member["papers"] == {"background": "2026-02-05"}
    assert "trained, cleared" in arrears("staff", "list")
    assert "B-1 leaves" in arrears("staff", "leave", "B-1", "--on", "2026-12-01", "--reason", "x")
    assert "B-1 is gone" in arrears("staff", "leave", "B-1", "--on", "2026-02-01", "--reason", "x")
    assert json.loads(arrears("staff", "list", "--json")) == []


def test_filters_find_whom_the_facts_name(day):
    """SQL narrows the list, rules say who may act: the two must not differ."""
    soon = DAY + timedelta(days=30)
    trained("B-ok")
    trained("B-soon", until_on=soon)
    trained("B-late", until_on=DAY + timedelta(days=31))
    trained("B-over", until_on=DAY + timedelta(days=1))
    staff("B-bare")
    staff("B-dark", pictured=False)
    staff("B-ended", badge_until_on=DAY + timedelta(days=1))
    engaged("north")
    trained("N-1", "north")
    days = {"from_on": DAY, "until_on": soon}
    do(give_letter, letter_no="A-1", organisation="lender", **days)
    do(give_letter, letter_no="A-2", badge_no="N-1", **days, person_id=person_in_book("P"))
    do(revoke_letter, letter_no="A-2", reason="x")
    names = {
        "training": "staff_trained",
        "background": "staff_cleared",
        "badge": "staff_badged",
        "letter": "staff_authorised",
        "agent_certificate": "staff_certified",
    }
    for later in (0, 1, 29, 30, 31, 364, 365):
        with on(DAY + timedelta(days=later)):
            every = staff_page(ACTOR, 1, 200).rows
            for lacks, fact in names.items():
                found = staff_page(ACTOR, which=StaffFilter(lacks=lacks)).rows
                wanted = [row.badge_no for row in every if not row.facts[fact]]
                assert [row.badge_no for row in found] == wanted, (later, lacks)
            needed = [fact for fact in names.values() if fact != "staff_certified"]
            wanted = [r.badge_no for r in every if not all(r.facts[fact] for fact in needed)]
            found = staff_page(ACTOR, which=StaffFilter(lacks="any")).rows
            assert [row.badge_no for row in found] == wanted
            today = DAY + timedelta(days=later)
            for ends in ("over", "soon"):
                found = staff_page(ACTOR, which=StaffFilter(ends=ends)).rows
                wanted = [
                    row.badge_no
                    for row in every
                    if any((on_day <= today) == (ends == "over") for _, on_day in row.ends(today))
                ]
                assert [row.badge_no for row in found] == wanted, (later, ends)
    (bare,) = staff_page(ACTOR, which=StaffFilter(text="OFFICER B-BA")).rows
    assert bare.ends(DAY) == (("letter", soon),)
    assert staff_page(ACTOR, which=StaffFilter(text="%")).rows == ()
    for wrong in ({"lacks": "luck"}, {"ends": "never"}):
        with pytest.raises(BadInput):
            staff_page(ACTOR, which=StaffFilter(**wrong))


def test_one_member_with_all_papers_and_only_for_those_who_may(day):
    create_user(ACTOR, "mei", "梅", "collector", "correct horse battery")
    mei = trained("B-1")
    north = engaged("north")
    theirs = trained("N-1", "north")
    team_id = do(add_team, organisation="lender", name="Early", lead="B-1")["team"]
    do(join_team, team_id=team_id, badge_no="B-1", from_on=DAY)
    do(add_absence, badge_no="B-1", from_on=DAY, reason="sick")
    person = person_in_book("P")
    do(declare_conflict, badge_no="B-1", person_id=person, reason="a cousin")
    days = {"from_on": DAY, "until_on": DAY + YEAR}
    do(give_letter, letter_no="A-1", organisation="lender", **days)
    do(give_letter, letter_no="A-2", badge_no="B-1", **days, person_id=person)
    found = member(ACTOR, mei.id)
    assert (found.row.badge_no, found.gone, str(found.team_id)) == ("B-1", False, team_id)
    assert len(found.certificates) == 4
    assert [(each["letter_no"], each["of_all"]) for each in found.letters] == [
        ("A-1", True), ("A-2", False),
    ]  # fmt: skip
    assert [each["person_ref"] for each in found.conflicts] == ["P"]
    assert [(each["name"], each["until_on"]) for each in found.teams] == [("Early", None)]
    (row,) = teams(ACTOR)
    assert (row.name, row.members, row.away, row.lead_badge_no) == ("Early", 1, 1, "B-1")
    inside = Actor("staff", "9", scope_of(north.id), frozenset({"register.read", "agencies.read"}))
    assert member(inside, theirs.id).row.badge_no == "N-1"
    assert teams(inside) == ()
    assert [each.ref for each in employers(inside)] == ["north"]
    assert [each.ref for each in agencies(inside)] == ["north"]
    engaged("south")
    for see in (
        lambda: member(inside, mei.id),
        lambda: photo(inside, mei.id),
        lambda: team(inside, row.id),
        lambda: one(inside, "south"),
        lambda: member(ACTOR, person),
    ):
        with pytest.raises(NotFound):
            see()
    assert [each.ref for each in employers(ACTOR)] == ["lender", "north", "south"]


def test_an_agency_reads_its_marks_but_not_the_notes_of_the_reviewers(day):
    north = engaged("north")
    marks = {"conduct": 2, "quality": 3, "data_security": 4, "note": "they shout"}
    do(review_agency, ref="north", kind="yearly", reviewed_on=DAY, **marks)
    inside = Actor("staff", "9", scope_of(north.id), frozenset({"agencies.read"}))
    assert [each["note"] for each in one(ACTOR, "north").reviews] == ["they shout"]
    (seen,) = one(inside, "north").reviews
    assert (seen["rating"], seen["note"]) == (2, None)
