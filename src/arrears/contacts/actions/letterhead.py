"""Write down what every message says of the lender."""

from __future__ import annotations

from typing import Final

from arrears.contacts.models import Letterhead
from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput
from arrears.kernel.ids import uuid7
from arrears.store.commands import Result, command
from arrears.store.transactions import At

_FIELDS: Final = (
    "portal",
    "hotline",
    "grievance_en",
    "grievance_zh",
    "opt_out_en",
    "opt_out_zh",
)
MOST_CHARS: Final = 120


@command("letterhead.set", permission="wordings.approve")
def set_letterhead(at: At, /, **words: str) -> Result:
    """Set the lender's address, hotline, whom to complain to and how to opt out, from now on.

    Raises
    ------
    BadInput
        If one is missing, empty, too long or of several lines.
    """
    wrong = [
        name
        for name in _FIELDS
        if not (word := words.get(name, "").strip())
        or len(word) > MOST_CHARS
        or not word.isprintable()
    ]
    if wrong or set(words) - set(_FIELDS):
        raise BadInput(
            "the letterhead is not complete",
            expected=f"{', '.join(_FIELDS)}: one line each, at most {MOST_CHARS} characters",
            found=f"not good: {', '.join(sorted({*wrong, *(set(words) - set(_FIELDS))}))}",
        )
    given = {name: words[name].strip() for name in _FIELDS}
    row = Letterhead.objects.create(id=uuid7(at.now), set_by=at.actor.name, set_at=at.now, **given)
    record(at, of_house("wordings"), "contacts.letterhead_set", dict(given))
    return {"letterhead_id": row.id}
