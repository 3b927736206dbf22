"""Which rows of a tape are good, and which are set aside."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Row = dict[str, Any]
TABLES = ("persons", "loans", "loan_parties", "instalments", "payments")
# What is known of reaching people; a row stands and falls with its person.
BESIDE = ("contact_points", "contact_events", "flags")
KEYS = {
    "persons": ("person_id",),
    "loans": ("loan_id",),
    "loan_parties": ("loan_id", "person_id", "role"),
    "instalments": ("loan_id", "seq"),
    "payments": ("payment_id",),
    "contact_points": ("person_id", "kind", "value"),
    "contact_events": ("event_id",),
    "flags": ("person_id", "loan_id", "kind", "from_on"),
}
MONEY = {
    "loans": ("principal_minor",),
    "instalments": ("principal_minor", "interest_minor", "fee_minor"),
    "payments": ("amount_minor",),
}
CURRENCIES = {"CNY", "TWD", "USD", "EUR", "JPY"}
MOST = 10**14
_SIDE = {True: "set_aside", False: "accepted"}


@dataclass(frozen=True)
class Sifted:
    """A tape's rows, told apart.

    ``good`` holds each table's accepted rows; ``sides`` the rows and the money per table as
    ``received``, ``accepted``, ``set_aside`` (in each, identical copies count once) and
    ``duplicates``, the further copies.
    """

    book_on: date
    good: dict[str, list[Row]]
    bad_loans: frozenset[str]
    sides: dict[str, dict[str, dict[str, int]]]


def sift(directory: Path) -> Sifted:
    """Read a folder of Parquet files with its ``tape.json`` and check every row."""
    book_on = date.fromisoformat(json.loads((directory / "tape.json").read_text())["book_on"])
    names = (*TABLES, *BESIDE)
    tables = {name: pq.read_table(directory / f"{name}.parquet").to_pylist() for name in names}
    bad = {
        name: _alone(name, rows, book_on) | _conflicts(name, rows) for name, rows in tables.items()
    }
    persons = {row["person_id"] for row in tables["persons"]}
    loans = {row["loan_id"] for row in tables["loans"]}
    for name in names[1:]:
        for n, row in enumerate(tables[name]):
            if name not in ("loans", *BESIDE) and row["loan_id"] not in loans:
                bad[name].add(n)
            if name not in ("instalments", "payments") and row["person_id"] not in persons:
                bad[name].add(n)
    bad["payments"] |= _reversals(tables["payments"])
    _cascade(tables, bad)
    bad_loans = {tables["loans"][n]["loan_id"] for n in bad["loans"]}
    good = {name: _once(name, rows, bad[name]) for name, rows in tables.items()}
    sides = {name: _sides(name, rows, bad[name]) for name, rows in tables.items()}
    return Sifted(book_on, good, frozenset(bad_loans), sides)


def _alone(name: str, rows: list[Row], book_on: date) -> set[int]:
    """Rows that are wrong by themselves."""
    wrong: dict[str, Callable[[Row], bool]] = {
        "persons": lambda r: (
            not r["person_id"]
            or not r["jurisdiction"]
            or not -90 <= (r["latitude"] or 0) <= 90
            or not -180 <= (r["longitude"] or 0) <= 180
        ),
        "loans": lambda r: (
            any(r[c] is None for c in ("loan_id", "person_id", "product", "creditor_type"))
            or r["currency"] not in CURRENCIES
            or any(r[c] is None or r[c] < 0 for c in ("principal_minor", "annual_rate_bps"))
            or r["grace_days"] is None
            or r["grace_days"] < 0
            or r["disbursed_on"] is None
            or r["disbursed_on"] > book_on
            or r["status"] not in ("open", "written_off", "sold", "closed", None)
        ),
        "loan_parties": lambda r: r["role"] not in ("guarantor", "co_borrower"),
        "instalments": lambda r: (
            r["due_on"] is None
            or r["seq"] is None
            or any(r[c] is None or not 0 <= r[c] <= MOST for c in MONEY["instalments"])
        ),
        "payments": lambda r: (
            not r["payment_id"]
            or r["paid_on"] is None
            or r["paid_on"] > book_on
            or not 0 < (r["amount_minor"] or 0) <= MOST
        ),
    }
    return {n for n, row in enumerate(rows) if name in wrong and wrong[name](row)}


def _conflicts(name: str, rows: list[Row]) -> set[int]:
    """Rows of one key that are not all the same."""
    by_key: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for n, row in enumerate(rows):
        by_key[tuple(row[column] for column in KEYS[name])].append(n)
    return {
        n
        for places in by_key.values()
        if len(places) > 1 and any(rows[n] != rows[places[0]] for n in places)
        for n in places
    }


def _reversals(payments: list[Row]) -> set[int]:
    """Reversals that take back nothing, something else, or the same again."""
    by_id = {row["payment_id"]: row for row in payments}
    seen: Counter[str] = Counter()
    bad = set()
    for n, row in enumerate(payments):
        if row["reverses"] is None:
            continue
        first = by_id.get(row["reverses"])
        seen[row["reverses"]] += 1
        if (
            first is None
            or first["reverses"] is not None
            or first["loan_id"] != row["loan_id"]
            or first["amount_minor"] != row["amount_minor"]
            or (row["paid_on"] and first["paid_on"] and row["paid_on"] < first["paid_on"])
            or seen[row["reverses"]] > 1
        ):
            bad.add(n)
    return bad


def _cascade(tables: dict[str, list[Row]], bad: dict[str, set[int]]) -> None:
    """A person takes their loans along; a loan goes whole."""
    gone = {tables["persons"][n]["person_id"] for n in bad["persons"]}
    for name in ("loans", "loan_parties", *BESIDE):
        bad[name] |= {n for n, row in enumerate(tables[name]) if row["person_id"] in gone}
    parts = ("loans", "loan_parties", "instalments", "payments")
    touched = {tables[name][n]["loan_id"] for name in parts for n in bad[name]}
    for name in parts:
        bad[name] |= {n for n, row in enumerate(tables[name]) if row["loan_id"] in touched}


def _once(name: str, rows: list[Row], bad: set[int]) -> list[Row]:
    kept: dict[tuple[Any, ...], Row] = {}
    for n, row in enumerate(rows):
        if n not in bad:
            kept.setdefault(tuple(row[column] for column in KEYS[name]), row)
    return list(kept.values())


def _sides(name: str, rows: list[Row], bad: set[int]) -> dict[str, dict[str, int]]:
    names = ("received", "accepted", "set_aside", "duplicates")
    sides = {side: {"rows": 0, "minor": 0} for side in names}
    seen: list[set[tuple[Any, ...]]] = [set(), set()]
    for n, row in enumerate(rows):
        minor = sum(row[column] or 0 for column in MONEY.get(name, ()))
        # A row may stand several times; it is received once.
        whole = tuple(row.values())
        again = whole in seen[n in bad]
        seen[n in bad].add(whole)
        for side in ("duplicates",) if again else ("received", _SIDE[n in bad]):
            sides[side]["rows"] += 1
            sides[side]["minor"] += minor
    return sides
