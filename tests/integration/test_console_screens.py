"""What the screens of the console say, how often they ask the database, and what they survive."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from console_book import HOSTILE, HOSTILE_REF, MANY, Book
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arrears.console.views import book as book_views
from arrears.people.models import User

SCREENS = [
    "today", "cases", "case", "held-case", "hostile-case", "person", "hostile-person", "loan",
    "snapshot-loan", "tapes", "tape", "runs", "run", "set-aside", "set-aside-row", "differences",
    "book", "rules", "rule-pack", "rule", "rule-coverage", "calendar", "switches", "held-person",
    "when", "journal", "entry", "seals", "mode", "clients",
    "incidents", "report-incident", "incident",
    "sessions", "account", "password", "access", "looked",
]  # fmt: skip


@pytest.fixture
def client(console_book: Book) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(User.objects.get(username="administrator"))
    return client


def rows_of(answer) -> int:
    body = answer.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return body.count("<tr>")


def listed(client: Client, **asked: object):
    answer = client.get(f"/cases/?{urlencode(asked, doseq=True)}")
    assert answer.status_code == HTTPStatus.OK
    return answer


def total(answer) -> int:
    found = re.search(r"([\d,]+) in all", answer.text)
    return int(found[1].replace(",", "")) if found else 0


def test_every_screen_is_tried(console_book: Book):
    assert set(console_book.screens) == set(SCREENS)


def reads(client: Client, address: str) -> int:
    """How many statements read rows; session and user are two of them."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == HTTPStatus.OK
    told = [query["sql"] for query in asked]
    return sum(bool(re.match(r"\s*(SELECT|WITH)", s)) and "_setting('" not in s
               and "set_config(" not in s for s in told)  # fmt: skip


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_reads_a_bounded_number_of_times(client: Client, console_book: Book, name: str):
    # A person's loans are read one by one: a person has few.
    loans = 3 if name in ("case", "person") else 1
    # With them: for whom staff work, what is revealed to them, the entry that they looked, and
    # who works on the case.
    most = 24 + 8 * loans if name.endswith(("case", "person", "loan", "looked")) else 14
    if name == "entry":
        most = 15  # with the entry that they looked
    if name == "when":
        most = 12 + 2 * 7  # how a person stands, and the counts, for each channel
    assert reads(client, console_book.screens[name]) <= most


@pytest.mark.parametrize(
    ("few", "many"),
    [
        ("/cases/?text=m0001", "/cases/"),
        ("/data/set-aside/?q=P", "/data/set-aside/"),
        ("/data/differences/?measure=late_interest", "/data/differences/"),
    ],
)
def test_a_list_reads_as_often_for_one_row_as_for_many(client: Client, few: str, many: str):
    assert rows_of(client.get(few)) < rows_of(client.get(many))
    assert reads(client, few) == reads(client, many)


@pytest.mark.parametrize("name", ["hostile-case", "hostile-person", "cases", "set-aside", "tape"])
def test_a_hostile_name_is_text(client: Client, console_book: Book, name: str):
    address = console_book.screens[name]
    page = client.get(f"{address}?text=h" if name == "cases" else address).text
    assert "<script>alert" not in page
    assert HOSTILE_REF not in page
    if name.startswith("hostile") or name == "cases":
        assert "&lt;script&gt;alert(&quot;name&quot;)&lt;/script&gt;" in page
        assert "h&lt;b&gt;&#x27;1" in page


@pytest.mark.parametrize(
    "query",
    [
        {"text": HOSTILE},
        {"text": "'; DROP TABLE cases_case; --"},
        {"text": "%_\\"},
        {"text": "a\x00b"},
        {"text": "x" * 5_000},
        {"least": '"><img src=x>'},
        {"most": "-9" * 60},
        {"least": "1e99", "currency": "XXX"},
        {"least": "99999999999999999999999999"},
        {"bucket": ["M99", "<b>"], "treatment": "nothing", "hold": "all", "state": "asleep"},
        {"sort": "; DROP", "way": "sideways", "page": "-1"},
        {"page": "9" * 30},
        {"page": "٣"},
        {"page": "100000"},
    ],
)
def test_an_address_by_a_bad_hand_is_still_a_list(client: Client, query: dict[str, object]):
    page = listed(client, **query).text
    assert "<img src=x>" not in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/data/set-aside/?table=x&reason=y&state=z&tape=1&page=0&q=%00",
        "/data/tapes/?kind=huge&page=99999999",
        "/data/runs/?page=minus",
        "/data/differences/?measure=all&page=",
        "/data/book/?month=soon",
    ],
)
def test_other_lists_survive_it_too(client: Client, address: str):
    assert client.get(address).status_code == HTTPStatus.OK


def test_the_list_is_filtered_by_what_the_address_says(client: Client):
    everything = total(listed(client))
    assert everything > MANY
    assert total(listed(client, text="m00")) == 100
    assert rows_of(listed(client, text="p1")) == 1
    by_bucket = {b: total(listed(client, bucket=b)) for b in ("M1", "M2", "M3", "M4", "M5", "M6")}
    assert sum(by_bucket.values()) == everything
    assert total(listed(client, bucket=["M1", "M3"])) == by_bucket["M1"] + by_bucket["M3"]
    held = total(listed(client, hold="any"))
    assert held == 3
    assert held + total(listed(client, hold="none")) == everything
    assert total(listed(client, least="100.01")) + total(listed(client, most="100")) == everything
    assert total(listed(client, currency="JPY")) == 0
    assert "No case fits these filters" in listed(client, currency="JPY").text


@pytest.mark.parametrize("sort", ["bucket", "amount", "days", "opened"])
def test_pages_follow_on_each_other_and_lose_nobody(client: Client, sort: str):
    seen: list[str] = []
    for number in (1, 2, 3):
        page = listed(client, sort=sort, way="ascending", page=number).text
        seen += re.findall(r'<a href="/cases/([0-9a-f-]{36})/"', page)
    assert len(seen) == len(set(seen)) == total(listed(client))
    page = listed(client, sort=sort, way="descending").text
    turned = re.findall(r'<a href="/cases/([0-9a-f-]{36})/"', page)
    assert turned[0] in seen[-50:] or sort == "opened"
    assert 'aria-sort="descending"' in page


def test_htmx_gets_the_part_and_history_the_page(client: Client):
    part = client.get("/cases/?text=p1", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert rows_of(part) == 1
    again = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in client.get("/cases/?text=p1", headers=again).text
    assert "HX-Request" in part["Vary"]


def test_a_case_tells_its_money_to_the_cent(client: Client, console_book: Book):
    page = client.get(console_book.screens["case"]).text
    # Day 100: three of L1's instalments of 100.00 are due, 70.00 was paid.
    assert "¥230.00" in page
    assert "¥40.00" in page  # the first payment
    assert "L1-usd" in page
    assert "$100.00" in page
    assert "Next step: letter" in page


def test_a_held_case_says_that_nothing_is_collected(client: Client, console_book: Book):
    assert "data in doubt" in client.get(console_book.screens["held-case"]).text


def test_an_identity_is_masked(client: Client, console_book: Book):
    page = client.get(console_book.screens["person"]).text
    assert "What identifies a person is masked here." in page


def test_a_tape_adds_up_on_its_page(client: Client, console_book: Book):
    page = client.get(console_book.screens["tape"]).text
    received, accepted, aside = (
        int(re.search(rf"<dt>{word}</dt><dd[^>]*>(?:<a[^>]*>)?([0-9,]+)<", page)[1])
        for word in ("Rows received", "accepted", "set aside")
    )
    assert received == accepted + aside
    assert aside > 3


def test_the_roll_rates_of_a_month_are_a_matrix(client: Client):
    page = client.get("/data/book/?month=2026-01").text
    assert "2026-01 → 2026-02" in page
    assert "100.0 %" in page


def test_a_database_that_is_away_is_told_as_such(client: Client, monkeypatch):
    def away(*_: object) -> None:
        raise OperationalError("connection refused: password=hunter2")

    monkeypatch.setattr(book_views, "treatment_totals", away)
    answer = client.get("/today/")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "database" in answer.text
    assert "hunter2" not in answer.text


def test_a_fault_of_ours_is_told_without_its_inside(client: Client, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr(book_views, "treatment_totals", broken)
    client.raise_request_exception = False
    answer = client.get("/today/")
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "<h1>" in answer.text
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("name", SCREENS)
def test_no_page_is_kept_by_a_cache_or_runs_what_is_inline(
    client: Client, console_book: Book, name: str
):
    answer = client.get(console_book.screens[name])
    assert answer["Cache-Control"] == "no-store"
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert not re.search(r"<[^>]+\s(style|on\w+)=", answer.text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style", answer.text)
