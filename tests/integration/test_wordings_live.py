"""Wordings on a real database: drafted, proposed, made live by a second person, retired."""

from __future__ import annotations

import itertools

import pytest
from django.db import Error, transaction

from arrears.contacts.actions import (
    approve_wording,
    bring_shipped,
    draft_wording,
    propose_wording,
    refuse_wording,
    retire_wording,
)
from arrears.contacts.models import Wording
from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, Conflict, IllegalTransition, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.store import clock
from arrears.store.actor import LENDER, Actor
from arrears.store.transactions import transaction as scope

pytestmark = pytest.mark.django_db
MAY = frozenset({"wordings.write", "wordings.approve", "wordings.read"})
LIN, WANG = (Actor("staff", ref, LENDER, MAY) for ref in ("lin", "wang"))
GOOD = "{institution}：您有一条服务通知，请登录{portal}查看。{opt_out}"
_COUNT = itertools.count()


def do(act, actor=LIN, **given):
    return act(actor, f"c-{next(_COUNT)}", **given)


def drafted(body=GOOD, **more):
    do(bring_shipped)
    given = {"template": "overdue", "channel": "sms", "language": "zh", "subject": "",
             "body": body, "jurisdictions": ("cn",)}  # fmt: skip
    return do(draft_wording, **{**given, **more})


def live(body=GOOD):
    made = drafted(body)["wording_id"]
    do(propose_wording, wording_id=made)
    do(approve_wording, WANG, wording_id=made)
    return made


def state(wording_id):
    return Wording.objects.get(id=wording_id).state


def test_what_comes_with_arrears_is_drafted_once():
    assert do(bring_shipped)["drafted"] == Wording.objects.count() > 10
    assert do(bring_shipped)["drafted"] == 0
    assert set(Wording.objects.values_list("state", flat=True)) == {"draft"}


def test_a_second_person_makes_it_live_and_the_one_before_it_retires():
    first = live()
    second = live(GOOD + "谢谢")
    assert (state(first), state(second)) == ("retired", "live")
    with scope(LIN):
        kinds = JournalEntry.objects.filter(kind__startswith="contacts.").order_by("position")
        told = list(kinds.values_list("kind", flat=True))
    assert told[-4:] == [
        "contacts.wording_drafted",
        "contacts.wording_proposed",
        "contacts.wording_retired",
        "contacts.wording_approved",
    ]


def test_neither_author_nor_proposer_approves():
    made = drafted()["wording_id"]
    do(propose_wording, WANG, wording_id=made)
    for actor in (LIN, WANG):
        with pytest.raises(NotAllowed, match="second person"):
            do(approve_wording, actor, wording_id=made)
    with pytest.raises(Error, match="two_persons"), transaction.atomic():
        Wording.objects.filter(id=made).update(
            state="live", approved_by=str(LIN.name), approved_at=clock.now()
        )


def test_what_the_rules_refuse_is_kept_as_a_draft_with_its_findings_and_goes_no_further():
    made = drafted("再不还款，我们通知你的家人。")
    assert "house.wording.threatening" in {finding["code"] for finding in made["findings"]}
    with pytest.raises(Conflict, match="does not pass"):
        do(propose_wording, wording_id=made["wording_id"])
    assert state(made["wording_id"]) == "draft"


def test_a_refusal_has_a_reason_and_sends_it_back():
    made = drafted()["wording_id"]
    do(propose_wording, wording_id=made)
    with pytest.raises(BadInput, match="reason"):
        do(refuse_wording, WANG, wording_id=made, reason=" ")
    do(refuse_wording, WANG, wording_id=made, reason="too long")
    assert state(made) == "draft"
    with pytest.raises(IllegalTransition):
        do(approve_wording, WANG, wording_id=made)


def test_a_text_is_fixed_once_it_was_proposed():
    made = live()
    with pytest.raises(Error, match="not rewritten"), transaction.atomic():
        Wording.objects.filter(id=made).update(body="再不还款，我们通知你的家人。")


def test_two_live_wordings_of_one_place_cannot_be():
    made = live()
    row = Wording.objects.filter(id=made).values().get()
    with pytest.raises(Error, match="one_live"), transaction.atomic():
        Wording.objects.create(**row | {"id": uuid7(clock.now()), "number": 99})


def test_retired_is_retired():
    made = live()
    do(retire_wording, WANG, wording_id=made)
    with pytest.raises(IllegalTransition):
        do(retire_wording, WANG, wording_id=made)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"template": "no-such"}, NotFound),
        ({"channel": "pigeon"}, BadInput),
        ({"language": "fr"}, BadInput),
        ({"carrier": "cn_sms_notice", "channel": "app"}, BadInput),
        ({"jurisdictions": ()}, BadInput),
        ({"body": "x" * 20_001}, BadInput),
        ({"body": "a\0b"}, BadInput),
    ],
)
def test_a_draft_that_cannot_be_is_refused(change, error):
    with pytest.raises(error):
        drafted(**{"body": GOOD, **change})


def test_who_may_not_does_not():
    reader = Actor("staff", "r", LENDER, frozenset({"wordings.read"}))
    with pytest.raises(NotAllowed):
        do(bring_shipped, reader)


def test_the_same_command_twice_drafts_one():
    do(bring_shipped)
    given = {"template": "overdue", "channel": "sms", "language": "zh", "subject": "",
             "body": GOOD, "jurisdictions": ["cn"]}  # fmt: skip
    one, two = (draft_wording(LIN, "same", **given) for _ in range(2))
    assert one == two
