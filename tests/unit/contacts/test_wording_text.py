"""Variables of a text, the lists of words, and the wordings that come with Arrears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.contacts.wording.house import shipped
from arrears.contacts.wording.lint import Draft, lint
from arrears.contacts.wording.terms import carriers, facts_of_terms, found, shown_by_terms
from arrears.contacts.wording.text import examples, filled, named, plain, variables
from arrears.kernel.errors import BadInput
from arrears.rulebook.vocabulary import FACTS, LISTS

AT = datetime(2026, 11, 25, 4, tzinfo=UTC)
SHIPPED = [(template, wording) for template in shipped() for wording in template.wordings]
TERMS = sorted({term for terms in facts_of_terms().values() for term in terms})


@pytest.mark.parametrize(
    ("template", "wording"), SHIPPED, ids=[f"{t.ref}-{w.channel}-{w.language}" for t, w in SHIPPED]
)
def test_every_shipped_wording_passes_under_each_law_it_is_for(template, wording):
    fitting = [
        name
        for name, carrier in carriers().items()
        if wording.channel in carrier.channels and (wording.language == "zh" or "cn" not in name)
    ]
    assert fitting
    for carrier in fitting:
        draft = Draft(
            wording.channel, template.purpose, template.reason, wording.language,
            wording.subject, wording.body, wording.jurisdictions, carrier,
        )  # fmt: skip
        assert lint(draft, AT).findings == ()


def test_what_lists_and_carriers_name_exists():
    for fact in (*facts_of_terms(), *shown_by_terms()):
        assert FACTS[fact].kind == "flag"
    for carrier in carriers().values():
        assert set(carrier.channels) <= set(LISTS["Channel"])
        assert carrier.links in ("none", "fixed", "any")
    assert set(examples("zh")) == set(examples("en")) == set(variables())


@given(st.sampled_from(TERMS), st.sampled_from(["\u200b", "\u00ad", "\u2060"]), st.data())
def test_a_term_is_found_whatever_hides_in_it(term, hidden, data):
    word = term.removesuffix("*")
    at = data.draw(st.integers(0, len(word)))
    told = f"a {word[:at]}{hidden}{word[at:]} b".upper()
    assert term in found([term], told)


@pytest.mark.parametrize(
    ("term", "text"),
    [("sue", "this issue is pursued"), ("owe", "power and tower"), ("arrest*", "a rest")],
)
def test_a_latin_term_is_a_word_of_its_own(term, text):
    assert not found([term], text)


@pytest.mark.parametrize("text", ["ｌｏａｎ", "l\u00adoan", "LOANS", "loan,", "（loan）"])
def test_width_case_and_marks_do_not_hide_a_word(text):
    assert found(["loan*"], text)


@pytest.mark.parametrize("text", ["贷 款", "贷*款", "贷-款", "贷.款", "贷\n款"])
def test_chinese_words_are_found_through_what_parts_them(text):
    assert found(["贷款"], text)


def test_variables_are_filled_in_and_holes_refused():
    assert named("{name}, {amount_due} {name}") == ("name", "amount_due")
    assert filled("{name}!", {"name": "{code}"}) == "{code}!"  # a value names nothing
    for lacking in ({}, {"name": ""}, {"name": "  "}):
        with pytest.raises(BadInput, match="without a value"):
            filled("{name}", lacking)


@given(st.text(max_size=300))
def test_a_value_is_one_line_without_turns_of_direction(value):
    made = plain(value)
    assert len(made) <= 200
    assert not set(made) & set("\n\r\t\0\x85\u2028\u2029\u202e\u2066")


def test_emoji_rare_characters_and_other_scripts_stay():
    for value in ("👨‍👩‍👧 王", "𠮷野", "محمد", "O'Brien & <b>"):
        assert plain(value) == value


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"language": "fr"}, "unknown language"),
        ({"carrier": "pigeon"}, "does not carry"),
        ({"channel": "post", "carrier": "smtp"}, "does not carry"),
        ({"jurisdictions": ()}, "where it is used"),
        ({"jurisdictions": ("atlantis",)}, "where it is used"),
    ],
)
def test_a_draft_that_nothing_can_be_said_of_is_refused(change, told):
    given_ = {
        "channel": "sms", "purpose": "collect", "reason": "none", "language": "en",
        "subject": "", "body": "x", "jurisdictions": ("gb",),
    }  # fmt: skip
    with pytest.raises(BadInput, match=told):
        lint(Draft(**{**given_, **change}), AT)
