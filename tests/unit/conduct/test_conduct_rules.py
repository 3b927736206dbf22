"""Keyed hashes, ages, places and words of tapes."""

from __future__ import annotations

import dataclasses
import stat
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from arrears.conduct.rules.covering import HeldFor, Stopped, Whereabouts
from arrears.conduct.rules.intent import OWNED, Intent
from arrears.conduct.rules.persons import age_band, capacity, place_of
from arrears.conduct.rules.taped import act_of, channel_of
from arrears.conduct.rules.unowned import unowned
from arrears.kernel.errors import BadInput, ConfigError
from arrears.rulebook.vocabulary import FACTS
from arrears.store.sealed import keyed

KEY = keyed.Key(b"k" * 32)
AT = datetime(2026, 11, 25, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "13800000001",
        "+86 138-0000-0001",
        "(86)138 0000 0001",
        "１３８００００0001",
        "0013800000001",
    ],
)
def test_a_number_is_the_same_however_it_is_written(written):
    assert KEY.of_number(written) == KEY.of_number("13800000001")


def test_other_numbers_addresses_keys_and_kinds_are_others():
    hashes = {
        KEY.of_number("13800000001"),
        KEY.of_number("13800000002"),
        KEY.of_number("a@example.org"),
        KEY.of_number("110"),
        KEY.of_national_id("CN", "13800000001"),
        KEY.of_national_id("US-NY", "13800000001"),
        keyed.Key(b"j" * 32).of_number("13800000001"),
    }
    assert len(hashes) == 7
    assert KEY.of_national_id("CN-GD", "1380000 0001") == KEY.of_national_id("cn", "13800000001")
    assert KEY.of_number(" - ") is None
    assert KEY.of_national_id("CN", "  ") is None


def test_the_key_is_made_once_for_its_owner_alone(tmp_path, settings):
    settings.ARREARS = dataclasses.replace(settings.ARREARS, home=tmp_path)
    first = keyed.key()
    path = tmp_path / "secrets" / keyed.NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keyed._key.cache_clear()
    assert keyed.key().sha256 == first.sha256
    path.write_text("too short\n")
    keyed._key.cache_clear()
    with pytest.raises(ConfigError, match="cannot be read"):
        keyed.key()
    keyed._key.cache_clear()


@pytest.mark.parametrize(
    ("birth", "today", "band"),
    [
        (date(2008, 11, 25), date(2026, 11, 24), "minor"),
        (date(2008, 11, 25), date(2026, 11, 25), "adult"),
        (date(2008, 2, 29), date(2026, 2, 28), "minor"),
        (date(2008, 2, 29), date(2026, 3, 1), "adult"),
        (None, date(2026, 3, 1), "unknown"),
        (date(2027, 1, 1), date(2026, 3, 1), "unknown"),
        (date(1800, 1, 1), date(2026, 3, 1), "unknown"),
    ],
)
def test_ages(birth, today, band):
    assert age_band(birth, today) == band


def test_capacity_is_presumed_of_adults_alone():
    assert [capacity(None, age) for age in ("adult", "minor", "unknown")] == [
        "full", "unknown", "unknown",
    ]  # fmt: skip
    assert capacity("limited", "adult") == "limited"


@pytest.mark.parametrize(
    ("jurisdiction", "zone", "found"),
    [
        ("CN-GD", None, ("cn", "Asia/Shanghai")),
        ("US-NY", None, ("us", None)),
        ("US-NY", "America/New_York", ("us", "America/New_York")),
        ("FR", "Europe/Paris", (None, "Europe/Paris")),
    ],
)
def test_a_place_without_a_pack_is_unknown(jurisdiction, zone, found):
    assert place_of(jurisdiction, zone) == found


@pytest.mark.parametrize(
    ("word", "automated", "channel", "act"),
    [
        ("Phone", None, "phone", "call_human"),
        ("call", True, "phone", "call_automated"),
        ("短信", None, "sms", "message"),
        ("letter", None, "post", "letter"),
        ("visit", None, "in_person", "visit_arrival"),
        ("smoke", None, "unknown", "call_human"),
        ("mini-program", None, "mini_program", "message"),
    ],
)
def test_words_of_tapes(word, automated, channel, act):
    assert channel_of(word) == channel
    assert act_of(channel, automated) == act


@pytest.mark.parametrize(
    ("jurisdiction", "address", "may"),
    [
        ("CN", None, True),
        ("CN-GD", None, False),
        ("CN-44", None, True),
        ("CN", "深圳市南山区", False),
        ("CN", "上海市浦东", False),
        ("CN", "CN-44 somewhere", True),
    ],
)
def test_who_may_be_in_a_district(jurisdiction, address, may):
    assert Whereabouts(jurisdiction, address).may_be_in("CN-44") is may


def intent(**differing) -> Intent:
    given = {"person_id": UUID(int=1), "act": "message", "purpose": "collect", "channel": "sms"}
    return Intent(**(given | differing))


@pytest.mark.parametrize(
    "differing",
    [{"act": "tickle"}, {"purpose": "revenge"}, {"channel": "smoke"}, {"organisation": " "},
     {"actor": "me"}, {"party": "dog"}, {"reason": "why not"}],
)  # fmt: skip
def test_an_intent_speaks_the_words_of_the_rulebook(differing):
    with pytest.raises(BadInput):
        intent(**differing)


def test_an_act_that_does_not_say_lies_in_every_scope():
    loan = UUID(int=7)
    held = HeldFor("dispute", loan, "sms", "abc", AT, None)
    assert held.covers(intent(), None)
    assert held.covers(intent(channel="unknown"), "abc")
    assert not held.covers(intent(loan_ids=(UUID(int=8),)), None)
    assert not held.covers(intent(channel="phone"), None)
    assert not held.covers(intent(), "abd")


def test_an_unknown_scope_of_a_stop_stops():
    stop = Stopped("later", "x", AT, AT + timedelta(days=1))
    assert stop.covers(intent(), Whereabouts("CN", None), frozenset())


def test_every_fact_is_owned_taken_or_told_and_none_twice():
    taken = set(unowned("other", False))
    assert not taken & OWNED
    assert taken | OWNED <= set(FACTS)
