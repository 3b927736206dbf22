"""The answer to a push: what became of each row of the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from arrears.api.answers.pushed import Pushed, PushedRow, Reason
from arrears.api.rows import Row

# Lists inside a row, and the tables that their rows belong to.
INNER: Final = {"instalments": "instalments", "parties": "loan_parties"}
# Said of each row of a loan that is set aside whole; the loan's own line says it once.
OF_THE_WHOLE: Final = "loan.incomplete"


def told(result: Mapping[str, Any], table: str, rows: Sequence[Row], key: str) -> Pushed:
    """The answer from a command's result.

    Parameters
    ----------
    table
        What the rows are, which is also the list of the request that they stood in.
    key
        The column that names a row.
    """
    places = _places(table, rows)
    reasons: dict[int, list[Reason]] = {}
    for row in result["rows"]:
        if row["state"] != "set_aside":
            continue
        index, pointer = places[row["table"], row["index"]]
        if row["table"] == table or row["reason"] != OF_THE_WHOLE:
            reason = Reason(pointer=pointer, code=row["reason"], text=row["text"])
            reasons.setdefault(index, []).append(reason)
    return Pushed(
        tape_id=result["tape_id"],
        book_version=result["book_version"],
        received=result["received"],
        accepted=result["accepted"],
        set_aside=result["set_aside"],
        rows=[
            PushedRow(
                pointer=f"/{table}/{index}",
                key=row[key],
                outcome="set_aside" if index in reasons else "accepted",
                reasons=reasons.get(index, []),
            )
            for index, row in enumerate(rows)
        ],
    )


def _places(table: str, rows: Sequence[Row]) -> dict[tuple[str, int], tuple[int, str]]:
    """By table and index in it: the index of the outermost row, and the pointer to the row.

    A command counts the rows of inner lists through, from the first outer row to the last.
    """
    places = {(table, index): (index, f"/{table}/{index}") for index in range(len(rows))}
    for field, inner_table in INNER.items():
        number = 0
        for index, row in enumerate(rows):
            for inner in range(len(row.get(field) or ())):
                places[inner_table, number] = (index, f"/{table}/{index}/{field}/{inner}")
                number += 1
    return places
