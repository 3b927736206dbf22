"""Every word that a person reads in the browser stands in both languages."""

from __future__ import annotations

import ast
import importlib.util
import re
import string
from pathlib import Path

import polib
import pytest
from django.utils import translation

from arrears.console import record_words, words
from arrears.site import catalogues

ROOT = Path(__file__).resolve().parents[3]
_spec = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
tool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)
# The name of the product and signs are the same in every language.
SAME = {"SHA-256"}


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(catalogues.LOCALE / language / "LC_MESSAGES" / "django.po"))


def texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_the_catalogue_holds_exactly_the_messages_of_the_source(language):
    held = {(entry.msgid, entry.msgid_plural or None) for entry in catalogue(language)}
    found = set(tool.messages())
    assert held == found, "run: python tools/messages.py"


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_every_message_is_translated(language):
    missing = [e.msgid for e in catalogue(language) if e.fuzzy or not all(texts(e))]
    assert missing == []


def test_chinese_is_chinese():
    latin = [
        entry.msgid
        for entry in catalogue("zh_Hans")
        if entry.msgid not in SAME and not re.search("[\u4e00-\u9fff]", "".join(texts(entry)))
    ]
    assert latin == [" or "] or latin == []


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_translations_name_the_same_values(language):
    def names(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)", text))

    for entry in catalogue(language):
        for text in texts(entry):
            assert names(text) == names(entry.msgid), entry.msgid


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("_('a')\ngettext(\"b\")", [("a", None), ("b", None)]),
        ("ngettext('one', 'many', n)", [("one", "many")]),
        ("other('c')\n_(name)", []),
    ],
)
def test_messages_are_read_from_python(tmp_path, monkeypatch, source, found):
    monkeypatch.setattr(tool, "PACKAGE", tmp_path)
    (tmp_path / "module.py").write_text(source)
    assert list(tool.messages()) == found


def test_messages_are_read_from_templates(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "PACKAGE", tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        '{% load i18n %}{% translate "It\'s" %}'
        "{% blocktranslate count n=rows %}{{ n }} row{% plural %}{{ n }} rows"
        "{% endblocktranslate %}"
    )
    assert set(tool.messages()) == {("It's", None), ("%(n)s row", "%(n)s rows")}


def test_the_compiled_chinese_is_what_readers_get():
    source = catalogues.LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
    assert catalogues.compiled(source.read_text("utf-8"))
    with translation.override("zh-hans"):
        assert words.word("online_consumer", "products") == "线上消费贷"
        assert words.treatment("call") == "电话沟通"
        assert words.reason("duplicate.conflict") == "同一主键的两行内容不同"
    with translation.override("en"):
        assert words.word("online_consumer", "products") == "online consumer loan"


def test_a_code_that_nobody_knows_is_shown_as_it_is():
    assert words.word("lease", "products") == "lease"
    assert words.word(None, "products") == "—"
    assert words.treatment("dance") == "dance"
    assert words.reason("row.upside_down") == "row.upside_down"


def test_all_codes_of_the_house_have_words():
    from arrears.book.contract import CREDITOR_TYPES, LOAN_STATUSES, PARTY_ROLES, PRODUCTS, TABLES
    from arrears.cases.states import CASE
    from arrears.conduct.rules.kinds import HOLD_KINDS as CONDUCT_HOLDS
    from arrears.conduct.rules.kinds import HOLD_SOURCES, STOP_SCOPES
    from arrears.daily.rules import CHECKLIST
    from arrears.daily.states import PARKED, RUN
    from arrears.loans.models import HOLD_KINDS
    from arrears.loans.states import SET_ASIDE, TAPE
    from arrears.people.roles import CLIENT_SCOPES, ROLES

    for topic, codes in {
        "products": PRODUCTS,
        "creditors": CREDITOR_TYPES,
        "statuses": LOAN_STATUSES,
        "roles": PARTY_ROLES,
        "tables": TABLES,
        "case_states": CASE.states,
        "checklist": CHECKLIST,
        "parked_states": PARKED.states,
        "run_states": RUN.states,
        "hold_kinds": CONDUCT_HOLDS,
        "hold_sources": HOLD_SOURCES,
        "holds": HOLD_KINDS,
        "journal_kinds": _journalled(),
        "row_states": SET_ASIDE.states,
        "tape_states": TAPE.states,
        "scopes": CLIENT_SCOPES,
        "staff": ROLES,
        "stop_scopes": STOP_SCOPES,
    }.items():
        assert set(codes) <= set(words.TOPICS[topic]), topic


def _journalled() -> set[str]:
    """Every kind of entry that the source writes."""
    kinds = re.compile(rf"({'|'.join(record_words.JOURNAL_TOPICS)})\.[a-z_]*[a-z]")
    found = set()
    for path in (ROOT / "src/arrears").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = isinstance(node, ast.Call) and getattr(node.func, "id", "")
            if name not in ("record", "_record", "Entry"):
                continue
            found |= {
                each.value
                for each in ast.walk(node)
                if isinstance(each, ast.Constant)
                and isinstance(each.value, str)
                and kinds.fullmatch(each.value)
            }
    assert len(found) > 20
    return found


def test_no_template_holds_words_outside_the_catalogue():
    """Text between tags that is not a sign, a number or a translated block."""
    allowed = {"SHA-256", "English", "中文", "expected:", "found:", "what", "to", "do:"}
    blank = re.compile(r"{%\s*blocktrans(?:late)?.*?{%\s*endblocktrans(?:late)?\s*%}", re.S)
    for path in sorted((ROOT / "src/arrears/console/templates").rglob("*.html")):
        text = blank.sub("", path.read_text("utf-8"))
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.S)
        left = [
            word
            for word in re.sub(r"<[^>]*>", " ", text).split()
            if word not in allowed
            and word.strip(string.punctuation + "·—→×“”")
            and not re.fullmatch(r"&\w+;", word)
        ]
        assert left == [], path.name
