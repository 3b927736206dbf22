"""The verifier as one file."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter

from arrears.journal.verifier.bundle import single_file


def test_the_single_file_imports_the_standard_library_and_one_package_only():
    tree = ast.parse(single_file())
    roots = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert roots - set(sys.stdlib_module_names) == {"cryptography"}


def test_no_name_stands_for_two_things_once_the_parts_are_joined():
    names = Counter(
        name
        for node in ast.parse(single_file()).body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [
                t.id
                for t in ast.walk(node)
                if isinstance(t, ast.Name) and isinstance(t.ctx, ast.Store)
            ]
            if isinstance(node, ast.Assign)
            else []
        )
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_a_wrong_call_is_told_apart_from_tampering(tmp_path):
    verifier = tmp_path / "verify_journal.py"
    verifier.write_text(single_file())
    (tmp_path / "empty").write_text("")
    for arguments, code in [
        ([], 2),
        (["nowhere"], 66),
        (["empty"], 65),
        (["empty", "--root", "xyz"], 66),
        (["empty", "--trust", "empty"], 66),
    ]:
        done = subprocess.run(
            [sys.executable, "-I", str(verifier), *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), arguments
