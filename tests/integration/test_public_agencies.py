"""The public list of agencies: whoever asks, without a sign-in, in both languages, no persons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from register_book import ACTOR, DAY, TERMS, YEAR, do, engaged, on, staff

from arrears.people.actions import add_organisation, ensure_lender, move_agency
from arrears.store.transactions import transaction


@pytest.fixture
def client(db) -> Client:
    with transaction(ACTOR) as at:
        ensure_lender(at, "Harbour Bank")
    with on(DAY):
        engaged("north")
        staff("N-1", "north", display_name="Somebody Secret")
        add_organisation(ACTOR, "proposed", ref="hopeful", name="Hopeful & Co")
    return Client()


def page(client: Client, language: str = "en", day=DAY) -> str:
    with on(day):
        answer = client.get("/agencies/", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_reads_who_collects_until_when_and_how(client):
    text = page(client)
    for shown in ("Harbour Bank", "Agency north", "1 Long Road", "400-1", "company",
                  TERMS["purpose"], f"{DAY}", f"{DAY + YEAR}", "<dd>phone</dd>"):  # fmt: skip
        assert shown.lower() in text.lower(), shown
    assert "Somebody Secret" not in text
    assert "N-1" not in text
    assert "Hopeful" not in text
    assert '<html lang="en">' in text


def test_it_speaks_chinese(client):
    text = page(client, "zh-hans")
    assert "受托催收机构名单" in text
    assert "电话" in text
    assert "Last updated" not in text


def test_programs_read_the_same(client):
    with on(DAY):
        told = client.get("/agencies.json").json()
    assert told["lender"] == "Harbour Bank"
    assert told["version"] == 1
    assert told["updated_at"].startswith(DAY.isoformat())
    assert [each["ref"] for each in told["agencies"]] == ["north"]
    assert told["agencies"][0]["channels"] == ["phone"]


def test_an_agency_that_is_suspended_or_over_is_gone(client):
    assert "Agency north" in page(client, day=DAY + YEAR - timedelta(days=1))
    assert "Agency north" not in page(client, day=DAY + YEAR)
    with on(DAY):
        do(move_agency, ref="north", step="suspend", reason="complaints")
    text = page(client)
    assert "Agency north" not in text
    assert "No agency collects for us" in text
    assert "complaints" not in text


def test_what_an_agency_is_called_is_text_and_no_markup(client):
    with on(DAY):
        engaged("south", purpose="<script>alert(1)</script>")
    text = page(client)
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_it_is_read_only(client):
    for method in ("post", "put", "delete"):
        assert getattr(client, method)("/agencies/").status_code == 405


def test_an_empty_register_is_said_to_be_empty(db):
    text = page(Client())
    assert "not published yet" in text
    with on(DAY):
        assert Client().get("/agencies.json").json()["agencies"] == []
