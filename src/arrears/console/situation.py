"""A model situation for the calendar: the baseline, and what the reader changes about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from arrears.console.week import CHANNELS, visiting
from arrears.rulebook.act import JURISDICTIONS, Act, Change
from arrears.rulebook.baseline import Baseline
from arrears.rulebook.vocabulary import LISTS, Value

UNKNOWN: Final = "unknown"
ZONES: Final[Mapping[str, tuple[str, ...]]] = {
    "cn": ("Asia/Shanghai",),
    "us": (
        "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
        "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu",
    ),
    "in": ("Asia/Kolkata",),
    "gb": ("Europe/London",),
    UNKNOWN: ("Asia/Shanghai",),
}  # fmt: skip
"""The zones that may be chosen, the first as default."""

FLAGS: Final = (
    "hold_dispute", "hold_hardship", "hold_complaint", "hold_cease", "hold_bereavement",
    "hold_moratorium", "active_plan", "vulnerable", "attorney_known", "hours_consent",
    "channel_opted_out", "point_is_work", "stopped", "observing",
)  # fmt: skip
"""What may be true of the person; of the baseline nothing of it is."""

COUNTS: Final[Mapping[str, int]] = {
    "calls_connected_today": 1,
    "attempts_today_number": 1,
    "calls_7d_debt": 7,
    "messages_today": 1,
    "messages_7d": 7,
    "visits_30d": 30,
}
"""What may have happened already, and after how many local days it no longer counts."""

MOST_COUNT: Final = 99


@dataclass(frozen=True)
class Situation:
    """What the address asks for; what nobody knows is the baseline's."""

    jurisdiction: str
    zone: str
    on: date
    actor: str
    party: str
    purpose: str
    product: str
    flags: tuple[str, ...]
    counts: Mapping[str, int]

    @classmethod
    def of(cls, query: Any, today: date) -> Situation:
        """Read an address."""
        jurisdiction = _known(query.get("jurisdiction"), (*JURISDICTIONS, UNKNOWN), "cn")
        zones = ZONES[jurisdiction]
        return cls(
            jurisdiction=jurisdiction,
            zone=_known(query.get("zone"), zones, zones[0]),
            on=day_of(query, today),
            actor=_known(query.get("actor"), LISTS["Actor"], "agency"),
            party=_known(query.get("party"), LISTS["Party"], "borrower"),
            purpose=_known(query.get("purpose"), LISTS["Purpose"], "collect"),
            product=_known(query.get("product"), LISTS["Product"], "online_consumer"),
            flags=tuple(flag for flag in FLAGS if flag in query.getlist("flag")),
            counts={name: _count(query.get(name)) for name in COUNTS},
        )

    @property
    def counted(self) -> bool:
        """Whether anything has happened already."""
        return any(self.counts.values())

    def acts(self, baselines: Mapping[str, Baseline]) -> dict[str, Act]:
        """The act of each channel at the first midnight of the week."""
        local = ZoneInfo(self.zone)
        start = datetime.combine(self.on, time(), local)
        own: dict[str, Value] = {
            "purpose": self.purpose,
            "reason": "none" if self.purpose == "collect" else "answer",
            "product": self.product,
            **dict.fromkeys(self.flags, True),
            **self.counts,
        }
        if self.purpose == "preserve":
            own["reason"] = "limitation_date"
        acts = {}
        for channel, (name, facts) in CHANNELS.items():
            act = Act(
                act=name,
                actor=self.actor,
                party=self.party,
                at=start.astimezone(UTC),
                jurisdiction=None if self.jurisdiction == UNKNOWN else self.jurisdiction,
                zone=None if self.jurisdiction == UNKNOWN else self.zone,
                facts={**baselines[name].facts, **facts, **own},
                changes=self._forgotten(start),
            )
            acts[channel] = visiting(act, self.zone) if name == "visit_arrival" else act
        return acts

    def _forgotten(self, start: datetime) -> tuple[Change, ...]:
        """When each count falls to nothing, as days pass."""
        return tuple(
            Change((start + timedelta(days=days)).astimezone(UTC), name, 0)
            for name, days in COUNTS.items()
            if self.counts[name]
        )


def day_of(query: Any, today: date) -> date:
    """The first day of the week asked for; today if it is none, or years away."""
    try:
        asked = date.fromisoformat(query.get("from", ""))
    except ValueError:
        return today
    return asked if abs(asked - today) <= timedelta(days=3660) else today


def _known(value: str | None, among: Any, otherwise: str) -> str:
    return value if value is not None and value in among else otherwise


def _count(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 6):
        return 0
    return min(int(text), MOST_COUNT)
