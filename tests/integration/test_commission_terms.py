"""Schemes, scores and complaints; who may draw up, see and settle statements."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from commission_book import (
    ACTOR,
    APRIL,
    FIRST,
    LATER,
    MAY,
    SCHEME,
    SECOND,
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
)
from django.db import IntegrityError, connection
from django.db.transaction import atomic

from arrears.kernel.errors import BadInput, Conflict, IllegalTransition, NotAllowed, NotFound
from arrears.people.organisations import scope_of
from arrears.placements.commission.actions import (
    approve_scheme,
    dispute,
    draw_up,
    enter_score,
    issue,
    propose_scheme,
    refuse_scheme,
    settle,
    uphold_complaint,
)
from arrears.placements.commission.models import Scheme
from arrears.placements.commission.queries import (
    proposals,
    schemes,
    statement,
    statement_document,
    statement_lines,
    statements,
)
from arrears.placements.commission.rules.scheme import SchemeRefused
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db


def complain(reference: str = "C-1", severity: str = "serious", **changed):
    told = {"organisation": "north", "upheld_on": date(2026, 3, 20), "finding": "shouted"}
    with on(LATER):
        return do(uphold_complaint, reference=reference, severity=severity, **{**told, **changed})


def test_an_agency_sees_its_own_statements_once_they_are_issued():
    north, south, person = agency(), agency("south"), person_in_book("P1")
    place(person, north, noon(FIRST))
    pay("p1", loan("L1", person), date(2026, 3, 5))
    made = stated("north", FIRST, issued=False)

    def of(organisation) -> Actor:
        may = frozenset({"statements.read", "statements.dispute"})
        return Actor("staff", "9", scope_of(organisation.id), may, "agency_manager")

    mine, theirs = of(north), of(south)
    assert statements(mine).rows == ()
    with pytest.raises(NotFound):
        statement(mine, made)
    do(issue, statement=made)
    assert [each.id for each in statements(mine).rows] == [made]
    assert statement_document(mine, made).lines[0].payment_ref == "p1"
    assert statements(theirs).rows == ()
    for read in (statement, statement_lines, statement_document):
        with pytest.raises(NotFound):
            read(theirs, made)
    with pytest.raises(NotFound):
        do(dispute, theirs, statement=made, reason="not mine")
    do(dispute, mine, statement=made, reason="the bucket was M2")
    assert statement(ACTOR, made).disputed_by == "staff:9"
    nobody = Actor("staff", "9", "", frozenset({"statements.read"}))
    assert statements(nobody).rows == ()


def test_who_may_not_may_not():
    agency()
    made = stated("north", FIRST, issued=False)
    reader = Actor("staff", "3", "lender", frozenset({"statements.read"}))
    for action, told in (
        (draw_up, {"organisation": "north", "month": FIRST}),
        (issue, {"statement": made}),
        (settle, {"statement": made, "note": "x"}),
        (propose_scheme, {"organisation": "north", "from_on": MAY, "document": SCHEME,
                          "reason": "x"}),
        (approve_scheme, {"proposal": made, "sha256": "x", "reason": "x"}),
        (refuse_scheme, {"proposal": made, "reason": "x"}),
        (enter_score, {"organisation": "north", "component": "promises_kept", "month": FIRST,
                       "score_bps": 1, "reason": "x"}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            do(action, reader, **told)
    with pytest.raises(NotAllowed):
        statements(Actor("staff", "4", "lender", frozenset()))


def test_months_are_stated_in_order_when_they_are_over_and_known():
    agency()
    with pytest.raises(Conflict, match="not over"):
        stated("north", FIRST, date(2026, 3, 31))
    with pytest.raises(BadInput, match="first day"):
        stated("north", date(2026, 3, 2))
    with pytest.raises(Conflict, match="score"):
        stated("north", date(2026, 6, 1))
    with pytest.raises(Conflict, match="no scheme"):
        stated("north", date(2026, 2, 1))
    with pytest.raises(BadInput, match="lender"):
        stated("lender", FIRST)
    stated("north", APRIL, date(2026, 5, 1))
    with pytest.raises(Conflict, match="later month"):
        stated("north", FIRST)


def test_schemes_follow_each_other_by_months():
    agency()
    with pytest.raises(SchemeRefused):
        alone = {**SCHEME, "weights_bps": {"recovered": 10_000}}
        adopted("north", MAY, alone)
    with pytest.raises(BadInput):
        adopted("north", date(2026, 5, 2), SCHEME)
    with pytest.raises(Conflict, match="stands already"):
        adopted("north", FIRST, SCHEME)
    stated("north", APRIL)
    with pytest.raises(Conflict, match="was stated"):
        adopted("north", APRIL, SCHEME)
    adopted("north", MAY, SCHEME)
    assert [(each.from_on, each.until_on) for each in schemes(ACTOR, "north")] == [
        (MAY, None),
        (FIRST, MAY),
    ]
    with transaction(ACTOR), pytest.raises(IntegrityError), atomic():
        Scheme.objects.filter(from_on=FIRST).update(until_on=None)


def test_a_scheme_takes_a_second_person_who_read_it():
    agency()
    told = {"organisation": "north", "from_on": MAY, "document": SCHEME, "reason": "next year"}
    made = do(propose_scheme, **told)
    assert [each.from_on for each in schemes(ACTOR, "north")] == [FIRST]  # not in force by that
    with pytest.raises(Conflict, match="proposed already"):
        do(propose_scheme, **told)
    waiting, _first = proposals(ACTOR).rows
    which = {"proposal": UUID(str(made["proposal"])), "reason": "read"}
    with pytest.raises(NotAllowed, match="nobody approves"):
        do(approve_scheme, **which, sha256=waiting.sha256)
    with pytest.raises(Conflict, match="that was read"):
        do(approve_scheme, SECOND, **which, sha256="0" * 64)
    with pytest.raises(BadInput):
        do(approve_scheme, SECOND, **{**which, "reason": " "}, sha256=waiting.sha256)
    do(approve_scheme, SECOND, **which, sha256=waiting.sha256)
    newest = schemes(ACTOR, "north")[0]
    assert (newest.from_on, newest.made_by, newest.approved_by) == (
        MAY, "system:test", "system:second",
    )  # fmt: skip
    for action, more in ((approve_scheme, {"sha256": waiting.sha256}), (refuse_scheme, {})):
        with pytest.raises(IllegalTransition):
            do(action, SECOND, **which, **more)
    with transaction(ACTOR), pytest.raises(IntegrityError), atomic():
        Scheme.objects.filter(from_on=MAY).update(approved_by="system:test")


def test_a_proposal_that_is_refused_or_overtaken_changes_nothing():
    agency()
    told = {"organisation": "north", "from_on": APRIL, "document": SCHEME, "reason": "sooner"}
    first = UUID(str(do(propose_scheme, **told)["proposal"]))
    do(refuse_scheme, SECOND, proposal=first, reason="not before May")
    second = UUID(str(do(propose_scheme, **told)["proposal"]))
    stated("north", APRIL)
    (waiting,) = (each for each in proposals(ACTOR).rows if each.id == second)
    with pytest.raises(Conflict, match="was stated"):
        do(approve_scheme, SECOND, proposal=second, sha256=waiting.sha256, reason="late")
    assert [each.from_on for each in schemes(ACTOR, "north")] == [FIRST]
    with pytest.raises(NotFound):
        do(refuse_scheme, SECOND, proposal=UUID(int=7), reason="x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"component": "complaints"},  # that is measured
        {"component": "recovered"},
        {"component": "smiles"},
        {"score_bps": 10_001},
        {"score_bps": -1},
        {"month": date(2026, 3, 2)},
        {"reason": ""},
        {"badge_no": "nobody"},
    ],
)
def test_what_is_no_score_is_refused(wrong):
    agency()
    told = {"organisation": "north", "component": "promises_kept", "month": FIRST,
            "score_bps": 5, "reason": "x"}  # fmt: skip
    with pytest.raises((BadInput, NotFound)):
        do(enter_score, **{**told, **wrong})


@pytest.mark.parametrize(
    "wrong", [{"severity": "huge"}, {"upheld_on": date(2027, 1, 1)}, {"finding": ""},
              {"badge_no": "nobody"}, {"person": UUID(int=5)}, {"organisation": "nobody"}]
)  # fmt: skip
def test_what_is_no_complaint_is_refused(wrong):
    agency()
    with pytest.raises((BadInput, NotFound)):
        complain(**wrong)


def test_the_tables_hold_back_what_has_no_scope():
    agency()
    stated("north", FIRST)
    with connection.cursor() as cursor:
        for table in ("statement", "line", "scheme", "complaint", "score", "target", "adjustment",
                      "proposal"):  # fmt: skip
            cursor.execute(f"SELECT count(*) FROM commission_{table}")
            assert cursor.fetchone() == (0,), table
