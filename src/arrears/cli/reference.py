"""The command line as a document: ``python -m arrears.cli.reference > docs/cli.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from arrears.cli.app import app

WIDTH = 96
INTRODUCTION = """\
# The command line

What `--help` prints, in one place; a test holds the two equal. Tables and JSON go to stdout,
everything else (progress, remarks, errors) to stderr: `--json` can be piped. An error says what
was expected, what was found, and what to do; its exit code says of which kind it is.
"""


def reference() -> str:
    """The help of every command, as Markdown."""
    parts = [INTRODUCTION]
    for path, text in _helps(app, None, "arrears"):
        parts.append(f"## {path}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def _helps(
    command: click.Command, parent: click.Context | None, name: str
) -> Iterator[tuple[str, str]]:
    given = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, parent=parent, info_name=name, **given)
    lines = command.get_help(context).splitlines()
    yield context.command_path, "\n".join(line.rstrip() for line in lines)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _helps(found, context, inner)


if __name__ == "__main__":
    sys.stdout.write(reference())
