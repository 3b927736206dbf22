"""Dead rules, covered rules, and the house that may only narrow."""

from __future__ import annotations

from pathlib import Path

import pytest
from proving import folder, rulebook, text

from arrears.kernel.errors import ConfigError
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.prove.book import Book, rules_of
from arrears.rulebook.prove.proof import prove_house
from arrears.rulebook.prove.shadow import prove_rules, read_shadowed, shadows
from arrears.rulebook.reading import read_rule

STOPPED = text("cn.stopped", "context.stopped")
DEAD = text("cn.dead", "context.crew_size < 2 && context.crew_size > 3")
NARROW = text("cn.narrow", "context.stopped && context.observing")


def told(path: Path) -> dict[str, tuple[str, ...]]:
    book = load_rulebook(path)
    compiled = Book(rules_of(book))
    found = prove_rules(compiled, book.packs.values(), compiled.solver())
    return {proof.id: proof.told for proof in found if not proof.proved}


def test_a_rule_that_no_act_can_meet_is_dead(tmp_path: Path) -> None:
    assert told(folder(tmp_path, cn=[STOPPED, DEAD])) == {"rules.alive": ("cn.dead@",)}


def test_a_rule_covered_by_another_is_told_with_its_shadow(tmp_path: Path) -> None:
    found = told(folder(tmp_path, cn=[STOPPED, NARROW]))
    assert found == {"rules.needed": ("cn.narrow@ (by cn.stopped)",)}


def test_a_rule_covered_only_by_several_together_is_told(tmp_path: Path) -> None:
    halves = [text("cn.a", "context.observing"), text("cn.b", "!context.observing")]
    found = told(folder(tmp_path, cn=[STOPPED, *halves]))
    assert found == {"rules.needed": ("cn.stopped@ (by several others together)",)}


def test_a_rule_covered_on_some_days_only_is_needed(tmp_path: Path) -> None:
    ending = text("cn.stopped", "context.stopped", days=("", "2026-01-01"))
    assert told(folder(tmp_path, cn=[ending, NARROW])) == {}


def test_law_is_not_covered_by_the_house(tmp_path: Path) -> None:
    assert told(folder(tmp_path, cn=[STOPPED], house=[text("house.all")])) == {}


def test_a_covered_rule_may_stand_with_a_reason_and_no_longer_than_it_is_covered(
    tmp_path: Path,
) -> None:
    path = folder(tmp_path, cn=[STOPPED, NARROW])
    listed = "- {rule: %s, reason_en: Cited apart., reason_zh: 单独引用。}\n"
    (path / "cn" / "shadowed.yaml").write_text(listed % "cn.narrow", encoding="utf-8")
    assert told(path) == {}
    (path / "cn" / "shadowed.yaml").write_text(
        listed % "cn.narrow" + listed % "cn.stopped", encoding="utf-8"
    )
    assert told(path) == {
        "rules.needed": ("cn.stopped is listed in cn/shadowed.yaml and is not covered",)
    }


def test_a_covered_rule_needs_its_reason(tmp_path: Path) -> None:
    path = folder(tmp_path, cn=[STOPPED, NARROW])
    (path / "cn" / "shadowed.yaml").write_text("- rule: cn.narrow\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="without its reason"):
        read_shadowed(load_rulebook(path).packs["cn"])


def test_the_first_of_two_equal_rules_is_covered_by_the_second(tmp_path: Path) -> None:
    book = rulebook(tmp_path, cn=[STOPPED, text("cn.twin", "context.stopped")])
    compiled = Book(rules_of(book))
    found = {shadow.rule.id: shadow.by for shadow in shadows(compiled, compiled.solver())}
    assert found == {"cn.stopped": ("cn.twin",), "cn.twin": ("cn.stopped",)}


def test_a_second_permit_is_no_house_rule(tmp_path: Path) -> None:
    book = rulebook(tmp_path, cn=[STOPPED])
    assert prove_house(Book(rules_of(book))).proved
    base = (tmp_path / "house" / "base.cedar").read_text(encoding="utf-8")
    permit, problems = read_rule(
        base.replace("resource);", "resource) when { context.stopped };"), "house"
    )
    assert permit is not None, problems
    proof = prove_house(Book([*rules_of(book), permit]))
    assert proof.told == ("permits other than house.base: house.base, house.base",)
