"""docs/security.md: every group of the standard stands there, and every test it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from arrears.site.config import KEYS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
ROW = re.compile(r"^\| (\d+)\.(\d+) ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
# How many groups each chapter of ASVS 5.0.0 has.
GROUPS = {1: 5, 2: 4, 3: 7, 4: 4, 5: 4, 6: 8, 7: 6, 8: 4, 9: 2, 10: 7, 11: 7, 12: 3, 13: 4, 14: 3,
          15: 4, 16: 5, 17: 3}  # fmt: skip


def named() -> list[str]:
    return sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", TEXT)))


def test_every_group_of_the_standard_is_answered_once():
    found = [(int(chapter), int(group)) for chapter, group, *_ in ROW.findall(TEXT)]
    wanted = [(chapter, n) for chapter, count in GROUPS.items() for n in range(1, count + 1)]
    assert found == wanted
    assert TEXT.count("\n| ") - len(wanted) == len(re.findall(r"\n\| (?!\d+\.\d+ )", TEXT))


def test_every_answer_has_a_state_and_what_is_not_met_says_why():
    for chapter, group, _, state, how, shown in ROW.findall(TEXT):
        place = f"{chapter}.{group}"
        assert state in ("met", "partly", "open", "no part"), place
        assert len(how) > 15 or state == "no part", place
        assert shown == "—" or re.fullmatch(r"`tests/\S+`(<br>`tests/\S+`)*", shown), place


@pytest.mark.parametrize("test", named())
def test_a_test_that_is_named_exists(test: str):
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name in functions


def test_tests_are_named_at_all():
    assert len(named()) > 50


def test_the_settings_it_names_exist():
    told = set(re.findall(r"`(ARREARS_[A-Z_]+)`", TEXT))
    assert len(told) > 5
    assert told <= set(KEYS)
