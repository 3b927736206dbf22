"""Who answers for each fact: the gate, the register, the tape, or a stage still to come."""

from __future__ import annotations

from arrears.conduct.rules.intent import OWNED
from arrears.conduct.rules.unowned import CONSTANT, ELSEWHERE, LATER, ON_TAPE, unowned
from arrears.people.rules.standing import AGENCY_FACTS, STAFF_FACTS
from arrears.rulebook.vocabulary import FACTS

REGISTER = {*STAFF_FACTS, *AGENCY_FACTS}
TAPE = {*ON_TAPE, *ELSEWHERE, "digital_loan"}
OWED = [fact for facts in LATER.values() for fact in facts]


def test_every_fact_has_one_who_answers_for_it():
    owners = [set(OWNED), REGISTER, TAPE, set(OWED)]
    assert set().union(*owners) == set(FACTS)
    assert sum(map(len, owners)) == len(FACTS)
    assert len(set(OWED)) == len(OWED)


def test_what_is_taken_for_known_is_owed_by_a_later_stage():
    assert set(CONSTANT) <= set(OWED)
    assert set(unowned("online_consumer", on_tape=True)) == set(CONSTANT) | TAPE


def test_what_the_register_knows_nobody_has_to_tell():
    told_before = {"impact_assessed", "staff_trained", "agency_contract_valid"}
    assert told_before <= REGISTER and not told_before & set(OWED)


def test_the_rest_fits_the_vocabulary():
    for fact, value in unowned("credit_card", on_tape=False).items():
        assert FACTS[fact].misfit(value) is None, fact
