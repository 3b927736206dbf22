"""The list of cases and the page of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from arrears.book.treat import TREATMENTS
from arrears.cases.queries import CaseDetail, CaseFilter, CaseLoanView, Sort, case, list_cases
from arrears.conduct.queries.holds import holds_of
from arrears.console import pictures
from arrears.console.loan_told import told_of
from arrears.console.shell import part, screen, show, wants_part
from arrears.console.views.placed import whose
from arrears.console.words import BUCKETS, CASE_STATES
from arrears.kernel.money import EXPONENTS, parse_major
from arrears.loans.queries import loan
from arrears.people.access.actions import note_read
from arrears.placements.allotment.queries import keeping
from arrears.store.actor import Actor

PAGE_SIZE = 50
CURRENCIES = ("CNY", "USD", "TWD", "INR", "GBP", "EUR", "HKD", "JPY")
# Title, order, whether a number; the order of the columns of the list after the person.
COLUMNS: tuple[tuple[Promise, str | None, bool], ...] = (
    (_("Bucket"), "bucket", False),
    (_("Overdue"), "amount", True),
    (_("Days late"), "days", True),
    (_("Loans"), None, True),
    (_("Next step"), None, False),
    (_("Opened"), "opened", False),
)


@dataclass(frozen=True)
class Asked:
    """What the address asks of the list, as the form shows it again."""

    text: str
    buckets: tuple[str, ...]
    least: str
    most: str
    currency: str
    treatment: str
    hold: str
    state: str
    sort: str
    way: str
    page: int

    @classmethod
    def of(cls, query: Any) -> Asked:
        """Read an address; what is not known there is left out, never an error."""
        sort, way, state = query.get("sort"), query.get("way"), query.get("state")
        page = query.get("page", "1")
        return cls(
            text=query.get("text", "").replace("\x00", "").strip()[:200],
            buckets=tuple(code for code in BUCKETS if code in query.getlist("bucket")),
            least=query.get("least", "").strip()[:30],
            most=query.get("most", "").strip()[:30],
            currency=_known(query.get("currency"), EXPONENTS),
            treatment=_known(query.get("treatment"), TREATMENTS),
            hold=_known(query.get("hold"), {"any", "none"}),
            state=_known(state, CASE_STATES) or "open",
            sort=sort if sort in ("bucket", "amount", "days", "opened") else "bucket",
            way="ascending" if way == "ascending" else "descending",
            page=min(int(page), 10**6) if page.isascii() and page.isdigit() and page != "0" else 1,
        )


def _known(value: str | None, among: Any) -> str:
    return value if value is not None and value in among else ""


@screen("cases.read")
def case_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list, or for htmx its rows only."""
    asked = Asked.of(request.GET)
    which, errors = filter_of(asked)
    descending = asked.way == "descending"
    page = list_cases(actor, which, cast(Sort, asked.sort), descending, asked.page, PAGE_SIZE)
    context: Mapping[str, Any] = {
        "asked": asked,
        "errors": errors,
        "page": page,
        "previous_page": page.number - 1,
        "next_page": page.number + 1,
        "columns": [_column(column, asked) for column in COLUMNS],
        "narrowed": which != CaseFilter(),
        "buckets": BUCKETS,
        "currencies": CURRENCIES,
        "treatments": list(TREATMENTS),
        "states": list(CASE_STATES),
        "may": actor.permissions,
    }
    if wants_part(request):
        return part(request, "cases/part.html", context)
    return show(request, actor, "cases/list.html", context)


def filter_of(asked: Asked) -> tuple[CaseFilter, dict[str, str]]:
    """The filter for the query, and what of the form could not be read, by field."""
    errors: dict[str, str] = {}
    which = CaseFilter(
        state=asked.state,
        buckets=asked.buckets,
        treatment=asked.treatment or None,
        currency=asked.currency or None,
        least_minor=_minor("least", asked, errors),
        most_minor=_minor("most", asked, errors),
        hold=asked.hold or None,
        text=asked.text or None,
    )
    return which, errors


def _minor(name: str, asked: Asked, errors: dict[str, str]) -> int | None:
    """An amount of the form in minor units; one that cannot be read is told and left out."""
    text = getattr(asked, name)
    if not text:
        return None
    try:
        amount = parse_major(text, asked.currency or CURRENCIES[0], thousands=",")
    except ValueError:
        errors[name] = gettext("“%(text)s” is no amount. Write it like 1234.50.") % {"text": text}
        return None
    return max(-(2**63), min(amount, 2**63 - 1))


def _column(column: tuple[Promise, str | None, bool], asked: Asked) -> dict[str, Any]:
    title, sort, numeric = column
    here = sort is not None and sort == asked.sort
    other = "ascending" if asked.way == "descending" else "descending"
    return {
        "title": title,
        "sort": sort,
        "numeric": numeric,
        "sorted": asked.way if here else None,
        "way": other if here else "descending",
    }


@screen("cases.read")
def case_page(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """One case: person, money, why this step, every loan to the cent, the timeline."""
    detail = case(actor, case_id)
    note_read(actor, detail.case.person_id, "case")
    loans = [_loan(actor, detail, line) for line in detail.loans]
    context = {
        "detail": detail,
        "case": detail.case,
        "loans": loans,
        "holds": holds_of(actor, detail.case.person_id),
        "keeping": keeping(actor, detail.case.id),
        "from_work": request.GET.get("from") == "work",
        "room_name": "cases",
        **whose(actor, detail.case.person_id, detail.case.id),
    }
    return show(request, actor, "cases/case.html", context)


def _loan(actor: Actor, detail: CaseDetail, line: CaseLoanView) -> dict[str, Any]:
    until = detail.case.closed_on or detail.case.as_of
    spans = [pictures.Span(s.from_on, s.until_on, s.bucket) for s in line.spans]
    whole = loan(actor, line.loan.id)
    return {
        "line": line,
        "told": told_of(whole, line.as_of),
        "history": pictures.history(spans, until),
        "parties": whole.parties,
    }
