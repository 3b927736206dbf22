"""The rules of the house that no linter knows; `make check` runs them over the tracked files.

    python tools/tidy.py            exit code 1 and a line for each finding

A line may be excused where a rule says so: ``# tidy: clock`` (only in kernel/clock.py) and
``# tidy: lazy (reason)`` for an import inside a function.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, FUNCTION_LINES = 400, 50

Finding = tuple[int, str]


class Source(NamedTuple):
    """A Python file: its path from the root, its text, lines and syntax tree."""

    path: str
    text: str
    lines: list[str]
    tree: ast.Module

    @classmethod
    def of(cls, path: str, text: str) -> Source:
        """Parse a text."""
        return cls(path, text, text.splitlines(), ast.parse(text))

    def excused(self, line: int, word: str) -> bool:
        """Whether a line bears ``# tidy: word``."""
        return f"# tidy: {word}" in self.lines[line - 1]


def size(source: Source) -> Iterator[Finding]:
    """Files and functions stay small enough to be read at once."""
    if len(source.lines) > FILE_LINES:
        yield (
            1,
            f"{len(source.lines)} lines: a module has {FILE_LINES} at most; make a folder of it",
        )
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines, {FUNCTION_LINES} at most"


_CLOCKS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|timezone\.now|time\.(time|localtime|gmtime)"
    r"|localtime|localdate)$"
)


_DEFAULT_NOW = re.compile(r"(?i)\bdefault\s+(now\(\)|current_(date|timestamp)|clock_timestamp)")


def clock(source: Source) -> Iterator[Finding]:
    """Time comes from ``store.clock``, never from the machine, Django or the database."""
    imported = {
        f"{node.module}.{alias.name}": alias.asname or alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    bare = {
        imported[name]
        for name in ("time.time", "django.utils.timezone.now", "django.db.models.functions.Now")
        if name in imported
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if not (_CLOCKS.search(called) or called in bare or called.endswith("functions.Now")):
                continue
            if node.args and called.endswith(("localtime", "localdate", "gmtime")):
                continue  # of an instant that is given
            if source.path.endswith("kernel/clock.py") and source.excused(node.lineno, "clock"):
                continue
            yield node.lineno, f"{called}() reads the clock: take the time as an argument"
        elif isinstance(node, ast.keyword) and node.arg in {
            "auto_now",
            "auto_now_add",
            "db_default",
        }:
            if node.arg == "db_default" and "ow" not in ast.unparse(node.value):
                continue
            yield node.value.lineno, f"{node.arg} reads the clock: actions write the time"
        elif isinstance(node, ast.Constant) and _DEFAULT_NOW.search(str(node.value)):
            yield node.lineno, "a database default reads the clock: actions write the time"


_MONEY = re.compile(r"(^|_)(minor|amount|amounts|balance|principal|interest|fee|fees|money)(_|$)")


def money(source: Source) -> Iterator[Finding]:
    """Money is a whole number of minor units: no float touches a name of money."""
    for node in ast.walk(source.tree):
        named, value = "", None
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            target = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
            named, value = target, node.annotation
            if not re.search(r"\bfloat\b", ast.unparse(value)):
                continue
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            named, value = ast.unparse(node.targets[0]), node.value
            is_float = isinstance(value, ast.Constant) and isinstance(value.value, float)
            if not (is_float or re.match(r"(float|models\.FloatField)\(", ast.unparse(value))):
                continue
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "float" and node.args:
            named, value = ast.unparse(node.args[0]), node
        if value is not None and _MONEY.search(named.split(".")[-1]):
            yield value.lineno, f"{named} is money and a float: use whole minor units"


def imports(source: Source) -> Iterator[Finding]:
    """Imports stand at the top and say what they bring."""
    functions = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield node.lineno, "import *: name what is used"
        elif (
            isinstance(node, ast.Import | ast.ImportFrom)
            and id(node) in inside
            and not re.search(r"# tidy: lazy \(.+\)", source.lines[node.lineno - 1])
        ):
            yield node.lineno, "import inside a function: move it up or say # tidy: lazy (reason)"


_SETS = ast.In | ast.NotIn | ast.Is | ast.IsNot  # there | joins sets, as meant

_LITERALS = ast.Dict | ast.Set | ast.DictComp | ast.SetComp


def _is_set(node: ast.AST) -> bool:
    made = isinstance(node, ast.Call) and ast.unparse(node.func) in {"set", "frozenset", "dict"}
    return made or isinstance(node, _LITERALS)


def precedence(source: Source) -> Iterator[Finding]:
    """``|`` and ``&`` bind tighter than comparisons: unparenthesised, they mean something else."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Compare) or any(isinstance(op, _SETS) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(_is_set(part) for side in sides for part in ast.walk(side)):
            continue
        for side in sides:
            mixed = isinstance(side, ast.BinOp) and isinstance(side.op, ast.BitOr | ast.BitAnd)
            if mixed and not _parenthesised(source, side):
                yield side.lineno, "| or & beside a comparison: put the comparison in parentheses"


def _parenthesised(source: Source, node: ast.expr) -> bool:
    line = source.lines[node.lineno - 1].encode()[: node.col_offset].decode().rstrip()
    end = (
        source.lines[(node.end_lineno or node.lineno) - 1].encode()[node.end_col_offset :].decode()
    )
    return line.endswith("(") and end.lstrip().startswith(")")


def empty_tests(source: Source) -> Iterator[Finding]:
    """A test file tests something."""
    name = source.path.rsplit("/", 1)[-1]
    if not (name.startswith("test_") and source.path.startswith("tests/")):
        return
    tests = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]
    made = any("TestCase" in line or "as_state_machine" in line for line in source.lines)
    schema = any("@schema.parametrize" in line for line in source.lines)
    if not tests and not made and not schema:
        yield 1, "a test file without a test"


# Written in parts, so that this file does not find itself.
_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("pypi", "tuna"),
            ("index", "crates", "io"),
        )
    )
)
_MACHINE = re.compile(r"(?<![\w.])/(?:work|home/[a-z]\w*|Users/\w+|root/\w+|tmp/brief)(?=/)")
_TODO = re.compile(r"(#|//|--|/\*|\{%).*\b(TO" r"DO|FIX" r"ME|X" r"XX)\b(?!\(#\d+\))")


def text_rules(path: str, text: str) -> Iterator[Finding]:
    """Rules for every text file: index hosts, paths of one machine, TODO without its issue."""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _HOSTS.search(line):
            yield number, f"{found[0]}: no index host stands in this repository"
        if found := _MACHINE.search(line):
            yield number, f"{found[0]}: a path of one machine"
        if path.endswith((".py", ".html", ".sh", ".sql", ".yaml", ".toml")) and _TODO.search(line):
            yield number, "TODO without an issue: write TODO(#12), or do it"


RULES: tuple[Callable[[Source], Iterator[Finding]], ...] = (
    size,
    clock,
    money,
    imports,
    precedence,
    empty_tests,
)
# Generated by Django; Django's own style rules there.
_GENERATED = re.compile(r"/migrations/\d{4}_")
# Tests fake clocks and import late on purpose, and hold the strings that the rules look for.
_OUTSIDE_TESTS = {clock, imports, money}


def python_findings(path: str, text: str) -> Iterator[Finding]:
    """All findings of the Python rules in one file."""
    source = Source.of(path, text)
    for rule in RULES:
        if rule in _OUTSIDE_TESTS and not path.startswith("src/"):
            continue
        if _GENERATED.search(path) and rule is not clock:
            continue
        yield from rule(source)


def tracked(root: Path) -> list[str]:
    """The files under version control, and new ones that are not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode()
    return sorted(name for name in set(told.split("\0")) if name and (root / name).is_file())


def main(root: Path = ROOT) -> int:
    """Print all findings; returns the exit code."""
    count = 0
    for path in tracked(root):
        try:
            text = (root / path).read_bytes().decode()
        except UnicodeDecodeError:
            continue  # a picture, a font, or bad input for a test
        findings = list(text_rules(path, text))
        if path.endswith(".py"):
            findings += python_findings(path, text)
        for line, message in sorted(findings):
            count += 1
            print(f"{path}:{line}: {message}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
