"""On which days a treatment writes, and with which template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = Path(__file__).parents[1] / "cadence.yaml"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a treatment writes.

    Parameters
    ----------
    every_days
        From the day on which the treatment began.
    of_use_days
        Business days after which a message that could not go is dropped.
    """

    treatment: str
    channel: str
    first: str
    later: str
    every_days: int
    of_use_days: int

    def template_on(self, began_on: date, today: date) -> str | None:
        """The template that is due today; None: nothing is."""
        days = (today - began_on).days
        if days < 0 or days % self.every_days:
            return None
        return self.first if days == 0 else self.later

    def key_on(self, began_on: date, today: date) -> str:
        """What names the message of that day: the same whenever it is asked."""
        number = (today - began_on).days // self.every_days
        return f"{self.treatment}:{began_on.isoformat()}:{number}"


@cache
def cadences() -> Mapping[str, Cadence]:
    """The cadence of each treatment that writes."""
    written = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {name: Cadence(treatment=name, **each) for name, each in written.items()}
