"""An example of the proofs put to the other two readings: all three must agree."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa

from arrears.kernel.errors import ArrearsError
from arrears.rulebook.act import Act
from arrears.rulebook.decide import decide
from arrears.rulebook.load import Rulebook
from arrears.rulebook.prove.witness import Witness
from arrears.rulebook.sweep import sweep
from arrears.rulebook.vocabulary import FACTS, Value


class ReadingsDisagree(ArrearsError):
    """Deciding, sweeping and proving gave different answers about one act: a defect of Arrears."""

    code = "readings"


def replay(example: Witness, rulebook: Rulebook, sweep_too: bool = True) -> None:
    """Decide an example, and sweep it.

    Raises
    ------
    ReadingsDisagree
        If one of them does not give exactly the proof's answer.
    """
    act = example.act()
    verdict = decide(act, rulebook)
    decided = tuple(reason.id for reason in verdict.reasons)
    answers = {
        "proved": (not example.refused, example.refused),
        "decided": (verdict.allowed, decided),
    }
    if sweep_too:
        answers["swept"] = swept(act, rulebook)
    if len(set(answers.values())) > 1:
        told = "; ".join(
            f"{reading}: {'allowed' if allowed else 'refused by ' + ', '.join(refused)}"
            for reading, (allowed, refused) in answers.items()
        )
        raise ReadingsDisagree(
            "the three readings of the rules disagree about one act",
            expected="the same rules refuse it, whether decided, swept or proved",
            found=told,
            remedy="report this with the act below; until then trust no proof of these rules\n"
            + example.as_case("on which the readings disagree"),
        )


def swept(act: Act, rulebook: Rulebook) -> tuple[bool, tuple[str, ...]]:
    """The sweep's answer about one act.

    Numbers, and what is unknown, stand in the frame's one row; the rest are constants, so that
    the sweep leaves out the rules that cannot speak: an act takes a tenth of the time.
    """
    row: dict[str, Value] = {**act.timed(), "jurisdiction": act.jurisdiction}
    fixed: dict[str, Value] = {"actor": act.actor, "party": act.party}
    fixed |= {name: value for name, value in row.items() if isinstance(value, bool | str)}
    frame = pa.table({n: pa.array([v], _arrow_type(n)) for n, v in row.items() if n not in fixed})
    con = ibis.duckdb.connect(threads=1)
    try:
        table = con.create_table("act", frame, temp=True)
        answered = sweep(table, act.act, act.on, rulebook, reasons=True, constants=fixed)
        ((allowed, reasons),) = con.con.sql(
            con.compile(answered.select("allowed", "reasons"))
        ).fetchall()
    finally:
        con.disconnect()
    return bool(allowed), tuple(reasons)


def _arrow_type(name: str) -> Any:
    fact = FACTS.get(name)
    if fact is None or fact.kind == "enum":
        return pa.string()
    return pa.bool_() if fact.kind == "flag" else pa.int64()
