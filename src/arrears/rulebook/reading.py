"""Reading the Cedar text of a pack into rules; whatever is wrong is found with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, cast, get_args

import cedarpy

from arrears.rulebook import est
from arrears.rulebook.rule import Force, Grade, Rule, Status
from arrears.rulebook.vocabulary import ACTS, LISTS

ANNOTATIONS: Final = ("id", "row", "cite", "force", "grade", "status", "from", "until",
                      "en", "zh", "do_en", "do_zh")  # fmt: skip
MAY_BE_EMPTY: Final = frozenset({"row", "from", "until"})
CLOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "force": get_args(Force),
    "grade": get_args(Grade),
    "status": get_args(Status),
}
BASE: Final = "house.base"
"""The one permit; everything else forbids."""

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;', re.DOTALL)
_LEAD = re.compile(r"(?:\s+|//[^\n]*)+")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a pack.

    Parameters
    ----------
    file, line
        Where; the line of the rule's or case's first word, counted from 1; None for a whole file.
    rule
        Id of the rule or the name of the case, if it has one.
    message
        What is wrong, what was expected, what to do.
    """

    file: str
    line: int | None
    rule: str | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.rule}: {self.message}" if self.rule else f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Written:
    """A rule and where it stands."""

    rule: Rule
    file: str
    line: int


def split_policies(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each policy of a Cedar file; semicolons in strings and comments are none."""
    start = 0
    for token in _TOKEN.finditer(text):
        if token.group() == ";":
            yield from _chunk(text, start, token.end())
            start = token.end()
    yield from _chunk(text, start, len(text))


def _chunk(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    lead = _LEAD.match(text, start, end)
    first = lead.end() if lead else start
    if first < end:
        yield text.count("\n", 0, first) + 1, text[first:end].rstrip()


def read_rules(folder: Path, pack: str) -> tuple[list[Written], list[Finding]]:
    """Every rule of a pack's ``*.cedar`` files, and every fault found in them."""
    written: list[Written] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.cedar")):
        name = f"{folder.name}/{path.name}"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            findings.append(Finding(name, None, None, f"cannot be read: {error}"))
            continue
        for line, chunk in split_policies(text):
            rule, problems = read_rule(chunk, pack)
            shown = rule.id if rule is not None else _shown_id(chunk)
            findings += [Finding(name, line, shown, problem) for problem in problems]
            if rule is not None and not problems:
                written.append(Written(rule, name, line))
    return written, findings


def read_rule(text: str, pack: str) -> tuple[Rule | None, list[str]]:
    """One policy as a rule, and what is wrong with it; no rule if it is not even Cedar."""
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        return None, [f"malformed Cedar: {error}"]
    if parsed["templates"] or len(parsed["staticPolicies"]) != 1:
        return None, ["a template or something that is not one policy; write one `forbid … ;`"]
    (policy,) = parsed["staticPolicies"].values()
    notes: dict[str, str] = {k: v or "" for k, v in policy.get("annotations", {}).items()}
    problems = [*_annotation_problems(notes, pack), *_scope_problems(policy)]
    for condition in policy["conditions"]:
        problems += est.problems(condition["body"])
    effect = policy["effect"]
    if (effect == "permit") != (notes.get("id") == BASE and pack == "house"):
        problems.append(f"only {BASE} (of the pack house) permits, every other rule forbids")
    if problems:
        return None, problems
    return _rule(text, pack, policy, notes), []


def _rule(text: str, pack: str, policy: Mapping[str, Any], notes: Mapping[str, str]) -> Rule:
    return Rule(
        id=notes["id"],
        pack=pack,
        rows=tuple(notes["row"].split()),
        cite=notes["cite"],
        force=cast(Force, notes["force"]),
        grade=cast(Grade, notes["grade"]),
        status=cast(Status, notes["status"]),
        from_on=_day(notes["from"]),
        until_on=_day(notes["until"]),
        en=notes["en"],
        zh=notes["zh"],
        do_en=notes["do_en"],
        do_zh=notes["do_zh"],
        effect=policy["effect"],
        acts=_scope(policy["action"], ACTS),
        actors=_scope(policy["principal"], LISTS["Actor"]),
        parties=_scope(policy["resource"], LISTS["Party"]),
        conditions=tuple(policy["conditions"]),
        reads=frozenset().union(*(est.reads(c["body"]) for c in policy["conditions"])),
        text=text,
    )


def _annotation_problems(notes: Mapping[str, str], pack: str) -> Iterator[str]:
    for name in ANNOTATIONS:
        if name not in notes:
            yield f"the annotation @{name} is missing"
        elif not notes[name].strip() and name not in MAY_BE_EMPTY:
            yield f"the annotation @{name} is empty" + (
                ": a rule without a citation binds nobody" if name == "cite" else ""
            )
    for name in sorted(set(notes) - set(ANNOTATIONS)):
        yield f"unknown annotation @{name}; expected {', '.join(ANNOTATIONS)}"
    for name, members in CLOSED.items():
        if notes.get(name, "").strip() and notes[name] not in members:
            yield f'unknown {name} "{notes[name]}"; expected one of {", ".join(members)}'
    if notes.get("grade") == "M" and notes.get("status") == "active":
        yield 'grade M (from memory) must be @status("draft"): it may warn, never block'
    if notes.get("id") and not re.fullmatch(rf"{pack}(\.[a-z0-9_]+)+", notes["id"]):
        yield f'the id "{notes["id"]}" should read {pack}.theme.name (small letters, 0-9, _)'
    if "row" in notes and not notes["row"].strip() and pack != "house":
        yield "@row names no row of the reference; only house rules may do without"
    days = {}
    for name in ("from", "until"):
        try:
            days[name] = _day(notes.get(name, ""))
        except ValueError:
            yield f'@{name} should be empty or a day such as 2026-01-30, found "{notes[name]}"'
    start, end = days.get("from"), days.get("until")
    if start is not None and end is not None and start >= end:
        yield f"@from {start} is not before @until {end} (the end itself is not covered)"


def _scope_problems(policy: Mapping[str, Any]) -> Iterator[str]:
    for part, kind, members in (
        ("principal", "Actor", LISTS["Actor"]),
        ("action", "Action", ACTS),
        ("resource", "Party", LISTS["Party"]),
    ):
        scope = policy[part]
        entities = scope.get("entities") or ([scope["entity"]] if "entity" in scope else [])
        grouped = scope["op"] == "in" and "entities" not in scope
        if scope["op"] not in {"All", "==", "in"} or "slot" in scope or grouped:
            yield f"the scope of {part} should be open, `==` or a list, found `{scope['op']}`"
        for entity in entities:
            if entity["type"] != kind or entity["id"] not in members:
                yield (
                    f'there is no {entity["type"]}::"{entity["id"]}" for {part}; '
                    f"expected {kind} of {', '.join(members)}"
                )


def _scope(scope: Mapping[str, Any], members: Mapping[str, object]) -> frozenset[str]:
    if scope["op"] == "All":
        return frozenset(members)
    entities = scope["entities"] if "entities" in scope else [scope["entity"]]
    return frozenset(entity["id"] for entity in entities)


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written.strip() else None


def _shown_id(text: str) -> str | None:
    found = re.search(r'@id\(\s*"([^"]*)"', text)
    return found.group(1) if found else None
