"""What a person or a machine reads: tables and JSON on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from arrears.kernel.money import EXPONENTS, format_minor

Tell = Callable[[str, int, int], None]
"""Told what is being done, how many parts of it are done, and of how many."""


def _console(stderr: bool, *, wrap: bool = False, width: int | None = None) -> Console:
    # Made anew each time: tests and pipes replace the streams.
    return _Console(stderr=stderr, highlight=False, soft_wrap=not wrap, width=width)


class _Console(Console):
    """A console that writes on into nothing when the reader of its pipe has left."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        reader_left()


def reader_left() -> None:
    """Let what is still written to stdout go nowhere: `arrears … | head` has read enough.

    The command goes on to its end, so that its exit code says what it found.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except OSError:
        pass  # stdout is no file
    finally:
        os.close(nowhere)


def flush() -> None:
    """Send what is waiting for stdout on its way."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        reader_left()


def say(sentence: str) -> None:
    """A sentence about what goes on, on stderr."""
    _console(True).print(escape(sentence), style="dim")


def error(text: str) -> None:
    """An error, on stderr: its first line in red."""
    first, _, rest = text.partition("\n")
    console = _console(True)
    console.print(f"error: {escape(first)}", style="bold red")
    if rest:
        console.print(escape(rest))


def line(text: str) -> None:
    """A line of the result, on stdout."""
    _console(False).print(escape(text))


def emit(data: object) -> None:
    """The result as JSON on stdout: the same data gives the same bytes."""
    try:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    except BrokenPipeError:
        reader_left()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout; columns whose values are all numbers or money are set to the right."""
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    drawn = Table()
    for index, column in enumerate(columns):
        numeric = bool(cells) and all(_is_number(row[index]) for row in cells)
        drawn.add_column(escape(column), justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        drawn.add_row(*(escape(cell) for cell in row))
    console = _console(False, wrap=True)
    if not console.is_terminal:
        # A pipe has no width: lines are as long as they must be.
        console = _console(False, wrap=True, width=200)
    # Not as the table's own title: that would be folded to the width of a small table.
    console.print(escape(title), style="bold")
    console.print(drawn)


def _is_number(cell: str) -> bool:
    bare = cell.lstrip("¥$€£₹-NT").replace(",", "").replace(".", "").rstrip("%").strip()
    return not bare or bare.isdigit()


def count(number: int) -> str:
    """A number with thousands separators."""
    return f"{number:,}"


def money(sums: Mapping[str, int]) -> str:
    """Sums per currency, as a reader wants them; of no known currency, in units as received."""
    return ", ".join(
        format_minor(minor, code) if code in EXPONENTS else f"{minor:,} units of {code}"
        for code, minor in sorted(sums.items())
    )


@contextmanager
def progress(total: int | None = None, label: str = "") -> Iterator[Tell]:
    """A bar on stderr while the block works; silent where stderr is no terminal."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(escape(label), total=total)

        def tell(doing: str, done: int, of: int) -> None:
            bar.update(task, description=escape(doing), completed=done, total=of)

        yield tell
