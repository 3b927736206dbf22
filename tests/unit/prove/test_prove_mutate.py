"""The mutants of a formula: every small error, once."""

from __future__ import annotations

from proving import formula

from arrears.rulebook.prove.formula import All, Compare, Flag, Member, Not, Some, Truth
from arrears.rulebook.prove.mutate import mutants


def found(when: str, scope: str = "principal, action, resource") -> set[object]:
    return {mutant.formula for mutant in mutants(formula(when, scope))}


def test_a_comparison_is_turned_and_its_number_moved_both_ways() -> None:
    assert found("context.crew_size < 2") == {
        Truth(False),
        Truth(True),
        All((Compare("crew_size", ">=", 2),)),
        All((Compare("crew_size", "<", 1),)),
        All((Compare("crew_size", "<", 3),)),
    }


def test_each_conjunct_and_each_disjunct_is_dropped_and_turned() -> None:
    a, b, c = Flag("stopped"), Flag("observing"), Flag("deceased")
    expected = {
        All((Some((b, c)),)),
        All((a,)),
        All((a, Some((c,)))),
        All((a, Some((b,)))),
        All((Not(a), Some((b, c)))),
        All((a, Some((Not(b), c)))),
        All((a, Some((b, Not(c))))),
        Truth(False),
    }
    assert found("context.stopped && (context.observing || context.deceased)") == expected


def test_an_exception_is_dropped_and_its_negation_is_not_doubled() -> None:
    a, b = Flag("stopped"), Flag("observing")
    assert found("context.stopped } unless { context.observing") == {
        Truth(False), All((Not(b),)), All((a,)), All((Not(a), Not(b))), All((a, b)),
    }  # fmt: skip


def test_members_of_a_list_and_acts_of_the_scope_are_dropped_one_by_one() -> None:
    scope = 'principal, action in [Action::"message", Action::"letter"], resource'
    listed = Member("reason", ("answer", "receipt"))
    acts = Member("act", ("message", "letter"))
    made = found('context.reason in [Reason::"answer", Reason::"receipt"]', scope)
    assert {
        All((Member("act", ("message",)), listed)),
        All((Member("act", ("letter",)), listed)),
        All((acts, Member("reason", ("answer",)))),
        All((acts, Member("reason", ("receipt",)))),
        All((acts,)),
        All((listed,)),
        All((acts, Not(listed))),
    } <= made


def test_every_mutant_says_what_was_changed_and_comes_once() -> None:
    made = list(mutants(formula("context.stopped && context.crew_size < 2 && context.stopped")))
    assert len({one.formula for one in made}) == len(made)
    assert all(one.what for one in made)
