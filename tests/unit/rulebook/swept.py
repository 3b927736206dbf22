"""Small rulebooks and frames for the tests of the sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from arrears.rulebook.load import PACKS, Rulebook, load_rulebook
from arrears.rulebook.sweep import DAYS, sweep
from arrears.rulebook.vocabulary import FACTS

ZONES = {"cn": "Asia/Shanghai", "us": "America/New_York", "in": "Asia/Kolkata",
         "gb": "Europe/London", "house": "Asia/Shanghai"}  # fmt: skip
ON = date(2026, 3, 2)
WHO = {"actor": "lender", "party": "borrower"}


def forbid(
    id_: str,
    when: str,
    *,
    scope: str = "principal, action, resource",
    days: tuple[str, str] = ("", ""),
    status: str = "active",
) -> str:
    """A rule with all its annotations; ``when`` may go on as ``… } unless { …``."""
    return (
        f'@id("{id_}") @row("x") @cite("nowhere") @force("law") @grade("A") @status("{status}")\n'
        f'@from("{days[0]}") @until("{days[1]}")\n'
        '@en("No.") @zh("否。") @do_en("Wait.") @do_zh("等。")\n'
        f"forbid ({scope}) when {{ {when} }};\n"
    )


def rulebook(folder: Path, **packs: Sequence[str]) -> Rulebook:
    """A rulebook of some rules, by pack; the house with its permit is always there."""
    for code in {*packs, "house"}:
        (folder / code).mkdir(parents=True)
        (folder / code / "pack.yaml").write_text(
            f"code: {code}\nen: {code}\nzh: {code}\nzone: {ZONES[code]}\n", encoding="utf-8"
        )
        text = "\n".join(packs.get(code, ()))
        (folder / code / "rules.cedar").write_text(text, encoding="utf-8")
    base = (PACKS / "house" / "base.cedar").read_text(encoding="utf-8")
    (folder / "house" / "base.cedar").write_text(base, encoding="utf-8")
    return load_rulebook(folder)


def arrow_type(name: str) -> Any:
    """The type of a column: a fact's, a day, or text."""
    fact = FACTS.get(name)
    if name in DAYS:
        return pa.date32()
    if fact is None or fact.kind == "enum":
        return pa.string()
    return pa.bool_() if fact.kind == "flag" else pa.int64()


def frame(rows: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> pa.Table:
    """Rows as an Arrow table with the types of the vocabulary, numbered in ``row``."""
    columns = list(dict.fromkeys([*names, *(name for row in rows for name in row)]))
    arrays = {"row": pa.array(range(len(rows)), pa.int64())}
    for name in columns:
        values = [row.get(name) for row in rows]
        arrays[name] = pa.array(values, arrow_type(name))
    return pa.table(arrays)


def swept(rows: Sequence[Mapping[str, Any]], book: Rulebook, **how: Any) -> list[list[str]]:
    """The reasons of each row of a sweep on DuckDB; ``allowed`` must say the same."""
    con = ibis.duckdb.connect(threads=1)
    table = con.create_table("frame", frame(rows), temp=True)
    given = {"constants": {**WHO, "jurisdiction": "cn"}, "act": "message", "on": ON} | how
    answered = sweep(table, given.pop("act"), given.pop("on"), book, reasons=True, **given)
    found = con.con.sql(con.compile(answered)).to_arrow_table().sort_by("row").to_pylist()
    con.disconnect()
    assert [row["allowed"] for row in found] == [not row["reasons"] for row in found]
    return [row["reasons"] for row in found]
