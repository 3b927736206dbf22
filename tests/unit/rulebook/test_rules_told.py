"""Rules, facts and golden cases in words of both languages."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from arrears.kernel.errors import ConfigError
from arrears.rulebook import case_told, telling
from arrears.rulebook.coverage import read_coverage
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.rule import Force, Grade, Status
from arrears.rulebook.vocabulary import FACTS


@pytest.fixture
def rule():
    rules = load_rulebook().packs["us"].rules
    return next(rule for rule in rules if rule.id == "us.contact.hours")


def test_every_force_grade_and_status_has_its_words():
    assert set(telling.FORCES) == set(telling.FORCES_TOLD) == set(get_args(Force))
    assert set(telling.GRADES) == set(telling.GRADES_TOLD) == set(get_args(Grade))
    assert set(telling.STATUSES) == set(get_args(Status))


def test_every_theme_of_the_packs_has_a_title():
    stems = {path.stem for path in load_rulebook().folder.glob("*/*.cedar")}
    assert stems <= set(telling.THEMES)


def test_values_are_told_as_people_read_them():
    assert telling.value("local_minute", 1320, "en") == "22:00"
    assert telling.value("calls_connected_today", 3, "en") == "3"
    assert telling.value("hold_dispute", True, "zh") == "是"
    assert telling.value("purpose", "collect", "zh") == "催收"
    assert telling.value("public_holiday", None, "en") == "unknown"
    assert telling.value("purpose", "dance", "en") == "dance"
    assert telling.fact("nobody_knows", "en") == "nobody_knows"


def test_facts_are_told_in_the_order_of_the_vocabulary():
    names = list(FACTS)[:6]
    told = telling.facts(reversed(names), "en")
    assert told == tuple(FACTS[name].en for name in names)
    assert telling.facts(["zzz", names[0]], "zh") == (FACTS[names[0]].zh, "zzz")


def test_a_rule_about_everybody_names_nobody(rule):
    assert telling.whom(replace(rule, parties=frozenset({"employer"})), "en") == ("the employer",)
    everybody = replace(rule, parties=frozenset(telling.LISTS["Party"]))
    assert telling.whom(everybody, "en") == ()


def test_the_body_is_the_rule_without_its_annotations(rule):
    body = telling.body(rule)
    assert body.startswith("forbid")
    assert body.endswith("};")
    assert telling.body(replace(rule, text='@id("a\\"b") // x\n@en("c;")\nforbid (a);')) == (
        "forbid (a);"
    )


def test_a_case_says_what_differs_and_nothing_else():
    book = load_rulebook()
    baselines = case_told.baselines_of(book)
    cases = [case for cases in case_told.cases_of(book).values() for case in cases]
    plain = next(c for c in cases if c.act.act == "message" and not c.refused)
    act = replace(
        plain.act,
        facts={**baselines["message"].facts, "messages_today": 2},
        actor=baselines["message"].actor,
        party="guarantor",
    )
    assert case_told.special(act, baselines["message"], "en") == (
        "a guarantor",
        "messages today: 2",
    )
    missing = dict(act.facts)
    del missing["overdue"]
    told = case_told.special(replace(act, facts=missing), baselines["message"], "zh")
    assert "存在逾期：未加载" in told


def test_every_case_is_told_in_both_languages():
    book = load_rulebook()
    baselines = case_told.baselines_of(book)
    for cases in case_told.cases_of(book).values():
        for case in cases:
            for language in ("en", "zh"):
                told = case_told.told(case, baselines[case.act.act], language)
                assert told.text and told.circumstances, case.name
            assert (told.outcome == "refused") == bool(case.refused)


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "not YAML"), ("row: cn.x", "not a list"), ("- row: cn.x", "lacks"), ("- 5", "lacks")],
)
def test_a_coverage_table_that_is_none_is_refused(tmp_path, text, said):
    (tmp_path / "coverage.yaml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_coverage(tmp_path)


def test_no_coverage_table_is_an_empty_one(tmp_path):
    assert read_coverage(tmp_path) == ()
