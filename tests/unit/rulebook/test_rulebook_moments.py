"""Moments at which an answer may change: clocks that are moved, midnights, days that pass."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import small_book

from arrears.rulebook.act import Act, Change
from arrears.rulebook.load import Rulebook, load_rulebook
from arrears.rulebook.moments import FALLING, GROWING, facts_at
from arrears.rulebook.next_moment import next_moment, spans
from arrears.rulebook.vocabulary import FACTS

ONLY = "!(context has local_minute && context.local_minute >= {} && context.local_minute < {})"


def book(folder: Path, *bodies: str, **notes: str) -> Rulebook:
    rules = [small_book.rule(f"cn.r{i}", body, **notes) for i, body in enumerate(bodies)]
    return load_rulebook(small_book.write_book(folder, cn="".join(rules)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def act(at: str, zone: str | None = "Asia/Shanghai", **more: object) -> Act:
    return small_book.act(at=f"{at}+00:00", zone=zone, **more)


def test_every_fact_of_days_that_the_clock_moves_grows_or_falls() -> None:
    moved = {f.name for f in FACTS.values() if f.kind == "days" and f.moves == "clock"}
    assert moved == (GROWING | FALLING)


def test_days_move_at_local_midnight_and_stay_within_their_bounds() -> None:
    given = {
        "days_since_first": 3,
        "days_since_call_consent": None,
        "enforcement_days_left": 1,
        "bureau_notice_days": 36_500,
        "days_past_due": 40,
    }
    one = act("2026-03-02T15:58", given=given)
    before = facts_at(one, utc("2026-03-02T15:59:59"))
    after = facts_at(one, utc("2026-03-02T16:00"))
    later = facts_at(one, utc("2026-03-05T16:00"))
    names = tuple(given)
    assert [before[n] for n in names] == [3, None, 1, 36_500, 40]
    assert [after[n] for n in names] == [4, None, 0, 36_500, 40]
    assert [later[n] for n in names] == [7, None, 0, 36_500, 40]
    assert (before["local_minute"], after["local_minute"]) == (1439, 0)


def test_days_are_those_of_the_business_zone_where_the_persons_is_unknown() -> None:
    one = act("2026-03-02T15:00", zone=None, given={"days_since_first": 3})
    assert facts_at(one, utc("2026-03-02T16:00"))["days_since_first"] == 4
    nowhere = act("2026-03-02T15:00", None, jurisdiction=None, given={"days_since_first": 3})
    assert facts_at(nowhere, utc("2026-03-02T16:00"))["days_since_first"] == 3
    assert facts_at(nowhere, utc("2026-03-03T00:00"))["days_since_first"] == 4
    assert facts_at(nowhere, utc("2026-03-03T00:00"))["local_minute"] is None


def test_a_change_counts_from_its_own_day() -> None:
    changes = (Change(utc("2026-03-04T01:00"), "days_since_conversation", 0),)
    one = act("2026-03-02T02:00", given={"days_since_conversation": 9}, changes=changes)
    found = [
        facts_at(one, utc(at))["days_since_conversation"]
        for at in ("2026-03-04T00:59", "2026-03-04T01:00", "2026-03-05T01:00")
    ]
    assert found == [11, 0, 1]


def test_a_change_of_the_past_is_already_in_the_facts() -> None:
    changes = (Change(utc("2026-03-01T00:00"), "calls_connected_today", 5),)
    assert (
        facts_at(act("2026-03-02T02:00", changes=changes), utc("2026-03-02T03:00"))[
            "calls_connected_today"
        ]
        == 0
    )


def test_of_two_changes_of_one_instant_the_order_is_fixed() -> None:
    at = utc("2026-03-02T03:00")
    changes = (Change(at, "vulnerable", True), Change(at, "hold_dispute", True))
    facts = facts_at(act("2026-03-02T02:00", changes=changes), at)
    assert facts["vulnerable"] is True and facts["hold_dispute"] is True


@pytest.mark.parametrize(
    ("zone", "at", "window", "expected"),
    [
        # 01:30 comes once in summer time, and again an hour later in winter time.
        ("Europe/London", "2026-10-25T00:20", (90, 100), "2026-10-25T00:30"),
        ("Europe/London", "2026-10-25T00:45", (90, 100), "2026-10-25T01:30"),
        # 02:30 is skipped on this day.
        ("America/New_York", "2026-03-08T06:10", (150, 155), "2026-03-09T06:30"),
        # Half past two is skipped, so that the window opens with the jump to 03:00.
        ("America/New_York", "2026-03-08T06:10", (150, 200), "2026-03-08T07:00"),
        # The clocks go back half an hour only: 01:45 comes again.
        ("Australia/Lord_Howe", "2026-04-04T14:50", (105, 106), "2026-04-04T15:15"),
        # Midnight itself is skipped.
        ("America/Havana", "2026-03-08T04:30", (0, 90), "2026-03-08T05:00"),
        ("Asia/Kathmandu", "2026-03-08T04:30", (0, 90), "2026-03-08T18:15"),
    ],
)
def test_hours_are_exact_where_clocks_are_moved(
    tmp_path: Path, zone: str, at: str, window: tuple[int, int], expected: str
) -> None:
    rules = book(tmp_path, ONLY.format(*window))
    assert next_moment(act(at, zone), rules) == utc(expected)


def test_a_new_regime_begins_at_midnight_where_the_person_is(tmp_path: Path) -> None:
    rules = book(tmp_path, "true", until="2026-03-05")
    for zone, begins in (
        ("Asia/Shanghai", "2026-03-04T16:00"),
        ("America/New_York", "2026-03-05T05:00"),
        (None, "2026-03-04T16:00"),
    ):
        assert next_moment(act("2026-03-02T02:00", zone), rules) == utc(begins)
    nowhere = act("2026-03-02T02:00", None, jurisdiction=None)
    # Until the last place on earth has that day, the old rule may be the person's.
    assert next_moment(nowhere, rules) == utc("2026-03-05T12:00")
    both = act("2026-03-02T02:00", "Asia/Shanghai", zone_alt="America/New_York")
    assert next_moment(both, rules) == utc("2026-03-05T05:00")


def test_the_horizon_ends_the_search(tmp_path: Path) -> None:
    rules = book(tmp_path, "true", until="2026-03-05")
    one = act("2026-03-02T16:00")
    assert next_moment(one, rules, within_days=2) == utc("2026-03-04T16:00")
    assert next_moment(one, rules, within_days=1) is None


def test_a_window_of_seven_days_opens_when_the_oldest_call_leaves_it(tmp_path: Path) -> None:
    rules = book(tmp_path, "context.calls_7d_debt >= 7", ONLY.format(480, 1320))
    leaves = utc("2026-03-04T15:00:30")
    one = act(
        "2026-03-02T02:00",
        given={"calls_7d_debt": 7},
        changes=(Change(leaves, "calls_7d_debt", 6),),
    )
    # It leaves at 23:00:30 local: 08:00 of the next morning is the first moment.
    assert next_moment(one, rules) == utc("2026-03-05T00:00")


def test_days_since_a_conversation_open_at_midnight(tmp_path: Path) -> None:
    body = "context has days_since_conversation && context.days_since_conversation < 7"
    one = act("2026-03-02T02:00", given={"days_since_conversation": 5})
    assert next_moment(one, book(tmp_path, body)) == utc("2026-03-03T16:00")


def test_what_time_does_not_move_is_not_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = book(tmp_path, "context.deceased", ONLY.format(480, 1320))
    monkeypatch.setattr("arrears.rulebook.next_moment.moments", lambda *_: 1 / 0)
    assert next_moment(act("2026-03-02T16:00", given={"deceased": True}), rules) is None


def test_a_missing_fact_that_a_change_brings_is_waited_for(tmp_path: Path) -> None:
    rules = book(tmp_path, "context.hold_dispute")
    one = act("2026-03-02T16:00")
    facts = {name: value for name, value in one.facts.items() if name != "hold_dispute"}
    lacking = Act("message", "agency", "borrower", one.at, "cn", "Asia/Shanghai", facts)
    assert next_moment(lacking, rules) is None
    brings = Change(utc("2026-03-03T01:02"), "hold_dispute", False)
    later = Act(
        "message", "agency", "borrower", one.at, "cn", "Asia/Shanghai", facts, changes=(brings,)
    )
    assert next_moment(later, rules) == brings.at


def test_allowed_now_is_the_next_moment(tmp_path: Path) -> None:
    one = act("2026-03-02T16:00")
    assert next_moment(one, book(tmp_path, "context.deceased")) == one.at


def test_spans_of_a_day(tmp_path: Path) -> None:
    rules = book(tmp_path, ONLY.format(480, 1320), "context.vulnerable")
    one = act("2026-03-01T16:00")
    found = list(spans(one, one.at + timedelta(days=1), rules))
    assert [(s.from_at, s.until_at, s.verdict.allowed) for s in found] == [
        (utc("2026-03-01T16:00"), utc("2026-03-02T00:00"), False),
        (utc("2026-03-02T00:00"), utc("2026-03-02T14:00"), True),
        (utc("2026-03-02T14:00"), utc("2026-03-02T16:00"), False),
    ]
    assert rules.boundaries("cn") == () and found[1].verdict.facts["local_minute"] == 480
    assert date(2026, 3, 2) == found[1].from_at.date()
