"""The second pass, for a tape with faults: which rows go aside, and which go with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from arrears.book.check import between
from arrears.book.check.keys import repeated
from arrears.book.check.reasons import REASONS
from arrears.book.check.rows import Fault, any_of
from arrears.book.check.survey import Survey
from arrears.book.contract import FILE, ROW, TABLES
from arrears.book.fetch import count

_PLACE = [FILE, ROW]


@dataclass
class SetAside:
    """The rows of one table that are not accepted, by ``_file`` and ``_row``.

    Parameters
    ----------
    rows
        With ``reason`` and ``text``; None if there are none.
    surplus
        Identical duplicates beyond the first; None if there are none.
    """

    rows: Any = None
    surplus: Any = None

    def keep(self, stage: Any) -> None:
        """Make both outlive the stage: accepted rows are what they leave."""
        if self.rows is not None:
            self.rows = stage.keep(self.rows, result=True)
        if self.surplus is not None:
            self.surplus = stage.keep(self.surplus, result=True)


@dataclass(frozen=True)
class Found:
    """What the first pass left behind, for the second."""

    tables: dict[str, Any]
    faults: dict[str, list[Fault]]
    surveys: dict[str, Survey]
    loans: Any
    persons: Any
    known_payments: Any


def set_aside(con: Any, stage: Any, found: Found) -> tuple[dict[str, SetAside], Any]:
    """The rows to set aside of each table, and the loans set aside whole (None if none).

    First what is wrong in itself; then what belongs to a person set aside; then every other
    row of a loan that lost one.
    """
    aside = {name: _own(con, stage, name, found) for name in found.tables}
    _with_person(con, stage, found, aside)
    incomplete = _incomplete(con, stage, found, aside)
    if incomplete is not None:
        _with_loan(con, stage, found, aside, incomplete)
    return aside, incomplete


def _own(con: Any, stage: Any, name: str, found: Found) -> SetAside:
    rows, survey = found.tables[name], found.surveys[name]
    surplus = None
    faulty = []
    if survey.faulty:
        faulty.append(_row_faults(rows, found.faults[name]))
    if survey.repeated:
        surplus, differing = repeated(stage, name, rows)
        text = ibis.literal("expected one row of this key, found several that differ")
        faulty.append(between.told(differing, "duplicate.conflict", text))
    if survey.without_person:
        faulty.append(between.without_person(rows, found.persons))
    if survey.without_loan:
        faulty.append(between.without_loan(rows, found.loans))
    if survey.null_with_snapshots:
        snapshots = found.tables.get("snapshots")
        faulty.append(between.nulls_without_snapshots(rows, snapshots))
    if name == "payments" and found.known_payments is not None:
        faulty.append(between.changed(rows, found.known_payments))
    if survey.reversals:
        faulty += between.reversals(stage, rows, found.known_payments)
    if survey.doubled:
        faulty.append(between.schedules_twice(stage, rows, found.loans))
    if not faulty:
        return SetAside(None, surplus)
    every = faulty[0] if len(faulty) == 1 else ibis.union(*faulty)
    if surplus is not None:
        every = every.anti_join(surplus, _PLACE)
    first = stage.keep(_first_reason(every))
    return SetAside(first if count(con, first) else None, surplus)


def _row_faults(rows: Any, faults: list[Fault]) -> Any:
    """Each faulty row once: its first reason, and all that is wrong with it."""
    sure = [(fault.when.fill_null(False), fault) for fault in faults]
    by_rank = sorted(sure, key=lambda pair: list(REASONS).index(pair[1].reason))
    reason = ibis.cases(
        *((when, ibis.literal(fault.reason)) for when, fault in by_rank),
        else_=ibis.null("string"),
    )
    text: Any = ibis.literal("")
    for when, fault in by_rank:
        text = text + when.ifelse(fault.text.fill_null("") + "; ", "")
    named = rows.mutate(reason=reason, text=text).filter(any_of(faults))
    return named.select(FILE, ROW, "reason", text=named.text.substr(0, named.text.length() - 2))


def _first_reason(faulty: Any) -> Any:
    ranks = [(faulty.reason == code, ibis.literal(i)) for i, code in enumerate(REASONS)]
    ranked = faulty.mutate(_rank=ibis.cases(*ranks, else_=ibis.literal(len(REASONS))))
    window = ibis.window(group_by=_PLACE, order_by=["_rank", "text"])
    placed = ranked.mutate(_place=ibis.row_number().over(window))
    return placed.filter(placed._place == 0).select(FILE, ROW, "reason", "text")


def _with_person(con: Any, stage: Any, found: Found, aside: dict[str, SetAside]) -> None:
    """Rows of persons set aside: their loans, what they answer for, what is known of them."""
    if "persons" not in aside or aside["persons"].rows is None:
        return
    persons = found.tables["persons"]
    bad = persons.semi_join(aside["persons"].rows, _PLACE).select("person_id")
    # Of two rows that differ both are aside; of a person nobody can name, none.
    bad = stage.keep(bad.filter(bad.person_id.notnull()).distinct())
    for name, rows in found.tables.items():
        if name == "persons" or "person_id" not in rows.columns:
            continue
        theirs = rows.semi_join(bad, "person_id")
        text = ibis.literal("person ") + theirs.person_id + " was set aside"
        _add(con, stage, aside[name], between.told(theirs, "person.set_aside", text))


def _incomplete(con: Any, stage: Any, found: Found, aside: dict[str, SetAside]) -> Any:
    """The loans that lost a row: loan_id and the first cause, in words."""
    lost = []
    for name, rows in found.tables.items():
        if not TABLES[name].of_loan or aside[name].rows is None:
            continue
        told = rows.inner_join(aside[name].rows, _PLACE)
        cause = ibis.literal(f"{name} row ") + told[ROW].cast("string") + ": " + told.reason
        lost.append(told.filter(told.loan_id.notnull()).select("loan_id", cause=cause))
    if not lost:
        return None
    every = lost[0] if len(lost) == 1 else ibis.union(*lost)
    each = every.group_by("loan_id").agg(cause=lambda t: t.cause.min())
    # A row without a loan is set aside alone: nothing hangs on it.
    loans = stage.keep(each.semi_join(found.loans, "loan_id"), result=True)
    return loans if count(con, loans) else None


def _with_loan(
    con: Any, stage: Any, found: Found, aside: dict[str, SetAside], incomplete: Any
) -> None:
    for name, rows in found.tables.items():
        # A recall of a loan holds however its rows look.
        if name == "recalls" or "loan_id" not in rows.columns:
            continue
        theirs = rows.inner_join(incomplete, "loan_id")
        text = ibis.literal("the loan was set aside whole for ") + theirs.cause
        _add(con, stage, aside[name], between.told(theirs, "loan.incomplete", text))


def _add(con: Any, stage: Any, aside: SetAside, more: Any) -> None:
    """Add rows that are not aside yet, and not surplus."""
    if aside.rows is not None:
        more = more.anti_join(aside.rows, _PLACE)
    if aside.surplus is not None:
        more = more.anti_join(aside.surplus, _PLACE)
    kept = stage.keep(more)
    if not count(con, kept):
        return
    aside.rows = kept if aside.rows is None else stage.keep(ibis.union(aside.rows, kept))
