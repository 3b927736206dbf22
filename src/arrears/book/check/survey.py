"""The first pass: each table counted and summed once, and whether anything can be wrong.

One scan of each table answers for a sound tape. Only what this pass raises is looked into.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ibis

from arrears.book.check.keys import hashes_met_again, seq_mask
from arrears.book.check.rows import any_of
from arrears.book.contract import NULL_WITH_SNAPSHOTS, TABLES
from arrears.book.exact import WIDE, is_spark, literal, total
from arrears.book.fetch import count, fetch
from arrears.book.functions import bit_count, bit_or

UNKNOWN = "unknown"
"""The currency of rows whose loan is not known."""


@dataclass
class Survey:
    """What one pass over a table found; zeros mean that there is nothing to look into.

    Parameters
    ----------
    rows, money
        By currency; money in minor units, of the cells that are amounts.
    faulty
        Rows with a fault of their own.
    repeated
        Keys, or hashes of keys, that come more than once.
    without_loan, without_person
        Rows whose loan or person is not there.
    reversals
        Payments that reverse another.
    doubled
        Loans whose schedule may stand twice.
    elsewhere
        Persons with coordinates in another system than WGS-84.
    null_with_snapshots
        Loans that lack what only a loan with snapshots may lack.
    null_loans
        Rows that name no loan.
    """

    rows: dict[str, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    faulty: int = 0
    repeated: int = 0
    without_loan: int = 0
    without_person: int = 0
    reversals: int = 0
    doubled: int = 0
    elsewhere: int = 0
    null_with_snapshots: int = 0
    null_loans: int = 0

    @property
    def sound(self) -> bool:
        """Whether every row can be taken as it is; reversals are judged apart."""
        return not (
            self.faulty
            or self.repeated
            or self.without_loan
            or self.without_person
            or self.doubled
            or self.null_with_snapshots
        )


def money_of(con: Any, table: str, rows: Any) -> Any:
    """The exact sum of a table's money as an aggregate; null cells count nothing."""
    sums = [money_of_column(con, rows[name]).fill_null(literal(0)) for name in TABLES[table].money]
    money: Any = literal(0) if not sums else sums[0]
    for part in sums[1:]:
        money = money + part
    return money.cast(WIDE)


def missing(con: Any, rows: Any, there: Any, key: str) -> int:
    """How many rows refer to what is not there."""
    orphans = rows.filter(rows[key].notnull()).anti_join(there, key)
    return count(con, orphans)


def survey(
    con: Any,
    table: str,
    rows: Any,
    faults: list[Any],
    loans: Any | None,
    currency: str | None = None,
) -> Survey:
    """Count and sum one table.

    Parameters
    ----------
    loans
        loan_id (unique), currency and principal_minor of every loan that rows may belong to.
    currency
        The one currency of all of them, if they have but one.
    """
    spec = TABLES[table]
    if table == "loans":
        found = _loans(con, rows, faults)
    elif spec.of_loan and loans is not None:
        found = _of_loan(con, table, rows, faults, loans, currency)
    else:
        found = _alone(con, table, rows, faults)
    if table != "instalments":
        found.repeated = hashes_met_again(con, table, rows)
    return found


def _loans(con: Any, rows: Any, faults: list[Any]) -> Survey:
    gap: Any = ibis.literal(False)
    for name in NULL_WITH_SNAPSHOTS:
        gap = gap | rows[name].isnull()
    by = rows.group_by(currency=rows.currency).agg(
        rows=rows.count(),
        money=money_of(con, "loans", rows),
        faulty=any_of(faults).sum(),
        gaps=gap.sum(),
    )
    found = Survey()
    for row in fetch(con, by):
        _count(found, row)
        found.null_with_snapshots += row["gaps"]
    return found


def _count(found: Survey, row: dict[str, Any]) -> None:
    currency = row["currency"] or UNKNOWN
    found.rows[currency] = found.rows.get(currency, 0) + row["rows"]
    found.money[currency] = found.money.get(currency, 0) + int(row["money"])
    found.faulty += row["faulty"]


def _of_loan(
    con: Any, table: str, rows: Any, faults: list[Any], loans: Any, currency: str | None
) -> Survey:
    if currency is not None and table != "instalments":
        # With one currency a reference need not be followed, only be there: half the cost.
        found = _alone(con, table, rows, faults)
        if not found.null_loans and not missing(con, rows, loans, "loan_id"):
            found.rows = {currency: found.rows[UNKNOWN]}
            found.money = {currency: found.money[UNKNOWN]}
            return found
    return _by_loan(con, table, rows, faults, loans)


def _by_loan(con: Any, table: str, rows: Any, faults: list[Any], loans: Any) -> Survey:
    measures = {
        "rows": rows.count(),
        "money": money_of(con, table, rows),
        "faulty": any_of(faults).sum(),
    }
    if table == "instalments":
        measures["differing"] = bit_count(bit_or(seq_mask(rows.seq)))
        measures["principal"] = rows.principal_minor.max()
        measures["scheduled"] = money_of_column(con, rows.principal_minor)
    if table == "payments":
        measures["reversals"] = rows.reverses.count()
    each = rows.group_by("loan_id").agg(**measures)
    joined = each.left_join(loans, "loan_id")
    # Ibis names what both sides have with the suffix _right.
    orphan = joined.loan_id_right.isnull()
    sums = {
        "rows": joined.rows.sum(),
        "money": total(joined.money),
        "faulty": joined.faulty.sum(),
        "orphans": orphan.ifelse(joined.rows, 0).sum(),
    }
    if table == "instalments":
        clash = joined.differing.fill_null(0) != joined.rows
        sums["clashes"] = clash.sum()
        twice = joined.scheduled >= joined.principal_minor.cast(WIDE) * literal(2)
        sums["doubled"] = ((joined.rows >= 4) & twice).fill_null(False).sum()
    if table == "payments":
        sums["reversals"] = joined.reversals.sum()
    found = Survey()
    for row in fetch(con, joined.group_by("currency").agg(**sums)):
        _count(found, row)
        found.without_loan += row["orphans"]
        found.repeated += row.get("clashes", 0)
        found.doubled += row.get("doubled", 0)
        found.reversals += row.get("reversals", 0)
    return found


def money_of_column(con: Any, column: Any) -> Any:
    """The exact sum of one column as an aggregate."""
    # DuckDB sums 64 bits in 128 by itself, at half the cost; Spark would overflow.
    return total(column) if is_spark(con) else column.sum().cast(WIDE)


def _alone(con: Any, table: str, rows: Any, faults: list[Any]) -> Survey:
    measures = {
        "rows": rows.count(),
        "money": money_of(con, table, rows),
        "faulty": any_of(faults).sum(),
    }
    if "loan_id" in rows.columns:
        measures["null_loans"] = rows.loan_id.isnull().sum()
    if table == "payments":
        measures["reversals"] = rows.reverses.count()
    if table == "persons":
        measures["elsewhere"] = (
            rows.latitude.notnull() & (rows.coordinate_system.fill_null("wgs84") != "wgs84")
        ).sum()
    row = fetch(con, rows.agg(**measures))[0]
    return Survey(
        rows={UNKNOWN: row["rows"]},
        money={UNKNOWN: int(row["money"] or 0)},
        faulty=row["faulty"] or 0,
        reversals=row.get("reversals") or 0,
        elsewhere=row.get("elsewhere") or 0,
        null_loans=row.get("null_loans") or 0,
    )
