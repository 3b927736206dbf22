"""How long all proofs of the rulebook take, and all mutants, with the rules that come with it.

    python bench/prove.py

Processor seconds, each in a process of its own, imports and reading of the packs counted. The
proofs may take ten seconds in all.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

ARREARS = Path(sys.executable).with_name("arrears")
MOST_S = 10.0


def timed(*arguments: str) -> tuple[dict | list, float]:
    """What a command prints as JSON, and the processor seconds that it took."""

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = spent()
    ran = subprocess.run([str(ARREARS), *arguments, "--json"], capture_output=True, text=True)
    if ran.returncode not in (0, 65):  # 65: something is refuted or survived, which takes as long
        raise SystemExit(ran.stderr)
    return json.loads(ran.stdout), spent() - before


def main() -> int:
    """Print a row for each; exit code 1 if the proofs took too long."""
    timed("policy", "prove")  # files read, bytecode written
    proofs, proving_s = timed("policy", "prove")
    tried, trying_s = timed("policy", "mutants")
    slowest = max(proofs, key=lambda proof: proof["milliseconds"])
    print("| job | number | CPU s | at most |")
    print("|---|---:|---:|---:|")
    print(f"| proofs | {len(proofs)} | {proving_s:.1f} | {MOST_S:.0f} |")
    number = sum(tried["mutants"].values())
    print(f"| mutants against {tried['cases']:,} cases | {number:,} | {trying_s:.1f} | |")
    print(f"slowest proof: {slowest['id']}, {slowest['milliseconds']} ms")
    return int(proving_s > MOST_S)


if __name__ == "__main__":
    sys.exit(main())
