"""Mark that a person was told of their new agency: from then on it may contact them."""

from __future__ import annotations

from arrears.conduct.actions.named import person_named, required_text
from arrears.conduct.actions.subjects import set_standing
from arrears.conduct.models import CHANNELS
from arrears.journal.actions import of_person, record
from arrears.kernel.errors import BadInput, Conflict
from arrears.placements.actions.agencies import require_lender
from arrears.placements.models import AgencyNotice
from arrears.store.commands import Result, command
from arrears.store.transactions import At


@command("placement.told", permission="placements.carry_out")
def mark_told(at: At, *, person_ref: str, channel: str, evidence: str) -> Result:
    """A person was told of the agency that leads them; the lender tells, not the agency.

    Parameters
    ----------
    evidence
        The message, the letter's number … by which it can be shown.

    Raises
    ------
    NotFound
        If there is no such person.
    Conflict
        If no notice is due.
    """
    require_lender(at)
    if channel not in CHANNELS or channel == "none":
        raise BadInput(
            "unknown channel", expected=", ".join(CHANNELS), found=channel[:50], key="channel"
        )
    shown = required_text("how it can be shown", evidence)
    person_id = person_named(person_ref)
    set_standing(at, person_id)  # locks: a recall or another notice goes first
    notice = (
        AgencyNotice.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(person_id=person_id, told_at=None, void_at=None)
        .first()
    )
    if notice is None:
        raise Conflict("no notice of an agency is due to this person", key=person_ref)
    notice.told_at, notice.told_by = at.now, at.actor.name
    notice.channel, notice.evidence = channel, shown
    notice.save(update_fields=["told_at", "told_by", "channel", "evidence"])
    set_standing(at, person_id, agency_announced=True)
    record(
        at,
        of_person(person_id),
        "placements.told_of_agency",
        {"organisation": str(notice.organisation_id), "channel": channel},
        personal={"evidence": shown},
    )
    return {"placement_id": notice.placement_id, "told_at": at.now}
