"""Schemes: adopted from a month on; one that hangs on the amount recovered alone is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import Conflict
from arrears.kernel.ids import uuid7
from arrears.people.actions.organisations import locked
from arrears.people.models import Organisation
from arrears.placements.commission.actions.months import first_of_month
from arrears.placements.commission.models import Scheme, Statement
from arrears.placements.commission.rules.bounds import bounds
from arrears.placements.commission.rules.document import canonical
from arrears.placements.commission.rules.scheme import read_terms
from arrears.store.commands import Result, command
from arrears.store.transactions import At

MANAGE: Final = "statements.manage"


@command("scheme.adopt", permission=MANAGE)
def adopt_scheme(
    at: At, *, organisation: str, from_on: date, document: Mapping[str, Any]
) -> Result:
    """Adopt what an agency is paid for, or the lender's staff are rated by, from a month on.

    The scheme before it ends there. ``document`` is as ``rules.scheme.read_terms`` takes it.
    Returns ``{"scheme": id, "number": …}``.

    Raises
    ------
    SchemeRefused
        If it hangs on the amount recovered alone, or complaints that are upheld cost nothing.
    BadInput
        If it cannot be read, or does not begin with a month.
    Conflict
        If a later scheme stands, or the month was stated by another already.
    """
    first_of_month("from_on", from_on)
    whose = locked(at, organisation)
    read_terms(document, bounds(), pays=whose.kind == "agency")
    last = Scheme.objects.filter(organisation=whose).order_by("-from_on").first()
    _require_after(whose, last, from_on)
    if last is not None:
        last.until_on = from_on
        last.save(update_fields=["until_on"])
    made = Scheme.objects.create(
        id=uuid7(at.now),
        organisation=whose,
        number=1 if last is None else last.number + 1,
        from_on=from_on,
        document=document,
        sha256=hashlib.sha256(canonical(document)).hexdigest(),
        made_at=at.now,
        made_by=at.actor.name,
    )
    told = {"scheme": str(made.id), "ref": organisation, "number": made.number}
    record(at, of_house(f"agency {organisation}"), "placements.scheme_adopted",
           {**told, "from_on": f"{from_on}", "document": dict(document),
            "sha256": made.sha256})  # fmt: skip
    return {"scheme": str(made.id), "number": made.number}


def _require_after(whose: Organisation, last: Scheme | None, from_on: date) -> None:
    if last is not None and from_on <= last.from_on:
        raise Conflict(
            "a scheme that begins then or later stands already",
            expected=f"a month after {last.from_on:%Y-%m}",
            found=f"{from_on:%Y-%m}",
            key=whose.ref,
        )
    stated = Statement.objects.filter(organisation=whose, month__gte=from_on)
    latest = stated.exclude(state="dropped").order_by("-month").first()
    if latest is not None:
        raise Conflict(
            "a month was stated by the scheme before",
            expected=f"a month after {latest.month:%Y-%m}",
            found=f"{from_on:%Y-%m}",
            key=whose.ref,
        )
