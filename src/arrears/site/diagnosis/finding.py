"""What one look at the installation found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How grave a finding is, least first."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis.

    Parameters
    ----------
    about
        What was looked at, in a word or two.
    state
        fail: Arrears cannot work so; warn: something will be missing or slow.
    found
        What was seen.
    remedy
        What to do, if anything.
    """

    about: str
    state: State
    found: str
    remedy: str | None = None


def ok(about: str, found: str) -> list[Finding]:
    """A finding that needs nothing done."""
    return [Finding(about, State.OK, found)]


def warn(about: str, found: str, remedy: str) -> list[Finding]:
    """A finding that somebody should look at."""
    return [Finding(about, State.WARN, found, remedy)]


def fail(about: str, found: str, remedy: str) -> list[Finding]:
    """A finding that stops the work."""
    return [Finding(about, State.FAIL, found, remedy)]
