"""Deciding: the strictest wins, and whatever is not a clean yes refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import cedarpy
import pytest
import small_book

from arrears.rulebook import decide as deciding
from arrears.rulebook.act import Act, BadAct, read_act
from arrears.rulebook.decide import decide, judge, ruleset_of
from arrears.rulebook.load import Rulebook, load_rulebook
from arrears.rulebook.next_moment import next_moment
from arrears.rulebook.vocabulary import FACTS

CN = (
    small_book.rule("cn.vulnerable", "context.vulnerable")
    + small_book.rule("cn.life", "context.life_event && context.days_past_due >= 3")
    + small_book.rule("cn.agency", "true", 'principal == Actor::"agency", action, resource')
    + small_book.rule("cn.debit", "true", 'principal, action == Action::"debit", resource')
    + small_book.rule("cn.guess", "context.seems_unable", status="draft")
    + small_book.rule("cn.turn", "context.stopped", until="2026-01-01", en="old")
    + small_book.rule("cn.turn", "!context.stopped", from_="2026-01-01", en="new")
)
US = small_book.rule("us.notice", "context has notice_hours && context.notice_hours < 5")
HOUSE = small_book.rule("house.opted", "context.channel_opted_out")
SOUND = {"stopped": True}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    folder = tmp_path_factory.mktemp("book")
    return load_rulebook(small_book.write_book(folder, cn=CN, us=US, house=HOUSE))


def act(given: dict[str, object] | None = None, **more: object) -> Act:
    return small_book.act(given={**SOUND, **(given or {})}, **{"actor": "lender", **more})


def refused(book: Rulebook, *given: object, **more: object) -> list[str]:
    verdict = decide(act(*given, **more), book)
    assert verdict.allowed == (not verdict.reasons)
    return [reason.id for reason in verdict.reasons]


def test_what_no_rule_refuses_is_allowed(book: Rulebook) -> None:
    verdict = decide(act(), book)
    assert verdict.allowed and verdict.reasons == () == verdict.warnings
    assert verdict.jurisdictions == ("cn",) and len(verdict.ruleset_sha256) == 64


def test_every_refusing_rule_is_named_with_its_source(book: Rulebook) -> None:
    verdict = decide(act({"vulnerable": True, "channel_opted_out": True}), book)
    assert [reason.id for reason in verdict.reasons] == ["cn.vulnerable", "house.opted"]
    first = verdict.reasons[0]
    assert (first.pack, first.cite, first.force, first.do_zh) == (
        "cn",
        "Act 1, s. 1",
        "law",
        "请等待。",
    )
    assert verdict.facts["vulnerable"] is True and "hold_dispute" not in verdict.facts


def test_scopes_limit_a_rule_to_its_actor_and_act(book: Rulebook) -> None:
    assert refused(book, actor="agency") == ["cn.agency"]
    assert refused(book, name="debit") == ["cn.debit"]


def test_both_parts_of_a_condition_must_hold(book: Rulebook) -> None:
    assert refused(book, {"life_event": True, "days_past_due": 3}) == ["cn.life"]
    assert refused(book, {"life_event": True, "days_past_due": 2}) == []


def test_an_unknown_jurisdiction_means_every_law(book: Rulebook) -> None:
    facts = {"notice_hours": 4, "vulnerable": True}
    assert refused(book, facts) == ["cn.vulnerable"]
    assert refused(book, facts, jurisdiction="us", zone="America/New_York") == ["us.notice"]
    assert refused(book, facts, jurisdiction=None) == ["cn.vulnerable", "us.notice"]


def test_a_jurisdiction_without_a_pack_refuses(book: Rulebook) -> None:
    verdict = decide(act(jurisdiction="gb", zone="Europe/London"), book)
    assert not verdict.allowed and [reason.id for reason in verdict.reasons] == ["error"]
    assert "no pack" in verdict.reasons[0].en


def test_a_draft_warns_and_never_refuses(book: Rulebook) -> None:
    verdict = decide(act({"seems_unable": True}), book)
    assert verdict.allowed and [warning.id for warning in verdict.warnings] == ["cn.guess"]
    verdict = decide(act({"seems_unable": True, "vulnerable": True}), book)
    assert [reason.id for reason in verdict.reasons] == ["cn.vulnerable"]
    assert [warning.id for warning in verdict.warnings] == ["cn.guess"]


def without(one: Act, *names: str) -> Act:
    return replace(one, facts={k: v for k, v in one.facts.items() if k not in names})


def test_a_missing_fact_refuses_and_is_named(book: Rulebook) -> None:
    verdict = decide(without(act(), "vulnerable", "life_event"), book)
    assert [reason.id for reason in verdict.reasons] == ["missing"]
    assert "life_event, vulnerable" in verdict.reasons[0].en
    assert "life_event" in verdict.reasons[0].zh


def test_a_fact_that_no_rule_reads_may_be_missing(book: Rulebook) -> None:
    assert decide(without(act(), "mandate_valid"), book).allowed


def test_a_missing_fact_of_a_draft_is_told_and_refuses_nothing(book: Rulebook) -> None:
    verdict = decide(without(act(), "seems_unable"), book)
    assert verdict.allowed and [warning.id for warning in verdict.warnings] == ["missing"]
    assert refused_ids(without(act({"vulnerable": True}), "seems_unable"), book) == [
        "cn.vulnerable"
    ]


def refused_ids(one: Act, book: Rulebook) -> list[str]:
    return [reason.id for reason in decide(one, book).reasons]


def test_the_local_day_selects_the_version(book: Rulebook) -> None:
    facts = {"stopped": False}
    assert refused(book, facts, at="2025-12-31T23:59+08:00") == []
    assert refused(book, facts, at="2026-01-01T00:00+08:00") == ["cn.turn"]
    # The same instant is still the old year in London, and already the new one in Shanghai.
    assert refused(book, facts, at="2025-12-31T16:00+00:00", zone="Europe/London") == []
    verdict = decide(act(facts, at="2025-12-31T16:00+00:00"), book)
    assert [reason.en for reason in verdict.reasons] == ["new"]


def test_where_the_local_day_is_in_doubt_both_versions_apply(book: Rulebook) -> None:
    at = "2025-12-31T16:00+00:00"
    for stopped, said in ((True, ["old"]), (False, ["new"])):
        one = act({"stopped": stopped}, at=at, zone="Europe/London", zone_alt="Asia/Shanghai")
        assert [reason.en for reason in decide(one, book).reasons] == said
        nowhere = act({"stopped": stopped}, at=at, jurisdiction=None, zone=None)
        assert [reason.en for reason in decide(nowhere, book).reasons] == said


def test_sets_of_rules_are_made_once_per_regime(book: Rulebook) -> None:
    one = book.ruleset("cn", "message", date(2026, 1, 1))
    assert one is book.ruleset("cn", "message", date(2031, 5, 5))
    other = book.ruleset("cn", "message", date(2025, 12, 31))
    assert one is not other and one.digest != other.digest
    assert book.boundaries("cn") == (date(2026, 1, 1),) and book.boundaries("us") == ()


def test_digests_tell_rulebooks_apart(tmp_path: Path, book: Rulebook) -> None:
    same = load_rulebook(small_book.write_book(tmp_path / "a", cn=CN, us=US, house=HOUSE))
    other = CN.replace("context.days_past_due >= 3", "context.days_past_due >= 4")
    changed = load_rulebook(small_book.write_book(tmp_path / "b", cn=other, us=US, house=HOUSE))
    assert same.digest == book.digest != changed.digest
    one, two = (b.ruleset("cn", "message", date(2026, 1, 1)) for b in (book, changed))
    assert one.digest != two.digest


@pytest.mark.parametrize("broken", ["raises", "errors", "no decision", "denies without a reason"])
def test_whatever_cedar_cannot_answer_refuses(
    book: Rulebook, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {
        "errors": {"decision": "Allow", "diagnostics": {"reason": ["x"], "errors": ["bad rule"]}},
        "no decision": {"decision": "NoDecision", "diagnostics": {"errors": []}},
        "denies without a reason": {"decision": "Deny", "diagnostics": {}},
    }

    def answer(*_: object) -> cedarpy.AuthzResult:
        if broken == "raises":
            raise RuntimeError("out of order")
        return cedarpy.AuthzResult(answers[broken])

    new = Rulebook(book.folder, book.packs)
    with monkeypatch.context() as broke:
        broke.setattr(deciding.cedarpy, "is_authorized", answer)
        verdict = decide(act(), new)
    assert not verdict.allowed and [reason.id for reason in verdict.reasons] == ["error"]
    # A fault is no answer: the next time the rules are asked again.
    assert decide(act(), new).allowed


def test_an_act_like_an_earlier_one_is_answered_as_that_was(
    book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Rulebook(book.folder, book.packs)
    facts = {"life_event": True, "seems_unable": True}
    first = decide(act({**facts, "days_past_due": 9}), new)
    monkeypatch.setattr(deciding.cedarpy, "is_authorized", lambda *_: 1 / 0)
    again = decide(act({**facts, "days_past_due": 10}), new)
    assert replace(first, facts={}) == replace(again, facts={})
    assert (first.facts["days_past_due"], again.facts["days_past_due"]) == (9, 10)
    assert refused_ids(act({**facts, "days_past_due": 2}), new) == ["error"]
    assert refused_ids(act({**facts, "days_past_due": 9}, party="guarantor"), new) == ["error"]


def test_answers_kept_are_bounded(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    new = Rulebook(book.folder, book.packs)
    monkeypatch.setattr("arrears.rulebook.alike.MOST_ANSWERS", 2)
    flags = ("vulnerable", "life_event", "channel_opted_out", "seems_unable")
    for name in flags:
        decide(act({name: True}), new)
    asked: list[object] = []
    real = cedarpy.is_authorized
    monkeypatch.setattr(
        deciding.cedarpy, "is_authorized", lambda *given: asked.append(0) or real(*given)
    )
    decide(act({flags[-1]: True}), new)
    assert asked == []
    decide(act({flags[0]: True}), new)
    assert asked


def test_facts_that_slip_past_the_act_are_caught_by_the_schema(book: Rulebook) -> None:
    one = act()
    rules = ruleset_of(one, book)
    for name, value in (("days_past_due", 2**70), ("vulnerable", None), ("vulnerable", 7)):
        verdict = judge(rules, one.actor, one.party, {**one.timed(), name: value})
        assert not verdict.allowed and [reason.id for reason in verdict.reasons] == ["error"]
    assert not judge(rules, "nobody", one.party, one.timed()).allowed


@pytest.mark.parametrize(
    ("at", "zone"),
    [
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "Asia/Shanghai"),
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York"),
    ],
)
def test_an_instant_without_a_local_day_refuses(book: Rulebook, at: datetime, zone: str) -> None:
    one = replace(act(zone=zone), at=at)
    assert refused_ids(one, book) == ["error"] and next_moment(one, book) is None


GOOD = {
    "act": "message",
    "actor": "lender",
    "party": "borrower",
    "at": "2026-03-02T10:00+08:00",
    "facts": {"vulnerable": False},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"act": "fly"}, "unknown act"),
        ({"act": ["message"]}, "unknown act"),
        ({"party": None}, "unknown party"),
        ({"actor": 5}, "unknown actor"),
        ({"jurisdiction": "fr"}, "unknown jurisdiction"),
        ({"jurisdiction": "house"}, "unknown jurisdiction"),
        ({"at": "2026-03-02T10:00"}, "with its offset"),
        ({"at": "yesterday"}, "cannot be read"),
        ({"at": 1772418000}, "cannot be read"),
        ({"time_zone": "Asia/Atlantis"}, "no such time zone"),
        ({"time_zone": "../../etc/passwd"}, "no such time zone"),
        ({"time_zone_alt": 8}, "no such time zone"),
        ({"facts": []}, "facts must be"),
        ({"facts": {"nothing": 1}}, "no such fact"),
        ({"facts": {"vulnerable": 1}}, "true or false"),
        ({"facts": {"vulnerable": "true"}}, "true or false"),
        ({"facts": {"vulnerable": None}}, "may not be unknown"),
        ({"facts": {"days_past_due": True}}, "a whole number"),
        ({"facts": {"days_past_due": 1.0}}, "a whole number"),
        ({"facts": {"days_past_due": float("nan")}}, "a whole number"),
        ({"facts": {"days_past_due": 10**30}}, "a whole number"),
        ({"facts": {"days_past_due": -1}}, "a whole number"),
        ({"facts": {"purpose": "colect"}}, "one of collect"),
        ({"facts": {"purpose": {}}}, "one of collect"),
        ({"time_zone": "Asia/Shanghai", "facts": {"local_minute": 0}}, "contradicts itself"),
        ({"time_zone_alt": "Asia/Tokyo", "facts": {"local_minute_alt": 0}}, "contradicts itself"),
        ({"extra": 1}, "other keys"),
        ({"changes": {"at": 1}}, "a JSON list"),
        ({"changes": [{"at": "2026-03-02T10:00", "fact": "vulnerable", "value": True}]}, "offset"),
        ({"changes": [{"at": "2026-03-02T10:00Z", "fact": "x", "value": True}]}, "no such fact"),
        ({"changes": [7]}, "a change needs"),
    ],
)
def test_bad_acts_are_refused_and_say_why(change: dict[str, object], said: str) -> None:
    with pytest.raises(BadAct) as caught:
        read_act(json.dumps({**GOOD, **change}))
    assert said in str(caught.value) and caught.value.exit_code == 65


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"act": 1' + "0" * 5000 + "}",
        json.dumps(GOOD).replace('"act"', '"act": "letter", "act"'),
        json.dumps(GOOD).replace('"vulnerable"', '"vulnerable": true, "vulnerable"'),
        json.dumps({"act": "message"}),
    ],
)
def test_text_that_is_no_act_is_refused(text: str) -> None:
    with pytest.raises(BadAct):
        read_act(text)


def test_a_good_act_is_read() -> None:
    one = read_act(json.dumps(GOOD))
    assert one.jurisdiction is None and one.zone is None and one.facts == {"vulnerable": False}
    assert set(one.timed()) - set(one.facts) == {"local_minute", "local_minute_alt"}
    assert all(name in FACTS for name in one.timed())


def test_minutes_may_be_told_where_they_fit_or_no_zone_says_them() -> None:
    minute = read_act(json.dumps({**GOOD, "time_zone": "Asia/Shanghai"})).timed()["local_minute"]
    for place in ({"time_zone": "Asia/Shanghai"}, {}):
        told = {**GOOD, **place, "facts": {"local_minute": minute, "local_minute_alt": 0}}
        assert read_act(json.dumps(told)).timed()["local_minute"] == minute


@pytest.mark.parametrize(
    ("comparison", "refusing"),
    [
        ("< 5", {3, 4}),
        ("<= 5", {3, 4, 5}),
        ("> 5", {6, 7}),
        (">= 5", {5, 6, 7}),
        ("== 5", {5}),
        ("!= 5", {3, 4, 6, 7}),
    ],
)
def test_each_comparison_turns_at_its_number_whatever_was_asked_before(
    tmp_path: Path, comparison: str, refusing: set[int]
) -> None:
    rule = small_book.rule("cn.days", f"context.days_past_due {comparison}")
    small = load_rulebook(small_book.write_book(tmp_path, cn=rule))
    for days in (5, 3, 4, 6, 7, 5, 4, 6):
        assert (refused_ids(act({"days_past_due": days}), small) != []) == (days in refusing)
