"""What the packs of the US, India and the UK say as a whole; single rules have golden cases."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from arrears.rulebook.act import Act
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.coverage import read_coverage
from arrears.rulebook.decide import decide
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.vocabulary import ACTS

PACKS = ("us", "in", "gb")
ROWS = {"us": 28, "in": 20, "gb": 16}
"""Rows of the reference for each jurisdiction."""

PREFIX = {"us": "us.", "in": "in.", "gb": "uk."}
CLOCK = {"local_minute", "local_minute_alt", "slot_from_minute", "slot_until_minute"}
DAYS = (date(2026, 12, 31), date(2027, 1, 1))
NOON = {"us": "17:00", "in": "06:30", "gb": "12:00", None: "12:00"}
"""An instant (UTC) that is day in the jurisdiction; for an unknown one, in the zone of London."""

ZONES = {"us": "America/New_York", "in": "Asia/Kolkata", "gb": "Europe/London",
         None: "Europe/London"}  # fmt: skip


@pytest.mark.parametrize("jurisdiction", [*PACKS, None])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("on", DAYS)
def test_every_act_is_possible_under_every_law_and_regime(jurisdiction, act, on):
    base = read_baseline()[act]
    verdict = decide(
        Act(
            act=act,
            actor=base.actor,
            party=base.party,
            at=datetime.fromisoformat(f"{on}T{NOON[jurisdiction]}+00:00"),
            jurisdiction=jurisdiction,
            zone=ZONES[jurisdiction],
            facts=base.facts,
        )
    )
    assert [reason.id for reason in verdict.reasons] == []
    assert [reason.id for reason in verdict.warnings] == []


def test_no_hours_are_told_as_british_law():
    timed = [rule for rule in load_rulebook().packs["gb"].rules if rule.reads & CLOCK]
    assert [(rule.id, rule.force, rule.grade) for rule in timed] == [
        ("gb.contact.house_window", "house", "house")
    ]


@pytest.mark.parametrize("name", ["in.contact.hours", "in.place.designated"])
def test_one_indian_regime_follows_the_other_without_a_gap(name):
    versions = [rule for rule in load_rulebook().packs["in"].rules if rule.id == name]
    day = date(2026, 12, 1)
    while day < date(2027, 2, 1):
        assert len([rule for rule in versions if rule.in_force(day)]) == 1, day
        day += timedelta(days=1)
    assert {rule.until_on for rule in versions} == {date(2027, 1, 1), None}


def test_what_only_the_first_indian_regime_says_ends_with_it():
    rules = load_rulebook().packs["in"].rules
    ending = {rule.id for rule in rules if rule.until_on == date(2027, 1, 1)}
    beginning = {rule.id for rule in rules if rule.from_on == date(2027, 1, 1)}
    assert ending - beginning == {
        "in.agency.announced",
        "in.contact.hours.mfi",
        "in.grievance.hold",
    }


@pytest.mark.parametrize("code", PACKS)
def test_what_is_known_from_memory_only_warns(code):
    rules = load_rulebook().packs[code].rules
    assert {rule.status for rule in rules if rule.grade == "M"} <= {"draft"}
    assert {rule.grade for rule in rules if rule.status == "draft"} <= {"M"}


@pytest.mark.parametrize("code", PACKS)
def test_every_row_of_the_reference_is_accounted_for_once(code):
    rows = Counter(row.row for row in read_coverage(load_rulebook().packs[code].folder))
    assert len(rows) == ROWS[code]
    assert set(rows.values()) == {1}
    assert all(row.startswith(PREFIX[code]) for row in rows)


@pytest.mark.parametrize("code", PACKS)
def test_rules_and_rows_name_each_other(code):
    pack = load_rulebook().packs[code]
    by_rules = {(row, rule.id) for rule in pack.rules for row in rule.rows}
    by_rows = {(row.row, rule) for row in read_coverage(pack.folder) for rule in row.rules}
    assert by_rules == by_rows


@pytest.mark.parametrize("code", PACKS)
def test_every_row_has_a_carrier_or_the_reason_why_not(code):
    for row in read_coverage(load_rulebook().packs[code].folder):
        assert row.reason_en and row.reason_zh, row.row
        assert (row.kind == "not_checkable") != bool(row.module and row.screen), row.row
        if row.kind in {"act_rule", "template_rule", "scope"} and not row.later:
            assert row.rules, row.row
