"""Identity fields are masked; revealing one takes a reason, is limited, on record, and passes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from sealed_person import create_person

from arrears.journal.queries import entries_of
from arrears.journal.streams import of_person
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import named
from arrears.people.access import TABLE
from arrears.people.access.actions import note_read, reveal
from arrears.people.access.models import Reveal
from arrears.people.access.queries import reveals_left, told_to_person, who_looked
from arrears.people.actions import create_user
from arrears.people.models import User
from arrears.people.queries import PersonView, person, staff_actor
from arrears.store import clock
from arrears.store.actor import LENDER, NOTHING, Actor, system
from arrears.store.commands import Replayed
from arrears.store.transactions import transaction

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
WHO = named("person", "p1")
WHY = "The borrower asks whether this is still the number."
IDENTITY = {
    "phone": "+8613800138000",
    "email": "wang@example.org",
    "national_id": "110101199003070010",
    "birth_on": "1990-03-07",
    "address": "上海市浦东新区世纪大道100号3楼",
}


def staff(role: str, ref: str = "7") -> Actor:
    return Actor("staff", ref, LENDER, TABLE.held[role], role)


def add_person() -> None:
    with transaction(system("test")):
        create_person(
            "p1",
            id=WHO,
            name="王梅",
            **{**IDENTITY, "birth_on": date(1990, 3, 7)},
            jurisdiction="CN",
            latitude=31.2,
            longitude=121.5,
            tape_id=named("tape", "t"),
            updated_at=NOW,
        )


@pytest.fixture
def someone(db) -> Iterator[None]:
    with clock.use(FixedClock(NOW)):
        add_person()
        yield


def shown(view: PersonView) -> set[str]:
    return {name for name, value in IDENTITY.items() if getattr(view, name) == value}


@pytest.mark.parametrize("role", sorted(TABLE.roles))
def test_each_role_sees_each_field_as_the_table_says(someone, role):
    view = person(Actor("staff", "7", LENDER, frozenset({"people.read"}), role), WHO)
    for name, value in IDENTITY.items():
        seen = getattr(view, name)
        match TABLE.fields[name].seen[role]:
            case "shown":
                assert seen == value
            case "hidden":
                assert seen is None
            case "masked":
                assert seen not in (None, value)
                assert value not in seen
                assert name in view.masked
    assert (view.latitude is None) == (TABLE.fields["place"].seen[role] != "shown")
    assert (view.name is None) == (TABLE.fields["name"].seen[role] == "hidden")


def test_programs_and_the_system_see_it_masked(someone):
    machine = Actor("machine", "1", LENDER, frozenset({"people.read"}))
    for actor in (machine, system("daily")):
        assert shown(person(actor, WHO)) == set()
    assert person(machine, WHO).birth_on == "1990-••-••"
    assert person(machine, WHO).address == "上海市浦东新•••"


def test_a_reveal_shows_one_field_to_one_person_of_staff_for_some_minutes(someone):
    result = reveal(staff("collector"), "c1", person_id=WHO, field="phone", reason=WHY)
    assert result["left_today"] == TABLE.reveals_a_day["collector"] - 1
    view = person(staff("collector"), WHO)
    assert shown(view) == {"phone"}
    assert view.revealed["phone"] == NOW + timedelta(minutes=TABLE.reveal_minutes)
    assert shown(person(staff("collector", "8"), WHO)) == set()
    just_before = NOW + timedelta(minutes=TABLE.reveal_minutes, seconds=-1)
    with clock.use(FixedClock(just_before)):
        assert shown(person(staff("collector"), WHO)) == {"phone"}
    with clock.use(FixedClock(just_before + timedelta(seconds=1))):
        assert shown(person(staff("collector"), WHO)) == set()


def test_the_same_command_again_reveals_once(someone):
    given = {"person_id": WHO, "field": "phone", "reason": WHY}
    first = reveal(staff("collector"), "c1", **given)
    again = reveal(staff("collector"), "c1", **given)
    assert isinstance(again, Replayed)
    assert again == first
    assert Reveal.objects.count() == 0  # row security: outside a transaction nobody sees any
    assert reveals_left(staff("collector")) == TABLE.reveals_a_day["collector"] - 1


def test_a_reveal_is_on_record_with_who_what_and_why(someone):
    reveal(staff("hotline"), "c1", person_id=WHO, field="national_id", reason=f"  {WHY} ")
    (entry,) = entries_of(system("test"), of_person(WHO)).rows
    assert (entry.kind, entry.actor) == ("people.revealed", "staff:7")
    assert entry.data == {
        "role": "hotline", "scope": LENDER, "field": "national_id",
        "minutes": TABLE.reveal_minutes,
    }  # fmt: skip
    assert entry.personal == {"reason": WHY}
    assert "110101199003070010" not in repr(entry)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"reason": "x" * 9}, BadInput),
        ({"reason": " " * 40}, BadInput),
        ({"reason": "x" * 1001}, BadInput),
        ({"reason": "\0" * 40}, BadInput),
        ({"field": "shoe_size"}, BadInput),
        ({"field": ""}, BadInput),
        ({"field": "phone; DROP TABLE people_person"}, BadInput),
        ({"field": "name"}, BadInput),  # shown already
        ({"field": "health"}, NotAllowed),  # hidden from the role
        ({"field": "place"}, NotAllowed),
        ({"person_id": named("person", "p2")}, NotFound),
    ],
)
def test_a_reveal_that_cannot_be_leaves_nothing(someone, changed, error):
    with pytest.raises(error):
        reveal(
            staff("collector"),
            "c1",
            **{"person_id": WHO, "field": "phone", "reason": WHY} | changed,
        )
    assert shown(person(staff("collector"), WHO)) == set()
    assert entries_of(system("test"), of_person(WHO)).total == 0


@pytest.mark.parametrize("role", sorted(TABLE.roles))
def test_only_roles_with_the_permission_reveal(someone, role):
    given = {"person_id": WHO, "field": "phone", "reason": WHY}
    if "people.reveal" in TABLE.held[role]:
        assert reveal(staff(role), "c1", **given)["reveal"]
    else:
        with pytest.raises(NotAllowed):
            reveal(staff(role), "c1", **given)


def test_who_sees_nothing_reveals_nothing(someone):
    nowhere = Actor("staff", "7", NOTHING, TABLE.held["collector"], "collector")
    with pytest.raises(NotFound):
        reveal(nowhere, "c1", person_id=WHO, field="phone", reason=WHY)


def test_the_limit_is_of_a_day_and_of_a_person_of_staff(someone):
    limit = TABLE.reveals_a_day["collector"]
    given = {"person_id": WHO, "field": "phone", "reason": WHY}
    for number in range(limit):
        assert reveal(staff("collector"), f"c{number}", **given)["left_today"] == limit - number - 1
    with pytest.raises(Conflict):
        reveal(staff("collector"), "one too many", **given)
    assert reveals_left(staff("collector")) == 0
    assert reveal(staff("collector", "8"), "other", **given)["left_today"] == limit - 1
    with clock.use(FixedClock(NOW + timedelta(days=1))):
        assert reveal(staff("collector"), "tomorrow", **given)["left_today"] == limit - 1


def test_the_last_reveal_asked_for_twice_at_once_is_given_once(committed_db):
    add_person()
    given = {"person_id": WHO, "field": "phone", "reason": WHY}
    limit = TABLE.reveals_a_day["collector"]
    for number in range(limit - 1):
        reveal(staff("collector"), f"c{number}", **given)
    told: list[str] = []
    together = threading.Barrier(3)

    def ask(number: int) -> None:
        try:
            together.wait(10)
            reveal(staff("collector"), f"last {number}", **given)
            told.append("given")
        except Conflict:
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["given", "refused", "refused"]


def test_who_looked_is_told_by_name_to_compliance_and_by_role_to_the_person(someone):
    user = User.objects.get(
        pk=create_user(system("test"), "mei", "李梅", "collector", "correct horse battery")
    )
    note_read(staff_actor(user), WHO, "case")
    reveal(staff_actor(user), "c1", person_id=WHO, field="phone", reason=WHY)
    note_read(system("daily"), WHO, "person")
    note_read(Actor("machine", "1", LENDER), WHO, "person")
    page = who_looked(staff("compliance"), WHO)
    assert [(look.what, look.field, look.role) for look in page.rows] == [
        ("reveal", "phone", "collector"),
        ("case", None, "collector"),
    ]
    assert {look.staff for look in page.rows} == {"李梅"}
    assert page.rows[0].reason == WHY
    assert page.rows[0].organisation == "lender"
    own = told_to_person(system("portal"), WHO)
    assert [look.what for look in own.rows] == ["reveal", "case"]
    assert {(look.staff, look.reason, look.role) for look in own.rows} == {
        (None, None, "collector")
    }
    assert "李梅" not in repr(own)


def test_the_log_of_reads_is_for_those_who_watch(someone):
    for role in sorted(TABLE.roles):
        if role in ("compliance", "administrator", "security_officer"):
            assert who_looked(staff(role), WHO).total == 0
        else:
            with pytest.raises(NotAllowed):
                who_looked(staff(role), WHO)
    with pytest.raises(NotFound):
        who_looked(staff("compliance"), named("person", "p2"))
    with pytest.raises(BadInput):
        who_looked(staff("compliance"), WHO, 0)


def test_a_read_of_an_unknown_kind_is_a_defect(someone):
    with pytest.raises(ValueError, match="subject"):
        note_read(staff("collector"), WHO, "shoes")
