"""What an allotment would change, why a case is with whom it is, and a lead's hand on it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from conduct_people import ACTOR, NOON, at
from keeping import TODAY, TOMORROW, YESTERDAY, allotted, case_of, keeper, kept, owing, signed_in
from keeping import staff_id as id_of

from arrears.cases.models import Case
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.people.actions import add_absence, add_team, declare_conflict, join_team
from arrears.people.models import Absence, Person
from arrears.placements.allotment.actions import (
    allot_now,
    back_again,
    enter_absence,
    hand_over_some,
    take_up,
)
from arrears.placements.allotment.queries import (
    begun_on,
    keeping,
    leads,
    member,
    members,
    plan,
    queue,
    registered_as,
    unkept,
    why,
)
from arrears.store import clock
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db
BOSS = Actor("staff", "1", "lender", frozenset({"queues.manage", "queues.read"}), "supervisor")
NOBODY = Actor("staff", "1", "lender", frozenset({"queues.read"}), "collector")


@pytest.fixture(autouse=True)
def noon():
    with clock.use(FixedClock(NOON)):
        yield


def team(*badges: str, lead: str | None = None) -> None:
    made = add_team(ACTOR, f"team-{badges}", organisation="lender", name=f"{badges}", lead=lead)
    for badge in badges:
        join_team(ACTOR, f"join-{badge}", team_id=UUID(str(made["team"])), badge_no=badge,
                  from_on=YESTERDAY)  # fmt: skip


def test_a_plan_says_what_moves_and_why_and_is_carried_out_as_it_was_seen():
    keeper("A", capacity=4)
    keeper("B", capacity=4)
    for number in range(6):
        owing(f"p{number}")
    first = plan(BOSS)
    assert (first.allotted, first.moved, first.kept, first.reasons) == (6, 0, 0, {"nobody": 6})
    assert [(k.display_name, k.before, k.came, k.after) for k in first.keepers if k.capacity] == [
        ("A", 0, 3, 3), ("B", 0, 3, 3),
    ]  # fmt: skip
    assert (first.lowest_bps, first.highest_bps) == (7_500, 7_500)
    assert {move.to for move in first.moves} == {"A", "B"}
    assert kept() == {}
    done = allot_now(BOSS, "1", digest=first.digest)
    assert done["allotted"] == 6
    assert plan(BOSS).changes == 0
    with pytest.raises(Conflict, match="changed since"):
        allot_now(BOSS, "2", digest=first.digest)
    assert {(b.display_name, b.because, b.cases) for b in begun_on(BOSS)} == {
        ("A", "allotted", 3), ("B", "allotted", 3),
    }  # fmt: skip


def test_each_move_has_its_cause():
    keeper("A", capacity=9)
    for number in range(5):
        owing(f"p{number}")
    allotted()
    keeper("B", capacity=9, languages=["zh", "yue"])
    declare_conflict(ACTOR, "c", badge_no="A", person_id=_person("p0"), reason="a cousin")
    with at():
        Person.objects.filter(person_ref="p1").update(language="yue-Hant")
    found = plan(BOSS)
    causes = {move.person_ref: move.why for move in found.moves}
    assert causes == {"p0": "conflict", "p1": "no_language"}
    assert found.reasons == {"conflict": 1, "no_language": 1}
    assert (found.moved, found.kept) == (2, 3)
    with at():
        Absence.objects.create(
            id=uuid4(), staff_id=id_of("A"), from_on=TODAY, until_on=TOMORROW, reason="sick",
            made_at=NOON,
        )  # fmt: skip
    away = plan(BOSS)
    assert {move.why for move in away.moves} == {"away"}
    assert {move.to for move in away.moves} == {"B"}


def test_a_case_tells_who_could_have_it_and_what_keeps_the_others():
    keeper("A")
    keeper("B", skills=["bucket:M6"])
    keeper("C", papers=("training",))
    keeper("D", capacity=0)
    person = owing("p0")
    allotted()
    keeper("E")
    declare_conflict(ACTOR, "c", badge_no="E", person_id=person, reason="a neighbour")
    told = why(BOSS, case_of("p0"))
    assert (told.keeper, told.because) == ("A", "allotted")
    found = {c.display_name: c.unfit for c in told.candidates if c.display_name in "ABCDE"}
    assert found == {
        "A": None, "B": "no_bucket", "C": "not_ready", "D": "no_capacity", "E": "conflict",
    }  # fmt: skip
    assert told.candidates[0].keeps
    with pytest.raises(NotFound):
        why(BOSS, uuid4())
    with pytest.raises(NotAllowed):
        why(NOBODY, case_of("p0"))


def test_several_cases_go_to_one_colleague_or_to_whoever_has_room():
    keeper("A")
    for number in range(6):
        owing(f"p{number}")
    allotted()
    keeper("B")
    keeper("C")
    declare_conflict(ACTOR, "c", badge_no="B", person_id=_person("p0"), reason="a cousin")
    some = [case_of(f"p{number}") for number in range(3)]
    done = hand_over_some(BOSS, "1", case_ids=some, to_staff=id_of("B"), reason="leave")
    assert (done["cases"], done["stay"], done["because"]) == (2, 1, {"conflict": 1})
    assert kept() == dict.fromkeys(["p0", "p3", "p4", "p5"], "A") | {"p1": "B", "p2": "B"}
    rest = [case_of(ref) for ref in ("p0", "p3", "p4", "p5")]
    assert hand_over_some(BOSS, "2", case_ids=rest, reason="leave")["stay"] == 0
    assert sorted(kept().values()).count("A") == 0
    for wrong in ([], [uuid4()]):
        with pytest.raises((BadInput, NotFound)):
            hand_over_some(BOSS, f"w{len(wrong)}", case_ids=wrong, reason="x")
    with pytest.raises(BadInput):
        hand_over_some(BOSS, "3", case_ids=some, reason=" ")


def test_a_lead_enters_absences_of_their_own_team_and_the_work_goes_on():
    lead = signed_in("LEAD", "team_lead", capacity=0)
    for badge in "ABC":
        keeper(badge)
    team("A", "B", lead="LEAD")
    team("C")
    for number in range(4):
        owing(f"p{number}")
    with at():
        Case.objects.update(product="online_consumer")
    allotted()
    with pytest.raises(NotAllowed, match="own team"):
        enter_absence(lead, "0", staff_id=id_of("C"), from_on=TODAY, reason="sick")
    with pytest.raises(NotFound):
        enter_absence(BOSS, "1", staff_id=uuid4(), from_on=TODAY, reason="sick")
    for wrong in ({"until_on": TODAY}, {"reason": "gone fishing"}):
        with pytest.raises(BadInput):
            given = {"from_on": TODAY, "reason": "sick", **wrong}
            enter_absence(lead, f"w{wrong}", staff_id=id_of("A"), **given)
    before = [ref for ref, who in kept().items() if who == "A"]
    made = enter_absence(lead, "2", staff_id=id_of("A"), from_on=TODAY, reason="sick")
    assert made["kept"] == 0
    assert before
    assert "A" not in kept().values()
    page = member(lead, id_of("A"))
    assert (page.member.away, page.cases.total) == (True, 0)
    assert [each.reason for each in page.absences] == ["sick"]
    assert unkept(BOSS).total == 0
    with pytest.raises(NotAllowed):
        back_again(_lead_of_nobody(), "3", absence_id=page.absences[0].id, until_on=TODAY)
    back_again(lead, "4", absence_id=page.absences[0].id, until_on=TODAY)
    assert member(lead, id_of("A")).absences == ()
    with pytest.raises(NotFound):
        member(lead, id_of("C"))


def _lead_of_nobody() -> Actor:
    return signed_in("OTHER", "team_lead", capacity=0)


def test_a_leads_allotment_moves_nothing_of_other_teams_and_lets_nobody_go():
    lead = signed_in("LEAD", "team_lead", capacity=0)
    for badge in "AB":
        keeper(badge, capacity=3)
    team("A", lead="LEAD")
    team("B")
    for number in range(6):
        owing(f"p{number}")
    allotted()
    mine = {ref for ref, who in kept().items() if who == "A"}
    add_absence(ACTOR, "away", badge_no="A", from_on=TOMORROW, reason="leave")
    with clock.use(FixedClock(NOON + timedelta(days=1))):
        found = plan(lead)
        assert found.changes == 0  # nobody of theirs is there: the cases stay for the daily run
        allot_now(lead, "1", digest=found.digest)
        assert {ref for ref, who in kept().items() if who == "A"} == mine
        assert unkept(BOSS).total == 3
        assert {move.to for move in plan(BOSS).moves} == {"B"}  # above capacity, as nobody else is
    owing("p9")
    new = plan(lead)
    assert [(move.person_ref, move.to) for move in new.moves] == [("p9", "A")]
    with pytest.raises(NotAllowed, match="register"):
        plan(Actor("staff", "999", "lender", frozenset({"queues.manage"}), "team_lead"))


def test_a_case_page_knows_what_the_reader_may_do_with_it():
    mei, li = signed_in("MEI", "collector"), signed_in("LI", "collector", capacity=0)
    owing("p0")
    allotted()
    case = case_of("p0")
    assert keeping(mei, case).may_take
    assert not keeping(li, case).may_take
    take_up(mei, "1", case_id=case)
    now = keeping(mei, case)
    assert (now.mine, now.taken_by, now.may_take) == (True, "MEI", False)
    assert not keeping(li, case).mine
    assert keeping(Actor("staff", "1", "lender", frozenset(), "hr"), case) is None
    assert [line.person_ref for line in queue(mei).in_hand] == ["p0"]
    assert registered_as(mei) == id_of("MEI")
    assert registered_as(NOBODY) is None
    assert not leads(mei)
    assert leads(BOSS)
    assert {each.display_name for each in members(BOSS)} >= {"MEI", "LI"}


def _person(ref: str) -> UUID:
    with transaction(ACTOR):
        return Person.objects.get(person_ref=ref).id
