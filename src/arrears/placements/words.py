"""What placements say to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ASIDE: Final[Mapping[str, Promise | str]] = {
    "no_case": _("No case is open: there is nothing to collect."),
    "placed_here": _("The agency has this person already."),
    "placed_elsewhere": _("Another agency leads this person; recall them first."),
    "held": _("A hold is open; nobody new is sent before it is closed."),
    "doubt": _("The data of a loan are in doubt."),
    "product": _("The contract does not cover a product of this person."),
    "jurisdiction": _("The contract does not cover where this person lives."),
    "conflict": _("Somebody at the agency has a conflict of interest with this person."),
    "not_placed": _("The agency does not lead this person."),
    "term_kept": _("The term would not become longer."),
}
"""Why a person is set aside from a batch."""

SECOND: Final[Mapping[str, Promise | str]] = {
    "agency": _("An agency asks, so somebody of the lender decides."),
    "persons": _("It concerns more persons than one may decide about alone."),
    "money": _("It concerns more money than one may decide about alone."),
}
"""Why a second person must decide about a batch."""

UNDO: Final[Mapping[str, Promise | str]] = {
    "kind": _("A recall or a retention is not undone; ask for the opposite."),
    "late": _("The time to undo it is over; recall the persons."),
    "contacted": _("The agency has contacted persons since; recall the others."),
    "told": _("Persons were told of the agency already, so the record must stand; recall them."),
    "ended": _("Some of its persons were taken back meanwhile; recall the others."),
}
"""Why a batch cannot be undone."""

STATES: Final[Mapping[str, Promise | str]] = {
    "previewed": _("previewed"),
    "asked": _("asked for"),
    "approved": _("approved"),
    "carried_out": _("carried out"),
    "undone": _("undone"),
    "refused": _("refused"),
    "expired": _("expired"),
}
KINDS: Final[Mapping[str, Promise | str]] = {
    "place": _("placement"),
    "recall": _("recall"),
    "retain": _("retention"),
}
