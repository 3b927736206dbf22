"""What a day means for the cases, against one person after another in plain Python."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.book.age import BUCKETS
from arrears.book.age import SCHEMA as AGED
from arrears.book.persons import SCHEMA as PERSONS
from arrears.book.treat import SCHEMA as TREATED
from arrears.cases.rules import CLOSED_CASES, OPEN_CASES, OPEN_LOANS, Facts, decide
from arrears.kernel.ids import named

AS_OF = date(2026, 6, 30)
TREATMENTS = ("remind_sms", "call", "letter")
_TREATMENT_COLUMNS = [name for name in TREATED if name != "person_id"]


@dataclass
class Loan:
    """One loan of one person, as the facts of a day know it.

    ``aged`` is its bucket if it is overdue and may be collected, ``in_case`` its bucket as the
    open case last had it.
    """

    ref: str
    aged: str | None
    in_case: str | None
    hold: str | None
    accepted: date | None


@dataclass
class Someone:
    """One person of the facts."""

    ref: str
    loans: list[Loan] = field(default_factory=list)
    case: str | None = None
    rank: int = 1
    treated: str = "call"
    treat: str = "call"
    some_cured: bool = False
    closed: tuple[str, int] | None = None


def _uuid(text: str) -> str:
    return str(named("test", text))


days = st.sampled_from([None, AS_OF - timedelta(1), AS_OF, AS_OF + timedelta(1)])
buckets = st.sampled_from(BUCKETS)


@st.composite
def people(draw: st.DrawFn) -> list[Someone]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        person = Someone(f"人-{number}'")
        has_case = draw(st.booleans())
        for loan in range(draw(st.integers(0, 4))):
            in_case = draw(buckets) if has_case and draw(st.booleans()) else None
            # A loan in doubt is never among the aged; one that is neither is of no concern.
            fate = draw(st.sampled_from(["aged", "held", "accepted"]))
            if in_case is None and fate != "aged":
                continue
            person.loans.append(
                Loan(
                    ref=f"L{number}-{loan}",
                    aged=draw(buckets) if fate == "aged" else None,
                    in_case=in_case,
                    hold=draw(st.sampled_from(["data_doubt", "missing"]))
                    if fate == "held"
                    else None,
                    accepted=draw(days),
                )
            )
        if has_case:
            person.case = _uuid(person.ref)
            person.rank = draw(st.integers(1, 7))
            person.treated = draw(st.sampled_from(TREATMENTS))
            person.some_cured = draw(st.booleans())
        elif draw(st.booleans()):
            person.closed = (_uuid(f"closed {person.ref}"), draw(st.integers(0, 2)))
        person.treat = draw(st.sampled_from(TREATMENTS))
        if person.loans or person.case or person.closed:
            found.append(person)
    return found


def _worst(loans: list[Loan]) -> Loan:
    return max((loan for loan in loans if loan.aged), key=lambda x: BUCKETS.index(x.aged or "M1"))


def _aged_row(person: Someone, loan: Loan) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(AGED)
    amount = 100 + BUCKETS.index(loan.aged or "M1")
    return row | {
        "loan_id": loan.ref,
        "person_id": person.ref,
        "as_of": AS_OF,
        "currency": "CNY",
        "overdue_minor": amount,
        "bucket": loan.aged,
    }


def _person_row(person: Someone) -> dict[str, Any]:
    aged = [loan for loan in person.loans if loan.aged]
    row: dict[str, Any] = dict.fromkeys([*PERSONS, *_TREATMENT_COLUMNS])
    return row | {
        "person_id": person.ref,
        "as_of": AS_OF,
        "currency": "CNY",
        "product": "other",
        "overdue_minor": sum(100 + BUCKETS.index(loan.aged or "M1") for loan in aged),
        "loans_count": len(aged),
        "other_currencies": False,
        "bucket": _worst(aged).aged,
        "treatment": person.treat,
        "rule": "r",
        "table": "t",
        "version": 1,
        "arm": "champion",
    }


_PERSONS = pa.schema(
    [*PERSONS.to_pyarrow(), *(TREATED.to_pyarrow().field(n) for n in _TREATMENT_COLUMNS)]
)


def _facts(everybody: list[Someone]) -> Facts:
    return Facts(
        aged=pa.Table.from_pylist(
            [_aged_row(p, loan) for p in everybody for loan in p.loans if loan.aged],
            AGED.to_pyarrow(),
        ),
        persons=pa.Table.from_pylist(
            [_person_row(p) for p in everybody if any(loan.aged for loan in p.loans)], _PERSONS
        ),
        open_loans=pa.Table.from_pylist(
            [
                {
                    "person_ref": p.ref,
                    "case_id": p.case,
                    "loan_ref": loan.ref,
                    "bucket": loan.in_case,
                    "hold": loan.hold,
                    "accepted_book_on": loan.accepted,
                }
                for p in everybody
                for loan in p.loans
                if loan.in_case
            ],
            OPEN_LOANS,
        ),
        open_cases=pa.Table.from_pylist(
            [
                {
                    "person_ref": p.ref,
                    "case_id": p.case,
                    "bucket_rank": p.rank,
                    "treatment": p.treated,
                    "some_cured": p.some_cured,
                }
                for p in everybody
                if p.case
            ],
            OPEN_CASES,
        ),
        closed_cases=pa.Table.from_pylist(
            [
                {"person_ref": p.ref, "case_id": p.closed[0], "opened_that_day": p.closed[1]}
                for p in everybody
                if p.closed
            ],
            CLOSED_CASES,
        ),
    )


def _fate(loan: Loan) -> str:
    """Overdue beats all; a doubt keeps it; only a book of that day or later cures."""
    if loan.aged:
        return "overdue"
    if loan.hold:
        return "held"
    if loan.accepted is not None and loan.accepted >= AS_OF:
        return "cured"
    return "waiting"


def _oracle(person: Someone) -> dict[str, Any] | None:
    """What becomes of one person: the case, its timeline, the spans; None: nothing at all."""
    fates = {loan.ref: _fate(loan) for loan in person.loans}
    overdue = [loan for loan in person.loans if fates[loan.ref] == "overdue"]
    if not person.case and not overdue:
        return None
    cured = [ref for ref, fate in fates.items() if fate == "cured"]
    kept = overdue or [ref for ref, fate in fates.items() if fate in ("held", "waiting")]
    lines: list[tuple[str, str | None, Any]] = [("loan_left", ref, "cured") for ref in cured]
    bucket = _worst(overdue).aged if overdue else None
    previous = None
    if not person.case:
        opened = person.closed[1] + 1 if person.closed else 1
        case_id = str(named("case", person.ref, AS_OF.isoformat(), str(opened)))
        previous = person.closed[0] if person.closed else None
        change = "open"
        lines.append(("opened", None, bucket))
    else:
        case_id = person.case
        change = "go_on" if kept else "cure" if cured or person.some_cured else "withdraw"
        lines += [("loan_joined", loan.ref, loan.aged) for loan in overdue if not loan.in_case]
        if bucket is not None:
            rank = BUCKETS.index(bucket) + 1
            if rank != person.rank:
                lines.append(("escalated" if rank > person.rank else "eased", None, bucket))
            if person.treat != person.treated:
                lines.append(("treated", None, person.treat))
        if change != "go_on":
            lines.append(("cured" if change == "cure" else "withdrawn", None, None))
    # A loan that is held beside one that is not still holds the case.
    holds = [loan.hold for loan in person.loans if loan.hold]
    return {
        "case_id": case_id,
        "change": change,
        "previous_id": previous,
        "fresh": bool(overdue),
        "hold": min(holds) if holds and kept else None,
        "bucket": bucket,
        "treatment": person.treat if overdue else None,
        "lines": sorted(lines, key=str),
        "fates": fates,
        "spans": {
            loan.ref: loan.aged
            for loan in person.loans
            if fates[loan.ref] == "cured" or (loan.aged and loan.aged != loan.in_case)
        },
    }


def _said(kind: str, data: str) -> Any:
    """Of an event's data, what the oracle tells too."""
    told = json.loads(data)
    of = {"opened": "bucket", "loan_joined": "bucket", "loan_left": "because"}
    return told.get(of.get(kind, "to"))


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as connection:
        yield connection


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people())
def test_a_day_is_for_all_what_it_is_for_each(con, everybody):
    changes = decide(con, _facts(everybody), AS_OF)

    by_loan = {loan.ref: person for person in everybody for loan in person.loans}
    lines = defaultdict(list)
    events = changes.events.to_pylist()
    for event in events:
        refs = [r for r in by_loan if str(named("loan", r)) == event["loan_id"]]
        ref = refs[0] if refs else None
        said = _said(event["kind"], event["data"])
        lines[event["person_ref"]].append((event["kind"], ref, said))
        natural = (event["case_id"], event["kind"], ref or "", AS_OF.isoformat())
        assert event["id"] == str(named("event", *natural))
    spans = defaultdict(dict)
    for row in changes.spans.to_pylist():
        spans[row["person_ref"]][row["loan_ref"]] = row["bucket"]
    fates = defaultdict(dict)
    for row in changes.loans.to_pylist():
        fates[row["person_ref"]][row["loan_ref"]] = row["fate"]
        assert row["loan_id"] == str(named("loan", row["loan_ref"]))

    found = {row["person_ref"]: row for row in changes.cases.to_pylist()}
    assert len(found) == changes.cases.num_rows  # at most one case each (V8)
    expected = {p.ref: told for p in everybody if (told := _oracle(p)) is not None}
    assert set(found) == set(expected)
    for ref, told in expected.items():
        row = found[ref]
        assert row["person_id"] == str(named("person", ref))
        same = ("case_id", "change", "previous_id", "fresh", "hold", "bucket", "treatment")
        assert {name: row[name] for name in same} == {name: told[name] for name in same}
        assert sorted(lines[ref], key=str) == told["lines"]
        assert dict(fates[ref]) == told["fates"]
        assert dict(spans[ref]) == told["spans"]
    assert set(lines) <= set(expected)


@settings(max_examples=20, deadline=None)
@given(people())
def test_a_day_decided_again_gives_the_same_tables(con, everybody):
    facts = _facts(everybody)
    first, second = decide(con, facts, AS_OF), decide(con, facts, AS_OF)
    for name in type(first).__slots__:
        assert getattr(first, name).equals(getattr(second, name))
