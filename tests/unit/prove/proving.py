"""Small rulebooks, and copies of the real one with something changed, for tests of the proofs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from arrears.rulebook.load import PACKS, Rulebook, load_rulebook
from arrears.rulebook.prove.claims import Claim, read_claims
from arrears.rulebook.prove.formula import All, formula_of
from arrears.rulebook.prove.proof import Proof
from arrears.rulebook.prove.report import prove
from arrears.rulebook.reading import read_rule
from arrears.rulebook.rule import Rule

ZONES = {"cn": "Asia/Shanghai", "us": "America/New_York", "in": "Asia/Kolkata",
         "gb": "Europe/London", "house": "Asia/Shanghai"}  # fmt: skip
OPEN = "principal, action, resource"


def text(id_: str, when: str = "true", scope: str = OPEN, days: tuple[str, str] = ("", "")) -> str:
    """A rule with all its annotations."""
    return (
        f'@id("{id_}") @row("x") @cite("nowhere") @force("law") @grade("A") @status("active")\n'
        f'@from("{days[0]}") @until("{days[1]}")\n'
        '@en("No.") @zh("否。") @do_en("Wait.") @do_zh("等。")\n'
        f"forbid ({scope}) when {{ {when} }};\n"
    )


def rule(when: str, scope: str = OPEN, pack: str = "cn") -> Rule:
    """A rule, read; it must be well-formed."""
    found, problems = read_rule(text(f"{pack}.tested", when, scope), pack)
    assert found is not None, problems
    return found


def formula(when: str, scope: str = OPEN) -> All:
    """The formula of a rule."""
    return formula_of(rule(when, scope))


def folder(path: Path, **packs: Sequence[str]) -> Path:
    """A folder of packs, all five; those not named have no rule but the base permit."""
    for code in ZONES:
        (path / code).mkdir(parents=True)
        about = f"code: {code}\nen: {code}\nzh: {code}\nzone: {ZONES[code]}\n"
        (path / code / "pack.yaml").write_text(about, encoding="utf-8")
        written = "\n".join(packs.get(code, ()))
        (path / code / "rules.cedar").write_text(written, encoding="utf-8")
    shutil.copy(PACKS / "house" / "base.cedar", path / "house" / "base.cedar")
    return path


def rulebook(path: Path, **packs: Sequence[str]) -> Rulebook:
    """A rulebook of a few rules."""
    return load_rulebook(folder(path, **packs))


def changed_packs(path: Path, changes: Mapping[str, tuple[str, str]]) -> Path:
    """A copy of the real packs without their cases; by file, a text and what stands instead."""
    shutil.copytree(PACKS, path, ignore=shutil.ignore_patterns("cases"))
    for file, (old, new) in changes.items():
        whole = (path / file).read_text(encoding="utf-8")
        # However the formatter breaks the lines.
        pattern = r"\s+".join(re.escape(word) for word in old.split())
        changed, number = re.subn(pattern, lambda _, new=new: new, whole)
        assert number == 1, f"{file}: {old!r} stands there {number} times"
        (path / file).write_text(changed, encoding="utf-8")
    return path


def claims(path: Path, written: str) -> tuple[Claim, ...]:
    """Claims of a text."""
    path.write_text(written, encoding="utf-8")
    return read_claims(path)


def proof_of(path: Path, claim: str) -> Proof:
    """What becomes of one of the real claims with the packs of a folder."""
    chosen = tuple(one for one in read_claims() if one.id == claim)
    return next(prove(path, chosen))
