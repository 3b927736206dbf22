"""Facts that no stage records yet: what is taken for known until one does.

Each is what it is on the first day, when only the tape is in: nobody has consented or asked for
anything, nothing about a number is known but that the lender gave it. Whoever acts may say
better (it is kept with the verdict as theirs); a rule that needs more refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arrears.rulebook.vocabulary import Value

CONSTANT: Final[Mapping[str, Value]] = {
    "hours_consent": False,
    "time_refused": False,
    "days_since_call_consent": None,
    "work_forbidden": False,
    "reply_owed": False,
    "electronic_permission": "unknown",
    "text_permission_days": None,
    "mandate_valid": False,
    # The lender answers for its own book; the legal stage will say where it is not so.
    "debt_lawful": True,
}

_POINT: Final[Mapping[str, Value]] = {"point_status": "unverified", "point_is_work": False}
ON_TAPE: Final[Mapping[str, Value]] = {**_POINT, "point_source": "contract"}
"""Of the number or address that the tape gives with the person itself, where it says no more
(``rules/points.py``)."""
ELSEWHERE: Final[Mapping[str, Value]] = {**_POINT, "point_source": "unknown"}
"""Of any other, or where none is said."""


TAPE_COLUMNS: Final[Mapping[str, str]] = {
    "phone": "phone",
    "sms": "phone",
    "chat": "phone",
    "email": "email",
    "post": "address",
    "in_person": "address",
}
"""Where the tape has a person's number or address for a channel."""
OWN_CHANNELS: Final = frozenset({"app", "mini_program", "push", "none"})
"""Channels of the lender's own, which need no number: the contract is their source."""


def digital(product: str) -> bool:
    """Whether a loan counts as digital: those that are made online."""
    return product == "online_consumer"


def unowned(product: str, on_tape: bool) -> dict[str, Value]:
    """These facts for a person's loan and a number."""
    point = ON_TAPE if on_tape else ELSEWHERE
    return {**CONSTANT, **point, "digital_loan": digital(product)}
