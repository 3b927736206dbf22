"""The totals of a tape as a person reads them; the same for ``age``, ``ingest`` and ``demo``."""

from __future__ import annotations

from typing import Any

from arrears.book.contract import TABLES
from arrears.cli import show

SIDES = ("received", "accepted", "set_aside", "duplicates")


def print_totals(totals: dict[str, Any]) -> None:
    """Received = accepted + set aside, table by table, and what the contract has no name for.

    Parameters
    ----------
    totals
        As ``book.totals.Totals.as_json`` writes them.
    """
    # The database keeps JSON in an order of its own.
    tables = {name: totals["tables"][name] for name in TABLES if name in totals["tables"]}
    rows = []
    for table, found in tables.items():
        shown = [table]
        for side in SIDES:
            money = show.money({c: n[side] for c, n in found["money_minor"].items() if n[side]})
            shown.append(show.count(found["rows"][side]) + (f" ({money})" if money else ""))
        rows.append(shown)
    show.table("Rows of the tape", ["table", "received", "accepted", "set aside", "twice"], rows)
    reasons = [
        (table, reason, show.count(number))
        for table, found in tables.items()
        for reason, number in sorted(found["reasons"].items())
    ]
    if reasons:
        show.table("Why rows were set aside", ["table", "reason", "rows"], reasons)
    for outcome in totals["outcomes"]:
        show.line(
            f"{outcome['name']}: {show.count(outcome['rows'])} of {show.count(outcome['of'])} "
            f"({outcome['percent']} %)"
        )
    for table, names in totals["unknown_columns"].items():
        show.say(f"columns of {table} kept aside: {', '.join(names)}")
    for column, codes in totals["unknown_codes"].items():
        listed = ", ".join(f"{code} ({show.count(n)} rows)" for code, n in codes.items())
        show.say(f"unknown codes of {column}: {listed}")
    if totals["unread"]:
        show.say(f"files that were not read: {', '.join(totals['unread'])}")


def set_aside_rows(totals: dict[str, Any]) -> int:
    """How many rows were set aside, of all tables."""
    return sum(found["rows"]["set_aside"] for found in totals["tables"].values())
