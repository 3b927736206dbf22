"""Step 2: which loans are overdue, and what is next for the persons who owe them."""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.age import age as age_book
from arrears.book.canonical import digest, write_parquet
from arrears.book.persons import per_person
from arrears.book.treat import shipped_strategies, treat
from arrears.daily.steps.day import Day
from arrears.store.transactions import At

# What a lender no longer owns, or no longer claims, is not collected.
COLLECTED = ("open", "written_off")


def age(day: Day, at: At) -> dict[str, Any]:
    """Age the book as of the day and decide the treatments; two files come of it.

    The digest of the aged rows is kept with the run: the same day of the same book gives the
    same, on any engine (V16).
    """
    con = day.engine
    tables = day.tables(con)
    aged = collectable(age_book(con, tables, day.as_of), tables, day.as_of)
    day.progress("age", 1, 4)
    rows = write_parquet(con, aged, day.aged, sort=["loan_id"])
    day.progress("age", 2, 4)
    near = day.duckdb
    kept = near.read_parquet(day.aged)
    day.run.aged_sha256 = digest(kept)
    day.run.save(update_fields=["aged_sha256"])
    day.progress("age", 3, 4)
    book = day.tables(near)
    persons = per_person(kept, book["loans"], book["persons"])
    treated = treat(near, persons, shipped_strategies().on(day.as_of))
    beside = persons.join(treated, "person_id")
    people = write_parquet(near, beside, day.persons, sort=["person_id"])
    return {"loans": rows, "persons": people}


def collectable(aged: Any, tables: Any, as_of: Any) -> Any:
    """The overdue loans that may be collected: the lender's own, not recalled, not in doubt.

    A recall counts from the moment it is known, and a doubt that is not over counts for every
    day: a run of yesterday after a push of today ages the very rows that are in doubt.
    """
    day = ibis.literal(as_of)
    loans, holds = tables["loans"], tables["holds"]
    ours = loans.filter(loans.status.isin(COLLECTED) & loans.recalled_on.isnull())
    doubted = holds.filter(
        holds.kind.isin(("data_doubt", "missing"))
        & (holds.until_on.isnull() | ((holds.from_on <= day) & (holds.until_on > day)))
    )
    return aged.semi_join(ours, "loan_id").anti_join(doubted, "loan_id").select(*aged.columns)
