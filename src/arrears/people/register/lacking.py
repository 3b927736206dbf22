"""What an agency still needs for the next step of its life."""

from __future__ import annotations

from datetime import date

from arrears.people.models import AgencyContract, AgencyReview, DeletionProof, Organisation


def lacking(agency: Organisation, day: date) -> tuple[str, ...]:
    """Keys of :data:`arrears.people.words.LACKING`: for approval, or for the end; else none."""
    of = {"organisation": agency}
    if agency.state == "proposed":
        there = {
            "address": bool(agency.address),
            "contact": bool(agency.phone or agency.email),
            "contract": AgencyContract.objects.filter(**of, until_on__gt=day).exists(),
        }
    elif agency.state in ("approved", "suspended"):
        there = {
            "exit_review": AgencyReview.objects.filter(**of, kind="exit").exists(),
            "deletion": DeletionProof.objects.filter(**of).exists(),
        }
    else:
        there = {}
    return tuple(name for name, has in there.items() if not has)
