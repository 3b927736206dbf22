"""The verifier's sentences and the journal's lines in words, whole in both languages."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from django.utils import translation

import arrears
from arrears.console.findings_told import SENTENCES, finding_told, note_told
from arrears.console.record_told import FIELD_TITLES, facts_of, in_short, kinds_by_topic
from arrears.journal.verifier.statements import Finding
from arrears.rulebook import telling
from arrears.rulebook.load import load_rulebook

ROOT = Path(arrears.__file__).parent
VERIFYING = ("journal/verifier/checking.py", "journal/verifier/statements.py",
             "journal/queries/verify.py", "conduct/queries/unrecorded.py")  # fmt: skip


def spoken() -> set[str]:
    """Every sentence that verifying the database can say, with a sample for what changes."""
    found = set()
    for name in VERIFYING:
        path = ROOT / name
        for node in ast.walk(ast.parse(path.read_text("utf-8"))) if path.exists() else ():
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if called and node.func.attr in ("find", "note") and node.args:
                found |= _sampled(node.args[0])
    return found


def _sampled(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if not isinstance(node, ast.JoinedStr):
        return set()
    made = {""}
    for part in node.values:
        texts = {"7"}
        if isinstance(part, ast.Constant):
            texts = {str(part.value)}
        elif isinstance(part.value, ast.Name) and part.value.id == "gone":
            texts = {"entry 7", "entries 7 to 9"} if "seal" not in ast.dump(node) else {
                "place 7", "places 7 to 9"}  # fmt: skip
        made = {before + text for before in made for text in texts}
    return made


def test_every_sentence_of_the_verifier_is_told_in_chinese():
    sentences = spoken()
    assert len(sentences) > 25
    with translation.override("zh-hans"):
        english = sorted(text for text in sentences if note_told(text) == text)
    assert english == []
    with translation.override("en"):
        assert {text for text in sentences if note_told(text) != text} == set()


def test_what_changes_in_a_sentence_stays_and_a_strange_one_is_shown_as_it_is():
    with translation.override("zh-hans"):
        finding = Finding("stands after entry 41: a duplicate, or swapped", "house:03", 40)
        told = finding_told(finding)
        assert "41" in told and "house:03" in told and "duplicate" not in told
        assert note_told("something new 100%") == "something new 100%"
        assert note_told("cannot be read: 100% %(x)s") == "无法读取：100% %(x)s"
    with translation.override("en"):
        assert finding_told(finding) == f"stream house:03, place 40: {finding.what}"
    assert len(set(SENTENCES)) == len(SENTENCES)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_entry_is_told_in_words(language: str):
    data = {
        "act": "message", "channel": "sms", "purpose": "collect", "organisation": "lender",
        "reasons": ["cn.contact.hours", "gone.rule"], "expires_at": "2026-03-02T02:00:00+00:00",
        "verdict": "0190c2a0-0000-7000-8000-000000000001", "rules_sha256": "a" * 64,
        "connected": None, "made": True,
    }  # fmt: skip
    with translation.override(language):
        told = {fact.title: fact.value for fact in facts_of("conduct.refused", data)}
        line = in_short("conduct.refused", data)
    text = json.dumps(told, ensure_ascii=False)
    assert "2026-03-02 10:00" in text and "gone.rule" in text and "0190c2a0" in text
    assert "0190c2a0" not in line and "aaaa" not in line
    if language == "en":
        assert told["act"] == "Message" and told["was made"] == "yes"
    else:
        assert "短信" in text and "消息" in line and "Message" not in text


def test_money_percent_long_lists_and_nested_data_are_readable():
    with translation.override("en"):
        told = {
            fact.title: fact.value
            for fact in facts_of(
                "placements.commission_adjusted",
                {
                    "commission_minor": 123456, "currency": "CNY", "score_bps": 9550,
                    "persons": [str(n) for n in range(9)], "totals": {"rows": 1200},
                    "never_seen": "x",
                },
            )
        }  # fmt: skip
    assert told["commission"] == "¥1,234.56" and told["score"] == "95.50 %"
    assert told["persons"].endswith("+3") and told["totals"] == "rows 1,200"
    assert told["never_seen"] == "x"


def test_every_kind_has_its_topic_and_every_field_a_title():
    kinds = {code for _, _, each in kinds_by_topic() for code, _ in each}
    assert {"conduct.refused", "placements.placed", "people.staff_joined"} <= kinds
    assert all(str(title) for title in FIELD_TITLES.values())


def test_what_the_house_cites_is_told_in_chinese_and_laws_keep_their_names():
    book = load_rulebook()
    for rule in book.packs["house"].rules:
        told = telling.cite_told(rule.cite, "zh")
        assert not any(letter in told for letter in "aeiou"), rule.id
        assert telling.cite_told(rule.cite, "en") == rule.cite
    law = book.packs["cn"].rules[0]
    assert telling.cite_told(law.cite, "zh") == law.cite
