"""What the gate answers: :class:`Allowed`, which nothing but the gate can make, or
:class:`Refused`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, final
from uuid import UUID

from arrears.kernel.errors import ArrearsError
from arrears.rulebook.rule import Reason

_GATE: Final = object()


@final
class Allowed:
    """The rulebook allowed an act, for one person, until it expires; only the gate makes one.

    Whatever acts takes one as an argument and stores its :meth:`columns`: the database then
    checks that they are those of a verdict which allowed this act for this person, and that the
    act began before it expired.

    Parameters
    ----------
    verdict_id, person_id, act
        The verdict, and what it is about.
    decided_at, expires_at
        The act must begin within ``[decided_at, expires_at)``.
    contact_id
        The entry of the ledger, where the budget was spent along with it.
    """

    __slots__ = ("act", "contact_id", "decided_at", "expires_at", "person_id", "verdict_id")

    verdict_id: UUID
    person_id: UUID
    act: str
    decided_at: datetime
    expires_at: datetime
    contact_id: UUID | None

    def __init__(self, key: object, **fields: Any) -> None:
        if key is not _GATE:
            raise TypeError("an Allowed comes from the gate and from nowhere else")
        for name in self.__slots__:
            object.__setattr__(self, name, fields[name])

    def columns(self) -> dict[str, Any]:
        """What a row keeps of it: the columns of ``AllowedKey``."""
        return {
            "verdict_id": self.verdict_id,
            "verdict_allowed": True,
            "verdict_decided_at": self.decided_at,
            "verdict_expires_at": self.expires_at,
        }

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise TypeError("an Allowed is never changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise TypeError("an Allowed is never changed")

    def __reduce__(self) -> NoReturn:
        # It is worth something inside one transaction; a copy that travels would not be.
        raise TypeError("an Allowed is neither copied nor stored")

    def __repr__(self) -> str:
        return f"Allowed({self.act} until {self.expires_at:%Y-%m-%d %H:%M} UTC, {self.verdict_id})"


@dataclass(frozen=True, slots=True)
class Refused:
    """The rulebook refused an act.

    Parameters
    ----------
    verdict_id
        The verdict that is on record.
    reasons
        Every rule that refused.
    next_allowed_at
        When it would be allowed if only time passes; None: not within five weeks.
    """

    verdict_id: UUID
    person_id: UUID
    act: str
    decided_at: datetime
    reasons: tuple[Reason, ...]
    next_allowed_at: datetime | None


class ActRefused(ArrearsError):
    """The rulebook refused an act; ``refused`` has every reason.

    What raises takes its transaction along, and with it the verdict on record: a command that
    should leave the refusal there asks :func:`~arrears.conduct.gate.gate` and returns.
    """

    code = "refused"
    exit_code = 77
    http_status = 403

    def __init__(self, refused: Refused) -> None:
        super().__init__(
            "the rules refuse this",
            expected="an act that every rule allows",
            found="; ".join(f"{reason.en} ({reason.id})" for reason in refused.reasons),
            remedy=remedy_of(refused),
            act=refused.act,
        )
        self.refused = refused


def remedy_of(refused: Refused) -> str:
    """What can be done about it, in English: what the rules say, and when time will do."""
    told = list(dict.fromkeys(reason.do_en for reason in refused.reasons if reason.do_en))
    if refused.next_allowed_at is not None:
        told.append(f"it would be allowed from {refused.next_allowed_at.isoformat()} on")
    return "; ".join(told) or "leave it"


def make_allowed(**fields: Any) -> Allowed:
    """For the gate alone (``tools/tidy.py`` sees that nobody else calls it)."""
    return Allowed(_GATE, **fields)
