"""Rules, calendar, journal and stop switches in the console: what they say and what they do."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from console_book import Book
from django.test import Client

from arrears.cases.exports.queries import exports
from arrears.conduct.models import Stop
from arrears.conduct.queries import StopView, stops
from arrears.journal.queries import entries, statements
from arrears.journal.verifier.hashing import leaf, root_of
from arrears.kernel.ids import named, uuid7
from arrears.people.models import User
from arrears.rulebook.load import load_rulebook
from arrears.store import clock
from arrears.store.actor import system

ACTOR = system("test")


def in_force() -> list[StopView]:
    return [stop for stop in stops(ACTOR, size=200).rows if stop.in_force]


def signed_in(role: str, language: str = "en") -> Client:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(User.objects.get(username=role))
    return client


@pytest.fixture
def client(console_book: Book) -> Client:
    return signed_in("compliance")


def test_every_rule_of_every_pack_is_told_in_both_languages(console_book: Book):
    for language, attribute in (("en", "en"), ("zh-hans", "zh")):
        client = signed_in("collector", language)
        for code, pack in load_rulebook().packs.items():
            page = client.get(f"/rules/{code}/").text
            assert page.count("<article") == len(pack.rules)
            for rule in pack.rules:
                assert rule.id in page
            shown = re.sub(r"&#x27;", "'", re.sub(r"&quot;", '"', page)).replace("&amp;", "&")
            assert getattr(pack.rules[0], attribute) in shown


def test_rules_are_filtered_by_act_force_state_and_words(client: Client):
    rules = load_rulebook().packs["us"].rules

    def shown(query: str) -> set[str]:
        page = client.get(f"/rules/us/?{query}").text
        return set(re.findall(r'<article class="sheet rule" id="([^"@]+)', page))

    assert shown("act=call_human") == {r.id for r in rules if "call_human" in r.acts}
    assert shown("force=law") == {r.id for r in rules if r.force == "law"}
    drafts = {r.id for r in rules if r.status == "draft"}
    assert drafts and shown("status=draft") == drafts
    assert "us.contact.hours" in shown("q=US.CONTACT.HOURS")
    assert shown("q=no+such+words+anywhere") == set()
    every = {r.id for r in rules}
    assert shown("act=dance&force=iron&status=asleep") == every


@pytest.mark.parametrize(
    "address",
    ["/rules/mars/", "/rules/us/us.no.such_rule/", "/rules/mars/coverage/", "/rules/us/%00/"],
)
def test_a_rule_that_there_is_not_is_not_found(client: Client, address: str):
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND


def test_a_rules_page_has_its_cases_and_its_text(client: Client, console_book: Book):
    page = client.get(console_book.screens["rule"]).text
    assert "allowed" in page and "not allowed" in page
    assert "forbid (" in page
    assert "@cite" not in page
    part = client.get(console_book.screens["rule"], headers={"HX-Request": "true"}).text
    assert "forbid (" in part and "<html" not in part


def test_only_a_country_has_a_local_time(client: Client):
    assert client.get("/rules/").text.count("Local time:") == len(load_rulebook().packs) - 1


def test_a_case_names_the_rules_that_refuse_it_be_they_others(client: Client):
    page = client.get("/rules/cn/cn.contact.hours@2025-02-28/").text
    business = next(li for li in page.split("<li>") if "product: business loan" in li)
    assert "<code>house.hours.night</code>" in business
    assert "<code>cn.contact.hours</code>" not in business
    assert page.count("<code>cn.contact.hours</code>") > 1


def test_the_coverage_table_is_whole_and_narrowed_by_kind(client: Client):
    whole = client.get("/rules/cn/coverage/").text
    assert whole.count("<tr>") - 1 == 97
    narrowed = client.get("/rules/cn/coverage/?kind=retention").text
    assert 0 < narrowed.count("<tr>") - 1 < 97
    assert client.get("/rules/cn/coverage/?kind=nonsense").text.count("<tr>") == whole.count("<tr>")


def test_the_calendar_draws_the_hours_of_each_law(client: Client):
    def sms(query: str) -> list[str]:
        page = client.get(f"/rules/calendar/?from=2026-03-02&{query}").text
        return re.findall(r'data-label="SMS".*?<span class="times num">(.*?)</span>', page, re.S)

    assert [text.strip() for text in sms("jurisdiction=cn")] == ["08:00–22:00"] * 7
    assert {text.strip() for text in sms("jurisdiction=us")} == {"08:00–21:00"}
    held = client.get("/rules/calendar/?from=2026-03-02&flag=hold_dispute").text
    assert "Nothing" in held or "not allowed" in held
    assert "07:59" not in held


def test_a_count_is_spent_today_and_free_tomorrow(client: Client):
    page = client.get("/rules/calendar/?from=2026-03-02&calls_connected_today=3").text
    calls = re.findall(
        r'data-label="Call by a person".*?class="times num">(.*?)</span>', page, re.S
    )
    assert "not allowed" in calls[0]
    assert [text.strip() for text in calls[1:]] == ["08:00–22:00"] * 6


@pytest.mark.parametrize(
    "query",
    [
        "from=soon", "from=9999-12-31", "from=0001-01-01", "jurisdiction=mars", "zone=Mars/North",
        "flag=everything&flag=", "calls_7d_debt=-1", "calls_7d_debt=99999999999", "calls_7d_debt=٣",
        "actor=%00&party=x&purpose=y&product=z",
    ],
)  # fmt: skip
def test_a_situation_by_a_bad_hand_is_still_a_week(client: Client, query: str):
    answer = client.get(f"/rules/calendar/?{query}")
    assert answer.status_code == HTTPStatus.OK
    assert answer.text.count('class="bar"') == 49


def test_a_disputed_person_is_shown_as_such_wherever_they_are(client: Client):
    person = named("person", "p3")
    page = client.get(f"/people/{person}/").text
    assert "Hold: dispute" in page
    assert "The third instalment was paid in cash." in page
    assert "What the rules answered lately" in page
    assert "Source: " in page
    week = client.get(f"/people/{person}/when/?as=live").text
    assert "house.hold.dispute" in week or "dispute" in week
    assert 'class="yes" x=' not in week  # nothing is collected, on no channel


def test_a_person_in_order_may_be_contacted_by_day_but_not_while_observing(client: Client):
    person = named("person", "m0003")
    live = client.get(f"/people/{person}/when/?as=live").text
    assert 'class="yes" x=' in live
    observed = client.get(f"/people/{person}/when/").text
    assert 'class="yes" x=' not in observed
    assert client.get(f"/people/{named('person', 'nobody')}/when/").status_code == 404


def stop_form(**more: str) -> dict[str, str]:
    until = clock.now() + timedelta(days=1)
    return {
        "command_id": str(uuid7(clock.now())), "scope": "district", "named": "CN-31",
        "reason": "A flood.", "until": f"{until:%Y-%m-%dT%H:%M}", **more,
    }  # fmt: skip


def test_a_switch_falls_is_confirmed_by_another_and_lifted(console_book: Book):
    supervisor, compliance = signed_in("supervisor"), signed_in("compliance")
    given = stop_form()
    for _ in range(2):  # a form sent twice stops once
        answer = supervisor.post("/rules/switches/", given)
        assert answer.status_code == HTTPStatus.FOUND
    (stop,) = (stop for stop in in_force() if stop.value == "CN-31")
    assert "one district: CN-31" in compliance.get("/rules/switches/").text
    own = supervisor.post(f"/rules/switches/{stop.id}/confirm/", {"command_id": "a"}, follow=True)
    assert "Nobody confirms their own" in own.text
    assert Stop.objects.count() >= 1
    told = compliance.post(f"/rules/switches/{stop.id}/confirm/", {"command_id": "b"}, follow=True)
    assert "Confirmed." in told.text
    lifted = f"/rules/switches/{stop.id}/lift/"
    assert supervisor.post(lifted, {"command_id": "c", "reason": "x"}).status_code == 403
    silent = compliance.post(lifted, {"command_id": "d", "reason": " "}, follow=True)
    assert "Give a reason" in silent.text
    compliance.post(lifted, {"command_id": "e", "reason": "The water fell."})
    assert stop.id not in {each.id for each in in_force()}
    assert "The water fell." in compliance.get("/rules/switches/").text
    kinds = [entry.kind for entry in entries(ACTOR, kind="conduct").rows]
    assert {"conduct.stop_opened", "conduct.stop_approved", "conduct.stop_lifted"} <= set(kinds)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scope": "moon"}, "Choose what"),
        ({"scope": "channel", "channel": ""}, "Say which one"),
        ({"scope": "channel", "channel": "pigeon"}, "there is no such channel"),
        ({"reason": "  "}, "Give a reason"),
        ({"until": "soon"}, "planned end"),
        ({"until": "2020-01-01T00:00"}, "planned end"),
        ({"until": "9999-12-31T23:59"}, "planned end"),
        ({"command_id": ""}, "a command needs an id"),
    ],
)
def test_a_switch_that_cannot_be_set_says_why(client: Client, wrong: dict[str, str], said: str):
    before = len(in_force())
    answer = client.post("/rules/switches/", stop_form(**wrong))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in answer.text
    assert len(in_force()) == before


def test_only_who_may_stop_stops(console_book: Book):
    for role in ("collector", "strategist", "engineer"):
        assert signed_in(role).post("/rules/switches/", stop_form()).status_code == 403


def test_a_reason_of_a_bad_hand_is_text(client: Client):
    page = client.get("/rules/switches/").text
    assert "<b>The account" not in page
    assert "&lt;b&gt;The account was taken over.&lt;/b&gt;" in page


def test_the_journal_is_filtered_by_stream_person_day_and_kind(client: Client):
    def listed(query: str) -> str:
        return client.get(f"/journal/?{query}", headers={"HX-Request": "true"}).text

    of_stream = listed(f"stream=person:{named('person', 'p3')}")
    assert "Hold opened" in of_stream and "Act refused" in of_stream
    assert "Tape taken in" not in of_stream
    of_person = listed("person=p3")
    assert "Hold opened" in of_person and "Case changed" in of_person
    assert "Tape taken in" not in of_person
    refused = listed("person=p3&kind=conduct.refused")
    assert "Act refused" in refused and "Hold opened" not in refused
    assert "There is no person" in listed("person=nobody")
    loans = listed("kind=loans")
    assert "Tape taken in" in loans and "Hold opened" not in loans
    assert "No entry fits" in listed("day=1999-01-01")
    today = f"{clock.business_day()}"
    assert "Tape taken in" in listed(f"day={today}&kind=loans")
    assert "No entry fits" in listed("day=1999-01-01&person=p3")
    wrong = listed("stream=case:<b>")
    assert "is not the name of a stream" in wrong and "case:<b>" not in wrong


def test_the_lines_of_the_journal_say_in_words_what_happened(console_book: Book):
    chinese = signed_in("compliance", "zh-hans")
    part = {"HX-Request": "true"}
    refused = chinese.get("/journal/?person=p3&kind=conduct.refused", headers=part).text
    assert "渠道：短信" in refused and "sms" not in refused
    page = chinese.get(console_book.screens["entry"]).text
    assert "记录原文" in page and "system:test" not in page
    switches = chinese.get("/journal/?kind=conduct.stop_opened", headers=part).text
    assert "范围：某一渠道" in switches
    verified = chinese.post("/journal/seals/", {"root": "ab" * 32}).text
    assert "根值不符" in verified and "wrong root" not in verified


def test_what_is_listed_leaves_by_the_rules_of_exports(console_book: Book):
    client = signed_in("compliance")
    form = {
        "command_id": "record-1", "person": "p3", "kind": "conduct", "day": "", "stream": "",
        "reason": "The person asked what was done.",
    }  # fmt: skip
    answer = client.post("/journal/export/", form)
    assert answer["Location"] == "/exports/"
    (made,) = (each for each in exports(ACTOR).rows if each.kind == "record")
    assert (made.state, made.form) == ("approved", "csv")
    kept = client.post(f"/exports/{made.id}/fetch/")
    assert kept.status_code == HTTPStatus.OK
    lines = kept.content.decode("utf-8-sig").splitlines()
    assert "Confidential" in lines[0] and lines[1].startswith('"at","kind","actor"')
    assert len(lines) == made.rows + 2
    assert any("conduct.hold_opened" in line for line in lines)
    assert "The third instalment was paid" not in kept.text
    short = client.post("/journal/export/", {**form, "command_id": "record-2", "reason": "x"})
    assert short["Location"].startswith("/journal/?kind=conduct&person=p3")
    nobody = {**form, "command_id": "record-3", "person": "nobody"}
    assert client.post("/journal/export/", nobody)["Location"].startswith("/journal/?")
    assert [each.kind for each in exports(ACTOR).rows].count("record") == 1
    assert signed_in("administrator").post("/journal/export/", form).status_code == 403
    assert "Export what is listed" not in signed_in("administrator").get("/journal/").text


@pytest.mark.parametrize(
    "query", ["day=soon", "day=0001-01-01", "kind=all", "page=0", "page=99999999", "stream=%00"]
)
def test_a_journal_address_by_a_bad_hand_is_still_a_list(client: Client, query: str):
    assert client.get(f"/journal/?{query}").status_code == HTTPStatus.OK


def test_an_entrys_proof_leads_to_the_root_that_was_signed(client: Client, console_book: Book):
    address = console_book.screens["entry"]
    page = client.get(address).text
    assert "Download the proof" in page
    answer = client.get(f"{address}proof.json")
    assert answer["Content-Disposition"].startswith("attachment")
    proof = json.loads(answer.content)
    path = [bytes.fromhex(each) for each in proof["path"]]
    root = root_of(
        leaf(bytes.fromhex(proof["entry"]["sha256"])), proof["index"], proof["count"], path
    )
    assert root is not None and root.hex() == proof["statement"]["root"] == proof["root"]
    assert client.get(f"/journal/{uuid7(clock.now())}/").status_code == HTTPStatus.NOT_FOUND


def test_verifying_says_whether_it_holds_and_knows_a_kept_root(client: Client):
    seal = next(each for each in statements(ACTOR).rows if each.root)
    fine = client.post("/journal/seals/", {"root": seal.root}).text
    assert "Nothing was changed, removed or reordered." in fine
    other = client.post("/journal/seals/", {"root": "ab" * 32}).text
    assert "Nothing was changed" not in other
    assert "is wrong." in other


def test_the_public_page_needs_no_sign_in_and_tells_nothing_of_persons(console_book: Book):
    answer = Client().get("/journal/roots.txt")
    assert answer.status_code == HTTPStatus.OK
    assert answer["Content-Type"].startswith("text/plain")
    lines = [json.loads(line) for line in answer.text.splitlines() if line.startswith("{")]
    seals = [line["statement"] for line in lines if "statement" in line]
    assert any(seal["kind"] == "seal" and len(seal["root"]) == 64 for seal in seals)
    assert any("public_key" in line for line in lines)
    told = {name for seal in seals for name in seal}
    assert told <= {
        "format", "number", "kind", "at", "previous", "key", "public_key", "day", "cut", "count",
        "root",
    }  # fmt: skip
    assert Client().get("/journal/roots.txt?before=2").text.count('{"statement"') == 1
    assert Client().get("/journal/roots.txt?before=x").status_code == HTTPStatus.OK
    assert Client().post("/journal/roots.txt").status_code == HTTPStatus.METHOD_NOT_ALLOWED
