"""What is swept is what is decided: row by row, every refusing rule named, on every law.

Every rule fires in these tests and stays silent in them, at each of its bounds; then come acts
at random, facts that are missing or unknown, and values that the vocabulary does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_parity import compare, row_of, swept
from rule_rows import INSTANTS, ZONES, acts_about, interesting

from arrears.rulebook.act import Act, BadAct
from arrears.rulebook.baseline import Baseline, read_baseline
from arrears.rulebook.load import Rulebook, load_rulebook
from arrears.rulebook.rule import Rule
from arrears.rulebook.vocabulary import ACTS, FACTS, HIGHEST, LISTS, Value

BOOK: Rulebook = load_rulebook()
BASELINES: Mapping[str, Baseline] = read_baseline()
RULES: list[Rule] = [
    rule for pack in BOOK.packs.values() for rule in pack.rules if rule.effect == "forbid"
]
CONDITIONS = tuple(condition for rule in RULES for condition in rule.conditions)
VALUES: dict[str, list[Value]] = {
    name: sorted(interesting(name, CONDITIONS), key=repr) for name in FACTS
}


@pytest.fixture(scope="module")
def duck() -> Iterator[Any]:
    backend = ibis.duckdb.connect(threads=2)
    yield backend
    backend.disconnect()


@pytest.mark.parametrize("code", sorted(BOOK.packs))
def test_every_rule_fires_and_is_silent_in_both_readings_alike(code: str, duck: Any) -> None:
    rules = [rule for rule in RULES if rule.pack == code and rule.status == "active"]
    about = [list(acts_about(rule, BASELINES)) for rule in rules]
    answered = compare([act for acts in about for act in acts], BOOK, duck)
    reasons = {id(act): found for act, found in answered}
    idle, busy = [], []
    for rule, acts in zip(rules, about, strict=True):
        found = [reasons[id(act)] for act in acts]
        idle += [rule.id] if not any(rule.id in names for names in found) else []
        silent = [names for names in found if rule.id not in names and names != ("missing",)]
        busy += [rule.id] if not silent else []
    assert not idle, "these rules never fire in this test"
    assert not busy, "these rules never stay silent in this test"


@pytest.mark.parametrize("act", sorted(ACTS))
def test_the_baseline_and_each_fact_of_it_changed(act: str, duck: Any) -> None:
    """One fact at a time, to every value it may have, under a law of its own turn."""
    base = BASELINES[act]
    places = [*ZONES]
    acts = []
    for turn, (name, values) in enumerate(VALUES.items()):
        for value in values:
            place = places[turn % len(places)]
            facts = {**base.facts, name: value}
            acts.append(Act(act, base.actor, base.party, INSTANTS[0], place, ZONES[place], facts))
    answered = compare(acts, BOOK, duck)
    assert any(not found for _, found in answered), "nothing is ever allowed"


@st.composite
def random_acts(draw: st.DrawFn) -> list[Act]:
    name = draw(st.sampled_from(sorted(ACTS)))
    at = draw(st.sampled_from(INSTANTS))
    base = BASELINES[name]
    acts = []
    for _ in range(draw(st.integers(1, 12))):
        facts = dict(base.facts)
        for fact in draw(st.lists(st.sampled_from(sorted(FACTS)), max_size=7)):
            facts[fact] = draw(st.sampled_from(VALUES[fact]))
        for fact in draw(st.lists(st.sampled_from(sorted(FACTS)), max_size=1)):
            if not FACTS[fact].may_be_unknown and draw(st.booleans()):
                facts.pop(fact, None)
        zones = st.sampled_from([*ZONES.values(), "Pacific/Kiritimati", "Pacific/Pago_Pago"])
        usual = draw(st.booleans())
        acts.append(
            Act(
                name,
                base.actor if usual else draw(st.sampled_from(sorted(LISTS["Actor"]))),
                base.party if usual else draw(st.sampled_from(sorted(LISTS["Party"]))),
                at,
                draw(st.sampled_from([*ZONES])),
                draw(zones),
                facts,
                draw(zones),
            )
        )
    return acts


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=random_acts())
def test_acts_at_random_are_answered_alike(acts: list[Act], duck: Any) -> None:
    compare(acts, BOOK, duck)


def test_both_regimes_of_india_on_new_years_eve(duck: Any) -> None:
    """While 2027 has begun for some, each person is under the law of their own day or days."""
    zones = ["Pacific/Kiritimati", "Asia/Kolkata", "Pacific/Pago_Pago", None]
    acts = []
    for rule in RULES:
        if rule.pack != "in" or rule.status != "active":
            continue
        for act in acts_about(rule, BASELINES):
            for zone in zones:
                other = zones[len(acts) % 4]
                who = (act.act, act.actor, act.party, INSTANTS[1])
                acts.append(Act(*who, "in" if len(acts) % 3 else None, zone, act.facts, other))
    assert acts
    compare(acts[::11], BOOK, duck)


@pytest.mark.parametrize("act", ["message", "visit_entering", "bureau_report"])
def test_each_fact_missing_or_wrong_refuses_the_rows_whose_law_reads_it(
    act: str, duck: Any
) -> None:
    base, at = BASELINES[act], INSTANTS[0]
    place = Act(act, base.actor, base.party, at, "cn", "Asia/Shanghai", base.facts)
    reads = BOOK.ruleset("cn", act, at.date()).reads
    rows, expected = [row_of(place)], [()]
    assert reads
    for name in sorted(reads):
        fact = FACTS[name]
        if not fact.may_be_unknown:
            rows.append({**row_of(place), name: None})
            expected.append(("missing",))
        if fact.kind == "flag":
            continue
        for wrong in (
            [-1, HIGHEST[fact.kind] + 1] if fact.kind != "enum" else ["", "Unknown", "ſms"]
        ):
            rows.append({**row_of(place), name: wrong})
            expected.append(("error",))
            with pytest.raises(BadAct):
                Act(act, base.actor, base.party, at, "cn", "UTC", {**base.facts, name: wrong})
    for name in sorted(set(FACTS) - reads):
        # What no rule in force reads cannot refuse.
        rows.append({**row_of(place), name: None})
        expected.append(())
    for who, wrong in (("actor", "x"), ("party", None), ("jurisdiction", "fr")):
        rows.append({**row_of(place), who: wrong})
        expected.append(("error",))
    assert swept(rows, act, at.astimezone(UTC).date(), BOOK, duck) == expected
