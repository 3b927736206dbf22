"""Checking packs: cases, schemas and coverage tables, each fault found and placed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import small_book

from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.cases import run_case
from arrears.rulebook.check import check
from arrears.rulebook.load import PACKS, BadRulebook, load_rulebook

RULE = small_book.rule("cn.vulnerable", "context.vulnerable")
CASES = """\
- case: A vulnerable person is left alone
  zh: 特别脆弱者不受打扰
  rule: cn.vulnerable
  act: message
  at: 2026-03-02T10:00+08:00
  given: {vulnerable: true}
  refused: [cn.vulnerable]
- case: Another is not
  rule: cn.vulnerable
  act: message
  at: 2026-03-02T10:00+08:00
  allowed: true
"""
COVERAGE = """\
- row: cn.contact.hours
  kind: act_rule
  rules: [cn.vulnerable]
  module: arrears.rulebook
  screen: console:rules
  reason_en: why
  reason_zh: 原因
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound rulebook of one rule."""
    small_book.write_book(tmp_path, cn=RULE)
    cn = tmp_path / "cn"
    (cn / "cases").mkdir()
    (cn / "cases" / "vulnerable.yaml").write_text(CASES, encoding="utf-8")
    (cn / "coverage.yaml").write_text(COVERAGE, encoding="utf-8")
    (cn / "rows.txt").write_text("# rows\ncn.contact.hours\n", encoding="utf-8")
    assert check(tmp_path, write=True).findings == ()
    return tmp_path


def found(folder: Path) -> list[str]:
    return [str(finding) for finding in check(folder).findings]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_sound_rulebook_has_no_findings(folder: Path) -> None:
    checked = check(folder)
    assert checked.findings == () and (checked.rules, len(checked.cases)) == (2, 2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rule: cn.vulnerable", "rule: cn.nothing", "cases/vulnerable.yaml:1: A vulnerable person"),
        ("refused: [cn.vulnerable]", "refused: [cn.nothing]", "there is no rule cn.nothing"),
        ("act: message", "act: fly", "unknown act fly"),
        ("{vulnerable: true}", "{nothing: true}", "no fact nothing"),
        ("{vulnerable: true}", "{vulnerable: 1}", "true or false"),
        ("{vulnerable: true}", "[vulnerable]", "`given` should be"),
        ("at: 2026-03-02T10:00+08:00", "at: 2026-03-02T10:00", "offset"),
        ("at: 2026-03-02T10:00+08:00", "at: noon", "noon"),
        ("  act: message\n", "", "lacking: ['act']"),
        ("  zh:", "  fr:", "unknown keys: ['fr']"),
        ("refused: [cn.vulnerable]", "refused: cn.vulnerable", "a list of rule ids"),
        ("refused: [cn.vulnerable]", "allowed: true", "no case that is refused"),
        ("  refused: [cn.vulnerable]\n", "", "either `allowed: true`"),
        ("allowed: true", "allowed: false", "either `allowed: true`"),
        ("allowed: true", "allowed: true\n  zone: Asia/Atlantis", "no such time zone"),
        ("allowed: true", "allowed: true\n  jurisdiction: fr", "unknown jurisdiction"),
        ("allowed: true", "allowed: true\n  missing: [nothing]", "no fact nothing"),
        ("- case: Another is not\n", "- case: Another is not\n  given: {vulnerable: true}\n",
         "contradicts cn/cases/vulnerable.yaml:1"),
        ("allowed: true", "allowed: true\n  act: letter", "`act` stands twice"),
        ("- case: Another is not\n", "- 7\n- case: Another is not\n", "should be a mapping"),
        ("- case: A vulnerable", "x: {", "cannot be read"),
    ],
)  # fmt: skip
def test_faulty_cases_are_found(folder: Path, old: str, new: str, said: str) -> None:
    change(folder / "cn" / "cases" / "vulnerable.yaml", old, new)
    assert said in "\n".join(found(folder))


def test_a_rule_without_cases_is_found_at_its_line(folder: Path) -> None:
    (folder / "cn" / "cases" / "vulnerable.yaml").unlink()
    assert found(folder) == [
        "cn/rules.cedar:1: cn.vulnerable: has no case that is allowed",
        "cn/rules.cedar:1: cn.vulnerable: has no case that is refused",
    ]


def test_a_stale_or_lost_schema_is_found_and_can_be_written(folder: Path) -> None:
    path = folder / "cn" / "schema.cedarschema"
    fresh = path.read_text(encoding="utf-8")
    path.write_text(fresh + " ", encoding="utf-8")
    assert found(folder) == [
        "cn/schema.cedarschema: the schema is stale; run `arrears policy check --write`"
    ]
    path.unlink()
    assert "is not there" in found(folder)[0]
    check(folder, "house", write=True)
    assert not path.exists()
    assert check(folder, "cn", write=True).findings == ()
    assert path.read_text(encoding="utf-8") == fresh


def test_an_unguarded_fact_is_found_by_cedars_validator(folder: Path) -> None:
    body = "!(context has local_minute) || context.local_minute < 480"
    change(folder / "cn" / "rules.cedar", "context.vulnerable", body)
    said = "\n".join(found(folder))
    assert "Cedar's validator" in said and "context has x && context.x" in said


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("coverage.yaml", "row: cn.contact.hours", "row: cn.other",
         "the row cn.contact.hours of the reference is missing"),
        ("coverage.yaml", "row: cn.contact.hours", "row: cn.other", "the reference has no such"),
        ("rows.txt", "cn.contact.hours", "", "lists the rows of the reference"),
        ("coverage.yaml", "act_rule", "some_rule", "coverage.yaml:1: cn.contact.hours: unknown"),
        ("coverage.yaml", "[cn.vulnerable]", "[cn.nothing]", "which no pack has"),
        ("coverage.yaml", "[cn.vulnerable]", "[]", "no rule carries it"),
        ("coverage.yaml", "[cn.vulnerable]", "[]", "is not listed here"),
        ("coverage.yaml", "[cn.vulnerable]", "[cn.vulnerable, house.base]", "does not name this"),
        ("coverage.yaml", "arrears.rulebook", "arrears.nowhere.at.all", "does not exist"),
        ("coverage.yaml", "arrears.rulebook", "''", "no module or no screen"),
        ("coverage.yaml", "console:rules", "''", "no module or no screen"),
        ("coverage.yaml", "reason_zh: 原因", "", "reason_en or reason_zh"),
        ("coverage.yaml", "- row", "x:\n- row", "is not a list"),
        ("coverage.yaml", "- row", "{", "not YAML"),
        ("rules.cedar", "cn.contact.hours", "cn.stray", "@row names cn.stray"),
    ],
)  # fmt: skip
def test_faulty_coverage_is_found(folder: Path, file: str, old: str, new: str, said: str) -> None:
    change(folder / "cn" / file, old, new)
    assert said in "\n".join(found(folder))


def test_a_row_that_stands_twice_is_found(folder: Path) -> None:
    path = folder / "cn" / "coverage.yaml"
    path.write_text(COVERAGE * 2, encoding="utf-8")
    assert "stands 2 times" in "\n".join(found(folder))


@pytest.mark.parametrize("excuse", ["later: visits", "kind: not_checkable"])
def test_a_later_or_uncheckable_row_needs_no_carrier(folder: Path, excuse: str) -> None:
    path = folder / "cn" / "coverage.yaml"
    kind = excuse if excuse.startswith("kind") else "kind: act_rule"
    path.write_text(
        "- row: cn.contact.hours\n  rules: [cn.vulnerable]\n  reason_en: a\n  reason_zh: b\n"
        f"  {kind}\n" + (f"  {excuse}\n" if excuse != kind else ""),
        encoding="utf-8",
    )
    assert found(folder) == []


def test_findings_of_one_pack_only(folder: Path) -> None:
    (folder / "cn" / "schema.cedarschema").unlink()
    (folder / "house" / "schema.cedarschema").unlink()
    assert len(check(folder).findings) == 2
    assert [f.file for f in check(folder, "house").findings] == ["house/schema.cedarschema"]


def test_a_broken_rule_is_reported_beside_all_others(folder: Path) -> None:
    with (folder / "cn" / "rules.cedar").open("a", encoding="utf-8") as file:
        file.write("forbid (;\n" + small_book.rule("cn.x", "context.nothing", cite=""))
    said = "\n".join(found(folder))
    assert all(part in said for part in ("malformed", "no fact `nothing`", "without a citation"))


def test_what_a_broken_rule_brings_with_it_is_told_after_it(folder: Path) -> None:
    path = folder / "cn" / "rules.cedar"
    path.write_text(path.read_text().replace("@cite", "@sight", 1), encoding="utf-8")
    first, *others = found(folder)
    assert "cn/rules.cedar" in first and "@cite is missing" in first
    assert any("there is no rule" in other for other in others)


def test_a_failing_case_says_what_differs(folder: Path) -> None:
    change(folder / "cn" / "cases" / "vulnerable.yaml", "vulnerable: true", "vulnerable: false")
    checked, book = check(folder), load_rulebook(folder)
    failures = [run_case(case, book) for case in checked.cases]
    assert failures[1] is None
    assert str(failures[0]).splitlines() == [
        "cn/cases/vulnerable.yaml:1: A vulnerable person is left alone",
        "  beside the rule cn.vulnerable",
        "  expected refused by: cn.vulnerable",
        "  found    refused by: nothing",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    vulnerable: false\n", "", "message: lacks vulnerable"),
        ("    vulnerable: false\n", "    vulnerable: 3\n", "vulnerable is 3"),
        ("    vulnerable: false\n", "    vulnerable: false\n    nothing: 1\n", "no place here"),
        ("    vulnerable: false\n", "    vulnerable: false\n    local_minute: 1\n", "no place"),
        ("  actor: agency\n", "  actor: nobody\n", "unknown actor nobody"),
        ("  debit: {actor: lender}\n", "", "other acts"),
        ("common:", "uncommon:", "lacks `common`"),
        ("common:", "{", "cannot be read"),
    ],
)
def test_a_faulty_baseline_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    shutil.copy(PACKS / "baseline.yaml", tmp_path)
    change(tmp_path / "baseline.yaml", old, new)
    with pytest.raises(BadRulebook) as caught:
        read_baseline(tmp_path)
    assert said in str(caught.value)
    assert any("baseline.yaml" in line for line in found(small_book.write_book(tmp_path)))
