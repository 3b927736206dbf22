"""Rules that can never speak, and rules that never speak alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import yaml
import z3

from arrears.kernel.errors import ConfigError
from arrears.rulebook.load import Pack, rule_key
from arrears.rulebook.prove.book import Book
from arrears.rulebook.prove.proof import Proof
from arrears.rulebook.rule import Rule

FILE: Final = "shadowed.yaml"
"""In a pack: the rules that others of the pack cover, and why each stands all the same."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A rule that never refuses without another of its pack refusing too.

    Parameters
    ----------
    rule
        The rule.
    by
        Ids of rules each of which alone always refuses with it; empty: only several together do.
    """

    rule: Rule
    by: tuple[str, ...]

    def __str__(self) -> str:
        return f"{rule_key(self.rule)} (by {', '.join(self.by) or 'several others together'})"


def dead(book: Book, solver: Any) -> Iterator[Rule]:
    """Rules that no act can ever meet."""
    for rule in book.forbids:
        if solver.check(book.fires[rule_key(rule)]) != z3.sat:
            yield rule


def shadows(book: Book, solver: Any) -> Iterator[Shadow]:
    """Rules that never speak alone among the rules of their pack.

    A rule of law that a stricter house rule covers is no shadow: it would hold without the house.
    """
    for rule in book.forbids:
        key = rule_key(rule)
        others = {rule_key(o): o.id for o in book.forbids if o.pack == rule.pack}
        speaks = book.fires[key]
        silent = {other: z3.Not(book.fires[other]) for other in others if other != key}
        if solver.check(speaks) != z3.sat or solver.check(speaks, *silent.values()) == z3.sat:
            continue
        by = {others[o] for o, off in silent.items() if solver.check(speaks, off) != z3.sat}
        yield Shadow(rule, tuple(sorted(by)))


def prove_rules(book: Book, packs: Iterable[Pack], solver: Any) -> Iterator[Proof]:
    """That every rule can speak, and that each that never speaks alone is known and explained."""
    start = perf_counter()
    silent = tuple(rule_key(rule) for rule in dead(book, solver))
    yield Proof(
        "rules.alive",
        "Every rule can refuse something: none is dead.",
        "每条规则都可能拒绝某些行为，没有失效的规则。",
        not silent,
        perf_counter() - start,
        told=silent,
    )
    start = perf_counter()
    found = list(shadows(book, solver))
    listed = {rule: pack.code for pack in packs for rule in read_shadowed(pack)}
    told = [str(shadow) for shadow in found if shadow.rule.id not in listed]
    stale = set(listed) - {shadow.rule.id for shadow in found}
    told += [f"{rule} is listed in {listed[rule]}/{FILE} and is not covered" for rule in stale]
    yield Proof(
        "rules.needed",
        "No rule is wholly covered by others of its pack, save those listed with their reason.",
        "没有规则被同一规则包的其他规则完全覆盖，已列明理由者除外。",
        not told,
        perf_counter() - start,
        told=tuple(sorted(told)),
    )


def read_shadowed(pack: Pack) -> Mapping[str, tuple[str, str]]:
    """Rules of a pack that may be covered by others, each with its reason in en and zh.

    Raises
    ------
    ConfigError
        If an entry lacks its rule or a reason.
    """
    path: Path = pack.folder / FILE
    if not path.is_file():
        return {}
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    wanted = {"rule", "reason_en", "reason_zh"}
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != wanted or not all(entry.values()):
            raise ConfigError(
                "a covered rule is listed without its reason",
                expected=", ".join(sorted(wanted)),
                found=str(entry)[:200],
                file=path,
            )
    return {entry["rule"]: (entry["reason_en"], entry["reason_zh"]) for entry in entries}
