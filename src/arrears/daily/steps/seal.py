"""Step 9: the day's record is sealed; from now on whoever holds the root finds any change."""

from __future__ import annotations

from typing import Any

from arrears.daily.steps.day import Day
from arrears.journal import actions as journal
from arrears.people.actions import publish
from arrears.store.transactions import At


def seal(day: Day, at: At) -> dict[str, Any]:
    """Seal what was put on record up to here; what follows is in the next day's seal.

    Raises
    ------
    ConfigError
        If the key that seals is lost: the run stops here and goes on once that is mended.
    """
    publish(at)  # a contract may have ended: the public list says so before the seal
    sealed = journal.seal(at, day.as_of)
    return {"seal": sealed.number, "entries": sealed.count, "sha256": sealed.sha256}
