"""Placements by API: previewed, asked for, recalled, kept; each house sees its own."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from api_calls import Caller, operations
from conduct_people import ACTOR, NOON, debtor
from django.db import connections
from placements_book import (
    COMPLIANCE,
    HEAD,
    TERM,
    agency,
    drawn,
    now_placed,
    placed,
    when,
    which,
)
from register_book import do

from arrears.conduct.models import Hold
from arrears.kernel.errors import ArrearsError
from arrears.kernel.ids import named, uuid7
from arrears.people.roles import AGENCY_CLIENT_SCOPES, CLIENT_SCOPES
from arrears.placements.actions import approve, ask, carry_out
from arrears.placements.models import BatchLine, Placement, PlacementBatch
from arrears.store.transactions import transaction

LENDERS = ("placements.ask", "placements.read", "placements.recall", "cases.read")
AGENCYS = ("placements.read", "placements.retain", "cases.read")
LATER = TERM + timedelta(days=20)


def wanted(*refs: str, **differing) -> dict:
    given = {"kind": "place", "organisation": "north", "filter": {"person_ids": list(refs)},
             "reason": "third month", "term_until_on": TERM.isoformat()}  # fmt: skip
    return given | differing


def kept(*refs: str, **differing) -> dict:
    given = {"organisation": "north", "person_ids": list(refs), "reason": "a plan runs",
             "term_until_on": LATER.isoformat()}  # fmt: skip
    return given | differing


def answered(response, status: int = 200) -> dict:
    assert response.status_code == status, response.content
    told: dict = response.json()
    return told


@pytest.fixture
def lender(db):
    """The lender's program, with an agency that may be given persons."""
    with when():
        agency("north")
        yield Caller.with_scopes(*LENDERS)


@pytest.fixture
def two(lender):
    """Programs of two agencies; north leads N1 and N2, south S1."""
    agency("south")
    placed("N1", "N2")
    placed("S1", ref="south")
    return tuple(Caller.with_scopes(*AGENCYS, of=ref) for ref in ("north", "south"))


def test_a_batch_is_previewed_asked_for_carried_out_and_read(lender):
    for ref in ("P1", "P2", "P3"):
        debtor(ref)
    with transaction(ACTOR):
        Hold.objects.create(
            id=uuid7(NOON), person_id=named("person", "P3"), kind="dispute", from_at=NOON,
            source="staff", reason="r", opened_by="x", opened_at=NOON,
        )  # fmt: skip
    seen = answered(lender.post("/placements/batches", wanted("P1", "P2", "P3")))
    assert (seen["state"], seen["persons"]) == ("previewed", 2)
    assert seen["set_aside"] == [{"reason": "held", "persons": 1}]
    assert seen["money"][0]["currency"] == "CNY"
    assert now_placed("P1") is None
    path = f"/placements/batches/{seen['batch_id']}"
    asked = answered(lender.post(f"{path}/ask", {"digest": seen["digest"]}))
    assert (asked["state"], asked["digest"]) == ("approved", seen["digest"])
    do(carry_out, HEAD, batch_id=UUID(seen["batch_id"]), digest=seen["digest"])
    batch = answered(lender.get(path))
    assert (batch["state"], batch["carried_out_count"]) == ("carried_out", 2)
    assert batch["asked_by"] == f"machine:{lender.id}"
    assert (batch["carried_out_by"], batch["organisation"]) == (HEAD.name, "north")
    for outcome, refs in (("taken", ["P1", "P2"]), ("set_aside", ["P3"])):
        found = answered(lender.get(f"{path}/persons?outcome={outcome}"))["rows"]
        assert [row["person_ref"] for row in found] == refs
    assert (found[0]["aside"], found[0]["detail"], found[0]["changed"]) == (
        "held", "dispute", False,
    )  # fmt: skip
    assert answered(lender.get(f"{path}/persons?size=2&page=2"))["total"] == 3
    (row,) = answered(lender.get("/persons/P1/placements"))["rows"]
    assert (row["organisation"], row["until_at"], row["told_at"]) == ("north", None, None)
    assert answered(lender.get("/placements"))["rows"][0]["untold"] == 2
    notices = answered(lender.get("/placements/notices"))["rows"]
    assert {each["person_ref"] for each in notices} == {"P1", "P2"}


def test_above_a_limit_a_person_approves_and_no_program_can(lender):
    assert {scope for _, _, scope in operations()} & {
        "placements.approve", "placements.carry_out",
    } == set()  # fmt: skip
    debtor("P1")
    with transaction(ACTOR):
        debtors = BatchLine.objects.count()
    assert debtors == 0
    seen = answered(lender.post("/placements/batches", wanted("P1")))
    with transaction(ACTOR):
        PlacementBatch.objects.update(second_because=["persons"])
    path = f"/placements/batches/{seen['batch_id']}/ask"
    told = answered(lender.post(path, {"digest": seen["digest"]}))
    assert (told["state"], told["second_because"]) == ("asked", ["persons"])
    do(approve, COMPLIANCE, **which(seen), reason="seen")
    again = answered(lender.post(path, {"digest": seen["digest"]}), 409)
    assert "approved" in str(again)


@pytest.mark.parametrize(
    ("change", "status", "where"),
    [
        ({"filter": {}}, 422, "filter"),
        ({"filter": {"least_minor": 5}}, 422, "currency"),
        ({"filter": {"person_ids": ["nobody"]}}, 422, "nobody"),
        ({"filter": {"person_ids": ["P1"], "persons": ["P1"]}}, 422, "/filter/persons"),
        ({"filter": {"person_ids": ["a\x00b"]}}, 422, "/filter/person_ids/0"),
        ({"filter": {"buckets": ["M9"]}}, 422, "/filter/buckets/0"),
        ({"filter": {"least_days": True}}, 422, "/filter/least_days"),
        ({"filter": {"buckets": ["M7+"]}}, 422, "empty"),
        ({"kind": "sell"}, 422, "/kind"),
        ({"reason": "  "}, 422, "reason"),
        ({"term_until_on": None}, 422, "term"),
        ({"term_until_on": "2026-11-25"}, 422, "term"),
        ({"term_until_on": "2099-01-01"}, 409, "contract"),
        ({"kind": "recall"}, 422, "no term"),
        ({"organisation": "lender"}, 422, "lender"),
        ({"organisation": "nobody"}, 404, "no such agency"),
        # Mass assignment: what the batch has, but who sends it does not say.
        ({"state": "approved"}, 422, "/state"),
        ({"second_because": []}, 422, "/second_because"),
        ({"asked_by": "staff:1", "decided_by": "staff:2"}, 422, "/decided_by"),
        ({"digest": "0" * 64}, 422, "/digest"),
    ],
)
def test_what_makes_no_batch_is_refused_and_leaves_nothing(lender, change, status, where):
    debtor("P1")
    told = answered(lender.post("/placements/batches", wanted("P1", **change)), status)
    assert where in str(told)
    with transaction(ACTOR):
        assert not PlacementBatch.objects.exists()


def test_the_list_that_is_asked_for_is_the_one_that_was_seen(lender):
    debtor("P1")
    seen = answered(lender.post("/placements/batches", wanted("P1")))
    path = f"/placements/batches/{seen['batch_id']}/ask"
    assert "not the list" in answered(lender.post(path, {"digest": "0" * 64}), 409)["title"]
    answered(lender.post(path, {"digest": seen["digest"], "state": "carried_out"}), 422)
    answered(lender.post(path, {}), 422)
    nowhere = f"/placements/batches/{uuid4()}"
    answered(lender.post(f"{nowhere}/ask", {"digest": seen["digest"]}), 404)
    answered(lender.get(nowhere), 404)
    answered(lender.get(f"{nowhere}/persons"), 404)
    with when(NOON + timedelta(hours=25)):
        assert "too old" in answered(lender.post(path, {"digest": seen["digest"]}), 409)["title"]


def test_a_key_carries_out_one_request_once(lender):
    debtor("P1")
    debtor("P2")
    first = lender.post("/placements/batches", wanted("P1"), key="k1")
    again = lender.post("/placements/batches", wanted("P1"), key="k1")
    assert again["Idempotent-Replayed"] == "true"
    assert answered(again) == answered(first)
    answered(lender.post("/placements/batches", wanted("P2"), key="k1"), 409)
    placed("N1")
    recall = {"organisation": "north", "person_ids": ["N1"], "reason": "settled"}
    answered(lender.post("/placements/recalls", recall, key="k1"), 409)
    with transaction(ACTOR):
        assert PlacementBatch.objects.filter(state="previewed").count() == 1
    assert now_placed("N1") is not None


def test_persons_are_recalled_at_once_within_what_one_may_decide(lender):
    placed("N1", "N2")
    recall = {"organisation": "north", "person_ids": ["N1"], "reason": "settled with us"}
    told = answered(lender.post("/placements/recalls", recall))
    assert (told["state"], told["persons"], told["changed"]) == ("carried_out", 1, [])
    assert now_placed("N1") is None
    assert now_placed("N2") is not None
    answered(lender.post("/placements/recalls", recall), 409)
    answered(lender.post("/placements/recalls", recall | {"person_ids": ["nobody"]}), 422)
    answered(lender.post("/placements/recalls", recall | {"organisation": "nobody"}), 404)
    answered(lender.post("/placements/recalls", recall | {"person_ids": []}), 422)


def test_an_agency_asks_to_keep_its_own_and_the_lender_decides(two, lender):
    north, south = two
    asked = answered(north.post("/placements/retentions", kept("N1")))
    assert (asked["state"], asked["second_because"]) == ("asked", ["agency"])
    with transaction(ACTOR):
        assert Placement.objects.get(person__person_ref="N1").term_until_on == TERM
    path = f"/placements/batches/{asked['batch_id']}"
    assert answered(north.get(path))["state"] == "asked"
    answered(south.get(path), 404)
    do(approve, COMPLIANCE, **which(asked), reason="a plan runs")
    do(carry_out, HEAD, **which(asked))
    assert answered(lender.get(path))["state"] == "carried_out"
    with transaction(ACTOR):
        assert Placement.objects.get(person__person_ref="N1").term_until_on == LATER


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"organisation": "south"}, 404),
        ({"organisation": "nobody"}, 404),
        ({"person_ids": ["S1"]}, 422),
        ({"person_ids": ["nobody"]}, 422),
        ({"term_until_on": TERM.isoformat()}, 409),
        ({"state": "approved"}, 422),
        ({"second_because": []}, 422),
    ],
)
def test_an_agency_keeps_nobody_in_another_name(two, change, status):
    answered(two[0].post("/placements/retentions", kept("N1", **change)), status)
    with transaction(ACTOR):
        assert not PlacementBatch.objects.filter(kind="retain").exists()


def test_a_person_of_another_agency_is_answered_like_one_who_does_not_exist(two):
    of_other, of_none = (
        two[0].post("/placements/retentions", kept(ref)).json() for ref in ("S1", "S9")
    )
    assert str(of_other).replace("S1", "S9") == str(of_none)
    answered(two[0].get("/persons/S1/placements"), 404)


def test_each_house_sees_its_own_batches_persons_and_notices(two, lender):
    debtor("N9")
    only_considered = drawn(person_refs=["N9"])
    assert answered(lender.get("/placements/batches"))["total"] == 3
    for caller, ref, refs in ((two[0], "north", {"N1", "N2"}), (two[1], "south", {"S1"})):
        rows = answered(caller.get("/placements/batches?state=carried_out"))["rows"]
        assert {row["organisation"] for row in rows} == {ref}
        (row,) = answered(caller.get("/placements"))["rows"]
        assert (row["organisation"], row["persons"]) == (ref, len(refs))
        due = answered(caller.get("/placements/notices"))["rows"]
        assert {each["person_ref"] for each in due} == refs
        path = f"/placements/batches/{rows[0]['id']}/persons"
        assert {r["person_ref"] for r in answered(caller.get(path))["rows"]} == refs
        other = two[1] if caller is two[0] else two[0]
        answered(other.get(path), 404)
        answered(other.get(f"/placements/batches/{rows[0]['id']}"), 404)
    answered(two[1].get(f"/placements/batches/{only_considered['batch_id']}"), 404)


def test_programs_of_agencies_neither_place_nor_recall(two):
    assert not {"placements.ask", "placements.recall", "reads.read"} & AGENCY_CLIENT_SCOPES
    assert not {"placements.approve", "placements.carry_out"} & CLIENT_SCOPES
    for path in ("/placements/batches", "/placements/recalls"):
        answered(two[0].post(path, {}), 403)


def test_of_two_who_ask_or_approve_at_once_one_wins(committed_db):
    with when():
        agency("north")
        for ref in ("P1", "P2"):
            debtor(ref)
        lender = Caller.with_scopes(*LENDERS)
        seen = answered(lender.post("/placements/batches", wanted("P1")))
        path = f"/placements/batches/{seen['batch_id']}/ask"
        statuses = at_once(lambda: lender.post(path, {"digest": seen["digest"]}).status_code)
        assert sorted(statuses) == [200, 409]
        other = drawn(person_refs=["P2"])
        with transaction(ACTOR):
            PlacementBatch.objects.filter(id=UUID(other["batch_id"])).update(
                second_because=["persons"]
            )
        do(ask, HEAD, **which(other))

        def approved() -> str:
            try:
                return str(do(approve, COMPLIANCE, **which(other), reason="seen")["state"])
            except ArrearsError as error:
                return error.code

        assert sorted(at_once(approved)) == ["approved", "illegal-transition"]


def at_once(act) -> list:
    """What two threads of their own connections got, begun at one moment."""
    start, told = threading.Barrier(2), []

    def run() -> None:
        start.wait()
        try:
            with when():
                told.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return told
