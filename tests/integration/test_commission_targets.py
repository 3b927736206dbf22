"""Targets of agencies, teams and staff, the scores that the house measures, and the commands."""

from __future__ import annotations

import contextlib
import csv
import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from commission_book import (
    ACTOR,
    APRIL,
    FIRST,
    LATER,
    SCHEME,
    adopted,
    agency,
    do,
    loan,
    noon,
    on,
    pay,
    person_in_book,
    place,
    stated,
    trained,
)

from arrears.cases.models import Case
from arrears.cli import agency_pay
from arrears.conduct.models import Contact, Incident
from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import named, uuid7
from arrears.people.actions import add_team, create_user, join_team
from arrears.people.models import Staff, User
from arrears.people.organisations import LENDER_ID
from arrears.placements.allotment.models import Allotment
from arrears.placements.commission.actions import (
    enter_score,
    set_target,
    uphold_complaint,
)
from arrears.placements.commission.queries import schemes, statement, targets
from arrears.placements.commission.queries.measures import scores
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db
WEIGHTS = {"weights_bps": {"recovered": 5000, "complaints": 3000, "training": 2000}}
AIMS = {"recovered": {"CNY": 20_000}, "complaints": 10_000, "training": 10_000}


def keep(case: Case, staff: Staff, number: int, first: date, until: date | None = None) -> None:
    ended = {}
    if until is not None:
        ended = {"until_at": noon(until), "ended_because": "moved", "ended_by": "t"}
    with transaction(ACTOR):
        Allotment.objects.create(
            case=case, number=number, staff=staff, organisation_id=staff.organisation_id,
            from_at=noon(first), because="allotted", made_by="t", due_on=first, **ended,
        )  # fmt: skip


def case_of(person) -> Case:
    with transaction(ACTOR):
        return Case.objects.create(
            id=named("case", str(person)), person_id=person, state="open", opened_on=FIRST,
            as_of=FIRST, currency="CNY", loans_count=1, product="credit_card", bucket="M1",
            bucket_rank=1, worst_bucket_rank=1, treatment="call", treatment_rule="r",
            treatment_table="t", treatment_version=1, treatment_arm="a", treated_since=FIRST,
        )  # fmt: skip


def adopt() -> None:
    adopted("lender", FIRST, WEIGHTS)


def test_staff_and_teams_recover_what_came_in_while_they_kept_the_case():
    mei, bo, person = trained("mei"), trained("bo"), person_in_book("P1")
    adopt()
    case, one = case_of(person), loan("L1", person)
    keep(case, mei, 1, FIRST, date(2026, 3, 15))
    keep(case, bo, 2, date(2026, 3, 15))
    pay("p1", one, date(2026, 3, 14), 8_000)
    pay("p2", one, date(2026, 3, 15), 3_000)
    pay("p3", one, date(2026, 4, 1), 500)
    pay("r1", one, date(2026, 3, 20), 8_000, reverses="p1")
    pay("p4", one, date(2026, 3, 14), 10_000)
    team = do(add_team, organisation="lender", name="Calls")["team"]
    do(join_team, team_id=team, badge_no="mei", from_on=FIRST)
    do(join_team, team_id=team, badge_no="bo", from_on=date(2026, 3, 16))
    for told in ({}, {"team": team}, {"badge_no": "mei"}, {"badge_no": "bo"}):
        do(set_target, organisation="lender", month=FIRST, aims=AIMS, **told)
    found = {each.name: each for each in targets(ACTOR, "lender", FIRST)}
    assert list(found)[1:] == ["Calls", "Officer bo", "Officer mei"]
    recovered = {name: each.reached[0].reached for name, each in found.items()}
    assert recovered["Officer mei"] == 10_000
    assert recovered["Officer bo"] == 3_000
    assert recovered["Calls"] == 10_000  # bo joined the day after
    assert found["Officer mei"].score_bps == 2_500 + 3_000 + 2_000


def test_the_days_of_a_team_are_those_of_its_members():
    bo, person = trained("bo"), person_in_book("P1")
    adopt()
    keep(case_of(person), bo, 1, FIRST)
    pay("before", one := loan("L1", person), date(2026, 3, 15), 1_000)
    pay("as a member", one, date(2026, 3, 16), 200)
    team = do(add_team, organisation="lender", name="Calls")["team"]
    do(join_team, team_id=team, badge_no="bo", from_on=date(2026, 3, 16))
    do(set_target, organisation="lender", month=FIRST, aims=AIMS, team=team)
    (found,) = targets(ACTOR, "lender", FIRST)
    assert found.reached[0].reached == 200


def test_an_agencys_target_counts_what_its_statement_counts():
    north, person = agency(), person_in_book("P1")
    one = loan("L1", person)
    place(person, north, noon(date(2026, 3, 5)), noon(date(2026, 3, 9)))
    for number in (4, 5, 8, 9):
        pay(f"p{number}", one, date(2026, 3, number), number)
    aims = {"recovered": {"CNY": 26}, "promises_kept": 10_000, "complaints": 10_000}
    do(set_target, organisation="north", month=FIRST, aims=aims)
    (found,) = targets(ACTOR, "north", FIRST)
    made = statement(ACTOR, stated("north", FIRST))
    assert found.reached[0].reached == 13 == made.totals[0]["amount_minor"]
    assert found.score_bps == 3_000 + 2_000 + 2_000


def test_the_newest_target_counts_and_none_hangs_on_money_alone():
    trained("mei")
    with pytest.raises(Conflict, match="no scheme"):
        do(set_target, organisation="lender", month=FIRST, aims=AIMS)
    adopt()
    do(set_target, organisation="lender", month=FIRST, aims=AIMS, badge_no="mei")
    more = {**AIMS, "training": 5_000}
    do(set_target, organisation="lender", month=FIRST, aims=more, badge_no="mei")
    (found,) = targets(ACTOR, "lender", FIRST)
    assert [each.aim for each in found.reached] == [20_000, 10_000, 5_000]
    assert targets(ACTOR, "lender", APRIL) == ()
    for wrong in (
        {"aims": {"recovered": {"CNY": 5}}},
        {"month": date(2026, 3, 2)},
        {"badge_no": "nobody"},
        {"team": named("team", "x")},
        {"team": named("team", "x"), "badge_no": "mei"},
    ):
        told = {"organisation": "lender", "month": FIRST, "aims": AIMS}
        with pytest.raises((BadInput, NotFound)):
            do(set_target, **{**told, **wrong})
    agency()
    with pytest.raises(BadInput, match="another organisation"):
        aims = {"recovered": {"CNY": 26}, "promises_kept": 10_000, "complaints": 10_000}
        do(set_target, organisation="north", month=FIRST, badge_no="mei", aims=aims)
    with pytest.raises(NotAllowed):
        targets(Actor("staff", "4", "lender", frozenset()), "lender", FIRST)


def contact(person, number: int, organisation: str, late: bool, recorded_by: str = "t") -> Contact:
    started = noon(date(2026, 3, number))
    return Contact.objects.create(
        id=uuid7(started), person_id=person, act="call_human", purpose="collect", channel="phone",
        party="debtor", loan_ids=[], organisation=organisation, initiator="us", source="reported",
        source_ref=f"c{number}", started_at=started, recorded_by=recorded_by,
        received_at=started + timedelta(hours=25 if late else 24),
    )  # fmt: skip


def test_contacts_complaints_and_training_are_measured():
    north, person = agency(), person_in_book("P1")
    trained("n1", "north")
    trained("n2", "north", until_on=date(2026, 3, 31))
    with transaction(ACTOR) as at:
        made = [contact(person, number, "north", late=number > 6) for number in range(1, 9)]
        contact(person, 9, "south", late=True)
        for kind in ("breach", "unasked"):
            Incident.objects.create(
                id=uuid7(at.now), kind=kind, person_id=person, contact=made[0], report={},
                opened_by="t", opened_at=at.now, state="open",
            )  # fmt: skip
    with on(LATER):
        told = {"organisation": "north", "finding": "x", "severity": "minor"}
        for reference, day in (("a", 31), ("b", 1)):
            do(uphold_complaint, reference=reference, upheld_on=date(2026, 3, day), **told)
        do(uphold_complaint, reference="c", upheld_on=date(2026, 4, 1), **told)
    with transaction(ACTOR):
        found = {name: each.score_bps for name, each in scores(north.id, FIRST).items()}
        empty = scores(LENDER_ID, FIRST)
    assert found == {
        "contact_quality": 8_750,
        "data_accuracy": 7_500,
        "complaints": 9_000,
        "training": 5_000,
        "promises_kept": 10_000,
    }
    assert {name: each.score_bps for name, each in empty.items()} == {
        "contact_quality": 10_000,
        "data_accuracy": 10_000,
        "complaints": 10_000,
        "training": 0,
    }


def test_members_of_staff_are_measured_by_their_own_doings():
    person = person_in_book("P1")
    mei, bo = trained("mei"), trained("bo", until_on=date(2026, 3, 20))
    create_user(ACTOR, "mei", "梅", "collector", "correct horse battery")
    with transaction(ACTOR):
        user = User.objects.get(username="mei")
        Staff.objects.filter(id=mei.id).update(user=user)
    with on(LATER):
        told = {"organisation": "lender", "finding": "x", "upheld_on": FIRST}
        do(uphold_complaint, reference="a", severity="serious", badge_no="bo", **told)
        for badge, score in (("mei", 8_000), ("bo", 6_001)):
            do(enter_score, organisation="lender", component="promises_kept", month=FIRST,
               score_bps=score, reason="counted", badge_no=badge)  # fmt: skip
    with transaction(ACTOR):
        contact(person, 2, "lender", late=True)
        contact(person, 3, "lender", late=True, recorded_by=f"staff:{user.pk}")
        contact(person, 4, "lender", late=False, recorded_by=f"staff:{user.pk}")
        one, other = (scores(LENDER_ID, FIRST, (each.id,)) for each in (mei, bo))
        both = scores(LENDER_ID, FIRST, (mei.id, bo.id))
    assert (one["complaints"].score_bps, other["complaints"].score_bps) == (10_000, 7_500)
    assert (one["training"].score_bps, other["training"].score_bps) == (10_000, 0)
    assert one["data_accuracy"].score_bps == 5_000  # of the two that she recorded
    assert other["data_accuracy"].score_bps == 10_000
    assert both["training"].score_bps == 5_000
    assert both["promises_kept"].score_bps == 7_000


@pytest.fixture
def arrears(monkeypatch):
    """The two commands, on the test's own database."""
    monkeypatch.setattr("arrears.cli.work.at_work", contextlib.nullcontext)

    def call(command, *arguments: object):
        with on(LATER):
            return CliRunner().invoke(command, [str(each) for each in arguments])

    return call


def test_a_statement_at_the_command_line(arrears, tmp_path):
    north, person = agency(), person_in_book("P1")
    place(person, north, noon(FIRST))
    pay("=HYPERLINK(1)", loan("L1", person), date(2026, 3, 5))
    wanted = ("north", "--month", "2026-03")
    assert isinstance(arrears(agency_pay.statement, *wanted).exception, NotFound)
    assert arrears(agency_pay.statement, "north", "--month", "March").exit_code == 2
    out = tmp_path / "march.csv"
    done = arrears(agency_pay.statement, *wanted, "--draw-up", "--issue", "--out", out, "--json")
    assert done.exit_code == 0, done.exception
    told = json.loads(done.stdout)
    assert told["state"] == "issued"
    assert told["entries"][0]["commission_minor"] == 600 == told["totals"][0]["total_minor"]
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["payment_ref"] == "'=HYPERLINK(1)"
    assert row["commission_minor"] == "600"
    shown = arrears(agency_pay.statement, *wanted)
    assert "issued" in shown.stdout
    assert told["sha256"] in shown.stdout
    with transaction(ACTOR):
        kinds = JournalEntry.objects.filter(kind__startswith="placements.statement")
        assert {each.actor for each in kinds} == {"system:cli"}
        assert kinds.count() == 2


def test_a_scheme_at_the_command_line(arrears, tmp_path):
    agency()
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(json.dumps(SCHEME))
    bad.write_text("weights_bps: {recovered: 10000}")
    why = ("--reason", "the new contract")
    done = arrears(agency_pay.scheme, "north", good, "--from", "2026-08", *why)
    assert done.stdout.startswith("proposed for north, from 2026-08 on")
    assert len(schemes(ACTOR, "north")) == 1  # a second person has to approve it
    refused = arrears(agency_pay.scheme, "lender", bad, "--from", "2026-08", *why)
    assert "第六十六条" in str(refused.exception)
    for text in ("[", "\xff"):
        bad.write_text(text, encoding="latin-1")
        bad_text = arrears(agency_pay.scheme, "north", bad, "--from", "2026-09", *why)
        assert isinstance(bad_text.exception, BadInput)
    gone = arrears(agency_pay.scheme, "north", tmp_path / "none", "--from", "2026-09", *why)
    assert isinstance(gone.exception, NotFound)
