"""What is swept is what is decided: row by row, every refusing rule named, on every law.

Every rule fires in these tests and stays silent in them, at each of its bounds; then come acts
at random, facts that are missing or unknown, and values that the vocabulary does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from random import Random
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


@pytest.fixture(scope="module")
def answered(duck: Any) -> list[tuple[Rule, list[tuple[str, ...]]]]:
    """What both readings say to the acts made about each rule in force, where they agree."""
    rules = [rule for rule in RULES if rule.status == "active"]
    about = [list(acts_about(rule, BASELINES)) for rule in rules]
    found = {id(act): names for act, names in compare(chain.from_iterable(about), BOOK, duck)}
    return [
        (rule, [found[id(act)] for act in acts]) for rule, acts in zip(rules, about, strict=True)
    ]


@pytest.mark.parametrize("code", sorted(BOOK.packs))
def test_every_rule_fires_and_is_silent_in_both_readings_alike(
    code: str, answered: list[tuple[Rule, list[tuple[str, ...]]]]
) -> None:
    here = [(rule.id, found) for rule, found in answered if rule.pack == code]
    idle = [name for name, found in here if not any(name in names for names in found)]
    assert not idle, "these rules never fire in this test"
    heard = [(name, [names for names in found if names != ("missing",)]) for name, found in here]
    busy = [name for name, found in heard if all(name in names for names in found)]
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


def _random_act(draw: Random, name: str, at: datetime) -> Act:
    base = BASELINES[name]
    facts = dict(base.facts)
    for fact in draw.sample(sorted(FACTS), draw.randint(0, 7)):
        facts[fact] = draw.choice(VALUES[fact])
    if draw.random() < 0.1:
        fact = draw.choice([name for name in facts if not FACTS[name].may_be_unknown])
        del facts[fact]
    actor, party = base.actor, base.party
    if draw.random() < 0.3:
        actor, party = draw.choice([*LISTS["Actor"]]), draw.choice([*LISTS["Party"]])
    zones = [*ZONES.values(), "Pacific/Kiritimati", "Pacific/Pago_Pago"]
    place = draw.choice([*ZONES])
    return Act(name, actor, party, at, place, draw.choice(zones), facts, draw.choice(zones))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32),
    name=st.sampled_from(sorted(ACTS)),
    at=st.sampled_from(INSTANTS),
)
def test_acts_at_random_are_answered_alike(seed: int, name: str, at: datetime, duck: Any) -> None:
    """Some hundred acts an example: planning the query takes longer than answering it."""
    draw = Random(seed)
    compare([_random_act(draw, name, at) for _ in range(200)], BOOK, duck)


def test_both_regimes_of_india_on_new_years_eve(duck: Any) -> None:
    """While 2027 has begun for some, each person is under the law of their own day or days."""
    zones = ["Pacific/Kiritimati", "Asia/Kolkata", "Pacific/Pago_Pago", None]
    acts = []
    for rule in RULES:
        if rule.pack == "in" and rule.status == "active" and "call_human" in rule.acts:
            narrowed = replace(rule, acts=frozenset({"call_human"}))
            acts += [act for act in acts_about(narrowed, BASELINES) if act.act == "call_human"]
    asked = [
        Act(
            *(act.act, act.actor, act.party, INSTANTS[1]),
            "in" if turn % 3 else None,
            zones[turn % 4],
            act.facts,
            zones[turn // 4 % 4],
        )
        for turn, act in enumerate(acts * 3)
    ]
    answers = compare(asked, BOOK, duck)
    assert len({names for _, names in answers}) > len(zones)


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
