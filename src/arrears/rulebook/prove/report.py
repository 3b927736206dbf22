"""All proofs of a folder of packs, one after the other: what `arrears policy prove` runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from arrears.rulebook.baseline import FILE, read_baseline
from arrears.rulebook.load import PACKS, load_rulebook
from arrears.rulebook.prove.book import Book, regimes_of, rules_of
from arrears.rulebook.prove.claims import Claim, days_of, read_claims
from arrears.rulebook.prove.proof import Proof, prove_claims, prove_house
from arrears.rulebook.prove.shadow import prove_rules
from arrears.rulebook.prove.witness import Baselines, baselines_of


def prove(folder: Path | None = None, claims: tuple[Claim, ...] | None = None) -> Iterator[Proof]:
    """Prove every claim, that the house only narrows, and that every rule is alive and needed.

    Parameters
    ----------
    folder
        Default: the packs that come with Arrears.
    claims
        Default: those that come with Arrears.

    Raises
    ------
    BadRulebook
        If the packs cannot be read.
    ReadingsDisagree
        If an example is not confirmed by deciding and sweeping it.
    """
    rulebook = load_rulebook(folder)
    claims = read_claims() if claims is None else claims
    rules = rules_of(rulebook)
    book = Book(rules, regimes_of(rules, days_of(claims)), jurisdictions=rulebook.codes(None))
    baselines = baselines_beside(folder)
    solver = book.solver()
    for proof in prove_claims(book, claims, baselines, solver):
        if proof.examples:
            from arrears.rulebook.prove.replay import replay  # tidy: lazy (only if refuted)

            for example in proof.examples:
                replay(example, rulebook)
        yield proof
    yield prove_house(book)
    yield from prove_rules(book, rulebook.packs.values(), solver)


def baselines_beside(folder: Path | None) -> Baselines:
    """The baselines of a folder of packs, or those that come with Arrears."""
    own = folder is not None and (folder / FILE).is_file()
    return baselines_of(read_baseline(folder if own and folder else PACKS))
