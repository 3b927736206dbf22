"""The screens of placements for the lender: preview, ask, decide, carry out, undo, recall."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import pytest
from conduct_people import ACTOR, NOON, at, debtor, go_live, told
from placement_desk import agency_with_people, desk, form_of, offered, people, previewed, sent
from placements_book import (
    HEAD,
    TERM,
    badge_of,
    drawn,
    now_placed,
    placed,
    through,
    when,
)
from register_book import do

from arrears.cases.models import Case
from arrears.conduct.actions.holds import open_hold
from arrears.conduct.actions.reservations import reserve
from arrears.console.placements_told import REFUSALS
from arrears.kernel.ids import named
from arrears.people.actions import move_agency
from arrears.people.models import User
from arrears.placements import actions
from arrears.placements.limits import limits
from arrears.placements.models import PlacementBatch
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with when():
        go_live()
        people()
        yield


@pytest.fixture
def north(noon):
    return agency_with_people()


def above_the_limit() -> None:
    with at():
        Case.objects.update(overdue_minor=limits().money_above_minor["CNY"])


def state_of(address: str) -> str:
    with transaction(ACTOR):
        return PlacementBatch.objects.get(id=UUID(address.split("/")[2])).state


def test_above_a_limit_one_asks_another_approves_and_it_can_be_undone(north):
    for ref in ("A", "B"):
        debtor(ref)
    above_the_limit()
    asker, second = desk("head_of_collections"), desk("compliance")
    batch = previewed(asker, refs="A\nB")
    page = asker.get(batch).text
    assert "A second person decides" in page and "(¥1,000,000.00)" in page
    assert "¥2,000,000.00" in page
    assert "Asked for. A second person decides" in sent(asker, batch, f"{batch}ask/").text
    own = asker.get(batch).text
    assert "You asked for it" in own and not offered(own, f"{batch}approve/")
    done = sent(second, batch, f"{batch}approve/", reason="the list is right")
    assert "Approved. It can be carried out now." in done.text
    assert not offered(done.text, f"{batch}carry-out/")  # compliance does not
    moved = sent(asker, batch, f"{batch}carry-out/")
    assert "Done for 2 persons." in moved.text
    assert "It can be undone until 2026-11-28 12:00" in moved.text
    assert now_placed("A") is not None
    undone = sent(asker, batch, f"{batch}undo/", reason="the wrong list")
    assert "Undone. The lender leads" in undone.text and now_placed("A") is None
    assert "the wrong list" in undone.text


def test_whoever_asked_cannot_approve_whatever_is_sent(north):
    debtor("A")
    above_the_limit()
    with at():
        Case.objects.update(overdue_minor=limits().money_above_minor["CNY"] + 1)
    asker = desk("head_of_collections")
    batch = previewed(asker, refs="A")
    digest = form_of(asker.get(batch).text, f"{batch}ask/")["digest"]
    sent(asker, batch, f"{batch}ask/")
    for act in ("approve", "refuse"):
        answer = asker.post(
            f"{batch}{act}/", {"command_id": act, "digest": digest, "reason": "me"}, follow=True
        )
        assert "You asked for it, so somebody else decides." in answer.text
    assert state_of(batch) == "asked"


def test_two_who_approve_at_once_and_a_double_click_decide_once(north):
    debtor("A")
    with at():
        Case.objects.update(overdue_minor=limits().money_above_minor["CNY"] + 1)
    asker, second = desk("supervisor"), desk("compliance")
    batch = previewed(asker, refs="A")
    sent(asker, batch, f"{batch}ask/")
    both = [desk("head_of_collections"), second]
    act = f"{batch}approve/"
    forms = [form_of(each.get(batch).text, act) for each in both]
    first, late = (
        each.post(act, {**form, "reason": "seen"}, follow=True).text
        for each, form in zip(both, forms, strict=True)
    )
    assert "Approved." in first and "It moved on meanwhile" in late
    act = f"{batch}carry-out/"
    form = form_of(asker.get(batch).text, act)
    twice = [asker.post(act, form, follow=True).text for _ in range(2)]
    assert all("Done for 1 person." in text for text in twice)


def test_a_double_click_on_the_form_makes_one_preview(north):
    debtor("A")
    client = desk("supervisor")
    same = {"command_id": "one", "refs": "A"}
    assert previewed(client, **same) == previewed(client, **same)
    with transaction(ACTOR):
        assert PlacementBatch.objects.count() == 1


def test_a_preview_that_the_book_has_left_behind_is_made_anew(north):
    for ref in ("A", "B"):
        debtor(ref)
    client = desk("supervisor")
    batch = previewed(client, refs="A B")
    form = form_of(client.get(batch).text, f"{batch}ask/")
    do(open_hold, person_ref="B", kind="complaint", source="person", reason="rude")
    page = client.get(batch).text
    assert "The book has moved on since the preview" in page and "A hold is open" in page
    answer = client.post(f"{batch}ask/", form, follow=True)
    fresh = answer.redirect_chain[-1][0]
    assert fresh != batch and "this is a new one: look again" in answer.text
    assert (state_of(batch), state_of(fresh)) == ("previewed", "previewed")
    assert "Asked for. It is within the limits" in sent(client, fresh, f"{fresh}ask/").text
    # What changes after it was asked for stays where it is, and is told.
    do(open_hold, person_ref="A", kind="dispute", source="person", reason="not mine")
    assert "Done for 0 persons. 1 stayed" in sent(client, fresh, f"{fresh}carry-out/").text


def test_who_is_set_aside_is_listed_by_reason_and_leaves_as_a_file(north):
    for ref in ("fine", "held"):
        debtor(ref)
    debtor("=cmd|'x'!A1", loans=0)
    do(open_hold, person_ref="held", kind="dispute", source="person", reason="not mine")
    client = desk("head_of_collections")
    batch = previewed(client, refs="fine\nheld\n=cmd|'x'!A1")
    page = client.get(f"{batch}?list=aside").text
    assert "A hold is open; nobody new is sent before it is closed. (dispute)" in page
    assert "No case is open" in page
    assert ">held</a>" in page and ">fine</a>" not in page
    assert ">held</a>" not in client.get(f"{batch}?list=aside&reason=no_case").text
    short = client.post(f"{batch}set-aside.csv", {"command_id": "f0", "reason": "x"}, follow=True)
    assert "Give a reason of at least 10 characters." in short.text
    asked = sent(client, batch + "?list=aside", f"{batch}set-aside.csv", reason="to mend the list")
    assert "persons set aside from a batch, CSV" in asked.text
    fetch = re.search(r'action="(/exports/[^"]+/fetch/)"', asked.text)
    text = client.post(fetch[1]).content.decode("utf-8-sig")
    assert '"held","held","A hold is open' in text and "\"'=cmd|'x'!A1\"" in text
    assert "fine" not in text and "Confidential" in text
    nosy = desk("agency_manager").post(f"{batch}set-aside.csv", {"reason": "x" * 20})
    assert nosy.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"organisation": ""}, "Choose an agency."),
        ({"organisation": "nobody"}, "Choose an agency."),
        ({"term": "2026-11-25"}, "The term ends on a day that lies ahead."),
        ({"term": "soon"}, "The term ends on a day that lies ahead."),
        ({"term": "2031-01-01"}, "The term is longer than the agency"),
        ({"reason": " "}, "Give a reason that others can follow."),
        ({"refs": ""}, "Say which persons"),
        ({"refs": "A nobody"}, "The book has nobody with these references: nobody"),
        ({"refs": "", "bucket": "M7+"}, "Nobody fits these conditions."),
        ({"least": "lots"}, "“lots” is no amount."),
        ({"least": "5"}, "Choose the currency of the amount."),
        ({"least_days": "-3"}, "“-3” is no number of days."),
        ({"kind": "recall", "refs": "A", "term_over": "1"}, "not both"),
        ({"refs": "A\0<script>alert(1)</script>"}, "The book has nobody with these references"),
    ],
)
def test_what_the_form_lacks_is_told_and_what_was_filled_in_stays(north, fields, said):
    debtor("A")
    given = {"command_id": "c", "kind": "place", "organisation": "north", "term": TERM.isoformat(),
             "reason": "a campaign", "refs": "A"}  # fmt: skip
    answer = desk("supervisor").post("/placements/new/", {**given, **fields})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in answer.text and "<script>alert" not in answer.text
    if "reason" not in fields:
        assert "a campaign</textarea>" in answer.text
    with transaction(ACTOR):
        assert not PlacementBatch.objects.exists()


def test_persons_are_found_by_conditions_and_the_batch_says_which(north):
    debtor("A", loans=3)
    debtor("B")
    with at():
        Case.objects.update(jurisdiction="CN")
    client = desk("supervisor")
    batch = previewed(client, bucket="M2", product="online_consumer", currency="CNY",
                      least="200.00", most="9,999", least_days="30", most_days="60",
                      treatment="", jurisdictions="cn")  # fmt: skip
    page = client.get(batch).text
    assert ">A</a>" in page and ">B</a>" not in page
    assert "¥200.00" in page and "online consumer loan" in page
    again = client.get(f"/placements/new/?like={batch.split('/')[2]}").text
    for text in ('value="200.00"', 'value="9999.00"', 'value="CN"', 'value="M2" checked'):
        assert text in again, text


def test_an_agency_that_is_not_in_order_is_told_in_words(north):
    debtor("A")
    client = desk("supervisor", "zh-hans")
    batch = previewed(client, refs="A")
    do(move_agency, ref="north", step="suspend", reason="complaints")
    page = client.get(batch).text
    assert "今日不得向该机构委案" in page and not offered(page, f"{batch}ask/")
    answer = client.post("/placements/new/", {
        "command_id": "c", "kind": "place", "organisation": "north", "term": TERM.isoformat(),
        "reason": "r", "refs": "A"})  # fmt: skip
    assert "今日不得向该机构委案" in answer.text and "暂停" in answer.text


def reserved(ref: str) -> None:
    """A call that the agency's dialler has asked for, and may be making."""
    done = reserve(
        ACTOR, f"reserve {ref}", person_ref=ref, act="call_human", channel="phone",
        number="13800000001", actor="agency", organisation="north",
        officers=[badge_of("north")], facts=told("call_human"),
    )  # fmt: skip
    assert done["allowed"], done


def test_one_person_is_recalled_from_the_case_while_the_agency_is_calling(north):
    (person,) = placed("A", told=True)
    reserved("A")
    case = f"/cases/{named('case', 'A')}/"
    client = desk("compliance")
    page = client.get(case).text
    assert "<strong>Agency north</strong> leads since 2026-11-24 12:00" in page
    assert "it may be calling now" in page
    act = f"/people/{person}/recall/"
    form = form_of(page, act)
    with when(NOON + timedelta(minutes=1)):
        answer = client.post(act, {**form, "reason": "a settlement"}, follow=True)
        assert answer.redirect_chain[-1][0] == case
        assert "1 contact that had been reserved may not begin any more." in answer.text
        assert "The lender leads: no agency works on it." in answer.text
        assert "Of 1 contact that it reserved it has not told the result" in answer.text
        assert "a settlement" in answer.text
        again = client.post(act, {**form, "reason": "a settlement"}, follow=True)
        assert "Recalled." in again.text  # a double click: the first answer
        late = client.post(act, {**form, "command_id": "x", "reason": "again"}, follow=True)
        assert "The agency does not lead this person any more" in late.text
    assert now_placed("A") is None


def test_a_recall_of_much_money_goes_on_as_a_batch_for_two(north):
    (person,) = placed("A")
    with at():
        Case.objects.update(overdue_minor=limits().money_above_minor["CNY"] + 1)
    client = desk("head_of_collections")
    answer = sent(client, f"/people/{person}/", f"/people/{person}/recall/", reason="a settlement")
    assert "a second person decides" in answer.text
    batch = answer.redirect_chain[-1][0]
    assert offered(answer.text, f"{batch}ask/") and now_placed("A") is not None
    refused = sent(
        desk("compliance"), f"/people/{person}/", f"/people/{person}/recall/", reason="r"
    )
    assert "Who may ask: supervisor, head of collections" in refused.text


def test_the_person_is_told_of_the_agency_before_it_may_call(north):
    (person,) = placed("A")
    client = desk("supervisor")
    assert "Until then the agency may not contact them" in client.get(f"/people/{person}/").text
    assert ">A</a>" in client.get("/placements/notices/").text
    act = f"/people/{person}/told/"
    none = sent(client, "/placements/notices/", act, channel="sms", evidence=" ")
    assert "Say how they were told" in none.text
    done = sent(client, "/placements/notices/", act, channel="sms", evidence="message 17")
    assert "Noted: told of the agency" in done.text and ">A</a>" not in done.text
    assert "The person was told of the agency on" in client.get(f"/people/{person}/").text
    late = client.post(act, {"command_id": "z", "channel": "sms", "evidence": "m"}, follow=True)
    assert "Nobody has to be told any more" in late.text


def test_the_list_says_who_asked_who_decides_and_how_much(north):
    debtor("A")
    with at():
        Case.objects.update(overdue_minor=limits().money_above_minor["CNY"] + 1)
    client = desk("supervisor")
    batch = previewed(client, refs="A")
    sent(client, batch, f"{batch}ask/")
    page = client.get("/placements/?state=asked&kind=place&organisation=north").text
    assert "a second person decides" in page and "compliance, head of collections" in page
    assert User.objects.get(username="supervisor").display_name in page
    assert "¥1,000,000.01" in page
    assert "No batch fits these filters." in client.get("/placements/?state=undone").text
    assert client.get("/placements/?state=%00x&kind=a&page=-1").status_code == HTTPStatus.OK


def test_a_batch_that_cannot_be_undone_says_why(north):
    debtor("A")
    batch = through(drawn(person_refs=["A"]))
    do(actions.mark_told, HEAD, person_ref="A", channel="sms", evidence="m")
    client, address = desk("supervisor"), f"/placements/{batch['batch_id']}/"
    page = client.get(address).text
    assert "It cannot be undone any more" in page and "Persons were told of the agency" in page
    assert not offered(page, f"{address}undo/")
    answer = client.post(f"{address}undo/", {"command_id": "u", "reason": "r"}, follow=True)
    assert "It cannot be undone. Persons were told of the agency" in answer.text


def test_every_refusal_of_the_actions_has_its_sentence():
    source = "".join(path.read_text("utf-8") for path in Path(actions.__file__).parent.glob("*.py"))
    assert [message for message in REFUSALS if f'"{message}"' not in source] == []
