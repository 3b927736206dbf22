"""The order of the steps, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from arrears.book.age.frame import SCHEMA, frame, narrow
from arrears.book.age.late import paid_late
from arrears.book.age.match import before, laid, paid, paid_sums
from arrears.book.age.open import still_open
from arrears.book.age.overpaid import overpaid_among
from arrears.book.age.prefilter import candidates
from arrears.book.age.standing import made, no_payments
from arrears.book.age.waterfall import Waterfalls
from arrears.book.exact import require_int64
from arrears.book.staged import Stage
from arrears.kernel.errors import ConfigError

LOAN_COLUMNS = ("loan_id", "person_id", "product", "currency", "overdue_rate_bps", "grace_days")


@dataclass(frozen=True)
class Aged:
    """What one pass over the book gives: the loans that owe, and those that paid too much."""

    overdue: Any
    overpaid: Any


def age_instalments(
    con: Any, tables: Mapping[str, Any], as_of: date, waterfalls: Waterfalls
) -> Aged:
    """Age the loans that have instalments; both results are computed when this returns."""
    instalments = tables["instalments"]
    payments = tables.get("payments")
    if payments is None:
        payments = no_payments(instalments)

    with Stage(con) as stage:
        some = stage.keep(candidates(con, instalments, payments, as_of))
        theirs = stage.keep(made(payments.semi_join(some, "loan_id"), as_of))
        sums = stage.keep(paid_sums(theirs))

        owing = some.filter(some.owing)
        loans = stage.keep(loans_with_waterfall(tables, owing, waterfalls))
        stretches = stage.keep(laid(before(instalments, as_of), loans, waterfalls))
        pieces = paid(theirs.filter(theirs.stands).semi_join(owing, "loan_id"))
        whole = frame(
            con, loans, still_open(stretches, sums, as_of), paid_late(stretches, pieces), as_of
        )
        overdue = _narrowed(con, stage, whole)

        overpaid = stage.keep(overpaid_among(some, sums, tables["loans"]), result=True)
    return Aged(overdue, overpaid)


def _narrowed(con: Any, stage: Stage, whole: Any) -> Any:
    """The frame in the types of the contract; a sum beyond 64 bits stops it and is named."""
    try:
        return stage.keep(narrow(whole), result=True)
    except Exception:
        # Each engine has its own error for a number that does not fit its column.
        kept = stage.keep(whole)
        require_int64(con, kept, "loan_id", [n for n, t in SCHEMA.items() if t.is_int64()])
        raise


def loans_with_waterfall(tables: Mapping[str, Any], owing: Any, waterfalls: Waterfalls) -> Any:
    """The loans that ``owing`` names by ``loan_id``, each with the number of its waterfall."""
    loans = tables["loans"].select(*LOAN_COLUMNS).semi_join(owing, "loan_id")
    if waterfalls.by_jurisdiction:
        if "persons" not in tables:
            raise ConfigError(
                "the waterfalls depend on the borrower's jurisdiction, which is not known",
                expected="the table persons beside loans",
                remedy="hand in persons, or use waterfalls without jurisdiction",
            )
        persons = tables["persons"].select("person_id", "jurisdiction")
        loans = loans.left_join(persons, "person_id", rname="person_{name}")
    return loans.select(*LOAN_COLUMNS, waterfall=waterfalls.number(loans))
