"""Who decides about a batch, that nothing but what was previewed is carried out, and undoing."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from conduct_people import NOON, at, debtor, go_live
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from placements_book import (
    COMPLIANCE,
    HEAD,
    agency,
    call_of,
    drawn,
    now_placed,
    placed,
    through,
    when,
    which,
)
from register_book import ACTOR, do

from arrears.cases.models import Case
from arrears.conduct.actions.holds import open_hold
from arrears.conduct.gate import gate
from arrears.conduct.verdicts import Allowed
from arrears.kernel.errors import Conflict, IllegalTransition, NotAllowed
from arrears.people.models import Person
from arrears.placements.actions import approve, ask, carry_out, mark_told, recall, refuse, undo
from arrears.placements.limits import limits
from arrears.placements.models import BatchLine, PlacementBatch
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with when():
        go_live()
        yield


@pytest.fixture
def north(noon):
    return agency()


def test_above_a_limit_another_person_decides_and_below_it_nobody_else(north):
    debtor("A")
    with at():
        Case.objects.update(overdue_minor=limits().money_above_minor["CNY"] + 1)
    batch = drawn(person_refs=["A"])
    assert batch["second_because"] == ["money:CNY"]
    assert do(ask, HEAD, **which(batch))["state"] == "asked"
    with pytest.raises(NotAllowed, match="nobody approves or refuses"):
        do(approve, HEAD, **which(batch), reason="I say so")
    with pytest.raises(IllegalTransition):
        do(carry_out, HEAD, **which(batch))
    assert do(approve, COMPLIANCE, **which(batch), reason="seen")["state"] == "approved"
    assert do(carry_out, HEAD, **which(batch))["persons"] == 1


def test_the_database_refuses_one_person_in_both_roles(north):
    debtor("A")
    batch = drawn(person_refs=["A"])
    with transaction(ACTOR), pytest.raises(IntegrityError), atomic():
        PlacementBatch.objects.filter(id=batch["batch_id"]).update(
            second_because=["persons"], asked_by="staff:1", decided_by="staff:1"
        )


def test_more_persons_than_the_limit_take_a_second_person(north, monkeypatch):
    for number in range(3):
        debtor(f"P{number}")
    low = limits().__class__(limits().good_for, limits().undo_within, 500, 2, {"CNY": 10**9})
    monkeypatch.setattr("arrears.placements.actions.previewing.limits", lambda: low)
    assert drawn(person_refs=["P0", "P1", "P2"])["second_because"] == ["persons"]
    assert drawn(person_refs=["P0", "P1"])["second_because"] == []


def test_nothing_else_than_what_was_previewed_can_be_approved_or_carried_out(north):
    debtor("A")
    debtor("B")
    first, other = drawn(person_refs=["A"]), drawn(person_refs=["B"])
    wrong = {"batch_id": UUID(first["batch_id"]), "digest": other["digest"]}
    with pytest.raises(Conflict, match="not the list"):
        do(ask, HEAD, **wrong)
    do(ask, HEAD, **which(first))
    with at():
        BatchLine.objects.create(
            batch_id=first["batch_id"], person=Person.objects.get(person_ref="B")
        )
    with pytest.raises(Conflict, match="changed after it was previewed"):
        do(carry_out, HEAD, **which(first))
    assert now_placed("A") is None and now_placed("B") is None


def test_who_changed_since_the_preview_stays_and_is_listed(north):
    debtor("A")
    debtor("B")
    batch = drawn(person_refs=["A", "B"])
    do(ask, HEAD, **which(batch))
    do(open_hold, person_ref="B", kind="complaint", source="person", reason="rude")
    moved = do(carry_out, HEAD, **which(batch))
    assert (moved["persons"], moved["changed"]) == (1, [{"reason": "held", "persons": 1}])
    assert now_placed("A") is not None and now_placed("B") is None


def test_a_preview_expires(north):
    debtor("A")
    batch = drawn(person_refs=["A"])
    late = NOON + limits().good_for
    with when(late), pytest.raises(Conflict, match="too old"):
        do(ask, HEAD, **which(batch))
    with when(late):
        drawn(person_refs=["A"])
    with transaction(ACTOR):
        states = PlacementBatch.objects.order_by("previewed_at").values_list("state", flat=True)
        assert list(states) == ["expired", "previewed"]


def test_a_refused_batch_moves_nobody(north):
    debtor("A")
    batch = drawn(person_refs=["A"])
    do(ask, HEAD, **which(batch))
    do(refuse, COMPLIANCE, batch_id=UUID(batch["batch_id"]), reason="too early")
    with pytest.raises(IllegalTransition):
        do(carry_out, HEAD, **which(batch))


def test_a_placement_nobody_acted_on_can_be_undone(north):
    debtor("A")
    batch = through(drawn(person_refs=["A"]))
    done = do(undo, HEAD, batch_id=UUID(batch["batch_id"]), reason="the wrong list")
    assert done["state"] == "undone"
    assert now_placed("A") is None
    with pytest.raises(IllegalTransition):
        do(undo, HEAD, batch_id=UUID(batch["batch_id"]), reason="again")


@pytest.mark.parametrize("why", ["contacted", "told", "ended", "late"])
def test_a_placement_is_not_undone_once_it_had_effects_and_says_why(north, why):
    person = debtor("A")
    batch = through(drawn(person_refs=["A"]))
    later = NOON + timedelta(minutes=5)
    if why in ("told", "contacted"):
        do(mark_told, HEAD, person_ref="A", channel="sms", evidence="m")
    if why == "contacted":
        with transaction(ACTOR), connection.cursor() as cursor:
            cursor.execute("UPDATE placements_notice SET told_at = NULL, told_by = NULL,"
                           " channel = NULL")  # fmt: skip
        with at(later) as now:
            allowed = gate(now, call_of(person, "north"), spend=True)
            assert isinstance(allowed, Allowed), allowed
    if why == "ended":
        do(recall, HEAD, organisation="north", person_refs=["A"], reason="r")
    if why == "late":
        later = NOON + limits().undo_within
    words = {"contacted": "contacted", "told": "told of the agency", "ended": "taken back",
             "late": "time to undo"}  # fmt: skip
    with when(later), pytest.raises(Conflict, match="cannot be undone") as refusal:
        do(undo, HEAD, batch_id=UUID(batch["batch_id"]), reason="a mistake")
    assert words[why] in str(refusal.value)
    assert sum(word in str(refusal.value) for word in words.values()) == 1


def test_a_recall_is_not_undone(north):
    placed("A")
    done = do(recall, HEAD, organisation="north", person_refs=["A"], reason="r")
    with pytest.raises(Conflict, match="not undone"):
        do(undo, HEAD, batch_id=UUID(done["batch_id"]), reason="r")
