"""Compute the lock files anew: every package by version and hash, and no index host in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = [str(ROOT / ".venv" / "bin" / "uv"), "pip", "compile", "-q", "--universal"]
UV += ["--generate-hashes", "--no-emit-index-url", "--no-header", "--python-version", "3.11"]
# Everything else agrees with runtime.txt, so the sets can be installed together.
SETS = {
    "runtime.txt": [],
    "dev.txt": ["--extra", "dev", "-c", "locks/runtime.txt"],
    "spark.txt": ["--extra", "spark", "-c", "locks/runtime.txt"],
}


def main(arguments: list[str]) -> None:
    """Compile all sets; arguments such as ``--upgrade`` go to uv."""
    for name, options in SETS.items():
        print(f"locks/{name} …", flush=True)
        command = [*UV, *arguments, "pyproject.toml", *options, "-o", f"locks/{name}"]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
