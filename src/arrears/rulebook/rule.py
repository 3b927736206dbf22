"""A rule of a pack, and what the rulebook answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Force = Literal["law", "reg", "std", "self", "house"]
Grade = Literal["A", "B", "B-", "M", "house"]
Status = Literal["active", "draft"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule, parsed.

    Parameters
    ----------
    id, pack
        ``cn.contact.hours`` of the pack ``cn``.
    rows
        Rows of the reference that it carries; none for a pure house rule.
    cite, force, grade
        Where it stands, how binding it is, how sure we are.
    status
        ``active`` refuses; ``draft`` only warns.
    from_on, until_on
        In force on local dates ``[from_on, until_on)``; ``None`` is open.
    en, zh, do_en, do_zh
        What it says, and what can be done, in both languages.
    acts, actors, parties
        The members of ``ACTS``, ``Actor`` and ``Party`` within its scope.
    conditions
        Its ``when`` and ``unless`` as Cedar's own JSON form (EST); all must hold.
    reads
        Facts that they read.
    text
        Its Cedar source.
    """

    id: str
    pack: str
    rows: tuple[str, ...]
    cite: str
    force: Force
    grade: Grade
    status: Status
    from_on: date | None
    until_on: date | None
    en: str
    zh: str
    do_en: str
    do_zh: str
    effect: Literal["permit", "forbid"]
    acts: frozenset[str]
    actors: frozenset[str]
    parties: frozenset[str]
    conditions: tuple[Mapping[str, Any], ...]
    reads: frozenset[str]
    text: str

    def in_force(self, on: date) -> bool:
        """Whether this version holds on a local date."""
        return (self.from_on is None or self.from_on <= on) and (
            self.until_on is None or on < self.until_on
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an act is refused (or warned of): a rule, or a fault of the facts themselves.

    Parameters
    ----------
    id
        The rule's id; ``missing`` or ``error`` where the engine itself refuses.
    pack, cite, force, grade
        Of the rule; empty for the engine's own.
    en, zh, do_en, do_zh
        What it says and what can be done.
    """

    id: str
    pack: str
    cite: str
    force: str
    grade: str
    en: str
    zh: str
    do_en: str
    do_zh: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rulebook's answer about one act.

    Parameters
    ----------
    allowed
        Only if every rule in force was evaluated and none refused.
    reasons
        Every refusing rule, by id; empty if allowed.
    warnings
        Drafts that would refuse, were they law.
    jurisdictions
        Packs that were applied, besides the house.
    ruleset_sha256
        Digest of the rules and schema that answered.
    facts
        The facts that these rules read, as they were given.
    """

    allowed: bool
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    jurisdictions: tuple[str, ...]
    ruleset_sha256: str
    facts: Mapping[str, bool | int | str | None]
