"""The counts of a business day as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from arrears.cli import show

CASES = ("opened", "escalated", "eased", "cured", "withdrawn")


def print_counts(as_of: date, counts: dict[str, Any]) -> None:
    """Loans and money per bucket, what happened to cases, and the next treatments.

    Parameters
    ----------
    counts
        As ``daily`` keeps them with a finished run.
    """
    print_buckets(as_of, counts["buckets"])
    show.table(
        "Cases",
        ["what", "cases"],
        [(what, show.count(counts["cases"][what])) for what in (*CASES, "open")],
    )
    print_treatments(counts["treatments"])
    allotment = counts.get("allotment", {})  # runs of before it was a step have none
    if allotment.get("unkept"):
        show.line(f"{show.count(allotment['unkept'])} open cases have no keeper at work")
    if counts["parked"]:
        show.line(f"{show.count(counts['parked'])} cases were parked: the console tells why")


def print_buckets(as_of: date, buckets: dict[str, Any]) -> None:
    """Overdue loans and their money."""
    show.table(
        f"Overdue on {as_of}",
        ["bucket", "loans", "overdue"],
        [
            (
                name,
                show.count(found["loans"]),
                overdue_money(found["loans"], found["overdue_minor"]),
            )
            for name, found in buckets.items()
        ],
    )


def overdue_money(loans: int, sums: Mapping[str, int]) -> str:
    """Sums per currency; says so where loans are overdue and nobody knows by how much."""
    return show.money(sums) or ("not known" if loans else "")


def print_treatments(treatments: dict[str, int]) -> None:
    """What is next for the open cases."""
    show.table(
        "Next treatments",
        ["treatment", "cases"],
        [
            (name, show.count(number))
            for name, number in sorted(treatments.items(), key=lambda each: (-each[1], each[0]))
        ],
    )
