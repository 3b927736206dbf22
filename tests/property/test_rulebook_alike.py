"""What is answered from memory is what Cedar answers about the very act, for the real packs."""

from __future__ import annotations

from datetime import datetime, timedelta

import small_book
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.rulebook.act import Act
from arrears.rulebook.alike import turns
from arrears.rulebook.decide import _asked, _reasons, judge, ruleset_of
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.vocabulary import FACTS, HIGHEST, LISTS

BOOK = load_rulebook()
AT = datetime.fromisoformat("2026-12-30T00:00+08:00")
ZONES = {"cn": "Asia/Shanghai", "us": "America/New_York", "in": "Asia/Kolkata",
         "gb": "Europe/London", None: None}  # fmt: skip


@st.composite
def acts(draw: st.DrawFn) -> Act:
    """A lawful act of a few kinds, with up to three facts set to another value at a turn."""
    name = draw(st.sampled_from(["message", "visit_arrival", "bureau_report"]))
    law = draw(st.sampled_from(["cn", "us", "in", "gb", None]))
    at = AT + timedelta(minutes=draw(st.integers(0, 4 * 1440)))
    plain = small_book.act(name, at=at.isoformat(), jurisdiction=law, zone=ZONES[law])
    rules = ruleset_of(plain, BOOK)
    facts = {}
    for fact_name in draw(st.lists(st.sampled_from(rules.both_names), min_size=1, max_size=2)):
        fact = FACTS[fact_name]
        if fact.kind == "flag":
            value = st.booleans()
        elif fact.kind == "enum":
            value = st.sampled_from(sorted(LISTS[str(fact.values)]))
        else:
            near = [v + d for v in turns(rules).get(fact_name, (0,)) for d in (-1, 0, 1)]
            value = st.sampled_from([v for v in near if 0 <= v <= HIGHEST[fact.kind]])
        if fact.may_be_unknown:
            value = st.one_of(st.none(), value)
        facts[fact_name] = draw(value)
    return small_book.act(name, at=at.isoformat(), jurisdiction=law, zone=ZONES[law], given=facts)


@settings(max_examples=600, deadline=None)
@given(act=acts())
def test_a_kept_answer_is_cedars_answer(act: Act) -> None:
    rules = ruleset_of(act, BOOK)
    facts = act.timed()
    verdict = judge(rules, act.actor, act.party, facts)
    answer, warnings = _asked(rules, act.actor, act.party, facts)
    assert not isinstance(answer, str)
    assert (verdict.allowed, verdict.warnings) == (answer[0] == "Allow", warnings)
    if not verdict.allowed:
        assert verdict.reasons == _reasons(rules.by_key[key] for key in answer[1])
