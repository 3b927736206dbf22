"""Schemes that the law allows, and those it does not."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
import yaml

from arrears.kernel.errors import BadInput, ConfigError
from arrears.people.access.table import TABLE
from arrears.placements.commission.rules.bounds import SOURCE, bounds, read_bounds
from arrears.placements.commission.rules.reckon import Credit, reckon
from arrears.placements.commission.rules.scheme import BUCKETS, SchemeRefused, read_terms
from arrears.placements.commission.rules.targets import progress, read_aims, score_bps

GOOD: dict[str, Any] = {
    "weights_bps": {"recovered": 6000, "promises_kept": 1500, "complaints": 1500, "training": 1000},
    "rates_bps": dict.fromkeys(BUCKETS, 500),
    "caps": {"CNY": {"month_minor": 100_000}},
    "deductions_bps": {"minor": 100, "serious": 1000, "grave": 5000},
}


def scheme(**changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **changed}


def test_a_lawful_scheme_is_read():
    terms = read_terms(GOOD, bounds(), pays=True)
    assert terms.weights_bps == GOOD["weights_bps"]
    assert terms.caps["CNY"].month_minor == 100_000
    assert terms.caps["CNY"].payment_minor is None


@pytest.mark.parametrize(
    "weights",
    [
        {"recovered": 10_000},
        {"recovered": 10_000, "complaints": 0, "training": 0},
        {"recovered": 9_900, "complaints": 100},
        {"recovered": 7_001, "complaints": 2_999},
        {"recovered": 7_000, "promises_kept": 1_001, "complaints": 1_999},
        {"promises_kept": 10_000},
    ],
)
@pytest.mark.parametrize("pays", [True, False])
def test_what_hangs_on_the_amount_alone_is_refused_and_the_rule_cited(weights, pays):
    document = scheme(weights_bps=weights) if pays else {"weights_bps": weights}
    with pytest.raises(SchemeRefused, match="第六十六条") as refused:
        read_terms(document, bounds(), pays=pays)
    assert refused.value.where["rule"] == "cn.kpi.single"


def test_the_bounds_themselves_are_allowed():
    weights = {"recovered": 7_000, "promises_kept": 1_000, "complaints": 2_000}
    assert read_terms({"weights_bps": weights}, bounds(), pays=False).weights_bps == weights


@pytest.mark.parametrize(
    "deductions",
    [
        {"minor": 100, "serious": 1000},
        {"minor": 0, "serious": 1000, "grave": 5000},
        {"minor": 50, "serious": 499, "grave": 5000},
    ],
)
def test_complaints_must_cost_something(deductions):
    with pytest.raises(SchemeRefused, match="harsh") as refused:
        read_terms(scheme(deductions_bps=deductions), bounds(), pays=True)
    assert refused.value.where["rule"] == "in.kpi"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"weights_bps": GOOD["weights_bps"]},
        scheme(more=1),
        scheme(weights_bps={}),
        scheme(weights_bps=[("recovered", 6000)]),
        scheme(weights_bps={"recovered": 6000, "complaints": 3999}),
        scheme(weights_bps={"recovered": 6000, "complaints": 4001}),
        scheme(weights_bps={"recovered": 6000.0, "complaints": 4000}),
        scheme(weights_bps={"recovered": True, "complaints": 9999}),
        scheme(weights_bps={"recovered": 11_000, "complaints": -1_000}),
        scheme(weights_bps={"recovered": 6000, "smiles": 4000}),
        scheme(rates_bps=dict.fromkeys(BUCKETS[1:], 500)),
        scheme(rates_bps={**GOOD["rates_bps"], "M9": 1}),
        scheme(rates_bps={**GOOD["rates_bps"], "M1": 5_001}),
        scheme(rates_bps={**GOOD["rates_bps"], "M1": "500"}),
        scheme(caps={"XXX": {"month_minor": 1}}),
        scheme(caps={"CNY": {}}),
        scheme(caps={"CNY": {"year_minor": 1}}),
        scheme(caps={"CNY": {"month_minor": -1}}),
        scheme(caps={"CNY": 5}),
        scheme(deductions_bps={**GOOD["deductions_bps"], "odd": 1}),
        scheme(deductions_bps={**GOOD["deductions_bps"], "grave": 10_001}),
        "recovered",
    ],
)
def test_what_is_no_scheme_is_refused(document):
    with pytest.raises(BadInput) as refused:
        read_terms(document, bounds(), pays=True)
    assert not isinstance(refused.value, SchemeRefused)


def test_staff_are_paid_no_commission():
    with pytest.raises(BadInput):
        read_terms(GOOD, bounds(), pays=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("most_money_bps", 10_000),
        ("most_money_bps", 9_000),
        ("least_conduct_bps", 0),
        ("least_deduction_bps", {"minor": 0, "serious": 1, "grave": 1}),
        ("least_deduction_bps", {"minor": 1}),
        ("rules", {}),
        ("report_within_hours", 0),
    ],
)
def test_bounds_cannot_be_loosened_to_nothing(name, value):
    data = yaml.safe_load(SOURCE.read_text("utf-8"))
    read_bounds(yaml.safe_dump(data))
    with pytest.raises(ConfigError):
        read_bounds(yaml.safe_dump({**data, name: value}))


STAFF = {"weights_bps": {"recovered": 5000, "complaints": 3000, "training": 2000}}
AIMS = {"recovered": {"CNY": 200}, "complaints": 10_000, "training": 8_000}


def test_more_money_than_aimed_at_makes_up_for_nothing():
    terms = read_terms(STAFF, bounds(), pays=False)
    scores = {"complaints": 5_000, "training": 8_000}
    reached = progress(terms, AIMS, {"CNY": 1_000_000}, scores)
    assert [each.attained_bps for each in reached] == [10_000, 5_000, 10_000]
    assert score_bps(reached) == 5000 + 1500 + 2000
    assert score_bps(progress(terms, AIMS, {"CNY": -5}, scores)) == 3500


def test_a_score_waits_until_all_of_it_is_known():
    terms = read_terms(STAFF, bounds(), pays=False)
    reached = progress(terms, AIMS, {}, {"training": 8_000})
    assert [each.attained_bps for each in reached] == [0, None, 10_000]
    assert score_bps(reached) is None


@pytest.mark.parametrize(
    "aims",
    [
        {"recovered": {"CNY": 200}},
        {**AIMS, "data_accuracy": 1},
        {**AIMS, "recovered": 200},
        {**AIMS, "recovered": {"CNY": 1, "USD": 1}},
        {**AIMS, "recovered": {"CNY": 0}},
        {**AIMS, "training": 0},
        {**AIMS, "training": 10_001},
        {**AIMS, "training": True},
    ],
)
def test_aims_that_leave_something_out_are_refused(aims):
    with pytest.raises(BadInput):
        read_aims(aims, read_terms(STAFF, bounds(), pays=False))


def test_every_step_of_a_statement_is_somebodys_to_take():
    wanted = {"statements.read", "statements.manage", "statements.dispute", "statements.approve"}
    assert wanted <= TABLE.known
    disputing = {role for role in TABLE.roles if "statements.dispute" in TABLE.held[role]}
    assert disputing == {"agency_manager"}
    both = {"statements.manage", "statements.approve"}
    assert not any(both <= TABLE.held[role] for role in TABLE.roles)


def credit(ref: str, reverses: str | None = None) -> Credit:
    return Credit(ref, "L1", "CNY", date(2026, 3, 5), 10_000, "M1", 500, None, reverses)


def test_what_was_paid_and_taken_back_takes_no_room_under_the_cap():
    terms = read_terms(scheme(caps={"CNY": {"month_minor": 500}}), bounds(), pays=True)
    scores = dict.fromkeys(("promises_kept", "complaints", "training"), 10_000)
    lines = reckon(terms, scores, [credit("p1"), credit("p2"), credit("r1", "p1")], {}, {})
    earned = {line.payment_ref: line.commission_minor for line in lines}
    assert earned == {"p1": 500, "p2": 500, "r1": -500}
