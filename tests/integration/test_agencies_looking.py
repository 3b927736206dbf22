"""An agency's people look at, reveal and export the persons placed with them, and nobody else."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from conduct_people import NOON
from placements_book import COMPLIANCE, HEAD, agency, drawn, placed, staff_actor, through, when
from sealed_person import describe

from arrears.cases.exports import actions as exporting
from arrears.cases.exports.actions import approve, ask, fetch
from arrears.cases.exports.queries import exports
from arrears.journal.models import JournalEntry, JournalPersonal
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.people.access import TABLE
from arrears.people.access.actions import note_read, reveal
from arrears.people.access.queries import reveals_left, told_to_person, who_looked
from arrears.people.models import Organisation
from arrears.people.organisations import scope_of
from arrears.people.queries import person
from arrears.store.actor import Actor, system
from arrears.store.transactions import transaction

PHONE = "+8613911112222"
WHY = "The borrower asks which number is on file."


def looking(agency: Organisation, role: str = "agency_collector") -> Actor:
    return staff_actor("91" if agency.ref == "north" else "92", role, scope_of(agency.id))


@pytest.fixture
def two(db):
    """North has N1 and N2, south has S1; the clock stands at noon."""
    with when():
        north, south = agency("north"), agency("south")
        (n1, _), (s1,) = placed("N1", "N2"), placed("S1", ref="south")
        with transaction(system("test")):
            for each in (n1, s1):
                describe(each, phone=PHONE)
        yield north, south, n1, s1


def export(actor, key, **changed):
    given = {"kind": "cases", "form": "csv", "which": {}, "reason": WHY}
    return ask(actor, key, **{**given, **changed})


def refs(made) -> list[str]:
    lines = csv.reader(io.StringIO(made.content.decode("utf-8-sig"), newline=""))
    return sorted(line[0] for line in list(lines)[2:])


def test_an_agencys_collector_reveals_a_field_of_their_own_person(two):
    north, _, n1, _ = two
    collector = looking(north)
    assert person(collector, n1).phone == "+86•••••••2222"
    told = reveal(collector, "r1", person_id=n1, field="phone", reason=WHY)
    assert told["left_today"] == TABLE.reveals_a_day["agency_collector"] - 1
    assert person(collector, n1).phone == PHONE
    (look,) = who_looked(COMPLIANCE, n1).rows
    assert (look.what, look.field, look.role) == ("reveal", "phone", "agency_collector")
    assert (look.organisation, look.reason) == (north.name, WHY)
    (own,) = told_to_person(system("portal"), n1).rows
    assert (own.organisation, own.staff, own.reason) == (north.name, None, None)


def test_of_a_person_of_another_agency_nothing_is_revealed_and_nothing_left(two):
    north, south, n1, s1 = two
    before = (JournalEntry.objects.count(), JournalPersonal.objects.count())
    for actor, whom in ((looking(north), s1), (looking(south), n1)):
        with pytest.raises(NotFound):
            reveal(actor, f"r {whom}", person_id=whom, field="phone", reason=WHY)
        with pytest.raises(NotFound):
            person(actor, whom)
        assert reveals_left(actor) == TABLE.reveals_a_day["agency_collector"]
    assert (JournalEntry.objects.count(), JournalPersonal.objects.count()) == before


@pytest.mark.parametrize(
    ("role", "field", "error"),
    [
        ("agency_manager", "phone", NotAllowed),  # may see, and reveals nothing
        ("agency_collector", "health", NotAllowed),
        ("agency_collector", "place", NotAllowed),
        ("agency_collector", "name", BadInput),  # shown already
    ],
)
def test_what_the_table_does_not_let_an_agency_reveal_stays_masked(two, role, field, error):
    north, _, n1, _ = two
    with pytest.raises(error):
        reveal(looking(north, role), "r", person_id=n1, field=field, reason=WHY)


def test_a_recall_ends_the_sight_and_does_not_give_back_the_limit(two):
    north, _, n1, _ = two
    collector = looking(north)
    reveal(collector, "r", person_id=n1, field="phone", reason=WHY)
    with when(NOON + timedelta(minutes=1)):
        through(drawn("recall", person_refs=["N1"]))
    with when(NOON + timedelta(minutes=2)):
        with pytest.raises(NotFound):
            person(collector, n1)
        assert reveals_left(collector) == TABLE.reveals_a_day["agency_collector"] - 1
        assert [look.what for look in who_looked(COMPLIANCE, n1).rows] == ["reveal"]


def test_a_page_view_of_an_agencys_people_is_on_record_in_their_name(two):
    north, _, n1, _ = two
    note_read(looking(north), n1, "case")
    (look,) = who_looked(COMPLIANCE, n1).rows
    assert (look.what, look.role, look.organisation) == ("case", "agency_collector", north.name)


def test_an_agencys_export_holds_its_persons_and_is_on_their_record(two):
    north, south, n1, s1 = two
    manager = looking(north, "agency_manager")
    made = export(manager, "e1")
    assert (made["state"], made["rows"]) == ("approved", 2)
    with pytest.raises(NotFound):
        fetch(looking(south, "agency_manager"), made["export"])
    file = fetch(manager, made["export"])
    assert refs(file) == ["N1", "N2"]
    assert PHONE.encode() not in file.content
    (look,) = who_looked(COMPLIANCE, n1).rows
    assert (look.what, look.role, look.organisation) == ("export", "agency_manager", north.name)
    assert who_looked(COMPLIANCE, s1).total == 0
    assert exports(looking(south, "agency_manager")).total == 0
    assert [row.role for row in exports(COMPLIANCE).rows] == ["agency_manager"]


def test_a_filter_leads_an_agency_to_nobody_elses_persons(two):
    north, *_ = two
    manager = looking(north, "agency_manager")
    with pytest.raises(BadInput):
        export(manager, "e1", which={"text": "S1"})
    with pytest.raises(NotAllowed):
        export(manager, "e2", kind="persons")
    with pytest.raises(NotAllowed):
        export(looking(north), "e3")


def test_above_a_size_the_lender_approves_an_agencys_export(two, monkeypatch):
    north, *_ = two
    monkeypatch.setattr(exporting, "TABLE", replace(TABLE, second_person_above_rows=1))
    manager = looking(north, "agency_manager")
    made = export(manager, "e1")
    assert made["state"] == "asked"
    with pytest.raises(NotAllowed):
        approve(looking(north, "agency_collector"), "a1", export_id=made["export"])
    approve(COMPLIANCE, "a2", export_id=made["export"])
    assert refs(fetch(manager, made["export"])) == ["N1", "N2"]


def test_a_recall_between_asking_and_fetching_lets_nothing_out(two):
    north, *_ = two
    manager = looking(north, "agency_manager")
    made = export(manager, "e1")
    with when(NOON + timedelta(minutes=1)):
        through(drawn("recall", person_refs=["N1"]))
        with pytest.raises(Conflict, match="changed"):
            fetch(manager, made["export"])
    assert HEAD.scope != manager.scope
