"""The house's rules alone hold V1, V2, V3 and V7, whatever a jurisdiction's law does not say."""

from __future__ import annotations

import shutil

import pytest

from arrears.rulebook.act import JURISDICTIONS
from arrears.rulebook.load import PACKS
from arrears.rulebook.prove.claims import read_claims
from arrears.rulebook.prove.report import prove

PROMISES = ("V1.", "V2.", "V3.", "V7.")


@pytest.fixture
def lawless(tmp_path):
    """Packs of which only the house has rules."""
    for code in JURISDICTIONS:
        (tmp_path / code).mkdir()
        shutil.copy(PACKS / code / "pack.yaml", tmp_path / code)
    shutil.copytree(PACKS / "house", tmp_path / "house")
    return tmp_path


def verdicts(folder):
    claims = tuple(claim for claim in read_claims() if claim.id.startswith(PROMISES))
    wanted = {claim.id for claim in claims}
    return {proof.id: proof.proved for proof in prove(folder, claims) if proof.id in wanted}


def test_the_promises_hold_without_any_law(lawless):
    found = verdicts(lawless)
    assert {id_.split(".")[0] for id_ in found} == {"V1", "V2", "V3", "V7"}
    assert [id_ for id_, proved in found.items() if not proved] == []


@pytest.mark.parametrize(
    ("file", "rule", "promise"),
    [
        ("visits", "house.visit.notice", "V2.notice"),
        ("holds", "house.hold.bereavement", "V3.holds"),
        ("who", "house.third.reveals", "V7.words"),
        ("legal", "house.legal.current", "V1.legal_step"),
    ],
)
def test_a_promise_breaks_without_its_rule(lawless, file, rule, promise):
    path = lawless / "house" / f"{file}.cedar"
    rules = path.read_text(encoding="utf-8").split("\n\n")
    kept = [text for text in rules if f'@id("{rule}")' not in text]
    assert len(kept) == len(rules) - 1
    path.write_text("\n\n".join(kept), encoding="utf-8")
    assert not verdicts(lawless)[promise]
