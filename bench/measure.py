"""Run one job in a fresh process and say what it cost: CPU of it and its children, peak memory.

A job prints one JSON object as its last line; what a JVM used beside it stands in there, since
a virtual machine that is still running is not counted with the children. So does the CPU that
went by until everything was imported, where a job tells it with :func:`cpu_so_far`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Cost:
    """What one run cost: seconds of CPU (user and system) and of the wall clock, MB at most.

    ``job_cpu_s`` is what of ``cpu_s`` came after the imports; all of it where a job does not say.
    """

    name: str
    cpu_s: float
    job_cpu_s: float
    wall_s: float
    peak_mb: float
    result: dict[str, Any] = field(default_factory=dict)


def run(name: str, script: Path, *arguments: str) -> Cost:
    """Run ``python script name …`` and measure it; its standard error is passed on."""
    began = time.perf_counter()
    # As installed: packages are compiled. Where Python may not write that down, every process
    # would compile anew what it imports.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, str(script), "--job", name, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    lines = process.stdout.read().strip().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the job {name} ended with {process.returncode}")
    result = json.loads(lines[-1])
    cpu = usage.ru_utime + usage.ru_stime + result.pop("beside_cpu_s", 0.0)
    return Cost(
        name,
        cpu,
        cpu - result.pop("imports_cpu_s", 0.0),
        wall,
        usage.ru_maxrss / 1024 + result.pop("beside_mb", 0.0),
        result,
    )


def cpu_so_far() -> float:
    """Seconds of CPU of this process since it began, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def beside() -> dict[str, float]:
    """CPU and peak memory of the children that still run: Spark's virtual machine."""
    import psutil

    cpu, peak = 0.0, 0.0
    for child in psutil.Process().children(recursive=True):
        times = child.cpu_times()
        cpu += times.user + times.system
        status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii", errors="replace")
        peak += next(
            int(line.split()[1]) / 1024 for line in status.splitlines() if line[:6] == "VmHWM:"
        )
    return {"beside_cpu_s": cpu, "beside_mb": peak}


def table(rows: list[list[str]]) -> str:
    """Rows as a Markdown table, the first one its head."""
    head, *body = rows
    lines = [
        "| " + " | ".join(head) + " |",
        "|" + "|".join(["---", *["---:"] * (len(head) - 1)]) + "|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in body]
    return "\n".join(lines)
