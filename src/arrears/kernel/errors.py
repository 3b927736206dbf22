"""Every error that a person is meant to read, as one tree.

ArrearsError
├── ConfigError        the installation is set up wrongly          (exit 78, HTTP 500)
├── BadInput           what was handed in cannot be used           (exit 65, HTTP 422)
│   └── TapeError      … in a loan tape, with file, row and column
├── NotFound           no such thing, or not visible to you        (exit 66, HTTP 404)
├── NotAllowed         your role or scope does not permit it       (exit 77, HTTP 403)
├── Conflict           it contradicts what is already recorded     (exit 75, HTTP 409)
│   └── IllegalTransition  the state table has no such step
└── Unavailable        database, disk or peer is away; try again   (exit 69, HTTP 503)

Exit codes follow sysexits.h. Click itself uses 2 for a wrong call; 1 is a defect of ours.
"""

from __future__ import annotations

from typing import ClassVar


class ArrearsError(Exception):
    """An error that says what was expected, what was found, and what to do.

    Parameters
    ----------
    message
        One sentence: what went wrong, in the reader's words.
    expected, found
        The two sides of the mismatch, where there is one.
    remedy
        What the reader can do about it.
    where
        Places as keyword arguments: ``file``, ``table``, ``row``, ``column``, ``key`` …
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(
        self,
        message: str,
        *,
        expected: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
        **where: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.found = found
        self.remedy = remedy
        self.where = {name: value for name, value in where.items() if value is not None}

    def __str__(self) -> str:
        lines = [self.message]
        if self.where:
            lines.append("  at: " + ", ".join(f"{k} {v}" for k, v in self.where.items()))
        for label, text in (
            ("expected", self.expected),
            ("found", self.found),
            ("what to do", self.remedy),
        ):
            if text is not None:
                lines.append(f"  {label}: {text}")
        return "\n".join(lines)

    def as_problem(self) -> dict[str, object]:
        """The error as an RFC 9457 problem document (without the HTTP-only members)."""
        problem: dict[str, object] = {
            "type": f"urn:arrears:problem:{self.code}",
            "title": self.message,
            "status": self.http_status,
        }
        sides = {"expected": self.expected, "found": self.found, "remedy": self.remedy}
        problem |= {name: value for name, value in sides.items() if value is not None}
        if self.where:
            problem["where"] = {name: str(value) for name, value in self.where.items()}
        return problem


class ConfigError(ArrearsError):
    """The installation is set up wrongly: a setting, a file, a missing program."""

    code = "config"
    exit_code = 78


class BadInput(ArrearsError):
    """What was handed in cannot be used as it is."""

    code = "bad-input"
    exit_code = 65
    http_status = 422


class TapeError(BadInput):
    """A loan tape, or its mapping or envelope, cannot be read as a whole."""

    code = "tape"


class NotFound(ArrearsError):
    """There is no such thing, or none that the asker may see."""

    code = "not-found"
    exit_code = 66
    http_status = 404


class NotAllowed(ArrearsError):
    """The role or scope of the asker does not permit it."""

    code = "not-allowed"
    exit_code = 77
    http_status = 403


class Conflict(ArrearsError):
    """It contradicts what is already recorded, or somebody else is at it."""

    code = "conflict"
    exit_code = 75
    http_status = 409


class IllegalTransition(Conflict):
    """The transition table of the stage has no such step from the present state."""

    code = "illegal-transition"


class Unavailable(ArrearsError):
    """The database, the disk or a peer is away; the same call may work later."""

    code = "unavailable"
    exit_code = 69
    http_status = 503
