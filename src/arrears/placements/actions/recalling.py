"""Have persons back at once, within what one person may decide; and keep them, if asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from arrears.kernel.errors import Conflict
from arrears.placements.actions.agencies import require_lender
from arrears.placements.actions.carrying_out import carried_out
from arrears.placements.actions.deciding import asked
from arrears.placements.actions.previewing import draw_up, told_of
from arrears.placements.actions.returning import returned
from arrears.store.commands import Result, command
from arrears.store.transactions import At


@command("placement.recall", permission="placements.recall")
def recall(at: At, *, organisation: str, person_refs: Sequence[str], reason: str) -> Result:
    """Recall persons from an agency now, in one step.

    It may be in the middle of a call: what it reserved and did not begin may not begin any more,
    and its next act is refused.

    Raises
    ------
    BadInput
        If nobody is named, or somebody whom the book lacks.
    Conflict
        If it is more than one person may decide alone (preview a batch; a stop switch on the
        agency falls at once), or none of them is placed with the agency.
    """
    require_lender(at)
    batch = draw_up(at, "recall", organisation, {"person_refs": list(person_refs)}, reason, None)
    if batch.second_because:
        raise Conflict(
            "this recall takes a second person",
            expected="fewer persons or less money",
            found=", ".join(batch.second_because),
            remedy="preview it as a batch; to stop the agency meanwhile, let a stop switch fall",
        )
    if not batch.persons_count:
        raise Conflict(
            "none of these persons is placed with the agency",
            expected="persons placed with it",
            found=f"{batch.set_aside_count} others",
            key=organisation,
        )
    asked(at, batch)
    return {**told_of(batch), **carried_out(at, batch)}


@command("placement.return_over", permission="placements.recall")
def return_over(at: At, *, organisation: str) -> Result:
    """Take back from an agency everybody whose term is over and was not made longer.

    The term was decided with the placement, so nobody decides again. Returns ``persons``.
    """
    require_lender(at)
    return returned(at, organisation)


@command("placement.ask_to_keep", permission="placements.retain")
def ask_to_keep(
    at: At, *, person_refs: Sequence[str], term_until_on: date, reason: str, organisation: str
) -> Result:
    """Ask to keep persons beyond their term; the lender decides.

    Parameters
    ----------
    organisation
        The reference of the asking agency.

    Raises
    ------
    NotFound
        If an agency asks for another one.
    BadInput
        If a person is none of those placed with it, or the term makes no sense.
    Conflict
        If nothing may be placed with the agency, or no term would become longer.
    """
    given = {"person_refs": list(person_refs)}
    batch = draw_up(at, "retain", organisation, given, reason, term_until_on)
    if not batch.persons_count:
        raise Conflict(
            "no term would become longer",
            expected="persons placed with the agency, and a later day",
            found=f"{batch.set_aside_count} set aside",
            key=organisation,
        )
    asked(at, batch)
    return told_of(batch)
