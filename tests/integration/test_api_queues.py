"""Work queues by API: a program takes up and finishes cases for staff of its own house."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from api_calls import Caller
from conduct_people import ACTOR, NOON, at
from keeping import TODAY, TOMORROW, allotted, case_of, keeper, kept, owing, signed_in, staff_id
from placements_book import agency, badge_of, placed, when

from arrears.cases.models import Case
from arrears.daily.models import Run
from arrears.journal.models import JournalEntry
from arrears.kernel.errors import NotAllowed
from arrears.kernel.ids import named
from arrears.people.actions import declare_conflict, leave, set_active
from arrears.placements.allotment.actions import take_up
from arrears.placements.allotment.queries import queue
from arrears.store.transactions import transaction

SCOPES = ("queues.read", "queues.take", "queues.manage", "cases.read")


def answered(response, status: int = 200) -> dict:
    assert response.status_code == status, response.content
    told: dict = response.json()
    return told


def taken(badge: str, ref: str, **more) -> dict:
    return {"badge_no": badge, "case_id": str(case_of(ref))} | more


@pytest.fixture
def dialler(db):
    """The lender's dialler, on a day on which MEI keeps p1 and p2."""
    with when():
        keeper("MEI")
        for ref in ("p1", "p2"):
            owing(ref)
        with at():
            Case.objects.filter(person__person_ref="p1").update(overdue_minor=99_999)
        allotted()
        yield Caller.with_scopes(*SCOPES)


def refs(caller: Caller, badge: str = "MEI", **query) -> list[str]:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    told = answered(caller.get(f"/queue?badge_no={badge}{more}"))
    return [row["person_ref"] for row in told["waiting"]["rows"]]


def test_a_case_goes_through_the_queue_of_the_day(dialler):
    assert refs(dialler) == ["p1", "p2"]
    assert refs(dialler, size=1, page=2) == ["p2"]
    told = answered(dialler.post("/queue/take-up", taken("MEI", "p1")))
    assert told == {"case_id": str(case_of("p1")), "staff_id": str(staff_id("MEI"))}
    shown = answered(dialler.get("/queue?badge_no=MEI"))
    assert [row["person_ref"] for row in shown["in_hand"]] == ["p1"]
    assert shown["in_hand"][0]["taken_at"] == "2026-11-25T04:00:00Z"
    assert "person_name" not in shown["in_hand"][0]
    done = answered(dialler.post("/queue/finish", taken("MEI", "p1")))
    assert done["due_on"] > TODAY.isoformat()
    assert refs(dialler) == ["p2"]
    with when(NOON + timedelta(days=1)):
        told = answered(dialler.get("/queue?badge_no=MEI"))
        assert (told["carried"], told["waiting"]["rows"][0]["carried_days"]) == (1, 1)
        answered(dialler.post("/queue/take-up", taken("MEI", "p2")))
        back = taken("MEI", "p2", reason="the line is busy", until_on=str(TOMORROW))
        assert answered(dialler.post("/queue/put-back", back))["due_on"] == str(TOMORROW)
    with transaction(ACTOR):
        found = JournalEntry.objects.filter(kind="placements.finished").get()
    assert found.actor == f"machine:{dialler.id}"
    assert found.data["staff"] == str(staff_id("MEI"))


def test_what_does_not_fit_is_refused_and_says_so(dialler):
    keeper("LI")
    answered(dialler.post("/queue/finish", taken("MEI", "p1")), 409)
    answered(dialler.post("/queue/take-up", taken("LI", "p1")), 403)
    answered(dialler.post("/queue/take-up", taken("nobody", "p1")), 404)
    answered(dialler.post("/queue/take-up", taken("MEI", "p1", case_id=str(uuid4()))), 404)
    declare_conflict(ACTOR, "c", badge_no="MEI", person_id=named("person", "p2"), reason="a cousin")
    answered(dialler.post("/queue/take-up", taken("MEI", "p2")), 409)
    for past in ("2026-11-24", "2030-01-01"):
        answered(dialler.post("/queue/take-up", taken("MEI", "p1")))
        told = dialler.post("/queue/put-back", taken("MEI", "p1", reason="x", until_on=past))
        assert "until_on" in str(answered(told, 422))


@pytest.mark.parametrize(
    "change",
    [
        {"staff_id": str(uuid4())},
        {"taken_by": "x"},
        {"due_on": "2026-12-01"},
        {"case_id": 7},
        {"case_id": "p1"},
        {"badge_no": ""},
        {"badge_no": "a\nb"},
        {"badge_no": None},
    ],
)
def test_a_request_says_what_it_may_and_nothing_else(dialler, change):
    told = answered(dialler.post("/queue/take-up", taken("MEI", "p1") | change), 422)
    assert next(iter(change)) in str(told["errors"])


def test_a_queue_is_somebodys_of_ones_own_house_who_is_at_work(dialler):
    agency("north")
    answered(dialler.get("/queue"), 422)
    answered(dialler.get(f"/queue?badge_no={badge_of('north')}"), 404)
    answered(dialler.get("/queue?badge_no=%00"), 422)
    signed_in("LI", "collector")
    assert refs(dialler, "LI") == []
    set_active(ACTOR, "li", False)
    answered(dialler.get("/queue?badge_no=LI"), 404)
    leave(ACTOR, "l", badge_no="MEI", left_on=TODAY, reason="moves away")
    answered(dialler.get("/queue?badge_no=MEI"), 404)
    answered(dialler.post("/queue/take-up", taken("MEI", "p1")), 404)


def test_a_key_takes_up_once(dialler):
    first = dialler.post("/queue/take-up", taken("MEI", "p1"), key="k")
    again = dialler.post("/queue/take-up", taken("MEI", "p1"), key="k")
    assert answered(first) == answered(again)
    assert again["Idempotent-Replayed"] == "true"
    answered(dialler.post("/queue/take-up", taken("MEI", "p2"), key="k"), 409)
    answered(dialler.post("/queue/finish", taken("MEI", "p1"), key="k"), 409)
    assert refs(dialler) == ["p2"]


def test_people_work_in_their_own_name(dialler):
    li = signed_in("LI", "collector")
    with pytest.raises(NotAllowed, match="own name"):
        take_up(li, "x", case_id=case_of("p1"), badge_no="MEI")
    with pytest.raises(NotAllowed, match="own name"):
        queue(li, badge_no="MEI")


def test_a_case_is_handed_over_and_the_day_told_in_figures(dialler):
    keeper("LI", capacity=1)
    given = {"case_id": str(case_of("p1")), "to": "LI", "reason": "speaks Hakka"}
    told = answered(dialler.post("/queue/hand-over", given))
    assert told == {
        "case_id": str(case_of("p1")), "staff_id": str(staff_id("LI")), "over_capacity": 0,
    }  # fmt: skip
    assert kept() == {"p1": "LI", "p2": "MEI"}
    answered(dialler.post("/queue/hand-over", given | {"to": "nobody"}), 404)
    answered(dialler.post("/queue/hand-over", given | {"reason": ""}), 422)
    answered(dialler.post("/queue/hand-over", given), 409)
    rows = answered(dialler.get(f"/cases/{case_of('p1')}/keepers"))["rows"]
    assert [(row["display_name"], row["because"]) for row in rows] == [
        ("LI", "handed_over"), ("MEI", "allotted"),
    ]  # fmt: skip
    answered(dialler.get(f"/cases/{uuid4()}/keepers"), 404)
    with transaction(ACTOR):
        Run.objects.create(
            id=named("run", "1"), as_of=TODAY, book_version=1, strategy_sha256="0" * 64,
            engine="duckdb", state="finished", started_at=NOON, finished_at=NOON,
            counts={"allotment": {"allotted": 2, "unkept": 0}},
        )  # fmt: skip
    owing("p3", language="fi")
    told = answered(dialler.get("/allotment"))
    assert (told["as_of"], told["counts"]["allotted"], told["unkept"]) == (str(TODAY), 2, 1)
    loads = {row["badge_no"]: row["load"] for row in told["keepers"]}
    assert (loads["MEI"], loads["LI"]) == (1, 1)
    (row,) = answered(dialler.get("/allotment/unkept"))["rows"]
    assert (row["person_ref"], row["why"], row["reason"]) == ("p3", "nobody", "no_language")


def test_an_agencys_dialler_works_its_own_queue_alone(db):
    with when():
        for ref, person in (("north", "N1"), ("south", "S1")):
            agency(ref)
            placed(person, ref=ref)
        keeper("MEI")
        owing("p1")
        allotted()
        assert kept() == {"N1": badge_of("north"), "S1": badge_of("south"), "p1": "MEI"}
        caller = Caller.with_scopes(*SCOPES, of="north")
        mine = badge_of("north")
        assert refs(caller, mine) == ["N1"]
        answered(caller.post("/queue/take-up", taken(mine, "N1")))
        for other, ref in ((badge_of("south"), "S1"), ("MEI", "p1")):
            answered(caller.get(f"/queue?badge_no={other}"), 404)
            answered(caller.post("/queue/take-up", taken(other, ref)), 404)
            given = {"case_id": str(case_of("N1")), "to": other, "reason": "x"}
            answered(caller.post("/queue/hand-over", given), 404)
            answered(caller.get(f"/cases/{case_of(ref)}/keepers"), 404)
            assert caller.post("/queue/take-up", taken(mine, ref)).status_code in (403, 404)
        told = answered(caller.get("/allotment"))
        assert [row["badge_no"] for row in told["keepers"]] == [mine]
        assert (told["as_of"], told["counts"], told["unkept"]) == (None, None, 0)


def test_a_hand_over_sent_again_is_answered_as_before_though_its_keeper_left(dialler):
    keeper("LI")
    given = {"case_id": str(case_of("p1")), "to": "LI", "reason": "speaks Hakka"}
    first = answered(dialler.post("/queue/hand-over", given, key="k"))
    leave(ACTOR, "l", badge_no="LI", left_on=TODAY, reason="moves away")
    again = dialler.post("/queue/hand-over", given, key="k")
    assert answered(again) == first
    assert again["Idempotent-Replayed"] == "true"
    other = given | {"case_id": str(case_of("p2"))}
    answered(dialler.post("/queue/hand-over", other), 409)
