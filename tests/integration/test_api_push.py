"""What clients push passes the tape's checks, once under its key, and is answered by the row."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from api_calls import Caller
from django.db import connection

from arrears.loans.models import Instalment, Loan, LoanParty, Payment, SetAsideRow, Tape
from arrears.people.models import Person
from arrears.store.actor import system
from arrears.store.models import InboxEntry
from arrears.store.transactions import transaction

SCOPES = ("people.push", "loans.push", "loans.recall", "cases.read", "people.read", "data.read")
PERSON = {"person_id": "P-1", "name": "王小明", "jurisdiction": "CN", "phone": "13800001234"}


def loan(ref: str = "HT-2026/001", person: str = "P-1", **change: object) -> dict[str, object]:
    return {
        "loan_id": ref,
        "person_id": person,
        "product": "microfinance",
        "creditor_type": "bank",
        "currency": "CNY",
        "principal_minor": 300_00,
        "annual_rate_bps": 1200,
        "overdue_rate_bps": 1800,
        "disbursed_on": "2026-01-05",
        "grace_days": 3,
        "instalments": [
            {
                "seq": n,
                "due_on": f"2026-0{n + 1}-05",
                "principal_minor": 100_00,
                "interest_minor": 3_00,
                "fee_minor": 1_00,
            }
            for n in (1, 2, 3)
        ],
    } | change


def payment(ref: str, amount: int = 104_00, **change: object) -> dict[str, object]:
    row = {"payment_id": ref, "loan_id": "HT-2026/001", "paid_on": "2026-02-05"}
    return row | {"amount_minor": amount} | change


@pytest.fixture
def api(db) -> Caller:
    return Caller.with_scopes(*SCOPES)


def good(response) -> dict:
    assert response.status_code == 200, response.content
    return response.json()


def taken_in(api: Caller) -> None:
    for path, body in (
        ("/persons", {"persons": [PERSON]}),
        ("/loans", {"loans": [loan()]}),
        ("/payments", {"payments": [payment("Z-1")]}),
    ):
        told = good(api.post(path, body))
        assert told["set_aside"] == 0, told


def test_a_loan_pushed_is_read_back_with_its_figures(api):
    taken_in(api)
    told = good(api.get("/loans/HT-2026/001?as_of=2026-05-05"))
    assert told["loan"]["principal_minor"] == 300_00
    assert told["loan"]["person_ref"] == "P-1"
    figures = told["figures"]
    assert figures["overdue_minor"] == 208_00  # two of three; the first was paid on its day
    assert figures["principal_overdue_minor"] == 200_00
    assert figures["oldest_due_on"] == "2026-03-05"
    assert (figures["days_past_due"], figures["bucket"]) == (61, "M3")
    assert [line["settled_on"] for line in told["instalments"]] == ["2026-02-05", None, None]
    assert [line["payment_ref"] for line in told["payments"]] == ["Z-1"]
    on_time = good(api.get("/loans/HT-2026/001?as_of=2026-03-05"))["figures"]
    assert (on_time["overdue_minor"], on_time["bucket"]) == (0, None)


def test_a_person_is_read_back_masked(api):
    taken_in(api)
    told = good(api.get("/persons/P-1"))
    assert told["name"] == "王小明"
    assert told["phone"] not in (None, PERSON["phone"])
    assert told["phone"].endswith("1234")
    loans = good(api.get("/persons/P-1/loans"))
    assert [line["loan_ref"] for line in loans["loans"]] == ["HT-2026/001"]
    assert loans["cases"] == []


def test_who_else_answers_for_a_loan_is_pushed_with_it(api):
    persons = [PERSON, {"person_id": "P-2", "jurisdiction": "CN"}]
    good(api.post("/persons", {"persons": persons}))
    parties = [{"person_id": "P-2", "role": "guarantor"}]
    told = good(api.post("/loans", {"loans": [loan(parties=parties)]}))
    assert told["received"] == told["accepted"] == 5
    assert good(api.get("/loans/HT-2026/001"))["parties"] == [
        {"person_ref": "P-2", "role": "guarantor"}
    ]
    guaranteed = good(api.get("/persons/P-2/loans"))["guarantees"]
    assert [line["loan_ref"] for line in guaranteed] == ["HT-2026/001"]
    with transaction(system("test")):
        assert LoanParty.objects.count() == 1


def test_each_row_set_aside_says_why_and_the_others_are_taken_in(api):
    good(api.post("/persons", {"persons": [PERSON]}))
    bad_line = loan("L-2")["instalments"][0] | {"principal_minor": -1}
    batch = [
        loan("L-1"),
        loan("L-2", instalments=[loan("L-2")["instalments"][1], bad_line]),
        loan("L-3", person="P-9"),
        loan("L-4", product="buy_now_pay_later"),
    ]
    told = good(api.post("/loans", {"loans": batch}))
    assert told["received"] == told["accepted"] + told["set_aside"]
    assert told["received"] == 4 + 3 + 2 + 3 + 3
    assert [row["outcome"] for row in told["rows"]] == [
        "accepted",
        "set_aside",
        "set_aside",
        "accepted",
    ]
    assert [row["key"] for row in told["rows"]] == ["L-1", "L-2", "L-3", "L-4"]
    second, third = told["rows"][1], told["rows"][2]
    assert "/loans/1/instalments/1" in {reason["pointer"] for reason in second["reasons"]}
    assert {reason["pointer"] for reason in third["reasons"]} == {"/loans/2"}
    assert all(reason["code"] and reason["text"] for reason in second["reasons"])
    with transaction(system("test")):
        assert set(Loan.objects.values_list("loan_ref", flat=True)) == {"L-1", "L-4"}
    tape = good(api.get(f"/tapes/{told['tape_id']}"))
    assert tape["tape"]["kind"] == "push"
    assert tape["tape"]["set_aside"] == told["set_aside"]
    rows = good(api.get(f"/tapes/{told['tape_id']}/set-aside?size=200"))
    assert rows["total"] == told["set_aside"]


def test_a_payment_for_no_loan_is_set_aside_alone(api):
    taken_in(api)
    batch = [payment("Z-2", 1_00), payment("Z-3", 1_00, loan_id="nobody's")]
    told = good(api.post("/payments", {"payments": batch}))
    assert [row["outcome"] for row in told["rows"]] == ["accepted", "set_aside"]
    assert (told["accepted"], told["set_aside"]) == (1, 1)


def test_money_counts_once_however_often_its_payment_is_pushed(api):
    taken_in(api)
    told = good(api.post("/payments", {"payments": [payment("Z-1")]}))
    assert told["rows"][0]["outcome"] == "accepted"
    changed = good(api.post("/payments", {"payments": [payment("Z-1", 1)]}))
    assert changed["rows"][0]["outcome"] == "set_aside"
    with transaction(system("test")):
        assert [p.amount_minor for p in Payment.objects.all()] == [104_00]


def test_the_same_key_again_answers_as_the_first_time(api):
    body = {"persons": [PERSON]}
    first = api.post("/persons", body, key="k")
    again = api.post("/persons", body, key="k")
    assert good(again) == good(first)
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    with transaction(system("test")):
        assert Tape.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/persons", {"persons": [PERSON | {"name": "another"}]}),
        ("/persons", {"persons": [PERSON], "book_on": "2026-01-01"}),
        ("/payments", {"payments": [payment("Z-1")]}),
    ],
)
def test_the_same_key_for_another_request_is_refused(api, path, body):
    good(api.post("/persons", {"persons": [PERSON]}, key="k"))
    response = api.post(path, body, key="k")
    assert response.status_code == 409
    assert response["Content-Type"] == "application/problem+json"
    with transaction(system("test")):
        assert Tape.objects.count() == 1


def test_two_clients_may_choose_the_same_key(api):
    other = Caller.with_scopes(*SCOPES)
    good(api.post("/persons", {"persons": [PERSON]}, key="k"))
    response = other.post("/persons", {"persons": [PERSON | {"person_id": "P-2"}]}, key="k")
    assert "Idempotent-Replayed" not in response
    good(response)
    with transaction(system("test")):
        assert Person.objects.count() == 2


def test_a_refused_call_leaves_its_key_free(api):
    assert api.post("/loans/none/recall", recalled(), key="k").status_code == 404
    assert InboxEntry.objects.count() == 0
    taken_in(api)
    good(api.post("/loans/HT-2026/001/recall", recalled(), key="k"))


def recalled(**change: object) -> dict[str, object]:
    return {"recalled_on": "2026-05-01", "reason": "sold to another servicer"} | change


def test_eight_calls_at_once_under_one_key_have_one_effect(committed_db):
    api = Caller.with_scopes(*SCOPES)
    answers: list[tuple[bytes, bool]] = []

    def send() -> None:
        try:
            response = Caller(api.id, api.token).post("/persons", {"persons": [PERSON]}, key="k")
            answers.append((response.content, "Idempotent-Replayed" in response))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert {content for content, _ in answers} == {answers[0][0]}
    assert sorted(replayed for _, replayed in answers) == [False] + [True] * 7
    with transaction(system("test")):
        assert Tape.objects.count() == 1


def test_a_loan_is_recalled_once(api):
    taken_in(api)
    told = good(api.post("/loans/HT-2026/001/recall", recalled()))
    assert told["recalled_on"] == "2026-05-01"
    assert good(api.get("/loans/HT-2026/001"))["loan"]["recalled_on"] == "2026-05-01"
    again = api.post("/loans/HT-2026/001/recall", recalled(recalled_on="2026-05-02"))
    assert again.status_code == 409
    assert again.json()["where"] == {"key": "HT-2026/001"}


@pytest.mark.parametrize(
    "path",
    [
        "/loans/none",
        "/persons/none",
        "/persons/none/loans",
        "/cases/0197a000-0000-7000-8000-000000000000",
        "/cases/none",
        "/tapes/0197a000-0000-7000-8000-000000000000",
        "/tapes/0197a000-0000-7000-8000-000000000000/set-aside",
        "/tapes/none",
    ],
)
def test_what_does_not_exist_is_not_found(api, path):
    response = api.get(path)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_schedule_pushed_again_replaces_the_one_on_file(api):
    taken_in(api)
    good(api.post("/loans", {"loans": [loan(instalments=loan()["instalments"][:2])]}))
    with transaction(system("test")):
        assert Instalment.objects.count() == 2
        assert Payment.objects.count() == 1


def test_text_of_every_script_comes_back_as_it_was_sent(api):
    name = 'O\'Neil \\ "x" <b> 𠮷 ﷽ 🧧 \t %s {0}'
    good(api.post("/persons", {"persons": [PERSON | {"name": name}]}))
    assert good(api.get("/persons/P-1"))["name"] == name


def test_a_full_batch_is_taken_in_within_its_limits(api):
    persons = [{"person_id": f"P-{n}", "jurisdiction": "CN"} for n in range(1000)]
    told = good(api.post("/persons", {"persons": persons}))
    assert told["accepted"] == 1000
    assert [row["pointer"] for row in told["rows"]] == [f"/persons/{n}" for n in range(1000)]


def test_the_status_tells_how_the_book_stands(api):
    before = good(api.get("/status"))
    assert before["mode"] == "observe"
    assert before["book"]["loans"] == 0
    taken_in(api)
    after = good(api.get("/status"))
    assert (after["book"]["persons"], after["book"]["loans"]) == (1, 1)
    assert after["book"]["version"] == before["book"]["version"] + 3
    assert date.fromisoformat(after["business_day"])


def test_pages_of_deliveries_tell_what_is_left(api):
    taken_in(api)
    first = good(api.get("/tapes?size=2"))
    assert (first["total"], first["pages"], len(first["rows"])) == (3, 2, 2)
    second = good(api.get("/tapes?size=2&page=2"))
    assert len(second["rows"]) == 1
    ids = {row["id"] for row in first["rows"] + second["rows"]}
    assert len(ids) == 3
    with transaction(system("test")):
        assert SetAsideRow.objects.count() == 0
