"""Checking that every row of the reference is carried, or that it is said why it is not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from arrears.kernel.errors import ConfigError
from arrears.rulebook.coverage import FILE, Row, read_coverage
from arrears.rulebook.load import HOUSE, Pack
from arrears.rulebook.reading import Finding
from arrears.rulebook.telling import KINDS

ROWS_FILE: Final = "rows.txt"
RULED: Final = frozenset({"act_rule", "template_rule"})
"""Kinds of rows that some rule must carry, unless a later room of the house will."""
UNCARRIED: Final = "not_checkable"


def rows_of_reference(folder: Path) -> tuple[str, ...]:
    """Ids of the reference's rows for a pack, in its order; empty for a pack without a list."""
    path = folder / ROWS_FILE
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def carriers(packs: Mapping[str, Pack]) -> Iterator[Finding]:
    """What is wrong with the coverage tables of all packs, and between them and the rules."""
    tables: dict[str, tuple[Row, ...]] = {}
    for code, pack in packs.items():
        if code == HOUSE:
            continue
        try:
            tables[code] = read_coverage(pack.folder)
        except ConfigError as error:
            yield Finding(f"{code}/{FILE}", None, None, " ".join(str(error).split()))
            continue
        yield from _against_reference(pack, tables[code])
    rules = [rule for pack in packs.values() for rule in pack.rules]
    carried: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for name in rule.rows:
            carried[name].add(rule.id)
    for code, table in tables.items():
        lines = _lines(packs[code])
        for row in table:
            for problem in _row_problems(row, carried[row.row], {rule.id for rule in rules}):
                yield Finding(f"{code}/{FILE}", lines.get(row.row), row.row, problem)
    yield from _stray_rows(packs, {row.row for table in tables.values() for row in table})


def _against_reference(pack: Pack, table: tuple[Row, ...]) -> Iterator[Finding]:
    file = f"{pack.code}/{FILE}"
    reference = rows_of_reference(pack.folder)
    if not reference:
        message = f"{ROWS_FILE} is not there or empty: it lists the rows of the reference"
        yield Finding(file, None, None, message)
    for name, times in Counter(row.row for row in table).items():
        if times > 1:
            yield Finding(file, _lines(pack).get(name), name, f"stands {times} times in the table")
        if name not in reference:
            message = f"the reference has no such row ({ROWS_FILE})"
            yield Finding(file, _lines(pack).get(name), name, message)
    for name in reference:
        if name not in {row.row for row in table}:
            message = f"the row {name} of the reference is missing from the coverage table"
            yield Finding(file, None, name, message)


def _row_problems(row: Row, carried: set[str], rules: set[str]) -> Iterator[str]:
    if row.kind not in KINDS:
        yield f"unknown kind {row.kind}; expected one of {', '.join(KINDS)}"
    if not row.reason_en or not row.reason_zh:
        yield "reason_en or reason_zh is missing: say why it is of this kind"
    for name in row.rules:
        if name not in rules:
            yield f"names the rule {name}, which no pack has"
        elif name not in carried:
            yield f"names the rule {name}, whose @row does not name this row"
    for name in sorted(carried - set(row.rules)):
        yield f"the rule {name} names this row in its @row, and is not listed here"
    if row.kind == UNCARRIED or row.later:
        return
    if row.kind in RULED and not row.rules:
        yield f"is of kind {row.kind} and no rule carries it; name one, or say `later:`"
    if not row.module or not row.screen:
        yield "has no module or no screen that carries it; name both, or say `later:`"
    elif not _exists(row.module):
        yield f"the module {row.module} does not exist; name one that does, or say `later:`"


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _stray_rows(packs: Mapping[str, Pack], known: set[str]) -> Iterator[Finding]:
    for pack in packs.values():
        for written in pack.written:
            for name in written.rule.rows:
                if name not in known:
                    yield Finding(
                        written.file,
                        written.line,
                        written.rule.id,
                        f"@row names {name}, which no coverage table has",
                    )


def _lines(pack: Pack) -> dict[str, int]:
    """Line of each row in the coverage table."""
    found: dict[str, int] = {}
    text = (pack.folder / FILE).read_text(encoding="utf-8") if (pack.folder / FILE).exists() else ""
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.removeprefix("-").strip().partition(":")
        if key == "row":
            found.setdefault(value.split("#")[0].strip(), number)
    return found
