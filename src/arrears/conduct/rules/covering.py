"""Which holds and stop switches cover an act, now and later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from arrears.conduct.rules.intent import Intent
from arrears.conduct.rules.kinds import HOLD_FACTS
from arrears.rulebook.act import Change


@dataclass(frozen=True, slots=True)
class HeldFor:
    """A hold of the person that is not closed: in force for ``[from_at, until_at)``."""

    kind: str
    loan_id: UUID | None
    channel: str | None
    number_hmac: str | None
    from_at: datetime
    until_at: datetime | None

    def covers(self, intent: Intent, number_hmac: str | None) -> bool:
        """Whether the act lies in its scope; where the act does not say, it does."""
        if self.loan_id is not None and intent.loan_ids and self.loan_id not in intent.loan_ids:
            return False
        if self.channel is not None and intent.channel not in (self.channel, "unknown"):
            return False
        return self.number_hmac is None or number_hmac is None or self.number_hmac == number_hmac

    def in_force(self, at: datetime) -> bool:
        """Whether it holds at an instant."""
        return self.from_at <= at and (self.until_at is None or at < self.until_at)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stop switch that is not lifted: in force for ``[from_at, until_at)``."""

    scope: str
    value: str | None
    from_at: datetime
    until_at: datetime

    def covers(self, intent: Intent, where: Whereabouts, products: frozenset[str]) -> bool:
        """Whether the act lies in its scope.

        A district is covered if the person's subdivision or address names it, or if neither is
        known: who may live in a flood is left alone.
        """
        match self.scope:
            case "all":
                return True
            case "agency":
                return intent.organisation == self.value
            case "template":
                return intent.template == self.value
            case "channel":
                return intent.channel in (self.value, "unknown")
            case "officer":
                return self.value in intent.officers
            case "product":
                return not products or self.value in products
            case "district":
                return where.may_be_in(str(self.value))
        return True

    def in_force(self, at: datetime) -> bool:
        """Whether it holds at an instant."""
        return self.from_at <= at < self.until_at


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of where a person lives."""

    jurisdiction: str
    address: str | None

    def may_be_in(self, district: str) -> bool:
        """Whether they live in a district, or may, as far as is known."""
        country, _, subdivision = self.jurisdiction.partition("-")
        if district in (country, self.jurisdiction):
            return True
        if self.address is None and not subdivision:
            return True
        return self.address is not None and district in self.address


def hold_facts(
    holds: Iterable[HeldFor], intent: Intent, number_hmac: str | None, at: datetime
) -> dict[str, bool]:
    """Each fact that a kind of hold stands for: true while one in its scope is in force."""
    facts = dict.fromkeys(HOLD_FACTS.values(), False)
    for hold in holds:
        if hold.in_force(at) and hold.covers(intent, number_hmac):
            facts[HOLD_FACTS[hold.kind]] = True
    return facts


def edges(spans: Iterable[HeldFor | Stopped], at: datetime) -> list[datetime]:
    """The later instants at which one of them begins or ends, in order."""
    ends = {end for span in spans for end in (span.from_at, span.until_at) if end is not None}
    return sorted(end for end in ends if end > at)


def hold_changes(
    holds: Iterable[HeldFor], intent: Intent, number_hmac: str | None, at: datetime
) -> Iterator[Change]:
    """What time alone will change of these facts."""
    covering = [hold for hold in holds if hold.covers(intent, number_hmac)]
    before = hold_facts(covering, intent, number_hmac, at)
    for edge in edges(covering, at):
        after = hold_facts(covering, intent, number_hmac, edge)
        for name, value in after.items():
            if value != before[name]:
                yield Change(edge, name, value)
        before = after


def stop_changes(stops: Iterable[Stopped], at: datetime) -> Iterator[Change]:
    """What time alone will change of ``stopped``; the stops given all cover the act."""
    covering = list(stops)
    before = any(stop.in_force(at) for stop in covering)
    for edge in edges(covering, at):
        after = any(stop.in_force(edge) for stop in covering)
        if after != before:
            yield Change(edge, "stopped", after)
        before = after
