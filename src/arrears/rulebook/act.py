"""An act that somebody wants to do, with the facts about it: what the rulebook is asked about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from arrears.kernel.errors import BadInput
from arrears.rulebook.vocabulary import ACTS, FACTS, LISTS, Value

JURISDICTIONS: Final = ("cn", "us", "in", "gb")
KEYS: Final = ("act", "actor", "party", "at", "jurisdiction", "time_zone", "time_zone_alt", "facts",
               "changes")  # fmt: skip
BUSINESS_ZONES: Final = {"cn": "Asia/Shanghai", "in": "Asia/Kolkata", "gb": "Europe/London"}
"""Zone that selects the law in force where the person's own zone is unknown."""


class BadAct(BadInput):
    """The description of an act cannot be used as it is."""

    code = "act"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one fact that time alone will bring: a call that leaves its window, a hold's end.

    Parameters
    ----------
    at
        From this instant on.
    fact, value
        What it then is.
    """

    at: datetime
    fact: str
    value: Value

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise BadAct(
                "a change needs an instant with its offset", expected="…+08:00", found=f"{self.at}"
            )
        _check_fact(self.fact, self.value)


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done, by whom, to whom, when, and every fact about it.

    Parameters
    ----------
    act, actor, party
        Members of ``ACTS``, ``Actor`` and ``Party``.
    at
        The instant of the act, with its offset.
    jurisdiction
        The borrower's: ``cn``, ``us``, ``in``, ``gb``; None if unknown: every law applies.
    zone, zone_alt
        IANA zone of the person, and a second one where the records disagree; None if unknown.
    facts
        Name → value; None says *unknown*, a name that is not there says *missing*.
    changes
        What time alone will change, for the next moment at which it would be allowed.
    """

    act: str
    actor: str
    party: str
    at: datetime
    jurisdiction: str | None
    zone: str | None
    facts: Mapping[str, Value]
    zone_alt: str | None = None
    changes: tuple[Change, ...] = field(default=())

    def __post_init__(self) -> None:
        _member("act", self.act, ACTS)
        _member("actor", self.actor, LISTS["Actor"])
        _member("party", self.party, LISTS["Party"])
        if self.at.tzinfo is None:
            raise BadAct(
                "an act needs an instant with its offset", expected="…+08:00", found=f"{self.at}"
            )
        if self.jurisdiction is not None:
            _member("jurisdiction", self.jurisdiction, JURISDICTIONS)
        for zone in (self.zone, self.zone_alt):
            if zone is not None:
                _zone(zone)
        for name, value in self.facts.items():
            _check_fact(name, value)
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    @property
    def on(self) -> date:
        """Local date that selects the rules in force."""
        zone = self.zone or BUSINESS_ZONES.get(self.jurisdiction or "", "UTC")
        return self.at.astimezone(_zone(zone)).date()

    def timed(self) -> dict[str, Value]:
        """The facts with those that follow from the instant filled in where they are not given."""
        facts = dict(self.facts)
        facts.setdefault("local_minute", _minute(self.at, self.zone))
        facts.setdefault("local_minute_alt", _minute(self.at, self.zone_alt or self.zone))
        return facts


def read_act(text: str) -> Act:
    """Read an act from JSON (the shape is in ``docs/rulebook/act.md``).

    Raises
    ------
    BadAct
        If it is not JSON, has an unknown key, act, list member or fact, a value of another type, or
        a minute of the day that is not that of its instant.
    """
    try:
        given = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise BadAct("the act is not JSON", expected="one JSON object", found=str(error)) from None
    if not isinstance(given, dict):
        raise BadAct("the act is not a JSON object", found=type(given).__name__)
    unknown = sorted(set(given) - set(KEYS))
    lacking = [key for key in ("act", "actor", "party", "at", "facts") if key not in given]
    if unknown or lacking:
        raise BadAct(
            "the act has other keys than it should",
            expected=", ".join(KEYS),
            found=f"unknown: {unknown}; lacking: {lacking}",
        )
    act = Act(
        act=given["act"],
        actor=given["actor"],
        party=given["party"],
        at=_instant("at", given["at"]),
        jurisdiction=given.get("jurisdiction"),
        zone=given.get("time_zone"),
        zone_alt=given.get("time_zone_alt"),
        facts=_facts(given["facts"]),
        changes=_changes(given.get("changes")),
    )
    for name, zone in (("local_minute", act.zone), ("local_minute_alt", act.zone_alt)):
        told, follows = act.facts.get(name), _minute(act.at, zone)
        if None not in (told, follows) and told != follows:
            raise BadAct(
                "an act contradicts itself: its instant is another minute of the person's day",
                expected=f"{follows} at {act.at.isoformat()} in {zone}; the fact may be left out",
                found=str(told),
                key=name,
            )
    return act


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a key that stands twice would hide one of its values."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"keys that stand twice: {', '.join(twice)[:200]}")
    return found


def _changes(given: Any) -> tuple[Change, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise BadAct("changes must be a JSON list", found=type(given).__name__)
    return tuple(_change(change) for change in given)


def _facts(given: Any) -> Mapping[str, Value]:
    if not isinstance(given, dict):
        raise BadAct("facts must be a JSON object", found=type(given).__name__)
    return given


def _change(given: Any) -> Change:
    if not isinstance(given, dict) or set(given) != {"at", "fact", "value"}:
        raise BadAct("a change needs at, fact and value", found=json.dumps(given)[:200])
    return Change(_instant("changes.at", given["at"]), given["fact"], given["value"])


def _instant(key: str, given: Any) -> datetime:
    try:
        return datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise BadAct(
            "an instant cannot be read",
            expected="ISO 8601 with its offset: 2026-12-01T10:00+08:00",
            found=str(given)[:100],
            key=key,
        ) from None


def _check_fact(name: str, value: Value) -> None:
    fact = FACTS.get(name) if isinstance(name, str) else None
    if fact is None:
        raise BadAct(
            "the vocabulary has no such fact",
            expected="a name that `arrears policy facts` lists",
            found=str(name)[:100],
        )
    wrong = fact.misfit(value)
    if wrong is not None:
        raise BadAct(
            "a fact has a value that it cannot have",
            expected=wrong,
            found=json.dumps(value, default=str)[:100],
            fact=name,
        )


def _member(key: str, given: Any, members: Any) -> None:
    if not isinstance(given, str) or given not in members:
        raise BadAct(f"unknown {key}", expected=", ".join(members), found=str(given)[:100], key=key)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise BadAct(
            "there is no such time zone", expected="an IANA name", found=str(name)[:100]
        ) from None


def _minute(at: datetime, zone: str | None) -> int | None:
    if zone is None:
        return None
    local = at.astimezone(_zone(zone))
    return local.hour * 60 + local.minute
