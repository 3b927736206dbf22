"""The verifier as one file that an outsider can read and run."""

from __future__ import annotations

import ast
from importlib.resources import files
from typing import Final

PARTS: Final = ("hashing", "statements", "checking", "files")
_OURS: Final = "arrears.journal.verifier"
_HEAD: Final = '''\
#!/usr/bin/env python3
"""Verifies an exported journal of Arrears: python verify_journal.py FILE [--trust KEYFILE]

Needs Python 3.9 or newer and the package `cryptography` (pip install cryptography). Exit code 0:
nothing is wrong; 65: something is; 66: a file cannot be read. The journal's format is described
in docs/journal.md of Arrears. Apache License 2.0.
"""

from __future__ import annotations

'''
_TAIL: Final = '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'


def single_file() -> str:
    """The modules of this package joined to one: imports first, then each without them."""
    imports: set[str] = set()
    bodies = []
    for part in PARTS:
        source = files(_OURS).joinpath(f"{part}.py").read_text("utf-8")
        lines = source.splitlines()
        for at_top in ast.parse(source).body:
            docstring = isinstance(at_top, ast.Expr)
            if not (docstring or isinstance(at_top, ast.Import | ast.ImportFrom)):
                continue
            start, end = at_top.lineno - 1, at_top.end_lineno or at_top.lineno
            module = getattr(at_top, "module", "") or ""
            if not docstring and not module.startswith(("arrears.", "__future__")):
                imports.add(ast.unparse(at_top))
            lines[start:end] = [""] * (end - start)
        bodies.append("\n".join(lines).strip())
    return _HEAD + "\n".join(sorted(imports)) + "\n\n\n" + "\n\n\n".join(bodies) + _TAIL
