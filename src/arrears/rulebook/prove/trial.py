"""All mutants of a folder of packs: what `arrears policy mutants` and the mutation test run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arrears.rulebook.check import check
from arrears.rulebook.load import PACKS, rule_key
from arrears.rulebook.prove.book import Book, applies, regimes_of
from arrears.rulebook.prove.claims import days_of, read_claims
from arrears.rulebook.prove.holds import holds
from arrears.rulebook.prove.mutation import Told, Trial, Tried, told
from arrears.rulebook.prove.report import baselines_beside
from arrears.rulebook.reading import BASE
from arrears.rulebook.rule import Rule


@dataclass(frozen=True)
class Trials:
    """Everything ready to try mutants.

    Parameters
    ----------
    rules
        All rules whose mutants can be tried, the base permit aside.
    cases
        Number of golden cases that take part.
    failing
        Cases left out because the rules as they are do not give their answer.
    faults
        What `arrears policy check` finds; rules and cases that cannot be read take no part.
    """

    rules: tuple[Rule, ...]
    cases: int
    failing: tuple[str, ...]
    faults: tuple[str, ...]
    active: Trial
    drafts: Trial

    def run(self, pack: str | None = None, rule: str | None = None) -> Iterator[Tried]:
        """Every mutant of every rule, of one pack or of one rule, in the order of the packs."""
        for one in self.rules:
            if pack not in (None, one.pack) or rule not in (None, one.id):
                continue
            yield from (self.active if one.status == "active" else self.drafts).of(one)


def read_trials(folder: Path | None = None) -> Trials:
    """Read packs, cases and claims, and leave out cases that fail anyway."""
    folder = folder or PACKS
    checked = check(folder)
    rules = [rule for pack in checked.packs.values() for rule in pack.rules]
    claims = read_claims()
    regimes = regimes_of(rules, days_of(claims))
    active = Book([rule for rule in rules if rule.status == "active"], regimes)
    drafts = Book([rule for rule in rules if rule.status == "draft"], regimes)
    passing: list[Told] = []
    failing: list[str] = []
    for case in checked.cases:
        seen = told(case)
        if seen is None:
            continue
        expected = set(case.refused), set(case.warned or ())
        found = refusing(active, seen), refusing(drafts, seen) if seen.warned else set()
        if found == expected:
            passing.append(seen)
        else:
            failing.append(f"{case.file}:{case.line}: {case.name}")
    baselines = baselines_beside(folder)
    return Trials(
        rules=tuple(rule for rule in rules if rule.id != BASE),
        cases=len(passing),
        failing=tuple(failing),
        faults=tuple(str(finding) for finding in checked.findings),
        active=Trial(active, claims, passing, baselines),
        drafts=Trial(drafts, (), passing, baselines, active),
    )


def refusing(book: Book, case: Told) -> set[str]:
    """Ids of a book's rules that refuse a case, as formulas see it."""
    return {
        rule.id
        for rule in book.forbids
        if case.world["act"] in rule.acts
        and any(applies(rule, case.jurisdiction, day) for day in case.days)
        and holds(book.formulas[rule_key(rule)], case.world)
    }
