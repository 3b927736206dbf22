"""``arrears messages``: what it prints, what it does, how it ends."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

import pytest
from conduct_people import AS_OF, NOON, go_live
from outbox_book import LETTERHEAD, LIN, WORKER, cid, person

from arrears.cases.models import Case
from arrears.cli import app, work
from arrears.contacts.actions import approve_wording, draft_wording
from arrears.kernel.clock import FixedClock
from arrears.store import clock
from arrears.store.transactions import transaction


@pytest.fixture
def call(db, capsys, monkeypatch):
    """The command line in this process, on the database of the test, at noon."""
    monkeypatch.setattr(work, "at_work", lambda **_: nullcontext())

    def run(*arguments: object, code: int = 0) -> str:
        with clock.use(FixedClock(NOON)):
            assert app.run(["messages", *map(str, arguments)]) == code, capsys.readouterr()
        told = capsys.readouterr()
        return str(told.err if code else told.out)

    return run


@pytest.fixture
def told(call):
    def run(*arguments: object) -> Any:
        return json.loads(call(*arguments, "--json"))

    return run


def head(call) -> None:
    call("letterhead", *(part for name, word in LETTERHEAD.items()
                         for part in (f"--{name.replace('_', '-')}", word)))  # fmt: skip


def test_from_an_empty_installation_to_a_message_that_went(call, told):
    go_live()
    head(call)
    assert told("bring")["drafted"] > 10
    assert "Drafted: 0" in call("bring")
    drafts = told("wordings", "--template", "overdue", "--state", "draft")
    (sms,) = [each for each in drafts if (each["channel"], each["language"]) == ("sms", "zh")]
    assert "Nothing is against it" in call("check", sms["id"])
    call("propose", sms["id"])
    with clock.use(FixedClock(NOON)):
        approve_wording(LIN, cid(), wording_id=sms["id"])
    assert "一条重要服务通知" not in call("wordings", "--state", "draft", "--template", "reminder")
    who = person("P1")
    with transaction(WORKER):
        Case.objects.filter(person_id=who).update(treatment="remind_sms", treated_since=AS_OF)
    assert told("queue", "--as-of", AS_OF) == {"remind_app": 0, "remind_sms": 1}
    assert "remind_sms" in call("queue", "--as-of", AS_OF)
    assert told("list", "--state", "queued")["total"] == 1
    assert told("send") == {"due": 1, "handed_over": 1, "held_back": 0}
    assert "0 were due" in call("send")
    assert "Lender提醒" in call("sent", "P1")
    assert told("sent", "P1")[0]["state"] == "delivered"
    assert "Nothing was sent" in call("sent", "P2")
    assert "done 1" in call("list")


def test_a_wording_that_does_not_pass_says_why_and_ends_with_65(call, told):
    call("bring")
    with clock.use(FixedClock(NOON)):
        made = draft_wording(
            LIN, cid(), template="overdue", channel="sms", language="zh", subject="",
            body="再不还款，我们通知你的家人。", jurisdictions=("cn",),
        )["wording_id"]  # fmt: skip
    told_so = call("check", made, code=65)
    assert told_so == ""  # the findings are the result, on stdout
    assert "does not pass the check" in call("propose", made, code=75)


def test_what_is_wrong_is_said(call):
    empty = [part for name in LETTERHEAD for part in (f"--{name.replace('_', '-')}", " ")]
    assert "letterhead is not complete" in call("letterhead", *empty, code=65)
    assert "unknown state" in call("list", "--state", "lost", code=65)
    missing = "00000000-0000-0000-0000-000000000000"
    assert "no such message" in call("cancel", missing, "--reason", "x", code=66)
    assert "no such wording" in call("check", missing, code=66)
