"""The command line: ``arrears …``. Each command is one file; ``main`` lists them."""

from arrears.cli.app import main

__all__ = ["main"]
