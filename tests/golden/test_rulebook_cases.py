"""The golden cases of every pack: what a lawyer reads is what the rulebook answers."""

from __future__ import annotations

from collections import defaultdict

import pytest

from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.cases import Case, read_cases, run_case
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.reading import Finding

BOOK = load_rulebook()
BASELINES = read_baseline()


def _cases() -> tuple[dict[str, list[Case]], list[Finding]]:
    files: dict[str, list[Case]] = defaultdict(list)
    findings: list[Finding] = []
    for pack in BOOK.packs.values():
        cases, faults = read_cases(pack, BASELINES)
        findings += faults
        for case in cases:
            files[case.file].append(case)
    return files, findings


FILES, FAULTS = _cases()


def test_every_case_can_be_read() -> None:
    assert not FAULTS, "\n".join(map(str, FAULTS))


@pytest.mark.parametrize("file", sorted(FILES))
def test_the_rulebook_answers_as_its_cases_say(file: str) -> None:
    failures = [failure for case in FILES[file] if (failure := run_case(case, BOOK)) is not None]
    assert not failures, "\n".join(map(str, failures))
