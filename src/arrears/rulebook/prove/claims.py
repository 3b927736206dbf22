"""What must be true of the rulebook as a whole, read from ``claims.cedar``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import cedarpy
import z3

from arrears.kernel.errors import ConfigError
from arrears.rulebook import est
from arrears.rulebook.act import JURISDICTIONS
from arrears.rulebook.prove.book import Book
from arrears.rulebook.prove.formula import MEMBERS, All, Member, conditions_of, unguarded
from arrears.rulebook.prove.symbols import UNKNOWN
from arrears.rulebook.reading import split_policies

SOURCE: Final = Path(__file__).with_name("claims.cedar")
ANNOTATIONS: Final = frozenset({"id", "en", "zh", "in", "from", "until"})
SCOPES: Final = (("action", "act"), ("principal", "actor"), ("resource", "party"))

Kind = Literal["never", "possible"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence about the rulebook: what it never allows, or what it must leave possible.

    Parameters
    ----------
    id, en, zh
        ``V2.confirmed`` and its sentence in both languages.
    kind
        ``never``: refused whenever the condition holds, whatever else is true. ``possible``: for
        each of its acts, everywhere and at all times, some act with the condition is allowed.
    jurisdictions
        Where it is claimed; where the borrower's is unknown, all are.
    from_on, until_on
        Local dates ``[from_on, until_on)`` for which it is claimed.
    acts
        Acts that it speaks of.
    condition
        Everything that must hold, the acts among it.
    text
        Its Cedar source.
    """

    id: str
    en: str
    zh: str
    kind: Kind
    jurisdictions: tuple[str, ...]
    from_on: date | None
    until_on: date | None
    acts: tuple[str, ...]
    condition: All
    text: str

    def within(self, book: Book) -> Any:
        """The jurisdictions and days for which it is claimed, and its condition."""
        return z3.And(
            book.symbols.in_one_of((*self.jurisdictions, UNKNOWN)),
            book.during(self.from_on, self.until_on),
            book.symbols.of(self.condition),
        )

    def violated(self, book: Book, allowed: Any) -> Any:
        """For ``never``: that an act is allowed all the same."""
        return z3.And(allowed, self.within(book))


def read_claims(path: Path = SOURCE) -> tuple[Claim, ...]:
    """Every claim of a file, in its order.

    Raises
    ------
    ConfigError
        If a claim is not well-formed, or an id stands twice.
    """
    claims: list[Claim] = []
    for line, text in split_policies(path.read_text(encoding="utf-8")):
        claim = _claim(text, f"{path.name}:{line}")
        if any(claim.id == other.id for other in claims):
            raise ConfigError("two claims bear one id", found=claim.id, file=path.name)
        claims.append(claim)
    return tuple(claims)


def _claim(text: str, where: str) -> Claim:
    try:
        (policy,) = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    except ValueError as error:
        raise ConfigError("a claim is not Cedar", found=str(error), claim=where) from None
    notes = {name: value or "" for name, value in policy.get("annotations", {}).items()}
    lacking = {"id", "en", "zh"} - {name for name, value in notes.items() if value}
    problems = [
        *(f"@{name} is missing" for name in sorted(lacking)),
        *(f"@{name} is unknown" for name in sorted(set(notes) - ANNOTATIONS)),
        *(problem for found in policy["conditions"] for problem in est.problems(found["body"])),
    ]
    jurisdictions = tuple(notes.get("in", "").split()) or JURISDICTIONS
    if unknown := set(jurisdictions) - set(JURISDICTIONS):
        problems.append(f"@in names {', '.join(sorted(unknown))}")
    if problems:
        raise ConfigError("a claim is not well-formed", found="; ".join(problems), claim=where)
    scopes = {subject: _scope(policy[part], subject) for part, subject in SCOPES}
    limited = [
        Member(subject, members)
        for subject, members in scopes.items()
        if members != MEMBERS[subject]
    ]
    condition = All((*limited, *conditions_of(tuple(policy["conditions"]))))
    if (fact := unguarded(condition)) is not None:
        raise ConfigError(
            "a claim reads a fact that may be unknown without asking whether it is known",
            expected=f"context has {fact} && …",
            claim=where,
        )
    return Claim(
        id=notes["id"],
        en=notes["en"],
        zh=notes["zh"],
        kind="never" if policy["effect"] == "forbid" else "possible",
        jurisdictions=jurisdictions,
        from_on=_day(notes.get("from", "")),
        until_on=_day(notes.get("until", "")),
        acts=scopes["act"],
        condition=condition,
        text=text,
    )


def _scope(scope: dict[str, Any], subject: str) -> tuple[str, ...]:
    if scope["op"] == "All":
        return MEMBERS[subject]
    named = {entity["id"] for entity in scope.get("entities") or [scope["entity"]]}
    if unknown := named - set(MEMBERS[subject]):
        raise ConfigError(f"a claim names an unknown {subject}", found=", ".join(sorted(unknown)))
    return tuple(member for member in MEMBERS[subject] if member in named)


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None


def days_of(claims: Iterable[Claim]) -> set[date]:
    """Days on which some claim begins or ends."""
    return {day for claim in claims for day in (claim.from_on, claim.until_on) if day}
