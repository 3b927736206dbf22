"""Rules read as formulas: what stands in Cedar, and what Cedar's validator would refuse."""

from __future__ import annotations

import pytest
from proving import formula, rule

from arrears.rulebook.prove.formula import (
    All,
    Compare,
    Flag,
    Known,
    Member,
    Not,
    Some,
    Truth,
    Unprovable,
    parsed,
    shown,
    unguarded,
)
from arrears.rulebook.prove.holds import holds

AT_NIGHT = "context has local_minute && context.local_minute < 480"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("true", (Truth(True),)),
        ("context.stopped", (Flag("stopped"),)),
        ("context.stopped == true", (Flag("stopped"),)),
        ("context.stopped == false", (Not(Flag("stopped")),)),
        ("context.stopped != true", (Not(Flag("stopped")),)),
        ("!context.stopped", (Not(Flag("stopped")),)),
        ("context.crew_size >= 3", (Compare("crew_size", ">=", 3),)),
        ('context.purpose == Purpose::"serve"', (Member("purpose", ("serve",)),)),
        ('context.purpose != Purpose::"serve"', (Not(Member("purpose", ("serve",))),)),
        ('principal == Actor::"agency"', (Member("actor", ("agency",)),)),
        # In the order of the list, whatever the order in which they are written.
        ('resource in [Party::"court", Party::"borrower"]',
         (Member("party", ("borrower", "court")),)),
        (AT_NIGHT, (Known("local_minute"), Compare("local_minute", "<", 480))),
        ("context.stopped || context.observing || context.deceased",
         (Some((Flag("stopped"), Flag("observing"), Flag("deceased"))),)),
        ("context.stopped } unless { context.observing", (Flag("stopped"), Not(Flag("observing")))),
    ],
)  # fmt: skip
def test_a_condition_is_read_as_it_stands(when: str, expected: tuple[object, ...]) -> None:
    assert formula(when) == All(expected)  # type: ignore[arg-type]


def test_the_scope_is_part_of_the_formula() -> None:
    scope = (
        'principal == Actor::"agency", action in [Action::"letter", Action::"message"], resource'
    )
    assert formula("context.stopped", scope) == All(
        (Member("act", ("message", "letter")), Member("actor", ("agency",)), Flag("stopped"))
    )


@pytest.mark.parametrize(
    "node",
    [
        {"Value": 3},
        {".": {"left": {"Var": "context"}, "attr": "crew_size"}},
        {".": {"left": {"Var": "context"}, "attr": "no_such_fact"}},
        {"has": {"left": {"Var": "context"}, "attr": "no_such_fact"}},
        {"like": {"left": {"Var": "context"}, "pattern": []}},
        {"in": {"left": {"Var": "principal"}, "right": {"Set": []}}},
        {"<": {"left": {"Value": 1}, "right": {"Value": 2}}},
        {"==": {"left": {"Var": "principal"},
                "right": {"Value": {"__entity": {"type": "Actor", "id": "nobody"}}}}},
        {"==": {"left": {".": {"left": {"Var": "context"}, "attr": "stopped"}},
                "right": {"Value": {"__entity": {"type": "Actor", "id": "agency"}}}}},
    ],
)  # fmt: skip
def test_what_the_readings_do_not_share_is_refused(node: dict[str, object]) -> None:
    with pytest.raises(Unprovable):
        parsed(node)


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (AT_NIGHT, None),
        (f"!({AT_NIGHT})", None),
        (f"context.stopped || ({AT_NIGHT})", None),
        ("context has local_minute } unless { context.local_minute < 480", None),
        ("context.local_minute < 480", "local_minute"),
        ("context has local_minute || context.local_minute < 480", "local_minute"),
        ("!(context has local_minute) || context.local_minute < 480", "local_minute"),
        ("context.local_minute < 480 && context has local_minute", "local_minute"),
    ],
)
def test_unguarded_facts_are_found_as_by_cedars_validator(when: str, found: str | None) -> None:
    assert unguarded(formula(when)) == found


def test_a_formula_is_evaluated_from_left_to_right() -> None:
    guarded = formula(AT_NIGHT)
    assert not holds(guarded, {"local_minute": None})
    assert holds(guarded, {"local_minute": 479})
    assert not holds(guarded, {"local_minute": 480})


def test_an_unknown_fact_that_is_read_is_no_silent_no() -> None:
    with pytest.raises(TypeError, match="local_minute"):
        holds(Compare("local_minute", "<", 480), {"local_minute": None})
    with pytest.raises(KeyError):
        holds(Flag("stopped"), {})


def test_a_formula_is_shown_in_a_readers_words() -> None:
    one = formula(f'!context.stopped && ({AT_NIGHT} || context.reason == Reason::"none")')
    assert shown(one) == "!stopped && ((has local_minute && local_minute < 480) || reason == none)"


def test_a_rule_knows_what_it_reads() -> None:
    assert rule(AT_NIGHT).reads == {"local_minute"}
