"""The sweep on small rulebooks: constants, what is missing, wrong or unknown, days and packs."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import ibis
import pytest
from swept import ON, WHO, forbid, frame, rulebook, swept

from arrears.rulebook.load import Rulebook, load_rulebook
from arrears.rulebook.sweep import DAYS, BadFrame, Question, sweep

THREATS = forbid("cn.threats", "context.threatening")
CALLS = forbid("cn.calls", "context.calls_connected_today >= 3")
HOURS = forbid(
    "cn.hours",
    "!context.hours_consent && (!(context has local_minute) || context.local_minute < 480"
    " || context.local_minute >= 1320)",
)
SMS = forbid("cn.sms", 'context.channel in [Channel::"sms", Channel::"push"] && context.overdue')


@pytest.fixture
def book(tmp_path: Path) -> Rulebook:
    return rulebook(tmp_path, cn=[THREATS, CALLS, HOURS, SMS])


FINE = {
    "threatening": False,
    "calls_connected_today": 2,
    "hours_consent": False,
    "local_minute": 600,
    "channel": "email",
    "overdue": True,
}


def test_every_refusing_rule_is_named_in_order(book: Rulebook) -> None:
    rows = [
        FINE,
        {**FINE, "calls_connected_today": 3},
        {**FINE, "threatening": True, "channel": "push", "local_minute": 1320},
        {**FINE, "local_minute": 480},
        {**FINE, "local_minute": 1319, "channel": "app"},
        {**FINE, "local_minute": 0, "hours_consent": True},
    ]
    hours = ["cn.hours", "cn.sms", "cn.threats"]
    assert swept(rows, book) == [[], ["cn.calls"], hours, [], [], []]


def test_unknown_missing_and_wrong_are_three_things(book: Rulebook) -> None:
    rows = [
        {**FINE, "local_minute": None},
        {**FINE, "local_minute": None, "hours_consent": True},
        {**FINE, "threatening": None},
        {**FINE, "calls_connected_today": None, "threatening": True},
        {**FINE, "calls_connected_today": -1},
        {**FINE, "calls_connected_today": 1_000_001},
        {**FINE, "calls_connected_today": 1_000_000},
        {**FINE, "local_minute": 1440},
        {**FINE, "channel": "SMS"},
        {**FINE, "channel": ""},
        {**FINE, "channel": None},
        {**FINE, "channel": "smoke", "threatening": None},
    ]
    assert swept(rows, book) == [
        ["cn.hours"],
        [],
        ["missing"],
        ["missing"],
        ["error"],
        ["error"],
        ["cn.calls"],
        ["error"],
        ["error"],
        ["error"],
        ["missing"],
        ["error"],
    ]


def test_a_fact_without_a_column_is_missing_even_where_it_may_be_unknown(book: Rulebook) -> None:
    for name in FINE:
        row = {key: value for key, value in FINE.items() if key != name}
        assert swept([row], book) == [["missing"]]
        constants = {**WHO, "jurisdiction": "cn", name: FINE[name]}
        assert swept([row], book, constants=constants) == [[]]


def test_it_says_which_facts_no_column_gives(book: Rulebook) -> None:
    table = ibis.memtable(frame([FINE])).drop("threatening", "overdue")
    constants = {**WHO, "jurisdiction": "cn", "channel": None}
    asked = Question(table, "message", ON, book, constants=constants)
    assert asked.lacks() == ("channel", "overdue", "threatening")


def test_a_constant_wins_and_what_it_rules_out_is_not_asked(book: Rulebook) -> None:
    table = ibis.memtable(frame([FINE]))
    constants = {**WHO, "jurisdiction": "cn", "channel": "email", "hours_consent": True}
    asked = Question(table, "message", ON, book, constants=constants)
    assert [name for part in asked.parts for name, _ in part.forbids] == ["cn.calls", "cn.threats"]
    rows = [{**FINE, "channel": "sms"}, {**FINE, "channel": "no such thing"}]
    assert swept(rows, book, constants=constants) == [[], []]
    constants |= {"channel": "sms", "threatening": True}
    assert swept(rows, book, constants=constants) == [["cn.sms", "cn.threats"]] * 2


def test_all_facts_may_be_constants(book: Rulebook) -> None:
    constants = {**WHO, "jurisdiction": "cn", **FINE}
    assert swept([{}, {}], book, constants=constants) == [[], []]
    constants["local_minute"] = None
    assert swept([{}], book, constants=constants) == [["cn.hours"]]
    constants["jurisdiction"] = "us"
    assert swept([{}], book, constants=constants) == [["error"]], "there is no such pack"


def test_jurisdictions_row_by_row(tmp_path: Path) -> None:
    book = rulebook(
        tmp_path,
        cn=[forbid("cn.a", "context.calls_connected_today >= 3")],
        us=[forbid("us.b", "context.calls_7d_debt >= 7")],
        house=[forbid("house.c", "context.vulnerable")],
    )
    over = {"calls_connected_today": 9, "calls_7d_debt": 9, "vulnerable": True}
    lacking = {"calls_connected_today": 0, "calls_7d_debt": None, "vulnerable": False}
    rows = [
        {**facts, "jurisdiction": place}
        for place in ("cn", "us", "gb", "in", "CN", "", None)
        for facts in (over, lacking)
    ]
    assert swept(rows, book, constants=WHO) == [
        ["cn.a", "house.c"],
        [],
        ["house.c", "us.b"],
        ["missing"],
        *([["error"]] * 8),  # no pack, no such jurisdiction
        ["cn.a", "house.c", "us.b"],
        ["missing"],
    ]


def test_scopes_of_actors_parties_and_acts(tmp_path: Path) -> None:
    book = rulebook(
        tmp_path,
        cn=[
            forbid("cn.a", "true", scope='principal == Actor::"agency", action, resource'),
            forbid("cn.b", "true", scope='principal, action == Action::"letter", resource'),
            forbid("cn.c", "true", scope='principal, action, resource == Party::"employer"'),
            forbid("cn.d", 'principal == Actor::"lender" && resource != Party::"borrower"'),
            forbid("cn.e", "context.vulnerable", status="draft"),
        ],
    )
    who = [("agency", "borrower"), ("lender", "borrower"), ("lender", "employer"),
           ("agency", "employer"), ("nobody", "borrower"), ("lender", "all"), (None, "borrower"),
           ("lender", None)]  # fmt: skip
    rows = [{"actor": actor, "party": party} for actor, party in who]
    given = {"constants": {"jurisdiction": "cn"}}
    expected = [["cn.a"], [], ["cn.c", "cn.d"], ["cn.a", "cn.c"], *([["error"]] * 4)]
    assert swept(rows, book, **given) == expected
    letters = [["cn.a", "cn.b"], ["cn.b"], ["cn.b", "cn.c", "cn.d"], ["cn.a", "cn.b", "cn.c"]]
    assert swept(rows, book, act="letter", **given) == letters + [["error"]] * 4


def test_conditions_of_both_kinds(tmp_path: Path) -> None:
    rule = forbid("cn.a", "context.overdue } unless { context.vulnerable || context.active_plan")
    facts = ("overdue", "vulnerable", "active_plan")
    rows = [dict(zip(facts, values, strict=True)) for values in product((True, False), repeat=3)]
    found = swept(rows, rulebook(tmp_path, cn=[rule]))
    assert found == [[], [], [], ["cn.a"], [], [], [], []]


def test_versions_of_a_rule_by_each_persons_day(tmp_path: Path) -> None:
    new, old = ("2026-03-02", ""), ("", "2026-03-02")
    book = rulebook(
        tmp_path,
        cn=[
            forbid("cn.a", "context.calls_7d_debt >= 7", days=old),
            forbid("cn.a", "context.messages_7d >= 1", days=new),
            forbid("cn.b", "context.overdue", days=("2026-03-04", "")),
        ],
    )
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]
    facts: dict[str, Any] = {"calls_7d_debt": 7, "messages_7d": 0}
    asked = {day: swept([facts, {"messages_7d": 1}], book, on=day) for day in days}
    assert asked[days[0]] == [["cn.a"], ["missing"]]
    assert asked[days[1]] == [[], ["cn.a"]]
    spans = [(0, 0), (0, 1), (1, 1), (2, 2), (1, 0), (0, 2)]
    first, last = DAYS
    rows = [
        {**given, first: days[a], last: days[b]}
        for a, b in spans
        for given in (facts, {"calls_7d_debt": None, "messages_7d": 1})
    ]
    rows.append({"calls_7d_debt": 0, "messages_7d": 1, first: days[0], last: days[1]})
    rows += [{**facts, first: date(2026, 2, 28), last: days[0]}, {**facts, first: days[0]}]
    assert swept(rows, book, on=days[1], days=DAYS) == [
        *(["cn.a"], ["missing"]),
        *(["cn.a"], ["missing"]),
        *([], ["cn.a"]),
        *([], ["cn.a"]),
        *(["error"], ["error"]),  # the wrong way round
        *(["cn.a"], ["missing"]),
        ["cn.a"],  # by the new one, in force on the last day
        ["error"],  # two days before
        ["error"],  # unknown
    ]


def test_a_permit_that_does_not_hold_refuses(tmp_path: Path) -> None:
    rulebook(tmp_path, cn=[THREATS])
    path = tmp_path / "house" / "base.cedar"
    text = path.read_text(encoding="utf-8").replace(
        "permit (principal, action, resource);",
        "permit (principal, action, resource) when { context.in_charge };",
    )
    path.write_text(text, encoding="utf-8")
    rows = [{"in_charge": c, "threatening": t} for c in (True, False) for t in (True, False)]
    found = swept(rows, load_rulebook(tmp_path))
    assert found == [["cn.threats"], [], ["cn.threats"], ["error"]]


def test_five_hundred_rules_are_not_too_deep(tmp_path: Path) -> None:
    rules = [forbid(f"cn.r{n:03}", f"context.days_past_due == {n}") for n in range(500)]
    rows = [{"days_past_due": n} for n in (0, 250, 499, 500)]
    found = swept(rows, rulebook(tmp_path, cn=rules))
    assert found == [["cn.r000"], ["cn.r250"], ["cn.r499"], []]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"act": "shout"}, "no such act"),
        ({"constants": {"jurisdiction": "cn", "actor": "lender"}}, "does not say the party"),
        ({"constants": WHO}, "does not say the jurisdiction"),
        ({"constants": {**WHO, "jurisdiction": "fr"}}, "constant of the sweep"),
        ({"constants": {**WHO, "jurisdiction": "cn", "party": "dog"}}, "constant of the sweep"),
        ({"constants": {**WHO, "jurisdiction": "cn", "chanel": "sms"}}, "constant of the sweep"),
        ({"constants": {**WHO, "jurisdiction": "cn", "overdue": 1}}, "constant of the sweep"),
        ({"constants": {**WHO, "jurisdiction": "cn", "channel": "SMS"}}, "constant of the sweep"),
        ({"days": ("row", "row")}, "no days"),
        ({"days": ("first", "last")}, "no days"),
    ],
)
def test_what_cannot_be_asked_is_said(book: Rulebook, how: dict[str, Any], message: str) -> None:
    with pytest.raises(BadFrame, match=message):
        swept([FINE], book, **how)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("threatening", [1]),
        ("threatening", ["true"]),
        ("calls_connected_today", [1.0]),
        ("calls_connected_today", ["3"]),
        ("channel", [4]),
        ("local_minute", [True]),
    ],
)
def test_a_column_of_another_type_is_not_guessed_at(
    book: Rulebook, name: str, values: list[Any]
) -> None:
    table = frame([FINE])
    at = table.schema.get_field_index(name)
    wrong = ibis.memtable(table.set_column(at, name, [values]))
    constants = {**WHO, "jurisdiction": "cn"}
    with pytest.raises(BadFrame, match=f"column '{name}' has the wrong type"):
        sweep(wrong, "message", ON, book, constants=constants)


def test_a_column_of_nulls_alone_is_read_as_null(book: Rulebook) -> None:
    table = frame([FINE])
    for name in ("local_minute", "channel"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, [[None]])
    con = ibis.duckdb.connect(threads=1)
    asked = sweep(
        ibis.memtable(table), "message", ON, book, reasons=True,
        constants={**WHO, "jurisdiction": "cn"},
    )  # fmt: skip
    assert con.to_pyarrow(asked.reasons).to_pylist() == [["missing"]]
