"""Write the tables of docs/tape.md from the contract: ``python tools/tape_docs.py [--check]``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from arrears.book.check.reasons import REASONS
from arrears.book.contract import TABLES, Column, TableSpec, nullable_with_snapshots

DOCUMENT = Path(__file__).parents[1] / "docs" / "tape.md"


def table_text(table: TableSpec) -> str:
    lines = [
        f"### `{table.name}`",
        "",
        f"Key: {', '.join(table.key)}.",
        "",
        "| column | type | null | meaning |",
        "|---|---|---|---|",
    ]
    lines += [_column_text(table, column) for column in table.columns]
    return "\n".join(lines)


def _column_text(table: TableSpec, column: Column) -> str:
    null = "" if column.required else "yes"
    if nullable_with_snapshots(table.name, column.name):
        null = "with snapshots"
    said = [column.meaning.removesuffix("; null with snapshots only")]
    if said[0] == "null with snapshots only":
        said = []
    if column.codes and len(column.codes) < 20:
        said.append(", ".join(f"`{code}`" for code in column.codes))
    if column.code_else:
        said.append(f"other codes go in as `{column.code_else}` and are listed")
    if column.default:
        said.append(f"default `{column.default}`")
    if column.low is not None and column.low not in (-(10**14), -36500, -1200):
        said.append(f"at least {column.low}")
    if column.not_after_book:
        said.append("not after `book_on`")
    return f"| {column.name} | {column.type} | {null} | {'; '.join(filter(None, said))} |"


def reasons_text() -> str:
    lines = ["| reason | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in REASONS.items()]
    return "\n".join(lines)


def document(text: str) -> str:
    """The document with its made parts made anew."""
    parts = {
        "tables": "\n\n".join(table_text(table) for table in TABLES.values()),
        "reasons": reasons_text(),
    }
    for name, made in parts.items():
        text = re.sub(
            rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)",
            lambda match, made=made: f"{match[1]}\n{made}\n\n{match[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


def main() -> int:
    found = DOCUMENT.read_text(encoding="utf-8")
    wanted = document(found)
    if "--check" in sys.argv:
        return int(found != wanted)
    DOCUMENT.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
