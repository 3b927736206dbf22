"""The book at a glance, its business days, and how loans move between buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from arrears.cases.queries import BucketTotal, bucket_totals, treatment_totals
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.shell import screen, show
from arrears.console.words import BUCKETS
from arrears.daily.queries import newest_run, run, runs
from arrears.loans.queries import RollRate, book_status, roll_rates
from arrears.store.actor import Actor

COLUMNS = ("current", *BUCKETS, "missing")


@dataclass(frozen=True)
class Totals:
    """The buckets of one currency, and their sum."""

    currency: str
    rows: tuple[BucketTotal, ...]
    loans: int
    overdue_minor: int | None


@dataclass(frozen=True)
class Matrix:
    """The roll rates from one month to the next: by bucket, counts in the order of columns."""

    from_month: date
    to_month: date
    rows: tuple[tuple[str, int, tuple[RollRate | None, ...]], ...]


@screen("cases.read")
def today(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Where the book stands this morning."""
    treatments = treatment_totals(actor)
    context = {
        "book": book_status(actor),
        "newest": newest_run(actor),
        "totals": by_currency(bucket_totals(actor)),
        "treatments": treatments,
        "open_cases": sum(row.cases for row in treatments),
    }
    return show(request, actor, "today.html", context)


@screen("data.read")
def book(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Buckets with money, and the roll rates of each month."""
    months = matrices(roll_rates(actor))
    asked = request.GET.get("month", "")
    chosen = next((m for m in months if f"{m.from_month:%Y-%m}" == asked), None)
    context = {
        "book": book_status(actor),
        "newest": newest_run(actor),
        "totals": by_currency(bucket_totals(actor)),
        "months": months,
        "matrix": chosen or (months[-1] if months else None),
        "columns": COLUMNS,
    }
    return show(request, actor, "data/book.html", context)


@screen("data.read")
def run_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The business days, the newest first."""
    page = runs(actor, page=page_of(request.GET), size=PAGE_SIZE)
    return show(request, actor, "data/runs.html", {"page": page})


@screen("data.read")
def run_page(request: HttpRequest, actor: Actor, run_id: UUID) -> HttpResponseBase:
    """One business day: its steps, what it changed, and whom it could not carry out."""
    return show(request, actor, "data/run.html", {"detail": run(actor, run_id)})


def by_currency(totals: Sequence[BucketTotal]) -> tuple[Totals, ...]:
    """The totals of the buckets, currency by currency, the largest book first."""
    grouped: dict[str, list[BucketTotal]] = {}
    for total in totals:
        grouped.setdefault(total.currency, []).append(total)
    sums = []
    for currency, rows in grouped.items():
        known = [row.overdue_minor for row in rows if row.overdue_minor is not None]
        loans = sum(row.loans for row in rows)
        sums.append(Totals(currency, tuple(rows), loans, sum(known) if known else None))
    return tuple(sorted(sums, key=lambda t: (-t.loans, t.currency)))


def matrices(rates: Sequence[RollRate]) -> tuple[Matrix, ...]:
    """The roll rates of every month as a matrix, in order of months."""
    months: dict[tuple[date, date], dict[str, dict[str, RollRate]]] = {}
    for rate in rates:
        month = months.setdefault((rate.from_month, rate.to_month), {})
        month.setdefault(rate.from_bucket, {})[rate.to_bucket] = rate
    return tuple(
        Matrix(
            from_month,
            to_month,
            tuple(
                (
                    bucket,
                    next(iter(month[bucket].values())).from_loans,
                    tuple(month[bucket].get(column) for column in COLUMNS),
                )
                for bucket in COLUMNS
                if bucket in month
            ),
        )
        for (from_month, to_month), month in sorted(months.items())
    )
