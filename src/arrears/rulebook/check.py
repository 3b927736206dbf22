"""Checking packs: everything that is wrong with rules, cases and tables, not only the first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cedarpy

from arrears.kernel.errors import ArrearsError
from arrears.rulebook.baseline import Baseline, read_baseline
from arrears.rulebook.carriers import carriers
from arrears.rulebook.cases import Case, read_cases
from arrears.rulebook.coverage import FILE as TABLE
from arrears.rulebook.load import CODES, PACKS, Pack, read_packs
from arrears.rulebook.reading import BASE, Finding
from arrears.rulebook.schema import HEADER, schema_text
from arrears.rulebook.vocabulary import ACTS

SCHEMA_FILE: Final = "schema.cedarschema"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check read and found."""

    packs: Mapping[str, Pack]
    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]

    @property
    def rules(self) -> int:
        """Versions of rules that could be read."""
        return sum(len(pack.rules) for pack in self.packs.values())


def check(folder: Path | None = None, only: str | None = None, *, write: bool = False) -> Checked:
    """Check every pack of a folder, or one of them.

    Parameters
    ----------
    folder
        Default: the packs that come with Arrears.
    only
        Code of the pack whose findings are wanted; its rules are still read beside the others.
    write
        Write the schemas that are missing or stale, instead of finding fault with them.
    """
    folder = folder or PACKS
    packs, findings = read_packs(folder)
    findings += _missing(folder, packs, only)
    cases: list[Case] = []
    baselines: Mapping[str, Baseline] = {}
    try:
        baselines = read_baseline(folder if (folder / "baseline.yaml").exists() else PACKS)
    except ArrearsError as error:
        findings.append(Finding("baseline.yaml", None, None, " ".join(str(error).split())))
    for code, pack in packs.items():
        findings += _schema(pack, write=write and only in {None, code})
        if baselines:
            own, faults = read_cases(pack, baselines)
            cases += own
            findings += faults
    findings += _cases(packs, cases)
    findings += carriers(packs)
    if only is not None:
        findings = [f for f in findings if f.file.split("/")[0] in {only, "baseline.yaml"}]
    findings.sort(key=lambda f: (_rank(f), f.file, f.line or 0, f.rule or "", f.message))
    return Checked(packs, tuple(cases), tuple(findings))


def _missing(folder: Path, packs: Mapping[str, Pack], only: str | None) -> Iterator[Finding]:
    """Packs that are not there though they should be: of a whole rulebook, and the one asked for.

    A whole rulebook brings its own baseline; a folder without one may hold some packs alone.
    """
    whole = (folder / "baseline.yaml").exists()
    for code in CODES:
        wanted = whole or code == only
        if wanted and code not in packs and not (folder / code / "pack.yaml").is_file():
            yield Finding(
                f"{code}/pack.yaml",
                None,
                None,
                f"no pack `{code}`: nothing could be decided where its law applies",
            )


def _rank(finding: Finding) -> int:
    """Causes first: a file or rule that cannot be read is missed by schema, table and cases too."""
    if finding.file.endswith(f"/{SCHEMA_FILE}"):
        return 2
    if finding.rule is None:
        return 0
    return 3 if "/cases/" in finding.file or finding.file.endswith(f"/{TABLE}") else 1


def pack_schema(pack: Pack) -> str:
    """The schema of a whole pack: every act, and every fact that one of its rules reads."""
    facts = frozenset().union(*(rule.reads for rule in pack.rules))
    return HEADER + schema_text(ACTS, facts)


def _schema(pack: Pack, *, write: bool) -> Iterator[Finding]:
    text = pack_schema(pack)
    file = f"{pack.code}/{SCHEMA_FILE}"
    path = pack.folder / SCHEMA_FILE
    written = path.read_text(encoding="utf-8") if path.is_file() else None
    if written != text and write:
        path.write_text(text, encoding="utf-8")
    elif written != text:
        state = "is not there" if written is None else "is stale"
        yield Finding(file, None, None, f"the schema {state}; run `arrears policy check --write`")
    for written_rule in pack.written:
        result = cedarpy.validate_policies(written_rule.rule.text, text)
        for message in sorted({_in_words(error.error) for error in result.errors}):
            yield Finding(
                written_rule.file,
                written_rule.line,
                written_rule.rule.id,
                f"Cedar's validator: {message}",
            )


def _in_words(error: str) -> str:
    """An error of Cedar's without the acts for which it is repeated, and with what helps."""
    message = re.sub(r"^for policy `[^`]*`, ", "", error)
    message = re.sub(r" in context for Action::.*$", "", message, flags=re.DOTALL)
    if "optional attribute" in message:
        # Cedar does not conclude from `!(context has x) || …` that x is there on the right.
        message += (
            "; write `context has x && context.x …`, and where unknown is to refuse "
            "`!(context has x && context.x >= 480 && context.x < 1320)`"
        )
    return message


def _cases(packs: Mapping[str, Pack], cases: Iterable[Case]) -> Iterator[Finding]:
    rules = {rule.id: rule for pack in packs.values() for rule in pack.rules}
    asked: dict[tuple[object, ...], Case] = {}
    shown: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        for name in sorted({case.rule, *case.refused, *(case.warned or ())} - set(rules)):
            if name not in {"missing", "error"}:
                yield Finding(case.file, case.line, case.name, f"there is no rule {name}")
        first = asked.setdefault(case.key, case)
        warned_alike = None in (first.warned, case.warned) or first.warned == case.warned
        if first is not case and not (first.refused == case.refused and warned_alike):
            yield Finding(
                case.file,
                case.line,
                case.name,
                f"contradicts {first.file}:{first.line}: same act and facts, other verdict",
            )
        answer = {*case.refused, *(case.warned or ())}
        shown[case.rule].add("refused" if case.rule in answer else "allowed")
    for pack in packs.values():
        for written in pack.written:
            if written.rule.id == BASE:
                continue
            for kind in sorted({"refused", "allowed"} - shown[written.rule.id]):
                word = "warned" if written.rule.status == "draft" and kind == "refused" else kind
                yield Finding(
                    written.file, written.line, written.rule.id, f"has no case that is {word}"
                )
