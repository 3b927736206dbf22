"""How the lender and its agencies are called, in intents, scopes and rows."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from arrears.kernel.ids import named

LENDER_REF: Final = "lender"
LENDER_ID: Final = named("organisation", LENDER_REF)
_AGENCY: Final = "agency:"


def scope_of(organisation_id: UUID) -> str:
    """The row-security scope of who works for an organisation."""
    return LENDER_REF if organisation_id == LENDER_ID else f"{_AGENCY}{organisation_id}"


def agency_of(scope: str) -> UUID | None:
    """The agency of a scope; None if it is not one of an agency."""
    return UUID(scope.removeprefix(_AGENCY)) if scope.startswith(_AGENCY) else None
