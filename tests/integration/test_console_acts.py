"""What staff do in the console: mend a row, switch the mode, give and take access."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from console_book import Book
from django.test import Client

from arrears.loans.models import SetAsideRow
from arrears.loans.queries import loan
from arrears.people.models import MachineClient, User
from arrears.people.queries import authenticate_client
from arrears.store.actor import system
from arrears.store.transactions import transaction

ACTOR = system("test")
ITEMS = ["holds", "opt_outs", "plans", "matters", "contacts"]


def signed_in(role: str) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(User.objects.get(username=role))
    return client


def command_id(page: str) -> str:
    found = re.search(r'name="command_id" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def cells(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(cell\.[a-z_]+)" value="([^"]*)"', page))


def paid(ref: str) -> list[int]:
    return [payment.amount_minor for payment in loan(ACTOR, ref).payments]


def state(address: str) -> str:
    with transaction(ACTOR):
        return SetAsideRow.objects.get(pk=address.split("/")[3]).state


def test_a_row_is_mended_from_its_page_and_counts_once_however_often_it_is_sent(
    console_book: Book,
):
    client, address = signed_in("engineer"), console_book.to_mend[0]
    page = client.get(address).text
    assert cells(page)["cell.amount_minor"] == "much"
    sent = {**cells(page), "cell.amount_minor": " 2500 ", "command_id": command_id(page)}
    for _ in range(2):
        answer = client.post(address, sent)
        assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, address)
    assert paid("L4") == [2500]
    shown = client.get(address).text
    assert "Mended: " in shown
    assert "cell.amount_minor" not in shown
    # Sent anew from a page that was opened before: told, not done again.
    late = client.post(address, {**sent, "command_id": "another-one"})
    assert late.status_code == HTTPStatus.CONFLICT
    assert 'role="alert"' in late.text
    assert paid("L4") == [2500]


def test_a_row_that_is_still_wrong_keeps_what_was_written(console_book: Book):
    client, address = signed_in("engineer"), console_book.to_mend[1]
    page = client.get(address).text
    sent = {**cells(page), "command_id": command_id(page)}
    wrong = client.post(address, {**sent, "cell.amount_minor": '"><i>2,5'})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Still wrong" in wrong.text
    assert "<i>" not in wrong.text
    assert 'value="&quot;&gt;&lt;i&gt;2,5"' in wrong.text
    assert (paid("L5"), state(address)) == ([], "open")
    again = {**sent, "command_id": command_id(wrong.text), "cell.amount_minor": "2500"}
    assert client.post(address, again).status_code == HTTPStatus.FOUND
    assert paid("L5") == [2500]


@pytest.mark.parametrize(
    "spoilt", [{"command_id": ""}, {"command_id": "x" * 5000}, {"command_id": "\0"}]
)
def test_a_form_without_its_id_changes_nothing(console_book: Book, spoilt: dict[str, str]):
    client, address = signed_in("engineer"), console_book.to_mend[2]
    sent = {**cells(client.get(address).text), "cell.amount_minor": "2500", **spoilt}
    answer = client.post(address, sent)
    assert HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    assert state(address) == "open"


def test_a_column_that_there_is_not_is_not_written(console_book: Book):
    client, address = signed_in("engineer"), console_book.to_mend[2]
    page = client.get(address).text
    sent = {**cells(page), "command_id": command_id(page), "cell.colour": "red", "state": "mended"}
    assert client.post(address, sent).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert state(address) == "open"


def test_one_id_is_not_for_two_rows(console_book: Book):
    client = signed_in("administrator")
    first, address = console_book.to_mend[0], console_book.to_mend[2]
    page = client.get(address).text
    one = command_id(page)
    wrong = {**cells(page), "command_id": one, "cell.amount_minor": "still much"}
    assert client.post(address, wrong).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    other = client.post(first, {**wrong, "cell.amount_minor": "2500"})
    assert other.status_code == HTTPStatus.CONFLICT


def test_the_mode_is_switched_with_a_reason_and_the_whole_list_and_back(console_book: Book):
    client = signed_in("compliance")
    page = client.get("/settings/mode/").text
    sent = {"command_id": command_id(page), "mode": "live", "reason": "Checked on 12 April."}
    lacking = client.post("/settings/mode/", {**sent, "confirmed": ITEMS[1:]})
    assert lacking.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Confirm every item" in lacking.text
    assert "Checked on 12 April." in lacking.text  # nothing has to be written twice
    short = client.post("/settings/mode/", {**sent, "confirmed": ITEMS, "reason": " ok "})
    assert "at least 10 characters" in short.text
    sent["command_id"] = command_id(short.text)
    for _ in range(2):
        assert client.post("/settings/mode/", {**sent, "confirmed": ITEMS}).status_code == 302
    live = client.get("/settings/mode/").text
    assert live.count("Checked on 12 April.") == 1
    assert "Observe mode" not in live
    back = {"command_id": command_id(live), "mode": "observe", "reason": "A test has ended."}
    assert client.post("/settings/mode/", back).status_code == HTTPStatus.FOUND
    assert "Observe mode" in client.get("/today/").text


@pytest.mark.parametrize(
    "spoilt",
    [
        {"mode": ""},
        {"mode": "loud"},
        {"mode": "live\x00"},
        {"reason": "a reason with \x00 in it"},
        {"command_id": ""},
        {"command_id": "x" * 5_000},
        {"command_id": "c\x00"},
    ],
)
def test_a_switch_that_is_not_whole_is_refused(console_book: Book, spoilt: dict[str, str]):
    sent = {"command_id": "c", "mode": "live", "reason": "x" * 20, "confirmed": ITEMS, **spoilt}
    answer = signed_in("compliance").post("/settings/mode/", sent)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Observe mode" in answer.text


def test_a_client_is_made_its_secret_shown_once_and_revoked(console_book: Book):
    client = signed_in("engineer")
    page = client.post("/settings/clients/", {"name": "<b>ETL", "scopes": ["loans.push"]}).text
    secret = re.search(r'id="secret">([^<]+)<', page)
    assert secret is not None
    assert "&lt;b&gt;ETL" in page
    assert "<b>ETL" not in page
    actor = authenticate_client(secret[1])
    assert actor is not None
    assert actor.permissions == {"loans.push"}
    assert secret[1] not in client.get("/settings/clients/").text
    made = MachineClient.objects.get(name="<b>ETL")
    assert client.post(f"/settings/clients/{made.id}/revoke/").status_code == HTTPStatus.FOUND
    assert authenticate_client(secret[1]) is None
    assert "revoked" in client.get("/settings/clients/").text


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "scopes": ["loans.push"]},
        {"name": " \t", "scopes": ["loans.push"]},
        {"name": "no scope"},
        {"name": "a scope that there is not", "scopes": ["everything"]},
        {"name": "core banking", "scopes": ["loans.push"]},
        {"name": "x" * 101, "scopes": ["loans.push"]},
        {"name": "a\x00b", "scopes": ["loans.push"]},
    ],
)
def test_a_client_without_name_scope_or_of_a_taken_name_is_not_made(
    console_book: Book, sent: dict[str, object]
):
    before = MachineClient.objects.count()
    answer = signed_in("engineer").post("/settings/clients/", sent)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'role="alert"' in answer.text
    assert MachineClient.objects.count() == before
