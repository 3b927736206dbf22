"""Holds opened and closed on a person's page, and who may."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from console_book import Book
from django.test import Client

from arrears.conduct.models import Hold
from arrears.people.models import Person, User
from arrears.store.actor import system
from arrears.store.transactions import transaction

ACTOR = system("test")
ASKED = {"kind": "hardship", "source": "person", "reason": "lost the job in May", "until": ""}


def signed_in(role: str) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(User.objects.get(username=role))
    return client


@pytest.fixture
def address(console_book: Book) -> str:
    with transaction(ACTOR):
        person = Person.objects.filter(loan__isnull=False).order_by("person_ref").first()
        assert person is not None
        return f"/people/{person.pk}/"


def command_id(page: str, action: str) -> str:
    found = re.search(action + r'"[^>]*>.*?name="command_id" value="([^"]+)"', page, re.DOTALL)
    assert found is not None
    return found[1]


def opened(client: Client, address: str, **changed: Any) -> Any:
    sent = {**ASKED, **changed, "command_id": command_id(client.get(address).text, "holds/")}
    return client.post(address + "holds/", sent, follow=True)


@pytest.fixture
def holds(console_book: Book) -> Callable[[], list[Hold]]:
    """The holds opened since the test began: the book is shared by all tests of a file."""

    def found() -> list[Hold]:
        with transaction(ACTOR):
            return list(Hold.objects.exclude(id__in=before).order_by("opened_at", "id"))

    before: set[Any] = set()
    before |= {hold.id for hold in found()}
    return found


def test_a_hold_is_opened_shown_and_closed_with_its_reason(address: str, holds):
    compliance = signed_in("compliance")
    page = opened(compliance, address)
    assert "The hold stands" in page.text
    assert "lost the job in May" in page.text
    (hold,) = holds()
    closing = f"{address}holds/{hold.id}/close/"
    sent = {"reason": "back at work", "command_id": command_id(page.text, re.escape(closing))}
    for _ in range(2):
        page = compliance.post(closing, sent, follow=True)
    assert "The hold has ended" in page.text
    assert "lost the job in May" not in compliance.get(address).text
    (hold,) = holds()
    assert hold.close_reason == "back at work"


def test_a_collector_opens_a_hold_and_cannot_close_it(address: str, holds):
    collector = signed_in("collector")
    opened(collector, address)
    (hold,) = holds()
    closing = f"{address}holds/{hold.id}/close/"
    assert closing not in collector.get(address).text
    answer = collector.post(closing, {"reason": "x", "command_id": "c-1"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert holds()[0].closed_at is None


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "doubt"},
        {"kind": "opt_out"},
        {"kind": "nothing"},
        {"source": "tape"},
        {"reason": " "},
        {"until": "yesterday"},
        {"until": "2001-01-01T00:00"},
    ],
)
def test_a_hold_that_makes_no_sense_is_not_opened(address: str, holds, changed: dict[str, str]):
    page = opened(signed_in("compliance"), address, **changed)
    assert "hold" in page.text
    assert holds() == []


def test_the_same_form_sent_twice_opens_one_hold(address: str, holds):
    compliance = signed_in("compliance")
    sent = {**ASKED, "command_id": command_id(compliance.get(address).text, "holds/")}
    for _ in range(2):
        compliance.post(address + "holds/", sent)
    assert len(holds()) == 1


def test_who_only_reads_sees_no_form(address: str):
    engineer = signed_in("strategist")
    page = engineer.get(address)
    assert page.status_code == HTTPStatus.OK
    assert address + "holds/" not in page.text
    answer = engineer.post(address + "holds/", {**ASKED, "command_id": "c-1"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
