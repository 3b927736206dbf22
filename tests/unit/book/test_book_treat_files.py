"""Decision tables and strategies as files: what is shipped, and what is refused."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from arrears.book.treat import TREATMENTS, explain, load_strategies, shipped_strategies
from arrears.book.treat.reading import load_table
from arrears.kernel.errors import BadInput, ConfigError

WHY = "why: {en: because, zh: 因为}"
HEAD = "table: t\nversion: 1\neffective_from: 2026-01-01\nrules:\n"
LAST = f"  - {{id: last, then: none, {WHY}}}\n"


def rule(when: str, rule_id: str = "first", then: str = "call") -> str:
    return f"  - {{id: {rule_id}, when: {when}, then: {then}, {WHY}}}\n"


def read(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "t.v1.yaml"
    path.write_text(text, encoding="utf-8")
    return load_table(path)


FACTS: dict[str, Any] = {
    "person_id": "P",
    "bucket": "M1",
    "days_past_due": 5,
    "days_past_due_after_grace": 5,
    "currency": "CNY",
    "overdue_minor": 100_000,
    "product": "credit_card",
    "jurisdiction": "CN",
    "loans_count": 1,
    "other_currencies": False,
    "max_days_past_due_ever": 5,
    "times_over_30": 0,
}


def shipped(arm: str, **facts: Any) -> str:
    """What the shipped table of an arm decides; days bring their bucket along."""
    tables = {a.name: a.table for a in shipped_strategies().on(date(2026, 6, 30)).arms}
    return tables[arm].decide(FACTS | facts).id


@pytest.mark.parametrize(
    ("facts", "decides"),
    [
        ({"days_past_due_after_grace": 0}, "within-grace"),
        ({"overdue_minor": 999}, "very-small"),
        ({"overdue_minor": 1000}, "first-week-app"),
        ({"overdue_minor": 999, "currency": "JPY"}, "first-week-app"),
        ({"days_past_due": 8}, "first-month"),
        ({"times_over_30": 1}, "first-month-known"),
        ({"bucket": "M2", "days_past_due": 31}, "second-month"),
        ({"bucket": "M3", "days_past_due": 61}, "third-month"),
        ({"bucket": "M4", "days_past_due": 91}, "middle"),
        ({"bucket": "M5", "days_past_due": 150, "overdue_minor": 500_000}, "middle-large"),
        ({"bucket": "M4", "days_past_due": 91, "loans_count": 3}, "middle-several"),
        ({"bucket": "M6", "days_past_due": 151}, "sixth-month"),
        ({"bucket": "M7+", "days_past_due": 181}, "long-small"),
        ({"bucket": "M7+", "days_past_due": 181, "overdue_minor": 200_000}, "long"),
        # Known in months only: no days, no grace, no history; not taken for a small case.
        (
            {"days_past_due": None, "days_past_due_after_grace": None, "times_over_30": None},
            "first-month",
        ),
        ({"bucket": "M7+", "days_past_due": None, "overdue_minor": None}, "long"),
    ],
)
def test_what_the_standard_table_decides(facts: dict[str, Any], decides: str) -> None:
    assert shipped("champion", **facts) == decides


def test_grave_steps_are_never_automatic() -> None:
    grave = {"visit_review", "demand_notice", "legal_review"}
    assert {code for code, t in TREATMENTS.items() if not t.automatic} == grave


def test_who_goes_to_the_challenger_never_changes() -> None:
    strategy = shipped_strategies().on(date(2026, 6, 30))
    patient = [n for n in range(60) if strategy.arm_of(f"P-{n:06d}").name == "patient"]
    assert patient == [24, 36, 49, 50, 52]
    digest = hashlib.sha256(b"default-1\x1fP-000000").hexdigest()
    assert (strategy.arm_of("P-000000").name == "patient") == (digest < strategy.arms[0].below)


def test_an_explanation_lists_every_rule_that_was_asked() -> None:
    why = explain(FACTS | {"bucket": "M2", "days_past_due": 40, "person_id": "P-000000"},
                  shipped_strategies().on(date(2026, 6, 30)))  # fmt: skip
    assert (why.table, why.rule, why.treatment) == ("standard", "second-month", "call")
    assert [tried.rule for tried in why.tried] == [
        "within-grace", "very-small", "first-week-app", "first-month-known", "first-month",
        "second-month",
    ]  # fmt: skip
    small = why.tried[1].asked
    assert [(a.fact, a.found, a.held) for a in small] == [
        ("bucket", "M2", True),
        ("overdue_minor", 100_000, False),
    ]
    assert small[1].expected.startswith("CNY … < 1000 or TWD")
    assert why.why_zh == "逾期31至60天,电话沟通还款安排。"


def test_a_table_with_a_gap_shows_who_falls_through(tmp_path: Path) -> None:
    text = HEAD + rule("{days_past_due: {below: 31}}") + rule(
        "{days_past_due: {at_least: 32}}", "second"
    )  # fmt: skip
    with pytest.raises(ConfigError, match="does not decide every case") as caught:
        read(tmp_path, text)
    assert caught.value.found == "no rule for days_past_due 31, bucket M2"


def test_unknown_is_a_case_of_its_own(tmp_path: Path) -> None:
    text = HEAD + rule("{times_over_30: {below: 2}}") + rule(
        "{times_over_30: {at_least: 2}}", "second"
    )  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert caught.value.found == "no rule for times_over_30 unknown"
    table = read(tmp_path, text + rule("{times_over_30: {unknown: true}}", "third"))
    assert table.decide({"times_over_30": None}).id == "third"


@pytest.mark.parametrize(
    "rules",
    [
        rule("{}") + LAST,
        rule("{bucket: [M1, M2]}") + rule("{bucket: M2, product: other}", "second") + LAST,
        # The bucket follows from the days: nobody 40 days late is in M1.
        rule("{bucket: M2}") + rule("{days_past_due: {at_least: 31, below: 61}}", "second") + LAST,
        rule("{bucket: M1, days_past_due: {at_least: 31}}") + LAST,
        rule("{jurisdiction: CN}") + rule('{jurisdiction: "CN-44"}', "second") + LAST,
        rule("{overdue_minor: {CNY: {below: 5}}, currency: [TWD]}") + LAST,
        rule("{other_currencies: true}") + rule("{other_currencies: false}", "second") + LAST,
    ],
)
def test_a_rule_in_vain_is_refused(tmp_path: Path, rules: str) -> None:
    with pytest.raises(ConfigError, match="can never be reached"):
        read(tmp_path, HEAD + rules)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "not a mapping"),
        ("{", "cannot be read"),
        (HEAD + "  - {}\n", "id of rule 1"),
        (HEAD + "  - 5\n", "rule 1 is not a mapping"),
        ("table: t\nversion: 1\neffective_from: 2026-01-01\n", "list of rules"),
        (HEAD.replace("version: 1", "version: 0") + LAST, "too small"),
        (HEAD.replace("version: 1", "version: true") + LAST, "not a whole number"),
        (HEAD.replace("2026-01-01", "soon") + LAST, "not a day"),
        (HEAD.replace("table: t", "table: T t") + LAST, "not a name"),
        (HEAD.replace("table: t", "tabel: t") + LAST, "mean nothing"),
        (HEAD.replace("version: 1", "version: 1\nversion: 2") + LAST, "stands twice"),
        (HEAD + LAST + LAST, "two rules of one id"),
        (HEAD + rule("{}", then="shout"), "treatment that does not exist"),
        (HEAD + "  - {id: a, then: none}\n", "does not say why"),
        (HEAD + "  - {id: a, then: none, why: {en: x}}\n", "does not say why"),
        (HEAD + rule("[1]") + LAST, "not a mapping"),
        (HEAD + rule("{mood: bad}") + LAST, "fact that does not exist"),
        (HEAD + rule("{bucket: M8}") + LAST, "value that does not exist"),
        (HEAD + rule("{bucket: []}") + LAST, "not a list"),
        (HEAD + rule("{bucket: {unknown: true}}") + LAST, "can never be unknown"),
        (HEAD + rule("{jurisdiction: NO}") + LAST, "codes in quotes"),
        (HEAD + rule("{jurisdiction: {}}") + LAST, "says nothing"),
        (HEAD + rule("{other_currencies: [true, false]}") + LAST, "either true or false"),
        (HEAD + rule("{loans_count: 1.5}") + LAST, "not a whole number"),
        (HEAD + rule("{loans_count: {at_least: 3, below: 3}}") + LAST, "holds for no number"),
        (HEAD + rule("{loans_count: {above: 3}}") + LAST, "mean nothing"),
        (HEAD + rule("{overdue_minor: {at_least: 3}}") + LAST, "currency that does not exist"),
        (HEAD + rule("{overdue_minor: 3}") + LAST, "without a currency"),
    ],
)  # fmt: skip
def test_a_malformed_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        read(tmp_path, text)
    assert caught.value.where["file"] == str(tmp_path / "t.v1.yaml")


def test_a_fact_that_cannot_be_is_said(tmp_path: Path) -> None:
    table = read(tmp_path, HEAD + rule("{bucket: [M1, M2, M3, M4, M5, M6, M7+]}"))
    with pytest.raises(BadInput, match="no rule of the table t holds"):
        table.decide(FACTS | {"bucket": "M0"})


STRATEGY = """
strategy: s
salt: "1"
effective_from: 2026-01-01
champion: a
challengers: [{name: other, table: b, share_bps: 5000}]
"""


def folder(tmp_path: Path, strategy: str = STRATEGY, **tables: str) -> Path:
    for name, text in (tables or {"a": HEAD, "b": HEAD}).items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(text.replace("table: t", f"table: {name[0]}") + LAST, encoding="utf-8")
    (tmp_path / "strategy.yaml").write_text(strategy, encoding="utf-8")
    return tmp_path


def test_the_version_in_force_on_the_day_decides(tmp_path: Path) -> None:
    second = HEAD.replace("version: 1", "version: 2").replace("2026-01-01", "2026-06-01")
    strategies = load_strategies(folder(tmp_path, a=HEAD, a2=second, b=HEAD))
    champions = [
        strategies.on(day).arms[-1].table.version
        for day in (date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1))
    ]
    assert champions == [1, 1, 2]
    assert strategies.tables["a", 1].version == 1  # kept, for cases that it treated
    with pytest.raises(ConfigError, match="not in force yet"):
        strategies.on(date(2025, 12, 31))


def test_a_table_that_comes_later_than_its_strategy_is_said(tmp_path: Path) -> None:
    late = HEAD.replace("2026-01-01", "2027-01-01")
    with pytest.raises(ConfigError, match="table b is not in force"):
        load_strategies(folder(tmp_path, a=HEAD, b=late)).on(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (STRATEGY.replace("champion: a", "champion: c"), "no decision table c"),
        (STRATEGY.replace("table: b", "table: c"), "no decision table c"),
        (STRATEGY.replace("5000", "10000"), "nothing to the champion"),
        (STRATEGY.replace("5000", "0"), "too small"),
        (STRATEGY.replace("5000", "1.5"), "not a whole number"),
        (STRATEGY.replace("name: other", "name: champion"), "name of its own"),
        (STRATEGY.replace('"1"', "1"), "salt is not a text"),
        (STRATEGY.replace("salt", "pepper"), "mean nothing"),
        (STRATEGY.replace("[{name", "[5, {name"), "list of mappings"),
    ],
)
def test_a_malformed_strategy_is_refused(tmp_path: Path, strategy: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_strategies(folder(tmp_path, strategy))


def test_one_version_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="stands twice"):
        load_strategies(folder(tmp_path, a=HEAD, a2=HEAD, b=HEAD))


def test_a_folder_without_a_strategy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"strategy\.yaml cannot be read"):
        load_strategies(tmp_path)
