"""The packs that come with Arrears are whole: checked, covered, and lawful where they should be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import get_resolver

from arrears.rulebook.act import JURISDICTIONS, Act
from arrears.rulebook.baseline import TIMED, read_baseline
from arrears.rulebook.carriers import rows_of_reference
from arrears.rulebook.check import check
from arrears.rulebook.coverage import read_coverage
from arrears.rulebook.decide import decide
from arrears.rulebook.load import PACKS, load_rulebook
from arrears.rulebook.vocabulary import ACTS, FACTS

BOOK = load_rulebook()
ZONES = {
    "cn": "Asia/Shanghai",
    "us": "America/New_York",
    "in": "Asia/Kolkata",
    "gb": "Europe/London",
}


def test_check_finds_nothing() -> None:
    findings = check().findings
    assert not findings, "\n".join(map(str, findings))


@pytest.mark.parametrize(("code", "rows"), [("cn", 97), ("us", 28), ("in", 20), ("gb", 16)])
def test_every_row_of_the_reference_is_in_the_coverage_table(code: str, rows: int) -> None:
    listed = rows_of_reference(PACKS / code)
    assert len(listed) == len(set(listed)) == rows
    assert [row.row for row in read_coverage(PACKS / code)] == list(listed)


def test_every_screen_that_carries_a_row_today_exists() -> None:
    resolver = get_resolver()
    names = {
        f"{space}:{name}"
        for space, (_, inner) in resolver.namespace_dict.items()
        for name in inner.reverse_dict
        if isinstance(name, str)
    }
    rows = [row for code in JURISDICTIONS for row in read_coverage(PACKS / code)]
    lacking = {
        row.row: row.screen
        for row in rows
        if row.screen and not row.later and row.screen not in names
    }
    assert not lacking


def test_the_baseline_gives_every_fact_of_every_act() -> None:
    baselines = read_baseline()
    assert set(baselines) == set(ACTS)
    for baseline in baselines.values():
        assert set(baseline.facts) == set(FACTS) - TIMED


def _days(jurisdiction: str | None) -> list[date]:
    """A day of each regime: the first of each, and one before all of them."""
    turns = BOOK.boundaries(jurisdiction)
    return [turns[0] - timedelta(days=1), *turns]


@pytest.mark.parametrize("jurisdiction", [*JURISDICTIONS, None])
def test_the_baseline_is_allowed_under_every_law_on_every_day(jurisdiction: str | None) -> None:
    zone = ZONES.get(jurisdiction or "", "UTC")
    refused = {}
    for name, baseline in read_baseline().items():
        for day in _days(jurisdiction):
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            local = noon - (noon.astimezone(ZoneInfo(zone)).utcoffset() or timedelta())
            act = Act(name, baseline.actor, baseline.party, local, jurisdiction, zone,
                      baseline.facts)  # fmt: skip
            verdict = decide(act, BOOK)
            if not verdict.allowed:
                refused[name, day] = [reason.id for reason in verdict.reasons]
    assert not refused
