"""What becomes of a message that was refused, or that its carrier did not take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MOST_TRIES: Final = 5
_FIRST_WAIT: Final = timedelta(minutes=2)
_LONGEST_WAIT: Final = timedelta(hours=4)
_SOONEST: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Later:
    """It stays in the queue until then."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """It goes no further; ``because`` is a word of ours, not of the person."""

    because: str


def after_refusal(
    now: datetime, next_allowed_at: datetime | None, until_at: datetime
) -> Later | Ended:
    """A refused message waits for the next lawful moment, if it is still of use then.

    Parameters
    ----------
    next_allowed_at
        When the rules would allow it if only time passes; None: not within five weeks.
    until_at
        From then on it is of no use.
    """
    if next_allowed_at is None:
        return Ended("refused")
    due_at = max(next_allowed_at, now + _SOONEST)
    return Later(due_at) if due_at < until_at else Ended("too_late")


def after_not_taken(
    now: datetime, tries: int, until_at: datetime, *, permanent: bool
) -> Later | Ended:
    """A message that the carrier surely did not take is tried again, ever more rarely.

    Parameters
    ----------
    tries
        Hand-overs so far that were not taken, this one counted.
    permanent
        The carrier says that it never will take it (no such number, text refused).
    """
    if permanent:
        return Ended("refused_by_carrier")
    if tries >= MOST_TRIES:
        return Ended("tried_too_often")
    due_at = now + min(_FIRST_WAIT * 4 ** (tries - 1), _LONGEST_WAIT)
    return Later(due_at) if due_at < until_at else Ended("too_late")
