"""Everything an installation needs, looked at one by one; nothing is changed."""

from __future__ import annotations

from collections.abc import Callable

from arrears.kernel.clock import Clock, SystemClock
from arrears.kernel.errors import ArrearsError
from arrears.site.config import Config
from arrears.site.diagnosis import database, machine, record
from arrears.site.diagnosis.finding import Finding, State
from arrears.store.embedded.locks import Say

__all__ = ["Finding", "State", "diagnose", "worst"]


def diagnose(
    config: Config, clock: Clock | None = None, say: Say = lambda sentence: None
) -> list[Finding]:
    """Look at machine, home, programs and database.

    The embedded server is joined, or started for the duration if its data is there; a database
    that was never made is no fault.
    """
    clock = clock or SystemClock()
    findings: list[Finding] = []
    for look in (
        machine.python,
        machine.platform,
        machine.memory,
        lambda: machine.disk(config),
        lambda: machine.home(config),
        lambda: machine.clock(clock),
        machine.catalogues,
        record.rules,
        lambda: database.programs(config),
        lambda: database.all_of_it(config, clock, say),
        machine.java,
        machine.chromium,
    ):
        findings += _looked(look)
    return findings


def worst(findings: list[Finding]) -> State:
    """The gravest state among findings."""
    return max((f.state for f in findings), key=list(State).index, default=State.OK)


def _looked(look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except ArrearsError as error:
        found = error.message + (f" ({error.found})" if error.found else "")
        return [Finding(error.code, State.FAIL, found, error.remedy)]
