"""What a change of rules changes: proved to be nothing, or shown."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from proving import changed_packs, folder, text

from arrears.rulebook.decide import decide
from arrears.rulebook.load import PACKS, BadRulebook, load_rulebook
from arrears.rulebook.prove.book import Regime
from arrears.rulebook.prove.comparison import compare
from arrears.rulebook.prove.replay import ReadingsDisagree, replay

CALL = 'principal, action == Action::"call_human", resource'


def test_the_same_rules_change_nothing() -> None:
    found = compare(None, PACKS)
    assert (found.added, found.removed, found.altered) == ((), (), ())
    assert (found.newly_allowed, found.newly_refused) == ((), ())


def test_rules_told_otherwise_that_say_the_same_change_nothing(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", cn=[text("cn.a", "context.stopped || context.observing")])
    two = folder(
        tmp_path / "two", cn=[text("cn.a", "context.observing"), text("cn.b", "context.stopped")]
    )
    found = compare(one, two)
    assert (found.added, found.altered) == (("cn.b@",), ("cn.a@",))
    assert (found.newly_allowed, found.newly_refused) == ((), ())


def test_a_cap_raised_allows_exactly_one_more_call(tmp_path: Path) -> None:
    wider = changed_packs(
        tmp_path / "packs",
        {"us/calls.cedar": ("context.calls_7d_debt >= 7", "context.calls_7d_debt >= 8")},
    )
    found = compare(None, wider)
    assert found.newly_refused == ()
    assert len(found.altered) == 1
    assert {(one.act, one.jurisdiction) for one in found.newly_allowed} == {
        (act, place) for act in ("call_human", "call_automated") for place in ("us", "")
    }
    for one in found.newly_allowed:
        assert one.example.given == {"calls_7d_debt": 7}
        assert one.refused_before and not one.refused_after
        assert decide(one.example.act(), load_rulebook(wider)).allowed
        assert not decide(one.example.act()).allowed


def test_days_on_which_a_rule_newly_holds_are_told_as_one_span(tmp_path: Path) -> None:
    other = text("cn.z", "context.observing", days=("2026-06-01", "2026-07-01"))
    old = folder(tmp_path / "old", cn=[other])
    new = folder(
        tmp_path / "new",
        cn=[other, text("cn.a", "context.stopped", CALL, ("2026-01-01", "2027-01-01"))],
    )
    found = compare(old, new)
    assert [(one.act, one.jurisdiction) for one in found.newly_refused] == [
        ("call_human", "cn"), ("call_human", ""),
    ]  # fmt: skip
    span = Regime(date(2026, 1, 1), date(2027, 1, 1))
    assert [one.regime for one in found.newly_refused] == [span, span]
    assert found.newly_refused[0].refused_after == ("cn.a",)
    assert "refused:\n  - cn.a" in found.newly_refused[0].example.as_case("as the new rules say")
    assert found.newly_allowed == ()


def test_a_pack_taken_away_refuses_everything_there(tmp_path: Path) -> None:
    old = folder(tmp_path / "old")
    new = shutil.copytree(old, tmp_path / "new")
    shutil.rmtree(new / "gb")
    found = compare(old, new)
    assert found.newly_allowed == ()
    assert {one.jurisdiction for one in found.newly_refused} == {"gb"}
    assert {one.refused_after for one in found.newly_refused} == {("error",)}


def test_a_folder_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRulebook):
        compare(tmp_path, None)


def test_readings_that_disagree_are_a_loud_defect(tmp_path: Path) -> None:
    """An example that the other readings do not confirm must never be shown as the truth."""
    new = folder(tmp_path / "new", cn=[text("cn.a", "context.stopped", CALL)])
    (one, _) = compare(folder(tmp_path / "old"), new).newly_refused
    replay(replace(one.example, refused=("cn.a",)), load_rulebook(new))
    with pytest.raises(ReadingsDisagree, match="disagree") as caught:
        replay(replace(one.example, refused=()), load_rulebook(new))
    assert caught.value.exit_code == 1
    assert "proved: allowed; decided: refused by cn.a" in str(caught.value)
