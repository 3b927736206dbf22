"""Who acts for whom: an agency in its own name, and in no other."""

from __future__ import annotations

from arrears.conduct.rules.intent import Intent
from arrears.kernel.errors import NotAllowed
from arrears.people.models import Organisation
from arrears.people.organisations import agency_of
from arrears.store.transactions import At


def require_own_name(at: At, intent: Intent) -> None:
    """Refuse an agency that would act as the lender or as another agency.

    Raises
    ------
    NotAllowed
        If the transaction stands in the scope of an agency, and the act is not its own.
    """
    agency_id = agency_of(at.actor.scope)
    if agency_id is None:
        return
    ref = Organisation.objects.filter(id=agency_id).values_list("ref", flat=True).first()
    if ref is None or intent.organisation != ref or intent.actor != "agency":
        raise NotAllowed(
            "an agency acts in its own name",
            expected=f"actor agency, organisation {ref}",
            found=f"actor {intent.actor}, organisation {intent.organisation[:100]}",
        )
