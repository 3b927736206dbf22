"""A process that takes a tape in and runs a day, and is stopped where a test says.

    python interrupted_work.py TAPE AS_OF [kill|wait STEP]

``take_in`` stops in the middle of writing, the name of a step of the run after its work and
before its commit. ``kill`` ends the process as kill -9 does; ``wait`` says so on standard output
and goes on when it is given a line. At the end it prints all rows of the cases.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from arrears.site.installation import opened


def stop(way: str) -> None:
    """Die, or wait to be told to go on."""
    if way == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdout.write("waiting\n")
    sys.stdout.flush()
    sys.stdin.readline()


def work(tape: Path, as_of: date, way: str, at: str) -> dict[str, Any]:
    """Both jobs, stopped once."""
    from diary import ACTOR, everything

    from arrears.daily.actions import run_day
    from arrears.loans.actions import take_in

    left = [way] if way else []

    def progress(step: str, done: int, of: int) -> None:
        if at == "take_in" and step == "write" and 2 * done >= of and left:
            stop(left.pop())

    def stopped(step: Callable[..., Any]) -> Callable[..., Any]:
        def carried_out(day: Any, opened: Any) -> Any:
            found = step(day, opened)
            if step.__name__ == at and left:
                stop(left.pop())
            return found

        carried_out.__name__ = step.__name__
        return carried_out

    taken = take_in(ACTOR, tape, progress=progress)
    module = sys.modules[run_day.__module__]
    module.STEPS = tuple(stopped(step) for step in module.STEPS)
    result = run_day(ACTOR, as_of)
    return {
        "taken": [taken.rows, taken.book_version],
        "run": [str(result.run_id), result.aged_sha256, result.counts],
        "rows": everything(),
    }


if __name__ == "__main__":
    given = [*sys.argv[1:], "", ""]
    with opened():
        outcome = work(Path(given[0]), date.fromisoformat(given[1]), given[2], given[3])
    sys.stdout.write(json.dumps(outcome, default=str) + "\n")
