"""Spark sweeps as DuckDB does, and both answer what is decided."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from rule_parity import frame_of, row_of
from rule_rows import INSTANTS, ZONES, acts_about

from arrears.book.engine import connect, hold, stream
from arrears.rulebook.act import Act
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.decide import decide, local_days
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.sweep import DAYS, sweep, timed

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]
AT = INSTANTS[1]  # both regimes of India at once
NAME = "message"


def acts() -> list[Act]:
    """Acts about every rule that can refuse a message, under each law in turn."""
    made: list[Act] = []
    for pack in load_rulebook().packs.values():
        for rule in pack.rules:
            if rule.effect == "permit" or NAME not in rule.acts:
                continue
            about = [act for act in acts_about(rule, read_baseline()) if act.act == NAME]
            for act in about[:6]:
                zones = [*ZONES.values(), "Pacific/Kiritimati"]
                turn = len(made)
                made.append(
                    Act(
                        *(NAME, act.actor, act.party, AT, act.jurisdiction),
                        zones[turn % len(zones)],
                        act.facts,
                        zones[turn // len(zones) % len(zones)],
                    )
                )
    return made


def test_the_same_answers_to_the_same_acts(spark: Any) -> None:
    asked = acts()
    assert len(asked) > 50
    rows = [row_of(act) for act in asked]
    rows += [{**rows[0], "channel": "smoke"}, {**rows[0], "channel": None}]
    rows += [{**rows[0], "jurisdiction": "fr"}, {**rows[0], DAYS[0]: None}]
    expected = [[reason.id for reason in decide(act).reasons] for act in asked]
    expected += [["error"], ["missing"], ["error"], ["error"]]
    frame = hold(spark, frame_of(rows))
    on = AT.astimezone(UTC).date()
    made = sweep(frame, NAME, on, reasons=True, days=DAYS).select("row", "allowed", "reasons")
    found = stream(spark, made, 1000).read_all().sort_by("row").to_pydict()
    assert found["reasons"] == expected
    assert found["allowed"] == [not reasons for reasons in expected]


def test_constants_alone_are_answered_too(spark: Any) -> None:
    base = read_baseline()[NAME]
    constants = {**base.facts, "local_minute": 600, "local_minute_alt": 600,
                 "actor": base.actor, "party": base.party, "jurisdiction": "cn"}  # fmt: skip
    rows = hold(spark, frame_of([{}, {}]))
    on = AT.astimezone(UTC).date()
    for change, expected in (({}, []), ({"channel": None}, ["missing"])):
        made = sweep(rows, NAME, on, reasons=True, constants={**constants, **change})
        found = stream(spark, made.select("allowed", "reasons"), 1000).read_all().to_pylist()
        assert found == [{"allowed": not expected, "reasons": expected}] * 2


def test_local_time_is_the_same(spark: Any) -> None:
    asked = acts()
    rows = [{**row_of(act), "channel": act.zone, "reason": act.zone_alt} for act in asked]
    rows.append({"channel": "Mars/Olympus", "jurisdiction": "cn"})
    duck = connect(threads=1, memory_limit="1GB")
    answers = []
    for con in (spark, duck):
        frame = hold(con, frame_of(rows)).drop(*DAYS, "local_minute", "local_minute_alt")
        made = timed(frame, AT, "channel", "reason")
        made = made.select("row", "local_minute", "local_minute_alt", *DAYS)
        answers.append(stream(con, made, 1000).read_all().sort_by("row").to_pylist())
    duck.disconnect()
    assert answers[0] == answers[1]
    for act, row in zip(asked, answers[0], strict=False):
        assert (row[DAYS[0]], row[DAYS[1]]) == (min(local_days(act)), max(local_days(act)))
    assert answers[0][-1]["local_minute"] is None
