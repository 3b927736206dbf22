"""``arrears policy prove``: what holds for every possible act, or an act that breaks it."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from arrears.cli import show
from arrears.cli.options import as_json

if TYPE_CHECKING:
    from arrears.rulebook.prove.proof import Proof


@click.command(name="prove")
@click.argument(
    "folder", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@as_json
def command(folder: Path | None, as_json: bool) -> int:
    """Prove what the rules must guarantee, for every act, fact, jurisdiction and day.

    A claim that does not hold is shown with a counter-example, written as a golden case and
    confirmed by deciding and sweeping it. Exit code 65 if a claim does not hold.
    docs/rulebook/proofs.md lists the claims.
    """
    from arrears.rulebook.prove.report import prove  # tidy: lazy (loads Z3)

    start = perf_counter()
    proofs = []
    for proof in prove(folder):
        proofs.append(proof)
        if not as_json:
            _tell(proof)
    refuted = sum(1 for proof in proofs if not proof.proved)
    if as_json:
        show.emit([_as_json(proof) for proof in proofs])
    else:
        show.line(
            f"{len(proofs)} claims: {len(proofs) - refuted} proved, {refuted} refuted "
            f"in {perf_counter() - start:.1f} s"
        )
    return 65 if refuted else 0


def _tell(proof: Proof) -> None:
    state = "proved " if proof.proved else "REFUTED"
    show.line(f"{state} {proof.seconds * 1000:6.0f} ms  {proof.id}: {proof.en}")
    for told in proof.told:
        show.line(f"    {told}")
    for example in proof.examples:
        case = example.as_case(f"breaks {proof.id}")
        show.line("\n".join(f"    {line}" for line in case.splitlines()))


def _as_json(proof: Proof) -> dict[str, Any]:
    return {
        "id": proof.id,
        "en": proof.en,
        "zh": proof.zh,
        "proved": proof.proved,
        "milliseconds": round(proof.seconds * 1000),
        "told": list(proof.told),
        "examples": [example.as_case(f"breaks {proof.id}") for example in proof.examples],
    }
