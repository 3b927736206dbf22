"""Who must still be told of an incident, and until when: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from arrears.rulebook.notices import Notice, notices


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody whom a pack wants to be told.

    Parameters
    ----------
    due_at
        By when; of what is due at once, the instant at which it became known.
    met_at
        When they were told, or it was put down that they need not be; None while it is owed.
    """

    notice: Notice
    due_at: datetime
    met_at: datetime | None

    def late(self, now: datetime) -> bool:
        """Whether it is owed and its term has passed."""
        return self.met_at is None and self.due_at <= now


def duties(
    kind: str,
    jurisdiction: str | None,
    known_at: datetime,
    steps: Iterable[tuple[str, str | None, datetime]],
) -> tuple[Duty, ...]:
    """The duties of an incident.

    Parameters
    ----------
    jurisdiction
        Of the person, as the packs call it; None if it is not known.
    steps
        Kind, addressee and instant of what was done so far.
    """
    met: dict[str | None, datetime] = {}
    for step, told_to, happened_at in steps:
        if step in ("told", "spared"):
            met[told_to] = min(happened_at, met.get(told_to, happened_at))
    return tuple(
        Duty(each, known_at + timedelta(hours=each.within_hours), met.get(each.to))
        for each in notices(kind, jurisdiction)
    )


def may_be_spared(kind: str, jurisdiction: str | None, told_to: str | None) -> bool:
    """Whether every duty to tell them has a case in which they need not be told."""
    owed = [each for each in notices(kind, jurisdiction) if each.to == told_to]
    return bool(owed) and all(each.spared_en for each in owed)
