"""What the register says to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OBSTACLES: Final[Mapping[str, Promise | str]] = {
    "unknown": _("There is no such agency on the register."),
    "proposed": _("The agency is proposed, not approved yet."),
    "suspended": _("The agency is suspended."),
    "ended": _("The agency has ended."),
    "contract": _("No contract in force covers this work today."),
    "impact": _("The impact of handing over personal data was not assessed for this contract."),
    "review": _("The yearly review is overdue."),
    "unpublished": _("The agency is not on the public list."),
}
"""Why nothing may be placed with an agency."""
