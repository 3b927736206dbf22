"""Propose a scheme, and adopt it as a second person, from a month on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError
from django.db import transaction as django_transaction

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import Conflict, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.checks import text
from arrears.people.actions.organisations import locked
from arrears.people.models import Organisation
from arrears.placements.commission.actions.months import first_of_month
from arrears.placements.commission.models import Scheme, SchemeProposal, Statement
from arrears.placements.commission.rules.bounds import bounds
from arrears.placements.commission.rules.document import canonical
from arrears.placements.commission.rules.scheme import read_terms
from arrears.placements.commission.states import PROPOSAL
from arrears.store.commands import Result, command
from arrears.store.transactions import At

MANAGE: Final = "statements.manage"
APPROVE: Final = "statements.approve"
_REASON: Final = 4_000


@command("scheme.propose", permission=MANAGE)
def propose_scheme(
    at: At, *, organisation: str, from_on: date, document: Mapping[str, Any], reason: str
) -> Result:
    """Propose what an agency is paid for, or the lender's staff are rated by, from a month on.

    ``document`` is as ``rules.scheme.read_terms`` takes it. Returns ``{"proposal": id, …}``.

    Raises
    ------
    SchemeRefused
        If it hangs on the amount recovered alone, or complaints that are upheld cost nothing.
    BadInput
        If it cannot be read, or does not begin with a month.
    Conflict
        If a later scheme stands, the month was stated by another, or one is proposed already.
    """
    first_of_month("from_on", from_on)
    whose = locked(at, organisation)
    read_terms(document, bounds(), pays=whose.kind == "agency")
    _last_before(whose, from_on)
    made = SchemeProposal(
        id=uuid7(at.now),
        organisation=whose,
        from_on=from_on,
        document=document,
        sha256=hashlib.sha256(canonical(document)).hexdigest(),
        reason=text("reason", reason, _REASON),
        state=PROPOSAL.initial,
        asked_by=at.actor.name,
        asked_at=at.now,
    )
    try:
        with django_transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            "a scheme of this organisation is proposed already",
            expected="one proposal at a time",
            found="another that waits for a second person",
            remedy="have it decided first",
            key=whose.ref,
        ) from error
    _tell(at, made, "scheme_proposed", reason=made.reason, document=dict(document))
    return {"proposal": str(made.id), "state": made.state}


@command("scheme.approve", permission=APPROVE)
def approve_scheme(at: At, *, proposal: UUID, sha256: str, reason: str) -> Result:
    """Adopt what another person proposed; the scheme before it ends there.

    Parameters
    ----------
    sha256
        Of the document that was read.

    Raises
    ------
    NotFound
        If there is no such proposal.
    NotAllowed
        If the same person proposed it.
    Conflict
        If the document is another, or what stood in its way then came since.
    IllegalTransition
        If it is decided already.
    """
    found = _locked(proposal)
    whose = locked(at, found.organisation.ref)
    following = PROPOSAL.step(found.state, "approve")
    if found.asked_by == at.actor.name:
        raise NotAllowed(
            "nobody approves what they proposed",
            expected=f"another person than {found.asked_by}",
            found=at.actor.name,
        )
    if sha256 != found.sha256:
        raise Conflict("this is not the scheme that was read", expected=found.sha256,
                       found=sha256[:64], key=str(found.id))  # fmt: skip
    # The bounds may have changed since it was proposed.
    read_terms(found.document, bounds(), pays=whose.kind == "agency")
    made = _adopt(at, found, whose)
    found.scheme = made
    _decide(at, found, following, reason)
    _tell(at, found, "scheme_adopted", number=made.number, scheme=str(made.id),
          document=found.document, asked_by=found.asked_by)  # fmt: skip
    return {"scheme": str(made.id), "number": made.number}


@command("scheme.refuse", permission=APPROVE)
def refuse_scheme(at: At, *, proposal: UUID, reason: str) -> Result:
    """Refuse a proposal, with the reason.

    Raises
    ------
    NotFound
        If there is no such proposal.
    IllegalTransition
        If it is decided already.
    """
    found = _locked(proposal)
    _decide(at, found, PROPOSAL.step(found.state, "refuse"), reason)
    _tell(at, found, "scheme_refused", reason=found.decision_reason)
    return {"proposal": str(found.id), "state": found.state}


def _adopt(at: At, found: SchemeProposal, whose: Organisation) -> Scheme:
    last = _last_before(whose, found.from_on)
    if last is not None:
        last.until_on = found.from_on
        last.save(update_fields=["until_on"])
    return Scheme.objects.create(
        id=uuid7(at.now),
        organisation=whose,
        number=1 if last is None else last.number + 1,
        from_on=found.from_on,
        document=found.document,
        sha256=found.sha256,
        made_at=at.now,
        made_by=found.asked_by,
        approved_by=at.actor.name,
    )


def _last_before(whose: Organisation, from_on: date) -> Scheme | None:
    last = Scheme.objects.filter(organisation=whose).order_by("-from_on").first()
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
    return last


def _locked(proposal: UUID) -> SchemeProposal:
    found = (
        SchemeProposal.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(id=proposal)
        .first()
    )
    if found is None:
        raise NotFound("there is no such proposal", key=proposal)
    return found


def _decide(at: At, found: SchemeProposal, following: str, reason: str) -> None:
    found.state = following
    found.decided_by, found.decided_at = at.actor.name, at.now
    found.decision_reason = text("reason", reason, _REASON)
    found.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "scheme"])


def _tell(at: At, found: SchemeProposal, what: str, **told: object) -> None:
    ref = found.organisation.ref
    record(
        at,
        of_house(f"agency {ref}"),
        f"placements.{what}",
        {
            "proposal": str(found.id),
            "ref": ref,
            "from_on": f"{found.from_on}",
            "sha256": found.sha256,
            **told,
        },
    )
