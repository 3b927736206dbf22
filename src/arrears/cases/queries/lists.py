"""Cases in lists: by page for people, by cursor for machines."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from arrears.cases.models import BUCKETS
from arrears.cases.queries.views import CASE, CaseFilter, CaseSlice, CaseView
from arrears.kernel.errors import BadInput
from arrears.people.access import exposure
from arrears.people.organisations import agency_of
from arrears.people.sealed import account_hash, looks_like_number, national_id_hashes, phone_hash
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

Sort = Literal["bucket", "amount", "days", "opened"]
# As the indexes of the table have it; the other way round the same index is read backwards.
# What is not known stands before the largest.
_ORDERS: dict[str, tuple[str, ...]] = {
    "bucket": ("c.bucket_rank", "c.overdue_minor"),
    "amount": ("c.overdue_minor",),
    "days": ("c.days_past_due",),
    "opened": ("c.opened_on",),
}
# Whom a search means: each table is read once. An OR over a join would ask for every case anew.
_SPOKEN_OF = """
SELECT id FROM people_person
WHERE starts_with(person_ref, %(text)s) OR strpos(name, %(text)s) > 0
UNION ALL SELECT person_id FROM loans_loan WHERE starts_with(loan_ref, %(text)s)
"""
# Numbers lie sealed: they are found whole, by their keyed hash, however they are written.
_BY_NUMBER: dict[str, str] = {
    "phone": " UNION ALL SELECT id FROM people_person WHERE phone_hmac = %(phone)s",
    "national_id": (
        " UNION ALL SELECT id FROM people_person WHERE national_id_hmac = ANY(%(national_id)s)"
    ),
    "contract_no": (
        " UNION ALL SELECT person_id FROM loans_loan WHERE contract_hmac = %(contract_no)s"
    ),
}


def list_cases(
    actor: Actor,
    which: CaseFilter | None = None,
    sort: Sort = "bucket",
    descending: bool = True,
    page: int = 1,
    size: int = 50,
) -> Page[CaseView]:
    """A page of cases with their total; needs ``cases.read``."""
    actor.require("cases.read")
    limit, offset = bounded(page, size)
    if sort not in _ORDERS:
        raise BadInput("there is no such order", expected=", ".join(_ORDERS), found=sort)
    which = which or CaseFilter()
    where, given = _where(actor, which)
    way, back = ("DESC", "ASC") if descending else ("ASC", "DESC")
    order = ", ".join(f"{column} {way}" for column in _ORDERS[sort]) + f", c.id {back}"
    given |= {"limit": limit, "offset": offset}
    # The page is found in the narrow table first; persons are joined to its rows only.
    sql = f"""WITH page AS MATERIALIZED (
        SELECT c.id AS page_id FROM cases_case c WHERE {where}
        ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
      ) {CASE} JOIN page ON page.page_id = c.id ORDER BY {order}"""
    counted = f"SELECT count(*) AS total FROM cases_case c WHERE {where}"
    with transaction(actor):
        total = select(counted, given)[0]["total"]
        return Page(views(CaseView, sql, given), total, page, size)


def cases_after(
    actor: Actor, which: CaseFilter | None = None, after: UUID | None = None, size: int = 100
) -> CaseSlice:
    """Cases by id, beginning after one: a cursor that new cases do not shift; ``cases.read``."""
    actor.require("cases.read")
    limit, _ = bounded(1, size)
    which = which or CaseFilter()
    where, given = _where(actor, which)
    given |= {"after": after or UUID(int=0), "limit": limit + 1}
    sql = f"{CASE} WHERE {where} AND c.id > %(after)s ORDER BY c.id LIMIT %(limit)s"
    with transaction(actor):
        rows = views(CaseView, sql, given)
    return CaseSlice(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def case_ids(actor: Actor, which: CaseFilter, most: int) -> tuple[UUID, ...]:
    """The ids of the cases of a filter in their order, ``most`` at most; needs ``cases.read``."""
    actor.require("cases.read")
    where, given = _where(actor, which)
    sql = f"SELECT c.id FROM cases_case c WHERE {where} ORDER BY c.id LIMIT %(most)s"
    with transaction(actor):
        return tuple(row["id"] for row in select(sql, given | {"most": most}))


def numbers_meant(actor: Actor, text: str) -> dict[str, object]:
    """The hashes of what a text may be, by field; none of a field that is hidden from the actor.

    Whoever may not know that somebody has a number shall not find out by searching for it.
    """
    if not looks_like_number(text):
        return {}
    hashes = {
        "phone": phone_hash(text),
        "national_id": national_id_hashes(text),
        "contract_no": account_hash(text),
    }
    return {name: hashed for name, hashed in hashes.items() if exposure(actor, name) != "hidden"}


def _where(actor: Actor, which: CaseFilter) -> tuple[str, dict[str, object]]:
    given: dict[str, object] = {}
    parts = []
    tests = {
        "state": "c.state = %(state)s",
        "treatment": "c.treatment = %(treatment)s",
        "currency": "c.currency = %(currency)s",
        "least_minor": "c.overdue_minor >= %(least_minor)s",
        "most_minor": "c.overdue_minor <= %(most_minor)s",
    }
    for name, test in tests.items():
        if (value := getattr(which, name)) is not None:
            given[name] = value
            parts.append(test)
    if which.state == "open":
        # Written out, so that the planner sees the condition of the partial indexes.
        parts[0] = "c.state = 'open'"
    if which.buckets:
        # By rank, as the index has it; a bucket that there is not has none.
        given["ranks"] = [BUCKETS.index(b) + 1 for b in which.buckets if b in BUCKETS]
        parts.append("c.bucket_rank = ANY(%(ranks)s)")
    if which.hold is not None:
        given["hold"] = which.hold
        holds = {"any": "c.hold IS NOT NULL", "none": "c.hold IS NULL"}
        parts.append(holds.get(which.hold, "c.hold = %(hold)s"))
    if which.text:
        by_number = numbers_meant(actor, which.text)
        given |= {"text": which.text} | by_number
        found_by = "".join(_BY_NUMBER[name] for name in by_number)
        parts.append(f"c.person_id IN ({_SPOKEN_OF}{found_by})")
    if (agency := agency_of(actor.scope)) is not None:
        # Row security holds it to these anyway; said here, the index finds them.
        given["agency"] = agency
        parts.append("c.agency_id = %(agency)s")
    return " AND ".join(parts) or "true", given
