"""What allotment says to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, Promise | str]

REASONS: Final[Words] = {
    "no_staff": _("Nobody of the organisation in charge is at work and may act."),
    "no_capacity": _("Whoever is at work takes no cases."),
    "no_product": _("Nobody at work takes this product."),
    "no_bucket": _("Nobody at work takes this bucket."),
    "no_language": _("Nobody at work speaks the person's language."),
    "conflict": _("Whoever fits has a conflict of interest with the person."),
}
"""Why a case has no keeper."""

UNFIT: Final[Words] = {
    "not_ready": _("not at work, or badge or papers are not in order"),
    "no_capacity": _("takes no cases"),
    "no_product": _("does not take this product"),
    "no_bucket": _("does not take this bucket"),
    "no_language": _("does not speak the person's language"),
    "conflict": _("has a conflict of interest with the person"),
}
"""What keeps somebody from a case."""

MOVED: Final[Words] = {
    "nobody": _("nobody kept it"),
    "placed": _("another organisation is in charge"),
    "left": _("its keeper has left"),
    "away": _("its keeper is away"),
    "full": _("its keeper is above capacity"),
    **UNFIT,
}
"""Why an allotment gives a case to somebody else."""

UNKEPT: Final[Words] = {
    "nobody": _("has no keeper"),
    "placed": _("its keeper's organisation is no longer in charge"),
    "left": _("its keeper has left"),
    "away": _("its keeper is away"),
}
"""How a case fell between two chairs."""

BECAUSE: Final[Words] = {
    "allotted": _("allotted"),
    "handed_over": _("handed over"),
}
ENDED_BECAUSE: Final[Words] = {
    "moved": _("moved to a colleague"),
    "away": _("keeper away"),
    "left": _("keeper left"),
    "handed_over": _("handed over"),
    "placed": _("another organisation in charge"),
    "closed": _("case closed"),
}

ABSENCES: Final[Words] = {
    "leave": _("leave"),
    "sick": _("sick"),
    "training": _("training"),
    "other": _("other"),
}
"""Why somebody is away."""
