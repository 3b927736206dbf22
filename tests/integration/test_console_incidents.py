"""Incidents in the console, the banner of a stop of everything, and both at the command line."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

import pytest
from console_book import Book
from django.test import Client

from arrears.conduct.actions.stops import lift_stop, open_stop
from arrears.conduct.queries import incident, incidents
from arrears.kernel.ids import uuid7
from arrears.people.models import User
from arrears.store import clock
from arrears.store.actor import system

ACTOR = system("test")
SENT = {"kind": "manner", "what": "The caller threatened to come by.", "person": "p2"}


def signed_in(role: str, language: str = "en") -> Client:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(User.objects.get(username=role))
    return client


def reported(client: Client, **differing: str) -> UUID:
    answer = client.post(
        "/incidents/report/", {"command_id": str(uuid7(clock.now()))} | SENT | differing
    )
    assert answer.status_code == HTTPStatus.FOUND, answer.text
    return UUID(answer["Location"].split("/")[2])


def do(client: Client, made: UUID, what: str, **form: str):
    form = {"command_id": str(uuid7(clock.now()))} | form
    return client.post(f"/incidents/{made}/{what}/", form, follow=True)


def test_a_collector_reports_compliance_looks_into_it_and_two_close_it(console_book: Book):
    collector = signed_in("collector")
    made = reported(collector)
    own = collector.get(f"/incidents/{made}/").text
    assert "The caller threatened" in own and "Put down a step" not in own
    first, second = signed_in("compliance"), signed_in("head_of_collections")
    assert (
        "The person was asked."
        in do(first, made, "step", step="done", text="The person was asked.").text
    )
    asked = do(first, made, "close", note="The caller was warned.").text
    assert "waits for a second person" in asked and "Close it</button>" not in asked
    assert "alone" in do(first, made, "confirm").text
    assert "closed" in do(second, made, "confirm").text
    assert incident(ACTOR, made).incident.state == "settled"
    assert "It was decided meanwhile" in do(second, made, "confirm").text


def test_the_page_says_whom_the_law_wants_told_and_until_then_does_not_close(console_book: Book):
    page = signed_in("compliance", "zh-hans").get(console_book.screens["incident"]).text
    assert "《个人信息保护法》第五十七条" in page and "尚有应告知的对象" in page
    made = reported(signed_in("collector"), kind="leak")
    client = signed_in("compliance")
    assert "Not yet" in do(client, made, "close", note="Found.").text
    told = do(client, made, "step", step="spared", to="authority", text="No harm.").text
    assert "no exception" in told
    do(client, made, "step", step="told", to="authority", text="By letter.")
    do(client, made, "step", step="spared", to="person", text="Nobody opened the file.")
    assert "waits for a second person" in do(client, made, "close", note="Found.").text


def test_what_a_person_wrote_is_text_and_never_markup(console_book: Book):
    page = signed_in("compliance").get(console_book.screens["incident"]).text
    assert "<b>A list" not in page and "&lt;b&gt;A list of persons" in page


def test_sent_twice_it_is_reported_once(console_book: Book):
    client, before = signed_in("collector"), incidents(ACTOR, state=None).total
    assert reported(client, command_id="twice") == reported(client, command_id="twice")
    assert incidents(ACTOR, state=None).total == before + 1
    other = client.post("/incidents/report/", SENT | {"command_id": "twice", "what": "Else."})
    assert other.status_code == 422 and "sent before" in other.text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "unfit"}, "Choose what kind"),
        ({"what": " "}, "Say what happened"),
        ({"person": "nobody"}, "There is no such person"),
        ({"happened": "2999-01-01T10:00"}, "a time that has passed"),
        ({"happened": "soon"}, "a time that has passed"),
        ({"what": "x" * 2001}, "not filled in"),
        ({"command_id": ""}, "not filled in"),
    ],
)
def test_what_a_report_lacks_is_said_and_nothing_is_lost(
    console_book: Book, wrong: dict[str, str], told: str
):
    form = {"command_id": str(uuid7(clock.now()))} | SENT | wrong
    answer = signed_in("collector").post("/incidents/report/", form)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert told in answer.text and f'value="{form["person"]}"' in answer.text


@pytest.mark.parametrize(
    ("what", "form", "told"),
    [
        ("step", {"step": "sung", "text": "x"}, "Say what was done"),
        ("step", {"step": "done", "text": " "}, "Say what was done"),
        ("step", {"step": "told", "text": "x"}, "Say who was told"),
        ("step", {"step": "done", "text": "x", "happened": "2999-01-01T10:00"}, "lies ahead"),
        ("close", {"note": " "}, "Say what was found"),
        ("return", {"reason": ""}, "Give a reason"),
    ],
)
def test_a_form_of_the_page_says_what_it_lacks(
    console_book: Book, what: str, form: dict[str, str], told: str
):
    made = UUID(console_book.screens["incident"].split("/")[2])
    assert told in do(signed_in("compliance"), made, what, **form).text


def test_the_list_is_narrowed_and_a_part_of_it_comes_alone(console_book: Book):
    client = signed_in("compliance")
    leaks = client.get("/incidents/?kind=leak").text
    assert "personal data leaked" in leaks and "was shouted at" not in leaks
    assert client.get("/incidents/?state=nonsense&kind=x").status_code == HTTPStatus.OK
    part = client.get("/incidents/?kind=leak", headers={"HX-Request": "true"}).text
    assert "<html" not in part and "personal data leaked" in part
    assert "No incident is open" in signed_in("hr").get("/incidents/").text


def test_a_stop_of_everything_stands_on_every_page_until_it_is_lifted(console_book: Book):
    until = clock.now() + timedelta(hours=3)
    stop = open_stop(ACTOR, "stop all", scope="all", reason="<i>Typhoon</i>", until_at=until)
    try:
        for name in ("today", "case", "rules", "incidents", "account"):
            page = signed_in("collector").get(console_book.screens[name]).text
            assert "Everything that goes out is stopped" in page and "&lt;i&gt;Typhoon" in page
        assert "全部对外行为已停止" in signed_in("hr", "zh-hans").get("/rules/").text
    finally:
        lift_stop(ACTOR, "lift all", stop_id=UUID(str(stop["stop_id"])), reason="Over.")
    assert "Everything that goes out" not in signed_in("collector").get("/today/").text
