"""Contracts with an agency: what it is engaged for, from when until when, under which licence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db import transaction as django_transaction

from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.agencies import MANAGE, agency_of_ref, past, record_of
from arrears.people.actions.checks import maybe, text, texts
from arrears.people.actions.public_list import publish
from arrears.people.models import AgencyContract, Organisation
from arrears.rulebook.vocabulary import LISTS
from arrears.store.commands import Result, command
from arrears.store.transactions import At


@command("agency.contract", permission=MANAGE)
def add_contract(
    at: At,
    *,
    ref: str,
    contract_no: str,
    purpose: str,
    products: Sequence[str],
    jurisdictions: Sequence[str],
    channels: Sequence[str],
    from_on: date,
    until_on: date,
    data_kinds: Sequence[str] = (),
    licence_no: str | None = None,
    licence_until_on: date | None = None,
    impact_assessed_on: date | None = None,
) -> Result:
    """Engage an agency for ``[from_on, until_on)``; it may never hand work on to another.

    ``products`` and ``channels`` are words of the rulebook, ``jurisdictions`` those of the tape.
    ``licence_until_on`` is the first day on which the licence is good no more: the contract
    covers nothing from then on. Returns ``{"contract": id}``.

    Raises
    ------
    BadInput
        If the period is empty, or a word is not known.
    Conflict
        If another contract covers a day of it, or the agency has ended.
    """
    agency = agency_of_ref(at, ref, but="ended")
    _check_period(from_on, until_on)
    terms = _terms(contract_no, purpose, products, jurisdictions, channels, data_kinds)
    made = AgencyContract(
        id=uuid7(at.now),
        organisation=agency,
        **terms,
        **_licence(licence_no, licence_until_on),
        from_on=from_on,
        until_on=until_on,
        impact_assessed_on=past(at, "impact_assessed_on", impact_assessed_on),
        made_at=at.now,
        made_by=at.actor.name,
    )
    _save(made)
    told = {"contract": str(made.id), "from_on": f"{from_on}", "until_on": f"{until_on}"}
    record_of(at, agency, "contract", told | {"products": made.products, "channels": made.channels})
    publish(at)
    return {"contract": str(made.id)}


@command("agency.contract.amend", permission=MANAGE)
def amend_contract(
    at: At,
    *,
    ref: str,
    contract_id: UUID,
    contract_no: str,
    purpose: str,
    products: Sequence[str],
    jurisdictions: Sequence[str],
    channels: Sequence[str],
    until_on: date,
    data_kinds: Sequence[str] = (),
    licence_no: str | None = None,
    licence_until_on: date | None = None,
) -> Result:
    """Put a contract right, or change its terms; the day it begins stands.

    What was different before goes on record. Returns ``{"contract": id, "changed": [names]}``.

    Raises
    ------
    BadInput
        As for :func:`add_contract`.
    NotFound
        If the agency has no such contract.
    Conflict
        If another contract covers a day of it, or the agency has ended.
    """
    agency = agency_of_ref(at, ref, but="ended")
    contract = _contract(agency, contract_id)
    _check_period(contract.from_on, until_on)
    wanted = _terms(contract_no, purpose, products, jurisdictions, channels, data_kinds)
    wanted |= {**_licence(licence_no, licence_until_on), "until_on": until_on}
    before = {
        name: getattr(contract, name)
        for name, value in wanted.items()
        if getattr(contract, name) != value
    }
    for name in before:
        setattr(contract, name, wanted[name])
    if before:
        _save(contract, new=False)
        told = {
            name: {"before": _told(before[name]), "after": _told(wanted[name])} for name in before
        }
        record_of(at, agency, "contract_amended", {"contract": str(contract.id), "changed": told})
        publish(at)
    return {"contract": str(contract.id), "changed": sorted(before)}


@command("agency.contract.end", permission=MANAGE)
def end_contract(at: At, *, ref: str, until_on: date, reason: str) -> Result:
    """Let the contract that covers a day end then: it is the first day without one.

    Raises
    ------
    NotFound
        If no contract covers that day.
    """
    agency = agency_of_ref(at, ref)
    held = AgencyContract.objects.select_for_update().filter(organisation=agency)
    contract = held.filter(from_on__lt=until_on, until_on__gt=until_on).first()
    if contract is None:
        raise NotFound(f"no contract of this agency covers {until_on}", key=ref)
    before, contract.until_on = contract.until_on, until_on
    contract.save(update_fields=["until_on"])
    told = {"contract": str(contract.id), "until_on": f"{until_on}", "before": f"{before}"}
    record_of(at, agency, "contract_ended", told | {"reason": text("reason", reason)})
    publish(at)
    return {"contract": str(contract.id)}


@command("agency.impact", permission=MANAGE)
def assess_impact(at: At, *, ref: str, contract_id: UUID, assessed_on: date) -> Result:
    """Put down that the impact of handing over personal data was assessed for a contract."""
    agency = agency_of_ref(at, ref)
    contract = _contract(agency, contract_id)
    contract.impact_assessed_on = past(at, "assessed_on", assessed_on)
    contract.save(update_fields=["impact_assessed_on"])
    told = {"contract": str(contract.id), "assessed_on": f"{assessed_on}"}
    record_of(at, agency, "impact_assessed", told)
    return {"contract": str(contract.id)}


def _contract(agency: Organisation, contract_id: UUID) -> AgencyContract:
    held = AgencyContract.objects.select_for_update().filter(organisation=agency)
    found = held.filter(id=contract_id).first()
    if found is None:
        raise NotFound("this agency has no such contract", key=contract_id)
    return found


def _terms(
    contract_no: str,
    purpose: str,
    products: Sequence[str],
    jurisdictions: Sequence[str],
    channels: Sequence[str],
    data_kinds: Sequence[str],
) -> dict[str, Any]:
    return {
        "contract_no": text("contract_no", contract_no, 100),
        "purpose": text("purpose", purpose),
        "products": _some("products", texts("products", products, LISTS["Product"])),
        "jurisdictions": _some("jurisdictions", texts("jurisdictions", jurisdictions)),
        "channels": _some("channels", texts("channels", channels, LISTS["Channel"])),
        "data_kinds": texts("data_kinds", data_kinds),
    }


def _licence(number: str | None, until_on: date | None) -> dict[str, Any]:
    found = maybe("licence_no", number, 100)
    if found is None and until_on is not None:
        raise BadInput("a licence that ends has a number", expected="its number", key="licence_no")
    return {"licence_no": found, "licence_until_on": until_on}


def _save(contract: AgencyContract, *, new: bool = True) -> None:
    try:
        with django_transaction.atomic():
            contract.save(force_insert=new, force_update=not new)
    except IntegrityError as error:
        raise Conflict(
            "another contract of this agency covers a day of this one",
            expected="one contract at a time",
            found=f"{contract.from_on} to {contract.until_on}",
            remedy="end the other one first",
            key=contract.contract_no,
        ) from error


def _check_period(from_on: date, until_on: date) -> None:
    if until_on <= from_on:
        raise BadInput("the period holds no day", expected=f"an end after {from_on}",
                       found=f"{until_on}", key="until_on")  # fmt: skip


def _some(name: str, given: list[str]) -> list[str]:
    if not given:
        raise BadInput(f"the contract covers no {name}", expected="one at least", key=name)
    return given


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
