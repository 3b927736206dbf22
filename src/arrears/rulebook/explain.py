"""One act explained: the verdict with every reason, and when time alone would allow the act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from arrears.rulebook.act import Act
from arrears.rulebook.decide import decide
from arrears.rulebook.load import Rulebook, load_rulebook
from arrears.rulebook.next_moment import next_moment
from arrears.rulebook.rule import Reason, Rule, Verdict
from arrears.rulebook.vocabulary import FACTS, Fact


@dataclass(frozen=True, slots=True)
class Explained:
    """A verdict, and the next moment at which the act would be allowed; None if time alone won't.

    Parameters
    ----------
    next_at
        In UTC; only for an act that is refused.
    """

    act: Act
    verdict: Verdict
    next_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The shape that ``docs/rulebook/act.md`` describes."""
        verdict = self.verdict
        return {
            "allowed": verdict.allowed,
            "act": self.act.act,
            "at": self.act.at.isoformat(),
            "jurisdictions": list(verdict.jurisdictions),
            "reasons": [asdict(reason) for reason in verdict.reasons],
            "warnings": [asdict(reason) for reason in verdict.warnings],
            "next_allowed_at": self.next_at.isoformat() if self.next_at else None,
            "ruleset_sha256": verdict.ruleset_sha256,
            "facts": dict(verdict.facts),
        }


def explain(act: Act, rulebook: Rulebook | None = None) -> Explained:
    """Decide an act and look for the next moment at which it would be allowed."""
    book = rulebook or load_rulebook()
    verdict = decide(act, book)
    return Explained(act, verdict, None if verdict.allowed else next_moment(act, book))


def words(reason: Reason, lang: str) -> tuple[str, str]:
    """What a reason says and what can be done, in ``zh`` or ``en``."""
    if lang == "zh":
        return reason.zh, reason.do_zh
    return reason.en, reason.do_en


def facts_needed(
    act: str, jurisdiction: str | None, rulebook: Rulebook | None = None
) -> tuple[Fact, ...]:
    """Facts without which an act is refused, whatever the day; in the vocabulary's order.

    Parameters
    ----------
    jurisdiction
        None: under every law.
    """
    book = rulebook or load_rulebook()
    codes = (*book.codes(jurisdiction), "house")
    reads = _reads(rule for code in codes for rule in book.packs[code].rules if act in rule.acts)
    return tuple(fact for name, fact in FACTS.items() if name in reads)


def _reads(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset().union(*(rule.reads for rule in rules if rule.status == "active"))
