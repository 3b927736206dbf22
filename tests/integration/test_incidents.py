"""Incidents: reported by people, looked into, told to whom the law wants, closed by two."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from conduct_people import ACTOR, NOON, at, debtor
from django.db import DatabaseError, connection
from django.db import transaction as savepoint

from arrears.conduct.actions.incidents import (
    add_step,
    confirm_incident,
    report_incident,
    return_incident,
    settle_incident,
)
from arrears.conduct.models import IncidentStep
from arrears.conduct.queries import incident, incidents
from arrears.journal.queries import entries_of
from arrears.journal.streams import of_person
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, Conflict, IllegalTransition, NotAllowed, NotFound
from arrears.people.roles import ROLES
from arrears.store import clock
from arrears.store.actor import LENDER, Actor, system
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db
SECOND = system("second")


@pytest.fixture(autouse=True)
def at_noon():
    with clock.use(FixedClock(NOON)):
        yield


def staff(role: str, ref: str = "900001") -> Actor:
    return Actor("staff", ref, LENDER, ROLES[role], role)


def reported(command_id: str = "r", actor: Actor = ACTOR, **differing) -> UUID:
    given = {"kind": "leak", "what": "A list went to the wrong agency."} | differing
    return UUID(str(report_incident(actor, command_id, **given)["incident_id"]))


def told(made: UUID, to: str, command_id: str, kind: str = "told") -> None:
    add_step(ACTOR, command_id, incident_id=made, kind=kind, told_to=to, text="Told by post.")


def test_a_leak_is_told_before_it_is_closed_and_closed_by_two():
    debtor("A")
    made = reported(person_ref="A", happened_at=NOON - timedelta(hours=3), done="Access was cut.")
    view = incident(ACTOR, made).incident
    assert [duty.notice.to for duty in view.duties] == ["authority", "person"]
    assert view.late and view.grave
    with pytest.raises(Conflict, match="must still be told"):
        settle_incident(ACTOR, "s", incident_id=made, note="Found.")
    told(made, "authority", "t1")
    told(made, "person", "t2", kind="spared")
    assert settle_incident(ACTOR, "s", incident_id=made, note="Found.")["state"] == "closing"
    with pytest.raises(NotAllowed, match="alone"):
        confirm_incident(ACTOR, "c", incident_id=made)
    assert confirm_incident(SECOND, "c", incident_id=made)["state"] == "settled"
    view = incident(ACTOR, made).incident
    assert (view.asked_by, view.settled_by, view.late) == ("system:test", "system:second", False)


def test_all_of_it_is_in_the_persons_stream_and_words_lie_apart():
    person_id = debtor("A")
    made = reported(person_ref="A")
    told(made, "authority", "t1")
    told(made, "person", "t2")
    settle_incident(ACTOR, "s", incident_id=made, note="Found.")
    confirm_incident(SECOND, "c", incident_id=made)
    rows = entries_of(ACTOR, of_person(person_id)).rows
    kinds = [row.kind.removeprefix("conduct.incident_") for row in reversed(rows)]
    assert kinds == ["opened", "step", "step", "asked", "settled"]
    assert all("A list" not in str(row.data) and "post" not in str(row.data) for row in rows)
    assert rows[-1].personal == {"what": "A list went to the wrong agency."}


def test_the_second_person_may_leave_it_open():
    made = reported(kind="manner", what="They shouted.")
    settle_incident(ACTOR, "s", incident_id=made, note="Warned.")
    with pytest.raises(BadInput):
        return_incident(SECOND, "b0", incident_id=made, reason=" ")
    assert (
        return_incident(SECOND, "b", incident_id=made, reason="Ask the person.")["state"] == "open"
    )
    with pytest.raises(IllegalTransition):
        confirm_incident(SECOND, "c", incident_id=made)
    assert incident(ACTOR, made).incident.note is None


def test_a_light_one_is_closed_by_one_and_only_once():
    made = reported(kind="other", what="A letter came back.")
    assert settle_incident(ACTOR, "s", incident_id=made, note="Filed.")["state"] == "settled"
    with pytest.raises(IllegalTransition):
        settle_incident(ACTOR, "s2", incident_id=made, note="Again.")
    with pytest.raises(Conflict, match="closed"):
        add_step(ACTOR, "d", incident_id=made, kind="done", text="More.")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"kind": "unfit"}, BadInput),
        ({"kind": "rumour"}, BadInput),
        ({"what": "  "}, BadInput),
        ({"what": "x" * 2001}, BadInput),
        ({"done": "nul \0"}, BadInput),
        ({"happened_at": NOON + timedelta(minutes=1)}, BadInput),
        ({"person_ref": "nobody"}, NotFound),
    ],
)
def test_a_report_that_says_nothing_usable_is_refused(wrong: dict, error: type[Exception]):
    with pytest.raises(error):
        reported(**wrong)
    assert incidents(ACTOR, state=None).total == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "told"},
        {"kind": "done", "told_to": "person"},
        {"kind": "told", "told_to": "press"},
        {"kind": "spared", "told_to": "authority"},
        {"kind": "sung"},
        {"kind": "done", "text": ""},
        {"kind": "done", "happened_at": NOON + timedelta(minutes=1)},
    ],
)
def test_a_step_that_is_none_is_refused(wrong: dict):
    made = reported()
    with pytest.raises(BadInput):
        add_step(ACTOR, "x", **({"incident_id": made, "text": "Done."} | wrong))


def test_sent_twice_it_is_one_incident():
    assert reported("same") == reported("same")
    assert incidents(ACTOR).total == 1


def test_most_roles_see_what_they_reported_and_no_more():
    reported("mine", staff("collector"))
    reported("other")
    assert incidents(staff("collector")).total == 1
    assert incidents(staff("collector", "900002")).total == 0
    assert incidents(staff("compliance")).total == 2
    hidden = incidents(ACTOR, state=None).rows
    theirs = next(row.id for row in hidden if not row.own and row.opened_by != "system:test")
    assert incident(staff("collector"), theirs).incident.own
    with pytest.raises(NotFound):
        incident(staff("collector", "900002"), theirs)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_may_close_is_as_the_table_says(role: str):
    made = reported(kind="manner", what="They shouted.")
    may_settle, may_confirm = role == "compliance", role in ("compliance", "head_of_collections")
    if may_settle:
        settle_incident(staff(role), "s", incident_id=made, note="Found.")
    else:
        with pytest.raises(NotAllowed):
            settle_incident(staff(role), "s", incident_id=made, note="Found.")
        settle_incident(ACTOR, "s", incident_id=made, note="Found.")
    if may_confirm:
        confirm_incident(staff(role, "900002"), "c", incident_id=made)
    else:
        with pytest.raises(NotAllowed):
            confirm_incident(staff(role, "900002"), "c", incident_id=made)


def test_an_agency_names_whom_it_touches_and_only_its_own():
    debtor("A")
    agency = Actor(
        "staff", "900003", "agency:00000000-0000-7000-8000-000000000001",
        ROLES["agency_collector"], "agency_collector",
    )  # fmt: skip
    with pytest.raises(BadInput, match="whom"):
        reported("a1", agency)
    with pytest.raises(NotFound):
        reported("a2", agency, person_ref="A")


def test_the_list_is_narrowed_by_state_and_kind_and_the_newest_stands_first():
    first = reported("1", kind="other", what="One.")
    with clock.use(FixedClock(NOON + timedelta(hours=1))):
        second = reported("2", kind="manner", what="Two.")
    assert [row.id for row in incidents(ACTOR).rows] == [second, first]
    assert [row.id for row in incidents(ACTOR, kind="other").rows] == [first]
    settle_incident(ACTOR, "s", incident_id=first, note="Filed.")
    settle_incident(ACTOR, "s2", incident_id=second, note="Warned.")
    assert [row.id for row in incidents(ACTOR, state="unsettled").rows] == [second]
    assert [row.id for row in incidents(ACTOR, state="settled").rows] == [first]
    assert incidents(ACTOR, state=None).total == 2


def test_what_was_done_is_never_rewritten():
    made = reported()
    told(made, "authority", "t")
    for sql in ("UPDATE conduct_incident_step SET text = 'x'", "DELETE FROM conduct_incident_step"):
        with at(), pytest.raises(DatabaseError), savepoint.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with transaction(ACTOR):
        assert IncidentStep.objects.count() == 1


def test_the_database_too_wants_a_second_person():
    made = reported(kind="manner", what="They shouted.")
    settle_incident(ACTOR, "s", incident_id=made, note="Found.")
    with at(), pytest.raises(DatabaseError), savepoint.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE conduct_incident SET settled_by = asked_by WHERE id = %s", [made])
