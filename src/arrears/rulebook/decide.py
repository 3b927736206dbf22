"""Deciding one act: Cedar is asked with its schema, and whatever is not a clean yes refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

import cedarpy

from arrears.rulebook.act import BUSINESS_ZONES, Act
from arrears.rulebook.alike import Keys, answers_of
from arrears.rulebook.load import BadRulebook, Rulebook, RuleSet, load_rulebook, rule_key
from arrears.rulebook.rule import Reason, Rule, Verdict
from arrears.rulebook.vocabulary import FACTS, LISTS, Fact, Value

MISSING: Final = "missing"
ERROR: Final = "error"

_NOBODY: Final = cedarpy.Entities.from_json_str("[]")
"""Enum entities exist by themselves; no others are used."""

WESTERNMOST: Final = timezone(timedelta(hours=-12))
EASTERNMOST: Final = timezone(timedelta(hours=14))


def _fragments(fact: Fact) -> Mapping[Value, str] | None:
    """The JSON of each value of a fact; None for numbers."""
    if fact.kind == "flag":
        return {True: f'"{fact.name}":true', False: f'"{fact.name}":false'}
    if fact.kind == "enum":
        entity = f'"{fact.name}":{{"type":"{fact.values}","id":"%s"}}'
        return {member: entity % member for member in LISTS[str(fact.values)]}
    return None


_JSON: Final = {name: _fragments(fact) for name, fact in FACTS.items()}


def decide(act: Act, rulebook: Rulebook | None = None) -> Verdict:
    """Decide an act by every rule in force where the person is; the strictest wins.

    Parameters
    ----------
    act
        The act with all its facts.
    rulebook
        Default: the packs that come with Arrears.

    Returns
    -------
    Verdict
        Allowed only if every rule was evaluated and none refused. A fact that a rule reads and
        that is not there refuses with reason ``missing``; whatever Cedar cannot answer, or an
        act for whose jurisdiction there is no pack, refuses with reason ``error``.
    """
    try:
        rules = ruleset_of(act, rulebook or load_rulebook())
        facts = act.timed()
    except (BadRulebook, OverflowError) as error:
        # OverflowError: an instant at the very edge of the calendar has no local day.
        return Verdict(False, (_error(str(error)),), (), (), "", {})
    return judge(rules, act.actor, act.party, facts)


def ruleset_of(act: Act, rulebook: Rulebook) -> RuleSet:
    """The rules in force for an act, on every local day that it may be where the person is."""
    return rulebook.ruleset(act.jurisdiction, act.act, *local_days(act))


def local_days(act: Act) -> tuple[date, ...]:
    """The person's local day; several where two zones are on record, or none is known."""
    days = [act.on]
    if act.zone_alt is not None:
        days.append(act.at.astimezone(ZoneInfo(act.zone_alt)).date())
    if act.zone is None and act.jurisdiction not in BUSINESS_ZONES:
        days += [act.at.astimezone(zone).date() for zone in (WESTERNMOST, EASTERNMOST)]
    return tuple(dict.fromkeys(days))


def judge(rules: RuleSet, actor: str, party: str, facts: Mapping[str, Value]) -> Verdict:
    """Decide by a set of rules; ``facts`` hold the clock's too (:meth:`Act.timed`)."""
    shown = {name: facts[name] for name in rules.both_names if name in facts}
    if len(shown) < len(rules.both_names) and (lacking := sorted(rules.reads - facts.keys())):
        return _refused(rules, (_missing(lacking),), (), shown)
    answer, warnings = _answer(rules, actor, party, facts)
    if isinstance(answer, str):
        return _refused(rules, (_error(answer),), warnings, shown)
    decision, keys = answer
    if decision == "Allow":
        return Verdict(True, (), warnings, rules.jurisdictions, rules.digest, shown)
    reasons = _reasons(rules.by_key[key] for key in keys)
    return _refused(rules, reasons or (_error("no rule permits this"),), warnings, shown)


_Answer = Keys | str
"""Cedar's decision and the keys of the rules that made it, or what went wrong."""


def _answer(
    rules: RuleSet, actor: str, party: str, facts: Mapping[str, Value]
) -> tuple[_Answer, tuple[Reason, ...]]:
    """The answer of the rules in force and the warnings of the drafts: Cedar's, now or before."""
    answers = answers_of(rules)
    key = answers.key(actor, party, facts)
    known = answers.get(key)
    if known is not None:
        return known
    answer, warnings = _asked(rules, actor, party, facts)
    whole = not isinstance(answer, str) and answer[1] and all(w.pack for w in warnings)
    if key is not None and not isinstance(answer, str) and whole:
        answers.keep(key, (answer, warnings))
    return answer, warnings


def _asked(
    rules: RuleSet, actor: str, party: str, facts: Mapping[str, Value]
) -> tuple[_Answer, tuple[Reason, ...]]:
    warnings: tuple[Reason, ...] = ()
    if rules.both_schema is not None and rules.both_policies is not None:
        names = rules.both_names
        both = _ask(rules.both_schema, rules.both_policies, rules.act, actor, party, names, facts)
        if isinstance(both, str):
            # One request cannot tell whose fault it is: the rules in force are asked alone.
            lacking = sorted(rules.draft_reads - facts.keys())
            warnings = (_missing(lacking) if lacking else _error(both),)
        else:
            decision, keys = both
            fired = [rules.by_key[key] for key in keys]
            warnings = _reasons(rule for rule in fired if rule.status == "draft")
            if not warnings or any(rule.status == "active" for rule in fired):
                active = [rule_key(rule) for rule in fired if rule.status == "active"]
                return (decision, active), warnings
            # Only drafts spoke against it, and a draft never refuses.
    alone = _ask(rules.schema, rules.policies, rules.act, actor, party, rules.names, facts)
    return alone, warnings


def _ask(
    schema: cedarpy.Schema,
    policies: cedarpy.PolicySet,
    act: str,
    actor: str,
    party: str,
    reads: Iterable[str],
    facts: Mapping[str, Value],
) -> _Answer:
    try:
        request: dict[str, Any] = {
            "principal": {"type": "Actor", "id": actor},
            "action": {"type": "Action", "id": act},
            "resource": {"type": "Party", "id": party},
            "context": _context(reads, facts),
        }
        answer = cedarpy.is_authorized(request, policies, _NOBODY, schema)
    except Exception as error:
        # Whatever it is, it is not an answer, and without an answer nothing is allowed.
        return f"{type(error).__name__}: {error}"
    if answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision:
        return "; ".join(answer.diagnostics.errors) or "no decision"
    return answer.decision.value, answer.diagnostics.reasons


def _context(reads: Iterable[str], facts: Mapping[str, Value]) -> str:
    parts = []
    for name in reads:
        value = facts[name]
        if value is None:
            continue
        known = _JSON[name]
        parts.append(f'"{name}":{value:d}' if known is None else known[value])
    return "{" + ",".join(parts) + "}"


def _refused(
    rules: RuleSet,
    reasons: tuple[Reason, ...],
    warnings: tuple[Reason, ...],
    shown: Mapping[str, Value],
) -> Verdict:
    return Verdict(False, reasons, warnings, rules.jurisdictions, rules.digest, shown)


def _reasons(rules: Iterable[Rule]) -> tuple[Reason, ...]:
    """One reason per id: two versions of a rule say the same where both may be in force."""
    found = {rule.id: rule for rule in rules}
    return tuple(reason_of(found[name]) for name in sorted(found))


def reason_of(rule: Rule) -> Reason:
    """A rule as the reason of a refusal."""
    return Reason(
        id=rule.id,
        pack=rule.pack,
        cite=rule.cite,
        force=rule.force,
        grade=rule.grade,
        en=rule.en,
        zh=rule.zh,
        do_en=rule.do_en,
        do_zh=rule.do_zh,
    )


def _missing(names: list[str]) -> Reason:
    listed = ", ".join(names)
    return _own(
        MISSING,
        en=f"Facts that the rules read are missing: {listed}.",
        zh=f"缺少规则所需的事实：{listed}。",
        do_en="Load these facts and ask again; a fact that is not known is given as null.",
        do_zh="请补充这些事实后重新判断；未知的事实应写为 null。",
    )


def _error(found: str) -> Reason:
    return _own(
        ERROR,
        en=f"The rules could not be evaluated: {found[:500]}",
        zh=f"规则无法判断：{found[:500]}",
        do_en="Nothing is done until the rules can be evaluated; report this.",
        do_zh="规则无法判断时不得执行任何行为；请报告此问题。",
    )


def _own(name: str, *, en: str, zh: str, do_en: str, do_zh: str) -> Reason:
    return Reason(name, "", "", "", "", en, zh, do_en, do_zh)
