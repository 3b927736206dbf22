"""The totals of a tape, each side counted by itself, so that a lost row would show."""

from __future__ import annotations

from typing import Any

from arrears.book.check.rejected import MONEY, currency_of_row, money_of_row
from arrears.book.check.set_aside import SetAside
from arrears.book.check.survey import UNKNOWN, Survey
from arrears.book.contract import FILE, ROW, TABLES
from arrears.book.exact import total
from arrears.book.fetch import fetch
from arrears.book.functions import json_text
from arrears.book.read.stage import EXTRA
from arrears.book.totals import Count, OutcomeCount, TableTotals

Sums = dict[str, tuple[int, int]]
"""Rows and money by currency."""


def counted(
    con: Any,
    tables: dict[str, Any],
    surveys: dict[str, Survey],
    kept: dict[str, Any],
    aside: dict[str, SetAside],
    rejected: Any,
    loans: Any,
) -> dict[str, TableTotals]:
    """The totals of every table.

    Received comes from the first pass, set aside from the rejected rows, accepted from a count
    of what is accepted. Of a table without faults the accepted rows are the received ones.
    """
    reasons, gone = _rejected(con, rejected)
    totals = {}
    for name, rows in tables.items():
        seen = {
            currency: (count, surveys[name].money[currency])
            for currency, count in surveys[name].rows.items()
        }
        surplus: Sums = {}
        accepted = seen
        if aside[name].rows is not None or aside[name].surplus is not None:
            accepted = _sums(con, name, kept[name], loans)
        if aside[name].surplus is not None:
            extra = rows.semi_join(aside[name].surplus, [FILE, ROW])
            surplus = _sums(con, name, extra, loans)
        totals[name] = _totals(name, seen, accepted, gone.get(name, {}), surplus, reasons)
    return totals


def _sums(con: Any, name: str, rows: Any, loans: Any) -> Sums:
    placed = currency_of_row(name, rows, loans)
    money = placed.mutate(_money=money_of_row(name, placed))
    by = money.group_by("_currency").agg(rows=lambda t: t.count(), money=lambda t: total(t._money))
    return {row["_currency"] or UNKNOWN: (row["rows"], int(row["money"])) for row in fetch(con, by)}


def _rejected(con: Any, rejected: Any) -> tuple[dict[str, dict[str, int]], dict[str, Sums]]:
    reasons: dict[str, dict[str, int]] = {}
    sums: dict[str, Sums] = {}
    if rejected is None:
        return reasons, sums
    by = rejected.group_by("table", "reason", "currency").agg(
        rows=lambda t: t.count(), money=lambda t: total(t[MONEY])
    )
    for row in fetch(con, by):
        of_table = reasons.setdefault(row["table"], {})
        of_table[row["reason"]] = of_table.get(row["reason"], 0) + row["rows"]
        currency = row["currency"] or UNKNOWN
        of_sums = sums.setdefault(row["table"], {})
        rows, money = of_sums.get(currency, (0, 0))
        of_sums[currency] = (rows + row["rows"], money + int(row["money"]))
    return reasons, sums


def _totals(
    name: str,
    seen: Sums,
    accepted: Sums,
    gone: Sums,
    surplus: Sums,
    reasons: dict[str, dict[str, int]],
) -> TableTotals:
    def count(index: int, currencies: list[str]) -> Count:
        seen_, accepted_, gone_, surplus_ = (
            sum(sums.get(currency, (0, 0))[index] for currency in currencies)
            for sums in (seen, accepted, gone, surplus)
        )
        return Count(seen_ - surplus_, accepted_, gone_, surplus_)

    currencies = sorted({*seen, *accepted, *gone, *surplus})
    money = {currency: count(1, [currency]) for currency in currencies}
    return TableTotals(
        rows=count(0, currencies),
        money=money if TABLES[name].money else {},
        reasons=reasons.get(name, {}),
    )


def outcomes(con: Any, kept: dict[str, Any], mapping: Any) -> tuple[OutcomeCount, ...]:
    """How many accepted rows have each outcome that the mapping names."""
    found = []
    for outcome in mapping.outcomes:
        rows = kept.get(outcome.table)
        if rows is None or EXTRA not in rows.columns:
            continue
        value = json_text(con, rows[EXTRA], outcome.column)
        row = rows.agg(of=rows.count(), rows=(value == outcome.equals).sum())
        counts = fetch(con, row)[0]
        found.append(OutcomeCount(outcome.name, counts["rows"] or 0, counts["of"]))
    return tuple(found)
